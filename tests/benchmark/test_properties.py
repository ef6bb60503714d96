"""The mirror test finds a detector that is not its own mirror, and agreement counts frames once."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.benchmark import mirror_test, streaming_test
from seldkit.benchmark.properties import agreement, hear
from seldkit.channels import STEREO, ChannelLayout
from seldkit.detection.detector import ModelOutput
from seldkit.media import write_audio

RATE = 8000


@dataclass
class LevelDetector:
    """Hears one source of class 0 in every frame, 60° to the louder side, `bias` degrees too far left.

    It answers for every piece that it is given, so that pieces must be whole frames for whole answers.
    """

    bias: float = 0.0
    sample_rate: int = RATE
    layout: ChannelLayout = STEREO
    model: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(config=SimpleNamespace(protocol="dcase2025"))
    )

    def video_frames(self, path: Path) -> nullcontext[None]:
        return nullcontext(None)

    def predict(self, chunks: Iterable[np.ndarray], video_frames: None) -> Iterator[ModelOutput]:
        sound = np.concatenate(list(chunks), axis=1)
        frames = sound.shape[1] // (RATE // 10)
        cut = sound[:, : frames * (RATE // 10)].reshape(len(sound), frames, -1)
        power = np.square(cut).sum(axis=2)
        side = np.where(power[0] > power[1], 60.0, -60.0) + self.bias
        yield ModelOutput(0, side.astype(np.float32)[:, None, None, None], True)

    def decode(self, answer: ModelOutput) -> Annotations:
        side = answer.output[:, 0, 0, 0].astype(np.float64)
        number = np.arange(len(side))
        return Annotations(number, 0 * number, 0 * number, side, 1.0 + 0 * side, len(side))


@pytest.fixture
def clip(tmp_path: Path) -> tuple[Path, None]:
    noise = 0.3 * np.random.default_rng(1).standard_normal(2 * RATE)
    left = np.repeat([1.0, 0.2], RATE)
    return write_audio(tmp_path / "clip.wav", np.stack([left * noise, (1.2 - left) * noise]), RATE), None


def test_a_detector_that_is_its_own_mirror_agrees_everywhere(clip: tuple[Path, None]) -> None:
    found = mirror_test(LevelDetector(), [clip])  # type: ignore[arg-type]
    assert (found.frames, found.busy, found.agreed, found.difference) == (20, 20, 1.0, 0.0)


def test_a_detector_that_leans_to_one_side_is_found_out(clip: tuple[Path, None]) -> None:
    assert mirror_test(LevelDetector(bias=4.0), [clip]).difference == pytest.approx(8.0)  # type: ignore[arg-type]
    assert mirror_test(LevelDetector(bias=6.0), [clip]).agreed == 0.0  # type: ignore[arg-type]


def test_pieces_are_the_whole_sound_in_order(clip: tuple[Path, None]) -> None:
    found = streaming_test(LevelDetector(), [clip])  # type: ignore[arg-type]
    assert (found.difference, found.answers) == (0.0, 0.0)
    whole = hear(LevelDetector(), *clip)  # type: ignore[arg-type]
    assert hear(LevelDetector(), *clip, pieces=(0.01, 0.33)) == whole  # type: ignore[arg-type]


def test_answers_are_compared_before_they_are_decoded(clip: tuple[Path, None]) -> None:
    @dataclass
    class Drifting(LevelDetector):
        """Answers otherwise each time, by less than any decoded row tells."""

        told: int = 0

        def predict(self, chunks: Iterable[np.ndarray], video_frames: None) -> Iterator[ModelOutput]:
            for answer in super().predict(chunks, video_frames):
                self.told += 1
                yield replace(answer, output=answer.output + np.float32(self.told / 1024))

        def decode(self, answer: ModelOutput) -> Annotations:
            return super().decode(replace(answer, output=np.round(answer.output)))

    found = streaming_test(Drifting(), [clip])  # type: ignore[arg-type]
    assert found.difference == 0.0
    assert found.answers == pytest.approx(1 / 1024)


def table(*rows: tuple[int, int, float], frames: int = 10) -> Annotations:
    frame, class_id, azimuth = (np.array(column) for column in zip(*rows, strict=True))
    return Annotations(frame, class_id, 0 * frame, azimuth, 1.0 + 0 * azimuth, frames)


def test_frames_disagree_in_class_number_or_direction() -> None:
    first = table((0, 1, 0), (1, 1, 0), (2, 1, 0), (3, 1, 0))
    second = table((0, 1, 9), (1, 1, 11), (2, 2, 0), (3, 1, 0), (3, 1, 50))
    found = agreement([first, first], [second, first])
    assert (found.frames, found.busy) == (20, 8)
    assert found.agreed == pytest.approx(17 / 20)
    assert found.busy_agreed == pytest.approx(5 / 8)


def test_screen_flags_must_agree_where_both_say_them() -> None:
    plain = table((0, 1, 0), (1, 1, 0))
    seen, half = replace(plain, onscreen=[True, True]), replace(plain, onscreen=[True, False])
    assert agreement([seen], [half]).busy_agreed == 0.5
    assert agreement([plain], [half]).busy_agreed == 1.0


def test_silence_agrees_and_says_nothing_of_busy_frames() -> None:
    found = agreement([Annotations.empty(10)], [Annotations.empty(10)])
    assert found.agreed == 1.0
    assert np.isnan(found.busy_agreed)
    assert found.to_dict()["difference"] is None
