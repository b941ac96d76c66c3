"""Studies over many points: what the commands print and write, what they refuse, and that they go on."""

import csv
import json

import pytest
from typer.testing import CliRunner

from influence_sim.cli import app

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


class TestPhases:
    VARY = ("--vary", "incident.severity=0.1,0.9", "--vary", "costs.margin=0:10:2")
    RUNNING = ("-r", 2, "--jobs", 1, "--no-counterfactual")

    def test_table_files_and_picture_say_the_same(self, tiny, tmp_path):
        out, picture = tmp_path / "out", tmp_path / "map.svg"
        result = call("phases", tiny, *self.VARY, *self.RUNNING, "--out", out, "--picture", picture)
        rows = table(out / "phases.csv")
        assert len(rows) == 4
        for row in rows:
            name = row["winner"] if row["told_apart"] == "True" else f"not told apart ({row['winner']})"
            assert name in result.stdout
        assert "costs.margin (money per sale)" in picture.read_text(encoding="utf-8")
        assert (out / "manifest.json").exists()
        assert "phases.csv" in result.stderr
        assert {file.name for file in out.iterdir()} >= {"runs.csv", "manifest.json", "phases.csv"}

    def test_json_alone_on_standard_output_and_a_second_look_runs_nothing(self, tiny, tmp_path):
        words = ("phases", tiny, *self.VARY, *self.RUNNING, "--out", tmp_path / "out")
        first = json.loads(call(*words, "--json").stdout)
        again = call(*words, "--json", "--resume")
        assert json.loads(again.stdout) == first
        assert [set(row) >= {"winner", "lead", "certainty", "told_apart"} for row in first["phases"]] == [True] * 4

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ((), "nothing is varied"),
            (("--vary", "costs.margin=1,2", "-s", "dialogue"), "two are needed for one to win"),
            (("--vary", "costs.margin=1,2", "--measure", "spend"), "neither better nor worse"),
            (("--vary", "costs.margin=1,2", "--measure", "fame"), "there is no measure 'fame'"),
            (("--vary", "costs.margin=1,2", "--picture", "map.gif"), "a picture is one of"),
            (("--vary", "costs.margin=1,2", "--picture", "nowhere/map.png"), "there is no folder nowhere; make it"),
            (("--vary", "costs.margin=1,2", "--measure", "margin_lost", "--no-counterfactual"), "leave --no-counter"),
            (("--vary", "levers.silent.reply_capacity=1,2"), "nobody follows 'silent' here"),
            (("--vary", "incident.severity=0.5,2"), "incident.severity = 2"),
        ],
    )
    def test_mistakes_end_in_one_line_before_anything_is_run(self, tiny, words, said):
        assert said in refused("phases", tiny, *words)


class TestSensitivity:
    KEYS = ("--only", "costs.margin,fake_detection", "--width", 0.5, "--vary", "incident.severity=0.2:0.8")
    RUNNING = ("-r", 2, "--jobs", 1, "-s", "silent,broadcast")

    def test_a_row_per_key_and_the_same_in_the_files(self, tiny, tmp_path):
        out = tmp_path / "out"
        result = call("sensitivity", tiny, *self.KEYS, *self.RUNNING, "--trajectories", 2, "--out", out)
        rows = table(out / "sensitivity.csv")
        assert {row["key"] for row in rows} == {"costs.margin", "parameters.fake_detection", "incident.severity"}
        for row in rows:
            assert row["key"] in result.stdout
        assert "not at all" in result.stdout
        assert "32 worlds: 2 paths, 8 points, 2 replicates." in result.stdout
        assert len(table(out / "points.csv")) == 8
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["sensitivity"]["method"] == "morris"

    def test_sobol_as_json_goes_on(self, tiny, tmp_path):
        words = ("sensitivity", tiny, *self.KEYS, *self.RUNNING, "--method", "sobol", "--points", 2, "--json")
        first = json.loads(call(*words, "--out", tmp_path / "out").stdout)
        assert json.loads(call(*words, "--out", tmp_path / "out", "--resume").stdout) == first
        assert (first["points"], first["worlds"]) == (10, 40)
        assert set(first["keys"][0]) >= {"first", "first_low", "total", "total_high", "is_sure"}

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("-s", "dialogue"), "two are needed"),
            (("--method", "guess"), "must be one of morris, sobol"),
            (("--only", "fame"), "fame: is no assumption"),
            (("--only", "-"), "nothing is varied"),
            (("--width", 0), "width = 0"),
            (("--trajectories", 1), "trajectories = 1"),
            (("--resume",), "--resume needs a folder"),
            (("--measure", "fame"), "there is no measure"),
            (("--method", "sobol", "--points", 1), "points = 1"),
            (("--vary", "incident.severity=0:7"), "tiny: incident.severity = 7.0: must"),
            (("--vary", "levers.blitz.empathy=0:1"), "nobody follows 'blitz' here"),
        ],
    )
    def test_mistakes_end_in_one_line_before_anything_is_said(self, tiny, words, said):
        assert said in refused("sensitivity", tiny, *words)

    def test_a_measure_of_what_an_incident_did_needs_one(self, tiny):
        tiny.write_text(TINY.replace('[incident]\nkind = "delay"\nday = 2\n', ""), encoding="utf-8")
        assert "margin_lost: tells what an incident did" in refused("sensitivity", tiny, "--measure", "margin_lost")


