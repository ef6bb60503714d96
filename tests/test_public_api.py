import subprocess
import sys
from importlib import import_module

import pytest

import seldkit
from seldkit.deprecation import RENAMED_MODULES


def test_dir_lists_what_users_need_and_nothing_else() -> None:
    assert "load" in dir(seldkit)
    assert "metrics" in dir(seldkit)
    assert not {"import_module", "TYPE_CHECKING", "Any", "install_renamed_modules"} & set(dir(seldkit))


@pytest.mark.parametrize("name", [name for name in dir(seldkit) if name != "__version__"])
def test_every_public_name_is_there_without_a_further_import(name: str) -> None:
    code = f"import seldkit; assert seldkit.{name} is not None"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'detekt'"):
        seldkit.detekt  # noqa: B018


def test_import_loads_no_heavy_library() -> None:
    code = "import sys, seldkit; print(*{'torch', 'numpy', 'scipy', 'av', 'typer'} & sys.modules.keys())"
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == ""


@pytest.mark.parametrize("old", sorted(RENAMED_MODULES))
def test_renamed_modules_are_found_under_their_old_names(old: str) -> None:
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"{old} is deprecated: use {RENAMED_MODULES[old]}"):
        module = import_module(old)
    assert module is import_module(RENAMED_MODULES[old])
    sys.modules.pop(old)


def test_renamed_classes_are_found_under_their_old_names() -> None:
    from seldkit import errors

    with pytest.warns(DeprecationWarning, match="use ImageError"):
        assert errors.PictureError is errors.ImageError
