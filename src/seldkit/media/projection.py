"""Projections of spherical video that a file declares, and the view in front of its frames.

FFmpeg attaches the declaration to the decoded frames, for the boxes `sv3d` and `st3d` and the older XML of
MP4 and MOV (Spherical Video RFCs of Google's spatial-media) and for ProjectionType and StereoMode of
Matroska.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final, Literal, cast

import av
import numpy as np
from av.sidedata.sidedata import SideData

from seldkit.geometry import DCASE2025_CAMERA, Camera
from seldkit.media.equirectangular import to_perspective
from seldkit.types import ImageArray

ProjectionKind = Literal[
    "equirectangular", "cubemap", "equirectangular tile", "half equirectangular", "rectilinear", "fisheye"
]
StereoMode = Literal["mono", "left-right", "top-bottom", "other"]
_KINDS: Final[tuple[ProjectionKind, ...]] = (
    "equirectangular",
    "cubemap",
    "equirectangular tile",
    "half equirectangular",
    "rectilinear",
    "fisheye",
)
"""Projections in the order of FFmpeg's AVSphericalProjection."""
_STEREO_MODES: Final[tuple[StereoMode, ...]] = ("mono", "left-right", "top-bottom")
"""Arrangements of two eyes in the order of FFmpeg's AVStereo3DType."""


@dataclass(frozen=True)
class VideoProjection:
    """Projection of spherical video.

    Attributes:
        kind: Projection of the sphere.
        stereo: Arrangement of the images of the left and the right eye.
    """

    kind: ProjectionKind = "equirectangular"
    stereo: StereoMode = "mono"

    @property
    def has_front_view(self) -> bool:
        """Whether the view in front can be extracted."""
        return self.kind in ("equirectangular", "half equirectangular") and self.stereo != "other"

    @property
    def note(self) -> str:
        """One line for users."""
        eyes = "" if self.stereo == "mono" else f", {self.stereo} stereo"
        angle = {"equirectangular": "360° ", "half equirectangular": "180° "}.get(self.kind, "")
        use = (
            "detection uses the view in front"
            if self.has_front_view
            else "not supported: used as it is stored"
        )
        return f"spherical video ({angle}{self.kind}{eyes}): {use}"


@dataclass(frozen=True)
class FrontView:
    """A perspective camera that faces the front of spherical video.

    Attributes:
        projection: Projection of the frames.
        camera: Camera of the extracted view.
    """

    projection: VideoProjection = field(default_factory=VideoProjection)
    camera: Camera = DCASE2025_CAMERA

    def extract(self, image: ImageArray) -> ImageArray:
        """Extracts the view from a frame.

        Args:
            image: Frame, uint8 of shape ``(height, width, 3)``.

        Returns:
            Image of the camera, from the left eye of stereo video, ``(camera.height, camera.width, 3)``.

        Raises:
            MissingExtraError: If OpenCV is not installed.
        """
        height, width = image.shape[:2]
        if self.projection.stereo == "left-right":
            image = image[:, : max(1, width // 2)]
        elif self.projection.stereo == "top-bottom":
            image = image[: max(1, height // 2)]
        if self.projection.kind == "half equirectangular":
            margin = image.shape[1] // 2
            image = np.pad(image, ((0, 0), (margin, margin), (0, 0)))
        return to_perspective(np.ascontiguousarray(image), self.camera)


def frame_projection(frame: av.VideoFrame) -> VideoProjection | None:
    """Reads the projection that a file declares for a frame.

    Args:
        frame: Decoded frame.

    Returns:
        The projection; None for ordinary video.
    """
    spherical = _first_number(frame, "SPHERICAL")
    if spherical is None or not 0 <= spherical < len(_KINDS) or _KINDS[spherical] == "rectilinear":
        return None
    stereo = _first_number(frame, "STEREO3D") or 0
    return VideoProjection(
        _KINDS[spherical], _STEREO_MODES[stereo] if 0 <= stereo < len(_STEREO_MODES) else "other"
    )


def _first_number(frame: av.VideoFrame, kind: str) -> int | None:
    data = cast("SideData | None", frame.side_data.get(kind))
    return None if data is None else int(struct.unpack("=i", bytes(data)[:4])[0])
