"""Compares the speed of log-mel features of 60 s of stereo audio with torch.stft, on one core."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from seldkit.features import LogMel
from seldkit.features.spectrum import mel_matrix

RUNS = 15


def reference_log_mel(waveform: Tensor, hann: Tensor, mel: Tensor) -> Tensor:
    """Computes log-mel features of the complete audio: (2, samples) -> (2, frames, mels)."""
    spectrum = torch.stft(waveform, 1024, 480, 1024, hann, pad_mode="constant", return_complex=True)
    level = 10 * torch.log10((spectrum.abs() ** 2).transpose(1, 2).matmul(mel).clamp_min(1e-10))
    return torch.maximum(level, level.max() - 80)


def minimum_ms(work: Callable[[], Tensor]) -> float:
    """Returns the minimum of several runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main() -> None:
    torch.set_num_threads(1)
    waveform = 0.1 * torch.randn(2, 60 * 24000)
    hann = torch.nn.functional.pad(torch.hann_window(960), (32, 32))
    mel, log_mel = mel_matrix(24000, 1024, 64), LogMel()
    difference = (log_mel(waveform[None])[0] - reference_log_mel(waveform, hann, mel)).abs().max().item()
    own_ms, reference_ms = (
        minimum_ms(lambda: log_mel(waveform[None])),
        minimum_ms(lambda: reference_log_mel(waveform, hann, mel)),
    )
    print(f"seldkit {own_ms:.1f} ms, stft {reference_ms:.1f} ms: {reference_ms / own_ms:.2f} times as fast")
    print(f"largest difference {difference:.1e} dB")


if __name__ == "__main__":
    main()
