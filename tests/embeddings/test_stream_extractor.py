"""Streams of windows: selection of images, number of encodings and memory."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from embeddings.encoders import MeanEmbedding
from seldkit.embeddings.stream_extractor import RecordingStreams, StreamExtractor
from seldkit.media import VideoFrame

RATE = 24000


def frames(rate: float = 10.0, end: float = 1e9) -> itertools.takewhile:
    """Frames of one colour, which is their number."""
    shown = (
        VideoFrame(number / rate, np.full((2, 3, 3), number % 256, np.uint8)) for number in itertools.count()
    )
    return itertools.takewhile(lambda frame: frame.time < end, shown)


def start(extractor: StreamExtractor, images: object, window: int = 20) -> RecordingStreams:
    return extractor.for_recording(images, RATE, window)  # type: ignore[arg-type]


def silence(windows: int) -> np.ndarray:
    return np.zeros((windows, 2, 100), np.float32)


def test_a_window_has_its_images_in_order() -> None:
    recording = start(StreamExtractor({"visual": MeanEmbedding()}), frames())
    first = recording.extract(silence(2), [0, 10])["visual"]
    assert first.shape == (2, 20, 1)
    torch.testing.assert_close(first[:, :, 0], torch.stack([torch.arange(20.0), torch.arange(10.0, 30.0)]))
    later = recording.extract(silence(1), [15])["visual"]
    torch.testing.assert_close(later[0, :, 0], torch.arange(15.0, 35.0))


def test_each_image_is_preprocessed_once_if_windows_overlap() -> None:
    extractor = StreamExtractor({"visual": MeanEmbedding()})
    recording = start(extractor, frames())
    for first in range(0, 200, 2):
        recording.extract(silence(1), [first])
    assert extractor._encoders["visual"].image_count == 198 + 20


@given(
    rate=st.sampled_from([0.5, 1.0, 2.0, 4.0, 10.0, 12.5]),
    hops=st.lists(st.integers(0, 25), min_size=1, max_size=12),
    modality=st.sampled_from(["images", "video"]),
)
@examples(derandomize=True, max_examples=40, deadline=None)
def test_windows_do_not_depend_on_the_order_of_calls(rate: float, hops: list[int], modality: str) -> None:
    extractor = StreamExtractor({"visual": MeanEmbedding(rate=rate, modality=modality)})  # type: ignore[arg-type]
    firsts = np.cumsum(hops).tolist()
    together = start(extractor, frames(12.5)).extract(silence(len(firsts)), firsts)["visual"]
    recording = start(extractor, frames(12.5))
    single = torch.cat([recording.extract(silence(1), [first])["visual"] for first in firsts])
    torch.testing.assert_close(single, together)
    numbers = np.round(np.array(firsts) * 0.1 * rate)[:, None] + np.arange(max(1, round(2 * rate)))
    expected = np.floor(numbers / rate * 12.5 + 0.02).astype(np.float32)
    expected = np.where(expected > 255, expected % 256, expected)
    np.testing.assert_array_equal(together[:, :, 0].numpy(), expected)


def test_streams_with_different_rates_share_one_video() -> None:
    streams = {
        "slow": MeanEmbedding(rate=1.0),
        "fast": MeanEmbedding(rate=10.0),
        "audio": MeanEmbedding(modality="audio"),
    }
    extractor = StreamExtractor(streams)
    assert extractor.visual_streams == ("slow", "fast")
    times = list(itertools.islice(extractor.frame_times(), 25))
    assert times == sorted(times)
    assert {0.0, 0.1, 1.0, 2.0} <= set(times)
    shown = (
        VideoFrame(time, np.full((1, 1, 3), round(10 * time), np.uint8)) for time in extractor.frame_times()
    )
    found = start(extractor, shown).extract(silence(2), [0, 10])
    assert {name: tuple(stream.shape) for name, stream in found.items()} == {
        "audio": (2, 1, 1),
        "slow": (2, 2, 1),
        "fast": (2, 20, 1),
    }
    torch.testing.assert_close(found["slow"][:, :, 0], torch.tensor([[0.0, 10.0], [10.0, 20.0]]))


def test_the_last_image_is_repeated_after_the_end_of_the_video() -> None:
    found = start(StreamExtractor({"visual": MeanEmbedding()}), frames(end=0.45)).extract(silence(1), [0])[
        "visual"
    ]
    torch.testing.assert_close(found[0, :6, 0], torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0, 4.0]))
    assert (found[0, 5:] == 4.0).all()


def test_frames_are_read_up_to_the_end_of_the_window() -> None:
    asked = 0

    def counted() -> object:
        nonlocal asked
        for frame in frames():
            asked += 1
            yield frame

    recording = start(StreamExtractor({"visual": MeanEmbedding()}), counted())
    recording.extract(silence(1), [0])
    assert asked <= 22


@pytest.mark.parametrize("modality", ["images", "video"])
def test_the_buffer_does_not_grow(modality: str) -> None:
    extractor = StreamExtractor({"visual": MeanEmbedding(modality=modality)})  # type: ignore[arg-type]
    recording = start(extractor, frames())
    for first in range(0, 3000, 10):
        recording.extract(silence(1), [first])
    track = recording._buffers["visual"]
    assert len(track._tokens) + len(track._pending) <= 20


def test_without_video_there_are_audio_streams_only() -> None:
    extractor = StreamExtractor({"visual": MeanEmbedding(), "audio": MeanEmbedding(modality="audio")})
    sound = np.ones((1, 2, 100), np.float32)
    assert start(extractor, None).extract(sound, [0]).keys() == {"audio"}
