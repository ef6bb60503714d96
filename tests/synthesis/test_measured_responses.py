"""Measured responses from SOFA files."""

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paths import SHARED, needs_shared
from seldkit.errors import SeldkitError
from seldkit.synthesis import draw_plan, render_scene
from seldkit.synthesis.measured_responses import MeasuredResponses, MeasuredRoom
from seldkit.synthesis.procedural.generated_sounds import procedural_library

h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.usefixtures("in_one_process")
AZIMUTHS = np.arange(-90.0, 91.0, 30.0)


def sofa(path: Path, sign: float = 1.0, rate: float = 16000.0, **changes: object) -> Path:
    """Two cardioids to the sides: with `sign` −1, azimuth is positive to the right."""
    side = np.sin(np.radians(sign * AZIMUTHS))
    responses = np.zeros((len(AZIMUTHS), 2, 64))
    responses[:, 0, 8], responses[:, 1, 8] = 0.5 + 0.5 * side, 0.5 - 0.5 * side
    content: dict[str, object] = {
        "SourcePosition": np.stack([AZIMUTHS % 360, 0 * AZIMUTHS, 0 * AZIMUTHS + 1.5], axis=1),
        "Data.IR": responses,
        "Data.SamplingRate": [rate],
    } | changes
    with h5py.File(path, "w") as file:
        file.attrs.update(Conventions="SOFA", SOFAConventions="SimpleFreeFieldHRIR", DataType="FIR")
        for name, value in content.items():
            if value is not None:
                file[name] = value
    return path


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_azimuth_is_positive_to_the_left_for_both_conventions(tmp_path: Path, sign: float) -> None:
    found = MeasuredResponses.from_file(sofa(tmp_path / "a.sofa", sign))
    assert found.azimuth_reversed == (sign < 0)
    left = found.responses[found.nearest(60.0)]
    assert np.square(left[0]).sum() > 2 * np.square(left[1]).sum()


def test_the_old_names_are_deprecated(tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="use seldkit.synthesis.measured_responses"):
        old = importlib.import_module("seldkit.synthesis.measured")
    assert old.MeasuredResponses is MeasuredResponses
    with pytest.warns(DeprecationWarning, match="use MeasuredResponses.from_file"):
        assert len(MeasuredResponses.read(sofa(tmp_path / "a.sofa")).azimuth) == len(AZIMUTHS)


def test_resampled_responses_keep_their_gain(tmp_path: Path) -> None:
    found = MeasuredResponses.from_file(sofa(tmp_path / "a.sofa"))
    ahead = found.responses[found.nearest(0.0)]
    assert ahead.sum(axis=1) == pytest.approx([0.5, 0.5], abs=0.01)
    assert ahead[0].argmax() == 12  # 8 samples of 16 kHz


def test_a_moving_source_changes_from_one_channel_to_the_other(tmp_path: Path) -> None:
    found = MeasuredResponses.from_file(sofa(tmp_path / "a.sofa"))
    noise = np.random.default_rng(0).standard_normal(24000)
    out = found.render(noise, np.array([90.0, 0.0, -90.0]), np.zeros(3))
    levels = [np.square(out[:, part]).mean(axis=1) for part in (slice(0, 2000), slice(22000, 24000))]
    assert levels[0][0] > 50 * levels[0][1]
    assert levels[1][1] > 50 * levels[1][0]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Data.IR": None}, "it does not contain"),
        ({"Data.IR": np.zeros((7, 3, 64))}, "two receivers .left and right., .* got 3 receivers"),
        ({"Data.IR": np.full((7, 2, 64), np.nan)}, "finite numbers in Data.IR"),
        ({"SourcePosition": np.zeros((5, 3))}, r"SourcePosition of shape \(1, 3\) or \(7, 3\), got \(5, 3\)"),
        ({"SourcePosition": np.zeros((7, 3))}, "sources at a distance from the listener"),
    ],
)
def test_invalid_files_are_reported(tmp_path: Path, changes: dict, problem: str) -> None:
    with pytest.raises(SeldkitError, match=problem):
        MeasuredResponses.from_file(sofa(tmp_path / "a.sofa", **changes))


def test_a_file_of_another_format_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.sofa").write_text("no")
    for name in ("a.sofa", "missing.sofa"):
        with pytest.raises(SeldkitError, match="not readable as SOFA"):
            MeasuredResponses.from_file(tmp_path / name)


def test_scenes_are_rendered_with_measured_responses(tmp_path: Path) -> None:
    room = MeasuredRoom.from_file(sofa(tmp_path / "a.sofa"))
    library, scenes = procedural_library(1), 0
    for seed in range(12):
        plan = draw_plan(seed, library, receiver="ortf", room=room)
        scene = render_scene(replace(plan, ambience_db=-120.0, interferers=()), library)
        if len(plan.events) != 1 or len(plan.events[0].path) > 1 or len(scene.annotations) == 0:
            continue
        side = float(np.sin(np.radians(scene.annotations.azimuth[0])))
        left, right = np.sqrt(np.square(scene.waveform).sum(axis=1))
        assert (left - right) / (left + right) == pytest.approx(side, abs=0.02)
        assert scene.annotations.distance[0] == pytest.approx(1.5)
        scenes += 1
    assert scenes > 1


@needs_shared
@pytest.mark.parametrize("name", ["UniS_Room_A_BRIR_16k", "UniS_Anechoic_BRIR_16k"])
def test_reversed_azimuths_of_real_files_are_detected(name: str) -> None:
    found = MeasuredResponses.from_file(SHARED / "data" / "spatial" / f"{name}.sofa")
    assert found.azimuth_reversed
    left = found.responses[found.nearest(30.0)]
    difference = 10 * np.log10(np.square(left[0]).sum() / np.square(left[1]).sum())
    assert 5.0 < difference < 12.0
