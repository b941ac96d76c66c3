"""What happened inside worlds: who bought from whom before, which storms there were, and what each post set off."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pandas as pd
import pytest
from worlds import WHOLE_STRATEGIES, whole

from influence_sim.core.draws import Process
from influence_sim.core.measures import STANDARD
from influence_sim.core.messages import Kind
from influence_sim.experiment import compare
from influence_sim.experiment.anatomy import SOURCES
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.runner import World, prepare

SCENARIO = whole()
REPLICATES = 2
COMPANIES = SCENARIO.company_names


@cache
def result() -> Comparison:
    return compare(SCENARIO, WHOLE_STRATEGIES, replicates=REPLICATES, seed=7, counterfactual=False, keep_messages=True)


def in_all(name: str) -> np.ndarray:
    """A measure over all days, shape (strategies, replicates, companies)."""
    return np.nansum(result().values[..., STANDARD.index(name)], axis=-1)


def place(table: dict) -> list[np.ndarray]:
    """Numbers of strategy, replicate and company of a table's rows."""
    numbers = {name: number for number, name in enumerate(WHOLE_STRATEGIES)}
    return [
        np.array([numbers[name] for name in table["strategy"].tolist()], int),
        table["replicate"].astype(int),
        np.array([COMPANIES.index(name) for name in table["company"].tolist()], int),
    ]


# switches


def test_what_was_chosen_adds_up_to_sales():
    bought = result().switches.sum(axis=2)
    np.testing.assert_array_equal(bought[..., :-1], in_all("sales"))
    assert bought.min() > 0, "some bought from nobody"


def test_rows_add_up_to_needs_whoever_does_what():
    """Who needs something, and when, is drawn per consumer and day, and no strategy changes it."""
    engine = prepare(SCENARIO, SCENARIO.setting(SCENARIO.graph()), worlds(), seed=7, measures=("sales",))
    ours = engine.worlds
    assert ours.state.need_rate.min() > 0
    needs = np.zeros(REPLICATES)
    for day in range(SCENARIO.burn_in_days, SCENARIO.burn_in_days + SCENARIO.days):
        coin = ours.draws.at(Process.NEED, day).uniform(np.arange(REPLICATES)[:, None], ours.graph.ids[None, :])
        needs += np.count_nonzero(coin < -np.expm1(-ours.state.need_rate), axis=1)
    np.testing.assert_array_equal(result().switches.sum(axis=(2, 3)), np.tile(needs, (len(WHOLE_STRATEGIES), 1)))
    assert needs.min() > 100


def worlds(strategy: str | None = "silent") -> list[World]:
    return [World(strategy, replicate) for replicate in range(REPLICATES)]


def test_each_purchase_is_counted_where_it_came_from():
    engine = prepare(SCENARIO, SCENARIO.setting(SCENARIO.graph()), worlds("carer"), seed=7, measures=("sales",))
    ours = engine.worlds
    last = ours.state.last_company.copy()
    ours.purchases = []
    engine.run_days(SCENARIO.days)
    expected = np.zeros((REPLICATES, 3, 4), int)
    for _, world, consumer, company in ours.purchases:
        origin = last[world, consumer]
        np.add.at(expected, (world, origin, company), 1)
        last[world, consumer] = company
    found = result().switches[WHOLE_STRATEGIES.index("carer")]
    np.testing.assert_array_equal(found[..., :-1], expected[..., :-1])
    np.testing.assert_array_equal(ours.state.last_company, last)


def test_moves_are_means_over_worlds():
    moves = result().moves
    assert moves.loc[("carer", "loud"), "nobody"] == result().switches[1, :, 1, 3].mean()
    assert moves.loc["faker"].to_numpy().sum() == result().switches[0].sum() / REPLICATES


# storms


def test_storms_have_their_columns():
    assert list(result().storms) == [
        "strategy",
        "replicate",
        "company",
        "begin",
        "hours",
        "reproduction",
        "exposed",
        "peak",
        "hours_to_peak",
        "half_life",
        "area",
    ]
    assert len({len(column) for column in result().storms.values()}) == 1


