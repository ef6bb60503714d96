"""Writing of the clips of one recording: audio, perspective video and labels."""

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

ClipOutcome = Literal["written", "clipped"]
"""Whether a clip was written, or skipped because its audio exceeds full scale."""

FOLDERS: Final = {".wav": "stereo_dev", ".mp4": "video_dev", ".csv": "metadata_dev"}
"""Folders of a clip's files by suffix."""


@dataclass(frozen=True)
class ClipSettings:
    """Settings of the clips.

    Attributes:
        frames: Duration in frames of 100 ms.
        camera: Size and field of view of the perspective video.
        video: Whether video is converted.
        official: Whether samples and labels are rounded as by the official generator.
    """

    frames: int = 50
    camera: Camera = DCASE2025_CAMERA
    video: bool = True
    official: bool = False

    @property
    def projection(self) -> Projection:
        """Projection that determines which sources are on-screen."""
        return "dcase2025" if self.official else "pinhole"


@dataclass(frozen=True)
class ClipGroup:
    """Neighbouring cuts of one recording, for which its video is decoded once.

    Attributes:
        recording: The recording.
        cuts: Cuts in the order of their start.
    """

    recording: SourceRecording
    cuts: tuple[Cut, ...]

    def __str__(self) -> str:
        return f"{self.recording.audio}: {len(self.cuts)} clips"


@dataclass(frozen=True)
class ClipTask:
    """Writes the clips of a group.

    Attributes:
        output: Folder of the clips.
        settings: Settings of the clips.
    """

    output: Path
    settings: ClipSettings

    def __call__(self, group: ClipGroup) -> tuple[ClipOutcome, ...]:
        """Writes the clips of a group, labels last. Complete clips are kept.

        Args:
            group: The group.

        Returns:
            Outcome of each cut.

        Raises:
            MediaError: The recording cannot be read. No incomplete clips remain.
            FormatError: The labels cannot be read. No incomplete clips remain.
        """
        missing = [cut for cut in group.cuts if not self.is_written(clip_name(group.recording, cut))]
        try:
            clipped = self._convert(group.recording, missing)
        except Exception:
            self._remove(group.recording, missing)
            raise
        return tuple("clipped" if cut in clipped else "written" for cut in group.cuts)

    def is_written(self, name: str) -> bool:
        """Returns whether all files of a clip exist.

        Args:
            name: Name of the clip.

        Returns:
            Whether they do.
        """
        suffixes = [suffix for suffix in FOLDERS if self.settings.video or suffix != ".mp4"]
        return all(self.path(name, suffix).exists() for suffix in suffixes)

    def path(self, name: str, suffix: str) -> Path:
        """Returns the path of a clip's file.

        Args:
            name: Name of the clip.
            suffix: A key of `FOLDERS`.

        Returns:
            The path.
        """
        return self.output / FOLDERS[suffix] / f"{name}{suffix}"

    def _convert(self, recording: SourceRecording, cuts: Sequence[Cut]) -> list[Cut]:
        """Writes missing files. Returns the cuts that exceed full scale and have none."""
        clipped = [cut for cut in cuts if not self._convert_audio(recording, cut)]
        usable = [cut for cut in cuts if cut not in clipped]
        if self.settings.video and usable:
            self._convert_video(recording, usable)
        if usable:
            self._convert_labels(recording, usable)
        return clipped

    def _convert_audio(self, recording: SourceRecording, cut: Cut) -> bool:
        """Writes the audio of a clip; False if it exceeds full scale."""
        output = self.path(clip_name(recording, cut), ".wav")
        if output.exists():
            return True
        stop, official = cut.start + self.settings.frames, self.settings.official
        return write_stereo_audio(recording.audio, cut.start, stop, cut.view, output, official)

    def _convert_video(self, recording: SourceRecording, cuts: Sequence[Cut]) -> None:
        from seldkit.conversion.perspective_video import PerspectiveClip, write_perspective_clips

        assert recording.video is not None
        camera, frames = self.settings.camera, self.settings.frames
        paths = {cut: self.path(clip_name(recording, cut), ".mp4") for cut in cuts}
        clips = [
            PerspectiveClip(cut.start, frames, cut.view, camera, path)
            for cut, path in paths.items()
            if not path.exists()
        ]
        if clips:
            write_perspective_clips(recording.video, clips)

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
    """Returns the folder and stem of a clip, as in the DCASE 2025 dataset.

    Args:
        recording: The recording.
        cut: A cut of the recording.

    Returns:
        The name.
    """
    return f"{recording.name}_deg{cut.view:03d}_start{cut.start:04d}"
