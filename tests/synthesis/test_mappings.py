"""Sound collections of other layouts."""

from pathlib import Path

import numpy as np
import pytest

from seldkit.classes import STARSS23
from seldkit.errors import SeldkitError
from seldkit.media import write_audio
from seldkit.synthesis import load_sounds
from seldkit.synthesis.mappings import SHIPPED, Mapping


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(path, np.full((1, 2400), 0.1, np.float32), 24000)


@pytest.fixture
def fsd50k(tmp_path: Path) -> Path:
    rows = {
        "100": "Knock,Domestic_sounds",
        "101": "Bell",
        "102": "Door,Knock",
        "103": "Rain",
        "104": "Piano,Music",
    }
    for name in rows:
        sound(tmp_path / "FSD50K.dev_audio" / f"{name}.wav")
    table = tmp_path / "FSD50K.ground_truth" / "dev.csv"
    table.parent.mkdir()
    lines = [f'{name},"{labels}",/m/x,train' for name, labels in rows.items()]
    table.write_text("fname,labels,mids,split\n" + "\n".join(lines))
    return tmp_path


def test_fsd50k_gives_the_sounds_of_one_class(fsd50k: Path) -> None:
    library = load_sounds(fsd50k, "fsd50k")
    found = {sound.path.stem: STARSS23[sound.class_id] for sound in library.sounds}
    assert found == {"100": "knock", "101": "bell"}  # a door that is knocked at is two classes, as is a piano


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


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_mappings_name_classes(name: str) -> None:
    assert set(Mapping.read(name).classes) <= set(STARSS23)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("classes: {knocks: [a]}", "'knocks' is no class; did you mean 'knock'"),
        ("klasses: {}", "unknown key 'klasses'; did you mean 'classes'"),
        ("classes: {knock: [a]}\ntable: none.csv", "none.csv: cannot be read"),
        ("classes: {knock: [a]}\ntable: table.csv", "expected the column 'filename'"),
        ("classes: {knock: [a]}", "found none"),
    ],
)
def test_wrong_mappings_are_said(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "table.csv").write_text("name,category\n")
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(SeldkitError, match=problem):
        load_sounds(tmp_path, path)


def test_an_unknown_folder_lists_what_was_expected(tmp_path: Path) -> None:
    sound(tmp_path / "Klopfen" / "a.wav")
    with pytest.raises(SeldkitError, match=r"Klopfen.*female speech, male speech"):
        load_sounds(tmp_path)


def test_an_unknown_mapping_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeldkitError, match="did you mean 'fsd50k'"):
        load_sounds(tmp_path, "fsd50")
