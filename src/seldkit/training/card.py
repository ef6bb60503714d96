"""The card of a model that a recipe trained."""

from importlib.metadata import version

from seldkit.metrics import Scores
from seldkit.models import SeldModel
from seldkit.training.recipe import Recipe


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
