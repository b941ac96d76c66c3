"""What help shows is true: every example of every command runs, and every command says the same things of itself.

Examples are run in a folder with the files that they name. To take seconds instead of minutes, scenarios have few
people, few days around what strikes, and steps of a day; what is in ``SMALLER`` is added to a command that has such an
option (the last one counts); and ``--report`` is left out, since ``report`` has examples of its own. What would take
minutes all the same, or waits for a reader, is only parsed: ``PARSED``.
"""

from __future__ import annotations

import shlex
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import influence_sim as ins
from influence_sim import cli, strategies
from influence_sim.cli.application import Command
from influence_sim.cli.manual import EXAMPLES, EXIT_STATUS, SEE_ALSO, Manual

DOCS = Path(__file__).parents[2] / "docs"
SMALLER = {
    "--replicates": 1,
    "--jobs": 1,
    "--points": 2,
    "--trials": 2,
    "--fresh": 2,
    "--trajectories": 2,
    "--most": 8,
    "--particles": 20,
    "--generations": 1,
    "--draws": 2,
}
PARSED = (
    "claims",
    "verify",
    "calibration",
    "dashboard",
    "report out --screen",
    "report out --format",
    "sensitivity --out",
    "data fit fit.toml mentions.csv --out quick",
)
FIT = """
scenario = "my_scenario.toml"
first = 2026-05-01
last = 2026-05-04
summaries = ["share"]
[free]
"parameters.patience" = [3, 9]
"""
RULES = """
import influence_sim as ins

@ins.register(name="ours", levers={"empathy": 0.5})
def ours(seen):
    return {}
"""
SCENARIO = """
days = 6
[[companies]]
name = "Acme"
[[companies]]
name = "Roots"
"""


def found(command: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return a command and those in it, by their words."""
    children = getattr(command, "commands", {})
    return {path: command} | {
        words: one for name, child in children.items() for words, one in found(child, (*path, name)).items()
    }


COMMANDS = found(typer.main.get_command(cli.app))
LEAVES = {path: command for path, command in COMMANDS.items() if isinstance(command, Command)}
TYPED = list(
    dict.fromkeys(
        typed
        for command in COMMANDS.values()
        for typed, _ in command.manual.sections[EXAMPLES]
        if typed != "influence-sim COMMAND --help"
    )
)


def purchases(chance: Random, customer: int) -> str:
    """What a customer buys, each at a rate of their own, until they leave."""
    day, rate, end = chance.uniform(0, 100), chance.gammavariate(1.0, 0.05), chance.expovariate(1 / 150)
    lines, first = [], day
    while day < min(first + end, 360):
        lines.append(f"{customer},{date(2025, 1, 1) + timedelta(day)}\n")
        day += chance.expovariate(rate)
    return "".join(lines)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the files that examples name."""
    folder, chance = tmp_path_factory.mktemp("examples"), Random(1)
    files = {
        "friends.txt": "".join(f"{n} {(n + step) % 50}\n" for n in range(50) for step in (1, 2, 5)),
        "my_scenario.toml": SCENARIO,
        "rules.py": RULES,
        "fit.toml": FIT,
        "mentions.csv": "time,sent,company,sentiment\n"
        + "".join(
            f"2026-05-{day:02} {hour:02}:00,2026-05-{day:02} {hour:02}:30,{company},{said}\n"
            for day in range(1, 6)
            for hour in range(24)
            for company in ("Acme", "Roots")
            for said in ("negative", "positive")
        ),
        "purchases.csv": "customer,time\n" + "".join(purchases(chance, number) for number in range(300)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    scenario = ins.Scenario.of({"days": 4, "burn_in_days": 1, "network": {"consumers": 60}})
    ins.compare(scenario, ["silent", "dialogue"], replicates=2, out=folder / "out").write(folder / "out")
    return folder


@pytest.fixture
def small(place, monkeypatch):
    """Scenarios of few people and large steps, the folder, and no strategies but the library's own."""
    load = ins.Scenario.load

    def of_few(name: str) -> ins.Scenario:
        scenario = load(name)
        if len(scenario.incident) == 1:
            scenario = scenario.with_values({"incident.day": 2})
        struck = [one.day + (one.repeats - 1) * one.every_days + one.usual.duration_days for one in scenario.incident]
        few = {"burn_in_days": 1, "step_hours": 24.0, "days": min(scenario.days, max(struck, default=0) + 2)}
        return scenario.with_values(few if scenario.network.kind == "file" else {**few, "network.consumers": 60})

    monkeypatch.setattr(ins.Scenario, "load", of_few)
    monkeypatch.setattr(strategies, "_REGISTERED", {})
    strategies._offered.cache_clear()
    monkeypatch.chdir(place)


def split(typed: str) -> tuple[Any, list[str], list[str]]:
    """Return the command that an example calls, its words, and its arguments."""
    program, *words = shlex.split(typed)
    assert program == "influence-sim"
    path = tuple(words[: 2 if words[0] == "data" else 1])
    return LEAVES[path], list(path), words[len(path) :]


@pytest.mark.parametrize("typed", TYPED)
def test_an_example_runs(small, typed):
    command, path, words = split(typed)
    if " ".join([*path, *words]).startswith(PARSED):
        assert command.make_context(" ".join(path), words)
        return
    known = {option for one in command.params for option in one.opts}
    # Of one world there is no interval, so a search refuses it.
    smaller = {**SMALLER, "--replicates": 2} if path == ["optimise"] else SMALLER
    less = [str(word) for option, value in smaller.items() if option in known for word in (option, value)]
    result = CliRunner().invoke(cli.app, [*path, *(word for word in words if word != "--report"), *less])
    assert result.exit_code == 0, (result.stderr, result.exception)
    assert result.stdout or result.stderr


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_says_what_it_does_how_it_is_used_and_where_more_is_said(path):
    command = COMMANDS[path]
    assert len(command.manual.text.split("\n\n")) >= 2, "a sentence, and a description"
    assert 1 <= len(command.manual.sections[EXAMPLES]) <= 4
    assert all(said.endswith((".", "?", ")")) for _, said in command.manual.sections[EXAMPLES])
    shown = CliRunner().invoke(cli.app, [*path, "--help"], env={"COLUMNS": "80"}).stdout
    assert "Usage: " in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    if path in LEAVES:
        assert all((DOCS.parent / page).exists() for page, _ in command.manual.sections[SEE_ALSO])
        assert [status for status, _ in command.manual.status][:1] == ["0"]
        for title in ("Examples", "Exit status", "See also"):
            assert f"\n{title}:\n" in shown
        has_out = any("--out" in one.opts for one in command.params)
        assert ("\nFiles:\n" in shown) == (has_out or path == ("report",))


def test_a_shown_example_can_be_copied():
    """What is folded to fit 80 columns is joined by backslashes, which a shell takes for one line."""
    for path, command in LEAVES.items():
        shown = CliRunner().invoke(cli.app, [*path, "--help"], env={"COLUMNS": "80"}).stdout
        joined = " ".join(shown.replace("\\\n", " ").split())
        for typed, _ in command.manual.sections[EXAMPLES]:
            assert typed in joined, (path, typed)


def test_a_section_that_no_manual_has_is_refused():
    assert Manual.of("Does this.\n\nExit Status\n-----------\n1\n    It fails.").status[1] == ("1", "It fails.")
    assert Manual.of("Does this.").status == EXIT_STATUS
    with pytest.raises(ValueError, match="Exampels: is no section of a manual"):
        Manual.of("Does this.\n\nExampels\n--------\ndo\n    it")
