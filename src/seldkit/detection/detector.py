"""Detector: applies a model to recordings of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.calibration.prediction_intervals import add_intervals
from seldkit.channels import FOA, MONO, STEREO, ChannelLayout, Recording
from seldkit.detection.blending import WindowBlender
from seldkit.detection.event_stream import EventStream
from seldkit.detection.scene import Scene
from seldkit.detection.stream_inputs import StreamInputs
from seldkit.detection.windows import Window, cut_windows
from seldkit.embeddings.stream_extractor import RecordingStreams
from seldkit.errors import ModelError
from seldkit.geometry import DCASE2025_CAMERA, PANORAMA_FIELD_OF_VIEW_DEG, check_field_of_view
from seldkit.media import AudioReader, FrameReader, VideoFrame
from seldkit.media.stereo_pair import StereoPairCheck
from seldkit.models import Ensemble, SeldModel
from seldkit.models.onscreen_attention import OnscreenAttention
from seldkit.tracking import track_events
from seldkit.types import Floats32, Samples, SecondsProgress

if TYPE_CHECKING:
    from seldkit.detection.refiner import Refiner

IDENTICAL_CHANNELS_NOTE: Final = "both channels are identical: the direction is unknown"
DEFAULT_MODEL = Path(__file__).parent.parent / "models" / "default"


def load(
    model: str | Path | Sequence[str | Path] = "default",
    *,
    weights: Sequence[float] | None = None,
    device: str = "auto",
    threshold: float | Sequence[float] | None = None,
    delay: float | None = None,
) -> Detector:
    """Loads a detector.

    Args:
        model: "default" for the model that is included, or a model directory. A list of several models is
            an ensemble.
        weights: Weights of the members of an ensemble, positive; None for equal weights.
        device: Compute device: "auto" (a GPU if PyTorch finds one), "cpu", "cuda", "mps" and so on.
        threshold: Activity threshold, above 0: a source is detected if the length of its ACCDOA vector is
            larger. One value or one per class; None for the thresholds of the model.
        delay: Maximum time in seconds from the start of a frame to its annotations, for live audio; see
            `Detector`. None for the window length of the model (5 s for the default model).

    Returns:
        The detector.

    Raises:
        ModelError: The model, the device or the delay cannot be used.
    """
    names = [model] if isinstance(model, str | Path) else model
    models = [SeldModel.load(_directory(name)) for name in names]
    loaded = models[0] if len(models) == 1 and weights is None else Ensemble(models, weights)
    return Detector(loaded, device=device, threshold=threshold, delay=delay)


def _directory(model: str | Path) -> Path:
    directory = DEFAULT_MODEL if str(model) == "default" else Path(model)
    if not directory.is_dir():
        raise ModelError(f"{model}: expected 'default' or a model directory (config.yaml, model.safetensors)")
    return directory


@dataclass(frozen=True)
class Update:
    """The annotations of one segment of a stream.

    Attributes:
        start: First frame (100 ms each) of the segment within the stream.
        annotations: Frame table of the segment; frame 0 is the first frame of the segment.
        directional: Whether the channels have differed so far. If not, all azimuths are unknown (NaN).
    """

    start: int
    annotations: Annotations
    directional: bool


@dataclass(frozen=True, eq=False)
class ModelOutput:
    """The model output of one segment of a stream, before decoding.

    Attributes:
        start: First frame of the segment within the stream.
        output: ACCDOA tensor, blended over the windows, shape ``(frames, tracks, elements, classes)``.
        directional: Whether the channels have differed so far.
        has_video: False if an audio-visual model had no video frames, so that on-screen is unknown.
    """

    start: int
    output: Floats32
    directional: bool
    has_video: bool = True


class Detector:
    """Detects sound events in recordings of any length with a model or an ensemble.

    The audio is divided into overlapping windows of the length that the model requires. The outputs of the
    windows are blended where they overlap, and then decoded. Files and streams use the same code and give the
    same annotations.

    Args:
        model: The model or ensemble.
        device: Compute device: "auto", "cpu", "cuda", "mps" and so on.
        threshold: Activity threshold, above 0; one value or one per class. None for the thresholds of the
            model.
        overlap: Overlap of consecutive windows as a fraction of the window, in [0, 1). Not used with `delay`.
        delay: Maximum time in seconds from the start of a frame to its annotations, from 0.2 s to the length
            of the window. Half of it is context after each frame, the other half is the distance between
            windows. A shorter delay therefore takes more computing time and uses less context. None for the
            length of the window.
        batch: Number of windows in one call of the model.

    Raises:
        ModelError: The device or the delay cannot be used.
        ValueError: `overlap` or `threshold` is out of range.
    """

    def __init__(
        self,
        model: SeldModel | Ensemble,
        *,
        device: str = "auto",
        threshold: float | Sequence[float] | None = None,
        overlap: float = 0.5,
        delay: float | None = None,
        batch: int = 8,
    ) -> None:
        if not 0.0 <= overlap < 1.0:
            raise ValueError(f"overlap must be from 0 to below 1, got {overlap}")
        self.device = _device(device)
        self.model = model.to(self.device).eval()
        self._inputs = StreamInputs(model.config, self.device)
        self.threshold = _thresholds(model, threshold)
        self._window = model.config.window_frames
        self._hop = max(1, round(self._window * (1.0 - overlap)))
        self._ahead = self._window - self._hop
        if delay is not None:
            self._hop, self._ahead = _hop_and_ahead(delay, self._window)
        self._batch = batch
        self._default_refiner: Refiner | None = None

    @property
    def sample_rate(self) -> int:
        """Sample rate in Hz of the audio that `stream` requires."""
        return self.model.config.features.sample_rate

    @property
    def channels(self) -> int:
        """Number of channels of the audio that `stream` requires."""
        return self.layout.channels

    @property
    def layout(self) -> ChannelLayout:
        """Channel layout of the audio that `stream` requires."""
        return self.model.config.features.layout

    @property
    def delay(self) -> float:
        """Longest time in seconds between the start of a frame and its final annotations."""
        return (self._hop + self._ahead) * FRAME_SECONDS

    def detect(
        self,
        path: str | Path,
        *,
        layout: str | ChannelLayout | None = None,
        foa: bool = False,
        progress: SecondsProgress | None = None,
        refine: bool | Refiner = False,
        video: str | Path | None = None,
        field_of_view: float | None = None,
        pair: tuple[int, int] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Scene:
        """Detects the sound events of a video or audio file, in constant memory.

        Args:
            path: The file.
            layout: Channel layout of the audio, if the file does not declare it: "ambix" for first-order
                ambisonics (W Y Z X in ACN order, SN3D), which are decoded to stereo for a stereo model.
            foa: Same as ``layout="ambix"``.
            progress: Called with the length of the processed audio in seconds; with `refine`, then also with
                the length of the processed video in seconds.
            refine: Whether to correct azimuths and on-screen flags of events with persons and objects that
                are detected in the video. True uses the default rules, a `Refiner` its own. `Scene.effects`
                contains the changes.
            video: The file with the video frames, if they are not in `path`.
            field_of_view: Horizontal field of view of the video in degrees, between 0 and 180, or 360 for an
                equirectangular panorama. Used for on-screen flags. None: the projection that the file
                declares, or the field of view with which the model was trained.
            pair: Numbers, from 1, of two mono audio tracks that are left and right.
            on_event: Called with each event as soon as it has ended; with refinement, after all audio.

        Returns:
            The scene.

        Raises:
            MediaError: The file has no readable audio.
            SeldkitError: The field of view is out of range.
        """
        check_field_of_view(field_of_view)
        refiner = self._refiner(refine)
        path = Path(path)
        block = self._batch * self._hop * FRAME_SECONDS
        recorded_as = FOA if foa else layout
        audio = AudioReader(path, self.sample_rate, self.layout, block, recorded_as=recorded_as, pair=pair)
        with audio as reader:
            channels = StereoPairCheck(self.sample_rate)
            chunks = _with_progress(_checked(reader, channels), self.sample_rate, progress)
            with (
                self._inputs.video_frames(Path(video or path), field_of_view) as frames,
                self._attention(field_of_view) as assumed,
            ):
                updates = self.stream(chunks, frames)
                if on_event is not None and refiner is None:
                    updates = self._with_events(updates, on_event)
                annotations, directional = _concatenate(updates)
            view_notes, shown = self._inputs.describe_view(Path(video or path), field_of_view, assumed)
            notes = [*reader.notes, *self._inputs.notes(frames), *view_notes]
        if reader.recorded_layout != MONO and not directional:
            notes.append(IDENTICAL_CHANNELS_NOTE)
        elif reader.recorded_layout == STEREO:
            notes += channels.problems()
        recording = Recording(reader.recorded_layout, shown)
        scene = Scene(annotations, self._track(annotations), path, tuple(notes), recording=recording)
        if refiner is None:
            return self._with_intervals(scene)
        refined = self._with_intervals(refiner.refine(scene, progress, video, self._track))
        if on_event is not None:
            for event in refined.events:
                on_event(event)
        return refined

    def video_frames(self, path: str | Path) -> AbstractContextManager[FrameReader | None]:
        """Opens the video frames of a file that the model requires, for `stream`.

        Args:
            path: A video file.

        Returns:
            A context manager; None for an audio-only model, or if the file has no video and the model can do
            without.

        Raises:
            ModelError: The file has no video, which the model requires.
        """
        return self._inputs.video_frames(Path(path))

    def stream(
        self, chunks: Iterable[Samples], video_frames: Iterable[VideoFrame] | None = None
    ) -> Iterator[Update]:
        """Detects the sound events of continuous audio, in constant memory.

        Azimuths are unknown (NaN) until the channels differ for the first time, because two identical
        channels do not contain a direction.

        Args:
            chunks: Audio in chunks of any length, each ``(channels, samples)``, at `sample_rate` and in
                `layout`.
            video_frames: Video frames for an audio-visual model, ordered by time since the start of the
                audio. They are read at the pace of the audio.

        Yields:
            One `Update` for each of consecutive segments, as soon as its annotations are final. Together
            the segments cover all audio.
        """
        for output in self.predict(chunks, video_frames):
            yield Update(output.start, self.decode(output), output.directional)

    def predict(
        self, chunks: Iterable[Samples], video_frames: Iterable[VideoFrame] | None = None
    ) -> Iterator[ModelOutput]:
        """Computes the model output of continuous audio; `stream` decodes it.

        Args:
            chunks: Audio in chunks of any length, each ``(channels, samples)``.
            video_frames: Video frames for an audio-visual model.

        Yields:
            Consecutive segments as they become final.
        """
        blender = WindowBlender(self._window)
        streams = self._inputs.streams(video_frames, self.sample_rate, self._window)
        has_video = video_frames is not None or not self._inputs.visual_streams
        scale = self._samples_per_frame
        for windows in cut_windows(chunks, self._window, self._hop, scale, self._batch, self._ahead):
            outputs = self._predict_windows(windows, streams)
            for window, output in zip(windows, outputs, strict=True):
                start = blender.start
                blended = blender.add(output[: window.frames], window.first_frame, window.final_before)
                yield ModelOutput(start, blended, window.directional, has_video)

    def decode(self, output: ModelOutput) -> Annotations:
        """Decodes the model output of one segment.

        Args:
            output: Output of `predict`.

        Returns:
            Frame table of the segment.
        """
        (annotations,) = self.model.decode(output.output[None], self.threshold)
        if not output.has_video:
            annotations = replace(annotations, onscreen=None)
        if output.directional:
            return annotations
        return replace(annotations, azimuth=np.full(len(annotations), np.nan))

    def warm_up(self) -> list[str]:
        """Runs the model once on silence, so that the first window of live audio is not slower than others.

        Returns:
            Notes about audio without video frames.

        Raises:
            ModelError: The model requires video frames.
        """
        list(self.stream([np.zeros((self.channels, self._window * self._samples_per_frame), np.float32)]))
        return self._inputs.notes(None)

    def _with_events(self, updates: Iterable[Update], on_event: Callable[[Event], None]) -> Iterator[Update]:
        stream = EventStream(self.model.config)
        for update in updates:
            yield update
            for event in stream.push(update.annotations):
                on_event(event)
        for event in stream.finish():
            on_event(event)

    @contextmanager
    def _attention(self, field_of_view: float | None) -> Iterator[float]:
        """Sets the field of view of the on-screen attention for one recording; yields the one in use."""
        parts = [part for part in self.model.modules() if isinstance(part, OnscreenAttention)]
        if field_of_view is not None and field_of_view != PANORAMA_FIELD_OF_VIEW_DEG:
            for part in parts:
                part.field_of_view = field_of_view
        try:
            yield parts[0].field_of_view if parts else DCASE2025_CAMERA.field_of_view
        finally:
            for part in parts:
                part.field_of_view = part.settings.field_of_view

    def _with_intervals(self, scene: Scene) -> Scene:
        calibration = self.model.config.calibration
        return replace(scene, events=add_intervals(scene.events, calibration, folded=self.layout.folded))

    def _refiner(self, refine: bool | Refiner) -> Refiner | None:
        """Returns the given refiner, or the default one, whose networks are loaded once."""
        if not isinstance(refine, bool):
            return refine
        if refine and self._default_refiner is None:
            from seldkit.detection.refiner import Refiner

            self._default_refiner = Refiner()
        return self._default_refiner if refine else None

    def _track(self, annotations: Annotations) -> tuple[Event, ...]:
        return track_events(annotations, self.model.config.tracking, folded=self.layout.folded)

    @property
    def _samples_per_frame(self) -> int:
        return round(self.sample_rate * FRAME_SECONDS)

    @torch.inference_mode()
    def _predict_windows(self, windows: list[Window], streams: RecordingStreams | None) -> Floats32:
        """Returns the outputs of windows, shape (windows, frames, tracks, elements, classes)."""
        audio = np.stack([window.samples for window in windows])
        starts = [window.first_frame for window in windows]
        extracted = streams.extract(audio, starts) if streams else {}
        mirrored = streams.extract_mirrored(starts) if streams else {}
        with self._inputs.without_warnings():
            output = self.model.predict(torch.from_numpy(audio).to(self.device), extracted, mirrored)
        return output.float().cpu().numpy()


def _concatenate(updates: Iterable[Update]) -> tuple[Annotations, bool]:
    """The frame table of a whole recording, and whether its channels differ anywhere."""
    parts, frame_count, directional = [], 0, True
    for update in updates:
        parts.append((update.start, update.annotations))
        frame_count += update.annotations.frame_count
        directional = update.directional
    return Annotations.concatenate(parts, frame_count), directional


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as problem:
        reason = str(problem).splitlines()[0]
        raise ModelError(f"device '{name}' cannot be used here ({reason}); try 'auto' or 'cpu'") from None
    return device


def _hop_and_ahead(delay: float, window: int) -> tuple[int, int]:
    """Frames between windows and frames of context after each frame; their sum is the delay."""
    frames = round(delay / FRAME_SECONDS) if 0.0 <= delay < 1e6 else 0
    if not 2 <= frames <= window:
        raise ModelError(
            f"expected a delay of {2 * FRAME_SECONDS:.1f} to {window * FRAME_SECONDS:.1f} s (the window of "
            f"the model), got {delay:g} s"
        )
    return frames // 2, frames - frames // 2


def _thresholds(model: SeldModel | Ensemble, given: float | Sequence[float] | None) -> float | list[float]:
    threshold = model.config.decoding.threshold if given is None else given
    values = np.atleast_1d(np.asarray(threshold, dtype=np.float64))
    if len(values) not in (1, len(model.config.classes)):
        raise ValueError(f"expected one threshold or {len(model.config.classes)}, got {len(values)}")
    if not np.all(values > 0):
        raise ValueError(f"thresholds must be above 0, got {values.min()}")
    return float(values[0]) if len(values) == 1 else values.tolist()


def _checked(chunks: Iterable[Samples], pair: StereoPairCheck) -> Iterator[Samples]:
    for chunk in chunks:
        pair.add(chunk)
        yield chunk


def _with_progress(
    chunks: Iterable[Samples], sample_rate: int, progress: SecondsProgress | None
) -> Iterator[Samples]:
    samples = 0
    for chunk in chunks:
        samples += chunk.shape[-1]
        if progress is not None:
            progress(samples / sample_rate)
        yield chunk
