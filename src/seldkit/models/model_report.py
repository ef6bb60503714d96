"""What a model directory or a public checkpoint holds, and everything that is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError
from torch import nn

from seldkit.embeddings.compact_weights import read_compact_weights
from seldkit.errors import ModelError, SeldkitError
from seldkit.models.bundled_weights import resolve_weight_paths, weight_paths
from seldkit.models.config import ModelConfig
from seldkit.models.model import SeldModel
from seldkit.models.model_directory import (
    CARD,
    CONFIG,
    WEIGHTS,
    TensorSpec,
    model_file,
    read_header,
    tensor_mismatches,
)
from seldkit.models.network import outline_network
from seldkit.models.public_checkpoints import load_public_checkpoint
from seldkit.models.yaml_file import read_yaml
from seldkit.settings import error_messages


@dataclass
class ModelReport:
    """What was found; None or empty where it could not be told.

    parameters: weights that training changes. size: bytes on disk. features: the sound that it wants and the
    features it makes of it. dtypes: how many tensors of each type. problems: one line each; none for a model
    that can be used.
    """

    kind: str
    name: str | None = None
    parameters: int | None = None
    size: int = 0
    features: list[str] = field(default_factory=list)
    streams: dict[str, int] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    encoder: str | None = None
    fusion: str | None = None
    protocol: str | None = None
    dtypes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Turns a refusal into a problem."""
        try:
            yield
        except SeldkitError as problem:
            if str(problem) not in self.problems:
                self.problems.append(str(problem))


def inspect_model(path: str | Path) -> ModelReport:
    """Look through a model directory or a public baseline's checkpoint; damage is reported, never raised."""
    path = Path(path)
    return _inspect_directory(path) if path.is_dir() else _inspect_checkpoint(path)


def _inspect_checkpoint(path: Path) -> ModelReport:
    report = ModelReport("public checkpoint", size=path.stat().st_size if path.is_file() else 0)
    with report.noting():
        if path.suffix == ".safetensors":
            raise ModelError(
                f"{path}: weights alone; inspect the model directory that holds them with {CONFIG}"
            )
        model = load_public_checkpoint(path)
        _describe_config(report, model.config)
        report.parameters = model.parameter_count
        report.dtypes = _counted(map(TensorSpec.of, model.state_dict().values()))
    return report


def _inspect_directory(path: Path) -> ModelReport:
    report = ModelReport("model directory")
    report.size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    config: ModelConfig | None = None
    stored: dict[str, TensorSpec] | None = None
    with report.noting():
        config = _read_config(model_file(path, CONFIG), report)
    with report.noting():
        stored = read_header(model_file(path, WEIGHTS))
        report.dtypes = _counted(stored.values())
    with report.noting():
        model_file(path, CARD)
    if config is not None:
        _describe_config(report, config)
        with report.noting():
            _compare(report, outline_network(config), stored, path)
        _check_carried(report, config, path)
    return report


def _check_carried(report: ModelReport, config: ModelConfig, path: Path) -> None:
    """Whether the encoders' weights that the model names lie in its directory and can be read."""
    with report.noting():
        config = resolve_weight_paths(config, path)
    for stream, place in weight_paths(config).items():
        if not Path(place).is_relative_to(path.resolve()):
            report.problems.append(
                f"{path}: the stream '{stream}' wants the weights {place}, which are not in this directory; "
                "put them there"
            )
            continue
        with report.noting():
            read_compact_weights(stream, Path(place))


def _read_config(path: Path, report: ModelReport) -> ModelConfig | None:
    values = read_yaml(path)
    try:
        return ModelConfig.model_validate(values)
    except ValidationError as error:
        report.problems += [f"{path}: {problem}" for problem in error_messages(error)]
        return None


def _compare(
    report: ModelReport, outline: nn.Module, stored: Mapping[str, TensorSpec] | None, path: Path
) -> None:
    report.parameters = sum(parameter.numel() for parameter in outline.parameters())
    if stored is None:
        return
    found = [f"{path / WEIGHTS}: {problem}" for problem in tensor_mismatches(stored, outline.state_dict())]
    report.problems += found
    if not found:
        SeldModel.load(path)  # the weights themselves


def _describe_config(report: ModelReport, config: ModelConfig) -> None:
    sound = f"{config.features.input} at {config.features.sample_rate} Hz"
    report.name, report.protocol = config.name, config.protocol
    report.features = [sound, *(part["name"] for part in config.features.model_dump()["parts"])]
    report.streams = config.stream_widths
    report.classes, report.elements = tuple(config.classes), config.elements
    report.encoder, report.fusion = config.encoder.name, config.fusion.name


def _counted(stored: Iterable[TensorSpec]) -> dict[str, int]:
    types = [tensor.dtype for tensor in stored]
    return {dtype: types.count(dtype) for dtype in sorted(set(types))}
