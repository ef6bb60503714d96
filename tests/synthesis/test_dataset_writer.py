"""Synthetic datasets: identical files for a seed, whatever the processes and interruptions."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from seldkit.errors import SeldkitError
from seldkit.formats import read_annotations
from seldkit.geometry import Camera
from seldkit.media import iter_frames, read_audio
from seldkit.synthesis.dataset_writer import (
    SynthesisSettings,
    render_description,
    synthesize,
    synthesized_clip,
)
from seldkit.synthesis.scene_description import SceneDescription, read_description

SMALL = SynthesisSettings(seconds=2.0, camera=Camera(128, 72), rate=10.0, frame_size=(192, 96))
SOUND_ONLY = replace(SMALL, video=False)


def digests(folder: Path) -> dict[str, str]:
    """Every file's name and content, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthesis") / "set"
    done = synthesize(SMALL, folder, 4)
    assert (done.kept, done.made, done.failures) == (0, 4, ())
    return folder


def test_each_clip_has_audio_video_labels_and_a_description(written: Path) -> None:
    names = {Path(name).parent.as_posix() for name in digests(written)}
    side = "dev-train-synth"
    assert names == {f"stereo_dev/{side}", f"video_dev/{side}", f"metadata_dev/{side}", "scenes", "."}
    clip = synthesized_clip(SMALL, written, 0)
    assert clip.stem == "fold1_room1_mix001_deg000_start0000"
    waveform, _ = read_audio(clip.audio, 24000)
    assert waveform.shape == (2, 48000)
    pictures = [frame.image for frame in iter_frames(clip.video, 10.0)]
    assert len(pictures) == 20
    assert pictures[0].shape == (72, 128, 3)


def test_the_sides_share_no_sound_image_or_room(tmp_path: Path) -> None:
    sides: dict[str, list[SceneDescription]] = {}
    for side in ("train", "test"):
        settings = replace(SMALL, split=side)
        synthesize(settings, tmp_path / side, 3)
        clips = [synthesized_clip(settings, tmp_path / side, number) for number in range(3)]
        assert all(f"dev-{side}-synth" in str(clip.audio) and clip.is_complete(True) for clip in clips)
        sides[side] = [read_description(clip.scene) for clip in clips]
    for what in (
        lambda scene: {event.sound for event in scene.plan.events},
        lambda scene: {scene.plan.room.size},
        lambda scene: {str(board) for board in scene.images.billboards},
    ):
        of_train, of_test = (set().union(*map(what, sides[side])) for side in ("train", "test"))
        assert of_train
        assert of_train.isdisjoint(of_test)
    again = render_description(clips[0].scene, SMALL, tmp_path / "again")
    assert (
        digests(tmp_path / "again")[again.video.relative_to(tmp_path / "again").as_posix()]
        == (digests(tmp_path / "test")[clips[0].video.relative_to(tmp_path / "test").as_posix()])
    )


def test_labels_are_those_of_the_description(written: Path) -> None:
    rows = 0
    for number in range(4):
        clip = synthesized_clip(SMALL, written, number)
        plan = read_description(clip.scene).plan
        labels = read_annotations(clip.labels, frames=20)
        assert set(labels.class_id) <= {event.class_id for event in plan.events}
        for event in plan.events:
            mine = labels.take(np.flatnonzero(labels.class_id == event.class_id))
            if (
                len(event.path) > 1
                or len(mine) == 0
                or [e.class_id for e in plan.events].count(event.class_id) > 1
            ):
                continue
            azimuth, _elevation, distance = (value[0] for value in plan.room.direction(event.points))
            side = np.degrees(np.arcsin(np.sin(np.radians(azimuth))))
            assert mine.azimuth == pytest.approx(side, abs=0.51)
            assert mine.distance == pytest.approx(distance, abs=0.0051)
            rows += len(mine)
    assert rows > 0


def test_two_processes_write_the_same_bits(written: Path, tmp_path: Path) -> None:
    synthesize(SMALL, tmp_path, 4, workers=2)
    assert digests(tmp_path) == digests(written)


def test_more_clips_continue_fewer(written: Path, tmp_path: Path) -> None:
    synthesize(SMALL, tmp_path, 2)
    done = synthesize(SMALL, tmp_path, 4)
    assert (done.kept, done.made) == (2, 2)
    assert digests(tmp_path) == digests(written)


