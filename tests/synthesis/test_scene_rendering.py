"""Scenes: agreement of labels and audio, reproducibility, and statistics."""

from dataclasses import replace

import numpy as np
import pytest

from seldkit.synthesis import EventPlan, Room, ScenePlan, SoundLibrary, draw_plan, draw_scene, render_scene
from seldkit.synthesis.event_statistics import starss22_statistics
from seldkit.synthesis.procedural.generated_sounds import procedural_library
from seldkit.synthesis.scene_plan import (
    MAX_SIMULTANEOUS_EVENTS,
    MAX_SIMULTANEOUS_OF_CLASS,
    MAX_SOURCE_DISTANCE_M,
    MIN_SOURCE_DISTANCE_M,
    path_from_points,
)
from seldkit.synthesis.scene_rendering import SynthesizedScene, labelled_events, with_labelled_events
from seldkit.synthesis.sound_variation import EQUALIZER_FREQUENCIES_HZ, SoundVariation
from synthesis.sounds import RATE, library

__all__ = ["library"]  # a fixture

FEW = procedural_library(0, sounds_per_class=3)
PLAIN = SoundVariation(
    speed=1.0, equaliser=(0.0,) * len(EQUALIZER_FREQUENCIES_HZ), low_pass=0.0, high_pass=0.0
)
OPEN = Room(size=(30.0, 30.0, 30.0), rt60=0.0, receiver=(15.0, 15.0, 15.0), heading=0.0, seed=0)


def event(azimuth: float, onset: float = 1.0, distance: float = 2.0, **changes: object) -> EventPlan:
    still = EventPlan(
        sound="bell/one-a",
        class_id=11,
        excerpt=(0.0, 0.5),
        repeats=(0.0,),
        variation=PLAIN,
        onset=onset,
        gain_db=0.0,
        path=path_from_points(OPEN.position(azimuth, 0.0, distance)),
        seed=0,
    )
    return replace(still, **changes)


def quiet(*events: EventPlan) -> ScenePlan:
    return ScenePlan(5.0, OPEN, "coincident", tuple(events), (), "white", -100.0, 0.0, seed=0)


