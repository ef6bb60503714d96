"""Training settings of recipes."""

import pytest

from seldkit.errors import SeldkitError
from seldkit.training.training_settings import TrainingSettings

STAGE = {"name": "only", "epochs": 3}


def settings(**values: object) -> TrainingSettings:
    return TrainingSettings.parse({"stages": [STAGE]} | values, "recipe.yaml")


def stage(**values: object) -> TrainingSettings:
    return settings(stages=[STAGE | values])


def test_defaults_are_plain_training_with_adamw() -> None:
    only = settings().stages[0]
    assert (only.batch, only.optimizer.name, only.schedule.name) == (32, "adamw", "constant")
    assert (only.average, only.clip_norm, only.patience, only.freeze) == (0.0, 0.0, 0, ())
    assert only.streams is None
    assert settings().augmentation.model_dump() == {"swaps": False, "mask_bins": 0, "mask_frames": 0}


def test_stages_need_different_names() -> None:
    with pytest.raises(SeldkitError, match="expected different names of stages, got 'only' twice"):
        settings(stages=[STAGE, STAGE])


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 0},
        {"batch": 0},
        {"average": 1.0},
        {"patience": -1},
        {"clip_norm": -0.5},
        {"precision": "64"},
        {"freeze": ["decoder"]},
        {"name": "../elsewhere"},
        {"name": ""},
        {"optimizer": {"name": "sgd"}},
        {"optimizer": {"learning_rate": 0.0}},
        {"optimizer": {"weight_decay": -1.0}},
        {"schedule": {"name": "cosine", "warm_up": 1.5}},
        {"schedule": {"name": "hold-and-decay", "hold": -1}},
    ],
)
def test_values_out_of_range_are_refused_with_the_file(values: dict[str, object]) -> None:
    with pytest.raises(SeldkitError, match=r"recipe\.yaml") as error:
        stage(**values)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("key", "known"),
    [("epoch", "epochs"), ("optimiser", "optimizer"), ("freezes", "freeze"), ("averages", "average")],
)
def test_an_unknown_key_suggests_the_nearest_one(key: str, known: str) -> None:
    with pytest.raises(SeldkitError, match=f"did you mean '{known}'"):
        stage(**{key: 1})


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_the_validation_share_leaves_clips_on_both_sides(share: float) -> None:
    with pytest.raises(SeldkitError, match="share"):
        settings(validation={"share": share})


def test_a_recipe_needs_at_least_one_stage() -> None:
    with pytest.raises(SeldkitError, match="stages"):
        settings(stages=[])


def test_settings_read_back_what_they_write() -> None:
    original = stage(
        optimizer={"name": "adam", "learning_rate": 0.01},
        schedule={"name": "one-cycle", "warm_up": 0.3},
        streams=["clap"],
        freeze=["encoder", "fusion"],
    )
    again = TrainingSettings.parse(original.model_dump(mode="json"), "recipe.yaml")
    assert again == original
    assert again.stages[0].freeze == ("encoder", "fusion")
