"""Ensembles: averaged outputs, configuration and conflicts."""

import pytest
import torch

from seldkit.errors import ModelError
from seldkit.models import Ensemble, SeldModel
from training.clips import tiny_recipe

SOUND = torch.randn(2, 2, 8000, generator=torch.Generator().manual_seed(0))


def model(seed: int, **changes: object) -> SeldModel:
    torch.manual_seed(seed)
    return SeldModel(tiny_recipe().model.model_copy(update=changes)).eval()


def test_an_ensemble_of_one_model_equals_the_model() -> None:
    one = model(1)
    torch.testing.assert_close(Ensemble([one]).predict(SOUND), one.predict(SOUND))


def test_the_order_of_a_models_tracks_does_not_matter() -> None:
    first, second = model(1), model(2)
    permuted = model(2)
    permuted.load_state_dict(second.state_dict())
    weight, bias = permuted.head.output.weight.data, permuted.head.output.bias.data
    for values in (weight, bias):
        values.copy_(values.unflatten(0, (3, -1)).roll(1, 0).flatten(0, 1))
    torch.testing.assert_close(
        Ensemble([first, second]).predict(SOUND), Ensemble([first, permuted]).predict(SOUND)
    )


def test_weights_scale_the_outputs() -> None:
    first, second = model(1), model(2)
    torch.testing.assert_close(Ensemble([first, second], [0.0, 3.0]).predict(SOUND), second.predict(SOUND))
    mostly_first = Ensemble([first, second], [0.999, 0.001]).predict(SOUND)
    torch.testing.assert_close(mostly_first, first.predict(SOUND), atol=0.01, rtol=0.01)


def test_thresholds_are_the_weighted_mean() -> None:
    decoding = tiny_recipe().model.decoding
    models = [
        model(1, decoding=decoding.model_copy(update={"threshold": 0.4})),
        model(2, decoding=decoding.model_copy(update={"threshold": (0.8, 0.6)})),
    ]
    assert Ensemble(models, [1, 3]).config.decoding.threshold == pytest.approx((0.7, 0.55))


def test_models_that_do_not_fit_together_are_an_error() -> None:
    with pytest.raises(ModelError, match=r"classes is .* in one and"):
        Ensemble([model(1), model(2, classes=("low", "loud"))])
    for weights in ([1.0], [-1.0, 2.0], [0.0, 0.0]):
        with pytest.raises(ModelError, match="one weight of at least 0 for each"):
            Ensemble([model(1), model(2)], weights)
    with pytest.raises(ModelError, match="expected models"):
        Ensemble([])
