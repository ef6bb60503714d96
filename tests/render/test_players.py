"""Annotated videos in ffprobe and in the player of Chromium."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.making import Sound, Video, make_media, noise, numbered
from render.browser import chromium, needs_chromium
from render.drawing import event
from seldkit.render import render_video

FFPROBE = shutil.which("ffprobe")
SIZE, SECONDS = (64, 36), 1.2
RATES = {"24": 24.0, "25": 25.0, "29.97": 30000 / 1001, "60": 60.0}
KINDS = (*RATES, "variable", "rotated", "low")


def source(folder: Path, kind: str) -> Path:
    """Writes a video of 1.2 s with stereo audio: of a constant, variable or very low rate, or rotated."""
    rate = RATES.get(kind, 30.0)
    times = np.arange(round(SECONDS * rate)) / rate
    if kind == "variable":
        times += np.random.default_rng(0).uniform(0.0, 0.9 / rate, len(times))
        times[0] = 0.0
    if kind == "low":
        times = np.array([0.0, 0.5, 1.0])
    make_media(
        folder / f"{kind}.mp4",
        Video(numbered(len(times), SIZE), times.tolist(), rotation=90 if kind == "rotated" else None),
        Sound(noise(SECONDS)),
    )
    return folder / f"{kind}.mp4"


def annotated(folder: Path, kind: str) -> tuple[Path, Path]:
    before = source(folder, kind)
    return before, render_video([event()], before, folder / f"{kind}.annotated.mp4").path


def probed(path: Path) -> dict[str, Any]:
    """Properties of the file and its streams; ffprobe decodes all frames to count them."""
    assert FFPROBE is not None
    command = [FFPROBE, "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", path]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stderr == ""
    report = json.loads(done.stdout)
    return {"format": report["format"], **{stream["codec_type"]: stream for stream in report["streams"]}}


@pytest.mark.skipif(FFPROBE is None, reason="no ffprobe on this machine")
@pytest.mark.parametrize("kind", KINDS)
def test_ffprobe_reports_unchanged_streams(tmp_path: Path, kind: str) -> None:
    before, after = map(probed, annotated(tmp_path, kind))
    assert after["video"]["nb_read_frames"] == before["video"]["nb_read_frames"]
    assert after["audio"]["nb_read_frames"] == before["audio"]["nb_read_frames"]
    assert after["audio"]["codec_name"] == before["audio"]["codec_name"] == "aac"
    for part in ("format", "video", "audio"):
        assert float(after[part]["duration"]) == pytest.approx(float(before[part]["duration"]), abs=0.02)
        assert float(after[part]["start_time"]) == pytest.approx(float(before[part]["start_time"]), abs=0.001)
    assert (after["video"]["codec_name"], after["video"]["pix_fmt"]) == ("h264", "yuv420p")
    assert "side_data_list" not in after["video"]  # the rotation flag is removed


@needs_chromium
def test_chromium_plays_videos_to_the_end(tmp_path: Path) -> None:
    pairs = {kind: annotated(tmp_path, kind) for kind in KINDS}
    with chromium(tmp_path / "profile") as page:
        for kind, paths in pairs.items():
            before, after = (played(page, path) for path in paths)
            assert after["error"] is None
            assert after["seconds"] == pytest.approx(before["seconds"], abs=0.02), kind
            assert after["pictures"] == before["pictures"], kind
            assert after["sound"] == before["sound"] > 0, kind
            assert after["width"] == before["width"] == (SIZE[1] if kind == "rotated" else SIZE[0])


def played(page: Any, path: Path) -> dict[str, Any]:
    """Properties of the player after it has played a video to the end."""
    path.with_suffix(".html").write_text(f"<!DOCTYPE html><video muted src={path.name}></video>")
    page.open(path.with_suffix(".html"))
    page.run("video = document.querySelector('video'), video.playbackRate = 2, video.play()")
    page.wait("video.ended || video.error")
    report = page.run(
        "({seconds: video.duration, pictures: video.getVideoPlaybackQuality().totalVideoFrames,"
        "  sound: video.webkitAudioDecodedByteCount, width: video.videoWidth,"
        "  error: video.error && video.error.message})"
    )
    assert isinstance(report, dict)
    return report
