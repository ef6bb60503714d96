"""Public datasets: records on Zenodo, files, checksums and licences.

Checksums are those of public code that downloads these files; docs/datasets.md lists the sources. The
checksums of the other files are recorded at the first download.
"""

from dataclasses import dataclass
from typing import Final

from seldkit.registry import Registry

URL_PATTERN: Final = "https://zenodo.org/records/{record}/files/{name}?download=1"
"""URL of a file of a record on Zenodo."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a record.

    Attributes:
        name: File name.
        md5: MD5 checksum, hexadecimal; None if unknown.
        size: Size in bytes; None if unknown.
    """

    name: str
    md5: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class RemoteDataset:
    """A public dataset.

    Attributes:
        name: Name in commands.
        title: Title for people.
        record: Number of the Zenodo record.
        licence: Name of the licence; see the page of the dataset.
        archives: Archives by their content, such as "foa_dev". Each is a zip file or the parts of one, in
            order.
    """

    name: str
    title: str
    record: int
    licence: str
    archives: dict[str, tuple[RemoteFile, ...]]


def _zip(stem: str, md5: str | None = None, size: int | None = None) -> tuple[RemoteFile, ...]:
    return (RemoteFile(f"{stem}.zip", md5, size),)


def _split(stem: str, *md5s: str) -> tuple[RemoteFile, ...]:
    """The parts .z01, .z02, … and .zip of an archive."""
    names = [*(f"{stem}.z{number:02}" for number in range(1, len(md5s))), f"{stem}.zip"]
    return tuple(RemoteFile(name, md5) for name, md5 in zip(names, md5s, strict=True))


_SYNTHETIC_2024: Final = (
    ("c651f4a9670326097361763015d955f1", 4697620480),
    ("3199250c0c7fa718888f74a7d3325400", 4697620480),
    ("203df900f0275d8c34f04fa508b60a85", 4697620480),
    ("12306d0d398327847734896eae3986c1", 4697620480),
    ("d1e53c4c21dab44a1a6a6c150bc90e3f", 140056763),
)

REMOTE_DATASETS: Final[Registry[RemoteDataset]] = Registry("public dataset")
"""All datasets that can be downloaded, by name."""

for remote in (
    RemoteDataset(
        "dcase2025-stereo",
        "DCASE 2025 Task 3 stereo SELD dataset",
        15559774,
        "MIT",
        {stem: _zip(stem) for stem in ("stereo_dev", "metadata_dev", "video_dev")},
    ),
    RemoteDataset(
        "starss23",
        "STARSS23: Sony-TAu Realistic Spatial Soundscapes 2023",
        7880637,
        "MIT",
        {
            "foa_dev": _zip("foa_dev", "316b834ee6393c22862c314cc3c7ebb0", 3406085425),
            "mic_dev": _zip("mic_dev", "06967bcc8def1580c2425fabc311dbd2"),
            "metadata_dev": _zip("metadata_dev", "e73af95a6d5f3f7e009ac6a70804f44a", 1165845),
            "video_dev": _zip("video_dev"),
            "foa_eval": _zip("foa_eval", "7caa61bb6ea997f5bfac5b20177f505a", 1643937003),
            "mic_eval": _zip("mic_eval"),
            "video_eval": _zip("video_eval"),
        },
    ),
    RemoteDataset(
        "starss22",
        "STARSS22: Sony-TAu Realistic Spatial Soundscapes 2022",
        6387880,
        "MIT",
        {
            "foa_dev": _zip("foa_dev", "165dd033b262dc11a8853635c1def59b", 2199498647),
            "mic_dev": _zip("mic_dev", "46b55d0be507afa986cd29120e42b188"),
            "metadata_dev": _zip("metadata_dev", "b460e17e0848c49f03f238afb89fa87e", 634378),
        },
    ),
    RemoteDataset(
        "tau-nigens-2021",
        "TAU-NIGENS Spatial Sound Events 2021",
        5476980,
        "CC BY-NC 4.0",
        {
            "foa_dev": _split(
                *("foa_dev", "270a94dc5cd183ea6532c5a3f6e9036c", "80648b5f64b1b4a824084560f1334f54")
            ),
            "mic_dev": _split(
                *("mic_dev", "536a5ba37b0c39f54044932b75acb774", "a5131297547431160b732a3481626c2d")
            ),
            "metadata_dev": _zip("metadata_dev", "cd8cd8b4dc9a3e3df91ac55c1ccf73b7", 1930087),
            "foa_eval": _zip("foa_eval", "591f8d2b500a671ae34822b4ff1e0889", 1893873528),
            "mic_eval": _zip("mic_eval", "3248aef229ab4e0e0603d7c2269f4f97"),
            "metadata_eval": _zip("metadata_eval", "11c021253c8b55fd74083bd0a35c2ee4", 660393),
        },
    ),
    RemoteDataset(
        "tau-nigens-2020",
        "TAU-NIGENS Spatial Sound Events 2020",
        4064792,
        "CC BY-NC 4.0",
        {
            "foa_dev": _split(
                "foa_dev",
                "86acab46854a57f5ba3e5b80a19c01b5",
                "363c8c159be003271c05a71a57b2ced4",
                "6aad48e7346884b3929245e7553fd97d",
            ),
            "mic_dev": _split(
                "mic_dev",
                "3a2b0986d2a302498cd874d584d17689",
                "92f715cb74406d5556bce0fdf27f54e4",
                "9174daca52f393425120308ab5c14477",
            ),
            "metadata_dev": _zip("metadata_dev", "979f5551e987ed247404b80a2f1c3db1"),
            "foa_eval": _zip("foa_eval", "24c6ce2441df242d4e3b61e9bb27d0d7"),
            "mic_eval": _zip("mic_eval", "bca79b5f71b46e4cb191c54a611348a4"),
            "metadata_eval": _zip("metadata_eval", "f3584166d9a63b43c1e301b6fb722293"),
        },
    ),
    RemoteDataset(
        "dcase2024-synthetic",
        "DCASE 2024 Task 3 synthetic dataset",
        10932241,
        "see its page",
        {
            "all": tuple(
                RemoteFile(f"DCASE Task 3 synthetic dataset 2024.zip.{number:03}", md5, size)
                for number, (md5, size) in enumerate(_SYNTHETIC_2024, 1)
            )
        },
    ),
):
    REMOTE_DATASETS.register(remote.name)(remote)
