"""Small recordings with known audio, video and labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from seldkit.geometry import unit_vector
from seldkit.media import write_audio
from seldkit.media.equirectangular import direction_to_frame_pixel

RATE = 24000
SIZE = (360, 180)
STEP = 20
"""Difference between the grey levels of consecutive frames, which repeat after eight."""


@dataclass(frozen=True)
class Still:
    """A static source: azimuth and elevation (degrees), distance (cm), first and last frame, class."""

    azimuth: int
    elevation: int = 0
    distance: int = 150
    onset: int = 0
    offset: int = 10_000
    class_id: int = 4
    source: int = 0


def foa(
    sources: Sequence[Still], seconds: float, level: float = 0.02, rate: int = RATE
) -> NDArray[np.float32]:
    """Plane waves of noise, ACN order W Y Z X, (4, samples)."""
    rng = np.random.default_rng(7)
    sound = np.zeros((4, round(seconds * rate)))
    for source in sources:
        span = slice(source.onset * rate // 10, (source.offset + 1) * rate // 10)
        x, y, z = unit_vector(source.azimuth, source.elevation)
        wave = level * rng.standard_normal(sound[0, span].shape)
        sound[:, span] += np.array([1.0, y, z, x])[:, None] * wave
    return sound.astype(np.float32)


def rows(sources: Sequence[Still], seconds: float, distance: str = "{:d}") -> str:
    """Labels in the format of STARSS23."""
    lines = [
        f"{frame},{one.class_id},{one.source},{one.azimuth},{one.elevation},{distance.format(one.distance)}\n"
        for frame in range(round(seconds * 10))
        for one in sources
        if one.onset <= frame <= one.offset
    ]
    return "".join(lines)


def picture(number: int, sources: Sequence[Still] = ()) -> NDArray[np.uint8]:
    """A 360° frame whose grey level is its number (modulo 8), with a green mark at every source."""
    frame = np.full((SIZE[1], SIZE[0], 3), 40 + STEP * (number % 8), np.uint8)
    for one in sources:
        x, y = direction_to_frame_pixel(one.azimuth, one.elevation, SIZE)
        row, column = round(float(y)), round(float(x))
        frame[row - 2 : row + 3, np.arange(column - 2, column + 3) % SIZE[0]] = (0, 255, 0)
    return frame


def number_of(shown: NDArray[np.uint8]) -> int:
    """The number (modulo 8) of a frame by the grey level of its corner."""
    return round((float(shown[:20, :20].mean()) - 40) / STEP)


def write_360(
    path: Path, seconds: float, sources: Sequence[Still] = (), rate: Fraction = Fraction(10), gop: int = 12
) -> None:
    """A 360° video."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as output:
        options = {"crf": "12", "preset": "ultrafast", "g": str(gop)}
        stream = output.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(round(seconds * rate)):
            frame = av.VideoFrame.from_ndarray(picture(number, sources), format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def write_recording(
    root: Path,
    name: str,
    sources: Sequence[Still],
    seconds: float = 7.0,
    *,
    video: bool = True,
    level: float = 0.02,
    distance: str = "{:d}",
    rate: Fraction = Fraction(10),
) -> None:
    """One recording in the layout of STARSS23."""
    for folder in ("foa_dev", "metadata_dev"):
        (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
    write_audio(root / "foa_dev" / f"{name}.wav", foa(sources, seconds, level), RATE)
    (root / "metadata_dev" / f"{name}.csv").write_text(rows(sources, seconds, distance))
    if video:
        write_360(root / "video_dev" / f"{name}.mp4", seconds, sources, rate)


def files(root: Path) -> dict[str, bytes]:
    """Contents of all files below a folder by relative path."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }
