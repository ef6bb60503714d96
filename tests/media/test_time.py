"""Times of concatenated files, of Opus in Matroska and of long pauses."""

from pathlib import Path

import numpy as np
import pytest

from media.making import Sound, Video, clicks, make_media, noise, number_of, numbered, tone
from seldkit.media import AudioReader, iter_frames, read_audio
from seldkit.media.audio_track import MAX_SILENCE_FACTOR, MAX_SILENCE_SECONDS

RATE = 24000
CONTAINERS = [
    ("opus", "libopus", None),
    ("oga", "flac", "ogg"),
    ("flac", "flac", None),
    ("ts", "mp2", "mpegts"),
    ("ts", "aac", "mpegts"),
    ("mpg", "mp2", "mpeg"),
]


def joined(folder: Path, suffix: str, format: str | None, *parts: tuple[Sound | Video, ...]) -> Path:
    path = folder / f"joined.{suffix}"
    data = b""
    for number, tracks in enumerate(parts):
        make_media(folder / f"{number}.{suffix}", *tracks, format=format)
        data += (folder / f"{number}.{suffix}").read_bytes()
    path.write_bytes(data)
    return path


def active_seconds(channel: np.ndarray) -> float:
    """Time in which a tone of amplitude 0.5 is present, by its energy."""
    return float((channel**2).sum() / RATE / 0.125)


@pytest.mark.parametrize(("suffix", "codec", "format"), CONTAINERS)
@pytest.mark.parametrize("seconds", [(3.0, 3.0), (0.5, 2.0), (8.0, 1.0)])
def test_all_parts_of_a_concatenated_file_are_read(suffix, codec, format, seconds, tmp_path):
    parts = [
        (Sound(tone(length, gains=gains), codec=codec),)
        for length, gains in zip(seconds, ((0.5, 0.0), (0.0, 0.5)), strict=True)
    ]
    waveform, notes = read_audio(joined(tmp_path, suffix, format, *parts))
    assert active_seconds(waveform[0]) == pytest.approx(seconds[0], abs=0.05)
    assert active_seconds(waveform[1]) == pytest.approx(seconds[1], abs=0.05)
    assert not any("overlapping" in note or "no audio" in note for note in notes), notes


def test_a_restarted_clock_is_reported(tmp_path):
    part = (Sound(tone(1.0, gains=(0.5, 0.5)), codec="mp2"),)
    _, notes = read_audio(joined(tmp_path, "ts", "mpegts", part, part))
    assert "the clock of the audio restarts 1 time(s): parts are joined" in notes


def test_short_parts_are_read(tmp_path):
    parts = [(Sound(tone(0.12, gains=(0.5, 0.5)), codec="mp2"),) for _ in range(5)]
    waveform, _ = read_audio(joined(tmp_path, "ts", "mpegts", *parts))
    assert active_seconds(waveform[0]) == pytest.approx(0.6, abs=0.05)


def test_rate_and_channels_may_change_between_parts(tmp_path):
    parts = [
        (Sound(tone(1.0, gains=(0.5, 0.0)), codec="flac"),),
        (Sound(tone(1.0, 44100, gains=(0.5,)), 44100, codec="flac"),),
    ]
    waveform, notes = read_audio(joined(tmp_path, "oga", "ogg", *parts))
    assert waveform.shape[1] / RATE == pytest.approx(2.0, abs=0.01)
    assert active_seconds(waveform[1, RATE:]) == pytest.approx(1.0, abs=0.05)
    assert any("format changes" in note for note in notes)


def test_audio_and_video_of_the_second_part_stay_synchronous(tmp_path):
    parts = [
        (
            Sound(clicks((0.5,), 1.0), codec="mp2"),
            Video([np.full((48, 64, 3), value, np.uint8)] * 25, [k / 25 for k in range(25)]),
        )
        for value in (40, 200)
    ]
    path = joined(tmp_path, "ts", "mpegts", *parts)
    waveform, _ = read_audio(path)
    second = RATE + np.abs(waveform[0, RATE:]).argmax()
    assert second / RATE == pytest.approx(1.5, abs=0.06)
    changes = [frame.time for frame in iter_frames(path, rate=25) if frame.image.mean() > 120]
    assert changes[0] == pytest.approx(1.0, abs=0.06)


def test_a_real_overlap_is_removed(tmp_path):
    sound = Sound(noise(1.0), codec="pcm_s16le", starts=(0.0, 0.42))
    make_media(tmp_path / "clip.mkv", sound)
    waveform, notes = read_audio(tmp_path / "clip.mkv")
    assert waveform.shape[1] / RATE == pytest.approx(0.92, abs=0.002)
    assert any("overlapping audio" in note for note in notes)


@pytest.mark.parametrize("suffix", ["webm", "mkv"])
@pytest.mark.parametrize("rate", [8000, 12000, 16000, 24000, 48000])
@pytest.mark.parametrize("has_video", [False, True])
def test_opus_in_matroska_starts_with_its_first_frame(suffix, rate, has_video, tmp_path):
    tracks: list[Sound | Video] = [Sound(clicks((0.25,), 0.6, rate), rate, codec="libopus")]
    if has_video:
        codec = "libvpx" if suffix == "webm" else "libx264"
        tracks.append(Video(numbered(15), [k / 25 for k in range(15)], codec=codec, options={}))
    make_media(tmp_path / f"clip.{suffix}", *tracks)
    waveform, notes = read_audio(tmp_path / f"clip.{suffix}", 48000)
    assert np.abs(waveform[0]).argmax() / 48000 == pytest.approx(0.25, abs=0.001)
    assert waveform.shape[1] / 48000 == pytest.approx(0.6, abs=0.001)
    assert notes == []
    if has_video:
        first = next(iter_frames(tmp_path / f"clip.{suffix}"))
        assert number_of(first.image) == 0


def test_inserted_silence_is_limited(tmp_path):
    sound = Sound(tone(1.0), codec="pcm_s16le", starts=(0.0, 500.0, 1000.0, 1500.0, 2000.0))
    make_media(tmp_path / "clip.mkv", sound)
    with AudioReader(tmp_path / "clip.mkv", 8000) as reader:
        seconds = sum(block.shape[1] for block in reader) / 8000
    assert seconds <= 1.0 + MAX_SILENCE_FACTOR * 1.0 + MAX_SILENCE_SECONDS
    assert seconds >= MAX_SILENCE_SECONDS
    assert any(note.startswith("pauses are shortened by 1") for note in reader.notes), reader.notes
