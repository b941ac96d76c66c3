"""Same seed, same numbers: whatever the batch, the processes, what is recorded, the names and the company kept.

All laws are put to a scenario in which everything happens, and that it does is asserted first: two silent worlds are
equal for any reason.
"""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest
from worlds import BUSY_LEVERS, BUSY_STRATEGIES, busy, differences

from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.state import COLUMNS
from influence_sim.experiment import compare
from influence_sim.experiment.runner import World, prepare

REPLICATES = 3
SEED = 11
DIAGNOSTIC_NAMES = tuple(measure.name for measure in DIAGNOSTICS)


@cache
def graph():
    return busy().graph()


def compared(strategies=BUSY_STRATEGIES, replicates=REPLICATES, **options):
    return compare(busy(), strategies, replicates=replicates, seed=SEED, graph=graph(), **options)


@cache
def reference():
    return compared()


@cache
def engine(*worlds):
    """Worlds of the busy scenario, run to their end together."""
    made = prepare(busy(), busy().setting(graph()), worlds, seed=SEED, measures=STANDARD + DIAGNOSTIC_NAMES)
    made.run_days(busy().days)
    return made


ALL_WORLDS = tuple(World(name, replicate) for replicate in range(2) for name in (*BUSY_STRATEGIES, "reader"))


def daily(result, folder):
    result.write(folder)
    return (folder / "daily.csv").read_bytes()


def assert_equal(one, other):
    """Equal in every bit that can be seen; a value that is missing is missing in both."""
    np.testing.assert_array_equal(one, other, strict=True)


def test_the_scenario_is_busy():
    """Every kind of event occurs, or the other laws would prove nothing about it."""
    made = engine(*ALL_WORLDS)
    total = dict(zip(made.recorded, np.nansum(made.recorded_days(0), axis=(0, 1, 2)), strict=True))
    for name in ("sales", "churn", "complaints", "praise", "shares", "negative", "replies", "response_time", "spam"):
        assert total[name] > 0, f"nothing of {name}"
    for name in ("bursts", "firestorms", "days_of_rage", "storm_hours", "fans", "unpaid", "spend"):
        assert total[name] > 0, f"nothing of {name}"
    worlds, state, table = made.worlds, made.worlds.state, made.worlds.messages.columns()
    assert state.inciter.any()
    assert state.failed_recoveries.max() > 1, "nobody was left unanswered twice"
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


@pytest.mark.parametrize(("jobs", "batch"), [(1, 1), (1, 7), (1, 60), (2, 1), (2, 7), (2, 60)])
def test_jobs_and_batch_are_irrelevant(jobs, batch, tmp_path):
    expected = daily(reference(), tmp_path / "reference")
    assert expected.count(b"\n") > 9_000
    assert daily(compared(jobs=jobs, batch=batch), tmp_path / "other") == expected


@pytest.mark.parametrize("batch", [4, 7])
def test_what_is_recorded_is_irrelevant(batch, tmp_path):
    result = compared(record=DIAGNOSTIC_NAMES, batch=batch)
    daily(result, tmp_path)
    with (tmp_path / "daily.csv").open(newline="") as stream:
        rows = [row for row in csv.reader(stream) if row[4] not in DIAGNOSTIC_NAMES]
    daily(reference(), tmp_path / "reference")
    with (tmp_path / "reference" / "daily.csv").open(newline="") as stream:
        assert rows == list(csv.reader(stream))


@pytest.mark.parametrize(("jobs", "batch"), [(1, None), (2, 4)])
def test_keeping_the_messages_is_irrelevant(jobs, batch, tmp_path):
    kept = compared(keep_messages=True, jobs=jobs, batch=batch)
    assert kept.messages["id"].size > 5_000
    assert daily(kept, tmp_path / "kept") == daily(reference(), tmp_path / "reference")


def test_another_seed_gives_other_numbers():
    """The laws above would hold if nothing depended on the draws at all."""
    other = compare(busy(), BUSY_STRATEGIES, replicates=1, seed=SEED + 1, graph=graph())
    assert not np.array_equal(other.values, reference().values[:, :1], equal_nan=True)


