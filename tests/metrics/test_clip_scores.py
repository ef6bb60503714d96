import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.metrics.clip_scores import clip_scores


def clip(*azimuths: float) -> Annotations:
    """One source of one class, a frame for each azimuth."""
    count = len(azimuths)
    none = np.zeros(count, int)
    return Annotations(np.arange(count), none, none, np.array(azimuths), np.ones(count), 50)


def test_the_clip_with_most_errors_is_first() -> None:
    references = [clip(0.0, 0.0), clip(10.0, 10.0, 10.0), clip(), clip(5.0)]
    predictions = [clip(0.0, 60.0), clip(-70.0, -70.0, 10.0), clip(), Annotations.empty(50)]
    scores = clip_scores(["a", "b", "c", "d"], references, predictions)
    assert [(score.name, score.errors) for score in scores] == [("b", 4), ("a", 2), ("d", 1), ("c", 0)]
    assert [score.hits for score in scores] == [1, 1, 0, 0]
    assert scores[0].f_score == pytest.approx(1 / 3)
    assert scores[2].f_score == 0.0
    assert np.isnan(scores[3].f_score)
