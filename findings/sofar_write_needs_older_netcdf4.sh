#!/usr/bin/env bash
# sofar 1.3.0 cannot write SOFA files that contain text variables with netCDF4 1.7.5.1.
#
# Expected: sofar 1.3.0 allows any netCDF4 release, so `pip install sofar` gives an environment in which
#   sofar.write_sofa works.
# Observed: with netCDF4 1.7.5.1, netCDF4.stringtochar raises an AttributeError for
#   arrays of byte strings if the encoding is given, and sofar.write_sofa fails with it for every convention with
#   text variables, such as SimpleHeadphoneIR. With netCDF4 1.7.2 the same call writes the file.
# Where and when: PyPI wheels, CPython 3.11 on Linux, 2026-11-29.
# Matters because: sofar is the usual way to create measured responses for room simulation and test data. Pin
#   netCDF4 to 1.7.2 where SOFA files are written; reading is not affected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/write.py" <<'PYTHON'
import sys
from importlib.metadata import version

import sofar

try:
    sofar.write_sofa(sys.argv[1], sofar.Sofa("SimpleHeadphoneIR"))
    result = "written"
except AttributeError as problem:
    result = f"AttributeError: {problem}"
print(f"sofar {version('sofar')}, netCDF4 {version('netCDF4')}: {result}")
sys.exit(0 if (result == "written") == (sys.argv[2] == "works") else 1)
PYTHON
for pair in "1.7.2 works" "1.7.5.1 fails"; do
  read -r release expected <<< "$pair"
  python3 -m venv "$folder/$release"
  "$folder/$release/bin/python" -m pip install --quiet --disable-pip-version-check "sofar==1.3.0" "netCDF4==$release"
  "$folder/$release/bin/python" "$folder/write.py" "$folder/$release.sofa" "$expected" \
    || { echo "the behaviour has changed"; exit 1; }
done
