"""Settings of a feature store, and hashes of settings and source files."""

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
"""Incremented when the same settings result in other features or targets."""

Precision = Literal["float32", "float16"]
"""Number format of stored features."""


@dataclass(frozen=True)
class StoreSettings:
    """Settings that determine the content of a store. The names of the fields are part of the file format.

    Attributes:
        kind: Kind of dataset.
        features: Configuration of the features without standardisation, which is part of the model.
        window_frames: Length of a window in frames of 100 ms.
        hop_frames: Distance between windows in frames of 100 ms.
        elements: Elements of the targets.
        classes: Class names of the targets.
        precision: Number format of features and streams.
        streams: Dimension or encoder settings of each stream by name.
        version: Version of the content.
        degradation: Fields of a `Degradation` of the video frames, or None. A store with a degradation
            contains only visual streams.
        swap: Fields of a `Swap` of audio and video frames, or None. A store with a swap contains only the
            streams that have to be computed from swapped clips.
        places: Paths of encoder weights on this machine by the name of the stream. They do not affect the
            content.
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
        """Derives the settings that a model requires.

        Args:
            config: Configuration of the model.
            kind: Kind of dataset.
            hop_frames: Distance between windows in frames of 100 ms. None: the length of a window.
            precision: Number format of features and streams.
            degradation: Degradation of the video frames.
            swap: Channel swap of audio and video frames.

        Returns:
            The settings.
        """
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
        """Settings of the encoders by the name of the stream."""
        values = {
            name: one | {"weights": self.places[name]} if name in self.places else one
            for name, one in self.streams.items()
        }
        settings = {name: parse_stream(one) for name, one in values.items()}
        return {name: one for name, one in settings.items() if not isinstance(one, int)}

    @property
    def streams_only(self) -> bool:
        """Whether the store contains neither features nor targets."""
        return self.degradation is not None or self.swap is not None

    @property
    def uses_video(self) -> bool:
        """Whether a stream is computed from video frames."""
        return any(one.modality != "audio" for one in self.embeddings.values())

    @property
    def key(self) -> str:
        """Hash of the settings, 16 hexadecimal digits."""
        values = asdict(self)
        del values["places"]
        for later in ("degradation", "swap"):
            if values[later] is None:
                del values[later]  # keeps the keys of stores that were written before these fields existed
        return digest(values)


@dataclass(frozen=True)
class SettingsKey:
    """Settings that are hashed and compared by a key only, as argument of cached functions.

    Attributes:
        key: The key.
        settings: The settings.
    """

    key: str
    settings: StoreSettings = field(compare=False)


def item_key(settings_key: str, clip: DatasetClip, index: ClipIndex, *, uses_video: bool = False) -> str:
    """Computes the key of a clip in a store.

    Args:
        settings_key: Key of the settings.
        clip: The clip.
        index: The dataset.
        uses_video: Whether the key depends on the video file.

    Returns:
        Hash of the settings, the name, and the sizes and modification times of the files: 16 hexadecimal
        digits.

    Raises:
        DatasetError: If a file cannot be accessed.
    """
    paths = (clip.audio, clip.metadata, clip.video) if uses_video else (clip.audio, clip.metadata)
    files = [None if path is None else _file_identity(path, index.root) for path in paths]
    classes = index.layout.classes
    # The default vocabulary of a kind of dataset is not hashed, which keeps the keys of older stores valid.
    vocabulary = [] if classes == LAYOUTS[index.kind].classes else [list(classes)]
    return digest([settings_key, clip.name, *files, *vocabulary])


def digest(value: object) -> str:
    """Computes the hash of a JSON value.

    Args:
        value: A value that can be represented in JSON.

    Returns:
        BLAKE2b hash of 8 bytes, 16 hexadecimal digits.
    """
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _file_identity(path: Path, root: Path) -> list[str | int]:
    try:
        status = path.stat()
    except OSError as problem:
        raise DatasetError(f"{path}: cannot be accessed ({problem.strerror}); check the file") from None
    return [path.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns]
