"""Calibration of model outputs: confidences that match frequencies, and prediction intervals."""
