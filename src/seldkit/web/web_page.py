"""The page itself: what is on it, and what its buttons do."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import gradio as gr

from seldkit.errors import SeldkitError, in_one_line
from seldkit.web.detection_job import Job, JobResult, Limits
from seldkit.web.example import example
from seldkit.web.result_html import downloads, error, events_table, summary
from seldkit.web.session_files import SessionFiles
from seldkit.web.worker import Worker

TITLE: Final = "seldkit: what sounds, where, and how far away"
INTRODUCTION: Final = f"""# {TITLE}
Give a video or a sound file. It stays on this machine and is deleted when you close the page."""
LISTEN: Final = "Find the sounds"
WAITING: Final = 8
"""How many jobs may wait for the one that is under way."""
CAMERA: Final = {"width": {"ideal": 640}, "height": {"ideal": 360}}
"""Pixels, as in the DCASE 2025 data; browsers fall behind when they pack much larger pictures."""
THEME: Final = gr.themes.Default(
    font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"], primary_hue="blue"
)
"""With the letters of the machine: no font is loaded."""


def part(name: str) -> str:
    """A file of the page beside this one."""
    return (resources.files(__package__) / name).read_text("utf-8")


def page(shelf: SessionFiles, worker: Worker, limits: Limits) -> gr.Blocks:
    """The page, whose jobs a worker does and whose files a shelf keeps."""
    desk = _Desk(shelf, worker)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        gr.Markdown(INTRODUCTION)
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320):
                given = _given(limits)
            with gr.Column(scale=3, min_width=320):
                shown = _shown()
        _connect(desk, given, shown)
        blocks.unload(desk.leave)
    blocks.queue(max_size=WAITING, default_concurrency_limit=1, api_open=False)
    return blocks


@dataclass(frozen=True)
class _Given:
    """What people give: recordings, by the tab that they are on, and how to treat them."""

    tabs: dict[str, gr.Tab]
    recordings: dict[str, Any]
    tab: gr.State
    options: list[Any]
    start: gr.Button
    stop: gr.Button
    example: gr.Button


@dataclass(frozen=True)
class _Shown:
    """What they get."""

    status: gr.HTML
    results: gr.Column
    video: gr.Video
    picture: gr.Image
    table: gr.HTML
    files: gr.HTML

    @property
    def all(self) -> list[Any]:
        return [self.status, self.results, self.video, self.picture, self.table, self.files]


def _given(limits: Limits) -> _Given:
    tabs: dict[str, gr.Tab] = {}
    recordings: dict[str, Any] = {}
    with gr.Tabs():
        with gr.Tab("File") as tabs["file"]:
            recordings["file"] = gr.File(label="Video or sound file", elem_id="file", height=180)
        with gr.Tab("Camera") as tabs["camera"]:
            recordings["camera"] = gr.Video(
                label="Camera and microphone",
                sources=["webcam"],
                include_audio=True,
                webcam_options=gr.WebcamOptions(mirror=False, constraints={"video": CAMERA}),
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
            gr.Markdown("Left and right can be told from a stereo microphone only.")
    with gr.Accordion("Options", open=False):
        options = _options()
    with gr.Row():
        start = gr.Button(LISTEN, variant="primary", elem_id="start")
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="stop")
        take = gr.Button("Take the example", elem_id="example", visible=example() is not None)
    gr.Markdown(
        f"At most {limits.minutes:g} minutes and {limits.megabytes} MB; one recording at a time.",
        elem_classes="seldkit-faint",
    )
    return _Given(tabs, recordings, gr.State("file"), options, start, stop, take)


def _options() -> list[Any]:
    """In the order of the fields of `_Desk.listen`."""
    return [
        gr.Checkbox(True, label="View from above, beneath the video"),
        gr.Checkbox(True, label="Timeline that rolls by, beneath the video"),
        gr.Checkbox(False, label="Four channels are first-order ambisonics (ACN order)"),
        gr.Number(
            None,
            label="Degrees across the picture",
            info="Empty: 100 along the longer side. 360: a panorama.",
            minimum=1,
            maximum=360,
        ),
    ]


def _shown() -> _Shown:
    status = gr.HTML(elem_id="status", apply_default_css=False, padding=False)
    with gr.Column(visible=False) as results:
        video = gr.Video(show_label=False, interactive=False, elem_id="video", buttons=[])
        table = gr.HTML(elem_id="events", apply_default_css=False, padding=False)
        picture = gr.Image(
            show_label=False, type="filepath", interactive=False, elem_id="picture", buttons=["fullscreen"]
        )
        files = gr.HTML(elem_id="files", apply_default_css=False, padding=False)
    return _Shown(status, results, video, picture, table, files)


def _connect(desk: _Desk, given: _Given, shown: _Shown) -> None:
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    at_once: dict[str, Any] = {**quiet, "queue": False}
    for name, tab in given.tabs.items():
        tab.select(_constant(name), outputs=given.tab, **at_once)
    for recording in given.recordings.values():
        recording.change(desk.hold, inputs=recording, **at_once)
    given.example.click(desk.example, outputs=given.recordings["file"], **at_once)

    buttons = [given.start, given.stop]
    begun = given.start.click(lambda: _buttons(busy=True), outputs=buttons, **at_once)
    listening = begun.then(
        desk.listen,
        inputs=[given.tab, *given.recordings.values(), *given.options],
        outputs=shown.all,
        show_progress_on=shown.status,
        api_visibility="private",
        concurrency_limit=1,
        concurrency_id="the detector",
    )
    listening.then(lambda: _buttons(busy=False), outputs=buttons, **at_once)
    given.stop.click(
        lambda: (*_buttons(busy=False), error("stopped"), gr.update(visible=False)),
        outputs=[*buttons, shown.status, shown.results],
        cancels=[listening],
        **at_once,
    )


class _Desk:
    """What the page's buttons do, for all that have it open."""

    def __init__(self, shelf: SessionFiles, worker: Worker) -> None:
        self._shelf, self._worker = shelf, worker
        self._busy_for: str | None = None

    def hold(self, recording: str | None, request: gr.Request) -> None:
        """An upload or a recording has come."""
        if recording is not None:
            self._shelf.hold(_session(request), Path(recording))

    def example(self, request: gr.Request) -> str:
        """The demo clip, as if it had been uploaded."""
        found = example()
        assert found is not None
        return str(self._shelf.copy(_session(request), found))

    async def listen(
        self,
        tab: str,
        file: str | None,
        camera: str | None,
        microphone: str | None,
        fan: bool,
        timeline: bool,
        foa: bool,
        field_of_view: float | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (this is how Gradio is asked for it)
    ) -> tuple[Any, ...]:
        """Do the job, and show what came out or what went wrong."""
        session = _session(request)
        given = {"file": file, "camera": camera, "microphone": microphone}[tab]
        try:
            self._busy_for = session
            job = self._job(session, given, tab, (fan, timeline, foa, field_of_view))
            found = await self._worker.do(job, lambda done, words: progress(done, desc=words))
            return _results(found, job.folder)
        except (SeldkitError, OSError) as problem:
            return _nothing(in_one_line(problem))
        finally:
            self._busy_for = None

    async def leave(self, request: gr.Request) -> None:
        """The page was closed: its job is stopped, its files are deleted."""
        session = _session(request)
        if self._busy_for == session:
            self._worker.close()
        self._shelf.clear(session)

    def _job(
        self, session: str, given: str | None, tab: str, options: tuple[bool, bool, bool, float | None]
    ) -> Job:
        if given is None:
            raise SeldkitError("nothing to listen to yet: give a file, record something or take the example")
        upload = Path(given)
        name = upload.name if tab == "file" else f"recording{upload.suffix}"
        folder, name = self._shelf.job(session, upload, name)
        fan, timeline, foa, field_of_view = options
        return Job(folder, name, foa=foa, fan=fan, timeline=timeline, field_of_view=field_of_view or None)


def _session(request: gr.Request) -> str:
    return str(request.session_hash)


def _constant(name: str) -> Any:
    return lambda: name


def _buttons(*, busy: bool) -> tuple[Any, Any]:
    return gr.update(interactive=not busy), gr.update(visible=busy)


def _results(found: JobResult, folder: Path) -> tuple[Any, ...]:
    """Values for `_Shown.all`."""
    return (
        summary(found),
        gr.update(visible=True),
        None if found.video is None else str(folder / found.video),
        None if found.picture is None else str(folder / found.picture),
        events_table(found.events),
        downloads(folder, found.files),
    )


def _nothing(words: str) -> tuple[Any, ...]:
    return error(words), gr.update(visible=False), None, None, "", ""
