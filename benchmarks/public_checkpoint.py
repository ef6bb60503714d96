"""What the DCASE 2024 baseline's public FOA checkpoint hears, and how far its directions can be trusted.

    python benchmarks/public_checkpoint.py CHECKPOINT RECORDING [--scenes DIR]

RECORDING: a four-channel file; the features are standardised by it alone, turned and mirrored. Printed are
the events at lower and lower thresholds. DIR: scenes of `seldkit synthesize --layout foa`, which then
standardise the features. Of all moments with a single source: the slope of the direction said on the true
one along each axis (1 where it is right, 0 where it is not told), the median angle between them, and the same
of the intensity vector between 200 and 4000 Hz, from which it could be read; by class where there are enough.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from seldkit.detection import track_events
from seldkit.formats import read_annotations
from seldkit.geometry import unit_vector
from seldkit.media import read_audio
from seldkit.models import SeldModel, load_public_checkpoint

THRESHOLDS = (0.5, 0.4, 0.3)
LEAST_LENGTH, LEAST_MOMENTS = 0.3, 100
BAND = (200.0, 4000.0)
Floats = NDArray[Any]


class Moments(NamedTuple):
    """A row for each 100 ms with one source: directions true, said and of the intensity vector; class ids."""

    true: Floats
    said: Floats
    flow: Floats
    class_id: NDArray[np.int64]
    distance: Floats
    said_distance: Floats


def main() -> None:
    """Hear the recording, then the scenes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--scenes", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    _print_events(
        load_public_checkpoint(arguments.checkpoint, recordings=[arguments.recording]), arguments.recording
    )
    if arguments.scenes:
        sounds = sorted(arguments.scenes.glob("foa_dev/**/*.wav"))
        model = load_public_checkpoint(arguments.checkpoint, recordings=sounds)
        rows = [_moments(model, sound, _labels(arguments.scenes, sound)) for sound in sounds]
        _print_directions(Moments(*map(np.concatenate, zip(*rows, strict=True))), model.config.classes)


@torch.inference_mode()
def _print_events(model: SeldModel, recording: Path) -> None:
    sound, _ = read_audio(recording, model.config.features.sample_rate, "foa")
    output = model.predict(torch.from_numpy(sound)[None])
    for threshold in THRESHOLDS:
        (found,) = model.decode(output, threshold)
        for event in track_events(found):
            where = [np.nanmedian(np.asarray(one, float)) for one in (event.azimuth, event.elevation)]
            print(
                f"from {threshold}: {model.config.classes[event.class_id]}, {event.onset:.1f} to "
                f"{event.offset:.1f} s, azimuth {where[0]:.0f}, elevation {where[1]:.0f}, "
                f"{np.median(event.distance):.1f} m"
            )


def _labels(scenes: Path, sound: Path) -> Path:
    return scenes / "metadata_dev" / sound.relative_to(scenes / "foa_dev").with_suffix(".csv")


@torch.inference_mode()
def _moments(model: SeldModel, path: Path, labels: Path) -> Moments:
    sound, _ = read_audio(path, model.config.features.sample_rate, "foa")
    output = (
        model.predict(torch.from_numpy(sound)[None])[0].mean(dim=1).numpy()
    )  # (frames, elements, classes)
    truth = read_annotations(labels, format="dcase2024", frames=len(output))
    alone = np.bincount(truth.frame, minlength=len(output))[truth.frame] == 1
    frame = truth.frame[alone]
    lengths = np.linalg.norm(output[frame, :3], axis=1)  # (moments, classes)
    loudest = lengths.argmax(axis=1)
    told = lengths.max(axis=1) > LEAST_LENGTH
    frame, loudest = frame[told], loudest[told]
    assert truth.elevation is not None
    true = unit_vector(truth.azimuth[alone], truth.elevation[alone])[told]
    said = output[frame, :, loudest]
    return Moments(
        true,
        _unit(said[:, :3]),
        _unit(_flow(model, sound)[frame]),
        truth.class_id[alone][told],
        truth.distance[alone][told],
        said[:, 3],
    )


def _flow(model: SeldModel, sound: NDArray[np.float32]) -> Floats:
    """The intensity vector of each 100 ms, (frames, x y z)."""
    spectrum = model.features.front_end(torch.from_numpy(sound)[None]).spectrum[0].numpy()
    grid = model.config.features.grid
    bins = slice(*(round(edge * grid.n_fft / grid.sample_rate) for edge in BAND))
    flow = (spectrum[:1].conj() * spectrum[[3, 1, 2]]).real[..., bins].sum(axis=2)  # (3, frames)
    pooling = model.config.encoder.pooling
    summed: Floats = flow[:, : flow.shape[1] // pooling * pooling].reshape(3, -1, pooling).sum(axis=2)
    return summed.T


def _unit(vectors: Floats) -> Floats:
    length: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def _print_directions(moments: Moments, classes: Sequence[str]) -> None:
    print(f"{'':20} moments  model: x     y     z  angle   intensity: x     y     z  angle")
    counts = np.bincount(moments.class_id, minlength=len(classes))
    groups = {"all": np.ones(len(moments.true), bool)}
    groups |= {name: moments.class_id == i for i, name in enumerate(classes) if counts[i] >= LEAST_MOMENTS}
    for name, rows in groups.items():
        said, flow = (_agreement(one[rows], moments.true[rows]) for one in (moments.said, moments.flow))
        print(f"{name:20} {rows.sum():7}        {said}              {flow}")
    ratio = np.median(moments.said_distance / moments.distance)
    print(f"distance said / true: median {ratio:.1f}")


def _agreement(said: Floats, true: Floats) -> str:
    slopes = np.linalg.lstsq(true, said, rcond=None)[0].diagonal()
    angle = np.rad2deg(np.median(np.arccos(np.clip((said * true).sum(axis=1), -1, 1))))
    return " ".join(f"{slope:5.2f}" for slope in slopes) + f"  {angle:5.0f}"


if __name__ == "__main__":
    main()
