"""Small made-up sounds of three classes, in the folders that a library reads."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seldkit.synthesis import SoundLibrary, load_sounds

RATE = 24000


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> SoundLibrary:
    """Noise of half a second to three seconds for speech, bell and knock; two sources a class."""
    return load_sounds(write_sounds(tmp_path_factory.mktemp("sounds")))


def write_sounds(folder: Path) -> Path:
    """bell, female_speech and knock: sources `one` (recordings a, b with two pieces) and `two` (a)."""
    rng = np.random.default_rng(0)
    for name in ("female_speech", "bell", "knock"):
        (folder / name).mkdir()
        for stem in ("one-a", "one-b_1", "one-b_2", "two-a"):
            samples = 0.2 * rng.standard_normal(int(RATE * rng.uniform(0.5, 3.0)))
            soundfile.write(folder / name / f"{stem}.wav", samples, RATE, subtype="PCM_16")
    return folder
