"""Same seed, same numbers: whatever the batch, the processes, what is recorded, the names and the company kept.

All laws are put to a scenario in which everything happens, and that it does is asserted first: two silent worlds are
equal for any reason.
"""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest
from snapshots import own_messages, own_state, snapshot, unequal
from worlds import WHOLE_LEVERS, WHOLE_STRATEGIES, busy, differences, whole

from influence_sim.core.levers import LEVERS
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.state import COLUMNS, Flag, has
from influence_sim.experiment import compare
from influence_sim.experiment.runner import World, prepare

REPLICATES = 2
SEED = 11
DIAGNOSTIC_NAMES = tuple(measure.name for measure in DIAGNOSTICS)
SHORT = {"days": 10, "burn_in_days": 3, "network.consumers": 200, "step_hours": 2.0, "parameters.attention": 1.0}
COMPARED = WHOLE_STRATEGIES[:3]


@cache
def graph():
    return whole(SHORT).graph()


def compared(strategies=COMPARED, replicates=REPLICATES, **options):
    return compare(whole(SHORT), strategies, replicates=replicates, **{"seed": SEED, "graph": graph(), **options})


@cache
def reference():
    return compared()


@cache
def engine(*worlds):
    """Worlds in which all is at work, run to their end together."""
    made = prepare(whole(SHORT), whole(SHORT).setting(graph()), worlds, seed=SEED, measures=STANDARD + DIAGNOSTIC_NAMES)
    made.run_days(whole(SHORT).days)
    return made


ALL_WORLDS = (
    *(World(name, 0) for name in (*WHOLE_STRATEGIES, "reader", "everything")),
    World("carer", 1),
    World("faker", 1, spared=True),
)


def daily(result, folder):
    result.write(folder)
    return (folder / "daily.csv").read_bytes()


def assert_equal(one, other):
    """Equal in every bit that can be seen; a value that is missing is missing in both."""
    np.testing.assert_array_equal(one, other, strict=True)


@pytest.fixture(scope="module")
def total():
    """All that was recorded of all worlds, summed up."""
    made = engine(*ALL_WORLDS)
    return dict(zip(made.recorded, np.nansum(made.recorded_days(0), axis=(0, 1, 2)), strict=True))


HAPPENING = {
    *("sales", "churn", "complaints", "praise", "shares", "negative", "replies", "reply_hours", "cases", "spam"),
    *("bursts", "firestorms", "days_of_rage", "storm_hours", "fans", "unpaid", "spend", "hit", "harm"),
    *("deleted", "removed", "missed", "seen_through", "exposes", "boycotters", "fakes"),
    *("asked", "answers", "updates", "surveyed"),
}


@pytest.mark.parametrize("name", sorted(HAPPENING))
def test_the_scenario_is_whole(name, total):
    """Everything that is counted happens, or the other laws would prove nothing about it."""
    assert total[name] > 0


def test_every_lever_is_pulled_in_every_world():
    made = engine(*ALL_WORLDS)
    for name, lever in LEVERS.items():
        pulled = getattr(made.worlds.levers, name).reshape(len(ALL_WORLDS), -1) != lever.neutral
        assert pulled.any(axis=1).all(), name


