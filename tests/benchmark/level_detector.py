"""A detector without a network: one source of class 0 on the louder side in every frame."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from seldkit.annotations import Annotations
from seldkit.channels import STEREO, ChannelLayout
from seldkit.detection import Scene
from seldkit.detection.detector import ModelOutput
from seldkit.errors import MediaError
from seldkit.media import AudioReader
from seldkit.models import ModelConfig
from seldkit.tracking import track_events
from seldkit.training import read_recipe

RATE = 8000


def stereo_config() -> ModelConfig:
    return read_recipe("dcase2025-audio").model


@dataclass
class LevelDetector:
    """Predicts 60° to the louder side plus `bias` degrees, at 1 m.

    Outputs cover whole frames only: chunks are joined before they are cut into frames.
    """

    bias: float = 0.0
    sample_rate: int = RATE
    layout: ChannelLayout = STEREO
    model: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(config=stereo_config()))

    def video_frames(self, path: Path) -> nullcontext[None]:
        return nullcontext(None)

    def detect(self, path: Path, video: Path | None = None) -> Scene:
        if "broken" in path.stem:
            raise MediaError(f"{path}: no audio")
        with AudioReader(path, self.sample_rate, self.layout) as reader:
            annotations = self.decode(next(self.predict(reader, None)))
        return Scene(annotations, track_events(annotations), path, ())

    def predict(self, chunks: Iterable[np.ndarray], video_frames: None) -> Iterator[ModelOutput]:
        audio = np.concatenate(list(chunks), axis=1)
        frames = audio.shape[1] // (RATE // 10)
        power = np.square(audio[:, : frames * (RATE // 10)].reshape(len(audio), frames, -1)).sum(axis=2)
        azimuth = np.where(power[0] > power[1], 60.0, -60.0) + self.bias
        yield ModelOutput(0, azimuth.astype(np.float32)[:, None, None, None], True)

    def decode(self, output: ModelOutput) -> Annotations:
        azimuth = output.output[:, 0, 0, 0].astype(np.float64)
        frame = np.arange(len(azimuth))
        return Annotations(frame, 0 * frame, 0 * frame, azimuth, 1.0 + 0 * azimuth, len(azimuth))


def one_sided_noise(seconds: float, left: bool) -> np.ndarray:
    noise = 0.3 * np.random.default_rng(1).standard_normal(round(seconds * RATE))
    return np.stack([noise, 0.2 * noise] if left else [0.2 * noise, noise])
