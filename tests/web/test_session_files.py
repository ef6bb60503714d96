import os
from pathlib import Path

import pytest

from seldkit.errors import SeldkitError
from seldkit.web.session_files import SessionFiles


@pytest.fixture
def shelf(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "files")


def uploaded(shelf: SessionFiles, name: str = "clip.wav", digest: str = "ab12") -> Path:
    """As Gradio does it: in a folder by the content's digest."""
    path = shelf.folder / digest / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"sound")
    return path


def test_a_page_that_is_closed_leaves_nothing(shelf: SessionFiles) -> None:
    upload = uploaded(shelf)
    shelf.hold("one", upload)
    folder, name = shelf.job("one", upload)
    (folder / "clip.csv").touch()
    assert (folder / name).read_bytes() == b"sound"
    assert shelf.folder.stat().st_mode & 0o777 == folder.stat().st_mode & 0o777 == 0o700
    shelf.clear("one")
    assert not list(shelf.folder.iterdir())


def test_the_next_job_removes_the_former_and_keeps_the_upload(shelf: SessionFiles) -> None:
    upload = uploaded(shelf)
    shelf.hold("one", upload)
    first, _ = shelf.job("one", upload)
    second, name = shelf.job("one", upload)
    assert not first.exists()
    assert (second / name).exists()
    assert upload.exists()


def test_what_two_pages_have_uploaded_goes_with_the_second(shelf: SessionFiles) -> None:
    upload = uploaded(shelf)
    shelf.hold("one", upload)
    shelf.hold("two", upload)
    shelf.clear("one")
    assert upload.exists()
    shelf.clear("two")
    assert not upload.exists()


def test_a_running_job_is_none_of_anothers_business(shelf: SessionFiles) -> None:
    upload = uploaded(shelf)
    folder, name = shelf.job("one", upload)
    shelf.hold("two", upload)
    shelf.clear("two")
    assert not upload.exists()
    assert (folder / name).read_bytes() == b"sound"


def test_a_job_is_named_safely(shelf: SessionFiles) -> None:
    upload = uploaded(shelf, "<b>&'.wav")
    assert shelf.job("one", upload)[1] == "_b_&'.wav"
    assert shelf.job("one", upload, "recording.wav")[1] == "recording.wav"


def test_an_upload_that_is_gone_is_said(shelf: SessionFiles) -> None:
    upload = uploaded(shelf)
    shelf.clear("one")
    upload.unlink()
    with pytest.raises(SeldkitError, match=r"^clip\.wav: deleted after an hour without use; give it again$"):
        shelf.job("one", upload)


def test_only_what_is_old_and_nobodys_is_swept(shelf: SessionFiles) -> None:
    held, new, old = (uploaded(shelf, digest=digest) for digest in ("aa", "bb", "cc"))
    (shelf.folder / "tmpabc").touch()
    shelf.hold("one", held)
    for path in (held, old, shelf.folder / "tmpabc" / "any"):
        os.utime(path.parent, (0, 0))
    shelf.sweep()
    assert sorted(entry.name for entry in shelf.folder.iterdir()) == ["aa", "bb"]
    assert new.exists()


def test_what_lies_elsewhere_is_never_held(shelf: SessionFiles, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="precious"):
        shelf.hold("one", tmp_path / "precious")
    with pytest.raises(ValueError, match="files"):
        shelf.hold("one", shelf.folder)


def test_the_example_is_a_copy(shelf: SessionFiles, tmp_path: Path) -> None:
    (tmp_path / "demo.mp4").write_bytes(b"video")
    copy = shelf.copy("one", tmp_path / "demo.mp4")
    assert copy.read_bytes() == b"video"
    shelf.clear("one")
    assert not copy.exists()
    assert (tmp_path / "demo.mp4").exists()
