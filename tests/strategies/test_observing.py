"""What a company is given to decide by is what a company could know: complete, plain, frozen, and nothing hidden."""

from __future__ import annotations

import dataclasses
import math
import typing
from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from worlds import whole

from influence_sim import Conduct, InfluenceModel, Observation, Scenario, Strategy, register
from influence_sim.core.levers import LEVERS, Levers
from influence_sim.core.measures import STANDARD
from influence_sim.core.state import COLUMNS
from influence_sim.core.steering import observe
from influence_sim.core.worlds import Worlds
from influence_sim.experiment import compare

SCENARIO = whole()


@cache
def graph():
    return SCENARIO.graph()


@cache
def _model() -> InfluenceModel:
    """A world a day and a half from its end, in which everything has happened."""
    model = InfluenceModel(SCENARIO, strategy="dialogue", rng=3, graph=graph())
    model.run_for(24 * 10 + 11)
    return model


def worlds() -> Worlds:
    return deepcopy(_model().worlds)


FOCAL = SCENARIO.focal_company
BUDGETS = [SCENARIO.budget if company.budget is None else company.budget for company in SCENARIO.companies]
PLAIN = (bool, int, float, str)


# shape


def values_of(thing) -> dict:
    return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}


@pytest.mark.parametrize("row", range(3))
def test_every_field_has_the_type_it_says(row):
    seen = observe(worlds(), row)
    for kind, thing in ((Observation, seen), (Conduct, seen.own), *((Conduct, rival) for rival in seen.rivals)):
        hints = typing.get_type_hints(kind)
        assert list(hints) == list(values_of(thing))
        for name, value in values_of(thing).items():
            hint = hints[name]
            origin = typing.get_origin(hint) or hint
            assert type(value) is origin, (name, value)
            parts = value.values() if origin is dict else value if origin is tuple else ()
            if name != "rivals":
                assert all(type(part) in PLAIN for part in parts), (name, value)


def test_every_field_is_explained():
    for kind in (Observation, Conduct):
        named = kind.__doc__.split("Attributes")[1]
        assert all(field.name in named for field in dataclasses.fields(kind) if field.name != "name")


def test_it_is_frozen():
    seen = observe(worlds(), 0)
    for thing, name in ((seen, "sales"), (seen.own, "market_share"), (seen.rivals[0], "name")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, 0)
        with pytest.raises((AttributeError, TypeError)):
            thing.something_else = 1


def test_the_levers_it_shows_are_a_copy():
    ours = worlds()
    before = ours.wanted.posts_per_day.copy()
    observe(ours, 0).levers["posts_per_day"] = 49.0
    np.testing.assert_array_equal(ours.wanted.posts_per_day, before)


def test_looking_changes_nothing():
    one, other = worlds(), worlds()
    for row in range(3):
        observe(one, row)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one.state, name), getattr(other.state, name))
    for name in LEVERS:
        np.testing.assert_array_equal(getattr(one.wanted, name), getattr(other.wanted, name))


# nothing hidden

PUBLIC = {"product"}
OWN = {"estimate", "variance", "reserve", "failures_heard"}
COUNTED = {"customer_of"}
HIDDEN = set(COLUMNS) - PUBLIC - OWN - COUNTED


def stirred(values: np.ndarray) -> np.ndarray:
    """Other values of the same kind, everywhere."""
    return ~values if values.dtype == bool else values + 1


def same(one: Observation, other: Observation) -> bool:
    return repr(one) == repr(other)


def test_the_hidden_are_all_that_consumers_have_and_the_truth_about_companies():
    assert {"taste", "demand", "loyalty", "attitude", "trust", "satisfaction", "expectation", "arousal"} <= HIDDEN
    assert {"failure_rate", "scepticism", "need_rate", "responsiveness", "preference", "flags"} <= HIDDEN
    assert {name for name, column in COLUMNS.items() if column.of in ("cell", "taste", "demand")} <= HIDDEN


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_what_is_hidden_is_not_seen(name):
    ours = worlds()
    before = [observe(ours, row) for row in range(3)]
    setattr(ours.state, name, stirred(getattr(ours.state, name)))
    assert all(same(observe(ours, row), before[row]) for row in range(3))


@pytest.mark.parametrize("name", sorted(OWN))
def test_what_a_rival_knows_and_owns_is_its_own(name):
    ours = worlds()
    before = observe(ours, FOCAL)
    column = getattr(ours.state, name)
    rivals = np.arange(3) != FOCAL
    column[rivals] = column[rivals] + 1
    assert same(observe(ours, FOCAL), before)
    column[FOCAL] = column[FOCAL] + 1
    assert not same(observe(ours, FOCAL), before), "one's own is seen"


VISIBLE = {"posts_per_day", "paid_reach", "claim", "empathy", "explanation", "apology", "compensation"}


@pytest.mark.parametrize("name", sorted(LEVERS))
def test_of_a_rivals_levers_only_the_visible_ones_are_seen(name):
    ours = worlds()
    before = observe(ours, FOCAL)
    rivals = np.arange(3) != FOCAL
    for which in ("wanted", "levers"):
        levers: Levers = getattr(ours, which)
        values = getattr(levers, name).copy()
        values[rivals] = np.where(values[rivals] > 0, 0.0, 1.0)
        setattr(ours, which, dataclasses.replace(levers, **{name: values}))
    after = observe(ours, FOCAL)
    assert same(after, before) == (name not in VISIBLE)
    assert after.own == before.own
    assert after.levers == before.levers


def test_of_a_rivals_money_nothing_is_seen():
    ours = worlds()
    before = observe(ours, FOCAL)
    rivals = np.arange(3) != FOCAL
    ours.funded[rivals] *= 0.5
    ours.running_cost[rivals] += 1
    for name in ("sales", "spend", "unpaid", "complaints", "lost"):
        getattr(ours.flows, name)[rivals] += 3
    ours.setting.budgets[rivals] += 1
    try:
        assert same(observe(ours, FOCAL), before)
    finally:
        ours.setting.budgets[rivals] -= 1


def test_what_is_being_said_among_peers_is_not_seen():
    """Messages that wait, or have been written and not answered, are in nobody's books."""
    ours = worlds()
    before = observe(ours, FOCAL)
    count = len(ours.messages)
    ours.messages.valence[:count] *= -1
    ours.messages.arousal[:count] += 0.1
    assert same(observe(ours, FOCAL), before)


# what is seen is true


def test_it_holds_ones_own_books():
    ours = worlds()
    for row in range(3):
        seen = observe(ours, row)
        assert seen.levers == {name: float(getattr(ours.wanted, name)[row]) for name in LEVERS}
        assert seen.estimate == tuple(ours.state.estimate[row])
        np.testing.assert_allclose(seen.uncertainty, np.sqrt(ours.state.variance[row]))
        assert seen.budget == pytest.approx(BUDGETS[row] * 0.24)
        assert seen.reserve == ours.state.reserve[row]
        assert seen.customers == np.count_nonzero(ours.state.customer_of[0] == row)
        assert seen.own.name == SCENARIO.company_names[row]
        assert [rival.name for rival in seen.rivals] == [
            name for number, name in enumerate(SCENARIO.company_names) if number != row
        ]


def test_everybody_sees_the_same_of_a_company():
    ours = worlds()
    by_name: dict[str, set[str]] = {}
    for row in range(3):
        seen = observe(ours, row)
        for conduct in (seen.own, *seen.rivals):
            by_name.setdefault(conduct.name, set()).add(repr(conduct))
    assert {len(found) for found in by_name.values()} == {1}
    assert len(by_name) == 3


@pytest.fixture
def diary(monkeypatch):
    """What the focal company of each world has seen, in the order of its evenings."""
    from influence_sim import strategies

    monkeypatch.setattr(strategies, "_REGISTERED", {})
    kept: list[Observation] = []

    @register(name="diarist", levers=SCENARIO.strategy("dialogue").levers)
    def keep(seen: Observation) -> None:
        kept.append(seen)

    return kept


def recorded(result, name: str, replicate: int = 0) -> np.ndarray:
    """A measure of every company and day, shape (companies, days)."""
    return result.values[0, replicate, :, :, STANDARD.index(name)]


def test_something_is_seen_of_everything(diary):
    """The world of these tests is lively enough that a field which is always zero would be noticed."""
    long = SCENARIO.with_values({"days": 60})
    compare(long, ["diarist"], replicates=1, seed=3, graph=graph(), counterfactual=False)
    for field in dataclasses.fields(Observation):
        assert any(np.any(getattr(seen, field.name)) for seen in diary), field.name
    conducts = [conduct for seen in diary for conduct in (seen.own, *seen.rivals)]
    for field in dataclasses.fields(Conduct):
        assert any(np.any(getattr(conduct, field.name)) for conduct in conducts), field.name


def test_evening_by_evening_it_is_what_the_measures_say(diary):
    result = compare(SCENARIO, ["diarist"], replicates=1, seed=3, graph=graph(), counterfactual=False)
    assert [seen.day for seen in diary] == list(range(1, SCENARIO.days + 1))
    np.testing.assert_allclose([seen.sales for seen in diary], recorded(result, "sales")[FOCAL])
    np.testing.assert_allclose([seen.spent for seen in diary], recorded(result, "spend")[FOCAL])
    np.testing.assert_allclose([seen.customers for seen in diary], recorded(result, "customers")[FOCAL])
    np.testing.assert_allclose([seen.funded for seen in diary], recorded(result, "funded")[FOCAL])
    share = recorded(result, "market_share")
    # Sums over 30 days include those of the burn-in, of seven days.
    for day, seen in enumerate(diary):
        assert seen.own.market_share == pytest.approx(share[FOCAL, day])
        np.testing.assert_allclose([rival.market_share for rival in seen.rivals], share[1:, day])


