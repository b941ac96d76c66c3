"""A command that is killed at any moment is finished by --resume, with the bytes of one that was not."""

import csv
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import influence_sim as ins
from influence_sim import strategies
from influence_sim.cli import app

TINY = """
days = 6
burn_in_days = 3
step_hours = 6.0

[network]
consumers = 60
mean_degree = 6

[incident]
day = 2
hit_share = 0.9
severity = 0.9

[parameters]
need_interval = 3.0
voice_intercept = 0.0
"""
PLUGIN = """
import influence_sim as ins

class Fragile(ins.Strategy):
    def decide(self, seen):
        if seen.day == 2 and seen.customers % 2:
            raise RuntimeError(f"{seen.customers} cannot be halved")

class Broken(ins.Strategy):
    def decide(self, seen):
        raise RuntimeError("always")

ins.register(Fragile("fragile", "loses its nerve", {"reply_capacity": 2.0}))
ins.register(Broken("broken", "never works", {}))
"""
COMMANDS = {
    "compare": ["-s", "broadcast,dialogue", "-r", "4", "--batch", "8"],
    "sweep": ["-s", "broadcast,dialogue", "-r", "2", "--batch", "4", "--vary", "incident.severity=0.3,0.9"],
    "until": ["-s", "broadcast,dialogue", "-r", "3", "--batch", "8", "--until-separated", "--most", "9"],
}
MOMENTS = {
    "before the first unit": "ends(Store, 'keep', 1)",
    "between units": "ends(Store, 'keep', 2)",
    "before a unit is on the disk": "ends(os, 'fsync', 1, '.nc')",
    "before a unit has its name": "ends(os, 'replace', 2, '.nc')",
    "when all units are done": "ends(Store, 'finish', 1)",
    "in the middle of a table": "ends(export, '_summary', 1)",
    "between two tables": "ends(os, 'replace', 1, 'storms.csv')",
    "before the last table": "ends(os, 'replace', 1, 'manifest.json')",
}
KILLED = """
import os, runpy, signal, sys
from influence_sim.experiment import export
from influence_sim.experiment.store import Store

def ends(where, name, call, file=""):
    "Kill this process when a function is called for the so-manieth time, for a file of that name."
    function, calls = getattr(where, name), []
    def called(*given):
        path = os.readlink(f"/proc/self/fd/{given[0]}") if name == "fsync" else str(given[-1])
        if not file or path.removesuffix(".draft").endswith(file):
            calls.append(given)
            if len(calls) == call:
                if name == "fsync":
                    os.truncate(given[0], 1000)
                os.kill(os.getpid(), signal.SIGKILL)
        return function(*given)
    setattr(where, name, called)

"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("scenario") / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    return str(file)


def words(tiny: str, command: str, out: Path, *options: object) -> list[str]:
    name = "compare" if command == "until" else command
    return [name, tiny, *COMMANDS[command], "--quiet", "--jobs", "1", "--out", str(out), *map(str, options)]


def run(tiny: str, command: str, out: Path, *options: object) -> Result:
    result = CliRunner().invoke(app, words(tiny, command, out, *options))
    assert result.exit_code == 0, result.stderr
    return result


def refused(tiny: str, command: str, out: Path, *options: object) -> str:
    result = CliRunner().invoke(app, words(tiny, command, out, *options))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr.strip().removeprefix("influence-sim: ")


def content(folder: Path) -> dict[str, bytes]:
    """All files; the moment when they were begun is left out."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return {name: re.sub(rb'"time": "[^"]*"', b"", data) for name, data in files.items()}


@pytest.fixture(scope="module")
def whole(tiny, tmp_path_factory) -> dict[str, dict[str, bytes]]:
    """What the commands keep if nobody stops them."""
    folder = tmp_path_factory.mktemp("whole")
    for command in COMMANDS:
        run(tiny, command, folder / command)
    return {command: content(folder / command) for command in COMMANDS}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks /proc which file is written")
@pytest.mark.parametrize(
    ("command", "moment"),
    [
        *(("compare", moment) for moment in MOMENTS),
        ("sweep", "between units"),
        ("until", "before a unit has its name"),
    ],
)
def test_a_killed_command_is_finished_with_the_same_bytes(tiny, tmp_path, whole, command, moment):
    out = tmp_path / "out"
    script = f"{KILLED}{MOMENTS[moment]}\nsys.argv[0] = 'influence-sim'\n"
    script += "runpy.run_module('influence_sim', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", script, *words(tiny, command, out)], capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert content(out) != whole[command]
    if any((out / "worlds").glob("*.nc")):
        assert "holds an unfinished experiment" in refused(tiny, command, out)
    run(tiny, command, out, "--resume")
    assert content(out) == whole[command]


