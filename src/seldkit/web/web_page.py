"""The page: its components and the actions of its buttons."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import gradio as gr

from seldkit.errors import SeldkitError, in_one_line
from seldkit.web.detection_job import BYTES_PER_MEGABYTE, Job, JobResult, Limits
from seldkit.web.result_html import downloads, error, events_table, summary
from seldkit.web.session_files import SessionFiles
from seldkit.web.worker import Worker

TITLE: Final = "seldkit: sound event localization and detection"
INTRODUCTION: Final = f"""# {TITLE}
Detects sound events in a video or audio file, with their class, time, direction and distance.
Files stay on this machine and are deleted when you close the page."""
DETECT_LABEL: Final = "Detect events"
MAX_WAITING_JOBS: Final = 8
"""Maximum number of jobs that wait for the current one."""
CAMERA_CONSTRAINTS: Final = {"width": {"ideal": 640}, "height": {"ideal": 360}}
"""Size in pixels, as in the DCASE 2025 data. Browsers cannot encode much larger videos in real time."""
THEME: Final = gr.themes.Default(
    font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"], primary_hue="blue"
)
"""Theme with fonts of the system, so that no font is loaded."""
EXAMPLE_NAME: Final = "demo.mp4"


def read_asset(name: str) -> str:
    """Reads a style or script of the page.

    Args:
        name: File name in this package.

    Returns:
        Content.
    """
    return (resources.files(__package__) / name).read_text("utf-8")


def build_page(files: SessionFiles, worker: Worker, limits: Limits) -> gr.Blocks:
    """Builds the page.

    Args:
        files: Uploads and results of all sessions.
        worker: Process that runs the jobs.
        limits: Maximum size of recordings.

    Returns:
        Gradio application.
    """
    actions = _Actions(files, worker)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        gr.Markdown(INTRODUCTION)
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                inputs = _input_components(limits)
            with gr.Column(scale=3, min_width=320):
                outputs = _output_components()
        _connect(actions, inputs, outputs)
        blocks.unload(actions.close)
    blocks.queue(max_size=MAX_WAITING_JOBS, default_concurrency_limit=1, api_open=False)
    return blocks


@dataclass(frozen=True)
class _Inputs:
    """Components for the recording, by the name of their tab, and for the options."""

    tabs: dict[str, gr.Tab]
    recordings: dict[str, Any]
    selected_tab: gr.State
    options: list[Any]
    start: gr.Button
    stop: gr.Button
    example: gr.Button


@dataclass(frozen=True)
class _Outputs:
    """Components for the results."""

    status: gr.HTML
    results: gr.Column
    video: gr.Video
    plot: gr.Image
    table: gr.HTML
    files: gr.HTML

    @property
    def all(self) -> list[Any]:
        return [self.status, self.results, self.video, self.plot, self.table, self.files]


def _input_components(limits: Limits) -> _Inputs:
    tabs, recordings = _recording_tabs()
    with gr.Accordion("Options", open=False):
        options = _options()
    with gr.Row():
        start = gr.Button(DETECT_LABEL, variant="primary", elem_id="start")
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="stop")
        example = gr.Button("Use the example", elem_id="example", visible=_example_path() is not None)
    gr.Markdown(
        f"At most {limits.minutes:g} minutes and {limits.megabytes} MB, and "
        f"{limits.session_bytes // BYTES_PER_MEGABYTE} MB in total. One recording at a time.",
        elem_classes="seldkit-faint",
    )
    return _Inputs(tabs, recordings, gr.State("file"), options, start, stop, example)


def _recording_tabs() -> tuple[dict[str, gr.Tab], dict[str, Any]]:
    tabs: dict[str, gr.Tab] = {}
    recordings: dict[str, Any] = {}
    with gr.Tabs():
        with gr.Tab("File") as tabs["file"]:
            recordings["file"] = gr.File(label="Video or audio file", elem_id="file", height=180)
        with gr.Tab("Camera") as tabs["camera"]:
            recordings["camera"] = gr.Video(
                label="Camera and microphone",
                sources=["webcam"],
                include_audio=True,
                webcam_options=gr.WebcamOptions(mirror=False, constraints={"video": CAMERA_CONSTRAINTS}),
                elem_id="camera",
                buttons=[],
            )
        with gr.Tab("Microphone") as tabs["microphone"]:
            recordings["microphone"] = gr.Audio(
                label="Microphone",
                sources=["microphone"],
                type="filepath",
                elem_id="microphone",
                buttons=[],
                editable=False,
            )
            gr.Markdown("The direction can only be detected with a stereo microphone.")
    return tabs, recordings


def _options() -> list[Any]:
    """Returns the options in the order of the parameters of `_Actions.detect`."""
    return [
        gr.Checkbox(True, label="Top view below the video"),
        gr.Checkbox(True, label="Scrolling timeline below the video"),
        gr.Checkbox(False, label="Four channels are first-order ambisonics (ACN order)"),
        gr.Number(
            None,
            label="Horizontal field of view (degrees)",
            info="Empty: 100 along the longer side. 360: panorama.",
            minimum=1,
            maximum=360,
        ),
    ]


def _output_components() -> _Outputs:
    status = gr.HTML(elem_id="status", apply_default_css=False, padding=False)
    with gr.Column(visible=False) as results:
        video = gr.Video(show_label=False, interactive=False, elem_id="video", buttons=[])
        table = gr.HTML(elem_id="events", apply_default_css=False, padding=False)
        plot = gr.Image(
            show_label=False, type="filepath", interactive=False, elem_id="plot", buttons=["fullscreen"]
        )
        files = gr.HTML(elem_id="files", apply_default_css=False, padding=False)
    return _Outputs(status, results, video, plot, table, files)


def _connect(actions: _Actions, inputs: _Inputs, outputs: _Outputs) -> None:
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    immediate: dict[str, Any] = {**hidden, "queue": False}
    for name, tab in inputs.tabs.items():
        tab.select(_constant(name), outputs=inputs.selected_tab, **immediate)
    for recording in inputs.recordings.values():
        recording.change(actions.register_upload, inputs=recording, **immediate)
    inputs.example.click(actions.use_example, outputs=inputs.recordings["file"], **immediate)

    buttons = [inputs.start, inputs.stop]
    started = inputs.start.click(lambda: _buttons(busy=True), outputs=buttons, **immediate)
    detection = started.then(
        actions.detect,
        inputs=[inputs.selected_tab, *inputs.recordings.values(), *inputs.options],
        outputs=outputs.all,
        show_progress_on=outputs.status,
        api_visibility="private",
        concurrency_limit=1,
        concurrency_id="detector",
    )
    detection.then(lambda: _buttons(busy=False), outputs=buttons, **immediate)
    inputs.stop.click(
        lambda: (*_buttons(busy=False), error("stopped"), gr.update(visible=False)),
        outputs=[*buttons, outputs.status, outputs.results],
        cancels=[detection],
        **immediate,
    )


class _Actions:
    """Actions of the buttons for all sessions."""

    def __init__(self, files: SessionFiles, worker: Worker) -> None:
        self._files, self._worker = files, worker
        self._active_session: str | None = None

    def register_upload(self, recording: str | None, request: gr.Request) -> None:
        """Assigns an upload or a recording to its session."""
        if recording is not None:
            self._files.register(_session(request), Path(recording))

    def use_example(self, request: gr.Request) -> str:
        """Returns a copy of the example as if it had been uploaded."""
        path = _example_path()
        assert path is not None
        return str(self._files.copy(_session(request), path))

    async def detect(
        self,
        tab: str,
        file: str | None,
        camera: str | None,
        microphone: str | None,
        top_view: bool,
        timeline: bool,
        foa: bool,
        field_of_view: float | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (Gradio passes the progress to such a parameter)
    ) -> tuple[Any, ...]:
        """Runs a job and returns its results or error for the output components."""
        session = _session(request)
        recording = {"file": file, "camera": camera, "microphone": microphone}[tab]
        try:
            self._active_session = session
            folder, name = await asyncio.to_thread(self._create_job, session, recording, tab)
            job = Job(folder, name, foa, top_view, timeline, field_of_view or None)
            result = await self._worker.run(job, lambda share, step: progress(share, desc=step))
            return _result_values(result, folder)
        except (SeldkitError, OSError) as problem:
            return _error_values(in_one_line(problem))
        finally:
            self._active_session = None

    async def close(self, request: gr.Request) -> None:
        """Stops the job of a page that was closed, and deletes its files."""
        session = _session(request)
        if self._active_session == session:
            await self._worker.end_job()
        await asyncio.to_thread(self._files.close_session, session)

    def _create_job(self, session: str, recording: str | None, tab: str) -> tuple[Path, str]:
        if recording is None:
            raise SeldkitError("no recording: select a file, record something or use the example")
        upload = Path(recording)
        name = upload.name if tab == "file" else f"recording{upload.suffix}"
        return self._files.create_job(session, upload, name)


def _example_path() -> Path | None:
    """Returns the demo clip in the installed package or in the source tree, or None if there is none."""
    installed = Path(str(resources.files(__package__))) / EXAMPLE_NAME
    in_source_tree = Path(__file__).parents[3] / "examples" / EXAMPLE_NAME
    return next((path for path in (installed, in_source_tree) if path.is_file()), None)


def _session(request: gr.Request) -> str:
    return str(request.session_hash)


def _constant(name: str) -> Any:
    return lambda: name


def _buttons(*, busy: bool) -> tuple[Any, Any]:
    return gr.update(interactive=not busy), gr.update(visible=busy)


def _result_values(result: JobResult, folder: Path) -> tuple[Any, ...]:
    """Returns the values of `_Outputs.all`."""
    return (
        summary(result),
        gr.update(visible=True),
        gr.update(visible=False, value=None)
        if result.player is None
        else gr.update(visible=True, value=str(folder / result.player)),
        None if result.plot is None else str(folder / result.plot),
        events_table(result.events),
        downloads(folder, result.files),
    )


def _error_values(message: str) -> tuple[Any, ...]:
    """Returns the values of `_Outputs.all` for an error."""
    return error(message), gr.update(visible=False), None, None, "", ""
