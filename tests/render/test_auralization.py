"""Measured directions and levels of listening checks, and separation of events."""

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
OMITTED = float("-inf")
Array = np.ndarray[Any, Any]


def quiet(path: Path, seconds: float = 3.0, channels: int = 2) -> Path:
    """Writes a recording of faint noise."""
    return write_audio(path, noise(seconds, RATE, channels, 0.05), RATE)


def auralized(events: Sequence[Event], source: Path, suffix: str = ".wav", **options: Any) -> Array:
    """Audio of a listening check, (2, samples)."""
    output = source.with_name(f"{source.stem}.check{suffix}")
    result = auralize(events, source, output, **options)
    sound, notes = read_audio(output, result.sample_rate)
    assert notes == []
    assert sound.shape == (2, result.samples)
    return sound


def level(sound: Array) -> float:
    """Level in dB, power of both channels added."""
    return float(10.0 * np.log10(np.square(sound).sum() + 1e-20))


def azimuth_of(sound: Array) -> float:
    """Azimuth in degrees from the level difference of L = W + Y and R = W − Y."""
    left, right = np.sqrt(np.square(sound).sum(axis=1))
    return float(np.degrees(np.arcsin((left - right) / (left + right))))


def octave(sound: Array, centre: float) -> Array:
    spectrum = np.fft.rfft(sound)
    frequency = np.fft.rfftfreq(sound.shape[1], 1.0 / RATE)
    inside = (frequency >= centre / np.sqrt(2)) & (frequency < centre * np.sqrt(2))
    return np.fft.irfft(spectrum * inside, sound.shape[1])


def improvement(target: Array, mix: Array, estimate: Array) -> float:
    """Improvement of the SDR in dB over the mix."""
    return level(mix - target) - level(estimate - target)


@pytest.mark.parametrize("suffix", [".wav", ".mp4"])
@pytest.mark.parametrize("azimuth", [-90.0, -60.0, -25.0, -5.0, 0.0, 12.0, 45.0, 80.0])
def test_bursts_have_the_azimuth_of_the_event(tmp_path: Path, azimuth: float, suffix: str) -> None:
    sound = auralized(
        [event(azimuth=[azimuth], onset=1.0, offset=2.0)], quiet(tmp_path / "a.wav"), suffix, original=OMITTED
    )
    assert azimuth_of(sound) == pytest.approx(azimuth, abs=1.0)


@pytest.mark.parametrize("azimuth", [-55.0, -20.0, 0.0, 35.0])
def test_bursts_have_the_azimuth_in_the_mix_with_the_recording(tmp_path: Path, azimuth: float) -> None:
    sound = auralized(
        [event(azimuth=[azimuth], onset=1.0, offset=2.0, distance=1.0)], quiet(tmp_path / "a.wav")
    )
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
def test_rear_and_elevated_events_keep_their_lateral_angle(tmp_path: Path, more: Any, lateral: float) -> None:
    sound = auralized([event(**more)], quiet(tmp_path / "a.wav"), original=OMITTED)
    assert azimuth_of(sound) == pytest.approx(lateral, abs=1.0)


def test_bursts_follow_moving_events(tmp_path: Path) -> None:
    sound = auralized([event(azimuth=[-60.0, 60.0], offset=3.0)], quiet(tmp_path / "a.wav"), original=OMITTED)
    for number in range(8):
        start = BURST_PERIOD_SECONDS * number
        part = sound[:, round(start * RATE) : round((start + BURST_SECONDS) * RATE)]
        assert azimuth_of(part) == pytest.approx(-60.0 + 120.0 * (start + 0.025) / 2.9, abs=2.0)


