"""Audio has correct times, channels, levels and sampling rates."""

import math

import numpy as np
import pytest

from media.making import Sound, Video, clicks, make_media, noise, numbered, tone, wav_bytes
from seldkit.channels import MONO, STEREO
from seldkit.errors import MediaError
from seldkit.media import AudioReader, read_audio, write_audio
from seldkit.media.channel_mixing import mixing_matrix

RATE = 24000
TIMES = (0.25, 0.5, 0.9)
SUFFIXES = ["wav", "flac", "m4a", "mkv", "ogg", "webm", "mp3"]


def peaks(channel, times=TIMES):
    """Time of the loudest sample around each time, in seconds."""
    starts = [round((time - 0.1) * RATE) for time in times]
    return [(start + int(np.abs(channel[start : start + RATE // 5]).argmax())) / RATE for start in starts]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("rate", [44100, 48000])
def test_clicks_are_at_their_times(suffix, rate, tmp_path):
    path = write_audio(tmp_path / f"clip.{suffix}", clicks(TIMES, 1.2, rate), rate)
    waveform, notes = read_audio(path)
    assert notes == []
    assert peaks(waveform[0]) == pytest.approx(TIMES, abs=1.5 / RATE)


@pytest.mark.parametrize("suffix", ["wav", "flac", "m4a", "ogg", "mp3"])
def test_length_is_exact_to_one_sample(suffix, tmp_path):
    path = write_audio(tmp_path / f"clip.{suffix}", noise(1.1, 44100), 44100)
    assert read_audio(path)[0].shape[1] == pytest.approx(1.1 * RATE, abs=1)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("side", [0, 1])
def test_left_channel_is_the_left_channel(suffix, side, tmp_path):
    gains = (0.5, 0.0) if side == 0 else (0.0, 0.5)
    path = write_audio(tmp_path / f"clip.{suffix}", tone(0.5, gains=gains), 48000)
    level = np.sqrt(np.square(read_audio(path)[0][:, 2000:-2000]).mean(axis=1))
    assert level[side] == pytest.approx(0.5 / math.sqrt(2), rel=0.05)
    assert level[1 - side] < 0.001


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000])
def test_resampling_preserves_the_waveform(rate, tmp_path):
    write_audio(tmp_path / "clip.wav", tone(1.0, rate, hertz=440.0), rate)
    waveform = read_audio(tmp_path / "clip.wav")[0][0]
    expected = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(RATE) / RATE)
    assert np.abs(waveform - expected)[200:-200].max() < 1e-3


def test_blocks_equal_parts_of_the_whole_waveform(tmp_path):
    write_audio(tmp_path / "clip.flac", noise(1.0, 44100), 44100)
    whole, _ = read_audio(tmp_path / "clip.flac")
    for seconds in (0.01, 0.3, 7.0):
        with AudioReader(tmp_path / "clip.flac", block_seconds=seconds) as reader:
            blocks = list(reader)
        assert {block.shape[1] for block in blocks[:-1]} <= {round(seconds * RATE)}
        np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole)


def test_audio_at_the_same_rate_is_bit_exact(tmp_path):
    waveform = np.rint(noise(0.3, RATE) * 32767)
    (tmp_path / "clip.wav").write_bytes(wav_bytes(waveform.T.astype("<i2").tobytes(), RATE))
    np.testing.assert_array_equal(read_audio(tmp_path / "clip.wav")[0], (waveform / 32768).astype(np.float32))


@pytest.mark.parametrize(("audio", "video"), [(0.3, 0.0), (0.0, 0.3), (0.4, 0.2)])
def test_audio_and_video_have_the_same_start(audio, video, tmp_path):
    sound = Sound(clicks((0.25,), 0.6), codec="pcm_s16le", starts=(audio,))
    make_media(tmp_path / "clip.mkv", sound, Video(numbered(26), [video + k / 25 for k in range(26)]))
    waveform, _ = read_audio(tmp_path / "clip.mkv")
    expected = 0.25 + audio - min(audio, video)
    assert np.abs(waveform[0]).argmax() / RATE == pytest.approx(expected, abs=0.001)


def test_late_aac_in_mp4_has_correct_times(tmp_path):
    sound = Sound(clicks((0.25,), 0.6), starts=(0.4,))
    make_media(tmp_path / "clip.mp4", sound, Video(numbered(26), [k / 25 for k in range(26)]))
    assert np.abs(read_audio(tmp_path / "clip.mp4")[0][0]).argmax() / RATE == pytest.approx(0.65, abs=0.001)


def test_a_gap_is_silent_and_audio_after_it_has_correct_times(tmp_path):
    sound = Sound(clicks((0.25, 0.75), 1.0), codec="pcm_s16le", starts=(0.0, 0.8))
    make_media(tmp_path / "clip.mka", sound, format="matroska")
    waveform, notes = read_audio(tmp_path / "clip.mka")
    assert peaks(waveform[0], (0.25, 1.05)) == pytest.approx((0.25, 1.05), abs=0.001)
    assert not waveform[:, round(0.52 * RATE) : round(0.78 * RATE)].any()
    assert notes == ["no audio from 0.50 s to 0.80 s according to the timestamps: replaced by silence"]


def test_audio_after_damage_has_correct_times(tmp_path):
    make_media(tmp_path / "clip.flac", Sound(clicks((0.2, 1.8), 2.0) + noise(2.0, level=0.01), codec="flac"))
    data = bytearray((tmp_path / "clip.flac").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    (tmp_path / "clip.flac").write_bytes(bytes(data))
    waveform, notes = read_audio(tmp_path / "clip.flac")
    assert peaks(waveform[0], (0.2, 1.8)) == pytest.approx((0.2, 1.8), abs=0.001)
    assert len(notes) == 1
    assert "audio from 0.9" in notes[0]


def test_mono_is_two_equal_channels_with_a_note(tmp_path):
    write_audio(tmp_path / "clip.wav", noise(0.2, channels=1), 48000)
    with AudioReader(tmp_path / "clip.wav") as reader:
        (waveform,) = reader
    np.testing.assert_array_equal(waveform[0], waveform[1])
    assert reader.notes == ["mono audio: the direction is unknown"]
    assert reader.recorded_layout == MONO


def test_mono_layout_is_the_mean_of_the_channels(tmp_path):
    write_audio(tmp_path / "clip.wav", noise(0.2), 48000)
    stereo, _ = read_audio(tmp_path / "clip.wav")
    mono, _ = read_audio(tmp_path / "clip.wav", layout="mono")
    np.testing.assert_allclose(mono[0], stereo.mean(axis=0), atol=1e-6)


HALF = 1 / math.sqrt(2)


@pytest.mark.parametrize(
    ("names", "left", "right"),
    [
        ("FL FR LFE", (1, 0, 0), (0, 1, 0)),
        ("FL FR FC", (1, 0, HALF), (0, 1, HALF)),
        ("FL FR BL BR", (1, 0, HALF, 0), (0, 1, 0, HALF)),
        ("FL FR FC BC", (1, 0, HALF, 0.5), (0, 1, HALF, 0.5)),
        ("FL FR FC LFE SL SR", (1, 0, HALF, 0, HALF, 0), (0, 1, HALF, 0, 0, HALF)),
        ("FL FR FC LFE BL BR SL SR", (1, 0, HALF, 0, HALF, 0, HALF, 0), (0, 1, HALF, 0, 0, HALF, 0, HALF)),
        ("FR FL", (0, 1), (1, 0)),
    ],
)
def test_downmix_matches_bs_775(names, left, right):
    matrix, _ = mixing_matrix(tuple(names.split()), STEREO)
    np.testing.assert_allclose(matrix, (left, right), atol=1e-7)


@pytest.mark.parametrize("channel", range(6))
def test_each_loudspeaker_of_5_1_has_its_gains(channel, tmp_path):
    gains = [0.0] * 6
    gains[channel] = 0.5
    make_media(tmp_path / "clip.wav", Sound(tone(0.2, gains=gains), codec="pcm_s16le", layout="5.1"))
    level = np.abs(read_audio(tmp_path / "clip.wav")[0][:, 500:-500]).max(axis=1)
    expected = [(1, 0), (0, 1), (HALF, HALF), (0, 0), (HALF, 0), (0, HALF)][channel]
    np.testing.assert_allclose(level, 0.5 * np.array(expected), atol=0.002)


def test_foa_is_four_unchanged_channels(tmp_path):
    waveform = np.rint(noise(0.2, RATE, 4) * 32767)
    (tmp_path / "foa.wav").write_bytes(wav_bytes(waveform.T.astype("<i2").tobytes(), RATE, channels=4))
    foa, notes = read_audio(tmp_path / "foa.wav", layout="foa")
    np.testing.assert_array_equal(foa, (waveform / 32768).astype(np.float32))
    assert notes == []


def test_foa_requires_four_channels(tmp_path):
    write_audio(tmp_path / "clip.wav", noise(0.1), 48000)
    with pytest.raises(MediaError, match=r"2 channel.*expected 4: .*FOA"):
        read_audio(tmp_path / "clip.wav", layout="foa")


def test_invalid_arguments_raise_value_error(tmp_path):
    with pytest.raises(ValueError, match="layout"):
        AudioReader(tmp_path / "clip.wav", layout="quad")
    with pytest.raises(ValueError, match="context manager"):
        next(iter(AudioReader(tmp_path / "clip.wav")))


def test_wav_with_a_long_header_is_read(tmp_path):
    waveform = np.rint(noise(0.5, RATE) * 32767)
    content = wav_bytes(waveform.T.astype("<i2").tobytes(), RATE)
    comment = b"JUNK" + (2**20).to_bytes(4, "little") + bytes(2**20)
    (tmp_path / "clip.wav").write_bytes(content[:12] + comment + content[12:])
    np.testing.assert_array_equal(read_audio(tmp_path / "clip.wav")[0], (waveform / 32768).astype(np.float32))


def test_ac3_in_wav_is_decoded(tmp_path):
    make_media(tmp_path / "burst.spdif", Sound(tone(1.0), codec="ac3"), format="spdif")
    (tmp_path / "clip.wav").write_bytes(wav_bytes((tmp_path / "burst.spdif").read_bytes()))
    waveform = read_audio(tmp_path / "clip.wav")[0]
    assert np.abs(waveform).max() == pytest.approx(0.5, abs=0.05)
    assert np.sqrt(np.square(waveform[0, 3000:20000]).mean()) == pytest.approx(0.5 / math.sqrt(2), rel=0.05)
