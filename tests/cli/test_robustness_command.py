"""What the command prints and writes, what it refuses, and that it goes on."""

import csv
import json

import pytest
from typer.testing import CliRunner

from influence_sim.cli import app
from influence_sim.experiment.opening import open_results
from influence_sim.experiment.robustness import robustness

TINY = """
title = "Two shops"
days = 6
burn_in_days = 2
step_hours = 4.0
focal = "us"

[network]
consumers = 80
mean_degree = 5

[[companies]]
name = "us"
strategy = "dialogue"

[[companies]]
name = "them"
strategy = "broadcast"

[incident]
kind = "delay"
day = 2

[parameters]
need_interval = 4.0
"""
VARY = (
    *("--vary", "incident.severity=0.1:0.9"),
    *("--vary", "costs.margin=0:10"),
    *("--vary", "companies.1.strategy=broadcast,silent"),
)
RUNNING = ("--points", 6, "-r", 3, "--jobs", 1)


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


def call(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.stderr
    return result


def refused(*words):
    """The one line with which a command refuses."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


def table(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_tables_words_and_files_say_the_same(tiny, tmp_path):
    out = tmp_path / "out"
    result = call("robustness", tiny, *VARY, *RUNNING, "-s", "broadcast,dialogue,silent", "--out", out)
    assert "6 futures × 3 strategies × 3 replicates = 54 worlds of 2 + 6 days" in result.stderr
    assert "ema_workbench.tar.gz, robustness.csv, futures.csv, conditions.csv, manifest.json" in result.stderr
    assert "Least regret at worst: " in result.stdout
    assert "Best mean profit: " in result.stdout
    rows = table(out / "robustness.csv")
    assert [row["strategy"] for row in rows] == ["broadcast", "dialogue", "silent"]
    (cautious,) = [row for row in rows if row["recommended by minimax"] == "True"]
    assert f"Least regret at worst: {cautious['strategy']}" in result.stdout
    assert float(cautious["max_regret"]) == min(float(row["max_regret"]) for row in rows)
    futures = table(out / "futures.csv")
    assert len(futures) == 18
    assert {row["companies.1.strategy"] for row in futures} == {"broadcast", "silent"}
    assert min(float(row["regret"]) for row in futures) == 0


def test_as_json_it_goes_on_and_a_kept_sweep_says_the_same(tiny, tmp_path):
    words = ("robustness", tiny, *VARY, *RUNNING, "--json", "--fails", "profit<5")
    first = json.loads(call(*words, "--out", tmp_path / "out").stdout)
    assert set(first) == {"strategies", "futures", "conditions", "words"}
    assert first["strategies"][0]["failing"] == "profit < 5"
    assert json.loads(call(*words).stdout) == first
    next((tmp_path / "out" / "worlds").glob("*.nc")).unlink()
    assert json.loads(call(*words, "--out", tmp_path / "out", "--resume").stdout) == first
    again = robustness(open_results(tmp_path / "out"), fails="profit<5")
    assert again.words() == first["words"]
    assert again.futures() == first["futures"]


def test_failing_may_be_measured_against_worlds_in_which_nothing_strikes(tiny):
    result = call("robustness", tiny, *VARY, "--points", 3, "-r", 2, "--jobs", 1, "--fails", "margin_lost>1")
    assert "3 futures × 2 strategies × 2 replicates × 2, with and without what strikes = 24 worlds" in result.stderr
    assert "margin_lost > 1" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing is varied"),
        ((*VARY, "-s", "dialogue"), "two are needed for one to win"),
        ((*VARY, "-s", "dialogue,charm"), "charm"),
        ((*VARY, "--measure", "spend"), "neither better nor worse"),
        ((*VARY, "--measure", "fame"), "there is no measure 'fame'"),
        ((*VARY, "--fails", "poor"), "write MEASURE<VALUE"),
        ((*VARY, "--fails", "fame<1"), "there is no measure 'fame'"),
        ((*VARY, "--points", 1), "robustness needs two futures or more"),
        ((*VARY, "--sample", "guess"), "must be one of grid, lhs, sobol"),
        ((*VARY, "--sample", "grid"), "a grid needs LOW:HIGH:COUNT"),
        ((*VARY, "--resume"), "--resume needs a folder"),
        ((*VARY, "-r", 0), "replicates = 0"),
        (("--vary", "incident.severity=0:2"), "incident.severity = "),
        (("--vary", "levers.charm.reply_capacity=0:5"), "nobody follows 'charm' here"),
        (("--vary", "levers.silent.reply_capacity=0:5"), "nobody follows 'silent' here"),
        (("--vary", "incident.fame=0:1"), "incident.fame"),
        ((*VARY, "--graph", "nowhere.txt"), "nowhere.txt: cannot be read"),
        ((*VARY, "--jobs", 0), "jobs = 0"),
    ],
)
def test_mistakes_end_in_one_line_before_anything_is_run(tiny, words, said):
    # Not even what will be run is said, though nobody asked for quiet.
    assert said in refused("robustness", tiny, *words)


def test_what_an_incident_did_cannot_be_asked_where_none_strikes(tmp_path):
    calm = tmp_path / "calm.toml"
    calm.write_text(TINY.replace('[incident]\nkind = "delay"\nday = 2\n', ""), encoding="utf-8")
    words = ("robustness", calm, "--vary", "costs.margin=0:10", "--fails", "margin_lost>1")
    assert "nothing strikes in calm" in refused(*words)


def test_it_runs_to_its_end_and_hands_every_option_on_once(tiny, monkeypatch):
    from influence_sim.experiment import studies

    given = {}

    def recorded(*arguments, **options):
        given.update(options)
        return run_points(*arguments, **options)

    run_points = studies.run_points
    monkeypatch.setattr(studies, "run_points", recorded)
    words = ("--seed", 5, "--batch", 4, "--jobs", 1, "-r", 2, "--points", 2)
    assert "Too few replicates to be sure of anything" in call("robustness", tiny, *VARY, *words).stdout
    expected = {"seed": 5, "batch": 4, "jobs": 1, "replicates": 2, "cluster": None, "out": None, "resume": False}
    assert {name: given[name] for name in expected} == expected
