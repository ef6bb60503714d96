import pytest
import torch
from pydantic import ValidationError

from seldkit.features import FeatureConfig, FeatureStack, IntensityVector, LogMel


def stack(*parts: str, **config: object) -> FeatureStack:
    values = {"parts": [{"name": name} for name in parts], **config}
    return FeatureStack(FeatureConfig.model_validate(values))


def test_features_are_stacked_in_order() -> None:
    foa = torch.randn(2, 4, 9600, generator=torch.Generator().manual_seed(0))
    features = stack("log-mel", "intensity-vector", input="foa")
    assert (features.channel_count, features.bins, features.frames_per_second) == (7, 64, 50.0)
    found = features(foa)
    assert found.shape == (2, 7, 21, 64)
    torch.testing.assert_close(found[:, :4], LogMel(top_db=None)(foa))
    torch.testing.assert_close(found[:, 4:], IntensityVector()(foa))


def test_the_stack_of_the_baselines_equals_log_mel() -> None:
    config = {"parts": [{"name": "log-mel", "top_db": 80.0}]}
    sound = torch.randn(1, 2, 24000)
    found = FeatureStack(FeatureConfig.model_validate(config))(sound)
    torch.testing.assert_close(found, LogMel()(sound))


def test_a_fitted_stack_standardises_each_channel_and_bin() -> None:
    features = stack("log-mel", "level-difference", standardise=True)
    sounds = [torch.randn(4, 2, 12000) * scale for scale in (0.01, 0.1)]
    features.fit_standardisation(features.extract_raw(sound) for sound in sounds)
    found = torch.cat([features(sound) for sound in sounds])
    torch.testing.assert_close(found.mean(dim=(0, 2)), torch.zeros(3, 64), atol=1e-3, rtol=0)
    torch.testing.assert_close(found.std(dim=(0, 2)), torch.ones(3, 64), atol=2e-2, rtol=0)


def test_mean_and_deviation_are_saved_with_the_weights() -> None:
    first, second = (stack("log-mel", standardise=True) for _ in range(2))
    first.fit_standardisation([torch.randn(2, 2, 10, 64) * 3 + 5])
    second.load_state_dict(first.state_dict())
    sound = torch.randn(1, 2, 4800)
    torch.testing.assert_close(second(sound), first(sound))
    assert list(stack("log-mel").state_dict()) == []


def test_wrong_audio_is_rejected() -> None:
    with pytest.raises(
        ValueError, match=r"expected stereo audio \(batch, 2, samples\), got shape \(1, 4, 480\)"
    ):
        stack("log-mel")(torch.zeros(1, 4, 480))
    with pytest.raises(ValueError, match="expected 2 audio channels"):
        stack("level-difference", input="foa")
    with pytest.raises(ValueError, match="does not standardise"):
        stack("log-mel").fit_standardisation([])
    with pytest.raises(ValueError, match="at least one batch"):
        stack("log-mel", standardise=True).fit_standardisation([])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"parts": [{"name": "logmel"}]}, "unknown feature 'logmel'; did you mean 'log-mel'"),
        ({"parts": [{"name": "log-mel", "topdb": 80.0}]}, "unknown key 'topdb'; did you mean 'top_db'"),
        ({"parts": []}, "at least 1 item"),
        ({"parts": [{"name": "log-mel"}], "grid": {"hop": 0}}, "greater than or equal to 1"),
        ({"parts": [{"name": "log-mel"}], "input": "binaural"}, "'stereo'"),
    ],
)
def test_wrong_settings_are_reported(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FeatureConfig.model_validate(values)


def test_mixed_precision_does_not_change_features() -> None:
    features, sound = (
        stack("log-mel", "level-difference", "short-term-autocorrelation"),
        torch.randn(1, 2, 4800),
    )
    expected = features(sound)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(features(sound), expected)
