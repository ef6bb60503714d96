"""Mirror test, streaming test, and the agreement that both report."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.level_detector import RATE, LevelDetector, one_sided_noise
from seldkit.annotations import Annotations
from seldkit.benchmark import mirror_test, streaming_test
from seldkit.benchmark.properties import (
    _exchange_sides,
    _flip_horizontally,
    _rechunk,
    compare_annotations,
    decode_outputs,
    predict_outputs,
)
from seldkit.detection.detector import ModelOutput
from seldkit.media import VideoFrame, write_audio


@pytest.fixture
def clip(tmp_path: Path) -> tuple[Path, None]:
    audio = np.concatenate([one_sided_noise(1.0, left=True), one_sided_noise(1.0, left=False)], axis=1)
    return write_audio(tmp_path / "clip.wav", audio, RATE), None


def test_an_equivariant_detector_agrees_in_every_frame(clip: tuple[Path, None]) -> None:
    result = mirror_test(LevelDetector(), [clip])  # type: ignore[arg-type]
    assert (result.frames, result.active_frames) == (20, 20)
    assert (result.agreement, result.max_difference) == (1.0, 0.0)


def test_a_biased_detector_differs_from_its_mirror_image(clip: tuple[Path, None]) -> None:
    result = mirror_test(LevelDetector(bias=4.0), [clip])  # type: ignore[arg-type]
    assert result.max_difference == pytest.approx(8.0)
    assert mirror_test(LevelDetector(bias=6.0), [clip]).agreement == 0.0  # type: ignore[arg-type]


def test_uneven_chunks_give_the_outputs_of_the_file(clip: tuple[Path, None]) -> None:
    result = streaming_test(LevelDetector(), [clip])  # type: ignore[arg-type]
    assert (result.max_difference, result.max_output_difference) == (0.0, 0.0)
    detector = LevelDetector()
    whole, chunked = (
        decode_outputs(detector, predict_outputs(detector, *clip, **options))  # type: ignore[arg-type]
        for options in ({}, {"chunk_seconds": (0.01, 0.33)})
    )
    assert whole == chunked


def test_outputs_are_compared_before_decoding(clip: tuple[Path, None]) -> None:
    @dataclass
    class Drifting(LevelDetector):
        """Each prediction differs from the previous one by less than the decoded annotations resolve."""

        predictions: int = 0

        def predict(self, chunks: Iterable[np.ndarray], video_frames: None) -> Iterator[ModelOutput]:
            for output in super().predict(chunks, video_frames):
                self.predictions += 1
                yield replace(output, output=output.output + np.float32(self.predictions / 1024))

        def decode(self, output: ModelOutput) -> Annotations:
            return super().decode(replace(output, output=np.round(output.output)))

    result = streaming_test(Drifting(), [clip])  # type: ignore[arg-type]
    assert result.max_difference == 0.0
    assert result.max_output_difference == pytest.approx(1 / 1024)


def test_a_stream_of_another_length_differs_infinitely(clip: tuple[Path, None]) -> None:
    @dataclass
    class Shrinking(LevelDetector):
        """Each prediction is one frame shorter than the previous one."""

        predictions: int = 0

        def predict(self, chunks: Iterable[np.ndarray], video_frames: None) -> Iterator[ModelOutput]:
            for output in super().predict(chunks, video_frames):
                self.predictions += 1
                yield replace(output, output=output.output[: -self.predictions])

    result = streaming_test(Shrinking(), [clip])  # type: ignore[arg-type]
    assert result.max_output_difference == float("inf")
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["answers"] is None


def test_no_clips_give_no_differences() -> None:
    result = streaming_test(LevelDetector(), [])  # type: ignore[arg-type]
    assert result.frames == 0
    assert np.isnan(result.agreement)
    assert np.isnan(result.max_output_difference)


@pytest.mark.parametrize("lengths", [(3,), (1, 4), (100,), (2, 5, 1)])
def test_rechunked_audio_is_the_same_audio(lengths: tuple[int, ...]) -> None:
    audio = np.arange(46, dtype=np.float32).reshape(2, 23)
    chunks = list(_rechunk(np.split(audio, [4, 5, 17], axis=1), lengths))
    np.testing.assert_array_equal(np.concatenate(chunks, axis=1), audio)
    expected = [lengths[number % len(lengths)] for number in range(len(chunks))]
    assert [chunk.shape[1] for chunk in chunks[:-1]] == expected[:-1]
    assert 0 < chunks[-1].shape[1] <= expected[-1]


def test_mirroring_exchanges_channels_and_negates_y_of_ambisonics() -> None:
    stereo, foa = np.eye(2, 5, dtype=np.float32), np.ones((4, 5), np.float32)
    np.testing.assert_array_equal(_exchange_sides(stereo), stereo[[1, 0]])
    np.testing.assert_array_equal(_exchange_sides(foa)[:, 0], [1, -1, 1, 1])


def test_mirroring_flips_images_from_left_to_right() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    frame = VideoFrame(0.5, image)
    np.testing.assert_array_equal(_flip_horizontally(frame).image, image[:, ::-1])
    assert _flip_horizontally(frame).time == 0.5


def table(*rows: tuple[int, int, float], frames: int = 10) -> Annotations:
    frame, class_id, azimuth = (np.array(column) for column in zip(*rows, strict=True))
    return Annotations(frame, class_id, 0 * frame, azimuth, 1.0 + 0 * azimuth, frames)


def test_frames_differ_in_class_number_or_direction() -> None:
    first = table((0, 1, 0), (1, 1, 0), (2, 1, 0), (3, 1, 0))
    second = table((0, 1, 9), (1, 1, 11), (2, 2, 0), (3, 1, 0), (3, 1, 50))
    result = compare_annotations([first, first], [second, first])
    assert (result.frames, result.active_frames) == (20, 8)
    assert result.agreement == pytest.approx(17 / 20)
    assert result.active_agreement == pytest.approx(5 / 8)


def test_onscreen_flags_must_agree_if_both_are_known() -> None:
    unknown = table((0, 1, 0), (1, 1, 0))
    onscreen, mixed = replace(unknown, onscreen=[True, True]), replace(unknown, onscreen=[True, False])
    assert compare_annotations([onscreen], [mixed]).active_agreement == 0.5
    assert compare_annotations([unknown], [mixed]).active_agreement == 1.0


def test_the_largest_difference_is_that_of_any_quantity() -> None:
    first = replace(table((0, 1, 0), (1, 1, 0)), confidence=[0.5, 0.5])
    farther = replace(first, distance=first.distance + 0.25)
    surer = replace(first, confidence=[0.5, 0.875])
    assert compare_annotations([first], [farther]).max_difference == pytest.approx(0.25)
    assert compare_annotations([first], [surer]).max_difference == pytest.approx(0.375)


def test_empty_clips_agree_and_have_no_active_frames() -> None:
    result = compare_annotations([Annotations.empty(10)], [Annotations.empty(10)])
    assert result.agreement == 1.0
    assert np.isnan(result.active_agreement)
    assert result.to_dict()["difference"] is None


def test_json_has_the_keys_of_earlier_versions() -> None:
    result = compare_annotations([Annotations.empty(10)], [Annotations.empty(10)])
    assert list(result.to_dict()) == ["frames", "busy", "agreed", "busy_agreed", "difference", "answers"]
