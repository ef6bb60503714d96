"""Results of a detection as HTML; all values are escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

from seldkit.annotations import Event
from seldkit.render.fonts import one_line
from seldkit.render.html_templates import render_template
from seldkit.render.palette import class_colour
from seldkit.text_format import azimuth_text, distance_text, onscreen_text
from seldkit.web.detection_job import JobResult

COLUMNS: Final = ("onset", "offset", "class", "azimuth", "distance", "on-screen", "confidence")
FILE_DESCRIPTIONS: Final = {
    ".annotated.mp4": "annotated video",
    ".report.player.mp4": "video of the report (MP4)",
    ".report.html": "report with player, timeline and table (HTML)",
    ".png": "timeline plot (PNG)",
    ".svg": "timeline plot (SVG)",
    ".zip": "all of these files except the video (ZIP)",
    ".events.csv": "event table for spreadsheets (CSV)",
    ".csv": "frames in the format of DCASE 2025 (CSV)",
    ".json": "events, trajectories and frames (JSON)",
    ".jsonl": "one event per line (JSON Lines)",
    ".vtt": "captions for browsers and players (WebVTT)",
    ".srt": "captions for players (SubRip)",
    ".labels.txt": "label track for Audacity",
    ".eaf": "annotations for ELAN",
    ".TextGrid": "annotations for Praat",
    ".rttm": "segments for diarization tools (RTTM)",
    "": "recording",
}
"""Description of each result by the end of its name, in the order of the page; longer ends first."""
MAX_TEXT_CHARACTERS: Final = 300


@dataclass(frozen=True)
class EventView:
    """An event as the table displays it.

    Attributes:
        onset: Onset in seconds.
        onset_text: Onset as minutes and seconds.
        offset_text: Offset as minutes and seconds.
        colour: Colour of the class.
        name: Class name.
        values: Azimuth, distance, on-screen flag and confidence.
    """

    onset: float
    onset_text: str
    offset_text: str
    colour: str
    name: str
    values: Sequence[str]

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Formats an event.

        Args:
            event: The event.

        Returns:
            Texts of the columns.
        """
        return cls(
            onset=event.onset,
            onset_text=_clock(event.onset),
            offset_text=_clock(event.offset),
            colour=class_colour(event.class_id),
            name=one_line(event.name, MAX_TEXT_CHARACTERS),
            values=(
                azimuth_text(event.azimuth),
                distance_text(event.distance),
                onscreen_text(event.onscreen),
                "–" if event.confidence is None else f"{event.confidence:.2f}",
            ),
        )


@dataclass(frozen=True)
class FileView:
    """A file as the list of downloads displays it.

    Attributes:
        name: File name.
        url: URL from which Gradio serves the file.
        description: Description and size.
    """

    name: str
    url: str
    description: str

    @classmethod
    def from_path(cls, path: Path) -> Self:
        """Describes a file.

        Args:
            path: File in a folder that Gradio serves.

        Returns:
            Texts of the list.
        """
        parts = (FILE_DESCRIPTIONS[_name_end(path.name)], _size_text(path.stat().st_size))
        return cls(
            name=one_line(path.name, MAX_TEXT_CHARACTERS),
            url=f"gradio_api/file={quote(str(path))}",
            description=" · ".join(part for part in parts if part),
        )


def summary(result: JobResult) -> str:
    """Renders the name of the recording, the number of events and the notes.

    Args:
        result: Result of the detection.

    Returns:
        HTML.
    """
    return _render(
        "summary",
        name=one_line(result.name, MAX_TEXT_CHARACTERS),
        seconds=result.seconds,
        count=len(result.events),
        notes=[one_line(note, MAX_TEXT_CHARACTERS) for note in result.notes],
    )


def events_table(events: Sequence[Event]) -> str:
    """Renders events as a table, sorted by onset. Its onsets are buttons that seek the player.

    Args:
        events: Events in any order.

    Returns:
        HTML.
    """
    ordered = sorted(events, key=lambda event: (event.onset, event.name))
    return _render("events", columns=COLUMNS, rows=[EventView.from_event(event) for event in ordered])


def downloads(folder: Path, names: Sequence[str]) -> str:
    """Renders links to files with their descriptions and sizes.

    Args:
        folder: Folder that Gradio serves.
        names: Names of files in the folder.

    Returns:
        HTML.
    """
    ends = list(FILE_DESCRIPTIONS)
    ordered = sorted(names, key=lambda name: ends.index(_name_end(name)))
    return _render("downloads", files=[FileView.from_path(folder / name) for name in ordered])


def error(message: str) -> str:
    """Renders an error message.

    Args:
        message: One line.

    Returns:
        HTML.
    """
    return _render("error", message=one_line(message, MAX_TEXT_CHARACTERS))


def _render(template: str, /, **values: object) -> str:
    return str(render_template(__package__ or "", template, **values)).strip()


def _name_end(name: str) -> str:
    return next(end for end in FILE_DESCRIPTIONS if name.endswith(end))


def _size_text(count: int) -> str:
    """Formats a number of bytes.

    Examples:
        >>> _size_text(999), _size_text(1234), _size_text(5_678_901)
        ('999 B', '1.2 kB', '5.7 MB')
    """
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 999_950 else f"{count / 1e6:.1f} MB"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 10), 600)
    return f"{minutes}:{rest / 10:04.1f}"
