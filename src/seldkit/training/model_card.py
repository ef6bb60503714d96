"""Model cards of trained recipes."""

from importlib.metadata import version
from typing import Final

from seldkit.metrics import Reliability, Scores
from seldkit.models import SeldModel
from seldkit.training.calibration_stage import Calibration
from seldkit.training.recipe import Recipe

CALIBRATION_TITLE: Final = "## Calibration"


def model_card(recipe: Recipe, model: SeldModel, scores: Scores, clips: int) -> str:
    """Returns the model card of a trained recipe: model, training, scores and limits.

    Args:
        recipe: Recipe that was trained.
        model: Trained model.
        scores: Scores on the validation clips, strict reading.
        clips: Number of validation clips.

    Returns:
        Markdown text.
    """
    return f"""# {recipe.name}

{recipe.about.title} ({recipe.about.source}).

## Model

{model.parameter_count:,} parameters; classes: {", ".join(model.config.classes)}; streams:
{", ".join(model.config.streams) or "none (audio only)"}. `config.yaml` has all settings.

{_origins(recipe)}## Training

seldkit {version("seldkit")}, torch {version("torch")}; seed {recipe.training.seed}; stages:
{"; ".join(f"{stage.name} (at most {stage.epochs} epochs)" for stage in recipe.training.stages)}.
`recipe.yaml` in the folder of the run has all training settings. Add the training data and their licences
here.

## Scores

On {clips} validation clips of the last stage, which also selected the epoch: expect lower scores on new data.
Protocol {scores.protocol}, strict reading.

{_table(scores)}
## Limits

Not tested on other data.
"""


def calibration_card(calibration: Calibration) -> str:
    """Returns the section of a model card on confidences and intervals.

    Args:
        calibration: Result of the calibration.

    Returns:
        Markdown text.
    """
    recordings = f" of {calibration.recordings} recordings" if calibration.recordings else ""
    return f"""
{CALIBRATION_TITLE}

Fitted on {calibration.clips} validation clips{recordings}. The table shows the expected calibration
error with 15 bins, before and after calibration (after: cross-validated over
{"the recordings" if recordings else "the clips"}). A cell is one class in one frame.

| cells of frames and classes | number | before | after |
| --- | --- | --- | --- |
{_errors("all; 0 where a class is not predicted", calibration.before, calibration.after)}\
{_errors("where the model predicts the class", calibration.predicted_before, calibration.predicted_after)}
{_interval_text(calibration)}
"""


def with_calibration(card: str, calibration: Calibration) -> str:
    """Adds the section on calibration to a model card; an existing section is replaced.

    Args:
        card: Text of the card.
        calibration: Result of the calibration.

    Returns:
        Text of the new card.
    """
    before, title, rest = card.partition(f"\n{CALIBRATION_TITLE}\n")
    _, next_title, after = rest.partition("\n## ")
    new = before.rstrip("\n") + "\n" + calibration_card(calibration)
    return f"{new}\n## {after}" if title and next_title else new


def _errors(name: str, before: Reliability, after: Reliability) -> str:
    errors = ("–" if one.error != one.error else f"{one.error:.3f}" for one in (before, after))
    return f"| {name} | {before.counts.sum():,} | {' | '.join(errors)} |\n"


def _interval_text(calibration: Calibration) -> str:
    config = calibration.model.config.calibration
    intervals = None if config is None else config.intervals
    if intervals is None:
        return f"Events have no intervals: only {calibration.events} could be compared with the ground truth."
    return (
        f"Of the predicted events whose class is correct, {intervals.coverage:.0%} have an interval that "
        f"contains the true value.\nThe intervals were fitted on {calibration.events:,} events. At "
        "confidence 1, the half width of the azimuth interval is at most "
        f"{max(intervals.azimuth.half_width):.0f}°."
    )


def _origins(recipe: Recipe) -> str:
    known, chosen = recipe.about.known, recipe.about.chosen
    return _list("From the source:", known) + _list("Chosen here, where the source gives no details:", chosen)


def _list(title: str, lines: tuple[str, ...]) -> str:
    return f"{title}\n\n" + "".join(f"- {line}\n" for line in lines) + "\n" if lines else ""


def _table(scores: Scores) -> str:
    names = list(scores.overall)
    rows = [["all", *(f"{scores.overall[name]:.3f}" for name in names)]]
    for number, label in enumerate(scores.classes):
        values = [f"{scores.classwise[name][number]:.3f}" for name in names if name in scores.classwise]
        rows.append([label, *values, *["–"] * (len(names) - len(values))])
    head = f"| class | {' | '.join(name.replace('_', ' ') for name in names)} |\n"
    rule = f"|{' --- |' * (len(names) + 1)}\n"
    return head + rule + "".join(f"| {' | '.join(row)} |\n" for row in rows)