def test_every_storm_that_is_counted_has_its_row():
    counted = np.zeros((len(WHOLE_STRATEGIES), REPLICATES, len(COMPANIES)))
    np.add.at(counted, tuple(place(result().storms)), 1)
    np.testing.assert_array_equal(counted, in_all("firestorms"))
    assert counted.sum() > 0


def test_what_a_storm_is_by_definition_it_is_in_the_table():
    storms = result().storms
    assert (storms["reproduction"] >= 1).all()
    assert (storms["exposed"] >= 0.01).all()
    assert (storms["begin"] < SCENARIO.days).all()
    assert (storms["peak"] > 0).all()
    assert (storms["hours_to_peak"] > 0).all()
    ended = ~np.isnan(storms["hours"])
    assert (storms["hours"][ended] >= 24).all(), "it ends when it has been calm for a day"
    assert (storms["hours_to_peak"][ended] <= storms["hours"][ended]).all()


# cascades


def test_cascades_have_their_columns():
    assert list(result().cascades) == [
        "strategy",
        "replicate",
        "company",
        "source",
        "posts",
        "alone",
        "one_hop",
        "mean_size",
        "largest",
        "mean_depth",
        "deepest",
        "mean_virality",
        "most_viral",
    ]
    assert set(result().cascades["source"].tolist()) <= {kind.name.lower() for kind in SOURCES}


def test_there_is_one_row_per_world_company_and_source():
    table = result().cascades
    keys = list(zip(*(table[name].tolist() for name in ("strategy", "replicate", "company", "source")), strict=True))
    assert len(set(keys)) == len(keys)
    assert set(table["source"].tolist()) >= {"complaint", "praise", "campaign", "ad", "fake", "expose"}


@pytest.mark.parametrize(
    ("source", "measure"), [("complaint", "complaints"), ("praise", "praise"), ("expose", "exposes")]
)
def test_as_many_posts_as_the_measure_counts(source, measure):
    table = result().cascades
    where = table["source"] == source
    posts = np.zeros((len(WHOLE_STRATEGIES), REPLICATES, len(COMPANIES)))
    strategy, replicate, company = (numbers[where] for numbers in place(table))
    posts[strategy, replicate, company] = table["posts"][where]
    counted = in_all(measure)
    assert posts.sum() > 0
    if source == "expose":
        # What was found out in the last hours is counted, and not out yet.
        assert (posts <= counted).all()
        assert posts.sum() >= 0.9 * counted.sum()
    else:
        np.testing.assert_array_equal(posts, counted)


def test_shapes_hang_together():
    table = result().cascades
    assert (table["posts"] >= 1).all()
    assert ((table["alone"] >= 0) & (table["one_hop"] >= 0) & (table["alone"] + table["one_hop"] <= 1 + 1e-12)).all()
    assert ((table["mean_size"] >= 1) & (table["largest"] >= table["mean_size"])).all()
    assert ((table["deepest"] >= table["mean_depth"]) & (table["largest"] >= table["deepest"] + 1)).all()
    alone = table["alone"] == 1
    assert (table["largest"][alone] == 1).all()
    assert (table["deepest"][alone] == 0).all()
    assert np.isnan(table["mean_virality"][alone]).all()
    assert np.isnan(table["most_viral"][alone]).all()
    assert (table["most_viral"][~alone] >= table["mean_virality"][~alone] - 1e-12).all()
    assert (table["mean_virality"][~alone] >= 1).all()
    assert (~alone).any()
    assert alone.any()


# messages and files


def test_messages_are_kept_on_request_only():
    messages = result().messages
    assert {"strategy", "replicate", "company", "kind", "author", "root", "parent", "born", "valence"} <= set(messages)
    assert len({len(column) for column in messages.values()}) == 1
    parent = messages["parent"]
    known = parent >= 0
    for name in ("strategy", "replicate"):
        np.testing.assert_array_equal(messages[name][known], messages[name][parent[known]])
    short = SCENARIO.with_values({"days": 4, "incident": []})
    assert compare(short, ["silent"], replicates=1).messages == {}


@cache
def with_counterfactual(**options) -> Comparison:
    """Worlds in the same batch as their counterfactuals, whose messages are not kept."""
    return compare(SCENARIO, WHOLE_STRATEGIES, replicates=REPLICATES, seed=7, keep_messages=True, **options)


