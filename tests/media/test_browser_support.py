from pathlib import Path

import pytest

from media.making import Sound, Video, make_media, noise, numbered
from seldkit.errors import MediaError
from seldkit.media.browser_support import unsupported_in_browsers


def video(codec: str, **options: str) -> Video:
    return Video(numbered(5), [0.0, 0.04, 0.08, 0.12, 0.16], codec, options=options)


@pytest.mark.parametrize(
    ("name", "tracks", "unsupported"),
    [
        ("a.mp4", (video("libx264"), Sound(noise(0.2))), None),
        ("a.mov", (video("libx264"), Sound(noise(0.2))), None),
        ("a.webm", (video("libvpx-vp9"), Sound(noise(0.2), codec="libopus")), None),
        ("a.mp4", (Sound(noise(0.2)),), None),
        ("a.wav", (Sound(noise(0.2), codec="pcm_s16le"),), None),
        ("a.flac", (Sound(noise(0.2), codec="flac"),), None),
        ("a.mp3", (Sound(noise(0.2), codec="libmp3lame"),), None),
        ("a.mp4", (video("libx265", preset="ultrafast"), Sound(noise(0.2))), "video codec hevc"),
        ("a.mp4", (video("mpeg4"), Sound(noise(0.2))), "video codec mpeg4"),
        ("a.mov", (video("mpeg2video"), Sound(noise(0.2))), "video codec mpeg2video"),
        ("a.mp4", (video("libx264"), Sound(noise(0.2), codec="ac3")), "audio codec ac3"),
        ("a.mov", (video("libx264"), Sound(noise(0.2), codec="pcm_s16le")), "audio codec pcm_s16le"),
        ("a.m4a", (Sound(noise(0.2), codec="alac"),), "audio codec alac"),
        ("a.mkv", (video("libx264"), Sound(noise(0.2))), "video codec h264"),
        ("a.avi", (video("libx264"), Sound(noise(0.2), codec="libmp3lame")), "container avi"),
        ("a.ts", (video("libx264"), Sound(noise(0.2))), "container mpegts"),
    ],
)
def test_unsupported_parts_are_named(
    tmp_path: Path, name: str, tracks: tuple[Sound | Video, ...], unsupported: str | None
) -> None:
    make_media(tmp_path / name, *tracks)
    assert unsupported_in_browsers(tmp_path / name) == unsupported


def test_files_that_are_not_recordings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"a\.mp4"):
        unsupported_in_browsers(tmp_path / "a.mp4")
