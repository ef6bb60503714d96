"""Whether events are better than bare frames: event scores and frame scores before and after tracking.

    python benchmarks/events.py                       invented truths with flicker, gaps, jitter and ghosts
    python benchmarks/events.py --scenes DIR          what a model hears in scenes of `seldkit synthesize`

"bare" are the rows as they are, an event being an unbroken run of one place in the frame; "tracked" are
`track_events`' events, and for the frame scores their rows. "only heard" leaves out rows in pauses.
Prints a table and, with --json FILE, writes it.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from seldkit.annotations import Annotations, Event
from seldkit.classes import STARSS23
from seldkit.detection import track_events
from seldkit.events import events_to_annotations, source_events
from seldkit.formats import read_annotations
from seldkit.metrics import evaluate
from seldkit.metrics.events import evaluate_events
from seldkit.tracking.tracking_config import TrackingConfig

SHOWN = (
    *("f_score", "precision", "recall", "overlap_f_score", "collar_f_score", "doa_error"),
    *("identity_switches", "fragmentations", "references", "predictions"),
)
LENGTHS = {"knock": (4, 10), "clapping": (8, 30), "music": (60, 300), "footsteps": (10, 80)}
"""Frames of an event; others last 8 to 60."""
FRAMES = 600
MERGED = 15.0
"""Degrees within which two sources of one class are one row, as a decoder has it."""


def main() -> None:
    """Make or hear the clips, score them, show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=Path, help="folder that `seldkit synthesize` wrote")
    parser.add_argument("--model", default="default")
    parser.add_argument("--clips", type=int, default=30, help="invented clips of a minute")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.scenes is None:
        cases = invented_cases(options.clips)
    else:
        cases = {"scenes": heard(options.scenes, options.model)}
    results = {}
    for name, (truth, answers) in cases.items():
        results[name] = scored(truth, answers)
        show(name, results[name])
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


Answers = dict[str, list[tuple[Annotations, Sequence[Event]]]]
"""Rows and events of each clip, by what made them."""
Case = tuple[list[Annotations], Answers]


def scored(truth: list[Annotations], answers: Answers) -> dict[str, dict[str, float | None]]:
    """Event scores and frame scores (strict) of each kind of answer."""
    true = [source_events(clip) for clip in truth]
    results: dict[str, dict[str, float | None]] = {}
    for name, clips in answers.items():
        events = evaluate_events(true, [found for _, found in clips], average="micro").to_dict()
        results[name] = {key: events[key] for key in SHOWN}
        for average in ("micro", "macro"):
            rows = [rows for rows, _ in clips]
            frames = evaluate(truth, rows, reading="strict", average=average).to_dict()
            results[name][f"F20/1, {average}"] = frames["f_score"]
            results[name][f"frame DOA error, {average}"] = frames["doa_error"]
    return results


def show(case: str, results: dict[str, dict[str, float | None]]) -> None:
    """One column for each kind of answer."""
    table = Table("", *results, title=case)
    for key in next(iter(results.values())):
        values = [results[name][key] for name in results]
        whole = key in SHOWN[-4:]
        table.add_row(
            key.replace("_", " "),
            *("–" if value is None else f"{value:.0f}" if whole else f"{value:.3f}" for value in values),
        )
    Console().print(table)


def as_answers(rows: list[Annotations]) -> Answers:
    """Bare and tracked; the rows of the tracked events are theirs."""
    tracked = [track_events(clip) for clip in rows]
    return {
        "bare": [(clip, source_events(clip)) for clip in rows],
        "tracked": [
            (events_to_annotations(events, clip.frame_count), events)
            for clip, events in zip(rows, tracked, strict=True)
        ],
    }


def invented_cases(clips: int) -> dict[str, Case]:
    """Truths, and rows with more and more that is wrong with them."""
    truth = [invented(seed) for seed in range(clips)]
    noises = {
        "as it is": {},
        "flicker: a fifth of the rows lost": {"lost": 0.2},
        "gaps: of up to 0.5 s": {"gaps": 0.02},
        "jitter: 10 degrees": {"jitter": 10.0},
        "ghosts: false rows of 1 or 2 frames": {"ghosts": 0.05},
        "all of it": {"lost": 0.15, "gaps": 0.01, "jitter": 8.0, "ghosts": 0.05},
    }
    cases: dict[str, Case] = {}
    for name, noise in noises.items():
        rows = [spoilt(clip, np.random.default_rng(1000 + seed), **noise) for seed, clip in enumerate(truth)]
        begun = time.perf_counter()
        cases[name] = (truth, as_answers(rows))
        taken = time.perf_counter() - begun
        print(f"{name}: {len(rows) * FRAMES / 10 / taken:.0f} × real time")
    return cases


