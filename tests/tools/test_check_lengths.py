from pathlib import Path

import check_lengths
from tools.samples import package

LINES = "\n".join(f"    x = {number}" for number in range(49))


def messages(root: Path) -> list[str]:
    return [f"{found.path.name}:{found.line}: {found.message}" for found in check_lengths.check([root])]


def test_functions_of_more_than_50_lines_are_found(tmp_path: Path) -> None:
    root = package(
        tmp_path,
        fitting=f"def fitting():\n{LINES}\n",
        documented=f'def documented():\n    """First.\n\n    Second.\n    """\n{LINES}\n',
        long=f"\n\n@cache\ndef long(\n    a,\n):\n{LINES}\n",
    )
    assert messages(root) == ["long.py:2: function long has 52 lines, 50 are allowed"]


def test_the_signature_of_a_command_is_not_counted(tmp_path: Path) -> None:
    options = "".join(f"    {name}: Annotated[int, typer.Option()],\n" for name in "abc")
    root = package(
        tmp_path,
        detect=f'def detect(\n{options}):\n    """Help."""\n{LINES}\n    x = 50\n',
        train=f"def train(\n    a,\n    b,\n):\n{LINES}\n    x = 50\n",
        evaluate=f'@app.command("evaluate")\ndef evaluate(\n    a,\n):\n{LINES}\n    x = 50\n    x = 51\n',
        app='app.command("train")(train.train)\n',
    )
    assert messages(root) == ["evaluate.py:2: function evaluate has 51 lines, 50 are allowed"]
