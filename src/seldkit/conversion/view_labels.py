"""Conversion of the labels of a recording to those of a clip."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.conversion.distance_units import DistanceUnit
from seldkit.formats import FORMATS, ReadOptions
from seldkit.geometry import Camera, Projection, fold_azimuth, is_onscreen

# STARSS22 and 23 have some sources twice in a frame. These rows are kept, as in the official dataset.
# Distances are not converted until their unit is known.
_READING: Final = ReadOptions(tolerant=True, centimetres=False)


def read_labels(path: Path, unit: DistanceUnit | None = None) -> Annotations:
    """Reads the labels of a recording in the format of DCASE 2022 to 2024.

    Args:
        path: CSV file.
        unit: Unit of the distances in the file; None leaves them as they are.

    Returns:
        Labels with distances in metres, or in the unit of the file if `unit` is None.

    Raises:
        FormatError: The file cannot be read.
    """
    labels = FORMATS["dcase2024"].read(path, _READING, 0)
    return replace(labels, distance=labels.distance / 100.0) if unit == "cm" else labels


def truncate_labels(labels: Annotations) -> Annotations:
    """Truncates angles and centimetres to integers, as the official generator does.

    Args:
        labels: Labels with distances in metres.

    Returns:
        Labels whose angles are whole degrees and whose distances are whole centimetres, in metres.
    """
    elevation = None if labels.elevation is None else np.trunc(labels.elevation)
    centimetres = np.trunc(np.round(labels.distance * 100.0, 6))  # 1.15 m is 115 cm, not 114.99…
    return replace(
        labels, azimuth=np.trunc(labels.azimuth), elevation=elevation, distance=centimetres / 100.0
    )


def labels_for_view(
    labels: Annotations,
    start: int,
    frames: int,
    view: int,
    camera: Camera,
    projection: Projection = "pinhole",
) -> Annotations:
    """Returns the labels of a clip of a rotated scene.

    Azimuths are folded to the front and elevations are dropped. Whether a source is on-screen is determined
    by its unfolded direction, with an elevation of 0 if the labels have none.

    Args:
        labels: Labels of the recording.
        start: First frame of 100 ms.
        frames: Duration in frames of 100 ms.
        view: Rotation of the scene to the left in degrees.
        camera: Camera that points ahead of the rotated scene.
        projection: Projection that determines which sources are on-screen.

    Returns:
        Labels of the clip.
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
