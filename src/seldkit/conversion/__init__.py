"""From FOA sound and 360° pictures to stereo and perspective clips."""
