"""seldkit stereo: converts FOA audio and 360° video to stereo audio and perspective video."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from seldkit.cli.batch import counted, parse_size, plain, report


def stereo(
    source: Annotated[
        Path,
        typer.Argument(
            help="STARSS23, or a folder with FOA audio, 360° videos and labels of the same names."
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder to write stereo_dev, video_dev and metadata_dev to.")],
    clips: Annotated[int, typer.Option(min=1, help="Number of clips.")],
    seed: Annotated[
        int | None, typer.Option(min=0, help="Random seed. Default: 0; with --official that of the dataset.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of each clip in seconds.")] = 5.0,
    view: Annotated[float, typer.Option(help="Horizontal field of view in degrees.")] = 100.0,
    size: Annotated[str, typer.Option(help="Width and height of the video in pixels.")] = "640x360",
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Number of processes.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(help="Ray cluster to use instead of local processes: its address, 'auto' or 'local'."),
    ] = None,
    official: Annotated[
        bool,
        typer.Option("--official", help="Create exactly the clips and labels of the DCASE 2025 generator."),
    ] = False,
    units: Annotated[
        Literal["m", "cm"] | None,
        typer.Option(help="Unit of the distances in the labels. Default: recognized by their values."),
    ] = None,
    no_video: Annotated[bool, typer.Option("--no-video", help="Convert the audio only.")] = False,
) -> None:
    """Convert random clips with random view directions, as in the DCASE 2025 stereo dataset.

    Run the command again to resume an interrupted run. The clips do not depend on the number of processes.
    """
    from seldkit.conversion import ConversionSettings, convert, open_source
    from seldkit.geometry import Camera

    width, height = parse_size(size)
    try:
        settings = ConversionSettings(seconds, Camera(width, height, view), not no_video, official, seed)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    recordings = open_source(source, not no_video, units, official)
    for note in (f"{len(recordings.recordings)} recordings", *recordings.notes):
        typer.echo(plain(note), err=True)
    with counted("clips") as progress:
        result = convert(recordings, output, clips, settings, workers, cluster, progress)
    if result.clipped:
        typer.echo(f"{result.clipped} clips were skipped because their audio exceeds full scale", err=True)
    typer.echo(f"{len(result.clips)} clips are in {plain(output)}", err=True)
    report((*recordings.failures, *result.failures))