def test_conduct_counts_thirty_days_and_no_more(diary):
    long = SCENARIO.with_values({"days": 64, "burn_in_days": 0})
    result = compare(long, ["diarist"], replicates=1, seed=3, graph=graph(), counterfactual=False)
    kilo = 0.24
    for day in (3, 29, 30, 58, 59, 63):
        month = slice(max(day - 29, 0), day + 1)
        before = slice(max(day - 59, 0), max(day - 29, 0))
        own = diary[day].own
        # Every answer of this strategy can be read by others.
        for name in ("complaints", "replies"):
            assert getattr(own, name) == pytest.approx(recorded(result, name)[FOCAL, month].sum() / kilo), (name, day)
        hours, replies = (recorded(result, name)[FOCAL, month].sum() for name in ("reply_hours", "replies"))
        assert replies > 0 or day < 29
        assert own.response_hours == pytest.approx(hours / replies if replies else math.nan, nan_ok=True)
        sales = recorded(result, "sales")
        earlier = sales[FOCAL, before].sum() / max(sales[:, before].sum(), 1)
        # Before there are 30 days to compare 30 days with, nobody knows.
        gained = sales[FOCAL, month].sum() / sales[:, month].sum() - earlier if day >= 59 else 0
        assert own.share_gained == pytest.approx(gained)


def test_faked_praise_looks_like_any_other():
    def seen_of(levers) -> Conduct:
        from influence_sim.experiment.runner import World, prepare

        scenario = Scenario.of(
            {
                "days": 5,
                "burn_in_days": 0,
                "budget": 1e4,
                "network": {"consumers": 100, "mean_degree": 4.0},
                "companies": [{"name": "us"}, {"name": "them", "strategy": "theirs"}],
                "levers": {"theirs": levers},
            }
        )
        engine = prepare(scenario, scenario.setting(scenario.graph()), [World(None, 0)], seed=1, measures=("sales",))
        engine.run_days(5)
        return observe(engine.worlds, 0).rivals[0]

    assert seen_of({"astroturf_posts": 20.0}).praise > seen_of({}).praise + 20


def test_who_gives_no_answers_has_no_tone():
    scenario = Scenario.of(
        {
            "days": 2,
            "burn_in_days": 0,
            "network": {"consumers": 50, "mean_degree": 4.0},
            "levers": {"kind": {"empathy": 1.0, "apology": 0.5}},
        }
    )
    model = InfluenceModel(scenario, strategy="kind", rng=1)
    model.run_for(24)
    own = observe(model.worlds, 0).own
    assert (own.empathy, own.apology, own.replies) == (0, 0, 0)
    assert math.isnan(own.response_hours)


@pytest.mark.parametrize("public", [0.0, 1.0])
def test_private_answers_are_not_seen(public):
    scenario = Scenario.of(
        {
            "days": 8,
            "burn_in_days": 0,
            "budget": 1e4,
            "network": {"consumers": 200, "mean_degree": 4.0},
            "companies": [{"name": "us", "failure_rate": 0.3}, {"name": "them"}],
            "levers": {"kind": {"empathy": 1.0, "reply_capacity": 10.0, "public_replies": public}},
            "parameters": {"need_interval": 3.0, "voice_intercept": 0.0},
        }
    )
    model = InfluenceModel(scenario, strategy="kind", rng=1)
    model.run_for(24 * 7 + 23)
    seen = model.worlds.messages
    # Today is not over, and does not count yet.
    answered = np.count_nonzero((seen.answered_at[: len(seen)] < 24 * 7) & (seen.row[: len(seen)] == 0))
    assert answered > 5
    own = observe(model.worlds, 0).own
    assert own.replies == pytest.approx(public * answered / 0.2)
    assert own.empathy == public
    assert math.isnan(own.response_hours) == (public == 0)


# when decisions are made


def test_nothing_is_decided_in_the_burn_in_whoever_watches(diary):
    """The rival watches from before the comparison on, and is asked for the first time after its first day."""
    scenario = SCENARIO.with_values({"companies.1.strategy": "diarist", "days": 3, "incident": []})
    compare(scenario, ["silent"], replicates=1, graph=graph(), counterfactual=False)
    assert [seen.day for seen in diary] == [1, 2, 3]


def test_a_decision_takes_effect_the_next_day():
    class Switch(Strategy):
        def decide(self, seen):
            return {"posts_per_day": 50.0 if seen.day == 2 else 0.0}

    from influence_sim import strategies

    scenario = Scenario.of({"days": 5, "burn_in_days": 2, "network": {"consumers": 1000, "mean_degree": 4.0}})
    before = dict(strategies._REGISTERED)
    try:
        register(name="switch")(Switch)
        result = compare(scenario.with_values({"budget": 100.0}), ["switch"], replicates=1)
    finally:
        strategies._REGISTERED = before
    np.testing.assert_allclose(recorded(result, "spend")[0], [0, 0, 50, 0, 0])
