import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datasets.making import HEADER, RATE, Event, foa_set, stereo_set, write_stereo_clip
from seldkit.datasets import open_dataset
from seldkit.datasets.validation import DatasetReport, validate_dataset
from seldkit.datasets.validation.audio_statistics import measure_file
from seldkit.datasets.validation.clip_statistics import SideAgreement
from seldkit.datasets.validation.label_statistics import _histogram
from seldkit.datasets.validation.report_figure import plot_report
from seldkit.media import read_audio, write_audio, write_video


def report(root: Path, **options: object) -> DatasetReport:
    return validate_dataset(open_dataset(root), **options)  # type: ignore[arg-type]


def sound_of(root: Path, word: str) -> Path:
    return next((root / "stereo_dev").rglob(f"*{word}*.wav"))


def labels_of(root: Path, word: str) -> Path:
    return next((root / "metadata_dev").rglob(f"*{word}*.csv"))


def exchange(path: Path) -> None:
    """Exchanges left and right."""
    sound, _ = read_audio(path, RATE)
    write_audio(path, sound[::-1], RATE)


def test_report_counts_the_contents_of_a_valid_stereo_dataset(tmp_path: Path) -> None:
    found = report(stereo_set(tmp_path, 9, video=True))
    assert found.findings == {}
    assert (found.clips, found.sounds, found.videos, found.labelled) == (9, 9, 9, 9)
    assert found.hours == pytest.approx(9 / 3600)
    assert {name: (share.clips, share.rooms) for name, share in found.splits.items()} == {
        "test": (3, 1),
        "train": (6, 1),
    }
    labels = found.labels
    assert labels.frames == 90
    assert labels.sources_at_once == (0, 90)
    assert sum(count.frames for count in labels.classes.values()) == 90
    assert sum(count.events for count in labels.classes.values()) == 18
    assert labels.classes["male speech"].clips == 2
    assert labels.azimuth is not None
    assert (labels.azimuth.start, labels.azimuth.counts) == (-60.0, (45, *[0] * 8, 45))
    assert labels.distance is not None
    assert (labels.distance.start, labels.distance.counts) == (1.5, (45, 45))
    assert (labels.elevation, labels.onscreen) == (None, 0.0)


def test_report_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    stereo_set(tmp_path, 40)
    assert report(tmp_path, workers=2) == report(tmp_path)


def break_partner(root: Path) -> None:
    labels_of(root, "mix001").unlink()
    sound_of(root, "mix002").unlink()
    next((root / "video_dev").rglob("*mix004*")).unlink()


def break_place(root: Path) -> None:
    path = labels_of(root, "mix000")
    path.rename(root / "metadata_dev/dev-train-tau" / path.name)


def break_rows(root: Path) -> None:
    labels_of(root, "mix001").write_text(HEADER + "0,0,0,200,100,0\n1,0,0,20,100,0\n")
    labels_of(root, "mix002").write_text(HEADER + "0,0,0,170,100,0\n")
    labels_of(root, "mix004").write_text(HEADER + "0,44,0,20,100,0\n")


def break_units(root: Path) -> None:
    for path in (root / "metadata_dev").rglob("*.csv"):
        path.write_text(path.read_text().replace(",150,", ",1,").replace(",250,", ",2,"))


def break_lengths(root: Path) -> None:
    write_audio(sound_of(root, "mix001"), read_audio(sound_of(root, "mix001"))[0][:, :20000], RATE)
    write_audio(sound_of(root, "mix002"), read_audio(sound_of(root, "mix002"), 48000)[0], 48000)
    pictures = [np.zeros((36, 64, 3), np.uint8)] * 30
    write_video(next((root / "video_dev").rglob("*mix004*")), pictures, fps=10)


def break_sound(root: Path) -> None:
    write_audio(sound_of(root, "mix001"), np.zeros((2, RATE), np.float32), RATE)
    write_audio(sound_of(root, "mix002"), 40 * read_audio(sound_of(root, "mix002"))[0], RATE)
    write_audio(sound_of(root, "mix004"), np.tile(read_audio(sound_of(root, "mix004"))[0][:1], (2, 1)), RATE)
    write_audio(sound_of(root, "mix005"), read_audio(sound_of(root, "mix005"))[0][:1], RATE)
    sound_of(root, "mix007").write_bytes(b"RIFF")


def break_pairs(root: Path) -> None:
    first, second = (read_audio(sound_of(root, name))[0] for name in ("mix001", "mix002"))
    write_audio(sound_of(root, "mix001"), first * np.array([[1.0], [0.0]], np.float32), RATE)
    write_audio(sound_of(root, "mix002"), np.stack([second[0], -second[0]]), RATE)


