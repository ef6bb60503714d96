"""The calibration stage: thresholds, confidences and intervals from a run over validation clips."""

from pathlib import Path

import numpy as np
import pytest
import torch

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.errors import SeldkitError
from seldkit.models import SeldModel
from seldkit.synthesis import draw_plan
from seldkit.synthesis.procedural.generated_sounds import procedural_library
from seldkit.synthesis.scene_description import SceneDescription, write_description
from seldkit.training.calibration_stage import calibrate
from seldkit.training.clip_sources import read_clip_sources
from seldkit.training.model_card import with_calibration
from seldkit.training.thresholds import THRESHOLDS, choose_thresholds
from training.clips import CLASSES, FRAMES, FakeClips, tiny_recipe


def test_clip_sources_are_read_from_the_descriptions_of_synthetic_clips(tmp_path: Path) -> None:
    plan = draw_plan((1, 2), procedural_library(0))
    path = tmp_path / "scenes" / "fold1_room1_mix001.json"
    path.parent.mkdir()
    write_description(SceneDescription(plan), path)
    (found,) = read_clip_sources(tmp_path, ["dev-train-synth/fold1_room1_mix001"], STARSS23) or []
    assert sorted(found) == sorted({event.class_id for event in plan.events})
    names = [name for one in found.values() for name in one]
    assert {event.sound.rsplit("_", 1)[0] for event in plan.events} <= {
        name.rsplit("_", 1)[0] for name in names
    }
    assert read_clip_sources(tmp_path, ["elsewhere"], STARSS23) == [{}]
    assert read_clip_sources(tmp_path / "scenes", ["elsewhere"], STARSS23) is None
    path.write_text("{}")
    with pytest.raises(SeldkitError, match="format_version"):
        read_clip_sources(tmp_path, ["fold1_room1_mix001"], STARSS23)


def outputs_and_truth(lengths: np.ndarray) -> tuple[torch.Tensor, list[Annotations]]:
    """Clips with outputs of class 0 straight ahead; the class is active where the length is above 0.5."""
    clips, frames = lengths.shape
    output = torch.zeros(clips, frames, 3, 3, 2)
    output[:, :, 0, 0, 0] = torch.from_numpy(lengths).float()
    output[:, :, 0, 2, 0] = 1.0
    tables = []
    for row in lengths:
        frame = np.flatnonzero(row > 0.5)
        nothing = np.zeros(len(frame))
        tables.append(Annotations(frame, frame * 0, frame * 0, nothing, nothing + 1, frames, classes=CLASSES))
    return output, tables


def test_thresholds_have_the_best_scores_and_rare_classes_that_of_all() -> None:
    output, truth = outputs_and_truth(np.random.default_rng(1).random((20, FRAMES)))
    first, second = choose_thresholds(tiny_recipe().model, output, truth)
    assert first == pytest.approx(0.5, abs=0.051)
    assert second == first  # class 1 never occurs: the best threshold of all classes
    assert {first, second} <= set(THRESHOLDS.tolist())


@pytest.fixture(scope="module")
def calibrated() -> tuple[SeldModel, object]:
    torch.manual_seed(0)
    config = tiny_recipe().model
    model, clips = SeldModel(config), FakeClips(config, 60)
    model.features.fit_standardisation(clips[index].features[None] for index in range(8))
    return model, calibrate(model, clips, thresholds=True)  # type: ignore[arg-type]


def test_calibration_changes_no_weight_and_is_saved(calibrated, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    model, found = calibrated
    assert model.config.calibration is None
    assert len(found.model.config.calibration.confidence) == 2
    back = SeldModel.load(found.model.save(tmp_path / "model", card=with_calibration("# tiny\n", found)))
    assert back.config == found.model.config
    state = model.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in back.state_dict().items())


def test_a_card_has_one_section_on_calibration(calibrated) -> None:  # type: ignore[no-untyped-def]
    _, found = calibrated
    once = with_calibration("# tiny\n\n## Scores\n\nnone\n", found)
    twice = with_calibration(once + "\n## Limits\n\nmany\n", found)
    assert twice.count("## Calibration") == 1
    assert twice.index("## Scores") < twice.index("## Calibration") < twice.index("## Limits")
