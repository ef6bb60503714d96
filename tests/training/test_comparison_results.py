"""Results of a comparison: systems, ensembles, seeds, degraded video frames, and their JSON file."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import SeldkitError
from seldkit.metrics import paired_differences
from seldkit.models import SeldModel
from seldkit.training.comparison import (
    DEGRADATIONS,
    Comparison,
    DegradedResult,
    System,
    SystemResult,
    TestResults,
    WeightSelection,
)
from seldkit.training.comparison.degradation_plot import plot_degradation
from seldkit.training.comparison.degradation_test import DegradedClips, visual_streams
from seldkit.training.comparison.ensembles import _common_clips, _compatible_groups
from seldkit.training.comparison.system_comparison import _with_seeds, compare
from seldkit.training.comparison.systems import ensemble_system, measure_cost
from seldkit.training.comparison.test_results import TestSet, differences, score_system
from seldkit.training.prepared_sources import PreparedSources
from training.clips import FakeClips, tiny_recipe

SELECTION = WeightSelection((0.75, 0.0, 0.25), 0.8, 0.7, (0.5, 0.1, 0.6), 12)


def system(name: str = "tiny", seed: int | None = 1, index: int = 0) -> System:
    return System(name, seed, (index,), (Path(f"runs/{name} {seed}"),), 100, 1000, 0.5)


def result(error: float = 0.0) -> SystemResult:
    """Predictions for four clips, turned by `error` degrees."""
    clips = FakeClips(tiny_recipe().model, 4)
    references = [clips[index].reference for index in range(4)]
    predictions = [replace(one, azimuth=one.azimuth + error) for one in references]
    model = SimpleNamespace(config=SimpleNamespace(protocol="dcase2025"))
    return score_system(model, references, predictions)  # type: ignore[arg-type]


def degraded(kind: str, strength: float, index: int = 0) -> DegradedResult:
    original, worse = result(), result(error=15.0)
    changes = paired_differences(
        original.references, original.predictions, worse.predictions, "dcase2025", resamples=20
    )
    substitute = "black frames" if kind == "none" else None
    degradation = Degradation(kind, strength)  # type: ignore[arg-type]
    return DegradedResult(index, degradation, substitute, worse.official, worse.strict, changes)


def comparison(*systems: System) -> Comparison:
    results = [result(10.0 * index) for index in range(len(systems))]
    recordings = ["a", "a", "b", "b"]
    test = TestResults("set", Path("set"), 4, 1, results, differences(results, recordings))
    return Comparison(systems, [test])


def test_options_of_detect_are_quoted_for_a_shell() -> None:
    ensemble = ensemble_system("all", [system(index=number) for number in range(3)], SELECTION)
    words = shlex.split(ensemble.detect_options)
    assert words == [
        "--model",
        "runs/tiny 1",
        "--weight",
        "0.75",
        "--model",
        "runs/tiny 1",
        "--weight",
        "0.25",
    ]


def test_an_ensemble_sums_the_costs_of_members_with_a_weight() -> None:
    ensemble = ensemble_system("all", [system(index=number) for number in range(3)], SELECTION)
    assert ensemble.members == (0, 2)
    assert (ensemble.parameters, ensemble.macs, ensemble.seconds) == (200, 2000, 1.0)
    content = ensemble.to_dict()
    assert content["seed"] is content["model"] is None
    assert [member["weight"] for member in content["members"]] == [0.75, 0.25]
    assert content["validation"]["f_scores_alone"] == [0.5, 0.1, 0.6]


def test_a_single_model_has_a_directory_and_no_members() -> None:
    content = system().to_dict()
    assert content["model"] == "runs/tiny 1"
    assert "members" not in content


def test_costs_are_measured_for_one_window() -> None:
    config = tiny_recipe().model
    macs, seconds = measure_cost(SeldModel(config).eval(), FakeClips(config, 1))  # type: ignore[arg-type]
    assert macs > 100_000
    assert 0 < seconds < 10


def test_only_recipes_with_several_seeds_have_statistics() -> None:
    ensemble = ensemble_system("tiny", [system(index=number) for number in range(3)], SELECTION)
    compared = comparison(system(seed=1), system("other"), system(seed=2), ensemble)
    assert compared.seeds() == {"tiny": [0, 2]}
    statistics = compared.statistics(compared.tests[0], "tiny")
    assert statistics["strict"]["doa_error"].mean == pytest.approx(10.0, abs=0.1)
    assert statistics["strict"]["doa_error"].deviation == pytest.approx(np.sqrt(200), abs=0.1)


def test_differences_are_from_the_first_system() -> None:
    compared = comparison(system(), system("b"), system("c"))
    first, second = compared.tests[0].differences
    assert first["doa_error"].value == pytest.approx(10.0, abs=0.1)
    assert second["doa_error"].value == pytest.approx(20.0, abs=0.1)


def test_the_file_has_the_first_test_set_at_the_top_and_all_below() -> None:
    compared = comparison(system(seed=1), system(seed=2))
    test = replace(compared.tests[0], degraded=[degraded("blur", 0.1), degraded("none", 1.0)])
    content = json.loads(json.dumps(replace(compared, tests=[test]).to_dict(), allow_nan=False))
    (only,) = content["tests"]
    assert (only["clips"], only["clips_left_out"]) == (4, 1)
    assert content["systems"][1]["strict"] == only["systems"][1]["strict"]
    assert content["systems"][0]["by_overlap"][0]["sources"] == "1"
    assert only["seeds"][0]["seeds"] == [1, 2]
    assert [one["stand_in"] for one in only["degraded"]] == [None, "black frames"]
    assert only["degraded"][0]["changes"]["doa_error"]["value"] == pytest.approx(15.0, abs=0.1)


def test_degradations_of_each_kind_become_stronger() -> None:
    for kind in ("blur", "darkness", "occlusion"):
        strengths = [one.strength for one in DEGRADATIONS if one.kind == kind]
        assert len(strengths) == 3
        assert strengths == sorted(strengths)
    assert [one.kind for one in DEGRADATIONS].count("none") == 1


def test_degraded_results_are_plotted(tmp_path: Path) -> None:
    results = [degraded(kind, 0.5, index) for kind in ("blur", "none") for index in range(2)]
    compared = comparison(system(seed=1), system(seed=2))
    test = replace(compared.tests[0], degraded=results)
    path = plot_degradation(compared, test, tmp_path / "degradation.png")
    assert path.read_bytes().startswith(b"\x89PNG")


class Clips(FakeClips):
    """Clips with an audio stream and a visual stream."""

    def __init__(self, names: tuple[str, ...] = ("a", "b")) -> None:
        super().__init__(tiny_recipe().model, len(names))
        self.clips = [SimpleNamespace(name=name, windows=1) for name in names]

    def __getitem__(self, index: int) -> object:
        streams = {"clap": torch.ones(2, 3), "map": torch.ones(4, 5)}
        return replace(super().__getitem__(index), streams=streams)

    def select(self, names: set[str]) -> "Clips":
        return Clips(tuple(clip.name for clip in self.clips if clip.name in names))


class Store:
    """A store with degraded visual streams."""

    def __init__(self, *names: str) -> None:
        self.folder = Path("store")
        self.clips = [SimpleNamespace(name=name, windows=1) for name in names]

    def select(self, names: set[str]) -> "Store":
        return Store(*(clip.name for clip in self.clips if clip.name in names))

    def streams(self, index: int) -> dict[str, np.ndarray]:
        return {"map": np.full((4, 5), 7.0, np.float32)}


def test_degraded_clips_have_other_visual_streams_and_the_same_audio() -> None:
    clips = DegradedClips(Clips(), ["map"], Store("a", "b", "c"))  # type: ignore[arg-type]
    assert len(clips) == 2
    streams = clips[1].streams
    assert set(streams["map"].unique().tolist()) == {7.0}
    assert torch.equal(streams["clap"], torch.ones(2, 3))


def test_removed_video_frames_remove_the_visual_streams() -> None:
    clips = DegradedClips(Clips(), ["map"], None)  # type: ignore[arg-type]
    assert list(clips[0].streams) == ["clap"]


def test_a_store_that_misses_clips_is_an_error() -> None:
    with pytest.raises(SeldkitError, match="store: expected 2 clips with video frames, got 1"):
        DegradedClips(Clips(), ["map"], Store("a"))  # type: ignore[arg-type]


def test_visual_streams_are_those_of_images() -> None:
    embeddings = {"clap": SimpleNamespace(modality="audio"), "map": SimpleNamespace(modality="video")}
    assert visual_streams(SimpleNamespace(embeddings=embeddings)) == ["map"]  # type: ignore[arg-type]
    assert visual_streams(tiny_recipe().model) == []


def test_compatible_models_form_groups_of_at_least_two() -> None:
    first = tiny_recipe().model
    second = first.model_copy(update={"elements": ("x", "y")})
    assert _compatible_groups([first, second, first, second, first]) == [[0, 2, 4], [1, 3]]
    assert _compatible_groups([first, second]) == []


def members(*names: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(recipe=tiny_recipe()) for _ in names]


def test_weights_are_selected_on_the_clips_that_all_members_held_out() -> None:
    sources = PreparedSources({"": Path("data")}, Path("store"))
    clips = [Clips(("a", "b", "c")), Clips(("b", "c", "d"))]
    common = _common_clips(clips, members("x", "y"), sources)  # type: ignore[arg-type]
    assert [[clip.name for clip in own.clips] for own in common] == [["b", "c"], ["b", "c"]]
    with pytest.raises(SeldkitError, match="validation clips without a common clip"):
        _common_clips([Clips(("a",)), Clips(("b",))], members("x", "y"), sources)  # type: ignore[arg-type]


def test_each_recipe_is_trained_with_each_seed() -> None:
    recipes = [tiny_recipe(seed=5), tiny_recipe(seed=6)]
    assert [one.training.seed for one in _with_seeds(recipes, (1, 2))] == [1, 2, 1, 2]
    assert [one.training.seed for one in _with_seeds(recipes, ())] == [5, 6]


def test_audio_only_recipes_cannot_be_degraded(tmp_path: Path) -> None:
    sources = PreparedSources({"": tmp_path}, tmp_path)
    with pytest.raises(SeldkitError, match="all recipes are audio-only"):
        compare([tiny_recipe()], sources, tmp_path, tmp_path, degradations=DEGRADATIONS)


class Sources:
    """Test clips by model name."""

    def __init__(self, **clips: tuple[str, ...]) -> None:
        self.names = clips

    def test(self, folder: Path, config: SimpleNamespace) -> Clips:
        return Clips(self.names[config.name])


def trained(name: str) -> SimpleNamespace:
    named = SimpleNamespace(name=name)
    return SimpleNamespace(recipe=named, model=SimpleNamespace(config=named))


def test_a_test_set_has_the_clips_that_all_systems_can_process() -> None:
    sources = Sources(audio=("a", "b", "c"), video=("b", "c"))
    test = TestSet("set", Path("set"), sources, [trained("audio"), trained("video")])  # type: ignore[arg-type]
    assert (test.clip_count, test.left_out) == (2, 1)
    assert test.recordings == ["b", "c"]
    assert [clip.name for clip in test.clips(trained("audio")).clips] == ["b", "c"]  # type: ignore[arg-type]


def test_a_test_set_without_common_clips_is_an_error() -> None:
    sources = Sources(audio=("a",), video=("b",))
    with pytest.raises(SeldkitError, match="no test clip has the audio, video and labels"):
        TestSet("set", Path("set"), sources, [trained("audio"), trained("video")])  # type: ignore[arg-type]
