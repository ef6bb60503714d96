"""`SeldModel`: the assembled model that is trained, saved, loaded and used for detection."""

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
    """Decodes the output of a model and calibrates the confidences.

    Args:
        config: Configuration of the model.
        output: ``(clips, frames, tracks, elements, classes)``.
        threshold: Activity threshold, one number or one per class, greater than 0; None for the
            configuration's.

    Returns:
        Annotations of each clip.
    """
    annotations = decode(
        output,
        elements=config.elements,
        threshold=config.decoding.threshold if threshold is None else threshold,
        unify=config.decoding.unify,
        classes=config.classes,
    )
    return [calibrate_confidences(one, config.calibration) for one in annotations]


class SeldModel(nn.Module):
    """A sound event localization and detection model.

    Features, encoder, stream encoders, fusion, head and on-screen attention of one configuration, with random
    weights; `load` reads a trained model.

    Args:
        config: Configuration of the model.

    Raises:
        ModelError: If the settings of two parts do not fit together.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        network = build_network(config)
        self.features, self.encoder = network.features, network.encoder
        self.stream_encoders, self.fusion = network.stream_encoders, network.fusion
        self.head, self.onscreen_attention = network.head, network.onscreen_attention
        self._mirror = Mirror(config, self.features) if config.symmetric else None

    def forward(
        self, features: Tensor, streams: Streams | None = None, mirrored: Streams | None = None
    ) -> Tensor:
        """Computes the output from features.

        In eval mode, a symmetric model averages its output with the mirrored output of the mirrored clip.

        Args:
            features: ``(batch, channels, frames, bins)``.
            streams: Streams by name, each ``(batch, time, dim)``. If the model was trained with stream
                dropout, streams may be missing (MissingStreamWarning).
            mirrored: Streams of the mirrored clip, each ``(batch, time, dim)``. Streams that are not given
                are approximated from `streams`.

        Returns:
            ``(batch, label frames, tracks, elements, classes)``, elements in the order of
            ``config.elements``.

        Raises:
            ModelError: If features or streams have unexpected names or shapes.
        """
        self._check_features(features)
        streams = streams or {}
        self._check_streams(streams, len(features))
        if self._mirror is None or self.training:
            return self._forward(features, streams)
        both = self._forward(*_append_mirrored(self._mirror, features, streams, mirrored or {}))
        original, other = both.chunk(2)
        directions = 2 + ("z" in self.config.elements)
        return symmetric_mean(original, self._mirror.mirror_output(other), directions)

    def predict(
        self, waveform: Tensor, streams: Streams | None = None, mirrored: Streams | None = None
    ) -> Tensor:
        """Computes the output from audio.

        Args:
            waveform: ``(batch, channels, samples)`` at ``config.features.sample_rate``.
            streams: Streams by name, each ``(batch, time, dim)``; see `forward`.
            mirrored: Streams of the mirrored clip, each ``(batch, time, dim)``; see `forward`.

        Returns:
            ``(batch, label frames, tracks, elements, classes)``.
        """
        return self.forward(self.features(waveform), streams, mirrored)

    def decode(
        self, output: Tensor | ArrayLike, threshold: float | Sequence[float] | None = None
    ) -> list[Annotations]:
        """Decodes an output of this model, as set in its configuration.

        Args:
            output: ``(clips, frames, tracks, elements, classes)``.
            threshold: Activity threshold, one number or one per class, greater than 0; None for the
                configuration's.

        Returns:
            Annotations of each clip.
        """
        return decode_output(self.config, output, threshold)

    @property
    def parameter_count(self) -> int:
        """Number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    def save(self, directory: str | Path, card: str) -> Path:
        """Writes a model directory: weights, configuration, model card, bundled weights of frozen encoders.

        An existing model directory is replaced as a whole.

        Args:
            directory: Path of the directory.
            card: Text of the model card.

        Returns:
            Path of the directory.

        Raises:
            ModelError: If the directory exists and is not a model directory.
        """
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in self.state_dict().items()}
        config = strip_weight_paths(self.config).yaml()
        return write_model(Path(directory), state, config, card, bundled_files(self.config))

    @classmethod
    def load(cls, directory: str | Path, device: str | torch.device = "cpu") -> Self:
        """Loads a model directory.

        Names and shapes of all tensors are compared with the configuration before memory is allocated. Names
        of earlier versions are accepted.

        Args:
            directory: Path of the directory.
            device: Device of the model.

        Returns:
            The model in eval mode.

        Raises:
            ModelError: If a file is missing, damaged, or does not match the configuration.
        """
        files = find_model_files(Path(directory))
        config = resolve_weight_paths(ModelConfig.read(files.config), Path(directory))
        state = read_tensors(files.weights, outline_network(config).state_dict())
        model = cls(config)
        model.load_state_dict(state)
        return model.to(device).eval()

    def _forward(self, features: Tensor, streams: Streams) -> Tensor:
        encoded = self.encoder(features)  # (batch, label frames, dim)
        output: Tensor = self.head(self.fusion(encoded, self.stream_encoders(streams, len(encoded))))
        settings = self.config.onscreen_attention
        if settings is None or self.onscreen_attention is None:
            return output
        attended: Tensor = self.onscreen_attention(output, streams.get(settings.stream))
        return attended

    def _check_features(self, features: Tensor) -> None:
        channels, bins, shape = self.features.channel_count, self.features.bins, tuple(features.shape)
        shortest = self.config.encoder.pooling
        fits = len(shape) == 4 and (shape[1], shape[3]) == (channels, bins)
        if not fits or shape[0] == 0 or shape[2] < shortest:
            raise ModelError(
                f"model '{self.config.name}' requires features (batch, {channels}, frames, {bins}) of at "
                f"least {shortest} frames (one label frame), got {shape}"
            )

    def _check_streams(self, streams: Streams, batch: int) -> None:
        name, widths = self.config.name, self.config.stream_widths
        for stream in [*widths, *streams]:
            if stream not in widths:
                shape, known = tuple(streams[stream].shape), ", ".join(widths) or "none"
                raise ModelError(
                    f"model '{name}' has no stream '{stream}', got {shape}; its streams: {known}"
                )
            expected = f"'{stream}' of shape (batch {batch}, time, {widths[stream]})"
            if stream not in streams:
                if self.config.stream_dropout:
                    continue
                raise ModelError(f"model '{name}' requires the stream {expected}, got none")
            shape = tuple(streams[stream].shape)
            if len(shape) != 3 or shape[0] != batch or shape[1] == 0 or shape[2] != widths[stream]:
                raise ModelError(f"model '{name}' requires the stream {expected}, got {shape}")


def _append_mirrored(
    mirror: Mirror, features: Tensor, streams: Streams, known: Streams
) -> tuple[Tensor, Streams]:
    """A batch of twice the size: the clips, then the mirrored clips."""
    mirrored = mirror.mirror_streams(streams, known)
    both = {name: torch.cat([stream, mirrored[name]]) for name, stream in streams.items()}
    return torch.cat([features, mirror.mirror_features(features)]), both
