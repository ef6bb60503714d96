"""ELAN's annotation format (.eaf, EAF 3.0): tiers by class, the labels as annotation values.

Sources of one class that overlap have tiers of their own, for annotations of a tier cannot. When reading,
tiers that depend on others and tiers of the annotator's own with another kind of text are told apart by
`PARENT_REF`: only the independent ones are read. Source: the EAF schema (Max Planck Institute for
Psycholinguistics, The Language Archive).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from seldkit.annotations import Event
from seldkit.formats.entries import EntryError, EventEntry, number, shorten, span_ms
from seldkit.formats.label_text import label_text, parse_label
from seldkit.formats.recording_info import RecordingInfo
from seldkit.formats.tiers import assign_tiers

_SCHEMA: Final = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_TYPE: Final = "sound event"


def write_eaf(events: Sequence[Event], recording: RecordingInfo) -> str:
    """An ELAN document that is linked to the recording."""
    root = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "seldkit",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": _INSTANCE,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    _head(root, recording, len(events))
    order = SubElement(root, "TIME_ORDER")
    times = sorted({time for event in events for time in span_ms(event)})
    slots = {time: f"ts{index}" for index, time in enumerate(times, start=1)}
    for time, slot in slots.items():
        SubElement(order, "TIME_SLOT", TIME_SLOT_ID=slot, TIME_VALUE=str(time))
    _tiers(root, events, slots)
    SubElement(
        root, "LINGUISTIC_TYPE", GRAPHIC_REFERENCES="false", LINGUISTIC_TYPE_ID=_TYPE, TIME_ALIGNABLE="true"
    )
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def read_eaf(text: str) -> Iterator[EventEntry]:
    """The events of the independent tiers, tier by tier."""
    root = _parsed(text)
    slots = {
        slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iterfind("TIME_ORDER/TIME_SLOT")
    }
    for tier in root.iterfind("TIER"):
        if tier.get("PARENT_REF") is None:
            for annotation in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION"):
                yield _entry(annotation, slots, tier.get("TIER_ID", ""))


def _head(root: Element, recording: RecordingInfo, annotations: int) -> None:
    head = SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if recording.source is not None:
        SubElement(
            head,
            "MEDIA_DESCRIPTOR",
            MEDIA_URL=recording.source.resolve().as_uri(),
            MIME_TYPE=guess_type(recording.source.name)[0] or "unknown",
            RELATIVE_MEDIA_URL="./" + Path("/", recording.source.name).as_uri().removeprefix("file:///"),
        )
    SubElement(head, "PROPERTY", NAME="lastUsedAnnotationId").text = str(annotations)


def _tiers(root: Element, events: Sequence[Event], slots: dict[int, str]) -> None:
    written = 0
    for tier in assign_tiers(events):
        element = SubElement(root, "TIER", LINGUISTIC_TYPE_REF=_TYPE, TIER_ID=tier.name)
        for event in tier.events:
            written += 1
            onset, offset = (slots[time] for time in span_ms(event))
            annotation = SubElement(
                SubElement(element, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=f"a{written}",
                TIME_SLOT_REF1=onset,
                TIME_SLOT_REF2=offset,
            )
            SubElement(annotation, "ANNOTATION_VALUE").text = label_text(event)


def _parsed(text: str) -> Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # ELAN writes neither; entities can grow without bound
        raise EntryError("expected an ELAN document, got XML with a document type")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as problem:
        raise EntryError(f"expected XML, got {problem.msg}", problem.position[0]) from problem
    if root.tag != "ANNOTATION_DOCUMENT":
        raise EntryError(f"expected an ELAN document (<ANNOTATION_DOCUMENT>), got <{root.tag[:40]}>")
    return root


def _entry(annotation: Element, slots: dict[str | None, str | None], tier: str) -> EventEntry:
    """The event of an annotation; the tier's name is its class where the annotation is empty."""
    try:
        onset, offset = (_seconds(slots.get(annotation.get(f"TIME_SLOT_REF{side}"))) for side in (1, 2))
        value = (annotation.findtext("ANNOTATION_VALUE") or "").strip()
        return parse_label(value, onset, offset) if value else EventEntry(tier, onset, offset)
    except ValueError as problem:
        raise EntryError(f"annotation {shorten(annotation.get('ANNOTATION_ID'))}: {problem}") from problem


def _seconds(milliseconds: str | None) -> float:
    if milliseconds is None:
        raise ValueError("expected a time in TIME_ORDER, got none")
    return number(milliseconds, "whole milliseconds") / 1000
