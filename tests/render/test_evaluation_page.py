import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media.making import Sound, Video, make_media, noise, numbered
from render.browser import chromium, needs_chromium
from render.drawing import event
from render.test_detection_page import HARMFUL_NAMES, Elements
from seldkit.geometry import wrap_azimuth
from seldkit.render.report import ClipRow, write_evaluation_report
from seldkit.render.report.clip_rows import ClipView
from seldkit.render.report.evaluation_page import ERROR_KINDS


def evaluation(name: str = "bell") -> dict[str, Any]:
    interval = {"estimate": 0.5, "low": 0.25, "high": 0.75, "bias": 0.0, "standard_error": 0.1}
    reading = {
        "f_score": 0.5,
        "doa_error": None,
        "classwise": {"f_score": [0.5, None], "doa_error": [1.0, 2.0]},
        "classes": [name, "door"],
        "clips": 2,
        "jackknife": {"f_score": interval, "doa_error": dict.fromkeys(interval)},
    }
    return {"official": reading, "strict": reading | {"f_score": 0.625}, "notes": [name]}


def error_counts(name: str = "bell", confusions: int = 3) -> dict[str, Any]:
    by_class = {kind: [place + 1, 0] for place, kind in enumerate(ERROR_KINDS)}
    counts = {kind: sum(row) for kind, row in by_class.items()}
    return {
        "counts": counts,
        "by_class": by_class,
        "confusions": [[0, confusions], [0, 0]],
        "classes": [name, "door"],
    }


def report(folder: Path, name: str = "bell", **options: Any) -> Path:
    media = folder / "media" / ("a?#%'<b>.mp4" if name in HARMFUL_NAMES else "a.mp4")
    events = {
        "reference_events": [event(name, azimuth=(45.0,))],
        "predicted_events": [event(name, offset=2.0, azimuth=(0.0, -90.0))],
    }
    lines = [
        ClipRow(name, 10, 8, 4, 0.444, media, True, seconds=4.0, **events),
        ClipRow(name, 0, 0, 0, float("nan")),
    ]
    return write_evaluation_report(
        folder / "r.html",
        evaluation(name),
        options.get("taxonomy") or error_counts(name),
        lines,
        title=name,
        score_format=lambda value, name: f"{value:.3f}",
    )


def test_scores_have_both_readings_and_intervals(tmp_path: Path) -> None:
    page = report(tmp_path).read_text()
    assert "<td>0.500 <small>[0.250, 0.750]</small></td><td>0.625 <small>" in page
    assert '<th scope="row">DOA error</th><td>–</td><td>–</td>' in page


def test_bars_of_error_types_are_proportional(tmp_path: Path) -> None:
    elements = Elements(report(tmp_path).read_text()).elements
    widths = {
        attributes["class"]: float(attributes["width"] or 0)
        for tag, attributes in elements
        if tag == "rect" and attributes.get("height") == "16"
    }
    assert list(widths) == [kind.replace("_", "-") for kind in ERROR_KINDS]
    assert sum(widths.values()) == pytest.approx(600, abs=0.5)
    assert widths["false"] == pytest.approx(8 * widths["correct"], abs=0.5)


def test_reference_and_prediction_of_a_clip_are_plotted(tmp_path: Path) -> None:
    page = Elements(report(tmp_path).read_text())
    lines = {attributes["class"]: attributes for tag, attributes in page.elements if tag == "path"}
    assert list(lines) == ["front", "reference", "prediction"]
    assert str(lines["reference"]["d"]).startswith("M0.0 27.5L4.0 27.5")  # 45° left: a quarter down
    assert str(lines["prediction"]["d"]).endswith("L156.0 95.0h4.0")  # 90° right: the lower edge
    assert page.texts["title"].endswith("prediction: bell, 0.0 to 2.0 s")


def test_lines_are_interrupted_where_the_azimuth_wraps(tmp_path: Path) -> None:
    behind = event(azimuth=(170.0, 190.0))
    behind = replace(
        behind, trajectory=replace(behind.trajectory, azimuth=wrap_azimuth(behind.trajectory.azimuth))
    )
    lines = [ClipRow("a", 1, 1, 0, 0.0, seconds=1.0, reference_events=[behind])]
    view = ClipView.from_row(lines[0], tmp_path / "r.html", lambda value, name: "")
    assert view.lines[0].path.count("M") == 2


def test_missing_confusions_are_stated(tmp_path: Path) -> None:
    assert "None: no prediction" in report(tmp_path, taxonomy=error_counts(confusions=0)).read_text()


@pytest.mark.parametrize("name", HARMFUL_NAMES)
def test_names_are_only_text(tmp_path: Path, name: str) -> None:
    harmless = Elements(report(tmp_path).read_text("utf-8"))
    page = Elements(report(tmp_path, name).read_text("utf-8"))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in harmless.elements]
    allowed = {attribute for _, attributes in harmless.elements for attribute in attributes}
    assert {attribute for _, attributes in page.elements for attribute in attributes} == allowed
    assert not any(tag == "script" for tag, _ in page.elements)


@needs_chromium
def test_the_page_works_without_warnings_in_a_browser(tmp_path: Path) -> None:
    path = report(tmp_path, HARMFUL_NAMES[2])
    with chromium(tmp_path / "profile") as page:
        page.open(path)
        assert page.run("document.querySelectorAll('img').length") == 0
        assert page.run("document.querySelector('h1').textContent") == HARMFUL_NAMES[2]
        assert page.log == []
        page.size(375, 700)
        assert page.run("document.documentElement.scrollWidth") <= 375


def clips(folder: Path) -> Path:
    frames, times = numbered(25, (320, 180)), [number / 25 for number in range(25)]
    for name, codec in (("h264.mp4", "libx264"), ("hevc.mp4", "libx265")):
        make_media(folder / name, Video(frames, times, codec, options={"preset": "ultrafast"}))
    make_media(folder / "alac.m4a", Sound(noise(1.0), codec="alac"))
    (folder / "damaged.mp4").write_text("no video")
    names = ("h264.mp4", "hevc.mp4", "alac.m4a", "damaged.mp4", "missing.mp4")
    return write_evaluation_report(
        folder / "r.html",
        evaluation(),
        error_counts(),
        [ClipRow(name, 1, 1, 1, 1.0, folder / name, name.endswith("mp4"), seconds=1.0) for name in names],
        title="clips",
        score_format=lambda value, name: f"{value:.3f}",
    )


def test_recordings_that_browsers_cannot_play_are_explained_with_a_still_image(tmp_path: Path) -> None:
    page = Elements(clips(tmp_path).read_text("utf-8"))
    players = [attributes for tag, attributes in page.elements if tag in ("video", "audio")]
    assert [player["src"] for player in players] == ["./h264.mp4", "./missing.mp4"]
    assert ["poster" in player for player in players] == [True, False]
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert links == ["./hevc.mp4", "./alac.m4a", "./damaged.mp4"]
    assert "Some browsers cannot play it (video codec hevc)." in page.texts["small"]
    assert sum(tag == "img" for tag, _ in page.elements) == 1


@needs_chromium
def test_chromium_displays_still_images(tmp_path: Path) -> None:
    path = clips(tmp_path)
    with chromium(tmp_path / "profile") as page:
        page.open(path)
        page.wait("document.querySelector('img').naturalWidth === 320")
        assert page.log == []
        if os.environ.get("SELDKIT_SCREENSHOTS"):
            page.screenshot(Path(os.environ["SELDKIT_SCREENSHOTS"]) / "evaluation-hevc.png")
