"""Flows are recounted against stocks after every hour and every day: nothing appears and nothing is lost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from worlds import BUSY_STRATEGIES, busy, fork, waiting_in

from influence_sim.core import market
from influence_sim.core.engine import Engine
from influence_sim.core.levers import LEVERS
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.messages import Kind
from influence_sim.core.state import COLUMNS
from influence_sim.experiment.runner import World, prepare

RECORDED = STANDARD + tuple(measure.name for measure in DIAGNOSTICS)
TOLERANCE = 1e-6


class Diary(NamedTuple):
    """What was seen of some busy worlds.

    ``needs`` and ``gained`` have one entry per day of the whole run (burn-in included), ``reserve`` one per day of the
    comparison; ``values`` has shape (measures, days, worlds, companies).
    """

    engine: Engine
    values: np.ndarray
    needs: list[np.ndarray]
    chosen: list[np.ndarray]
    gained: list[np.ndarray]
    customers_at_first: np.ndarray
    outside_at_first: np.ndarray
    out_of_range: list[str]
    reserve: list[np.ndarray]
    flows_reset: list[bool]

    def __getitem__(self, name):
        return self.values[RECORDED.index(name)]

    @property
    def since(self):
        return self.engine.worlds.setting.burn_in_days


def counted(customer_of, companies):
    """Customers per world and company, and those of nobody in the last column."""
    return np.stack([np.bincount(world, minlength=companies + 1) for world in customer_of])


@pytest.fixture(scope="module")
def diary():
    # All spam comes through the filter and into the table, so that it can be counted.
    scenario = busy({"levers.everything.spam_caught": 0.0, "levers.dialogue.spam_caught": 0.0})
    worlds = [World(name, replicate) for replicate in (0, 1) for name in BUSY_STRATEGIES]
    needs, chosen, gained, faults, reserve, reset, first = [], [], [], [], [], [], []

    with pytest.MonkeyPatch.context() as patch:
        plain_choose, plain_trade, plain_step = market.choose, market.trade, Engine.step

        def choose(batch, world, consumer):
            before = batch.state.customer_of[world, consumer]
            choice = plain_choose(batch, world, consumer)
            size = batch.size
            assert np.unique(world * size.consumers + consumer).size == consumer.size, "somebody chooses twice"
            needs.append(np.bincount(world, minlength=size.worlds))
            place = world * (size.companies + 1) + choice
            shape = size.worlds, size.companies + 1
            chosen.append(np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape))
            gained.append(np.bincount(place[choice != before], minlength=shape[0] * shape[1]).reshape(shape))
            return choice

        def step(engine):
            if not first:
                first.append(counted(engine.worlds.state.customer_of, engine.worlds.size.companies))
            plain_step(engine)
            faults.extend(out_of_range(engine.worlds))
            if engine.worlds.step % 24 == 0:
                reset.append(not any(getattr(engine.worlds.flows, name).any() for name in ("sales", "lost", "spend")))

        assert plain_trade.__globals__["choose"] is plain_choose
        patch.setattr(market, "choose", choose)
        patch.setattr(Engine, "step", step)
        engine = prepare(scenario, scenario.setting(scenario.graph()), worlds, seed=4, measures=RECORDED)
        engine.run_days(scenario.days, lambda: reserve.append(engine.worlds.state.reserve.copy()))
    size = engine.worlds.size
    values = np.stack(engine.history).transpose(1, 0, 2).reshape(len(RECORDED), -1, size.worlds, size.companies)
    return Diary(engine, values, needs, chosen, gained, first[0][:, :-1], first[0][:, -1], faults, reserve, reset)


def out_of_range(worlds):
    faults = []
    for name, column in COLUMNS.items():
        values = getattr(worlds.state, name)
        if column.dtype in ("f4", "f8") and not np.isfinite(values).all():
            faults.append(f"{name} is not a finite number at step {worlds.step}")
        elif values.min() < column.low - TOLERANCE or values.max() > column.high + TOLERANCE:
            faults.append(f"{name} spans {values.min()}..{values.max()} at step {worlds.step}")
    if worlds.state.customer_of.max() > worlds.size.companies:
        faults.append(f"there is no company {worlds.state.customer_of.max()}")
    return faults


def test_the_census_covers_every_day(diary):
    days = diary.since + busy().days
    assert len(diary.needs) == len(diary.gained) == diary.values.shape[1] == len(diary.flows_reset) == days
    assert all(diary.flows_reset)


# ranges


def test_every_column_stays_within_its_declared_range_at_every_hour(diary):
    assert diary.out_of_range == []


def test_a_value_out_of_range_would_be_seen(diary):
    broken = fork(diary.engine.worlds)
    broken.state.trust[0, 0] = 1.1
    broken.state.attitude[0, 0] = np.nan
    assert len(out_of_range(broken)) == 2


# customers


def lost(diary):
    """Customers lost per day, from the published rate: lost = churn · customers in the morning / 30."""
    morning = np.concatenate([diary.customers_at_first[None], diary["customers"][:-1]])
    number = np.where(morning > 0, diary["churn"] * morning / 30, 0)
    np.testing.assert_allclose(number, np.rint(number), atol=1e-9)
    return np.rint(number)


def test_customers_gained_less_customers_lost_is_the_change(diary):
    before = np.concatenate([diary.customers_at_first[None], diary["customers"][:-1]])
    gained = np.stack(diary.gained)[..., :-1]
    assert gained.sum() > 500
    assert lost(diary).sum() > 500
    np.testing.assert_array_equal(diary["customers"] - before, gained - lost(diary))


def test_everybody_is_somebodys_customer_or_nobodys(diary):
    size = diary.engine.worlds.size
    outside_now = counted(diary.engine.worlds.state.customer_of, size.companies)[:, -1]
    np.testing.assert_array_equal(
        diary["customers"][-1].sum(axis=-1) + outside_now, np.full(size.worlds, size.consumers)
    )
    # Whoever leaves a company without joining another is nobody's customer; whoever leaves nobody is gained.
    gained = np.stack(diary.gained).sum(axis=0)
    into_outside = lost(diary).sum(axis=(0, 2)) - (gained[:, :-1].sum(axis=1))
    np.testing.assert_array_equal(outside_now - diary.outside_at_first, into_outside)


def test_retention_counts_customers_of_the_first_day_only(diary):
    state, size = diary.engine.worlds.state, diary.engine.worlds.size
    cohort = state.cohort.reshape(size.worlds, size.companies, -1)
    for world in range(size.worlds):
        for company in range(size.companies):
            stayed = (state.customer_of[world] == company)[cohort[world, company]]
            assert diary["retention"][-1, world, company] == stayed.mean()
    np.testing.assert_array_equal(cohort.sum(axis=2), diary["customers"][diary.since - 1])


# the market


def test_sales_and_purchases_of_nothing_add_up_to_needs(diary):
    chosen, needs = np.stack(diary.chosen), np.stack(diary.needs)
    np.testing.assert_array_equal(diary["sales"], chosen[..., :-1])
    np.testing.assert_array_equal(diary["sales"].sum(axis=-1) + chosen[..., -1], needs)
    assert chosen[..., -1].sum() > 0


def test_market_shares_are_shares_of_the_sales_of_thirty_days(diary):
    for day in (0, 5, diary.values.shape[1] - 1):
        recent = diary["sales"][max(0, day - 29) : day + 1].sum(axis=0)
        expected = recent / recent.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(diary["market_share"][day], expected, rtol=1e-12)


def test_shares_of_voice_add_up(diary):
    total = diary["share_of_voice"].sum(axis=-1)
    assert np.isfinite(total).mean() > 0.9
    np.testing.assert_allclose(total[np.isfinite(total)], 1)


# money


def test_reserves_are_budgets_less_what_was_spent(diary):
    setting, worlds = diary.engine.worlds.setting, diary.engine.worlds
    income = setting.budget * worlds.scale
    spent = np.cumsum(diary["spend"][diary.since :], axis=0)
    days = np.arange(1, len(spent) + 1)[:, None, None]
    reserve = np.stack(diary.reserve).reshape(spent.shape)
    np.testing.assert_allclose(reserve, income * days - spent, rtol=1e-9, atol=1e-9)
    assert np.unique(spent[-1].round(6)).size > 4


def test_nobody_spends_money_they_do_not_have(diary):
    assert np.stack(diary.reserve).min() >= -1e-9
    assert diary["spend"].min() >= 0


def test_what_is_wanted_beyond_the_budget_is_scaled_down_in_proportion(diary):
    """All that a company pays for, by the same factor; an improvement of every attribute, and of failures, included."""
    scenario, worlds = busy(), diary.engine.worlds
    costs, funded = scenario.costs, worlds.funded.reshape(-1, 3)[:3, 0]
    improvement = costs.improvement * (scenario.attributes + 1) / scenario.parameters["improvement_period"]
    for place, name in enumerate(BUSY_STRATEGIES):
        wanted, row = scenario.strategy(name).levers, place * 3
        paid = {
            "posts_per_day": costs.post,
            "paid_reach": costs.impression * 1000,
            "reply_capacity": costs.staff_hour * 24,
            "listening": costs.listening,
            "improvement_capacity": improvement,
        }
        plan = sum(price * wanted.get(lever, 0) for lever, price in paid.items())
        assert funded[place] == pytest.approx(min(1, scenario.budget / plan))
        for lever in paid:
            expected = wanted.get(lever, 0) * funded[place]
            assert getattr(worlds.levers, lever)[row] == pytest.approx(expected), (name, lever)
        for lever in ("empathy", "compensation", "lead_time"):
            assert getattr(worlds.levers, lever)[row] == wanted.get(lever, LEVERS[lever].neutral), (name, lever)
    assert funded.min() < 1 == funded.max()


def test_profit_is_margin_less_spending(diary):
    margin = diary.engine.worlds.setting.costs.margin
    np.testing.assert_array_equal(diary["profit"], margin * diary["sales"] - diary["spend"])


# messages


@pytest.fixture(scope="module")
def table(diary):
    return diary.engine.worlds.messages.columns()


def told(diary, table, which):
    """Messages per company that were surely published, and that may have been: the last hour's may wait an hour."""
    worlds = diary.engine.worlds
    for until in (worlds.now - 1, worlds.now):
        yield np.bincount(table["row"][which & (table["born"] <= until)], minlength=worlds.size.rows)


