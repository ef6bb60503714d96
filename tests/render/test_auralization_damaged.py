"""Listening checks of all damaged and unusual files of the tests."""

import os
from pathlib import Path

import pytest

from bad_input.media import READ, REFUSED, BadMedia
from render.drawing import event
from seldkit.errors import SeldkitError
from seldkit.media import read_audio
from seldkit.render import auralize

ROWS = [row for row in (*REFUSED, *READ) if not (row.name == "no permission" and os.geteuid() == 0)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_damaged_files_are_auralized_or_refused(row: BadMedia, tmp_path: Path) -> None:
    source, folder = row.build(tmp_path), tmp_path / "output"
    folder.mkdir()
    for name, options in {"a.mkv": {}, "b.wav": {"solo": ["bell"], "mode": None}}.items():
        refusal: SeldkitError | None = None
        try:
            result = auralize([event()], source, folder / name, **options)  # type: ignore[arg-type]
        except SeldkitError as problem:
            refusal = problem
        if refusal is None:
            written, _ = read_audio(result.path, result.sample_rate)
            assert written.shape == (2, result.samples)
        else:
            assert row in REFUSED
            assert "\n" not in str(refusal)
            assert not list(folder.iterdir())
