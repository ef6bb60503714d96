"""Annotated videos of all damaged and unusual files of the tests."""

import os
from pathlib import Path

import pytest

from bad_input.media import READ, REFUSED, BadMedia
from render.drawing import event
from seldkit.errors import SeldkitError
from seldkit.media import probe
from seldkit.render import annotated_video, render_video

ROWS = [row for row in (*REFUSED, *READ) if not (row.name == "no permission" and os.geteuid() == 0)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_damaged_files_are_rendered_or_refused(
    row: BadMedia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotated_video, "AUDIO_ONLY_SIZE_PX", (64, 36))
    source, output = row.build(tmp_path), tmp_path / "output" / "out.mp4"
    refusal: SeldkitError | None = None
    try:
        result = render_video([event()], source, output)
    except SeldkitError as problem:
        refusal = problem
    if refusal is None:
        length = probe(output).duration
        assert result.frame_count > 0
        assert length is not None
        assert length == pytest.approx(result.seconds, abs=0.1)
        assert result.seconds < 30
    else:
        assert row in REFUSED
        assert "\n" not in str(refusal)
        assert not list(output.parent.glob("*"))
