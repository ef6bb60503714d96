"""CLAP: sound as a model of sound and language hears it (Wu et al., ICASSP 2023; HTSAT audio tower)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from seldkit.embeddings.mono_input import MonoChannel, resample, select_channel
from seldkit.embeddings.pretrained_weights import SAFETENSORS_FILE, freeze, load_pretrained
from seldkit.embeddings.registry import EMBEDDINGS, Modality, TokenDim, WeightsLocation
from seldkit.errors import ModelError
from seldkit.settings import Settings
from seldkit.types import Samples

if TYPE_CHECKING:
    import torch
    from torch import Tensor

FILES: Final = ("config.json", SAFETENSORS_FILE, "preprocessor_config.json")
BATCH: Final = 8
"""Pieces of 10 s that are heard at once."""


@EMBEDDINGS.register("clap")
class ClapSettings(Settings):
    """model: name on the hub or a local folder. channel: which sound it hears. dim: of its last layer.

    tokens: "time" gives the last layer's cells (3.2 a second) with its two frequency bands averaged, "bands"
    one token for each band and cell (6.4 a second, the lower band of all cells first), "whole" one for the
    window.
    """

    embedding: Literal["clap"] = "clap"
    model: WeightsLocation = "laion/clap-htsat-unfused"
    channel: MonoChannel = "mid"
    tokens: Literal["time", "bands", "whole"] = "time"
    dim: TokenDim = 768

    @property
    def modality(self) -> Modality:
        return "audio"

    @property
    def rate(self) -> float:
        return {"time": 3.2, "bands": 6.4, "whole": 0.2}[self.tokens]

    def load(self, device: str | torch.device = "cpu") -> ClapEncoder:
        return ClapEncoder(self, device)


class ClapEncoder:
    """Tokens of CLAP's audio tower.

    Sound above 10 s is heard in pieces of 10 s; shorter sound is repeated to 10 s, as the tower was trained,
    and the repetition's tokens are left out.
    """

    def __init__(self, settings: ClapSettings, device: str | torch.device = "cpu") -> None:
        self._settings = settings
        self._tower: Any = freeze(
            load_pretrained("clap", "ClapAudioModelWithProjection", settings.model, FILES), device
        )
        self._listen: Any = load_pretrained("clap", "ClapFeatureExtractor", settings.model, FILES)
        width = self._tower.config.hidden_size
        if width != settings.dim:
            raise ModelError(
                f"embedding 'clap': {settings.model} gives {width} values, the settings say dim: "
                f"{settings.dim}; set dim: {width}"
            )

    def encode(self, sound: Samples, sample_rate: int) -> Tensor:
        """(batch, channels, samples) -> (batch, time, dim)."""
        import torch

        rate, longest = self._listen.sampling_rate, self._listen.nb_max_samples
        mono = resample(select_channel(sound, self._settings.channel), sample_rate, rate)
        pieces = [mono[:, start : start + longest] for start in range(0, mono.shape[1], longest)]
        cells = torch.cat([self._cells(piece) for piece in pieces], dim=2)  # (batch, bands, time, dim)
        if self._settings.tokens == "bands":
            return cells.flatten(1, 2)
        time = cells.mean(dim=1)
        return time.mean(dim=1, keepdim=True) if self._settings.tokens == "whole" else time

    def _cells(self, mono: Samples) -> Tensor:
        """(batch, samples) of at most 10 s -> (batch, bands, time, dim), without what was repeated."""
        import torch

        size = BATCH
        groups = [mono[start : start + size] for start in range(0, len(mono), size)]
        cells = torch.cat([self._tower_of(group) for group in groups])
        share = mono.shape[1] / self._listen.nb_max_samples
        heard = max(1, math.ceil(share * cells.shape[2] - 1e-6))
        return cells[:, :, :heard]

    def _tower_of(self, mono: Samples) -> Tensor:
        import torch

        inputs = self._listen(
            list(mono.astype(np.float64)), sampling_rate=self._listen.sampling_rate, return_tensors="pt"
        )
        weight = next(self._tower.parameters())
        mel = inputs["input_features"].to(weight.device, weight.dtype)
        longer = torch.zeros(len(mono), 1, dtype=torch.bool, device=weight.device)
        output: Tensor = self._tower.audio_model(input_features=mel, is_longer=longer).last_hidden_state
        return output.permute(0, 2, 3, 1).float()  # (batch, bands, time, dim)