def test_a_description_renders_to_the_same_bits(written: Path, tmp_path: Path) -> None:
    for number in range(2):
        source = synthesized_clip(SMALL, written, number)
        again = render_description(source.scene, SynthesisSettings(seed=5), tmp_path)
        for first, second in zip(
            (source.audio, source.video, source.labels, source.scene),
            (again.audio, again.video, again.labels, again.scene),
            strict=True,
        ):
            assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_a_run_killed_at_random_times_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    synthesize(SOUND_ONLY, whole, 12)
    code = (
        "from pathlib import Path; "
        "from seldkit.synthesis.dataset_writer import SynthesisSettings, synthesize; "
        f"synthesize(SynthesisSettings(seconds=2.0, video=False, camera=None), Path({str(killed)!r}), 12)"
    ).replace("camera=None", "camera=Camera(128, 72), rate=10.0, frame_size=(192, 96)")
    code = "from seldkit.geometry import Camera; " + code
    rng = np.random.default_rng(0)
    for _ in range(3):
        before = len(list(killed.rglob("*.csv")))
        process = subprocess.Popen([sys.executable, "-c", code])
        limit = time.monotonic() + 60
        while len(list(killed.rglob("*.csv"))) < min(11, before + int(rng.integers(1, 4))):
            assert time.monotonic() < limit
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    synthesize(SOUND_ONLY, killed, 12)
    assert digests(killed) == digests(whole)


def test_a_folder_has_one_seed(written: Path) -> None:
    with pytest.raises(SeldkitError, match="expected seed 7, got seed 0"):
        synthesize(replace(SMALL, seed=7), written, 1)


def test_foa_clips_have_four_channels_and_labels_in_all_directions(tmp_path: Path) -> None:
    settings = replace(SMALL, layout="foa", seconds=4.0)
    synthesize(settings, tmp_path, 6)
    azimuths = []
    for number in range(6):
        clip = synthesized_clip(settings, tmp_path, number)
        assert clip.audio.parent.parent.name == "foa_dev"
        assert read_audio(clip.audio, 24000, layout="foa")[0].shape == (4, 96000)
        azimuths += read_annotations(clip.labels, "dcase2024", 40).azimuth.tolist()
    assert max(map(abs, azimuths), default=91) > 90
    assert next(iter(iter_frames(clip.video, 10.0))).image.shape == (96, 192, 3)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "expected a scene description in JSON"),
        ("[]", "expected a scene description, got a list"),
        ('{"format_version": 9}', "expected format_version 1, got 9"),
        ('{"format_version": 1, "plan": {"seconds": "long"}}', "scene.json: "),
        ("\x00\x01", "expected a scene description in JSON"),
    ],
)
def test_a_damaged_description_is_reported_in_one_line(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "scene.json"
    path.write_text(content)
    with pytest.raises(SeldkitError, match=problem) as error:
        read_description(path)
    assert "\n" not in str(error.value)


def test_descriptions_keep_the_keys_of_earlier_versions(written: Path) -> None:
    content = json.loads(synthesized_clip(SMALL, written, 0).scene.read_text())
    assert list(content) == ["format_version", "plan", "pictures", "seed", "size", "rate", "split"]
    scenes = [_scene(path) for path in (written / "scenes").iterdir()]
    events = [event for scene in scenes for event in scene["plan"]["events"]]
    assert list(events[0]) == [
        *("sound", "class_id", "piece", "repeats", "colour", "onset", "gain_db", "path", "seed")
    ]
    boards = [board for scene in scenes for board in scene["pictures"]["boards"]]
    assert list(boards[0]) == [
        *("picture", "height", "anchor", "points", "start", "end", "mirrored", "brightness", "source")
    ]


def _scene(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def test_sounds_of_opposite_polarity_are_in_every_scene_that_lists_them(tmp_path: Path) -> None:
    (tmp_path / "sounds" / "bell").mkdir(parents=True)
    sound = 0.2 * np.random.default_rng(0).standard_normal(36000)
    soundfile.write(tmp_path / "sounds" / "bell" / "a.wav", np.stack([sound, -sound], axis=1), 24000)
    settings = replace(SMALL, sounds=tmp_path / "sounds")
    synthesize(settings, tmp_path / "set", 8)
    listed = 0
    for number in range(8):
        clip = synthesized_clip(settings, tmp_path / "set", number)
        labels, description = read_annotations(clip.labels), read_description(clip.scene)
        listed += len(description.plan.events)
        assert len(set(labels.source.tolist())) == len(description.plan.events)
        assert description.images is not None
        shown = {billboard.source for billboard in description.images.billboards}
        assert shown <= {-1, *range(len(description.plan.events))}
    assert listed > 0


def test_a_silent_sound_is_a_failure_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "sounds" / "bell").mkdir(parents=True)
    soundfile.write(tmp_path / "sounds" / "bell" / "a.wav", np.zeros(24000), 24000)
    done = synthesize(replace(SOUND_ONLY, sounds=tmp_path / "sounds", seed=1), tmp_path / "set", 4)
    assert done.failures
    assert all("a.wav: expected a sound, got silence" in str(problem) for problem in done.failures)
