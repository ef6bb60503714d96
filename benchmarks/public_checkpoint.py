"""Measures the predictions of the DCASE 2024 baseline's public FOA checkpoint.

    python benchmarks/public_checkpoint.py CHECKPOINT RECORDING [--scenes DIR]

RECORDING: a four-channel file. Its features, with rotations and reflections, determine the standardisation.
Prints the events at decreasing thresholds. DIR: scenes of `seldkit synthesize --layout foa`, whose features
determine the standardisation in this case. For all frames with a single source, prints the slope of the
predicted over the true direction along each axis (1 if correct, 0 if independent), the median angle between
the two, and the same for the intensity vector between 200 and 4000 Hz; by class for classes with at least
100 frames.
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
MIN_VECTOR_LENGTH, MIN_FRAMES = 0.3, 100
INTENSITY_BAND_HZ = (200.0, 4000.0)
Floats = NDArray[Any]


class SingleSourceFrames(NamedTuple):
    """Frames with one source: directions, intensity vectors, class numbers and distances."""

    true: Floats
    predicted: Floats
    intensity: Floats
    class_id: NDArray[np.int64]
    distance: Floats
    predicted_distance: Floats


def main() -> None:
    """Prints the events of the recording, then the accuracy for the scenes."""
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
        recordings = sorted(arguments.scenes.glob("foa_dev/**/*.wav"))
        model = load_public_checkpoint(arguments.checkpoint, recordings=recordings)
        rows = [_single_source_frames(model, path, _labels(arguments.scenes, path)) for path in recordings]
        _print_directions(
            SingleSourceFrames(*map(np.concatenate, zip(*rows, strict=True))), model.config.classes
        )


@torch.inference_mode()
def _print_events(model: SeldModel, recording: Path) -> None:
    waveform, _ = read_audio(recording, model.config.features.sample_rate, "foa")
    output = model.predict(torch.from_numpy(waveform)[None])
    for threshold in THRESHOLDS:
        (annotations,) = model.decode(output, threshold)
        for event in track_events(annotations):
            azimuth, elevation = (
                np.nanmedian(np.asarray(angle, float)) for angle in (event.azimuth, event.elevation)
            )
            print(
                f"threshold {threshold}: {model.config.classes[event.class_id]}, {event.onset:.1f} to "
                f"{event.offset:.1f} s, azimuth {azimuth:.0f}°, elevation {elevation:.0f}°, "
                f"{np.median(event.distance):.1f} m"
            )


def _labels(scenes: Path, recording: Path) -> Path:
    return scenes / "metadata_dev" / recording.relative_to(scenes / "foa_dev").with_suffix(".csv")


@torch.inference_mode()
def _single_source_frames(model: SeldModel, path: Path, labels: Path) -> SingleSourceFrames:
    waveform, _ = read_audio(path, model.config.features.sample_rate, "foa")
    output = (
        model.predict(torch.from_numpy(waveform)[None])[0].mean(dim=1).numpy()
    )  # (frames, elements, classes)
    reference = read_annotations(labels, format="dcase2024", frames=len(output))
    alone = np.bincount(reference.frame, minlength=len(output))[reference.frame] == 1
    frame = reference.frame[alone]
    lengths = np.linalg.norm(output[frame, :3], axis=1)  # (frames, classes)
    class_id = lengths.argmax(axis=1)
    detected = lengths.max(axis=1) > MIN_VECTOR_LENGTH
    frame, class_id = frame[detected], class_id[detected]
    assert reference.elevation is not None
    true = unit_vector(reference.azimuth[alone], reference.elevation[alone])[detected]
    predicted = output[frame, :, class_id]
    return SingleSourceFrames(
        true,
        _unit(predicted[:, :3]),
        _unit(_intensity(model, waveform)[frame]),
        reference.class_id[alone][detected],
        reference.distance[alone][detected],
        predicted[:, 3],
    )


def _intensity(model: SeldModel, waveform: NDArray[np.float32]) -> Floats:
    """The intensity vector of each frame of 100 ms, (frames, x y z)."""
    spectrum = model.features.front_end(torch.from_numpy(waveform)[None]).spectrum[0].numpy()
    grid = model.config.features.grid
    bins = slice(*(round(edge * grid.n_fft / grid.sample_rate) for edge in INTENSITY_BAND_HZ))
    intensity = (spectrum[:1].conj() * spectrum[[3, 1, 2]]).real[..., bins].sum(axis=2)  # (3, frames)
    pooling = model.config.encoder.pooling
    summed: Floats = (
        intensity[:, : intensity.shape[1] // pooling * pooling].reshape(3, -1, pooling).sum(axis=2)
    )
    return summed.T


def _unit(vectors: Floats) -> Floats:
    length: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def _print_directions(frames: SingleSourceFrames, classes: Sequence[str]) -> None:
    print(f"{'':20}  frames  model: x     y     z  angle   intensity: x     y     z  angle")
    counts = np.bincount(frames.class_id, minlength=len(classes))
    groups = {"all": np.ones(len(frames.true), bool)}
    groups |= {name: frames.class_id == i for i, name in enumerate(classes) if counts[i] >= MIN_FRAMES}
    for name, rows in groups.items():
        predicted, intensity = (
            _agreement(vectors[rows], frames.true[rows]) for vectors in (frames.predicted, frames.intensity)
        )
        print(f"{name:20} {rows.sum():7}        {predicted}              {intensity}")
    ratio = np.median(frames.predicted_distance / frames.distance)
    print(f"predicted / true distance: median {ratio:.1f}")


def _agreement(predicted: Floats, true: Floats) -> str:
    slopes = np.linalg.lstsq(true, predicted, rcond=None)[0].diagonal()
    angle = np.rad2deg(np.median(np.arccos(np.clip((predicted * true).sum(axis=1), -1, 1))))
    return " ".join(f"{slope:5.2f}" for slope in slopes) + f"  {angle:5.0f}"


if __name__ == "__main__":
    main()
