"""Events of a running sound are those of the file, come within what was promised, and survive lost sound."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from seldkit import Detector
from seldkit.annotations import Event
from seldkit.detection import EventUpdate, Listener
from seldkit.errors import ModelError
from seldkit.media import write_audio
from seldkit.media.audio_track import AudioChunk
from seldkit.media.live import LiveAudio, LostAudio, RawAudio, RawFormat
from seldkit.models import ModelConfig, SeldModel

RATE = 24000
CLASSES = ("knock", "music")


def detector(delay: float | None = None, **config: object) -> Detector:
    """A small model with random weights that hears something now and then."""
    values = {
        "name": "small",
        "classes": CLASSES,
        "elements": ["x", "y", "distance"],
        "features": {"parts": [{"name": "log-mel"}, {"name": "level-difference"}]},
        "encoder": {"name": "seldnet", "filters": 8, "rnn_size": 16, "rnn_layers": 1, "attention_heads": 2},
        "window_frames": 20,
        "decoding": {"threshold": 0.3},
        **config,
    }
    torch.manual_seed(3)
    network = SeldModel(ModelConfig.parse(values, "test"))
    for parameter in network.head.parameters():
        parameter.data *= 3
    return Detector(network.eval(), device="cpu", delay=delay)


def sound(seconds: float) -> np.ndarray:
    """Noise that comes and goes on either side."""
    rng = np.random.default_rng(0)
    slow = np.repeat(rng.uniform(-0.5, 0.5, (2, int(seconds) + 1)).clip(0), RATE, axis=1)
    return (slow[:, : int(seconds * RATE)] * rng.normal(size=(2, int(seconds * RATE)))).astype(np.float32)


class Paced:
    """A source in its own time: the clock stands where its last piece ended."""

    name, notes = "a test", ()

    def __init__(self, samples: np.ndarray, lossy: bool = False) -> None:
        self.now, self.lossy, self._samples = 0.0, lossy, samples

    def clock(self) -> float:
        return self.now

    def __iter__(self) -> Iterator[AudioChunk]:
        for start in range(0, self._samples.shape[1], RATE // 20):
            piece = self._samples[:, start : start + RATE // 20]
            self.now = (start + piece.shape[1]) / RATE
            yield AudioChunk(piece, ("FL", "FR"), RATE)


def listened(heard: Detector, source: Paced, **options: bool) -> list[EventUpdate]:
    with LiveAudio(source, RATE, clock=source.clock, buffer_seconds=0.05) as live:
        return list(Listener(heard, live, **options))


def facts(event: Event) -> tuple[object, ...]:
    return event.number, event.name, event.onset, event.offset


@pytest.mark.parametrize("delay", [None, 0.6])
def test_listening_gives_the_events_of_detect(delay: float | None, tmp_path: Path) -> None:
    heard = detector(delay)
    write_audio(tmp_path / "x.wav", sound(25.0), 48000)
    scene = heard.detect(tmp_path / "x.wav")
    raw = (tmp_path / "x.wav").read_bytes()
    (tmp_path / "x.raw").write_bytes(raw[raw.index(b"data") + 8 :])
    with LiveAudio(RawAudio(tmp_path / "x.raw", RawFormat(48000)), RATE) as live:
        news = list(Listener(heard, live))
    assert len(news) > 3
    assert all(one.ended for one in news)
    by_number = {event.number: event for event in scene.events}
    assert sorted(facts(one.event) for one in news) == sorted(map(facts, scene.events))
    for one in news:
        other = by_number[one.event.number]
        assert (one.event.azimuth, one.event.distance) == pytest.approx(
            (other.azimuth, other.distance), abs=0.01, nan_ok=True
        )


@pytest.mark.parametrize("delay", [None, 0.4])
def test_events_are_returned_within_the_stated_delay(delay: float | None) -> None:
    heard, source = detector(delay), Paced(sound(30.0))
    with LiveAudio(source, RATE, clock=source.clock, buffer_seconds=0.05) as live:
        listener = Listener(heard, live)
        soonest, latest = listener.delay_range
        news = list(listener)
    assert latest - soonest == pytest.approx(1.7)  # of the pauses of music and knocks
    hidden, slack = 2.0, 0.3  # a piece or two in the buffer, the frame that has begun
    limit = {"knock": soonest + hidden + slack, "music": latest + hidden + slack}
    assert len(news) > 3
    assert all(0.0 <= one.delay <= limit[one.event.name] for one in news)


def test_onsets_are_returned_once_and_before_the_ends() -> None:
    news = listened(detector(), Paced(sound(30.0)), onsets=True)
    begun = [one.event.number for one in news if not one.ended]
    ended = [one.event.number for one in news if one.ended]
    assert begun
    assert sorted(set(begun)) == sorted(begun)
    assert set(begun) <= set(ended)
    for number in begun:
        first, last = [one for one in news if one.event.number == number]
        assert (first.ended, last.ended) == (False, True)
        assert first.event.onset == last.event.onset
    assert facts(news[0].event)[0] == 1


def test_lost_audio_counts_in_the_times_and_ends_events() -> None:
    class Holed(LiveAudio):
        def __iter__(self):  # type: ignore[no-untyped-def]
            whole = np.concatenate(list(super().__iter__()), axis=1)
            yield whole[:, : 7 * RATE + 1234]
            yield LostAudio(7 + 1234 / RATE, 12.0)
            yield whole[:, 12 * RATE :]

    heard, source = detector(), Paced(sound(30.0))
    with Holed(source, RATE, clock=source.clock, buffer_seconds=60.0) as live:
        events = [one.event for one in Listener(heard, live)]
    before = [event for event in events if event.onset < 7.2]
    after = [event for event in events if event.onset >= 12.0]
    assert before
    assert after
    assert len(before) + len(after) == len(events)
    assert max(event.offset for event in before) <= 7.1
    assert max(event.offset for event in events) <= 30.0
    assert max(event.number for event in before) < min(event.number for event in after)


def test_one_microphone_on_two_channels_is_noted() -> None:
    source = Paced(sound(4.0)[:1].repeat(2, axis=0))
    with LiveAudio(source, RATE, clock=source.clock, buffer_seconds=0.05) as live:
        listener = Listener(detector(), live)
        assert all(np.isnan(one.event.azimuth) for one in listener)
    assert listener.notes == ["both channels are identical: the direction is unknown"]


def test_a_model_with_optional_video_runs_on_audio_and_others_are_refused() -> None:
    sees = {"streams": {"map": 49}, "fusion": {"name": "transformer-decoder", "layers": 1, "heads": 2}}
    notes = detector(**sees, stream_dropout=0.3).warm_up()
    assert notes == ["without the optional stream(s) map"]
    assert detector().warm_up() == []
    with pytest.raises(ModelError, match="requires the stream"):
        detector(**sees)
