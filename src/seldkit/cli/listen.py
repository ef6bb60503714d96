"""seldkit listen: the events of a microphone, or of raw samples in a pipe, as they happen."""

import signal
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from seldkit.cli.json_lines import write_line
from seldkit.cli.model_options import Models, Weights

if TYPE_CHECKING:
    from seldkit.detection import EventUpdate, Listener
    from seldkit.media.live import LiveAudio, Microphone, RawAudio


def listen(
    input: Annotated[
        str | None,
        typer.Argument(help="Raw samples: - for standard input, or a named pipe. Default: a microphone."),
    ] = None,
    microphone: Annotated[
        str | None, typer.Option(help="A microphone by the system's name (ALSA: plughw:1). Default: default.")
    ] = None,
    rate: Annotated[int, typer.Option(help="Samples a second.")] = 48000,
    channels: Annotated[int, typer.Option(help="Interleaved channels.")] = 2,
    sample_format: Annotated[str, typer.Option(help="Of raw samples: s16le, s32le or f32le.")] = "s16le",
    onsets: Annotated[
        bool, typer.Option("--onsets", help="Print a line when an event has begun, too.")
    ] = False,
    delay: Annotated[
        float | None,
        typer.Option(help="Seconds that each moment may wait for what follows. Default: the model's window."),
    ] = None,
    model: Models = None,
    weight: Weights = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.01, max=1.0, help="Activity threshold instead of the model's own.")
    ] = None,
    foa: Annotated[
        bool, typer.Option("--foa", help="Four channels are first-order ambisonics, in ACN order.")
    ] = False,
    device: Annotated[str, typer.Option(help="What computes: auto, cpu, cuda, …")] = "auto",
) -> None:
    """Hear a running sound: one line of JSON for each event as soon as it ends, until Ctrl-C."""
    if input is not None and microphone is not None:
        raise typer.BadParameter("expected raw samples or --microphone, got both")

    from seldkit.channels import FOA
    from seldkit.detection import Listener, load
    from seldkit.media.live import LiveAudio

    source = _source(input, microphone, rate, channels, sample_format)
    detector = load(model or "default", weights=weight, device=device, threshold=threshold, delay=delay)
    for note in detector.warm_up():
        _say(f"note: {note}")
    recorded_as = FOA if foa else None
    with LiveAudio(
        source, detector.sample_rate, detector.layout, recorded_as=recorded_as, warn=_say
    ) as sound:
        listener = Listener(detector, sound, onsets=onsets)
        _say(f"listening to {source}; {_promise(listener)}; Ctrl-C ends")
        with _ended_by_signals(sound):
            delays = _print(listener)
        _conclude(sound, listener, delays)


def _source(
    input: str | None, microphone: str | None, rate: int, channels: int, encoding: str
) -> "RawAudio | Microphone":
    from seldkit.media.live import Microphone, RawAudio, RawFormat

    format = RawFormat(rate, channels, encoding)
    if input is None:
        return Microphone(microphone or "default", format)
    return RawAudio(input, format)


def _promise(listener: "Listener") -> str:
    soonest, latest = listener.delay_range
    return f"events are told within {soonest:.1f} to {latest:.1f} s of their end, by their class's pause"


def _print(listener: "Listener") -> list[float]:
    """The lines of the events, until nobody reads them; gives the delays of those that ended."""
    delays = []
    for news in listener:
        if not write_line(_line(news)):
            break
        if news.ended:
            delays.append(news.delay)
    return delays


def _line(news: "EventUpdate") -> str:
    from seldkit.formats import event_line

    time = news.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    state = "ended" if news.ended else "began"
    return event_line(news.event, state=state, time=time, delay=round(news.delay, 3))


def _conclude(sound: "LiveAudio", listener: "Listener", delays: list[float]) -> None:
    for note in listener.notes:
        _say(f"note: {note}")
    count = "1 event" if len(delays) == 1 else f"{len(delays)} events"
    lost = f", {sound.lost_seconds:.1f} s of them left out" if sound.lost_seconds else ""
    waited = (
        f"; delay: median {statistics.median(delays):.2f} s, maximum {max(delays):.2f} s" if delays else ""
    )
    _say(f"{count} in {sound.seconds:.1f} s{lost}{waited}; computing took {sound.computing_seconds:.1f} s")


def _say(line: str) -> None:
    typer.echo(line, err=True)


@contextmanager
def _ended_by_signals(sound: "LiveAudio") -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) ends the sound, so that what was heard is told; a second one ends all."""

    def end(number: int, frame: FrameType | None) -> None:
        sound.stop()
        signal.signal(number, signal.default_int_handler)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
