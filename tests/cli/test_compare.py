"""``compare`` keeps its contract: what it prints and where, what it writes, and that this can be run again."""

import csv
import hashlib
import json
import math
import os
import platform
import re
import struct
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from influence_sim.cli import app
from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.core.measures import MEASURES
from influence_sim.experiment import compare
from influence_sim.experiment.aftermath import AFTERMATH
from influence_sim.experiment.export import RESULT_FILES
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.words import in_words, number, signed
from influence_sim.scenario import Scenario
from influence_sim.strategies import CATALOGUE, Strategy

NAMED = {
    "loyalty",
    "retention",
    "churn",
    "market_share",
    "trust",
    "attitude",
    "satisfaction",
    "nps",
    "reach",
    "complaints",
    "firestorms",
    "storm_days",
    "profit",
}
NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
SIGNED = NUMBER.replace("-?", "[+-]")
INTERVAL = rf"\[{NUMBER}(?:, |…){NUMBER}\]"

STRATEGIES = ["broadcast", "dialogue", "silent"]
COMPANIES = ["us", "them"]
DAYS, REPLICATES, SEED = 6, 3, 5
FILES = sorted([*RESULT_FILES, "experiment.json", "worlds"])
COLUMNS = ["strategy", "replicate", "company", "day", "measure", "value"]

TINY = f"""
title = "Much goes wrong"
days = {DAYS}
burn_in_days = 3

[network]
consumers = 80
mean_degree = 6

[[companies]]
name = "us"
failure_rate = 0.2

[[companies]]
name = "them"
strategy = "broadcast"

[incident]
day = 2
duration_days = 2
hit_share = 0.9
severity = 0.9

[parameters]
need_interval = 3.0
voice_intercept = 0.0
"""

OWN = """
[levers.kind_one]
empathy = 0.5
reply_capacity = 3

[levers.kind_two]
reply_capacity = 3
empathy = 0.5
"""
HEADLINES = {quantity.name for quantity in (*MEASURES, *AFTERMATH) if quantity.headline}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("scenario") / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def richer(tiny) -> str:
    """The same scenario with two strategies of its own, which are one under two names."""
    path = Path(tiny).with_name("richer.toml")
    path.write_text(TINY + OWN, encoding="utf-8")
    return str(path)


def run(scenario: str, *options: object, replicates: int = REPLICATES, seed: int = SEED, code: int = 0):
    common = ("--replicates", replicates, "--seed", seed, "--jobs", 1)
    result = CliRunner().invoke(app, [str(word) for word in ("compare", scenario, *common, *options)])
    assert result.exit_code == code, result.stderr
    return result


def parsed(text: str) -> dict:
    def refuse(constant: str):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def described(strategy: Strategy) -> dict:
    """Return what the manifest says of a strategy."""
    schedule = {str(day): dict(levers) for day, levers in strategy.schedule.items()}
    return {"levers": dict(strategy.levers), "schedule": schedule, "watches": strategy.watches}


def numbers(of: dict) -> dict:
    return {key: of[key] for key in ("measures", "contrasts")}


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("parent") / "deep" / "out"


@pytest.fixture(scope="module")
def outcome(tiny, folder):
    return run(tiny, "--json", "--out", folder)


@pytest.fixture(scope="module")
def found(outcome) -> dict:
    return parsed(outcome.stdout)


@pytest.fixture(scope="module")
def daily(outcome, folder) -> np.ndarray:
    """Values of daily.csv, shape (strategies, replicates, companies, days, measures)."""
    values = [float(row[-1] or "nan") for row in rows_of(folder / "daily.csv")[1:]]
    return np.array(values).reshape(len(STRATEGIES), REPLICATES, len(COMPANIES), DAYS, len(MEASURES))


@pytest.fixture(scope="module")
def on_terminal(tiny):
    return run(tiny)


@pytest.fixture(scope="module")
def comparison(tiny) -> Comparison:
    return compare(Scenario.load(tiny), replicates=REPLICATES, seed=SEED)


