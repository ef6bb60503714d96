"""seldkit detect: the sound events of videos and sound files."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seldkit.cli.auralization_options import KIND, Auralize, AuralizeAs, Listening, Original, Solo
from seldkit.cli.batch import SAME_NAME_ERROR, console, find_media, for_each, is_folder, plain, seconds_bar
from seldkit.cli.class_options import Classes, vocabulary_of
from seldkit.cli.detect_outputs import Drawing
from seldkit.cli.json_lines import print_events
from seldkit.cli.model_options import Models, Weights
from seldkit.errors import SeldkitError

if TYPE_CHECKING:
    from seldkit.annotations import Annotations
    from seldkit.channels import ChannelLayout
    from seldkit.classes import ClassVocabulary
    from seldkit.detection import Detector, Scene
    from seldkit.detection.refiner import Refiner

DEFAULT_FORMATS = ("csv", "json")


def detect(
    inputs: Annotated[list[Path], typer.Argument(help="Videos, sound files, or folders of them.")],
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the results; - prints events as JSON lines as soon as they end."),
    ] = None,
    model: Models = None,
    weight: Weights = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            help="csv (DCASE 2025), json (all there is), events (a table), jsonl, vtt, srt, audacity, eaf "
            "(ELAN), textgrid (Praat) or rttm; may be given again. Default: csv and json."
        ),
    ] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw a timeline picture of each file.")] = False,
    render: Annotated[
        bool, typer.Option("--render", help="Draw the events on the pictures: an annotated video with sound.")
    ] = False,
    fan: Annotated[
        bool, typer.Option("--fan/--no-fan", help="With --render: a view from above beneath the picture.")
    ] = True,
    timeline: Annotated[
        bool,
        typer.Option("--timeline/--no-timeline", help="With --render: a timeline that rolls by."),
    ] = True,
    report: Annotated[
        bool,
        typer.Option("--report", help="Write an HTML page: player, timeline, view from above, table."),
    ] = False,
    auralize: Auralize = None,
    auralize_as: AuralizeAs = None,
    original: Original = None,
    solo: Solo = None,
    truth: Annotated[
        Path | None,
        typer.Option(help="Reference annotations to show beside: a file, or a folder paired by file name."),
    ] = None,
    classes: Classes = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.01, max=1.0, help="Activity threshold instead of the model's own.")
    ] = None,
    foa: Annotated[
        bool, typer.Option("--foa", help="Four channels are first-order ambisonics, in ACN order.")
    ] = False,
    refine: Annotated[
        bool, typer.Option("--refine", help="Correct azimuths and on-screen flags by what is seen.")
    ] = False,
    rule: Annotated[
        list[str] | None,
        typer.Option(help="With --refine: switch a class's rule, as in knock=on or 'male speech=off'."),
    ] = None,
    field_of_view: Annotated[
        float | None,
        typer.Option(
            help="With --refine, --render or --report: degrees across the picture; 360: panorama. "
            "Default: 100 of the longer side."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Pass over files whose results are all there.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, …")] = "auto",
) -> None:
    """Find the sound events of videos: what, when, where, how far, and whether it is in the picture."""
    formats, switched = _formats(format), _switched(rule)
    if (switched and not refine) or (field_of_view is not None and not (refine or render or report)):
        raise typer.BadParameter(
            "--rule and --field-of-view speak of --refine (the latter of --render and --report too), which "
            "is not given"
        )
    drawing = Drawing(plot, render, fan, timeline, field_of_view, report)
    printing = _is_printing(output, format, bool(drawing.suffixes or auralize or truth or resume))
    listening = Listening.of(auralize, auralize_as, original, solo)
    files = dict(find_media(inputs))
    writing = not printing and (output is not None or format is not None or bool(drawing.suffixes))
    results = _result_paths(files, output or Path(), formats | drawing.suffixes) if writing else {}
    listening.join(results, files)
    todo = [path for path in files if not (resume and _all_exist(results.get(path, {})))]
    if len(todo) < len(files):
        typer.echo(f"{len(files) - len(todo)} of {len(files)} files are done already", err=True)
    if not todo:
        return

    from seldkit.channels import FOA
    from seldkit.detection import load

    layout = FOA if foa else None
    vocabulary = _reference_classes(classes, truth)
    refiner = _refiner(switched, field_of_view) if refine else None
    detector = load(model or "default", weights=weight, device=device, threshold=threshold)

    def work(path: Path) -> None:
        if is_folder(path):
            raise SeldkitError(f"{path}: expected a folder with sound or video files, found none")
        scene = _detect_one(detector, path, layout, refiner)
        reference = None if truth is None else _read_truth(truth, path, scene, vocabulary)
        _show(scene, reference)
        for kind, target in results.get(path, {}).items():
            target.parent.mkdir(parents=True, exist_ok=True)
            if kind == KIND:
                listening.write(scene, target)
            elif kind in drawing.suffixes:
                drawing.draw(scene, kind, target, reference)
            else:
                _save(scene, kind, target, output or Path())

    for_each(todo, partial(print_events, detector, layout=layout, refiner=refiner) if printing else work)
    if writing:
        typer.echo(f"results are in {output or Path.cwd()}", err=True)


def _is_printing(output: Path | None, format: list[str] | None, more: bool) -> bool:
    """Whether lines go to standard output, which has no room for more."""
    printing = str(output) == "-"
    if printing and (more or set(format or ["jsonl"]) != {"jsonl"}):
        raise typer.BadParameter("--output - prints JSON lines and nothing else; give a folder for the rest")
    return printing


def _formats(asked: list[str] | None) -> dict[str, str]:
    """The formats with their suffixes."""
    from seldkit.formats import EVENT_FORMATS

    suffixes = {name: f".{name}" for name in DEFAULT_FORMATS}
    suffixes |= {name: EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names()}
    unknown = [name for name in asked or [] if name not in suffixes]
    if unknown:
        raise typer.BadParameter(f"unknown format '{unknown[0]}'; known are: {', '.join(suffixes)}")
    return {name: suffixes[name] for name in asked or DEFAULT_FORMATS}


def _result_paths(
    files: dict[Path, Path], output: Path, suffixes: dict[str, str]
) -> dict[Path, dict[str, Path]]:
    """What is written for each file, by kind: <stem><suffix>, or <name><suffix> where two share a stem."""
    times = Counter(files.values())
    results: dict[Path, dict[str, Path]] = {}
    for path, stem in files.items():
        unique = stem if times[stem] == 1 else stem.with_name(path.name)
        results[path] = {
            kind: output / unique.with_name(unique.name + suffix) for kind, suffix in suffixes.items()
        }
    targets = Counter(target for group in results.values() for target in group.values())
    target, count = targets.most_common(1)[0]
    if count > 1:
        raise SeldkitError(f"{target}: {SAME_NAME_ERROR}")
    return results


def _all_exist(targets: dict[str, Path]) -> bool:
    return bool(targets) and all(target.exists() for target in targets.values())


def _switched(rules: list[str] | None) -> dict[str, bool]:
    """Rules by the name of their class, on or off."""
    switched = {}
    for text in rules or []:
        name, _, state = text.rpartition("=")
        if not name or state not in ("on", "off"):
            raise typer.BadParameter(f"expected a rule as in knock=on or knock=off, got '{text}'")
        switched[name.strip()] = state == "on"
    return switched


def _refiner(switched: dict[str, bool], field_of_view: float | None) -> "Refiner":
    from seldkit.detection.refinement import select_rules
    from seldkit.detection.refiner import Refiner

    refiner = Refiner(select_rules(switched), field_of_view)
    served = [rule.class_name for rule in refiner.rules]
    for name in switched:
        if switched[name] and name not in served:
            raise SeldkitError(
                f"--rule {name}=on: no visual detector is available for class '{name}'; rules in use: {', '.join(served) or 'none'}"
            )
    return refiner


def _detect_one(
    detector: "Detector", path: Path, layout: "ChannelLayout | None", refiner: "Refiner | None"
) -> "Scene":
    from seldkit.media import probe

    with seconds_bar(path.name, probe(path).duration) as progress:
        return detector.detect(path, layout=layout, progress=progress, refine=refiner or False)


def _read_truth(truth: Path, media: Path, scene: "Scene", classes: "ClassVocabulary | None") -> "Annotations":
    from seldkit.formats import read_annotations

    path = truth / f"{media.stem}.csv" if truth.is_dir() else truth
    return read_annotations(path, frames=scene.annotations.frame_count, classes=classes)


def _save(scene: "Scene", kind: str, target: Path, output: Path) -> None:
    from seldkit.classes import store_vocabulary

    scene.save(target, "dcase2025" if kind == "csv" else kind)
    if kind == "csv":
        for folder in (output, target.parent):
            store_vocabulary(folder, scene.annotations.classes)


def _reference_classes(classes: str | None, truth: Path | None) -> "ClassVocabulary | None":
    if classes is not None and truth is None:
        raise typer.BadParameter("--classes requires --truth: it names the classes of the reference")
    return vocabulary_of(classes)


def _show(scene: "Scene", truth: "Annotations | None") -> None:
    from seldkit.cli.event_tables import effects_table, events_table, truth_line
    from seldkit.events import source_events

    screen = console()
    references = () if truth is None else source_events(truth)
    count = (
        "no event"
        if not scene.events
        else "1 event"
        if len(scene.events) == 1
        else f"{len(scene.events)} events"
    )
    screen.print(f"[bold]{plain(scene.source)}[/bold]  {scene.annotations.seconds:.1f} s, {count}")
    for note in scene.notes:
        screen.print(f"  note: {plain(note)}")
    if scene.events or references:
        screen.print(events_table(scene.events, references))
    if any(effect.rows for effect in scene.effects):
        screen.print(effects_table(scene.effects))
    if truth is not None:
        screen.print(truth_line(truth, scene.annotations))
