import subprocess
import sys
from pathlib import Path

import pytest

import check_duplicates
from tools.samples import package

ORIGINAL = """
    import json

    def total(rows, scale):
        result = 0
        for row in rows:
            if row > 3:
                result += row
            else:
                result -= scale.of(row, 2, "a")
        return result
    """


def findings(folder: Path, copy: str, **options: int) -> list[str]:
    root = package(folder, first=ORIGINAL, second=copy)
    return [
        f"{found.path.name}:{found.line}: {found.message.partition(' repeat')[0]}"
        for found in check_duplicates.check([root], **options)
    ]


def test_renamed_locals_other_constants_and_comments_are_a_copy(tmp_path: Path) -> None:
    copy = '''
        def count(items: list, size: int) -> int:
            """Docstring."""
            number: int = 1

            # Comment.
            for item in items:
                if item > 4:
                    number += item
                else:
                    number -= size.of(item, 5, "b")
            return number
        '''
    assert findings(tmp_path, copy) == ["second.py:3: 7 lines up to line 11"]


def test_a_copied_part_of_a_longer_function_is_found_once(tmp_path: Path) -> None:
    copy = """
        def count(items, size):
            print(items)
            with open(size) as file:
                number = 1
                for item in items:
                    if item > 4:
                        number += item
                    else:
                        number -= size.of(item, 5, "b")
                return number
        """
    assert findings(tmp_path, copy) == ["second.py:4: 7 lines up to line 10"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("scale.of", "scale.at"), ("result += row", "result += result"), ("row > 3", "row < 3")],
)
def test_other_logic_is_no_copy(tmp_path: Path, old: str, new: str) -> None:
    assert findings(tmp_path, ORIGINAL.replace(old, new)) == []


def test_the_smallest_length_is_an_option(tmp_path: Path) -> None:
    root = package(tmp_path, first=ORIGINAL, second=ORIGINAL)
    assert len(check_duplicates.check([root], 7)) == 1
    assert check_duplicates.check([root], 8) == []


def test_imports_tables_and_fields_are_no_logic(tmp_path: Path) -> None:
    text = '''
        import a
        import b
        import c
        import d
        import e
        from f import (
            g,
            h,
        )

        __all__ = [
            "a",
            "b",
            "c",
            "d",
            "e",
        ]
        register("a")(1)
        register("b")(2)
        register("c")(3)
        register("d")(4)
        register("e")(5)
        register("f")(6)

        @dataclass(frozen=True)
        class Sizes:
            """Sizes."""

            a: int = 1
            b: int = 2
            c: int = 3
            d: int = 4
            e: int = 5
            f: int = 6

            def table(
                self,
                a: int,
                b: int,
                c: int,
                d: int,
            ) -> dict[str, int]:
                return {
                    "a": 1,
                    "b": 2,
                    "c": 3,
                    "d": 4,
                    "e": 5,
                }
        '''
    root = package(tmp_path, first=text, second=text)
    assert check_duplicates.check([root]) == []


def test_several_short_methods_together_are_a_copy(tmp_path: Path) -> None:
    methods = """
        class {name}:
            def width(self, x):
                y = x + self.margin
                return y * 2

            def height(self, x):
                y = x + self.border
                return y * 3

            def depth(self, x):
                y = x + self.gap
                return y * 4
        """
    root = package(tmp_path, first=methods.format(name="A"), second=methods.format(name="B"))
    assert [found.message.partition(" up")[0] for found in check_duplicates.check([root])] == ["6 lines"]


def test_the_script_prints_findings_and_fails(tmp_path: Path) -> None:
    root = package(tmp_path, first=ORIGINAL, second=ORIGINAL)
    command = [sys.executable, check_duplicates.__file__]
    run = subprocess.run([*command, str(root)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.returncode == 1
    assert run.stdout == "sample/second.py:3: 7 lines up to line 10 repeat sample/first.py:3-10\n"
    run = subprocess.run(
        [*command, str(root / "first.py")], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (run.returncode, run.stdout) == (0, "")
