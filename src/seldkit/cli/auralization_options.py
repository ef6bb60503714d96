"""Options of detect for auralization: --auralize, --auralize-as, --original and --solo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from seldkit.cli.batch import (
    AURALIZATION_ENDING,
    SAME_NAME_ERROR,
    is_folder,
    print_new_notes,
    seconds_bar,
    unique_stems,
)
from seldkit.errors import SeldkitError

if TYPE_CHECKING:
    from seldkit.detection import Scene
    from seldkit.render.auralization import RenderMode

Auralize = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT",
        help="Write audio for a listening check: the events rendered from their predicted directions. A file "
        "(.wav, .flac, .m4a, or with video .mp4, .mov, .mkv) or a folder.",
    ),
]
AuralizeAs = Annotated[
    str | None,
    typer.Option(
        help="With --auralize: what is played for an event: noise (bursts), sound (its audio, rendered from "
        "the predicted direction) or nothing. Default: noise, or nothing with --solo.",
    ),
]
Original = Annotated[
    float | None,
    typer.Option(
        metavar="DB",
        help="With --auralize: level of the original audio in dB, at most 0; -inf removes it. Default: -6.",
    ),
]
Solo = Annotated[
    list[str] | None,
    typer.Option(
        metavar="EVENT",
        help="With --auralize: keep only the original audio of this event: its number in the JSON file, or a "
        "class name for all its events. Repeat it for several.",
    ),
]

AURALIZATION: Final = "listening"
"""Kind of the result among the other results of a file."""
DEFAULT_ORIGINAL_DB: Final = -6.0
_SAME_CONTAINER: Final = {".mp4": ".mp4", ".m4v": ".mp4", ".mov": ".mov", ".mkv": ".mkv"}
_OTHER_VIDEO_SUFFIXES: Final = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"}
)


@dataclass(frozen=True)
class AuralizationOptions:
    """Parsed options, see `seldkit.render.auralize`.

    Attributes:
        output: File or folder; None for no auralization.
        mode: What represents an event; None for nothing.
        original: Level of the original audio in dB.
        solo: Event numbers or class names.
    """

    output: Path | None
    mode: RenderMode | None
    original: float
    solo: tuple[str, ...]

    @classmethod
    def from_options(
        cls, output: Path | None, mode: str | None, original: float | None, solo: list[str] | None
    ) -> AuralizationOptions:
        """Parses the options.

        Args:
            output: Value of --auralize.
            mode: Value of --auralize-as.
            original: Value of --original in dB.
            solo: Values of --solo.

        Returns:
            The parsed options.

        Raises:
            BadParameter: The options contradict each other, or a value is invalid.
        """
        if output is None and (mode is not None or original is not None or solo):
            raise typer.BadParameter("--auralize-as, --original and --solo require --auralize")
        if mode not in (None, "noise", "sound", "nothing"):
            raise typer.BadParameter(f"expected --auralize-as noise, sound or nothing, got '{mode}'")
        if mode == "nothing" and not solo:
            raise typer.BadParameter("--auralize-as nothing requires --solo; otherwise nothing would change")
        level = DEFAULT_ORIGINAL_DB if original is None else original
        if not level <= 0.0:
            raise typer.BadParameter(f"expected --original of at most 0 dB, got {level:g}")
        selected = mode or ("nothing" if solo else "noise")
        return cls(
            output, None if selected == "nothing" else cast("RenderMode", selected), level, tuple(solo or ())
        )

    def add_targets(self, results: dict[Path, dict[str, Path]], files: Mapping[Path, Path]) -> None:
        """Adds the auralization of each file to the results.

        Args:
            results: Paths of the results by file and kind; changed in place.
            files: Path of the results below the output folder, without suffix, by file.

        Raises:
            BadParameter: Several files would be written to one file.
            SeldkitError: Two files with the same name would be written to one file.
        """
        if self.output is None:
            return
        from seldkit.media.audio_replacement import CODECS_BY_SUFFIX

        is_file = self.output.suffix.lower() in CODECS_BY_SUFFIX and not is_folder(self.output)
        if is_file and len(files) > 1:
            raise typer.BadParameter(
                f"--auralize {self.output} is one file for {len(files)} inputs; give a folder"
            )
        targets: set[Path] = set()
        for path, stem in unique_stems(files).items():
            target = self.output if is_file else self.output / _file_name(stem, path)
            if target in targets:
                raise SeldkitError(f"{target}: {SAME_NAME_ERROR}")
            targets.add(target)
            results.setdefault(path, {})[AURALIZATION] = target

    def write(self, scene: Scene, path: Path) -> None:
        """Writes the auralization of a scene and prints its notes.

        Args:
            scene: The scene.
            path: The file to write.
        """
        with seconds_bar(path.name, scene.annotations.seconds) as progress:
            result = scene.auralize(
                path,
                manner=self.mode,
                original=self.original,
                solo=self.solo,
                progress=progress,
            )
        print_new_notes(path, result.notes, scene.notes)


def _file_name(stem: Path, source: Path) -> Path:
    """<stem>.listening.<suffix>: the container of the video, .mkv for others, .wav for audio."""
    suffix = source.suffix.lower()
    container = _SAME_CONTAINER.get(suffix, ".mkv" if suffix in _OTHER_VIDEO_SUFFIXES else ".wav")
    return stem.with_name(f"{stem.name}{AURALIZATION_ENDING}{container}")
