"""Stereo conversion: agreement of audio, labels and video with each other and the official dataset."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from filelock import FileLock

from conversion.conversion_making import (
    SIZE,
    Still,
    files,
    foa,
    number_of,
    picture,
    rows,
    write_360,
    write_recording,
)
from media.making import Video, make_media
from paths import SHARED, needs_shared, vector
from seldkit.annotations import Annotations
from seldkit.conversion import ConversionSettings, SourceRecording, convert, open_source
from seldkit.conversion.clip_conversion import ClipGroup, ClipSettings, ClipTask
from seldkit.conversion.sampling import Cut
from seldkit.conversion.stereo_audio import read_foa_blocks
from seldkit.conversion.view_labels import labels_for_view, read_labels, truncate_labels
from seldkit.datasets import open_dataset
from seldkit.errors import DatasetError, SeldkitError
from seldkit.formats import read_annotations
from seldkit.geometry import Camera, azimuth_to_pixel
from seldkit.media import iter_frames, probe, read_audio, write_audio
from seldkit.media.equirectangular import direction_to_frame_pixel, frame_pixel_to_direction

NAME = "dev-train-tau/fold3_room4_mix001"
SMALL = Camera(128, 72, 100.0)


def recording(root: Path, name: str = NAME, frames: int = 70, video: bool = True) -> SourceRecording:
    """A recording that `write_recording` wrote."""
    movie = root / "video_dev" / f"{name}.mp4" if video else None
    return SourceRecording(
        name, root / "foa_dev" / f"{name}.wav", movie, root / "metadata_dev" / f"{name}.csv", frames
    )


def cut_one(root: Path, output: Path, cut: Cut, **settings: object) -> str:
    """Convert one cut of the recording; its files' name."""
    video = bool(settings.get("video", True))
    chosen = ClipSettings(**{"camera": SMALL, **settings})  # type: ignore[arg-type]
    ClipTask(output, chosen)(ClipGroup(recording(root, video=video), (cut,)))
    return f"{NAME}_deg{cut.view:03d}_start{cut.start:04d}"