class TestJson:
    def test_its_three_parts_are_all_there_is(self, found):
        assert list(found) == ["measures", "contrasts", "manifest"]

    def test_all_named_measures_are_there(self, found):
        assert set(found["measures"]) >= NAMED
        assert set(found["contrasts"]) == set(found["measures"])

    def test_each_strategy_has_a_mean_within_its_interval(self, found):
        for by_strategy in found["measures"].values():
            assert list(by_strategy) == STRATEGIES
            for estimate in by_strategy.values():
                assert estimate.keys() >= {"mean", "low", "high"}
                known = [estimate[key] for key in ("low", "mean", "high")]
                assert known == [None] * 3 or known == sorted(known)

    def test_each_pair_has_a_difference_within_its_interval_and_a_probability(self, found):
        for by_pair in found["contrasts"].values():
            assert list(by_pair) == ["dialogue - broadcast", "silent - broadcast", "silent - dialogue"]
            for contrast in by_pair.values():
                assert contrast.keys() >= {"mean", "low", "high", "p_positive"}
                if contrast["mean"] is not None:
                    assert contrast["low"] <= contrast["mean"] <= contrast["high"]
                    assert 0 <= contrast["p_positive"] <= 1

    def test_nothing_stands_beside_what_the_contract_names(self, found):
        assert {tuple(e) for by in found["measures"].values() for e in by.values()} == {("mean", "low", "high")}
        fields = {tuple(c) for by in found["contrasts"].values() for c in by.values()}
        assert fields == {("mean", "low", "high", "p_positive")}

    def test_a_difference_is_the_later_strategy_less_the_earlier(self, found):
        moved = 0
        for name in NAMED:
            means = {strategy: estimate["mean"] for strategy, estimate in found["measures"][name].items()}
            for pair, contrast in found["contrasts"][name].items():
                b, a = pair.split(" - ")
                assert contrast["mean"] == pytest.approx(means[b] - means[a], abs=1e-9)
                moved += contrast["mean"] != 0
        assert moved >= len(NAMED)

    def test_naming_the_strategies_the_other_way_round_turns_every_difference_round(self, tiny):
        one, other = (
            parsed(run(tiny, "--json", "-s", names).stdout) for names in ("silent,broadcast", "broadcast,silent")
        )
        for name, by_pair in one["contrasts"].items():
            (pair, forth), (riap, back) = *by_pair.items(), *other["contrasts"][name].items()
            assert (pair, riap) == ("broadcast - silent", "silent - broadcast")
            if forth["mean"] is None:
                assert back["mean"] is None
                continue
            assert back["mean"] == pytest.approx(-forth["mean"], abs=1e-12)
            assert back["low"] == pytest.approx(-forth["high"], abs=1e-12)
            assert back["high"] == pytest.approx(-forth["low"], abs=1e-12)
            assert back["p_positive"] == pytest.approx(1 - forth["p_positive"], abs=1e-12)

    def test_the_numbers_are_what_scipy_makes_of_the_daily_file(self, found, daily):
        checked = 0
        for m, measure in enumerate(MEASURES):
            ours = daily[:, :, 0, :, m]
            if np.isnan(ours).any() or measure.of:
                continue
            over_days = {"mean": np.mean, "sum": np.sum, "last": lambda v, axis: v[..., -1]}[measure.summary]
            by_world = over_days(ours, axis=-1)
            for s, strategy in enumerate(STRATEGIES):
                estimate = found["measures"][measure.name][strategy]
                assert estimate["mean"] == pytest.approx(by_world[s].mean(), rel=1e-9, abs=1e-12)
                error = stats.sem(by_world[s])
                if error > 1e-12:
                    low, high = stats.t.interval(0.95, REPLICATES - 1, estimate["mean"], error)
                    assert (estimate["low"], estimate["high"]) == pytest.approx((low, high), rel=1e-6, abs=1e-12)
            for a, b in ((0, 1), (0, 2), (1, 2)):
                if np.ptp(by_world[b] - by_world[a]) < 1e-12:
                    continue
                contrast = found["contrasts"][measure.name][f"{STRATEGIES[b]} - {STRATEGIES[a]}"]
                test = stats.ttest_rel(by_world[b], by_world[a], alternative="greater")
                assert contrast["p_positive"] == pytest.approx(1 - test.pvalue, abs=1e-6)
                interval = stats.ttest_rel(by_world[b], by_world[a]).confidence_interval(0.95)
                assert (contrast["low"], contrast["high"]) == pytest.approx(tuple(interval), rel=1e-6, abs=1e-9)
                checked += 1
        assert checked > 20

    def test_one_strategy_has_nothing_to_differ_from(self, tiny):
        found = parsed(run(tiny, "--json", "-s", "dialogue").stdout)
        assert {tuple(by) for by in found["measures"].values()} == {("dialogue",)}
        assert all(by == {} for by in found["contrasts"].values())

    def test_one_replicate_has_no_interval_and_what_is_unknown_is_null(self, tiny):
        found = parsed(run(tiny, "--json", replicates=1).stdout)
        for name in NAMED:
            for estimate in found["measures"][name].values():
                assert estimate["mean"] is not None
                assert estimate["low"] is estimate["high"] is None
            for contrast in found["contrasts"][name].values():
                assert contrast["low"] is contrast["high"] is None
                assert contrast["p_positive"] is None or contrast["mean"] == 0

    def test_strategies_with_the_same_levers_do_not_differ_whatever_their_names(self, richer):
        found = parsed(run(richer, "--json", "-s", "kind_one,kind_two").stdout)
        for name in NAMED:
            contrast = found["contrasts"][name]["kind_two - kind_one"]
            assert [contrast[key] for key in ("mean", "low", "high", "p_positive")] == [0, 0, 0, 0.5]

    def test_the_seed_decides_the_numbers(self, tiny, found):
        again, other = (parsed(run(tiny, "--json", seed=seed).stdout) for seed in (SEED, SEED + 1))
        assert numbers(again) == numbers(found)
        assert numbers(other) != numbers(found)
        assert other["manifest"]["seed"] == SEED + 1


