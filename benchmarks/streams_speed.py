"""Seconds for each second of video, and peak memory, of a model's streams: python benchmarks/streams_speed.py

Encoders whose weights are on this machine are measured with them; CLAP, OWL-ViT and ResNet-50 with random
weights of their full size (--full). Memory is that of a process of its own, for one and for four minutes.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from seldkit.embeddings import (
    ClapSettings,
    EfficientNetLiteSettings,
    EmbeddingSettings,
    OwlVitSettings,
    PersonBoxSettings,
    PoseSettings,
    ResNet50Settings,
    YamnetSettings,
)
from seldkit.embeddings.stream_extractor import StreamExtractor
from seldkit.errors import SeldkitError
from seldkit.media import AudioReader, iter_frames, write_video

RATE, WINDOW = 24000, 50


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="also CLAP, OWL-ViT and ResNet-50, random weights"
    )
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        short = _video(place / "short.mp4", 20)
        every = {**_light(), **(_full(place) if arguments.full else {})}
        print("embedding            seconds per second of video")
        for name, settings in every.items():
            try:
                print(f"{name:20} {_cost(settings, short, arguments.threads):.3f}")
            except SeldkitError as problem:
                print(f"{name:20} {problem}")
        for minutes in (1, 4):
            video = _video(place / f"{minutes}.mp4", 60 * minutes)
            peak = _peak(_light()["yamnet"], _light()["efficientnet-lite"], video)
            print(f"YAMNet and EfficientNet-Lite, {minutes} min: {peak:.0f} MB at most")


def _light() -> dict[str, EmbeddingSettings]:
    return {
        "yamnet": YamnetSettings(),
        "efficientnet-lite": EfficientNetLiteSettings(),
        "person-boxes": PersonBoxSettings(),
        "pose": PoseSettings(rate=2.0),
    }


def _full(place: Path) -> dict[str, EmbeddingSettings]:
    import transformers as hub

    hub.ClapModel(hub.ClapConfig()).save_pretrained(place / "clap")
    hub.ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc").save_pretrained(place / "clap")
    vision = {"image_size": 768, "patch_size": 32}
    hub.OwlViTForObjectDetection(hub.OwlViTConfig(vision_config=vision)).save_pretrained(place / "owlvit")
    hub.OwlViTImageProcessorPil().save_pretrained(place / "owlvit")
    hub.ResNetModel(hub.ResNetConfig()).save_pretrained(place / "resnet")
    return {
        "clap": ClapSettings(model=str(place / "clap")),
        "owlvit (2 a second)": OwlVitSettings(model=str(place / "owlvit")),
        "resnet50": ResNet50Settings(model=str(place / "resnet")),
    }


def _video(path: Path, seconds: int) -> Path:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, (2, seconds * RATE)).astype(np.float32)

    def pictures() -> Iterator[np.ndarray]:
        base = rng.integers(0, 256, (45, 80, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
        for number in range(25 * seconds):
            yield np.roll(base, 2 * number, axis=1)

    return write_video(path, pictures(), 25, (sound, RATE), preset="ultrafast")


def _cost(settings: EmbeddingSettings, video: Path, threads: int) -> float:
    """The second of two passes, without loading the encoder."""
    torch.set_num_threads(threads)
    extractor = StreamExtractor({"stream": settings})
    _run(extractor, video)
    begun = time.perf_counter()
    seconds = _run(extractor, video)
    return (time.perf_counter() - begun) / seconds


def _run(extractor: StreamExtractor, video: Path) -> float:
    """Window after window, as the detector asks; gives the seconds of sound."""
    pictures = iter_frames(video, times=extractor.frame_times()) if extractor.visual_streams else None
    recording = extractor.for_recording(pictures, RATE, WINDOW)
    first = 0
    with AudioReader(video, RATE, block_seconds=WINDOW / 10) as reader:
        for block in reader:
            if block.shape[1] == WINDOW * RATE // 10:  # all but the last
                recording.extract(block[None], [first])
                first += WINDOW
    return first / 10


def _peak(ears: EmbeddingSettings, eyes: EmbeddingSettings, video: Path) -> float:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak_here, (ears, eyes, video))


def _peak_here(ears: EmbeddingSettings, eyes: EmbeddingSettings, video: Path) -> float:
    torch.set_num_threads(1)
    _run(StreamExtractor({"ears": ears, "eyes": eyes}), video)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
