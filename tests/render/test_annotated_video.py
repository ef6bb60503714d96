"""What an annotated video keeps of its source, and where events are drawn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media.making import Sound, Video, clicks, make_media, noise, numbered
from render.drawing import event
from seldkit.channels import FOA
from seldkit.errors import MediaError
from seldkit.geometry import Camera, azimuth_to_pixel
from seldkit.media import iter_frames, probe, read_audio, write_audio
from seldkit.render import Rendering, render_video
from seldkit.render.trajectories import Trajectories
from seldkit.visual_sources import VisualSources

GREY = 128


def video_file(path: Path, rate: float = 25.0, seconds: float = 1.0, **more: Any) -> Path:
    """Frames that differ, with noise as audio."""
    count = round(rate * seconds)
    make_media(
        path,
        Video(numbered(count, (64, 36)), [number / rate for number in range(count)], **more),
        Sound(noise(seconds)),
    )
    return path


def grey_video(path: Path, size: tuple[int, int] = (160, 90), seconds: float = 0.4) -> Path:
    """Grey frames without audio."""
    picture = np.full((size[1], size[0], 3), GREY, np.uint8)
    times = [number / 10 for number in range(round(10 * seconds))]
    make_media(path, Video([picture] * len(times), times, rate=10))
    return path


def times_of(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return np.array([float(frame.pts * frame.time_base) for frame in container.decode(stream)])


def audio_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def changed_pixels(path: Path, number: int = 1) -> np.ndarray:
    """Pixels of a rendering of `grey_video` that are no longer grey, (height, width)."""
    pictures = [frame.image for frame in iter_frames(path, rate=10)]
    return np.abs(pictures[number].astype(int) - GREY).max(axis=2) > 12


@pytest.mark.parametrize("rate", [24.0, 25.0, 30000 / 1001, 60.0])
def test_frames_and_audio_keep_their_times(tmp_path: Path, rate: float) -> None:
    source = video_file(tmp_path / "a.mp4", rate)
    result = render_video([event()], source, tmp_path / "b.mp4")
    assert result.frame_count == len(times_of(source)) == len(times_of(result.path))
    assert np.abs(times_of(source) - times_of(result.path)).max() < 1e-4
    assert audio_packets(source) == audio_packets(result.path)
    before, after = probe(source).duration, probe(result.path).duration
    assert before is not None
    assert after == pytest.approx(before, abs=0.002)


def test_variable_frame_rates_are_kept(tmp_path: Path) -> None:
    times = np.cumsum([0, 0.04, 0.04, 0.2, 0.013, 0.017, 0.5, 0.033]).tolist()
    source = tmp_path / "a.mp4"
    make_media(source, Video(numbered(8), times), Sound(noise(1.0)))
    result = render_video([event()], source, tmp_path / "b.mp4")
    assert np.abs(times_of(result.path) - times).max() < 1e-4
    lengths = []
    for path in (source, result.path):
        video = probe(path).video
        assert video is not None
        lengths.append(video.duration)
    assert lengths[0] == pytest.approx(lengths[1], abs=0.002)


@pytest.mark.parametrize("late", [0.0, 0.3])
@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_clicks_keep_their_times(tmp_path: Path, codec: str, late: float) -> None:
    source = tmp_path / "a.mkv"
    sound = Sound(clicks([0.2, 0.7], 1.0), codec=codec, starts=(late,))
    make_media(source, Video(numbered(30), [number / 25 for number in range(30)]), sound)
    result = render_video([], source, tmp_path / "b.mp4")
    assert any("encoded again as AAC" in note for note in result.notes) == (codec != "aac")
    (before, _), (after, _) = read_audio(source, 48000), read_audio(result.path, 48000)
    for start in (0.1 + late, 0.6 + late):
        part = slice(round(48000 * start), round(48000 * (start + 0.2)))
        assert abs(int(before[0, part].argmax()) - int(after[0, part].argmax())) < 48  # 1 ms


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_videos_become_upright(tmp_path: Path, rotation: int) -> None:
    picture = np.zeros((36, 64, 3), np.uint8)
    picture[:18, :32], picture[18:, 32:] = 200, 90
    source = tmp_path / "a.mp4"
    make_media(source, Video([picture] * 3, [0.0, 0.1, 0.2], rotation=rotation))
    result = render_video([], source, tmp_path / "b.mp4", top_view=False, timeline=False)
    before, after = next(iter_frames(source)).image, next(iter_frames(result.path)).image
    video = probe(result.path).video
    assert video is not None
    assert (video.rotation, before.shape) == (0, after.shape)
    assert np.abs(before.astype(int) - after).mean() < 4


@pytest.mark.parametrize("size", [(63, 35), (1, 1), (21, 37)])
def test_odd_sizes_are_padded(tmp_path: Path, size: tuple[int, int]) -> None:
    source = tmp_path / "a.mkv"
    make_media(source, Video(numbered(3, size), [0.0, 0.1, 0.2], codec="ffv1", options={}))
    result = render_video([event()], source, tmp_path / "b.mp4", top_view=False)
    video = probe(result.path).video
    assert video is not None
    assert (video.width, video.height) == tuple(length + length % 2 for length in size)
    assert any("panels omitted" in note for note in result.notes)


def test_format_is_playable_in_browsers(tmp_path: Path) -> None:
    result = render_video([event()], video_file(tmp_path / "a.mp4"), tmp_path / "b.mp4")
    content = result.path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(result.path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt, stream.profile) == ("h264", "yuv420p", "High")


@pytest.mark.parametrize(
    ("name", "kept"), [("a.wav", False), ("a.flac", True), ("a.mp3", True), ("a.opus", True)]
)
def test_frames_are_generated_for_audio_files(tmp_path: Path, name: str, kept: bool) -> None:
    source = write_audio(tmp_path / name, noise(0.5), 48000)
    result = render_video([event()], source, tmp_path / "out.mp4")
    assert any("AAC" in note for note in result.notes) != kept
    video, length = probe(result.path).video, probe(source).duration
    assert video is not None
    assert length is not None
    assert (video.width, result.frame_count) == (640, round(25 * length + 0.49))
    assert probe(result.path).duration == pytest.approx(length, abs=0.02)


def test_ambisonics_are_mixed_to_stereo(tmp_path: Path) -> None:
    left = np.stack([noise(0.5)[0]] * 3)[[0, 1, 0]] * 0.5
    w, y = left[0], left[1]
    source = write_audio(tmp_path / "a.wav", np.stack([w, y, 0 * w, 0 * w]), 48000)
    result = render_video([], source, tmp_path / "b.mp4", layout=FOA)
    stereo, _ = read_audio(result.path)
    assert np.abs(stereo[0]).mean() > 20 * np.abs(stereo[1]).mean()


@pytest.mark.parametrize("azimuth", [40.0, 0.0, -25.0])
def test_marker_position_matches_the_camera_projection(tmp_path: Path, azimuth: float) -> None:
    result = rendered(tmp_path, event(azimuth=(azimuth,)))
    columns = np.flatnonzero(changed_pixels(result.path)[20])  # above the marker there is only its line
    expected, _ = azimuth_to_pixel(azimuth, camera=Camera(160, 90))
    assert len(columns)
    assert abs(columns.mean() - expected) < 4


def test_visual_sources_are_marked_with_a_box(tmp_path: Path) -> None:
    source = grey_video(tmp_path / "a.mp4")
    sources = boxes([[0.2, 0.3, 0.35, 0.5]] * 4)
    events = [event(azimuth=(45.0,), onscreen=False)]
    result = render_video(
        events, source, tmp_path / "b.mp4", visual_sources=sources, top_view=False, timeline=False
    )
    rows, columns = np.nonzero(changed_pixels(result.path)[:48])  # the label is below
    assert abs(columns.min() - 32) <= 4
    assert abs(columns.max() - 56) <= 4
    assert abs(rows.min() - 27) <= 4
    pictures = [frame.image for frame in iter_frames(result.path, rate=10)]
    assert abs(int(pictures[1][32, 40].mean()) - GREY) < 12  # the inside of the box is unchanged


def test_visual_sources_without_extent_are_marked_with_a_ring(tmp_path: Path) -> None:
    source = grey_video(tmp_path / "a.mp4", (320, 180))
    sources = boxes([[0.7, 0.4, 0.7, 0.4]] * 4)
    result = render_video(
        [event()], source, tmp_path / "b.mp4", visual_sources=sources, top_view=False, timeline=False
    )
    rows, columns = np.nonzero(changed_pixels(result.path)[:82])
    assert abs((columns.min() + columns.max()) / 2 - 224) < 4
    assert abs(rows.min() - (72 - 10)) <= 4  # the ring is 20 pixels high


def test_visual_boxes_are_interpolated_across_small_steps_only(tmp_path: Path) -> None:
    corners = [[0.1, 0.4, 0.1, 0.4], [0.15, 0.4, 0.15, 0.4], [0.8, 0.4, 0.8, 0.4]]
    (trajectory,) = Trajectories([event()], boxes(corners)).all
    assert np.allclose(trajectory.visual_box(0.05), [0.125, 0.4, 0.125, 0.4])
    assert np.allclose(trajectory.visual_box(0.15), [0.15, 0.4, 0.15, 0.4])
    assert np.allclose(trajectory.visual_box(0.25), [0.8, 0.4, 0.8, 0.4])
    assert trajectory.visual_box(0.35) is None
    assert Trajectories([event()]).all[0].visual_box(0.05) is None


def boxes(corners: list[list[float]]) -> VisualSources:
    """Visual detections of the class of `event()`, one in each frame."""
    count = len(corners)
    return VisualSources(np.arange(count), np.full(count, 11), np.full(count, 20.0), np.array(corners))


def test_sources_outside_the_view_have_an_arrow(tmp_path: Path) -> None:
    for azimuth, side in ((80.0, slice(0, 4)), (-80.0, slice(156, 160))):
        drawn = changed_pixels(rendered(tmp_path, event(azimuth=(azimuth,))).path)
        assert drawn[:, side].any()
        assert not drawn[:, ::-1][:, side].any()


def test_known_elevations_determine_the_height(tmp_path: Path) -> None:
    high, low = (
        changed_pixels(rendered(tmp_path, event(elevation=elevation)).path)[:, 76:84].nonzero()[0].min()
        for elevation in (20.0, -20.0)
    )
    assert high < 45 - 10
    assert low > high + 20


def test_frames_without_active_events_are_unchanged(tmp_path: Path) -> None:
    result = rendered(tmp_path, event(onset=0.3, offset=0.4))
    assert not changed_pixels(result.path, 1).any()
    assert changed_pixels(result.path, 3).any()


def test_moving_sources_have_a_trail(tmp_path: Path) -> None:
    source = grey_video(tmp_path / "a.mp4", seconds=1.0)
    moving = event(azimuth=(45.0, -45.0))
    result = render_video([moving], source, tmp_path / "b.mp4", top_view=False, timeline=False)
    row = changed_pixels(result.path, 9)[36]
    assert len(np.flatnonzero(row[:100])) > 15


def test_panels_can_be_disabled(tmp_path: Path) -> None:
    source = grey_video(tmp_path / "a.mp4", (320, 180))
    heights = {}
    for top_view in (False, True):
        for timeline in (False, True):
            result = render_video([event()], source, tmp_path / "b.mp4", top_view=top_view, timeline=timeline)
            video = probe(result.path).video
            assert video is not None
            heights[top_view, timeline] = video.height
    assert heights.pop((False, False)) == 180
    assert len(set(heights.values())) == 1
    assert min(heights.values()) > 220


def test_unusual_names_and_positions_are_rendered(tmp_path: Path) -> None:
    names = ["a\nb\x00", "<b>&\"'</b>", "$x^{", "電話機", "x" * 500, "\U0001f600"]
    unknown = event(azimuth=(np.nan,), distance=np.nan)
    behind = event(azimuth=(170.0, 190.0), distance=500.0)
    events = [event(name, number) for number, name in enumerate(names)] + [unknown, behind]
    assert rendered(tmp_path, *events, size=(320, 180)).frame_count == 4


def test_panoramas_contain_rear_sources(tmp_path: Path) -> None:
    source = grey_video(tmp_path / "a.mp4", (320, 160))
    result = render_video([event(azimuth=(120.0,))], source, tmp_path / "b.mp4", field_of_view=360)
    columns = np.flatnonzero(changed_pixels(result.path)[20])
    assert abs(columns.mean() - (0.5 - 120 / 360) * 320) < 4


def test_colours_of_other_pixels_are_kept(tmp_path: Path) -> None:
    picture = np.zeros((36, 64, 3), np.uint8)
    picture[:, :32], picture[:, 32:] = (220, 30, 40), (30, 200, 90)
    for codec, suffix in (("libx264", ".mp4"), ("mjpeg", ".avi"), ("ffv1", ".mkv")):
        source = tmp_path / f"a{suffix}"
        options = {"crf": "5"} if codec == "libx264" else {}
        make_media(source, Video([picture] * 3, [0.0, 0.04, 0.08], codec=codec, options=options))
        result = render_video([], source, tmp_path / "b.mp4", top_view=False, timeline=False)
        before, after = next(iter_frames(source)).image, next(iter_frames(result.path)).image
        assert np.abs(before.astype(int) - after).mean() < 4, codec


def test_truncated_videos_are_rendered_up_to_the_damage(tmp_path: Path) -> None:
    source = video_file(tmp_path / "a.mkv", seconds=2.0)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    result = render_video([event()], source, tmp_path / "b.mp4")
    assert 5 < result.frame_count < 50
    assert any("truncated" in note for note in result.notes)


def test_progress_is_reported_in_seconds(tmp_path: Path) -> None:
    reported: list[float] = []
    render_video([], grey_video(tmp_path / "a.mp4"), tmp_path / "b.mp4", progress=reported.append)
    assert reported == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_an_interrupted_rendering_keeps_the_existing_file(tmp_path: Path) -> None:
    source, output = grey_video(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    output.write_bytes(b"before")

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_video([], source, output, progress=stop)
    assert output.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize(
    ("source", "output", "words"),
    [
        ("a.mp4", "b.avi", "with one of the suffixes .mp4"),
        ("a.mp4", "a.mp4", "the same file"),
        ("text.mp4", "b.mp4", "got text"),
        ("none.mp4", "b.mp4", "no such file"),
        ("a.mp4", "a.mp4/b.mp4", "cannot be written"),
    ],
)
def test_errors_have_one_line(tmp_path: Path, source: str, output: str, words: str) -> None:
    grey_video(tmp_path / "a.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=words) as caught:
        render_video([], tmp_path / source, tmp_path / output)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "text.mp4"]


def rendered(folder: Path, *events: Any, size: Sequence[int] = (160, 90)) -> Rendering:
    """Renders events on grey frames without panels."""
    source = grey_video(folder / "grey.mp4", (size[0], size[1]))
    return render_video(list(events), source, folder / "drawn.mp4", top_view=False, timeline=False)
