"""One recording through detection, drawing and every format, into a folder of its own."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seldkit.annotations import Event
from seldkit.channels import FOA
from seldkit.errors import MediaError, SeldkitError
from seldkit.formats import EVENT_FORMATS
from seldkit.media import probe

if TYPE_CHECKING:
    from seldkit.detection import Detector, Scene

JobProgress = Callable[[float, str], None]
"""Called with the share that is done, 0 to 1, and what is being done."""

LISTENED: Final = 0.4
WRITTEN: Final = 0.5
PLOTTED: Final = 0.6
"""Shares of the work after which its parts are taken to be done; drawing the video is the rest."""


@dataclass(frozen=True)
class Limits:
    """What the page takes: minutes of a recording, megabytes (2²⁰ bytes) of a file."""

    minutes: float = 10.0
    megabytes: int = 500


@dataclass(frozen=True)
class Job:
    """A recording by its name in a folder that is for this job alone, and how to hear and draw it."""

    folder: Path
    name: str
    foa: bool = False
    fan: bool = True
    timeline: bool = True
    field_of_view: float | None = None


@dataclass(frozen=True)
class JobResult:
    """What came out: the events, and names of files in the job's folder.

    video, picture: None where they could not be drawn; the notes say why. files: all that can be downloaded.
    """

    name: str
    seconds: float
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    video: str | None
    picture: str | None
    files: tuple[str, ...]


def do(job: Job, detector: Detector, limits: Limits, progress: JobProgress) -> JobResult:
    """Detect, draw and write. Raises MediaError where the recording is none or beyond the limits.

    It works within the job's folder, so that no message and no file names a path of this machine.
    """
    with chdir(job.folder):
        path = Path(job.name)
        seconds = probe(path).duration
        _require_short(path, seconds or 0.0, limits)

        def listened(now: float) -> None:
            _require_short(path, now, limits)
            progress(LISTENED * _share(now, seconds), "listening")

        progress(0.0, "listening")
        scene = detector.detect(path, layout=FOA if job.foa else None, progress=listened)
        return _written(scene, job, limits, progress)


def _written(scene: Scene, job: Job, limits: Limits, progress: JobProgress) -> JobResult:
    files = _Files(Path(job.name))
    notes = list(scene.notes)

    def drawn(now: float) -> None:
        _require_short(Path(job.name), now, limits)
        share = _share(now, scene.annotations.seconds)
        progress(PLOTTED + (1.0 - PLOTTED) * share, "drawing the video")

    progress(LISTENED, "writing the files")
    for name, path in files.exports():
        # With no folder of this machine in it: ELAN's files say where the recording lies.
        replace(scene, source=Path("/", job.name)).save(path, name)
    with _noted(notes, "no report"):
        scene.report(files.add(".report.html"), field_of_view=job.field_of_view)
    progress(WRITTEN, "drawing the timeline")
    with _noted(notes, "no picture of the timeline"):
        scene.plot(files.add(".png"))
        scene.plot(files.add(".svg"))
    _zipped(files)
    with _noted(notes, "no video"):
        rendering = scene.render(
            files.add(".annotated.mp4"),
            fan=job.fan,
            timeline=job.timeline,
            field_of_view=job.field_of_view,
            progress=drawn,
        )
        notes += [note for note in rendering.notes if note not in notes]
    return JobResult(
        name=job.name,
        seconds=scene.annotations.seconds,
        events=scene.events,
        notes=tuple(notes),
        video=files.made(".annotated.mp4"),
        picture=files.made(".png"),
        files=tuple(path.name for path in files.all if path.exists()),
    )


class _Files:
    """The results of a recording, named as it is; none is named like the recording itself."""

    def __init__(self, recording: Path) -> None:
        self.all: list[Path] = []
        self._recording = recording

    def add(self, suffix: str) -> Path:
        path = Path(self._recording.stem + suffix)
        if path.name.casefold() == self._recording.name.casefold():
            path = Path(f"{self._recording.stem}.result{suffix}")
        self.all.append(path)
        return path

    def exports(self) -> Iterator[tuple[str, Path]]:
        yield "dcase2025", self.add(".csv")
        yield "json", self.add(".json")
        for name in EVENT_FORMATS.names():
            yield name, self.add(EVENT_FORMATS[name].suffix)

    def made(self, suffix: str) -> str | None:
        return next((path.name for path in self.all if path.name.endswith(suffix) and path.exists()), None)


def _zipped(files: _Files) -> None:
    """All so far in one file; the video is not: it is large, and packed already."""
    held = [path for path in files.all if path.exists()]
    with zipfile.ZipFile(files.add(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in held:
            archive.write(path)


@contextmanager
def _noted(notes: list[str], what: str) -> Iterator[None]:
    """A drawing that cannot be is a note: the events are there without it."""
    try:
        yield
    except SeldkitError as problem:
        notes.append(f"{what}: {problem}")


def _require_short(path: Path, seconds: float, limits: Limits) -> None:
    if seconds > 60.0 * limits.minutes:
        raise MediaError(
            f"{path}: expected at most {_clock(60.0 * limits.minutes)} minutes, got {_clock(seconds)} or "
            "more; cut it, or start the page with --max-minutes"
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _share(now: float, whole: float | None) -> float:
    return min(1.0, now / whole) if whole else 0.0
