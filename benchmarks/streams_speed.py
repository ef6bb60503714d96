"""Measures the speed and peak memory of frozen encoders: python benchmarks/streams_speed.py

Prints seconds per second of video. Encoders use their weights if these are available on this machine; CLAP,
OWL-ViT and ResNet-50 use random weights of the original size (--full). Memory is measured in separate
processes for one and for four minutes.
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
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="also measure CLAP, OWL-ViT and ResNet-50 with random weights"
    )
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder_path = Path(folder)
        short = _video(folder_path / "short.mp4", 20)
        encoders = {**_small_encoders(), **(_large_encoders(folder_path) if arguments.full else {})}
        print("embedding            seconds per second of video")
        for name, settings in encoders.items():
            try:
                print(f"{name:20} {_cost(settings, short, arguments.threads):.3f}")
            except SeldkitError as problem:
                print(f"{name:20} {problem}")
        for minutes in (1, 4):
            video = _video(folder_path / f"{minutes}.mp4", 60 * minutes)
            peak = _peak(_small_encoders()["yamnet"], _small_encoders()["efficientnet-lite"], video)
            print(f"YAMNet and EfficientNet-Lite, {minutes} min: peak memory {peak:.0f} MB")


def _small_encoders() -> dict[str, EmbeddingSettings]:
    return {
        "yamnet": YamnetSettings(),
        "efficientnet-lite": EfficientNetLiteSettings(),
        "person-boxes": PersonBoxSettings(),
        "pose": PoseSettings(rate=2.0),
    }


def _large_encoders(folder_path: Path) -> dict[str, EmbeddingSettings]:
    import transformers as hub

    hub.ClapModel(hub.ClapConfig()).save_pretrained(folder_path / "clap")
    hub.ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc").save_pretrained(folder_path / "clap")
    vision = {"image_size": 768, "patch_size": 32}
    hub.OwlViTForObjectDetection(hub.OwlViTConfig(vision_config=vision)).save_pretrained(
        folder_path / "owlvit"
    )
    hub.OwlViTImageProcessorPil().save_pretrained(folder_path / "owlvit")
    hub.ResNetModel(hub.ResNetConfig()).save_pretrained(folder_path / "resnet")
    return {
        "clap": ClapSettings(model=str(folder_path / "clap")),
        "owlvit (2 per second)": OwlVitSettings(model=str(folder_path / "owlvit")),
        "resnet50": ResNet50Settings(model=str(folder_path / "resnet")),
    }


def _video(path: Path, seconds: int) -> Path:
    rng = np.random.default_rng(0)
    audio = rng.normal(0, 0.1, (2, seconds * RATE)).astype(np.float32)

    def moving_images() -> Iterator[np.ndarray]:
        base = rng.integers(0, 256, (45, 80, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
        for number in range(25 * seconds):
            yield np.roll(base, 2 * number, axis=1)

    return write_video(path, moving_images(), 25, (audio, RATE), preset="ultrafast")


def _cost(settings: EmbeddingSettings, video: Path, threads: int) -> float:
    """Seconds per second of video in the second of two passes, without loading the encoder."""
    torch.set_num_threads(threads)
    extractor = StreamExtractor({"stream": settings})
    _run(extractor, video)
    start = time.perf_counter()
    seconds = _run(extractor, video)
    return (time.perf_counter() - start) / seconds


def _run(extractor: StreamExtractor, video: Path) -> float:
    """Extracts the streams window by window, as the detector does, and returns the seconds of audio."""
    frames = iter_frames(video, times=extractor.frame_times()) if extractor.visual_streams else None
    recording = extractor.for_recording(frames, RATE, WINDOW)
    first = 0
    with AudioReader(video, RATE, block_seconds=WINDOW / 10) as reader:
        for block in reader:
            if block.shape[1] == WINDOW * RATE // 10:  # skips an incomplete last window
                recording.extract(block[None], [first])
                first += WINDOW
    return first / 10


def _peak(audio: EmbeddingSettings, visual: EmbeddingSettings, video: Path) -> float:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak_of_process, (audio, visual, video))


def _peak_of_process(audio: EmbeddingSettings, visual: EmbeddingSettings, video: Path) -> float:
    torch.set_num_threads(1)
    _run(StreamExtractor({"audio": audio, "video_frames": visual}), video)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
