"""One recording's clips, written: sound, perspective video and labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from seldkit.conversion.sampling import Cut
from seldkit.conversion.source_recordings import SourceRecording
from seldkit.conversion.stereo_audio import write_stereo_audio
from seldkit.conversion.view_labels import labels_for_view, read_labels, truncate_labels
from seldkit.formats import write_annotations
from seldkit.geometry import DCASE2025_CAMERA, Camera, Projection

Outcome = Literal["written", "clipped"]

FOLDERS: Final = {".wav": "stereo_dev", ".mp4": "video_dev", ".csv": "metadata_dev"}
"""Where a clip's files go, by suffix."""


@dataclass(frozen=True)
class ClipSettings:
    """How clips are made. frames: length in frames of 100 ms. official: labels as the official generator."""

    frames: int = 50
    camera: Camera = DCASE2025_CAMERA
    video: bool = True
    official: bool = False

    @property
    def projection(self) -> Projection:
        """What tells which sources are in the picture."""
        return "dcase2025" if self.official else "pinhole"


@dataclass(frozen=True)
class ClipGroup:
    """Cuts of one recording that lie near each other, so that its video is decoded once for all of them."""

    recording: SourceRecording
    cuts: tuple[Cut, ...]

    def __str__(self) -> str:
        return f"{self.recording.audio}: {len(self.cuts)} clips"


@dataclass(frozen=True)
class ClipTask:
    """The work of one process: the clips of a piece to files below `output`."""

    output: Path
    settings: ClipSettings

    def __call__(self, piece: ClipGroup) -> tuple[Outcome, ...]:
        """Write the piece's clips, labels last; what lies there whole already is kept.

        Raises MediaError and FormatError; then no half of a clip that it began is left.
        """
        todo = [cut for cut in piece.cuts if not self.is_written(clip_name(piece.recording, cut))]
        try:
            loud = self._convert(piece.recording, todo)
        except Exception:
            self._remove(piece.recording, todo)
            raise
        return tuple("clipped" if cut in loud else "written" for cut in piece.cuts)

    def is_written(self, name: str) -> bool:
        """Whether all files of a clip are there."""
        suffixes = [suffix for suffix in FOLDERS if self.settings.video or suffix != ".mp4"]
        return all(self.path(name, suffix).exists() for suffix in suffixes)

    def path(self, name: str, suffix: str) -> Path:
        """Where a clip's file of one sort goes."""
        return self.output / FOLDERS[suffix] / f"{name}{suffix}"

    def _convert(self, recording: SourceRecording, cuts: Sequence[Cut]) -> list[Cut]:
        """Write the clips' files that are not there; gives the cuts that are too loud and have none."""
        loud = [cut for cut in cuts if not self._convert_sound(recording, cut)]
        kept = [cut for cut in cuts if cut not in loud]
        if self.settings.video and kept:
            self._convert_pictures(recording, kept)
        if kept:
            self._convert_labels(recording, kept)
        return loud

    def _convert_sound(self, recording: SourceRecording, cut: Cut) -> bool:
        """Write a clip's sound; False, and nothing written, where it is too loud."""
        output = self.path(clip_name(recording, cut), ".wav")
        if output.exists():
            return True
        stop, official = cut.start + self.settings.frames, self.settings.official
        return write_stereo_audio(recording.audio, cut.start, stop, cut.view, output, official)

    def _convert_pictures(self, recording: SourceRecording, cuts: Sequence[Cut]) -> None:
        from seldkit.conversion.perspective_video import PerspectiveClip, write_perspective_clips

        assert recording.video is not None
        camera, frames = self.settings.camera, self.settings.frames
        places = [(cut, self.path(clip_name(recording, cut), ".mp4")) for cut in cuts]
        shots = [
            PerspectiveClip(cut.start, frames, cut.view, camera, path)
            for cut, path in places
            if not path.exists()
        ]
        if shots:
            write_perspective_clips(recording.video, shots)

    def _convert_labels(self, recording: SourceRecording, cuts: Sequence[Cut]) -> None:
        settings = self.settings
        labels = read_labels(recording.metadata, recording.unit)
        labels = truncate_labels(labels) if settings.official else labels
        for cut in cuts:
            clip = labels_for_view(
                labels, cut.start, settings.frames, cut.view, settings.camera, settings.projection
            )
            write_annotations(clip, self.path(clip_name(recording, cut), ".csv"))

    def _remove(self, recording: SourceRecording, cuts: Sequence[Cut]) -> None:
        for cut in cuts:
            for suffix in FOLDERS:
                self.path(clip_name(recording, cut), suffix).unlink(missing_ok=True)


def clip_name(recording: SourceRecording, cut: Cut) -> str:
    """The folder and stem of a clip, as in the DCASE 2025 data set."""
    return f"{recording.name}_deg{cut.view:03d}_start{cut.start:04d}"
