"""What must hold of any model: mirrored input gives mirrored events, and a stream is heard as a file is."""

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
from seldkit.types import Floats, Samples

NEAR: Final = 10.0
"""Degrees within which mirrored azimuths agree: half of what the challenge's F-score allows."""

PIECES: Final = (0.037, 0.4, 1.3)
"""Seconds of the pieces in which a stream comes, in turn."""


@dataclass(frozen=True)
class Agreement:
    """How far two ways of hearing the same clips agree.

    frames: in all; busy: those in which either way says anything. agreed: the share of all frames in which
    both name as many sources of each class, within 10 degrees and with the same on-screen flags; busy_agreed:
    the share of the busy ones. difference: the largest difference between paired rows in any azimuth
    (degrees), distance (metres) or confidence. answers: the largest difference between any two values of the
    model's answers before they are decoded. NaN where there is nothing to compare.
    """

    frames: int
    busy: int
    agreed: float
    busy_agreed: float
    difference: float
    answers: float = float("nan")

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what is not a number becomes None."""
        return {name: None if value != value else value for name, value in vars(self).items()}


def mirror_test(detector: Detector, clips: Sequence[tuple[Path, Path | None]]) -> Agreement:
    """Whether clips with left and right exchanged, in sound and picture, give the mirrored answers.

    clips: sound and video files, None for a model that only hears. Raises MediaError, ModelError.
    """
    straight = [hear(detector, *clip) for clip in clips]
    mirrored = [hear(detector, *clip, sound=_other_side, picture=_flipped).mirrored() for clip in clips]
    return agreement(straight, mirrored, detector.model.config.protocol)


def streaming_test(detector: Detector, clips: Sequence[tuple[Path, Path | None]]) -> Agreement:
    """Whether sound in uneven pieces gives the answers that whole files give, before and after decoding."""
    whole = [list(answers(detector, *clip)) for clip in clips]
    pieces = [list(answers(detector, *clip, pieces=PIECES)) for clip in clips]
    first, second = ([joined(detector, one) for one in way] for way in (whole, pieces))
    found = agreement(first, second, detector.model.config.protocol)
    apart = [_apart(one, other) for one, other in zip(whole, pieces, strict=True)]
    return replace(found, answers=max(apart, default=float("nan")))


def hear(
    detector: Detector,
    audio: Path,
    video: Path | None = None,
    *,
    sound: Callable[[Samples], Samples] = lambda samples: samples,
    picture: Callable[[VideoFrame], VideoFrame] = lambda frame: frame,
    pieces: Sequence[float] = (5.0,),
) -> Annotations:
    """The annotations of a clip as `Detector.stream` gives them; the rest as in `answers`."""
    return joined(detector, answers(detector, audio, video, sound=sound, picture=picture, pieces=pieces))


def answers(
    detector: Detector,
    audio: Path,
    video: Path | None = None,
    *,
    sound: Callable[[Samples], Samples] = lambda samples: samples,
    picture: Callable[[VideoFrame], VideoFrame] = lambda frame: frame,
    pieces: Sequence[float] = (5.0,),
) -> Iterator[ModelOutput]:
    """A model's answers to a clip, its sound and pictures changed on the way.

    pieces: seconds of the pieces in which the sound is given, in turn.
    """
    reader = AudioReader(audio, detector.sample_rate, detector.layout)
    with reader, detector.video_frames(video or audio) as frames:
        seen = None if frames is None else map(picture, frames)
        chunks = _cut(map(sound, reader), [round(one * detector.sample_rate) for one in pieces])
        yield from detector.predict(chunks, seen)


def joined(detector: Detector, found: Iterable[ModelOutput]) -> Annotations:
    """The annotations of a clip from a model's answers to its stretches."""
    parts = [(answer.start, detector.decode(answer)) for answer in found]
    return Annotations.concatenate(parts, sum(part.frame_count for _, part in parts))


def agreement(
    first: Sequence[Annotations], second: Sequence[Annotations], protocol: str = "dcase2025"
) -> Agreement:
    """How far two answers to the same clips, paired by position, agree; angles are those of `protocol`."""
    pairs = pair_rows(first, second, protocol)
    tables = (pairs.comparison.references, pairs.comparison.predictions)
    frames = np.array([one.frame_count for one in first], np.int64)
    starts = np.cumsum(frames) - frames
    at = [starts[table.clip] + table.frame for table in tables]
    busy, apart = np.zeros(int(frames.sum()), np.bool_), np.zeros(int(frames.sum()), np.bool_)
    for place, lone in zip(at, pairs.unmatched, strict=True):
        busy[place] = True
        apart[place[lone]] = True
    apart[at[0][pairs.reference[(pairs.angle > NEAR) | (pairs.onscreen_known & ~pairs.onscreen_agrees)]]] = (
        True
    )
    return Agreement(
        frames=len(busy),
        busy=int(busy.sum()),
        agreed=float(1.0 - apart.mean()) if len(busy) else float("nan"),
        busy_agreed=float(1.0 - apart[busy].mean()) if busy.any() else float("nan"),
        difference=_difference(pairs, _confidences(first), _confidences(second)),
    )


def _apart(first: Sequence[ModelOutput], second: Sequence[ModelOutput]) -> float:
    """The largest difference between two ways of answering a clip; infinite where lengths differ."""
    one, other = (np.concatenate([answer.output for answer in way]) for way in (first, second))
    return float(np.abs(one - other).max(initial=0.0)) if one.shape == other.shape else float("inf")


def _difference(pairs: RowPairs, first: Floats, second: Floats) -> float:
    i, j = pairs.reference, pairs.prediction
    metres = np.abs(pairs.comparison.references.distance[i] - pairs.comparison.predictions.distance[j])
    sure = np.abs(first[i] - second[j])
    return float(np.concatenate([pairs.angle, metres, sure]).max()) if len(i) else float("nan")


def _confidences(tables: Sequence[Annotations]) -> Floats:
    return np.concatenate([np.ones(len(one)) if one.confidence is None else one.confidence for one in tables])


def _other_side(samples: Samples) -> Samples:
    """Left and right exchanged: two channels, or the sign of Y in first-order ambisonics (W, Y, Z, X)."""
    if len(samples) == 2:
        return samples[::-1]
    return samples * np.array([[1], [-1], [1], [1]], np.float32)


def _flipped(frame: VideoFrame) -> VideoFrame:
    return replace(frame, image=np.ascontiguousarray(frame.image[:, ::-1]))


def _cut(chunks: Iterable[Samples], lengths: Sequence[int]) -> Iterator[Samples]:
    """The same sound in pieces of these lengths, in turn."""
    held: Samples | None = None
    turn = 0
    for chunk in chunks:
        held = chunk if held is None else np.concatenate([held, chunk], axis=1)
        while held.shape[1] >= lengths[turn % len(lengths)]:
            length = lengths[turn % len(lengths)]
            yield held[:, :length]
            held, turn = held[:, length:], turn + 1
    if held is not None and held.shape[1]:
        yield held