# other arguments


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seed", 2), "holds another experiment (seed is 1 there, 2 here); name another folder"),
        (("--days", 5), "holds another experiment (scenario.days is 6 there, 5 here); name another folder"),
        (("--no-counterfactual",), "holds another experiment (counterfactual is True there, False here)"),
        (("-s", "silent,dialogue"), "holds another experiment (compared.0 is 'broadcast' there, 'silent' here)"),
        (("-r", 3), "holds 4 replicates, 3 are asked for; ask for at least as many, or name another folder"),
    ],
)
def test_other_arguments_are_refused(tiny, tmp_path, options, said):
    out = tmp_path / "out"
    run(tiny, "compare", out)
    before = content(out)
    assert refused(tiny, "compare", out, "--resume", *options).startswith(f"{out}: {said}")
    assert content(out) == before


def test_a_sweep_of_other_points_is_refused(tiny, tmp_path):
    out = tmp_path / "out"
    run(tiny, "sweep", out)
    vary = ("--vary", "days=5,6")
    assert f"{out}: holds another experiment (points is [{{'incident.severity'" in refused(
        tiny, "sweep", out, "--resume", *vary
    )
    assert f"{out}: holds another experiment (compared" in refused(tiny, "compare", out, "--resume", "-s", "silent")


def test_more_replicates_extend_it(tiny, tmp_path):
    run(tiny, "compare", tmp_path / "out", "-r", 3)
    run(tiny, "compare", tmp_path / "out", "--resume")
    run(tiny, "compare", tmp_path / "fresh")
    assert content(tmp_path / "out") == content(tmp_path / "fresh")


def test_what_is_finished_may_be_run_anew(tiny, tmp_path, whole):
    run(tiny, "compare", tmp_path / "out")
    (tmp_path / "out" / "runs.csv").unlink()
    run(tiny, "compare", tmp_path / "out")
    assert content(tmp_path / "out") == whole["compare"]


def test_resuming_needs_a_folder_but_not_that_there_is_something_in_it(tiny, tmp_path, whole):
    result = CliRunner().invoke(app, ["compare", tiny, "--resume"])
    assert (result.exit_code, result.stderr) == (2, "influence-sim: --resume needs a folder: add --out DIR\n")
    run(tiny, "compare", tmp_path / "out", "--resume")
    assert content(tmp_path / "out") == whole["compare"]


@pytest.mark.parametrize(("command", "worlds"), [("compare", 16), ("sweep", 16)])
def test_what_is_complete_is_said_to_be_and_no_bar_is_shown(tiny, tmp_path, whole, command, worlds):
    out = tmp_path / "out"
    run(tiny, command, out)
    typed = [word for word in words(tiny, command, out, "--resume") if word != "--quiet"]
    said = CliRunner().invoke(app, typed).stderr
    assert f"all {worlds} worlds were there" in said.splitlines()
    assert "elapsed" not in said
    assert content(out) == whole[command]


@pytest.mark.parametrize("command", ["compare", "sweep"])
def test_the_folder_is_looked_at_before_anything_is_said(tiny, tmp_path, command):
    (tmp_path / "runs.csv").write_text("mine", encoding="utf-8")
    typed = [word for word in words(tiny, command, tmp_path) if word != "--quiet"]
    result = CliRunner().invoke(app, typed)
    assert result.exit_code == 2
    assert "there is no result of ours" in result.stderr
    assert result.stderr.count("\n") == 1


# worlds that fail


