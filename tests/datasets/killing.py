"""Preparing in a process that dies at one point of its work with files."""

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


def prepare_and_die(dataset: Path, config: ModelConfig, output: Path, at: int) -> None:
    """Prepare; at the `at`-th touch of the store's files, be killed as by the system."""
    touched = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal touched
        if event in EVENTS and arguments and str(arguments[0]).startswith(str(output)):
            touched += 1
            if touched == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    prepare(open_dataset(dataset), config, output, shard_seconds=2.0)
    (output.parent / "touched").write_text(str(touched))


def killed(dataset: Path, config: ModelConfig, output: Path, at: int) -> bool:
    """Whether the process was killed before it had finished."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["seldkit.datasets.preparation", "seldkit.models"])
    process = context.Process(target=prepare_and_die, args=(dataset, config, output, at))
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL
