"""Scores of a folder of prediction files against a folder of reference files."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import ClassVocabulary, find_vocabulary, vocabulary_for
from seldkit.errors import FormatError
from seldkit.formats import FORMATS, ClipTable, ReadOptions, is_event_file
from seldkit.formats.unit_check import median_known_distance, unit_correction
from seldkit.metrics.evaluation import compute_scores, count, join_classes
from seldkit.metrics.folder_notes import repeated_source_notes, unit_note
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Average, Protocol, Reading
from seldkit.metrics.scores import Scores
from seldkit.types import Flags, Floats

MAX_LISTED_FILES: Final = 3
"""Largest number of file names in a note."""


@dataclass(frozen=True)
class Evaluation:
    """Scores of both readings.

    Attributes:
        official: Scores of the official reading.
        strict: Scores of the strict reading.
        notes: Remarks on the files, such as missing predictions.
        unknown_distances: Number of reference rows with distance 0, which the strict reading leaves out of
            the distance errors.
    """

    official: Scores
    strict: Scores
    notes: list[str]
    unknown_distances: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Converts the scores for JSON.

        Returns:
            `official`, `strict`, `notes` and `unknown_distances`.
        """
        return {
            "official": self.official.to_dict(),
            "strict": self.strict.to_dict(),
            "notes": list(self.notes),
            "unknown_distances": self.unknown_distances,
        }


@dataclass(frozen=True, eq=False)
class PairedFolders:
    """Contents of a folder of references and a folder of predictions.

    Attributes:
        names: Names of the reference files without suffix, sorted.
        references: Rows of the references.
        predictions: Rows of the predictions; clips without a prediction file have no rows.
        predicted: Whether each reference has a prediction file. Shape ``(clips,)``.
        extra_predictions: Names of prediction files without a reference, sorted.
        protocol: Scoring protocol whose file format was read.
        classes: Class vocabulary of the references.
    """

    names: tuple[str, ...]
    references: ClipTable
    predictions: ClipTable
    predicted: Flags
    extra_predictions: tuple[str, ...]
    protocol: Protocol
    classes: ClassVocabulary

    def annotations(self) -> tuple[list[Annotations], list[Annotations]]:
        """Splits the rows into clips.

        Returns:
            References and predictions of each clip.
        """
        numbers = range(len(self.names))
        return (
            [self.references.annotations(number) for number in numbers],
            [self.predictions.annotations(number) for number in numbers],
        )

    def evaluate(
        self, average: Average = "macro", require_onscreen: bool = False, jackknife: bool = False
    ) -> Evaluation:
        """Computes the scores of both readings.

        Args:
            average: "macro" or "micro".
            require_onscreen: Whether a true positive also requires the correct on-screen flag.
            jackknife: Whether to add 95 % jackknife intervals over the clips.

        Returns:
            Scores of both readings.

        Raises:
            SeldkitError: The average is unknown, or a reference has no azimuth or distance although the
                protocol scores it.
        """
        official, strict = self._scores(average, require_onscreen, jackknife)
        notes = [
            *self._notes(require_onscreen),
            *repeated_source_notes(self.names, self.references, self.predictions),
        ]
        corrected = self.with_corrected_units()
        if corrected is not None:
            other_unit = corrected._scores(average, require_onscreen)
            notes.append(unit_note(self._distances(), corrected._distances(), (official, strict), other_unit))
        return Evaluation(official, strict, notes, self.unknown_distances)

    @property
    def unknown_distances(self) -> int:
        """Number of reference rows with distance 0, which means unknown; 0 if distances are not scored."""
        return int((self.references.distance == 0).sum()) if self.protocol.scores_distance else 0

    def with_corrected_units(self) -> "PairedFolders | None":
        """Corrects distances that were probably written in the other unit.

        Returns:
            The folders with distances in the other unit; None if the distances are plausible or not scored.
        """
        medians = [median_known_distance(distance) for distance in self._distances()]
        factors = [unit_correction(medians[0], medians[1]), unit_correction(medians[1], medians[0])]
        if not self.protocol.scores_distance or factors == [1.0, 1.0]:
            return None
        references, predictions = (
            replace(side, distance=side.distance * factor)
            for side, factor in zip((self.references, self.predictions), factors, strict=True)
        )
        return replace(self, references=references, predictions=predictions)

    def _distances(self) -> tuple[Floats, Floats]:
        return self.references.distance, self.predictions.distance

    def _scores(
        self, average: Average, require_onscreen: bool, jackknife: bool = False
    ) -> tuple[Scores, Scores]:
        """Scores of the official and of the strict reading."""
        classes = join_classes(self.references, self.predictions)

        def score(reading: Reading) -> Scores:
            counts = count(
                self.references,
                self.predictions,
                self.protocol.name,
                reading,
                require_onscreen=require_onscreen,
                names=self.names,
                class_count=len(self.classes),
            )
            selected = counts if reading == "strict" else counts.select(self.predicted)
            return compute_scores(selected, self.protocol.name, reading, average, classes, jackknife)

        return score("official"), score("strict")

    def _notes(self, require_onscreen: bool) -> Iterator[str]:
        missing = [name for name, there in zip(self.names, self.predicted, strict=True) if not there]
        if missing:
            listed = _list_files(missing, "reference")
            yield f"{listed} without a prediction: skipped by official, missed in strict"
        if self.extra_predictions:
            listed = _list_files(self.extra_predictions, "prediction")
            yield f"{listed} without a reference: left out of both readings"
        for side, rows in (("reference", self.references), ("prediction", self.predictions)):
            unknown = int((rows.class_id >= len(self.classes)).sum())
            if unknown:
                yield f"{unknown} {side} rows of unknown classes: ignored by official, counted by strict"
        if require_onscreen and not self.protocol.scores_onscreen:
            yield f"on-screen flags are required, but {self.protocol.name} does not score them"
        if self.unknown_distances:
            yield (
                f"{self.unknown_distances} of {len(self.references.frame)} reference rows have distance 0, "
                "which means unknown: strict leaves them out of the distance errors, official does not"
            )


