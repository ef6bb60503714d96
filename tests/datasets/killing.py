"""Preparation in a process that is killed at a given file operation."""

import os
import signal
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from seldkit.datasets import open_dataset
from seldkit.datasets.preparation import prepare
from seldkit.models import ModelConfig

EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"}


def prepare_until_killed(dataset: Path, config: ModelConfig, output: Path, at: int) -> None:
    """Prepares a dataset; the process is killed at the given file operation in the store."""
    operations = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal operations
        if event in EVENTS and arguments and str(arguments[0]).startswith(str(output)):
            operations += 1
            if operations == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    prepare(open_dataset(dataset), config, output, shard_seconds=2.0)
    (output.parent / "operations").write_text(str(operations))


def killed(dataset: Path, config: ModelConfig, output: Path, at: int) -> bool:
    """Whether the process was killed before it finished."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["seldkit.datasets.preparation", "seldkit.models"])
    process = context.Process(target=prepare_until_killed, args=(dataset, config, output, at))
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL
