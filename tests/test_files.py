import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from seldkit.errors import in_one_line
from seldkit.files import is_temporary, read_regular_file, remove_abandoned, replacing


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [(child.name, child.read_text()) for child in tmp_path.iterdir()] == [("scores.json", "old")]


def test_a_good_write_replaces_the_file_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "scores.json"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
        assert temporary.suffix == path.suffix
    assert path.read_text() == "whole"


def test_threads_may_write_to_one_path(tmp_path: Path) -> None:
    path, barrier = tmp_path / "scores.json", threading.Barrier(4)
    problems: list[Exception] = []

    def write(number: int) -> None:
        try:
            barrier.wait()
            with replacing(path) as temporary:
                temporary.write_text(str(number) * 1000)
                time.sleep(0.02 * number)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert path.read_text() in {str(number) * 1000 for number in range(4)}
    assert list(tmp_path.iterdir()) == [path]


WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from seldkit.files import replacing, temporary_path
folder = Path(sys.argv[1])
temporary_path(folder / "model").mkdir()
with replacing(folder / "clip.wav") as temporary:
    temporary.write_bytes(b"half")
    os.kill(os.getpid(), 9)
"""


def test_the_next_process_removes_files_of_a_killed_one(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, tmp_path], check=False)
    assert killed.returncode == -9
    left = list(tmp_path.iterdir())
    assert len(left) == 2
    assert all(map(is_temporary, left))
    with replacing(tmp_path / "other.json") as running:
        running.write_text("{}")
        remove_abandoned(tmp_path)
        assert list(tmp_path.iterdir()) == [running]
    assert [path.name for path in tmp_path.iterdir()] == ["other.json"]


def test_only_old_files_of_other_machines_are_removed(tmp_path: Path) -> None:
    other = tmp_path / ".clip.wav.00000000-1-00000000-0.part.wav"
    other.write_bytes(b"half")
    remove_abandoned(tmp_path)
    assert other.exists()
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(other, (two_days_ago, two_days_ago))
    remove_abandoned(tmp_path)
    assert not other.exists()


@pytest.mark.parametrize("name", [".a.part", "a.part.wav", ".hidden.wav", ".clip.wav.1-2-3.part.wav"])
def test_files_of_the_user_are_never_removed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    remove_abandoned(tmp_path)
    assert (tmp_path / name).exists()


def test_names_of_any_length_can_be_written(tmp_path: Path) -> None:
    for name in ("ä" * 120 + ".wav", "😀" * 60 + ".json", "a." + "x" * 250):
        with replacing(tmp_path / name) as temporary:
            temporary.write_text("x")
        assert (tmp_path / name).exists()


def test_an_error_of_a_full_disk_names_the_file(tmp_path: Path) -> None:
    for filename in (None, "temporary"):
        with (
            pytest.raises(OSError, match="No space left") as caught,
            replacing(tmp_path / "a.csv") as temporary,
        ):
            raise OSError(errno.ENOSPC, "full", None if filename is None else str(temporary))
        assert caught.value.filename == str(tmp_path / "a.csv")
        assert in_one_line(caught.value) == f"{tmp_path / 'a.csv'}: No space left on device"


FILL_THE_DISK = """
import resource, sys
from pathlib import Path
import numpy as np, torch
from safetensors.torch import save_file
from seldkit.datasets.shards import write_shard
from seldkit.errors import in_one_line
from seldkit.files import replacing
from seldkit.models.model_directory import write_model
folder = Path(sys.argv[1])
def weights():
    with replacing(folder / "a.safetensors") as temporary:
        save_file({"a": torch.zeros(9999)}, temporary)
writers = {
    "a.safetensors": weights,
    "model": lambda: write_model(folder / "model", {"a": torch.zeros(9999)}, "", ""),
    "shard": lambda: write_shard(folder, "shard", [], {"a": np.zeros(9999)}),
}
write_model(folder / "model", {}, "old", "")
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for name, write in writers.items():
    try:
        write()
    except OSError as problem:
        print(name, in_one_line(problem))
"""


def test_errors_of_the_disk_in_libraries_name_the_file(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, tmp_path], check=True, capture_output=True, text=True
    )
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["a.safetensors", "model", "shard"]
    for line in lines:
        name, message = line.split(" ", 1)
        assert message.startswith(f"{tmp_path / name}: ")
        assert "File too large" in message or "No space left" in message
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / "config.yaml").read_text() == "old"


def test_other_errors_stay_unchanged(tmp_path: Path) -> None:
    problem = FileNotFoundError(errno.ENOENT, "missing", "other.csv")
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "a.csv"):
        raise problem
    assert caught.value is problem


def test_only_regular_files_of_limited_size_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"12345")
    assert read_regular_file(path, 5) == b"12345"
    with pytest.raises(OSError, match="expected at most 4 bytes, got 5 bytes"):
        read_regular_file(path, 4)
    os.mkfifo(tmp_path / "pipe")
    for irregular in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="expected a regular file, got a pipe or a device"):
            read_regular_file(irregular, 5)
    with pytest.raises(IsADirectoryError):
        read_regular_file(tmp_path, 5)
    with pytest.raises(FileNotFoundError):
        read_regular_file(tmp_path / "missing", 5)
    with pytest.raises(OSError, match="null character"):
        read_regular_file(Path("a\0b"), 5)
