"""Propagation of static and moving sources."""

import numpy as np
import pytest

from seldkit.synthesis.propagation import propagate
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.rooms import SPEED_OF_SOUND, Room

FOA, RATE = RECEIVERS["foa"], 24000
ROOM = Room((8.0, 7.0, 3.0), 0.4, (4.0, 3.5, 1.5), 0.0, 1)
ANECHOIC = Room((8.0, 7.0, 3.0), 0.0, (4.0, 3.5, 1.5), 0.0, 1)
NOISE = np.random.default_rng(0).standard_normal(2 * RATE)


def test_a_constant_path_equals_a_static_source() -> None:
    point = ROOM.position(50.0, 0.0, 2.0)[None]
    still, moving = (
        propagate(NOISE, point, ROOM, FOA),
        propagate(NOISE, np.repeat(point, 3, axis=0), ROOM, FOA),
    )
    inside = slice(2000, 2 * RATE)
    error = np.square(still[:, inside] - moving[:, inside]).sum() / np.square(still[:, inside]).sum()
    assert error < 0.02


def test_direction_follows_the_path() -> None:
    azimuths = np.linspace(-60.0, 60.0, 9)
    path = np.stack([ROOM.position(azimuth, 0.0, 1.0) for azimuth in azimuths])
    w, y, _, x = propagate(NOISE, path, ROOM, FOA)
    for moment in (0.25, 0.5, 1.0, 1.5, 1.75):
        part = slice(int((moment - 0.05) * RATE), int((moment + 0.05) * RATE))
        found = np.degrees(np.arctan2((w[part] * y[part]).sum(), (w[part] * x[part]).sum()))
        assert found == pytest.approx(-60.0 + 60.0 * moment, abs=8.0)


def test_an_approaching_source_has_a_doppler_shift() -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * 1000.0 * time)
    path = np.stack([ANECHOIC.position(0.0, 0.0, distance) for distance in (3.5, 0.5)])  # 1.5 m/s
    part = propagate(tone, path, ANECHOIC, FOA)[0, RATE // 2 : 3 * RATE // 2]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 16 * len(part)))
    found = spectrum.argmax() / (16 * len(part)) * RATE
    assert found == pytest.approx(1000.0 / (1.0 - 1.5 / SPEED_OF_SOUND), abs=0.3)


def test_a_moving_source_does_not_click() -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * 300.0 * time) * np.sin(np.pi * time / 2)
    path = np.stack([ROOM.position(azimuth, 0.0, 1.5) for azimuth in (-70.0, 0.0, 70.0)])
    out = propagate(tone, path, ROOM, FOA)[0]
    spectrum = np.abs(np.fft.rfft(out))
    frequency = np.fft.rfftfreq(len(out), 1 / RATE)
    assert np.square(spectrum[frequency > 2000]).sum() < 1e-6 * np.square(spectrum).sum()


def test_a_moving_source_has_the_level_of_a_static_one_in_all_bands() -> None:
    from scipy.signal import butter, sosfilt

    room = Room((6.3, 5.1, 2.9), 0.5, (2.1, 2.3, 1.4), 0.0, 1)
    path = np.stack([room.position(azimuth, 5.0, 2.2) for azimuth in np.linspace(-40.0, 60.0, 9)])
    moving, still = (
        propagate(NOISE, path, room, FOA),
        [propagate(NOISE, point[None], room, FOA) for point in path],
    )
    for band in ((60.0, 600.0), (600.0, 2000.0), (2000.0, 9000.0)):
        sos = butter(4, band, "band", fs=RATE, output="sos")
        level, *others = (
            np.square(sosfilt(sos, sound)[:, RATE // 2 : 2 * RATE]).sum() for sound in (moving, *still)
        )
        assert 10 * np.log10(level / np.mean(others)) == pytest.approx(0.0, abs=0.6)


def test_first_order_reflections_have_a_doppler_shift() -> None:
    room = Room((30.0, 30.0, 30.0), 3.0, (15.0, 14.0, 13.0), 0.0, 1)
    time = np.arange(2 * RATE) / RATE
    path = np.array([[17.0, 14.0, 13.0], [20.0, 14.0, 13.0]])  # 1.5 m/s, towards the wall ahead
    out = propagate(np.sin(2 * np.pi * 2000.0 * time), path, room, FOA)[0, RATE // 2 : 3 * RATE // 2]
    power = np.square(np.abs(np.fft.rfft(out * np.hanning(len(out)), 16 * len(out))))
    place = lambda speed: round(2000.0 / (1.0 + speed / SPEED_OF_SOUND) * 16)  # noqa: E731
    away, toward = (power[place(speed) - 8 : place(speed) + 9].max() for speed in (1.5, -1.5))
    assert away > toward > 1e-3 * away
    assert toward > 3 * power[place(-3.0) - 8 : place(-3.0) + 9].max()


def test_twice_the_distance_halves_the_amplitude() -> None:
    near, far = (
        propagate(NOISE, ANECHOIC.position(0.0, 0.0, distance)[None], ANECHOIC, FOA)[0]
        for distance in (1.0, 2.0)
    )
    assert np.square(near).sum() / np.square(far).sum() == pytest.approx(4.0, rel=0.01)
