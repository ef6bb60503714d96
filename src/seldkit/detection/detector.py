"""The detector: a model, and the one path from sound to annotations that everything else walks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from seldkit.annotations import FRAME_SECONDS, Annotations, Event
from seldkit.calibration.prediction_intervals import add_intervals
from seldkit.channels import FOA, MONO, ChannelLayout, Recording
from seldkit.detection.blending import WindowBlender
from seldkit.detection.event_stream import EventStream
from seldkit.detection.scene import Scene
from seldkit.detection.stream_inputs import StreamInputs
from seldkit.detection.windows import Window, cut_windows
from seldkit.embeddings.stream_extractor import RecordingStreams
from seldkit.errors import ModelError
from seldkit.media import AudioReader, FrameReader, VideoFrame
from seldkit.models import Ensemble, SeldModel
from seldkit.tracking import track_events
from seldkit.types import SecondsProgress

if TYPE_CHECKING:
    from seldkit.detection.refiner import Refiner

DEFAULT_MODEL = Path(__file__).parent.parent / "models" / "default"


def load(
    model: str | Path | Sequence[str | Path] = "default",
    *,
    weights: Sequence[float] | None = None,
    device: str = "auto",
    threshold: float | Sequence[float] | None = None,
    delay: float | None = None,
) -> Detector:
    """A detector ready to hear: the model that seldkit ships, a model directory, or several as an ensemble.

    weights: how much each of several models counts, equal by default.
    device: "auto" (a GPU where PyTorch sees one), "cpu", "cuda", "mps" …
    threshold: how long an ACCDOA vector must be to count as active, one for all classes or one per class;
        the model's own by default.
    delay: seconds that a frame may wait for what follows, for those who cannot wait for a whole window.
    Raises ModelError where the model cannot be used.
    """
    names = [model] if isinstance(model, str | Path) else model
    models = [SeldModel.load(_directory(name)) for name in names]
    heard = models[0] if len(models) == 1 and weights is None else Ensemble(models, weights)
    return Detector(heard, device=device, threshold=threshold, delay=delay)


def _directory(model: str | Path) -> Path:
    directory = DEFAULT_MODEL if str(model) == "default" else Path(model)
    if not directory.is_dir():
        raise ModelError(f"{model}: expected 'default' or a model directory (config.yaml, model.safetensors)")
    return directory


@dataclass(frozen=True)
class Update:
    """What a stretch of a stream held.

    start: the stretch's first frame (100 ms each) within the stream; `annotations` counts frames from there.
    directional: whether the channels have differed so far; if not, no azimuth is known.
    """

    start: int
    annotations: Annotations
    directional: bool


@dataclass(frozen=True, eq=False)
class ModelOutput:
    """What the model says of a stretch of a stream, before it is decoded.

    start, directional: as in `Update`. output: (frames, tracks, elements, classes), blended over the windows.
    seen: False where a model that looks had no pictures: it cannot tell what is on the screen.
    """

    start: int
    output: NDArray[np.float32]
    directional: bool
    seen: bool = True


class Detector:
    """Hears, and sees, recordings of any length with one model, or several that answer as one.

    The sound is cut into windows of the model's length that overlap by `overlap` (0 to below 1); the
    windows' outputs are blended and decoded once. A file and a stream take the same path, so they give the
    same annotations. Frames are final at most `delay` seconds after they were heard: by default the window's
    length. Half of a shorter one is heard behind each frame, and windows follow each other after the other
    half, which takes more computing and knows less of what follows; `overlap` has no say then.
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
        self._sight = StreamInputs(model.config, self.device)
        self.threshold = _thresholds(model, threshold)
        self._window = model.config.window_frames
        self._hop = max(1, round(self._window * (1.0 - overlap)))
        self._ahead = self._window - self._hop
        if delay is not None:
            self._hop, self._ahead = _halves(delay, self._window)
        self._batch = batch
        self._usual_refiner: Refiner | None = None

    @property
    def sample_rate(self) -> int:
        """Samples a second of the sound that `stream` wants."""
        return self.model.config.features.sample_rate

    @property
    def channels(self) -> int:
        """Channels of the sound that `stream` wants: 2 for stereo, 4 for first-order ambisonics."""
        return self.layout.channels

    @property
    def layout(self) -> ChannelLayout:
        """Channel layout of the audio that `stream` requires."""
        return self.model.config.features.layout

    @property
    def delay(self) -> float:
        """Seconds of sound, at most, that must follow a frame's beginning before the frame is final."""
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
        ended: Callable[[Event], None] | None = None,
    ) -> Scene:
        """The sound events of a video or sound file, in constant memory.

        layout: the channel layout of the file where it does not declare it: "ambix" for first-order
            ambisonics (W Y Z X in ACN order, SN3D), which are decoded to stereo for a model of stereo sound.
        foa: the same as layout="ambix".
        progress: called with the seconds heard so far, then with those looked through where it refines.
        refine: whether azimuths and on-screen flags are corrected by what is seen, by the usual rules or by
            a `Refiner`'s; `scene.effects` tells what each rule did.
        video: the file whose pictures a model that sees gets, where they are not in `path`.
        ended: called with each event as soon as it has ended, in that order; where it refines, with all at
            the end. They are those of the scene.
        Raises MediaError where the file holds no sound that can be read.
        """
        refiner = self._refiner(refine)
        path = Path(path)
        block = self._batch * self._hop * FRAME_SECONDS
        recorded_as = FOA if foa else layout
        with AudioReader(path, self.sample_rate, self.layout, block, recorded_as=recorded_as) as reader:
            chunks = _reported(reader, self.sample_rate, progress)
            with self.pictures(video or path) as pictures:
                running = self.stream(chunks, pictures)
                updates = list(running if ended is None or refiner else self._told(running, ended))
            notes = [*reader.notes, *self._sight.notes(pictures)]
        if reader.recorded_layout != MONO and updates and not updates[-1].directional:
            notes.append("both channels hold the same sound: direction cannot be told")
        stretches = [(update.start, update.annotations) for update in updates]
        frame_count = sum(update.annotations.frame_count for update in updates)
        annotations = Annotations.joined(stretches, frame_count)
        scene = Scene(annotations, self._events(annotations), source=path, notes=tuple(notes))
        scene = replace(scene, recording=Recording(reader.recorded_layout))
        if refiner is None:
            return self._with_intervals(scene)
        refined = self._with_intervals(refiner.refine(scene, progress, video, self._events))
        if ended is not None:
            for event in refined.events:
                ended(event)
        return refined

    def pictures(self, path: str | Path) -> AbstractContextManager[FrameReader | None]:
        """The pictures of a file that the model wants, for `stream`; None where it wants none."""
        return self._sight.of_file(Path(path))

    def stream(
        self, chunks: Iterable[NDArray[np.float32]], pictures: Iterable[VideoFrame] | None = None
    ) -> Iterator[Update]:
        """Annotations of a running sound, in constant memory.

        chunks: pieces of any length, (channels, samples) at `sample_rate`.
        pictures: for a model that sees, in the order of their times since the sound's start; they are asked
            for as the sound goes on.
        Gives consecutive stretches as they become final; together they cover the whole sound.

        The azimuth is unknown (NaN) as long as the two channels have never differed: a single
        microphone's sound has no direction.
        """
        for answer in self.answers(chunks, pictures):
            yield Update(answer.start, self.decoded(answer), answer.directional)

    def answers(
        self, chunks: Iterable[NDArray[np.float32]], pictures: Iterable[VideoFrame] | None = None
    ) -> Iterator[ModelOutput]:
        """What `stream` decodes: the model's blended answers, stretch by stretch."""
        blender = WindowBlender(self._window)
        recording = self._sight.follow(pictures, self.sample_rate, self._window)
        seen = pictures is not None or not self._sight.wants_pictures
        scale = self._samples_per_frame
        for windows in cut_windows(chunks, self._window, self._hop, scale, self._batch, self._ahead):
            outputs = self._answer(windows, recording)
            for window, output in zip(windows, outputs, strict=True):
                start = blender.start
                blended = blender.add(output[: window.frames], window.first_frame, window.final_before)
                yield ModelOutput(start, blended, window.directional, seen)

    def decoded(self, answer: ModelOutput) -> Annotations:
        """The annotations of a stretch."""
        (annotations,) = self.model.decode(answer.output[None], self.threshold)
        if not answer.seen:
            annotations = replace(annotations, onscreen=None)
        if answer.directional:
            return annotations
        return replace(annotations, azimuth=np.full(len(annotations), np.nan))

    def warm_up(self) -> list[str]:
        """Answer once to silence, so that the first window of a running sound takes no longer than others.

        Gives what a reader should know of a sound without pictures. Raises ModelError where the model cannot
        do without.
        """
        list(self.stream([np.zeros((self.channels, self._window * self._samples_per_frame), np.float32)]))
        return self._sight.notes(None)

    def _told(self, updates: Iterable[Update], ended: Callable[[Event], None]) -> Iterator[Update]:
        follower = EventStream(self.model.config)
        for update in updates:
            yield update
            for event in follower.push(update.annotations):
                ended(event)
        for event in follower.finish():
            ended(event)

    def _with_intervals(self, scene: Scene) -> Scene:
        config = self.model.config
        folded = self.layout.folded
        return replace(scene, events=add_intervals(scene.events, config.calibration, folded=folded))

    def _refiner(self, refine: bool | Refiner) -> Refiner | None:
        """The one that is given, or the usual one, whose networks are loaded once."""
        if not isinstance(refine, bool):
            return refine
        if refine and self._usual_refiner is None:
            from seldkit.detection.refiner import Refiner

            self._usual_refiner = Refiner()
        return self._usual_refiner if refine else None

    def _events(self, annotations: Annotations) -> tuple[Event, ...]:
        config = self.model.config
        return track_events(annotations, config.tracking, folded=self.layout.folded)

    @property
    def _samples_per_frame(self) -> int:
        return round(self.sample_rate * FRAME_SECONDS)

    @torch.inference_mode()
    def _answer(self, windows: list[Window], recording: RecordingStreams | None) -> NDArray[np.float32]:
        sound = np.stack([window.samples for window in windows])
        starts = [window.first_frame for window in windows]
        streams = recording.extract(sound, starts) if recording else {}
        mirrored = recording.extract_mirrored(starts) if recording else {}
        # (windows, frames, tracks, elements, classes)
        with self._sight.said():
            output = self.model.predict(torch.from_numpy(sound).to(self.device), streams, mirrored)
        return output.float().cpu().numpy()


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


