"""Compares event scores and frame scores before and after tracking.

    python benchmarks/tracking_scores.py                random ground truth with simulated predictions
    python benchmarks/tracking_scores.py --scenes DIR   predictions of a model for synthesized scenes

"untracked": the predicted rows; an event is a run of consecutive rows. "tracked": the events of
`track_events` and their rows. "without pauses": the rows of tracked events without those that fill pauses.
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
"""Minimum and maximum event duration in frames; 8 to 60 for other classes."""
FRAMES = 600
MERGE_ANGLE_DEG = 15.0
"""Two sources of one class within this angle are one row, as in the decoder."""


def main() -> None:
    """Creates or detects the clips and prints their scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=Path, help="output folder of `seldkit synthesize`")
    parser.add_argument("--model", default="default")
    parser.add_argument("--clips", type=int, default=30, help="number of random clips of one minute")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.scenes is None:
        cases = simulated_cases(options.clips)
    else:
        cases = {"scenes": detected_case(options.scenes, options.model)}
    results = {}
    for name, (references, predictions) in cases.items():
        results[name] = scores(references, predictions)
        show(name, results[name])
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


Predictions = dict[str, list[tuple[Annotations, Sequence[Event]]]]
"""Rows and events of each clip, by method."""
Case = tuple[list[Annotations], Predictions]
"""Ground truth and predictions."""


def scores(references: list[Annotations], predictions: Predictions) -> dict[str, dict[str, float | None]]:
    """Returns the event scores and the strict frame scores of each method."""
    reference_events = [source_events(clip) for clip in references]
    results: dict[str, dict[str, float | None]] = {}
    for name, clips in predictions.items():
        events = evaluate_events(reference_events, [events for _, events in clips], average="micro").to_dict()
        results[name] = {key: events[key] for key in SHOWN}
        for average in ("micro", "macro"):
            rows = [rows for rows, _ in clips]
            frames = evaluate(references, rows, reading="strict", average=average).to_dict()
            results[name][f"F20/1, {average}"] = frames["f_score"]
            results[name][f"frame DOA error, {average}"] = frames["doa_error"]
    return results


def show(case: str, results: dict[str, dict[str, float | None]]) -> None:
    """Prints one column per method."""
    table = Table("", *results, title=case)
    for key in next(iter(results.values())):
        values = [results[name][key] for name in results]
        is_count = key in SHOWN[-4:]
        table.add_row(
            key.replace("_", " "),
            *("–" if value is None else f"{value:.0f}" if is_count else f"{value:.3f}" for value in values),
        )
    Console().print(table)


def untracked_and_tracked(rows: list[Annotations]) -> Predictions:
    """Returns the predictions without and with tracking."""
    tracked = [track_events(clip) for clip in rows]
    return {
        "untracked": [(clip, source_events(clip)) for clip in rows],
        "tracked": [
            (events_to_annotations(events, clip.frame_count), events)
            for clip, events in zip(rows, tracked, strict=True)
        ],
    }


def simulated_cases(clips: int) -> dict[str, Case]:
    """Returns random ground truth with predictions that contain different errors."""
    references = [random_clip(seed) for seed in range(clips)]
    noises = {
        "no errors": {},
        "flicker: 20 % of the rows missing": {"missing": 0.2},
        "gaps of up to 0.5 s": {"gaps": 0.02},
        "jitter of 10°": {"jitter": 10.0},
        "false positives of 1 or 2 frames": {"false_positives": 0.05},
        "all errors": {"missing": 0.15, "gaps": 0.01, "jitter": 8.0, "false_positives": 0.05},
    }
    cases: dict[str, Case] = {}
    for name, noise in noises.items():
        rows = [
            with_errors(clip, np.random.default_rng(1000 + seed), **noise)
            for seed, clip in enumerate(references)
        ]
        start = time.perf_counter()
        cases[name] = (references, untracked_and_tracked(rows))
        elapsed = time.perf_counter() - start
        print(f"{name}: {len(rows) * FRAMES / 10 / elapsed:.0f} × real time")
    return cases


def random_clip(seed: int) -> Annotations:
    """Returns a minute with about ten events; half of them move at up to 30° per second and may cross."""
    random, rows = np.random.default_rng(seed), []
    for source in range(int(random.poisson(9)) + 1):
        class_id = int(random.choice([0, 1, 1, 2, 6, 6, 8, 12]))
        shortest, longest = LENGTHS.get(STARSS23[class_id], (8, 60))
        length = int(random.integers(shortest, longest))
        begin = int(random.integers(0, FRAMES - length))
        speed = random.uniform(-3.0, 3.0) if random.random() < 0.5 else 0.0
        path = random.uniform(-80, 80) + speed * np.arange(length)
        azimuth = np.abs((path + 90) % 360 - 180) - 90  # reflected at ±90°
        distance = random.uniform(0.5, 4.0)
        onscreen = np.abs(azimuth) < 50
        rows += [
            (begin + step, class_id, source, azimuth[step], distance, onscreen[step])
            for step in range(length)
        ]
    return _table(rows)