def test_messages_beside_counterfactuals_point_at_messages_of_their_own_world():
    assert with_counterfactual().spared is not None
    messages = with_counterfactual().messages
    root, parent = messages["root"], messages["parent"]
    count = root.size
    assert count > 0
    assert root.min() >= 0
    assert parent.min() >= -1
    assert max(root.max(), parent.max()) < count
    known = parent >= 0
    assert known.any()
    for name in ("strategy", "replicate"):
        np.testing.assert_array_equal(messages[name], messages[name][root])
        np.testing.assert_array_equal(messages[name][known], messages[name][parent[known]])
    shares = messages["kind"] == Kind.SHARE
    assert shares.any()
    assert np.isin(messages["kind"][root[shares]], SOURCES).all()
    assert known[shares].all()
    # A root begins its own tree.
    np.testing.assert_array_equal(root[root], root)


def test_messages_are_the_same_with_and_without_counterfactuals():
    alone, beside = result().messages, with_counterfactual().messages
    assert list(alone) == list(beside)
    for name in alone:
        np.testing.assert_array_equal(alone[name], beside[name])


@pytest.mark.parametrize("options", [{"batch": 1}, {"batch": 4}, {"jobs": 2}])
def test_batches_and_jobs_leave_no_trace_in_the_files(tmp_path, options):
    with_counterfactual().write(tmp_path / "default")
    assert len(with_counterfactual().storms["begin"]) > 1
    with_counterfactual(**options).write(tmp_path / "other")
    for name in ("storms.csv", "cascades.csv", "switches.csv"):
        assert (tmp_path / "other" / name).read_bytes() == (tmp_path / "default" / name).read_bytes()


def test_single_cascades_add_up_to_the_table():
    """Up to posts of the burn-in, and those whose hour has not come."""
    single, table = with_counterfactual().single_cascades, with_counterfactual().cascades
    begin, end = 24 * SCENARIO.burn_in_days, 24 * (SCENARIO.burn_in_days + SCENARIO.days)
    assert (single["born"] < begin).any()
    compared = single[(single["born"] >= begin) & (single["born"] < end)]
    keys = ["strategy", "replicate", "company", "source"]
    sizes = compared.groupby(keys)["size"].agg(["count", "mean", "max"])
    expected = pd.DataFrame(table).set_index(keys).sort_index()
    assert sizes.index.to_list() == expected.index.to_list()
    np.testing.assert_array_equal(sizes["count"], expected["posts"])
    np.testing.assert_allclose(sizes["mean"], expected["mean_size"])
    np.testing.assert_array_equal(sizes["max"], expected["largest"])


def test_single_cascades_need_messages():
    short = SCENARIO.with_values({"days": 2, "incident": []})
    with pytest.raises(ValueError, match="keep_messages=True"):
        _ = compare(short, ["silent"], replicates=1).single_cascades


def test_files_repeat_the_tables(tmp_path):
    result().write(tmp_path)
    for name in ("storms", "cascades"):
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        table = getattr(result(), name)
        assert header == list(table)
        assert len(rows) == len(table["strategy"])
        for column, values in zip(zip(*rows, strict=True), table.values(), strict=True):
            if values.dtype.kind == "f":
                np.testing.assert_array_equal([float(text or "nan") for text in column], values)
            else:
                assert list(column) == [str(value) for value in values.tolist()]
    with (tmp_path / "switches.csv").open(encoding="utf-8", newline="") as stream:
        total = sum(int(row["purchases"]) for row in csv.DictReader(stream))
    assert total == result().switches.sum()


def test_a_world_in_which_nothing_happens_has_empty_tables(tmp_path):
    dull = SCENARIO.with_values(
        {
            "days": 2,
            "incident": [],
            "companies": [{"name": "us"}],
            "parameters.voice_intercept": -20.0,
            "parameters.praise_intercept": -20.0,
        }
    )
    found = compare(dull, ["silent"], replicates=1)
    assert all(len(column) == 0 for table in (found.storms, found.cascades) for column in table.values())
    assert list(found.storms) == list(result().storms)
    assert list(found.cascades) == list(result().cascades)
    found.write(tmp_path)
    assert len((tmp_path / "storms.csv").read_text(encoding="utf-8").splitlines()) == 1
