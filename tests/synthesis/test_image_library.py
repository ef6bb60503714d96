"""Image folders: accepted files, rejected files and splits."""

import re
from pathlib import Path

import numpy as np
import pytest

from seldkit.classes import STARSS23
from seldkit.errors import ImageError
from seldkit.synthesis.scene_images import ImageLibrary, load_images
from seldkit.synthesis.scene_images.cutout_extraction import extract_cutouts
from seldkit.synthesis.scene_images.image_library import FOLDERS
from seldkit.synthesis.scene_images.subjects import SUBJECTS

cv2 = pytest.importorskip("cv2")


def picture(
    path: Path, colour: tuple[int, ...] = (10, 200, 30, 255), size: tuple[int, int] = (40, 20)
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*size, len(colour)), colour, np.uint8))
    return path


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def test_without_a_folder_every_subject_has_a_different_drawing() -> None:
    library = ImageLibrary()
    cutouts = [library.cutout(library.draw(subject, generator())).levels[0] for subject in SUBJECTS]
    assert {*STARSS23, "person", "distractor"} == set(SUBJECTS)
    for cutout in cutouts:
        red, green, blue, alpha = np.moveaxis(cutout, -1, 0)
        assert 0.15 < (alpha > 128).mean() < 1.0
        assert (np.maximum(np.maximum(red, green), blue) <= alpha).all()  # multiplied by alpha
    small = [cv2.resize(cutout, (24, 24)).astype(float) for cutout in cutouts]
    apart = [np.abs(a - b).mean() for i, a in enumerate(small) for b in small[:i]]
    assert min(apart) > 3.0


@pytest.mark.parametrize("subject", SUBJECTS)
def test_drawings_vary_by_seed(subject: str) -> None:
    library = ImageLibrary()
    names = {library.draw(subject, np.random.default_rng(seed)) for seed in range(6)}
    contents = {library.cutout(name).levels[0].tobytes() for name in names}
    assert len(contents) == 6


def test_classes_find_their_folders(tmp_path: Path) -> None:
    picture(tmp_path / "Water tap" / "sink.png")
    picture(tmp_path / "person" / "somebody.png")
    picture(tmp_path / "female_speech" / "woman.jpg", (10, 20, 200))
    library = load_images(tmp_path)
    assert library.draw("water tap", generator()) == "Water tap/sink.png"
    assert library.draw("female speech", generator()) == "female_speech/woman.jpg"
    for subject in ("male speech", "laughter", "clapping", "footsteps", "person"):
        assert library.draw(subject, generator()) == "person/somebody.png"
    assert library.draw("bell", generator()).startswith("drawn:bell:")
    assert library.draw_background(generator()).startswith("drawn:room:")


def test_cutouts_are_trimmed_multiplied_by_alpha_and_not_too_large(tmp_path: Path) -> None:
    canvas = np.zeros((900, 700, 4), np.uint8)
    canvas[100:800, 200:550] = (0, 0, 200, 128)
    (tmp_path / "bell").mkdir()
    cv2.imwrite(str(tmp_path / "bell" / "a.png"), canvas)
    level = load_images(tmp_path).cutout("bell/a.png").levels[0]
    inside = level[2:-2, 2:-2]
    assert inside.shape == (512, 256, 4)
    assert (np.abs(inside.astype(int) - (100, 0, 0, 128)) <= 1).all()
    assert not level[0].any()


def test_jpegs_cover_all_of_their_rectangle(tmp_path: Path) -> None:
    picture(tmp_path / "bell" / "a.jpg", (0, 0, 255), (41, 35))
    inside = load_images(tmp_path).cutout("bell/a.jpg").levels[0][2:-2, 2:-2]
    assert (inside[..., 3] == 255).all()
    assert (inside[..., 0] > 245).all()
    assert (inside[..., 1:3] < 10).all()


def rejected(message: str) -> "pytest.RaisesExc[ImageError]":
    return pytest.raises(ImageError, match=f"^[^\n]*{message}[^\n]*$")


def test_unknown_folders_are_rejected_with_a_list_of_the_known_ones(tmp_path: Path) -> None:
    picture(tmp_path / "telefone" / "a.png")
    with rejected("did you mean 'telephone'"):
        load_images(tmp_path)
    with rejected(re.escape(", ".join(FOLDERS))):
        load_images(tmp_path)


def test_missing_and_empty_folders_are_rejected(tmp_path: Path) -> None:
    with rejected("found none"):
        load_images(tmp_path / "nowhere")
    (tmp_path / "bell").mkdir()
    with rejected("expected subfolders of images"):
        load_images(tmp_path)


