"""Activity of dry events in steps and frames."""

import numpy as np

from seldkit.synthesis.activity import active_frames, active_steps

RATE = 24000


def noise(*loud: tuple[float, float], seconds: float = 3.0) -> np.ndarray:
    samples = 1e-5 * np.random.default_rng(0).standard_normal(int(seconds * RATE))
    for start, end in loud:
        piece = slice(int(start * RATE), int(end * RATE))
        samples[piece] += np.random.default_rng(1).standard_normal(piece.stop - piece.start)
    return samples


def test_steps_with_a_high_level_are_active() -> None:
    steps = active_steps(noise((1.0, 1.5)), RATE)
    assert np.flatnonzero(steps).tolist() == list(range(100, 150))


def test_short_pauses_belong_to_the_event() -> None:
    steps = active_steps(noise((0.5, 1.0), (1.4, 2.0)), RATE)
    assert np.flatnonzero(steps).tolist() == list(range(50, 200))


def test_long_pauses_end_the_event() -> None:
    steps = active_steps(noise((0.5, 1.0), (1.6, 2.0)), RATE)
    assert np.flatnonzero(steps).tolist() == [*range(50, 100), *range(160, 200)]


def test_silence_has_no_activity() -> None:
    assert not active_steps(np.zeros(RATE), RATE).any()


def test_frames_need_half_of_their_steps() -> None:
    steps = np.zeros(30, bool)
    steps[6:25] = True  # 4 of the first frame's 10 steps, all of the second's, 5 of the third's
    assert active_frames(steps, 3).tolist() == [False, True, True]


def test_a_very_short_event_has_its_fullest_frame() -> None:
    steps = np.zeros(30, bool)
    steps[8:14] = True
    assert active_frames(steps, 4).tolist() == [False, True, False, False]


def test_frames_beyond_the_clip_are_cut() -> None:
    assert active_frames(np.ones(100, bool), 4).tolist() == [True] * 4
