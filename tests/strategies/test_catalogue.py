"""The catalogue is that of the model: every strategy there, each a setting of levers of its own, and each runs."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from influence_sim import CATALOGUE, Conduct, Observation, Scenario
from influence_sim.core.budget import fund
from influence_sim.core.levers import LEVERS, NEUTRAL, Levers
from influence_sim.core.measures import STANDARD
from influence_sim.experiment import compare
from influence_sim.experiment.words import shortages

# fmt: off
TABLE = (
    "silent", "broadcast", "dialogue", "listen_only", "respond_only", "act_silent", "circle_back",
    "ask_generic", "ask_specific", "opaque", "closed_page", "insincere", "astroturf", "rush_in", "prepare",
    "fast_reply", "slow_reply", "blitz", "loyalty_rewards", "show_care", "apologise", "compensate", "prevent",
    "survey_lab", "hybrid", "adaptive", "seed_influencers",
)
# fmt: on
"""The strategies of the model's table."""


def levers(name: str) -> dict[str, float]:
    return {**NEUTRAL, **CATALOGUE[name].levers}


def conduct(name: str) -> tuple:
    """All that makes a strategy what it is, but for its name."""
    strategy = CATALOGUE[name]
    schedule = tuple((day, tuple(sorted(moves.items()))) for day, moves in sorted(strategy.schedule.items()))
    return tuple(levers(name).items()), schedule, type(strategy).decide


def test_they_are_those_of_the_models_table():
    assert set(CATALOGUE) == set(TABLE)
    assert next(iter(CATALOGUE)) == "silent"


@pytest.mark.parametrize("name", TABLE)
def test_each_says_what_it_is_called_and_what_it_does(name):
    strategy = CATALOGUE[name]
    assert strategy.name == name
    assert len(strategy.meaning) > 10
    assert "\n" not in strategy.meaning


def test_no_two_are_the_same():
    assert len({conduct(name) for name in TABLE}) == len(TABLE)


def test_silence_is_neutral_and_only_who_watches_begins_like_it():
    assert levers("silent") == NEUTRAL
    assert [name for name in TABLE if levers(name) == NEUTRAL] == ["silent", "adaptive"]
    assert [name for name in TABLE if CATALOGUE[name].watches] == ["adaptive"]


def test_a_lever_that_a_strategy_names_is_pulled():
    """What is left at its neutral value is not named, unless the contrast with another strategy lies in it."""
    idle = {
        (name, lever)
        for name in TABLE
        for lever, value in CATALOGUE[name].levers.items()
        if value == LEVERS[lever].neutral
    }
    assert idle <= {
        ("ask_generic", "ask_specificity"),
        ("seed_influencers", "seed_rule"),
        ("survey_lab", "survey_latency"),
    }


def test_contrasts_that_the_essays_draw_lie_in_the_levers_they_are_about():
    def differ(one: str, other: str) -> set[str]:
        return {lever for lever in LEVERS if levers(one)[lever] != levers(other)[lever]}

    assert differ("ask_generic", "ask_specific") == {"ask_specificity"}
    assert differ("act_silent", "circle_back") == {"circle_back"}
    assert differ("opaque", "broadcast") == {"deletion_rate"}
    assert differ("closed_page", "broadcast") == {"page_open"}
    assert differ("slow_reply", "dialogue") == {"reply_capacity"}
    assert differ("prevent", "silent") == {"prevention"}
    assert differ("loyalty_rewards", "silent") == {"reward_value"}
    assert differ("listen_only", "silent") == {"listening"}
    assert (
        levers("fast_reply")["reply_capacity"]
        > levers("dialogue")["reply_capacity"]
        > levers("slow_reply")["reply_capacity"]
        > 0
    )
    assert levers("respond_only")["improvement_capacity"] == 0 < levers("dialogue")["improvement_capacity"]
    assert levers("listen_only")["action_share"] == 0
    assert levers("insincere")["sincerity"] < 1
    assert levers("astroturf")["astroturf_posts"] > 0
    assert levers("blitz")["outreach"] > 0
    assert levers("survey_lab")["survey_period"] > 0 == levers("survey_lab")["listening"]
    assert levers("seed_influencers")["influencer_seeds"] > 0
    for name, tone in (("show_care", "empathy"), ("apologise", "apology"), ("compensate", "compensation")):
        tones = {lever for lever in ("empathy", "explanation", "apology", "compensation") if levers(name)[lever] > 0}
        assert tone in tones
        assert (tones == {tone}) == (name != "show_care")


def test_who_prepares_acts_first_and_speaks_after_60_days():
    (day,) = CATALOGUE["prepare"].schedule
    after = {**levers("prepare"), **CATALOGUE["prepare"].schedule[day]}
    assert day == 60
    assert levers("prepare")["reply_capacity"] == levers("prepare")["circle_back"] == 0 < levers("prepare")["listening"]
    assert after == levers("dialogue"), "in the end it is dialogue"


# they run, on the default money


@cache
def run():
    """Every strategy in a small and lively world of 70 days, which prepare's change lies in."""
    scenario = Scenario.of(
        {
            "days": 70,
            "burn_in_days": 5,
            "network": {"consumers": 300, "mean_degree": 8.0},
            "companies": [
                {"name": "us", "failure_rate": 0.2},
                {"name": "loud", "strategy": "broadcast"},
                {"name": "quiet"},
            ],
            "incident": {"day": 30, "hit_share": 0.6, "severity": 0.9},
            "parameters": {"need_interval": 10.0},
        }
    )
    return compare(scenario, TABLE, replicates=1, counterfactual=False)


