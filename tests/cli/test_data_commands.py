"""The commands on one's own records: what they print, what they write, and that each mistake is one line."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from real_data import real_data
from typer.testing import CliRunner

from influence_sim import Scenario
from influence_sim.cli import app
from influence_sim.data.estimators import ESTIMATORS


def run(*words, status=0):
    found = CliRunner().invoke(app, ["data", *map(str, words)])
    assert found.exit_code == status, found.output
    return found


def test_inspect_says_in_words_and_in_json_what_a_table_holds():
    file = real_data("churn/panel_tuna.csv.gz")
    said = run("inspect", file).stdout
    assert "panel_tuna.csv.gz: 13705 rows" in said
    assert "sorted by brand within customers" in said
    found = json.loads(run("inspect", file, "--json").stdout)
    assert found["columns"]["customer"] == "household"
    assert "loyalty" in found["objections"]
    assert set(found["can_estimate"]) | set(found["cannot_estimate"]) == set(ESTIMATORS)


@pytest.mark.parametrize(
    ("file", "what", "figure", "value"),
    [
        ("churn/cdnow_customers_summary.csv.gz", "purchases", "r", 0.243),
        ("conversations/airline_tweets_feb2015.csv.gz", "mentions", "negative_share.Delta", 0.430),
        ("conversations/twcs_first5000.csv.gz", "replies", "median_delay", 0.20),
        ("churn/panel_catsup.csv.gz", "loyalty", "repeat_share", 0.570),
        ("churn/telco_customer_churn.csv.gz", "churn", "churn", 0.2654),
        ("cascades/seismic_tweet_127001313513967616.csv.gz", "cascades", "half_time", 5.36),
    ],
)
def test_estimates_of_real_files_in_json_and_in_words(file, what, figure, value):
    found = json.loads(run("estimate", real_data(file), "--what", what, "--json").stdout)
    one = found["estimates"][figure]
    assert one["value"] == pytest.approx(value, abs=0.006 * max(1, value))
    if one["low"] is not None:
        assert one["low"] <= one["value"] <= one["high"]
    assert figure in run("estimate", real_data(file), "--what", what).stdout


def test_what_is_estimated_starts_a_scenario(tmp_path):
    file, out = real_data("churn/cdnow_sample.txt.gz"), tmp_path / "mine.toml"
    run("estimate", file, "--what", "purchases", "--out", out)
    assert Scenario.load(out).parameters["need_interval"] == pytest.approx(150, rel=0.02)
    again = run("estimate", file, "--what", "purchases", "--out", out, status=2)
    assert "is there already" in again.stderr
    panel = real_data("churn/panel_catsup.csv.gz")
    nothing = run("estimate", panel, "--what", "loyalty", "--out", tmp_path / "no.toml", status=2)
    assert "set no key of a scenario" in nothing.stderr


CASE = """
scenario = "market.toml"
first = 2026-01-05
last = 2026-01-07
predicted = 2026-01-08
summaries = ["share", "negative_odds"]
[free]
"companies.0.failure_rate" = [0.02, 0.9]
[carried]
"parameters.reply_trust" = [0.0, 0.2]
"""
MARKET = """
days = 6
burn_in_days = 3
[network]
consumers = 200
[[companies]]
name = "us"
[[companies]]
name = "them"
[parameters]
voice_intercept = 0.0
praise_intercept = -1.5
need_interval = 5.0
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("estimate", "{file}", "--what", "mood"),
            "--what mood: there is no such estimate; there are mentions, bursts",
        ),
        (("estimate", "{file}", "--what", "churn"), "records.csv: churn needs churned; recognised are time, author"),
        (("estimate", "{file}", "--what", "mentions", "--column", "time"), "a role and a column are expected"),
        (("inspect", "nowhere.csv"), "nowhere.csv: cannot be read: there is no such file"),
        (("inspect", "{file}", "--timezone", "Mars"), "there is no such time zone"),
        (("fit", "nowhere.toml", "{file}", "--out", "{out}"), "nowhere.toml: there is no such file"),
        (("fit", "nowhere.toml", "{file}", "--out", "{out}", "--particles", "3"), "--particles 3: must be at least 20"),
        (("fit", "{case}", "{file}", "--out", "{out}", "--jobs", "0"), "jobs = 0: must be at least 1"),
    ],
)
def test_each_mistake_is_one_line(tmp_path, words, said):
    file = tmp_path / "records.csv"
    file.write_text("time,author\n2026-01-01,a\n2026-01-02,b\n")
    (tmp_path / "market.toml").write_text(MARKET)
    case = tmp_path / "fit.toml"
    case.write_text(CASE)
    found = run(*(word.format(file=file, case=case, out=tmp_path / "out") for word in words), status=2)
    assert not (tmp_path / "out").exists()
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
    assert found.stderr.startswith("influence-sim: ")


@pytest.mark.slow
def test_from_a_record_to_an_answer_with_its_uncertainty(tmp_path):
    """A record goes in; a posterior, a page and an answer come out; a second fit may not take the folder."""
    pytest.importorskip("pyabc")
    (tmp_path / "fit.toml").write_text(CASE)
    (tmp_path / "market.toml").write_text(MARKET)
    random = np.random.default_rng(1)
    with (tmp_path / "posts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "company", "sentiment"])
        for day in range(5, 9):
            for _ in range(120):
                company = random.choice(["us", "them"])
                mood = random.choice(["negative", "positive"], p=[0.7, 0.3] if company == "us" else [0.3, 0.7])
                writer.writerow([f"2026-01-{day:02} {random.integers(24):02}:00", company, mood])
        writer.writerow(["2026-01-08 00:00", "us", "neutral"])
    out = tmp_path / "out"
    words = ("fit", tmp_path / "fit.toml", tmp_path / "posts.csv", "--out", out, "--particles", 30, "--generations", 2)
    found = json.loads(run(*words, "--draws", 12, "--jobs", 2, "--json", "--quiet").stdout)
    assert found["parameters"]["companies.0.failure_rate"]["learnt"] > 0.1
    assert set(found["prediction"]["mean_absolute_error"]) == {"fit", "last_value", "mean"}
    for name in ("posterior.csv", "fit.json", "fit.md"):
        assert (out / name).stat().st_size > 100
    again = json.loads(run(*words, "--draws", 12, "--jobs", 1, "--json", "--quiet").stdout)
    assert again == found, "what is done is not done again, and is the same on any number of processes"
    assert "holds another fit" in run(*words, "--draws", 13, status=2).stderr
    compare = ["compare", tmp_path / "market.toml", "-s", "silent,respond_only", "--posterior", out / "posterior.csv"]
    options = ["--draws", "4", "-r", "2", "--jobs", "1", "--json", "--quiet"]
    compared = CliRunner().invoke(app, [*map(str, compare), *options])
    assert compared.exit_code == 0, compared.output
    assert len(json.loads(compared.stdout)["manifest"]["points"]) == 4
