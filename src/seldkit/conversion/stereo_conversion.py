"""Conversion of recordings of FOA audio and 360° video to clips of stereo audio and perspective video.

This is the conversion of the DCASE 2025 Task 3 stereo dataset (Shimada et al. 2025, arXiv 2507.12042).
Clips are cut at random times, and the scene is rotated by a random angle. The audio becomes that of two
cardioids to the left and right, and the video that of a camera with a field of view of 100 degrees. Azimuths
are folded to the front, and sources are marked as on-screen or off-screen. With `official`, the clips are
those of the official generator.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Final

from seldkit.classes import CLASSES_FILE
from seldkit.conversion.clip_conversion import FOLDERS, ClipGroup, ClipSettings, ClipTask, clip_name
from seldkit.conversion.clip_rounds import ClipRounds, run_round
from seldkit.conversion.sampling import OFFICIAL_SEED, Cut, count_cuts, draw_cuts, draw_official_cuts
from seldkit.conversion.source_recordings import ConversionSource, SourceRecording
from seldkit.errors import DatasetError
from seldkit.geometry import DCASE2025_CAMERA, Camera
from seldkit.media.containers import MAX_PIXELS
from seldkit.output_folder import locked_output_folder
from seldkit.types import CountProgress

SETTINGS_FILE: Final = "conversion.json"
"""File with the settings of all clips."""
MAX_GROUP_SIZE: Final = 8
"""Maximum number of clips in a group, whose videos are written at the same time."""
MIN_VIDEO_SIDE_PX: Final = 16
"""Minimum width and height of the videos."""


@dataclass(frozen=True)
class ConversionSettings:
    """Settings of a conversion.

    Attributes:
        seconds: Duration of a clip in seconds, a multiple of 0.1.
        camera: Size and field of view of the perspective video.
        video: Whether video is converted.
        official: Whether cuts, integer labels and the asymmetric on-screen table are those of the official
            generator, which requires its duration and camera.
        seed: Random seed of the cuts. None is the official seed if `official`, otherwise 0.

    Raises:
        ValueError: A value is not valid.
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
        is_small = min(width, height) < MIN_VIDEO_SIDE_PX
        if width % 2 or height % 2 or is_small or width * height > MAX_PIXELS:
            raise ValueError(
                f"expected an even width and height from {MIN_VIDEO_SIDE_PX} pixels, got {width}×{height}"
            )
        if not 1.0 <= self.camera.field_of_view <= 170.0:
            raise ValueError(
                f"expected a field of view of 1 to 170 degrees, got {self.camera.field_of_view:g}"
            )
        if self.official and (self.frames != 50 or self.camera != DCASE2025_CAMERA):
            raise ValueError(
                "--official requires clips of 5 s and 640×360 pixels with a field of view of 100 degrees"
            )

    @property
    def frames(self) -> int:
        """Duration of a clip in frames of 100 ms."""
        return round(self.seconds * 10)

    @property
    def effective_seed(self) -> int:
        """The random seed that is used."""
        if self.seed is not None:
            return self.seed
        return OFFICIAL_SEED if self.official else 0

    def cuts(self, lengths: Sequence[int]) -> Iterator[Cut]:
        """Draws cuts without end.

        Args:
            lengths: Lengths of the recordings in frames of 100 ms.

        Returns:
            The cuts.
        """
        draw = draw_official_cuts if self.official else draw_cuts
        return draw(lengths, self.frames, self.effective_seed)


@dataclass(frozen=True)
class ConversionResult:
    """Outcome of a conversion.

    Attributes:
        clips: Names of the clips that exist now, in the order of their drawing.
        clipped: Number of draws that were skipped because their audio would exceed full scale.
        failures: Errors of the clips that could not be written; they are not replaced.
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
    """Writes different clips in the layout of the DCASE 2025 dataset. Existing clips are kept.

    The clips are the first ones drawn that do not exceed full scale. They depend on the source and the
    settings, not on the number of processes, and more clips continue fewer. An interrupted conversion is
    continued.

    Args:
        source: The recordings.
        output: Folder of the clips.
        clips: Number of clips.
        settings: Settings of the conversion.
        workers: Number of processes.
        cluster: Address of a Ray cluster, None for local processes.
        progress: Called with the number of finished clips and of all clips.

    Returns:
        Names of the clips, and errors.

    Raises:
        DatasetError: The source has fewer clips, or the folder holds those of another conversion.
    """
    usable = _require_length(source.recordings, settings)
    lengths = [recording.frames for recording in usable]
    _require_enough_cuts(lengths, clips, settings)
    task = ClipTask(output, ClipSettings(settings.frames, settings.camera, settings.video, settings.official))
    rounds = ClipRounds(clips, progress)
    distinct = _distinct(settings.cuts(lengths))
    record = _record(usable, settings)
    with locked_output_folder(output, SETTINGS_FILE, FOLDERS.values(), record, summarized=("recordings",)):
        source.classes.to_file(output / CLASSES_FILE)
        while rounds.missing:
            cuts = list(islice(distinct, rounds.missing))
            rounds.add(cuts, run_round(task, _groups(usable, cuts), workers, cluster, rounds.report))
    names = tuple(clip_name(usable[cut.recording], cut) for cut in rounds.written)
    return ConversionResult(names, rounds.clipped, tuple(rounds.failures))


def _distinct(cuts: Iterable[Cut]) -> Iterator[Cut]:
    drawn: set[Cut] = set()
    for cut in cuts:
        if cut not in drawn:
            drawn.add(cut)
            yield cut


def _groups(recordings: Sequence[SourceRecording], cuts: Sequence[Cut]) -> list[ClipGroup]:
    """Groups of consecutive cuts of a recording."""
    ordered = sorted(cuts, key=lambda cut: (cut.recording, cut.start, cut.view))
    groups = []
    for number, of_recording in groupby(ordered, key=lambda cut: cut.recording):
        while group := tuple(islice(of_recording, MAX_GROUP_SIZE)):
            groups.append(ClipGroup(recordings[number], group))
    return groups


def _require_length(
    recordings: Sequence[SourceRecording], settings: ConversionSettings
) -> list[SourceRecording]:
    """The recordings that are long enough; an error if there is none, or if the official cuts need all."""
    usable = [recording for recording in recordings if recording.frames >= settings.frames]
    short = [recording for recording in recordings if recording.frames < settings.frames]
    if short and (settings.official or not usable):
        raise DatasetError(
            f"{short[0].audio}: expected a recording of at least {settings.seconds:g} s, got "
            f"{short[0].frames / 10:g} s (the shorter one of audio and video)"
        )
    return usable


def _require_enough_cuts(lengths: Sequence[int], clips: int, settings: ConversionSettings) -> None:
    available = count_cuts(lengths, settings.frames)
    if clips > available:
        raise DatasetError(
            f"expected at most {available} clips, the number of different clips in the recordings, "
            f"got {clips}"
        )


def _record(recordings: Sequence[SourceRecording], settings: ConversionSettings) -> dict[str, object]:
    values = asdict(replace(settings, seed=settings.effective_seed))
    return values | {"recordings": {one.name: [one.frames, one.unit] for one in recordings}}
