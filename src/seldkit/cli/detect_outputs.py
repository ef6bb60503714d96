"""What detect draws of a scene: a timeline picture, an annotated video, a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seldkit.cli.batch import ANNOTATED, seconds_bar

if TYPE_CHECKING:
    from seldkit.annotations import Annotations
    from seldkit.detection import Scene


@dataclass(frozen=True)
class Drawing:
    """Which pictures are wanted, and how; see `seldkit.render.render_video`."""

    plot: bool = False
    render: bool = False
    fan: bool = True
    timeline: bool = True
    field_of_view: float | None = None
    report: bool = False

    @property
    def suffixes(self) -> dict[str, str]:
        """Of the files that are wanted, by their kind."""
        wanted = {
            "plot": (self.plot, ".png"),
            "render": (self.render, ANNOTATED),
            "report": (self.report, ".html"),
        }
        return {kind: suffix for kind, (asked, suffix) in wanted.items() if asked}

    def draw(self, scene: Scene, kind: str, path: Path, truth: Annotations | None) -> None:
        """Draw one of them; what was changed in a video is said."""
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
        for note in rendering.notes:
            if note not in scene.notes:
                typer.echo(f"{path.name}: {note}", err=True)