def test_every_kind_of_message_is_there():
    made = engine(*ALL_WORLDS)
    worlds, state, table = made.worlds, made.worlds.state, made.worlds.messages.columns()
    assert state.inciter.any()
    assert state.failed_recoveries.max() > 1, "nobody was left unanswered twice"
    assert has(state.flags, Flag.HOLLOW).any(), "nobody was told of a change that was none"
    assert (state.product != np.tile(worlds.setting.products, (worlds.size.worlds, 1))).any(), "nothing was released"
    assert (state.failure_rate < 0.2).any(), "no failure was fixed"
    assert (worlds.funded < 1).any(), "no budget was too small"
    assert state.customer_of.max() == worlds.size.companies, "nobody left for nobody"
    kinds = np.bincount(table["kind"], minlength=len(Kind))
    assert (kinds > 0).all(), [kind.name for kind in Kind if not kinds[kind]]
    assert (table["depth"] > 2).any()
    rebuttals = (table["kind"] == Kind.PRAISE) & (table["parent"] >= 0)
    assert rebuttals.any(), "no fan rebutted anything"
    replies = table["channel"][table["kind"] == Kind.REPLY]
    assert set(replies.tolist()) == {Channel.PAGE, Channel.PRIVATE}
    assert (table["cooled"][table["kind"] == Kind.COMPLAINT] > 0).any()
    by_reply = table["kind"][table["parent"][table["kind"] == Kind.SHARE]] == Kind.REPLY
    assert by_reply.any(), "no reply made anybody share"
    again = (table["kind"] == Kind.COMPLAINT) & (table["parent"] >= 0)
    assert again.any(), "nobody posted again"
    sought = table["channel"][table["root"][table["kind"] == Kind.REPLY]] == Channel.PEER
    assert sought.any(), "nobody was answered uninvited"
    paid = (table["kind"] == Kind.SHARE) & (table["born"] == table["born"][table["root"]])
    assert paid.any(), "nobody was paid to pass anything on"


@pytest.mark.parametrize(("jobs", "batch"), [(1, 1), (2, 5)])
def test_jobs_and_batch_are_irrelevant(jobs, batch, tmp_path):
    expected = daily(reference(), tmp_path / "reference")
    assert expected.count(b"\n") > 8_000
    assert daily(compared(jobs=jobs, batch=batch), tmp_path / "other") == expected


def test_what_is_recorded_is_irrelevant(tmp_path):
    result = compared(record=DIAGNOSTIC_NAMES, batch=7)
    daily(result, tmp_path)
    with (tmp_path / "daily.csv").open(newline="") as stream:
        rows = [row for row in csv.reader(stream) if row[4] not in DIAGNOSTIC_NAMES]
    daily(reference(), tmp_path / "reference")
    with (tmp_path / "reference" / "daily.csv").open(newline="") as stream:
        assert rows == list(csv.reader(stream))


def test_counterfactual_worlds_beside_are_irrelevant():
    without = compared(counterfactual=False)
    assert_equal(without.values, reference().values)
    assert_equal(without.switches, reference().switches)


def test_keeping_the_messages_is_irrelevant(tmp_path):
    kept = compared(keep_messages=True)
    assert kept.messages["id"].size > 5_000
    assert daily(kept, tmp_path / "kept") == daily(reference(), tmp_path / "reference")


def test_another_seed_gives_other_numbers():
    """The laws above would hold if nothing depended on the draws at all."""
    other = compared(replicates=1, seed=SEED + 1)
    assert not np.array_equal(other.values, reference().values[:, :1], equal_nan=True)


def test_a_strategys_name_is_irrelevant():
    assert WHOLE_LEVERS["copycat"] == dict(whole().strategy("dialogue").levers)
    dialogue, broadcast, copycat = compared(("dialogue", "broadcast", "copycat"), 1, counterfactual=False).values
    assert_equal(dialogue, copycat)
    assert not np.array_equal(dialogue, broadcast, equal_nan=True)


def test_a_name_of_the_catalogue_is_irrelevant_too():
    """A scenario may call silence "broadcast" and broadcasting "quiet"."""
    plain = whole(SHORT)
    swapped = plain.with_values(
        {
            "levers.broadcast": {"posts_per_day": 0.0, "paid_reach": 0.0},
            "levers.quiet": dict(plain.strategy("broadcast").levers),
        }
    )
    one, other = (
        compare(scenario, names, replicates=1, seed=SEED, graph=graph(), counterfactual=False).values
        for scenario, names in ((plain, ("broadcast", "silent")), (swapped, ("quiet", "broadcast")))
    )
    assert_equal(one, other)


def test_a_replicate_ignores_how_many_there_are():
    assert_equal(compared(replicates=3, counterfactual=False).values[:, :REPLICATES], reference().values)


@pytest.mark.parametrize("strategies", [("carer",), ("silent", "carer"), ("reader", "carer", "everything")])
def test_a_strategy_ignores_the_others_beside_it(strategies):
    alone = compared(strategies, counterfactual=False).values[strategies.index("carer")]
    assert_equal(alone, reference().values[COMPARED.index("carer")])