def _halves(delay: float, window: int) -> tuple[int, int]:
    """Frames from window to window, and frames to hear behind each; together the delay."""
    frames = round(delay / FRAME_SECONDS) if 0.0 <= delay < 1e6 else 0
    if not 2 <= frames <= window:
        raise ModelError(
            f"expected a delay of {2 * FRAME_SECONDS:.1f} to {window * FRAME_SECONDS:.1f} s, which is the "
            f"model's window, got {delay:g} s"
        )
    return frames // 2, frames - frames // 2


def _thresholds(model: SeldModel | Ensemble, asked: float | Sequence[float] | None) -> float | list[float]:
    chosen = model.config.decoding.threshold if asked is None else asked
    values = np.atleast_1d(np.asarray(chosen, dtype=np.float64))
    if len(values) not in (1, len(model.config.classes)):
        raise ValueError(f"expected one threshold or {len(model.config.classes)}, got {len(values)}")
    if not np.all(values > 0):
        raise ValueError(f"thresholds must be above 0, got {values.min()}")
    return float(values[0]) if len(values) == 1 else values.tolist()


def _reported(
    chunks: Iterable[NDArray[np.float32]], sample_rate: int, progress: SecondsProgress | None
) -> Iterator[NDArray[np.float32]]:
    heard = 0
    for chunk in chunks:
        heard += chunk.shape[-1]
        if progress is not None:
            progress(heard / sample_rate)
        yield chunk
