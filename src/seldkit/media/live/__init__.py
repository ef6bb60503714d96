"""Sound that is still going on: raw samples from a pipe, or a microphone."""

from seldkit.media.live.buffer import Lost
from seldkit.media.live.microphone import Microphone
from seldkit.media.live.raw import ENCODINGS, RawFormat, RawSound
from seldkit.media.live.sound import LiveSound, Source

__all__ = ["ENCODINGS", "LiveSound", "Lost", "Microphone", "RawFormat", "RawSound", "Source"]
