"""Streams of windows: which pictures, how often, and in how much memory."""

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
    """Pictures whose one colour is their number."""
    shown = (
        VideoFrame(number / rate, np.full((2, 3, 3), number % 256, np.uint8)) for number in itertools.count()
    )
    return itertools.takewhile(lambda frame: frame.time < end, shown)


def follow(extractor: StreamExtractor, pictures: object, window: int = 20) -> RecordingStreams:
    return extractor.for_recording(pictures, RATE, window)  # type: ignore[arg-type]


def silence(windows: int) -> np.ndarray:
    return np.zeros((windows, 2, 100), np.float32)


def test_a_window_gets_its_own_pictures_in_order() -> None:
    recording = follow(StreamExtractor({"eyes": MeanEmbedding()}), frames())
    first = recording.extract(silence(2), [0, 10])["eyes"]
    assert first.shape == (2, 20, 1)
    torch.testing.assert_close(first[:, :, 0], torch.stack([torch.arange(20.0), torch.arange(10.0, 30.0)]))
    later = recording.extract(silence(1), [15])["eyes"]
    torch.testing.assert_close(later[0, :, 0], torch.arange(15.0, 35.0))


def test_each_picture_is_prepared_once_however_much_windows_overlap() -> None:
    extractor = StreamExtractor({"eyes": MeanEmbedding()})
    recording = follow(extractor, frames())
    for first in range(0, 200, 2):
        recording.extract(silence(1), [first])
    assert extractor._encoders["eyes"].image_count == 198 + 20


@given(
    rate=st.sampled_from([0.5, 1.0, 2.0, 4.0, 10.0, 12.5]),
    hops=st.lists(st.integers(0, 25), min_size=1, max_size=12),
    modality=st.sampled_from(["images", "video"]),
)
@examples(derandomize=True, max_examples=40, deadline=None)
def test_windows_do_not_depend_on_how_they_are_asked_for(rate: float, hops: list[int], modality: str) -> None:
    extractor = StreamExtractor({"eyes": MeanEmbedding(rate=rate, modality=modality)})  # type: ignore[arg-type]
    firsts = np.cumsum(hops).tolist()
    together = follow(extractor, frames(12.5)).extract(silence(len(firsts)), firsts)["eyes"]
    recording = follow(extractor, frames(12.5))
    single = torch.cat([recording.extract(silence(1), [first])["eyes"] for first in firsts])
    torch.testing.assert_close(single, together)
    numbers = np.round(np.array(firsts) * 0.1 * rate)[:, None] + np.arange(max(1, round(2 * rate)))
    expected = np.floor(numbers / rate * 12.5 + 0.02).astype(np.float32)
    expected = np.where(expected > 255, expected % 256, expected)
    np.testing.assert_array_equal(together[:, :, 0].numpy(), expected)


def test_rates_of_their_own_are_served_from_one_run_through_the_pictures() -> None:
    streams = {
        "slow": MeanEmbedding(rate=1.0),
        "fast": MeanEmbedding(rate=10.0),
        "ears": MeanEmbedding(modality="audio"),
    }
    extractor = StreamExtractor(streams)
    assert extractor.visual_streams == ("slow", "fast")
    times = list(itertools.islice(extractor.frame_times(), 25))
    assert times == sorted(times)
    assert {0.0, 0.1, 1.0, 2.0} <= set(times)
    shown = (
        VideoFrame(time, np.full((1, 1, 3), round(10 * time), np.uint8)) for time in extractor.frame_times()
    )
    found = follow(extractor, shown).extract(silence(2), [0, 10])
    assert {name: tuple(stream.shape) for name, stream in found.items()} == {
        "ears": (2, 1, 1),
        "slow": (2, 2, 1),
        "fast": (2, 20, 1),
    }
    torch.testing.assert_close(found["slow"][:, :, 0], torch.tensor([[0.0, 10.0], [10.0, 20.0]]))


def test_where_the_picture_ends_its_last_one_stays() -> None:
    found = follow(StreamExtractor({"eyes": MeanEmbedding()}), frames(end=0.45)).extract(silence(1), [0])[
        "eyes"
    ]
    torch.testing.assert_close(found[0, :6, 0], torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0, 4.0]))
    assert (found[0, 5:] == 4.0).all()


def test_pictures_are_asked_for_only_as_far_as_the_windows_reach() -> None:
    asked = 0

    def counted() -> object:
        nonlocal asked
        for frame in frames():
            asked += 1
            yield frame

    recording = follow(StreamExtractor({"eyes": MeanEmbedding()}), counted())
    recording.extract(silence(1), [0])
    assert asked <= 22


@pytest.mark.parametrize("modality", ["images", "video"])
def test_what_is_held_does_not_grow(modality: str) -> None:
    extractor = StreamExtractor({"eyes": MeanEmbedding(modality=modality)})  # type: ignore[arg-type]
    recording = follow(extractor, frames())
    for first in range(0, 3000, 10):
        recording.extract(silence(1), [first])
    track = recording._buffers["eyes"]
    assert len(track._tokens) + len(track._pending) <= 20


def test_without_pictures_only_the_sounds_streams_come() -> None:
    extractor = StreamExtractor({"eyes": MeanEmbedding(), "ears": MeanEmbedding(modality="audio")})
    sound = np.ones((1, 2, 100), np.float32)
    assert follow(extractor, None).extract(sound, [0]).keys() == {"ears"}
