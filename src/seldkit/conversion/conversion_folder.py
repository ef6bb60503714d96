"""The folder of a conversion: which conversion it is, and what a killed one left behind."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from seldkit.conversion.clip_conversion import FOLDERS
from seldkit.output_folder import locked_output_folder

RECORD: Final = "conversion.json"


def conversion_folder(output: Path, settings: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Have `output` to oneself for the clips of one conversion, whose settings are kept beside them."""
    return locked_output_folder(output, RECORD, FOLDERS.values(), settings, others=("recordings",))
