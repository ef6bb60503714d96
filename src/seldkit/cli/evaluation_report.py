"""What evaluate writes into its report."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seldkit.cli.batch import find_media
from seldkit.errors import SeldkitError

if TYPE_CHECKING:
    from seldkit.metrics import Evaluation

MOST_CLIPS = 20
"""Clips that a report lists."""


@dataclass(frozen=True)
class EvaluationReport:
    """Where it is written, and the folder in which recordings of the clips lie, if any."""

    output: Path
    media: Path | None

    def write(
        self,
        result: "Evaluation",
        reference: Path,
        predictions: Path,
        protocol: str,
        average: str,
        number: Callable[[float, str], str],
    ) -> None:
        """Write the report of two folders that were scored."""
        from seldkit.events import source_events
        from seldkit.metrics.clip_scores import clip_scores
        from seldkit.metrics.folder_evaluation import annotations_of_folders, files_by_name
        from seldkit.metrics.taxonomy import taxonomy
        from seldkit.render.report import ClipLine, write_evaluation_report

        truth, found = annotations_of_folders(reference, predictions, protocol)
        names, recordings = sorted(files_by_name(reference)), self._recordings()
        lines = []
        for clip in clip_scores(names, truth, found, protocol)[:MOST_CLIPS]:
            source, place = recordings.get(clip.name), names.index(clip.name)
            line = ClipLine(
                *(clip.name, clip.references, clip.predictions, clip.hits, clip.f_score),
                media=source,
                moving=source is not None and _moves(source),
                seconds=max(truth[place].seconds, found[place].seconds),
                truth=source_events(truth[place]),
                found=source_events(found[place]),
            )
            lines.append(line)
        write_evaluation_report(
            self.output,
            result.to_dict(),
            taxonomy(truth, found, protocol).to_dict(),
            lines,
            title=f"{predictions.name} against {reference.name}: {protocol}, {average} average",
            number=number,
        )

    def _recordings(self) -> dict[str, Path]:
        """Sound and video files by the name that their annotations have; of two, the video."""
        if self.media is None:
            return {}
        if not self.media.is_dir():
            raise SeldkitError(f"{self.media}: expected a folder of sound or video files, found none")
        files = sorted((path for path, _ in find_media([self.media])), key=_moves)
        return {path.stem: path for path in files}


def _moves(path: Path) -> bool:
    """Whether a file's name is a video's."""
    return path.suffix.lower() in (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
