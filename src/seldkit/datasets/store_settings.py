"""What a store's content depends on: settings and source files, as short keys."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

from seldkit.datasets.augmentation.swap_effects import computed_streams
from seldkit.datasets.augmentation.swaps import Swap
from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.datasets.registry import LAYOUTS
from seldkit.embeddings import EmbeddingSettings
from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import DatasetError
from seldkit.models import ModelConfig
from seldkit.models.bundled_weights import strip_weight_paths, weight_paths
from seldkit.models.config import parse_stream

CONTENT_VERSION: Final = 1
"""Raised whenever the same settings would give other features or targets than before."""

Precision = Literal["float32", "float16"]


@dataclass(frozen=True)
class StoreSettings:
    """All that decides what a prepared window holds.

    kind: the data set's layout. features: the feature configuration without its standardising, which is the
    model's own. window_frames, hop_frames: length and distance of windows, in 100 ms frames. elements,
    classes: of the targets. precision: of the stored features. streams: names, and widths or settings.
    degradation: of the pictures (`embeddings.degradation`), or None; with one, only the streams of pictures
    are held. swap: of sound and pictures (`augmentation.Swap`), or None; with one, only the streams that have
    to be computed from the swapped clip are held. places: where on this machine encoders' weights lie that
    the streams' settings name; not of the content.
    """

    kind: str
    features: dict[str, Any]
    window_frames: int
    hop_frames: int
    elements: tuple[str, ...]
    classes: tuple[str, ...]
    precision: Precision
    streams: dict[str, Any]
    version: int = CONTENT_VERSION
    degradation: dict[str, Any] | None = None
    swap: dict[str, Any] | None = None
    places: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def from_config(
        cls,
        config: ModelConfig,
        kind: str,
        hop_frames: int | None,
        precision: Precision,
        degradation: Degradation | None = None,
        swap: Swap | None = None,
    ) -> Self:
        """What a model wants, of a kind of data set; windows lie end to end where no hop is given."""
        features = config.features.model_dump(mode="json", exclude={"standardise"})
        window = config.window_frames
        streams = strip_weight_paths(config).model_dump(mode="json")["streams"]
        if degradation is not None:
            streams = {
                name: streams[name] for name, one in config.embeddings.items() if one.modality != "audio"
            }
        if swap is not None:
            streams = {name: streams[name] for name in computed_streams(config.embeddings, swap)}
        return cls(
            kind=kind,
            features=features,
            window_frames=window,
            hop_frames=window if hop_frames is None else hop_frames,
            elements=config.elements,
            classes=tuple(config.classes),
            precision=precision,
            streams=streams,
            degradation=None if degradation is None else asdict(degradation),
            swap=None if swap is None else asdict(swap),
            places=weight_paths(config),
        )

    @property
    def embeddings(self) -> dict[str, EmbeddingSettings]:
        """The encoders of the streams, by the stream's name."""
        values = {
            name: one | {"weights": self.places[name]} if name in self.places else one
            for name, one in self.streams.items()
        }
        settings = {name: parse_stream(one) for name, one in values.items()}
        return {name: one for name, one in settings.items() if not isinstance(one, int)}

    @property
    def streams_only(self) -> bool:
        """Whether neither features nor targets are held."""
        return self.degradation is not None or self.swap is not None

    @property
    def uses_video(self) -> bool:
        """Whether a clip's pictures are wanted."""
        return any(one.modality != "audio" for one in self.embeddings.values())

    @property
    def key(self) -> str:
        """Sixteen hexadecimal digits that differ wherever anything differs."""
        values = asdict(self)
        del values["places"]
        for late in ("degradation", "swap"):
            if values[late] is None:
                del values[late]  # the key of stores that were made before there were any
        return digest(values)


def item_key(settings_key: str, clip: DatasetClip, index: ClipIndex, *, uses_video: bool = False) -> str:
    """The key of one clip's content: settings, name, and its files' sizes and times of change.

    uses_video: whether its pictures are among them.
    """
    paths = (clip.audio, clip.metadata, clip.video) if uses_video else (clip.audio, clip.metadata)
    files = [None if path is None else _identity(path, index.root) for path in paths]
    own = index.layout.classes
    # The keys of datasets with the vocabulary of their kind do not depend on it.
    vocabulary = [] if own == LAYOUTS[index.kind].classes else [list(own)]
    return digest([settings_key, clip.name, *files, *vocabulary])


def digest(value: Any) -> str:
    """Sixteen hexadecimal digits of a value of JSON."""
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _identity(path: Path, root: Path) -> list[str | int]:
    try:
        found = path.stat()
    except OSError as problem:
        raise DatasetError(f"{path}: cannot be looked at ({problem.strerror})") from None
    return [path.relative_to(root).as_posix(), found.st_size, found.st_mtime_ns]
