"""seldkit listen: detects events live, from a microphone or raw samples in a pipe."""

import signal
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from seldkit.cli.json_lines import write_line
from seldkit.cli.layout_options import Foa, Layout, stated_layout
from seldkit.cli.model_options import Models, Weights

if TYPE_CHECKING:
    from seldkit.detection import EventUpdate, Listener
    from seldkit.media.live import LiveAudio, Microphone, RawAudio


def listen(
    input: Annotated[
        str | None,
        typer.Argument(help="Raw samples: '-' for standard input, or a named pipe. Default: the microphone."),
    ] = None,
    microphone: Annotated[
        str | None,
        typer.Option(
            help="Name of the microphone in the system, for example plughw:1 (ALSA). Default: default."
        ),
    ] = None,
    rate: Annotated[int, typer.Option(help="Sample rate in Hz.")] = 48000,
    channels: Annotated[int, typer.Option(help="Number of interleaved channels.")] = 2,
    sample_format: Annotated[
        str, typer.Option(help="Format of raw samples: s16le, s24le, s32le or f32le.")
    ] = "s16le",
    onsets: Annotated[bool, typer.Option("--onsets", help="Also print a line when an event starts.")] = False,
    delay: Annotated[
        float | None,
        typer.Option(
            help="Maximum time in seconds from audio to its result; a shorter one is less accurate. "
            "Default: the window of the model (5 s for the default model)."
        ),
    ] = None,
    model: Models = None,
    weight: Weights = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=1.0,
            help="Activity threshold of a detection, for all classes; a lower threshold gives more events. "
            "Default: the thresholds of the model.",
        ),
    ] = None,
    layout: Layout = None,
    foa: Foa = False,
    device: Annotated[str, typer.Option(help="Compute device: auto, cpu, cuda, mps and so on.")] = "auto",
) -> None:
    """Detect events in live audio: one line of JSON for each event as soon as it ends. Stop with Ctrl-C."""
    if input is not None and microphone is not None:
        raise typer.BadParameter("expected raw samples or --microphone, not both")

    recorded_as = stated_layout(layout, foa=foa)

    from seldkit.detection import Listener, load
    from seldkit.media.live import LiveAudio

    source = _source(input, microphone, rate, channels, sample_format)
    detector = load(model or "default", weights=weight, device=device, threshold=threshold, delay=delay)
    for note in detector.warm_up():
        _print_error(f"note: {note}")
    with LiveAudio(
        source, detector.sample_rate, detector.layout, recorded_as=recorded_as, warn=_print_error
    ) as audio:
        listener = Listener(detector, audio, onsets=onsets)
        _print_error(f"listening to {source}; {_delay_text(listener)}; press Ctrl-C to stop")
        with _stopped_by_signals(audio):
            delays = _print_events(listener)
        _print_summary(audio, listener, delays)


def _source(
    input: str | None, microphone: str | None, rate: int, channels: int, encoding: str
) -> "RawAudio | Microphone":
    from seldkit.media.live import Microphone, RawAudio, RawFormat

    format = RawFormat(rate, channels, encoding)
    if input is None:
        return Microphone(microphone or "default", format)
    return RawAudio(input, format)


def _delay_text(listener: "Listener") -> str:
    shortest, longest = listener.delay_range
    return f"events are reported {shortest:.1f} to {longest:.1f} s after their end, depending on the class"


def _print_events(listener: "Listener") -> list[float]:
    """Prints events until the reader closes the pipe; returns the delays of those that ended."""
    delays = []
    for update in listener:
        if not write_line(_line(update)):
            break
        if update.ended:
            delays.append(update.delay)
    return delays


def _line(update: "EventUpdate") -> str:
    from seldkit.formats import event_line

    time = update.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    state = "ended" if update.ended else "began"
    return event_line(update.event, state=state, time=time, delay=round(update.delay, 3))


def _print_summary(audio: "LiveAudio", listener: "Listener", delays: list[float]) -> None:
    for note in listener.notes:
        _print_error(f"note: {note}")
    count = "1 event" if len(delays) == 1 else f"{len(delays)} events"
    lost = f", {audio.lost_seconds:.1f} s of it lost" if audio.lost_seconds else ""
    waited = (
        f"; delay: median {statistics.median(delays):.2f} s, maximum {max(delays):.2f} s" if delays else ""
    )
    _print_error(
        f"{count} in {audio.seconds:.1f} s{lost}{waited}; computing time {audio.computing_seconds:.1f} s"
    )


def _print_error(line: str) -> None:
    typer.echo(line, err=True)


@contextmanager
def _stopped_by_signals(audio: "LiveAudio") -> Iterator[None]:
    """Makes the first Ctrl-C or SIGTERM end the audio, so that all events are reported; a second exits."""

    def end(number: int, frame: FrameType | None) -> None:
        audio.stop()
        signal.signal(number, signal.default_int_handler)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
