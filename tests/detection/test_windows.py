import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.detection.windows import Window, cut_windows

SCALE = 10  # samples a frame


def windows_of(sound: np.ndarray, sizes: list[int], length: int = 5, hop: int = 2) -> list[Window]:
    edges = np.cumsum(sizes)
    chunks = np.split(sound, edges[edges < sound.shape[1]], axis=1)
    return [window for group in cut_windows(chunks, length, hop, SCALE, batch=3) for window in group]


@given(samples=st.integers(1, 400), sizes=st.lists(st.integers(0, 90), max_size=12))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_windows_do_not_depend_on_the_chunks(samples: int, sizes: list[int]) -> None:
    sound = np.random.default_rng(samples).normal(size=(2, samples)).astype(np.float32)
    whole, pieces = windows_of(sound, []), windows_of(sound, sizes)
    assert len(whole) == len(pieces)
    for one, other in zip(whole, pieces, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)
        assert (one.first_frame, one.frames, one.final_before) == (
            other.first_frame,
            other.frames,
            other.final_before,
        )


@pytest.mark.parametrize("samples", [1, 9, 10, 49, 50, 51, 70, 71, 333])
def test_every_frame_becomes_final_once_and_is_in_its_window(samples: int) -> None:
    sound = np.ones((2, samples), np.float32)
    final = 0
    for window in windows_of(sound, [7] * 50):
        assert final >= window.first_frame
        assert final < window.final_before <= window.first_frame + window.frames
        final = window.final_before
    assert final == -(-samples // SCALE)


def test_a_window_holds_its_own_samples() -> None:
    sound = np.arange(333, dtype=np.float32)[None].repeat(2, axis=0)
    for window in windows_of(sound, [50] * 7):
        expected = sound[:, window.first_frame * SCALE :][:, : 5 * SCALE]
        np.testing.assert_array_equal(window.samples[:, : expected.shape[1]], expected)
        assert not window.samples[:, expected.shape[1] :].any()


def test_only_short_audio_is_padded_by_more_than_a_frame() -> None:
    (short,) = windows_of(np.ones((2, 12), np.float32), [])
    assert (short.frames, short.samples.shape) == (2, (2, 50))
    last = windows_of(np.ones((2, 203), np.float32), [])[-1]
    assert (last.first_frame, last.frames) == (16, 5)
    assert (last.samples == 0).sum() == 2 * 7


def test_direction_is_known_from_the_first_difference_on() -> None:
    sound = np.random.default_rng(0).normal(size=(1, 200)).astype(np.float32).repeat(2, axis=0)
    assert not any(window.directional for window in windows_of(sound, []))
    sound[1, 120] += 1.0
    flags = [window.directional for window in windows_of(sound, [])]
    assert flags == sorted(flags)
    assert [window.directional for window in windows_of(sound, [])] == [
        window.first_frame * SCALE + 50 > 120 for window in windows_of(sound, [])
    ]


def test_windows_with_short_lookahead_do_not_wait_longer() -> None:
    sound = np.arange(1, 334, dtype=np.float32)[None].repeat(2, axis=0)
    groups = cut_windows([sound], 8, 2, SCALE, batch=3, ahead=1)
    *windows, last = [window for group in groups for window in group]
    ends = [window.first_frame + window.frames for window in windows]
    assert ends == list(range(3, 34, 2))
    assert [window.frames for window in windows[:4]] == [3, 5, 7, 8]
    assert [window.final_before for window in windows] == [end - 1 for end in ends]
    assert (last.first_frame, last.frames, last.final_before) == (26, 8, 34)
    for window, end in zip(windows, ends, strict=True):
        heard = sound[:, window.first_frame * SCALE : end * SCALE]
        np.testing.assert_array_equal(window.samples[:, : heard.shape[1]], heard)
        assert window.samples.shape == (2, 80)
        assert not window.samples[:, heard.shape[1] :].any()


def test_no_audio_gives_no_window() -> None:
    assert windows_of(np.zeros((2, 0), np.float32), []) == []


def has_direction(left: np.ndarray, right: np.ndarray) -> bool:
    (window,) = next(cut_windows([np.stack([left, right]).astype(np.float32)], 5, 5, 100, 1))
    return window.directional


def test_one_microphone_on_two_channels_has_no_direction_at_about_equal_levels() -> None:
    random = np.random.default_rng(1)
    sound = random.standard_normal(500)
    assert not has_direction(sound, 10 ** (0.4 / 20) * sound)
    assert not has_direction(sound, sound + 1e-4 * random.standard_normal(500))


def test_a_larger_level_difference_is_a_direction() -> None:
    sound = np.random.default_rng(1).standard_normal(500)
    assert has_direction(sound, 10 ** (0.6 / 20) * sound)
    assert has_direction(sound, np.zeros(500))
    assert has_direction(np.zeros(500), sound)
    assert has_direction(sound, -sound)


def test_a_source_ahead_has_a_direction_with_room_reflections() -> None:
    random = np.random.default_rng(1)
    sound, room = random.standard_normal(500), 0.01 * random.standard_normal((2, 500))
    assert has_direction(sound + room[0], sound + room[1])
