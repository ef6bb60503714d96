"""Audio as recorders store it: encoded and decoded."""

import numpy as np
from numpy.typing import NDArray

DELAY = 1024
"""Delay of the AAC encoder of FFmpeg in samples."""


def coded(waveform: NDArray[np.float32], sample_rate: int, bit_rate: int) -> NDArray[np.float32]:
    """Encodes stereo audio (2, samples) with AAC-LC, which may use joint stereo, and decodes it."""
    import av

    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = sample_rate, "stereo", "fltp"
    encoder.bit_rate = bit_rate
    encoder.open()
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = encoder.extradata
    size = encoder.frame_size
    missing = -(waveform.shape[1] + DELAY) % size
    padded = np.pad(waveform, ((0, 0), (0, missing + DELAY)))
    packets = []
    for start in range(0, padded.shape[1], size):
        block = np.ascontiguousarray(padded[:, start : start + size])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = sample_rate, start
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    frames = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    decoded = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    return decoded[:, DELAY : DELAY + waveform.shape[1]].astype(np.float32)
