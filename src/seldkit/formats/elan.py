"""ELAN annotation format (.eaf, EAF 3.0): one tier per class, labels as annotation values.

Overlapping sources of one class have separate tiers, because the annotations of a tier cannot overlap. Only
independent tiers (without `PARENT_REF`) are read. Source: EAF schema (Max Planck Institute for
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
from seldkit.formats.entries import (
    EntryError,
    EventEntry,
    ExportOptions,
    parse_number,
    shorten,
    span_ms,
)
from seldkit.formats.label_text import label_text, parse_label
from seldkit.formats.tiers import assign_tiers

_SCHEMA: Final = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_SCHEMA_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_LINGUISTIC_TYPE: Final = "sound event"


def write_eaf(events: Sequence[Event], options: ExportOptions) -> str:
    """Writes an ELAN document.

    Args:
        events: The events.
        options: The document is linked to `source`.

    Returns:
        The document.
    """
    root = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "seldkit",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": _SCHEMA_INSTANCE,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    _add_header(root, options.source, len(events))
    order = SubElement(root, "TIME_ORDER")
    times = sorted({time for event in events for time in span_ms(event)})
    slots = {time: f"ts{index}" for index, time in enumerate(times, start=1)}
    for time, slot in slots.items():
        SubElement(order, "TIME_SLOT", TIME_SLOT_ID=slot, TIME_VALUE=str(time))
    _add_tiers(root, events, slots)
    SubElement(
        root,
        "LINGUISTIC_TYPE",
        GRAPHIC_REFERENCES="false",
        LINGUISTIC_TYPE_ID=_LINGUISTIC_TYPE,
        TIME_ALIGNABLE="true",
    )
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def read_eaf(text: str) -> Iterator[EventEntry]:
    """Reads an ELAN document.

    Args:
        text: Content of the file.

    Yields:
        The events of the independent tiers, tier by tier.

    Raises:
        EntryError: The text is not an ELAN document, or an annotation is not a label.
    """
    root = _parse_document(text)
    slots = {
        slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iterfind("TIME_ORDER/TIME_SLOT")
    }
    for tier in root.iterfind("TIER"):
        if tier.get("PARENT_REF") is None:
            for annotation in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION"):
                yield _parse_annotation(annotation, slots, tier.get("TIER_ID", ""))


def _add_header(root: Element, source: Path | None, annotations: int) -> None:
    header = SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if source is not None:
        SubElement(
            header,
            "MEDIA_DESCRIPTOR",
            MEDIA_URL=source.resolve().as_uri(),
            MIME_TYPE=guess_type(source.name)[0] or "unknown",
            RELATIVE_MEDIA_URL="./" + Path("/", source.name).as_uri().removeprefix("file:///"),
        )
    SubElement(header, "PROPERTY", NAME="lastUsedAnnotationId").text = str(annotations)


def _add_tiers(root: Element, events: Sequence[Event], slots: dict[int, str]) -> None:
    number = 0
    for tier in assign_tiers(events):
        element = SubElement(root, "TIER", LINGUISTIC_TYPE_REF=_LINGUISTIC_TYPE, TIER_ID=tier.name)
        for event in tier.events:
            number += 1
            onset, offset = (slots[time] for time in span_ms(event))
            annotation = SubElement(
                SubElement(element, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=f"a{number}",
                TIME_SLOT_REF1=onset,
                TIME_SLOT_REF2=offset,
            )
            SubElement(annotation, "ANNOTATION_VALUE").text = label_text(event)


def _parse_document(text: str) -> Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # ELAN writes neither; entities can expand without limit
        raise EntryError("expected an ELAN document, got XML with a document type")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as problem:
        raise EntryError(f"expected XML, got {problem.msg}", problem.position[0]) from problem
    if root.tag != "ANNOTATION_DOCUMENT":
        raise EntryError(f"expected an ELAN document (<ANNOTATION_DOCUMENT>), got <{root.tag[:40]}>")
    return root


def _parse_annotation(annotation: Element, slots: dict[str | None, str | None], tier: str) -> EventEntry:
    """The event of an annotation. An empty annotation has the name of its tier as its class."""
    try:
        onset, offset = (_seconds(slots.get(annotation.get(f"TIME_SLOT_REF{end}"))) for end in (1, 2))
        value = (annotation.findtext("ANNOTATION_VALUE") or "").strip()
        return parse_label(value, onset, offset) if value else EventEntry(tier, onset, offset)
    except ValueError as problem:
        raise EntryError(f"annotation {shorten(annotation.get('ANNOTATION_ID'))}: {problem}") from problem


def _seconds(milliseconds: str | None) -> float:
    if milliseconds is None:
        raise ValueError("expected a time in TIME_ORDER, got none")
    return parse_number(milliseconds, "whole milliseconds") / 1000
