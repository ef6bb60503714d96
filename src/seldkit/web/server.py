"""The server of the page: begun, run until it is told to stop, and cleared away."""

import asyncio
import logging
import os
import signal
import socket
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from seldkit.errors import MissingExtraError
from seldkit.web.detection_job import Limits
from seldkit.web.loopback import LOOPBACK, listening, refuse_network
from seldkit.web.private_folder import private_folder
from seldkit.web.session_files import SessionFiles
from seldkit.web.worker import Worker

PORT: Final = 7860
PATIENCE: Final = 1
"""Seconds that open connections get when the server stops: those of open pages would last for ever."""
SWEEPS: Final = 60.0


def serve(
    models: Sequence[str] = ("default",),
    *,
    port: int = PORT,
    limits: Limits | None = None,
    device: str = "auto",
    open_browser: bool = False,
    said: Callable[[str], None] = print,
) -> None:
    """Serve the page on the loopback address until the process is interrupted or told to end.

    models, device: see `seldkit.load`. port: 0 takes any that is free. said: called with the page's address.
    From now on the process reaches no other machine; uploads and results are deleted when it ends.
    Raises SeldkitError where the port or a model cannot be used, MissingExtraError without the extra [web].
    """
    if find_spec("gradio") is None or find_spec("uvicorn") is None:
        raise MissingExtraError("the web page", "web")
    limits = limits or Limits()
    with (
        _ended_like_interrupted(),
        closing(listening(port)) as opened,
        private_folder() as folder,
        closing(Worker(models, limits, device)) as worker,
    ):
        refuse_network()
        worker.begin()
        shelf = SessionFiles(folder / "files")
        with _gradio_in(shelf.folder):
            app = _application(shelf, worker, limits)
            address = f"http://{LOOPBACK}:{opened.getsockname()[1]}"
            _run(app, opened, shelf, lambda: _greet(address, said, open_browser))


def _application(shelf: SessionFiles, worker: Worker, limits: Limits) -> Any:
    import gradio
    from fastapi import FastAPI

    from seldkit.web.request_filter import RequestFilter
    from seldkit.web.web_page import THEME, page, part

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gradio.mount_gradio_app(
        app,
        page(shelf, worker, limits),
        path="/",
        server_name=LOOPBACK,
        root_path="",
        max_file_size=limits.megabytes * 2**20,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        theme=THEME,
        css=part("page.css"),
        head=f"<script>{part('page.js')}</script>",
        favicon_path=None,
    )
    app.add_middleware(RequestFilter, script=part("page.js"))
    return app


def _run(app: Any, opened: socket.socket, shelf: SessionFiles, started: Callable[[], None]) -> None:
    import uvicorn

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it says that it cut connections
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=PATIENCE
    )
    server = uvicorn.Server(config)

    async def all_of_it() -> None:
        others = [asyncio.create_task(work) for work in (_when_started(server, started), _swept(shelf))]
        try:
            await server.serve(sockets=[opened])
        finally:
            for task in others:
                task.cancel()

    asyncio.run(all_of_it())


async def _when_started(server: Any, started: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.05)
    await asyncio.to_thread(started)


async def _swept(shelf: SessionFiles) -> None:
    while True:
        await asyncio.sleep(SWEEPS)
        await asyncio.to_thread(shelf.sweep)


def _greet(address: str, said: Callable[[str], None], open_browser: bool) -> None:
    said(address)
    if open_browser:
        webbrowser.open(address)


@contextmanager
def _gradio_in(folder: Path) -> Iterator[None]:
    """Gradio's surroundings: its files in a folder of ours, nothing sent, nothing set by somebody else."""
    former = {name: value for name, value in os.environ.items() if name.startswith("GRADIO_")}
    ours = {
        "GRADIO_TEMP_DIR": str(folder),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    for name in former:
        del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]
        os.environ.update(former)


@contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """Told to end, or left by its terminal, the process clears away as after Ctrl-C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def end(number: int, frame: object) -> None:
        signal.raise_signal(signal.SIGTERM)  # which the server minds while it runs

    handlers = {signal.SIGTERM: interrupt}
    if hasattr(signal, "SIGHUP"):  # not on Windows
        handlers[signal.SIGHUP] = end
    former_handlers = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in former_handlers.items():
            signal.signal(number, handler)
