"""The taxonomy equals a plain loop and counts every row once."""

import json
from collections import Counter
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.clips import clip, random_clip
from metrics.reference_scores import Source, angle_2025, best, frames, relative, sources
from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.metrics import PROTOCOLS, ErrorKind, taxonomy


def without_ties(seed: int, rows: int = 40) -> Annotations:
    """Arbitrary angles and distances, so that no two pairings have equal costs."""
    random, table = np.random.default_rng(seed), random_clip(seed, rows)
    azimuth = random.uniform(-90, 90, len(table))
    return replace(table, azimuth=azimuth, distance=random.uniform(0.5, 4, len(table)))


def kind_of(one: Source, other: Source) -> ErrorKind:
    if angle_2025(one, other) > 20:
        mirrored = angle_2025(one, (-other[0], *other[1:])) <= 20
        return ErrorKind.MIRRORED if mirrored else ErrorKind.WRONG_DIRECTION
    if relative(one, other) > 1:
        return ErrorKind.WRONG_DISTANCE
    return ErrorKind.WRONG_ONSCREEN if one[3] != other[3] else ErrorKind.CORRECT


def pairs_across_classes(missed: list[Source], false: list[Source]) -> int:
    """The largest number of pairs of unmatched rows within 20 degrees."""
    short, long = sorted((missed, false), key=len)
    return max(
        sum(angle_2025(*pair) <= 20 for pair in zip(short, selected, strict=True))
        for selected in permutations(long, len(short))
    )


def plain_taxonomy(reference: Annotations, prediction: Annotations) -> Counter[ErrorKind]:
    counts: Counter[ErrorKind] = Counter()
    for frame in frames(reference, prediction):
        missed: list[Source] = []
        false: list[Source] = []
        for class_id in range(13):
            expected, detected = (sources(side, frame, class_id) for side in (reference, prediction))
            pairs = best(expected, detected, angle_2025, False) if expected and detected else []
            counts.update(kind_of(*pair) for pair in pairs)
            missed += [row for row in expected if row not in [pair[0] for pair in pairs]]
            false += [row for row in detected if row not in [pair[1] for pair in pairs]]
        confused = pairs_across_classes(missed, false)
        counts.update(
            {
                ErrorKind.WRONG_CLASS: confused,
                ErrorKind.MISSED: len(missed) - confused,
                ErrorKind.FALSE: len(false) - confused,
            }
        )
    return counts


@given(st.integers(0, 10_000))
@settings(derandomize=True, max_examples=15, deadline=None)
def test_kinds_equal_those_of_a_plain_loop(seed: int) -> None:
    reference, prediction = without_ties(seed), without_ties(seed + 20_000)
    result = taxonomy([reference], [prediction])
    assert {kind: result[kind] for kind in ErrorKind} == {
        kind: plain_taxonomy(reference, prediction)[kind] for kind in ErrorKind
    }


@pytest.mark.parametrize("protocol", PROTOCOLS.names())
def test_every_row_is_counted_once(protocol: str) -> None:
    references = [random_clip(seed) for seed in range(4)]
    predictions = [random_clip(seed + 9) for seed in range(4)]
    result = taxonomy(references, predictions, protocol)
    assert result.references == sum(map(len, references))
    assert result.predictions == sum(map(len, predictions))
    of_class = result.by_class.sum(axis=1) - result.by_class[:, ErrorKind.FALSE]
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
def test_a_row_has_the_first_error_kind_that_applies(prediction: tuple[float, ...], kind: ErrorKind) -> None:
    result = taxonomy([clip((0, 1, 45, 2, True))], [clip(prediction)])
    assert {one: result[one] for one in ErrorKind if result[one]} == {kind: 1}


def test_another_class_in_another_direction_is_missed_and_false() -> None:
    result = taxonomy([clip((0, 1, 45, 2, True))], [clip((0, 5, -45, 2, True))])
    assert (result[ErrorKind.MISSED], result[ErrorKind.FALSE]) == (1, 1)
    assert result.by_class[1, ErrorKind.MISSED] == result.by_class[5, ErrorKind.FALSE] == 1


def test_confusions_name_both_classes() -> None:
    result = taxonomy([clip((0, 1, 45, 2, True), (1, 1, 45, 2, True))], [clip((0, 5, 45, 2, True))])
    assert np.argwhere(result.confusions).tolist() == [[1, 5]]


def test_empty_clips_have_no_rows() -> None:
    result = taxonomy([Annotations.empty(50)], [Annotations.empty(50)])
    assert result.references == result.predictions == 0


def test_conversion_to_json() -> None:
    content = json.loads(json.dumps(taxonomy([random_clip(1)], [random_clip(2)]).to_dict(), allow_nan=False))
    assert sum(content["counts"].values()) - content["counts"]["false"] == content["references"]


def test_unequal_numbers_of_clips_are_an_error() -> None:
    with pytest.raises(SeldkitError, match="as many predictions as references"):
        taxonomy([Annotations.empty(50)], [])


def test_an_unknown_protocol_is_an_error() -> None:
    with pytest.raises(SeldkitError, match="dcase2025"):
        taxonomy([Annotations.empty(50)], [Annotations.empty(50)], "dcase25")