def measured(name: str, measure: str) -> np.ndarray:
    """A measure of the focal company, by day."""
    return run().values[TABLE.index(name), 0, 0, :, STANDARD.index(measure)]


@pytest.mark.parametrize("name", TABLE)
def test_each_runs_and_differs_from_silence(name):
    if name == "silent":
        assert measured(name, "spend").sum() == 0
        return
    values, silent = (run().values[TABLE.index(which)] for which in (name, "silent"))
    if name == "adaptive":
        # It may have found nobody to copy.
        assert np.array_equal(values[..., :30, :], silent[..., :30, :], equal_nan=True)
        return
    assert not np.array_equal(values, silent, equal_nan=True)
    assert measured(name, "spend").sum() > 0


def test_each_is_funded_by_the_default_budget():
    """Equal budgets buy comparable effort: what is scaled down is not what the table says it is."""
    scenario = Scenario()
    setting = scenario.setting(scenario.graph())
    funded = {}
    for name in TABLE:
        wanted = levers(name)
        for day, moves in [(0, {}), *sorted(CATALOGUE[name].schedule.items())]:
            wanted = wanted | moves
            plan = Levers.stack([wanted] * len(setting.names))
            funded[name, day] = round(float(fund(setting, plan)[1][0]), 3)
    for (name, day), share in funded.items():
        print(f"{name} from day {day} on: {share:.1%}")
    assert {name: share for (name, _), share in funded.items() if share < 1} == {}


def test_who_is_not_funded_is_told():
    told = " ".join(shortages(run()))
    for name in TABLE:
        assert (f"of what {name} wants" in told) == (measured(name, "funded").mean() < 1)


def test_nobody_spends_more_than_the_budget_over_the_run():
    """What is put by one day may be spent another, but never what was not there."""
    budget = 20.0 * 0.3
    for name in TABLE:
        assert (measured(name, "spend").cumsum() <= budget * np.arange(1, 71) * (1 + 1e-9) + 1e-9).all(), name


# the one that watches


def seen(day: int = 30, own: float = 0.0, rivals: tuple[dict, ...] = ({},)) -> Observation:
    """What an imitator may see, with what is said of each rival."""
    plain = {
        "name": "x",
        "market_share": 0.3,
        "share_gained": 0.0,
        "posts_per_day": 0.0,
        "paid_reach": 0.0,
        "claim": 0.0,
        "replies": 0.0,
        "response_hours": float("nan"),
        "empathy": 0.0,
        "explanation": 0.0,
        "apology": 0.0,
        "compensation": 0.0,
        "praise": 0.0,
        "complaints": 0.0,
        "product": (0.0,),
        "product_moved": 0.0,
    }
    return Observation(
        day=day,
        own=Conduct(**{**plain, "share_gained": own}),
        rivals=tuple(Conduct(**{**plain, **rival}) for rival in rivals),
        levers=dict(NEUTRAL),
        funded=1.0,
        budget=20.0,
        reserve=0.0,
        spent=0.0,
        sales=1.0,
        customers=10,
        waiting=0,
        estimate=(0.0,),
        uncertainty=(0.1,),
        failures_heard=0.0,
    )


class TestImitator:
    decide = staticmethod(lambda observation: CATALOGUE["adaptive"].decide(observation))

    def test_it_copies_what_can_be_seen_of_whoever_has_gained_most(self):
        loud = {"share_gained": 0.05, "posts_per_day": 2.0, "paid_reach": 0.1, "claim": 0.5}
        kind = {"share_gained": 0.03, "replies": 5.0, "empathy": 1.0, "product_moved": 0.2}
        moves = self.decide(seen(rivals=(kind, loud)))
        assert (moves["posts_per_day"], moves["paid_reach"], moves["claim"]) == (2.0, 0.1, 0.5)
        assert moves["reply_capacity"] == moves["empathy"] == moves["listening"] == 0
        moves = self.decide(seen(rivals=({**kind, "share_gained": 0.06}, loud)))
        assert moves["posts_per_day"] == 0
        assert moves["empathy"] == 1
        assert moves["reply_capacity"] > 0
        assert moves["listening"] == moves["action_share"] == 1
        assert moves["improvement_capacity"] > 0

    @pytest.mark.parametrize("day", [1, 29, 31, 45])
    def test_it_looks_once_in_30_days(self, day):
        assert self.decide(seen(day, rivals=({"share_gained": 0.5},))) is None

    def test_it_needs_somebody_who_gains_more_than_itself(self):
        assert self.decide(seen(rivals=())) is None
        assert self.decide(seen(rivals=({"share_gained": -0.1},))) is None
        assert self.decide(seen(rivals=({"share_gained": 0.005},))) is None
        assert self.decide(seen(own=0.1, rivals=({"share_gained": 0.1},))) is None
        assert self.decide(seen(own=-0.1, rivals=({"share_gained": 0.02, "claim": 0.1},)))["claim"] == 0.1

    def test_all_that_it_moves_are_levers_in_their_range(self):
        moves = self.decide(seen(rivals=({"share_gained": 0.1, "replies": 3.0, "product_moved": 1.0},)))
        for name, value in moves.items():
            assert LEVERS[name].low <= value <= LEVERS[name].high