class TestOptimise:
    WORDS = ("--vary", "reply_capacity=0:20", "--vary", "posts_per_day=0:3", "--trials", 4, "-r", 2, "--fresh", 2)

    def test_the_winner_stands_beside_the_baseline_and_in_the_files(self, tiny, tmp_path):
        out = tmp_path / "out"
        words = ("--maximise", "profit", "--baseline", "broadcast", "--subject", "loyalty>=0.1", "--jobs", 1)
        result = call("optimise", tiny, *self.WORDS, *words, "--out", out)
        assert "less broadcast [95 %]" in result.stdout
        assert "4 of 4 trials keep loyalty >= 0.1" in result.stdout
        (row,) = table(out / "optimum.csv")
        assert row["keeps_constraints"] == "True"
        assert len(table(out / "trials.csv")) == 4
        assert "(4 trials + broadcast) × 2 replicates = 10 worlds of 2 + 6 days" in result.stderr
        assert "then the winner and broadcast, 2 fresh replicates each = 4 worlds more\n" in result.stderr
        assert "14.0 of 14 worlds" in result.stderr
        again = call("optimise", tiny, *self.WORDS, *words, "--out", out, "--resume")
        assert again.stdout == result.stdout

    def test_several_goals_as_json(self, tiny):
        words = ("--maximise", "profit,loyalty", "--minimise", "storm_days", "--worst", "--jobs", 1, "--json", "-q")
        found = json.loads(call("optimise", tiny, *self.WORDS, *words).stdout)
        assert found["goals"] == ["most profit", "most loyalty", "least storm_days"]
        assert found["worst_case"] is True
        assert found["winners"]

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ((), "nothing is varied"),
            (("--vary", "reply_capacity=0:20"), "no goal"),
            (("--vary", "reply_capacity=0:20", "--maximise", "fame"), "there is no measure"),
            (("--vary", "reply_capacity=0:20", "--maximise", "profit", "--subject", "x"), "--subject x: write"),
            (("--vary", "empathy=0:7", "--maximise", "profit"), "tiny: empathy = 7.0: must lie in 0..1"),
            (("--vary", "levers.blitz.empathy=0:1", "--maximise", "profit"), "nobody follows 'blitz' here"),
            (("--vary", "empathy=0:1", "--maximise", "profit", "--fresh", 1), "fresh replicates = 1"),
            (("--vary", "empathy=0:1", "--maximise", "profit", "--baseline", "nobody"), "no strategy 'nobody'"),
            (("-s", "nobody"), "there is no strategy 'nobody'"),
        ],
    )
    def test_mistakes_end_in_one_line_before_anything_is_said(self, tiny, words, said):
        assert said in refused("optimise", tiny, *words)

    def test_a_measure_of_what_an_incident_did_needs_one(self, tiny):
        tiny.write_text(TINY.replace('[incident]\nkind = "delay"\nday = 2\n', ""), encoding="utf-8")
        words = ("--vary", "empathy=0:1", "--maximise", "profit", "--subject", "margin_lost<=3")
        assert "margin_lost: tells what an incident did" in refused("optimise", tiny, *words)

    def test_a_folder_of_others_is_refused_without_a_bar(self, tiny, tmp_path):
        (tmp_path / "trials.csv").write_text("mine", encoding="utf-8")
        words = ("optimise", tiny, *self.WORDS, "--maximise", "profit", "--out", tmp_path)
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == 2
        assert "trials.csv there is no result of ours" in result.stderr
        assert "of 14 worlds" not in result.stderr