@pytest.mark.parametrize(
    ("flow", "kind"),
    [
        ("complaints", Kind.COMPLAINT),
        ("praise", Kind.PRAISE),
        ("shares", Kind.SHARE),
        ("replies", Kind.REPLY),
        ("spam", Kind.SPAM),
    ],
)
def test_as_many_messages_stand_in_the_table_as_flowed(diary, table, flow, kind):
    surely, perhaps = told(diary, table, table["kind"] == kind)
    total = diary[flow].sum(axis=0).ravel()
    assert total.sum() > 20
    assert (surely <= total).all(), f"{int((surely - total).sum())} of {int(surely.sum())} never appeared"
    assert (total <= perhaps).all()


def test_negative_messages_are_complaints_and_shares_of_them(diary, table):
    negative = (table["valence"][table["root"]] < 0) & np.isin(table["kind"], [Kind.COMPLAINT, Kind.SHARE])
    surely, perhaps = told(diary, table, negative)
    total = diary["negative"].sum(axis=0).ravel()
    assert total.sum() > 200
    assert (surely <= total).all(), f"{int((surely - total).sum())} of {int(surely.sum())} never appeared"
    assert (total <= perhaps).all()


def test_nothing_waits_for_an_hour_that_has_passed(diary):
    """Posts, exposures and patience that are due come up: none is left behind in the calendars."""
    worlds = diary.engine.worlds
    for name in ("voices", "exposures", "patience"):
        left = waiting_in(getattr(worlds, name), worlds.step - 1)[0].size
        assert left == 0, f"{name}: {left} entries were never taken out"


