"""Sources on their way."""

import numpy as np
import pytest

from seldkit.synthesis.moving import heard
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.rooms import SPEED_OF_SOUND, Room

FOA, RATE = RECEIVERS["foa"], 24000
ROOM = Room((8.0, 7.0, 3.0), 0.4, (4.0, 3.5, 1.5), 0.0, 1)
ANECHOIC = Room((8.0, 7.0, 3.0), 0.0, (4.0, 3.5, 1.5), 0.0, 1)
NOISE = np.random.default_rng(0).standard_normal(2 * RATE)


def test_a_path_that_goes_nowhere_is_a_still_source() -> None:
    point = ROOM.position(50.0, 0.0, 2.0)[None]
    still, moving = heard(NOISE, point, ROOM, FOA), heard(NOISE, np.repeat(point, 3, axis=0), ROOM, FOA)
    inside = slice(2000, 2 * RATE)
    error = np.square(still[:, inside] - moving[:, inside]).sum() / np.square(still[:, inside]).sum()
    assert error < 0.02


def test_direction_follows_the_path() -> None:
    azimuths = np.linspace(-60.0, 60.0, 9)
    path = np.stack([ROOM.position(azimuth, 0.0, 1.0) for azimuth in azimuths])
    w, y, _, x = heard(NOISE, path, ROOM, FOA)
    for moment in (0.25, 0.5, 1.0, 1.5, 1.75):
        part = slice(int((moment - 0.05) * RATE), int((moment + 0.05) * RATE))
        found = np.degrees(np.arctan2((w[part] * y[part]).sum(), (w[part] * x[part]).sum()))
        assert found == pytest.approx(-60.0 + 60.0 * moment, abs=8.0)


def test_a_source_that_comes_nearer_sounds_higher_by_its_speed() -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * 1000.0 * time)
    path = np.stack([ANECHOIC.position(0.0, 0.0, distance) for distance in (3.5, 0.5)])  # 1.5 m/s
    part = heard(tone, path, ANECHOIC, FOA)[0, RATE // 2 : 3 * RATE // 2]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 16 * len(part)))
    found = spectrum.argmax() / (16 * len(part)) * RATE
    assert found == pytest.approx(1000.0 / (1.0 - 1.5 / SPEED_OF_SOUND), abs=0.3)


def test_a_moving_source_does_not_click() -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * 300.0 * time) * np.sin(np.pi * time / 2)
    path = np.stack([ROOM.position(azimuth, 0.0, 1.5) for azimuth in (-70.0, 0.0, 70.0)])
    out = heard(tone, path, ROOM, FOA)[0]
    spectrum = np.abs(np.fft.rfft(out))
    frequency = np.fft.rfftfreq(len(out), 1 / RATE)
    assert np.square(spectrum[frequency > 2000]).sum() < 1e-6 * np.square(spectrum).sum()


def test_a_step_in_distance_halves_the_level() -> None:
    near, far = (
        heard(NOISE, ANECHOIC.position(0.0, 0.0, distance)[None], ANECHOIC, FOA)[0] for distance in (1.0, 2.0)
    )
    assert np.square(near).sum() / np.square(far).sum() == pytest.approx(4.0, rel=0.01)
