"""Replacement for the main function of the worker process, which can fail in every way."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

from seldkit.errors import SeldkitError
from seldkit.web.detection_job import Job, JobResult, Limits
from seldkit.web.worker import serve_jobs


def work(connection: Connection, models: tuple[str, ...], limits: Limits, device: str) -> None:
    """Behaves according to the name of the recording."""
    if models == ("bad",):
        connection.send(SeldkitError("bad: no model"))
        return
    if models == ("crash",):
        os._exit(9)
    serve_jobs(connection, _do)


def _do(job: Job, progress: object) -> JobResult:
    progress(0.25, "working")
    if job.name == "refused":
        raise SeldkitError("refused: no audio")
    if job.name == "faulty":
        raise ZeroDivisionError("faulty")
    if job.name == "crash":
        os._exit(9)
    if job.name == "long":
        (job.folder / "started").write_text(str(os.getpid()))
        time.sleep(60.0)
    return JobResult(job.name, 1.0, (), (str(os.getpid()), Path.cwd().name), None, None, ())
