"""Photographs of COCO128 with the boxes of their persons."""

import numpy as np

from paths import SHARED

YOLOX = SHARED / "data/models/yolox_nano.onnx"
PHOTOS = SHARED / "data/images/coco128"


def photos(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Photographs and the boxes of their persons, (persons, 4): left, top, right, bottom from 0 to 1."""
    from PIL import Image

    pairs = []
    for path in sorted((PHOTOS / "images").rglob("*.jpg"))[:count]:
        labels = PHOTOS / "labels_boxes" / path.parent.name / f"{path.stem}.txt"
        lines = labels.read_text().splitlines() if labels.exists() else []
        rows = np.array([line.split() for line in lines], np.float64).reshape(-1, 5)
        rows = rows[rows[:, 0] == 0, 1:]
        boxes = np.concatenate([rows[:, :2] - rows[:, 2:] / 2, rows[:, :2] + rows[:, 2:] / 2], axis=1)
        pairs.append((np.asarray(Image.open(path).convert("RGB")), boxes))
    return pairs
