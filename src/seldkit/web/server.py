"""Server of the page: start, run until terminated, clean up."""

import asyncio
import logging
import os
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from seldkit.errors import MissingExtraError
from seldkit.web.detection_job import Limits
from seldkit.web.loopback import LOOPBACK, block_network, open_loopback_socket
from seldkit.web.private_folder import private_folder
from seldkit.web.session_files import SessionFiles
from seldkit.web.worker import Worker

DEFAULT_PORT: Final = 7860
SHUTDOWN_SECONDS: Final = 1
"""Time that open connections get at shutdown; those of open pages would never end."""
CLEANUP_INTERVAL_SECONDS: Final = 60.0
"""Time between two deletions of unused files."""
START_POLL_SECONDS: Final = 0.05


def serve(
    models: Sequence[str] = ("default",),
    *,
    port: int = DEFAULT_PORT,
    limits: Limits | None = None,
    device: str = "auto",
    open_browser: bool = False,
    on_start: Callable[[str], None] = print,
) -> None:
    """Serves the page on the loopback address until the process is interrupted or terminated.

    The process is blocked from connecting to other machines. Uploads and results are deleted at the end.

    Args:
        models: Models, see `seldkit.load`. Several form an ensemble.
        port: Port; 0 selects a free one.
        limits: Maximum size of recordings.
        device: Compute device: auto, cpu, cuda or mps.
        open_browser: Whether to open the page in a browser.
        on_start: Called with the URL of the page.

    Raises:
        SeldkitError: The port or a model cannot be used.
        MissingExtraError: The extra [web] is not installed.
    """
    if find_spec("gradio") is None or find_spec("uvicorn") is None:
        raise MissingExtraError("the web page", "web")
    limits = limits or Limits()
    with (
        _termination_as_interrupt(),
        closing(open_loopback_socket(port)) as opened,
        private_folder() as folder,
        _temporary_files_in(folder / "temporary"),
        closing(Worker(models, limits, device)) as worker,
    ):
        block_network()
        worker.start()
        files = SessionFiles(folder / "files")
        with _gradio_environment(files.folder):
            app = _application(files, worker, limits)
            url = f"http://{LOOPBACK}:{opened.getsockname()[1]}"
            _run(app, opened, files, lambda: _announce(url, on_start, open_browser))


def _application(files: SessionFiles, worker: Worker, limits: Limits) -> Any:
    import gradio
    from fastapi import FastAPI

    from seldkit.web.request_filter import RequestFilter
    from seldkit.web.session_filter import SessionFilter
    from seldkit.web.upload_quota import UploadQuota
    from seldkit.web.web_page import THEME, build_page, read_asset

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gradio.mount_gradio_app(
        app,
        build_page(files, worker, limits),
        path="/",
        server_name=LOOPBACK,
        root_path="",
        max_file_size=limits.file_bytes,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        theme=THEME,
        css=read_asset("page.css"),
        head=f"<script>{read_asset('page.js')}</script>",
        favicon_path=None,
    )
    # The filters are outside of the application, so that nothing of it runs before their checks.
    sessions = SessionFilter(app, files, UploadQuota(files, limits))
    return RequestFilter(sessions, script=read_asset("page.js"))


def _run(app: Any, opened: socket.socket, files: SessionFiles, on_start: Callable[[], None]) -> None:
    import uvicorn

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # it reports connections closed at shutdown
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = uvicorn.Server(config)

    async def run_with_tasks() -> None:
        tasks = [asyncio.create_task(task) for task in (_after_start(server, on_start), _clean_up(files))]
        try:
            await server.serve(sockets=[opened])
        finally:
            for task in tasks:
                task.cancel()

    asyncio.run(run_with_tasks())


async def _after_start(server: Any, on_start: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(START_POLL_SECONDS)
    await asyncio.to_thread(on_start)


async def _clean_up(files: SessionFiles) -> None:
    while True:
        await asyncio.sleep(CLEANUP_INTERVAL_SECONDS)
        await asyncio.to_thread(files.delete_unused)


def _announce(url: str, on_start: Callable[[str], None], open_browser: bool) -> None:
    on_start(url)
    if open_browser:
        webbrowser.open(url)


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Makes this process and its children create temporary files in a folder, which is removed with them."""
    folder.mkdir(mode=0o700)
    original, directory = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = directory
        if original is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = original


@contextmanager
def _gradio_environment(folder: Path) -> Iterator[None]:
    """Makes Gradio use a folder and send no telemetry, and ignores its variables in the environment."""
    original = {name: value for name, value in os.environ.items() if name.startswith("GRADIO_")}
    settings = {
        "GRADIO_TEMP_DIR": str(folder),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    for name in original:
        del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]
        os.environ.update(original)


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Makes SIGTERM and SIGHUP end the process with the same cleanup as Ctrl-C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def terminate(number: int, frame: object) -> None:
        signal.raise_signal(signal.SIGTERM)  # handled by uvicorn while the server runs

    handlers = {signal.SIGTERM: interrupt}
    if hasattr(signal, "SIGHUP"):  # missing on Windows
        handlers[signal.SIGHUP] = terminate
    original = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in original.items():
            signal.signal(number, handler)