@pytest.fixture
def plugin(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(strategies, "_REGISTERED", {})
    strategies._offered.cache_clear()
    file = tmp_path / "plugin.py"
    file.write_text(PLUGIN, encoding="utf-8")
    return file


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failed_world_is_recorded_and_costs_no_other(tiny, tmp_path, plugin, jobs):
    out = tmp_path / "out"
    options = ("--plugin", plugin, "--jobs", jobs, "-s", "fragile,silent", "-r", 8, "--seed", 5)
    result = run(tiny, "compare", out, *options)
    failed = rows(out / "failures.csv")
    assert 2 <= len(failed) < 16
    assert {row["strategy"] for row in failed} == {"fragile"}
    assert {row["seed"] for row in failed} == {"5"}
    assert {row["fate"] for row in failed} <= {"struck", "spared"}
    assert all(re.search(r"\d+ cannot be halved", row["error"]) for row in failed)
    assert f"{len(failed)} worlds failed and are left out (failures.csv)" in result.stdout
    struck = {int(row["replicate"]) for row in failed if row["fate"] == "struck"}
    values = ins.open_results(out).values
    assert np.isnan(values[0, sorted(struck)]).all()
    run(tiny, "compare", tmp_path / "alone", "-s", "silent", "-r", 8, "--seed", 5)
    assert np.array_equal(values[1], ins.open_results(tmp_path / "alone").values[0], equal_nan=True)
    # Going on does not lose what failed.
    shutil.copytree(out, tmp_path / "copy")
    (tmp_path / "copy" / "failures.csv").unlink()
    run(tiny, "compare", tmp_path / "copy", *options, "--resume")
    assert content(tmp_path / "copy") == content(out)


NO_WORLD = "No world of broken finished; the first error: strategy 'broken' on day 1: RuntimeError: always"


@pytest.mark.parametrize("command", ["compare", "sweep", "until"])
@pytest.mark.parametrize("names", ["silent,broken,dialogue", "broken,silent,dialogue"])
def test_a_strategy_of_which_every_world_fails_costs_no_other_and_is_told(tiny, tmp_path, plugin, command, names):
    out = tmp_path / "out"
    options = ("--plugin", plugin, "-s", names, "-r", 3)
    result = CliRunner().invoke(app, words(tiny, command, out, *options))
    assert result.exit_code == 1
    assert NO_WORLD in result.stdout.splitlines()
    assert not re.search("cannot tell .*broken|Against broken|Against .*broken", result.stdout)
    assert "failures.csv" in result.stdout
    assert {row["strategy"] for row in rows(out / "failures.csv")} == {"broken"}
    found = ins.open_results(out)
    for values in [found.at(0).values, found.at(1).values] if command == "sweep" else [found.values]:
        lost = names.split(",").index("broken")
        assert np.isnan(values[lost]).all()
        assert not np.isnan(values[2]).all()


@pytest.mark.parametrize("command", ["compare", "sweep"])
def test_without_a_folder_no_file_is_named(tiny, tmp_path, plugin, command):
    typed = words(tiny, command, tmp_path, "--plugin", plugin, "-s", "silent,broken", "-r", 2)
    at = typed.index("--out")
    result = CliRunner().invoke(app, [*typed[:at], *typed[at + 2 :]])
    assert result.exit_code == 1
    assert NO_WORLD in result.stdout.splitlines()
    assert "worlds failed and are left out" in result.stdout
    assert "failures.csv" not in result.output


@pytest.mark.parametrize("command", ["compare", "run", "sweep"])
def test_if_every_world_fails_the_first_error_is_told(tiny, tmp_path, plugin, command):
    more = ["--vary", "incident.severity=0.3,0.9"] if command == "sweep" else []
    typed = [command, tiny, "--plugin", str(plugin), "-s", "broken", "-r", "2", "--jobs", "1", *more]
    result = CliRunner().invoke(app, typed)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "influence-sim: strategy 'broken' on day 1: RuntimeError: always"


def test_failures_of_a_sweep_name_the_point(tiny, tmp_path, plugin):
    out = tmp_path / "out"
    run(tiny, "sweep", out, "--plugin", plugin, "-s", "fragile", "-r", 4)
    failed = rows(out / "failures.csv")
    assert failed
    assert list(failed[0]) == ["incident.severity", "strategy", "replicate", "fate", "seed", "error"]
    assert {row["incident.severity"] for row in failed} <= {"0.3", "0.9"}


# Parquet


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="needs the extra parquet (170 MB)")
def test_parquet_holds_the_daily_values(tiny, tmp_path):
    import pandas as pd

    out = tmp_path / "out"
    run(tiny, "sweep", out, "--parquet")
    table, found = pd.read_parquet(out / "daily.parquet"), ins.open_results(out)
    assert list(table) == ["strategy", "replicate", "company", "day", "measure", "value", "incident.severity"]
    expected = pd.concat([one.to_frame().assign(**point) for point, one in found], ignore_index=True)
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


def test_without_parquet_it_says_what_to_install(tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    said = refused(tiny, "compare", tmp_path / "out", "--parquet")
    assert said.startswith("Parquet needs the extra data: ")
    assert list(tmp_path.iterdir()) == []


# two at once


@pytest.mark.skipif(os.name != "posix", reason="folders are locked on POSIX systems")
def test_two_commands_do_not_write_to_one_folder(tiny, tmp_path, whole):
    from influence_sim.experiment.folders import Hold

    out = tmp_path / "out"
    out.mkdir()
    with Hold(out):
        said = f"{out}: another run is writing to it; wait for it, or name another folder"
        assert refused(tiny, "compare", out) == said
        assert refused(tiny, "sweep", out, "--resume") == said
    run(tiny, "compare", out)
    assert content(out) == whole["compare"]
