from pathlib import Path

import pytest

import check_docstrings
from tools.samples import package

HEAD = '''
    """Module."""

    from collections.abc import Iterator
    from dataclasses import dataclass
    from typing import ClassVar, Literal, Protocol, override

    Floats = NDArray[np.float64]

'''

CLEAN = (
    HEAD
    + '''
    def fold(azimuth: Floats, gain: float = 1.0, *names: str, **options: int) -> Floats:
        """Folds azimuths.

        Args:
            azimuth: Azimuths in degrees, with a text that is
                continued: here. Shape ``(batch, frames)``.
            gain: Factor of at least 0.
            *names: Names.
            **options: Options.

        Returns:
            Same shape.

        Raises:
            ValueError: The gain is negative.
        """
        if gain < 0:
            raise ValueError
        try:
            raise KeyError
        except KeyError:
            return azimuth

    def read(path: str) -> Iterator[int]:
        """Reads numbers.

        Args:
            path: File.

        Yields:
            Numbers.
        """
        yield from path

    def _hidden(x): ...

    @dataclass
    class Clip:
        """A clip.

        Attributes:
            duration: Duration in seconds.
        """

        kind: Literal["clip"] = "clip"
        limit: ClassVar[int] = 3
        duration: float
        _private: int = 0

        @property
        def frames(self) -> int:
            """Number of frames."""
            return 3

        def __len__(self) -> int:
            return 3

    class Reader(Protocol):
        """A reader."""

        def read(self, path: str) -> int:
            """Reads a file.

            Args:
                path: File.

            Returns:
                Size in bytes.
            """

    class FileReader(Reader):
        """A reader of files.

        Args:
            root: Folder.
        """

        def __init__(self, root: str) -> None:
            self.root = root

        @override
        def read(self, path: str) -> int:
            return 3

    def detect(path: Annotated[str, typer.Argument(help="File.")]) -> None:
        """Detects events."""
    '''
)


def messages(folder: Path, text: str) -> list[str]:
    root = package(folder, sample=text)
    return [found.message for found in check_docstrings.check([root])]


def test_a_complete_module_has_no_findings(tmp_path: Path) -> None:
    assert messages(tmp_path, CLEAN) == []
    result = check_docstrings.examine([tmp_path])
    assert (result.documented, result.total) == (8, 8)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"""Module."""', "", "module sample.sample: has no docstring"),
        ("gain: Factor of at least 0.", "", "function fold: Args: does not describe gain"),
        ("gain: Factor of at least 0.", "gain: Gain.",
         "function fold: Args: does not state the unit or range of gain"),
        ("*names: Names.", "", "function fold: Args: does not describe names"),
        (" Shape ``(batch, frames)``.", "", "function fold: Args: does not state the shape of azimuth"),
        ("in degrees, with a text", "with a text",
         "function fold: Args: does not state the unit or range of azimuth"),
        ("path: File.\n\n        Yields", "path: File.\n            size: Size.\n\n        Yields",
         "function read: Args: describes size, which does not exist"),
        ("Returns:\n            Same shape.", "Same shape.", "function fold: Returns: is missing"),
        ("Yields:\n            Numbers.", "Numbers.", "function read: Yields: is missing"),
        ("ValueError: The gain", "KeyError: The gain", "function fold: Raises: does not describe ValueError"),
        ("duration: Duration in seconds.", "", "class Clip: Attributes: does not describe duration"),
        ("duration: Duration in seconds.", "duration: Duration in seconds.\n            size: Size.",
         "class Clip: Attributes: describes size, which does not exist"),
        ('"""Number of frames."""', "", "property Clip.frames: has no docstring"),
        ("root: Folder.", "", "class FileReader: Args: does not describe root"),
        ("@override", "", "method FileReader.read: has no docstring"),
        ("_hidden", "shown", "function shown: has no docstring"),
        ('"""Detects events."""', "...", "function detect: has no docstring"),
    ],
)  # fmt: skip
def test_each_fault_is_found(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CLEAN
    assert messages(tmp_path, CLEAN.replace(old, new)) == [message]


@pytest.mark.parametrize(
    ("base", "found"),
    [("Reader", []), ("nn.Module", []), ("Clip", ["method FileReader.read: has no docstring"])],
)
def test_an_override_is_exempt_if_its_base_may_have_documented_it(
    tmp_path: Path, base: str, found: list[str]
) -> None:
    assert messages(tmp_path, CLEAN.replace("FileReader(Reader)", f"FileReader({base})")) == found


def test_fields_of_inherited_settings_are_documented(tmp_path: Path) -> None:
    text = '''
        """Module."""

        class Settings(BaseModel):
            """Settings."""

            model_config = 3

            @model_validator(mode="after")
            def check(self): ...

        class StageSettings(Settings):
            """Settings of a stage.

            Attributes:
                epochs: Number of epochs.
            """

            epochs: int
            learning_rate: float
        """'''.rstrip('"')
    assert messages(tmp_path, text) == ["class StageSettings: Attributes: does not describe learning_rate"]


def test_an_exception_is_described_by_its_base_class(tmp_path: Path) -> None:
    text = '''
        """Module."""

        class ModelError(ValueError):
            """A fault."""

        def load() -> None:
            """Loads.

            Raises:
                ValueError: Always.
            """
            raise ModelError("text")
        '''
    assert messages(tmp_path, text) == []


def test_array_types_are_known_under_imported_names(tmp_path: Path) -> None:
    root = package(
        tmp_path,
        types='"""Types."""\n__version__ = "0.1.0"\nFloats: TypeAlias = NDArray[np.float64]\n',
        between='"""Names."""\nfrom sample.types import Floats as Reals\n',
        user='"""User."""\nfrom sample.between import Reals\ndef f(x: "Reals | None") -> None:\n'
        '    """Does.\n\n    Args:\n        x: Numbers.\n    """\n',
    )
    found = check_docstrings.check([root])
    assert [finding.message for finding in found] == ["function f: Args: does not state the shape of x"]


def test_a_private_module_exports_nothing(tmp_path: Path) -> None:
    root = package(tmp_path, _private="def f(x): ...\n")
    assert check_docstrings.check([root]) == []
