"""Channels that are not a stereo pair are named with the figure."""

import re

import numpy as np
import pytest

from media.making import noise
from seldkit.media import check_media, write_audio
from seldkit.media.stereo_pair import StereoPairCheck

RATE = 24000


def scene(seconds: float = 6.0) -> np.ndarray:
    """Sources on both sides by turns, with independent background noise."""
    source = noise(seconds, RATE, 1, level=0.1)[0]
    side = np.where(np.arange(source.size) // (RATE // 2) % 2, 0.3, 1.0)
    return (np.stack([source * side, source * (1.3 - side)]) + noise(seconds, RATE, 2, level=0.01)).astype(
        np.float32
    )


def delayed(waveform: np.ndarray, samples: int) -> np.ndarray:
    source = waveform.sum(axis=0)
    return np.stack([source, np.roll(source, samples)])


def problems(waveform: np.ndarray, block: int = 7000) -> list[str]:
    check = StereoPairCheck(RATE)
    for start in range(0, waveform.shape[1], block):
        check.add(waveform[:, start : start + block])
    return check.problems()


FAULTS = {
    "silent": (scene() * np.array([[1.0], [0.0]], np.float32), "the right channel is digital silence"),
    "almost silent": (
        scene() * np.array([[1e-4], [1.0]], np.float32),
        r"the left channel is silent \(-79\.. dB",
    ),
    "opposite": (
        np.stack([scene()[0], -scene()[0] * 0.8]),
        r"opposite polarity \(correlation -1.00\)",
    ),
    "offset": (
        noise(6.0, RATE, 2) * np.array([[1.0], [0.25]], np.float32),
        "the left channel is 12.0 dB louder throughout",
    ),
    "late": (delayed(scene(), 24), "the right channel is 1.00 ms late throughout"),
    "early": (delayed(scene(), -120), "the left channel is 5.00 ms late throughout"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_named_with_the_figure(name, tmp_path):
    waveform, pattern = FAULTS[name]
    (found,) = problems(waveform)
    assert re.search(pattern, found), found
    write_audio(tmp_path / "clip.wav", waveform, RATE)
    assert any("channel" in problem for problem in check_media(tmp_path / "clip.wav").problems)


@pytest.mark.parametrize("waveform", [scene(), noise(6.0, RATE), np.zeros((2, RATE), np.float32)])
def test_a_stereo_pair_has_no_problem(waveform):
    assert problems(waveform) == []


def test_equal_channels_are_only_dual_mono(tmp_path):
    write_audio(tmp_path / "clip.wav", np.repeat(noise(2.0, RATE, 1), 2, axis=0), RATE)
    (problem,) = check_media(tmp_path / "clip.wav").problems
    assert problem.startswith("dual mono")


def test_blocks_do_not_depend_on_the_chunks():
    waveform = FAULTS["late"][0]
    assert problems(waveform, 100) == problems(waveform, 100000)
