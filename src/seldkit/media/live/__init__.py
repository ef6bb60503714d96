"""Live audio from a microphone or a pipe of raw samples."""

from seldkit.deprecation import renamed_attributes
from seldkit.media.live.buffer import LostAudio
from seldkit.media.live.live_audio import AudioSource, LiveAudio
from seldkit.media.live.microphone import Microphone
from seldkit.media.live.raw_audio import ENCODINGS, RawAudio, RawFormat

__all__ = ["ENCODINGS", "AudioSource", "LiveAudio", "LostAudio", "Microphone", "RawAudio", "RawFormat"]

__getattr__ = renamed_attributes(__name__, {"LiveSound": "LiveAudio", "RawSound": "RawAudio"})
