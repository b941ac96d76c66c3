"""``run``, ``strategies``, ``scenarios`` and help say what there is, and help comes at once."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from influence_sim.cli import app
from influence_sim.core.levers import LEVERS
from influence_sim.core.measures import MEASURES
from influence_sim.experiment import compare
from influence_sim.scenario import Scenario, shipped_scenarios
from influence_sim.strategies import CATALOGUE

TINY = """
title = "Two shops"
days = 5
burn_in_days = 2
focal = "them"

[network]
consumers = 60
mean_degree = 4

[[companies]]
name = "us"
strategy = "dialogue"

[[companies]]
name = "them"
strategy = "broadcast"

[levers.mine]
empathy = 0.25
reply_capacity = 7

[parameters]
need_interval = 3.0
"""


@pytest.fixture
def tiny(tmp_path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


def call(*words: object):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.stderr
    return result


def cells(text: str) -> list[list[str]]:
    """Return the rows of printed tables, split where two or more spaces stand."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


class TestRun:
    SIZE = ("--replicates", 2, "--jobs", 1)

    def test_every_company_has_its_column_and_the_focal_one_is_told(self, tiny):
        # Moves, cascades and storms have tables of their own, below.
        rows = cells(call("run", tiny, *self.SIZE, "-q").stdout.split("who went where")[0])
        assert ["measure", "unit", "us", "them (broadcast)"] in rows
        shown = [row for row in rows if row[0] in {measure.name for measure in MEASURES}]
        assert [row[0] for row in shown] == [measure.name for measure in MEASURES if measure.headline]
        assert {len(row) for row in shown} == {4}

    def test_the_focal_company_does_what_the_scenario_says_unless_told_otherwise(self, tiny):
        as_it_stands, told, other = (
            json.loads(call("run", tiny, *self.SIZE, "--json", "-q", *options).stdout)
            for options in ([], ["--strategy", "broadcast"], ["--strategy", "mine"])
        )
        assert list(as_it_stands["measures"]["loyalty"]) == ["broadcast"]
        assert as_it_stands["measures"] == told["measures"]
        assert list(other["measures"]["loyalty"]) == ["mine"]
        assert other["measures"]["reach"]["mine"] != told["measures"]["reach"]["broadcast"]

    def test_it_is_the_comparison_of_one_strategy(self, tiny, tmp_path):
        call("run", tiny, *self.SIZE, "--seed", 3, "--out", tmp_path / "out")
        compare(Scenario.load(tiny), ["broadcast"], replicates=2, seed=3).write(tmp_path / "again")
        for name in ("daily.csv", "summary.csv"):
            assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        with (tmp_path / "out" / "daily.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert {row["company"] for row in rows} == {"us", "them"}
        assert len(rows) == 2 * 2 * 5 * len(MEASURES)

    def test_a_graph_gives_the_population(self, tiny, tmp_path):
        graph = tmp_path / "ring.txt"
        graph.write_text("".join(f"{k} {(k + 1) % 70}\n" for k in range(70)), encoding="utf-8")
        result = call("run", tiny, *self.SIZE, "--json", "--graph", graph)
        assert json.loads(result.stdout)["manifest"]["graph"]["consumers"] == 70
        assert "70 people, 70 friendships" in result.stderr


class TestStrategies:
    def test_every_strategy_stands_there_with_its_meaning_and_levers(self):
        text = call("strategies").stdout
        words = " ".join(text.split())
        for strategy in CATALOGUE.values():
            assert strategy.name in text
            assert strategy.meaning in words
            for name, value in strategy.levers.items():
                assert re.search(rf"\b{name} = {value:g}\b", text)
        assert "mine" not in words.split()

    def test_every_lever_stands_there_with_what_is_known_of_it(self):
        rows = {row[0]: row for row in cells(call("strategies").stdout) if row[0] in LEVERS}
        assert set(rows) == set(LEVERS)
        for name, lever in LEVERS.items():
            assert rows[name] == [
                name,
                f"{lever.neutral:g}",
                f"{lever.low:g}..{lever.high:g}",
                lever.unit,
                ", ".join(map(str, lever.equations)),
                lever.meaning,
            ]

    def test_a_scenario_adds_its_own(self, tiny):
        rows = {row[0]: row for row in cells(call("strategies", tiny).stdout)}
        assert rows["mine"][-1] == "empathy = 0.25, reply_capacity = 7"
        assert set(rows) >= set(CATALOGUE)


class TestScenarios:
    def test_all_that_come_along_are_listed_with_their_question(self):
        text = " ".join(call("scenarios").stdout.split())
        assert {"shipping_delay", "quiet_year"} < set(shipped_scenarios())
        assert len(shipped_scenarios()) >= 3
        for name in shipped_scenarios():
            assert name in text
        # The question may be wrapped, with columns in between: its beginning stands in one line.
        for name, path in shipped_scenarios().items():
            assert f"{name} {Scenario.load(path).days}" in text
            assert Scenario.load(path).question[:40] in text

    @pytest.mark.parametrize("name", shipped_scenarios())
    def test_each_is_valid_by_its_name_and_by_its_path(self, name):
        for given in (name, shipped_scenarios()[name]):
            result = call("validate", given)
            assert result.stdout.startswith(f"{given}: is valid")
            assert result.stderr == ""

    def test_they_are_the_files_of_the_checkout(self):
        folder = Path(__file__).parents[2] / "experiments"
        assert set(shipped_scenarios()) == {path.stem for path in folder.glob("*.toml")}


class TestHelp:
    HEAVY = ("mesa", "pandas", "scipy", "xarray", "networkx", "numpy", "joblib")

    @pytest.mark.parametrize(
        "words", [["--help"], ["-h"], ["compare", "--help"], ["run", "-h"], ["validate", "-h"], ["scenarios", "-h"]]
    )
    def test_nothing_heavy_is_loaded_for_it(self, words):
        script = (
            "import sys\n"
            "from influence_sim.cli import main\n"
            f"sys.argv = ['influence-sim', *{words!r}]\n"
            "try:\n"
            "    main()\n"
            "except SystemExit as end:\n"
            "    print('status', end.code)\n"
            f"print('loaded', *(name for name in {self.HEAVY!r} if name in sys.modules))\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        assert done.stdout.splitlines()[-2:] == ["status 0", "loaded"]
        assert done.stdout.startswith("Usage: ")

    def test_every_command_and_every_option_of_the_contract_is_explained(self):
        text = call("--help").stdout
        for command in ("compare", "run", "validate", "strategies", "scenarios"):
            assert re.search(rf"^  {command} +\w", text, re.MULTILINE)
        text = call("compare", "--help").stdout
        for option in ("strategies", "graph", "replicates", "days", "seed", "jobs", "batch", "out", "json", "quiet"):
            assert f"--{option}" in text

    def test_without_a_command_the_help_is_shown(self):
        result = CliRunner().invoke(app, [])
        assert result.exit_code == 2
        assert "compare" in result.stdout + result.stderr

    def test_importing_the_package_loads_nothing_heavy(self):
        script = f"import sys, influence_sim; print(*(name for name in {self.HEAVY!r} if name in sys.modules))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.strip() == ""
