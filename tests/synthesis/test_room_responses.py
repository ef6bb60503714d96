"""Room responses: directions, levels, delays and decays against independent computations."""

import builtins
import itertools
from dataclasses import replace

import numpy as np
import pytest

from seldkit.errors import MissingExtraError
from seldkit.synthesis import image_source
from seldkit.synthesis.image_source import image_responses
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.room_responses import capsule_groups, combine_bands, impulse_responses
from seldkit.synthesis.rooms import SPEED_OF_SOUND, Room, draw_room

FOA, COINCIDENT = RECEIVERS["foa"], RECEIVERS["coincident"]
ANECHOIC = Room((8.0, 7.0, 3.0), 0.0, (4.0, 3.5, 1.5), 25.0, 0)
RATE = 24000


def at(room: Room, azimuth: float, elevation: float = 0.0, distance: float = 1.5) -> np.ndarray:
    return room.position(azimuth, elevation, distance)[None]


def delay_of(response: np.ndarray) -> float:
    """Samples until a response arrives, from the phase of its low frequencies."""
    spectrum = np.fft.rfft(response, 8192)
    phase = np.unwrap(np.angle(spectrum[:2000]))
    return float(-np.polyfit(2 * np.pi * np.arange(2000) / 8192, phase, 1)[0])


def intensity(foa: np.ndarray) -> tuple[float, float]:
    """Azimuth and elevation of the mean sound intensity of W Y Z X."""
    w, y, z, x = foa
    return (
        float(np.degrees(np.arctan2((w * y).sum(), (w * x).sum()))),
        float(np.degrees(np.arctan2((w * z).sum(), np.hypot((w * x).sum(), (w * y).sum())))),
    )


@pytest.mark.parametrize("azimuth", range(-180, 180, 5))
def test_responses_have_the_direction_distance_and_level_of_the_source(azimuth: int) -> None:
    elevation, distance = 20.0 * np.sin(azimuth), 0.5 + 2.0 * abs(np.cos(azimuth))
    points = at(ANECHOIC, azimuth, elevation, distance)
    (foa,), (stereo,) = (impulse_responses(ANECHOIC, receiver, points) for receiver in (FOA, COINCIDENT))
    found = intensity(foa)
    assert abs((found[0] - azimuth + 180) % 360 - 180) < 0.1
    assert found[1] == pytest.approx(elevation, abs=0.1)
    left, right = stereo.sum(axis=1)
    side = np.sin(np.radians(azimuth)) * np.cos(np.radians(elevation))
    assert (left - right) / (left + right) == pytest.approx(side, abs=0.002)
    assert delay_of(foa[0]) == pytest.approx(distance / SPEED_OF_SOUND * RATE, abs=0.01)
    assert foa[0].sum() == pytest.approx(1.0 / distance, rel=0.01)


SIZE, SOURCE, PLACE, WALL = (5.0, 4.0, 3.0), (3.5, 1.2, 1.1), (1.5, 2.5, 1.6), 0.8
UNTIL = 0.05


def own_images(speed: float) -> np.ndarray:
    omni = np.array([[1.0, 0.0, 0.0, 0.0]])
    arrays = (np.array(SIZE), np.array(SOURCE), np.array(PLACE), omni, np.array([WALL, WALL]))
    return image_responses(*arrays, round(UNTIL * RATE), RATE / speed)[0, 0]


def test_images_equal_a_slow_sum_over_their_spectra() -> None:
    frequency = np.linspace(100.0, 9000.0, 200)
    expected = np.zeros(200, complex)
    for number in itertools.product(range(-4, 5), repeat=3):
        for side in itertools.product((0, 1), repeat=3):
            image = 2 * np.array(number) * SIZE + (1 - 2 * np.array(side)) * SOURCE
            r = np.linalg.norm(np.subtract(image, PLACE))
            order = sum(abs(n - p) + abs(n) for n, p in zip(number, side, strict=True))
            if r <= UNTIL * SPEED_OF_SOUND:
                expected += WALL**order / r * np.exp(-2j * np.pi * frequency * r / SPEED_OF_SOUND)
    response = own_images(SPEED_OF_SOUND)
    time = np.arange(len(response)) / RATE
    found = np.exp(-2j * np.pi * np.outer(frequency, time)) @ response
    assert np.abs(found - expected).max() < 0.01 * np.abs(expected).max()


