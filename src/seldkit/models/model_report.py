"""Inspection of model directories and public checkpoints."""

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
    """Content and problems of a model; None or empty where it could not be determined.

    Attributes:
        kind: ``"model directory"`` or ``"public checkpoint"``.
        name: Name of the model.
        parameters: Number of trainable parameters.
        size: Size on disk in bytes.
        features: Input audio and names of the features.
        streams: Width of each stream, by name.
        classes: Class names.
        elements: Elements of a track.
        encoder: Registered name of the encoder.
        fusion: Registered name of the fusion.
        protocol: Protocol whose scores were used to choose the model.
        dtypes: Number of tensors by data type.
        problems: One line per problem; empty for a usable model.
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
    def collecting_errors(self) -> Iterator[None]:
        """Adds errors of the block to the problems.

        Yields:
            Nothing.
        """
        try:
            yield
        except SeldkitError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))


def inspect_model(path: str | Path) -> ModelReport:
    """Inspects a model directory or a checkpoint of a public baseline.

    Args:
        path: Directory or checkpoint file.

    Returns:
        Content and problems; damage is reported, not raised.
    """
    path = Path(path)
    return _inspect_directory(path) if path.is_dir() else _inspect_checkpoint(path)


def _inspect_checkpoint(path: Path) -> ModelReport:
    report = ModelReport("public checkpoint", size=path.stat().st_size if path.is_file() else 0)
    with report.collecting_errors():
        if path.suffix == ".safetensors":
            raise ModelError(
                f"{path}: weights without configuration; inspect the model directory that contains them "
                f"with {CONFIG}"
            )
        model = load_public_checkpoint(path)
        _describe_config(report, model.config)
        report.parameters = model.parameter_count
        report.dtypes = _count_dtypes(map(TensorSpec.from_tensor, model.state_dict().values()))
    return report


def _inspect_directory(path: Path) -> ModelReport:
    report = ModelReport("model directory")
    report.size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    config: ModelConfig | None = None
    stored: dict[str, TensorSpec] | None = None
    with report.collecting_errors():
        config = _read_config(model_file(path, CONFIG), report)
    with report.collecting_errors():
        stored = read_header(model_file(path, WEIGHTS))
        report.dtypes = _count_dtypes(stored.values())
    with report.collecting_errors():
        model_file(path, CARD)
    if config is not None:
        _describe_config(report, config)
        with report.collecting_errors():
            _compare_tensors(report, outline_network(config), stored, path)
        _check_bundled_weights(report, config, path)
    return report


def _check_bundled_weights(report: ModelReport, config: ModelConfig, path: Path) -> None:
    """Checks that weights of frozen encoders are in the directory and can be read."""
    with report.collecting_errors():
        config = resolve_weight_paths(config, path)
    for stream, weights in weight_paths(config).items():
        if not Path(weights).is_relative_to(path.resolve()):
            report.problems.append(
                f"{path}: the stream '{stream}' requires the weights {weights}, which are not in this "
                "directory; copy them there"
            )
            continue
        with report.collecting_errors():
            read_compact_weights(stream, Path(weights))


def _read_config(path: Path, report: ModelReport) -> ModelConfig | None:
    values = read_yaml(path)
    try:
        return ModelConfig.model_validate(values)
    except ValidationError as error:
        report.problems += [f"{path}: {message}" for message in error_messages(error)]
        return None


def _compare_tensors(
    report: ModelReport, outline: nn.Module, stored: Mapping[str, TensorSpec] | None, path: Path
) -> None:
    report.parameters = sum(parameter.numel() for parameter in outline.parameters())
    if stored is None:
        return
    mismatches = tensor_mismatches(stored, outline.state_dict())
    report.problems += [f"{path / WEIGHTS}: {mismatch}" for mismatch in mismatches]
    if not mismatches:
        SeldModel.load(path)  # checks the values


def _describe_config(report: ModelReport, config: ModelConfig) -> None:
    audio = f"{config.features.input} at {config.features.sample_rate} Hz"
    report.name, report.protocol = config.name, config.protocol
    report.features = [audio, *(part["name"] for part in config.features.model_dump()["parts"])]
    report.streams = config.stream_widths
    report.classes, report.elements = tuple(config.classes), config.elements
    report.encoder, report.fusion = config.encoder.name, config.fusion.name


def _count_dtypes(stored: Iterable[TensorSpec]) -> dict[str, int]:
    dtypes = [tensor.dtype for tensor in stored]
    return {dtype: dtypes.count(dtype) for dtype in sorted(set(dtypes))}
