"""Two mono tracks as a pair; audio and video in separate files."""

import json

import numpy as np
import pytest

from bad_input.models import good_model
from cli.commands import Command
from datasets.making import stereo_set
from media.making import Sound, Video, make_media, noise, numbered
from seldkit.cli.media_pairs import find_recordings, find_videos
from seldkit.errors import SeldkitError
from seldkit.media import read_audio, write_audio

RATE = 48000


def mono_tracks(path, gains=(1.0, 0.1)):
    source = noise(1.0, RATE, 1)
    tracks = [Sound(gain * source, codec="pcm_s16le") for gain in gains]
    make_media(path, *tracks, Video(numbered(10), [k / 10 for k in range(10)], rate=10))
    return path


def level(path, **options) -> float:
    from seldkit.media import AudioReader

    with AudioReader(path, 24000, **options) as reader:
        waveform = np.concatenate(list(reader), axis=1)
    left, right = np.sqrt((waveform**2).mean(axis=1))
    return float(20 * np.log10(left / right))


def test_two_mono_tracks_are_left_and_right(tmp_path):
    path = mono_tracks(tmp_path / "clip.mov")
    assert level(path) == pytest.approx(20.0, abs=0.2)
    assert level(path, pair=(2, 1)) == pytest.approx(-20.0, abs=0.2)
    _, notes = read_audio(path)
    assert (
        "mono audio tracks 1 and 2 are used as left and right; use --pair 2,1 if they are exchanged" in notes
    )


def test_a_pair_of_several_tracks_is_stated(tmp_path):
    path = mono_tracks(tmp_path / "clip.mkv", (0.5, 1.0, 0.1))
    assert level(path) == pytest.approx(0.0, abs=0.01)
    assert level(path, pair=(2, 3)) == pytest.approx(20.0, abs=0.2)


def test_wrong_pairs(command: Command, tmp_path):
    path = mono_tracks(tmp_path / "clip.mov")
    model = good_model(tmp_path / "model")
    missing = command("detect", path, "--pair", "1,3", "--model", model)
    assert missing.status == 1
    assert "clip.mov has 2 audio track(s), expected number 3 of --pair" in missing.err
    assert command("detect", path, "--pair", "left", "--model", model).status == 2
    write_audio(tmp_path / "stereo.wav", noise(0.5), RATE)
    stereo = command("detect", tmp_path / "stereo.wav", "--pair", "1,1", "--model", model)
    assert "audio track 1 has 2 channel(s); --pair expects mono tracks" in stereo.err


def test_tracks_of_unequal_length_are_padded(tmp_path):
    make_media(
        tmp_path / "clip.mkv",
        Sound(noise(1.0, RATE, 1), codec="pcm_s16le"),
        Sound(noise(0.7, RATE, 1), codec="pcm_s16le"),
    )
    waveform, _ = read_audio(tmp_path / "clip.mkv")
    assert waveform.shape[1] / 24000 == pytest.approx(1.0, abs=0.01)
    assert np.abs(waveform[1, 17200:]).max() < 1e-3


def test_a_dataset_pairs_its_folders(tmp_path):
    stereo_set(tmp_path / "set", video=True)
    recordings = find_recordings([tmp_path / "set"])
    videos = find_videos([tmp_path / "set"], None)
    assert recordings
    assert all(path.suffix == ".wav" for path in recordings)
    assert videos
    assert all(audio.stem == video.stem for audio, video in videos.items())


def test_videos_are_paired_by_name(tmp_path):
    for name in ("a", "b"):
        write_audio(tmp_path / f"{name}.wav", noise(0.2), RATE)
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "a.mp4").write_bytes(b"")
    assert find_videos([tmp_path / "a.wav"], tmp_path / "videos") == {
        tmp_path / "a.wav": tmp_path / "videos" / "a.mp4"
    }
    with pytest.raises(SeldkitError, match="expected a video named b"):
        find_videos([tmp_path / "a.wav", tmp_path / "b.wav"], tmp_path / "videos")
    with pytest.raises(SeldkitError, match="expected a folder with videos"):
        find_videos([tmp_path / "a.wav", tmp_path / "b.wav"], tmp_path / "videos" / "a.mp4")


def test_detect_reads_the_pair(command: Command, tmp_path):
    path = mono_tracks(tmp_path / "clip.mov")
    model = good_model(tmp_path / "model")
    result = command("detect", path, "--pair", "1,2", "--model", model, "--output", "-", "--threshold", 0.01)
    assert result.status == 0, result.err
    assert all(json.loads(line)["azimuth"] is not None for line in result.out.splitlines())
    assert "mono audio tracks 1 and 2 are used" in result.err
