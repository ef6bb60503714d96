"""Image plans and their rendering, compared with the geometry of the labels."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from seldkit.geometry import Camera, azimuth_to_pixel, is_onscreen, unit_vector, wrap_azimuth
from seldkit.media import iter_frames, write_video
from seldkit.media.equirectangular import direction_to_frame_pixel, to_perspective
from seldkit.synthesis.scene_images import (
    BillboardPlan,
    CameraSpace,
    EquirectangularView,
    ImageLibrary,
    ImagePlan,
    PerspectiveView,
    SourceTrajectory,
    draw_image_plan,
    load_images,
    render_background,
    render_frames,
)

cv2 = pytest.importorskip("cv2")

ROOM = CameraSpace((12.0, 12.0, 6.0), (6.0, 6.0, 3.0), 0.0)
DISTANCE = 3.0
VIEWS = (0.0, 77.0, 180.0, -120.5)
RATE = 10.0


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> ImageLibrary:
    """A library of one class: a magenta disc, as no room shows it, 0.25 m high."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "bell").mkdir()
    disc = np.zeros((101, 101, 4), np.uint8)
    cv2.circle(disc, (50, 50), 50, (255, 0, 255, 255), -1)
    cv2.imwrite(str(folder / "bell" / "disc.png"), disc)
    return load_images(folder)


def marked(points: list[tuple[float, float, float]], seconds: float) -> ImagePlan:
    billboard = BillboardPlan("bell/disc.png", 0.25, (0.5, 0.5), tuple(points), 0.0, seconds, False, 1.0, 0)
    return ImagePlan(seconds, "drawn:room:1", 0.0, ROOM, (billboard,))


def point(azimuth: float, elevation: float = 0.0, distance: float = DISTANCE) -> tuple[float, float, float]:
    x, y, z = (distance * unit_vector(azimuth, elevation)).tolist()
    return x, y, z


def magenta(picture: np.ndarray) -> np.ndarray:
    """How magenta each pixel is, 0 to 1."""
    red, green, blue = np.moveaxis(picture.astype(float), -1, 0)
    return np.clip((np.minimum(red, blue) - green - 60.0) / 150.0, 0.0, 1.0)


def disc_place(picture: np.ndarray) -> tuple[float, float] | None:
    """Where the disc is: None where it is not, NaN where the picture's edge cuts it."""
    weight = magenta(picture)
    if weight.sum() < 3.0:
        return None
    edge = max(weight[0].max(), weight[-1].max(), weight[:, 0].max(), weight[:, -1].max())
    if edge > 0.3:
        return np.nan, np.nan
    columns, rows = np.arange(weight.shape[1]), np.arange(weight.shape[0])
    return float(weight.sum(0) @ columns / weight.sum()), float(weight.sum(1) @ rows / weight.sum())


