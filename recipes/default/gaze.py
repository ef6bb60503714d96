"""The gaze of a trained model, taught once more, alone: `python recipes/default/gaze.py … --model DIR`.

In training it looks where the model says that a source is, right or wrong, and shares its steps with all
else. Here it looks where sources are, give or take some degrees; everything else stays as it was.
"""

import torch
from clips import Clips, annotations_of, arguments
from torch import Tensor
from train import HERE, last_round, outputs_of, scored

from seldkit.models import ModelConfig, SeldModel

EPOCHS, BATCH = 6, 64
LEARNING_RATE, WEIGHT_DECAY = 0.003, 0.05
OFF_DEGREES = 6.0
"""Standard deviation of the directions that it is told."""
EVERY = 5
"""Frames of which one is looked at: pictures come once a second."""


def main() -> None:
    """Teach a model directory's gaze, and write another."""
    options = arguments(__doc__, "runs/default/model", "runs/default/seeing").parse_args()
    torch.set_num_threads(1)
    model, train, validation, seed = last_round(options)
    truth = annotations_of(validation.targets, model.config)
    print("before:", scored(model, outputs_of(model, validation), truth)[1])
    teach(model, train, seed)
    print("after:", scored(model, outputs_of(model, validation), truth)[1])
    model.save(options.output, card=(HERE / "card.md").read_text())


def teach(model: SeldModel, clips: Clips, seed: int) -> None:
    """Fit the gaze by cross-entropy to the frames in which a class has one source."""
    torch.manual_seed(seed)
    attention, settings = model.onscreen_attention, model.config.onscreen_attention
    assert attention is not None
    assert settings is not None
    optimizer = torch.optim.AdamW(attention.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = len(clips) // BATCH
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=EPOCHS * steps)
    pictures = clips.streams[settings.stream]
    model.eval()
    attention.train()
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(clips))[: steps * BATCH].split(BATCH):
            told, active, seen = _told(model.config, clips.targets[chosen])
            # of clips whose pictures are left out the answer stays as told, and there is no step
            said = attention(told, pictures[chosen].float())[:, :, 0, -1]
            loss = torch.nn.functional.binary_cross_entropy(said[active], seen[active])
            model.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
    model.eval()


def _told(config: ModelConfig, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Directions as an answer of one track, (clips, frames, 1, elements, classes); which cells sound, and in
    which of them the source is on the screen, (clips, frames, classes)."""
    single = targets[:, EVERY // 2 :: EVERY, 0].float()  # (clips, frames, 1 + elements, classes)
    x, y = (single[:, :, 1 + config.elements.index(name)] for name in ("x", "y"))
    azimuth = torch.atan2(y, x) + torch.deg2rad(OFF_DEGREES * torch.randn(x.shape))
    told = torch.zeros(single[:, :, 1:].unsqueeze(2).shape)
    told[:, :, 0, 0], told[:, :, 0, 1] = azimuth.cos(), azimuth.sin()
    return told, single[:, :, 0] > 0, single[:, :, 1 + config.elements.index("onscreen")]


if __name__ == "__main__":
    main()
