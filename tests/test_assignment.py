"""The assignment solvers agree with SciPy."""

import ast
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import seldkit
from seldkit.assignment import search_assignment, solve_assignment, solve_assignments

SIZES = [(n, m) for n in range(1, 6) for m in range(1, 6)]


@pytest.mark.parametrize("maximize", [False, True])
def test_one_problem_is_solved_as_by_scipy(maximize: bool) -> None:
    costs = np.random.default_rng(0).random((4, 6))
    rows, columns = solve_assignment(costs, maximize=maximize)
    expected = linear_sum_assignment(costs, maximize=maximize)
    assert rows.tolist() == expected[0].tolist()
    assert columns.tolist() == expected[1].tolist()


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("values", [3, 1000])
def test_a_batch_equals_scipy_also_for_ties(n: int, m: int, values: int) -> None:
    costs = np.random.default_rng(n * 10 + m).integers(0, values, (200, n, m)).astype(float)
    rows, columns = solve_assignments(costs)
    for index, matrix in enumerate(costs):
        expected = linear_sum_assignment(matrix)
        assert rows[index].tolist() == expected[0].tolist()
        assert columns[index].tolist() == expected[1].tolist()


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 1), (2, 2), (2, 5), (6, 3), (3, 3), (7, 7)])
def test_the_search_finds_the_minimum_cost(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(shape))
    for _ in range(20):
        costs = np.where(rng.random(shape) < 0.3, 1e6, rng.exponential(10.0, shape))
        pairs = search_assignment(costs.tolist())
        assert len(pairs) == min(shape)
        assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == min(shape)
        minimum = costs[linear_sum_assignment(costs)].sum()
        assert sum(costs[pair] for pair in pairs) == pytest.approx(minimum)


def test_the_search_returns_the_first_of_equal_assignments() -> None:
    assert search_assignment([[1.0, 1.0], [1.0, 1.0]]) == [(0, 0), (1, 1)]


def test_the_solver_of_scipy_is_called_in_one_module_only() -> None:
    package = Path(seldkit.__file__).parent
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id == "linear_sum_assignment"
    }
    assert users == {"assignment.py"}
