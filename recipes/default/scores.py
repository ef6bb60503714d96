"""Scores several models: `python recipes/default/scores.py MODEL... --data SET... --output DIR`.

Like `seldkit benchmark` without its tests and speed measurement, for seeds, rounds and baselines: the
features of the held-out sets are prepared once, in --store. For each MODEL, a JSON file in DIR has the name
of the model or of its parent folder; card.py and curve.py read these files.
"""

import argparse
import json
from pathlib import Path

from seldkit.files import replacing
from seldkit.metrics import jackknife
from seldkit.models import SeldModel
from seldkit.training.prepared_sources import PreparedSources
from seldkit.training.thresholds import predict_clips

STAGES = ("model", "fitted", "seeing", "calibrated")
"""Names of model directories within the folder of a run; the file is then named after the run."""


def main() -> None:
    """Scores each model on each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="SET", help="labelled clips")
    parser.add_argument("--store", type=Path, default=Path("runs/default/store"), help="prepared features")
    parser.add_argument("--output", type=Path, required=True, help="folder of the JSON files")
    options = parser.parse_args()
    sources = PreparedSources({}, options.store, tests=options.data)
    options.output.mkdir(parents=True, exist_ok=True)
    for path in options.models:
        model = SeldModel.load(path)
        sets = []
        for folder in options.data:
            output, references = predict_clips(model, sources.validation(folder, model.config))
            scores = jackknife(references, model.decode(output), reading="strict")
            sets.append({"name": folder.name, "strict": scores.to_dict()})
            print(path, folder.name, {name: round(value, 3) for name, value in scores.overall.items()})
        name = path.parent.name if path.name in STAGES else path.name
        with replacing(options.output / f"{name}.json") as temporary:
            temporary.write_text(json.dumps({"model": name, "sets": sets}, indent=1) + "\n")


if __name__ == "__main__":
    main()
