import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from filelock import FileLock

from seldkit.web.private_folder import LOCK, PREFIX, private_folder, remove_abandoned

HOLDING = """
import time
from seldkit.web.private_folder import private_folder
with private_folder() as folder:
    (folder / "upload").write_text("secret")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def left_behind(place: Path, name: str = "x") -> Path:
    folder = place / f"{PREFIX}{name}"
    folder.mkdir()
    (folder / LOCK).touch()
    (folder / "upload").write_text("secret")
    return folder


def test_folder_is_private_and_removed(place: Path) -> None:
    with private_folder() as folder:
        assert folder.parent == place
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "a" / "b").mkdir(parents=True)
    assert not folder.exists()


def test_folder_is_removed_after_an_error(place: Path) -> None:
    with pytest.raises(ZeroDivisionError), private_folder():
        raise ZeroDivisionError
    assert not list(place.iterdir())


def test_folders_of_killed_processes_are_removed(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        folder = Path(killed.stdout.readline().strip())
        with private_folder():
            assert (folder / "upload").exists()  # in use: another's page goes on
        killed.send_signal(signal.SIGKILL)
    assert (folder / "upload").exists()
    with private_folder():
        assert not folder.exists()


def test_only_own_folders_are_removed(place: Path) -> None:
    mine = left_behind(place)
    other = place / "other"
    other.mkdir()
    (other / "precious").touch()
    (place / f"{PREFIX}link").symlink_to(other)
    (place / f"{PREFIX}file").touch()
    remove_abandoned(place)
    assert not mine.exists()
    assert (other / "precious").exists()
    assert (place / f"{PREFIX}link").is_symlink()
    assert (place / f"{PREFIX}file").exists()


def test_folders_of_other_users_are_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = left_behind(place)
    monkeypatch.setattr("seldkit.web.private_folder.os.getuid", lambda: os.geteuid() + 1)
    remove_abandoned(place)
    assert folder.exists()


@pytest.mark.parametrize("content", ["", "upload"])
def test_folders_without_a_lock_are_removed(place: Path, content: str) -> None:
    """The process was killed before it created the lock, or while it removed the folder."""
    folder = left_behind(place)
    (folder / LOCK).unlink()
    if not content:
        (folder / "upload").unlink()
    remove_abandoned(place)
    assert not folder.exists()


def test_a_folder_that_another_start_removes_is_created_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire = FileLock.acquire
    removed: list[Path] = []

    def remove_once(lock: FileLock, *arguments: object, **options: object) -> object:
        folder = Path(lock.lock_file).parent
        if not removed:
            removed.append(folder)
            remove_abandoned(place)
            assert not folder.exists()
        return acquire(lock, *arguments, **options)

    monkeypatch.setattr("seldkit.web.private_folder.FileLock.acquire", remove_once)
    with private_folder() as folder:
        assert folder != removed[0]
        assert folder.stat().st_mode & 0o777 == 0o700
        assert list(place.iterdir()) == [folder]


def test_nothing_is_left_after_kills_at_random_times(place: Path) -> None:
    delays = random.Random(0)
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", HOLDING], stdout=subprocess.DEVNULL) as killed:
            time.sleep(delays.uniform(0.05, 0.6))
            killed.send_signal(signal.SIGKILL)
        with private_folder() as folder:
            assert list(place.iterdir()) == [folder]
