"""Whatever is typed, a command does what it says or ends in one line and exit status 2, and writes nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from fuzzing import many
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from influence_sim import cli

COMMANDS = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
SAFE = sorted(set(COMMANDS) - {"data"})
"""All but those of `data`, which test_fuzz_data.py tries."""
LONG = {
    "verify": "influence_sim.verification.verify",
    "calibration": "influence_sim.experiment.calibration.calibration",
    "claims": "influence_sim.claims.run.put_to_the_test",
    "dashboard": "influence_sim.page.server.serve",
}
"""What takes minutes, or has no end, in commands that are tried up to there."""
PARAMETERS = [one for name in SAFE for one in COMMANDS[name].params]
OPTIONS = sorted({option for one in PARAMETERS for option in one.opts if option[0] == "-"})
VALUES = (
    "", "-1", "0", "1", "2", "1e9", "nan", "a,b", "broadcast", "dialogue,silent", "loyalty", "profit<1", "budget=1:2",
    "incident.severity=0.2,0.9", "levers.x.y=1", "nowhere.toml", "tiny.toml", "tiny.csv", "edges.txt", "quiet_year",
    ".", "../..", "/dev/null", "out", "é\U0001f525", "=", ":", "a=b:c:d", "svg", "html", "\x00", "x" * 300,
)  # fmt: skip
WORDS = st.sampled_from([*OPTIONS, *OPTIONS, *VALUES]) | st.text(max_size=5)

TINY = """
days = 1
burn_in_days = 0
[network]
consumers = 20
mean_degree = 3
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place")
    (folder / "tiny.toml").write_text(TINY)
    (folder / "tiny.csv").write_text("time,author,company\n2026-05-01,a,Acme\n2026-05-02,b,Acme\n")
    (folder / "edges.txt").write_text("1 2\n2 3\n")
    return folder


def stopped(*_, **__):
    raise SystemExit(0)


def test_commands(place, monkeypatch):
    for long in LONG.values():
        monkeypatch.setattr(long, stopped)

    @many
    @given(command=st.sampled_from(SAFE), words=st.lists(WORDS, max_size=4))
    def case(command, words):
        monkeypatch.chdir(place)
        before = {file.name for file in place.parent.iterdir()}
        few = ["--replicates", "1", "--jobs", "1", "--quiet"]
        if command == "sensitivity":
            few += ["--only", "margin", "--trajectories", "2"]
        known = {option for one in COMMANDS[command].params for option in one.opts}
        small = ["tiny.toml"] if any(one.name == "scenario" for one in COMMANDS[command].params) else []
        typed = [command, *small, *words, *(few if {"--replicates", "--jobs", "--quiet"} <= known else [])]
        result = CliRunner().invoke(cli.app, typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), (typed, result.exception)
        assert result.exit_code in (0, 2), (typed, result.exit_code, result.stderr)
        if result.exit_code == 2 and command != "validate" and typed != [command]:
            assert len(result.stderr.strip().splitlines()) <= 2, (typed, result.stderr)
        assert "Traceback" not in result.stderr + result.stdout
        assert {file.name for file in place.parent.iterdir()} == before, "nothing appears beside the folder"

    case()


def test_help_of_everything_is_printed():
    for name in [*COMMANDS, None]:
        result = CliRunner().invoke(cli.app, [*([name] if name else []), "--help"])
        assert result.exit_code == 0
        assert "Usage" in result.stdout


HOSTILE = ("../../escaped", "/escaped", "..", "CON", "escaped\x00", "escaped" * 60, "C:\\escaped", "\u202eescaped.html")


def test_no_output_leaves_its_folder(place, monkeypatch):
    """Names in a scenario become columns and titles, never paths."""
    monkeypatch.chdir(place)
    quoted = [json.dumps(name) for name in HOSTILE]
    hostile = f"title = {quoted[0]}\nname = {quoted[1]}\n{TINY}"
    hostile += "".join(f"[[companies]]\nname = {name}\n" for name in quoted)
    hostile += "".join(f"[levers.{name}]\nreply_capacity = 1\n" for name in quoted)
    Path("hostile.toml").write_text(hostile)
    before = {file.name for file in (*place.parent.iterdir(), *place.iterdir())}
    words = ["compare", "hostile.toml", "-s", ",".join(HOSTILE), "-r", "1", "--jobs", "1", "--out", "in"]
    result = CliRunner().invoke(cli.app, words)
    assert result.exit_code == 0, result.stderr
    assert all(one.isprintable() for one in result.stdout.splitlines()), "nothing that a terminal would obey"
    result = CliRunner().invoke(cli.app, ["report", "in", "--figures", "svg"])
    assert result.exit_code == 0, result.stderr
    assert {file.name for file in (*place.parent.iterdir(), *place.iterdir())} == {*before, "in"}
    assert not [file for file in place.rglob("*") if "escaped" in file.name or file.stem == "CON"]
    assert Path("in/report.html").exists()
