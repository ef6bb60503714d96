"""Writing of new audio with copied video."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.making import Sound, Video, clicks, make_media, noise, numbered
from seldkit.errors import MediaError
from seldkit.media import probe, read_audio
from seldkit.media.audio_replacement import CODECS_BY_SUFFIX, supported_sample_rate, write_stereo_audio
from seldkit.media.containers import open_media
from seldkit.media.video import TimedFrames

TIMES = [number / 25 for number in range(30)]
B_FRAMES = {"bf": "3", "b_strategy": "0", "g": "12", "preset": "fast"}


def shown(path: Path) -> Any:
    with open_media(path) as container:
        return np.array([[frame.start, frame.end] for frame in TimedFrames(container, path)])


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


@pytest.mark.parametrize("suffix", CODECS_BY_SUFFIX)
@pytest.mark.parametrize("samples", [1, 24_000, 29_877])
def test_number_of_samples_is_kept(tmp_path: Path, suffix: str, samples: int) -> None:
    sound = noise(2.0, 24000)[:, :samples]
    write_stereo_audio(tmp_path / f"a{suffix}", np.array_split(sound, 3, axis=1), 24000)
    read, notes = read_audio(tmp_path / f"a{suffix}", 24000)
    assert (read.shape, notes) == (sound.shape, [])
    if CODECS_BY_SUFFIX[suffix] != "aac":
        assert np.abs(read - sound).max() < 2**-14


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("a.mp4", Video(numbered(30), TIMES)),
        ("phone.mp4", Video(numbered(30), TIMES, rotation=90)),
        ("b-frames.mp4", Video(numbered(30), TIMES, options=B_FRAMES)),
        ("b-frames.mkv", Video(numbered(30), TIMES, options=B_FRAMES)),
        ("late.mkv", Video(numbered(30), [0.3 + time for time in TIMES])),
        ("varying.mp4", Video(numbered(6), [0.0, 0.04, 0.08, 0.28, 0.293, 0.8])),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_video_is_copied_with_its_times(tmp_path: Path, suffix: str, name: str, video: Video) -> None:
    source, output = tmp_path / name, tmp_path / f"out{suffix}"
    make_media(source, video, Sound(noise(1.2)))
    sound = clicks([0.5], 1.2)
    write_stereo_audio(output, [sound], 48000, source)
    assert packets(output) == packets(source)
    assert np.abs(shown(output) - shown(source)).max() < 1e-3
    before, after = probe(source).video, probe(output).video
    assert before is not None
    assert after is not None
    assert (after.width, after.height, after.rotation) == (before.width, before.height, before.rotation)
    assert abs(int(read_audio(output, 48000)[0][0].argmax()) - 24000) <= 24  # half a millisecond


def test_unsupported_video_codecs_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "a.webm"
    make_media(
        source, Video(numbered(3), TIMES[:3], codec="libvpx", options={}), Sound(noise(0.2), codec="libopus")
    )
    for suffix in (".mp4", ".mov"):
        with pytest.raises(
            MediaError, match=r"cannot contain the video of .*a.webm \(vp8\).*use the suffix .mkv"
        ):
            write_stereo_audio(tmp_path / f"b{suffix}", [noise(0.2)], 48000, source)
    write_stereo_audio(tmp_path / "b.mkv", [noise(0.2)], 48000, source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.webm", "b.mkv"]


def test_video_cut_between_key_frames_keeps_its_start(tmp_path: Path) -> None:
    whole, source = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    make_media(whole, Video(numbered(30), TIMES, options={"g": "30", "preset": "fast"}), Sound(noise(1.2)))
    with av.open(str(whole)) as film, av.open(str(source), "w") as output:
        kept = output.add_stream_from_template(film.streams.video[0])
        for packet in film.demux(film.streams.video[0]):
            if packet.pts is not None and packet.dts is not None and packet.time_base is not None:
                packet.pts -= round(0.4 / packet.time_base)
                packet.dts -= round(0.4 / packet.time_base)
                packet.stream = kept
                output.mux(packet)
    write_stereo_audio(tmp_path / "a.mp4", [noise(0.8)], 48000, source)
    assert len(shown(source)) == len(shown(tmp_path / "a.mp4")) == 20
    assert read_audio(tmp_path / "a.mp4", 48000)[0].shape == (2, 38400)
    with pytest.raises(MediaError, match=r"starts between two key frames; use the suffix \.mp4"):
        write_stereo_audio(tmp_path / "a.mkv", [noise(0.8)], 48000, source)


def test_failed_writes_leave_no_file(tmp_path: Path) -> None:
    def failing() -> Any:
        yield noise(0.1)
        raise MediaError("the source ended")

    with pytest.raises(MediaError, match="the source ended"):
        write_stereo_audio(tmp_path / "a.wav", failing(), 48000)
    with pytest.raises(MediaError, match=r"expected one of the suffixes \.wav"):
        write_stereo_audio(tmp_path / "a.ogg", [noise(0.1)], 48000)
    assert not list(tmp_path.iterdir())


def test_unsupported_sample_rates_become_48000_hz() -> None:
    assert [supported_sample_rate(suffix, 96000) for suffix in (".wav", ".mkv", ".MP4")] == [
        96000,
        96000,
        48000,
    ]
    assert [supported_sample_rate(suffix, 24000) for suffix in CODECS_BY_SUFFIX] == [24000] * len(
        CODECS_BY_SUFFIX
    )
    assert supported_sample_rate(".flac", 768_000) == 48000
