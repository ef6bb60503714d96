"""How often the data set doctor suspects exchanged sides, rightly and wrongly, on synthetic scenes.

    python benchmarks/doctor_sides.py --sounds DIR [--scenes 300] [--receiver coincident --receiver foa …]

Scenes of five seconds with reverberation, noise and unlabelled sounds, as they are and with left and right
exchanged: prints, for each receiver, the share of scenes that can tell, their agreement, and how many are
suspected on their own and as a folder.
"""

import argparse
from pathlib import Path

import numpy as np

from seldkit.datasets.validation.audio_statistics import measure_audio
from seldkit.datasets.validation.checks import (
    MIN_CLIP_FRAMES,
    has_exchanged_sides,
    has_mostly_exchanged_sides,
)
from seldkit.datasets.validation.clip_statistics import SideAgreement, measure_side_agreement
from seldkit.synthesis import RECEIVERS, SynthesizedScene, draw_scene, load_sounds

RATE = 24000


def main() -> None:
    """Render, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--receiver", action="append", choices=RECEIVERS.names())
    arguments = parser.parse_args()
    library = load_sounds(arguments.sounds)
    for receiver in arguments.receiver or ["coincident", "foa"]:
        scenes = (draw_scene((9, n), library, receiver=receiver) for n in range(arguments.scenes))
        pairs = [sides(scene) for scene in scenes]
        print(f"{receiver}: {arguments.scenes} scenes")
        for name, group in zip(("as they are", "exchanged"), zip(*pairs, strict=True), strict=True):
            telling = [one for one in group if one.frames >= MIN_CLIP_FRAMES]
            least, low, middle = np.quantile([one.agreement for one in telling], [0, 0.02, 0.5])
            print(
                f"  {name:12} {len(telling)} can tell; agreement {least:.2f} at least, {low:.2f} at 2 %, "
                f"{middle:.2f} in the middle; {sum(map(has_exchanged_sides, group))} suspected; "
                f"as a folder: {'yes' if has_mostly_exchanged_sides(telling) else 'no'}"
            )


def sides(scene: SynthesizedScene) -> tuple[SideAgreement, SideAgreement]:
    """Of a scene as it is, and with left and right exchanged."""
    foa = scene.plan.receiver == "foa"
    sound = scene.waveform
    swapped = sound * np.array([[1], [-1], [1], [1]], np.float32) if foa else sound[::-1]
    kind = "foa" if foa else "stereo"
    of = [
        measure_side_agreement(scene.annotations, measure_audio([one], kind, RATE))
        for one in (sound, swapped)
    ]
    return of[0], of[1]


if __name__ == "__main__":
    main()