def side(sound: np.ndarray) -> float:
    """sin(azimuth) · cos(elevation), by the level ratio."""
    left, right = sound.astype(float)
    return float((left - right) @ (left + right) / ((left + right) @ (left + right)))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three recordings with pictures, one of them too loud from most sides, in centimetres."""
    root = tmp_path_factory.mktemp("source")
    write_recording(root, NAME, [Still(20, 5), Still(-130, -10, class_id=8)], 7.0)
    write_recording(root, "dev-test-sony/fold4_room23_mix002", [Still(85, 30, onset=12, offset=40)], 6.3)
    write_recording(root, "dev-train-tau/fold3_room9_mix003", [Still(90)], 5.4, level=0.13)
    return root


# Labels


def test_labels_of_all_directions_equal_the_official_ones() -> None:
    view, azimuth, elevation, folded, onscreen, *_ = np.load(vector("stereo/labels.npz"))["rows"].T.astype(
        int
    )
    camera = ClipSettings().camera
    for degrees in np.unique(view)[:40]:
        here = view == degrees
        count = int(here.sum())
        zeros = np.zeros(count, int)
        labels = Annotations(
            np.arange(count), zeros, zeros, azimuth[here], np.ones(count), count, elevation=elevation[here]
        )
        seen = labels_for_view(labels, 0, count, int(degrees), camera, "dcase2025")
        assert np.array_equal(seen.azimuth, folded[here])
        assert np.array_equal(seen.onscreen, onscreen[here] == 1)  # type: ignore[arg-type]
        assert seen.elevation is None


def test_a_cut_has_its_frames_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("3,1,7,10,0,100\n4,2,1,-170,0,200\n4,1,7,10,0,100\n9,1,7,10,0,100\n")
    seen = labels_for_view(read_labels(path, "cm"), 4, 5, 30, ClipSettings().camera)
    assert list(seen.frame) == [0, 0]
    assert list(seen.class_id) == [2, 1]
    assert list(seen.azimuth) == [-40.0, 40.0]  # −170 + 30 = −140, folded to the front
    assert list(seen.distance) == [2.0, 1.0]
    assert seen.onscreen is not None
    assert list(seen.onscreen) == [False, True]  # what is behind is not in the picture
    assert seen.frame_count == 5


def test_the_official_projection_is_asymmetric() -> None:
    zeros, ones = np.zeros(2, int), np.ones(2)
    labels = Annotations([0, 1], zeros, zeros, [50.5, -50.5], ones, 2, elevation=np.zeros(2))
    camera = ClipSettings().camera
    assert labels_for_view(labels, 0, 2, 0, camera).onscreen.tolist() == [False, False]  # type: ignore[union-attr]
    lopsided = labels_for_view(replace(labels, azimuth=np.array([51.0, -51.0])), 0, 2, 0, camera, "dcase2025")
    assert lopsided.onscreen.tolist() == [True, False]  # type: ignore[union-attr]


def test_repeated_sources_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("0,1,0,10,0,100\n0,1,0,50,0,100\n")  # as in STARSS22 and 23
    assert len(read_labels(path, "cm")) == 2


def test_official_labels_are_truncated_to_integers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("0,1,0,-10.9,5.9,115.9\n")
    labels = truncate_labels(read_labels(path, "cm"))
    assert labels.azimuth[0] == -10.0
    assert labels.elevation is not None
    assert labels.elevation[0] == 5.0
    assert labels.distance[0] == pytest.approx(1.15)
    path.write_text("0,1,0,10,5,1.150\n")
    assert truncate_labels(read_labels(path, "m")).distance[0] == pytest.approx(1.15)


# Audio


@needs_shared
def test_the_audio_equals_the_official_conversion(tmp_path: Path) -> None:
    folder = SHARED / "vectors/stereo"
    metadata = tmp_path / "a.csv"
    metadata.write_text("")
    task = ClipTask(tmp_path, ClipSettings(video=False))
    one = SourceRecording("x/foa", folder / "foa.wav", None, metadata, 50)
    assert task(ClipGroup(one, (Cut(0, 0, 120),))) == ("written",)
    sound = soundfile.read(tmp_path / "stereo_dev/x/foa_deg120_start0000.wav")[0]
    np.testing.assert_allclose(sound, np.load(folder / "stereo120.npz")["stereo"], atol=1e-4)


@pytest.mark.parametrize(("view", "start"), [(0, 0), (75, 13), (200, 20), (359, 7)])
def test_audio_labels_and_video_have_the_same_direction(tmp_path: Path, view: int, start: int) -> None:
    """The level ratio, the label and the pixel of the mark are those of the turned source."""
    for azimuth, elevation in ((15 - view, 10), (-40 - view, -8), (160 - view, 0)):
        root = tmp_path / f"{azimuth}"
        spot = Still((azimuth + 180) % 360 - 180, elevation)
        write_recording(root, NAME, [spot])
        name = cut_one(root, root, Cut(0, start, view), camera=Camera(320, 180))
        turned = azimuth + view
        sound, _ = read_audio(root / "stereo_dev" / f"{name}.wav")
        assert sound.shape == (2, 120000)
        expected = np.sin(np.radians(turned)) * np.cos(np.radians(elevation))
        assert side(sound) == pytest.approx(expected, abs=0.002)
        labels = read_annotations(root / "metadata_dev" / f"{name}.csv")
        assert len(labels) == 50
        folded = turned if abs(turned) <= 90 else np.sign(turned) * 180 - turned
        assert set(labels.azimuth) == {folded}
        column, row = (round(float(at)) for at in direction_to_frame_pixel(spot.azimuth, elevation, SIZE))
        marked = frame_pixel_to_direction(column % SIZE[0], row, SIZE)  # the mark lies on whole pixels
        x, y = azimuth_to_pixel(marked[0] + view, marked[1], Camera(320, 180))
        shown = next(iter_frames(root / "video_dev" / f"{name}.mp4")).image.astype(int)
        green = np.argwhere(shown[..., 1] - shown[..., 0] > 100)
        assert labels.onscreen is not None
        assert labels.onscreen.all() == (len(green) > 0) == np.isfinite(x)
        if len(green):
            assert green.mean(axis=0) == pytest.approx((float(y), float(x)), abs=1.0)


def test_a_segment_is_the_same_with_and_without_seeking(tmp_path: Path) -> None:
    sound = foa([Still(30), Still(-100)], 4.0)
    write_audio(tmp_path / "a.wav", sound, 24000)
    write_audio(tmp_path / "a.flac", sound, 24000)
    stored, _ = read_audio(tmp_path / "a.wav", layout="foa")
    for start, stop in ((0, 40), (7, 31), (39, 40)):
        expected = stored[:, start * 2400 : stop * 2400]
        for name in ("a.wav", "a.flac"):
            found = np.concatenate(list(read_foa_blocks(tmp_path / name, start, stop)), axis=1)
            assert np.array_equal(found, expected), name


def test_audio_of_another_rate_is_resampled(tmp_path: Path) -> None:
    time = np.arange(3 * 48000) / 48000
    tone = 0.1 * np.sin(2 * np.pi * 500 * time)
    write_audio(tmp_path / "a.wav", np.stack([tone] * 4), 48000)
    found = np.concatenate(list(read_foa_blocks(tmp_path / "a.wav", 10, 20)), axis=1)
    assert found.shape == (4, 24000)
    expected = 0.1 * np.sin(2 * np.pi * 500 * (1.0 + np.arange(24000) / 24000))
    np.testing.assert_allclose(found[0], expected, atol=2e-4)


def test_truncated_audio_is_an_error(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", foa([Still(0)], 3.0), 24000)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:200000])
    with pytest.raises(SeldkitError, match=r"a\.wav: expected audio up to 3\.0 s.*truncated"):
        list(read_foa_blocks(tmp_path / "a.wav", 0, 30))


def test_clips_above_full_scale_are_skipped(tmp_path: Path, source: Path) -> None:
    root = source
    loud = recording(root, "dev-train-tau/fold3_room9_mix003", 54)
    task = ClipTask(tmp_path, ClipSettings(camera=SMALL))
    quiet_view, loud_view = Cut(0, 0, 270), Cut(0, 0, 0)  # peaks of 0.6 ahead, twice that on the left
    assert task(ClipGroup(loud, (loud_view, quiet_view))) == ("clipped", "written")
    assert {Path(name).stem[-15:] for name in files(tmp_path)} == {"_deg270_start0000"[-15:]}


# Video


@pytest.mark.parametrize("rate", [Fraction(10), Fraction(30000, 1001), Fraction(24)])
@pytest.mark.parametrize("start", [0, 3, 13, 27])
def test_video_frames_are_those_of_the_official_generator(tmp_path: Path, rate: Fraction, start: int) -> None:
    write_recording(tmp_path, NAME, [Still(170, -60)], 5.0, rate=rate)
    name = cut_one(tmp_path, tmp_path, Cut(0, start, 0), frames=20)
    first = round(start * 0.1 * float(rate))
    path = tmp_path / "video_dev" / f"{name}.mp4"
    shown = [number_of(frame.image) for frame in iter_frames(path, rate=float(rate))]
    assert shown == [(first + number) % 8 for number in range(round(2 * float(rate)))]
    info = probe(path)
    assert info.audio is None
    assert info.video is not None
    assert (info.video.width, info.video.height) == (128, 72)
    assert info.video.fps == pytest.approx(float(rate))


def test_video_with_a_variable_rate_is_converted_by_timestamps(tmp_path: Path) -> None:
    write_recording(tmp_path, NAME, [Still(170, -60)], 5.0, video=False)
    times = np.cumsum(np.random.default_rng(2).uniform(0.04, 0.3, 40)) - 0.04
    path = tmp_path / "video_dev" / f"{NAME}.mp4"
    path.parent.mkdir(parents=True)
    make_media(path, Video([picture(number) for number in range(40)], (times - times[0]).tolist()))
    name = cut_one(tmp_path, tmp_path, Cut(0, 11, 0), frames=20)
    info = probe(path)
    assert info.video is not None
    rate = info.video.fps or 0.0
    first = round(1.1 * rate)
    made = tmp_path / "video_dev" / f"{name}.mp4"
    shown = [number_of(frame.image) for frame in iter_frames(made, rate=rate)]
    due = (first + np.arange(round(2 * rate)) + 0.5) / rate
    assert shown == ((np.searchsorted(times - times[0], due, side="right") - 1) % 8).tolist()


def test_a_segment_is_decoded_from_the_preceding_keyframe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seldkit.conversion import perspective_video

    write_recording(tmp_path, NAME, [Still(0)], 30.0)
    decoded = 0
    real = perspective_video.StreamDecoder.__iter__

    def counted(self: perspective_video.StreamDecoder):  # type: ignore[no-untyped-def]
        nonlocal decoded
        for frame in real(self):
            decoded += 1
            yield frame

    monkeypatch.setattr(perspective_video.StreamDecoder, "__iter__", counted)
    cut_one(tmp_path, tmp_path, Cut(0, 200, 0), frames=10)
    assert decoded < 40  # of 300: from the picture before that stands alone, a dozen at most


def test_a_truncated_video_is_an_error(tmp_path: Path) -> None:
    write_recording(tmp_path, NAME, [Still(0)], 7.0)
    write_360(tmp_path / "video_dev" / f"{NAME}.mp4", 3.0)
    with pytest.raises(SeldkitError, match=r"expected video frames up to 6\.0 s.*truncated"):
        cut_one(tmp_path, tmp_path, Cut(0, 10, 0))
    assert not [name for name in files(tmp_path) if "deg" in name]  # no half of a clip


# Datasets


def test_the_output_is_a_dataset_of_complete_clips(source: Path, tmp_path: Path) -> None:
    found = open_source(source)
    assert [one.frames for one in found.recordings] == [63, 70, 54]
    done = convert(found, tmp_path / "out", 12, ConversionSettings(camera=SMALL, seed=2))
    assert len(set(done.clips)) == 12
    assert done.clipped > 0
    assert not done.failures
    index = open_dataset(tmp_path / "out")
    assert index.kind == "dcase2025-stereo"
    assert sorted(clip.name for clip in index) == sorted(done.clips)
    for clip in index:
        assert clip.audio
        assert clip.video
        assert clip.split == ("test" if "fold4" in clip.name else "train")
        assert index.annotations(clip, 50).frame_count == 50
        assert probe(clip.audio).duration == 5.0


def test_the_same_seed_gives_identical_files_with_one_or_two_workers(source: Path, tmp_path: Path) -> None:
    found = open_source(source)
    chosen = ConversionSettings(camera=SMALL, seed=1)
    for workers in (1, 2):
        convert(found, tmp_path / str(workers), 10, chosen, workers)
    assert files(tmp_path / "1") == files(tmp_path / "2")
    other = convert(found, tmp_path / "3", 10, replace(chosen, seed=2))
    assert not set(other.clips) <= {name[len("stereo_dev/") : -4] for name in files(tmp_path / "1")}


def test_a_conversion_is_continued_and_more_clips_continue_fewer(source: Path, tmp_path: Path) -> None:
    found, chosen = open_source(source), ConversionSettings(camera=SMALL, video=False)
    whole_run = convert(found, tmp_path / "whole", 12, chosen)
    first = convert(found, tmp_path / "parts", 5, chosen)
    assert whole_run.clips[:5] == first.clips
    kept = tmp_path / "parts/stereo_dev" / f"{first.clips[0]}.wav"
    before = kept.stat().st_mtime_ns
    for clip in first.clips[1:3]:  # half of one clip, and all of another, are gone
        (tmp_path / "parts/metadata_dev" / f"{clip}.csv").unlink()
    (tmp_path / "parts/stereo_dev" / f"{first.clips[2]}.wav").unlink()
    left = tmp_path / "parts/stereo_dev/dev-train-tau/.x.wav.4194305.part.wav"
    left.write_bytes(b"what a killed process leaves")
    convert(found, tmp_path / "parts", 12, chosen)
    assert files(tmp_path / "parts") == files(tmp_path / "whole")
    assert kept.stat().st_mtime_ns == before


def test_other_settings_are_rejected(source: Path, tmp_path: Path) -> None:
    found = open_source(source, video=False)
    convert(found, tmp_path, 2, ConversionSettings(video=False))
    for other, message in (
        (ConversionSettings(video=False, seed=3), "seed 3, got seed 0"),
        (ConversionSettings(video=False, seconds=2.0), "seconds 2.0"),
    ):
        with pytest.raises(DatasetError, match=message):
            convert(found, tmp_path, 2, other)
    fewer = replace(found, recordings=found.recordings[:2])
    with pytest.raises(DatasetError, match="other recordings"):
        convert(fewer, tmp_path, 2, ConversionSettings(video=False))
    with (
        FileLock(tmp_path / ".lock"),
        pytest.raises(DatasetError, match="another process is writing"),
    ):
        convert(found, tmp_path, 2, ConversionSettings(video=False))
    (tmp_path / "conversion.json").unlink()
    with pytest.raises(DatasetError, match="an empty folder"):
        convert(found, tmp_path, 2, ConversionSettings(video=False))


def test_duration_field_of_view_and_size(source: Path, tmp_path: Path) -> None:
    chosen = ConversionSettings(1.5, Camera(96, 64, 60.0), seed=2)
    done = convert(open_source(source), tmp_path, 3, chosen)
    for name in done.clips:
        info = probe(tmp_path / "video_dev" / f"{name}.mp4")
        assert info.video is not None
        assert (info.video.width, info.video.height, info.video.frames) == (96, 64, 15)
        assert probe(tmp_path / "stereo_dev" / f"{name}.wav").duration == 1.5
    assert json.loads((tmp_path / "conversion.json").read_text())["camera"]["field_of_view"] == 60.0


def test_metres_and_centimetres_give_the_same_labels(source: Path, tmp_path: Path) -> None:
    for unit, distance in (("m", "{:.3f}"), ("cm", "{:d}")):
        far = Still(20, 5, 155 if unit == "cm" else 1.55)  # type: ignore[arg-type]
        write_recording(tmp_path / unit, NAME, [far], video=False, distance=distance)
        found = open_source(tmp_path / unit, video=False)
        assert {one.unit for one in found.recordings} == {unit}
        convert(found, tmp_path / f"{unit}-out", 3, ConversionSettings(video=False))
    tables = [
        {name: text for name, text in files(tmp_path / f"{unit}-out").items() if name.endswith(".csv")}
        for unit in ("m", "cm")
    ]
    assert tables[0] == tables[1]
    assert b",155," in next(iter(tables[0].values()))


def test_files_with_the_same_name_are_a_source(tmp_path: Path) -> None:
    (tmp_path / "mic").mkdir()
    for folder in (tmp_path, tmp_path / "mic"):
        write_audio(folder / "kitchen.wav", foa([Still(10)], 6.0), 24000)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/kitchen.csv").write_text(rows([Still(10)], 6.0))
    write_360(tmp_path / "kitchen.mp4", 6.0)
    found = open_source(tmp_path)
    assert [one.name for one in found.recordings] == ["dev-train-synth/kitchen"]
    done = convert(found, tmp_path / "out", 2, ConversionSettings(camera=SMALL))
    assert all(name.startswith("dev-train-synth/kitchen_deg") for name in done.clips)


def test_an_unusable_recording_is_reported_and_the_others_are_used(tmp_path: Path) -> None:
    write_recording(tmp_path, NAME, [Still(0)])
    write_recording(tmp_path, "dev-train-tau/fold3_room5_mix002", [Still(0)])
    write_recording(tmp_path, "dev-train-tau/fold3_room6_mix003", [Still(0)], video=False)
    (tmp_path / "metadata_dev/dev-train-tau/fold3_room5_mix002.csv").write_text("no,numbers\n")
    found = open_source(tmp_path)
    assert [one.name for one in found.recordings] == [NAME]
    assert len(found.failures) == 1
    assert "fold3_room5_mix002.csv" in str(found.failures[0])
    assert "1 recording(s) without video skipped" in found.notes[0]
    with pytest.raises(DatasetError, match="expected video for dev-train-tau/fold3_room6_mix003"):
        open_source(tmp_path, official=True)


def test_a_late_failure_is_reported_and_the_others_are_converted(source: Path, tmp_path: Path) -> None:
    write_recording(tmp_path / "in", NAME, [Still(0)])
    write_recording(tmp_path / "in", "dev-train-tau/fold3_room5_mix002", [Still(0)])
    found = open_source(tmp_path / "in")
    sound = tmp_path / "in/foa_dev/dev-train-tau/fold3_room5_mix002.wav"
    sound.write_bytes(sound.read_bytes()[:100000])
    done = convert(found, tmp_path / "out", 8, ConversionSettings(camera=SMALL))
    assert 0 < len(done.clips) < 8
    assert all(name.startswith(NAME) for name in done.clips)
    assert done.failures
    assert all("fold3_room5_mix002.wav" in str(failure) for failure in done.failures)
    clips = {Path(name).stem for name in files(tmp_path / "out") if "_deg" in name}
    assert len(clips) == len(done.clips)  # nothing is left of the others


def test_official_recordings_have_a_video() -> None:
    from seldkit.conversion.source_recordings import _OFFICIAL

    assert not _OFFICIAL.fullmatch("dev-train-sony/fold3_room21_mix012")
    assert not _OFFICIAL.fullmatch("dev-train-sony/fold3_room21_mix001")
    assert not _OFFICIAL.fullmatch("dev-train-synth/fold1_room1_mix001")
    for name in ("sony/fold3_room21_mix013", "sony/fold3_room22_mix004", "tau/fold3_room4_mix001"):
        assert _OFFICIAL.fullmatch(f"dev-train-{name}")
    assert _OFFICIAL.fullmatch("dev-test-tau/fold4_room8_mix001")


def test_too_many_clips_and_only_clipped_ones_are_errors(tmp_path: Path) -> None:
    write_recording(tmp_path, NAME, [Still(0)], 5.0, video=False)
    found = open_source(tmp_path, video=False)
    with pytest.raises(DatasetError, match="expected at most 360 clips"):
        convert(found, tmp_path / "out", 361, ConversionSettings(video=False))
    write_recording(tmp_path, NAME, [Still(0)], 5.0, video=False, level=2.0)
    with pytest.raises(DatasetError, match="lower the level of the recordings"):
        convert(found, tmp_path / "loud", 101, ConversionSettings(video=False))
