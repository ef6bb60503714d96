"""Calibration on arrays: confidences that match frequencies, thresholds, and prediction intervals."""
