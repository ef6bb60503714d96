"""What was found, as markup in which all that is not the project's own is escaped."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from seldkit.annotations import Event
from seldkit.render.fonts import one_line
from seldkit.render.palette import class_colour
from seldkit.text_format import azimuth_text, distance_text, onscreen_text
from seldkit.web.detection_job import JobResult

HEADS: Final = ("from", "to", "what", "direction", "distance", "in the picture", "confidence")
KINDS: Final = {
    ".annotated.mp4": "video with the events drawn on it",
    ".report.html": "report: player, timeline and table in one page",
    ".png": "timeline as a picture",
    ".svg": "timeline as a drawing",
    ".zip": "all of these but the video",
    ".events.csv": "table for spreadsheets",
    ".csv": "frames as in DCASE 2025",
    ".json": "all there is",
    ".jsonl": "an event a line, for programs",
    ".vtt": "captions for browsers and players",
    ".srt": "captions for players",
    ".labels.txt": "label track for Audacity",
    ".eaf": "ELAN",
    ".TextGrid": "Praat",
    ".rttm": "diarization tools",
    "": "",
}
"""What results are, by the ends of their names, in the page's order; a longer end before a shorter one."""


def summary(found: JobResult) -> str:
    """The recording's name, how much was found, and what a reader should know of it."""
    count = len(found.events)
    lines = [
        f"<p><bdi><b>{_text(found.name)}</b></bdi> · {found.seconds:.1f} s · "
        f"{count or 'no'} event{'' if count == 1 else 's'}</p>",
        *(f'<p class="seldkit-note">{_text(note)}</p>' for note in found.notes),
    ]
    return "".join(lines)


def events_table(events: Sequence[Event]) -> str:
    """One line an event, by onset; its times are buttons that take the player there."""
    if not events:
        return '<p class="seldkit-note">Nothing that the model knows was heard.</p>'
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    rows = "".join(_row(event) for event in sorted(events, key=lambda event: (event.onset, event.name)))
    return f'<table class="seldkit-events"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def downloads(folder: Path, names: Sequence[str]) -> str:
    """Links to files in a folder that Gradio serves, with what each is and its size."""
    ordered = sorted(names, key=lambda name: list(KINDS).index(_kind(name)))
    lines = (_link(folder / name) for name in ordered)
    return f'<ul class="seldkit-files">{"".join(lines)}</ul>'


def error(words: str) -> str:
    """What went wrong, in one line."""
    return f'<p class="seldkit-error" role="alert">{_text(words)}</p>'


def _row(event: Event) -> str:
    colour = class_colour(event.class_id)
    cells = [
        f'<td><button type="button" data-seconds="{event.onset:.3f}">{_clock(event.onset)}</button></td>',
        f"<td>{_clock(event.offset)}</td>",
        f'<td><span class="seldkit-class" style="background:{colour}"></span>'
        f"<bdi>{_text(event.name)}</bdi></td>",
        f"<td>{azimuth_text(event.azimuth)}</td>",
        f"<td>{distance_text(event.distance)}</td>",
        f"<td>{onscreen_text(event.onscreen)}</td>",
        f"<td>{'–' if event.confidence is None else f'{event.confidence:.2f}'}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _link(path: Path) -> str:
    name = _text(path.name)
    about = f"{KINDS[_kind(path.name)]} · {_size(path.stat().st_size)}".removeprefix(" · ")
    return (
        f'<li><a href="gradio_api/file={quote(str(path))}" download="{name}"><bdi>{name}</bdi></a>'
        f"<span>{about}</span></li>"
    )


def _kind(name: str) -> str:
    return next(end for end in KINDS if name.endswith(end))


def _size(count: int) -> str:
    """
    >>> _size(999), _size(1234), _size(5_678_901)
    ('999 B', '1.2 kB', '5.7 MB')
    """
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 999_950 else f"{count / 1e6:.1f} MB"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 10), 600)
    return f"{minutes}:{rest / 10:04.1f}"


def _text(text: str) -> str:
    return html.escape(one_line(text, 300))
