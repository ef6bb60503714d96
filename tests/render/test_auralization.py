"""Listening checks, measured: what is rendered stands where it was found, and an event is heard alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.making import Sound, Video, make_media, noise, numbered
from render.drawing import event
from seldkit.annotations import Event
from seldkit.channels import FOA, ChannelLayout
from seldkit.errors import MediaError, SeldkitError
from seldkit.geometry import foa_to_stereo
from seldkit.media import probe, read_audio, write_audio
from seldkit.render import auralize
from seldkit.render.auralization import mixing
from seldkit.render.auralization.noise_bursts import BURST_PERIOD_SECONDS, BURST_SECONDS, OCTAVE_CENTRES_HZ
from seldkit.render.auralization.overlap_add import process_spectrum
from seldkit.render.auralization.panning import stereo_gains
from seldkit.synthesis.procedural.generated_sounds import procedural_sound

RATE = 24000
ALONE = float("-inf")
Array = np.ndarray[Any, Any]


def quiet(path: Path, seconds: float = 3.0, channels: int = 2) -> Path:
    """A recording of faint noise."""
    return write_audio(path, noise(seconds, RATE, channels, 0.05), RATE)


def heard(events: Sequence[Event], source: Path, suffix: str = ".wav", **options: Any) -> Array:
    """The listening check's sound, (2, samples)."""
    output = source.with_name(f"{source.stem}.check{suffix}")
    result = auralize(events, source, output, **options)
    sound, notes = read_audio(output, result.sample_rate)
    assert notes == []
    assert sound.shape == (2, result.samples)
    return sound


def level(sound: Array) -> float:
    """Decibels of both channels' power together."""
    return float(10.0 * np.log10(np.square(sound).sum() + 1e-20))


def azimuth_of(sound: Array) -> float:
    """Degrees, by the level difference of L = W + Y and R = W − Y."""
    left, right = np.sqrt(np.square(sound).sum(axis=1))
    return float(np.degrees(np.arcsin((left - right) / (left + right))))


def octave(sound: Array, centre: float) -> Array:
    spectrum = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(sound.shape[1], 1.0 / RATE)
    inside = (frequency >= centre / np.sqrt(2)) & (frequency < centre * np.sqrt(2))
    return np.fft.irfft(spectrum * inside, sound.shape[1])


def improvement(target: Array, mix: Array, found: Array) -> float:
    """Decibels by which `found` is nearer to the target than the mix is (SDR)."""
    return level(mix - target) - level(found - target)


@pytest.mark.parametrize("suffix", [".wav", ".mp4"])
@pytest.mark.parametrize("azimuth", [-90.0, -60.0, -25.0, -5.0, 0.0, 12.0, 45.0, 80.0])
def test_an_event_is_heard_where_it_was_found(tmp_path: Path, azimuth: float, suffix: str) -> None:
    sound = heard(
        [event(azimuth=[azimuth], onset=1.0, offset=2.0)], quiet(tmp_path / "a.wav"), suffix, original=ALONE
    )
    assert azimuth_of(sound) == pytest.approx(azimuth, abs=1.0)


@pytest.mark.parametrize("azimuth", [-55.0, -20.0, 0.0, 35.0])
def test_it_is_heard_there_beside_the_recording_too(tmp_path: Path, azimuth: float) -> None:
    sound = heard([event(azimuth=[azimuth], onset=1.0, offset=2.0, distance=1.0)], quiet(tmp_path / "a.wav"))
    burst = octave(sound[:, RATE : RATE + round(BURST_SECONDS * RATE)], OCTAVE_CENTRES_HZ[0])
    assert azimuth_of(burst) == pytest.approx(azimuth, abs=4.0)


@pytest.mark.parametrize(
    ("more", "lateral"),
    [
        ({"azimuth": [150.0]}, 30.0),
        ({"azimuth": [-100.0]}, -80.0),
        ({"azimuth": [90.0], "elevation": 60.0}, 30.0),
    ],
)
def test_what_is_behind_or_above_is_heard_as_far_aside(tmp_path: Path, more: Any, lateral: float) -> None:
    sound = heard([event(**more)], quiet(tmp_path / "a.wav"), original=ALONE)
    assert azimuth_of(sound) == pytest.approx(lateral, abs=1.0)


