"""Video frames are those displayed at the requested times, upright, with correct colors."""

import itertools

import numpy as np
import pytest

from media.making import Sound, Video, make_media, noise, number_of, numbered
from paths import SHARED, needs_shared
from seldkit.media import check_media, iter_frames, probe, read_audio, write_video

REAL = SHARED / "data" / "video"


def shown(path, **asked):
    return [number_of(frame.image) for frame in iter_frames(path, **asked)]


def expected(starts, times):
    """Slow reference: the last frame that has started, else the first."""
    return [max([k for k, start in enumerate(starts) if start <= time + 1e-3], default=0) for time in times]


@pytest.mark.parametrize("fps", [10, 24, 25, 30, 50, 60, 120])
def test_frames_are_those_displayed_at_the_time_for_any_rate(fps, tmp_path):
    starts = [k / fps for k in range(30)]
    make_media(tmp_path / "clip.mp4", Video(numbered(30), starts, rate=fps))
    times = list(itertools.takewhile(lambda time: time < 30 / fps - 1e-3, (k / 10 for k in range(100))))
    assert shown(tmp_path / "clip.mp4") == expected(starts, times)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_rate(suffix, tmp_path):
    starts = (0.0, 0.05, 0.31, 0.33, 0.35, 0.8, 0.84)
    make_media(tmp_path / f"clip.{suffix}", Video(numbered(7), starts))
    times = [0.0, 0.04, 0.06, 0.3, 0.32, 0.34, 0.36, 0.79, 0.81, 0.85]
    assert shown(tmp_path / f"clip.{suffix}", times=times) == expected(starts, times)
    assert any(
        "variable frame rate" in problem for problem in check_media(tmp_path / f"clip.{suffix}").problems
    )


def test_the_first_frame_of_late_video_is_displayed_before_its_start(tmp_path):
    starts = [0.3 + k / 25 for k in range(13)]
    make_media(tmp_path / "clip.mkv", Sound(noise(1.0), codec="pcm_s16le"), Video(numbered(13), starts))
    times = [k / 10 for k in range(9)]
    assert shown(tmp_path / "clip.mkv") == expected(starts, times)


def test_the_iterator_ends_with_the_video(tmp_path):
    write_video(tmp_path / "clip.mp4", numbered(10), 25)
    assert len(shown(tmp_path / "clip.mp4", times=[0.0, 0.1, 0.2, 0.3, 0.5, 7.0])) == 4


def test_one_frame_can_be_requested_repeatedly(tmp_path):
    write_video(tmp_path / "clip.mp4", numbered(2), 10)
    assert shown(tmp_path / "clip.mp4", rate=50.0) == [0] * 5 + [1] * 5


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_rotation_is_applied(turn, tmp_path):
    picture = np.zeros((32, 64, 3), dtype=np.uint8)
    picture[:16, :32] = 255  # top left as stored
    make_media(tmp_path / "clip.mp4", Video([picture] * 3, (0.0, 0.04, 0.08), rotation=turn))
    upright = np.rot90(picture, turn // 90)
    first = next(iter_frames(tmp_path / "clip.mp4")).image
    assert np.abs(first.astype(int) - upright).mean() < 5
    video = probe(tmp_path / "clip.mp4").video
    assert (video.height, video.width, video.rotation) == (*upright.shape[:2], turn)
    assert next(iter_frames(tmp_path / "clip.mp4", size=(20, 10))).image.shape == (10, 20, 3)


def test_channels_are_red_green_blue(tmp_path):
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    write_video(tmp_path / "clip.mp4", [np.full((48, 64, 3), colour) for colour in colours], 10, crf=5)
    for frame, colour in zip(iter_frames(tmp_path / "clip.mp4"), colours, strict=True):
        np.testing.assert_allclose(frame.image.mean(axis=(0, 1)), colour, atol=12)


def test_damaged_frames_are_reported(tmp_path):
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (48, 64, 3), dtype=np.uint8) for _ in range(30)]
    make_media(tmp_path / "clip.mkv", Video(pictures, [k / 25 for k in range(30)]))
    data = bytearray((tmp_path / "clip.mkv").read_bytes())
    for place in random.integers(len(data) // 4, len(data) * 3 // 4, 300):
        data[place] ^= 0x55
    (tmp_path / "clip.mkv").write_bytes(bytes(data))
    reader = iter_frames(tmp_path / "clip.mkv")
    assert len(list(reader)) >= 3
    assert reader.notes


def test_closing_early_leaves_no_note_of_truncation(tmp_path):
    write_video(tmp_path / "clip.mp4", numbered(36), 10)
    reader = iter_frames(tmp_path / "clip.mp4", times=[0.0, 0.1])
    assert len(list(reader)) == 2
    assert reader.notes == []


@needs_shared
@pytest.mark.parametrize(
    ("name", "seconds", "pictures", "channels"),
    [
        ("bigbuckbunny.mp4", 5.312, 53, 6),
        ("obama_speech.mp4", 8.713, 88, 1),
        ("single_face.mp4", 2.419, 24, 2),
    ],
)
def test_real_videos(name, seconds, pictures, channels):
    waveform, _ = read_audio(REAL / name)
    assert waveform.shape[1] / 24000 == pytest.approx(seconds, abs=0.001)
    frames = list(iter_frames(REAL / name, size=(64, 36)))
    assert len(frames) == pytest.approx(pictures, abs=1)
    assert len({frame.image.tobytes() for frame in frames}) > pictures // 2
    report = check_media(REAL / name)
    assert report.audio.channels == channels
    assert report.sound.seconds == pytest.approx(seconds, abs=0.001)
