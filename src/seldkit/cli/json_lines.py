"""Lines of JSON on standard output, one by one as they come."""

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
    """Print a line at once. False where nobody reads on; what is printed after that goes nowhere."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would else complain when it writes, at its end, what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def print_events(
    detector: "Detector", path: Path, *, layout: "ChannelLayout | None", refiner: "Refiner | None"
) -> None:
    """The events of a file, each as soon as it ends, with the file that it is from.

    Notes go to standard error. Ends the whole command where nobody reads the lines.
    """
    from seldkit.formats import event_line
    from seldkit.media import probe

    def tell(event: "Event") -> None:
        if not write_line(event_line(event, source=str(path))):
            raise SystemExit(0)

    with seconds_bar(path.name, probe(path).duration) as progress:
        scene = detector.detect(
            path, layout=layout, progress=progress, refine=refiner or False, on_event=tell
        )
    for note in scene.notes:
        typer.echo(f"{plain(path)}: note: {note}", err=True)
