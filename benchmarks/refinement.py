"""Measures the effect of visual refinement on directions: python benchmarks/refinement.py [DATASET]

DATASET: a dataset with videos in the DCASE 2025 layout, such as the output of seldkit synthesize. By
default, one is synthesized from --photographs (images with YOLO outlines, as in COCO) or from drawings. The
input events are the ground truth with one azimuth error per event (standard deviation --error degrees) and
with off-screen flags, or with --model the events that the model detects. Prints by class the mean azimuth
error before and after refinement, relative to the nearest source of the class; the share of correct
on-screen flags; and the processing time.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

import seldkit
from seldkit.annotations import Annotations
from seldkit.datasets import open_dataset
from seldkit.detection import Scene, track_events
from seldkit.detection.refiner import Refiner
from seldkit.geometry import azimuth_difference
from seldkit.media import iter_frames


@dataclass(frozen=True)
class Pair:
    """Ground reference of a clip and its annotations before and after refinement."""

    reference: Annotations
    before: Annotations
    after: Annotations


def main() -> None:
    """Refines each clip and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", type=Path, nargs="?")
    parser.add_argument("--photographs", type=Path, help="folder with images/ and labels_polygons/ (YOLO)")
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument(
        "--error", type=float, default=8.0, help="standard deviation of the azimuth errors in degrees"
    )
    parser.add_argument("--model", help="detect the events with this model: default, or a model directory")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        dataset = arguments.dataset or _synthesized(Path(folder), arguments.photographs, arguments.clips)
        _measure(dataset, arguments.clips, arguments.error, arguments.model)


def _measure(dataset: Path, count: int, error: float, model: str | None) -> None:
    refiner = Refiner()
    detector = None if model is None else seldkit.load(model, device="cpu")
    pairs, refining, decoding, seconds = [], 0.0, 0.0, 0.0
    index = open_dataset(dataset)
    clips = [clip for clip in index if clip.video and clip.metadata][:count]
    for number, clip in enumerate(clips):
        assert clip.video is not None
        reference = index.annotations(clip)
        scene = (
            _scene(reference, clip.video, error, number) if detector is None else detector.detect(clip.video)
        )
        start = time.perf_counter()
        after = refiner.refine(scene)
        refined = time.perf_counter()
        for _ in iter_frames(clip.video, rate=10.0):
            pass
        decoding += time.perf_counter() - refined
        refining += refined - start
        seconds += reference.seconds
        pairs.append(Pair(reference, scene.annotations, after.annotations))
    print(f"{len(clips)} clips, {seconds:.0f} s; refinement took {refining / seconds:.2f} × their duration")
    print(f"(decoding 10 frames per second alone: {decoding / seconds:.2f} ×)")
    print(
        "class                 rows  moved   error before    after   "
        "moved only: before   after   correct on-screen: before  after"
    )
    for name, row in _table(pairs, refiner):
        print(f"{name:20} {row}")


def _scene(reference: Annotations, video: Path, error: float, seed: int) -> Scene:
    """The ground truth with azimuth errors and without on-screen sources."""
    sources = reference.class_id * 1000 + reference.source
    _, event = np.unique(sources, return_inverse=True)
    errors = error * np.random.default_rng(seed).standard_normal(event.max(initial=-1) + 1)
    azimuth = np.clip(reference.azimuth + errors[event], -90.0, 90.0)
    shifted = replace(reference, azimuth=azimuth, onscreen=np.zeros(len(reference), np.bool_))
    return Scene(shifted, track_events(shifted), source=video)


def _table(pairs: Sequence[Pair], refiner: Refiner) -> Iterator[tuple[str, str]]:
    names = [rule.class_name for rule in refiner.rules]
    by_class = {name: np.concatenate([_rows(pair, name) for pair in pairs]) for name in names}
    for name, rows in [*by_class.items(), ("all of these", np.concatenate(list(by_class.values())))]:
        if len(rows):
            moved = rows[rows[:, 4] > 0]
            before, after, flag_before, flag_after = rows[:, :4].mean(axis=0)
            of_moved = moved[:, :2].mean(axis=0) if len(moved) else np.full(2, np.nan)
            yield (
                name,
                f"{len(rows):5} {len(moved):6} {before:12.2f}° {after:7.2f}°"
                f" {of_moved[0]:21.2f}° {of_moved[1]:7.2f}° {flag_before:24.2f} {flag_after:7.2f}",
            )


def _rows(pair: Pair, name: str) -> np.ndarray:
    """Compares the rows of a class in frames with a true source of the class.

    Returns:
        Shape (rows, 5): azimuth error before and after, correct on-screen flag before and after, and whether
        the row was moved.
    """
    class_id = pair.reference.classes.index(name)
    real, predicted = (np.flatnonzero(rows.class_id == class_id) for rows in (pair.reference, pair.before))
    same = pair.before.frame[predicted][:, None] == pair.reference.frame[real][None]
    predicted, same = predicted[same.any(axis=1)], same[same.any(axis=1)]
    if not len(predicted):
        return np.zeros((0, 5))
    difference = azimuth_difference(
        pair.before.azimuth[predicted][:, None], pair.reference.azimuth[real][None]
    )
    partner = real[np.where(same, difference, np.inf).argmin(axis=1)]
    columns = []
    for one in (pair.before, pair.after):
        columns.append(azimuth_difference(one.azimuth[predicted], pair.reference.azimuth[partner]))
    is_onscreen = (
        np.zeros(len(predicted), bool)
        if pair.reference.onscreen is None
        else pair.reference.onscreen[partner]
    )
    for one in (pair.before, pair.after):
        columns.append(
            (np.zeros(len(predicted), bool) if one.onscreen is None else one.onscreen[predicted])
            == is_onscreen
        )
    moved = pair.before.azimuth[predicted] != pair.after.azimuth[predicted]
    return np.stack([*columns, moved], axis=1).astype(float)


def _synthesized(folder: Path, photographs: Path | None, clips: int) -> Path:
    """Writes a dataset with images from photographs or drawings."""
    from typer.testing import CliRunner

    from seldkit.cli import app
    from seldkit.synthesis.scene_images.cutout_extraction import extract_cutouts

    options = []
    if photographs is not None:
        extract_cutouts(photographs / "images", photographs / "labels_polygons", folder / "cut")
        options = ["--images", str(folder / "cut")]
    output = folder / "set"
    result = CliRunner().invoke(app, ["synthesize", "--output", str(output), "--clips", str(clips), *options])
    if result.exit_code:
        raise SystemExit(result.output)
    return output


if __name__ == "__main__":
    main()
