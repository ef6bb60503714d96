"""Scores of a folder of prediction files against a folder of references, in both readings."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.errors import FormatError
from seldkit.formats import FORMATS, ClipTable, Reading, holds_events
from seldkit.metrics.evaluation import chosen, count, scores
from seldkit.metrics.formulas import Average
from seldkit.metrics.protocols import PROTOCOLS
from seldkit.metrics.scores import Scores
from seldkit.types import Flags

NAMED_AT_MOST = 3
FAR = 30.0
"""Metres beyond which a typical predicted distance looks like centimetres."""


@dataclass(frozen=True)
class Evaluation:
    """Both readings, and what a reader of them should know."""

    official: Scores
    strict: Scores
    notes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """For JSON: `official`, `strict` and `notes`."""
        return {
            "official": self.official.to_dict(),
            "strict": self.strict.to_dict(),
            "notes": list(self.notes),
        }


def evaluate_folders(
    reference: str | Path,
    predictions: str | Path,
    protocol: str = "dcase2025",
    average: Average = "macro",
    require_onscreen: bool = False,
    jackknife: bool = False,
    classes: tuple[str, ...] = STARSS23,
) -> Evaluation:
    """Read two folders of metadata files and score them in both readings.

    The folders are searched recursively for .csv files (or, without any, .json) and paired by file name
    without suffix; a name that is twice in one folder is an error. The files are read in the protocol's own
    format, in the units that its evaluator expects: in 2024 the references' distances are centimetres and the
    predictions' metres. A prediction without a reference is left out, which the notes say.
    """
    PROTOCOLS[protocol]
    truth, found = files_by_name(Path(reference)), files_by_name(Path(predictions))
    names = sorted(truth)
    present = np.array([name in found for name in names], np.bool_)
    if not present.any():
        raise FormatError(
            f"{predictions}: expected predictions named like the references ({names[0]}), got {min(found)}"
        )
    references = _read([truth[name] for name in names], protocol, classes, True)
    given = _spread(
        _read([found[name] for name in names if name in found], protocol, classes, False), present
    )
    vocabulary = classes + given.classes[len(classes) :]
    results: dict[str, Scores] = {}
    for reading in ("official", "strict"):
        counts = count(references, given, protocol, reading, require_onscreen, names, len(classes))
        kept = counts if reading == "strict" else chosen(counts, present)
        results[reading] = scores(kept, protocol, reading, average, vocabulary, jackknife)
    notes = list(_notes(names, set(found), references, given, protocol, len(classes)))
    return Evaluation(results["official"], results["strict"], notes)


def annotations_of_folders(
    reference: str | Path,
    predictions: str | Path,
    protocol: str = "dcase2025",
    classes: tuple[str, ...] = STARSS23,
) -> tuple[list[Annotations], list[Annotations]]:
    """The references' clips by name, and the predictions of the same; empty ones where there is none.

    Folders are searched and files read as by `evaluate_folders`.
    """
    PROTOCOLS[protocol]
    truth, found = files_by_name(Path(reference)), files_by_name(Path(predictions))
    names = sorted(truth)
    given = [name for name in names if name in found]
    if not given:
        raise FormatError(
            f"{predictions}: expected predictions named like the references ({names[0]}), got {min(found)}"
        )
    true = _read([truth[name] for name in names], protocol, classes, True)
    said = _read([found[name] for name in given], protocol, classes, False)
    answers = {name: said.annotations(number) for number, name in enumerate(given)}
    nothing = Annotations.empty(0, classes)
    return (
        [true.annotations(number) for number in range(len(names))],
        [answers.get(name, nothing) for name in names],
    )


def files_by_name(folder: Path) -> dict[str, Path]:
    """The metadata files below a folder by their names without suffix: .csv, or .json where there is no
    .csv."""
    if folder.is_file():
        return {folder.stem: folder}
    if not folder.is_dir():
        raise FormatError(f"{folder}: expected a folder of metadata files, found nothing")
    names = sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)  # noqa: PTH118
    for suffix in (".csv", ".json"):
        paths = [Path(name) for name in names if name.lower().endswith(suffix)]
        paths = [path for path in paths if not path.name.startswith(".") and not holds_events(path)]
        if paths:
            return _unique(paths)
    raise FormatError(f"{folder}: expected a folder with metadata files (.csv, .json), found none")


def _unique(paths: list[Path]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for path in paths:
        other = named.setdefault(path.stem, path)
        if other is not path:
            raise FormatError(
                f"{path}: expected each file name once, got it in {other} too; keep one of them"
            )
    return named


def _read(paths: list[Path], protocol: str, classes: tuple[str, ...], reference: bool) -> ClipTable:
    centimetres = reference if protocol == "dcase2024" else None
    format = "json" if paths[0].suffix.lower() == ".json" else protocol
    return FORMATS[format].read_many(paths, Reading(classes, tolerant=True, centimetres=centimetres))


def _spread(clips: ClipTable, present: Flags) -> ClipTable:
    """A table with an empty clip wherever there is no file."""
    lengths = np.zeros(len(present), np.int64)
    lengths[present] = clips.lengths
    return ClipTable(**{**vars(clips), "lengths": lengths})


def _notes(
    names: list[str], found: set[str], references: ClipTable, given: ClipTable, protocol: str, classes: int
) -> Iterator[str]:
    missing = [name for name in names if name not in found]
    if missing:
        yield f"{_files(missing, 'reference')} without a prediction: skipped by official, missed in strict"
    extra = sorted(found.difference(names))
    if extra:
        yield f"{_files(extra, 'prediction')} without a reference: left out of both readings"
    for side, clips in (("reference", references), ("prediction", given)):
        beyond = int((clips.class_id >= classes).sum())
        if beyond:
            yield f"{beyond} {side} rows of unknown classes: ignored by official, counted by strict"
    if protocol == "dcase2024" and len(given.distance) and np.nanmedian(given.distance) > FAR:
        yield "the predictions' distances look like centimetres; dcase2024 expects metres in predictions"


def _files(names: list[str], kind: str) -> str:
    shown = ", ".join(names[:NAMED_AT_MOST]) + (", …" if len(names) > NAMED_AT_MOST else "")
    return f"{len(names)} {kind}{'s' if len(names) > 1 else ''} ({shown})"
