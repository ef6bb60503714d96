"""The sound library: classes by folder, splits by recording."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from paths import HERE, SHARED, needs_shared
from seldkit.errors import SeldkitError
from seldkit.synthesis import SoundLibrary, load_sounds, split_sounds
from seldkit.synthesis.effects import BANDS, Colour, draw_colour
from synthesis.sounds import library, write_sounds

__all__ = ["library"]  # a fixture


def test_folders_are_classes_and_stems_tell_source_and_recording(library: SoundLibrary) -> None:
    sound = library.named("bell/one-b_2")
    assert (sound.class_id, sound.source, sound.recording) == (11, "one", "bell/one-b")
    assert library.class_ids == [0, 11, 12]


def test_every_source_of_a_class_is_drawn(library: SoundLibrary) -> None:
    rng = np.random.default_rng(0)
    drawn = {library.draw(12, rng).source for _ in range(50)}
    assert drawn == {"one", "two"}


def test_splits_share_no_recording(library: SoundLibrary) -> None:
    parts = split_sounds(library, {"validation": ["*/two-a"], "test": ["bell/one-b"]})
    recordings = [{sound.recording for sound in part.sounds} for part in parts.values()]
    assert sum(map(len, recordings)) == len(set.union(*recordings))
    assert {sound.name for sound in parts["test"].sounds} == {"bell/one-b_1", "bell/one-b_2"}


def test_a_pattern_that_fits_nothing_is_named(library: SoundLibrary) -> None:
    with pytest.raises(SeldkitError, match=r"'bell/none-\*' \(test\) fits no recording"):
        split_sounds(library, {"validation": [], "test": ["bell/none-*"]})


def test_a_recording_is_held_out_once(library: SoundLibrary) -> None:
    with pytest.raises(SeldkitError, match="'bell/one-b' is in validation and in test"):
        split_sounds(library, {"validation": ["bell/*"], "test": ["bell/one-b"]})


def test_an_unknown_folder_names_the_nearest_class(tmp_path: Path) -> None:
    write_sounds(tmp_path)
    (tmp_path / "knocks").mkdir()
    soundfile.write(tmp_path / "knocks" / "a-b.wav", np.zeros(100), 24000)
    with pytest.raises(SeldkitError, match="'knocks'; did you mean 'knock'"):
        load_sounds(tmp_path)


def test_a_folder_without_sounds_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeldkitError, match="expected one folder of sounds for each class"):
        load_sounds(tmp_path)


def test_other_rates_and_stereo_files_become_mono_at_24_khz(tmp_path: Path) -> None:
    (tmp_path / "bell").mkdir()
    soundfile.write(tmp_path / "bell" / "a-b.wav", np.full((48000, 2), 0.25), 48000)
    library = load_sounds(tmp_path)
    waveform = library.waveform(library.sounds[0])
    assert len(waveform) == pytest.approx(24000, abs=2)
    assert waveform[12000] == pytest.approx(0.25, abs=1e-3)


@needs_shared
def test_the_default_models_split_keeps_every_class_in_every_part() -> None:
    patterns = yaml.safe_load((HERE.parent / "recipes/default/split.yaml").read_text())
    parts = split_sounds(load_sounds(SHARED / "data" / "sounds"), patterns)
    recordings = {split: {sound.recording for sound in part.sounds} for split, part in parts.items()}
    assert not recordings["train"] & recordings["test"]
    assert not recordings["train"] & recordings["validation"]
    assert not recordings["validation"] & recordings["test"]
    assert all(part.class_ids == list(range(13)) for part in parts.values())


def test_an_equaliser_gives_its_gains_at_its_bands() -> None:
    colour = Colour(1.0, (3.0, 0.0, -6.0, 0.0, 6.0, 0.0), 0.0, 0.0)
    assert 20.0 * np.log10(colour.response(BANDS)) == pytest.approx(colour.equaliser)


def test_a_low_pass_takes_the_highs() -> None:
    time = np.arange(24000) / 24000.0
    high = np.sin(2 * np.pi * 8000.0 * time)
    dull = Colour(1.0, (0.0,) * 6, low_pass=3000.0, high_pass=0.0).apply(high)
    assert np.std(dull) < 0.02 * np.std(high)


def test_speed_shortens_and_raises() -> None:
    time = np.arange(24000) / 24000.0
    faster = Colour(1.25, (0.0,) * 6, 0.0, 0.0).apply(np.sin(2 * np.pi * 1000.0 * time))
    assert len(faster) == pytest.approx(19200, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(faster))) * 24000 / len(faster) == pytest.approx(1250.0, abs=3.0)


def test_colours_differ_and_stay_moderate() -> None:
    rng = np.random.default_rng(0)
    colours = [draw_colour(rng) for _ in range(200)]
    assert len({colour.speed for colour in colours}) == 200
    assert max(abs(np.log(colour.speed)) for colour in colours) < 0.2
    assert 60 < sum(colour.low_pass > 0 for colour in colours) < 140
