"""The listening check that detect writes: --auralize, and --solo of one event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from seldkit.cli.batch import LISTENING, SAME_NAME_ERROR, is_folder, seconds_bar
from seldkit.errors import SeldkitError

if TYPE_CHECKING:
    from seldkit.detection import Scene
    from seldkit.render.auralization import RenderMode

Auralize = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT",
        help="Write a listening check, events rendered back from where they were found: a .wav, .flac, .m4a, "
        "or a .mp4, .mov, .mkv with the pictures; or a folder for it.",
    ),
]
AuralizeAs = Annotated[
    str | None,
    typer.Option(
        help="With --auralize: noise (bursts), sound (the event's own, put there) or nothing. "
        "Default: noise; with --solo nothing.",
    ),
]
Original = Annotated[
    float | None,
    typer.Option(
        metavar="DB",
        help="With --auralize: how loud the recording is beneath; -inf: not at all. Default: -6.",
    ),
]
Solo = Annotated[
    list[str] | None,
    typer.Option(
        metavar="EVENT",
        help="With --auralize: only the sound of the event of this number (as in the JSON), or of a class, "
        "by its name; may be given again.",
    ),
]

KIND: Final = "listening"
"""The name of this kind of result among the others."""
_KEPT: Final = {".mp4": ".mp4", ".m4v": ".mp4", ".mov": ".mov", ".mkv": ".mkv"}
_FILMS: Final = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"}
)


@dataclass(frozen=True)
class Listening:
    """Where listening checks go, None for nowhere, and what is heard: see `seldkit.render.auralize`."""

    output: Path | None
    manner: RenderMode | None
    original: float
    solo: tuple[str, ...]

    @classmethod
    def of(
        cls, output: Path | None, manner: str | None, original: float | None, solo: list[str] | None
    ) -> Listening:
        """From the options as they were given; raises BadParameter where they cannot be."""
        if output is None and (manner is not None or original is not None or solo):
            raise typer.BadParameter(
                "--auralize-as, --original and --solo speak of --auralize, which is not given"
            )
        if manner not in (None, "noise", "sound", "nothing"):
            raise typer.BadParameter(f"expected --auralize-as noise, sound or nothing, got '{manner}'")
        if manner == "nothing" and not solo:
            raise typer.BadParameter("--auralize-as nothing leaves the recording as it is; give --solo too")
        level = -6.0 if original is None else original
        if not level <= 0.0:
            raise typer.BadParameter(f"expected --original as at most 0 dB, got {level:g}")
        chosen = manner or ("nothing" if solo else "noise")
        return cls(
            output, None if chosen == "nothing" else cast("RenderMode", chosen), level, tuple(solo or ())
        )

    def join(self, results: dict[Path, dict[str, Path]], files: Mapping[Path, Path]) -> None:
        """Add what is written for each file, given with its path below an output folder, without suffix.

        Raises BadParameter or SeldkitError where several files would become one.
        """
        if self.output is None:
            return
        from seldkit.media.audio_replacement import CODECS_BY_SUFFIX

        alone = self.output.suffix.lower() in CODECS_BY_SUFFIX and not is_folder(self.output)
        if alone and len(files) > 1:
            raise typer.BadParameter(
                f"--auralize {self.output} is one file for {len(files)} inputs; give a folder"
            )
        times = Counter(files.values())
        written: set[Path] = set()
        for path, stem in files.items():
            unique = stem if times[stem] == 1 else stem.with_name(path.name)
            target = self.output if alone else self.output / _named(unique, path)
            if target in written:
                raise SeldkitError(f"{target}: {SAME_NAME_ERROR}")
            written.add(target)
            results.setdefault(path, {})[KIND] = target

    def write(self, scene: Scene, path: Path) -> None:
        """Write one of them; what was changed is said."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with seconds_bar(path.name, scene.annotations.seconds) as progress:
            result = scene.auralize(
                path,
                manner=self.manner,
                original=self.original,
                solo=self.solo,
                progress=progress,
            )
        for note in result.notes:
            if note not in scene.notes:
                typer.echo(f"{path.name}: {note}", err=True)


def _named(stem: Path, source: Path) -> Path:
    """<stem>.listening.<suffix>: the video's own kind, .mkv for others, .wav for sound alone."""
    suffix = source.suffix.lower()
    kind = _KEPT.get(suffix, ".mkv" if suffix in _FILMS else ".wav")
    return stem.with_name(f"{stem.name}{LISTENING}{kind}")
