"""What a card says of material and seeds: `python recipes/default/card.py CARD --sounds DIR --ours FILE...`.

CARD is card.md, or the README.md of a model directory; what stands between its marks is replaced, the rest
stays:

<!-- material -->   what the weights were trained on, with licences: the train side of split.yaml by source,
                    from --sounds and --more and the `manifest.csv` in each (file, class, source, licence)
<!-- seeds -->      what each seed scored, beside the architecture of the baseline: --ours, --baseline, each a
                    file of `seldkit benchmark --json`, one a seed

The figures of the model itself are put there by `seldkit benchmark --card CARD`.
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
    """Replace what the options give the material for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("card", type=Path)
    parser.add_argument("--sounds", type=Path, help="folder with one folder of sounds a class, manifest.csv")
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="such folders for training alone")
    parser.add_argument("--ours", type=Path, nargs="+", default=[], help="figures of this model, one a seed")
    parser.add_argument("--baseline", type=Path, nargs="+", default=[], help="of the baseline's architecture")
    options = parser.parse_args()
    text = options.card.read_text(encoding="utf-8")
    if options.sounds is not None:
        text = replaced(text, "material", material(options.sounds, options.more))
    if options.ours:
        text = replaced(text, "seeds", seeds(_figures(options.ours), _figures(options.baseline)))
    with replacing(options.card) as temporary:
        temporary.write_text(text, encoding="utf-8")


def replaced(card: str, name: str, text: str) -> str:
    """The card with other text between two marks. Ends the program where it lacks them."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, begun, rest = card.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise SystemExit(f"error: the card has no '{begin}' … '{end}'; take card.md's")
    return f"{before}{begin}\n\n{text}\n{end}{after}"


def material(sounds: Path, more: Sequence[Path]) -> str:
    """How many files each split has, and those of training by source, with licences."""
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
        f"Training hears {counts[0]}, validation {counts[1]},",
        f"the tests {counts[2]}. Training's, by source:\n",
        "| source | classes | licence | files |",
        "| --- | --- | --- | --- |",
    ]
    for source, (count, classes, given) in sorted(rows.items()):
        lines.append(f"| {source} | {', '.join(sorted(classes))} | {', '.join(sorted(given))} | {count} |")
    return "\n".join(lines) + "\n"


def seeds(ours: Sequence[dict[str, Any]], baseline: Sequence[dict[str, Any]]) -> str:
    """Each set's scores: the mean over the seeds, and each seed's F20/1; what ours is of the baseline's."""
    lines = [
        "| set | system | " + " | ".join(SHOWN.values()) + " | F20/1 by seed | weakest class |",
        "|" + " --- |" * (len(SHOWN) + 4),
    ]
    for name in dict.fromkeys(one["name"] for figures in ours for one in figures["sets"]):
        means = []
        for system, runs in (("this model", ours), ("the baseline's architecture", baseline)):
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