def test_a_moving_event_is_followed(tmp_path: Path) -> None:
    sound = heard([event(azimuth=[-60.0, 60.0], offset=3.0)], quiet(tmp_path / "a.wav"), original=ALONE)
    for number in range(8):
        start = BURST_PERIOD_SECONDS * number
        part = sound[:, round(start * RATE) : round((start + BURST_SECONDS) * RATE)]
        assert azimuth_of(part) == pytest.approx(-60.0 + 120.0 * (start + 0.025) / 2.9, abs=2.0)


def test_of_unknown_direction_is_the_middle(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav", channels=1)
    result = auralize([event(azimuth=[np.nan], distance=np.nan)], source, tmp_path / "b.wav", original=ALONE)
    sound, _ = read_audio(result.path, RATE)
    assert np.array_equal(sound[0], sound[1])
    assert np.abs(sound).max() > 0.01
    assert "1 event(s) of unknown direction: rendered at the centre" in result.notes


def test_twice_as_far_is_half_as_loud_and_no_direction_is_louder(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")

    def loud(azimuth: float, distance: float) -> float:
        return level(heard([event(azimuth=[azimuth], distance=distance)], source, original=ALONE))

    assert loud(20.0, 1.0) - loud(20.0, 2.0) == pytest.approx(6.02, abs=0.1)
    assert loud(20.0, 2.0) - loud(20.0, 8.0) == pytest.approx(12.04, abs=0.1)
    assert loud(90.0, 2.0) == pytest.approx(loud(0.0, 2.0), abs=0.1)


def test_events_that_sound_together_are_heard_apart(tmp_path: Path) -> None:
    events = [event(azimuth=[50.0]), event("knock", 12, azimuth=[-40.0])]
    sound = heard(events, quiet(tmp_path / "a.wav"), original=ALONE)
    assert azimuth_of(octave(sound, OCTAVE_CENTRES_HZ[0])) == pytest.approx(50.0, abs=3.0)
    assert azimuth_of(octave(sound, OCTAVE_CENTRES_HZ[1])) == pytest.approx(-40.0, abs=3.0)


def test_the_recording_lies_beneath_as_loud_as_asked(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")
    before, _ = read_audio(source, RATE)
    sound = heard([event(offset=1.0)], source, original=-20.0)
    assert np.abs(sound[:, 2 * RATE :] - 0.1 * before[:, 2 * RATE :]).max() < 2**-14
    assert np.abs(heard([], source, original=0.0) - before).max() < 2**-14


@pytest.mark.parametrize("mode", ["noise", "sound", None])
def test_a_loud_recording_is_turned_down_as_a_whole(tmp_path: Path, mode: Any) -> None:
    make_media(tmp_path / "a.wav", Sound(10.0 * noise(2.0, RATE), RATE, "pcm_f32le"))  # peaks of 4
    events = [event(azimuth=[0.0]), replace(event(azimuth=[70.0]), number=1)]
    result = auralize(
        events,
        tmp_path / "a.wav",
        tmp_path / "b.wav",
        mode=mode,
        solo=() if mode else (1,),
        original=0.0,
    )
    sound, _ = read_audio(result.path, RATE)
    assert 0.5 < np.abs(sound).max() < 0.9
    assert result.gain < -3.0
    assert any(note.startswith("attenuated by") for note in result.notes)


@pytest.mark.parametrize(
    ("channels", "layout", "recorded_as"),
    [(1, "mono", None), (2, "stereo", None), (6, "5.1", None), (4, None, FOA)],
)
def test_every_layout_that_is_heard_has_as_many_samples(
    tmp_path: Path, channels: int, layout: str | None, recorded_as: ChannelLayout | None
) -> None:
    sound = noise(1.2345, RATE, channels, 0.02)
    make_media(tmp_path / "a.wav", Sound(sound, RATE, "pcm_s16le", layout))
    for options in ({"original": 0.0}, {"mode": "sound", "original": 0.0}, {"mode": None, "solo": [0]}):
        result = auralize(
            [event(onset=1.0, offset=1.1)],
            tmp_path / "a.wav",
            tmp_path / "b.wav",
            layout=recorded_as,
            **options,
        )
        written, _ = read_audio(result.path, RATE)
        assert written.shape == (2, sound.shape[1])
    first = auralize([], tmp_path / "a.wav", tmp_path / "c.wav", layout=recorded_as, original=0.0)
    written, _ = read_audio(first.path, RATE)
    if recorded_as is FOA:
        assert np.abs(written - foa_to_stereo(sound) / 2).max() < 2**-13


def test_what_is_heard_does_not_depend_on_the_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = quiet(tmp_path / "a.wav", 4.1)
    events = [
        event(azimuth=[30.0], onset=0.5, offset=2.3),
        replace(event(azimuth=[-30.0], offset=4.0), number=1),
    ]
    options: list[dict[str, Any]] = [{}, {"mode": "sound"}, {"mode": "noise", "solo": [1]}]
    whole = [heard(events, source, **more) for more in options]
    for seconds in (0.01, 0.37):
        monkeypatch.setattr(mixing, "BLOCK_SECONDS", seconds)
        for more, before in zip(options, whole, strict=True):
            assert np.abs(heard(events, source, **more) - before).max() <= 2**-14


def test_an_unchanged_spectrum_is_the_same_sound() -> None:
    for samples in (1, 500, 24_001):
        sound = noise(2.0, RATE)[:, :samples]
        parts = list(
            process_spectrum(np.array_split(sound, 7, axis=1), RATE, lambda times, spectrum: spectrum)
        )
        assert np.abs(np.concatenate(parts, axis=1) - sound).max() < 1e-6


@pytest.mark.parametrize(
    ("classes", "places"),
    [(("female speech", "male speech"), (40.0, -30.0)), (("telephone", "music"), (10.0, -60.0))],
)
def test_an_event_is_soloed_out_of_two(
    tmp_path: Path, classes: tuple[str, str], places: tuple[float, float]
) -> None:
    parts = []
    for name, azimuth in zip(classes, places, strict=True):
        dry = np.concatenate([procedural_sound(name, 0, number) for number in range(6)])[: 4 * RATE]
        panned = np.outer(stereo_gains(np.sin(np.radians(azimuth))), dry)
        parts.append(panned * 0.08 / np.sqrt(np.mean(panned**2)))
    mix = parts[0] + parts[1] + noise(4.0, RATE, level=0.002)
    write_audio(tmp_path / "a.wav", mix, RATE)
    for error in (0.0, 10.0):
        events = [
            replace(event(name, 3, offset=4.0, azimuth=[azimuth + error]), number=number)
            for number, (name, azimuth) in enumerate(zip(classes, places, strict=True), 1)
        ]
        for number, (name, target) in enumerate(zip(classes, parts, strict=True), 1):
            alone = heard(events, tmp_path / "a.wav", mode=None, solo=[number])
            assert improvement(target, mix, alone) > (9.0 if error == 0.0 else 6.0)
            assert azimuth_of(alone) == pytest.approx(azimuth_of(target), abs=5.0)
            assert np.array_equal(alone, heard(events, tmp_path / "a.wav", mode=None, solo=[name]))


def test_a_solo_is_silent_while_its_event_is(tmp_path: Path) -> None:
    events = [replace(event(azimuth=[azimuth], onset=1.0, offset=2.0), number=1) for azimuth in (np.nan, 0.0)]
    for found in events:
        alone = heard([found], quiet(tmp_path / "a.wav"), mode=None, solo=[1])
        assert level(alone[:, : round(0.9 * RATE)]) < -150.0
        assert level(alone[:, round(2.1 * RATE) :]) < -150.0
        assert level(alone[:, round(1.1 * RATE) : round(1.9 * RATE)]) > 0.0


def test_without_a_direction_all_of_the_events_time_is_soloed(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")
    before, _ = read_audio(source, RATE)
    alone = heard([replace(event(azimuth=[np.nan], offset=3.0), number=1)], source, mode=None, solo=[1])
    inside = slice(round(0.1 * RATE), round(2.9 * RATE))
    assert np.abs(alone[:, inside] - before[:, inside]).max() < 2**-14


def test_events_at_one_place_keep_their_sound(tmp_path: Path) -> None:
    source = write_audio(
        tmp_path / "a.wav", np.outer(stereo_gains(np.sin(np.radians(40.0))), noise(2.0, RATE)[0]), RATE
    )
    events = [
        replace(event(azimuth=[40.0], offset=2.0), number=1),
        event("knock", 12, offset=2.0, azimuth=[41.0]),
    ]
    before, _ = read_audio(source, RATE)
    alone = heard(events, source, mode=None, solo=[1])
    assert level(alone) - level(before) > -0.5


def test_an_events_own_sound_is_put_where_it_was_found(tmp_path: Path) -> None:
    there = np.sin(np.radians(40.0))
    source = write_audio(tmp_path / "a.wav", np.outer(stereo_gains(there), noise(2.0, RATE)[0]), RATE)
    before, _ = read_audio(source, RATE)
    right = heard([event(azimuth=[40.0], offset=2.0)], source, mode="sound", original=ALONE)
    assert improvement(before, np.zeros_like(before), right) > 20.0  # the recording again
    wrong = heard([event(azimuth=[30.0], offset=2.0)], source, mode="sound", original=ALONE)
    assert azimuth_of(wrong) == pytest.approx(30.0, abs=1.0)
    assert level(wrong) > level(before) - 6.0


def test_a_video_keeps_its_pictures_beside_the_new_sound(tmp_path: Path) -> None:
    times = [number / 25 for number in range(25)]
    make_media(tmp_path / "a.mp4", Video(numbered(25), times, rotation=90), Sound(noise(1.0)))
    for suffix in (".mp4", ".mkv", ".mov", ".wav"):
        result = auralize([event(azimuth=[60.0])], tmp_path / "a.mp4", tmp_path / f"b{suffix}")
        video = probe(result.path).video
        assert (video is None) == (suffix == ".wav")
        assert video is None or video.rotation == 90
        assert read_audio(result.path, 48000)[0].shape == (2, 48000)


def test_progress_ends_at_the_recordings_length(tmp_path: Path) -> None:
    told: list[float] = []
    auralize([event()], quiet(tmp_path / "a.wav", 12.0), tmp_path / "b.wav", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(12.0)


def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")
    events = [replace(event(), number=number) for number in (1, 2)]
    refusals: list[tuple[dict[str, Any], str, type[Exception]]] = [
        ({"output": source}, "output and input are the same file", MediaError),
        ({"output": tmp_path / "b.ogg"}, "expected one of the suffixes .wav .flac", MediaError),
        ({"source": tmp_path / "gone.wav"}, "no such file", MediaError),
        ({"solo": [7]}, "no event '7' to solo; available: numbers 1 to 2, classes bell", SeldkitError),
        ({"solo": ["be\nll"]}, r"no event 'be?ll' to solo", SeldkitError),
        ({"solo": [1], "events": []}, "no event '1' to solo; no events were detected", SeldkitError),
        ({"mode": "music"}, "mode noise, sound or None", ValueError),
        ({"original": 3.0}, "original of at most 0 dB", ValueError),
        ({"original": float("nan")}, "original of at most 0 dB", ValueError),
    ]
    for options, words, kind in refusals:
        given: dict[str, Any] = {"events": events, "source": source, "output": tmp_path / "b.wav"} | options
        with pytest.raises(kind) as refusal:
            auralize(given.pop("events"), given.pop("source"), given.pop("output"), **given)
        assert words in str(refusal.value)
        assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
