"""The batched matching is SciPy's, ties included."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from seldkit.metrics.matching import assign

SIZES = [(n, m) for n in range(1, 6) for m in range(1, 6)]


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("values", [3, 1000])
def test_batches_are_solved_as_one_by_one(n: int, m: int, values: int) -> None:
    costs = np.random.default_rng(n * 10 + m).integers(0, values, (200, n, m)).astype(float)
    rows, columns = assign(costs)
    for index, matrix in enumerate(costs):
        expected = linear_sum_assignment(matrix)
        assert rows[index].tolist() == expected[0].tolist()
        assert columns[index].tolist() == expected[1].tolist()
