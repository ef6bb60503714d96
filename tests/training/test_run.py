"""Training runs on a few small clips."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Trainer

from seldkit.errors import SeldkitError
from seldkit.models import ModelConfig, SeldModel
from seldkit.training import lightning_module, run
from seldkit.training.run import Machine, stage_config, train, transfer_weights
from seldkit.training.training_settings import StageSettings
from training.clips import FakeClips, tiny_recipe

CPU = Machine(accelerator="cpu")


def clips(config: ModelConfig, stage: StageSettings) -> FakeClips:
    return FakeClips(config)


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return SeldModel.load(folder).state_dict()


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module", autouse=True)
def _no_plots() -> Iterator[None]:
    """Plots of validation clips would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightning_module, "PLOTTED_CLIPS", 0)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny_recipe(), clips, tmp_path_factory.mktemp("run"), CPU)


def test_a_run_learns_and_writes_a_model_directory(tmp_path: Path) -> None:
    stage = {"name": "only", "epochs": 12, "batch": 8, "optimizer": {"name": "adam", "learning_rate": 0.01}}
    folder = train(tiny_recipe(stages=[stage]), clips, tmp_path, CPU)
    card = (folder / "README.md").read_text()
    score = float(next(line for line in card.splitlines() if line.startswith("| all")).split("|")[2])
    assert score > 0.9
    assert SeldModel.load(folder).config.name == "tiny"


def test_a_run_writes_its_recipe_log_and_plots(finished: Path) -> None:
    run_folder = finished.parent
    assert (run_folder / "recipe.yaml").exists()
    head, *rows = (run_folder / "1-only" / "log.csv").read_text().splitlines()
    assert {"epoch", "loss", "f_score", "doa_error"} <= set(head.split(","))
    assert [row.split(",")[0] for row in rows] == ["0", "1", "2"]
    assert list((run_folder / "1-only" / "tensorboard").glob("events*"))


def test_equal_seeds_give_equal_models(finished: Path, tmp_path: Path) -> None:
    assert same(weights_of(finished), weights_of(train(tiny_recipe(), clips, tmp_path, CPU)))


def test_different_seeds_give_different_models(finished: Path, tmp_path: Path) -> None:
    other = train(tiny_recipe(seed=2), clips, tmp_path, CPU)
    assert not same(weights_of(finished), weights_of(other))


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_resumed_run_equals_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, average: float
) -> None:
    stage = {"name": "only", "epochs": 2, "batch": 8, "average": average}
    recipe = tiny_recipe(stages=[stage], augmentation={"mask_bins": 4})
    whole = train(recipe, clips, tmp_path / "whole", CPU)
    fit = Trainer.fit

    def interrupted(trainer: Trainer, *args: object, **options: object) -> None:
        trainer.fit_loop.max_epochs = 1
        fit(trainer, *args, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, clips, tmp_path / "interrupted", CPU)
    resumed = train(recipe, clips, tmp_path / "interrupted", CPU)
    assert same(weights_of(whole), weights_of(resumed))


def test_a_finished_run_is_not_trained_again(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_trainer", None)
    train(tiny_recipe(), clips, finished.parent, CPU)


def test_a_folder_belongs_to_one_recipe(finished: Path) -> None:
    with pytest.raises(SeldkitError, match="another recipe"):
        train(tiny_recipe(seed=5), clips, finished.parent, CPU)


def test_the_next_stage_starts_from_the_last(tmp_path: Path) -> None:
    first = {"name": "first", "epochs": 1, "batch": 8}
    frozen = first | {"name": "second", "freeze": ["encoder"]}
    train(tiny_recipe(stages=[first, frozen]), clips, tmp_path, CPU)
    stages = [
        torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("1-first", "2-second")
    ]
    before, after = (stage["state_dict"] for stage in stages)
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert {name for name in before if name.startswith("model.encoder")} <= same
    assert "model.head.output.weight" not in same


def test_thresholds_can_be_selected_for_each_class(tmp_path: Path) -> None:
    folder = train(tiny_recipe(validation={"thresholds": "per-class"}), clips, tmp_path, CPU)
    assert len(SeldModel.load(folder).config.decoding.threshold) == 2


def test_a_stage_can_omit_streams() -> None:
    recipe = tiny_recipe()
    config = recipe.model.model_copy(update={"streams": {"clap": 4, "owlvit": 8}})
    stage = recipe.training.stages[0].model_copy(update={"streams": ("clap",)})
    assert stage_config(config, stage).streams == {"clap": 4}
    wrong = stage.model_copy(update={"streams": ("clip",)})
    with pytest.raises(SeldkitError, match="no stream 'clip'"):
        stage_config(config, wrong)


def test_weights_with_the_same_name_and_shape_are_transferred() -> None:
    config = tiny_recipe().model
    first, second = SeldModel(config), SeldModel(config)
    weights = {
        name: value for name, value in first.state_dict().items() if not name.startswith("head.output")
    }
    new = transfer_weights(second, weights)
    assert new == ["head.output.bias", "head.output.weight"]
    assert torch.equal(second.head.hidden.weight, first.head.hidden.weight)
