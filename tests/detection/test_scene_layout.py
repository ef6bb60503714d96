"""A scene keeps the channel layout of its recording; what is made of it needs no option."""

from pathlib import Path

import numpy as np
import pytest

from detection.test_detector import RATE, model
from media.making import Sound, make_media
from seldkit import Detector
from seldkit.annotations import Annotations
from seldkit.channels import FOA, MIC, MONO, STEREO
from seldkit.classes import STARSS23
from seldkit.detection import Scene
from seldkit.errors import MediaError
from seldkit.media import AudioReader, iter_frames, read_audio


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(model(), device="cpu")


@pytest.fixture
def recordings(tmp_path: Path) -> tuple[Path, Path, Path]:
    """The same sound field as first-order ambisonics, as stereo, and as stereo of half the level.

    There are no rounding differences. All files have the same name, because plots and reports show it.
    Renderings and auralizations have half the level of `foa_to_stereo`.
    """
    rng = np.random.default_rng(0)
    w, y, z, x = np.rint(2000 * rng.normal(size=(4, 3 * RATE))) * 2
    foa, stereo = np.stack([w, y, z, x]) / 32768, np.stack([w + y, w - y]) / 32768
    paths = tmp_path / "foa" / "clip.wav", tmp_path / "stereo" / "clip.wav", tmp_path / "half" / "clip.wav"
    layouts = (None, "stereo", "stereo")
    for path, waveform, layout in zip(paths, (foa, stereo, stereo / 2), layouts, strict=True):
        path.parent.mkdir()
        make_media(path, Sound(waveform.astype(np.float32), RATE, "pcm_f32le", layout))
    return paths


def test_outputs_equal_those_of_the_audio_converted_to_stereo(
    detector: Detector, recordings: tuple[Path, Path, Path]
) -> None:
    foa, stereo, half = recordings
    scene = detector.detect(foa, layout="ambix")
    assert scene.recording.layout == FOA
    for one in (scene, *(Scene(scene.annotations, scene.events, path) for path in (stereo, half))):
        folder = one.source.parent
        one.auralize(folder / "mix.wav")
        one.auralize(folder / "solo.wav", manner="sound", solo=[1])
        one.render(folder / "video.mkv", field_of_view=90.0)
        one.plot(folder / "plot.png")
        one.report(folder / "report.html", embed=False)
    for path, names in ((stereo, ("plot.png", "report.html")), (half, ("mix.wav", "solo.wav"))):
        for name in names:
            assert (foa.parent / name).read_bytes() == path.with_name(name).read_bytes(), name
    videos = [path.with_name("video.mkv") for path in (foa, half)]
    for frame, expected in zip(*map(iter_frames, videos), strict=True):
        np.testing.assert_array_equal(frame.image, expected.image)
    audio = [read_audio(video)[0][:, : 2 * RATE].ravel() for video in videos]
    assert np.corrcoef(audio)[0, 1] > 0.9  # the first is encoded as AAC


def test_foa_is_an_alias_of_the_layout(detector: Detector, recordings: tuple[Path, Path, Path]) -> None:
    foa = recordings[0]
    first, second = detector.detect(foa, layout="ambix"), detector.detect(foa, foa=True)
    assert first.recording == second.recording
    np.testing.assert_array_equal(first.annotations.azimuth, second.annotations.azimuth)


def test_foa_of_a_scene_is_deprecated(
    detector: Detector, recordings: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    scene = detector.detect(recordings[0], layout="ambix")
    before = scene.auralize(tmp_path / "a.wav").path.read_bytes()
    for foa in (True, False):
        with pytest.warns(DeprecationWarning, match="the scene has the channel layout"):
            assert scene.auralize(tmp_path / "b.wav", foa=foa).path.read_bytes() == before


def test_the_layout_of_a_file_is_kept(detector: Detector, tmp_path: Path) -> None:
    for channels, name, layout in ((1, "mono", MONO), (2, "stereo", STEREO)):
        noise = 0.1 * np.random.default_rng(0).normal(size=(channels, RATE)).astype(np.float32)
        make_media(tmp_path / f"{name}.wav", Sound(noise, RATE, "pcm_s16le", name))
        assert detector.detect(tmp_path / f"{name}.wav").recording.layout == layout


def test_a_scene_without_a_file_is_stereo() -> None:
    assert Scene(Annotations.empty(10, STARSS23), ()).recording.layout == STEREO


def test_a_microphone_array_is_decoded_by_left_and_right_and_is_not_ambisonics(
    recordings: tuple[Path, Path, Path],
) -> None:
    path = recordings[0]
    channels, _ = read_audio(path, layout=MIC)
    with AudioReader(path, RATE, recorded_as="mic") as reader:
        stereo = np.concatenate(list(reader), axis=1)
    expected = [channels[[0, 2]].mean(axis=0), channels[[1, 3]].mean(axis=0)]
    np.testing.assert_allclose(stereo, expected, atol=1e-6)
    with (
        pytest.raises(MediaError, match=r"is a tetrahedral microphone array .*expected first-order"),
        AudioReader(path, RATE, "foa", recorded_as="mic") as reader,
    ):
        next(iter(reader))
