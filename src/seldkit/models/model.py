"""The assembled model: what training trains, detection asks and a model directory holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from seldkit.accdoa import decode
from seldkit.annotations import Annotations
from seldkit.calibration.confidence_curves import calibrate_confidences
from seldkit.errors import ModelError
from seldkit.models.bundled_weights import bundled_files, resolve_weight_paths, strip_weight_paths
from seldkit.models.config import ModelConfig
from seldkit.models.model_directory import find_model_files, read_tensors, write_model
from seldkit.models.network import build_network, outline_network
from seldkit.models.symmetry import Mirror, symmetric_mean

Streams = Mapping[str, Tensor]


def decode_output(
    config: ModelConfig, output: Tensor | ArrayLike, threshold: float | Sequence[float] | None = None
) -> list[Annotations]:
    """What an answer says under a configuration: its decoding, and its calibration of confidences."""
    found = decode(
        output,
        elements=config.elements,
        threshold=config.decoding.threshold if threshold is None else threshold,
        unify=config.decoding.unify,
        classes=config.classes,
    )
    return [calibrate_confidences(one, config.calibration) for one in found]


class SeldModel(nn.Module):
    """Features, encoder, stream encoders, fusion, head and gaze of one configuration.

    A model gives (batch, label frames, tracks, elements, classes), elements in the order of
    `config.elements`; there are as many label frames as the clip's length holds.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        parts = build_network(config)
        self.features, self.encoder, self.streams = parts.features, parts.encoder, parts.streams
        self.fusion, self.head, self.gaze = parts.fusion, parts.head, parts.gaze
        self._mirror = Mirror(config, self.features) if config.symmetric else None

    def forward(
        self, features: Tensor, streams: Streams | None = None, mirrored: Streams | None = None
    ) -> Tensor:
        """Answer to features, (batch, channels, frames, bins), and streams, each (batch, time, dim).

        A symmetric model's answer is the mean of this one and of the mirrored answer to the mirrored clip,
        except in training. mirrored: streams of the mirrored clip, where they were computed; others are made
        of those of the clip. A stream may be missing where the model was trained for it (stream dropout):
        MissingStreamWarning. Raises ModelError where features or streams are not the ones that the model
        was made for.
        """
        self._check_features(features)
        streams = streams or {}
        self._check_streams(streams, len(features))
        if self._mirror is None or self.training:
            return self._answer(features, streams)
        both = self._answer(*_with_mirrored(self._mirror, features, streams, mirrored or {}))
        straight, other = both.chunk(2)
        directions = 2 + ("z" in self.config.elements)
        return symmetric_mean(straight, self._mirror.answer(other), directions)

    def predict(
        self, waveform: Tensor, streams: Streams | None = None, mirrored: Streams | None = None
    ) -> Tensor:
        """Answer to sound, (batch, channels, samples) at `config.features.sample_rate`."""
        return self.forward(self.features(waveform), streams, mirrored)

    def answer_to(self, heard: Tensor, streams: Streams) -> Tensor:
        """What lies behind the encoder: the answer to what it heard, (batch, label frames, dim)."""
        output: Tensor = self.head(self.fusion(heard, self.streams(streams, len(heard))))
        if self.config.gaze is None or self.gaze is None:
            return output
        looked: Tensor = self.gaze(output, streams.get(self.config.gaze.stream))
        return looked

    def decode(
        self, output: Tensor | ArrayLike, threshold: float | Sequence[float] | None = None
    ) -> list[Annotations]:
        """What an answer of this model says, one table for each clip, as its configuration decodes it.

        threshold: instead of the configuration's; one number or one for each class.
        """
        return decode_output(self.config, output, threshold)

    @property
    def parameter_count(self) -> int:
        """The number of weights that training changes."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    def save(self, directory: str | Path, card: str) -> Path:
        """Write the model directory: weights, configuration and `card`, the README.md that tells of them.

        The files of safetensors that streams name as their encoders' weights are copied into it.
        A model directory of that name is replaced as a whole; any other directory is left alone (ModelError).
        """
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in self.state_dict().items()}
        return write_model(
            Path(directory), state, strip_weight_paths(self.config).yaml(), card, bundled_files(self.config)
        )

    @classmethod
    def load(cls, directory: str | Path, device: str | torch.device = "cpu") -> Self:
        """The model that a directory holds, ready to be asked (eval mode).

        Nothing is taken on trust: names and shapes of all weights are compared with the configuration before
        memory is taken, and weights must be numbers. Raises ModelError.
        """
        files = find_model_files(Path(directory))
        config = resolve_weight_paths(ModelConfig.read(files.config), Path(directory))
        state = read_tensors(files.weights, outline_network(config).state_dict())
        model = cls(config)
        model.load_state_dict(state)
        return model.to(device).eval()

    def _answer(self, features: Tensor, streams: Streams) -> Tensor:
        return self.answer_to(self.encoder(features), streams)

    def _check_features(self, features: Tensor) -> None:
        channels, bins, shape = self.features.channel_count, self.features.bins, tuple(features.shape)
        shortest = self.config.encoder.pooling
        fits = len(shape) == 4 and (shape[1], shape[3]) == (channels, bins)
        if not fits or shape[0] == 0 or shape[2] < shortest:
            raise ModelError(
                f"model '{self.config.name}' wants features (batch, {channels}, frames, {bins}) of at least "
                f"{shortest} frames (one label frame), got {shape}"
            )

    def _check_streams(self, streams: Streams, batch: int) -> None:
        name, wanted = self.config.name, self.config.stream_widths
        for stream in [*wanted, *streams]:
            if stream not in wanted:
                shape, known = tuple(streams[stream].shape), ", ".join(wanted) or "none"
                raise ModelError(f"model '{name}' knows no stream '{stream}', got {shape}; it wants: {known}")
            expected = f"'{stream}' of shape (batch {batch}, time, {wanted[stream]})"
            if stream not in streams:
                if self.config.stream_dropout:
                    continue
                raise ModelError(f"model '{name}' wants the stream {expected}, got none")
            shape = tuple(streams[stream].shape)
            if len(shape) != 3 or shape[0] != batch or shape[1] == 0 or shape[2] != wanted[stream]:
                raise ModelError(f"model '{name}' wants the stream {expected}, got {shape}")


def _with_mirrored(
    mirror: Mirror, features: Tensor, streams: Streams, known: Streams
) -> tuple[Tensor, Streams]:
    """Twice the batch: the clips, then their mirror images."""
    other = mirror.streams(streams, known)
    both = {name: torch.cat([stream, other[name]]) for name, stream in streams.items()}
    return torch.cat([features, mirror.features(features)]), both
