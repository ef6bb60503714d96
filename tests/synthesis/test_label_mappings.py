"""Mappings from the labels of public collections to classes."""

from pathlib import Path

import numpy as np
import pytest

from seldkit.classes import STARSS23
from seldkit.errors import SeldkitError
from seldkit.media import write_audio
from seldkit.synthesis import load_sounds
from seldkit.synthesis.label_mappings import BUILTIN_MAPPINGS, LabelMapping


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(path, np.full((1, 2400), 0.1, np.float32), 24000)


FSD50K = {
    "100": ("Knock,Door,Domestic_sounds_and_home_sounds", "knock"),
    "101": ("Bell,Doorbell,Door,Domestic_sounds_and_home_sounds,Alarm", "bell"),
    "102": (
        "Electric_guitar,Guitar,Plucked_string_instrument,Musical_instrument,Music",
        "musical instrument",
    ),
    "103": ("Music", "music"),
    "104": ("Laughter,Human_voice", "laughter"),
    "105": ("Bicycle_bell,Alarm,Bicycle,Vehicle,Bell", "bell"),
    "106": ("Door,Domestic_sounds_and_home_sounds", "door"),
    "107": ("Rain,Water", None),
    "108": ("Bell,Telephone,Alarm", None),  # labels of two classes
    "109": ("Bark,Church_bell,Dog,Domestic_animals_and_pets,Animal,Bell", None),  # also a dog
    "110": ("Applause,Knock,Cheering,Clapping,Human_group_actions,Hands,Door", None),
}
"""Labels as in the table of FSD50K, with their parents in the ontology."""


@pytest.fixture
def fsd50k(tmp_path: Path) -> Path:
    for name in FSD50K:
        sound(tmp_path / "FSD50K.dev_audio" / f"{name}.wav")
    table = tmp_path / "FSD50K.ground_truth" / "dev.csv"
    table.parent.mkdir()
    lines = [f'{name},"{labels}",/m/x,train' for name, (labels, _) in FSD50K.items()]
    table.write_text("fname,labels,mids,split\n" + "\n".join(lines))
    return tmp_path


def test_fsd50k_gives_sounds_of_exactly_one_class(fsd50k: Path) -> None:
    library = load_sounds(fsd50k, "fsd50k")
    found = {sound.path.stem: STARSS23[sound.class_id] for sound in library.sounds}
    assert found == {name: kind for name, (_, kind) in FSD50K.items() if kind is not None}


def test_a_table_may_name_files_by_their_folders(tmp_path: Path) -> None:
    for name in ("a/1.wav", "b/1.wav", "b/2.wav"):
        sound(tmp_path / name)
    mapping = tmp_path / "own.yaml"
    mapping.write_text("table: t.csv\nclasses: {knock: [k], bell: [b]}\n")
    (tmp_path / "t.csv").write_text("filename,category\na/1.wav,k\nb/1.wav,b\n2,b\n9.wav,b\n")
    sounds = load_sounds(tmp_path, mapping).sounds
    found = {str(sound.path.relative_to(tmp_path)): STARSS23[sound.class_id] for sound in sounds}
    assert found == {"a/1.wav": "knock", "b/1.wav": "bell", "b/2.wav": "bell"}
    (tmp_path / "t.csv").write_text("filename,category\n1.wav,k\n")
    with pytest.raises(SeldkitError, match=r"expected one sound named '1.wav', found 2"):
        load_sounds(tmp_path, mapping)


def test_audioset_folders_have_the_names_of_its_labels(tmp_path: Path) -> None:
    for name in ("Walk, footsteps", "walk_and_footsteps", "Ding-dong", "Rain", "Cutlery, silverware"):
        sound(tmp_path / name / "part" / "x.wav")
    sounds = load_sounds(tmp_path, "audioset").sounds
    found = {sound.name: STARSS23[sound.class_id] for sound in sounds}
    assert found == {
        "Walk, footsteps/part-x": "footsteps",
        "walk_and_footsteps/part-x": "footsteps",
        "Ding-dong/part-x": "bell",
        "Cutlery, silverware/part-x": "domestic sounds",
    }


def test_esc50_keeps_pieces_of_one_clip_together(tmp_path: Path) -> None:
    rows = [
        ("1-7-A-30.wav", "door_wood_knock", "7"),
        ("1-7-B-30.wav", "door_wood_knock", "7"),
        ("2-9-A-1.wav", "dog", "9"),
    ]
    for name, _, _ in rows:
        sound(tmp_path / "audio" / name)
    (tmp_path / "meta").mkdir()
    lines = [f"{name},1,30,{label},True,{group},A" for name, label, group in rows]
    (tmp_path / "meta" / "esc50.csv").write_text(
        "filename,fold,target,category,esc10,src_file,take\n" + "\n".join(lines)
    )
    sounds = load_sounds(tmp_path, "esc50").sounds
    assert len(sounds) == 2
    assert len({sound.source for sound in sounds}) == 1


def test_folders_of_other_names_are_mapped(tmp_path: Path) -> None:
    sound(tmp_path / "sounds" / "Klopfen" / "a.wav")
    mapping = tmp_path / "own.yaml"
    mapping.write_text("classes: {knock: [Klopfen]}\n")
    (only,) = load_sounds(tmp_path / "sounds", mapping).sounds
    assert STARSS23[only.class_id] == "knock"


@pytest.mark.parametrize("name", BUILTIN_MAPPINGS)
def test_shipped_mappings_name_classes_and_parents_of_their_labels(name: str) -> None:
    rules = LabelMapping.read(name)
    assert set(rules.classes) <= set(STARSS23)
    assert len(rules.classes) == (8 if name == "esc50" else 13)
    assert set(rules.parents) <= {label for labels in rules.classes.values() for label in labels}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("classes: {knocks: [a]}", "'knocks' is not a class; did you mean 'knock'"),
        ("klasses: {}", "unknown key 'klasses'; did you mean 'classes'"),
        ("classes: {knock: [a], bell: [A]}", "the label 'a' is in two classes"),
        ("classes: {knock: [a]}\ntable: none.csv", "none.csv: cannot be read"),
        ("classes: {knock: [a]}\ntable: table.csv", "expected the column 'filename'"),
        ("classes: {knock: [a]}", "found none"),
    ],
)
def test_errors_of_mappings_are_reported(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "table.csv").write_text("name,category\n")
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(SeldkitError, match=problem):
        load_sounds(tmp_path, path)


def test_an_unknown_folder_lists_the_class_names(tmp_path: Path) -> None:
    sound(tmp_path / "Klopfen" / "a.wav")
    with pytest.raises(SeldkitError, match=r"Klopfen.*female speech, male speech"):
        load_sounds(tmp_path)


def test_an_unknown_mapping_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeldkitError, match="did you mean 'fsd50k'"):
        load_sounds(tmp_path, "fsd50")
