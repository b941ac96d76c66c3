"""What is happening, in sentences that follow from the numbers shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from influence_sim.core.measures import STANDARD
from influence_sim.page.narrator import smoothed, tell
from influence_sim.page.snapshot import Cases, Side, Snapshot, first_days


def side(name="broadcast", **values):
    nothing = {
        "customers": 500, "customers_at_first": 500, "daily": np.zeros((47, len(STANDARD))),
        "volume": np.zeros(47 * 24 + 13, int), "storms": (), "hit": np.zeros(48, int),
        "cases": Cases(0, 0, 0, float("nan")), "attitude": np.zeros(3), "against": np.zeros(3, bool), "wanted": {},
        "pulled": {}, "funded": 1.0, "paid": 1.0, "why_fixed": "", "is_changed": False,
    }  # fmt: skip
    return Side(name=name, **{**nothing, **values})


def now(*sides, **values):
    given = {
        "hour": 47 * 24 + 13.0, "days": 180, "company": "us", "incidents": ("delay",), "strikes_ahead": False,
        "strikes": (45,), **values,
    }  # fmt: skip
    return Snapshot(sides=sides or (side(),), **given)


def hits(*people, begin=45):
    values = np.zeros(48, int)
    values[begin : begin + len(people)] = people
    return values


def test_the_whole_story():
    volume = np.zeros(47 * 24 + 13, int)
    volume[-20:-6], volume[-6:] = 4, 9
    burning = side(
        hit=hits(200, 112), volume=volume, storms=((47 * 24 + 13 - 21.0, float("nan")),), cases=Cases(90, 0, 0, np.nan)
    )
    calm = side("dialogue", hit=hits(200, 112), customers=512, cases=Cases(74, 61, 0, 6.2), funded=0.8)
    assert tell(now(burning, calm)) == [
        "Day 47, 13:00.",
        "The delay struck 2 days ago and hit 312 people.",
        "broadcast has been in a firestorm for 21 h, at 9.00 negative posts and shares an hour (its worst so far) and"
        " has answered none of 90 complaints.",
        "dialogue has had no firestorm, has answered 61 of 74 complaints, the median after 6 h and can pay for 80 % of"
        " what it wants.",
        "So far dialogue has 12 customers more than broadcast in these same accidents – one world says nothing about"
        " chance.",
    ]


def test_before_anything_has_happened():
    said = tell(now(side(), side("dialogue"), hour=0.0))
    assert len(said) == 1
    assert "us follows broadcast and dialogue in the same world, with the same accidents" in said[0]
    assert "the same" not in tell(now(hour=0.0))[0], "one alone shares with nobody"


def test_what_is_still_to_come_and_what_never_comes():
    assert "The delay has not struck yet." in tell(now(strikes_ahead=True))
    assert "Nothing has gone wrong." in tell(now(incidents=()))
    assert "An incident has not struck yet." in tell(now(incidents=("delay", "slip"), strikes_ahead=True))


def test_whom_it_hit_is_said_apart_where_it_differs():
    said = tell(now(side(hit=hits(30, begin=47)), side("dialogue", hit=hits(1, begin=47))))
    assert "The delay struck today and hit 30 (broadcast) and 1 (dialogue) people." in said


def test_the_last_of_several_strikes_is_told():
    hit = hits(5, 6, begin=10) + hits(7, 8, begin=46)
    assert first_days([hit]) == [10, 46]
    assert "The delay struck a day ago and hit 15 people." in tell(now(side(hit=hit)))


def test_a_storm_that_is_over_and_one_that_calms_down():
    ended = side(storms=((1000.0, 1030.0),))
    assert "broadcast has been out of its firestorm of 30 h for 5 days and has had no complaint." in tell(now(ended))
    volume = np.zeros(47 * 24 + 13, int)
    volume[-12:-6] = 6
    calming = side(volume=volume, storms=((47 * 24.0, float("nan")),))
    assert "at 0.000 negative posts and shares an hour (down from 6.00)" in tell(now(calming))[2]


def test_the_end_is_told():
    assert tell(now(hour=180 * 24.0))[0] == "All 180 days are over."


def test_deletions_are_told():
    assert "has deleted 12" in tell(now(side(cases=Cases(20, 2, 12, 1.0))))[2]


def test_equals_are_equal():
    said = tell(now(side(), side("dialogue"), side("hybrid", customers=499)))
    assert said[-1].startswith("So far dialogue has as many customers as broadcast and hybrid has 1 customer fewer")


@pytest.mark.parametrize("hours", [0, 1, 5, 30])
def test_smoothing_is_a_mean_of_the_last_six_hours(hours):
    volume = np.arange(hours)
    found = smoothed(volume)
    assert found.size == hours
    expected = [volume[max(0, hour - 5) : hour + 1].sum() / 6 for hour in range(hours)]
    np.testing.assert_allclose(found, expected)


def test_a_snapshot_counts_days_and_knows_its_end():
    assert (now().day, now().is_over) == (47, False)
    assert replace(now(), hour=180 * 24.0).is_over
