"""Ambisonics that a file declares: read as FOA and decoded to stereo without an option."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.making import Sound, make_media, noise
from media.spatial import (
    RATE,
    as_fuma,
    direction_of,
    make_amb,
    make_caf,
    make_opus,
    make_projected_opus,
    make_sa3d,
    plane_wave,
    sa3d,
)
from seldkit.channels import FOA
from seldkit.channels import FUMA as FUMA_LAYOUT
from seldkit.media import AudioReader, probe, read_audio
from seldkit.media.declared_layout import parse_core_audio, parse_sa3d

AZIMUTH, ELEVATION = 60.0, 20.0
W_Y_Z_X = plane_wave(AZIMUTH, elevation=ELEVATION)
N3D = W_Y_Z_X * np.array([[1.0], [3**0.5], [3**0.5], [3**0.5]], np.float32)
FUMA = as_fuma(W_Y_Z_X)
HIGHER = np.concatenate([W_Y_Z_X, noise(1.0, RATE, 5)])
HEAD_LOCKED = np.concatenate([W_Y_Z_X, noise(1.0, RATE, 2)])
FILES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "SA3D, AAC": ("clip.mp4", lambda path: make_sa3d(path, W_Y_Z_X)),
    "SA3D, PCM": ("clip.mov", lambda path: make_sa3d(path, W_Y_Z_X, "pcm_s16le")),
    "SA3D, Opus": ("clip.mp4", lambda path: make_sa3d(path, W_Y_Z_X, "libopus")),
    "SA3D, N3D": ("clip.mov", lambda path: make_sa3d(path, N3D, "pcm_s16le", normalization=1)),
    "SA3D, head-locked": (
        "clip.mov",
        lambda path: make_sa3d(path, HEAD_LOCKED, "pcm_s16le", kind=0x80),
    ),
    "SA3D, second order": ("clip.mov", lambda path: make_sa3d(path, HIGHER, "pcm_s16le", order=2)),
    "B-format": ("clip.amb", lambda path: make_amb(path, FUMA)),
    "B-format, floats": ("clip.wav", lambda path: make_amb(path, FUMA, floats=True)),
    "B-format, nine channels": (
        "clip.amb",
        lambda path: make_amb(path, np.concatenate([FUMA, noise(1.0, RATE, 5)])),
    ),
    "CAF, SN3D": ("clip.caf", lambda path: make_caf(path, W_Y_Z_X, (190 << 16) | 4)),
    "CAF, N3D": ("clip.caf", lambda path: make_caf(path, N3D, (191 << 16) | 4)),
    "Opus family 2": ("clip.opus", lambda path: make_opus(path, W_Y_Z_X, "ambisonic 1")),
    "Opus family 2, head-locked": ("clip.webm", lambda path: make_opus(path, HEAD_LOCKED, "6 channels")),
    "Opus family 3": ("clip.opus", lambda path: make_projected_opus(path, W_Y_Z_X)),
}


@pytest.fixture(params=FILES)
def file(request, tmp_path) -> tuple[str, Path]:
    name, make = FILES[request.param]
    return request.param, make(tmp_path / name)


def test_declared_ambisonics_are_read_as_foa(file) -> None:
    name, path = file
    foa, notes = read_audio(path, RATE, "foa")
    assert direction_of(foa) == pytest.approx((AZIMUTH, ELEVATION), abs=1.0)
    length = min(foa.shape[1], W_Y_Z_X.shape[1])
    expected = np.sqrt((W_Y_Z_X[:, :length] ** 2).mean(axis=1))
    np.testing.assert_allclose(np.sqrt((foa[:, :length] ** 2).mean(axis=1)), expected, rtol=0.05)
    assert "ambisonics" in notes[0]
    assert notes[0].startswith("the file declares")
    has_more = any(word in name for word in ("head-locked", "nine", "second"))
    assert any("channel(s) 5, 6" in note and "ignored" in note for note in notes) == has_more


def test_declared_ambisonics_are_decoded_to_stereo(file) -> None:
    _, path = file
    with AudioReader(path, RATE) as reader:
        stereo = np.concatenate(list(reader), axis=1)
    left, right = np.sqrt((stereo**2).mean(axis=1))
    y = np.sin(np.radians(AZIMUTH)) * np.cos(np.radians(ELEVATION))
    assert 20 * np.log10(left / right) == pytest.approx(20 * np.log10((1 + y) / (1 - y)), abs=2.0)
    assert reader.recorded_layout.foa_gains is not None
    assert "ambisonics" in probe(path).audio.layout  # type: ignore[union-attr]


def test_the_declaration_replaces_a_stated_layout(tmp_path) -> None:
    path = make_amb(tmp_path / "clip.amb", FUMA)
    with AudioReader(path, RATE, "foa", recorded_as="ambix") as reader:
        foa = np.concatenate(list(reader), axis=1)
    assert direction_of(foa) == pytest.approx((AZIMUTH, ELEVATION), abs=0.5)
    assert "the stated layout 'foa' is not used" in reader.notes[0]
    assert reader.recorded_layout.name == "fuma"


@pytest.mark.parametrize(
    "declaration",
    [
        {"order": 3},
        {"normalization": 7},
        {"kind": 1},
    ],
)
def test_contradictory_declarations_are_not_used(declaration, tmp_path) -> None:
    path = make_sa3d(tmp_path / "clip.mp4", W_Y_Z_X, **declaration)
    _, notes = read_audio(path, RATE)
    assert any("--layout ambix" in note for note in notes)


def sa3d_layout(channel_map: tuple[int, ...], **declaration: int) -> Any:
    """Parses a box alone: FFmpeg and PyAV cannot read files with permuted components."""
    return parse_sa3d(sa3d(len(channel_map), channel_map=channel_map, **declaration)[8:])


def in_foa(declaration: Any, values: list[float]) -> Any:
    return np.array(declaration.layout.foa_gains) @ np.array(values)


def test_channel_map_of_the_rfc() -> None:
    declaration = sa3d_layout((0, 2, 3, 1))  # W X Y Z
    assert in_foa(declaration, [10, 40, 20, 30]) == pytest.approx([10, 20, 30, 40])
    assert "channels in another order" in declaration.layout.title


@pytest.mark.parametrize("channel_map", [(0, 1, 2, 2), (0, 1, 2, 9), (0, 1, 2)])
def test_invalid_channel_maps(channel_map) -> None:
    assert sa3d_layout(channel_map) is None


def core_audio(tag: int, labels: tuple[int, ...] = ()) -> Any:
    described = b"".join(struct.pack(">II3f", label, 0, 0.0, 0.0, 0.0) for label in labels)
    return parse_core_audio(struct.pack(">III", tag, 0, len(labels)) + described, "tag")


def test_core_audio_layouts() -> None:
    assert core_audio((107 << 16) | 4).layout == FUMA_LAYOUT
    b_format = core_audio(0, (200, 201, 202, 203))
    assert in_foa(b_format, [1 / np.sqrt(2), 4, 2, 3]) == pytest.approx([1, 2, 3, 4])
    acn = core_audio(0, tuple((2 << 16) | k for k in (0, 3, 1, 2)))
    assert in_foa(acn, [1, 4, 2, 3]) == pytest.approx([1, 2, 3, 4])
    assert core_audio((101 << 16) | 2) is None
    assert core_audio(0, (1, 2, 5, 6)) is None


@pytest.mark.parametrize(("suffix", "codec"), [(".wav", "pcm_s16le"), (".flac", "flac"), (".m4a", "aac")])
def test_four_undeclared_channels_name_the_option(suffix, codec, tmp_path) -> None:
    layout = "4.0" if codec == "aac" else "quad" if codec == "flac" else None
    make_media(tmp_path / f"clip{suffix}", Sound(W_Y_Z_X, codec=codec, layout=layout))
    _, notes = read_audio(tmp_path / f"clip{suffix}")
    assert any("; if it is ambisonic, state it with --layout ambix" in note for note in notes)


def test_loudspeakers_that_are_stated_have_no_hint(tmp_path) -> None:
    make_media(tmp_path / "clip.wav", Sound(W_Y_Z_X, codec="pcm_s16le"))
    with AudioReader(tmp_path / "clip.wav", recorded_as="stereo") as reader:
        list(reader)
    assert all("--layout" not in note for note in reader.notes)


@pytest.mark.parametrize(
    ("layout", "channels"),
    [("ambix", W_Y_Z_X), ("ambix", HIGHER), ("ambix", HEAD_LOCKED), ("fuma", FUMA), ("fuma", FUMA[:3])],
    ids=["ambix", "second order", "head-locked", "fuma", "horizontal"],
)
def test_stated_layouts(layout, channels, tmp_path) -> None:
    make_media(tmp_path / "clip.wav", Sound(channels, codec="pcm_s16le"))
    with AudioReader(tmp_path / "clip.wav", RATE, FOA, recorded_as=layout) as reader:
        foa = np.concatenate(list(reader), axis=1)
    assert direction_of(foa)[0] == pytest.approx(AZIMUTH, abs=0.5)
    assert len(foa) == 4


def test_a_format_is_converted(tmp_path) -> None:
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 3**0.5  # x y z: FLU FRD BLD BRU
    w, xyz = W_Y_Z_X[0], W_Y_Z_X[[3, 1, 2]]
    make_media(
        tmp_path / "clip.wav", Sound((0.5 * (w + corners @ xyz)).astype(np.float32), codec="pcm_s16le")
    )
    with AudioReader(tmp_path / "clip.wav", RATE, FOA, recorded_as="a-format") as reader:
        foa = np.concatenate(list(reader), axis=1)
    np.testing.assert_allclose(foa, W_Y_Z_X, atol=2e-4)
