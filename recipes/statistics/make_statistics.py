"""What real scenes are made of: `python recipes/statistics/make_statistics.py METADATA_DIR`.

Reads the annotations of a data set (STARSS22: frame, class, source, azimuth, elevation) and writes
src/seldkit/synthesis/event_statistics.json, from which scenes are drawn.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.formats import FORMATS, ReadOptions

OUTPUT = Path(__file__).parents[2] / "src/seldkit/synthesis/event_statistics.json"
BLOCK = 50
"""Frames of a block in which the events that begin are counted: 5 s."""
PAUSE = 5
"""Frames of silence up to which an event goes on."""
AS_WRITTEN = ReadOptions(tolerant=True)
"""Some rows say a source twice in a frame; they are read as they are."""
MOVES = 10.0
"""Degrees of azimuth from which an event counts as moving."""
Entry = tuple[int, int, int, float, int]
"""Class, first frame, length in frames, range of azimuth in degrees, and source of an event."""
QUANTILES = np.linspace(0.0, 1.0, 41)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("metadata", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=["fold1_room4_mix001"], help="files' names")
    options = parser.parse_args()
    paths = [path for path in sorted(options.metadata.glob("*.csv")) if path.stem not in options.leave_out]
    clips = [FORMATS["dcase2023"].read(path, AS_WRITTEN, 0) for path in paths]
    OUTPUT.write_text(as_text(statistics(clips)))
    print(f"{len(clips)} recordings, {sum(clip.frame_count for clip in clips) / 36000:.2f} hours: {OUTPUT}")


def statistics(clips: list[Annotations]) -> dict[str, object]:
    events = [event for clip in clips for event in events_of(clip)]
    begun, sounding = [], []
    for clip in clips:
        starts = [start for _, start, _, _, _ in events_of(clip)]
        blocks = max(1, clip.frame_count // BLOCK)
        begun += np.bincount(np.array(starts, int) // BLOCK, minlength=blocks)[:blocks].tolist()
        sounding += np.bincount(clip.frame, minlength=clip.frame_count).tolist()
    return {
        "source": "STARSS22 development set, annotations (Sony and Tampere University)",
        "licence": "MIT",
        "begun_in_5_s": shares(begun, 8),
        "sounding_at_once": shares(sounding, 5),
        "elevation": np.quantile(np.concatenate([clip.elevation for clip in clips]), QUANTILES).tolist(),
        "classes": {name: of_class(events, number) for number, name in enumerate(STARSS23)},
    }


def events_of(clip: Annotations) -> list[Entry]:
    """Class, first frame, length in frames, range of azimuth and source of each event."""
    found = []
    for class_id, source in sorted(set(zip(clip.class_id.tolist(), clip.source.tolist(), strict=True))):
        mine = (clip.class_id == class_id) & (clip.source == source)
        order = np.argsort(clip.frame[mine])
        frames, azimuths = clip.frame[mine][order], np.unwrap(clip.azimuth[mine][order], period=360)
        for part in np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) > PAUSE) + 1):
            length = int(frames[part[-1]] - frames[part[0]] + 1)
            found.append((class_id, int(frames[part[0]]), length, float(np.ptp(azimuths[part])), source))
    return found


def of_class(events: list[Entry], number: int) -> dict[str, object]:
    mine = [event for event in events if event[0] == number]
    lengths = np.array([event[2] for event in mine]) / 10
    return {
        "share": round(len(mine) / len(events), 4),
        "seconds": [round(float(value), 1) for value in np.quantile(lengths, QUANTILES)],
        "moving": round(float(np.mean([event[3] > MOVES for event in mine])), 3),
    }


def as_text(content: dict[str, object]) -> str:
    """JSON with each list on one line."""
    text = json.dumps(content, indent=1)
    return re.sub(r"\[[^][]*\]", lambda found: " ".join(found[0].split()), text) + "\n"


def shares(counts: list[int], most: int) -> list[float]:
    shares = np.bincount(np.minimum(counts, most), minlength=most + 1) / len(counts)
    return [round(float(value), 4) for value in shares]


if __name__ == "__main__":
    main()
