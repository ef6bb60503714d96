"""Memory that a process keeps: `seldkit.malloc`."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from seldkit.malloc import keep_memory
if sys.argv[1] == "kept":
    assert keep_memory()
for _ in range(20):
    b"x" * 2**26
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_freed_large_blocks_are_reused() -> None:
    def faults(how: str) -> int:
        command = [sys.executable, "-c", PROGRAM, how]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert faults("kept") < faults("not") / 3
