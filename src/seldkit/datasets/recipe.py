"""The model configuration that a recipe speaks of."""

from pathlib import Path

from seldkit.errors import ModelError
from seldkit.models import ModelConfig
from seldkit.models.bundled_weights import resolve_weight_paths
from seldkit.models.model_directory import CONFIG, model_file
from seldkit.models.yaml_file import read_yaml
from seldkit.registry import nearest

_SECTIONS = ("about", "model", "training")


def read_config(path: str | Path) -> ModelConfig:
    """The configuration of a model directory, of its `config.yaml`, or of a recipe's `model` section.

    Raises ModelError that says what is wrong in the file.
    """
    path = Path(path)
    if path.is_dir():
        return resolve_weight_paths(ModelConfig.read(model_file(path, CONFIG)), path)
    if not path.exists():
        raise ModelError(f"{path}: expected a model directory or a recipe's YAML file, found nothing")
    values = read_yaml(path)
    if "model" not in values:
        return ModelConfig.parse(values, path)
    for key in values:
        if key not in _SECTIONS:
            raise ModelError(f"{path}: unknown key '{key:.60}'; {nearest(key, _SECTIONS)}")
    if not isinstance(values["model"], dict):
        raise ModelError(f"{path}: model: expected the keys of a model's configuration")
    return ModelConfig.parse(values["model"], f"{path}: model")
