"""seldkit synthesize: labelled audio-visual scenes."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from seldkit.cli.batch import counted, pixels, plain, report
from seldkit.cli.class_options import Classes, vocabulary_of


def synthesize(
    output: Annotated[Path, typer.Option(help="Folder of the data set; what is there already is kept.")],
    clips: Annotated[int, typer.Option(min=1, help="How many scenes.")] = 100,
    sounds: Annotated[
        Path | None, typer.Option(help="One folder of dry sounds a class. Default: procedural sounds.")
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(help="What --sounds holds instead: fsd50k, esc50, or a mapping file of your own."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Cut-outs by class, person, distractor, panoramas. Default: drawings.")
    ] = None,
    split: Annotated[
        Literal["train", "test"] | None,
        typer.Option(
            help="Scenes of one side: no sound, picture or room is on both. Default: all, to train."
        ),
    ] = None,
    responses: Annotated[
        list[Path] | None,
        typer.Option(help="SOFA file of a measured room instead of simulated ones. May be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.5, max=3600, help="Length of each scene.")] = 5.0,
    layout: Annotated[
        Literal["stereo", "foa"],
        typer.Option(help="stereo: DCASE 2025, perspective; foa: STARSS23, 360°."),
    ] = "stereo",
    receiver: Annotated[
        str, typer.Option(help="coincident (as DCASE 2025 has stereo), xy, ortf, spaced, phone, head.")
    ] = "coincident",
    video: Annotated[bool, typer.Option("--video/--no-video", help="Pictures, or sound alone.")] = True,
    size: Annotated[
        str | None, typer.Option(help="Of the pictures. Default: 640x360, of 360° 1920x960.")
    ] = None,
    balance: Annotated[
        float, typer.Option(min=0, max=1, help="Classes as often as in reality (0) to all alike (1).")
    ] = 0.7,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Processes.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Ray cluster, or auto, instead of own processes.")
    ] = None,
    scene: Annotated[
        list[Path] | None, typer.Option(help="Render this scene's description again, instead of drawing.")
    ] = None,
    classes: Classes = None,
) -> None:
    """Make audio-visual scenes with exact labels, from one seed; a run that was stopped goes on."""
    from seldkit.geometry import Camera
    from seldkit.registry import nearest
    from seldkit.synthesis import RECEIVERS
    from seldkit.synthesis.dataset_writer import SynthesisSettings, render_description
    from seldkit.synthesis.dataset_writer import synthesize as write

    if receiver not in RECEIVERS or receiver == "foa":
        stereo = [name for name in RECEIVERS.names() if name != "foa"]
        raise typer.BadParameter(f"--receiver {receiver}: {nearest(receiver, stereo)}")
    width, height = pixels(size or ("640x360" if layout == "stereo" else "1920x960"))
    try:
        settings = SynthesisSettings(
            sounds=sounds,
            mapping=mapping,
            images=images,
            split=split,
            responses=tuple(responses or ()),
            seed=seed,
            seconds=seconds,
            layout=layout,
            receiver=receiver,
            video=video,
            camera=Camera(width, height) if layout == "stereo" else Camera(),
            frame_size=(1920, 960) if layout == "stereo" else (width, height),
            balance=balance,
            classes=vocabulary_of(classes),
        )
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    if scene:
        for path in scene:
            typer.echo(f"{path}: {plain(render_description(path, settings, output).audio)}", err=True)
        return
    with counted("scenes") as progress:
        done = write(settings, output, clips, workers, cluster, progress)
    typer.echo(f"{done.made} scenes made, {done.kept} kept: {plain(output)}", err=True)
    report(done.failures)
