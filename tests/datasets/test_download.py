import contextlib
import hashlib
import json
import os
import stat
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from seldkit.datasets.download import REMOTE_DATASETS, RemoteDataset, RemoteFile, download, fetch, unpack
from seldkit.datasets.download.remote_datasets import URL_PATTERN
from seldkit.errors import DatasetError
from seldkit.registry import UnknownNameError

CONTENT = np.random.default_rng(3).bytes(3_000_000)


@dataclass
class Shop:
    """What a server on the loopback offers, how it behaves, and what it was asked.

    cut: bytes after which it drops a connection, once for each entry. ranges: whether it can go on in the
    middle. fail: statuses that it answers first.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut: list[int] = field(default_factory=list)
    fail: list[int] = field(default_factory=list)
    ranges: bool = True
    asked: list[str | None] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def shop() -> Iterator[Shop]:
    offered = Shop(files={"a.bin": CONTENT})

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            answer(self, offered)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    offered.address = f"http://127.0.0.1:{server.server_address[1]}/"
    yield offered
    server.shutdown()
    server.server_close()
    thread.join()


def answer(handler: BaseHTTPRequestHandler, shop: Shop) -> None:
    wanted = handler.headers.get("Range")
    shop.asked.append(wanted)
    content = shop.files.get(unquote(handler.path.split("?")[0]).rsplit("/", 1)[-1])
    if shop.fail:
        handler.send_error(shop.fail.pop(0))
        return
    if content is None:
        handler.send_error(404)
        return
    tag = f'"{hashlib.md5(content).hexdigest()}"'
    begin = 0
    if wanted and shop.ranges and handler.headers.get("If-Range") in (None, tag):
        begin = int(wanted.removeprefix("bytes=").rstrip("-"))
        if begin >= len(content):
            handler.send_error(416)
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
    else:
        handler.send_response(200)
    handler.send_header("Content-Length", str(len(content) - begin))
    handler.send_header("ETag", tag)
    handler.end_headers()
    end = min(len(content), begin + shop.cut.pop(0)) if shop.cut else len(content)
    handler.wfile.write(content[begin:end])


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def test_a_file_comes_whole_and_is_not_fetched_twice(shop: Shop, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    for _ in range(2):
        got = fetch(
            shop.address + "a.bin",
            tmp_path / "in/a.bin",
            md5=md5(CONTENT),
            progress=lambda done, total: seen.append((done, total)),
        )
        assert got.path.read_bytes() == CONTENT
        assert not got.recorded
    assert len(shop.asked) == 1
    assert seen[-1] == (3_000_000, 3_000_000)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["a.bin"]


@pytest.mark.parametrize("known", [True, False])
def test_a_broken_off_download_goes_on_where_it_stopped(shop: Shop, tmp_path: Path, known: bool) -> None:
    shop.cut = [1_000_000, 500_000]
    got = fetch(
        shop.address + "a.bin", tmp_path / "a.bin", md5=md5(CONTENT) if known else None, pause_seconds=0.01
    )
    assert got.path.read_bytes() == CONTENT
    assert shop.asked == [None, "bytes=1000000-", "bytes=1500000-"]


def test_a_killed_download_goes_on_in_the_next_run(shop: Shop, tmp_path: Path) -> None:
    shop.cut = [700_000] * 5
    shop.files["a.bin"] = CONTENT * 2
    with pytest.raises(DatasetError, match=r"the connection ended after .*run it again to resume"):
        fetch(shop.address + "a.bin", tmp_path / "a.bin", md5=md5(CONTENT * 2), pause_seconds=0.01)
    assert (tmp_path / "a.bin.part").stat().st_size == 3_500_000
    assert not (tmp_path / "a.bin").exists()
    assert fetch(shop.address + "a.bin", tmp_path / "a.bin", md5=md5(CONTENT * 2)).path.exists()
    assert shop.asked[-1] == "bytes=3500000-"


def test_a_server_that_cannot_go_on_sends_all_again(shop: Shop, tmp_path: Path) -> None:
    shop.cut, shop.ranges = [1_000_000], False
    assert fetch(shop.address + "a.bin", tmp_path / "a.bin", pause_seconds=0.01).path.read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_not_mixed(shop: Shop, tmp_path: Path) -> None:
    shop.cut = [1_000_000] * 5
    shop.files["a.bin"] = CONTENT + CONTENT + CONTENT
    with pytest.raises(DatasetError):
        fetch(shop.address + "a.bin", tmp_path / "a.bin", pause_seconds=0.0)
    shop.cut.clear()
    shop.files["a.bin"] = CONTENT[::-1] * 3
    assert fetch(shop.address + "a.bin", tmp_path / "a.bin").path.read_bytes() == CONTENT[::-1] * 3


def test_a_part_longer_than_the_file_is_thrown_away(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "a.bin.part").write_bytes(CONTENT + b"more")
    assert fetch(
        shop.address + "a.bin", tmp_path / "a.bin", md5=md5(CONTENT), pause_seconds=0.0
    ).path.exists()


def test_a_busy_server_is_asked_again_and_a_refusal_is_final(shop: Shop, tmp_path: Path) -> None:
    shop.fail = [503, 429]
    fetch(shop.address + "a.bin", tmp_path / "a.bin", pause_seconds=0.0)
    assert len(shop.asked) == 3
    with pytest.raises(DatasetError, match="the server returned status 404"):
        fetch(shop.address + "gone.bin", tmp_path / "gone.bin", pause_seconds=0.0)
    assert len(shop.asked) == 4
    with pytest.raises(DatasetError, match="cannot be reached"):
        fetch("http://127.0.0.1:1/a.bin", tmp_path / "b.bin", pause_seconds=0.0)
    with pytest.raises(DatasetError, match="begins with https"):
        fetch("file:///etc/passwd", tmp_path / "c.bin")


def test_wrong_checksums_and_sizes_never_get_the_name(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected the checksum 00, got .*deleted"):
        fetch(shop.address + "a.bin", tmp_path / "a.bin", md5="00")
    with pytest.raises(DatasetError, match="expected 5 bytes, got 3000000"):
        fetch(shop.address + "a.bin", tmp_path / "a.bin", size=5)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.bin").write_bytes(b"something else")
    with pytest.raises(DatasetError, match="delete it and download it again"):
        fetch(shop.address + "a.bin", tmp_path / "a.bin", md5=md5(CONTENT))


def test_an_unknown_checksum_is_recorded_and_then_holds(shop: Shop, tmp_path: Path) -> None:
    got = fetch(shop.address + "a.bin", tmp_path / "a.bin")
    assert got.recorded
    assert json.loads((tmp_path / "checksums.json").read_text()) == {
        "a.bin": hashlib.sha256(CONTENT).hexdigest()
    }
    assert not fetch(shop.address + "a.bin", tmp_path / "a.bin").recorded
    (tmp_path / "a.bin").unlink()
    shop.files["a.bin"] = CONTENT[:-1] + b"!"
    with pytest.raises(DatasetError, match="expected the checksum"):
        fetch(shop.address + "a.bin", tmp_path / "a.bin")
    (tmp_path / "checksums.json").write_text("[")
    with pytest.raises(DatasetError, match="expected names and checksums as JSON"):
        fetch(shop.address + "a.bin", tmp_path / "a.bin")


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def split_archive(whole: Path, sizes: int, large: bool = False) -> list[Path]:
    """A zip archive cut into parts as Info-ZIP does: places in the directory are (part, offset in it).

    large: say sizes and places in the Zip64 fields.
    """
    data = whole.read_bytes()
    with zipfile.ZipFile(whole) as archive:
        infos, begin = archive.infolist(), archive.start_dir
    body = b"PK\7\x08" + data[:begin]
    directory = b""
    for info in infos:
        part, offset = divmod(info.header_offset + 4, sizes)
        name = info.filename.encode()
        extra = b"\x55\x54\x01\x00\x00"
        fields = (info.compress_size, info.file_size)
        place = offset
        if large:
            extra += struct.pack("<2H3QL", 1, 28, info.file_size, info.compress_size, offset, part)
            fields, place, part = (0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF, 0xFFFF
        directory += struct.pack(
            *("<4s6H3L5H2L", b"PK\1\2", 20, 20, info.flag_bits, info.compress_type, 0, 0, info.CRC, *fields),
            *(len(name), len(extra), 0, part, 0, info.external_attr, place),
        )
        directory += name + extra
    last, at = divmod(len(body), sizes)
    end = struct.pack("<4s4H2LH", b"PK\5\6", last, last, len(infos), len(infos), len(directory), at, 0)
    body += directory + end
    cut = [body[start : start + sizes] for start in range(0, last * sizes, sizes)]
    pieces = [*cut, body[last * sizes :]]
    paths = [whole.with_suffix(f".z{number:02}") for number in range(1, len(pieces))] + [
        whole.with_suffix(".zip")
    ]
    for path, piece in zip(paths, pieces, strict=True):
        path.write_bytes(piece)
    return paths


MEMBERS = {
    "README.md": b"hello",
    **{f"foa_dev/dev-train/f{n}.wav": CONTENT[n * 1000 : n * 1000 + 30_000] for n in range(6)},  # won't pack
}


def assert_unpacked(folder: Path) -> None:
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == MEMBERS


def test_an_archive_is_unpacked_whole(tmp_path: Path) -> None:
    skipped = {"__MACOSX/._README.md": b"x", "foa_dev/.DS_Store": b"x", "foa_dev/._f0.wav": b"x"}
    archive = zip_of(tmp_path / "a.zip", {**MEMBERS, **skipped})
    assert len(unpack([archive], tmp_path / "out")) == len(MEMBERS)
    assert_unpacked(tmp_path / "out")


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("size", [50_000, 65_536, 33_333])
def test_a_split_archive_is_unpacked_without_joining_it(tmp_path: Path, size: int, large: bool) -> None:
    parts = split_archive(zip_of(tmp_path / "a.zip", MEMBERS), size, large)
    assert len(parts) > 2
    unpack(parts, tmp_path / "out")
    assert_unpacked(tmp_path / "out")
    with pytest.raises(DatasetError, match=r"expected \d+ parts of this archive, got \d+"):
        unpack(parts[1:], tmp_path / "other")
    with pytest.raises(DatasetError, match="expected a zip archive, or the last part of one"):
        unpack(parts[:-1], tmp_path / "other")


def test_pieces_of_one_file_are_joined_as_they_are(tmp_path: Path) -> None:
    data = zip_of(tmp_path / "a.zip", MEMBERS).read_bytes()
    paths = [tmp_path / f"a.zip.{number:03}" for number in range(1, 5)]
    for path, start in zip(paths, range(0, 4 * 60_000, 60_000), strict=True):
        path.write_bytes(data[start : start + 60_000 if path != paths[-1] else len(data)])
    unpack(paths, tmp_path / "out")
    assert_unpacked(tmp_path / "out")


def test_what_was_unpacked_before_is_kept(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", MEMBERS)
    first = unpack([archive], tmp_path / "out")
    before = [path.stat().st_mtime_ns for path in first]
    first[1].write_bytes(b"short")
    unpack([archive], tmp_path / "out")
    after = [path.stat().st_mtime_ns for path in first]
    assert_unpacked(tmp_path / "out")
    assert [x == y for x, y in zip(before, after, strict=True)] == [n != 1 for n in range(len(before))]


def named(name: str, mode: int = stat.S_IFREG, content: bytes = b"x") -> Callable[[Path], Path]:
    def build(path: Path) -> Path:
        with zipfile.ZipFile(path, "w") as archive:
            info = zipfile.ZipInfo(name)
            info.filename = name  # ZipInfo tidies what it is given
            info.create_system, info.external_attr = 3, (mode | 0o644) << 16
            archive.writestr(info, content)
        return path

    return build


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("big.wav", bytes(110 * 1024 * 1024))
    return path


def changed(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def build(path: Path) -> Path:
        zip_of(path, MEMBERS).write_bytes(change(path.read_bytes()))
        return path

    return build


def encrypted(data: bytes) -> bytes:
    at = data.index(b"PK\1\2")
    return data[: at + 8] + b"\1" + data[at + 9 :]


def twice(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.wav", b"1")
        archive.writestr("b.wav", b"2")
    path.write_bytes(path.read_bytes().replace(b"b.wav", b"a.wav"))
    return path


def members(*names: str) -> Callable[[Path], Path]:
    return lambda path: zip_of(path, dict.fromkeys(names, b"1"))


BAD_ARCHIVES = [
    ("parent", named("../evil.txt"), "has a path outside of the folder"),
    ("deep parent", named("foa_dev/../../evil.txt"), "has a path outside of the folder"),
    ("absolute", named("/tmp/evil.txt"), "has an absolute path"),
    ("drive", named("C:/evil.txt"), "has an absolute path"),
    ("backslash", named("..\\evil.txt"), "has an invalid name"),
    ("control", named("a\nb.txt"), "has an invalid name"),
    ("link", named("link", stat.S_IFLNK, b"/etc/passwd"), "is a link or a device"),
    ("device", named("null", stat.S_IFCHR), "is a link or a device"),
    ("pipe", named("pipe", stat.S_IFIFO), "is a link or a device"),
    ("bomb", bomb, "compression ratio"),
    ("encrypted", changed(encrypted), "is encrypted"),
    ("twice", twice, "is listed twice"),
    ("file and folder", members("a", "a/b"), "is both a file and a folder"),
    ("folder and file", members("a/b", "a"), "is both a file and a folder"),
    ("long name", members("x" * 300), "has a name of over 255 bytes"),
    ("long path", members("/".join(["y" * 200] * 6)), "a path of over 1024 bytes"),
    ("deep", members("/".join("d" * 100)), "is nested in more than 64 folders"),
    ("no name", named("."), "has an invalid name"),
    ("cut off", changed(lambda data: data[:-200]), "expected a zip archive|damaged"),
    ("no archive", changed(lambda data: b"no archive"), "expected a zip archive"),
    ("empty", changed(lambda data: b""), "expected a zip archive"),
    ("bad sum", changed(lambda data: data.replace(CONTENT[500:510], bytes(10))), "damaged"),
    ("bad packing", changed(lambda data: data[:43] + bytes([7] * 5) + data[48:]), "damaged"),
    ("bad directory", changed(lambda data: data.replace(b"PK\1\2", b"PK\1\3")), "damaged"),
]


@pytest.mark.parametrize(
    ("build", "error"), [row[1:] for row in BAD_ARCHIVES], ids=[row[0] for row in BAD_ARCHIVES]
)
def test_archives_that_are_not_to_be_trusted(
    build: Callable[[Path], Path], error: str, tmp_path: Path
) -> None:
    archive = build(tmp_path / "in.zip")
    with pytest.raises(DatasetError, match=error) as caught:
        unpack([archive], tmp_path / "out/inner")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "evil.txt").exists()
    assert not (tmp_path / "out/evil.txt").exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]


def test_a_file_in_the_place_of_a_folder_is_reported(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", {"a/b": b"1", "c": b"2"})
    for name, place in (("one", "a"), ("two", "c/d")):
        blocked = tmp_path / name / place
        blocked.parent.mkdir(parents=True)
        blocked.write_bytes(b"")
        with pytest.raises(DatasetError, match="cannot be extracted"):
            unpack([archive], tmp_path / name)


def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.zip")
    with pytest.raises(DatasetError, match="expected a regular file, got a pipe"):
        unpack([tmp_path / "a.zip"], tmp_path / "out")


def test_random_damage_of_an_archive_is_a_dataset_error(tmp_path: Path) -> None:
    data = zip_of(tmp_path / "a.zip", {"a/b.wav": bytes(range(256)), "c.txt": b"text"}).read_bytes()
    rng = np.random.default_rng(7)
    path = tmp_path / "damaged.zip"
    for number in range(300):
        damaged = bytearray(data)
        for place in rng.integers(len(data), size=rng.integers(1, 4)):
            damaged[place] = rng.choice([0, 1, 46, 47, 127, 255, int(rng.integers(256))])
        path.write_bytes(damaged)
        with contextlib.suppress(DatasetError):
            unpack([path], tmp_path / f"out{number}", max_bytes=1 << 20)


def test_limits_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zip_of(tmp_path / "a.zip", MEMBERS)
    with pytest.raises(DatasetError, match="expected at most 100000 bytes when extracted, got 180005"):
        unpack([archive], tmp_path / "out", max_bytes=100_000)
    monkeypatch.setattr("seldkit.datasets.download.unpacking.MAX_FILES", 3)
    with pytest.raises(DatasetError, match="expected at most 3 files, got 7"):
        unpack([archive], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_that_is_there_already_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/foa_dev").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DatasetError, match="a link to another folder"):
        unpack([zip_of(tmp_path / "a.zip", MEMBERS)], tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_set_is_downloaded_and_unpacked(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = zip_of(tmp_path / "in.zip", MEMBERS).read_bytes()
    pieces = {"my set.zip.001": archive[:70_000], "my set.zip.002": archive[70_000:]}
    shop.files |= {
        **pieces,
        "metadata.zip": zip_of(tmp_path / "in.zip", {"metadata_dev/a.csv": b"1"}).read_bytes(),
    }
    files = tuple(RemoteFile(name, md5(content), len(content)) for name, content in pieces.items())
    remote = RemoteDataset(
        "mine", "Mine", 7, "CC0", {"foa": files, "metadata": (RemoteFile("metadata.zip"),)}
    )
    monkeypatch.setitem(REMOTE_DATASETS._parts, "mine", remote)
    address = shop.address + "records/{record}/files/{name}?download=1"
    got = download("mine", tmp_path / "set", url_pattern=address)
    assert [one.recorded for one in got] == [False, False, True]
    assert (tmp_path / "set/foa_dev/dev-train/f0.wav").exists()
    assert (tmp_path / "set/metadata_dev/a.csv").exists()
    assert len(list((tmp_path / "set/archives").iterdir())) == 4
    again = download("mine", tmp_path / "set", ["metadata"], url_pattern=address, keep=False)
    assert not again[0].recorded
    assert len(shop.asked) == 3
    with pytest.raises(DatasetError, match="mine has no archive 'metdata'; did you mean 'metadata'"):
        download("mine", tmp_path / "set", ["metdata"], url_pattern=address)
    with pytest.raises(UnknownNameError, match="unknown public dataset 'starss2'; did you mean 'starss2"):
        download("starss2", tmp_path / "set")


def test_the_table_of_public_sets_is_in_order() -> None:
    for name in REMOTE_DATASETS.names():
        remote = REMOTE_DATASETS[name]
        assert URL_PATTERN.format(record=remote.record, name="x.zip").startswith(
            "https://zenodo.org/records/"
        )
        for parts in remote.archives.values():
            assert parts[-1].name.endswith((".zip", ".005"))
            assert len({part.name for part in parts}) == len(parts)
            for part in parts:
                assert part.md5 is None or len(bytes.fromhex(part.md5)) == 16
