"""Outputs of detect besides annotations: timeline plot, annotated video and report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seldkit.cli.batch import ANNOTATED_VIDEO_ENDING, print_new_notes, seconds_bar

if TYPE_CHECKING:
    from seldkit.annotations import Annotations
    from seldkit.detection import Scene


@dataclass(frozen=True)
class DrawingOptions:
    """Options for drawings of a scene, see `seldkit.render`.

    Attributes:
        plot: Whether to plot a timeline.
        render: Whether to write an annotated video.
        fan: Whether the video has a view from above.
        timeline: Whether the video has a timeline.
        field_of_view: Horizontal field of view in degrees; None for 100 degrees along the longer side.
        report: Whether to write an HTML report.
    """

    plot: bool = False
    render: bool = False
    fan: bool = True
    timeline: bool = True
    field_of_view: float | None = None
    report: bool = False

    @property
    def suffixes(self) -> dict[str, str]:
        """Suffixes of the requested files by kind."""
        kinds = {
            "plot": (self.plot, ".png"),
            "render": (self.render, ANNOTATED_VIDEO_ENDING),
            "report": (self.report, ".html"),
        }
        return {kind: suffix for kind, (requested, suffix) in kinds.items() if requested}

    def draw(self, scene: Scene, kind: str, path: Path, truth: Annotations | None) -> None:
        """Writes one drawing and prints its notes.

        Args:
            scene: The scene.
            kind: A key of `suffixes`.
            path: The file to write.
            truth: Ground truth, shown beside the events.
        """
        if kind == "plot":
            scene.plot(path, truth=truth)
            return
        if kind == "report":
            scene.report(path, truth=truth, field_of_view=self.field_of_view)
            return
        with seconds_bar(path.name, scene.annotations.seconds) as progress:
            rendering = scene.render(
                path,
                fan=self.fan,
                timeline=self.timeline,
                field_of_view=self.field_of_view,
                progress=progress,
            )
        print_new_notes(path, rendering.notes, scene.notes)
