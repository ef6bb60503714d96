"""The strict readings written down as plainly as possible.

Loops, every assignment tried, nothing shared with the package but the nouns.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

from seldkit.annotations import Annotations

Source = tuple[float, float, float, bool | None]  # azimuth, elevation, distance, on-screen
Pair = tuple[Source, Source]
Angle = Callable[[Source, Source], float]
Clips = Sequence[Annotations]


def sources(clip: Annotations, frame: int, class_id: int) -> list[Source]:
    """What a clip holds of one class in one frame, by source number."""
    rows = [row for row in range(len(clip)) if (clip.frame[row], clip.class_id[row]) == (frame, class_id)]
    rows.sort(key=lambda row: int(clip.source[row]))
    found: list[Source] = []
    for row in rows:
        elevation = 0.0 if clip.elevation is None else float(clip.elevation[row])
        flag = None if clip.onscreen is None else bool(clip.onscreen[row])
        found.append((float(clip.azimuth[row]), elevation, float(clip.distance[row]), flag))
    return found


def frames(*clips: Annotations) -> range:
    return range(1 + max((int(clip.frame.max()) for clip in clips if len(clip)), default=-1))


def folded(azimuth: float) -> float:
    while azimuth > 180:
        azimuth -= 360
    while azimuth < -180:
        azimuth += 360
    if azimuth > 90:
        return 180 - azimuth
    return -180 - azimuth if azimuth < -90 else azimuth


def angle_2025(left: Source, right: Source) -> float:
    return abs(folded(left[0]) - folded(right[0]))


def angle_in_space(left: Source, right: Source) -> float:
    """By the haversine formula."""
    a, e, b, f = (math.radians(value) for value in (left[0], left[1], right[0], right[1]))
    h = math.sin((e - f) / 2) ** 2 + math.cos(e) * math.cos(f) * math.sin((a - b) / 2) ** 2
    return math.degrees(2 * math.asin(math.sqrt(min(h, 1))))


def relative(true: Source, found: Source) -> float:
    return abs(true[2] - found[2]) / true[2]


def hit(pair: Pair, angle: Angle, require_onscreen: bool) -> bool:
    true, found = pair
    near = angle(true, found) <= 20 and relative(true, found) <= 1 + 1e-12
    return near and (not require_onscreen or true[3] == found[3])


def assignments(true: list[Source], found: list[Source]) -> Iterator[list[Pair]]:
    if len(true) <= len(found):
        for chosen in permutations(found, len(true)):
            yield list(zip(true, chosen, strict=True))
    else:
        for chosen in permutations(true, len(found)):
            yield list(zip(chosen, found, strict=True))


def best(true: list[Source], found: list[Source], angle: Angle, require_onscreen: bool) -> list[Pair]:
    """Least total angle; among equal ones the most hits; then near distances and flags that agree."""

    def rank(pairs: list[Pair]) -> tuple[float, int, float]:
        total = sum(angle(*pair) for pair in pairs)
        hits = sum(hit(pair, angle, require_onscreen) for pair in pairs)
        apart = sum(relative(t, f) + abs(t[2] - f[2]) / 100 + (t[3] != f[3]) / 1000 for t, f in pairs)
        return round(total, 6), -hits, round(apart, 9)

    return min(assignments(true, found), key=rank)


def mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def frame_scores(
    references: Clips,
    predictions: Clips,
    angle: Angle,
    require_onscreen: bool = False,
    average: str = "macro",
    classes: int = 13,
) -> dict[str, float]:
    """Strict 2024 and 2025, in one dictionary for both."""
    pairs: dict[int, list[Pair]] = {class_id: [] for class_id in range(classes)}
    missed, false = dict.fromkeys(pairs, 0), dict.fromkeys(pairs, 0)
    errors = count = 0
    for reference, prediction in zip(references, predictions, strict=True):
        for frame in frames(reference, prediction):
            wrong = lost = 0
            for class_id in pairs:
                true, found = sources(reference, frame, class_id), sources(prediction, frame, class_id)
                matched = best(true, found, angle, require_onscreen) if true and found else []
                pairs[class_id] += matched
                missed[class_id] += len(true) - len(matched)
                false[class_id] += len(found) - len(matched)
                misplaced = sum(not hit(pair, angle, require_onscreen) for pair in matched)
                wrong += len(found) - len(matched) + misplaced
                lost += len(true) - len(matched)
                count += len(true)
            errors += max(wrong, lost)
    groups = [[class_id] for class_id in pairs] if average == "macro" else [list(pairs)]
    named: dict[str, list[float]] = {}
    for group in groups:
        own = [pair for class_id in group for pair in pairs[class_id]]
        lost, extra = sum(missed[c] for c in group), sum(false[c] for c in group)
        hits = sum(hit(pair, angle, require_onscreen) for pair in own)
        whole = len(own) + (lost + extra) / 2
        values = {
            "f_score": hits / whole if whole else math.nan,
            "doa_error": mean([angle(*pair) for pair in own]),
            "distance_error": mean([abs(true[2] - found[2]) for true, found in own]),
            "relative_distance_error": mean([relative(*pair) for pair in own]),
            "onscreen_accuracy": mean([float(t[3] == f[3]) for t, f in own if None not in (t[3], f[3])]),
            "localization_recall": len(own) / (len(own) + lost) if own or lost else math.nan,
        }
        for name, value in values.items():
            named.setdefault(name, []).append(value)
    scores = {name: mean(row) for name, row in named.items()}
    scores["error_rate"] = errors / count if count else math.nan
    scores["seld_score"] = mean(
        [1 - scores["f_score"], scores["doa_error"] / 180, scores["relative_distance_error"]]
    )
    return scores


def segment_scores(
    references: Clips, predictions: Clips, average: str = "macro", classes: int = 13
) -> dict[str, float]:
    """Strict 2023."""
    tally = {
        class_id: dict.fromkeys(("pairs", "hits", "missed", "false", "true"), 0)
        for class_id in range(classes)
    }
    angles: dict[int, list[float]] = {class_id: [] for class_id in range(classes)}
    errors = 0
    for reference, prediction in zip(references, predictions, strict=True):
        for start in range(0, len(frames(reference, prediction)), 10):
            wrong = lost = 0
            for class_id in range(classes):
                tracks: dict[int, list[float]] = {}
                most_true = most_found = 0
                for frame in range(start, start + 10):
                    true, found = sources(reference, frame, class_id), sources(prediction, frame, class_id)
                    most_true, most_found = max(most_true, len(true)), max(most_found, len(found))
                    if not true or not found:
                        continue
                    numbered = list(enumerate(true))
                    options = assignments(numbered, found)
                    chosen = min(options, key=lambda pairs: sum(angle_in_space(n[1], f) for n, f in pairs))
                    for number, partner in chosen:
                        tracks.setdefault(number[0], []).append(angle_in_space(number[1], partner))
                means = [sum(track) / len(track) for track in tracks.values()]
                hits = sum(value <= 20 for value in means)
                met = min(len(means), most_true, most_found)
                row = tally[class_id]
                row["pairs"] += len(means)
                row["hits"] += hits
                row["true"] += most_true
                row["missed"] += most_true - met
                row["false"] += most_found - met
                angles[class_id] += means
                wrong += most_found - met + len(means) - hits
                lost += most_true - met
            errors += max(wrong, lost)
    groups = [[class_id] for class_id in tally] if average == "macro" else [list(tally)]
    f, le, lr = [], [], []
    for group in groups:
        pairs, hits, missed, false, true = (sum(tally[c][name] for c in group) for name in tally[0])
        whole = pairs + (missed + false) / 2
        f.append(hits / whole if whole else math.nan)
        own = [value for c in group for value in angles[c]]
        le.append(mean(own) if own else 180.0 if true else math.nan)
        lr.append(pairs / (pairs + missed) if pairs or missed else math.nan)
    total = sum(row["true"] for row in tally.values())
    scores = {
        "error_rate": errors / total if total else math.nan,
        "f_score": mean(f),
        "localization_error": mean(le),
        "localization_recall": mean(lr),
    }
    parts = [scores["error_rate"], 1 - scores["f_score"], scores["localization_error"] / 180]
    scores["seld_score"] = sum([*parts, 1 - scores["localization_recall"]]) / 4
    return scores
