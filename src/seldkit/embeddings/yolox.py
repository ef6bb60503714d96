"""YOLOX: things in pictures, by ONNX Runtime (Ge et al., 2021; COCO's 80 classes)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from seldkit.embeddings.image_processing import resize_image
from seldkit.embeddings.pretrained_weights import onnx_session, resolve_weights
from seldkit.errors import ModelError
from seldkit.types import Floats32, ImageArray, Integers

if TYPE_CHECKING:
    import torch


WEIGHTS: Final = "yolox_nano.onnx"
ORIGIN: Final = "a release of https://github.com/Megvii-BaseDetection/YOLOX"
STRIDES: Final = (8, 16, 32)
BORDER: Final = 114
"""Grey around a picture that has not the network's aspect."""

PERSON: Final = 0
OVERLAP: Final = 0.45
"""Two boxes of one class that overlap more are one thing (intersection over union)."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """Things in a picture, surest first.

    corners: left, top, right, bottom from 0 to 1 of the picture, (n, 4). score: (n,). class_id: of COCO's 80
    classes, (n,).
    """

    corners: Floats32
    score: Floats32
    class_id: Integers

    def __len__(self) -> int:
        return len(self.score)


class Yolox:
    """A detector for any YOLOX exported without its decoding (nano, tiny …).

    Raises ModelError where its weights are absent, MissingExtraError without ONNX Runtime.
    """

    def __init__(
        self, embedding: str, weights: str | None = None, device: str | torch.device = "cpu"
    ) -> None:
        path = resolve_weights(embedding, weights, WEIGHTS, ORIGIN)
        self._session: Any = onnx_session(embedding, path, device)
        given = self._session.get_inputs()[0]
        self._name, shape = given.name, given.shape
        if len(shape) != 4 or not all(
            isinstance(size, int) and size % STRIDES[-1] == 0 for size in shape[2:]
        ):
            raise ModelError(f"embedding '{embedding}': {path} is no YOLOX: it takes {shape}")
        self._size = (int(shape[3]), int(shape[2]))
        self._cells, self._steps = _cells(*self._size)

    def detect(self, picture: ImageArray, least_score: float = 0.3, class_id: int | None = None) -> Boxes:
        """The things in a picture, (height, width, 3) RGB, of one class or of all."""
        height, width = picture.shape[:2]
        ratio = min(self._size[0] / width, self._size[1] / height)
        inner = max(1, round(width * ratio)), max(1, round(height * ratio))
        given = np.full((self._size[1], self._size[0], 3), BORDER, np.uint8)
        given[: inner[1], : inner[0]] = resize_image(picture, inner)
        bgr = np.ascontiguousarray(given[:, :, ::-1].transpose(2, 0, 1), dtype=np.float32)[None]
        (answer,) = self._session.run(None, {self._name: bgr})
        return self._boxes(answer[0], np.array([*inner, *inner], np.float32), least_score, class_id)

    def _boxes(self, answer: Floats32, inner: Floats32, least: float, class_id: int | None) -> Boxes:
        """answer: (cells, 5 + classes)."""
        scores = answer[:, 4:5] * answer[:, 5:]
        if class_id is not None:
            kept = np.zeros_like(scores)
            kept[:, class_id] = scores[:, class_id]
            scores = kept
        best = scores.argmax(axis=1)
        score = scores[np.arange(len(scores)), best]
        sure = np.flatnonzero(score >= least)
        sure = sure[np.argsort(-score[sure], kind="stable")]
        middle = (answer[sure, :2] + self._cells[sure]) * self._steps[sure]
        half = 0.5 * np.exp(answer[sure, 2:4]) * self._steps[sure]
        corners = (np.concatenate([middle - half, middle + half], axis=1) / inner).astype(np.float32)
        single = suppress_overlapping_boxes(corners, best[sure], OVERLAP)
        return Boxes(corners[single].clip(0.0, 1.0), score[sure][single], best[sure][single])


def suppress_overlapping_boxes(corners: Floats32, class_id: Integers, overlap: float) -> Integers:
    """Numbers of the boxes, surest first, that do not overlap a surer one of their class by more."""
    kept: list[int] = []
    alike = (_overlaps(corners) > overlap) & (class_id[:, None] == class_id)
    for number in range(len(corners)):  # each hangs on those that were kept before
        if not alike[number, kept].any():
            kept.append(number)
    return np.array(kept, dtype=np.int64)


def _overlaps(corners: Floats32) -> Floats32:
    """Intersection over union of each two boxes, (n, n)."""
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=2)
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    united = area[:, None] + area[None] - shared
    return np.asarray(shared / np.maximum(united, 1e-9), dtype=np.float32)


def _cells(width: int, height: int) -> tuple[Floats32, Floats32]:
    """The place of each cell in its grid, (cells, 2), and its size in pixels, (cells, 1)."""
    places, steps = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: height // stride, : width // stride]
        places.append(np.stack([x.ravel(), y.ravel()], axis=1))
        steps.append(np.full((x.size, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(steps).astype(np.float32)