def break_sides(root: Path) -> None:
    exchange(sound_of(root, "mix001"))


def break_splits(root: Path) -> None:
    events = [Event(0, 5, 1, 30), Event(5, 5, 2, -30)]
    write_stereo_clip(root, "dev-train-tau/fold3_room2_mix000_deg180_start0000", events, video=True, seed=99)
    copy = root / "stereo_dev/dev-train-tau/fold3_room4_mix098_deg000_start0000.wav"
    write_stereo_clip(root, "dev-train-tau/fold3_room4_mix098_deg000_start0000", events, video=True)
    copy.write_bytes(sound_of(root, "mix003").read_bytes())
    for suffix, folder in ((".csv", "metadata_dev"),):
        source = next((root / folder).rglob(f"*mix003*{suffix}"))
        (root / folder / f"dev-train-tau/{copy.stem}{suffix}").write_bytes(source.read_bytes())


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (
            break_partner,
            {
                "missing or misplaced files": [
                    "expected labels with the same name",
                    "expected audio with the same name",
                    "expected a video with the same name",
                ]
            },
        ),
        (break_place, {"missing or misplaced files": ["expected in the subfolder of its audio"]}),
        (
            break_rows,
            {
                "labels": [
                    "got '200'",
                    "expected class numbers 0 to 12, found others in 1 row(s)",
                    "expected azimuths within ±90°, found others in 1 row(s)",
                ]
            },
        ),
        (break_units, {"labels": ["expected a median distance of 0.2 to 50 m, found 0.015 m"]}),
        (
            break_lengths,
            {
                "lengths": [
                    "expected 1 s, as other clips, found 0.83 s",
                    "expected a sample rate of 24000 Hz, as other clips, found 48000 Hz",
                    "expected 1.00 s, as its audio, found 3.00 s",
                    "expected labels up to frame 8, the end of the audio, found frame 9",
                ]
            },
        ),
        (
            break_pairs,
            {
                "audio": [
                    "found that the right channel is digital silence",
                    "found that the channels have opposite polarity (correlation -1.00)",
                ]
            },
        ),
        (
            break_sound,
            {
                "audio": ["found silence", "% of samples at full scale", "found identical ones"],
                "unreadable files": ["expected 2 channels (stereo), got 1", "mix007"],
            },
        ),
        (break_sides, {"left and right": ["mix001"]}),
        (
            break_splits,
            {
                "leakage between splits": [
                    "room 2, mix 0: expected clips in one split, found them in test and train",
                    "room 2: expected clips in one split, found them in test and train",
                    "found the same audio in",
                ]
            },
        ),
    ],
)
def test_exactly_the_existing_problems_are_reported(
    damage: Callable[[Path], None], expected: dict[str, list[str]], tmp_path: Path
) -> None:
    stereo_set(tmp_path, 12, video=True)
    damage(tmp_path)
    findings = report(tmp_path).findings
    assert set(findings) == set(expected)
    for kind, words in expected.items():
        assert len(findings[kind]) == len(words), findings[kind]
        for word in words:
            assert word in "\n".join(findings[kind])


def test_every_clip_with_exchanged_channels_is_reported(tmp_path: Path) -> None:
    stereo_set(tmp_path, 12)
    for word in ("mix001", "mix005", "mix010"):
        exchange(sound_of(tmp_path, word))
    lines = report(tmp_path).findings["left and right"]
    assert [line.split("_mix")[1][:3] for line in lines] == ["001", "005", "010"]


def test_azimuths_positive_to_the_right_are_one_problem_per_folder(tmp_path: Path) -> None:
    stereo_set(tmp_path, 30)
    for path in (tmp_path / "stereo_dev").rglob("*.wav"):
        exchange(path)
    lines = report(tmp_path).findings["left and right"]
    assert len(lines) == 2
    assert "dev-test-tau: expected audio from the labelled side" in lines[0]
    assert "found the opposite side in 10 of 10 clips" in lines[0]


def test_foa_clip_with_exchanged_sides_is_reported(tmp_path: Path) -> None:
    foa_set(tmp_path, "starss23", 6)
    path = next((tmp_path / "foa_dev").rglob("*mix001*"))
    sound, _ = read_audio(path, RATE, "foa")
    write_audio(path, sound * np.array([[1], [-1], [1], [1]], np.float32), RATE)
    (line,) = report(tmp_path).findings["left and right"]
    assert str(path) in line


