"""Frames with many planes; the guard is tested with a stub, because a real frame may end the process."""

from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
import pytest

from seldkit.media import samples
from seldkit.media.samples import MAX_PLANES, frame_samples


@dataclass(frozen=True)
class _Packed:
    name: str = "flt"


@dataclass(frozen=True)
class _Planar:
    is_planar: bool = True
    packed: _Packed = field(default_factory=_Packed)


@dataclass(frozen=True)
class _Layout:
    nb_channels: int


@dataclass(frozen=True)
class StubFrame:
    """A planar frame whose planes must not be accessed."""

    channels: int
    samples: int = 4
    sample_rate: int = 48000
    format: _Planar = field(default_factory=_Planar)

    @property
    def layout(self) -> _Layout:
        return _Layout(self.channels)

    @property
    def planes(self) -> Any:
        raise AssertionError("the planes were accessed")

    def to_ndarray(self) -> Any:
        raise AssertionError("the planes were accessed")


@dataclass
class _Resampler:
    """Stands for PyAV's resampler; `outputs` is what it returns for the frame."""

    outputs: list[Any]

    def __call__(self, format: str, layout: _Layout, rate: int) -> "_Resampler":
        assert (format, rate) == ("flt", 48000)
        return self

    def resample(self, frame: Any) -> list[Any]:
        return [] if frame is None else self.outputs


def packed_frame(channels: int) -> av.AudioFrame:
    values = np.arange(4 * channels, dtype=np.float32).reshape(1, -1)
    return av.AudioFrame.from_ndarray(values, format="flt", layout=f"{channels} channels")


@pytest.mark.parametrize("channels", [7, 8, 12, 16])
def test_many_planes_are_interleaved_before_they_are_accessed(channels, monkeypatch) -> None:
    monkeypatch.setattr(samples, "AudioResampler", _Resampler([packed_frame(channels)]))
    result = frame_samples(StubFrame(channels))  # type: ignore[arg-type]
    np.testing.assert_array_equal(result, np.arange(4 * channels).reshape(4, channels).T)


def test_many_planes_that_stay_planar_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(samples, "AudioResampler", _Resampler([StubFrame(8)]))
    with pytest.raises(ValueError, match="audio of 8 channels cannot be interleaved"):
        frame_samples(StubFrame(8))  # type: ignore[arg-type]


def test_few_planes_are_read_directly() -> None:
    with pytest.raises(AssertionError, match="the planes were accessed"):
        frame_samples(StubFrame(MAX_PLANES))  # type: ignore[arg-type]
    assert MAX_PLANES < 7