def test_the_order_of_the_strategies_is_irrelevant():
    assert_equal(compared(COMPARED[::-1]).values[::-1], reference().values)


def test_a_schedule_ignores_who_improves_in_other_worlds():
    """Who begins to circle back when an improvement would have been released tells of none that nobody decided on."""
    late = {"levers.late": {"listening": 1.0}, "schedule": {"late": [{"day": 5, "levers": {"circle_back": 1.0}}]}}
    scenario = busy({**late, "companies.2.strategy": "silent"})
    alone, together = (
        prepare(scenario, scenario.setting(scenario.graph()), worlds, seed=SEED, measures=STANDARD)
        for worlds in ([World("late", 0)], [World("late", 0), World("everything", 0)])
    )
    for made in (alone, together):
        made.run_days(scenario.days)
    assert (together.worlds.messages.columns()["kind"] == Kind.UPDATE).any()
    assert unequal(snapshot(alone, 0), snapshot(together, 0)) == []


@pytest.mark.parametrize("place", range(len(ALL_WORLDS)))
def test_a_world_ignores_its_neighbours(place):
    """In all that it holds, also what is not measured: it would be, as soon as levers change with time."""
    alone, together = engine(ALL_WORLDS[place]), engine(*ALL_WORLDS)
    expected = snapshot(alone, 0)
    assert expected["messages.id"].size > 500
    assert unequal(snapshot(together, place), expected) == []


def test_message_ids_of_a_world_differ():
    """An id names one event: were two messages to share it, they would share their readers and their accidents."""
    for place in range(len(ALL_WORLDS)):
        ids = own_messages(engine(*ALL_WORLDS), place)["id"]
        assert np.unique(ids).size == ids.size


def test_running_twice_gives_the_same_state():
    again = engine.__wrapped__(ALL_WORLDS[2])
    assert differences(again.worlds.state, engine(ALL_WORLDS[2]).worlds.state) == []


@pytest.mark.parametrize("step_hours", [0.5, 2.0])
def test_the_length_of_a_step_is_irrelevant_where_nobody_reacts_within_one(step_hours):
    """Posts, reading and sharing happen at their own times; a step only gathers them.

    Replies, repeated complaints and rebuttals wait for the end of a step, bursts are counted by the step, and attention
    is given by the step; attitudes are moved by whole generations of what is read.
    """
    alone = {
        "days": 8,
        "burn_in_days": 3,
        "companies.2.strategy": "silent",
        "parameters.attention": 1e9,
        "parameters.repost": 0.0,
        "parameters.fan_rebuttal": 0.0,
        "parameters.choice_attitude": 0.0,
        "parameters.loyalty_attitude": 0.0,
        "parameters.boycott_days": 0.0,
    }
    by_hours, otherwise = (
        compare(busy({**alone, "step_hours": hours}), ("broadcast",), replicates=1, seed=SEED, counterfactual=False)
        for hours in (1.0, step_hours)
    )
    for name in ("sales", "customers", "complaints", "praise", "shares", "negative", "reach", "trust", "spend"):
        place = STANDARD.index(name)
        np.testing.assert_array_equal(otherwise.values[..., place], by_hours.values[..., place], err_msg=name)
    place = STANDARD.index("attitude")
    np.testing.assert_allclose(otherwise.values[..., place], by_hours.values[..., place], atol=0.01)


def test_what_a_listener_remembers_ignores_who_improves_in_other_worlds():
    """Nobody in the reader's world improves anything; the world beside it belongs to a company that does."""
    scenario = busy({"companies.2.strategy": "silent"})
    worlds = World("reader", 0), World("everything", 0)
    alone, together = (
        prepare(scenario, scenario.setting(scenario.graph()), batch, seed=SEED, measures=STANDARD)
        for batch in (worlds[:1], worlds)
    )
    for made in (alone, together):
        made.run_days(scenario.days)
    expected, found = own_state(alone, 0), own_state(together, 0)
    assert (expected["failures_heard"] > 0).any()
    assert [name for name in COLUMNS if not np.array_equal(found[name], expected[name])] == []