def test_one_sided_clips_of_a_recording_are_combined(tmp_path: Path) -> None:
    stereo_set(tmp_path, 12)
    for start, azimuth in ((0, 50), (10, -50)):
        name = f"dev-train-tau/fold3_room4_mix077_deg000_start{start:04}"
        write_stereo_clip(tmp_path, name, [Event(0, 10, 1, azimuth)], seed=start)
        exchange(tmp_path / f"stereo_dev/{name}.wav")
    (line,) = report(tmp_path).findings["left and right"]
    assert "the 2 clips of room 4, mix 77" in line


def test_loud_unlabelled_source_is_not_reported(tmp_path: Path) -> None:
    stereo_set(tmp_path, 9)
    name = "dev-train-tau/fold3_room4_mix050_deg000_start0000"
    write_stereo_clip(tmp_path, name, [Event(0, 10, 1, -50)])
    (tmp_path / f"metadata_dev/{name}.csv").write_text(
        HEADER + "".join(f"{frame},1,0,50,100,0\n" for frame in range(10))
    )
    assert report(tmp_path).findings == {}


@pytest.mark.parametrize(
    ("values", "start", "counts"),
    [
        ([-180, -175, 175, 180], -180, (2, *[0] * 34, 2)),
        ([90.0], 90, (1,)),
        ([np.nan, 5, 15, 20], 0, (1, 2)),
        ([-0.5, 0.0], -10, (2,)),
    ],
)
def test_last_histogram_bin_includes_its_upper_edge(
    values: list[float], start: float, counts: tuple[int, ...]
) -> None:
    histogram = _histogram(np.array(values, np.float64), 10.0, "degrees")
    assert histogram is not None
    assert (histogram.start, histogram.counts) == (start, counts)


def test_side_agreements_can_be_added() -> None:
    one, other = SideAgreement(3, 4, 1.0, 2.0, 5.0), SideAgreement(1, 0, -0.5, 0.5, 1.0)
    assert one + other == SideAgreement(4, 4, 0.5, 2.5, 6.0)
    assert (one.frames, one.agreement, one.slope) == (7, 0.5, 0.2)
    assert (SideAgreement().agreement, SideAgreement().slope) == (0.0, 0.0)


@pytest.mark.parametrize("azimuth", [-90, -40, 0, 30, 75])
def test_lateral_position_of_coincident_stereo_is_the_sine_of_the_azimuth(
    azimuth: int, tmp_path: Path
) -> None:
    write_stereo_clip(tmp_path, "dev-train-tau/a", [Event(0, 10, 0, azimuth)])
    statistics = measure_file(next(tmp_path.rglob("*.wav")), "stereo")
    np.testing.assert_allclose(statistics.side, np.sin(np.radians(azimuth)), atol=0.025)
    assert len(statistics.side) == len(statistics.level) == 10


def test_statistics_do_not_depend_on_the_block_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_stereo_clip(tmp_path, "dev-train-tau/a", [Event(0, 20, 0, 30)], seconds=2.05)
    path = next(tmp_path.rglob("*.wav"))
    whole = measure_file(path, "stereo")
    monkeypatch.setattr("seldkit.datasets.validation.audio_statistics._BLOCK_SECONDS", 0.33)
    cut = measure_file(path, "stereo")
    assert len(whole.level) == 21
    assert (cut.content, cut.seconds, cut.peak) == (whole.content, whole.seconds, whole.peak)
    np.testing.assert_allclose(cut.level, whole.level, rtol=1e-12)
    np.testing.assert_allclose(cut.side, whole.side, rtol=1e-12)


def test_recordings_of_starss23_without_video_are_not_reported(tmp_path: Path) -> None:
    foa_set(tmp_path, "starss23", 2)
    for name in (
        "foa_dev/dev-train-sony/fold3_room21_mix003.wav",
        "metadata_dev/dev-train-sony/fold3_room21_mix003.csv",
    ):
        source = next((tmp_path / name.split("/")[0]).rglob(f"*mix001{Path(name).suffix}"))
        (tmp_path / name).write_bytes(source.read_bytes())
    pictures = [np.zeros((32, 64, 3), np.uint8)] * 20
    for split, name in (("test", "fold4_room2_mix000"), ("train", "fold3_room4_mix001")):
        path = tmp_path / f"video_dev/dev-{split}-sony/{name}.mp4"
        path.parent.mkdir(parents=True)
        write_video(path, pictures, fps=10)
    assert set(report(tmp_path).findings) == {"leakage between splits"}  # the copied audio


def test_report_can_be_written_as_json_and_plotted(tmp_path: Path) -> None:
    import dataclasses

    stereo_set(tmp_path / "set", 3)
    found = report(tmp_path / "set")
    assert json.dumps(dataclasses.asdict(found), default=str)
    path = plot_report(found, tmp_path / "new/report.png")
    assert path.read_bytes().startswith(b"\x89PNG")