def directions(seed: int, count: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    return [
        (float(a), float(e))
        for a, e in zip(rng.uniform(-180, 180, count), rng.uniform(-40, 40, count), strict=True)
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_labels_agree_with_the_pixels_of_the_video(discs: ImageLibrary, tmp_path: Path, view: float) -> None:
    """A disc that jumps to 60 directions, encoded: seen where the geometry says, and only there."""
    edges = [(float(wrap_azimuth(azimuth - view)), 0.0) for azimuth in (-49, -30, 0, 30, 49, 53, -53, 180)]
    places = [*directions(int(view) % 97, 52), *edges]
    plan = marked([point(*place) for place in places], len(places) / RATE)
    middles = dataclasses.replace(plan.billboards[0], start=0.5 / RATE, end=(len(places) - 0.5) / RATE)
    shown = render_frames(
        dataclasses.replace(plan, billboards=(middles,)), discs, PerspectiveView(view_azimuth=view), RATE
    )
    write_video(tmp_path / "discs.mp4", shown, RATE, preset="veryfast", crf=18)
    found = 0
    for place, frame in zip(places, iter_frames(tmp_path / "discs.mp4", RATE), strict=True):
        azimuth, elevation = place
        disc = disc_place(frame.image)
        x, y = azimuth_to_pixel(wrap_azimuth(azimuth + view), elevation)
        if disc is None or np.isnan(disc[0]):  # the edge may cut a disc whose middle is in the picture
            assert not is_onscreen(azimuth, elevation, view) or min(x, 639 - x, y, 359 - y) < 40
        else:
            assert is_onscreen(azimuth, elevation, view)
            assert np.hypot(disc[0] - x, disc[1] - y) < 1.2
            found += 1
    assert found >= 8


@pytest.mark.parametrize(
    "place", [(0.0, 0.0), (179.0, 10.0), (-179.9, -30.0), (90.0, 45.0), (-60.0, -70.0), (30.0, 80.0)]
)
def test_a_billboard_has_the_pixel_of_its_direction_in_the_360_frame(
    discs: ImageLibrary, place: tuple[float, float]
) -> None:
    view = EquirectangularView((960, 480))
    picture = next(render_frames(marked([point(*place)], 0.1), discs, view, RATE))
    x, y = direction_to_frame_pixel(*place, view.size)
    rolled = np.roll(
        picture, view.size[0] // 2 - round(float(x)), axis=1
    )  # the disc to the middle, away from the seam
    disc = disc_place(rolled)
    assert disc is not None
    assert disc[0] == pytest.approx(view.size[0] // 2 + x - round(float(x)), abs=0.5)
    assert disc[1] == pytest.approx(
        y, abs=0.5 if abs(place[1]) < 60 else 4.0
    )  # near the poles discs are bent


@pytest.mark.parametrize("elevation", [89.0, -89.5])
def test_a_billboard_over_a_pole_covers_all_columns(discs: ImageLibrary, elevation: float) -> None:
    picture = next(
        render_frames(
            marked([point(20.0, elevation, 1.0)], 0.1), discs, EquirectangularView((360, 180)), RATE
        )
    )
    row = magenta(picture)[0 if elevation > 0 else -1]
    assert (row > 0.8).all()


def test_direct_and_indirect_perspective_views_agree(discs: ImageLibrary) -> None:
    """Through the 360° frame, as with real recordings, or directly."""
    plan = marked([point(-130.0, 5.0)], 0.1)
    through = to_perspective(
        next(render_frames(plan, discs, EquirectangularView(), RATE)), view_azimuth=120.0
    )
    direct = next(render_frames(plan, discs, PerspectiveView(view_azimuth=120.0), RATE))
    first, second = disc_place(through), disc_place(direct)
    assert first is not None
    assert second is not None
    assert first == pytest.approx(second, abs=0.5)
    assert np.abs(through.astype(float) - direct).mean() < 2.0


def test_the_size_in_the_image_follows_from_height_and_distance(discs: ImageLibrary) -> None:
    camera = Camera(640, 360, 60.0)
    for distance in (1.0, 2.0, 4.0):
        picture = next(
            render_frames(marked([point(0.0, 0.0, distance)], 0.1), discs, PerspectiveView(camera), RATE)
        )
        wide = (magenta(picture).max(axis=0) > 0.5).sum()
        assert wide == pytest.approx(0.25 / distance * camera.focal_length, abs=1.5)


def test_a_moving_billboard_is_at_its_position_in_the_middle_of_each_frame(discs: ImageLibrary) -> None:
    path = [point(-30.0), point(30.0)]
    plan = marked(path, 2.0)
    for number, picture in enumerate(render_frames(plan, discs, PerspectiveView(), RATE)):
        share = (number + 0.5) / RATE / 2.0
        here = (1.0 - share) * np.array(path[0]) + share * np.array(path[1])
        x, y = azimuth_to_pixel(np.rad2deg(np.arctan2(here[1], here[0])))
        assert disc_place(picture) == pytest.approx((x, y), abs=0.6)


def test_static_billboards_are_drawn_once(discs: ImageLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    still, moving = marked([point(10.0)], 1.0), marked([point(-20.0), point(20.0)], 1.0)
    calls = []
    original = PerspectiveView.patches
    monkeypatch.setattr(
        PerspectiveView, "patches", lambda self, *rest: calls.append(1) or original(self, *rest)
    )
    both = dataclasses.replace(still, billboards=(*still.billboards, *moving.billboards))
    assert len(list(render_frames(both, discs, PerspectiveView(), RATE))) == 10
    assert len(calls) == 1 + 10
    assert len({id(picture) for picture in render_frames(still, discs, PerspectiveView(), RATE)}) == 1


def test_the_nearer_billboard_occludes_the_farther() -> None:
    library = ImageLibrary()
    ball = BillboardPlan("drawn:distractor:5", 0.5, (0.5, 0.5), (point(0.0, 0.0, 4.0),), 0, 0, False, 1.0, -1)
    door = BillboardPlan("drawn:door:1", 2.0, (0.5, 0.5), (point(0.0, 0.0, 2.0),), 0, 0, False, 1.0, -1)
    alone = ImagePlan(0.1, "drawn:room:1", 0.0, ROOM, (door,))
    for billboards in ((ball, door), (door, ball)):
        plan = dataclasses.replace(alone, billboards=billboards)
        first, second = (
            next(render_frames(each, library, PerspectiveView(), RATE)) for each in (plan, alone)
        )
        assert (first[170:190, 310:330] == second[170:190, 310:330]).all()


def test_a_billboard_beside_or_behind_the_camera_is_clipped(discs: ImageLibrary) -> None:
    huge = dataclasses.replace(marked([point(90.0, 0.0, 0.5)], 0.1).billboards[0], height=4.0)
    plan = dataclasses.replace(marked([point(0.0)], 0.1), billboards=(huge,))
    seen = magenta(next(render_frames(plan, discs, PerspectiveView(), RATE))) > 0.5
    assert seen[:, :30].mean() > 0.5
    assert not seen[:, 320:].any()
    behind = dataclasses.replace(huge, points=(point(180.0, 0.0, 0.5),))
    plan = dataclasses.replace(plan, billboards=(behind,))
    assert not (magenta(next(render_frames(plan, discs, PerspectiveView(), RATE))) > 0.5).any()


def test_one_seed_gives_one_plan_and_identical_frames() -> None:
    sources = [
        SourceTrajectory(0, 0.5, 2.0, (point(20.0),)),
        SourceTrajectory(6, 0.0, 3.0, (point(-20.0), point(60.0))),
    ]
    first, second = (
        draw_image_plan(np.random.default_rng((3, 1)), sources, ImageLibrary(), 3.0) for _ in range(2)
    )
    assert first == second
    pictures = [list(render_frames(plan, ImageLibrary(), PerspectiveView(), 5.0)) for plan in (first, second)]
    assert (np.array(pictures[0]) == np.array(pictures[1])).all()
    assert first != draw_image_plan(np.random.default_rng((3, 2)), sources, ImageLibrary(), 3.0)


def test_a_plan_survives_json() -> None:
    sources = [SourceTrajectory(class_id, 0.5, 2.0, (point(20.0), point(30.0))) for class_id in range(13)]
    plan = draw_image_plan(np.random.default_rng(0), sources, ImageLibrary(), 3.0)
    assert TypeAdapter(ImagePlan).validate_json(json.dumps(dataclasses.asdict(plan)), strict=True) == plan


def test_most_sources_are_shown_at_their_positions() -> None:
    sources = [
        SourceTrajectory(number % 13, 0.0, 1.0, (point(number * 3.6 - 180.0),)) for number in range(100)
    ]
    plan = draw_image_plan(np.random.default_rng(5), sources, ImageLibrary(), 1.0)
    shown = {billboard.source: billboard for billboard in plan.billboards if billboard.source >= 0}
    assert 70 <= len(shown) <= 97
    assert all(billboard.points == sources[number].points for number, billboard in shown.items())
    kinds = {billboard.image.split(":")[1] for billboard in shown.values()}
    assert len(kinds) == 13


def test_a_scene_without_sounds_has_images_and_an_unknown_class_is_a_loudspeaker() -> None:
    plan = draw_image_plan(np.random.default_rng(1), [], ImageLibrary(), 1.0)
    assert next(render_frames(plan, ImageLibrary(), PerspectiveView(Camera(64, 36)), RATE)).std() > 5.0
    whale = [SourceTrajectory(0, 0.0, 1.0, (point(0.0),))] * 9
    plan = draw_image_plan(np.random.default_rng(1), whale, ImageLibrary(), 1.0, classes=("whale",))
    visible = [billboard.image for billboard in plan.billboards if billboard.source >= 0]
    assert visible
    assert {name.split(":")[1] for name in visible} == {"music"}  # a loudspeaker or a radio


def test_some_visible_objects_are_silent() -> None:
    plans = [
        draw_image_plan(
            np.random.default_rng(seed), [SourceTrajectory(3, 0.0, 1.0, (point(0.0),))], ImageLibrary(), 1.0
        )
        for seed in range(60)
    ]
    silent = [billboard for plan in plans for billboard in plan.billboards if billboard.source < 0]
    assert 60 < len(silent) < 300
    azimuths = np.rad2deg(
        [np.arctan2(billboard.points[0][1], billboard.points[0][0]) for billboard in silent]
    )
    assert np.abs(azimuths).min() >= 12.0  # nothing silent hides what sounds at 0 degrees
    names = {billboard.image.split(":")[1] for billboard in silent}
    assert {"person", "distractor"} < names


def test_a_speaking_person_stands_on_the_floor() -> None:
    source = SourceTrajectory(1, 0.0, 1.0, (point(0.0, 0.0, 2.0),))
    space = CameraSpace((6.0, 6.0, 2.6), (3.0, 3.0, 1.5), 30.0)
    plans = [
        draw_image_plan(np.random.default_rng(seed), [source], ImageLibrary(), 1.0, space)
        for seed in range(9)
    ]
    speakers = [billboard for plan in plans for billboard in plan.billboards if billboard.source == 0]
    assert speakers
    for billboard in speakers:
        foot = billboard.points[0][2] + 1.5 - (1.0 - billboard.anchor[1]) * billboard.height
        assert foot == pytest.approx(0.0, abs=1e-9)


def test_rooms_differ_by_seed_and_have_no_seam() -> None:
    view = EquirectangularView((360, 180))
    plan = ImagePlan(1.0, "drawn:room:3", 0.0, CameraSpace((5.0, 4.0, 2.6), (2.0, 2.0, 1.4), 40.0), ())
    first = render_background(plan, ImageLibrary(), view).astype(float)
    other = render_background(dataclasses.replace(plan, background="drawn:room:4"), ImageLibrary(), view)
    assert np.abs(first - other).mean() > 5.0
    seam = np.abs(first[:, 0] - first[:, -1]).mean()
    usual = np.abs(np.diff(first, axis=1)).mean(axis=(0, 2))
    assert seam <= usual.max()
