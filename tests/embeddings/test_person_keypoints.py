"""Tokens of person keypoints."""

import numpy as np

from seldkit.embeddings.person_keypoints import KeypointEncoder, PersonKeypoints


def test_a_token_is_padded_with_zeros() -> None:
    class OnesDetector:
        def __init__(self) -> None:
            self.body_parts: dict[str, tuple[int, ...]] = {}

        def detect(self, image: np.ndarray) -> PersonKeypoints:
            count = int(image[0, 0, 0])
            return PersonKeypoints(np.ones((count, 5, 3), np.float32), np.ones(count, np.float32))

    encoder = KeypointEncoder(OnesDetector(), people=2, points=5)
    images = [np.full((4, 4, 3), count, np.uint8) for count in (0, 1, 3)]
    tokens = encoder.encode(np.stack([encoder.preprocess(image) for image in images]))
    assert tokens.shape == (3, 1, 30)
    assert tokens.sum(dim=(1, 2)).tolist() == [0.0, 15.0, 30.0]
