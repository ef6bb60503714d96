"""Heads: one file each, listed here."""

from seldkit.models.heads.accdoa import AccdoaHead, AccdoaHeadSettings
from seldkit.models.heads.multi_task import MultiTaskHead, MultiTaskHeadSettings

__all__ = ["AccdoaHead", "AccdoaHeadSettings", "MultiTaskHead", "MultiTaskHeadSettings"]
