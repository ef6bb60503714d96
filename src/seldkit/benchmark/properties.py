"""Two invariance tests: mirrored input gives mirrored events, and a stream gives the events of the file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.detection import Detector
from seldkit.detection.detector import ModelOutput
from seldkit.media import AudioReader, VideoFrame
from seldkit.metrics.row_pairs import RowPairs, pair_rows
from seldkit.metrics.scores import nan_to_none
from seldkit.types import Floats, Samples

MAX_AZIMUTH_DIFFERENCE_DEG: Final = 10.0
"""Largest difference of azimuths that agree: half of what the F-score of DCASE 2025 allows."""

WHOLE_CHUNK_SECONDS: Final = (5.0,)
"""Length of the audio chunks of an ordinary prediction."""

UNEVEN_CHUNK_SECONDS: Final = (0.037, 0.4, 1.3)
"""Lengths of the audio chunks of the streaming test, used in turn."""

MediaFiles = tuple[Path, Path | None]
"""Audio file and video file of a clip; None for audio alone."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of two predictions for the same clips.

    Two predictions agree in a frame if both contain the same number of sources of each class, within 10
    degrees, and with the same on-screen flags.

    Attributes:
        frames: Number of frames.
        active_frames: Number of frames in which at least one prediction has an active class.
        agreement: Fraction of all frames that agree.
        active_agreement: Fraction of the active frames that agree; NaN without active frames.
        max_difference: Largest difference of paired rows in azimuth (degrees), distance (metres) or
            confidence; NaN without pairs.
        max_output_difference: Largest absolute difference of the model outputs before decoding; infinite if
            the lengths differ, NaN if outputs were not compared.
    """

    frames: int
    active_frames: int
    agreement: float
    active_agreement: float
    max_difference: float
    max_output_difference: float = float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Converts the agreement for JSON; NaN and infinity become None.

        Returns:
            Values by name, with the keys of earlier versions.
        """
        return nan_to_none(
            {
                "frames": self.frames,
                "busy": self.active_frames,
                "agreed": self.agreement,
                "busy_agreed": self.active_agreement,
                "difference": self.max_difference,
                "answers": self.max_output_difference,
            }
        )


def mirror_test(detector: Detector, clips: Sequence[MediaFiles]) -> Agreement:
    """Compares the predictions for clips with those for their mirror images.

    Left and right are exchanged in the audio and in the video frames, and back in the predictions.

    Args:
        detector: Detector to test.
        clips: Audio and video files; None instead of a video for an audio-only model.

    Returns:
        The agreement.

    Raises:
        MediaError: A file cannot be read.
        ModelError: The model requires video frames that a clip does not have.
    """
    original = [decode_outputs(detector, predict_outputs(detector, *clip)) for clip in clips]
    mirrored = [
        decode_outputs(
            detector,
            predict_outputs(
                detector, *clip, transform_audio=_exchange_sides, transform_frame=_flip_horizontally
            ),
        ).mirrored()
        for clip in clips
    ]
    return compare_annotations(original, mirrored, detector.model.config.protocol)


def streaming_test(detector: Detector, clips: Sequence[MediaFiles]) -> Agreement:
    """Compares the predictions for audio in uneven chunks with those for whole files.

    Args:
        detector: Detector to test.
        clips: Audio and video files; None instead of a video for an audio-only model.

    Returns:
        The agreement, before and after decoding.

    Raises:
        MediaError: A file cannot be read.
        ModelError: The model requires video frames that a clip does not have.
    """
    whole = [list(predict_outputs(detector, *clip)) for clip in clips]
    streamed = [list(predict_outputs(detector, *clip, chunk_seconds=UNEVEN_CHUNK_SECONDS)) for clip in clips]
    first, second = (
        [decode_outputs(detector, outputs) for outputs in predictions] for predictions in (whole, streamed)
    )
    differences = [_max_output_difference(*outputs) for outputs in zip(whole, streamed, strict=True)]
    return replace(
        compare_annotations(first, second, detector.model.config.protocol),
        max_output_difference=max(differences, default=float("nan")),
    )


