"""Score the default model on held-out scenes: `python recipes/default/evaluate.py --sounds DIR`.

Renders scenes of the test split (sounds and rooms that the model was not trained on; always the same ones),
writes references and predictions as DCASE 2025 files, and scores them beside two references: silence, and
energy panning that is told which classes sound when.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from clips import library_of, scene_seed
from rich.console import Console
from rich.table import Table

from seldkit.annotations import FRAME_SECONDS, Annotations
from seldkit.detection.detector import DEFAULT_MODEL
from seldkit.formats import write_annotations
from seldkit.metrics import Evaluation, evaluate_folders
from seldkit.models import SeldModel
from seldkit.synthesis import Scene, draw_plan, draw_scene

HERE = Path(__file__).parent
PLANS = 1000
"""Training scenes whose median distance energy panning says for everything."""
SHOWN = {
    "f_score": "F20/1",
    "doa_error": "DOA error (°)",
    "relative_distance_error": "relative distance error",
}


def main() -> None:
    """Render, hear, score, and leave `scores.json`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sounds", type=Path, required=True, help="folder with one folder of sounds a class")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="model directory")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--work", type=Path, default=Path("runs/default/evaluation"), help="for the CSVs")
    parser.add_argument("--output", type=Path, default=HERE / "scores.json")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = SeldModel.load(options.model)
    typical = training_distance(options.sounds)
    answers: dict[str, list[Annotations]] = {"model": [], "silent": [], "panning, told the classes": []}
    truth = []
    for scene in test_scenes(options.sounds, options.clips):
        truth.append(scene.annotations)
        answers["model"].append(heard(model, scene))
        answers["silent"].append(Annotations.empty(scene.annotations.frame_count))
        answers["panning, told the classes"].append(panned(scene, typical))
    write_all(truth, options.work / "reference")
    results = {}
    for name, found in answers.items():
        folder = options.work / name.split(",")[0]
        write_all(found, folder)
        results[name] = evaluate_folders(options.work / "reference", folder)
    show(results)
    content = {name: result.to_dict() for name, result in results.items()}
    options.output.write_text(json.dumps({"clips": options.clips, **content}, indent=1) + "\n")


def test_scenes(sounds: Path, count: int) -> Iterator[Scene]:
    """The held-out scenes of five seconds."""
    library = library_of(sounds, "test")
    return (draw_scene(scene_seed("test", number), library) for number in range(count))


@torch.inference_mode()
def heard(model: SeldModel, scene: Scene) -> Annotations:
    """What the model says of one scene, which is as long as its window."""
    (found,) = model.decode(model.hear(torch.from_numpy(scene.waveform)[None]))
    return found


def panned(scene: Scene, distance: float) -> Annotations:
    """The true classes and frames at the azimuth of each frame's level difference, all equally far.

    A plane wave at a coincident pair has (|L| − |R|) / (|L| + |R|) = sin(azimuth).
    """
    frames = scene.annotations.frame_count
    level = np.sqrt(np.square(scene.waveform.reshape(2, frames, -1)).mean(axis=2))
    ratio = (level[0] - level[1]) / np.maximum(level[0] + level[1], 1e-9)
    azimuth = np.degrees(np.arcsin(ratio))[scene.annotations.frame]
    return replace(scene.annotations, azimuth=azimuth, distance=np.full(len(azimuth), distance))


def training_distance(sounds: Path) -> float:
    """The median distance, in metres, over the frames of training events."""
    library = library_of(sounds, "train")
    distances = []
    for number in range(PLANS):
        plan = draw_plan(scene_seed("train", number), library)
        for event in plan.events:
            away = float(plan.room.direction(event.points)[2].mean())
            distances += [away] * max(1, round(event.length / FRAME_SECONDS))
    return float(np.median(distances))


def write_all(clips: list[Annotations], folder: Path) -> None:
    """One CSV for each clip, in the layout of DCASE 2025."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    for number, annotations in enumerate(clips):
        write_annotations(annotations, folder / f"clip{number:04}.csv")


def show(results: dict[str, Evaluation]) -> None:
    """The overall scores in both readings, and the model's by class."""
    console = Console(width=100)
    overall = Table("strict / official", *SHOWN.values(), title="Held-out scenes")
    for name, result in results.items():
        both = [f"{result.strict[key]:.3f} / {result.official[key]:.3f}" for key in SHOWN]
        overall.add_row(name, *both)
    console.print(overall)
    model = results["model"].strict
    by_class = Table("class", *SHOWN.values(), title="The model by class (strict)")
    for number, name in enumerate(model.classes):
        by_class.add_row(name, *(f"{model.classwise[key][number]:.3f}" for key in SHOWN))
    console.print(by_class)


if __name__ == "__main__":
    main()
