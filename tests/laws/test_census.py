"""Flows are recounted against stocks after every hour and every day: nothing appears and nothing is lost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from worlds import WHOLE_STRATEGIES, fork, isolates, make, waiting_in, whole, write

from influence_sim.core import asking, campaign, learning, market, replies
from influence_sim.core.draws import Process
from influence_sim.core.engine import Engine
from influence_sim.core.levers import LEVERS
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.messages import AGAINST, Channel, Kind
from influence_sim.core.moderation import moderate
from influence_sim.core.service import notice
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import COLUMNS, Flag, has
from influence_sim.experiment.runner import World, prepare

RECORDED = STANDARD + tuple(measure.name for measure in DIAGNOSTICS)
TOLERANCE = 1e-6

CHANGES = {"burn_in_days": 4, "network.consumers": 200, "parameters.case_lifetime": 30.0}
"""All spam comes through the filter and into the table, so that it can be counted, and cases lapse."""
CHANGES |= {f"levers.{name}.spam_caught": 0.0 for name in ("carer", "faker", "turncoat", "dialogue")}


class Diary(NamedTuple):
    """What was seen of some worlds in which every mechanism is at work and every lever is pulled.

    Lists have one entry per day of the comparison; ``values`` has shape (measures, days, worlds, companies) and covers
    the burn-in too.
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
    switches: list[np.ndarray]
    waiting: list[np.ndarray]
    bills: list[dict[str, np.ndarray]]
    told: list[tuple[int, int]]
    flows_reset: list[bool]

    def __getitem__(self, name):
        """A measure on the days of the comparison."""
        return self.whole(name)[self.since :]

    def whole(self, name):
        """A measure on all days."""
        return self.values[RECORDED.index(name)]

    @property
    def since(self):
        return self.engine.worlds.setting.burn_in_days


def counted(customer_of, companies):
    """Customers per world and company, and those of nobody in the last column."""
    return np.stack([np.bincount(world, minlength=companies + 1) for world in customer_of])


def waiting_exposures(worlds):
    """Exposures per company that wait to be read."""
    message = waiting_in(worlds.exposures, max(worlds.exposures._buckets))[1]
    return np.bincount(worlds.messages.row[message], minlength=worlds.size.rows)


@pytest.fixture(scope="module")
def diary():
    scenario = whole(CHANGES)
    worlds = [*(World(name, 0) for name in WHOLE_STRATEGIES), World("carer", 1, spared=True)]
    needs, chosen, gained, faults, reserve, switches, waiting, told, reset = ([] for _ in range(9))
    engine = prepare(scenario, scenario.setting(scenario.graph()), worlds, seed=4, measures=RECORDED)
    batch, size = engine.worlds, engine.worlds.size
    bills = [{}]

    def bill(what, rows):
        bills[-1][what] = bills[-1].get(what, 0) + rows

    def close_day():
        reserve.append(batch.state.reserve.copy())
        switches.append(batch.switches.copy())
        waiting.append(waiting_exposures(batch))
        bills.append({})

    first = counted(batch.state.customer_of, size.companies)
    with pytest.MonkeyPatch.context() as patch:
        plain_choose, plain_step, plain_circle, plain_books = (
            market.choose,
            Engine.step,
            learning.circle_back,
            campaign.close_books,
        )
        plain_pay, plain_reward, plain_compensate = asking.pay, market._reward, replies._compensate

        def choose(batch, world, consumer, rewards):
            before = batch.state.customer_of[world, consumer]
            choice = plain_choose(batch, world, consumer, rewards)
            assert np.unique(world * size.consumers + consumer).size == consumer.size, "somebody chooses twice"
            place = world * (size.companies + 1) + choice
            shape = size.worlds, size.companies + 1
            needs.append(counted_needs(world, batch.state.last_company[world, consumer], size))
            chosen.append(np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape))
            gained.append(np.bincount(place[choice != before], minlength=shape[0] * shape[1]).reshape(shape))
            return choice

        def step(engine):
            plain_step(engine)
            faults.extend(out_of_range(engine.worlds))
            if engine.worlds.step % 24 == 0:
                reset.append(not any(getattr(engine.worlds.flows, name).any() for name in ("sales", "lost", "spend")))

        def circle_back(batch, telling, changed):
            contributed, before = has(batch.state.flags, Flag.CONTRIBUTED), len(batch.messages)
            plain_circle(batch, telling, changed)
            new = slice(before, len(batch.messages))
            row, consumer = batch.messages.row[new], batch.messages.author[new]
            told.append((row.size, np.count_nonzero(contributed[row, consumer] & telling[row])))

        def close_books(batch):
            bill("running", batch.running_cost)
            plain_books(batch)

        def pay(batch, cost):
            share = plain_pay(batch, cost)
            bill("now and then", cost * share)
            return share

        def reward(batch, row, rewards):
            bill("rewards", batch.setting.costs.reward * np.bincount(row, rewards[row], minlength=size.rows))
            plain_reward(batch, row, rewards)

        def compensate(batch, row, strength):
            paid = plain_compensate(batch, row, strength)
            bill("compensation", batch.setting.costs.compensation * np.bincount(row, paid, minlength=size.rows))
            return paid

        for module, name, replacement in (
            (market, "choose", choose),
            (market, "_reward", reward),
            (replies, "_compensate", compensate),
            (asking, "pay", pay),
            (learning, "pay", pay),
            (learning, "circle_back", circle_back),
            (campaign, "close_books", close_books),
            (Engine, "step", step),
        ):
            patch.setattr(module, name, replacement)
        engine.run_days(scenario.days, close_day)
    values = np.stack(engine.history).transpose(1, 0, 2).reshape(len(RECORDED), -1, size.worlds, size.companies)
    return Diary(
        engine,
        values,
        needs,
        chosen,
        gained,
        first[:, :-1],
        first[:, -1],
        faults,
        reserve,
        switches,
        waiting,
        bills[:-1],
        told,
        reset,
    )


