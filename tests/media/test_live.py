"""Live audio is complete, at the requested rate, with its arrival times, in bounded memory."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

import seldkit.media.live
from media.making import noise, tone, wav_bytes
from seldkit.errors import MediaError
from seldkit.media import read_audio
from seldkit.media.audio_track import AudioChunk
from seldkit.media.live import LiveAudio, LostAudio, Microphone, RawAudio, RawFormat
from seldkit.media.live.arrival_times import KEPT_SECONDS, ArrivalTimes
from seldkit.media.live.buffer import BufferedChunk, ChunkBuffer

RATE = 24000


class ChunkSource:
    """A source of given chunks; `clock` is set to the time of each chunk before it is yielded."""

    name = "a test"
    notes = ()

    def __init__(self, chunks, lossy=False, error=None):
        self._chunks, self.lossy, self._error = chunks, lossy, error
        self.now = 0.0

    def clock(self):
        return self.now

    def __iter__(self) -> Iterator[AudioChunk]:
        for time, chunk in self._chunks:
            self.now = time
            yield chunk
        if self._error is not None:
            raise self._error


def chunk(seconds=0.5, rate=1000, value=0.0):
    return AudioChunk(np.full((2, round(seconds * rate)), value, np.float32), ("FL", "FR"), rate)


def collected(sound):
    return np.concatenate([chunk for chunk in sound if not isinstance(chunk, LostAudio)], axis=1)


def raw_file(path, samples, kind="<i2", scale=32767):
    path.write_bytes(np.rint(samples.T * scale).astype(kind).tobytes())
    return path


@pytest.mark.parametrize(
    ("encoding", "kind", "scale"), [("s16le", "<i2", 2**15), ("s32le", "<i4", 2**31), ("f32le", "<f4", 1)]
)
def test_raw_samples_equal_the_written_ones(encoding, kind, scale, tmp_path):
    wave = np.round(noise(0.3, 8000) * 2**15) / 2**15
    (tmp_path / "x.raw").write_bytes((wave.T * scale).astype(kind).tobytes())
    chunks = list(RawAudio(tmp_path / "x.raw", RawFormat(8000, 2, encoding)))
    assert {one.sample_rate for one in chunks} == {8000}
    assert max(one.samples.shape[1] for one in chunks) == 400
    np.testing.assert_array_equal(np.concatenate([one.samples for one in chunks], axis=1), wave)


@pytest.mark.parametrize("rate", [24000, 44100, 48000])
def test_live_audio_equals_the_file(rate, tmp_path):
    wave = np.rint(noise(1.03, rate) * 32767)
    data = wave.T.astype("<i2").tobytes()
    (tmp_path / "x.raw").write_bytes(data)
    (tmp_path / "x.wav").write_bytes(wav_bytes(data, rate))
    with LiveAudio(RawAudio(tmp_path / "x.raw", RawFormat(rate)), RATE) as sound:
        np.testing.assert_array_equal(collected(sound), read_audio(tmp_path / "x.wav", RATE)[0])
    assert sound.seconds == pytest.approx(1.03, abs=1e-3)
    assert sound.notes == []


def test_samples_split_between_reads_are_joined(tmp_path):
    fifo, wave = tmp_path / "pipe", np.rint(noise(0.2, 8000) * 32767)
    os.mkfifo(fifo)
    data = wave.T.astype("<i2").tobytes() + b"\x01\x02\x03"

    def write():
        with fifo.open("wb", buffering=0) as pipe:
            for start in range(0, len(data), 777):
                pipe.write(data[start : start + 777])

    writer = threading.Thread(target=write)
    writer.start()
    with LiveAudio(RawAudio(fifo, RawFormat(8000)), 8000) as sound:
        found = collected(sound)
    writer.join()
    np.testing.assert_array_equal(found, (wave / 32768).astype(np.float32))
    assert sound.notes == [
        "the last 3 bytes are not a whole sample: check that the format is 8000 Hz, 2 channels, s16le"
    ]


def test_mono_and_foa_are_converted_to_the_layout(tmp_path):
    raw_file(tmp_path / "x.raw", noise(0.1, RATE)[:1])
    with LiveAudio(RawAudio(tmp_path / "x.raw", RawFormat(RATE, 1)), RATE) as sound:
        found = collected(sound)
    np.testing.assert_array_equal(found[0], found[1])
    assert sound.notes == ["mono audio: the direction is unknown"]
    raw_file(tmp_path / "x.raw", np.concatenate([noise(0.1, RATE), noise(0.1, RATE)]))
    with LiveAudio(RawAudio(tmp_path / "x.raw", RawFormat(RATE, 4)), RATE, "foa") as sound:
        assert collected(sound).shape == (4, 2400)


def test_invalid_samples_are_silent_with_a_note(tmp_path):
    wave = np.full((2, 100), np.nan, "<f4")
    wave[:, :50] = 0.5
    (tmp_path / "x.raw").write_bytes(wave.T.tobytes())
    with LiveAudio(RawAudio(tmp_path / "x.raw", RawFormat(RATE, 2, "f32le")), RATE) as sound:
        assert collected(sound).sum() == 50
    assert sound.notes[0].startswith("100 invalid samples")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda path: RawAudio(path), "cannot be read"),
        (lambda path: RawAudio(path.parent), "got a folder"),
        (lambda path: RawAudio("a\0b"), "cannot be read"),
        (lambda path: RawFormat(rate=10), "expected a sampling rate of 1000 to"),
        (lambda path: RawFormat(channels=0), "expected 1 to 64 channels, got 0"),
        (
            lambda path: RawFormat(encoding="u8"),
            "expected samples in one of the encodings s16le, s24le, s32le, f32le, got 'u8'",
        ),
        (lambda path: Microphone("nowhere", input="pulsar"), "does not support 'pulsar' devices"),
        (lambda path: Microphone("hw:99"), "expected an input device"),
        (lambda path: Microphone("no[thing", input="lavfi"), "expected an input device"),
    ],
)
def test_unreadable_sources_raise_one_line(build, message, tmp_path, capfd):
    with pytest.raises(MediaError) as raised:
        build(tmp_path / "gone")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (wav_bytes(bytes(99)), "WAV"),
        (b"fLaC" + bytes(99), "FLAC"),
        (bytes(4) + b"ftypisom" + bytes(9), "MP4"),
    ],
)
def test_a_file_with_a_header_is_refused_as_raw_audio(head, what, tmp_path):
    (tmp_path / "x").write_bytes(head)
    with pytest.raises(
        MediaError, match=f"x: expected raw samples .*got an? {what} file; write it without a header"
    ):
        list(RawAudio(tmp_path / "x"))


def test_audio_before_an_error_is_returned_and_then_the_error_is_raised():
    source = ChunkSource([(0.5, chunk()), (1.0, chunk())], error=MediaError("the plug is out"))
    sound = LiveAudio(source, 1000, clock=source.clock)
    found = []
    with pytest.raises(MediaError, match="the plug is out"), sound:
        found = list(sound)
    assert sum(chunk.shape[1] for chunk in found) == 1000


def test_stopped_audio_ends():
    def endless():
        number = 0
        while True:
            number += 1
            yield number / 2, chunk()

    source = ChunkSource(endless())
    with LiveAudio(source, 1000, clock=source.clock, buffer_seconds=2.0) as sound:
        for block in sound:
            assert block.shape[1] in (0, 500)
            sound.stop()
    assert 0.5 <= sound.seconds <= 4.0


def test_the_writer_of_a_pipe_waits_for_a_full_buffer():
    buffer, put = ChunkBuffer(1.0, lossy=False), []

    def write():
        for number in range(6):
            buffer.put(BufferedChunk(chunk(), 500 * number, 0.0))
            put.append(number)
        buffer.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(0.3)
    assert len(put) == 2
    starts = []
    while (item := buffer.take()) is not None:
        starts.append(item.start)
    thread.join()
    assert starts == [0, 500, 1000, 1500, 2000, 2500]


def test_a_full_buffer_of_a_microphone_is_dropped_up_to_a_whole_second():
    buffer = ChunkBuffer(1.0, lossy=True)
    for number in range(9):  # 0.4 s each
        buffer.put(BufferedChunk(chunk(0.4), 400 * number, 0.0))
    buffer.close()
    items = []
    while (item := buffer.take()) is not None:
        items.append(item)
    lost, *rest = items
    # The buffer was full at the fourth chunk; the audio up to 2.0 s, and later up to 4.0 s, was dropped.
    assert lost == LostAudio(0.0, 4.0)
    assert rest == []
    buffer = ChunkBuffer(1.0, lossy=True)
    for number in range(8):
        buffer.put(BufferedChunk(chunk(0.4), 400 * number, 0.0))
    buffer.close()
    items = [buffer.take() for _ in range(5)]
    assert items[0] == LostAudio(0.0, 2.0)
    assert [(item.start, item.chunk.samples.shape[1]) for item in items[1:4]] == [
        (2000, 400),
        (2400, 400),
        (2800, 400),
    ]
    assert items[4] is None


def test_lost_audio_is_yielded_and_reported():
    source = ChunkSource([(0.5 * number, chunk(value=number)) for number in range(1, 21)], lossy=True)
    warnings = []
    with LiveAudio(source, 1000, warn=warnings.append, clock=source.clock, buffer_seconds=3.0) as sound:
        sound._thread.join()  # the source ends before processing starts
        items = list(sound)
    lost = [item for item in items if isinstance(item, LostAudio)]
    assert lost == [LostAudio(0.0, 9.0)]
    assert np.unique(collected(items)).tolist() == [19.0, 20.0]
    assert (sound.lost_seconds, sound.seconds) == (9.0, 10.0)
    assert warnings == ["processing is too slow: audio from 0.0 s to 9.0 s was dropped"]


def test_slow_processing_is_reported_once_and_each_time_it_doubles():
    source = ChunkSource([(0.5 * number, chunk()) for number in range(1, 41)])
    warnings = []
    with LiveAudio(source, 1000, warn=warnings.append, clock=source.clock, buffer_seconds=100.0) as sound:
        sound._thread.join()
        source.now = now = 0.5
        for _ in sound:
            now += 1.0  # twice as long as it lasts
            source.now = now
    assert [line.split(" behind")[0] for line in warnings] == ["2.0 s", "4.0 s", "8.0 s", "16.0 s"]
    assert all("\n" not in line for line in warnings)


def test_arrival_times_of_a_steady_source():
    arrivals = ArrivalTimes()
    for number in range(1, 11):  # in real time from 100 s on, half a second each
        arrivals.add(0.5 * number, 100 + 0.5 * (number - 1), 100 + 0.5 * number)
    assert [arrivals.at(seconds) for seconds in (0.5, 0.6, 1.0, 5.0, 99.0)] == [100.5, 101, 101, 105, 105]
    assert arrivals.at(0.2) == pytest.approx(100.2)


def test_a_pause_of_the_source_is_no_delay():
    arrivals = ArrivalTimes()
    arrivals.add(0.5, 100.0, 100.5)
    assert arrivals.add(1.0, 100.5, 161.0) == pytest.approx(161.0)
    assert arrivals.at(1.0) == pytest.approx(161.0)
    assert arrivals.add(1.5, 161.0, 161.5) == pytest.approx(161.5)


def test_audio_available_before_the_request_arrived_when_due():
    arrivals = ArrivalTimes()
    arrivals.add(0.5, 100.0, 100.5)
    assert arrivals.add(1.0, 104.0, 104.0) == pytest.approx(101.0)
    assert arrivals.add(1.5, 106.0, 106.0) == pytest.approx(101.5)
    assert [arrivals.at(seconds) for seconds in (1.0, 1.5)] == pytest.approx([101.0, 101.5])


def test_audio_faster_than_real_time_arrived_when_read():
    arrivals = ArrivalTimes()
    for number in range(1, 11):
        arrivals.add(0.5 * number, 100.0, 100.0 + 0.01 * number)
    assert arrivals.at(5.0) == pytest.approx(100.1)


def test_only_recent_arrival_times_are_kept():
    arrivals = ArrivalTimes()
    for number in range(1, 20_000):
        arrivals.add(0.05 * number, 0.05 * number - 0.05, 0.05 * number)
    assert len(arrivals._ends) <= 2 * KEPT_SECONDS / 0.05 + 2
    assert arrivals.at(999.95 - KEPT_SECONDS / 2) == pytest.approx(999.95 - KEPT_SECONDS / 2)
    assert arrivals.at(3.0) == pytest.approx(3.0)


def test_a_device_is_read_until_stopped():
    microphone = Microphone("sine=frequency=440:sample_rate=48000:samples_per_frame=480", input="lavfi")
    assert "48000 Hz, 1 channel" in str(microphone)
    found = []
    with LiveAudio(microphone, RATE, buffer_seconds=60.0) as sound:
        for chunk in sound:
            found.append(chunk)
            if sound.seconds > 0.5:
                sound.stop()
                break
    wave = np.concatenate(found, axis=1)[0]
    assert wave.shape[0] > 0.4 * RATE
    spectrum = np.abs(np.fft.rfft(wave[2400:9600] * np.hanning(7200)))
    assert spectrum.argmax() * RATE / 7200 == pytest.approx(440, abs=5)


@pytest.mark.skipif(sys.platform != "linux" or "alsa" not in av.formats_available, reason="no ALSA here")
def test_alsa_devices_are_read(tmp_path: Path):
    """An ALSA plug-in acts as a device that plays a file. ALSA reads its settings once per process."""
    raw_file(tmp_path / "in.raw", tone(3.0, 48000, gains=(0.5, 0.1)))
    (tmp_path / "asound.conf").write_text(
        "pcm.none { type null }\n"
        f'pcm.fake {{ type file slave.pcm none file "/dev/null" infile "{tmp_path}/in.raw" format raw }}\n'
    )
    code = (
        "from seldkit.media.live import Microphone\n"
        "microphone = Microphone('fake')\n"
        "print(microphone)\n"
        "chunk = next(iter(microphone))\n"
        "print(chunk.samples.shape, chunk.sample_rate, [f'{one.max():.2f}' for one in chunk.samples])\n"
    )
    environment = os.environ | {"ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "microphone 'fake' (48000 Hz, 2 channels)",
        "(2, 960) 48000 ['0.50', '0.10']",
    ]


@pytest.mark.parametrize(("old", "new"), [("LiveSound", LiveAudio), ("RawSound", RawAudio)])
def test_former_names_are_deprecated_aliases(old, new):
    with pytest.warns(DeprecationWarning, match="is deprecated"):
        assert getattr(seldkit.media.live, old) is new


def test_24_bit_samples_are_decoded():
    values = np.array([[0, 1], [-1, 2**23 - 1], [-(2**23), 12345]], np.int32)
    data = b"".join(int(value).to_bytes(3, "little", signed=True) for value in values.ravel())
    format = RawFormat(48000, 2, "s24le")
    assert format.frame_bytes == 6
    np.testing.assert_allclose(format.decode(data), values.T / 2**23, atol=1e-9)
