"""A stage's log: one row of a CSV for each epoch, kept over restarts."""

import csv
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from seldkit.files import replacing


class EpochLog(Callback):
    """Writes epoch, loss and validation scores to a CSV; an epoch that is run again replaces its row."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch's row."""
        if not trainer.is_global_zero:
            return
        measured = {name: f"{float(value):.6g}" for name, value in trainer.callback_metrics.items()}
        rows = [row for row in self.rows() if int(row["epoch"]) < trainer.current_epoch]
        rows.append({"epoch": str(trainer.current_epoch)} | measured)
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with replacing(self.path) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    def rows(self) -> list[dict[str, str]]:
        """The rows so far."""
        if not self.path.exists():
            return []
        with self.path.open(newline="") as file:
            return list(csv.DictReader(file))
