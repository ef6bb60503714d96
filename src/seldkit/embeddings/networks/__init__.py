"""Networks of frozen encoders that no library here brings, in PyTorch."""
