"""Every module can be imported on Windows, where Python has no POSIX modules."""

import pkgutil
import subprocess
import sys

import seldkit

POSIX_MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
IMPORT_WITHOUT_POSIX = """
import builtins, importlib, signal, sys

original_import = builtins.__import__

def import_without_posix(name, globals=None, locals=None, fromlist=(), level=0):
    # Libraries decide by the platform what they import, so modules are hidden from seldkit only.
    if name in {hidden!r} and str((globals or {{}}).get("__name__")).startswith("seldkit"):
        raise ImportError(f"{{name}} does not exist on Windows")
    return original_import(name, globals, locals, fromlist, level)

builtins.__import__ = import_without_posix
del signal.SIGHUP
failures = []
for name in {modules!r}:
    try:
        importlib.import_module(name)
    except Exception as error:
        failures.append(f"{{name}}: {{type(error).__name__}}: {{error}}")
print("\\n".join(failures))
sys.exit(bool(failures))
"""


def module_names() -> list[str]:
    modules = pkgutil.walk_packages(seldkit.__path__, "seldkit.")
    return sorted(module.name for module in modules if not module.name.endswith("__main__"))


def test_every_module_imports_without_posix_modules() -> None:
    code = IMPORT_WITHOUT_POSIX.format(hidden=POSIX_MODULES, modules=module_names())
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