def counted_needs(world, last, size):
    """Who is in need, by the company last bought from."""
    slot = world * size.companies + last
    return np.bincount(slot, minlength=size.rows).reshape(size.worlds, size.companies)


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
    days = whole(CHANGES).days
    assert len(diary.needs) == len(diary.gained) == len(diary.flows_reset) == len(diary["sales"]) == days
    assert all(diary.flows_reset)


def test_every_lever_is_in_use_in_every_world(diary):
    levers, worlds = diary.engine.worlds.levers, diary.engine.worlds.size.worlds
    for name, lever in LEVERS.items():
        assert (getattr(levers, name).reshape(worlds, -1) != lever.neutral).any(axis=1).all(), name


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
    assert gained.sum() > 300
    assert lost(diary).sum() > 300
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
    cohort = has(state.flags, Flag.COHORT).reshape(size.worlds, size.companies, -1)
    for world in range(size.worlds):
        for company in range(size.companies):
            stayed = (state.customer_of[world] == company)[cohort[world, company]]
            assert diary["retention"][-1, world, company] == stayed.mean()
    np.testing.assert_array_equal(cohort.sum(axis=2), diary.whole("customers")[diary.since - 1])


# the market


def test_sales_and_purchases_of_nothing_add_up_to_needs(diary):
    chosen, needs = np.stack(diary.chosen), np.stack(diary.needs).sum(axis=2)
    np.testing.assert_array_equal(diary["sales"], chosen[..., :-1])
    np.testing.assert_array_equal(diary["sales"].sum(axis=-1) + chosen[..., -1], needs)
    assert chosen[..., -1].sum() > 0


def test_hazards_are_of_those_never_lost_so_far(diary):
    """On the first day they are all customers of that day; later, those who survive."""
    cohort = has(diary.engine.worlds.state.flags, Flag.COHORT).sum(axis=1).reshape(diary.customers_at_first.shape)
    survivors = np.concatenate([cohort[None], diary["survival"][:-1] * cohort])
    now = diary["survival"] * cohort
    np.testing.assert_allclose(diary["hazard"] * survivors / 30, survivors - now, atol=1e-9)
    assert (survivors - now).sum() > 100


def test_switches_are_needs_by_the_last_company_and_what_was_bought_instead(diary):
    """Row sums are needs by the company last bought from, column sums are sales, day by day."""
    switches = np.stack(diary.switches)
    daily = np.diff(switches, axis=0, prepend=np.zeros_like(switches[:1]))
    assert daily.min() >= 0
    np.testing.assert_array_equal(daily.sum(axis=3), np.stack(diary.needs))
    np.testing.assert_array_equal(daily.sum(axis=2), np.stack(diary.chosen))
    np.testing.assert_array_equal(daily.sum(axis=2)[..., :-1], diary["sales"])


def test_market_shares_are_shares_of_the_sales_of_thirty_days(diary):
    for day in (0, 5, len(diary.whole("sales")) - 1):
        recent = diary.whole("sales")[max(0, day - 29) : day + 1].sum(axis=0)
        expected = recent / recent.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(diary.whole("market_share")[day], expected, rtol=1e-12)


def test_shares_of_voice_add_up(diary):
    total = diary["share_of_voice"].sum(axis=-1)
    assert np.isfinite(total).mean() > 0.9
    np.testing.assert_allclose(total[np.isfinite(total)], 1)


# money


