"""Measures correct and false reports of swapped channels by dataset validation, on synthetic scenes.

    python benchmarks/swapped_channels.py --sounds DIR [--scenes 300] [--receiver coincident --receiver foa …]

Renders scenes of five seconds with reverberation, noise and unlabelled sounds, with correct and with swapped
left and right channels. Prints for each receiver the number of scenes with enough directional frames, their
agreement with the labels, and how many are reported individually and as a folder.
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
    """Renders the scenes and prints the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--receiver", action="append", choices=RECEIVERS.names())
    arguments = parser.parse_args()
    library = load_sounds(arguments.sounds)
    for receiver in arguments.receiver or ["coincident", "foa"]:
        scenes = (draw_scene((9, n), library, receiver=receiver) for n in range(arguments.scenes))
        pairs = [side_agreements(scene) for scene in scenes]
        print(f"{receiver}: {arguments.scenes} scenes")
        for name, group in zip(("correct", "swapped"), zip(*pairs, strict=True), strict=True):
            decidable = [clip for clip in group if clip.frames >= MIN_CLIP_FRAMES]
            minimum, low, median = np.quantile([clip.agreement for clip in decidable], [0, 0.02, 0.5])
            print(
                f"  {name:12} {len(decidable)} decidable; agreement: minimum {minimum:.2f}, "
                f"2 % quantile {low:.2f}, median {median:.2f}; "
                f"{sum(map(has_exchanged_sides, group))} reported; "
                f"folder reported: {'yes' if has_mostly_exchanged_sides(decidable) else 'no'}"
            )


def side_agreements(scene: SynthesizedScene) -> tuple[SideAgreement, SideAgreement]:
    """Returns the measurements of a scene with correct and with swapped channels."""
    foa = scene.plan.receiver == "foa"
    audio = scene.waveform
    swapped = audio * np.array([[1], [-1], [1], [1]], np.float32) if foa else audio[::-1]
    layout = "foa" if foa else "stereo"
    correct_sides, swapped_sides = (
        measure_side_agreement(scene.annotations, measure_audio([waveform], layout, RATE))
        for waveform in (audio, swapped)
    )
    return correct_sides, swapped_sides


if __name__ == "__main__":
    main()
