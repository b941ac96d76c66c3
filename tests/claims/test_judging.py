"""Verdicts follow from effects as was fixed beforehand: exchanged sides exchange them, and chance seldom makes one."""

import numpy as np
import pytest

from influence_sim.claims.claim import Part
from influence_sim.claims.judging import Here, Verdict, decided, effect_of, verdict
from influence_sim.claims.thresholds import LEAST_POINTS, LEVEL

MANY = 60


def part_of(expected: str = "more", measure: str = "sales", **values: object) -> Part:
    return Part.model_validate({"measure": measure, "more": "a", "less": "b", "is": expected, **values})


def runs(mean: float, seed: int = 1, spread: float = 1.0, many: int = MANY) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=many)
    return mean + spread * (noise - noise.mean()) / noise.std(ddof=1)


def found(part: Part, more: np.ndarray, less: np.ndarray) -> Here:
    return decided([[effect_of(part, more, less)]])[0]


@pytest.mark.parametrize(
    ("expected", "more", "here"),
    [
        ("more", 105.0, Here.AS_CLAIMED),
        ("more", 95.0, Here.NOT_AS_CLAIMED),
        ("more", 100.5, Here.NOT_AS_CLAIMED),  # surely more, and surely by less than counts
        ("more", 101.3, Here.AS_CLAIMED),
        ("more", 100.7, Here.NOT_AS_CLAIMED),
        ("not less", 99.5, Here.AS_CLAIMED),
        ("not less", 105.0, Here.AS_CLAIMED),
        ("not less", 95.0, Here.NOT_AS_CLAIMED),
        ("the same", 100.2, Here.AS_CLAIMED),
        ("the same", 105.0, Here.NOT_AS_CLAIMED),
        ("the same", 95.0, Here.NOT_AS_CLAIMED),
    ],
)
def test_a_large_certain_difference_decides_and_a_tiny_one_counts_as_none(expected, more, here):
    less = runs(100.0)
    assert found(part_of(expected), less + runs(more - 100.0, seed=2, spread=0.5), less) is here


@pytest.mark.parametrize("expected", ["more", "not less", "the same"])
def test_noise_leaves_it_open(expected):
    assert found(part_of(expected), runs(100.6, 1, 10), runs(100, 2, 10)) is Here.OPEN


def test_exchanged_sides_exchange_what_is_found():
    one, other = runs(105, 1), runs(100, 2)
    assert found(part_of(), one, other) is Here.AS_CLAIMED
    assert found(part_of(), other, one) is Here.NOT_AS_CLAIMED
    there, back = effect_of(part_of(), one, other), effect_of(part_of(), other, one)
    assert there.difference.mean == -back.difference.mean
    assert there.difference.p_positive == pytest.approx(1 - back.difference.p_positive)


def test_nothing_is_as_claimed_where_both_sides_are_one():
    one = runs(100.0)
    assert found(part_of(), one, one.copy()) is not Here.AS_CLAIMED
    assert found(part_of(), np.zeros(MANY), np.zeros(MANY)) is not Here.AS_CLAIMED
    assert found(part_of(), np.full(MANY, np.nan), one) is Here.OPEN


def test_all_parts_must_be_as_claimed_and_one_is_enough_against():
    yes = effect_of(part_of(), runs(105, 1), runs(100, 2))
    no = effect_of(part_of(), runs(95, 1), runs(100, 2))
    open_ = effect_of(part_of(), runs(100.6, 1, 10), runs(100, 2, 10))
    assert decided([[yes, yes], [yes, no], [yes, open_]]) == [Here.AS_CLAIMED, Here.NOT_AS_CLAIMED, Here.OPEN]


def test_what_counts_is_a_share_of_the_larger_mean_or_of_a_signed_measure_s_reach():
    assert effect_of(part_of(), runs(400), runs(100, 2)).counts == pytest.approx(4.0)
    assert effect_of(part_of(measure="attitude"), runs(0.1, 1, 0.01), runs(0, 2, 0.01)).counts == 0.01


def test_times_multiplies_the_side_of_less():
    assert found(part_of(times=0.9), runs(95, 1), runs(100, 2)) is Here.AS_CLAIMED
    assert found(part_of(times=1.1), runs(105, 1), runs(100, 2)) is Here.NOT_AS_CLAIMED


def test_of_what_is_decided_hardly_anything_is_by_chance():
    # Nothing is ever there, in so many families of 35 claims; a family with any decision at all is a false one.
    rng, families = np.random.default_rng(3), 150
    wrong = 0
    for _ in range(families):
        # At the very bounds: no difference is 0 exactly, and none reaches what counts.
        tried = [
            [effect_of(part_of(), 100 + rng.normal(size=12) * 30, 100 + rng.normal(size=12) * 30)] for _ in range(35)
        ]
        wrong += any(here is Here.AS_CLAIMED for here in decided(tried))
    assert wrong / families <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / families) ** 0.5


@pytest.mark.parametrize(
    ("here", "share", "turns", "expected"),
    [
        (Here.AS_CLAIMED, 0.9, False, Verdict.HOLDS),
        (Here.AS_CLAIMED, 0.5, True, Verdict.DEPENDS),
        (Here.AS_CLAIMED, 0.5, False, Verdict.OPEN),
        (Here.AS_CLAIMED, 0.1, True, Verdict.DEPENDS),
        (Here.NOT_AS_CLAIMED, 0.1, False, Verdict.FAILS),
        (Here.NOT_AS_CLAIMED, 0.5, True, Verdict.DEPENDS),
        (Here.NOT_AS_CLAIMED, 0.5, False, Verdict.OPEN),
        (Here.NOT_AS_CLAIMED, 0.9, True, Verdict.DEPENDS),
        (Here.OPEN, 0.5, True, Verdict.DEPENDS),
        (Here.OPEN, 0.5, False, Verdict.OPEN),
        (Here.OPEN, 0.1, False, Verdict.OPEN),
        (Here.OPEN, 0.9, False, Verdict.OPEN),
    ],
)
def test_a_verdict_needs_defaults_and_assumptions_to_agree(here, share, turns, expected):
    assert verdict(here, [place < share * 100 for place in range(100)], turns) is expected


@pytest.mark.parametrize(
    ("here", "expected"),
    [(Here.AS_CLAIMED, Verdict.HOLDS), (Here.NOT_AS_CLAIMED, Verdict.FAILS), (Here.OPEN, Verdict.OPEN)],
)
def test_few_points_say_nothing(here, expected):
    assert verdict(here, [True, False] * (LEAST_POINTS // 2 - 1), False) is expected


@pytest.mark.parametrize(
    ("happened", "worlds", "here"),
    [(0, 8, Here.OPEN), (0, 480, Here.NOT_AS_CLAIMED), (2, 480, Here.OPEN), (15, 480, Here.AS_CLAIMED)],
)
def test_a_rare_event_is_judged_by_how_often_it_could_have_happened(happened, worlds, here):
    part = Part.model_validate({"measure": "toppled", "more": "a", "less": 0.01})
    values = np.zeros(worlds)
    values[:happened] = 1
    assert found(part, values, np.array(0.01)) is here


def test_a_few_worlds_that_differ_do_not_surprise_by_less_than_their_signs_could():
    less = np.zeros(MANY)
    for few in (1, 3, 5):
        more = less.copy()
        more[:few] = 1
        assert effect_of(part_of(measure="firestorms"), more, less).p_yes >= 0.5**few