def test_response_times_are_those_of_the_replies(diary, table):
    reply = table["kind"] == Kind.REPLY
    waited = table["born"][reply] - table["born"][table["root"][reply]]
    assert (waited >= 0).all()
    known = diary["replies"] > 0
    total = (diary["response_time"][known] * diary["replies"][known]).sum()
    np.testing.assert_allclose(total, waited.sum())


def test_every_message_follows_from_an_earlier_one(table):
    number = np.arange(table["root"].size)
    own_root = table["root"] == number
    # Rebuttals and complaints that are posted again name what made their authors speak, and start anew.
    reacting = np.isin(table["kind"], [Kind.PRAISE, Kind.COMPLAINT])
    assert (table["parent"][own_root & ~reacting] == -1).all()
    assert (table["parent"][own_root & reacting] >= 0).any()
    child = table["parent"] >= 0
    assert child.sum() > 300
    assert (table["parent"] < number).all()
    assert (table["root"] <= number).all()
    assert (table["root"][table["root"]] == table["root"]).all()
    assert not np.isin(table["kind"][own_root], [Kind.SHARE, Kind.REPLY]).any()
    assert own_root[np.isin(table["kind"], [Kind.COMPLAINT, Kind.CAMPAIGN, Kind.AD, Kind.SPAM])].all()
    assert not own_root[np.isin(table["kind"], [Kind.SHARE, Kind.REPLY])].any()
    assert (table["born"][child] >= table["born"][table["parent"][child]]).all()
    np.testing.assert_array_equal(table["row"][child], table["row"][table["parent"][child]])


