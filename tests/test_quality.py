"""The project's own checks of its source code."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import check_docstrings
import check_duplicates
import check_lengths
import check_names
from sources import ROOT, Finding

Check = Callable[[Sequence[Path]], Sequence[Finding]]


@pytest.mark.parametrize("folder", ["src/seldkit", "tools"])
@pytest.mark.parametrize(
    "check",
    [check_docstrings.check, check_duplicates.check, check_lengths.check, check_names.check],
    ids=["docstrings", "duplicates", "lengths", "names"],
)
def test_the_source_code_passes(check: Check, folder: str) -> None:
    findings = [str(finding) for finding in check([ROOT / folder])]
    assert not findings, "\n".join(findings)
