"""Log-mel of 60 s of stereo beside a plain torch.stft version, on one core."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from seldkit.features import LogMel
from seldkit.features.spectrum import mel_matrix

ROUNDS = 15


def plain(waveform: Tensor, hann: Tensor, mel: Tensor) -> Tensor:
    """(2, samples) -> (2, frames, mels): the whole sound in one piece."""
    spectrum = torch.stft(waveform, 1024, 480, 1024, hann, pad_mode="constant", return_complex=True)
    level = 10 * torch.log10((spectrum.abs() ** 2).transpose(1, 2).matmul(mel).clamp_min(1e-10))
    return torch.maximum(level, level.max() - 80)


def milliseconds(work: Callable[[], Tensor]) -> float:
    """The shortest of several rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main() -> None:
    torch.set_num_threads(1)
    waveform = 0.1 * torch.randn(2, 60 * 24000)
    hann = torch.nn.functional.pad(torch.hann_window(960), (32, 32))
    mel, ours = mel_matrix(24000, 1024, 64), LogMel()
    difference = (ours(waveform[None])[0] - plain(waveform, hann, mel)).abs().max().item()
    first, second = (
        milliseconds(lambda: ours(waveform[None])),
        milliseconds(lambda: plain(waveform, hann, mel)),
    )
    print(f"seldkit {first:.1f} ms, torch.stft {second:.1f} ms: {second / first:.2f} times as fast")
    print(f"largest difference {difference:.1e} dB")


if __name__ == "__main__":
    main()
