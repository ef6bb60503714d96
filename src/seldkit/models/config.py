"""Configuration of a model: features, parts, classes and decoding, as stored in its `config.yaml`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    PlainValidator,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from seldkit.accdoa.elements import checked_elements
from seldkit.calibration.calibration_config import CalibrationConfig
from seldkit.classes import MAX_CLASSES, STARSS23, ClassVocabulary
from seldkit.embeddings import EMBEDDINGS, EmbeddingSettings
from seldkit.errors import ModelError
from seldkit.features import FeatureConfig
from seldkit.metrics import DEFAULT_PROTOCOL, PROTOCOLS
from seldkit.models import encoders, fusions, heads, stream_encoders  # noqa: F401  (registers the parts)
from seldkit.models.fusions.no_fusion import NoFusionSettings
from seldkit.models.heads.accdoa import AccdoaHeadSettings
from seldkit.models.onscreen_attention import OnscreenAttentionSettings
from seldkit.models.registry import (
    ENCODERS,
    FUSIONS,
    HEADS,
    STREAM_ENCODERS,
    EncoderSettings,
    FusionSettings,
    HeadSettings,
    Rate,
    StreamEncoderSettings,
)
from seldkit.models.yaml_file import read_yaml, yaml_text
from seldkit.registry import nearest
from seldkit.settings import Settings, read_registered, registered
from seldkit.tracking.tracking_config import TrackingConfig

FORMAT_VERSION: Final = 1
MAX_THRESHOLD: Final = 100.0
MAX_STREAM_WIDTH: Final = 100_000
LABEL_FRAMES_PER_SECOND: Final = 10

ShortText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
StreamName = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9][a-z0-9_-]*$")]


def _check_protocol(name: str) -> str:
    if name not in PROTOCOLS:
        raise ValueError(f"unknown protocol '{name}'; {nearest(name, PROTOCOLS.names())}")
    return name


ProtocolName = Annotated[str, AfterValidator(_check_protocol)]
"""Name of a registered scoring protocol."""


def _check_unique(names: tuple[str, ...]) -> tuple[str, ...]:
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"'{repeated}' is listed twice")
    return names


class ClassEntry(Settings):
    """One class with a parent category.

    Attributes:
        name: Name of the class.
        parent: Name of the category that the class belongs to.
    """

    name: ShortText
    parent: ShortText


def _kind_of_class(item: object) -> str:
    return "entry" if isinstance(item, Mapping | ClassEntry) else "name"


ClassItem = Annotated[
    Annotated[ShortText, Tag("name")] | Annotated[ClassEntry, Tag("entry")], Discriminator(_kind_of_class)
]
ClassItems = Annotated[tuple[ClassItem, ...], Field(strict=False, min_length=1, max_length=MAX_CLASSES)]


def _vocabulary(value: object, validate: Callable[[object], tuple[ClassItem, ...]]) -> ClassVocabulary:
    if isinstance(value, ClassVocabulary):
        return value
    items = validate(value)
    names = _check_unique(tuple(item if isinstance(item, str) else item.name for item in items))
    return ClassVocabulary(names, tuple(None if isinstance(item, str) else item.parent for item in items))


def _class_items(classes: Sequence[str]) -> list[str | dict[str, str]]:
    vocabulary = ClassVocabulary.from_names(classes)
    if not vocabulary.parents:
        return list(vocabulary)
    pairs = zip(vocabulary, vocabulary.parents, strict=True)
    return [name if parent is None else {"name": name, "parent": parent} for name, parent in pairs]


def _vocabulary_schema(source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    return core_schema.no_info_wrap_validator_function(
        _vocabulary,
        handler.generate_schema(ClassItems),
        serialization=core_schema.plain_serializer_function_ser_schema(_class_items),
    )


Classes = Annotated[ClassVocabulary, GetPydanticSchema(_vocabulary_schema)]
Elements = Annotated[
    tuple[Literal["x", "y", "z", "distance", "onscreen"], ...],
    Field(strict=False, max_length=5),
    AfterValidator(checked_elements),
]


def _read_threshold(value: object) -> float | tuple[float, ...]:
    values: Sequence[object] = value if isinstance(value, list | tuple) else [value]
    # bool is a subclass of int, and NaN fails the comparison.
    if not values or not all(
        isinstance(one, int | float) and not isinstance(one, bool) and 0.0 < one <= MAX_THRESHOLD
        for one in values
    ):
        raise ValueError(f"expected one number above 0 or one per class, got {value!s:.60}")
    numbers = tuple(float(one) for one in values if isinstance(one, int | float))
    return numbers if isinstance(value, list | tuple) else numbers[0]


def _check_version(version: int) -> int:
    if version != FORMAT_VERSION:
        raise ValueError(
            f"this seldkit reads version {FORMAT_VERSION}, got {version}; a newer seldkit may read it"
        )
    return version


def parse_stream(value: object) -> int | EmbeddingSettings:
    """Reads the configuration of a stream.

    Args:
        value: Width of a stream that is provided by the caller, or the settings of a frozen encoder.

    Returns:
        The width or the settings.

    Raises:
        ValueError: If the width is out of range.
    """
    if type(value) is int:
        if not 1 <= value <= MAX_STREAM_WIDTH:
            raise ValueError(
                f"expected a width of 1 to {MAX_STREAM_WIDTH}, or an embedding's keys, got {value}"
            )
        return value
    settings: EmbeddingSettings = read_registered(value, EMBEDDINGS, "embedding")
    return settings


Stream = Annotated[int | EmbeddingSettings, PlainValidator(parse_stream)]


class DecodingConfig(Settings):
    """Settings of the decoding of ACCDOA output.

    Attributes:
        threshold: Length of an ACCDOA vector above which the class is active; one number or one per class,
            greater than 0.
        unify: Tracks of one class whose directions differ by less than this are merged, in degrees.
    """

    threshold: Annotated[float | tuple[float, ...], BeforeValidator(_read_threshold)] = 0.5
    unify: Annotated[float, Field(ge=0.0, le=180.0)] = 15.0


class ModelConfig(Settings):
    """Everything that defines a model except its weights.

    Attributes:
        format_version: Version of the configuration format.
        name: Name of the model in reports.
        classes: Class names by class number.
        elements: Elements of a track: ``x y [z] [distance] [onscreen]``, in this order.
        tracks: Number of tracks per class, 3.
        features: Settings of the features.
        streams: Settings of the frozen encoder of each stream by name, or the width of a stream that the
            caller provides.
        stream_encoders: Settings of the encoder of a stream before the fusion, by name of the stream.
        stream_dropout: Fraction of training clips that lose a stream; above 0, the model also runs without
            its streams.
        encoder: Settings of the audio encoder.
        fusion: Settings of the fusion.
        head: Settings of the head.
        onscreen_attention: Settings of the on-screen classification by image tiles; None if the head
            predicts on-screen.
        symmetric: Whether the output is averaged with the mirrored output of the mirrored clip, which makes
            the model left-right equivariant.
        window_frames: Length of the training clips and of detection's windows, in label frames of 100 ms.
        decoding: Settings of the decoding.
        calibration: Calibration on validation clips; None for an uncalibrated model.
        tracking: Settings of the tracking of events; None for the defaults.
        protocol: Protocol whose scores were used to choose the model.
    """

    error_type = ModelError
    renamed_keys: ClassVar = {"gaze": "onscreen_attention"}

    format_version: Annotated[int, AfterValidator(_check_version)] = FORMAT_VERSION
    name: ShortText
    classes: Classes = STARSS23
    elements: Elements = ("x", "y", "distance")
    tracks: Annotated[int, Field(ge=3, le=3)] = 3
    features: FeatureConfig
    streams: Annotated[dict[StreamName, Stream], Field(max_length=16)] = Field(default={})
    stream_encoders: Annotated[
        dict[StreamName, Annotated[StreamEncoderSettings, registered(STREAM_ENCODERS)]], Field(max_length=16)
    ] = Field(default={})
    stream_dropout: Rate = 0.0
    encoder: Annotated[EncoderSettings, registered(ENCODERS)]
    fusion: Annotated[FusionSettings, registered(FUSIONS)] = NoFusionSettings()
    head: Annotated[HeadSettings, registered(HEADS)] = AccdoaHeadSettings()
    onscreen_attention: OnscreenAttentionSettings | None = None
    symmetric: bool = False
    window_frames: Annotated[int, Field(ge=1, le=6000)] = 50
    decoding: DecodingConfig = DecodingConfig()
    calibration: CalibrationConfig | None = None
    tracking: TrackingConfig | None = None
    protocol: ProtocolName = DEFAULT_PROTOCOL

    @model_validator(mode="after")
    def _check_threshold_count(self) -> Self:
        threshold = self.decoding.threshold
        if isinstance(threshold, tuple) and len(threshold) != len(self.classes):
            raise ValueError(
                f"decoding.threshold: expected one number or one per class ({len(self.classes)}), "
                f"got {len(threshold)}"
            )
        return self

    @model_validator(mode="after")
    def _check_calibration_classes(self) -> Self:
        sizes = set() if self.calibration is None else self.calibration.table_sizes()
        if sizes - {len(self.classes)}:
            raise ValueError(
                f"calibration: expected curves and half widths for {len(self.classes)} classes each, "
                f"got {', '.join(map(str, sorted(sizes)))}; run seldkit calibrate"
            )
        return self

    @model_validator(mode="after")
    def _check_tracking_classes(self) -> Self:
        for name in self.tracking.classes if self.tracking is not None else ():
            if name not in self.classes:
                raise ValueError(f"tracking.classes: unknown class '{name}'; {nearest(name, self.classes)}")
        return self

    @model_validator(mode="after")
    def _check_label_frame_length(self) -> Self:
        hop, rate, pooling = self.features.grid.hop, self.features.sample_rate, self.encoder.pooling
        if hop * pooling * LABEL_FRAMES_PER_SECOND != rate:
            raise ValueError(
                f"features.grid.hop × the encoder's pooling over time must be 100 ms, "
                f"got {hop} × {pooling} samples at {rate} Hz"
            )
        return self

    @model_validator(mode="after")
    def _check_stream_encoder_names(self) -> Self:
        for name in self.stream_encoders:
            self._check_stream(name, "stream_encoders")
        return self

    @model_validator(mode="after")
    def _check_onscreen_attention(self) -> Self:
        if self.onscreen_attention is None:
            return self
        self._check_stream(self.onscreen_attention.stream, "onscreen_attention.stream")
        if "onscreen" not in self.elements:
            raise ValueError("onscreen_attention: requires the element onscreen; add it to elements")
        return self

    def _check_stream(self, name: str, key: str) -> None:
        if name not in self.streams:
            raise ValueError(f"{key}: unknown stream '{name}'; {nearest(name, self.streams)}")

    @model_serializer(mode="wrap")
    def _without_unset_keys(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        # Configurations that do not use these keys keep the text that they had before the keys existed.
        values: dict[str, object] = handler(self)
        for name in ("calibration", "tracking", "symmetric", "onscreen_attention"):
            if not values.get(name):
                values.pop(name, None)
        return values

    @property
    def stream_widths(self) -> dict[str, int]:
        """Width of each stream's tokens, by name."""
        return {name: one if isinstance(one, int) else one.dim for name, one in self.streams.items()}

    @property
    def embeddings(self) -> dict[str, EmbeddingSettings]:
        """Settings of the frozen encoders, by name of the stream."""
        return {name: one for name, one in self.streams.items() if not isinstance(one, int)}

    @property
    def fusion_widths(self) -> dict[str, int]:
        """Width of each stream at the fusion, after its stream encoder, by name."""
        encoded = {name: encoder.dim for name, encoder in self.stream_encoders.items()}
        return {name: encoded.get(name, width) for name, width in self.stream_widths.items()}

    def with_streams(self, names: Collection[str]) -> Self:
        """Returns the configuration with a subset of the streams.

        Args:
            names: Names of the streams to keep.

        Returns:
            The configuration without the other streams, their encoders, and an on-screen attention to them.
        """
        streams = {name: stream for name, stream in self.streams.items() if name in names}
        kept_encoders = {name: one for name, one in self.stream_encoders.items() if name in streams}
        attention = self.onscreen_attention
        if attention is not None and attention.stream not in streams:
            attention = None
        return self.model_copy(
            update={"streams": streams, "stream_encoders": kept_encoders, "onscreen_attention": attention}
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a configuration.

        Args:
            path: YAML file.

        Returns:
            The configuration.

        Raises:
            ModelError: If the file cannot be read or a key is invalid.
        """
        return cls.parse(read_yaml(path), path)

    def yaml(self) -> str:
        """Formats the configuration.

        Returns:
            The text of a `config.yaml`.
        """
        return yaml_text(self.model_dump(mode="json"))
