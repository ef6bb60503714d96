import numpy as np
import pytest

from seldkit.detection.blending import WindowBlender

SHAPE = (3, 3, 13)  # tracks, elements, classes


def run(output: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Feed a long output to the blender window by window, as a model that always agrees with itself would."""
    blender, given = WindowBlender(window), []
    starts = [*range(0, len(output) - window, hop), len(output) - window]
    for start in starts[:-1]:
        given.append(blender.add(output[start : start + window], start, start + hop))
    given.append(blender.add(output[starts[-1] :], starts[-1], len(output)))
    return np.concatenate(given)


@pytest.mark.parametrize(("frames", "window", "hop"), [(50, 50, 25), (51, 50, 25), (163, 50, 10), (40, 7, 7)])
def test_identical_windows_are_returned_unchanged(frames: int, window: int, hop: int) -> None:
    output = np.random.default_rng(0).normal(size=(frames, *SHAPE)).astype(np.float32)
    np.testing.assert_allclose(run(output, window, hop), output, atol=1e-5)


def test_the_order_of_tracks_does_not_matter_in_any_frame() -> None:
    rng = np.random.default_rng(1)
    output = np.repeat(rng.normal(size=(1, *SHAPE)), 60, axis=0).astype(np.float32)
    blender = WindowBlender(40)
    first = blender.add(output[:40], 0, 20)
    shuffled = output[20:60].copy()
    for frame in range(40):
        for class_id in range(13):
            shuffled[frame, ..., class_id] = shuffled[frame, rng.permutation(3), :, class_id]
    second = blender.add(shuffled, 20, 60)
    np.testing.assert_allclose(np.concatenate([first, second[:20]]), output[:40], atol=1e-5)
    # Frames that no earlier window knows keep their own order.
    np.testing.assert_allclose(second[20:], shuffled[20:], atol=1e-5)


def test_a_frame_is_the_weighted_mean_of_its_windows() -> None:
    blender = WindowBlender(4)  # weights 1/2 1 1 1/2
    zeros, ones = np.zeros((4, 1, 1, 1), np.float32), np.ones((4, 1, 1, 1), np.float32)
    blender.add(zeros, 0, 2)
    blended = blender.add(ones, 2, 6)
    np.testing.assert_allclose(blended[:, 0, 0, 0], [0.5 / 1.5, 1.0 / 1.5, 1.0, 1.0])


def test_memory_stays_bounded() -> None:
    blender = WindowBlender(10)
    for start in range(0, 1000, 5):
        blender.add(np.zeros((10, *SHAPE), np.float32), start, start + 5)
        assert blender.start == start + 5
        assert len(blender._weight) <= 10
