"""YOLOX, an object detector, with ONNX Runtime (Ge et al., 2021; 80 classes of COCO)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.embeddings.image_processing import resize_image
from seldkit.embeddings.pretrained_weights import onnx_session, resolve_weights
from seldkit.errors import ModelError
from seldkit.types import Floats32, ImageArray, Integers

if TYPE_CHECKING:
    import torch


YOLOX_WEIGHTS: Final = "yolox_nano.onnx"
YOLOX_ORIGIN: Final = "a release of https://github.com/Megvii-BaseDetection/YOLOX"
STRIDES: Final = (8, 16, 32)
"""Sizes of the cells of the three grids, in pixels."""
PADDING_GREY: Final = 114
"""Value of the pixels that pad an image to the aspect ratio of the network."""

PERSON_CLASS: Final = 0
MAX_OVERLAP: Final = 0.45
"""Intersection over union above which two boxes of a class are the same object."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """Objects in an image, by descending confidence.

    Attributes:
        corners: Left, top, right and bottom of each box, from 0 to 1 of the image, shape ``(n, 4)``.
        score: Confidence, from 0 to 1, shape ``(n,)``.
        class_id: Class of COCO, from 0 to 79, shape ``(n,)``.
    """

    corners: Floats32
    score: Floats32
    class_id: Integers

    def __len__(self) -> int:
        return len(self.score)


class Yolox:
    """Object detector with the weights of any YOLOX that was exported without its decoding (nano, tiny, ...).

    Args:
        embedding: Registered name of the encoder, for error messages.
        weights: ONNX file. None searches the usual locations.
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: ONNX Runtime is missing.
    """

    def __init__(
        self, embedding: str, weights: str | None = None, device: str | torch.device = "cpu"
    ) -> None:
        path = resolve_weights(embedding, weights, YOLOX_WEIGHTS, YOLOX_ORIGIN)
        self._session = onnx_session(embedding, path, device)
        network_input = self._session.get_inputs()[0]
        self._input_name, shape = network_input.name, network_input.shape
        sizes = [size for size in shape[2:] if isinstance(size, int) and size % STRIDES[-1] == 0]
        if len(shape) != 4 or len(sizes) != 2:
            raise ModelError(
                f"embedding '{embedding}': {path} is not a YOLOX: expected an input (1, 3, height, width) "
                f"with sizes divisible by {STRIDES[-1]}, got {shape}; download {YOLOX_WEIGHTS}"
            )
        self._size = (sizes[1], sizes[0])  # width, height
        self._cell_positions, self._cell_sizes = _grid_cells(*self._size)

    def detect(self, image: ImageArray, least_score: float = 0.3, class_id: int | None = None) -> Boxes:
        """Detects objects in an image.

        Args:
            image: RGB image, shape ``(height, width, 3)``.
            least_score: Smallest confidence, from 0 to 1.
            class_id: Class of COCO; None for all classes.

        Returns:
            Objects by descending confidence.
        """
        height, width = image.shape[:2]
        ratio = min(self._size[0] / width, self._size[1] / height)
        inner_size = max(1, round(width * ratio)), max(1, round(height * ratio))
        padded = np.full((self._size[1], self._size[0], 3), PADDING_GREY, np.uint8)
        padded[: inner_size[1], : inner_size[0]] = resize_image(image, inner_size)
        bgr = np.ascontiguousarray(padded[:, :, ::-1].transpose(2, 0, 1), dtype=np.float32)[None]
        (output,) = self._session.run(None, {self._input_name: bgr})
        scale = np.array([*inner_size, *inner_size], np.float32)
        return self._decode(output[0], scale, least_score, class_id)

    def _decode(self, output: Floats32, scale: Floats32, least_score: float, class_id: int | None) -> Boxes:
        """Decodes the output of the network, (cells, 5 + classes)."""
        scores = output[:, 4:5] * output[:, 5:]
        if class_id is not None:
            kept = np.zeros_like(scores)
            kept[:, class_id] = scores[:, class_id]
            scores = kept
        best_class = scores.argmax(axis=1)
        score = scores[np.arange(len(scores)), best_class]
        cells = np.flatnonzero(score >= least_score)
        cells = cells[np.argsort(-score[cells], kind="stable")]
        centre = (output[cells, :2] + self._cell_positions[cells]) * self._cell_sizes[cells]
        half_size = 0.5 * np.exp(output[cells, 2:4]) * self._cell_sizes[cells]
        corners = (np.concatenate([centre - half_size, centre + half_size], axis=1) / scale).astype(
            np.float32
        )
        distinct = suppress_overlapping_boxes(corners, best_class[cells], MAX_OVERLAP)
        return Boxes(corners[distinct].clip(0.0, 1.0), score[cells][distinct], best_class[cells][distinct])


def suppress_overlapping_boxes(corners: Floats32, class_id: Integers, max_overlap: float) -> Integers:
    """Selects boxes by non-maximum suppression within each class.

    Args:
        corners: Left, top, right and bottom of each box by descending confidence, shape ``(n, 4)``.
        class_id: Class of each box, shape ``(n,)``.
        max_overlap: Largest intersection over union with a selected box of the same class.

    Returns:
        Indices of the selected boxes, ascending.
    """
    selected: list[int] = []
    overlapping = (_intersection_over_union(corners) > max_overlap) & (class_id[:, None] == class_id)
    for number in range(len(corners)):  # depends on the boxes that were selected before
        if not overlapping[number, selected].any():
            selected.append(number)
    return np.array(selected, dtype=np.int64)


def _intersection_over_union(corners: Floats32) -> Floats32:
    """Returns the intersection over union of each pair of boxes, (n, n)."""
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    intersection = np.prod(np.maximum(high - low, 0.0), axis=2)
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    union = area[:, None] + area[None] - intersection
    return np.asarray(intersection / np.maximum(union, 1e-9), dtype=np.float32)


def _grid_cells(width: int, height: int) -> tuple[Floats32, Floats32]:
    """Returns the position of each cell in its grid, (cells, 2), and its size in pixels, (cells, 1)."""
    positions, sizes = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: height // stride, : width // stride]
        positions.append(np.stack([x.ravel(), y.ravel()], axis=1))
        sizes.append(np.full((x.size, 1), stride))
    return np.concatenate(positions).astype(np.float32), np.concatenate(sizes).astype(np.float32)
