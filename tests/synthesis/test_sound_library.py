"""The sound library: classes by folder, splits by recording."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from paths import HERE, SHARED, needs_shared
from seldkit.classes import STARSS23
from seldkit.errors import MediaError, SeldkitError
from seldkit.synthesis import Sound, SoundLibrary, load_sounds, split_sounds
from synthesis.sounds import library, write_sounds

__all__ = ["library"]  # a fixture


def test_folders_are_classes_and_stems_give_source_and_recording(library: SoundLibrary) -> None:
    sound = library.sound("bell/one-b_2")
    assert (sound.class_id, sound.source, sound.recording) == (11, "one", "bell/one-b")
    assert library.class_ids == [0, 11, 12]


def test_every_source_of_a_class_is_drawn(library: SoundLibrary) -> None:
    rng = np.random.default_rng(0)
    drawn = {library.draw(12, rng).source for _ in range(50)}
    assert drawn == {"one", "two"}


def test_the_sides_of_a_split_share_no_recording_and_have_every_class() -> None:
    names = [f"bell/a-{n}_{piece}" for n in range(10) for piece in (1, 2)]
    names += [
        f"door/{source}-{n}"
        for source, count in (("big", 12), ("small", 3), ("middle", 4))
        for n in range(count)
    ]
    names += ["knock/only-1", "knock/only-2", "music/one-1"]
    classes = ("bell", "door", "knock", "music")
    library = SoundLibrary(
        [Sound(Path(), name, classes.index(name.split("/")[0])) for name in names], classes
    )
    train, test = library.split("train"), library.split("test")
    assert {s.recording for s in train.sounds}.isdisjoint(s.recording for s in test.sounds)
    assert len(train.sounds) + len(test.sounds) == len(names)
    assert len([s for s in test.sounds if s.name.startswith("bell")]) == 4
    # Whole sources if they are small enough: three plus four of nineteen doors are too many.
    assert {s.source for s in test.sounds if s.name.startswith("door")} >= {"small"}
    assert train.class_ids == [0, 1, 2, 3]
    assert test.class_ids == [0, 1, 2]


def test_splits_share_no_recording(library: SoundLibrary) -> None:
    parts = split_sounds(library, {"validation": ["*/two-a"], "test": ["bell/one-b"]})
    recordings = [{sound.recording for sound in part.sounds} for part in parts.values()]
    assert sum(map(len, recordings)) == len(set.union(*recordings))
    assert {sound.name for sound in parts["test"].sounds} == {"bell/one-b_1", "bell/one-b_2"}


def test_a_pattern_without_a_match_is_an_error(library: SoundLibrary) -> None:
    with pytest.raises(SeldkitError, match=r"'bell/none-\*' \(test\) matches no recording"):
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


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("female_speech", "female speech"),
        ("Male speech, man speaking", "male speech"),
        ("Walk, footsteps", "footsteps"),
        ("Door, open or close", "door"),
        ("Water_tap_faucet", "water tap"),
        ("waterTap", "water tap"),
        ("doorCupboard", "door"),
        ("musicInstrument", "musical instrument"),
        ("domesticSounds", "domestic sounds"),
        ("BELL", "bell"),
    ],
)
def test_folders_may_have_the_official_class_names(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder / "train").mkdir(parents=True)
    soundfile.write(tmp_path / folder / "train" / "a.wav", np.zeros(100), 24000)
    (sound,) = load_sounds(tmp_path).sounds
    assert (STARSS23[sound.class_id], sound.name, sound.source) == (name, f"{folder}/train-a", "train")


def test_official_wording_applies_to_requested_classes_only(tmp_path: Path) -> None:
    (tmp_path / "doorCupboard").mkdir()
    soundfile.write(tmp_path / "doorCupboard" / "a.wav", np.zeros(100), 24000)
    with pytest.raises(SeldkitError, match="expected folders named bell, knock"):
        load_sounds(tmp_path, classes=("bell", "knock"))


def test_two_sounds_of_one_name_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "bell").mkdir()
    for suffix in ("wav", "flac"):
        soundfile.write(tmp_path / "bell" / f"a.{suffix}", np.zeros(100), 24000)
    with pytest.raises(SeldkitError, match=r"a\.wav and .*a\.flac: two sounds of one name"):
        load_sounds(tmp_path)


def test_the_cache_is_bounded_and_keeps_the_most_recently_used(tmp_path: Path) -> None:
    read = []

    def constant(sound: Sound) -> np.ndarray:
        read.append(sound.name)
        return np.full(1000, len(sound.name), np.float32)

    sounds = [Sound(tmp_path, f"bell/{letter}", 11) for letter in "abc"]
    library = SoundLibrary(sounds, cache_bytes=2 * 4000, read=constant)
    for number in (0, 1, 0, 2, 0, 1):
        assert library.waveform(sounds[number])[0] == 6.0
        assert library.cached_bytes <= 2 * 4000
    assert read == ["bell/a", "bell/b", "bell/c", "bell/b"]  # c replaced b, which was least recently used
    library.cache_bytes = 1
    assert len(library.waveform(sounds[2])) == 1000  # a sound larger than the cache is still read
    library.clear_cache()
    assert library.cached_bytes == 0


def test_a_folder_without_sounds_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeldkitError, match="expected one folder of sounds per class"):
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


@pytest.mark.parametrize("second", [-1.0, -0.8, 0.0, 0.5, 1.0])
def test_channels_are_mixed_unless_they_cancel_each_other(second: float, tmp_path: Path) -> None:
    (tmp_path / "bell").mkdir()
    first = 0.2 * np.random.default_rng(0).standard_normal(24000)
    soundfile.write(tmp_path / "bell" / "a.wav", np.stack([first, second * first], axis=1), 24000, "FLOAT")
    loaded = load_sounds(tmp_path)
    expected = first if second < 0 else first * (1 + second) / 2
    np.testing.assert_allclose(loaded.waveform(loaded.sounds[0]), expected, atol=1e-6)


@pytest.mark.parametrize("samples", [np.zeros(2400), np.zeros((2400, 2)), np.full(2400, 5e-6)])
def test_a_silent_file_is_an_error(samples: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "bell").mkdir()
    soundfile.write(tmp_path / "bell" / "a.wav", samples, 24000, "FLOAT")
    loaded = load_sounds(tmp_path)
    with pytest.raises(MediaError, match=r"a\.wav: expected a sound, got silence"):
        loaded.waveform(loaded.sounds[0])
