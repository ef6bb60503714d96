"""Which clips choose and which are learned from, and what is hidden of them."""

import pytest
import torch

from seldkit.errors import SeldkitError
from seldkit.features import FeatureStack
from seldkit.training.clip_augmenter import Augmenter
from seldkit.training.data_module import split_clips
from seldkit.training.training_settings import AugmentationSettings
from training.clips import FakeClips, tiny_recipe


def groups(part, clips: FakeClips, name: str) -> set[str]:
    return {getattr(clips, name)[index] for index in part.indices}


def test_no_recording_is_on_both_sides() -> None:
    recipe = tiny_recipe(validation={"share": 0.5})
    clips = FakeClips(recipe.model, 40)
    clips.recordings = [f"recording {index % 13}" for index in range(40)]
    train, validation = split_clips(clips, recipe.training, "x")
    assert not groups(train, clips, "recordings") & groups(validation, clips, "recordings")
    assert len(train) + len(validation) == 40


def test_more_data_move_no_recording() -> None:
    recipe = tiny_recipe(validation={"share": 0.3})
    few, many = FakeClips(recipe.model, 20), FakeClips(recipe.model, 60)
    few.recordings = [f"recording {index}" for index in range(20)]
    many.recordings = [f"recording {index}" for index in range(60)]
    held = [groups(split_clips(clips, recipe.training, "x")[1], clips, "recordings") for clips in (few, many)]
    assert held[0] == {name for name in held[1] if int(name.split()[1]) < 20}


def test_one_room_cannot_be_parted() -> None:
    recipe = tiny_recipe(validation={"by": "room"})
    with pytest.raises(SeldkitError, match="at least two rooms"):
        split_clips(FakeClips(recipe.model), recipe.training, "stage 'only'")


def augmenter(**settings: object) -> Augmenter:
    return Augmenter(FeatureStack(tiny_recipe().model.features), AugmentationSettings(**settings))


def test_hidden_stretches_are_no_longer_than_said() -> None:
    torch.manual_seed(0)
    features = torch.ones(200, 2, 50, 32)
    seen = augmenter(mask_bins=6, mask_frames=10).mask(features)
    assert (seen.sum(dim=(1, 2)) == 0).sum(dim=1).max() == 6
    assert (seen.sum(dim=(1, 3)) == 0).sum(dim=1).max() == 10
    assert torch.equal(features, torch.ones(200, 2, 50, 32))


def test_swapped_clips_are_those_of_swapped_sound() -> None:
    torch.manual_seed(0)
    clips = FakeClips(tiny_recipe().model, 8)
    stack = clips.features
    sound = 0.1 * torch.randn(8, 2, 8000)
    targets = torch.stack([clips[index].targets for index in range(8)])
    raw, moved, _ = augmenter(swaps=True).swap_channels(stack.extract_raw(sound), targets)
    mirrored = stack.extract_raw(sound.flip(1))
    kept = [torch.allclose(raw[index], stack.extract_raw(sound)[index]) for index in range(8)]
    assert {True, False} == set(kept)
    for index, whole in enumerate(kept):
        if not whole:
            torch.testing.assert_close(raw[index], mirrored[index])
        torch.testing.assert_close(moved[index, :, :, 2], (1 if whole else -1) * targets[index, :, :, 2])


def test_nothing_changes_unless_asked_for() -> None:
    features, targets = torch.randn(3, 3, 50, 32), torch.randn(3, 10, 6, 4, 2)
    assert torch.equal(augmenter().mask(features), features)
    assert augmenter().swap_channels(features, targets)[1] is targets