def test_reserves_are_budgets_less_what_was_spent(diary):
    setting, worlds = diary.engine.worlds.setting, diary.engine.worlds
    income = setting.budgets * worlds.scale
    spent = np.cumsum(diary["spend"], axis=0)
    days = np.arange(1, len(spent) + 1)[:, None, None]
    reserve = np.stack(diary.reserve).reshape(spent.shape)
    np.testing.assert_allclose(reserve, income * days - spent, rtol=1e-9, atol=1e-9)
    assert np.unique(spent[-1].round(6)).size > 4


def test_what_is_spent_is_the_sum_of_the_bills(diary):
    """Running costs, what falls due now and then (questions, updates, surveys, improvements), amends and rewards."""
    kinds = {"running", "now and then", "rewards", "compensation"}
    assert all(sum(day.get(kind, np.zeros(1)).sum() for day in diary.bills) > 0 for kind in kinds)
    total = np.stack([sum(day.values()) for day in diary.bills])
    np.testing.assert_allclose(total.reshape(diary["spend"].shape), diary["spend"], rtol=1e-9)


def test_nobody_spends_money_they_do_not_have(diary):
    """Only rewards, promised in the morning, may overdraw a reserve, by no more than a day of them."""
    rewards = np.stack([day.get("rewards", np.zeros(diary.engine.worlds.size.rows)) for day in diary.bills])
    assert (np.stack(diary.reserve) >= -rewards.max(axis=0) - 1e-9).all()
    assert diary["spend"].min() >= 0


def test_what_is_wanted_beyond_the_budget_is_scaled_down_in_proportion(diary):
    """All levers that are bought, by the same factor, and no others."""
    worlds = diary.engine.worlds
    assert worlds.funded.min() < 1 == worlds.funded.max()
    for name, lever in LEVERS.items():
        wanted = getattr(worlds.wanted, name)
        np.testing.assert_array_equal(getattr(worlds.levers, name), wanted * worlds.funded if lever.bought else wanted)
    budget = np.tile(worlds.setting.budgets, worlds.size.worlds) * worlds.scale
    assert (worlds.running_cost <= budget + 1e-9).all()


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
        ("exposes", Kind.EXPOSE),
        ("fakes", Kind.FAKE),
        ("answers", Kind.ANSWER),
        ("updates", Kind.UPDATE),
        ("shares", Kind.SHARE),
        ("replies", Kind.REPLY),
        ("spam", Kind.SPAM),
    ],
)
def test_as_many_messages_stand_in_the_table_as_flowed(diary, table, flow, kind):
    surely, perhaps = told(diary, table, table["kind"] == kind)
    total = diary.whole(flow).sum(axis=0).ravel()
    assert total.sum() > 20
    assert (surely <= total).all(), f"{int((surely - total).sum())} of {int(surely.sum())} never appeared"
    assert (total <= perhaps).all()


def test_negative_messages_speak_against_a_company_or_pass_that_on(diary, table):
    negative = (table["valence"][table["root"]] < 0) & (AGAINST[table["kind"]] | (table["kind"] == Kind.SHARE))
    surely, perhaps = told(diary, table, negative)
    total = diary.whole("negative").sum(axis=0).ravel()
    assert total.sum() > 200
    assert (surely <= total).all(), f"{int((surely - total).sum())} of {int(surely.sum())} never appeared"
    assert (total <= perhaps).all()


def test_nothing_waits_for_an_hour_that_has_passed(diary):
    """Posts, exposures and patience that are due come up: none is left behind in the calendars."""
    worlds = diary.engine.worlds
    for name in ("voices", "exposures", "patience", "replies", "deletions"):
        left = waiting_in(getattr(worlds, name), worlds.step - 1)[0].size
        assert left == 0, f"{name}: {left} entries were never taken out"


def test_response_times_are_those_of_the_replies(diary, table):
    reply = table["kind"] == Kind.REPLY
    waited = table["born"][reply] - table["born"][table["root"][reply]]
    assert (waited >= 0).all()
    known = diary.whole("replies") > 0
    total = (diary.whole("response_time")[known] * diary.whole("replies")[known]).sum()
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


def test_exposures_are_read_missed_found_deleted_or_wait_still(diary):
    put, read, missed, removed = (
        np.cumsum(diary.whole(name), axis=0)[diary.since :].reshape(len(diary.waiting), -1)
        for name in ("exposures", "reads", "missed", "removed")
    )
    np.testing.assert_array_equal(put, read + missed + removed + np.stack(diary.waiting))
    assert min(read[-1].sum(), missed[-1].sum(), removed[-1].sum(), np.stack(diary.waiting).sum()) > 0


def test_more_are_asked_than_answer(diary):
    assert (diary["asked"] >= diary["answers"]).all()
    assert diary["answers"].sum() > 0