def test_images_equal_pyroomacoustics() -> None:
    pra = pytest.importorskip("pyroomacoustics")
    pra.constants.set("rir_hpf_enable", False)
    box = pra.ShoeBox(SIZE, fs=RATE, materials=pra.Material(1.0 - WALL**2), max_order=9)
    box.add_microphone(PLACE)
    box.add_source(SOURCE)
    box.compute_rir()
    lead = pra.constants.get("frac_delay_length") // 2
    length = int(UNTIL * RATE)
    reference, own = box.rir[0][0][lead:][:length], own_images(pra.constants.get("c"))[:length]
    assert np.square(own - reference).sum() < 0.01 * np.square(reference).sum()


def schroeder_rt60(response: np.ndarray, begin: float = -15.0, end: float = -35.0) -> float:
    energy = np.square(response)[::-1].cumsum()[::-1]
    decibels = 10 * np.log10(energy / energy[0] + 1e-12)
    inside = (decibels <= begin) & (decibels >= end)
    slope = np.polyfit(np.flatnonzero(inside) / RATE, decibels[inside], 1)[0]
    return float(-60.0 / slope)


@pytest.mark.parametrize("rt60", [0.15, 0.2, 0.3, 0.5, 0.8])
def test_rooms_decay_with_their_rt60(rt60: float) -> None:
    from scipy.signal import butter, sosfilt

    low = butter(4, [200.0, 1200.0], "band", fs=RATE, output="sos")
    found = []
    for seed in range(12):
        room = replace(draw_room(np.random.default_rng(seed)), rt60=rt60)
        distance = min(room.distance_to_wall(40.0 * seed, 0.0), 2.0)
        (response,) = impulse_responses(room, FOA, at(room, 40.0 * seed, 0.0, distance))
        found.append(schroeder_rt60(sosfilt(low, response[0]), -5.0, -30.0))
    assert np.mean(found) == pytest.approx(rt60, rel=0.1)


def test_reverberation_has_the_energy_of_all_image_sources() -> None:
    from scipy.signal import butter, sosfilt

    low = butter(4, [200.0, 1200.0], "band", fs=RATE, output="sos")
    differences = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        room = draw_room(rng)
        point = np.array([rng.uniform(0.3, side - 0.3) for side in room.size])
        ((place, gains),) = capsule_groups(room, FOA)
        arrays = (np.array(room.size), point, place, gains, room.reflection)
        everything = image_responses(*arrays, int(0.4 * RATE), RATE / SPEED_OF_SOUND)
        (own,) = impulse_responses(room, FOA, point[None])
        after = int(room.direction(point)[2][0] / SPEED_OF_SOUND * RATE) + 40
        energies = [
            np.square(sosfilt(low, response[0])[after : int(0.4 * RATE)]).sum()
            for response in (own, combine_bands(everything, RATE))
        ]
        differences.append(10 * np.log10(energies[0] / energies[1]))
    assert np.mean(differences) == pytest.approx(0.0, abs=0.3)
    assert np.abs(differences).max() < 1.5


def test_reflections_have_no_infrasound() -> None:
    room = Room((4.1, 3.3, 2.5), 0.6, (1.3, 1.4, 1.2), 0.0, 0)
    (response,) = impulse_responses(room, FOA, at(room, 40.0))
    power = np.square(np.abs(np.fft.rfft(response[0], RATE)))  # steps of 1 Hz
    assert power[:20].sum() < 0.02 * power.sum()


def test_the_direct_to_reverberant_ratio_falls_by_6_db_per_doubling() -> None:
    room = Room((7.0, 6.0, 3.0), 0.5, (3.0, 3.0, 1.5), 0.0, 1)
    ratios = []
    for distance in (0.5, 1.0, 2.0):
        (response,) = impulse_responses(room, FOA, at(room, 30.0, 0.0, distance))
        arrival = round(distance / SPEED_OF_SOUND * RATE)
        energy = np.square(response[0])
        ratios.append(10 * np.log10(energy[: arrival + 40].sum() / energy[arrival + 40 :].sum()))
    assert np.diff(ratios) == pytest.approx([-6.0, -6.0], abs=1.5)


