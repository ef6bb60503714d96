"""Job of the web page: detection, rendering and export of one recording into a folder of its own."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seldkit.annotations import Event
from seldkit.channels import FOA
from seldkit.errors import MediaError, SeldkitError
from seldkit.formats import EVENT_FORMATS
from seldkit.media import probe
from seldkit.media.browser_support import unsupported_in_browsers
from seldkit.render.playable_copy import PLAYER_COPY_ENDING, write_playable_copy

if TYPE_CHECKING:
    from seldkit.detection import Detector, Scene

JobProgress = Callable[[float, str], None]
"""Called with the completed share of the job, 0 to 1, and a description of the current step."""

DETECTED_SHARE: Final = 0.4
"""Share of the job that is complete after the detection."""
WRITTEN_SHARE: Final = 0.5
"""Share of the job that is complete after the files of events are written."""
PLOTTED_SHARE: Final = 0.6
"""Share of the job that is complete after the timeline plot. The remainder is the annotated video."""


BYTES_PER_MEGABYTE: Final = 2**20
FILES_PER_SESSION: Final = 4
"""Default of the total size of the uploads of a session, in files of the maximum size."""
FILES_PER_SERVER: Final = 20
"""Default of the total size of the files of all sessions, in files of the maximum size."""


@dataclass(frozen=True)
class Limits:
    """Maximum size of a recording and of all uploads.

    Attributes:
        minutes: Maximum duration in minutes.
        megabytes: Maximum file size in megabytes (2²⁰ bytes).
        session_megabytes: Maximum total size of the uploads of a browser session. None: four times
            `megabytes`.
        total_megabytes: Maximum total size of the uploads and results of all sessions. None: twenty times
            `megabytes`, but at least `session_megabytes`.

    Raises:
        SeldkitError: A limit is smaller than one that it includes.
    """

    minutes: float = 10.0
    megabytes: int = 500
    session_megabytes: int | None = None
    total_megabytes: int | None = None

    def __post_init__(self) -> None:
        sizes = {
            "--max-megabytes": self.file_bytes,
            "--max-session-megabytes": self.session_bytes,
            "--max-total-megabytes": self.total_bytes,
        }
        for (smaller, size), (larger, limit) in pairwise(sizes.items()):
            if limit < size:
                raise SeldkitError(
                    f"{larger}: expected at least the value of {smaller}, {size // BYTES_PER_MEGABYTE}, got "
                    f"{limit // BYTES_PER_MEGABYTE}"
                )

    @property
    def file_bytes(self) -> int:
        """Maximum size of a file in bytes."""
        return self.megabytes * BYTES_PER_MEGABYTE

    @property
    def session_bytes(self) -> int:
        """Maximum total size of the uploads of a browser session in bytes."""
        return (self.session_megabytes or FILES_PER_SESSION * self.megabytes) * BYTES_PER_MEGABYTE

    @property
    def total_bytes(self) -> int:
        """Maximum total size of the uploads and results of all sessions in bytes."""
        default = max(FILES_PER_SERVER * self.file_bytes, self.session_bytes)
        return default if self.total_megabytes is None else self.total_megabytes * BYTES_PER_MEGABYTE


@dataclass(frozen=True)
class Job:
    """A recording and the options of its detection.

    Attributes:
        folder: Folder of this job only, which contains the recording and receives the results.
        name: File name of the recording.
        foa: Whether four channels are first-order ambisonics.
        top_view: Whether to draw a top view below the video.
        timeline: Whether to draw a scrolling timeline below the video.
        field_of_view: Horizontal field of view of the video in degrees. None: 100 along the longer side.
    """

    folder: Path
    name: str
    foa: bool = False
    top_view: bool = True
    timeline: bool = True
    field_of_view: float | None = None


@dataclass(frozen=True)
class JobResult:
    """Result of a job.

    Attributes:
        name: File name of the recording.
        seconds: Duration of the recording in seconds.
        events: Detected events.
        notes: Remarks, one line each.
        video: Name of the annotated video in the folder of the job, None if it could not be rendered.
        plot: Name of the timeline plot, None if it could not be plotted.
        files: Names of all files for download.
        player: Name of the video for the player of the page, None if no video can be played. It is a copy if
            browsers cannot play the annotated video.
    """

    name: str
    seconds: float
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    video: str | None
    plot: str | None
    files: tuple[str, ...]
    player: str | None = None


def run_job(job: Job, detector: Detector, limits: Limits, progress: JobProgress) -> JobResult:
    """Detects the events of a recording and writes all results.

    The working directory is the folder of the job, so that no message and no file contains a path of this
    machine.

    Args:
        job: Recording and options.
        detector: Detector to use.
        limits: Maximum size of the recording.
        progress: Called with the completed share, 0 to 1, and the current step.

    Returns:
        Events and names of the written files.

    Raises:
        MediaError: The file is not a recording or exceeds the limits.
    """
    with chdir(job.folder):
        path = Path(job.name)
        seconds = probe(path).duration
        _require_duration(path, seconds or 0.0, limits)

        def report(now: float) -> None:
            _require_duration(path, now, limits)
            progress(DETECTED_SHARE * _share(now, seconds), "detecting events")

        progress(0.0, "detecting events")
        scene = detector.detect(
            path, layout=FOA if job.foa else None, progress=report, field_of_view=job.field_of_view
        )
        return _write_results(scene, job, limits, progress)


def _write_results(scene: Scene, job: Job, limits: Limits, progress: JobProgress) -> JobResult:
    files = _ResultFiles(Path(job.name))
    notes = list(scene.notes)

    def report(now: float) -> None:
        _require_duration(Path(job.name), now, limits)
        share = _share(now, scene.annotations.seconds)
        progress(PLOTTED_SHARE + (1.0 - PLOTTED_SHARE) * share, "rendering the video")

    progress(DETECTED_SHARE, "writing files")
    for name, path in files.exports():
        # ELAN files contain the path of the recording; it must not reveal a folder of this machine.
        replace(scene, source=Path("/", job.name)).save(path, name)
    with _error_as_note(notes, "no report"):
        scene.report(files.add(".report.html"), field_of_view=job.field_of_view)
    progress(WRITTEN_SHARE, "plotting the timeline")
    with _error_as_note(notes, "no timeline plot"):
        scene.plot(files.add(".png"))
        scene.plot(files.add(".svg"))
    _write_archive(files)
    with _error_as_note(notes, "no annotated video"):
        rendering = scene.render(
            files.add(".annotated.mp4"),
            fan=job.top_view,
            timeline=job.timeline,
            field_of_view=job.field_of_view,
            progress=report,
        )
        notes += [note for note in rendering.notes if note not in notes]
    files.add(f".report{PLAYER_COPY_ENDING}")  # written with the report if browsers cannot play the recording
    video = files.find(".annotated.mp4")
    player = None if video is None else _playable(Path(video), notes)
    return JobResult(
        name=job.name,
        seconds=scene.annotations.seconds,
        events=scene.events,
        notes=tuple(notes),
        video=video,
        plot=files.find(".png"),
        files=(*(path.name for path in files.all if path.exists()), *_original(job)),
        player=player,
    )


def _original(job: Job) -> tuple[str, ...]:
    """Returns the name of a recording of which the report only contains a copy."""
    return (job.name,) if unsupported_in_browsers(job.name) else ()


def _playable(video: Path, notes: list[str]) -> str | None:
    """Returns the name of a video for the player of the page, which is a copy if browsers require one."""
    if unsupported_in_browsers(video) is None:
        return video.name
    copy = Path(video.stem + PLAYER_COPY_ENDING)
    with _error_as_note(notes, "no player"):
        write_playable_copy(video, copy, math.inf)
        return copy.name
    return None


class _ResultFiles:
    """Names of the results of a recording; none has the name of the recording."""

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
        """Yields the name of each export format and the path of its file."""
        yield "dcase2025", self.add(".csv")
        yield "json", self.add(".json")
        for name in EVENT_FORMATS.names():
            yield name, self.add(EVENT_FORMATS[name].suffix)

    def find(self, suffix: str) -> str | None:
        return next((path.name for path in self.all if path.name.endswith(suffix) and path.exists()), None)


def _write_archive(files: _ResultFiles) -> None:
    """Writes all files so far into a ZIP archive; the video is large and already compressed."""
    existing = [path for path in files.all if path.exists()]
    with zipfile.ZipFile(files.add(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in existing:
            archive.write(path)


@contextmanager
def _error_as_note(notes: list[str], what: str) -> Iterator[None]:
    """Adds an error as a note, because the other results are available without this one."""
    try:
        yield
    except SeldkitError as problem:
        notes.append(f"{what}: {problem}")


def _require_duration(path: Path, seconds: float, limits: Limits) -> None:
    if seconds > 60.0 * limits.minutes:
        raise MediaError(
            f"{path}: expected a recording of at most {_clock(60.0 * limits.minutes)} minutes, got "
            f"{_clock(seconds)} or more; cut it, or start the server with a larger --max-minutes"
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _share(now: float, whole: float | None) -> float:
    return min(1.0, now / whole) if whole else 0.0