def test_every_update_has_a_contributor(diary):
    updates, contributors = np.array(diary.told).sum(axis=0)
    assert updates == contributors == diary["updates"].sum() > 50


# cases


def complaints_on_pages(diary, table):
    """All complaints published on a page: all of them were to be answered."""
    on_page = (table["kind"] == Kind.COMPLAINT) & (table["channel"] == Channel.PAGE)
    return np.flatnonzero(on_page & (table["born"] < diary.engine.worlds.now))


def test_every_case_is_answered_deleted_filtered_lapsed_or_waits(diary, table):
    """A complaint on the page is in one place; one that is in none of the others has waited beyond its time."""
    worlds = diary.engine.worlds
    cases = complaints_on_pages(diary, table)
    row, now = table["row"][cases], worlds.now
    answered = table["answered_at"][cases] <= now
    deleted = table["deleted_at"][cases] <= now
    waits = np.isin(cases, worlds.waiting)
    underway = np.isin(cases, waiting_in(worlds.replies, max(worlds.replies._buckets, default=0))[1])
    coin = worlds.draws.at(Process.SPAM_FILTER).uniform(worlds.world_of_row[row], table["id"][cases])
    # Levers that change over time change the filter: whoever kept to theirs.
    steady = np.array([course is not None and course.is_fixed for course in worlds.courses])[row]
    steady &= table["born"][cases] >= HOURS_PER_DAY * diary.since
    filtered = coin < worlds.levers.spam_false_alarms[row]
    assert not (answered & deleted).any()
    assert not (waits & (answered | deleted | underway)).any()
    assert not (steady & filtered & (waits | underway | answered)).any()
    left = ~(answered | deleted | waits | underway | filtered) & steady
    age = now - table["born"][cases[left]]
    assert (age >= worlds.parameters.case_lifetime - 1).all(), "a case has been lost"
    for some in (answered, deleted, waits, steady & filtered, left):
        assert some.any()


def test_deletions_are_those_in_the_table(diary, table):
    gone = table["deleted_at"] <= diary.engine.worlds.now
    found = np.bincount(table["row"][gone], minlength=diary.engine.worlds.size.rows)
    np.testing.assert_array_equal(found, diary.whole("deleted").sum(axis=0).ravel())


def test_as_many_cases_as_were_opened(diary, table):
    """What was answered, deleted or waits without having been posted on the page was sought out."""
    cases = complaints_on_pages(diary, table)
    worlds = diary.engine.worlds
    answered = np.isfinite(table["answered_at"]) & (table["channel"] == Channel.PEER)
    on_page = np.bincount(table["row"][cases], minlength=worlds.size.rows)
    sought = np.bincount(table["row"][answered], minlength=worlds.size.rows)
    opened = diary.whole("cases").sum(axis=0).ravel()
    assert (opened >= on_page + sought).all()
    never = (worlds.wanted.outreach == 0) & np.array([course.is_fixed for course in worlds.courses])
    np.testing.assert_array_equal(opened[never & (sought == 0)], on_page[never & (sought == 0)])
    assert sought.sum() > 0 < (opened[never & (sought == 0)]).sum()


def test_a_case_is_answered_once(table):
    reply = table["kind"] == Kind.REPLY
    case = table["root"][reply]
    assert np.unique(case).size == case.size
    assert np.isin(table["kind"][case], [Kind.COMPLAINT, Kind.PRAISE]).all()
    assert (table["kind"][case][table["channel"][case] == Channel.PAGE] == Kind.COMPLAINT).all()
    answered = np.zeros(reply.size, bool)
    answered[case] = True
    np.testing.assert_array_equal(np.isfinite(table["answered_at"]), answered)
    np.testing.assert_array_equal(table["answered_at"][case], table["born"][reply])


@pytest.mark.parametrize("answer_first", [True, False])
def test_of_an_answer_and_a_deletion_in_one_hour_the_earlier_happens(answer_first):
    levers = {"deletion_rate": 1.0, "deletion_delay": 0.5, "spam_false_alarms": 1.0}
    worlds = make(isolates(1), levers=(levers,))
    case = write(worlds, Kind.COMPLAINT, 0, channel=Channel.PAGE, valence=-0.5)
    notice(worlds, case)
    worlds.replies.put(0, np.full(1, 0.4 if answer_first else 0.6), case.astype(np.int32))
    replies.reply(worlds)
    moderate(worlds)
    assert (worlds.flows.replies[0], worlds.flows.deleted[0]) == ((1, 0) if answer_first else (0, 1))
    assert np.isfinite(worlds.messages.answered_at[0]) == answer_first != np.isfinite(worlds.messages.deleted_at[0])
