"""Activity-coupled Cartesian directions of arrival (ACCDOA): targets, losses and decoding."""

from seldkit.accdoa.decoding import align_tracks, decode
from seldkit.accdoa.elements import ELEMENTS
from seldkit.accdoa.loss import AccdoaLoss, AdpitLoss
from seldkit.accdoa.targets import decode_targets, encode_single_targets, encode_targets

__all__ = [
    "ELEMENTS",
    "AccdoaLoss",
    "AdpitLoss",
    "align_tracks",
    "decode",
    "decode_targets",
    "encode_single_targets",
    "encode_targets",
]