def with_errors(
    reference: Annotations,
    random: np.random.Generator,
    missing: float = 0.0,
    gaps: float = 0.0,
    jitter: float = 0.0,
    false_positives: float = 0.0,
) -> Annotations:
    """Simulates predictions with missing rows, gaps, jitter, merged rows and false positives.

    Args:
        reference: Ground truth.
        random: Random number generator.
        missing: Probability that a row is missing.
        gaps: Probability that a gap of 2 to 5 frames begins.
        jitter: Standard deviation of the azimuth in degrees.
        false_positives: Probability of a false positive per frame.

    Returns:
        The predictions.
    """
    rows: list[tuple[Any, ...]] = []
    onscreen = np.zeros(len(reference)) if reference.onscreen is None else reference.onscreen
    pause: dict[int, int] = {}
    for frame in range(reference.frame_count):
        active = np.flatnonzero(reference.frame == frame)
        for row in _merged(reference, active):
            source = int(reference.source[row[0]])
            if random.random() < gaps:
                pause[source] = frame + int(random.integers(2, 6))
            if pause.get(source, 0) > frame or random.random() < missing:
                continue
            azimuth = float(np.mean(reference.azimuth[row])) + random.normal(0, jitter)
            distance = float(reference.distance[row[0]]) * np.exp(random.normal(0, jitter / 40))
            rows.append(
                (
                    frame,
                    reference.class_id[row[0]],
                    0,
                    np.clip(azimuth, -90, 90),
                    distance,
                    onscreen[row[0]],
                )
            )
        if random.random() < false_positives:
            false_positive = (int(random.integers(13)), 0, random.uniform(-90, 90), 2.0, False)
            rows += [
                (min(frame + step, FRAMES - 1), *false_positive)
                for step in range(int(random.integers(1, 3)))
                if frame + step < FRAMES
            ]
    return _table(sorted(rows, key=lambda row: row[0]))


def _merged(reference: Annotations, rows: np.ndarray) -> Iterator[list[int]]:
    """Yields groups of rows of one frame: those of one class within `MERGE_ANGLE_DEG`."""
    remaining = rows.tolist()
    while remaining:
        first = remaining.pop(0)
        group = [
            row
            for row in remaining
            if reference.class_id[row] == reference.class_id[first]
            and abs(reference.azimuth[row] - reference.azimuth[first]) < MERGE_ANGLE_DEG
        ]
        remaining = [row for row in remaining if row not in group]
        yield [first, *group]


def _table(rows: Sequence[tuple[Any, ...]]) -> Annotations:
    if not rows:
        return Annotations.empty(FRAMES)
    frame, class_id, source, azimuth, distance, onscreen = map(np.array, zip(*rows, strict=True))
    return Annotations(frame, class_id, source, azimuth, distance, FRAMES, onscreen=onscreen)


def detected_case(folder: Path, model: str) -> Case:
    """Returns the predictions of a model by method."""
    import torch

    from seldkit.detection import load

    torch.set_num_threads(1)
    detector = load(model)
    references, rows = [], []
    media = {path.stem: path for path in folder.rglob("*") if path.suffix in (".wav", ".mp4", ".flac")}
    for labels in sorted(folder.rglob("*.csv")):
        if labels.stem not in media:
            continue
        annotations = detector.detect(media[labels.stem]).annotations
        references.append(read_annotations(labels, frames=annotations.frame_count))
        rows.append(annotations)
    predictions = untracked_and_tracked(rows)
    predictions["without pauses"] = [
        (_without_pauses(table), events) for table, events in predictions["tracked"]
    ]
    for smoothing in (0.0, 0.5):
        config = TrackingConfig(smoothing=smoothing)
        predictions[f"smoothing {smoothing:g} s"] = [
            (events_to_annotations(events, clip.frame_count), events)
            for clip in rows
            for events in [track_events(clip, config)]
        ]
    return references, predictions


def _without_pauses(rows: Annotations) -> Annotations:
    """The rows except those in pauses of events, whose confidence is 0."""
    return rows if rows.confidence is None else rows.take(np.flatnonzero(rows.confidence > 0))


if __name__ == "__main__":
    main()