def test_shares_pass_on_their_post(diary, table):
    share = np.flatnonzero(table["kind"] == Kind.SHARE)
    parent, root = table["parent"][share], table["root"][share]
    np.testing.assert_array_equal(table["depth"][share], table["depth"][parent] + 1)
    np.testing.assert_array_equal(root, table["root"][parent])
    for name in ("valence", "attribute", "severity", "channel"):
        np.testing.assert_array_equal(table[name][share], table[name][root], err_msg=name)
    assert (table["arousal"][share] >= table["arousal"][parent]).all()
    assert (table["arousal"][share] > table["arousal"][parent]).any(), "nobody incited anybody"


def test_children_are_the_shares_of_a_copy(table):
    share = table["kind"] == Kind.SHARE
    np.testing.assert_array_equal(table["children"], np.bincount(table["parent"][share], minlength=share.size))


def test_nobody_shares_a_post_twice_or_their_own(table):
    share = table["kind"] == Kind.SHARE
    pairs = np.stack([table["root"][share], table["author"][share]])
    assert np.unique(pairs, axis=1).shape == pairs.shape
    assert (table["author"][table["root"][share]] != table["author"][share]).all()


def test_whoever_shares_follows_whom_they_have_it_from(diary, table):
    """A reply is shown to the followers of whoever complained; what a company says comes from no one's wall."""
    graph = diary.engine.worlds.graph
    arcs = set(zip(np.repeat(np.arange(graph.nodes), graph.out_degree).tolist(), graph.followers.tolist(), strict=True))
    share = np.flatnonzero(table["kind"] == Kind.SHARE)
    source = table["parent"][share]
    by_reply = table["kind"][source] == Kind.REPLY
    source = np.where(by_reply, table["parent"][source], source)
    sender = table["author"][source]
    known = sender >= 0
    assert known.sum() > 300
    assert by_reply.any()
    pairs = zip(sender[known].tolist(), table["author"][share][known].tolist(), strict=True)
    assert all(pair in arcs for pair in pairs)


def test_a_case_is_answered_once_and_only_on_the_page(table):
    reply = table["kind"] == Kind.REPLY
    case = table["root"][reply]
    assert np.unique(case).size == case.size
    assert (table["kind"][case] == Kind.COMPLAINT).all()
    assert (table["channel"][case] == 0).all()
    answered = np.zeros(reply.size, bool)
    answered[case] = True
    np.testing.assert_array_equal(table["answer"] > 0, answered)
