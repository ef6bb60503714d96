"""Whether a synthesis that is killed and taken up again equals an uninterrupted one.

    python benchmarks/synthesis_killed.py [--kills 10] [--clips 24] [--workers 2] [--seed 0]

Writes scenes with pictures; then the same into another folder by processes that are killed outright, with all
their workers, one after the other: each a random moment after a random number of files is there, be it begun
or whole; lets the last one end; and compares every file, hidden ones too. Exits with status 1 where they
differ.
"""

import argparse
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Write, kill, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        _start(whole, arguments.clips, arguments.workers).wait()
        last = len(_files(whole)) - 4 * arguments.workers
        for files in np.sort(rng.integers(1, last, arguments.kills)):
            process = _start(killed, arguments.clips, arguments.workers)
            while len(_files(killed)) < files and process.poll() is None:
                time.sleep(0.01)
            time.sleep(rng.uniform(0.0, 0.5))
            alive = process.poll() is None
            _kill(process)
            print(f"{'killed' if alive else 'NOT killed'} with {len(_files(killed))} files", flush=True)
        _start(killed, arguments.clips, arguments.workers).wait()
        same = _digests(whole) == _digests(killed)
        print(f"{'equal' if same else 'NOT equal'} to an uninterrupted run, to the bit")
        sys.exit(not same)


def _start(output: Path, clips: int, workers: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-c",
        "from seldkit.cli import main; main()",
        "synthesize",
        "--output",
        output,
        "--clips",
        clips,
    ]
    command += ["--workers", workers, "--seed", 1]
    silent = subprocess.DEVNULL
    return subprocess.Popen(list(map(str, command)), start_new_session=True, stdout=silent, stderr=silent)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _files(folder)
    }


if __name__ == "__main__":
    main()
