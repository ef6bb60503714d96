from pathlib import Path

import numpy as np
import pytest
import torch

from paths import vector
from seldkit.accdoa import align_tracks, decode
from seldkit.formats import write_annotations

LOGITS = np.load(vector("dcase2025/decode_logits.npz"))["output"]


def tracks(*vectors: tuple[float, ...]) -> np.ndarray:
    """One frame of one class whose tracks have these elements."""
    output = np.zeros((1, 1, 3, len(vectors[0]), 13))
    for track, values in enumerate(vectors):
        output[0, 0, track, :, 4] = values
    return output


def towards(azimuth: float, length: float = 1.0) -> tuple[float, float]:
    return length * float(np.cos(np.deg2rad(azimuth))), length * float(np.sin(np.deg2rad(azimuth)))


@pytest.mark.parametrize("clip", range(6))
def test_written_rows_equal_the_official_ones(clip: int, tmp_path: Path) -> None:
    annotations = decode(torch.from_numpy(LOGITS))[clip]
    write_annotations(annotations, tmp_path / "clip.csv")
    expected = vector(f"dcase2025/decoded/clip{clip}.csv").read_text().split()
    assert (tmp_path / "clip.csv").read_text().split() == expected


def test_parts_of_a_clip_decode_like_the_clip() -> None:
    (whole,) = decode(LOGITS[:1])
    first, second = decode(LOGITS[:1, :17])[0], decode(LOGITS[:1, 17:])[0]
    assert len(first) + len(second) == len(whole)
    np.testing.assert_array_equal(np.concatenate([first.azimuth, second.azimuth]), whole.azimuth)


def test_close_tracks_are_merged_and_others_are_kept() -> None:
    elements = ("x", "y", "distance")
    near = tracks((*towards(0), 1.0), (*towards(14), 3.0), (*towards(90), 5.0))
    (found,) = decode(near, elements)
    np.testing.assert_allclose(found.azimuth, [90.0, 7.0])
    np.testing.assert_allclose(found.distance, [5.0, 2.0])
    (apart,) = decode(near, elements, unify=14.0 - 1e-6)
    np.testing.assert_allclose(apart.azimuth, [0.0, 14.0, 90.0])


def test_three_close_tracks_are_merged_with_the_onscreen_value_of_the_first() -> None:
    (found,) = decode(tracks((*towards(0), 2.0, 0.9), (*towards(6), 2.0, 0.1), (*towards(12), 2.0, 0.1)))
    assert (len(found), found.onscreen.tolist()) == (1, [True])
    np.testing.assert_allclose(found.azimuth, [6.0])


def test_a_merged_pair_keeps_the_onscreen_value_of_its_first_track() -> None:
    (found,) = decode(tracks((*towards(0), 2.0, 0.1), (*towards(180), 2.0, 0.1), (*towards(5), 2.0, 0.9)))
    assert found.onscreen is not None
    np.testing.assert_array_equal(found.onscreen, [False, True])  # track 1, then the pair 2-0


def test_inactive_tracks_are_neither_decoded_nor_merged() -> None:
    (found,) = decode(tracks(towards(0), towards(5, 0.49), towards(100)), ("x", "y"))
    np.testing.assert_allclose(found.azimuth, [0.0, 100.0])


def test_each_class_can_have_its_own_threshold() -> None:
    output = tracks(towards(20, 0.6))
    thresholds = [0.5] * 13
    assert len(decode(output, ("x", "y"), threshold=thresholds)[0]) == 1
    thresholds[4] = 0.7
    assert len(decode(output, ("x", "y"), threshold=thresholds)[0]) == 0


def test_confidence_is_the_vector_length_at_most_1() -> None:
    (found,) = decode(tracks(towards(0, 0.6), towards(180, 1.3)), ("x", "y"))
    np.testing.assert_allclose(found.confidence, [0.6, 1.0])


def test_elevation_is_decoded_from_z() -> None:
    (found,) = decode(tracks((0.5, 0.5, np.sqrt(0.5), 2.0)), ("x", "y", "z", "distance"))
    assert found.elevation is not None
    np.testing.assert_allclose([found.azimuth[0], found.elevation[0]], [45.0, 45.0])


def test_unknown_and_negative_distances() -> None:
    assert np.isnan(decode(tracks(towards(0)), ("x", "y"))[0].distance[0])
    assert decode(tracks((*towards(0), -1.0)), ("x", "y", "distance"))[0].distance[0] == 0.0


def test_a_single_track_is_decoded() -> None:
    (found,) = decode(tracks(towards(30))[:, :, :1], ("x", "y"))
    np.testing.assert_allclose(found.azimuth, [30.0])


def test_silence_gives_empty_clips() -> None:
    found = decode(np.zeros((2, 7, 3, 4, 13)))
    assert [(len(clip), clip.frame_count) for clip in found] == [(0, 7), (0, 7)]


def test_wrong_shapes_are_rejected() -> None:
    with pytest.raises(ValueError, match="one threshold or one for each of 13 classes, got 2"):
        decode(LOGITS, threshold=[0.5, 0.5])
    with pytest.raises(ValueError, match=r"expected output .*, 4, 13\), got \(1, 1, 3, 3, 13\)"):
        decode(tracks((1.0, 0.0, 1.0)))


def test_half_precision_decodes() -> None:
    assert len(decode(torch.from_numpy(tracks(towards(0))).bfloat16(), ("x", "y"))[0]) == 1


def test_shuffled_tracks_are_aligned_in_every_frame_and_class() -> None:
    generator = torch.Generator().manual_seed(0)
    reference = torch.randn(2, 5, 3, 4, 6, generator=generator)
    # A different order in each frame and class.
    order = torch.rand(2, 5, 3, 6, generator=generator).argsort(dim=2)
    shuffled = reference.gather(2, order.unsqueeze(3).expand_as(reference))
    assert not torch.equal(shuffled, reference)
    noise = 0.01 * torch.randn(reference.shape, generator=generator)
    torch.testing.assert_close(align_tracks(shuffled + noise, reference), reference, atol=0.06, rtol=0)


def test_alignment_chooses_the_order_with_the_smallest_error() -> None:
    generator = torch.Generator().manual_seed(1)
    output, reference = torch.randn(2, 1, 7, 3, 3, 2, generator=generator)
    aligned = align_tracks(output, reference)

    def distance(tracks: torch.Tensor) -> torch.Tensor:
        return (tracks - reference).square().sum(dim=(2, 3))  # (clips, frames, classes)

    for order in ((0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0), (2, 0, 1)):
        assert (distance(aligned) <= distance(output[:, :, list(order)]) + 1e-6).all()
