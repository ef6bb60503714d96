"""The Lightning module: loss, scores, frozen parts, optimizer and plots."""

from types import SimpleNamespace

import pytest
import torch

from seldkit.models import SeldModel
from seldkit.training.data_module import collate
from seldkit.training.lightning_module import EPOCH_SEED_STRIDE, Batch, SeldModule
from training.clips import FakeClips, tiny_recipe

STAGE = {"name": "only", "epochs": 2, "batch": 8}


def module(**training: object) -> SeldModule:
    recipe = tiny_recipe(**training)
    torch.manual_seed(0)
    return SeldModule(SeldModel(recipe.model), recipe.training, recipe.training.stages[0])


def batch(count: int = 4) -> Batch:
    clips = FakeClips(tiny_recipe().model, count)
    return collate([clips[index] for index in range(count)])


class Writer:
    """Records what would go to TensorBoard."""

    def __init__(self) -> None:
        self.figures: list[str] = []
        self.scalars: dict[str, float] = {}

    def add_figure(self, name: str, figure: object, epoch: int) -> None:
        self.figures.append(name)

    def add_scalar(self, name: str, value: float, epoch: int) -> None:
        self.scalars[name] = value


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> tuple[SeldModule, Writer, dict[str, float]]:
    """A module with a trainer that logs to a writer and a dictionary."""
    result, writer, logged = module(), Writer(), {}
    monkeypatch.setattr(SeldModule, "loggers", [SimpleNamespace(experiment=writer)])
    monkeypatch.setattr(SeldModule, "current_epoch", 3)
    trainer = SimpleNamespace(sanity_checking=False, estimated_stepping_batches=10)
    monkeypatch.setattr(SeldModule, "trainer", trainer)
    monkeypatch.setattr(result, "log_dict", lambda scores, **options: logged.update(scores))
    monkeypatch.setattr(result, "log", lambda name, value, **options: logged.update({name: value}))
    return result, writer, logged


def test_the_output_has_a_row_per_label_frame() -> None:
    assert module()(batch(3)).shape == (3, 10, 3, 3, 2)


def test_a_training_step_returns_and_logs_the_loss(
    attached: tuple[SeldModule, Writer, dict[str, float]],
) -> None:
    trained, _, logged = attached
    loss = trained.training_step(batch(), 0)
    assert loss.shape == ()
    assert loss.requires_grad
    assert logged["loss"] is loss


def test_validation_logs_the_scores_of_the_protocol(
    attached: tuple[SeldModule, Writer, dict[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, writer, logged = attached
    clips = batch()
    monkeypatch.setattr(trained.model, "decode", lambda output: clips.references)
    trained.on_validation_epoch_start()
    trained.validation_step(clips, 0)
    trained.validation_step(clips, 1)
    trained.on_validation_epoch_end()
    assert logged["f_score"] == 1.0
    assert logged["doa_error"] == pytest.approx(0.0, abs=1e-6)
    assert "onscreen_accuracy" not in logged  # NaN: the model does not predict it
    assert writer.scalars["f_score/low"] == writer.scalars["f_score/high"] == 1.0


def test_scores_start_anew_in_each_epoch(attached: tuple[SeldModule, Writer, dict[str, float]]) -> None:
    trained, _, _ = attached
    for _ in range(2):
        trained.on_validation_epoch_start()
        trained.validation_step(batch(4), 0)
        assert trained._reduced_score().compute().clips == 4


def test_the_first_clips_with_events_are_plotted_once_per_epoch(
    attached: tuple[SeldModule, Writer, dict[str, float]],
) -> None:
    trained, writer, _ = attached
    trained.validation_step(batch(5), 0)
    assert writer.figures == ["clip 0", "clip 1", "clip 2"]
    trained.validation_step(batch(5), 1)
    assert len(writer.figures) == 3


def test_without_tensorboard_nothing_is_plotted(
    attached: tuple[SeldModule, Writer, dict[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, writer, _ = attached
    monkeypatch.setattr(SeldModule, "loggers", [SimpleNamespace(experiment=None)])
    trained.validation_step(batch(2), 0)
    trained.on_validation_epoch_end()
    assert (writer.figures, writer.scalars) == ([], {})


def test_frozen_parts_have_no_gradient_and_are_in_eval_mode(
    attached: tuple[SeldModule, Writer, dict[str, float]],
) -> None:
    frozen = module(stages=[STAGE | {"freeze": ["encoder"]}])
    assert not any(parameter.requires_grad for parameter in frozen.model.encoder.parameters())
    assert any(parameter.requires_grad for parameter in frozen.model.head.parameters())
    frozen.train()
    frozen.on_train_epoch_start()
    assert not frozen.model.encoder.training
    assert frozen.model.head.training


def test_each_epoch_has_its_own_random_seed(
    attached: tuple[SeldModule, Writer, dict[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, _, _ = attached
    draws = []
    for epoch in (3, 3, 4):
        monkeypatch.setattr(SeldModule, "current_epoch", epoch)
        trained.on_train_epoch_start()
        assert torch.initial_seed() == EPOCH_SEED_STRIDE + epoch  # the recipe's seed is 1
        draws.append(torch.rand(1).item())
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(("name", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)])
def test_the_optimizer_is_that_of_the_stage(
    attached: tuple[SeldModule, Writer, dict[str, float]], name: str, kind: type
) -> None:
    optimizer = {"name": name, "learning_rate": 0.01, "weight_decay": 0.1}
    schedule = {"name": "hold-and-decay", "hold": 1, "decay": 0.5}
    stage = STAGE | {"optimizer": optimizer, "schedule": schedule, "freeze": ["encoder"]}
    configured = module(stages=[stage]).configure_optimizers()
    assert type(configured["optimizer"]) is kind
    (group,) = configured["optimizer"].param_groups
    assert (group["lr"], group["weight_decay"]) == (0.01, 0.1)
    assert all(parameter.requires_grad for parameter in group["params"])
    assert configured["lr_scheduler"]["interval"] == "step"
    scheduler = configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(10):
        rates.append(scheduler.get_last_lr()[0])
        configured["optimizer"].step()
        scheduler.step()
    assert rates == pytest.approx([0.01] * 5 + [0.005] * 5)  # two epochs of five steps


def test_swaps_are_disabled_for_streams_without_an_embedding() -> None:
    recipe = tiny_recipe(augmentation={"swaps": True})
    values = recipe.model.model_dump(mode="json")
    config = type(recipe.model).model_validate(
        values | {"streams": {"external": 4}, "fusion": {"name": "transformer-decoder"}}
    )
    with pytest.warns(
        UserWarning, match=r"channel swaps are disabled: .* no embedding for the stream\(s\) external"
    ):
        SeldModule(SeldModel(config), recipe.training, recipe.training.stages[0])


def test_a_batch_moves_to_a_device_without_its_swapped_streams() -> None:
    original = batch(2)
    original.streams["clap"] = torch.ones(2, 3, 4)
    original.swapped_streams = [{"clap": torch.zeros(2, 3, 4)}]
    moved = original.to(torch.device("meta"))
    assert moved.features.device.type == moved.streams["clap"].device.type == "meta"
    assert moved.swapped_streams[0]["clap"].device.type == "cpu"
    assert moved.references is original.references
