"""seldkit stereo: recordings of FOA sound and 360° pictures as stereo and perspective clips."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from seldkit.cli.batch import counted, pixels, plain, report


def stereo(
    source: Annotated[
        Path, typer.Argument(help="STARSS23, or a folder of FOA sound, 360° videos and labels of one name.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for stereo_dev, video_dev and metadata_dev.")],
    clips: Annotated[int, typer.Option(min=1, help="How many clips.")],
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the draws. Default: 0; with --official, the data set's own.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of each clip.")] = 5.0,
    view: Annotated[float, typer.Option(help="Width of the picture in degrees.")] = 100.0,
    size: Annotated[str, typer.Option(help="Width and height of the picture in pixels.")] = "640x360",
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Processes.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Ray cluster, or auto, instead of own processes.")
    ] = None,
    official: Annotated[
        bool, typer.Option("--official", help="The clips and labels of the DCASE 2025 generator, exactly.")
    ] = False,
    units: Annotated[
        Literal["m", "cm"] | None, typer.Option(help="Of the distances. Default: told by their values.")
    ] = None,
    no_video: Annotated[bool, typer.Option("--no-video", help="Convert the sound alone.")] = False,
) -> None:
    """Cut clips at random from recordings in all directions, as the DCASE 2025 stereo data set was made.

    A conversion that was stopped goes on. One seed gives the same clips whatever the number of processes.
    """
    from seldkit.conversion import ConversionSettings, convert, open_source
    from seldkit.geometry import Camera

    width, height = pixels(size)
    try:
        settings = ConversionSettings(seconds, Camera(width, height, view), not no_video, official, seed)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    found = open_source(source, not no_video, units, official)
    for note in (f"{len(found.recordings)} recordings", *found.notes):
        typer.echo(plain(note), err=True)
    with counted("clips") as progress:
        done = convert(found, output, clips, settings, workers, cluster, progress)
    if done.clipped:
        typer.echo(f"{done.clipped} draws were passed over: their sound exceeds full scale", err=True)
    typer.echo(f"{len(done.clips)} clips are in {plain(output)}", err=True)
    report((*found.failures, *done.failures))
