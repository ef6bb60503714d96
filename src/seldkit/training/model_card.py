"""The card of a model that a recipe trained."""

from importlib.metadata import version
from typing import Final

from seldkit.metrics import Reliability, Scores
from seldkit.models import SeldModel
from seldkit.training.calibration_stage import Calibration
from seldkit.training.recipe import Recipe

CALIBRATION: Final = "## Calibration"


def model_card(recipe: Recipe, model: SeldModel, scores: Scores, clips: int) -> str:
    """The README.md of a trained model: what it is, how it was trained, what it scored, what is not known.

    scores: of `clips` validation clips, strict reading.
    """
    return f"""# {recipe.name}

{recipe.about.title} ({recipe.about.source}).

## Model

{model.parameter_count:,} parameters; classes: {", ".join(model.config.classes)}; streams:
{", ".join(model.config.streams) or "none, it only hears"}. `config.yaml` says the rest.

{_origins(recipe)}## Training

seldkit {version("seldkit")}, torch {version("torch")}; seed {recipe.training.seed}; stages:
{"; ".join(f"{stage.name} ({stage.epochs} epochs at most)" for stage in recipe.training.stages)}.
The recipe lies beside the model directory as `recipe.yaml`. What the training data were, and their licences,
is for whoever trained it to add here.

## Scores

On {clips} validation clips of the last stage, which also chose the epoch: expect lower ones on new data.
Protocol {scores.protocol}, strict reading.

{_table(scores)}
## Limits

Not tested on data other than the above.
"""


def calibration_card(calibration: Calibration) -> str:
    """The card's section on confidences and intervals, from the clips that they were fitted on."""
    recordings = f" of {calibration.recordings} recordings" if calibration.recordings else ""
    return f"""
{CALIBRATION}

Fitted on {calibration.clips} validation clips{recordings}. Expected calibration error (15 bins; after:
cross-validated over {"the recordings" if recordings else "the clips"}):

| cells of frames and classes | number | before | after |
| --- | --- | --- | --- |
{_errors("all, 0 where a class is not named", calibration.before, calibration.after)}\
{_errors("where the model names the class", calibration.named_before, calibration.named_after)}
{_promise(calibration)}
"""


def with_calibration(card: str, calibration: Calibration) -> str:
    """A card with the section on calibration put in, in the place of a former one."""
    before, title, rest = card.partition(f"\n{CALIBRATION}\n")
    _, sign, after = rest.partition("\n## ")
    whole = before.rstrip("\n") + "\n" + calibration_card(calibration)
    return f"{whole}\n## {after}" if title and sign else whole


def _errors(name: str, before: Reliability, after: Reliability) -> str:
    errors = ("–" if one.error != one.error else f"{one.error:.3f}" for one in (before, after))
    return f"| {name} | {before.counts.sum():,} | {' | '.join(errors)} |\n"


def _promise(calibration: Calibration) -> str:
    config = calibration.model.config.calibration
    intervals = None if config is None else config.intervals
    if intervals is None:
        return f"Events carry no intervals: only {calibration.events} had a truth to compare with."
    return (
        f"Intervals for {intervals.coverage:.0%} of the events whose class does sound, from the errors of "
        f"{calibration.events:,} events:\n"
        f"up to ± {max(intervals.azimuth.half_width):.0f}° for a sure one's azimuth."
    )


def _origins(recipe: Recipe) -> str:
    known, chosen = recipe.about.known, recipe.about.chosen
    return _list("From the source:", known) + _list("Chosen here, as the source is silent:", chosen)


def _list(title: str, lines: tuple[str, ...]) -> str:
    return f"{title}\n\n" + "".join(f"- {line}\n" for line in lines) + "\n" if lines else ""


def _table(scores: Scores) -> str:
    names = list(scores.overall)
    rows = [["all", *(f"{scores.overall[name]:.3f}" for name in names)]]
    for number, label in enumerate(scores.classes):
        rows.append(
            [label, *(f"{scores.classwise[name][number]:.3f}" for name in names if name in scores.classwise)]
        )
    head = f"| class | {' | '.join(name.replace('_', ' ') for name in names)} |\n"
    rule = f"|{' --- |' * (len(names) + 1)}\n"
    return (
        head
        + rule
        + "".join(f"| {' | '.join(row + ['–'] * (len(names) + 1 - len(row)))} |\n" for row in rows)
    )
