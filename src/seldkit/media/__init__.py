"""Reading and writing of audio and video in every format of FFmpeg, in constant memory, by timestamps."""

from seldkit.media.audio import AudioReader, read_audio
from seldkit.media.media_check import AudioReport, MediaReport, VideoReport, check_media
from seldkit.media.media_info import AudioInfo, MediaInfo, VideoInfo, probe
from seldkit.media.media_writer import write_audio, write_video
from seldkit.media.video import FrameReader, VideoFrame, iter_frames

__all__ = [
    "AudioInfo",
    "AudioReader",
    "AudioReport",
    "FrameReader",
    "MediaInfo",
    "MediaReport",
    "VideoFrame",
    "VideoInfo",
    "VideoReport",
    "check_media",
    "iter_frames",
    "probe",
    "read_audio",
    "write_audio",
    "write_video",
]
