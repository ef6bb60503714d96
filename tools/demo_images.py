"""Writes docs/images/demo.png and overview.png from the demo clip; run it after the default model changes."""

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

import seldkit
from seldkit.formats import read_annotations
from seldkit.media import iter_frames
from sources import ROOT

FRAME_TIME_SECONDS = 5.5
HEIGHT_PIXELS = 560
TIMELINE_HEIGHT_FRACTION = 0.705
"""Part of the timeline plot that is shown: azimuth, distance and classes."""


def main() -> None:
    """Detects the events of the demo clip and writes both images."""
    scene = seldkit.load().detect(ROOT / "examples" / "demo.mp4")
    reference = read_annotations(ROOT / "examples" / "demo.csv", frames=100)
    images = ROOT / "docs" / "images"
    scene.plot(images / "demo.png", reference)
    with TemporaryDirectory() as folder:
        video = Path(folder) / "annotated.mp4"
        scene.render(video)
        frame = Image.fromarray(next(iter(iter_frames(video, times=[FRAME_TIME_SECONDS]))).image)
    timeline = Image.open(images / "demo.png").convert("RGB")
    timeline = timeline.crop((0, 0, timeline.width, round(TIMELINE_HEIGHT_FRACTION * timeline.height)))
    parts = [
        part.resize((round(part.width * HEIGHT_PIXELS / part.height), HEIGHT_PIXELS))
        for part in (frame, timeline)
    ]
    overview = Image.new("RGB", (sum(part.width for part in parts) + 16, HEIGHT_PIXELS), "white")
    overview.paste(parts[0], (0, 0))
    overview.paste(parts[1], (parts[0].width + 16, 0))
    overview.save(images / "overview.png", optimize=True)


if __name__ == "__main__":
    main()
