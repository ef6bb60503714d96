"""Steps of Muon in single precision: recipes/default/muon.py."""

from collections.abc import Callable
from types import ModuleType

import pytest
import torch

Recipe = Callable[[str], ModuleType]
Shape = tuple[int, int]


@pytest.mark.parametrize("shape", [(12, 30), (30, 12), (16, 16)])
def test_orthogonal_keeps_directions_and_evens_out_lengths(recipe: Recipe, shape: Shape) -> None:
    torch.manual_seed(1)
    left, _, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    lengths = torch.linspace(0.3, 3.0, min(shape))
    found = left.T @ recipe("muon").orthogonal(left @ lengths.diag() @ right) @ right.T
    assert torch.allclose(found - found.diag().diag(), torch.zeros_like(found), atol=1e-4)
    assert 0.6 < found.diag().min() < found.diag().max() < 1.25


def test_steps_are_those_of_torch_but_for_its_rounding(recipe: Recipe) -> None:
    torch.manual_seed(2)
    start = [torch.randn(8, 20), torch.randn(24, 6)]
    ours, theirs = ([torch.nn.Parameter(one.clone()) for one in start] for _ in range(2))
    settings = {"lr": 0.1, "weight_decay": 0.3}
    mine = recipe("muon").Muon(ours, **settings)
    other = torch.optim.Muon(theirs, adjust_lr_fn="match_rms_adamw", **settings)
    for _ in range(4):
        for one, two in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape)
            two.grad = one.grad.clone()
        mine.step()
        other.step()
    for one, two, begun in zip(ours, theirs, start, strict=True):
        assert (one - two).norm() < 0.03 * (two - begun).norm()


def test_a_matrix_without_a_gradient_stays(recipe: Recipe) -> None:
    still, moved = (torch.nn.Parameter(torch.ones(3, 4)) for _ in range(2))
    moved.grad = torch.ones(3, 4)
    recipe("muon").Muon([still, moved], lr=0.1, weight_decay=0.0).step()
    assert torch.equal(still, torch.ones(3, 4))
    assert (moved < 1.0).all()
