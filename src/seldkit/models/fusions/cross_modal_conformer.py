"""The Cross-Modal Conformer of Berghi & Jackson (arXiv 2509.06598), as far as it is known.

Known: a Conformer modified for fusion, which joins the SELD system's own embeddings with CLAP's and
OWL-ViT's. Chosen here: a layer is a Conformer's, and between its self-attention and its convolution it
attends to each stream, one after the other; each stream has a projection of its own; queries and keys say
where in time they lie, so that streams of any rate and length line up.
"""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.registry import FUSIONS
from seldkit.settings import Settings


@FUSIONS.register("cross-modal-conformer")
class CrossModalConformerSettings(Settings):
    """conformer: its sizes. Without any stream this is a plain Conformer."""

    name: Literal["cross-modal-conformer"] = "cross-modal-conformer"
    conformer: ConformerSettings = ConformerSettings()

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        return dim

    def build(self, dim: int, streams: Mapping[str, int]) -> "CrossModalConformer":
        return CrossModalConformer(self, dim, streams)


class CrossModalConformer(nn.Module):
    """heard (batch, frames, dim) and each stream (batch, time, its dim) -> (batch, frames, dim).

    The layers' weights have the same names whatever the streams are, so that those of a model that only
    hears can be handed on to one that sees.
    """

    def __init__(self, settings: CrossModalConformerSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        self.projections = nn.ModuleDict(
            {
                f"from-{name}": nn.Sequential(nn.Linear(size, dim), nn.LayerNorm(dim))
                for name, size in streams.items()
            }
        )
        self.conformer = Conformer(settings.conformer, dim, streams)

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        keys = self.projections.items()
        projected = {
            key.removeprefix("from-"): project(streams[key.removeprefix("from-")]) for key, project in keys
        }
        fused: Tensor = self.conformer(heard, projected)
        return fused
