"""Sections of a model card on material and seeds.

    python recipes/default/card.py CARD --sounds DIR --ours FILE...

CARD is card.md, or the README.md of a model directory. The text between these comments is replaced:

<!-- material -->   training sounds with licences: the training split of split.yaml by source, from --sounds
                    and --more and the `manifest.csv` in each (file, class, source, licence)
<!-- seeds -->      scores of each seed and of the architecture of the baseline: --ours, --baseline, each a
                    file of `seldkit benchmark --json` per seed

The figures of the model itself are written by `seldkit benchmark --card CARD`.
"""

import argparse
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from seldkit.files import replacing
from seldkit.synthesis import SoundLibrary, load_sounds, split_sounds

SPLIT = Path(__file__).parent / "split.yaml"
SHOWN = {
    "f_score": "F20/1",
    "doa_error": "DOA error",
    "relative_distance_error": "rel. distance error",
    "onscreen_accuracy": "on-screen",
}


def main() -> None:
    """Replaces the sections for which options are given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("card", type=Path)
    parser.add_argument(
        "--sounds", type=Path, help="folder with one folder of sounds per class, and manifest.csv"
    )
    parser.add_argument(
        "--more", type=Path, nargs="*", default=[], help="further folders of this kind, for training only"
    )
    parser.add_argument(
        "--ours", type=Path, nargs="+", default=[], help="figures of this model, one file per seed"
    )
    parser.add_argument(
        "--baseline", type=Path, nargs="+", default=[], help="figures of the architecture of the baseline"
    )
    options = parser.parse_args()
    text = options.card.read_text(encoding="utf-8")
    if options.sounds is not None:
        text = replaced(text, "material", material(options.sounds, options.more))
    if options.ours:
        text = replaced(text, "seeds", seeds(_figures(options.ours), _figures(options.baseline)))
    with replacing(options.card) as temporary:
        temporary.write_text(text, encoding="utf-8")


def replaced(card: str, name: str, text: str) -> str:
    """Replaces the text between two comments of a card; exits if they are missing."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, begun, rest = card.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise SystemExit(f"error: the card has no '{begin}' … '{end}'; copy them from card.md")
    return f"{before}{begin}\n\n{text}\n{end}{after}"


def material(sounds: Path, more: Sequence[Path]) -> str:
    """Number of files of each split, and training files by source, with licences."""
    libraries = split_sounds(load_sounds(sounds), yaml.safe_load(SPLIT.read_text()))
    train = [*libraries["train"].sounds, *(one for folder in more for one in load_sounds(folder).sounds)]
    libraries["train"] = SoundLibrary(train, libraries["train"].classes)
    counts = [
        f"{len(library.sounds)} files of {_recordings(library)} recordings" for library in libraries.values()
    ]
    licences = {file: licence for folder in (sounds, *more) for file, licence in _licences(folder)}
    rows: dict[str, list[Any]] = {}
    for sound in libraries["train"].sounds:
        row = rows.setdefault(sound.source, [0, set(), set()])
        row[0] += 1
        row[1].add(libraries["train"].classes[sound.class_id])
        row[2].add(licences.get(sound.path, "not stated"))
    lines = [
        f"Training uses {counts[0]}, validation {counts[1]},",
        f"the tests {counts[2]}. Training files by source:\n",
        "| source | classes | licence | files |",
        "| --- | --- | --- | --- |",
    ]
    for source, (count, classes, given) in sorted(rows.items()):
        lines.append(f"| {source} | {', '.join(sorted(classes))} | {', '.join(sorted(given))} | {count} |")
    return "\n".join(lines) + "\n"


def seeds(ours: Sequence[dict[str, Any]], baseline: Sequence[dict[str, Any]]) -> str:
    """Scores on each set: mean over the seeds, F20/1 of each seed, and the ratio to the baseline."""
    lines = [
        "| set | system | " + " | ".join(SHOWN.values()) + " | F20/1 by seed | weakest class |",
        "|" + " --- |" * (len(SHOWN) + 4),
    ]
    for name in dict.fromkeys(one["name"] for figures in ours for one in figures["sets"]):
        means = []
        for system, runs in (("this model", ours), ("architecture of the baseline", baseline)):
            scores = [one["strict"] for figures in runs for one in figures["sets"] if one["name"] == name]
            if scores:
                means.append(np.mean([one["f_score"] for one in scores]))
                lines.append(f"| {name} | {system} | {' | '.join(_row(scores))} |")
        if len(means) == 2:
            lines.append(f"| {name} | ratio | {means[0] / means[1]:.2f} × |" + " |" * (len(SHOWN) + 1))
    return "\n".join(lines) + "\n"


def _row(scores: Sequence[dict[str, Any]]) -> Iterator[str]:
    for key in SHOWN:
        known = [one[key] for one in scores if one.get(key) is not None]
        unit, digits = ("°", 1) if key == "doa_error" else ("", 3)
        yield f"{np.mean(known):.{digits}f}{unit}" if known else "–"
    yield ", ".join(f"{one['f_score']:.3f}" for one in scores)
    by_class = np.mean([[value or 0.0 for value in one["classwise"]["f_score"]] for one in scores], axis=0)
    yield f"{scores[0]['classes'][int(by_class.argmin())]} ({by_class.min():.3f})"


def _figures(paths: Iterable[Path]) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def _licences(folder: Path) -> Iterator[tuple[Path, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield folder / row["file"], row["licence"]


def _recordings(library: SoundLibrary) -> int:
    return len({sound.recording for sound in library.sounds})


if __name__ == "__main__":
    main()
