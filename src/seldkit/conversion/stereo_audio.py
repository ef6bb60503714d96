"""Conversion of a segment of a FOA recording to stereo."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from av import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from seldkit.channels import FOA
from seldkit.errors import MediaError
from seldkit.files import replacing
from seldkit.geometry import foa_to_stereo
from seldkit.media import AudioReader
from seldkit.media.channel_mixing import mixing_matrix
from seldkit.media.containers import audio_stream, discard_other_streams, open_media, printable
from seldkit.media.samples import frame_samples, zero_invalid_samples
from seldkit.media.stream_decoder import StreamDecoder
from seldkit.types import Samples

SAMPLE_RATE: Final = 24000
"""Sample rate of the clips in Hz."""
SAMPLES_PER_FRAME: Final = SAMPLE_RATE // 10
"""Samples in a frame of 100 ms."""
MAX_AMPLITUDE: Final = 0.9999
"""Amplitude above which a clip is skipped, as in the official dataset."""
_SEEKABLE_FORMATS: Final = frozenset({"wav", "w64", "aiff", "caf"})


def write_stereo_audio(
    path: Path, start: int, stop: int, view: int, output: Path, official: bool = False
) -> bool:
    """Writes a segment of a rotated FOA recording as a stereo WAV file (16 bits), in constant memory.

    Args:
        path: FOA recording.
        start: First frame of 100 ms.
        stop: Frame after the last one.
        view: Rotation of the scene to the left in degrees.
        output: File to write.
        official: Whether samples are rounded down, as libsndfile does for the official generator, instead of
            to the nearest integer.

    Returns:
        False, without a file, if a sample exceeds `MAX_AMPLITUDE`.

    Raises:
        MediaError: The recording has no audio with four channels or is too short, or the file cannot be
            written.
    """
    try:
        with replacing(output) as temporary, wave.open(str(temporary), "wb") as file:
            file.setparams((2, 2, SAMPLE_RATE, 0, "NONE", "not compressed"))
            for foa in read_foa_blocks(path, start, stop):
                stereo = rotate_to_stereo(foa, view)
                if np.abs(stereo).max() > MAX_AMPLITUDE:
                    raise _ClippedError
                file.writeframes(_quantize(stereo, official).T.tobytes())
    except _ClippedError:
        return False
    except OSError as problem:
        raise MediaError(f"{printable(output)}: cannot be written ({problem.strerror})") from None
    return True


def rotate_to_stereo(foa: Samples, view: int) -> Samples:
    """Rotates FOA audio and converts it to stereo.

    Computed in double precision and rounded once, so that the samples equal those of the official generator.

    Args:
        foa: FOA audio in ACN order, shape ``(4, samples)``.
        view: Rotation of the scene to the left in degrees.

    Returns:
        Stereo audio, shape ``(2, samples)``.
    """
    stereo: Samples = foa_to_stereo(foa.astype(np.float64), float(view)).astype(np.float32)
    return stereo


def read_foa_blocks(path: Path, start: int, stop: int) -> Iterator[Samples]:
    """Reads a segment of a FOA recording at 24 kHz.

    Uncompressed audio at 24 kHz is read from the start of the segment, other audio from the start of the
    file.

    Args:
        path: FOA recording.
        start: First frame of 100 ms.
        stop: Frame after the last one.

    Yields:
        Blocks of shape ``(4, samples)``.

    Raises:
        MediaError: The recording has no audio with four channels or is too short.
    """
    first, last = start * SAMPLES_PER_FRAME, stop * SAMPLES_PER_FRAME
    with open_media(path) as container:
        stream = audio_stream(container)
        if stream is not None and _is_seekable(container, stream):
            yield from _crop(_blocks_from(container, stream, first, path), first, last, path)
        else:
            yield from _crop(_all_blocks(path), first, last, path)


class _ClippedError(Exception):
    """The stereo audio exceeds full scale."""


def _quantize(stereo: Samples, official: bool) -> NDArray[np.int16]:
    """16-bit integers with a full scale of 32768, as readers assume."""
    scaled = stereo.astype(np.float64) * 2.0**15
    # libsndfile rounds to 32 bits and drops the lower half of them.
    steps = np.rint(scaled * 2.0**16) // 2.0**16 if official else np.rint(scaled)
    return steps.clip(-32768, 32767).astype("<i2")


def _is_seekable(container: InputContainer, stream: AudioStream) -> bool:
    return (
        container.format.name in _SEEKABLE_FORMATS
        and stream.codec_context.name.startswith("pcm_")
        and stream.sample_rate == SAMPLE_RATE
    )


def _blocks_from(
    container: InputContainer, stream: AudioStream, first: int, path: Path
) -> Iterator[tuple[int, Samples]]:
    """Blocks from sample `first` on, each with the number of its first sample."""
    discard_other_streams(container, stream)
    container.seek(first, stream=stream)
    position: int | None = None
    for frame in StreamDecoder(container, stream):
        begin = _position(frame, position)
        block = frame_samples(frame)
        _require_foa(len(block), path)
        zero_invalid_samples(block)
        position = begin + block.shape[1]
        yield begin, block


def _position(frame: AudioFrame, expected: int | None) -> int:
    if frame.pts is None or not frame.time_base:
        return expected or 0
    position: int = round(frame.pts * frame.time_base * SAMPLE_RATE)
    return position


def _all_blocks(path: Path) -> Iterator[tuple[int, Samples]]:
    position = 0
    with AudioReader(path, SAMPLE_RATE, FOA) as reader:
        for block in reader:
            yield position, block
            position += block.shape[1]


def _crop(blocks: Iterator[tuple[int, Samples]], first: int, last: int, path: Path) -> Iterator[Samples]:
    """Samples `first` to `last` of numbered blocks."""
    end = first
    for position, block in blocks:
        cropped = block[:, max(0, end - position) : max(0, last - position)]
        end += cropped.shape[1]
        if cropped.shape[1]:
            yield cropped
        if end >= last:
            return
    raise MediaError(
        f"{printable(path)}: expected audio up to {last / SAMPLE_RATE:.1f} s, as the file declares, got "
        f"{end / SAMPLE_RATE:.1f} s; it is truncated: copy it again"
    )


def _require_foa(channels: int, path: Path) -> None:
    try:
        mixing_matrix(("?",) * channels, FOA)
    except ValueError as problem:
        raise MediaError(f"{printable(path)} {problem}") from None
