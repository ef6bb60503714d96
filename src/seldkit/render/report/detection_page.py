"""Report of one recording: player, timeline, top view, table and downloads."""

import html
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.formats import EVENT_FORMATS
from seldkit.formats.dcase2025 import dcase2025_text
from seldkit.formats.entries import ExportOptions
from seldkit.formats.event_formats import events_text
from seldkit.formats.event_json import event_to_json
from seldkit.formats.json_format import JSON
from seldkit.formats.label_text import caption_text
from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG, resolve_field_of_view
from seldkit.render.fonts import one_line
from seldkit.render.palette import class_colour, class_colour_on_dark, class_marker
from seldkit.render.report.html_page import (
    DataElement,
    json_element,
    plain_element,
    without_markup,
    write_page,
)
from seldkit.render.report.media_player import MediaPlayer

STYLES: Final = ("style.css", "detection.css")
SCRIPTS: Final = (
    *("scene.js", "drawing.js", "clock.js", "filters.js", "timeline.js", "top_view.js", "table.js"),
)
DOWNLOADS: Final = {
    "events": ("Event table (CSV)", "text/csv"),
    "vtt": ("Captions (WebVTT)", "text/vtt"),
    "srt": ("Captions (SubRip)", "application/x-subrip"),
    "audacity": ("Audacity labels", "text/plain"),
}
"""Event formats that a report offers: label of the button and media type."""
DECIMALS: Final = {"azimuth": 1, "elevation": 1, "distance": 2, "confidence": 3}
"""Decimal places of numbers in a report: 0.1 degrees, 1 cm, 0.001."""
MAX_FILE_NAME_CHARACTERS: Final = 100
MAX_HEADING_CHARACTERS: Final = 200


def write_report(
    annotations: Annotations,
    events: Sequence[Event],
    source: str | Path | None,
    output: str | Path,
    *,
    reference: Sequence[Event] = (),
    notes: Sequence[str] = (),
    embed: bool | None = None,
    field_of_view: float | None = None,
) -> Path:
    """Writes the events of a recording as one self-contained HTML file.

    The file opens without a server. It loads nothing but the recording, which is embedded or linked by its
    relative path. Downloads have the content that seldkit's formats write; numbers in the page and in its
    JSON are rounded to `DECIMALS`.

    Args:
        annotations: Frame-level annotations. They determine the duration.
        events: The same as events.
        source: Recording. None: the timeline plays without audio.
        output: HTML file to write.
        reference: Reference events, drawn behind the events.
        notes: Remarks to display, one line each.
        embed: Whether to embed the recording. None: if it has at most 4 MiB.
        field_of_view: Horizontal field of view of the video in degrees, which is shaded in the top view; 360
            for a panorama. None: 100 degrees along the longer side.

    Returns:
        Path of the report.

    Raises:
        MediaError: The source is not a recording.
        SeldkitError: The field of view is out of range.
    """
    output = Path(output)
    player = (
        None
        if source is None
        else MediaPlayer.from_recording(Path(source), output, embed, annotations.seconds)
    )
    name = output.stem if source is None else Path(source).name
    view = None if player is None else _view_angle(player, field_of_view)
    scene = without_markup(_scene_json(annotations, events, notes))
    data = [
        DataElement("scene", "application/json", scene),
        json_element("extra", _extra(annotations, events, reference, name, player, view)),
    ]
    if player is not None and player.content:
        data.append(plain_element("recording", player.content))
    write_page(
        output,
        "detection",
        title=f"{one_line(name, MAX_FILE_NAME_CHARACTERS)} – sound events",
        styles=STYLES,
        scripts=SCRIPTS,
        data=data,
        name=one_line(name, MAX_HEADING_CHARACTERS),
        seconds=annotations.seconds,
        event_count=len(events),
        notes=notes if player is None or not player.note else [*notes, player.note],
        original=None if player is None or not player.original else player,
    )
    return output


def _view_angle(player: MediaPlayer, field_of_view: float | None) -> float | None:
    """Returns the visible angle in degrees, or None if there is no video or it is a panorama."""
    if not player.width:
        return None
    field = resolve_field_of_view(player.width, player.height, field_of_view)
    return None if field == PANORAMA_FIELD_OF_VIEW_DEG else field


def _scene_json(annotations: Annotations, events: Sequence[Event], notes: Sequence[str]) -> str:
    """Returns seldkit's JSON of the scene with rounded numbers."""
    rounded = [_rounded_event(event) for event in events]
    return JSON.encode(_rounded_rows(annotations), events=rounded, notes=notes).decode()


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
    reference: Sequence[Event],
    name: str,
    player: MediaPlayer | None,
    view: float | None,
) -> dict[str, object]:
    """Returns the data for the script of the page, besides the scene."""
    stem = Path(one_line(name, MAX_FILE_NAME_CHARACTERS)).stem
    return {
        "media": None if player is None else player.to_dict(),
        "view": view,
        "styles": {event.class_id: _class_style(event.class_id) for event in (*events, *reference)},
        "reference": [event_to_json(_rounded_event(event)) for event in reference],
        "captions": [html.escape(f"[{caption_text(event)}]", quote=False) for event in events],
        "downloads": [
            {"name": f"{stem}.json", "label": "All data (JSON)", "type": "application/json", "text": None},
            *_event_files(events, stem, annotations.seconds),
            {
                "name": f"{stem}.csv",
                "label": "Frames (DCASE 2025 CSV)",
                "type": "text/csv",
                "text": dcase2025_text(annotations),
            },
        ],
    }


def _event_files(events: Sequence[Event], stem: str, seconds: float) -> list[dict[str, str]]:
    options = ExportOptions(seconds=seconds)
    return [
        {
            "name": stem + EVENT_FORMATS[format].suffix,
            "label": label,
            "type": type,
            "text": events_text(events, format, options),
        }
        for format, (label, type) in DOWNLOADS.items()
    ]


def _class_style(class_id: int) -> dict[str, str]:
    red, green, blue = class_colour_on_dark(class_id)
    return {
        "light": class_colour(class_id),
        "dark": f"#{red:02x}{green:02x}{blue:02x}",
        "shape": class_marker(class_id),
    }
