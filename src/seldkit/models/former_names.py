"""Names of tensors in model directories of earlier versions.

Former names of configuration keys are listed where the key is defined, as `Settings.renamed_keys`.
"""

import re
from collections.abc import Collection
from typing import Final

RENAMED_TENSORS: Final = (
    (r"^gaze\.look\.", "onscreen_attention.tile_projection."),
    (r"^gaze\.expect$", "onscreen_attention.class_embedding"),
    (r"^gaze\.aside\.", "onscreen_attention.azimuth_projection."),
    (r"^gaze\.judge\.", "onscreen_attention.output."),
    (r"^gaze\.", "onscreen_attention."),
    (r"^streams\.encoders\.of-", "stream_encoders.encoders.stream-"),
    (r"^streams\.stand_ins\.of-", "stream_encoders.placeholders.stream-"),
    (r"^fusion\.projections\.from-", "fusion.projections.stream-"),
    (r"^fusion\.together\.", "fusion.concatenation."),
    # Conformer layers
    (r"(\blayers\.\d+)\.first\.", r"\1.ffn1."),
    (r"(\blayers\.\d+)\.last\.", r"\1.ffn2."),
    (r"(\blayers\.\d+)\.attention\.", r"\1.self_attention."),
    (r"(\blayers\.\d+)\.attention_norm\.", r"\1.self_attention_norm."),
    (r"(\blayers\.\d+)\.streams\.from-", r"\1.cross_attention.stream-"),
    (r"(\blayers\.\d+\.convolution)\.gated\.", r"\1.pointwise1."),
    (r"(\blayers\.\d+\.convolution)\.pointwise\.", r"\1.pointwise2."),
    # Temporal enhancement
    (r"^(encoder\.layers\.\d+)\.wide\.", r"\1.global_attention."),
    (r"^(encoder\.layers\.\d+)\.narrow\.", r"\1.local_attention."),
    # Cross-modal attentive fusion
    (r"^(fusion\.layers\.\d+\.blocks\.\d+)\.itself\.", r"\1.self_attention."),
    (r"^(fusion\.layers\.\d+\.blocks\.\d+)\.others\.", r"\1.cross_attention."),
    # Visual feature enhancement
    (r"^(stream_encoders\.encoders\.stream-[^.]+)\.first\.", r"\1.input_block."),
)
"""Patterns of former names and their replacements, applied in this order."""


def current_tensor_name(name: str, expected: Collection[str]) -> str:
    """Translates the former name of a tensor.

    Args:
        name: Name in a file.
        expected: Names that the configuration defines. They are never translated.

    Returns:
        The current name, or the name itself if it is not a former one.
    """
    if name in expected:
        return name
    current = name
    for pattern, replacement in RENAMED_TENSORS:
        current = re.sub(pattern, replacement, current)
    return current if current in expected else name