def test_a_strategys_name_is_irrelevant():
    assert BUSY_LEVERS["copycat"] == dict(busy().strategy("dialogue").levers)
    result = compared(("dialogue", "broadcast", "copycat"))
    dialogue, broadcast, copycat = result.values
    assert_equal(dialogue, copycat)
    assert not np.array_equal(dialogue, broadcast, equal_nan=True)


def test_a_name_of_the_catalogue_is_irrelevant_too():
    """A scenario may call silence "broadcast" and broadcasting "quiet"."""
    swapped = busy(
        {
            "levers.broadcast": {"posts_per_day": 0.0, "paid_reach": 0.0},
            "levers.quiet": dict(busy().strategy("broadcast").levers),
            "companies.1.strategy": "quiet",
        }
    )
    other = compare(swapped, ("quiet", "broadcast"), replicates=2, seed=SEED, graph=graph())
    plain = compare(busy(), ("broadcast", "silent"), replicates=2, seed=SEED, graph=graph())
    assert_equal(other.values, plain.values)


def test_a_replicate_ignores_how_many_there_are():
    assert_equal(compared(replicates=6).values[:, :REPLICATES], reference().values)


@pytest.mark.parametrize("strategies", [("dialogue",), ("silent", "dialogue"), ("reader", "dialogue", "everything")])
def test_a_strategy_ignores_the_others_beside_it(strategies):
    place = BUSY_STRATEGIES.index("dialogue")
    alone = compared(strategies).values[strategies.index("dialogue")]
    assert_equal(alone, reference().values[place])


def test_the_order_of_the_strategies_is_irrelevant():
    assert_equal(compared(BUSY_STRATEGIES[::-1]).values[::-1], reference().values)


def own_state(made, place):
    """All columns of one world of a batch."""
    size, state = made.worlds.size, made.worlds.state
    rows = slice(place * size.companies, (place + 1) * size.companies)
    one = slice(place, place + 1)
    return {
        name: getattr(state, name)[rows if column.of in ("cell", "row", "product") else one]
        for name, column in COLUMNS.items()
    }


def own_messages(made, place):
    """The messages of one world of a batch in the order of the table, with numbers counted within the world."""
    table, worlds = made.worlds.messages.columns(), made.worlds
    own = worlds.world_of_row[table["row"]] == place
    number = np.cumsum(own) - 1
    for name in ("root", "parent"):
        table[name] = np.where(table[name] < 0, -1, number[table[name]])
    table["row"] = worlds.company_of_row[table["row"]]
    return {name: column[own] for name, column in table.items()}


@pytest.mark.parametrize("place", range(len(ALL_WORLDS)))
def test_a_worlds_whole_state_ignores_its_neighbours(place):
    """Also what is not measured: it would be, as soon as levers change with time."""
    alone, together = engine(ALL_WORLDS[place]), engine(*ALL_WORLDS)
    expected, found = own_state(alone, 0), own_state(together, place)
    assert [name for name in COLUMNS if not np.array_equal(found[name], expected[name])] == []


@pytest.mark.parametrize("place", range(len(ALL_WORLDS)))
def test_a_worlds_messages_ignore_its_neighbours(place):
    alone, together = engine(ALL_WORLDS[place]), engine(*ALL_WORLDS)
    expected, found = own_messages(alone, 0), own_messages(together, place)
    assert expected["id"].size > 500
    by_id = np.argsort(expected["id"], kind="stable"), np.argsort(found["id"], kind="stable")
    for name in expected:
        one, other = (_named(name, messages)[order] for messages, order in zip((expected, found), by_id, strict=True))
        np.testing.assert_array_equal(one, other, err_msg=name)


def _named(name, messages):
    """A column in which other messages are named by their ids instead of their places in the table."""
    column = messages[name]
    return np.where(column < 0, np.uint64(0), messages["id"][column]) if name in ("root", "parent") else column


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
    }
    by_hours, otherwise = (
        compare(busy({**alone, "step_hours": hours}), ("broadcast",), replicates=1, seed=SEED, graph=graph())
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
        prepare(scenario, scenario.setting(graph()), batch, seed=SEED, measures=STANDARD)
        for batch in (worlds[:1], worlds)
    )
    for made in (alone, together):
        made.run_days(scenario.days)
    expected, found = own_state(alone, 0), own_state(together, 0)
    assert (expected["failures_heard"] > 0).any()
    assert [name for name in COLUMNS if not np.array_equal(found[name], expected[name])] == []