def frame_levels(waveform: np.ndarray) -> np.ndarray:
    """Root mean square by channel and 100 ms frame."""
    return np.sqrt(np.square(waveform.reshape(2, -1, RATE // 10)).mean(axis=2))


def test_the_same_seed_gives_the_same_scene(library: SoundLibrary) -> None:
    first, again = draw_scene((3, 7), library), draw_scene((3, 7), library)
    assert np.array_equal(first.waveform, again.waveform)
    assert first.annotations == again.annotations


def test_another_seed_gives_another_room(library: SoundLibrary) -> None:
    assert draw_plan((3, 7), library).room != draw_plan((3, 8), library).room


def test_frames_are_labelled_where_the_event_is_active(library: SoundLibrary) -> None:
    scene = render_scene(quiet(event(30.0, onset=1.0)), library)
    loud = np.flatnonzero(frame_levels(scene.waveform).max(axis=0) > 1e-3)
    assert scene.annotations.frame.tolist() == [10, 11, 12, 13, 14]
    assert set(scene.annotations.frame) <= set(loud)


def test_level_differences_match_the_labelled_azimuth(library: SoundLibrary) -> None:
    for azimuth in (-70.0, -20.0, 0.0, 45.0, 140.0):
        scene = render_scene(quiet(event(azimuth)), library)
        left, right = frame_levels(scene.waveform)[:, scene.annotations.frame]
        panned = np.degrees(np.arcsin((left - right) / (left + right)))
        assert panned == pytest.approx(scene.annotations.azimuth, abs=2.0)


def test_a_source_behind_is_folded_to_the_front(library: SoundLibrary) -> None:
    scene = render_scene(quiet(event(150.0)), library)
    assert scene.annotations.azimuth == pytest.approx(30.0)


def test_twice_the_distance_is_six_decibels_less(library: SoundLibrary) -> None:
    scenes = [render_scene(quiet(event(0.0, distance=distance)), library) for distance in (1.5, 3.0)]
    near, far = (frame_levels(scene.waveform)[0, 12] for scene in scenes)
    assert 20.0 * np.log10(near / far) == pytest.approx(6.0, abs=0.4)
    assert scenes[1].annotations.distance == pytest.approx(3.0)


def test_the_labels_of_a_moving_source_follow_its_level_difference(library: SoundLibrary) -> None:
    steps = np.linspace(-60.0, 60.0, 13)
    path = np.stack([OPEN.position(azimuth, 0.0, 2.0) for azimuth in steps])
    moving = event(
        0.0,
        path=path_from_points(path),
        excerpt=(0.0, 0.5),
        repeats=tuple(np.arange(0.0, 3.0, 0.45).tolist()),
    )
    scene = render_scene(quiet(moving), library)
    rows = scene.annotations
    left, right = frame_levels(scene.waveform)[:, rows.frame]
    panned = np.degrees(np.arcsin((left - right) / (left + right)))
    assert np.all(np.diff(rows.azimuth) > 0)
    assert rows.azimuth[[0, -1]] == pytest.approx([-58.0, 58.0], abs=4.0)
    assert np.median(np.abs(panned - rows.azimuth)) < 3.0


def test_a_long_pause_splits_an_event(library: SoundLibrary) -> None:
    near = render_scene(quiet(event(0.0, repeats=(0.0, 0.8))), library).annotations
    far = render_scene(quiet(event(0.0, repeats=(0.0, 1.5))), library).annotations
    assert np.all(np.diff(near.frame) == 1)
    assert np.diff(far.frame).max() > 9


def test_events_are_cropped_to_the_clip(library: SoundLibrary) -> None:
    scene = render_scene(quiet(event(0.0, onset=-0.3), event(40.0, onset=4.8)), library)
    assert scene.annotations.frame.tolist() == [0, 1, 48, 49]
    assert scene.annotations.frame_count == 50
    assert scene.waveform.shape == (2, 5 * RATE)


def test_sources_of_one_class_have_their_numbers(library: SoundLibrary) -> None:
    scene = render_scene(quiet(event(-40.0), event(40.0)), library)
    assert set(zip(scene.annotations.source, scene.annotations.azimuth.round(), strict=True)) == {
        (0, -40.0),
        (1, 40.0),
    }


def test_interferers_are_audible_and_not_labelled(library: SoundLibrary) -> None:
    interferer = event(20.0, sound="", class_id=-1)
    plan = quiet()
    silent = render_scene(plan, library)
    disturbed = render_scene(replace(plan, interferers=(interferer,)), library)
    assert len(disturbed.annotations) == 0
    assert np.abs(disturbed.waveform).max() > 10.0 * np.abs(silent.waveform).max()


def test_a_mirrored_scene_swaps_channels_and_signs(library: SoundLibrary) -> None:
    scene = render_scene(quiet(event(35.0)), library)
    waveform, annotations = scene.mirrored()
    opposite = render_scene(quiet(event(-35.0)), library)
    assert annotations.azimuth == pytest.approx(-scene.annotations.azimuth)
    assert annotations.frame.tolist() == opposite.annotations.frame.tolist()
    assert annotations.azimuth == pytest.approx(opposite.annotations.azimuth)
    assert frame_levels(waveform)[:, 12] == pytest.approx(frame_levels(opposite.waveform)[:, 12], rel=0.01)


def test_drawn_scenes_stay_within_their_bounds(library: SoundLibrary) -> None:
    azimuths = []
    for seed in range(150):
        plan = draw_plan(seed, library)
        for one in plan.events:
            azimuth, _, distance = plan.room.direction(one.points)
            assert distance.min() >= MIN_SOURCE_DISTANCE_M - 1e-9
            assert distance.max() <= MAX_SOURCE_DISTANCE_M + 1e-9
            assert np.all(one.points > 0)
            assert np.all(one.points < plan.room.size)
            azimuths.append(azimuth[0])
        starts = [one.onset for one in plan.events]
        together = [sum(o.onset <= s < o.onset + o.duration for o in plan.events) for s in starts]
        assert max(together, default=0) <= MAX_SIMULTANEOUS_EVENTS
    assert {int(azimuth // 90) for azimuth in azimuths} == {-2, -1, 0, 1}


def test_samples_never_clip(library: SoundLibrary) -> None:
    loud = event(0.0, gain_db=60.0)
    assert np.abs(render_scene(quiet(loud), library).waveform).max() <= 0.981


def test_longer_scenes_hold_more_events(library: SoundLibrary) -> None:
    scene = draw_scene(2, library, seconds=20.0)
    assert scene.waveform.shape == (2, 20 * RATE)
    assert scene.annotations.frame_count == 200
    short, long = (
        np.mean([len(draw_plan(seed, library, seconds).events) for seed in range(60)])
        for seconds in (5.0, 20.0)
    )
    assert long > 2.0 * short


def test_scenes_have_the_polyphony_of_real_ones() -> None:
    """Over many scenes of the real classes' shares, the sources at once are those of the annotations."""
    at_once: list[int] = []
    for seed in range(500):
        plan = draw_plan(seed, FEW, seconds=5.0, balance=0.0)
        moments = np.arange(0.05, 5.0, 0.5)
        at_once += [sum(e.onset <= m < e.onset + e.duration for e in plan.events) for m in moments]
    real = np.array(starss22_statistics().polyphony)
    shares = np.bincount(at_once, minlength=6)[:6] / len(at_once)
    assert shares == pytest.approx(real, abs=0.14)
    assert np.mean(at_once) == pytest.approx(np.arange(6) @ real, abs=0.2)
    assert shares[0] < 0.9 * np.exp(-np.mean(at_once))  # less silence than by chance


def test_ongoing_events_are_longer_on_average() -> None:
    music, rng = starss22_statistics().for_class("music"), np.random.default_rng(0)
    begun = np.mean([music.draw_duration(rng) for _ in range(300)])
    ongoing = np.mean([music.draw_ongoing_duration(rng) for _ in range(300)])
    assert begun == pytest.approx(music.mean_duration, rel=0.15)
    assert ongoing > 1.2 * begun


def test_at_most_three_events_of_a_class_are_active() -> None:
    most = 0
    for seed in range(150):
        plan = draw_plan(seed, FEW, seconds=20.0, balance=0.0)
        for one in plan.events:
            same = [o for o in plan.events if o.class_id == one.class_id]
            most = max(most, sum(o.onset <= one.onset < o.onset + o.duration for o in same))
    assert most == MAX_SIMULTANEOUS_OF_CLASS


def test_interferers_have_their_mean_number() -> None:
    counts = [len(draw_plan(seed, FEW, seconds=20.0).interferers) for seed in range(200)]
    assert np.mean(counts) == pytest.approx(1.0, abs=0.25)


def labelled_sources(scene: SynthesizedScene) -> list[int]:
    """Number of labelled sources of each class."""
    pairs = set(zip(scene.annotations.class_id.tolist(), scene.annotations.source.tolist(), strict=True))
    return sorted(class_id for class_id, _ in pairs)


def test_a_scene_has_as_many_labelled_sources_as_events() -> None:
    moved = 0
    for seed in range(40):
        scene = draw_scene((9, seed), FEW, seconds=2.0)
        assert labelled_sources(scene) == sorted(event.class_id for event in scene.plan.events)
        moved += sum(event.sound != "" for event in scene.plan.interferers)
    assert moved > 0


def test_an_event_outside_the_scene_becomes_an_interferer(library: SoundLibrary) -> None:
    plan = quiet(event(0.0), event(30.0, onset=4.99), event(60.0, onset=2.0))
    assert labelled_events(plan, library) == (0, 2)
    changed = with_labelled_events(plan, (0, 2))
    assert (changed.events, changed.interferers) == ((plan.events[0], plan.events[2]), (plan.events[1],))
    scene = render_scene(changed, library)
    assert labelled_sources(scene) == [11, 11]
    np.testing.assert_allclose(scene.waveform, render_scene(plan, library).waveform, atol=1e-6)
