"""Measures the statistics of real scenes: `python recipes/statistics/make_statistics.py METADATA_DIR`.

Reads the annotations of a dataset (STARSS22: frame, class, source, azimuth, elevation) and writes
src/seldkit/synthesis/statistics.json, from which synthetic scenes are drawn.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.formats import FORMATS, ReadOptions

OUTPUT = Path(__file__).parents[2] / "src/seldkit/synthesis/statistics.json"
BLOCK_FRAMES = 50
"""Length of the blocks in which onsets are counted: 5 s."""
MAX_PAUSE_FRAMES = 5
"""Longer pauses separate two events."""
READ_OPTIONS = ReadOptions(tolerant=True)
"""Some files contain a source twice in a frame."""
MIN_MOTION_DEG = 10.0
"""Events with a larger range of azimuths are moving."""
Entry = tuple[int, int, int, float, int]
"""Class, first frame, length in frames, range of azimuths in degrees, and source of an event."""
QUANTILES = np.linspace(0.0, 1.0, 41)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("metadata", type=Path)
    parser.add_argument(
        "--leave-out",
        nargs="*",
        default=["fold1_room4_mix001"],
        help="names of files to skip, without suffix",
    )
    options = parser.parse_args()
    paths = [path for path in sorted(options.metadata.glob("*.csv")) if path.stem not in options.leave_out]
    clips = [FORMATS["dcase2023"].read(path, READ_OPTIONS, 0) for path in paths]
    OUTPUT.write_text(format_json(statistics(clips)))
    print(f"{len(clips)} recordings, {sum(clip.frame_count for clip in clips) / 36000:.2f} hours: {OUTPUT}")


def statistics(clips: list[Annotations]) -> dict[str, object]:
    events = [event for clip in clips for event in events_of(clip)]
    onset_counts, polyphony = [], []
    for clip in clips:
        starts = [start for _, start, _, _, _ in events_of(clip)]
        blocks = max(1, clip.frame_count // BLOCK_FRAMES)
        onset_counts += np.bincount(np.array(starts, int) // BLOCK_FRAMES, minlength=blocks)[:blocks].tolist()
        polyphony += np.bincount(clip.frame, minlength=clip.frame_count).tolist()
    return {
        "source": "STARSS22 development set, annotations (Sony and Tampere University)",
        "licence": "MIT",
        "onsets_in_5_s": shares(onset_counts, 8),
        "active_at_once": shares(polyphony, 5),
        "elevation": np.quantile(np.concatenate([clip.elevation for clip in clips]), QUANTILES).tolist(),
        "classes": {name: class_statistics(events, number) for number, name in enumerate(STARSS23)},
    }


def events_of(clip: Annotations) -> list[Entry]:
    """Splits the rows of each source into events."""
    events = []
    for class_id, source in sorted(set(zip(clip.class_id.tolist(), clip.source.tolist(), strict=True))):
        rows = (clip.class_id == class_id) & (clip.source == source)
        order = np.argsort(clip.frame[rows])
        frames, azimuths = clip.frame[rows][order], np.unwrap(clip.azimuth[rows][order], period=360)
        for part in np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) > MAX_PAUSE_FRAMES) + 1):
            length = int(frames[part[-1]] - frames[part[0]] + 1)
            events.append((class_id, int(frames[part[0]]), length, float(np.ptp(azimuths[part])), source))
    return events


def class_statistics(events: list[Entry], number: int) -> dict[str, object]:
    of_class = [event for event in events if event[0] == number]
    lengths = np.array([event[2] for event in of_class]) / 10
    return {
        "share": round(len(of_class) / len(events), 4),
        "seconds": [round(float(value), 1) for value in np.quantile(lengths, QUANTILES)],
        "moving": round(float(np.mean([event[3] > MIN_MOTION_DEG for event in of_class])), 3),
    }


def format_json(content: dict[str, object]) -> str:
    """Formats JSON with each list on one line."""
    text = json.dumps(content, indent=1)
    return re.sub(r"\[[^][]*\]", lambda match: " ".join(match[0].split()), text) + "\n"


def shares(counts: list[int], maximum: int) -> list[float]:
    shares = np.bincount(np.minimum(counts, maximum), minlength=maximum + 1) / len(counts)
    return [round(float(value), 4) for value in shares]


if __name__ == "__main__":
    main()
