"""What the files of events say of the recording in which they were heard."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RecordingInfo:
    """source: the sound or video file, or None. seconds: its length, or None where nobody said."""

    source: Path | None = None
    seconds: float | None = None
