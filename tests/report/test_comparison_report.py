"""The report of a comparison says what the comparison found, part by part, and how to have it again."""

from __future__ import annotations

import re
import shlex
from functools import cache

import numpy as np
import pytest

import influence_sim as ins
from influence_sim.experiment.screening import SCREENED, kept_screens, screen
from influence_sim.experiment.words import number
from influence_sim.report.comparison import comparison_document
from influence_sim.report.document import Grid, Listing, Text, to_html
from influence_sim.report.provenance import command

STORMY = {"days": 20, "incident.day": 5, "burn_in_days": 20, "incident.severity": 0.9, "network.consumers": 800}


@cache
def stormy():
    return ins.compare(ins.Scenario.load("shipping_delay").with_values(STORMY), ["broadcast", "dialogue"], replicates=3)


@cache
def document():
    return comparison_document(stormy())


def section(title, kind):
    return [
        block for one in document().sections if one.title == title for block in one.blocks if isinstance(block, kind)
    ]


def test_it_has_every_part_in_order():
    assert [one.title for one in document().sections] == [
        "The answer",
        "The strategies side by side",
        "Over time",
        "Differences in the same worlds",
        "Who went where",
        "The biggest firestorm",
        "Where the network burned",
        "What it cost, and what it earned",
        "What was assumed",
        "How to run it again",
    ]
    assert [picture.name for picture in document().pictures] == [
        "over-time",
        "differences",
        "moves",
        "storm-hours",
        "storm-cascade",
        "where-it-burned",
        "returns",
    ]


def test_the_headline_is_two_sentences_that_say_how_sure():
    assert len(document().answer) == 2
    assert document().answer[1] == "3 paired worlds each are too few to be sure of any of this: take 8 or more."


def test_tables_hold_the_estimates():
    grid = section("The strategies side by side", Grid)[0]
    assert grid.head[-2:] == ("broadcast", "dialogue")
    rows = {row[0]: row for row in grid.rows}
    for name, by_strategy in stormy().estimates.items():
        if name in rows and np.isfinite(by_strategy["dialogue"].mean):
            assert rows[name][-1].startswith(number(by_strategy["dialogue"].mean))
    assert {"loyalty", "churn", "profit", "complaints"} <= set(rows)


def test_alt_texts_carry_the_numbers():
    found = {picture.name: picture.alt for picture in document().pictures}
    profit = stormy().contrasts["profit"]["dialogue - broadcast"].mean
    assert f"{profit:+,.0f}".lstrip("+") in found["differences"]
    assert number(stormy().estimates["margin"]["broadcast"].mean) in found["returns"]
    assert all(len(alt) > 60 for alt in found.values())


def test_the_storm_that_is_told_is_the_biggest_of_the_table():
    storms = stormy().storms
    ours = storms["company"] == "our shop"
    told = section("The biggest firestorm", Text)[0].text
    assert f"{number(storms['area'][ours].max())} posts and shares more than usual" in told


def test_assumptions_are_all_listed_with_the_values_used():
    grid = next(grid for grid in section("What was assumed", Grid) if grid.folded)
    assert {row[0] for row in grid.rows} == set(ins.ASSUMPTIONS)
    changed = comparison_document(
        ins.compare(
            ins.Scenario().with_values({"days": 2, "burn_in_days": 1, "costs.margin": 12.5}), ["silent"], replicates=1
        )
    )
    rows = {row[0]: row for one in changed.sections for g in one.blocks if isinstance(g, Grid) for row in g.rows}
    assert rows["costs.margin"][1] == "12.5"


def test_what_is_to_be_typed_runs_the_same_again(tmp_path):
    scenario = next(block.text for block in section("How to run it again", Listing) if block.folded)
    (tmp_path / "scenario.toml").write_text(scenario)
    words = shlex.split(command(stormy().manifest))
    assert words[:3] == ["influence-sim", "compare", "scenario.toml"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    again = ins.compare(
        tmp_path / "scenario.toml",
        options["--strategies"].split(","),
        replicates=int(options["--replicates"]),
        seed=int(options["--seed"]),
    )
    assert np.array_equal(again.values, stormy().values, equal_nan=True)


def test_without_a_storm_it_says_so():
    quiet = ins.compare(
        ins.Scenario().with_values({"days": 3, "burn_in_days": 1}), ["silent", "dialogue"], replicates=2
    )
    found = comparison_document(quiet)
    told = next(one for one in found.sections if one.title == "The biggest firestorm")
    assert told.blocks == (Text("No firestorm of focal broke out in any world."),)
    assert "where-it-burned" not in [picture.name for picture in found.pictures]
    assert to_html(found)


def test_a_network_that_is_not_the_same_any_more_is_told_and_not_guessed():
    graph = ins.Scenario().with_values({"network.seed": 9, "network.consumers": 800}).graph()
    scenario = ins.Scenario.load("shipping_delay").with_values(STORMY)
    result = ins.compare(scenario, ["broadcast", "dialogue"], replicates=2, graph=graph)
    told = next(one for one in comparison_document(result).sections if one.title == "The biggest firestorm")
    assert "the network is not to be had from the scenario alone" in told.blocks[0].text
    again = comparison_document(result).sections[-1].blocks
    assert "handed over as an object" in again[0].text
    assert "graph=graph" in again[1].text
    assert any(one.title == "Where the network burned" for one in comparison_document(result, graph=graph).sections)


@pytest.mark.slow
def test_screened_assumptions_are_told_by_size_and_run_once(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "influence_sim.experiment.screening.assumptions",
        lambda scenario=None: ins_assumptions(["costs.margin", "costs.post", "parameters.patience"]),
    )
    result = ins.compare(small(), ["broadcast", "dialogue"], replicates=2, out=tmp_path)
    assert kept_screens(tmp_path, result) == []
    runs = []
    found = screen(result, tmp_path, 2, on_progress=lambda done, total: runs.append(done))
    assert runs
    runs.clear()
    again = screen(result, tmp_path, 2, on_progress=lambda done, total: runs.append(done))
    assert not [done for done in runs if done], "nothing is run twice"
    kept = kept_screens(tmp_path, result)
    other = ins.compare(small(), ["broadcast", "silent"], replicates=2)
    assert kept_screens(tmp_path, other) == [], "a screening of something else is not told"
    assert [one.output.partition(":")[0] for one in kept] == list(SCREENED)
    for one, other, read in zip(found, again, kept, strict=True):
        assert one.rows() == other.rows()
        # What was read back says the same of each key.
        assert [row["key"] for row in read.rows()] == [row["key"] for row in one.rows()]
        assert [row["mu_star"] for row in read.rows()] == [row["mu_star"] for row in one.rows()]
    # Nobody's loyalty hangs on what things cost; profit does.
    by_key = {one.factor.key: one.main.mean for one in kept[SCREENED.index("profit")].importances}
    assert by_key["costs.margin"] > 0
    assert {one.factor.key: one.main.mean for one in kept[0].importances}["costs.margin"] == 0
    told = comparison_document(result, screens=kept)
    picture = next(picture for picture in told.pictures if picture.name == "assumptions")
    assert re.search(r"profit: dialogue . broadcast: costs\.margin", picture.alt)


def small():
    return ins.Scenario().with_values({"days": 4, "burn_in_days": 1, "network.consumers": 200})


def ins_assumptions(names):
    from influence_sim.experiment.factors import assumptions

    return assumptions(small(), names)
