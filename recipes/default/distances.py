"""Fits the distances of a trained model again: `python recipes/default/distances.py --model DIR`.

The loss of multi-ACCDOA has a target distance of 0 for inactive classes, so that the distance of a class
with half of the full confidence is half of the true one. This script fits the distance weights of the last
layer by least squares to the frames in which a class has one source; all other weights are kept. Then the
thresholds are selected again.

Division of the distances by the length of the vector overcorrects: it reduced F20/1 from 0.30 to 0.23, and
this fit did not.
"""

import torch
from clips import Clips, annotations_of, arguments
from torch import Tensor
from train import keep, last_round, outputs_of, scored

from seldkit.models import SeldModel
from seldkit.models.heads.accdoa import AccdoaHead

FITTED_CLIPS = 4000
"""Smallest number of clips for the fit, evenly selected."""
RIDGE = 1e-3
"""Ridge penalty as a fraction of the mean square of the inputs, against overfitting of rare classes."""


def main() -> None:
    """Fits the distances of a model and writes another model directory."""
    options = arguments(__doc__, "runs/default/model", "runs/default/fitted").parse_args()
    torch.set_num_threads(1)
    model, train, validation, _ = last_round(options)
    references = annotations_of(validation.targets, model.config)
    print("before:", scored(model, outputs_of(model, validation), references)[1])
    fit_distances(model, train.at(torch.arange(len(train))[:: len(train) // FITTED_CLIPS]))
    thresholds, scores = scored(model, outputs_of(model, validation), references)
    print("after:", scores)
    keep(model.state_dict(), model.config, thresholds, options.output)


def fit_distances(model: SeldModel, clips: Clips) -> None:
    """Sets the distance weights of the last layer, by class, equal for all tracks."""
    inputs = hidden_of(model, clips)  # (rows, hidden + 1)
    shape = (model.config.tracks, len(model.config.elements), len(model.config.classes))
    element = model.config.elements.index("distance")
    output = _head(model).output
    weight = output.weight.data.unflatten(0, shape)
    bias = output.bias.data.unflatten(0, shape)
    single = clips.targets[:, :, 0].flatten(0, 1).float()  # (rows, 1 + elements, classes)
    for number in range(shape[2]):
        active = single[:, 0, number] > 0
        solution = _least_squares(inputs[active], single[active, 1 + element, number])
        weight[:, element, number], bias[:, element, number] = solution[:-1], solution[-1]


@torch.inference_mode()
def hidden_of(model: SeldModel, clips: Clips) -> Tensor:
    """Inputs of the last layer and a column of ones: (clips × frames, hidden + 1)."""
    rows = []
    for chosen in torch.arange(len(clips)).split(64):
        part = clips.at(chosen)
        features = model.features.standardise(part.features.float())
        streams = {name: stream.float() for name, stream in part.streams.items()}
        encoded = model.stream_encoders(streams, len(features))
        hidden = _head(model).hidden(model.fusion(model.encoder(features), encoded))
        rows.append(torch.nn.functional.pad(hidden.flatten(0, 1), (0, 1), value=1.0))
    return torch.cat(rows)


def _head(model: SeldModel) -> AccdoaHead:
    assert isinstance(model.head, AccdoaHead)
    return model.head


def _least_squares(inputs: Tensor, distances: Tensor) -> Tensor:
    """Ridge regression of relative errors: an error of one metre has a higher weight for near sources."""
    inputs, distances = inputs.double(), distances.double()
    scale = 1.0 / distances.clamp_min(0.3)
    inputs, distances = inputs * scale[:, None], distances * scale
    square = inputs.T @ inputs
    square += RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=square.dtype)
    solution: Tensor = torch.linalg.solve(square, inputs.T @ distances).float()
    return solution


if __name__ == "__main__":
    main()
