"""The labels of a recording as those of a clip cut from it."""

from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.conversion.distance_units import DistanceUnit
from seldkit.formats import FORMATS, ReadOptions
from seldkit.geometry import Camera, Projection, fold_azimuth, is_onscreen

_AS_WRITTEN: Final = ReadOptions(tolerant=True, centimetres=False)
"""The labels of STARSS22 and 23 say some sources twice in a frame; those rows are kept, as the official data
set keeps them. Distances are left as they are written until their unit is known."""


def read_labels(path: Path, unit: DistanceUnit | None = None) -> Annotations:
    """The labels of a recording, DCASE 2022 to 2024; distances as written where `unit` is None, else metres.

    Raises FormatError.
    """
    labels = FORMATS["dcase2024"].read(path, _AS_WRITTEN, 0)
    if unit != "cm":
        return labels
    return _with(labels, distance=labels.distance / 100.0)


def truncate_labels(labels: Annotations) -> Annotations:
    """Angles and centimetres cut to whole numbers towards 0, as the official generator reads them."""
    elevation = None if labels.elevation is None else np.trunc(labels.elevation)
    centimetres = np.trunc(np.round(labels.distance * 100.0, 6))  # 1.15 m are 115 cm and not 114.99…
    return _with(labels, azimuth=np.trunc(labels.azimuth), elevation=elevation, distance=centimetres / 100.0)


def labels_for_view(
    labels: Annotations,
    start: int,
    frames: int,
    view: int,
    camera: Camera,
    projection: Projection = "pinhole",
) -> Annotations:
    """The labels of `frames` frames from `start` on, for a scene that is turned by `view` degrees.

    Azimuths are folded to the front, elevations are dropped, and whether a source is in the camera's picture
    is told by its unfolded direction; its elevation is taken as 0 where the labels have none.
    """
    cut = labels.take((labels.frame >= start) & (labels.frame < start + frames))
    elevation = 0.0 if cut.elevation is None else cut.elevation
    return Annotations(
        frame=cut.frame - start,
        class_id=cut.class_id,
        source=cut.source,
        azimuth=fold_azimuth(cut.azimuth + view),
        distance=cut.distance,
        frame_count=frames,
        onscreen=np.asarray(is_onscreen(cut.azimuth, elevation, view, camera, projection)).reshape(-1),
        classes=cut.classes,
    )


def _with(labels: Annotations, **columns: object) -> Annotations:
    return Annotations(**{**vars(labels), **columns})
