"""Channel swaps and masks of training clips."""

import torch

from seldkit.datasets.augmentation.swap_effects import feature_swap
from seldkit.datasets.augmentation.swaps import swaps_for
from seldkit.embeddings.person_boxes import PersonBoxSettings
from seldkit.features import FeatureConfig, FeatureStack
from seldkit.training.clip_augmenter import Augmenter
from seldkit.training.training_settings import AugmentationSettings
from training.clips import FakeClips, tiny_recipe


def augmenter(**settings: object) -> Augmenter:
    return Augmenter(FeatureStack(tiny_recipe().model.features), AugmentationSettings(**settings))


def test_masks_are_at_most_as_wide_as_configured() -> None:
    torch.manual_seed(0)
    features = torch.ones(200, 2, 50, 32)
    masked = augmenter(mask_bins=6, mask_frames=10).mask(features)
    assert (masked.sum(dim=(1, 2)) == 0).sum(dim=1).max() == 6
    assert (masked.sum(dim=(1, 3)) == 0).sum(dim=1).max() == 10
    assert torch.equal(features, torch.ones(200, 2, 50, 32))


def test_masks_differ_between_clips_and_depend_on_the_seed() -> None:
    features = torch.ones(20, 2, 50, 32)
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        results.append(augmenter(mask_bins=6).mask(features))
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])
    assert len({tuple(clip.sum(dim=(0, 1)).tolist()) for clip in results[0]}) > 5


def test_swapped_features_are_those_of_swapped_audio() -> None:
    torch.manual_seed(0)
    clips = FakeClips(tiny_recipe().model, 8)
    stack = clips.features
    audio = 0.1 * torch.randn(8, 2, 8000)
    targets = torch.stack([clips[index].targets for index in range(8)])
    original, mirrored = stack.extract_raw(audio), stack.extract_raw(audio.flip(1))
    features, swapped_targets, _ = augmenter(swaps=True).swap_channels(original, targets)
    kept = [torch.allclose(features[index], original[index]) for index in range(8)]
    assert set(kept) == {True, False}
    for index, unchanged in enumerate(kept):
        if not unchanged:
            torch.testing.assert_close(features[index], mirrored[index])
        sign = 1 if unchanged else -1
        torch.testing.assert_close(swapped_targets[index, :, :, 2], sign * targets[index, :, :, 2])


def test_all_eight_swaps_of_ambisonics_occur() -> None:
    config = FeatureConfig.model_validate(
        {
            "input": "foa",
            "grid": {"sample_rate": 8000, "window": 400, "hop": 400, "n_fft": 512, "mels": 16},
            "parts": [{"name": "log-mel"}, {"name": "intensity-vector", "normalise": "length"}],
        }
    )
    stack = FeatureStack(config)
    features = stack.extract_raw(0.1 * torch.randn(1, 4, 4000)).repeat(200, 1, 1, 1)
    targets = torch.ones(200, 5, 6, 4, 2)
    torch.manual_seed(0)
    swapped, _, _ = Augmenter(stack, AugmentationSettings(swaps=True)).swap_channels(features, targets)
    expected = [feature_swap(stack, swap)(features[:1])[0] for swap in swaps_for("foa")]
    matches = [sum(torch.allclose(clip, one) for clip in swapped) for one in expected]
    assert len(matches) == 8
    assert min(matches) > 5
    assert sum(matches) == 200


def test_without_augmentation_clips_are_unchanged() -> None:
    features, targets = torch.randn(3, 3, 50, 32), torch.randn(3, 10, 6, 4, 2)
    assert torch.equal(augmenter().mask(features), features)
    assert augmenter().swap_channels(features, targets)[1] is targets


def test_inputs_are_not_modified() -> None:
    torch.manual_seed(0)
    features, targets = torch.randn(8, 3, 50, 32), torch.randn(8, 10, 6, 4, 2)
    copies = features.clone(), targets.clone()
    swapped, _, _ = augmenter(swaps=True).swap_channels(features, targets)
    assert not torch.equal(swapped, features)
    assert torch.equal(features, copies[0])
    assert torch.equal(targets, copies[1])


def test_streams_that_can_be_mirrored_are_mirrored_with_the_audio() -> None:
    stack = FeatureStack(tiny_recipe().model.features)
    settings = PersonBoxSettings()
    with_boxes = Augmenter(stack, AugmentationSettings(swaps=True), {"boxes": settings})
    features, targets = torch.randn(16, 3, 50, 32), torch.randn(16, 10, 6, 4, 2)
    stream = torch.rand(16, 3, 444)
    torch.manual_seed(0)
    swapped, _, streams = with_boxes.swap_channels(features, targets, {"boxes": stream})
    mirrored = settings.mirror_stream(stream)
    for index in range(16):
        changed = not torch.equal(swapped[index], features[index])
        torch.testing.assert_close(streams["boxes"][index], (mirrored if changed else stream)[index])
