"""Checks that a synthesis that was killed and resumed gives the same files as an uninterrupted one.

    python benchmarks/synthesis_resume.py [--kills 10] [--clips 24] [--workers 2] [--seed 0]

Writes scenes with images. Then writes the same scenes into another folder with a sequence of processes that
are killed (SIGKILL) with their workers, each after a random number of files and a random delay; the last
process runs to the end. Compares all files, including hidden ones. Exit status 1 if any differ.
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
    """Runs the processes and prints the result of the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed of the times at which processes are killed"
    )
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        uninterrupted, killed = Path(folder) / "uninterrupted", Path(folder) / "killed"
        _start(uninterrupted, arguments.clips, arguments.workers).wait()
        max_files = len(_files(uninterrupted)) - 4 * arguments.workers
        for files in np.sort(rng.integers(1, max_files, arguments.kills)):
            process = _start(killed, arguments.clips, arguments.workers)
            while len(_files(killed)) < files and process.poll() is None:
                time.sleep(0.01)
            time.sleep(rng.uniform(0.0, 0.5))
            alive = process.poll() is None
            _kill(process)
            print(f"{'killed' if alive else 'NOT killed'} after {len(_files(killed))} files", flush=True)
        _start(killed, arguments.clips, arguments.workers).wait()
        same = _digests(uninterrupted) == _digests(killed)
        print(f"{'identical' if same else 'NOT identical'} to an uninterrupted run")
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
    null = subprocess.DEVNULL
    return subprocess.Popen(list(map(str, command)), start_new_session=True, stdout=null, stderr=null)


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
