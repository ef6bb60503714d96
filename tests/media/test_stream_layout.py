"""Custom channel orders end the process in PyAV 18.1.0, so that they are tested with stubs only."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import av
import pytest

from media.making import Sound, make_media, noise
from seldkit.errors import MediaError
from seldkit.media.stream_layout import StreamLayout, decode_in_order, stream_layout

FILM_ORDER = ("FL", "FC", "FR", "SL", "SR", "BL", "BR", "LFE")


@dataclass(frozen=True)
class _Channel:
    name: str


@dataclass(frozen=True, eq=False)
class _Layout:
    name: str
    channels: tuple[_Channel, ...]


@dataclass
class _Context:
    layout: _Layout
    name: str = "pcm_s24le"
    options: dict[str, str] = field(default_factory=dict)


@dataclass
class _Stream:
    codec_context: _Context


def stub_stream(name: str, names: tuple[str, ...], codec: str = "pcm_s24le") -> _Stream:
    return _Stream(_Context(_Layout(name, tuple(map(_Channel, names))), codec))


def test_a_custom_order_is_never_released_and_decoded_without_names() -> None:
    stream = stub_stream(f"8 channels ({'+'.join(FILM_ORDER)})", FILM_ORDER)
    before = sys.getrefcount(stream.codec_context.layout)
    layout = decode_in_order(stream, Path("clip.mov"))  # type: ignore[arg-type]
    after = sys.getrefcount(stream.codec_context.layout)
    assert after == before + 1
    assert (layout.channel_names, layout.channels, layout.is_custom) == (FILM_ORDER, 8, True)
    assert stream.codec_context.options == {"ch_layout": "8 channels"}


@pytest.mark.parametrize("name", ["7.1", "5.1(side)", "ambisonic 1", "ambisonic 1+stereo", "8 channels"])
def test_other_orders_are_not_changed(name) -> None:
    stream = stub_stream(name, FILM_ORDER)
    before = sys.getrefcount(stream.codec_context.layout)
    assert not decode_in_order(stream, Path("clip.mov")).is_custom  # type: ignore[arg-type]
    after = sys.getrefcount(stream.codec_context.layout)
    assert after == before
    assert stream.codec_context.options == {}


def test_decoders_with_a_layout_of_their_own_are_refused() -> None:
    stream = stub_stream("3 channels (FC+FL+FR)", ("FC", "FL", "FR"), codec="aac")
    with pytest.raises(MediaError, match=r"clip.mov has 3 channels in an order .*\(aac\); convert the audio"):
        decode_in_order(stream, Path("clip.mov"))  # type: ignore[arg-type]


def test_pcm_decoders_follow_the_option(tmp_path) -> None:
    make_media(tmp_path / "clip.wav", Sound(noise(0.1, channels=4), codec="pcm_s16le"))
    with av.open(str(tmp_path / "clip.wav")) as container:
        (stream,) = container.streams.audio
        assert stream_layout(stream) == StreamLayout("4 channels", ("NONE",) * 4)
        stream.codec_context.options = {"ch_layout": "quad"}
        assert next(container.decode(stream)).layout.name == "quad"
