"""Tracks brought into one order."""

import torch

from seldkit.accdoa import align_tracks


def test_shuffled_tracks_come_back_in_every_frame_and_class() -> None:
    generator = torch.Generator().manual_seed(0)
    reference = torch.randn(2, 5, 3, 4, 6, generator=generator)
    order = torch.rand(2, 5, 3, 6, generator=generator).argsort(
        dim=2
    )  # another order in each frame and class
    shuffled = reference.gather(2, order.unsqueeze(3).expand_as(reference))
    assert not torch.equal(shuffled, reference)
    noise = 0.01 * torch.randn(reference.shape, generator=generator)
    torch.testing.assert_close(align_tracks(shuffled + noise, reference), reference, atol=0.06, rtol=0)


def test_no_order_lies_nearer() -> None:
    generator = torch.Generator().manual_seed(1)
    output, reference = torch.randn(2, 1, 7, 3, 3, 2, generator=generator)
    aligned = align_tracks(output, reference)

    def distance(tracks: torch.Tensor) -> torch.Tensor:
        return (tracks - reference).square().sum(dim=(2, 3))  # (clips, frames, classes)

    for order in ((0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0), (2, 0, 1)):
        assert (distance(aligned) <= distance(output[:, :, list(order)]) + 1e-6).all()
