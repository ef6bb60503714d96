"""Mixup, level, equaliser and SpecAugment: labels and signals."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from datasets.clip_making import foa, foa_clip, labels, measured_direction, measured_side, stereo_clip
from seldkit.annotations import Annotations
from seldkit.datasets.augmentation import (
    Chain,
    Equaliser,
    LabelledClip,
    Level,
    RandomApply,
    RandomSwap,
    SceneMixup,
    mix_clips,
)
from seldkit.datasets.augmentation.loudness import equaliser_curve
from seldkit.datasets.augmentation.spec_augment import SpecAugment

RATE = 24000


def clip_at(azimuth: float, class_id: int = 3, sources: int = 1, seed: int = 0) -> LabelledClip:
    """FOA audio of one direction with the given number of simultaneous labels of one class."""
    one = labels(azimuth, 0.0, class_id=class_id)
    rows = Annotations.concatenate(
        [(0, replace(one, source=np.full(len(one), number + 1))) for number in range(sources)], 5
    )
    return LabelledClip(foa(azimuth, 0.0, seed=seed), rows)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_mixture_is_the_sum_with_the_labels_of_both_clips() -> None:
    first, second = clip_at(30.0), clip_at(-100.0, class_id=5, seed=1)
    mixed = mix_clips(first, second, 0.5)
    np.testing.assert_allclose(mixed.audio, first.audio + 0.5 * second.audio, atol=1e-7)
    assert len(mixed.labels) == 10
    assert list(mixed.labels.frame) == sorted(mixed.labels.frame)
    for class_id, azimuth in ((3, 30.0), (5, -100.0)):
        rows = mixed.labels.take(mixed.labels.class_id == class_id)
        assert np.array_equal(rows.frame, np.arange(5))
        assert np.all(rows.azimuth == azimuth)
    # The added audio has the direction of its label.
    assert measured_direction(mixed.audio - first.audio)[0] == pytest.approx(-100.0, abs=0.1)


def test_sources_of_one_class_have_different_numbers() -> None:
    mixed = mix_clips(clip_at(30.0), clip_at(-30.0, seed=1))
    pairs = {(frame, source) for frame, source in zip(mixed.labels.frame, mixed.labels.source, strict=True)}
    assert len(pairs) == len(mixed.labels) == 10


def test_mixup_respects_the_polyphony_limits() -> None:
    two, partner = clip_at(10.0, sources=2), clip_at(80.0, sources=1, seed=1)
    mixup = SceneMixup(lambda _: partner, max_gain_db=0.0)
    assert len(mixup(two, rng()).labels) == 15
    assert mixup(clip_at(10.0, sources=3), rng()).labels == clip_at(10.0, sources=3).labels
    narrow = SceneMixup(lambda _: partner, max_sources=2)
    unmixed = narrow(two, rng())
    assert unmixed is two
    others = SceneMixup(lambda _: clip_at(80.0, class_id=9, sources=2), max_sources=5)
    assert len(others(clip_at(10.0, sources=3), rng()).labels) == 25


def test_mixup_draws_again_if_a_limit_is_exceeded() -> None:
    partners = iter([clip_at(80.0, sources=3), clip_at(80.0, class_id=8)])
    mixed = SceneMixup(lambda _: next(partners), max_gain_db=0.0)(clip_at(10.0, sources=2), rng())
    assert set(mixed.labels.class_id) == {3, 8}


def test_sources_of_the_second_clip_are_off_screen() -> None:
    mixed = mix_clips(stereo_clip(10.0), stereo_clip(-20.0))
    assert mixed.labels.onscreen is not None
    assert np.array_equal(mixed.labels.onscreen, mixed.labels.azimuth == 10.0)
    assert mixed.images is not None
    plain = mix_clips(replace(stereo_clip(10.0), images=None), stereo_clip(-20.0))
    assert plain.labels.onscreen is not None
    assert plain.labels.onscreen.all()


def test_second_clip_is_truncated_or_padded() -> None:
    first = clip_at(10.0)
    longer = LabelledClip(foa(50.0, 0.0, 8, seed=1), labels(50.0, 0.0, 8, class_id=7))
    shorter = LabelledClip(foa(50.0, 0.0, 2, seed=1), labels(50.0, 0.0, 2, class_id=7))
    assert (mix_clips(first, longer).labels.class_id == 7).sum() == 5
    mixed = mix_clips(first, shorter)
    assert (mixed.labels.class_id == 7).sum() == 2
    assert np.array_equal(mixed.audio[:, 4800:], first.audio[:, 4800:])


def test_silent_clip_changes_no_labels() -> None:
    silent = LabelledClip(np.zeros((4, 12000), np.float32), Annotations.empty(5))
    assert mix_clips(clip_at(10.0), silent).labels == clip_at(10.0).labels
    assert len(mix_clips(silent, silent).labels) == 0


def test_clips_with_different_channels_or_classes_are_rejected() -> None:
    with pytest.raises(ValueError, match="same channels and sample rate"):
        mix_clips(clip_at(10.0), stereo_clip(10.0))
    with pytest.raises(ValueError, match="same class vocabulary"):
        mix_clips(clip_at(10.0), LabelledClip(foa(0.0, 0.0), Annotations.empty(5, ("a", "b"))))


@pytest.mark.parametrize("step", [Level(), Equaliser()], ids=str)
@pytest.mark.parametrize("azimuth", [-70.0, 15.0])
def test_level_and_equaliser_keep_the_direction(step: Level | Equaliser, azimuth: float) -> None:
    clip = foa_clip(azimuth, 20.0)
    changed = step(clip, rng(3))
    assert changed.audio.shape == clip.audio.shape
    assert changed.audio.dtype == np.float32
    assert not np.allclose(changed.audio, clip.audio, rtol=0.05)
    assert measured_direction(changed.audio) == pytest.approx((azimuth, 20.0), abs=0.05)
    assert changed.labels == clip.labels
    stereo = step(stereo_clip(azimuth), rng(3))
    assert measured_side(stereo.audio) == pytest.approx(np.sin(np.deg2rad(azimuth)), abs=1e-3)


def test_level_is_within_its_limits_and_below_full_scale() -> None:
    clip = clip_at(0.0)
    before = np.abs(clip.audio).max()
    for seed in range(20):
        changed = Level(-3.0, 3.0)(clip, rng(seed))
        assert abs(20 * np.log10(np.abs(changed.audio).max() / before)) <= 3.0 + 1e-4
    loud = replace(clip, audio=clip.audio / before * np.float32(0.9))
    assert max(np.abs(Level(6.0, 6.0)(loud, rng(seed)).audio).max() for seed in range(3)) <= 1.0 + 1e-6
    beyond = replace(clip, audio=clip.audio / before * np.float32(1.5))
    assert np.abs(Level(6.0, 6.0)(beyond, rng()).audio).max() == pytest.approx(1.5)


def test_equaliser_has_the_drawn_gains_and_no_delay() -> None:
    wave = np.zeros((2, RATE), np.float32)
    wave[:, RATE // 2] = 1.0
    clip = LabelledClip(wave, Annotations.empty(10))
    gains = rng(5).uniform(-6.0, 6.0, 6)
    changed = Equaliser(6.0, 6)(clip, rng(5)).audio
    assert np.abs(changed[0]).argmax() == RATE // 2
    spectrum = np.abs(np.fft.rfft(changed[0]))  # a bin is a hertz
    for hertz, gain in zip(np.geomspace(50.0, 12000.0, 6)[1:-1], gains[1:-1], strict=True):
        assert 20 * np.log10(spectrum[round(hertz)]) == pytest.approx(gain, abs=0.3)
    before, after = changed[0, : RATE // 2], changed[0, RATE // 2 + 1 :]
    np.testing.assert_allclose(before[::-1][:2000], after[:2000], atol=1e-6)
    assert equaliser_curve(np.array([0.0, 50.0]), np.array([6.0, 0.0]), 12000.0) == pytest.approx(10**0.3)


def test_spec_augment_masks_ranges_of_limited_length() -> None:
    features = torch.rand(16, 3, 100, 64) + 1.0
    masked = SpecAugment(1, 10, 1, 30)(features, torch.Generator().manual_seed(1))
    masked_cells = masked == 0
    assert torch.equal(masked[~masked_cells], features[~masked_cells])
    assert torch.equal(masked_cells[:, 0], masked_cells[:, 2])  # all channels have the same mask
    bins, frames = (
        masked_cells[:, 0].all(dim=1),
        masked_cells[:, 0].all(dim=2),
    )  # (clips, bins), (clips, frames)
    assert torch.equal(masked_cells[:, 0], bins[:, None, :] | frames[:, :, None])
    for rows, longest in ((bins, 10), (frames, 30)):
        assert rows.sum(dim=1).max() <= longest
        assert (rows.int().diff(dim=1).abs().sum(dim=1) <= 2).all()  # one range
        assert len(set(rows.sum(dim=1).tolist())) > 4  # different lengths


def test_spec_augment_fills_with_the_mean_and_is_reproducible() -> None:
    features = torch.rand(2, 2, 50, 20)
    step = SpecAugment(1, 6, 1, 10, fill="mean")
    masked = step(features, torch.Generator().manual_seed(2))
    assert torch.equal(masked, step(features, torch.Generator().manual_seed(2)))
    changed = masked[0, 1][masked[0, 1] != features[0, 1]]
    assert len(changed)
    torch.testing.assert_close(changed, features[0, 1].mean().expand_as(changed))
    with pytest.raises(ValueError, match="fill zero or mean"):
        SpecAugment(fill="noise")


def test_chain_is_reproducible_and_does_not_change_the_clip() -> None:
    clip = clip_at(40.0)
    before = clip.audio.copy()
    chain = Chain(
        [
            SceneMixup(lambda rng: clip_at(float(rng.integers(-90, 90)), class_id=6, seed=9)),
            RandomSwap(),
            RandomApply(Equaliser()),
            Level(),
        ]
    )
    first, second, other = chain(clip, rng(1)), chain(clip, rng(1)), chain(clip, rng(2))
    assert np.array_equal(first.audio, second.audio)
    assert first.labels == second.labels
    assert not np.array_equal(first.audio, other.audio)
    assert np.array_equal(clip.audio, before)


def test_random_apply_has_the_given_probability() -> None:
    clip, draws = clip_at(40.0), rng(0)
    same = sum(RandomApply(Level(1.0, 2.0), 0.25)(clip, draws) is clip for _ in range(1000))
    assert 700 < same < 800


def test_inconsistent_clips_are_rejected() -> None:
    with pytest.raises(ValueError, match="expected labels of"):
        LabelledClip(foa(0.0, 0.0, 20), labels(0.0))
    with pytest.raises(ValueError, match="FOA"):
        LabelledClip(np.zeros((3, 12000), np.float32), labels(0.0))
    with pytest.raises(ValueError, match="expected images"):
        LabelledClip(foa(0.0, 0.0), labels(0.0), np.zeros((4, 4, 3), np.uint8))
