"""Reports of `probe` and `check_media`, and errors of the writers."""

import os

import numpy as np
import pytest

from media.making import Sound, Video, make_media, noise, numbered, tone, wav_bytes
from seldkit.errors import MediaError
from seldkit.media import check_media, probe, write_audio, write_video


def problems(path, waveform):
    write_audio(path, waveform, 48000)
    return " / ".join(check_media(path).problems)


def test_a_valid_file_has_no_problems(tmp_path):
    write_video(tmp_path / "clip.mp4", numbered(10), 25, audio=(noise(0.4), 48000))
    report = check_media(tmp_path / "clip.mp4")
    assert report.problems == []
    assert (report.video.width, report.video.height, report.video.frames) == (64, 48, 10)
    assert report.video.fps == pytest.approx(25)
    assert (report.audio.sample_rate, report.audio.channels, report.audio.layout) == (48000, 2, "stereo")
    assert report.duration == pytest.approx(0.4, abs=0.01)


def test_levels(tmp_path):
    write_audio(tmp_path / "clip.wav", tone(0.5, gains=(0.5, 0.25)), 48000)
    sound = check_media(tmp_path / "clip.wav").sound
    assert sound.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert sound.rms_dbfs == pytest.approx(-9.03, abs=0.01)
    assert sound.clipped_share == 0
    assert sound.seconds == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("waveform", "expected"),
    [
        (np.zeros((2, 4800), np.float32), "silent"),
        (tone(0.2, gains=(0.5, 0.5)), "dual mono"),
        (noise(0.2, channels=1), "mono audio"),
        (np.clip(20 * noise(0.2), -1, 1), "clipped: "),
        (noise(0.2) + 0.05, "DC offset"),
    ],
)
def test_problems_are_found(waveform, expected, tmp_path):
    assert expected in problems(tmp_path / "clip.wav", waveform)


def test_different_lengths_are_reported(tmp_path):
    video = Video(numbered(13), [k / 25 for k in range(13)])
    make_media(tmp_path / "clip.mp4", Sound(noise(1.0)), video)
    assert "differ in length: 1.00 s and 0.52 s" in " ".join(check_media(tmp_path / "clip.mp4").problems)


def test_truncation_is_reported(tmp_path):
    content = wav_bytes(np.zeros(96000, "<i2").tobytes())
    (tmp_path / "clip.mkv").write_bytes(content)
    make_media(tmp_path / "clip.mkv", Sound(noise(2.0), codec="pcm_s16le"))
    data = (tmp_path / "clip.mkv").read_bytes()
    (tmp_path / "clip.mkv").write_bytes(data[: len(data) // 2])
    assert "truncated" in " ".join(check_media(tmp_path / "clip.mkv").problems)


def test_cover_art_is_no_video(tmp_path):
    from bad_input.media import BAD_MEDIA

    (row,) = (row for row in BAD_MEDIA if row.name == "cover art")
    info = probe(row.build(tmp_path))
    assert info.cover_art
    assert info.video is None


def test_written_files_are_complete_or_missing(tmp_path):
    def pictures():
        yield from numbered(3)
        raise KeyError("the pictures stop")

    with pytest.raises(KeyError):
        write_video(tmp_path / "clip.mp4", pictures(), 25)
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: write_audio(folder / "clip.xyz", noise(0.1), 48000),
        lambda folder: write_audio(folder / "clip.wav", np.zeros(100), 48000),
        lambda folder: write_audio(folder / "clip.mp3", noise(0.1, channels=6), 48000),
        lambda folder: write_video(folder / "clip.gif", numbered(2), 25),
        lambda folder: write_video(folder / "clip.mp4", [], 25),
    ],
)
def test_unsupported_writes_raise_one_line(write, tmp_path):
    with pytest.raises(MediaError) as refusal:
        write(tmp_path)
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []
