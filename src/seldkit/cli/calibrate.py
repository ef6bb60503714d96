"""seldkit calibrate: fits thresholds, confidences and intervals of a model."""

from pathlib import Path
from typing import Annotated

import typer

from seldkit.cli.batch import plain
from seldkit.cli.train import training_extra
from seldkit.errors import SeldkitError


def calibrate(
    model: Annotated[Path, typer.Argument(help="Model directory, or 'default'.")],
    data: Annotated[
        list[Path],
        typer.Option(
            help="Dataset that the model was not trained on; its validation clips are used, or all but the "
            "test clips. Repeat it for several."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="Model directory to write. Default: MODEL, which is replaced."),
    ] = None,
    thresholds: Annotated[
        bool,
        typer.Option(
            "--thresholds/--keep-thresholds", help="Whether to choose activity thresholds for the best F20/1."
        ),
    ] = True,
    coverage: Annotated[
        float,
        typer.Option(
            min=0.5, max=0.99, help="Fraction of events for which the intervals contain the true value."
        ),
    ] = 0.9,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder for prepared features. Default: <name of the first dataset>-store."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes that prepare clips.")] = 1,
) -> None:
    """Fit thresholds, confidences and intervals to clips that the model was not trained on."""
    from seldkit.detection.detector import DEFAULT_MODEL
    from seldkit.models import SeldModel

    model = DEFAULT_MODEL if str(model) == "default" else model
    if output is None and model.resolve() == DEFAULT_MODEL.resolve():
        raise SeldkitError(f"{model}: the included model is not overwritten; add --output DIR")
    with training_extra():
        from torch.utils.data import ConcatDataset

        from seldkit.training.calibration_stage import calibrate as fit
        from seldkit.training.clip_sources import read_clip_sources
        from seldkit.training.model_card import with_calibration
        from seldkit.training.prepared_sources import PreparedSources
    loaded = SeldModel.load(model)
    store_folder = store or Path(f"{data[0].resolve().name}-store")
    sources = PreparedSources(
        {}, store_folder, workers, lambda line: typer.echo(f"note: {line}", err=True), data
    )
    clips = [sources.validation(folder, loaded.config) for folder in data]
    known = [
        read_clip_sources(folder, part.names, loaded.config.classes)
        for folder, part in zip(data, clips, strict=True)
    ]
    known_sources = [source for part in known if part is not None for source in part]
    result = fit(
        loaded, ConcatDataset(clips), thresholds=thresholds, coverage=coverage,
        sources=None if None in known else known_sources,
    )  # fmt: skip
    card = model / "README.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else f"# {loaded.config.name}\n"
    written = result.model.save(output or model, card=with_calibration(text, result))
    typer.echo(
        f"expected calibration error where a class is predicted: {result.predicted_before.error:.3f} before, "
        f"{result.predicted_after.error:.3f} after (all cells: {result.before.error:.3f}, "
        f"{result.after.error:.3f})"
    )
    typer.echo(f"{result.clips} clips, {result.events} events; the model is in {plain(written)}")
