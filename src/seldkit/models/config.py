"""What a model is: its features, parts, classes and decoding, as its `config.yaml` says it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

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
from seldkit.models import encoders, fusions, heads, stream_encoders  # noqa: F401  (lists the parts)
from seldkit.models.fusions import NoFusionSettings
from seldkit.models.heads import AccdoaHeadSettings
from seldkit.models.onscreen_attention import OnscreenAttentionSettings
from seldkit.models.registry import (
    ENCODERS,
    FUSIONS,
    HEADS,
    STREAM_ENCODERS,
    EncoderSettings,
    FusionSettings,
    HeadSettings,
    StreamEncoderSettings,
)
from seldkit.models.sizes import Rate
from seldkit.models.yaml_file import read_yaml, yaml_text
from seldkit.registry import nearest
from seldkit.settings import Settings, registered
from seldkit.tracking.tracking_config import TrackingConfig

FORMAT_VERSION: Final = 1
LARGEST_THRESHOLD: Final = 100.0
LABELS_PER_SECOND: Final = 10
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
WIDEST_STREAM: Final = 100_000
StreamName = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9][a-z0-9_-]*$")]


def _registered_protocol(name: str) -> str:
    if name not in PROTOCOLS:
        raise ValueError(f"unknown protocol '{name}'; {nearest(name, PROTOCOLS.names())}")
    return name


ProtocolName = Annotated[str, AfterValidator(_registered_protocol)]
"""Name of a registered scoring protocol."""


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
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

    name: Words
    parent: Words


def _kind_of_class(item: object) -> str:
    return "entry" if isinstance(item, Mapping | ClassEntry) else "name"


ClassItem = Annotated[
    Annotated[Words, Tag("name")] | Annotated[ClassEntry, Tag("entry")], Discriminator(_kind_of_class)
]
ClassItems = Annotated[tuple[ClassItem, ...], Field(strict=False, min_length=1, max_length=MAX_CLASSES)]


def _vocabulary(value: object, validate: Callable[[object], tuple[ClassItem, ...]]) -> ClassVocabulary:
    if isinstance(value, ClassVocabulary):
        return value
    items = validate(value)
    names = _unique(tuple(item if isinstance(item, str) else item.name for item in items))
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


def _threshold(value: object) -> float | tuple[float, ...]:
    values: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
    # A NaN is not above 0 either; a bool is no number here.
    if not values or not all(type(one) in (int, float) and 0.0 < one <= LARGEST_THRESHOLD for one in values):
        raise ValueError(f"expected one number above 0 or one per class, got {value!s:.60}")
    return tuple(map(float, values)) if isinstance(value, list | tuple) else float(values[0])


def _readable(version: int) -> int:
    if version != FORMAT_VERSION:
        raise ValueError(
            f"this seldkit reads version {FORMAT_VERSION}, got {version}; a newer seldkit may read it"
        )
    return version


def parse_stream(value: object) -> Any:
    """What a configuration says of a stream: its width alone, or the settings of its encoder. ValueError."""
    if type(value) is not int:
        return registered(EMBEDDINGS, "embedding").func(value)  # type: ignore[call-arg]
    if not 1 <= value <= WIDEST_STREAM:
        raise ValueError(f"expected a width of 1 to {WIDEST_STREAM}, or an embedding's keys, got {value}")
    return value


Stream = Annotated[int | EmbeddingSettings, PlainValidator(parse_stream)]


class DecodingConfig(Settings):
    """threshold: ACCDOA length from which a class is active, one for all or one per class.

    unify: tracks of one class that lie nearer than this, in degrees, are one source.
    """

    threshold: Annotated[float | tuple[float, ...], BeforeValidator(_threshold)] = 0.5
    unify: Annotated[float, Field(ge=0.0, le=180.0)] = 15.0


class ModelConfig(Settings):
    """Everything that a model needs beside its weights.

    classes: names by class number. elements: what each track says of a class. streams: beside the sound, the
    settings of each frozen encoder by its stream's name, or only the width of a stream that comes from
    elsewhere. stream_encoders: what a stream goes through before the fusion, by the stream's name.
    stream_dropout: the share of training clips that lose a stream; with it, a model answers without a stream
    too. gaze: the stream in which it looks where a source is, to say whether it is on the screen; None leaves
    that to the head. symmetric: whether its answer is the mean of those to the clip and, mirrored back, to
    the mirrored clip, so that it is its own mirror image. window_frames: label frames (100 ms) of the clips
    that the model was trained on. calibration: what its confidences and errors were worth on validation
    clips; None where nobody looked. tracking: how its frames become events; None for the defaults. protocol:
    the challenge whose scores it was chosen by.
    """

    error_type = ModelError

    format_version: Annotated[int, AfterValidator(_readable)] = FORMAT_VERSION
    name: Words
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
    gaze: OnscreenAttentionSettings | None = None
    symmetric: bool = False
    window_frames: Annotated[int, Field(ge=1, le=6000)] = 50
    decoding: DecodingConfig = DecodingConfig()
    calibration: CalibrationConfig | None = None
    tracking: TrackingConfig | None = None
    protocol: ProtocolName = DEFAULT_PROTOCOL

    @model_validator(mode="after")
    def _one_threshold_per_class(self) -> Self:
        threshold = self.decoding.threshold
        if isinstance(threshold, tuple) and len(threshold) != len(self.classes):
            raise ValueError(
                f"decoding.threshold: expected one number or one per class ({len(self.classes)}), "
                f"got {len(threshold)}"
            )
        return self

    @model_validator(mode="after")
    def _one_calibration_per_class(self) -> Self:
        sizes = set() if self.calibration is None else self.calibration.table_sizes()
        if sizes - {len(self.classes)}:
            raise ValueError(
                f"calibration: expected curves and reaches for {len(self.classes)} classes each, "
                f"got {', '.join(map(str, sorted(sizes)))}; run seldkit calibrate"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Recipes and models of before there was any have the same text as ever.
        values: dict[str, Any] = handler(self)
        for name in ("calibration", "tracking", "symmetric", "gaze"):
            if not values.get(name):
                values.pop(name, None)
        return values

    @model_validator(mode="after")
    def _tracking_names_classes(self) -> Self:
        for name in self.tracking.classes if self.tracking is not None else ():
            if name not in self.classes:
                raise ValueError(
                    f"tracking.classes: no class is named '{name}'; {nearest(name, self.classes)}"
                )
        return self

    @model_validator(mode="after")
    def _label_frames_of_100_ms(self) -> Self:
        hop, rate, pooling = self.features.grid.hop, self.features.sample_rate, self.encoder.pooling
        if hop * pooling * LABELS_PER_SECOND != rate:
            raise ValueError(
                f"features.grid.hop × the encoder's pooling over time must be 100 ms, "
                f"got {hop} × {pooling} samples of {rate} a second"
            )
        return self

    @model_validator(mode="after")
    def _stream_encoders_have_streams(self) -> Self:
        for name in self.stream_encoders:
            if name not in self.streams:
                raise ValueError(
                    f"stream_encoders: no stream is named '{name}'; {nearest(name, self.streams)}"
                )
        return self

    @model_validator(mode="after")
    def _gaze_has_its_stream(self) -> Self:
        if self.gaze is None:
            return self
        if self.gaze.stream not in self.streams:
            hint = nearest(self.gaze.stream, self.streams)
            raise ValueError(f"gaze.stream: no stream is named '{self.gaze.stream}'; {hint}")
        if "onscreen" not in self.elements:
            raise ValueError("gaze: elements have no onscreen; add it, or leave gaze out")
        return self

    @property
    def stream_widths(self) -> dict[str, int]:
        """The values of one time step of each stream, by its name."""
        return {name: one if isinstance(one, int) else one.dim for name, one in self.streams.items()}

    @property
    def embeddings(self) -> dict[str, EmbeddingSettings]:
        """The encoders of the streams that can be computed, by the stream's name."""
        return {name: one for name, one in self.streams.items() if not isinstance(one, int)}

    @property
    def fusion_widths(self) -> dict[str, int]:
        """The same as the fusion gets them, behind the stream encoders."""
        encoded = {name: encoder.dim for name, encoder in self.stream_encoders.items()}
        return {name: encoded.get(name, width) for name, width in self.stream_widths.items()}

    def with_streams(self, names: Collection[str]) -> Self:
        """The same model with these of its streams only, and their encoders."""
        kept = {name: stream for name, stream in self.streams.items() if name in names}
        encoded = {name: encoder for name, encoder in self.stream_encoders.items() if name in kept}
        gaze = self.gaze if self.gaze is not None and self.gaze.stream in kept else None
        return self.model_copy(update={"streams": kept, "stream_encoders": encoded, "gaze": gaze})

    @classmethod
    def read(cls, path: Path) -> Self:
        """The configuration that a YAML file holds. Raises ModelError."""
        return cls.parse(read_yaml(path), path)

    def yaml(self) -> str:
        """The configuration as the text of a `config.yaml`."""
        return yaml_text(self.model_dump(mode="json"))
