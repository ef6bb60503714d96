"""Lines of JSON on standard output."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seldkit.cli.batch import plain, seconds_bar

if TYPE_CHECKING:
    from seldkit.annotations import Event
    from seldkit.channels import ChannelLayout
    from seldkit.detection import Detector
    from seldkit.detection.refiner import Refiner


def write_line(line: str) -> bool:
    """Prints a line without buffering.

    Args:
        line: The line without line break.

    Returns:
        False if the reader has closed the pipe; later output is then discarded.
    """
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Otherwise Python reports an error when it flushes the rest at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def print_events(
    detector: "Detector",
    path: Path,
    *,
    layout: "ChannelLayout | None",
    refiner: "Refiner | None",
    field_of_view: float | None = None,
    pair: tuple[int, int] | None = None,
    video: Path | None = None,
) -> None:
    """Prints each event of a file as soon as it ends, and the notes to standard error.

    Args:
        detector: The detector.
        path: The media file.
        layout: Channel layout of the audio, if the file does not declare it.
        refiner: The refiner; None for no refinement.
        field_of_view: Horizontal field of view of the video in degrees; None if it is not stated.
        pair: Numbers of the left and the right mono audio track; None for the default.
        video: File with the video frames; None for the media file.

    Raises:
        SystemExit: The reader has closed the pipe (status 0).
    """
    from seldkit.formats import event_line
    from seldkit.media import probe

    def print_event(event: "Event") -> None:
        if not write_line(event_line(event, source=str(path))):
            raise SystemExit(0)

    with seconds_bar(path.name, probe(path).duration) as progress:
        scene = detector.detect(
            path,
            layout=layout,
            progress=progress,
            refine=refiner or False,
            field_of_view=field_of_view,
            pair=pair,
            video=video,
            on_event=print_event,
        )
    for note in scene.notes:
        typer.echo(f"{plain(path)}: note: {note}", err=True)
