"""The last step: thresholds, confidences and intervals from the validation clips.

    python recipes/default/calibrate.py --sounds DIR --images DIR --model DIR --output DIR

As `seldkit calibrate --data`, without rendering the validation clips as files. `encoders.py` comes first: the
small files of the frozen encoders are copied into the model directory.
"""

import torch
import yaml
from clips import Clips, Material, annotations_of, arguments, material_of, plan_of, prepare
from torch.utils.data import Dataset
from train import HERE

from seldkit.models import ModelConfig, SeldModel
from seldkit.training.calibration import calibrate, with_config
from seldkit.training.data import Example


class Validation(Dataset[Example]):
    """The validation clips as calibration takes them."""

    def __init__(self, clips: Clips, config: ModelConfig) -> None:
        self.clips, self.truth = clips, annotations_of(clips.targets, config)

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Example:
        streams = {name: stream[index].float() for name, stream in self.clips.streams.items()}
        return Example(
            self.clips.features[index].float(), self.clips.targets[index].float(), streams, self.truth[index]
        )


def recordings(material: Material, count: int) -> list[dict[int, set[str]]]:
    """Of each validation clip, the recordings that sound in it, by class."""
    library = material.library("validation")
    names = {sound.name: sound.recording for sound in library.sounds}
    held: list[dict[int, set[str]]] = []
    for number in range(count):
        held.append({})
        for event in plan_of("validation", number, library, material.heads).events:
            held[-1].setdefault(event.class_id, set()).add(names[event.sound])
    return held


def main() -> None:
    options = arguments(__doc__, "runs/default/seeing", "runs/default/calibrated").parse_args()
    torch.set_num_threads(1)
    recipe = yaml.safe_load((HERE / "recipe.yaml").read_text())
    whole, count = ModelConfig.parse(recipe["model"], "recipe.yaml"), recipe["training"]["validation_clips"]
    model = SeldModel.load(options.model)
    # The model carries the encoders' files that the recipe names, wherever training had them from.
    model = with_config(model, whole.model_copy(update={"decoding": model.config.decoding}))
    material = material_of(options)
    clips = prepare(options.clips, material, "validation", count, whole)
    found = calibrate(model, Validation(clips, whole), thresholds=True, held=recordings(material, count))
    found.model.save(options.output, card=(HERE / "card.md").read_text())
    print(
        f"expected calibration error: named cells {found.named_before.error:.3f} before, "
        f"{found.named_after.error:.3f} after; all cells {found.before.error:.3f}, {found.after.error:.3f}"
    )


if __name__ == "__main__":
    main()
