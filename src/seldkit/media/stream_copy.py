"""Writing the packets of one stream of a file to another file, in step with other streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from av.container import InputContainer, OutputContainer
from av.error import FFmpegError

from seldkit.media.stream_decoder import MAX_READ_ERRORS


class StreamCopy(ABC):
    """A stream that is added to an output file and written up to given times. Context manager.

    On entering, the stream is added to the output, before anything is written.

    Args:
        output: File to be written.

    Attributes:
        ended: Whether all packets have been written.
    """

    def __init__(self, output: OutputContainer) -> None:
        self.ended = False
        self._output = output
        self._stack = ExitStack()
        self._packets: Iterator[tuple[float, Any]] = iter(())
        self._next: tuple[float, Any] | None = None

    def __enter__(self) -> Self:
        try:
            self._packets = self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @abstractmethod
    def _open(self) -> Iterator[tuple[float, Any]]:
        """Adds the stream to the output; returns the time of each packet in seconds, and the packet."""

    def write_until(self, seconds: float) -> None:
        """Writes all packets that start before a time.

        Args:
            seconds: Time since the start of the presentation, in seconds.
        """
        while not self.ended:
            if self._next is None:
                self._next = next(self._packets, None)
            if self._next is None:
                self.ended = True
            elif self._next[0] >= seconds:
                return
            else:
                self._write(self._next[1])
                self._next = None

    def _write(self, packet: Any) -> None:
        self._output.mux(packet)


def stream_packets(container: InputContainer, stream: Any) -> Iterator[Any]:
    """Reads the packets of a stream that have data; read errors are skipped.

    Args:
        container: Open file.
        stream: Stream of the file.

    Yields:
        Packets of the stream.
    """
    for _ in range(MAX_READ_ERRORS):
        try:
            yield from (packet for packet in container.demux(stream) if packet.size)
            return
        except (FFmpegError, OSError):
            continue
