"""What goes wrong is sorted as a plain loop sorts it, and every row is counted once."""

import json
from collections import Counter
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.clips import clip, random_clip
from metrics.slow import Source, angle_2025, best, frames, relative, sources
from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.metrics import ErrorKind, taxonomy


def without_ties(seed: int, rows: int = 40) -> Annotations:
    """Angles and distances of any value, so that no two pairings cost the same."""
    random, table = np.random.default_rng(seed), random_clip(seed, rows)
    azimuth = random.uniform(-90, 90, len(table))
    return replace(table, azimuth=azimuth, distance=random.uniform(0.5, 4, len(table)))


def kind_of(true: Source, found: Source) -> ErrorKind:
    if angle_2025(true, found) > 20:
        return (
            ErrorKind.MIRRORED
            if angle_2025(true, (-found[0], *found[1:])) <= 20
            else ErrorKind.WRONG_DIRECTION
        )
    if relative(true, found) > 1:
        return ErrorKind.WRONG_DISTANCE
    return ErrorKind.WRONG_ONSCREEN if true[3] != found[3] else ErrorKind.CORRECT


def other_classes(lost: list[Source], extra: list[Source]) -> int:
    """The most pairs of left-over rows within 20 degrees."""
    short, long = sorted((lost, extra), key=len)
    return max(
        sum(angle_2025(*pair) <= 20 for pair in zip(short, chosen, strict=True))
        for chosen in permutations(long, len(short))
    )


def slow_taxonomy(reference: Annotations, prediction: Annotations) -> Counter[ErrorKind]:
    counts: Counter[ErrorKind] = Counter()
    for frame in frames(reference, prediction):
        lost: list[Source] = []
        extra: list[Source] = []
        for class_id in range(13):
            true, found = sources(reference, frame, class_id), sources(prediction, frame, class_id)
            pairs = best(true, found, angle_2025, False) if true and found else []
            counts.update(kind_of(*pair) for pair in pairs)
            lost += [row for row in true if row not in [pair[0] for pair in pairs]]
            extra += [row for row in found if row not in [pair[1] for pair in pairs]]
        wrong = other_classes(lost, extra)
        counts.update(
            {
                ErrorKind.WRONG_CLASS: wrong,
                ErrorKind.MISSED: len(lost) - wrong,
                ErrorKind.FALSE: len(extra) - wrong,
            }
        )
    return counts


@given(st.integers(0, 10_000))
@settings(derandomize=True, max_examples=15, deadline=None)
def test_rows_are_sorted_as_the_plain_loop_sorts_them(seed: int) -> None:
    reference, prediction = without_ties(seed), without_ties(seed + 20_000)
    found = taxonomy([reference], [prediction])
    assert {kind: found[kind] for kind in ErrorKind} == {
        kind: slow_taxonomy(reference, prediction)[kind] for kind in ErrorKind
    }


@pytest.mark.parametrize("protocol", ["dcase2025", "dcase2024", "dcase2023"])
def test_every_row_is_counted_once(protocol: str) -> None:
    references = [random_clip(seed) for seed in range(4)]
    predictions = [random_clip(seed + 9) for seed in range(4)]
    found = taxonomy(references, predictions, protocol)
    assert found.references == sum(map(len, references))
    assert found.predictions == sum(map(len, predictions))
    of_class = found.by_class.sum(axis=1) - found.by_class[:, ErrorKind.FALSE]
    assert (
        of_class.tolist()
        == np.bincount(np.concatenate([one.class_id for one in references]), minlength=13).tolist()
    )


@pytest.mark.parametrize(
    ("prediction", "kind"),
    [
        ((0, 1, 40, 2, True), ErrorKind.CORRECT),
        ((0, 1, -40, 2, True), ErrorKind.MIRRORED),
        ((0, 1, -40, 9, False), ErrorKind.MIRRORED),
        ((0, 1, 0, 2, True), ErrorKind.WRONG_DIRECTION),
        ((0, 1, 0, 9, False), ErrorKind.WRONG_DIRECTION),
        ((0, 1, 40, 9, False), ErrorKind.WRONG_DISTANCE),
        ((0, 1, 40, 2, False), ErrorKind.WRONG_ONSCREEN),
        ((0, 5, 40, 9, False), ErrorKind.WRONG_CLASS),
    ],
)
def test_a_row_is_of_the_first_kind_that_fits(prediction: tuple[float, ...], kind: ErrorKind) -> None:
    found = taxonomy([clip((0, 1, 45, 2, True))], [clip(prediction)])
    assert {one: found[one] for one in ErrorKind if found[one]} == {kind: 1}


def test_another_class_elsewhere_is_missed_and_false() -> None:
    found = taxonomy([clip((0, 1, 45, 2, True))], [clip((0, 5, -45, 2, True))])
    assert (found[ErrorKind.MISSED], found[ErrorKind.FALSE]) == (1, 1)
    assert found.by_class[1, ErrorKind.MISSED] == found.by_class[5, ErrorKind.FALSE] == 1


def test_confusions_name_both_classes() -> None:
    found = taxonomy([clip((0, 1, 45, 2, True), (1, 1, 45, 2, True))], [clip((0, 5, 45, 2, True))])
    assert np.argwhere(found.confusions).tolist() == [[1, 5]]


def test_nothing_against_nothing_is_nothing() -> None:
    found = taxonomy([Annotations.empty(50)], [Annotations.empty(50)])
    assert found.references == found.predictions == 0


def test_it_goes_to_json() -> None:
    content = json.loads(json.dumps(taxonomy([random_clip(1)], [random_clip(2)]).to_dict(), allow_nan=False))
    assert sum(content["counts"].values()) - content["counts"]["false"] == content["references"]


def test_unequal_numbers_of_clips_are_refused() -> None:
    with pytest.raises(SeldkitError, match="as many predictions as references"):
        taxonomy([Annotations.empty(50)], [])


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(SeldkitError, match="dcase2025"):
        taxonomy([Annotations.empty(50)], [Annotations.empty(50)], "dcase25")
