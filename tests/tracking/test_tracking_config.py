"""What a model's configuration says of events."""

from typing import Any

import pytest

from seldkit.detection.detector import DEFAULT_MODEL
from seldkit.errors import ModelError
from seldkit.models import ModelConfig
from seldkit.models.yaml_file import read_yaml
from seldkit.tracking.tracking_config import CLASS_SPANS, TrackingConfig

CONFIG = DEFAULT_MODEL / "config.yaml"


def parsed(tracking: dict[str, Any]) -> ModelConfig:
    return ModelConfig.parse({**read_yaml(CONFIG), "tracking": tracking}, "config.yaml")


def test_a_class_can_have_its_own_spans() -> None:
    config = parsed({"gate": 20.0, "classes": {"music": {"gap": 5.0}}})
    assert config.tracking is not None
    assert (config.tracking.gate, config.tracking.spans("music").gap) == (20.0, 5.0)
    assert config.tracking.spans("knock") == CLASS_SPANS["knock"]
    assert ModelConfig.parse(config.model_dump(mode="json"), "again") == config


def test_earlier_models_keep_their_text() -> None:
    assert ModelConfig.read(CONFIG).tracking is None
    assert "tracking" not in ModelConfig.read(CONFIG).yaml()


def test_classes_of_starss_have_own_spans_and_others_the_default_ones() -> None:
    assert set(CLASS_SPANS) == set(ModelConfig.read(CONFIG).classes)
    assert TrackingConfig().spans("dog").gap == 0.5


@pytest.mark.parametrize(
    ("tracking", "said"),
    [
        ({"classes": {"knok": {"gap": 1.0}}}, "knock"),
        ({"classes": {"knock": {"gap": -1.0}}}, "gap"),
        ({"classes": {"knock": {"pause": 1.0}}}, "pause"),
        ({"gate": 0.0}, "gate"),
        ({"gate": "wide"}, "gate"),
        ({"smoothing": 1e9}, "smoothing"),
        ({"smooth": 0.1}, "smoothing"),
    ],
)
def test_errors_are_reported_in_one_line(tracking: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        parsed(tracking)
    assert "\n" not in str(caught.value)
