"""Spherical video: recognized, and the view in front extracted."""

import av
import numpy as np
import pytest

from media.making import Video, make_media, numbered
from media.spatial import add_to_sample_entry, box, full_box, make_spherical
from seldkit.geometry import Camera
from seldkit.media import check_media, iter_frames, probe
from seldkit.media.projection import FrontView, VideoProjection

CAMERA = Camera(64, 36)


def panorama(width: int = 256, height: int = 128) -> np.ndarray:
    """Red in front, green behind, blue elsewhere."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 2] = 220
    image[:, width // 4 : -width // 4] = (220, 0, 0)
    image[:, : width // 8] = image[:, -width // 8 :] = (0, 220, 0)
    return image


def panorama_video(path, stereo_mode=None):
    image = panorama()
    if stereo_mode == 1:
        image = np.concatenate([image, image[::-1, :, ::-1]], axis=0)
    elif stereo_mode == 2:
        image = np.concatenate([image, image[..., ::-1]], axis=1)
    video = Video([image] * 10, [k / 10 for k in range(10)], rate=10)
    return make_spherical(path, stereo_mode, video)


MODES = {None: "mono", 1: "top-bottom", 2: "left-right"}


@pytest.mark.parametrize("mode", MODES)
def test_declared_projection(mode, tmp_path):
    path = panorama_video(tmp_path / "clip.mp4", mode)
    info = probe(path)
    assert info.video is not None
    assert info.video.projection == VideoProjection("equirectangular", MODES[mode])
    assert any(note.startswith("spherical video (360° equirectangular") for note in info.problems)
    assert any("spherical" in problem for problem in check_media(path).problems)


@pytest.mark.parametrize("mode", MODES)
def test_the_view_in_front_is_extracted(mode, tmp_path):
    path = panorama_video(tmp_path / "clip.mp4", mode)
    projection = probe(path).video.projection
    frames = list(iter_frames(path, view=FrontView(projection, CAMERA)))
    assert len(frames) == 10
    image = frames[0].image.astype(int)
    assert image.shape == (36, 64, 3)
    centre = image[10:26, 24:40].mean(axis=(0, 1))
    assert centre[0] > 150
    assert max(centre[1:]) < 60


def test_matroska_declares_the_projection(tmp_path):
    source = panorama_video(tmp_path / "clip.mp4")
    with av.open(str(source)) as container, av.open(str(tmp_path / "clip.mkv"), "w") as output:
        stream = container.streams.video[0]
        copy = output.add_stream_from_template(stream)
        copy.codec_context.codec_tag = "\0\0\0\0"
        for packet in container.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                output.mux(packet)
    assert b"\x76\x70" in (tmp_path / "clip.mkv").read_bytes()  # the element Projection
    info = probe(tmp_path / "clip.mkv").video
    assert info is not None
    assert info.projection == VideoProjection()


def test_unsupported_projections_are_reported(tmp_path):
    make_media(tmp_path / "clip.mp4", Video(numbered(5), [k / 10 for k in range(5)], rate=10))
    cubemap = box(b"proj", full_box(b"prhd", bytes(12)), full_box(b"cbmp", bytes(8)))
    add_to_sample_entry(tmp_path / "clip.mp4", b"vide", box(b"sv3d", full_box(b"svhd", b"test\0"), cubemap))
    info = probe(tmp_path / "clip.mp4")
    assert info.video is not None
    assert info.video.projection == VideoProjection("cubemap")
    assert any("cubemap): not supported" in note for note in info.problems)


def test_half_of_a_sphere_is_in_the_middle():
    image = np.full((64, 64, 3), 200, np.uint8)
    view = FrontView(VideoProjection("half equirectangular"), CAMERA).extract(image)
    assert view.min() == 200


def test_ordinary_video_has_no_projection(tmp_path):
    make_media(tmp_path / "clip.mp4", Video(numbered(5), [k / 10 for k in range(5)], rate=10))
    info = probe(tmp_path / "clip.mp4")
    assert info.video is not None
    assert info.video.projection is None
    assert not any("spherical" in note for note in info.problems)