def test_unknown_directions_are_rendered_at_the_centre(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav", channels=1)
    result = auralize(
        [event(azimuth=[np.nan], distance=np.nan)], source, tmp_path / "b.wav", original=OMITTED
    )
    sound, _ = read_audio(result.path, RATE)
    assert np.array_equal(sound[0], sound[1])
    assert np.abs(sound).max() > 0.01
    assert "1 event(s) of unknown direction: rendered at the centre" in result.notes


def test_level_depends_on_the_distance_but_not_on_the_azimuth(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")

    def loud(azimuth: float, distance: float) -> float:
        return level(auralized([event(azimuth=[azimuth], distance=distance)], source, original=OMITTED))

    assert loud(20.0, 1.0) - loud(20.0, 2.0) == pytest.approx(6.02, abs=0.1)
    assert loud(20.0, 2.0) - loud(20.0, 8.0) == pytest.approx(12.04, abs=0.1)
    assert loud(90.0, 2.0) == pytest.approx(loud(0.0, 2.0), abs=0.1)


def test_simultaneous_events_have_different_octaves(tmp_path: Path) -> None:
    events = [event(azimuth=[50.0]), event("knock", 12, azimuth=[-40.0])]
    sound = auralized(events, quiet(tmp_path / "a.wav"), original=OMITTED)
    assert azimuth_of(octave(sound, OCTAVE_CENTRES_HZ[0])) == pytest.approx(50.0, abs=3.0)
    assert azimuth_of(octave(sound, OCTAVE_CENTRES_HZ[1])) == pytest.approx(-40.0, abs=3.0)


def test_gain_of_the_recording(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")
    before, _ = read_audio(source, RATE)
    sound = auralized([event(offset=1.0)], source, original=-20.0)
    assert np.abs(sound[:, 2 * RATE :] - 0.1 * before[:, 2 * RATE :]).max() < 2**-14
    assert np.abs(auralized([], source, original=0.0) - before).max() < 2**-14


@pytest.mark.parametrize("mode", ["noise", "sound", None])
def test_loud_recordings_are_attenuated(tmp_path: Path, mode: Any) -> None:
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
def test_number_of_samples_is_kept_for_every_layout(
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


def test_output_does_not_depend_on_the_block_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = quiet(tmp_path / "a.wav", 4.1)
    events = [
        event(azimuth=[30.0], onset=0.5, offset=2.3),
        replace(event(azimuth=[-30.0], offset=4.0), number=1),
    ]
    options: list[dict[str, Any]] = [{}, {"mode": "sound"}, {"mode": "noise", "solo": [1]}]
    whole = [auralized(events, source, **more) for more in options]
    for seconds in (0.01, 0.37):
        monkeypatch.setattr(mixing, "BLOCK_SECONDS", seconds)
        for more, before in zip(options, whole, strict=True):
            assert np.abs(auralized(events, source, **more) - before).max() <= 2**-14


def test_unchanged_spectra_reconstruct_the_audio() -> None:
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
def test_solo_separates_two_events(
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
            alone = auralized(events, tmp_path / "a.wav", mode=None, solo=[number])
            assert improvement(target, mix, alone) > (9.0 if error == 0.0 else 6.0)
            assert azimuth_of(alone) == pytest.approx(azimuth_of(target), abs=5.0)
            assert np.array_equal(alone, auralized(events, tmp_path / "a.wav", mode=None, solo=[name]))


def test_solo_is_silent_while_its_event_is_inactive(tmp_path: Path) -> None:
    events = [replace(event(azimuth=[azimuth], onset=1.0, offset=2.0), number=1) for azimuth in (np.nan, 0.0)]
    for one in events:
        alone = auralized([one], quiet(tmp_path / "a.wav"), mode=None, solo=[1])
        assert level(alone[:, : round(0.9 * RATE)]) < -150.0
        assert level(alone[:, round(2.1 * RATE) :]) < -150.0
        assert level(alone[:, round(1.1 * RATE) : round(1.9 * RATE)]) > 0.0


def test_solo_without_a_direction_keeps_everything_in_its_time(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")
    before, _ = read_audio(source, RATE)
    alone = auralized([replace(event(azimuth=[np.nan], offset=3.0), number=1)], source, mode=None, solo=[1])
    inside = slice(round(0.1 * RATE), round(2.9 * RATE))
    assert np.abs(alone[:, inside] - before[:, inside]).max() < 2**-14


def test_events_in_the_same_direction_keep_their_level(tmp_path: Path) -> None:
    source = write_audio(
        tmp_path / "a.wav", np.outer(stereo_gains(np.sin(np.radians(40.0))), noise(2.0, RATE)[0]), RATE
    )
    events = [
        replace(event(azimuth=[40.0], offset=2.0), number=1),
        event("knock", 12, offset=2.0, azimuth=[41.0]),
    ]
    before, _ = read_audio(source, RATE)
    alone = auralized(events, source, mode=None, solo=[1])
    assert level(alone) - level(before) > -0.5


def test_audio_of_events_is_panned_to_their_direction(tmp_path: Path) -> None:
    sine = np.sin(np.radians(40.0))
    source = write_audio(tmp_path / "a.wav", np.outer(stereo_gains(sine), noise(2.0, RATE)[0]), RATE)
    before, _ = read_audio(source, RATE)
    right = auralized([event(azimuth=[40.0], offset=2.0)], source, mode="sound", original=OMITTED)
    assert improvement(before, np.zeros_like(before), right) > 20.0  # equals the recording
    wrong = auralized([event(azimuth=[30.0], offset=2.0)], source, mode="sound", original=OMITTED)
    assert azimuth_of(wrong) == pytest.approx(30.0, abs=1.0)
    assert level(wrong) > level(before) - 6.0


def test_video_streams_are_kept(tmp_path: Path) -> None:
    times = [number / 25 for number in range(25)]
    make_media(tmp_path / "a.mp4", Video(numbered(25), times, rotation=90), Sound(noise(1.0)))
    for suffix in (".mp4", ".mkv", ".mov", ".wav"):
        result = auralize([event(azimuth=[60.0])], tmp_path / "a.mp4", tmp_path / f"b{suffix}")
        video = probe(result.path).video
        assert (video is None) == (suffix == ".wav")
        assert video is None or video.rotation == 90
        assert read_audio(result.path, 48000)[0].shape == (2, 48000)


def test_progress_ends_at_the_duration(tmp_path: Path) -> None:
    reported: list[float] = []
    auralize([event()], quiet(tmp_path / "a.wav", 12.0), tmp_path / "b.wav", progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == pytest.approx(12.0)


def test_invalid_inputs_are_refused_in_one_line(tmp_path: Path) -> None:
    source = quiet(tmp_path / "a.wav")
    events = [replace(event(), number=number) for number in (1, 2)]
    cases: list[tuple[dict[str, Any], str, type[Exception]]] = [
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
    for options, words, kind in cases:
        arguments: dict[str, Any] = {
            "events": events,
            "source": source,
            "output": tmp_path / "b.wav",
        } | options
        with pytest.raises(kind) as refusal:
            auralize(arguments.pop("events"), arguments.pop("source"), arguments.pop("output"), **arguments)
        assert words in str(refusal.value)
        assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