def test_damaged_images_are_rejected_with_a_message_of_one_line(tmp_path: Path) -> None:
    good = picture(tmp_path / "bell" / "good.png", size=(200, 200)).read_bytes()
    photo = np.random.default_rng(0).integers(0, 255, (64, 128, 3)).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", photo)[1].tobytes()
    damaged = {
        "empty.png": b"",
        "text.png": b"no picture",
        "half.png": good[: len(good) // 2],
        "zeros.png": good[:40] + bytes(20) + good[60:],
        "half.jpg": jpeg[: len(jpeg) // 2],
        "huge.png": _huge_png(),
    }
    for name, content in damaged.items():
        (tmp_path / "bell" / name).write_bytes(content)
    picture(tmp_path / "bell" / "clear.png", (0, 0, 0, 0))
    library = load_images(tmp_path)
    for name in (*damaged, "clear.png"):
        with rejected(f"{name}: expected"):
            library.cutout(f"bell/{name}")


def _huge_png() -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_panoramas_that_are_not_twice_as_wide_as_high_are_rejected(tmp_path: Path) -> None:
    picture(tmp_path / "panoramas" / "flat.png", (1, 2, 3), (100, 150))
    picture(tmp_path / "panoramas" / "round.png", (1, 2, 3), (100, 200))
    library = load_images(tmp_path)
    assert library.panorama("panoramas/round.png").shape == (100, 200, 3)
    with rejected("flat.png: expected a 360° image twice as wide as high, got 150 × 100"):
        library.panorama("panoramas/flat.png")


def test_names_of_another_library_are_rejected(tmp_path: Path) -> None:
    picture(tmp_path / "bell" / "a.png")
    with rejected("no image 'bell/b.png'"):
        load_images(tmp_path).cutout("bell/b.png")
    with rejected("no image 'bell/a.png'"):
        ImageLibrary().cutout("bell/a.png")
    with rejected("no such drawing"):
        ImageLibrary().cutout("drawn:unicorn:1")


def test_sides_share_no_image_not_even_copies(tmp_path: Path) -> None:
    for number in range(9):
        picture(tmp_path / "door" / f"{number}.png", (number, 100, 100, 255))
        picture(tmp_path / "knock" / f"copy{number}.png", (number, 100, 100, 255))
    picture(tmp_path / "bell" / "only.png")
    library = load_images(tmp_path)
    train, test = library.split("train"), library.split("test")
    assert sorted(train.files + test.files) == sorted(library.files)
    shown = [{library.cutout(name).levels[0].tobytes() for name in side.files} for side in (train, test)]
    assert not shown[0] & shown[1]
    assert len(test.files) == 6
    assert "bell/only.png" in train.files


def test_the_sides_share_no_drawing() -> None:
    train, test = (ImageLibrary().split(side) for side in ("train", "test"))
    names = [
        {library.draw("bell", np.random.default_rng(seed)) for seed in range(200)}
        for library in (train, test)
    ]
    assert not names[0] & names[1]
    assert train.draw_background(generator()) != test.draw_background(generator())


def photograph(folder: Path, outlines: str) -> tuple[Path, Path]:
    """A grey photograph of 200 × 100 pixels with a red square, and what is outlined in it."""
    scene = np.full((100, 200, 3), 90, np.uint8)
    scene[10:90, 60:140] = (20, 20, 220)
    (folder / "images" / "a").mkdir(parents=True)
    (folder / "outlines" / "a").mkdir(parents=True)
    cv2.imwrite(str(folder / "images" / "a" / "scene.png"), scene)
    (folder / "outlines" / "a" / "scene.txt").write_text(outlines)
    return folder / "images", folder / "outlines"


SQUARE = "0.3 0.1 0.7 0.1 0.7 0.9 0.3 0.9"


def test_outlined_objects_are_cut_out_of_photographs(tmp_path: Path) -> None:
    small, cut, unwanted = "1 0.5 0.5 0.6 0.5 0.6 0.6", "1 0.0 0.1 0.5 0.1 0.5 0.9 0.0 0.9", f"50 {SQUARE}"
    images, outlines = photograph(tmp_path, "\n".join([f"81 {SQUARE}", small, cut, unwanted]))
    assert extract_cutouts(images, outlines, tmp_path / "cut") == 1
    library = load_images(tmp_path / "cut")
    assert library.files == ("water_tap/scene_0.png",)
    level = library.cutout(library.files[0]).levels[0]
    assert level.shape[:2] == pytest.approx((80, 80), abs=8)
    solid = level[level[..., 3] == 255]
    assert len(solid) > 70 * 70
    assert (np.abs(solid.astype(int) - (220, 20, 20, 255)) <= 2).all()  # red, and nothing of the grey


@pytest.mark.parametrize(
    "line", ["1 0.1 0.2 0.3", "1 0.1 0.2 0.3 0.4 0.5", f"person {SQUARE}", "1 0 0 64 0 64 64"]
)
def test_invalid_outlines_are_rejected(tmp_path: Path, line: str) -> None:
    images, outlines = photograph(tmp_path, f"81 {SQUARE}\n{line}")
    with rejected("scene.txt, line 2: expected a category and at least three points"):
        extract_cutouts(images, outlines, tmp_path / "cut")


def test_photographs_without_outlines_are_rejected(tmp_path: Path) -> None:
    images, outlines = photograph(tmp_path, "")
    with rejected("found none to cut out"):
        extract_cutouts(images, outlines, tmp_path / "cut")


def test_patterns_select_images(tmp_path: Path) -> None:
    for name in ("bell/a.png", "bell/b.png", "door/a.png"):
        picture(tmp_path / name)
    assert load_images(tmp_path).select(["*/a.png"]).files == ("bell/a.png", "door/a.png")
