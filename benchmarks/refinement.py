"""What visual refinement does to directions, against the truth: python benchmarks/refinement.py [DATASET]

DATASET: a folder with videos that seldkit synthesize (or another maker of the DCASE 2025 layout) made; by
default one is made of --photographs (pictures with YOLO outlines beside them, as COCO's) or of drawings.
Events of the truth get an azimuth error of --error degrees, each event one, are flagged off-screen, and
refined; with --model they are those that the model finds. Printed: by class, the mean azimuth error of the
same rows before and after, against the nearest source of the class; the share of right on-screen flags; and
how long it took.
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
    """A clip's truth, and its scene before and after."""

    truth: Annotations
    before: Annotations
    after: Annotations


def main() -> None:
    """Refine each clip, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", type=Path, nargs="?")
    parser.add_argument("--photographs", type=Path, help="folder with images/ and labels_polygons/ (YOLO)")
    parser.add_argument("--clips", type=int, default=20)
    parser.add_argument("--error", type=float, default=8.0, help="deviation of the azimuths, degrees")
    parser.add_argument("--model", help="hear with it instead: default, or a model directory")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        dataset = arguments.dataset or _made(Path(folder), arguments.photographs, arguments.clips)
        _measure(dataset, arguments.clips, arguments.error, arguments.model)


def _measure(dataset: Path, count: int, error: float, model: str | None) -> None:
    refiner = Refiner()
    detector = None if model is None else seldkit.load(model, device="cpu")
    pairs, looking, decoding, seconds = [], 0.0, 0.0, 0.0
    index = open_dataset(dataset)
    clips = [clip for clip in index if clip.video and clip.metadata][:count]
    for number, clip in enumerate(clips):
        assert clip.video is not None
        truth = index.annotations(clip)
        scene = _scene(truth, clip.video, error, number) if detector is None else detector.detect(clip.video)
        start = time.perf_counter()
        after = refiner.refine(scene)
        looked = time.perf_counter()
        for _ in iter_frames(clip.video, rate=10.0):
            pass
        decoding += time.perf_counter() - looked
        looking += looked - start
        seconds += truth.seconds
        pairs.append(Pair(truth, scene.annotations, after.annotations))
    print(f"{len(clips)} clips, {seconds:.0f} s; refined in {looking / seconds:.2f} × their length")
    print(f"(decoding 10 pictures a second alone: {decoding / seconds:.2f} ×)")
    print(
        "class                 rows  moved   error before    after   "
        "of the moved: before   after   on-screen right: before  after"
    )
    for name, row in _table(pairs, refiner):
        print(f"{name:20} {row}")


def _scene(truth: Annotations, video: Path, error: float, seed: int) -> Scene:
    """The truth as somebody hears it who errs, and sees nothing."""
    sources = truth.class_id * 1000 + truth.source
    _, event = np.unique(sources, return_inverse=True)
    errors = error * np.random.default_rng(seed).standard_normal(event.max(initial=-1) + 1)
    azimuth = np.clip(truth.azimuth + errors[event], -90.0, 90.0)
    heard = replace(truth, azimuth=azimuth, onscreen=np.zeros(len(truth), np.bool_))
    return Scene(heard, track_events(heard), source=video)


def _table(pairs: Sequence[Pair], refiner: Refiner) -> Iterator[tuple[str, str]]:
    names = [rule.class_name for rule in refiner.rules]
    found = {name: np.concatenate([_rows(pair, name) for pair in pairs]) for name in names}
    for name, rows in [*found.items(), ("all of these", np.concatenate(list(found.values())))]:
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
    """Of each row of a class whose frame has a true source of it, (rows, 5): error before, after; whether the
    flag is right before, after; whether it was moved."""
    class_id = pair.truth.classes.index(name)
    real, heard = (np.flatnonzero(one.class_id == class_id) for one in (pair.truth, pair.before))
    same = pair.before.frame[heard][:, None] == pair.truth.frame[real][None]
    heard, same = heard[same.any(axis=1)], same[same.any(axis=1)]
    if not len(heard):
        return np.zeros((0, 5))
    apart = azimuth_difference(pair.before.azimuth[heard][:, None], pair.truth.azimuth[real][None])
    partner = real[np.where(same, apart, np.inf).argmin(axis=1)]
    columns = []
    for one in (pair.before, pair.after):
        columns.append(azimuth_difference(one.azimuth[heard], pair.truth.azimuth[partner]))
    truly = np.zeros(len(heard), bool) if pair.truth.onscreen is None else pair.truth.onscreen[partner]
    for one in (pair.before, pair.after):
        columns.append((np.zeros(len(heard), bool) if one.onscreen is None else one.onscreen[heard]) == truly)
    moved = pair.before.azimuth[heard] != pair.after.azimuth[heard]
    return np.stack([*columns, moved], axis=1).astype(float)


def _made(folder: Path, photographs: Path | None, clips: int) -> Path:
    """A data set with one visible source after the other, of photographs' people or of drawings."""
    from typer.testing import CliRunner

    from seldkit.cli import app
    from seldkit.synthesis.scene_images.cutout_extraction import extract_cutouts

    images = []
    if photographs is not None:
        extract_cutouts(photographs / "images", photographs / "labels_polygons", folder / "cut")
        images = ["--images", str(folder / "cut")]
    output = folder / "set"
    result = CliRunner().invoke(app, ["synthesize", "--output", str(output), "--clips", str(clips), *images])
    if result.exit_code:
        raise SystemExit(result.output)
    return output


if __name__ == "__main__":
    main()
