"""Scene: the result of detection for one recording."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from seldkit.annotations import Annotations, Event
from seldkit.channels import FOA, ChannelLayout, Recording
from seldkit.detection.refinement import Effect
from seldkit.errors import SeldkitError
from seldkit.events import source_events
from seldkit.formats import (
    EVENT_FORMATS,
    detect_event_format,
    is_event_file,
    write_annotations,
    write_events,
)
from seldkit.visual_sources import VisualSources

if TYPE_CHECKING:
    from seldkit.render import Auralization, Rendering
    from seldkit.render.auralization import RenderMode


@dataclass(frozen=True)
class Scene:
    """The sound events of one recording.

    Attributes:
        annotations: Frame table: one row for each active source in each frame of 100 ms.
        events: Sound events: rows of the same source, joined over time.
        source: The file; None if the audio did not come from a file.
        notes: Remarks about the recording, one line each, for example lost audio or an unknown direction.
        effects: Changes by each rule of `Detector.detect(refine=…)`; empty without refinement.
        recording: Channel layout of the audio.
    """

    annotations: Annotations
    events: tuple[Event, ...]
    source: Path | None = None
    notes: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    recording: Recording = field(default_factory=Recording)

    def save(self, path: str | Path, format: str | None = None) -> Path:
        """Writes the scene to a file.

        Args:
            path: The file. Without `format`, its suffix selects the format: .csv (DCASE 2025), .json
                (everything), or one of `formats.EVENT_FORMATS` (.vtt, .srt, .eaf, .TextGrid and so on).
            format: Name of the format.

        Returns:
            The path.

        Raises:
            FormatError: The suffix or the format is unknown.
        """
        path = Path(path)
        format = format or _format_of(path)
        if format == "json":
            more = {"refinement": [effect.to_dict() for effect in self.effects]} if self.effects else {}
            write_annotations(
                self.annotations, path, format="json", events=self.events, notes=self.notes, **more
            )
        elif format in EVENT_FORMATS:
            write_events(self.events, path, format, source=self.source, seconds=self.annotations.seconds)
        else:
            write_annotations(self.annotations, path, format=format)
        return path

    def plot(self, path: str | Path, truth: Annotations | None = None, *, foa: bool | None = None) -> Path:
        """Plots azimuth, distance and class over time, and the spectrogram and level difference below.

        Args:
            path: An image file (.png, .svg, .pdf).
            truth: Ground truth, drawn behind the events.
            foa: Deprecated; `recording` has the channel layout.

        Returns:
            The path.
        """
        from seldkit.render import plot_timeline

        return plot_timeline(
            self.events,
            path,
            seconds=self.annotations.seconds,
            reference=() if truth is None else source_events(truth),
            title="" if self.source is None else self.source.name,
            audio=self.source if self.source is not None and self.source.is_file() else None,
            layout=self._layout(foa),
        )

    def render(
        self,
        path: str | Path,
        *,
        fan: bool = True,
        timeline: bool = True,
        field_of_view: float | None = None,
        foa: bool | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Rendering:
        """Writes a video with the events drawn on the video frames of the source, with its audio.

        Visual sources that the refinement found are marked. See `seldkit.render.render_video`.

        Args:
            path: A video file (.mp4, .mov, .mkv).
            fan: Whether to draw the view from above.
            timeline: Whether to draw the timeline.
            field_of_view: Horizontal field of view in degrees; None: as declared by the
                file, else 100 degrees along the longer side.
            foa: Deprecated; `recording` has the channel layout.
            progress: Called with the length of the written video in seconds.

        Returns:
            What was written.

        Raises:
            MediaError: The source cannot be read or the video cannot be written.
            SeldkitError: The field of view is out of range, or the scene has no source.
        """
        from seldkit.render import render_video

        if self.source is None:
            raise SeldkitError(f"{path}: expected the scene of a file, got a scene without a source")
        return render_video(
            self.events,
            self.source,
            path,
            visual_sources=VisualSources.concatenate([effect.causes for effect in self.effects]),
            top_view=fan,
            timeline=timeline,
            field_of_view=self._field_of_view(field_of_view),
            layout=self._layout(foa),
            progress=progress,
        )

    def _field_of_view(self, stated: float | None) -> float | None:
        return self.recording.field_of_view if stated is None else stated

    def report(
        self,
        path: str | Path,
        truth: Annotations | None = None,
        *,
        embed: bool | None = None,
        field_of_view: float | None = None,
    ) -> Path:
        """Writes an HTML page with a player, a timeline, a view from above, a table and downloads.

        See `seldkit.render.write_report`.

        Args:
            path: An HTML file.
            truth: Ground truth, shown beside the events.
            embed: Whether the page contains the recording; None to decide by its size.
            field_of_view: Horizontal field of view in degrees; None: as declared by the
                file, else 100 degrees along the longer side.

        Returns:
            The path.

        Raises:
            MediaError: The source is missing.
        """
        from seldkit.render import write_report

        return write_report(
            self.annotations,
            self.events,
            self.source,
            path,
            reference=() if truth is None else source_events(truth),
            notes=self.notes,
            embed=embed,
            field_of_view=self._field_of_view(field_of_view),
        )

    def auralize(
        self,
        path: str | Path,
        *,
        manner: RenderMode | None = "noise",
        original: float = -6.0,
        solo: Sequence[int | str] = (),
        foa: bool | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Auralization:
        """Renders the events from their predicted directions, for listening checks.

        See `seldkit.render.auralize`.

        Args:
            path: An audio or video file.
            manner: What stands for the events; None renders nothing, for `solo`.
            original: Level of the original audio in dB, at most 0.
            solo: Numbers or class names of the events of which only the audio is kept; empty for all audio.
            foa: Deprecated; `recording` has the channel layout.
            progress: Called with the length of the processed audio in seconds.

        Returns:
            What was written.

        Raises:
            MediaError: The source cannot be read or the file cannot be written.
            SeldkitError: An event of `solo` does not exist, or the scene has no source.
        """
        from seldkit.render import auralize

        if self.source is None:
            raise SeldkitError(f"{path}: expected the scene of a file, got a scene without a source")
        return auralize(
            self.events,
            self.source,
            path,
            mode=manner,
            original=original,
            solo=solo,
            layout=self._layout(foa),
            progress=progress,
        )

    def _layout(self, foa: bool | None) -> ChannelLayout:
        if foa is None:
            return self.recording.layout
        warnings.warn(
            "foa= is deprecated: the scene has the channel layout; pass layout= to detect()",
            DeprecationWarning,
            stacklevel=3,
        )
        return FOA if foa else self.recording.layout


def _format_of(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix == ".json":
        return "json"
    return "dcase2025" if suffix == ".csv" and not is_event_file(path) else detect_event_format(path)