def read_folders(
    reference: str | Path,
    predictions: str | Path,
    protocol: str = DEFAULT_PROTOCOL,
    classes: Sequence[str] | None = None,
) -> PairedFolders:
    """Reads a folder of references and a folder of predictions, each file once.

    The folders are searched recursively for CSV files or, without any, for JSON files. Files are paired by
    name without suffix and read in the format and units of the protocol.

    Args:
        reference: Folder of reference files, or one file.
        predictions: Folder of prediction files, or one file.
        protocol: Name of the scoring protocol, a key of `PROTOCOLS`.
        classes: Class names of the references; None: those of ``classes.txt`` at the references, else of
            STARSS23. Rows of further classes are read too. Predictions have the same class numbers unless
            there is a ``classes.txt`` at the predictions; classes are then paired by name.

    Returns:
        Rows of all clips that have a reference.

    Raises:
        FormatError: A folder has no files, the same name twice or a damaged file, or no prediction is named
            like a reference.
        UnknownNameError: The protocol is unknown.
    """
    rules = PROTOCOLS[protocol]
    reference_files, prediction_files = files_by_name(Path(reference)), files_by_name(Path(predictions))
    names = sorted(reference_files)
    predicted = np.array([name in prediction_files for name in names], np.bool_)
    if not predicted.any():
        raise FormatError(
            f"{predictions}: expected predictions named like the references ({names[0]}), "
            f"got {min(prediction_files)}"
        )
    vocabulary = vocabulary_for(reference, classes)
    reference_rows = _read(
        [reference_files[name] for name in names],
        rules.format,
        ReadOptions(vocabulary, tolerant=True, centimetres=rules.reference_centimetres),
    )
    prediction_rows = _read(
        [prediction_files[name] for name in names if name in prediction_files],
        rules.format,
        ReadOptions(find_vocabulary(predictions) or vocabulary, True, rules.prediction_centimetres),
    )
    prediction_rows = prediction_rows.renumbered(reference_rows.classes)
    return PairedFolders(
        names=tuple(names),
        references=reference_rows,
        predictions=_insert_empty_clips(prediction_rows, predicted),
        predicted=predicted,
        extra_predictions=tuple(sorted(set(prediction_files).difference(names))),
        protocol=rules,
        classes=vocabulary,
    )


def evaluate_folders(
    reference: str | Path,
    predictions: str | Path,
    protocol: str = DEFAULT_PROTOCOL,
    average: Average = "macro",
    require_onscreen: bool = False,
    jackknife: bool = False,
    classes: Sequence[str] | None = None,
) -> Evaluation:
    """Scores a folder of predictions against a folder of references, in both readings.

    Files are read and paired as by `read_folders`. A prediction without a reference is left out and noted.

    Args:
        reference: Folder of reference files.
        predictions: Folder of prediction files.
        protocol: Name of the scoring protocol, a key of `PROTOCOLS`.
        average: "macro" is the mean over classes, "micro" pools all classes.
        require_onscreen: Whether a true positive also requires the correct on-screen flag.
        jackknife: Whether to add 95 % jackknife intervals over the clips.
        classes: Class names of the references, see `read_folders`.

    Returns:
        Scores of both readings.

    Raises:
        SeldkitError: The files cannot be read, paired or scored.
    """
    folders = read_folders(reference, predictions, protocol, classes)
    return folders.evaluate(average, require_onscreen, jackknife)


def files_by_name(folder: Path) -> dict[str, Path]:
    """Finds annotation files below a folder.

    Args:
        folder: Folder, or one file.

    Returns:
        CSV files or, without any, JSON files by their name without suffix.

    Raises:
        FormatError: There are no files, or two have the same name.
    """
    if folder.is_file():
        return {folder.stem: folder}
    if not folder.is_dir():
        raise FormatError(f"{folder}: expected a folder of annotation files, found nothing")
    names = sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)  # noqa: PTH118
    for suffix in (".csv", ".json"):
        paths = [Path(name) for name in names if name.lower().endswith(suffix)]
        paths = [path for path in paths if not path.name.startswith(".") and not is_event_file(path)]
        if paths:
            return _unique_names(paths)
    raise FormatError(f"{folder}: expected a folder with annotation files (.csv, .json), found none")


def _unique_names(paths: list[Path]) -> dict[str, Path]:
    by_name: dict[str, Path] = {}
    for path in paths:
        other = by_name.setdefault(path.stem, path)
        if other is not path:
            raise FormatError(
                f"{path}: expected each file name once, got it also in {other}; keep one of them"
            )
    return by_name


def _read(paths: list[Path], format: str, options: ReadOptions) -> ClipTable:
    name = "json" if paths[0].suffix.lower() == ".json" else format
    return FORMATS[name].read_many(paths, options)


def _insert_empty_clips(clips: ClipTable, present: Flags) -> ClipTable:
    """A table with one clip for each entry of `present`, without rows where it is False."""
    lengths = np.zeros(len(present), np.int64)
    lengths[present] = clips.lengths
    return ClipTable(**{**vars(clips), "lengths": lengths})


def _list_files(names: list[str] | tuple[str, ...], kind: str) -> str:
    listed = ", ".join(names[:MAX_LISTED_FILES]) + (", …" if len(names) > MAX_LISTED_FILES else "")
    return f"{len(names)} {kind}{'s' if len(names) > 1 else ''} ({listed})"
