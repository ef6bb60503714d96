"""seldkit detect: detects the sound events of videos and audio files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seldkit.cli.auralization_options import (
    AURALIZATION,
    AuralizationOptions,
    Auralize,
    AuralizeAs,
    Original,
    Solo,
)
from seldkit.cli.batch import (
    SAME_NAME_ERROR,
    console,
    for_each,
    is_folder,
    plain,
    seconds_bar,
    unique_stems,
)
from seldkit.cli.class_options import Classes, vocabulary_of
from seldkit.cli.detect_outputs import DrawingOptions
from seldkit.cli.json_lines import print_events
from seldkit.cli.layout_options import Foa, Layout, stated_layout
from seldkit.cli.media_pairs import find_recordings, find_videos, parse_pair
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
    inputs: Annotated[list[Path], typer.Argument(help="Video or audio files, or folders of them.")],
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the result files. '-' prints each event as a line of JSON as soon as it ends."
        ),
    ] = None,
    model: Models = None,
    weight: Weights = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            help="Format of the results: csv (DCASE 2025), json (everything), events (table of events), "
            "jsonl, vtt, srt, audacity, eaf (ELAN), textgrid (Praat), rttm. Repeat it for several. Default: "
            "csv and json."
        ),
    ] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Write a timeline of the events of each file (.png).")
    ] = False,
    render: Annotated[
        bool, typer.Option("--render", help="Write a video with the events drawn on it, with its audio.")
    ] = False,
    fan: Annotated[bool, typer.Option("--fan/--no-fan", help="With --render: add a view from above.")] = True,
    timeline: Annotated[
        bool,
        typer.Option("--timeline/--no-timeline", help="With --render: add a scrolling timeline."),
    ] = True,
    report: Annotated[
        bool,
        typer.Option(
            "--report", help="Write an HTML page with a player, a timeline, a view from above and a table."
        ),
    ] = False,
    auralize: Auralize = None,
    auralize_as: AuralizeAs = None,
    original: Original = None,
    solo: Solo = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Ground truth to compare with: an annotation file, or a folder with files of the same names."
        ),
    ] = None,
    classes: Classes = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=1.0,
            help="Activity threshold of a detection, for all classes; a lower threshold gives more events. "
            "Default: the thresholds of the model.",
        ),
    ] = None,
    layout: Layout = None,
    foa: Foa = False,
    pair: Annotated[
        str | None,
        typer.Option(
            help="Numbers of two mono audio tracks that are left and right, for example 1,2. Default: two "
            "similar mono tracks, if there are no others."
        ),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            help="Video file with the frames of one recording, or a folder with videos of the same names. "
            "Default: the recording itself; in a dataset, its video folder."
        ),
    ] = None,
    refine: Annotated[
        bool,
        typer.Option(
            "--refine",
            help="Correct azimuths and on-screen flags of events with persons and objects that are detected "
            "in the video.",
        ),
    ] = False,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            help="With --refine: enable or disable the correction of a class, for example knock=on or 'male "
            "speech=off'. Repeat it for several."
        ),
    ] = None,
    field_of_view: Annotated[
        float | None,
        typer.Option(
            help="Horizontal field of view of the camera in degrees, 360 for a panorama: used for on-screen "
            "flags, --refine, --render and --report. Default: as declared by the file, else 100 for the "
            "longer side of the image."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Skip input files whose result files all exist.")
    ] = False,
    device: Annotated[str, typer.Option(help="Compute device: auto, cpu, cuda, mps and so on.")] = "auto",
) -> None:
    """Detect sound events: class, time, azimuth, distance, and whether the source is on-screen."""
    if rule and not refine:
        raise typer.BadParameter("--rule requires --refine")
    if classes is not None and truth is None:
        raise typer.BadParameter("--classes requires --truth: it names the classes of the ground truth")
    options = DetectOptions(
        files=find_recordings(inputs),
        output=output,
        formats=_formats(format),
        drawing=DrawingOptions(plot, render, fan, timeline, field_of_view, report),
        auralization=AuralizationOptions.from_options(auralize, auralize_as, original, solo),
        truth=truth,
        classes=vocabulary_of(classes),
        layout=stated_layout(layout, foa=foa),
        pair=parse_pair(pair),
        videos=find_videos(inputs, video),
        rules=_rules(rule) if refine else None,
        resume=resume,
    )
    if str(output) == "-":
        options.require_lines_only(format)
    results = options.results(has_format=format is not None)
    remaining = options.remaining(results)
    if not remaining:
        return

    from seldkit.detection import load

    refiner = options.refiner()
    detector = load(model or "default", weights=weight, device=device, threshold=threshold)
    run_detection(detector, refiner, remaining, results, options)


@dataclass(frozen=True)
class DetectOptions:
    """Parsed options of `detect`.

    Attributes:
        files: Path of the results below the output folder, without suffix, by media file.
        output: Output folder; "-" for lines of JSON on standard output; None for the working folder.
        formats: Suffixes of the annotation files by format.
        drawing: Options for plot, video and report.
        auralization: Options for auralization.
        truth: File or folder with the ground truth.
        classes: Classes of the ground truth; None for the default.
        layout: Channel layout of files that do not declare it; None for loudspeakers.
        pair: Numbers of the left and the right mono audio track; None for the default.
        videos: Files with the video frames, by media file.
        rules: Rules of the refinement that are enabled or disabled, by class; None for no refinement.
        resume: Whether files with all results are skipped.
    """

    files: Mapping[Path, Path]
    output: Path | None
    formats: Mapping[str, str]
    drawing: DrawingOptions
    auralization: AuralizationOptions
    truth: Path | None
    classes: "ClassVocabulary | None"
    layout: "ChannelLayout | None"
    pair: tuple[int, int] | None
    videos: Mapping[Path, Path]
    rules: Mapping[str, bool] | None
    resume: bool

    @property
    def prints_lines(self) -> bool:
        """Whether events are printed as lines of JSON."""
        return str(self.output) == "-"

    def require_lines_only(self, format: list[str] | None) -> None:
        """Raises an error if standard output is used for lines of JSON and for something else.

        Args:
            format: Value of --format.

        Raises:
            BadParameter: Further results are requested.
        """
        more = self.drawing.suffixes or self.auralization.output or self.truth or self.resume
        if more or set(format or ["jsonl"]) != {"jsonl"}:
            raise typer.BadParameter("--output - prints JSON lines only; give a folder for other results")

    def results(self, *, has_format: bool) -> dict[Path, dict[str, Path]]:
        """Lists the files to write.

        Args:
            has_format: Whether --format was given.

        Returns:
            Paths by media file and kind.

        Raises:
            BadParameter: Several files would be written to one file.
            SeldkitError: Two files with the same name would be written to one file.
        """
        requested = self.output is not None or has_format or bool(self.drawing.suffixes)
        suffixes = {**self.formats, **self.drawing.suffixes} if requested and not self.prints_lines else {}
        results = _result_paths(self.files, self.output or Path(), suffixes)
        self.auralization.add_targets(results, self.files)
        return results

    def remaining(self, results: Mapping[Path, Mapping[str, Path]]) -> list[Path]:
        """Lists the files to process, and prints how many are complete.

        Args:
            results: Paths by media file and kind.

        Returns:
            Media files.
        """
        remaining = [path for path in self.files if not (self.resume and _all_exist(results.get(path, {})))]
        if len(remaining) < len(self.files):
            complete = len(self.files) - len(remaining)
            typer.echo(f"{complete} of {len(self.files)} files are already complete", err=True)
        return remaining

    def refiner(self) -> "Refiner | None":
        """Returns the refiner with the selected rules; None for no refinement.

        Returns:
            The refiner.

        Raises:
            SeldkitError: No visual detector is available for an enabled rule.
        """
        if self.rules is None:
            return None
        from seldkit.detection.refinement import select_rules
        from seldkit.detection.refiner import Refiner

        refiner = Refiner(select_rules(self.rules), self.drawing.field_of_view)
        available = [rule.class_name for rule in refiner.rules]
        for name, enabled in self.rules.items():
            if enabled and name not in available:
                raise SeldkitError(
                    f"--rule {name}=on: no visual detector is available for class '{name}'; rules in use: "
                    f"{', '.join(available) or 'none'}"
                )
        return refiner


def run_detection(
    detector: "Detector",
    refiner: "Refiner | None",
    files: list[Path],
    results: Mapping[Path, Mapping[str, Path]],
    options: DetectOptions,
) -> None:
    """Detects events in files, prints them and writes the results.

    Args:
        detector: The detector.
        refiner: The refiner; None for no refinement.
        files: Media files.
        results: Paths of the results by media file and kind.
        options: Further options.

    Raises:
        Exit: At least one file failed (status 1).
    """
    from seldkit.media import probe

    def process(path: Path) -> None:
        if is_folder(path):
            raise SeldkitError(f"{path}: expected a folder with audio or video files, found none")
        if options.prints_lines:
            print_events(
                detector,
                path,
                layout=options.layout,
                refiner=refiner,
                field_of_view=options.drawing.field_of_view,
                pair=options.pair,
                video=options.videos.get(path),
            )
            return
        with seconds_bar(path.name, probe(path).duration) as progress:
            scene = detector.detect(
                path,
                layout=options.layout,
                progress=progress,
                refine=refiner or False,
                field_of_view=options.drawing.field_of_view,
                pair=options.pair,
                video=options.videos.get(path),
            )
        truth = None if options.truth is None else _read_truth(options.truth, path, scene, options.classes)
        _print(scene, truth)
        for kind, target in results.get(path, {}).items():
            _write(scene, kind, target, truth, options)

    for_each(files, process)
    if set().union(*results.values()) - {AURALIZATION}:
        typer.echo(f"results are in {options.output or Path.cwd()}", err=True)


def _formats(names: list[str] | None) -> dict[str, str]:
    """Suffixes by format."""
    from seldkit.formats import EVENT_FORMATS

    suffixes = {name: f".{name}" for name in DEFAULT_FORMATS}
    suffixes |= {name: EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names()}
    unknown = [name for name in names or [] if name not in suffixes]
    if unknown:
        raise typer.BadParameter(f"unknown format '{unknown[0]}'; known are: {', '.join(suffixes)}")
    return {name: suffixes[name] for name in names or DEFAULT_FORMATS}


def _result_paths(
    files: Mapping[Path, Path], output: Path, suffixes: Mapping[str, str]
) -> dict[Path, dict[str, Path]]:
    """Paths of the results by media file and kind: <stem><suffix>, or <name><suffix> for equal stems."""
    if not suffixes:
        return {}
    results = {
        path: {kind: output / stem.with_name(stem.name + suffix) for kind, suffix in suffixes.items()}
        for path, stem in unique_stems(files).items()
    }
    counts = Counter(target for targets in results.values() for target in targets.values())
    for target, count in counts.items():
        if count > 1:
            raise SeldkitError(f"{target}: {SAME_NAME_ERROR}")
    return results


def _all_exist(targets: Mapping[str, Path]) -> bool:
    return bool(targets) and all(target.exists() for target in targets.values())


def _rules(texts: list[str] | None) -> dict[str, bool]:
    """Whether a rule is enabled, by class."""
    rules = {}
    for text in texts or []:
        name, _, state = text.rpartition("=")
        if not name or state not in ("on", "off"):
            raise typer.BadParameter(f"expected --rule as in knock=on or knock=off, got '{text}'")
        rules[name.strip()] = state == "on"
    return rules


def _read_truth(truth: Path, media: Path, scene: "Scene", classes: "ClassVocabulary | None") -> "Annotations":
    from seldkit.formats import read_annotations

    path = truth / f"{media.stem}.csv" if truth.is_dir() else truth
    return read_annotations(path, frames=scene.annotations.frame_count, classes=classes)


def _write(
    scene: "Scene", kind: str, target: Path, truth: "Annotations | None", options: DetectOptions
) -> None:
    """Writes one result of a scene."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == AURALIZATION:
        options.auralization.write(scene, target)
    elif kind in options.drawing.suffixes:
        options.drawing.draw(scene, kind, target, truth)
    else:
        scene.save(target, "dcase2025" if kind == "csv" else kind)
    if kind == "csv":
        from seldkit.classes import store_vocabulary

        for folder in (options.output or Path(), target.parent):
            store_vocabulary(folder, scene.annotations.classes)


def _print(scene: "Scene", truth: "Annotations | None") -> None:
    """Prints the notes and events of a scene."""
    from seldkit.cli.event_tables import effects_table, events_table, truth_line
    from seldkit.events import source_events

    screen = console()
    references = () if truth is None else source_events(truth)
    count = f"{len(scene.events) or 'no'} event{'' if len(scene.events) < 2 else 's'}"
    screen.print(f"[bold]{plain(scene.source)}[/bold]  {scene.annotations.seconds:.1f} s, {count}")
    for note in scene.notes:
        screen.print(f"  note: {plain(note)}")
    if scene.events or references:
        screen.print(events_table(scene.events, references))
    if any(effect.rows for effect in scene.effects):
        screen.print(effects_table(scene.effects))
    if truth is not None:
        screen.print(truth_line(truth, scene.annotations))
