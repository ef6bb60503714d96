"""The CSV file with the scores of each epoch."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from seldkit.training.run import EpochLog


def end_epoch(log: EpochLog, epoch: int, first_process: bool = True, **metrics: float) -> None:
    trainer = SimpleNamespace(is_global_zero=first_process, current_epoch=epoch, callback_metrics=metrics)
    log.on_train_epoch_end(trainer, None)  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> EpochLog:
    return EpochLog(tmp_path / "log.csv")


def test_there_are_no_rows_before_the_first_epoch(log: EpochLog) -> None:
    assert log.rows() == []


def test_each_epoch_adds_a_row(log: EpochLog) -> None:
    end_epoch(log, 0, loss=0.5, f_score=0.1)
    end_epoch(log, 1, loss=0.25, f_score=0.123456789)
    assert log.path.read_text().splitlines() == ["epoch,loss,f_score", "0,0.5,0.1", "1,0.25,0.123457"]


def test_a_resumed_run_keeps_the_rows_and_replaces_repeated_epochs(log: EpochLog) -> None:
    for epoch in range(3):
        end_epoch(log, epoch, loss=1.0)
    resumed = EpochLog(log.path)
    end_epoch(resumed, 1, loss=2.0)
    assert [(row["epoch"], row["loss"]) for row in resumed.rows()] == [("0", "1"), ("1", "2")]


def test_scores_that_appear_later_have_empty_cells_before(log: EpochLog) -> None:
    end_epoch(log, 0, loss=1.0)
    end_epoch(log, 1, loss=0.5, doa_error=12.0)
    assert [row["doa_error"] for row in log.rows()] == ["", "12"]


def test_only_the_first_process_writes(log: EpochLog) -> None:
    end_epoch(log, 0, first_process=False, loss=1.0)
    assert not log.path.exists()
