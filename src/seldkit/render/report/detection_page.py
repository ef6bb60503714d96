"""The report of one recording: player, timeline, view from above, table, downloads."""

import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.formats import EVENT_FORMATS, write_annotations, write_events
from seldkit.formats.event_json import event_to_json
from seldkit.formats.label_text import caption_text
from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG, resolve_field_of_view
from seldkit.render.fonts import one_line
from seldkit.render.palette import class_colour, class_shape, on_dark
from seldkit.render.report.html_page import harmless, json_data, part, write_page
from seldkit.render.report.player import Player, player

STYLES: Final = ("style.css", "detection.css")
SCRIPTS: Final = (
    *("scene.js", "drawing.js", "clock.js", "filters.js", "timeline.js", "above.js", "table.js"),
)
DOWNLOADS: Final = {
    "events": ("Table (CSV)", "text/csv"),
    "vtt": ("Captions (WebVTT)", "text/vtt"),
    "srt": ("Captions (SubRip)", "application/x-subrip"),
    "audacity": ("Audacity labels", "text/plain"),
}
"""The formats of events that a report holds: the button's words and the media type."""
DECIMALS: Final = {"azimuth": 1, "elevation": 1, "distance": 2, "confidence": 3}
"""Places of numbers in a report: 0.1 degrees, 1 cm, 0.001."""


def write_report(
    annotations: Annotations,
    events: Sequence[Event],
    source: str | Path | None,
    output: str | Path,
    *,
    truth: Sequence[Event] = (),
    notes: Sequence[str] = (),
    embed: bool | None = None,
    field_of_view: float | None = None,
) -> Path:
    """Write what was found in a recording as one HTML file (`output`), and give its path.

    It works from the disk: it loads nothing but the recording, which is referred to by its path as seen from
    the report or, where it has at most 4 MiB or `embed` says so, held within. Without a source the timeline
    plays in silence. Downloads are as seldkit's formats write them; the numbers in the page and its JSON are
    rounded to `DECIMALS`.

    annotations: the frame table, which gives the length. events: the same, joined over time. truth: drawn
    behind. notes: what a reader should know. field_of_view: of the pictures, shaded in the view from above:
    degrees from edge to edge, or 360; None takes 100 along the longer side. Raises MediaError where the
    source is no recording, and SeldkitError for a wrong field of view.
    """
    output = Path(output)
    recording = None if source is None else player(Path(source), output, embed)
    name = output.stem if source is None else Path(source).name
    view = None if recording is None else _view(recording, field_of_view)
    data = {
        "scene": ("application/json", harmless(_json(annotations, events, notes))),
        "extra": json_data(_extra(annotations, events, truth, name, recording, view)),
    }
    if recording is not None and recording.content:
        data["recording"] = ("text/plain", recording.content)
    body = _header(name, annotations.seconds, events, notes) + part("detection.html")
    write_page(output, f"{one_line(name, 100)} – sound events", body, STYLES, SCRIPTS, data)
    return output


def _header(name: str, seconds: float, events: Sequence[Event], notes: Sequence[str]) -> str:
    count = f"{len(events) or 'no'} event{'' if len(events) == 1 else 's'}"
    lines = [
        f"<h1><bdi>{html.escape(one_line(name, 200))}</bdi></h1>",
        f'<p class="faint">{seconds:.1f} s · {count} · what sounds, where, how far away and whether it is '
        "in the picture, as heard by seldkit. Left and right are the camera's.</p>",
        *(f'<p class="note">{html.escape(note)}</p>' for note in notes),
    ]
    return "\n".join(lines) + "\n"


def _view(recording: Player, field_of_view: float | None) -> float | None:
    """Degrees that the pictures show, or None where there are none or they show all."""
    if not recording.width:
        return None
    field = resolve_field_of_view(recording.width, recording.height, field_of_view)
    return None if field == PANORAMA_FIELD_OF_VIEW_DEG else field


def _json(annotations: Annotations, events: Sequence[Event], notes: Sequence[str]) -> str:
    """seldkit's JSON of the scene, with numbers as long as they need to be."""
    rounded = [_rounded_event(event) for event in events]
    return _written("json", _rounded_rows(annotations), events=rounded, notes=notes)


def _written(format: str, annotations: Annotations, **options: Any) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"scene.{format}"
        write_annotations(annotations, path, format=format, **options)
        return path.read_text("utf-8")


def _rounded_rows(rows: Annotations) -> Annotations:
    columns = {name: getattr(rows, name) for name in DECIMALS}
    return replace(
        rows,
        **{name: np.round(column, DECIMALS[name]) for name, column in columns.items() if column is not None},
    )


def _rounded_event(event: Event) -> Event:
    values = {name: getattr(event, name) for name in DECIMALS}
    known = {name: round(value, DECIMALS[name]) for name, value in values.items() if value is not None}
    return replace(event, trajectory=_rounded_rows(event.trajectory), **known)


def _extra(
    annotations: Annotations,
    events: Sequence[Event],
    truth: Sequence[Event],
    name: str,
    recording: Player | None,
    view: float | None,
) -> dict[str, object]:
    """What the page's script needs besides the scene."""
    stem = Path(one_line(name, 100)).stem
    return {
        "media": None if recording is None else recording.to_dict(),
        "view": view,
        "looks": {event.class_id: _look(event.class_id) for event in (*events, *truth)},
        "truth": [event_to_json(_rounded_event(event)) for event in truth],
        "captions": [html.escape(f"[{caption_text(event)}]", quote=False) for event in events],
        "downloads": [
            {"name": f"{stem}.json", "label": "All (JSON)", "type": "application/json", "text": None},
            *_event_files(events, stem, annotations.seconds),
            {
                "name": f"{stem}.csv",
                "label": "Frames (DCASE 2025 CSV)",
                "type": "text/csv",
                "text": _written("dcase2025", annotations),
            },
        ],
    }


def _event_files(events: Sequence[Event], stem: str, seconds: float) -> list[dict[str, str]]:
    files = []
    with TemporaryDirectory() as folder:
        for format, (label, type) in DOWNLOADS.items():
            path = Path(folder) / "events"
            write_events(events, path, format, seconds=seconds)
            name = stem + EVENT_FORMATS[format].suffix
            files.append({"name": name, "label": label, "type": type, "text": path.read_text("utf-8")})
    return files


def _look(class_id: int) -> dict[str, str]:
    red, green, blue = on_dark(class_id)
    return {
        "light": class_colour(class_id),
        "dark": f"#{red:02x}{green:02x}{blue:02x}",
        "shape": class_shape(class_id),
    }
