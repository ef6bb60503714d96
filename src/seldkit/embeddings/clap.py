"""CLAP, an encoder of audio trained with language (Wu et al., ICASSP 2023; HTSAT audio encoder)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from seldkit.embeddings.mono_input import MonoChannel, resample, select_channel
from seldkit.embeddings.pretrained_weights import SAFETENSORS_FILE, freeze, load_pretrained
from seldkit.embeddings.registry import EMBEDDINGS, Modality, TokenDim, WeightsLocation, require_token_dim
from seldkit.settings import Settings
from seldkit.types import Samples

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MODEL_FILES: Final = ("config.json", SAFETENSORS_FILE, "preprocessor_config.json")
SEGMENTS_PER_BATCH: Final = 8
"""Number of segments of 10 s that are encoded at once."""


@EMBEDDINGS.register("clap")
class ClapSettings(Settings):
    """Settings of CLAP.

    Attributes:
        embedding: Registered name.
        model: Name on the Hugging Face hub or local folder.
        channel: Signal that is encoded.
        tokens: ``"time"`` gives the cells of the last layer (3.2 per second) with their two frequency bands
            averaged, ``"bands"`` one token per band and cell (6.4 per second, all cells of the lower band
            first), ``"whole"`` one token per window.
        dim: Number of values per token.
    """

    embedding: Literal["clap"] = "clap"
    model: WeightsLocation = "laion/clap-htsat-unfused"
    channel: MonoChannel = "mid"
    tokens: Literal["time", "bands", "whole"] = "time"
    dim: TokenDim = 768

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "audio"

    @property
    def rate(self) -> float:
        """Approximate number of tokens per second."""
        return {"time": 3.2, "bands": 6.4, "whole": 0.2}[self.tokens]

    def load(self, device: str | torch.device = "cpu") -> ClapEncoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return ClapEncoder(self, device)


class ClapEncoder:
    """Audio encoder of CLAP.

    Audio longer than 10 s is encoded in segments of 10 s. Shorter audio is repeated to 10 s, as in the
    training of CLAP, and the tokens of the repetition are left out.

    Args:
        settings: Settings.
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: A library is missing.
    """

    def __init__(self, settings: ClapSettings, device: str | torch.device = "cpu") -> None:
        self._settings = settings
        self._model: Any = freeze(
            load_pretrained("clap", "ClapAudioModelWithProjection", settings.model, MODEL_FILES), device
        )
        self._processor: Any = load_pretrained("clap", "ClapFeatureExtractor", settings.model, MODEL_FILES)
        require_token_dim("clap", settings.model, "dim", settings.dim, self._model.config.hidden_size)

    def encode(self, audio: Samples, sample_rate: int) -> Tensor:
        """Encodes windows of audio.

        Args:
            audio: Audio, shape ``(batch, channels, samples)``.
            sample_rate: Sample rate in Hz.

        Returns:
            Tokens, shape ``(batch, time, dim)``, float32.
        """
        import torch

        rate, segment = self._processor.sampling_rate, self._processor.nb_max_samples
        mono = resample(select_channel(audio, self._settings.channel), sample_rate, rate)
        segments = [mono[:, start : start + segment] for start in range(0, mono.shape[1], segment)]
        cells = torch.cat([self._encode_segment(one) for one in segments], dim=2)  # (batch, bands, time, dim)
        if self._settings.tokens == "bands":
            return cells.flatten(1, 2)
        time = cells.mean(dim=1)
        return time.mean(dim=1, keepdim=True) if self._settings.tokens == "whole" else time

    def _encode_segment(self, mono: Samples) -> Tensor:
        """Encodes (batch, samples) of at most 10 s to (batch, bands, time, dim), without the repetition."""
        import torch

        starts = range(0, len(mono), SEGMENTS_PER_BATCH)
        cells = torch.cat([self._encode_batch(mono[start : start + SEGMENTS_PER_BATCH]) for start in starts])
        fraction = mono.shape[1] / self._processor.nb_max_samples
        count = max(1, math.ceil(fraction * cells.shape[2] - 1e-6))
        return cells[:, :, :count]

    def _encode_batch(self, mono: Samples) -> Tensor:
        import torch

        inputs = self._processor(
            list(mono.astype(np.float64)), sampling_rate=self._processor.sampling_rate, return_tensors="pt"
        )
        weight = next(self._model.parameters())
        mel = inputs["input_features"].to(weight.device, weight.dtype)
        is_longer = torch.zeros(len(mono), 1, dtype=torch.bool, device=weight.device)
        output: Tensor = self._model.audio_model(input_features=mel, is_longer=is_longer).last_hidden_state
        return output.permute(0, 2, 3, 1).float()  # (batch, bands, time, dim)
