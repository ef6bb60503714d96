"""Directions and distances as people say them: the words of `seldkit.words`, which formats use too."""

from seldkit.words import azimuth_words, distance_words, onscreen_words, side_words

__all__ = ["azimuth_words", "distance_words", "onscreen_words", "side_words"]
