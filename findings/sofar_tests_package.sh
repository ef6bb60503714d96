#!/usr/bin/env bash
# sofar 1.3.0, the reader and writer of SOFA files, installs a top-level package named "tests".
#
# Expected: installing a library for SOFA files does not change what `import tests` means in a project.
# Observed: the wheel contains tests/__init__.py, so site-packages has a regular package "tests". A project whose
#   own tests/ folder has no __init__.py (a namespace package, as with pytest's importlib mode) loses against it,
#   even in its own folder: a regular package anywhere on sys.path precedes namespace packages. Functions of test
#   modules then cannot be unpickled by worker processes that are started with "spawn".
# Where and when: PyPI wheel of sofar 1.3.0, CPython 3.11 on Linux, 2026-11-29.
# Matters because: parallel tests of room-response code fail with "No module named 'tests....'" as soon as sofar is
#   installed, for example as a test oracle. An empty tests/__init__.py in the project restores the expected meaning.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "sofar==1.3.0"
mkdir -p "$folder/project/tests"
echo "VALUE = 1" > "$folder/project/tests/own_helper.py"
cd "$folder/project"
"$folder/venv/bin/python" - <<'PYTHON'
import importlib
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
print("sofar", version("sofar"))
import tests

origin = Path(tests.__file__) if tests.__file__ else None
print("import tests ->", origin and origin.relative_to(sys.prefix))
try:
    importlib.import_module("tests.own_helper")
    found = True
except ModuleNotFoundError:
    found = False
print("the project's own tests.own_helper is found:", found)
Path("tests/__init__.py").touch()
for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
    del sys.modules[name]
importlib.invalidate_caches()
print("with tests/__init__.py:", importlib.import_module("tests.own_helper").VALUE == 1)
assert origin is not None and "site-packages" in origin.parts and not found, "the behaviour has changed"
PYTHON