def test_tails_are_diffuse_and_join_smoothly() -> None:
    room = Room((6.0, 5.0, 3.0), 0.8, (2.0, 2.5, 1.5), 0.0, 3)
    (response,) = impulse_responses(room, FOA, at(room, 40.0))
    late = response[:, int(0.1 * RATE) : int(0.5 * RATE)]
    power = np.square(late).mean(axis=1)
    assert power[1:] / power[0] == pytest.approx([1 / 3] * 3, rel=0.2)
    correlation = np.corrcoef(late)
    assert np.abs(correlation - np.eye(4)).max() < 0.1
    levels = [
        10 * np.log10(np.square(response[0, int(begin * RATE) : int((begin + 0.02) * RATE)]).mean())
        for begin in (0.04, 0.06, 0.08, 0.10)
    ]
    assert np.diff(levels) == pytest.approx([-60 * 0.02 / 0.8] * 3, abs=2.0)


def test_reverberant_directions_stay_near_the_label() -> None:
    rng, errors = np.random.default_rng(5), []
    for _ in range(40):
        room = draw_room(rng)
        azimuth = rng.uniform(-180, 180)
        distance = min(room.distance_to_wall(azimuth, 0.0), rng.uniform(0.5, 3.0))
        (response,) = impulse_responses(room, FOA, at(room, azimuth, 0.0, distance))
        onset = int(distance / SPEED_OF_SOUND * RATE)
        found, _ = intensity(response[:, max(0, onset - 10) : onset + int(0.04 * RATE)])
        errors.append(abs((found - azimuth + 180) % 360 - 180))
    assert np.median(errors) < 8.0


@pytest.mark.parametrize("name", RECEIVERS.names())
def test_every_receiver_has_a_level_or_time_difference(name: str) -> None:
    receiver = RECEIVERS[name]
    (left,), (right,) = (impulse_responses(ANECHOIC, receiver, at(ANECHOIC, side)) for side in (60.0, -60.0))
    assert left.shape == right.shape == (receiver.channels, left.shape[1])
    if name == "foa":
        return
    level = np.square(left).sum(axis=1)
    np.testing.assert_allclose(left, right[::-1], atol=1e-9)
    assert level[0] > 1.5 * level[1] or delay_of(left[0]) < delay_of(left[1]) - 3


@pytest.mark.parametrize("azimuth", [0.0, 20.0, 50.0, 90.0])
def test_a_head_shades_its_ears_as_a_sphere_does(azimuth: float) -> None:
    (ears,) = impulse_responses(ANECHOIC, RECEIVERS["head"], at(ANECHOIC, azimuth, 0.0, 3.0))
    frequency = np.fft.rfftfreq(8192, 1 / RATE)
    spectrum = np.abs(np.fft.rfft(ears, 8192))
    side = np.sin(np.radians(azimuth))
    reach = 2j * np.pi * frequency * 0.0875 / (2.0 * SPEED_OF_SOUND)
    near, far = (np.abs(1.0 + (1.05 + 0.95 * sign * side) * reach) for sign in (1.0, -1.0))
    for hertz in (100.0, 500.0, 1250.0, 3000.0):
        place = int(hertz / RATE * 8192)
        expected = 20.0 * np.log10(near[place] / far[place])
        assert 20.0 * np.log10(spectrum[0, place] / spectrum[1, place]) == pytest.approx(expected, abs=1.0)
    around = 0.0875 * (np.radians(azimuth) + side) / SPEED_OF_SOUND * RATE  # Woodworth 1938
    lag = delay_of(ears[1]) - delay_of(ears[0])
    assert lag == pytest.approx(around, abs=0.0001 * RATE)


def test_every_receiver_has_a_description() -> None:
    assert len({RECEIVERS[name].description for name in RECEIVERS.names()} - {""}) == len(RECEIVERS.names())


def test_without_numba_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name == "numba":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    image_source._compiled.cache_clear()
    room = Room((6.0, 5.0, 3.0), 0.4, (2.0, 2.5, 1.5), 0.0, 3)
    with pytest.raises(MissingExtraError, match=r"seldkit\[synthesis\]"):
        impulse_responses(room, FOA, at(room, 0.0))


def test_the_same_room_gives_the_same_bits() -> None:
    room = Room((6.0, 5.0, 3.0), 0.4, (2.0, 2.5, 1.5), 0.0, 3)
    first, second, other = (
        impulse_responses(room, FOA, at(room, 40.0), tail_seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
