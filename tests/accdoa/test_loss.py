from itertools import product

import numpy as np
import pytest
import torch

from paths import SHARED, needs_shared
from seldkit.accdoa import AccdoaLoss, AdpitLoss

AUDIO = ("x", "y", "distance")
AUDIO_VISUAL = (*AUDIO, "onscreen")


def example(elements: tuple[str, ...], seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A random output and a target with zero to three sources a class."""
    rng = np.random.default_rng(seed)
    frames, classes = 4, 5
    target = np.zeros((2, frames, 6, 1 + len(elements), classes), np.float32)
    first = {0: [], 1: [0], 2: [1, 2], 3: [3, 4, 5]}
    for batch, frame, class_id in product(range(2), range(frames), range(classes)):
        for slot in first[int(rng.integers(4))]:
            values = [1.0, *rng.normal(size=2), *[rng.uniform(0.5, 5)] * (len(elements) > 2)]
            values += [float(rng.integers(2))] * (len(elements) > 3)
            target[batch, frame, slot, :, class_id] = values
    output = rng.normal(size=(2, frames, 3, len(elements), classes))
    if "onscreen" in elements:
        output[..., -1, :] = rng.uniform(0.01, 0.99, output[..., -1, :].shape)
    return torch.from_numpy(output), torch.from_numpy(target).double()


def slow_loss(output: np.ndarray, target: np.ndarray, onscreen: bool) -> float:
    """Every way in which the tracks can take all sources of a class, one after the other."""
    losses = []
    regressed = output.shape[3] - onscreen
    for b, t, c in product(range(output.shape[0]), range(output.shape[1]), range(output.shape[4])):
        sources = [slot[1:] for slot in target[b, t, :, :, c] if slot[0] > 0] or [
            0.0 * target[b, t, 0, 1:, c]
        ]
        best = None
        for order in product(range(len(sources)), repeat=3):
            if len(set(order)) < len(sources):
                continue
            wanted = np.array([sources[number] for number in order])
            error = np.square(output[b, t, :, :regressed, c] - wanted[:, :regressed]).mean()
            p = output[b, t, :, -1, c]
            cross = (
                -(wanted[:, -1] * np.log(p) + (1 - wanted[:, -1]) * np.log(1 - p)).mean() if onscreen else 0.0
            )
            if best is None or error < best[0]:
                best = (error, cross)
        assert best is not None
        losses.append(sum(best))
    return float(np.mean(losses))


@pytest.mark.parametrize("elements", [AUDIO, AUDIO_VISUAL])
@pytest.mark.parametrize("seed", range(3))
def test_the_loss_is_the_minimum_over_all_assignments(elements: tuple[str, ...], seed: int) -> None:
    output, target = example(elements, seed)
    expected = slow_loss(output.numpy(), target.numpy(), "onscreen" in elements)
    assert AdpitLoss(elements).double()(output, target).item() == pytest.approx(expected, rel=1e-6)


@needs_shared
@pytest.mark.parametrize(("name", "elements"), [("audio", AUDIO), ("audio_visual", AUDIO_VISUAL)])
def test_loss_and_gradient_equal_the_official_ones(name: str, elements: tuple[str, ...]) -> None:
    official = np.load(SHARED / "vectors/dcase2025/adpit_loss.npz")
    output = torch.from_numpy(official[f"{name}_output"]).requires_grad_()
    target = torch.from_numpy(official["target"])[:, :, :, : 1 + len(elements)]
    loss = AdpitLoss(elements)(output, target)
    loss.backward()
    assert loss.item() == pytest.approx(float(official[f"{name}_loss"]), rel=1e-6)
    np.testing.assert_allclose(output.grad, official[f"{name}_grad"], atol=1e-8)


def test_the_order_of_tracks_does_not_matter() -> None:
    output, target = example(AUDIO_VISUAL)
    loss = AdpitLoss().double()
    assert loss(output[:, :, [2, 0, 1]], target).item() == pytest.approx(loss(output, target).item())


def test_a_perfect_prediction_has_zero_loss() -> None:
    _, target = example(AUDIO)
    one = target.clone()
    one[:, :, 1:] = 0
    answer = one[:, :, [0, 0, 0], 1:]
    assert AdpitLoss(AUDIO).double()(answer, one).item() == 0.0
    three = target.clone()
    three[:, :, :3] = 0
    three[:, :, 3:, 0] = 1.0
    assert AdpitLoss(AUDIO).double()(three[:, :, [5, 3, 4], 1:], three).item() == 0.0


def test_a_masked_onscreen_loss_ignores_inactive_tracks() -> None:
    output, target = example(AUDIO_VISUAL)
    silent = torch.zeros_like(target)
    assert AdpitLoss(mask_onscreen=True).double()(output * 0 + 0.9, silent) < AdpitLoss().double()(
        output * 0 + 0.9, silent
    )
    plain, doubled = AdpitLoss(onscreen_weight=1).double(), AdpitLoss(onscreen_weight=2).double()
    without = AdpitLoss(onscreen_weight=0).double()(output, target)
    assert doubled(output, target) - without == pytest.approx(2 * (plain(output, target) - without).item())


def test_distance_weight_scales_the_distance_error() -> None:
    output, target = example(AUDIO)
    assert AdpitLoss(AUDIO, distance_weight=0.1).double()(output, target) < AdpitLoss(AUDIO).double()(
        output, target
    )


def test_class_weights_apply_where_the_class_is_active() -> None:
    output, target = example(AUDIO)
    target[..., 1:] = 0.0  # the last four classes are silent
    plain, other = AdpitLoss(AUDIO).double(), AdpitLoss(AUDIO, class_weights=[1.0, 9.0, 9.0, 9.0, 9.0])
    assert other.double()(output, target) == pytest.approx(plain(output, target).item())
    heavy = AdpitLoss(AUDIO, class_weights=[3.0, 1.0, 1.0, 1.0, 1.0]).double()
    silent = target.clone()
    silent[..., 0] = 0.0
    assert heavy(output, silent) == pytest.approx(plain(output, silent).item())
    wanted = plain._assign(output, target)[..., 0]  # (batch, frames, tracks, 1 + elements)
    share = ((output[..., 0] - wanted[..., 1:]).square() * (wanted[..., :1] > 0)).sum() / output.numel()
    assert heavy(output, target) == pytest.approx((plain(output, target) + 2.0 * share).item())


def test_gradients_are_finite_for_probabilities_of_0_and_1() -> None:
    output, target = example(AUDIO_VISUAL)
    output[..., -1, :] = (output[..., -1, :] > 0.5).double()
    output.requires_grad_()
    AdpitLoss().double()(output, target).backward()
    assert output.grad is not None
    assert output.grad.isfinite().all()


def test_wrong_shapes_are_rejected() -> None:
    output, target = example(AUDIO)
    with pytest.raises(ValueError, match=r"expected output .* got \(2, 4, 3, 3, 5\)"):
        AdpitLoss(AUDIO_VISUAL)(output, target)
    with pytest.raises(ValueError, match="x y"):
        AdpitLoss(("y", "x"))


def test_single_accdoa_loss_is_squared_error_and_cross_entropy() -> None:
    output, target = torch.full((1, 2, 1, 4, 3), 0.5), torch.zeros(1, 2, 4, 3)
    assert AccdoaLoss()(output, target).item() == pytest.approx((0.25 + np.log(2)) / 2)
    assert AccdoaLoss(AUDIO)(output[:, :, :, :3], target[:, :, :3]).item() == pytest.approx(0.25)
