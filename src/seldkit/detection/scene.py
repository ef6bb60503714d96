"""What was found in one recording."""

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
    event_format_of,
    holds_events,
    write_annotations,
    write_events,
)
from seldkit.visual_sources import VisualSources

if TYPE_CHECKING:
    from seldkit.render import Auralization, Rendering
    from seldkit.render.listening import RenderMode


@dataclass(frozen=True)
class Scene:
    """The sound events of one recording.

    annotations: the frame table, one row for each source in each 100 ms frame.
    events: the same, joined over time.
    source: the file that was heard, or None.
    recording: how the source was recorded: the channel layout of its audio.
    notes: what a reader should know about the recording (lost sound, a direction that cannot be told).
    effects: of visual refinement, what each rule did; empty where the scene was not refined.
    """

    annotations: Annotations
    events: tuple[Event, ...]
    source: Path | None = None
    notes: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    recording: Recording = field(default_factory=Recording)

    def save(self, path: str | Path, format: str | None = None) -> Path:
        """Write the scene; the format is told by the suffix unless named.

        .csv is DCASE 2025 and .json all there is; `formats.EVENT_FORMATS` lists those of the events alone
        (.vtt, .srt, .eaf, .TextGrid …). Raises FormatError for another suffix.
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
        """Draw azimuth, distance and class over time, the truth behind where given (.png, .svg, .pdf).

        The source's spectrogram and level difference lie beneath, if it is still there.
        foa: deprecated; `recording` has the channel layout.
        """
        from seldkit.render import plot_timeline

        return plot_timeline(
            self.events,
            path,
            seconds=self.annotations.seconds,
            truth=() if truth is None else source_events(truth),
            title="" if self.source is None else self.source.name,
            sound=self.source if self.source is not None and self.source.is_file() else None,
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
        """Draw the events on the source's pictures, with its sound (.mp4, .mov, .mkv).

        Where refinement found an event's cause in the picture, the cause is marked.
        See `seldkit.render.render_video` for the options. Raises MediaError, and SeldkitError for a wrong
        field of view or a scene without a source.
        """
        from seldkit.render import render_video

        if self.source is None:
            raise SeldkitError(f"{path}: expected the scene of a file to draw on, got one without a source")
        return render_video(
            self.events,
            self.source,
            path,
            causes=VisualSources.concatenate([effect.causes for effect in self.effects]),
            fan=fan,
            timeline=timeline,
            field_of_view=field_of_view,
            layout=self._layout(foa),
            progress=progress,
        )

    def report(
        self,
        path: str | Path,
        truth: Annotations | None = None,
        *,
        embed: bool | None = None,
        field_of_view: float | None = None,
    ) -> Path:
        """Write an HTML page with a player, a timeline, a view from above, a table and downloads.

        See `seldkit.render.write_report` for the options. Raises MediaError where the source is gone.
        """
        from seldkit.render import write_report

        return write_report(
            self.annotations,
            self.events,
            self.source,
            path,
            truth=() if truth is None else source_events(truth),
            notes=self.notes,
            embed=embed,
            field_of_view=field_of_view,
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
        """Render the events back from where they were found, beside the source's sound or one event's alone.

        See `seldkit.render.auralize` for the options and the kinds of files. Raises MediaError, and
        SeldkitError for an event to solo that is not there or a scene without a source.
        """
        from seldkit.render import auralize

        if self.source is None:
            raise SeldkitError(f"{path}: expected the scene of a file to listen to, got one without a source")
        return auralize(
            self.events,
            self.source,
            path,
            manner=manner,
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
    return "dcase2025" if suffix == ".csv" and not holds_events(path) else event_format_of(path)