def invented(seed: int) -> Annotations:
    """A minute: about nine events, some of which move at up to 30 degrees a second and cross."""
    random, rows = np.random.default_rng(seed), []
    for source in range(int(random.poisson(9)) + 1):
        class_id = int(random.choice([0, 1, 1, 2, 6, 6, 8, 12]))
        shortest, longest = LENGTHS.get(STARSS23[class_id], (8, 60))
        length = int(random.integers(shortest, longest))
        begin = int(random.integers(0, FRAMES - length))
        speed = random.uniform(-3.0, 3.0) if random.random() < 0.5 else 0.0
        path = random.uniform(-80, 80) + speed * np.arange(length)
        azimuth = np.abs((path + 90) % 360 - 180) - 90  # turned back at the sides
        distance = random.uniform(0.5, 4.0)
        onscreen = np.abs(azimuth) < 50
        rows += [
            (begin + step, class_id, source, azimuth[step], distance, onscreen[step])
            for step in range(length)
        ]
    return _table(rows)


def spoilt(
    truth: Annotations,
    random: np.random.Generator,
    lost: float = 0.0,
    gaps: float = 0.0,
    jitter: float = 0.0,
    ghosts: float = 0.0,
) -> Annotations:
    """What a model might say: rows lost one by one or for some frames, moved, merged, and false ones.

    Confidences are those of a model that is less sure of what is wrong; sources have no numbers.
    """
    rows: list[tuple[Any, ...]] = []
    onscreen = np.zeros(len(truth)) if truth.onscreen is None else truth.onscreen
    pause: dict[int, int] = {}
    for frame in range(truth.frame_count):
        own = np.flatnonzero(truth.frame == frame)
        for row in _merged(truth, own):
            source = int(truth.source[row[0]])
            if random.random() < gaps:
                pause[source] = frame + int(random.integers(2, 6))
            if pause.get(source, 0) > frame or random.random() < lost:
                continue
            azimuth = float(np.mean(truth.azimuth[row])) + random.normal(0, jitter)
            distance = float(truth.distance[row[0]]) * np.exp(random.normal(0, jitter / 40))
            rows.append(
                (
                    frame,
                    truth.class_id[row[0]],
                    0,
                    np.clip(azimuth, -90, 90),
                    distance,
                    onscreen[row[0]],
                )
            )
        if random.random() < ghosts:
            ghost = (int(random.integers(13)), 0, random.uniform(-90, 90), 2.0, False)
            rows += [
                (min(frame + step, FRAMES - 1), *ghost)
                for step in range(int(random.integers(1, 3)))
                if frame + step < FRAMES
            ]
    return _table(sorted(rows, key=lambda row: row[0]))


def _merged(truth: Annotations, rows: np.ndarray) -> Iterator[list[int]]:
    """Rows of one frame, those of one class that lie together as one."""
    left = rows.tolist()
    while left:
        first = left.pop(0)
        near = [
            row
            for row in left
            if truth.class_id[row] == truth.class_id[first]
            and abs(truth.azimuth[row] - truth.azimuth[first]) < MERGED
        ]
        left = [row for row in left if row not in near]
        yield [first, *near]


def _table(rows: Sequence[tuple[Any, ...]]) -> Annotations:
    if not rows:
        return Annotations.empty(FRAMES)
    frame, class_id, source, azimuth, distance, onscreen = map(np.array, zip(*rows, strict=True))
    return Annotations(frame, class_id, source, azimuth, distance, FRAMES, onscreen=onscreen)


def heard(folder: Path, model: str) -> Case:
    """What a model hears in scenes, bare and tracked, without the rows in pauses, and smoothed otherwise."""
    import torch

    from seldkit.detection import load

    torch.set_num_threads(1)
    detector = load(model)
    truth, rows = [], []
    media = {path.stem: path for path in folder.rglob("*") if path.suffix in (".wav", ".mp4", ".flac")}
    for labels in sorted(folder.rglob("*.csv")):
        if labels.stem not in media:
            continue
        found = detector.detect(media[labels.stem]).annotations
        truth.append(read_annotations(labels, frames=found.frame_count))
        rows.append(found)
    answers = as_answers(rows)
    answers["only heard"] = [(_heard_rows(table), events) for table, events in answers["tracked"]]
    for smoothing in (0.0, 0.5):
        config = TrackingConfig(smoothing=smoothing)
        answers[f"smoothing {smoothing:g} s"] = [
            (events_to_annotations(events, clip.frame_count), events)
            for clip in rows
            for events in [track_events(clip, config)]
        ]
    return truth, answers


def _heard_rows(rows: Annotations) -> Annotations:
    """Without those that fill the pauses of events, whose confidence is 0."""
    return rows if rows.confidence is None else rows.take(np.flatnonzero(rows.confidence > 0))


if __name__ == "__main__":
    main()
