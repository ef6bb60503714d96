"""seldkit synthesize: synthesizes labelled audio-visual scenes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seldkit.cli.batch import counted, parse_size, plain, report
from seldkit.cli.class_options import Classes, vocabulary_of

if TYPE_CHECKING:
    from seldkit.geometry import Camera
    from seldkit.synthesis.dataset_writer import SynthesisSettings


def synthesize(
    output: Annotated[Path, typer.Option(help="Folder of the dataset. Existing scenes are kept.")],
    clips: Annotated[int, typer.Option(min=1, help="Number of scenes.")] = 100,
    sounds: Annotated[
        Path | None,
        typer.Option(
            help="Folder with one folder of dry recordings (without reverberation) per class. Default: "
            "generated sounds."
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            help="If --sounds is a public collection: its name (fsd50k, esc50, audioset), or a YAML file "
            "that maps the labels of the collection to classes."
        ),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(
            help="Folder with one folder of cut-out images per class and the folders person, distractor and "
            "panoramas. Default: generated drawings."
        ),
    ] = None,
    split: Annotated[
        Literal["train", "test"] | None,
        typer.Option(
            help="Use only the sounds, images and rooms of this split; no recording is in both splits. "
            "Default: use all for training scenes."
        ),
    ] = None,
    responses: Annotated[
        list[Path] | None,
        typer.Option(help="SOFA file of a measured room, instead of simulated rooms. Repeat it for several."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed. The same seed gives identical scenes.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.5, max=3600, help="Length of each scene in seconds.")] = 5.0,
    layout: Annotated[
        Literal["stereo", "foa"],
        typer.Option(
            help="stereo: stereo audio and perspective video (DCASE 2025); foa: first-order ambisonics and "
            "360° video (STARSS23)."
        ),
    ] = "stereo",
    receiver: Annotated[
        str,
        typer.Option(help="Stereo receiver: coincident (as in DCASE 2025), xy, ortf, spaced, phone, head."),
    ] = "coincident",
    video: Annotated[bool, typer.Option("--video/--no-video", help="Whether to synthesize video.")] = True,
    size: Annotated[
        str | None,
        typer.Option(
            help="Width and height of the video in pixels. Default: 640x360, for 360° video 1920x960."
        ),
    ] = None,
    balance: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Frequency of the classes, from 0 (as in real recordings) to 1 (all equal)."
        ),
    ] = 0.7,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Number of processes.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(help="Ray cluster to use instead of local processes: its address, 'auto' or 'local'."),
    ] = None,
    scene: Annotated[
        list[Path] | None,
        typer.Option(
            help="Render the scene of this description file (scenes/*.json) again, instead of new random "
            "scenes. Repeat it for several."
        ),
    ] = None,
    classes: Classes = None,
) -> None:
    """Synthesize audio-visual scenes with exact labels.

    Run the command again to resume an interrupted run.
    """
    from seldkit.synthesis.dataset_writer import SynthesisSettings

    _check_receiver(receiver)
    camera, frame_size = _image_sizes(layout, size)
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
            camera=camera,
            frame_size=frame_size,
            balance=balance,
            classes=vocabulary_of(classes),
        )
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    if scene:
        render_again(scene, settings, output)
    else:
        run_synthesis(settings, output, clips, workers, cluster)


def run_synthesis(
    settings: "SynthesisSettings", output: Path, clips: int, workers: int, cluster: str | None
) -> None:
    """Synthesizes scenes and prints what was done.

    Args:
        settings: Settings of the scenes.
        output: Folder of the dataset.
        clips: Number of scenes.
        workers: Number of processes.
        cluster: Ray cluster to use instead of local processes.

    Raises:
        Exit: At least one scene failed (status 1).
    """
    from seldkit.synthesis.dataset_writer import synthesize as write

    with counted("scenes") as progress:
        result = write(settings, output, clips, workers, cluster, progress)
    typer.echo(f"{result.made} scenes synthesized, {result.kept} kept: {plain(output)}", err=True)
    report(result.failures)


def render_again(descriptions: list[Path], settings: "SynthesisSettings", output: Path) -> None:
    """Renders scenes again from their descriptions.

    Args:
        descriptions: Description files.
        settings: Settings of the scenes.
        output: Folder of the dataset.
    """
    from seldkit.synthesis.dataset_writer import render_description

    for path in descriptions:
        typer.echo(f"{path}: {plain(render_description(path, settings, output).audio)}", err=True)


def _check_receiver(receiver: str) -> None:
    from seldkit.registry import nearest
    from seldkit.synthesis import RECEIVERS

    if receiver not in RECEIVERS or receiver == "foa":
        stereo = [name for name in RECEIVERS.names() if name != "foa"]
        raise typer.BadParameter(f"--receiver {receiver}: {nearest(receiver, stereo)}")


def _image_sizes(layout: str, size: str | None) -> tuple["Camera", tuple[int, int]]:
    """The camera of perspective video and the size of 360° video."""
    from seldkit.geometry import Camera

    width, height = parse_size(size or ("640x360" if layout == "stereo" else "1920x960"))
    if layout == "stereo":
        return Camera(width, height), (1920, 960)
    return Camera(), (width, height)
