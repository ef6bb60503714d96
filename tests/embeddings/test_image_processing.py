"""Preprocessing of images."""

import numpy as np
import torch

from seldkit.embeddings.image_processing import average_tiles, crop_rotated_square


def test_a_cropped_square_is_rotated_about_its_centre() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:60, 140:160] = 255  # 50 pixels to the right of (100, 50)
    straight = crop_rotated_square(image, 100, 50, 120, 0.0, 60)
    assert straight.shape == (60, 60, 3)
    assert straight[30, 55].min() > 250
    rotated = crop_rotated_square(image, 100, 50, 120, np.pi / 2, 60)  # the right side becomes the top
    assert rotated[5, 30].min() > 250
    assert straight[30, 5].max() == 0


def test_tiles_are_means_row_by_row_from_the_left() -> None:
    maps = torch.arange(24.0).reshape(1, 4, 6, 1)
    tiles = average_tiles(maps, 2, 3)
    assert tiles.shape == (1, 6, 1)
    assert tiles.flatten().tolist() == [3.5, 5.5, 7.5, 15.5, 17.5, 19.5]
    assert torch.equal(average_tiles(maps, 2, 3, joined=True), tiles.reshape(1, 1, 6))