def predict_outputs(
    detector: Detector,
    audio: Path,
    video: Path | None = None,
    *,
    transform_audio: Callable[[Samples], Samples] = lambda samples: samples,
    transform_frame: Callable[[VideoFrame], VideoFrame] = lambda frame: frame,
    chunk_seconds: Sequence[float] = WHOLE_CHUNK_SECONDS,
) -> Iterator[ModelOutput]:
    """Computes the model outputs of a clip whose audio and video frames are transformed first.

    Args:
        detector: Detector.
        audio: Audio file.
        video: File with the video frames; None for those of `audio`.
        transform_audio: Applied to blocks of audio, ``(channels, samples)``.
        transform_frame: Applied to each video frame.
        chunk_seconds: Lengths in seconds of the audio chunks that the detector receives, in turn.

    Yields:
        Outputs of consecutive segments.
    """
    reader = AudioReader(audio, detector.sample_rate, detector.layout)
    with reader, detector.video_frames(video or audio) as frames:
        transformed = None if frames is None else map(transform_frame, frames)
        lengths = [round(seconds * detector.sample_rate) for seconds in chunk_seconds]
        yield from detector.predict(_rechunk(map(transform_audio, reader), lengths), transformed)


def decode_outputs(detector: Detector, outputs: Iterable[ModelOutput]) -> Annotations:
    """Decodes the model outputs of a clip.

    Args:
        detector: Detector that predicted them.
        outputs: Outputs of consecutive segments.

    Returns:
        Annotations of the whole clip.
    """
    parts = [(output.start, detector.decode(output)) for output in outputs]
    return Annotations.concatenate(parts, sum(part.frame_count for _, part in parts))


def compare_annotations(
    first: Sequence[Annotations], second: Sequence[Annotations], protocol: str = "dcase2025"
) -> Agreement:
    """Computes the agreement of two predictions for the same clips.

    Args:
        first: Annotations of each clip.
        second: Annotations of the same clips, in the same order.
        protocol: Protocol that defines the angle between two rows.

    Returns:
        The agreement, without the difference of outputs.
    """
    pairs = pair_rows(first, second, protocol)
    tables = (pairs.comparison.references, pairs.comparison.predictions)
    frame_counts = np.array([clip.frame_count for clip in first], np.int64)
    starts = np.cumsum(frame_counts) - frame_counts
    row_frames = [starts[table.clip] + table.frame for table in tables]
    active = np.zeros(int(frame_counts.sum()), np.bool_)
    differs = np.zeros_like(active)
    for frames, unmatched in zip(row_frames, pairs.unmatched, strict=True):
        active[frames] = True
        differs[frames[unmatched]] = True
    pair_differs = (pairs.angle > MAX_AZIMUTH_DIFFERENCE_DEG) | (
        pairs.onscreen_known & ~pairs.onscreen_agrees
    )
    differs[row_frames[0][pairs.reference[pair_differs]]] = True
    return Agreement(
        frames=len(active),
        active_frames=int(active.sum()),
        agreement=float(1.0 - differs.mean()) if len(active) else float("nan"),
        active_agreement=float(1.0 - differs[active].mean()) if active.any() else float("nan"),
        max_difference=_max_row_difference(pairs, _confidences(first), _confidences(second)),
    )


def _max_output_difference(first: Sequence[ModelOutput], second: Sequence[ModelOutput]) -> float:
    one, other = (np.concatenate([part.output for part in outputs]) for outputs in (first, second))
    return float(np.abs(one - other).max(initial=0.0)) if one.shape == other.shape else float("inf")


def _max_row_difference(pairs: RowPairs, first: Floats, second: Floats) -> float:
    i, j = pairs.reference, pairs.prediction
    metres = np.abs(pairs.comparison.references.distance[i] - pairs.comparison.predictions.distance[j])
    confidence = np.abs(first[i] - second[j])
    return float(np.concatenate([pairs.angle, metres, confidence]).max()) if len(i) else float("nan")


def _confidences(tables: Sequence[Annotations]) -> Floats:
    parts = [np.ones(len(one)) if one.confidence is None else one.confidence for one in tables]
    return np.concatenate([np.zeros(0), *parts])


def _exchange_sides(samples: Samples) -> Samples:
    """Exchanges two channels, or negates Y of first-order ambisonics (W, Y, Z, X)."""
    if len(samples) == 2:
        return samples[::-1]
    return samples * np.array([[1], [-1], [1], [1]], np.float32)


def _flip_horizontally(frame: VideoFrame) -> VideoFrame:
    return replace(frame, image=np.ascontiguousarray(frame.image[:, ::-1]))


def _rechunk(blocks: Iterable[Samples], lengths: Sequence[int]) -> Iterator[Samples]:
    """Divides audio into chunks of the given lengths in samples, used in turn."""
    rest: Samples | None = None
    turn = 0
    for block in blocks:
        rest = block if rest is None else np.concatenate([rest, block], axis=1)
        while rest.shape[1] >= (length := lengths[turn % len(lengths)]):
            yield rest[:, :length]
            rest, turn = rest[:, length:], turn + 1
    if rest is not None and rest.shape[1]:
        yield rest
