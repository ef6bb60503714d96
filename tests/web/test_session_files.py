import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.errors import SeldkitError
from seldkit.web.session_files import MAX_NAME_BYTES, SessionFiles, safe_name


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "files")


def uploaded(files: SessionFiles, name: str = "clip.wav", digest: str = "ab12") -> Path:
    """As Gradio does it: in a folder by the content's digest."""
    path = files.folder / digest / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"sound")
    return path


def test_closing_a_page_deletes_its_files(files: SessionFiles) -> None:
    upload = uploaded(files)
    files.register("one", upload)
    folder, name = files.create_job("one", upload)
    (folder / "clip.csv").touch()
    assert (folder / name).read_bytes() == b"sound"
    assert files.folder.stat().st_mode & 0o777 == folder.stat().st_mode & 0o777 == 0o700
    files.close_session("one")
    assert not list(files.folder.iterdir())


def test_a_new_job_deletes_the_former_and_keeps_the_upload(files: SessionFiles) -> None:
    upload = uploaded(files)
    files.register("one", upload)
    first, _ = files.create_job("one", upload)
    second, name = files.create_job("one", upload)
    assert not first.exists()
    assert (second / name).exists()
    assert upload.exists()


def test_uploads_of_two_pages_are_deleted_with_the_second(files: SessionFiles) -> None:
    upload = uploaded(files)
    files.register("one", upload)
    files.register("two", upload)
    files.close_session("one")
    assert upload.exists()
    files.close_session("two")
    assert not upload.exists()


def test_jobs_keep_an_upload_that_another_page_deletes(files: SessionFiles) -> None:
    upload = uploaded(files)
    folder, name = files.create_job("one", upload)
    files.register("two", upload)
    files.close_session("two")
    assert not upload.exists()
    assert (folder / name).read_bytes() == b"sound"


def test_recordings_of_jobs_have_safe_names(files: SessionFiles) -> None:
    upload = uploaded(files, "<b>&'.wav")
    assert files.create_job("one", upload)[1] == "_b_&'.wav"
    assert files.create_job("one", upload, "recording.wav")[1] == "recording.wav"


def test_deleted_uploads_are_reported(files: SessionFiles) -> None:
    upload = uploaded(files)
    files.close_session("one")
    upload.unlink()
    with pytest.raises(SeldkitError, match=r"^clip\.wav: deleted .* upload it again$"):
        files.create_job("one", upload)


def test_only_old_files_without_a_session_are_deleted(files: SessionFiles) -> None:
    held, new, old = (uploaded(files, digest=digest) for digest in ("aa", "bb", "cc"))
    (files.folder / "tmpabc").touch()
    files.register("one", held)
    for path in (held, old, files.folder / "tmpabc" / "any"):
        os.utime(path.parent, (0, 0))
    files.delete_unused()
    assert sorted(entry.name for entry in files.folder.iterdir()) == ["aa", "bb"]
    assert new.exists()


def test_files_outside_the_folder_are_refused(files: SessionFiles, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="precious"):
        files.register("one", tmp_path / "precious")
    with pytest.raises(ValueError, match="files"):
        files.register("one", files.folder)


def test_the_example_is_a_copy(files: SessionFiles, tmp_path: Path) -> None:
    (tmp_path / "demo.mp4").write_bytes(b"video")
    copy = files.copy("one", tmp_path / "demo.mp4")
    assert copy.read_bytes() == b"video"
    files.close_session("one")
    assert not copy.exists()
    assert (tmp_path / "demo.mp4").exists()


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("holiday.mp4", "holiday.mp4"),
        ("Straße 日本.webm", "Straße 日本.webm"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\..\\x.wav", "_.._x.wav"),
        ("a\nb\r\0c.wav", "a_b__c.wav"),
        ("<img src=x onerror=alert(1)>.mp4", "_img src=x onerror=alert(1)_.mp4"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("caf\udce9.wav", "caf_.wav"),
        (".bashrc", "bashrc"),
        ("", "recording"),
        ("...", "recording"),
        ("a" * 300 + ".mp4", "a" * (MAX_NAME_BYTES - 4) + ".mp4"),
    ],
)
def test_names_become_safe(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@settings(max_examples=200, derandomize=True, deadline=None)
@given(name=st.text(max_size=150))
def test_any_safe_name_is_one_part_of_a_path(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert len(safe.encode()) <= MAX_NAME_BYTES
    assert safe.isprintable()
    assert not safe.startswith((".", " "))
    assert safe_name(safe) == safe


@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "link to a folder"])
def test_jobs_refuse_irregular_files(files: SessionFiles, tmp_path: Path, kind: str) -> None:
    upload = uploaded(files)
    upload.unlink()
    (tmp_path / "secret").write_text("secret")
    if kind == "fifo":
        os.mkfifo(upload)
    elif kind == "folder":
        upload.mkdir()
    else:
        upload.symlink_to(tmp_path / "secret" if kind == "link" else tmp_path)
    with pytest.raises(SeldkitError, match=r"^clip\.wav: expected a regular file, got .*; upload it again$"):
        files.create_job("one", upload)
    assert not list(files.folder.glob("job-*/*"))


def test_sizes_count_each_file_once(files: SessionFiles) -> None:
    upload = uploaded(files)
    files.add_upload("browser", upload)
    files.add_upload("browser", upload)
    files.create_job("one", upload)
    (files.folder / "tmpabc").write_bytes(b"incomplete")
    assert files.upload_bytes("browser") == files.total_bytes() == len(b"sound")
    files.delete_incomplete()
    assert not (files.folder / "tmpabc").exists()
    upload.unlink()
    assert files.upload_bytes("browser") == 0
    assert not files.is_upload("browser", str(upload))


def test_uploads_outside_the_folder_are_not_recorded(files: SessionFiles, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="precious"):
        files.add_upload("browser", tmp_path / "precious")


def test_copies_are_uploads_of_the_browser_session(files: SessionFiles, tmp_path: Path) -> None:
    (tmp_path / "demo.mp4").write_bytes(b"video")
    assert files.open_page("one", "browser")
    assert not files.open_page("one", "other")
    copy = str(files.copy("one", tmp_path / "demo.mp4"))
    assert files.is_upload("browser", copy)
    assert not files.is_upload("other", copy)
    files.close_session("one")
    assert files.open_page("one", "other")
