"""Recordings of FOA sound and 360° pictures as clips of stereo sound and perspective pictures.

The conversion of the DCASE 2025 Task 3 stereo data set (Shimada et al. 2025, arXiv 2507.12042): clips are cut
at random, the scene is turned at random, the sound becomes that of two cardioids to the left and right, the
picture that of a camera 100 degrees wide, azimuths are folded to the front, and sources are marked as on
screen or not. "official" draws the same clips as the official generator and gives its samples and labels.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

from seldkit.classes import CLASSES_FILE
from seldkit.conversion.clip_conversion import ClipGroup, ClipSettings, ClipTask, clip_name
from seldkit.conversion.clip_rounds import ClipRounds, run_round
from seldkit.conversion.conversion_folder import conversion_folder
from seldkit.conversion.sampling import OFFICIAL_SEED, Cut, count_cuts, draw_cuts, draw_official_cuts
from seldkit.conversion.source_recordings import ConversionSource, SourceRecording, open_source
from seldkit.errors import DatasetError
from seldkit.geometry import DCASE2025_CAMERA, Camera
from seldkit.media.containers import MAX_PIXELS
from seldkit.types import CountProgress

__all__ = [
    "OFFICIAL_SEED",
    "ConversionResult",
    "ConversionSettings",
    "ConversionSource",
    "SourceRecording",
    "convert",
    "open_source",
]

_TOGETHER: Final = 8
"""Clips in a piece of work: so many videos at most are written at once."""


@dataclass(frozen=True)
class ConversionSettings:
    """How a source is converted.

    seconds: length of every clip, a multiple of 0.1. camera: the perspective picture. video: whether pictures
    are converted. official: the draws, the whole numbers and the lopsided on-screen table of the official
    generator; its length and camera are then fixed. seed: of the draws; the official seed where None and
    official, else 0.

    Raises ValueError for values that cannot be.
    """

    seconds: float = 5.0
    camera: Camera = DCASE2025_CAMERA
    video: bool = True
    official: bool = False
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.frames < 1 or abs(self.frames - self.seconds * 10) > 1e-6:
            raise ValueError(f"expected a length in steps of 0.1 s, got {self.seconds} s")
        width, height = self.camera.width, self.camera.height
        if width % 2 or height % 2 or min(width, height) < 16 or width * height > MAX_PIXELS:
            raise ValueError(f"expected an even width and height from 16 pixels, got {width}×{height}")
        if not 1.0 <= self.camera.field_of_view <= 170.0:
            raise ValueError(f"expected a view of 1 to 170 degrees, got {self.camera.field_of_view:g}")
        if self.official and (self.frames != 50 or self.camera != DCASE2025_CAMERA):
            raise ValueError("the official clips are 5 s of 640×360 pixels, 100 degrees wide")

    @property
    def frames(self) -> int:
        """Length of a clip in frames of 100 ms."""
        return round(self.seconds * 10)

    @property
    def chosen_seed(self) -> int:
        """The seed that is used."""
        if self.seed is not None:
            return self.seed
        return OFFICIAL_SEED if self.official else 0

    def cuts(self, lengths: Sequence[int]) -> Iterator[Cut]:
        """Draws without end from recordings of these lengths."""
        return (draw_official_cuts if self.official else draw_cuts)(lengths, self.frames, self.chosen_seed)


@dataclass(frozen=True)
class ConversionResult:
    """What a conversion came to.

    clips: names of the clips that are there now, in the order of their drawing. clipped: draws that were
    passed over since their sound would exceed full scale. failures: why others could not be made; they are
    not made up for.
    """

    clips: tuple[str, ...]
    clipped: int
    failures: tuple[Exception, ...]


def convert(
    source: ConversionSource,
    output: Path,
    clips: int,
    settings: ConversionSettings = ConversionSettings(),
    workers: int = 1,
    cluster: str | None = None,
    progress: CountProgress = lambda done, total: None,
) -> ConversionResult:
    """Write `clips` different clips below `output`, in the layout of the DCASE 2025 data set.

    The clips are the first ones drawn that are not too loud: they depend on the source and the settings, not
    on `workers` or `cluster` (see `seldkit.parallel`), and more clips continue fewer. What is there already
    is kept, so that a conversion that was stopped goes on. Raises DatasetError where the source cannot give
    so many clips, or `output` holds those of another conversion.
    """
    usable = _long_enough(source.recordings, settings)
    lengths = [recording.frames for recording in usable]
    _require_enough(lengths, clips, settings)
    task = ClipTask(output, ClipSettings(settings.frames, settings.camera, settings.video, settings.official))
    state = ClipRounds(clips, progress)
    fresh = _distinct(settings.cuts(lengths))
    with conversion_folder(output, _record(usable, settings)):
        source.classes.to_file(output / CLASSES_FILE)
        while state.missing:
            cuts = list(islice(fresh, state.missing))
            state.add(cuts, run_round(task, _pieces(usable, cuts), workers, cluster, state.step))
    names = tuple(clip_name(usable[cut.recording], cut) for cut in state.written)
    return ConversionResult(names, state.clipped, tuple(state.failures))


def _distinct(cuts: Iterable[Cut]) -> Iterator[Cut]:
    seen: set[Cut] = set()
    for cut in cuts:
        if cut not in seen:
            seen.add(cut)
            yield cut


def _pieces(recordings: Sequence[SourceRecording], cuts: Sequence[Cut]) -> list[ClipGroup]:
    """The cuts of each recording by their start, a few at a time."""
    ordered = sorted(cuts, key=lambda cut: (cut.recording, cut.start, cut.view))
    pieces = []
    for number, group in groupby(ordered, key=lambda cut: cut.recording):
        while few := tuple(islice(group, _TOGETHER)):
            pieces.append(ClipGroup(recordings[number], few))
    return pieces


def _long_enough(
    recordings: Sequence[SourceRecording], settings: ConversionSettings
) -> list[SourceRecording]:
    kept = [recording for recording in recordings if recording.frames >= settings.frames]
    short = [recording for recording in recordings if recording.frames < settings.frames]
    if short and (settings.official or not kept):
        raise DatasetError(
            f"{short[0].audio}: expected a recording of at least {settings.seconds:g} s, got "
            f"{short[0].frames / 10:g} s (the shorter one of sound and picture)"
        )
    return kept


def _require_enough(lengths: Sequence[int], clips: int, settings: ConversionSettings) -> None:
    most = count_cuts(lengths, settings.frames)
    if clips > most:
        raise DatasetError(
            f"expected at most {most} clips, for so many different ones there are, got {clips}"
        )


def _record(recordings: Sequence[SourceRecording], settings: ConversionSettings) -> dict[str, Any]:
    told = asdict(replace(settings, seed=settings.chosen_seed))
    return told | {"recordings": {one.name: [one.frames, one.unit] for one in recordings}}
