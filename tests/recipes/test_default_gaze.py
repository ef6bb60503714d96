"""The gaze, taught once more alone: recipes/default/gaze.py."""

from collections.abc import Callable
from types import ModuleType

import pytest
import torch

from seldkit.models import ModelConfig, SeldModel

TILES, VALUES, COUNT = 8, 5, 256
CONFIG = {
    "name": "gazing",
    "classes": ["bell", "knock"],
    "elements": ["x", "y", "distance", "onscreen"],
    "features": {"parts": [{"name": "log-mel"}]},
    "streams": {"pictures": TILES * VALUES},
    "stream_dropout": 0.1,
    "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    "fusion": {"name": "cross-modal-conformer", "conformer": {"layers": 1, "heads": 2, "feedforward": 8}},
    "onscreen_attention": {"stream": "pictures", "tiles": TILES, "hidden": 16},
}


def test_it_learns_what_is_seen_where_a_source_is_and_nothing_else_changes(
    recipe: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    gaze, clips = recipe("gaze"), recipe("clips")
    torch.manual_seed(0)
    model = SeldModel(ModelConfig.model_validate(CONFIG)).eval()
    before = {name: weights.clone() for name, weights in model.state_dict().items()}
    there = torch.rand(COUNT) < 0.5
    pictures = torch.randn(COUNT, 1, TILES, VALUES)
    pictures[there, :, 3:5] += 3.0  # both tiles in the middle
    targets = torch.zeros(COUNT, 10, 6, 5, 2)
    targets[:, :, 0, :2, 0] = 1.0  # a bell sounds from ahead
    targets[:, :, 0, 4, 0] = there[:, None].float()
    material = clips.Clips(torch.zeros(COUNT, 1), targets, {"pictures": pictures.flatten(2)})
    monkeypatch.setattr(gaze, "EPOCHS", 30)
    gaze.teach(model, material, seed=1)
    told, active, seen = gaze._inputs(model.config, targets)
    with torch.inference_mode():
        said = model.onscreen_attention(told, pictures.flatten(2))[:, :, 0, -1]
    assert ((said > 0.5) == (seen > 0.5))[active].float().mean() > 0.95
    changed = {name for name, weights in model.state_dict().items() if not torch.equal(weights, before[name])}
    assert {name.split(".")[0] for name in changed} == {"onscreen_attention"}
