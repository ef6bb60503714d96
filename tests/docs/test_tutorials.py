"""The code of the tutorials runs and prints the output of the pages."""

from pathlib import Path

import pytest

from docs.tutorials import CHAINS, COLUMNS, PAGES, Result, Step, differences, prepare, refreshed, run, steps


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param(chain, id=chain[0], marks=pytest.mark.slow if "train-on-your-own-data" in chain else ())
        for chain in CHAINS
    ],
)
def test_tutorials_print_the_output_of_their_pages(
    chain: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new output is correct, update the page: `python tests/docs/tutorials.py NAME`."""
    monkeypatch.setenv("COLUMNS", COLUMNS)
    prepare(tmp_path)
    for name in chain:
        page = (PAGES / f"{name}.md").read_text()
        results = run(page, tmp_path)
        assert len(results) >= 3
        assert not differences(page, results), f"{name}: " + "\n\n".join(differences(page, results))


def test_every_tutorial_is_run() -> None:
    assert sorted(name for chain in CHAINS for name in chain) == sorted(
        path.stem for path in PAGES.glob("*.md")
    )


PAGE = """# A page

```yaml title="a.yaml"
a: 1
```

```python
from pathlib import Path
print(Path("a.yaml").read_text())
```

```text
a: 1
```

<!-- numbers differ -->
```console
$ python -c "print('took', 2.5)"
took 7.25
$ python -c \\
    "print('other')"
other
```
"""


def test_blocks_are_files_commands_and_code(tmp_path: Path) -> None:
    assert [step.kind for step in steps(PAGE)] == ["file", "python", "command", "command"]
    results = run(PAGE, tmp_path)
    assert [result.printed for result in results] == ["", "a: 1\n\n", "took 2.5\n", "other\n"]
    assert not differences(PAGE, results)
    assert refreshed(PAGE, results) == PAGE.replace("7.25", "2.5")
    assert Path.cwd() != tmp_path


@pytest.mark.parametrize(
    ("shown", "printed", "mark", "same"),
    [
        ("a 1\n", "a 1\n", "", True),
        ("a 1\n", "a 2\n", "", False),
        ("a 1\n", "a 2\n", "numbers differ", True),
        ("a 1\n", "b 1\n", "numbers differ", False),
        ("a\n…\nd\n", "a\nb\nc\nd\n", "", True),
        ("a\n…\nd\n", "a\nb\nc\n", "", False),
        ("a\n", "b\n", "output differs", True),
        ("a\n", "", "output differs", False),
        ("", "unexpected\n", "", False),
    ],
)
def test_output_is_compared(shown: str, printed: str, mark: str, same: bool) -> None:
    result = Result(Step("command", "c", mark=mark, shown=(0, len(shown))), printed)
    assert (not differences(shown, [result])) is same


def test_a_block_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="no test runs"):
        steps("```bash\nls\n```\n")


def test_a_failed_command_is_reported(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no such file"):
        run("```console\n$ seldkit detect nothing.mp4\n```\n", tmp_path)
