"""HTML report of `seldkit evaluate`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seldkit.cli.batch import find_media
from seldkit.errors import SeldkitError

if TYPE_CHECKING:
    from seldkit.metrics import Evaluation, PairedFolders

MAX_LISTED_CLIPS: Final = 20
VIDEO_SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")


@dataclass(frozen=True)
class EvaluationReport:
    """HTML report of an evaluation.

    Attributes:
        output: HTML file to write.
        media: Folder of recordings of the clips, or None.
    """

    output: Path
    media: Path | None

    def write(self, folders: "PairedFolders", result: "Evaluation", title: str) -> None:
        """Writes the report.

        Args:
            folders: Contents of both folders.
            result: Scores of the folders.
            title: Title of the page.

        Raises:
            SeldkitError: The folder of recordings does not exist.
        """
        from seldkit.events import source_events
        from seldkit.metrics.clip_scores import clip_scores
        from seldkit.metrics.taxonomy import taxonomy
        from seldkit.render.report import ClipRow, write_evaluation_report

        references, predictions = folders.annotations()
        protocol, recordings = folders.protocol.name, self._recordings()
        lines = []
        for clip in clip_scores(folders.names, references, predictions, protocol)[:MAX_LISTED_CLIPS]:
            recording, number = recordings.get(clip.name), folders.names.index(clip.name)
            line = ClipRow(
                *(clip.name, clip.references, clip.predictions, clip.hits, clip.f_score),
                media=recording,
                is_video=recording is not None and _is_video(recording),
                seconds=max(references[number].seconds, predictions[number].seconds),
                reference_events=source_events(references[number]),
                predicted_events=source_events(predictions[number]),
            )
            lines.append(line)
        write_evaluation_report(
            self.output,
            result.to_dict(),
            taxonomy(references, predictions, protocol).to_dict(),
            lines,
            title=title,
            score_format=lambda value, name: result.strict.definition(name).text(value),
            max_angle_deg=folders.protocol.rules.max_angle_deg,
            max_relative_distance=folders.protocol.rules.max_relative_distance,
        )

    def _recordings(self) -> dict[str, Path]:
        """Audio and video files by the name of their annotations; of two files of a name, the video."""
        if self.media is None:
            return {}
        if not self.media.is_dir():
            raise SeldkitError(f"{self.media}: expected a folder of audio or video files, found none")
        files = sorted((path for path, _ in find_media([self.media])), key=_is_video)
        return {path.stem: path for path in files}


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES
