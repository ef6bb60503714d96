"""Model cards of trained recipes."""

from types import SimpleNamespace

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.metrics import Scores, evaluate, reliability
from seldkit.models import SeldModel
from seldkit.training import Recipe
from seldkit.training.calibration_stage import Calibration
from seldkit.training.model_card import calibration_card, model_card, with_calibration
from training.clips import FakeClips, tiny_recipe


def scores(predict: bool = True) -> Scores:
    clips = FakeClips(tiny_recipe().model, 2)
    references = [clips[0].reference, clips[1].reference]
    predictions = references if predict else [Annotations.empty(10, one.classes) for one in references]
    return evaluate(references, predictions, reading="strict")


def recipe(**about: object) -> Recipe:
    values = tiny_recipe().model_dump(mode="json")
    values["about"] |= about
    return Recipe.parse(values, "recipe.yaml")


def card(**about: object) -> str:
    chosen = recipe(**about)
    return model_card(chosen, SeldModel(chosen.model), scores(), 2)


def calibration(recordings: int = 0, events: int = 5) -> Calibration:
    bins = reliability(np.array([0.2, 0.9]), np.array([False, True]))
    unknown = reliability(np.zeros(0), np.zeros(0, bool))
    model = SimpleNamespace(config=SimpleNamespace(calibration=None))
    return Calibration(
        model=model,  # type: ignore[arg-type]
        before=bins,
        after=bins,
        predicted_before=bins,
        predicted_after=unknown,
        clips=2,
        recordings=recordings,
        events=events,
    )


def test_a_card_names_model_source_stages_and_seed() -> None:
    text = card(title="A small system", source="a paper")
    assert text.startswith("# tiny\n\nA small system (a paper).\n")
    assert "classes: low, high; streams:\nnone (audio only)" in text
    assert "seed 1; stages:\nonly (at most 3 epochs)." in text
    assert "On 2 validation clips" in text


def test_a_card_separates_known_facts_from_choices() -> None:
    text = card(known=["eight filters"], chosen=["three epochs"])
    assert "From the source:\n\n- eight filters\n" in text
    assert "Chosen here, where the source gives no details:\n\n- three epochs\n" in text
    assert "From the source" not in card()


def test_a_card_has_one_row_of_scores_per_class() -> None:
    rows = [line for line in card().splitlines() if line.startswith("| ")]
    assert rows[0].startswith("| class | f score | doa error |")
    assert [row.split(" | ")[0] for row in rows[2:5]] == ["| all", "| low", "| high"]
    assert len({row.count("|") for row in rows}) == 1
    assert rows[2].split(" | ")[1] == "1.000"


def test_the_calibration_section_states_what_it_was_fitted_on() -> None:
    text = calibration_card(calibration(recordings=7))
    assert "Fitted on 2 validation clips of 7 recordings." in text
    assert "cross-validated over\nthe recordings" in text
    assert "cross-validated over\nthe clips" in calibration_card(calibration())


def test_unknown_errors_are_dashes() -> None:
    rows = [line for line in calibration_card(calibration()).splitlines() if line.startswith("| ")]
    assert rows[2] == "| all; 0 where a class is not predicted | 2 | 0.150 | 0.150 |"
    assert rows[3] == "| where the model predicts the class | 2 | 0.150 | – |"


def test_missing_intervals_are_explained() -> None:
    assert "Events have no intervals: only 5 could be compared" in calibration_card(calibration())


@pytest.mark.parametrize("before", ["# tiny\n", "# tiny\n\n## Limits\n\nMany.\n"])
def test_the_section_is_added_at_the_end(before: str) -> None:
    text = with_calibration(before, calibration())
    assert text.startswith(before.rstrip())
    assert text.count("## Calibration") == 1


def test_an_existing_section_is_replaced_in_place() -> None:
    once = with_calibration("# tiny\n", calibration()) + "\n## Limits\n\nMany.\n"
    twice = with_calibration(once, calibration(recordings=3))
    assert twice.count("## Calibration") == 1
    assert "of 3 recordings" in twice
    assert twice.endswith("\n## Limits\n\nMany.\n")
