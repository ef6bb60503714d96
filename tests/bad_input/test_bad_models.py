"""Every bad model gives its one-line error; none runs code, hangs or brings a traceback of another kind."""

from pathlib import Path

import pytest

from bad_input.models import BAD_MODELS, MARKER, BadModel, good_model
from seldkit.errors import ModelError
from seldkit.models import SeldModel, inspect_model, load_public_checkpoint


def test_the_model_that_the_others_are_made_from_is_good(tmp_path):
    path = good_model(tmp_path)
    SeldModel.load(path)
    assert inspect_model(path).problems == []


def test_names_are_unique():
    assert len({row.name for row in BAD_MODELS}) == len(BAD_MODELS)


@pytest.mark.parametrize("row", BAD_MODELS, ids=lambda row: row.name)
def test_refused_in_one_line(row: BadModel, tmp_path: Path):
    path = row.build(tmp_path)
    with pytest.raises(ModelError, match=row.error) as refusal:
        SeldModel.load(path) if path.is_dir() else load_public_checkpoint(path)
    message = str(refusal.value)
    assert "\n" not in message
    assert len(message) < 500 + len(str(path))
    assert not (tmp_path / MARKER).exists()


@pytest.mark.parametrize("row", BAD_MODELS, ids=lambda row: row.name)
def test_inspected_without_an_exception(row: BadModel, tmp_path: Path):
    report = inspect_model(row.build(tmp_path))
    assert report.problems
    assert all("\n" not in problem for problem in report.problems)
    assert not (tmp_path / MARKER).exists()


def test_the_attacks_would_work_on_an_unsafe_loader(tmp_path):
    """The marker proves something only if unpickling does leave it."""
    import pickle

    from bad_input.models import Attack

    pickle.loads(pickle.dumps(Attack(tmp_path / MARKER)))
    assert (tmp_path / MARKER).exists()