class TestStreams:
    def test_remarks_and_progress_stand_on_standard_error(self, outcome, folder):
        assert "Much goes wrong" in outcome.stderr
        assert "18 worlds" in outcome.stderr, "each with its counterfactual"
        assert f"written to {folder}" in outcome.stderr
        assert outcome.stdout.startswith("{")

    @pytest.mark.parametrize("options", [("--json",), ()])
    def test_quiet_leaves_standard_error_empty(self, tiny, tmp_path, options):
        result = run(tiny, "--quiet", "--out", tmp_path / "out", *options)
        assert result.stderr == ""
        assert result.stdout
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES

    def test_a_process_with_workers_prints_json_only_and_the_same_numbers(self, tiny, found):
        words = ["compare", tiny, "--json", "--replicates", REPLICATES, "--seed", SEED, "--jobs", 2]
        done = subprocess.run(
            [sys.executable, "-m", "influence_sim", *map(str, words)], capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert numbers(parsed(done.stdout.decode("utf-8"))) == numbers(found)
        assert "18 worlds" in done.stderr.decode("utf-8")


class TestFiles:
    def test_they_are_all_there_and_nothing_else(self, outcome, folder):
        assert sorted(path.name for path in folder.iterdir()) == FILES

    def test_daily_has_one_row_for_every_combination_in_order(self, outcome, folder):
        header, *rows = rows_of(folder / "daily.csv")
        assert header == COLUMNS
        names = [measure.name for measure in MEASURES]
        expected = product(STRATEGIES, map(str, range(REPLICATES)), COMPANIES, map(str, range(DAYS)), names)
        assert [tuple(row[:-1]) for row in rows] == list(expected)

    def test_values_of_daily_are_numbers_written_so_that_they_read_back_the_same(self, outcome, folder):
        texts = [row[-1] for row in rows_of(folder / "daily.csv")[1:]]
        assert all(text == "" or repr(float(text)) == text for text in texts)
        assert all(text == "" or math.isfinite(float(text)) for text in texts)
        assert len(set(texts)) > 100

    def test_summary_repeats_the_numbers_of_the_json(self, outcome, folder, found):
        header, *rows = rows_of(folder / "summary.csv")
        assert {"measure", "what", "name", "mean", "low", "high", "p_positive"} <= set(header)
        table = {(row["measure"], row["name"]): row for row in (dict(zip(header, row, strict=True)) for row in rows)}
        assert len(table) == len(rows) == (len(MEASURES) + len(AFTERMATH)) * 6
        for measure in found["measures"]:
            both = found["measures"][measure] | found["contrasts"][measure]
            for name, expected in both.items():
                row = table[measure, name]
                for key in ("mean", "low", "high", "p_positive"):
                    assert row[key] == ("" if expected.get(key) is None else repr(expected[key]))

    def test_the_manifest_is_the_one_in_the_json(self, outcome, folder, found):
        assert parsed((folder / "manifest.json").read_text(encoding="utf-8")) == found["manifest"]

    def test_writing_again_replaces_the_same_experiment_and_no_other(self, tiny, outcome, folder, tmp_path):
        run(tiny, "-q", "--out", tmp_path)
        (tmp_path / "daily.csv").write_text("damaged", encoding="utf-8")
        run(tiny, "-q", "--out", tmp_path)
        assert (tmp_path / "daily.csv").read_bytes() == (folder / "daily.csv").read_bytes()
        assert sorted(path.name for path in tmp_path.iterdir()) == FILES
        refused = run(tiny, "-q", "--out", tmp_path, seed=99, code=2)
        assert refused.stdout == ""
        assert "holds another experiment (seed is" in refused.stderr
        assert (tmp_path / "daily.csv").read_bytes() == (folder / "daily.csv").read_bytes()


class TestManifest:
    def test_it_holds_the_scenario_in_full(self, tiny, found):
        assert found["manifest"]["scenario"] == Scenario.load(tiny).model_dump(mode="json")
        assert set(found["manifest"]["scenario"]) == set(Scenario.model_fields)

    def test_it_holds_what_the_options_changed(self, tiny):
        changed = parsed(run(tiny, "--json", "-q", "--days", 4).stdout)["manifest"]
        assert changed["scenario"] == Scenario.load(tiny).with_values({"days": 4}).model_dump(mode="json")

    def test_it_holds_strategies_seeds_versions_time_and_machine(self, found):
        manifest = found["manifest"]
        assert manifest["compared"] == list(manifest["strategies"]) == STRATEGIES
        assert manifest["strategies"]["broadcast"] == described(CATALOGUE["broadcast"])
        assert (manifest["seed"], manifest["replicates"]) == (SEED, REPLICATES)
        assert manifest["scenario"]["network"]["seed"] == 1
        assert manifest["generator_version"] == GENERATOR_VERSION
        assert manifest["versions"]["python"] == platform.python_version()
        for package in ("influence-sim", "numpy", "scipy"):
            assert manifest["versions"][package] == version(package)
        assert abs(datetime.fromisoformat(manifest["time"]) - datetime.now(UTC)) < timedelta(hours=1)
        assert manifest["machine"]["system"] == platform.system()

    def test_it_holds_the_levers_of_every_strategy_that_a_company_follows(self, richer):
        """The rival broadcasts, and the focal company is silent until the comparison begins."""
        manifest = parsed(run(richer, "--json", "-q", "-s", "kind_two,dialogue", replicates=1).stdout)["manifest"]
        assert manifest["compared"] == ["kind_two", "dialogue"]
        expected = ("kind_two", "dialogue", "silent", "broadcast")
        scenario = Scenario.load(richer)
        assert manifest["strategies"] == {name: described(scenario.strategy(name)) for name in expected}
        assert list(manifest["strategies"]) == list(expected)

    def test_it_holds_schedules_and_who_watches(self, tiny):
        manifest = parsed(run(tiny, "--json", "-q", "-s", "prepare,adaptive", replicates=1).stdout)["manifest"]
        prepare, adaptive = (manifest["strategies"][name] for name in ("prepare", "adaptive"))
        assert prepare == described(CATALOGUE["prepare"])
        assert prepare["schedule"].keys() == {"60"}
        assert (prepare["watches"], adaptive["watches"]) == (False, True)

    def test_its_checksum_is_that_of_the_graph(self, tiny, found):
        graph = Scenario.load(tiny).graph()
        content = b"".join(
            struct.pack(f"<{len(a)}{kind}", *a) for a, kind in ((graph.offsets, "q"), (graph.followers, "i"))
        )
        assert found["manifest"]["graph"]["sha256"] == hashlib.sha256(content).hexdigest()
        other = parsed(run(tiny, "--json", "-q", "--days", 4, seed=9).stdout)["manifest"]
        assert other["graph"] == found["manifest"]["graph"]
        rewired = Scenario.load(tiny).with_values({"network.seed": 2})
        assert compare(rewired, ["silent"], replicates=1).manifest["graph"]["sha256"] != other["graph"]["sha256"]

    def test_what_it_says_reproduces_the_files_byte_for_byte(self, outcome, folder, tmp_path):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        again = compare(
            Scenario.of(manifest["scenario"]),
            manifest["compared"],
            replicates=manifest["replicates"],
            seed=manifest["seed"],
        )
        again.write(tmp_path)
        for name in set(RESULT_FILES) - {"manifest.json"}:
            assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


EDGES = "".join(f"p{k} p{(k * k + 1) % 97}\np{k} p{(k + 1) % 97}\n" for k in range(97))


class TestGraph:
    @pytest.fixture
    def edges(self, tmp_path) -> Path:
        """A file of 97 people with 2 self-loops and 2 parallel edges more than the bare rule makes."""
        path = tmp_path / "friends.txt"
        path.write_text("# who knows whom\n" + EDGES + "p3 p3\np4 p4\np10 p11\np11 p10\n", encoding="utf-8")
        return path

    @staticmethod
    def expected(directed: bool) -> tuple[int, int, int]:
        """Arcs, self-loops and parallel edges of the file, counted from its text."""
        lines = [tuple(line.split()) for line in (EDGES + "p3 p3\np4 p4\np10 p11\np11 p10").splitlines()]
        proper = [line for line in lines if line[0] != line[1]]
        ties = set(proper) if directed else {frozenset(line) for line in proper}
        return len(ties) * (1 if directed else 2), len(lines) - len(proper), len(proper) - len(ties)

    @pytest.mark.parametrize("directed", [False, True])
    def test_its_nodes_are_the_population_and_what_is_left_out_is_told(self, tiny, edges, tmp_path, directed):
        options = ["--directed"] if directed else []
        result = run(tiny, "--json", "--graph", edges, "--out", tmp_path / "out", *options)
        arcs, loops, parallel = self.expected(directed)
        assert min(loops, parallel) >= 2
        graph = parsed(result.stdout)["manifest"]["graph"]
        assert (graph["name"], graph["consumers"], graph["arcs"]) == ("friends.txt", 97, arcs)
        assert (graph["self_loops_left_out"], graph["parallel_arcs_left_out"]) == (loops, parallel)
        assert "97 people" in result.stderr
        assert f"left out {loops} self-loops and {parallel} parallel" in result.stderr
        reached = [float(row[-1]) * 97 for row in rows_of(tmp_path / "out" / "daily.csv")[1:] if row[-2] == "reach"]
        assert max(reached) > 1
        assert all(abs(people - round(people)) < 1e-9 for people in reached)

    def test_the_manifest_says_where_the_graph_came_from(self, tiny, edges):
        network = parsed(run(tiny, "--json", "--graph", edges, "--directed").stdout)["manifest"]["scenario"]["network"]
        assert (network["kind"], network["path"], network["directed"]) == ("file", str(edges), True)
        assert network["consumers"] == 97

    @pytest.mark.parametrize("command", ["compare", "run"])
    def test_reverse_turns_the_lines_round(self, tiny, tmp_path, command):
        """Everybody follows ann, or so the lines say; only turned round do her posts reach anybody."""
        follows = tmp_path / "follows.txt"
        follows.write_text("".join(f"p{k} ann\n" for k in range(9)), encoding="utf-8")
        words = (command, tiny, "--json", "-q", "-r", 1, "--jobs", 1, "--graph", follows, "--directed")
        straight, turned = (
            parsed(CliRunner().invoke(app, [str(word) for word in (*words, *options)]).stdout)["manifest"]
            for options in ([], ["--reverse"])
        )
        for manifest, reverse in ((straight, False), (turned, True)):
            assert manifest["scenario"]["network"]["reverse"] is reverse
            graph = Scenario.of(manifest["scenario"]).graph()
            assert graph.out_degree[list(graph.labels).index("ann")] == (9 if reverse else 0)
        assert straight["graph"]["sha256"] != turned["graph"]["sha256"]

    def test_what_the_manifest_says_can_be_run_from_any_folder(self, tiny, edges, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        scenario = parsed(run(tiny, "--json", "--graph", edges.name).stdout)["manifest"]["scenario"]
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert Scenario.of(scenario).graph().nodes == 97


class TestTerminal:
    def test_broadcast_dialogue_and_silent_are_compared_if_nothing_is_asked(self, on_terminal):
        lines = on_terminal.stdout.splitlines()
        heads = [line.split() for line in lines if line.split()[:1] == ["measure"]]
        assert heads[0] == ["measure", "unit", *STRATEGIES]
        assert " ".join(heads[1]) == "measure dialogue − broadcast P(> 0) silent − broadcast P(> 0)"

    def test_strategies_of_the_scenario_come_after_them(self, richer):
        found = parsed(run(richer, "--json", replicates=1).stdout)
        assert list(found["measures"]["loyalty"]) == [*STRATEGIES, "kind_one", "kind_two"]

    def test_every_measure_has_means_with_intervals_and_differences_with_probabilities(self, on_terminal):
        for name in NAMED:
            means, differences = [line for line in on_terminal.stdout.splitlines() if line.startswith(f" {name} ")]
            assert len(re.findall(rf"{NUMBER} {INTERVAL}", means)) == 3, means
            signed = rf"{SIGNED} {INTERVAL.replace(NUMBER, SIGNED)} +[01]\.\d\d\d"
            assert len(re.findall(signed, differences)) == 2, differences

    def test_the_numbers_in_the_tables_are_those_of_the_strategy_above_them(self, on_terminal, comparison):
        for name in NAMED:
            means, differences = [line for line in on_terminal.stdout.splitlines() if line.startswith(f" {name} ")]
            shown = re.findall(rf"({NUMBER}) \[", means)
            assert shown == [number(comparison.estimates[name][strategy].mean) for strategy in STRATEGIES]
            pairs = [comparison.contrasts[name][f"{strategy} - broadcast"] for strategy in STRATEGIES[1:]]
            assert re.findall(rf"({SIGNED}) \[", differences) == [signed(pair.mean) for pair in pairs]
            assert re.findall(r"\] +([01]\.\d+)", differences) == [f"{pair.p_positive:.3f}" for pair in pairs]

    def test_the_sentences_close_the_answer(self, on_terminal, comparison):
        text = " ".join(on_terminal.stdout.split())
        sentences = in_words(comparison)
        assert sentences[0] == "With 3 replicates intervals lean on normal differences; take 8 or more."
        assert len(sentences) == 3
        assert text.endswith(" ".join(sentences))

    def test_one_strategy_is_not_compared_with_itself(self, tiny):
        text = run(tiny, "-s", "silent").stdout
        assert "loyalty" in text
        assert "P(> 0)" not in text

    def test_one_replicate_is_warned_about(self, tiny):
        text = " ".join(run(tiny, "-s", "silent,dialogue", replicates=1).stdout.split())
        assert re.search(INTERVAL.replace(NUMBER, "–"), text)
        assert "add replicates" in text

    @pytest.mark.parametrize("width", [80, 100, 160])
    def test_every_name_and_every_interval_is_whole_whatever_the_width(self, tiny, comparison, width):
        text = self.on_a_terminal(width, "compare", tiny, "-r", REPLICATES, "--seed", SEED, "--jobs", 1)
        means, differences = text.split("who went where")[0].split("difference to", 1)
        # Six days are too few to topple anybody: that is not known, and has no interval.
        unknown = sum(math.isnan(one.mean) for name in HEADLINES for one in comparison.estimates[name].values())
        assert unknown >= len(STRATEGIES)
        for table, count, kind in (
            (means, 3 * len(HEADLINES) - unknown, NUMBER),
            (differences, 2 * len(HEADLINES), SIGNED),
        ):
            intervals = INTERVAL.replace(NUMBER, rf"(?:{kind}|–)")
            assert len(re.findall(intervals, table)) == count, table
        for table in (means, differences):
            assert set(table.split()) >= NAMED | HEADLINES | set(STRATEGIES)
        assert max(map(len, text.splitlines())) <= width

    def test_strategies_stand_below_each_other_where_there_is_no_room(self, tiny, monkeypatch):
        """A pipe has no width, unless one is asked for."""
        monkeypatch.setenv("COLUMNS", "60")
        text = run(tiny, "-q").stdout
        assert max(map(len, text.splitlines()[:-4])) <= 60
        assert text.count("difference to broadcast") == 2
        monkeypatch.delenv("COLUMNS")
        assert run(tiny, "-q").stdout.count("difference to broadcast") == 1

    def test_lines_in_a_pipe_have_no_blanks_at_their_end(self, on_terminal):
        assert all(line == line.rstrip() for line in on_terminal.stdout.splitlines())

    def test_moves_and_storms_of_the_focal_company_are_shown_by_strategy(self, on_terminal, comparison):
        text = on_terminal.stdout
        assert "who went where: mean purchases per world to and from us" in text
        lines = text.split("who went where")[1].splitlines()
        (head,) = [line.split() for line in lines if line.split()[:2] == ["strategy", "stayed"]]
        assert " ".join(head) == "strategy stayed lost to them lost to nobody won from them"
        us, them, nobody = 0, 1, 2
        for s, strategy in enumerate(STRATEGIES):
            (cells,) = [line.split() for line in lines[: lines.index("", 4)] if line.split()[:1] == [strategy]]
            here, spared = (table[s].mean(axis=0) for table in (comparison.switches, comparison.spared_switches))
            moves = [(us, us), (us, them), (us, nobody), (them, us)]
            expected = [(number(here[move]), f"({signed(here[move] - spared[move])})") for move in moves]
            assert cells == [strategy, *(word for pair in expected for word in pair)]
        ours = comparison.storms["strategy"][comparison.storms["company"] == "us"].tolist()
        assert ("firestorms of us in all worlds: medians" in text) == bool(ours)
        if ours:
            words = [line.split()[:2] for line in text.split("firestorms of us in all worlds")[1].splitlines()]
            assert [pair for pair in words if pair[:1] and pair[0] in STRATEGIES] == [
                [name, str(ours.count(name))] for name in STRATEGIES
            ]

    def test_nothing_is_cut_off_in_a_pipe(self, tiny):
        names = [f"a_strategy_with_a_long_name_{k}" for k in range(6)]
        path = Path(tiny).with_name("wide.toml")
        levers = "".join(f"\n[levers.{name}]\nempathy = 0.{k}\n" for k, name in enumerate(names))
        path.write_text(TINY + levers, encoding="utf-8")
        words = run(str(path), "-s", ",".join(names), "-q", replicates=2).stdout.split()
        assert set(words) >= NAMED | set(names)

    @pytest.mark.parametrize("name", ["us [eu]", "us [/eu]", "us :fire:"])
    def test_names_are_shown_as_they_are(self, tiny, name):
        path = Path(tiny).with_name("renamed.toml")
        levers = f'\n[levers."{name}"]\nempathy = 0.5\n'
        path.write_text(TINY.replace('"us"', f'"{name}"') + levers, encoding="utf-8")
        lines = run(str(path), "-s", f"silent,{name}", "-q", replicates=2).stdout.splitlines()
        assert lines[0].startswith(f"{name}: mean of 2 worlds")
        heads = [line for line in lines if line.split()[:1] == ["measure"]]
        assert heads[0].split()[-3:] == ["silent", *name.split()]
        assert f"{name} − silent" in heads[1]
        assert f"{name} and silent do not differ" in lines[-1]
        assert name in CliRunner().invoke(app, ["run", str(path), "-r", "1", "-q", "--jobs", "1"]).stdout
        assert name in CliRunner().invoke(app, ["strategies", str(path)]).stdout

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    @pytest.mark.parametrize("options", [[], ["--json"]])
    def test_a_pipe_that_knows_fewer_characters_gets_an_answer_too(self, tiny, encoding, options, monkeypatch):
        monkeypatch.setenv("PYTHONIOENCODING", encoding)
        path = Path(tiny).with_name("umlaut.toml")
        path.write_text(TINY.replace('"us"', '"Zoë’s Ω"'), encoding="utf-8")
        command = [sys.executable, "-m", "influence_sim", "compare", str(path), "-r", "2", "--jobs", "1", *options]
        done = subprocess.run(command, capture_output=True, timeout=60)
        assert done.returncode == 0
        assert b"Traceback" not in done.stderr
        text = done.stdout.decode(encoding)
        assert "loyalty" in text
        if options:
            assert set(parsed(text)) == {"measures", "contrasts", "manifest"}

    @staticmethod
    def on_a_terminal(width: int, *words: object) -> str:
        """Run a command on a terminal so many columns wide, and return what stands on it."""
        pty, termios, fcntl = (pytest.importorskip(name) for name in ("pty", "termios", "fcntl"))
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        environment = {
            key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "FORCE_COLOR")
        }
        environment |= {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-m", "influence_sim", *map(str, words)]
        with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=environment) as process:
            os.close(theirs)
            parts = []
            # The end of what a terminal says is an error on Linux, and nothing elsewhere.
            with suppress(OSError):
                while part := os.read(ours, 65536):
                    parts.append(part)
            os.close(ours)
            error = process.stderr.read()
        assert process.returncode == 0, error
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(parts).decode("utf-8")).replace("\r\n", "\n")
