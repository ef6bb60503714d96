"""Clips that a small model learns within seconds: the tones of two classes on two sides."""

import numpy as np
import torch

from seldkit.accdoa import encode_targets
from seldkit.annotations import Annotations
from seldkit.features import FeatureStack
from seldkit.models import ModelConfig
from seldkit.training.data_module import TrainingExample
from seldkit.training.recipe import Recipe

CLASSES = ("low", "high")
FRAMES = 10


def tiny_recipe(**training: object) -> Recipe:
    """A SELDnet of a few thousand weights on clips of one second."""
    stage = {"name": "only", "epochs": 3, "batch": 8, "optimizer": {"name": "adam", "learning_rate": 0.003}}
    return Recipe.parse(
        {
            "about": {"title": "A test", "source": "nowhere"},
            "model": {
                "name": "tiny",
                "classes": CLASSES,
                "features": {
                    "grid": {"sample_rate": 8000, "window": 800, "hop": 400, "n_fft": 1024, "mels": 32},
                    "parts": [{"name": "log-mel"}, {"name": "level-difference"}],
                    "standardise": True,
                },
                "encoder": {
                    "name": "seldnet",
                    "filters": 8,
                    "time_pools": [2, 1, 1],
                    "bin_pools": [4, 4, 2],
                    "rnn_size": 16,
                    "attention_layers": 1,
                    "attention_heads": 2,
                    "dropout": 0.0,
                },
                "window_frames": FRAMES,
            },
            "training": {"stages": [stage]} | training,
        },
        "tiny",
    )


class FakeClips:
    """Clips of four recordings; clip i has class i mod 2 in its second half, low left and high right."""

    def __init__(self, config: ModelConfig, count: int = 32, streams: tuple[str, ...] = ()) -> None:
        self.recordings = [f"recording {index % 4}" for index in range(count)]
        self.rooms = ["room"] * count
        self.config, self.streams = config, streams
        self.features = FeatureStack(config.features)
        self._examples: dict[int, TrainingExample] = {}

    def __len__(self) -> int:
        return len(self.recordings)

    def __getitem__(self, index: int) -> TrainingExample:
        if index not in self._examples:
            self._examples[index] = self._example(index)
        return self._examples[index]

    def _example(self, index: int) -> TrainingExample:
        class_id = index % 2
        rate = self.config.features.sample_rate
        time = np.arange(FRAMES * rate // 10) / rate
        noise = np.random.default_rng(index).standard_normal((2, len(time)))
        tone = np.sin(2 * np.pi * (400, 2000)[class_id] * time) * (time >= 0.5)
        sides = np.array([[1.0], [0.1]]) if class_id == 0 else np.array([[0.1], [1.0]])
        waveform = torch.from_numpy(0.3 * tone * sides + 0.01 * noise).float()
        frames = np.arange(FRAMES // 2, FRAMES)
        azimuth = np.full(len(frames), (60.0, -60.0)[class_id])
        truth = Annotations(
            frames,
            np.full(len(frames), class_id),
            0 * frames,
            azimuth,
            1.0 + 0.0 * azimuth,
            FRAMES,
            classes=CLASSES,
        )
        targets = torch.as_tensor(encode_targets(truth, self.config.elements))
        streams = {name: torch.ones(4, self.config.streams[name]) for name in self.streams}
        return TrainingExample(self.features.extract_raw(waveform[None])[0], targets, streams, truth)
