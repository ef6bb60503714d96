"""Trains the on-screen attention of a trained model again, separately.

    python recipes/default/gaze.py … --model DIR

During training of the whole model, its input is the predicted direction of a source, which may be wrong.
Here its input is the true direction with a random error of some degrees; all other weights are kept.
"""

import torch
from clips import Clips, annotations_of, arguments
from torch import Tensor
from train import HERE, last_round, outputs_of, scored

from seldkit.models import ModelConfig, SeldModel

EPOCHS, BATCH = 6, 64
LEARNING_RATE, WEIGHT_DECAY = 0.003, 0.05
OFF_DEGREES = 6.0
"""Standard deviation of the error of the input directions in degrees."""
EVERY = 5
"""One in this number of frames is used, because there is one image per second."""


def main() -> None:
    """Trains the on-screen attention of a model and writes another model directory."""
    options = arguments(__doc__, "runs/default/model", "runs/default/seeing").parse_args()
    torch.set_num_threads(1)
    model, train, validation, seed = last_round(options)
    references = annotations_of(validation.targets, model.config)
    print("before:", scored(model, outputs_of(model, validation), references)[1])
    teach(model, train, seed)
    print("after:", scored(model, outputs_of(model, validation), references)[1])
    model.save(options.output, card=(HERE / "card.md").read_text())


def teach(model: SeldModel, clips: Clips, seed: int) -> None:
    """Trains the on-screen attention with cross-entropy on the frames in which a class has one source."""
    torch.manual_seed(seed)
    attention, settings = model.onscreen_attention, model.config.onscreen_attention
    assert attention is not None
    assert settings is not None
    optimizer = torch.optim.AdamW(attention.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = len(clips) // BATCH
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=EPOCHS * steps)
    images = clips.streams[settings.stream]
    model.eval()
    attention.train()
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(clips))[: steps * BATCH].split(BATCH):
            inputs, active, onscreen = _inputs(model.config, clips.targets[chosen])
            # If stream dropout removes the images of a clip, the output equals the input and has no gradient.
            output = attention(inputs, images[chosen].float())[:, :, 0, -1]
            loss = torch.nn.functional.binary_cross_entropy(output[active], onscreen[active])
            model.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
    model.eval()


def _inputs(config: ModelConfig, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Directions as the output of one track, (clips, frames, 1, elements, classes); the active cells,
    and those of which the source is on-screen, (clips, frames, classes)."""
    single = targets[:, EVERY // 2 :: EVERY, 0].float()  # (clips, frames, 1 + elements, classes)
    x, y = (single[:, :, 1 + config.elements.index(name)] for name in ("x", "y"))
    azimuth = torch.atan2(y, x) + torch.deg2rad(OFF_DEGREES * torch.randn(x.shape))
    inputs = torch.zeros(single[:, :, 1:].unsqueeze(2).shape)
    inputs[:, :, 0, 0], inputs[:, :, 0, 1] = azimuth.cos(), azimuth.sin()
    return inputs, single[:, :, 0] > 0, single[:, :, 1 + config.elements.index("onscreen")]


if __name__ == "__main__":
    main()
