"""Cross-Modal Conformer of Berghi & Jackson (arXiv 2509.06598), as far as it is published.

Published: a Conformer, modified for fusion, that combines the SELD system's own embeddings with those of CLAP
and OWL-ViT. Chosen here: each layer attends to each stream in turn between its self-attention and its
convolution; each stream has its own projection; queries and keys carry time encodings, so that streams of any
rate and length are aligned.
"""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.layers.stream_layers import stream_key
from seldkit.models.registry import FUSIONS
from seldkit.settings import Settings


@FUSIONS.register("cross-modal-conformer")
class CrossModalConformerSettings(Settings):
    """Settings of the Cross-Modal Conformer. Without streams it is a plain Conformer.

    Attributes:
        conformer: Settings of the Conformer.
    """

    name: Literal["cross-modal-conformer"] = "cross-modal-conformer"
    conformer: ConformerSettings = ConformerSettings()

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The encoder's width.
        """
        return dim

    def build(self, dim: int, streams: Mapping[str, int]) -> "CrossModalConformer":
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The fusion.
        """
        return CrossModalConformer(self, dim, streams)


class CrossModalConformer(nn.Module):
    """Conformer whose layers attend to projected streams.

    The names of the layers' weights do not depend on the streams: the weights of an audio-only model can
    initialize an audio-visual one.

    Args:
        settings: Settings of the fusion.
        dim: Width of the encoder's output.
        streams: Width of each stream.
    """

    def __init__(self, settings: CrossModalConformerSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        self.projections = nn.ModuleDict(
            {
                stream_key(name): nn.Sequential(nn.Linear(width, dim), nn.LayerNorm(dim))
                for name, width in streams.items()
            }
        )
        self._names = list(streams)
        self.conformer = Conformer(settings.conformer, dim, streams)

    def forward(self, audio: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        """Fuses audio and streams.

        Args:
            audio: Encoder output, ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, width)``.

        Returns:
            ``(batch, frames, dim)``.
        """
        projected = {name: self.projections[stream_key(name)](streams[name]) for name in self._names}
        fused: Tensor = self.conformer(audio, projected)
        return fused
