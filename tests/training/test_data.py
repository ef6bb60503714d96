"""Which clips choose and which are learned from, and what is hidden of them."""

import pytest
import torch

from seldkit.errors import SeldkitError
from seldkit.training.augmentation import hidden
from seldkit.training.data import parted
from seldkit.training.settings import AugmentationSettings
from training.clips import FakeClips, tiny_recipe


def groups(part, clips: FakeClips, name: str) -> set[str]:
    return {getattr(clips, name)[index] for index in part.indices}


def test_no_recording_is_on_both_sides() -> None:
    recipe = tiny_recipe(validation={"share": 0.5})
    clips = FakeClips(recipe.model, 40)
    clips.recordings = [f"recording {index % 13}" for index in range(40)]
    train, validation = parted(clips, recipe.training, "x")
    assert not groups(train, clips, "recordings") & groups(validation, clips, "recordings")
    assert len(train) + len(validation) == 40


def test_more_data_move_no_recording() -> None:
    recipe = tiny_recipe(validation={"share": 0.3})
    few, many = FakeClips(recipe.model, 20), FakeClips(recipe.model, 60)
    few.recordings = [f"recording {index}" for index in range(20)]
    many.recordings = [f"recording {index}" for index in range(60)]
    held = [groups(parted(clips, recipe.training, "x")[1], clips, "recordings") for clips in (few, many)]
    assert held[0] == {name for name in held[1] if int(name.split()[1]) < 20}


def test_channel_swaps_are_learned_from_only() -> None:
    recipe = tiny_recipe(validation={"share": 0.5})
    clips = FakeClips(recipe.model, 40)
    clips.variants = [index // 20 for index in range(40)]
    _, validation = parted(clips, recipe.training, "x")
    assert validation.indices
    assert all(clips.variants[index] == 0 for index in validation.indices)


def test_one_room_cannot_be_parted() -> None:
    recipe = tiny_recipe(validation={"by": "room"})
    with pytest.raises(SeldkitError, match="two rooms or more"):
        parted(FakeClips(recipe.model), recipe.training, "stage 'only'")


def test_hidden_stretches_are_no_longer_than_said() -> None:
    torch.manual_seed(0)
    features = torch.ones(200, 2, 50, 32)
    seen = hidden(features, AugmentationSettings(mask_bins=6, mask_frames=10))
    gone_bins = (seen.sum(dim=(1, 2)) == 0).sum(dim=1)
    gone_frames = (seen.sum(dim=(1, 3)) == 0).sum(dim=1)
    assert gone_bins.max() == 6
    assert gone_frames.max() == 10
    assert len(gone_bins.unique()) == 7
    assert torch.equal(features, torch.ones(200, 2, 50, 32))


def test_nothing_is_hidden_unless_asked_for() -> None:
    features = torch.randn(3, 2, 50, 32)
    assert torch.equal(hidden(features, AugmentationSettings()), features)
