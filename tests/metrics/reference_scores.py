"""Independent reference implementation of the strict readings.

Plain loops that try every assignment; it shares only the data types with the package.
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
    """Sources of one class in one frame, ordered by source number."""
    rows = [row for row in range(len(clip)) if (clip.frame[row], clip.class_id[row]) == (frame, class_id)]
    rows.sort(key=lambda row: int(clip.source[row]))
    result: list[Source] = []
    for row in rows:
        elevation = 0.0 if clip.elevation is None else float(clip.elevation[row])
        flag = None if clip.onscreen is None else bool(clip.onscreen[row])
        result.append((float(clip.azimuth[row]), elevation, float(clip.distance[row]), flag))
    return result


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


def relative(reference: Source, prediction: Source) -> float:
    return abs(reference[2] - prediction[2]) / reference[2]


def hit(pair: Pair, angle: Angle, require_onscreen: bool) -> bool:
    reference, prediction = pair
    within = angle(reference, prediction) <= 20 and relative(reference, prediction) <= 1 + 1e-12
    return within and (not require_onscreen or reference[3] == prediction[3])


def assignments(references: list[Source], predictions: list[Source]) -> Iterator[list[Pair]]:
    if len(references) <= len(predictions):
        for selected in permutations(predictions, len(references)):
            yield list(zip(references, selected, strict=True))
    else:
        for selected in permutations(references, len(predictions)):
            yield list(zip(selected, predictions, strict=True))


def best(
    references: list[Source], predictions: list[Source], angle: Angle, require_onscreen: bool
) -> list[Pair]:
    """The minimum total angle; among equal ones the most hits, then small distance errors and equal flags."""

    def rank(pairs: list[Pair]) -> tuple[float, int, float]:
        total = sum(angle(*pair) for pair in pairs)
        hits = sum(hit(pair, angle, require_onscreen) for pair in pairs)
        rest = sum(
            relative(one, other) + abs(one[2] - other[2]) / 100 + (one[3] != other[3]) / 1000
            for one, other in pairs
        )
        return round(total, 6), -hits, round(rest, 9)

    return min(assignments(references, predictions), key=rank)


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
    """All strict scores of 2024 and 2025."""
    pairs: dict[int, list[Pair]] = {class_id: [] for class_id in range(classes)}
    missed, false = dict.fromkeys(pairs, 0), dict.fromkeys(pairs, 0)
    errors = count = 0
    for reference, prediction in zip(references, predictions, strict=True):
        for frame in frames(reference, prediction):
            false_positives = false_negatives = 0
            for class_id in pairs:
                expected, detected = (sources(side, frame, class_id) for side in (reference, prediction))
                matched = best(expected, detected, angle, require_onscreen) if expected and detected else []
                pairs[class_id] += matched
                missed[class_id] += len(expected) - len(matched)
                false[class_id] += len(detected) - len(matched)
                mislocalized = sum(not hit(pair, angle, require_onscreen) for pair in matched)
                false_positives += len(detected) - len(matched) + mislocalized
                false_negatives += len(expected) - len(matched)
                count += len(expected)
            errors += max(false_positives, false_negatives)
    groups = [[class_id] for class_id in pairs] if average == "macro" else [list(pairs)]
    named: dict[str, list[float]] = {}
    for group in groups:
        matches = [pair for class_id in group for pair in pairs[class_id]]
        misses, extra = sum(missed[c] for c in group), sum(false[c] for c in group)
        hits = sum(hit(pair, angle, require_onscreen) for pair in matches)
        whole = len(matches) + (misses + extra) / 2
        flags = [(one[3], other[3]) for one, other in matches if None not in (one[3], other[3])]
        values = {
            "f_score": hits / whole if whole else math.nan,
            "doa_error": mean([angle(*pair) for pair in matches]),
            "distance_error": mean([abs(one[2] - other[2]) for one, other in matches]),
            "relative_distance_error": mean([relative(*pair) for pair in matches]),
            "onscreen_accuracy": mean([float(one == other) for one, other in flags]),
            "localization_recall": len(matches) / (len(matches) + misses) if matches or misses else math.nan,
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
    """Strict scores of 2023."""
    tally = {
        class_id: dict.fromkeys(("pairs", "hits", "missed", "false", "references"), 0)
        for class_id in range(classes)
    }
    angles: dict[int, list[float]] = {class_id: [] for class_id in range(classes)}
    errors = 0
    for reference, prediction in zip(references, predictions, strict=True):
        for start in range(0, len(frames(reference, prediction)), 10):
            false_positives = false_negatives = 0
            for class_id in range(classes):
                means, expected, detected = segment_tracks(reference, prediction, start, class_id)
                hits = sum(value <= 20 for value in means)
                matched = min(len(means), expected, detected)
                row = tally[class_id]
                row["pairs"] += len(means)
                row["hits"] += hits
                row["references"] += expected
                row["missed"] += expected - matched
                row["false"] += detected - matched
                angles[class_id] += means
                false_positives += detected - matched + len(means) - hits
                false_negatives += expected - matched
            errors += max(false_positives, false_negatives)
    groups = [[class_id] for class_id in tally] if average == "macro" else [list(tally)]
    f_scores, localization_errors, recalls = [], [], []
    for group in groups:
        pairs, hits, missed, false, count = (sum(tally[c][name] for c in group) for name in tally[0])
        whole = pairs + (missed + false) / 2
        f_scores.append(hits / whole if whole else math.nan)
        matches = [value for c in group for value in angles[c]]
        localization_errors.append(mean(matches) if matches else 180.0 if count else math.nan)
        recalls.append(pairs / (pairs + missed) if pairs or missed else math.nan)
    total = sum(row["references"] for row in tally.values())
    scores = {
        "error_rate": errors / total if total else math.nan,
        "f_score": mean(f_scores),
        "localization_error": mean(localization_errors),
        "localization_recall": mean(recalls),
    }
    parts = [scores["error_rate"], 1 - scores["f_score"], scores["localization_error"] / 180]
    scores["seld_score"] = sum([*parts, 1 - scores["localization_recall"]]) / 4
    return scores


def segment_tracks(
    reference: Annotations, prediction: Annotations, start: int, class_id: int
) -> tuple[list[float], int, int]:
    """Mean angle of each matched reference track, and the most simultaneous sources of both sides."""
    tracks: dict[int, list[float]] = {}
    most_expected = most_detected = 0
    for frame in range(start, start + 10):
        expected, detected = (sources(side, frame, class_id) for side in (reference, prediction))
        most_expected, most_detected = max(most_expected, len(expected)), max(most_detected, len(detected))
        if not expected or not detected:
            continue
        options = assignments(list(enumerate(expected)), detected)  # type: ignore[arg-type]
        best_option = min(
            options, key=lambda pairs: sum(angle_in_space(one[1], other) for one, other in pairs)
        )
        for (number, source), partner in best_option:
            tracks.setdefault(number, []).append(angle_in_space(source, partner))
    return [sum(track) / len(track) for track in tracks.values()], most_expected, most_detected
