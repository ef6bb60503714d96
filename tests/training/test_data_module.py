"""Split into training and validation clips, and batches."""

from dataclasses import replace

import pytest
import torch

from seldkit.errors import SeldkitError
from seldkit.training.data_module import TrainingData, collate, split_clips
from training.clips import FakeClips, tiny_recipe


def groups(part, clips: FakeClips, name: str) -> set[str]:
    return {getattr(clips, name)[index] for index in part.indices}


def test_no_recording_is_in_both_parts() -> None:
    recipe = tiny_recipe(validation={"share": 0.5})
    clips = FakeClips(recipe.model, 40)
    clips.recordings = [f"recording {index % 13}" for index in range(40)]
    train, validation = split_clips(clips, recipe.training, "x")
    assert not groups(train, clips, "recordings") & groups(validation, clips, "recordings")
    assert len(train) + len(validation) == 40


def test_additional_data_do_not_move_recordings() -> None:
    recipe = tiny_recipe(validation={"share": 0.3})
    few, many = FakeClips(recipe.model, 20), FakeClips(recipe.model, 60)
    few.recordings = [f"recording {index}" for index in range(20)]
    many.recordings = [f"recording {index}" for index in range(60)]
    held = [groups(split_clips(clips, recipe.training, "x")[1], clips, "recordings") for clips in (few, many)]
    assert held[0] == {name for name in held[1] if int(name.split()[1]) < 20}


def test_one_room_cannot_be_split() -> None:
    recipe = tiny_recipe(validation={"by": "room"})
    with pytest.raises(SeldkitError, match="at least two rooms"):
        split_clips(FakeClips(recipe.model), recipe.training, "stage 'only'")


def test_the_share_of_validation_groups_is_that_of_the_recipe() -> None:
    recipe = tiny_recipe(validation={"share": 0.3})
    clips = FakeClips(recipe.model, 500)
    clips.recordings = [f"recording {index}" for index in range(500)]
    _, validation = split_clips(clips, recipe.training, "x")
    assert 0.24 < len(validation) / 500 < 0.36


def test_the_smallest_share_still_has_one_group() -> None:
    recipe = tiny_recipe(validation={"share": 0.0001})
    train, validation = split_clips(FakeClips(recipe.model, 8), recipe.training, "x")
    assert (len(train), len(validation)) == (6, 2)


def test_rooms_can_be_held_out_instead_of_recordings() -> None:
    recipe = tiny_recipe(validation={"by": "room", "share": 0.5})
    clips = FakeClips(recipe.model, 40)
    clips.rooms = [f"room {index % 7}" for index in range(40)]
    train, validation = split_clips(clips, recipe.training, "x")
    assert not groups(train, clips, "rooms") & groups(validation, clips, "rooms")
    assert groups(train, clips, "recordings") & groups(validation, clips, "recordings")


def test_no_clips_are_an_error() -> None:
    recipe = tiny_recipe()
    with pytest.raises(SeldkitError, match=r"stage 'only': expected clips of at least two recordings.*got 0"):
        split_clips(FakeClips(recipe.model, 0), recipe.training, "stage 'only'")


def test_a_batch_stacks_clips_and_keeps_their_order() -> None:
    clips = FakeClips(tiny_recipe().model, 3)
    batch = collate([clips[0], clips[1], clips[2]])
    assert batch.features.dtype == batch.targets.dtype == torch.float32
    torch.testing.assert_close(batch.features[1], clips[1].features)
    torch.testing.assert_close(batch.targets[2], clips[2].targets.float())
    assert batch.references == [clips[index].reference for index in range(3)]
    assert (batch.streams, batch.swapped_streams) == ({}, [])


def test_a_batch_has_the_streams_of_each_swap() -> None:
    clips = FakeClips(tiny_recipe().model, 2)
    examples = [
        replace(
            clips[index],
            streams={"clap": torch.full((4, 3), float(index))},
            swapped_streams=[{"clap": torch.full((4, 3), 10.0 + index)}],
        )
        for index in range(2)
    ]
    batch = collate(examples)
    assert batch.streams["clap"].shape == (2, 4, 3)
    (swapped,) = batch.swapped_streams
    assert swapped["clap"][:, 0, 0].tolist() == [10.0, 11.0]


def data(train: FakeClips, validation: FakeClips, batch: int) -> TrainingData:
    recipe = tiny_recipe()
    stage = recipe.training.stages[0].model_copy(update={"batch": batch})
    return TrainingData(train, validation, recipe.training, stage)  # type: ignore[arg-type]


def test_training_batches_are_full_and_validation_batches_have_every_clip() -> None:
    config = tiny_recipe().model
    loaders = data(FakeClips(config, 10), FakeClips(config, 5), 4)
    assert [len(batch.features) for batch in loaders.train_dataloader()] == [4, 4]
    assert [len(batch.references) for batch in loaders.val_dataloader()] == [4, 1]


def test_a_batch_is_no_larger_than_the_data() -> None:
    config = tiny_recipe().model
    loaders = data(FakeClips(config, 3), FakeClips(config, 1), 64)
    assert [len(batch.features) for batch in loaders.train_dataloader()] == [3]


def test_the_order_of_training_clips_depends_on_the_epoch() -> None:
    loader = data(
        FakeClips(tiny_recipe().model, 16), FakeClips(tiny_recipe().model, 1), 16
    ).train_dataloader()
    orders = []
    for epoch in (0, 0, 1):
        loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
        orders.append(list(loader.sampler))
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[2]) == list(range(16))
