"""detect and listen use the declared or stated channel layout."""

import json

import numpy as np
import pytest

from bad_input.models import good_model
from cli.commands import Command
from media.making import Sound, make_media
from media.spatial import as_fuma, make_amb, make_sa3d, plane_wave

FOA = plane_wave(40.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return good_model(tmp_path_factory.mktemp("model"))


def events(command: Command, *options: object) -> tuple[list[float], str]:
    result = command("detect", *options, "--output", "-", "--threshold", 0.01)
    assert result.status == 0, result.err
    return [json.loads(line)["azimuth"] for line in result.out.splitlines()], result.err


def test_declared_and_stated_layouts_give_the_events_of_stereo(command: Command, model, tmp_path) -> None:
    files = {
        "stereo": (Sound(np.stack([FOA[0] + FOA[1], FOA[0] - FOA[1]]) / 2, codec="pcm_f32le"), []),
        "ambix": (Sound(FOA / 2, codec="pcm_f32le"), ["--layout", "ambix"]),
        "alias": (Sound(FOA / 2, codec="pcm_f32le"), ["--foa"]),
        "fuma": (Sound(as_fuma(FOA / 2), codec="pcm_f32le"), ["--layout", "fuma"]),
    }
    azimuths = {}
    for name, (sound, options) in files.items():
        make_media(tmp_path / f"{name}.wav", sound)
        azimuths[name], _ = events(command, tmp_path / f"{name}.wav", "--model", model, *options)
    make_amb(tmp_path / "declared.amb", as_fuma(FOA / 2), floats=True)
    azimuths["declared"], _ = events(command, tmp_path / "declared.amb", "--model", model)
    expected = azimuths.pop("stereo")
    assert expected
    for name, found in azimuths.items():
        assert found == pytest.approx(expected, abs=1.0), name


def test_detect_prints_the_declaration_and_the_option(command: Command, model, tmp_path) -> None:
    make_sa3d(tmp_path / "declared.mp4", FOA)
    make_media(tmp_path / "undeclared.wav", Sound(FOA, codec="pcm_f32le"))
    result = command("detect", tmp_path / "declared.mp4", tmp_path / "undeclared.wav", "--model", model)
    assert "note: the file declares first-order ambisonics" in result.out
    assert "if it is ambisonic, state it with --layout ambix" in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layout", "quad"], "expected one of ambix, fuma, stereo, a-format, got 'quad'"),
        (["--layout", "fuma", "--foa"], "--foa is --layout ambix; it contradicts --layout fuma"),
    ],
)
@pytest.mark.parametrize("name", ["detect", "listen"])
def test_wrong_options(command: Command, name, options, message) -> None:
    result = command(name, "clip.wav", *options)
    assert result.status == 2
    assert message in " ".join(result.err.replace("│", " ").split())


def test_listen_decodes_the_stated_layout(command: Command, model, tmp_path) -> None:
    raw = tmp_path / "clip.raw"
    raw.write_bytes(np.rint(as_fuma(FOA / 2).T * 32767).astype("<i2").tobytes())
    result = command(
        "listen", raw, "--channels", 4, "--layout", "fuma", "--model", model, "--threshold", 0.01
    )
    assert result.status == 0, result.err
    assert result.out.splitlines()
    assert "mixed to stereo" not in result.err
