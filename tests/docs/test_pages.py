"""What the pages show works: scenario files are valid, Python runs, commands parse, links lead somewhere.

A block whose first line is ``# name.ext`` is a file of that name; other blocks of the page may use it. A TOML block
that begins with ``# refused: …`` is a mistake, and the rest of that line is what is said of it. ``# pyproject.toml`` is
no scenario.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer
from pages import Block, blocks, broken_links
from typer.testing import CliRunner

import influence_sim as ins
from influence_sim import cli, strategies, textbook
from influence_sim.claims.claim import read_claims, shipped_claims
from influence_sim.report.reference import reference
from influence_sim.scenario import shipped_scenarios

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (
    "dashboard.md",
    "data.md",
    "experiments.md",
    "howto.md",
    "reports.md",
    "scenarios.md",
    "strategies.md",
    "textbook.md",
)
LINKING = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
CHEAP = {"validate", "strategies", "explain", "scenarios", "plan"}
COMMANDS = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]


def everywhere(language: str) -> list[Any]:
    return [pytest.param(one, id=f"{page}:{one.line}") for page in PAGES for one in blocks(DOCS / page, language)]


def commands() -> Iterator[Any]:
    for page in PAGES:
        for block in blocks(DOCS / page, "sh"):
            for _, command in block.commands:
                words = shlex.split(command, comments=True)
                yield pytest.param(page, words, id=" ".join(words))


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Strategies that a page registers are forgotten after it."""
    monkeypatch.setattr(strategies, "_REGISTERED", {})
    strategies._offered.cache_clear()
    yield
    strategies._offered.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the files that the pages show and a graph."""
    monkeypatch.chdir(tmp_path)
    for page in PAGES:
        for language in ("toml", "python"):
            for block in blocks(DOCS / page, language):
                if block.file is not None:
                    file = tmp_path / block.file
                    assert not file.exists(), f"two blocks show {file.name}"
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(block.text, encoding="utf-8")
    (tmp_path / "friends.txt").write_text("ann bob\nbob cy\ncy ann\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("block", everywhere("toml"))
def test_a_scenario_that_a_page_shows_is_valid_or_refused_as_it_says(folder: Path, block: Block):
    if block.file == "pyproject.toml":
        assert strategies.ENTRY_POINTS in tomllib.loads(block.text)["project"]["entry-points"]
        return
    file = folder / "shown.toml"
    file.write_text(block.text, encoding="utf-8")
    if block.refused is None:
        scenario = ins.Scenario.load(file)
        assert scenario.setting(scenario.graph()).names
    else:
        with pytest.raises(ins.ScenarioError) as caught:
            ins.Scenario.load(file)
        assert str(caught.value) == f"{file}: {block.refused}"


@pytest.mark.parametrize("page", [page for page in PAGES if page != "dashboard.md"])
def test_the_python_of_a_page_runs_from_top_to_bottom(folder: Path, page: str):
    shared: dict[str, Any] = {"__name__": "page"}
    found = blocks(DOCS / page, "python")
    assert found
    for block in found:
        exec(compile("\n" * block.line + block.text, page, "exec", dont_inherit=True), shared)


@pytest.mark.parametrize(("page", "words"), list(commands()))
def test_a_command_that_a_page_shows_parses_and_runs_if_it_is_cheap(folder: Path, page: str, words: list[str]):
    program, name, *rest = words
    assert program == "influence-sim"
    command = COMMANDS[name]
    if isinstance(command, typer.core.TyperGroup):
        # What it reads is the reader's own: only the command itself is there to look at.
        assert command.commands[rest[0]].make_context(rest[0], rest[1:])
        return
    parsed = command.make_context(name, list(rest)).params
    if name in CHEAP:
        assert run(words[1:]) == 0
        return
    # What takes long is not run: its claims are there, or its scenario and its strategies.
    if name == "claims":
        known = {str(claim.number) for claim in read_claims(shipped_claims())}
        assert set((parsed["only"] or "").split(",")) - {""} <= known
        return
    if name == "verify":
        return
    if "scenario" not in parsed:
        # It reads what another has written.
        assert parsed["folder"]
        return
    plugins = [word for file in parsed["plugin"] or () for word in ("--plugin", str(file))]
    for strategy in (parsed.get("strategies") or parsed.get("strategy") or "silent").split(","):
        assert run(["explain", strategy, parsed["scenario"], *plugins]) == 0


def run(words: list[str]) -> int:
    result = CliRunner().invoke(cli.app, words)
    assert not result.stderr, result.stderr
    return result.exit_code


def test_an_entry_point_offers_the_strategy_that_the_page_shows(folder: Path, monkeypatch: pytest.MonkeyPatch):
    shown = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    offered = shown["project"]["entry-points"][strategies.ENTRY_POINTS]
    monkeypatch.syspath_prepend(str(folder))
    points = [EntryPoint(name, value, strategies.ENTRY_POINTS) for name, value in offered.items()]
    monkeypatch.setattr(strategies, "entry_points", lambda group: points)
    assert set(offered) <= set(strategies.known())


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path):
    assert list(broken_links(page)) == []


def test_the_reference_page_is_what_the_code_says():
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == reference()


def test_all_scenarios_that_come_along_are_described():
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    table = text[text.index("## Scenarios that come along") :]
    rows = re.findall(r"^\| `(\w+)` \|", table, re.M)
    # Once with what happens to them, and once with what came of it.
    assert sorted(rows) == sorted([*shipped_scenarios(), *shipped_scenarios()])


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("Top level", ins.Scenario),
        ("`[network]`", ins.Scenario.model_fields["network"].annotation),
        ("`[[companies]]`", type(ins.Scenario().companies[0])),
        ("`[incident]`", type(ins.Scenario.of({"incident": {}}).incident[0])),
        ("`[schedule]`", type(ins.Scenario.of({"schedule": {"x": [{"day": 1}]}}).schedule["x"][0])),
    ],
)
def test_a_table_of_keys_has_every_key(heading: str, table: Any):
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(heading)}.*?(?=^## )", text, re.M | re.S)
    assert section
    keys = section[0].split("| key |")[1].split("\n\n")[0]
    listed = {name for cell in re.findall(r"^\| ([^|]+) \|", keys, re.M) for name in re.findall(r"`(\w+)`", cell)}
    tables = {"network", "companies", "incident", "costs", "levers", "schedule", "parameters"}
    assert listed == set(table.model_fields) - (tables if table is ins.Scenario else set())


MISTAKES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # what a scenario says, and what with_values changes
    ({"dayz": 1}, {}),
    ({"days": "many"}, {}),
    ({"incident": {"severity": 1.5}}, {}),
    ({"companies": [{}]}, {}),
    ({"schedule": {"mine": [{}]}}, {}),
    ({"costs": {"fake": -1}}, {}),
    ({"network": {"kind": "ring"}}, {}),
    ({"network": {"path": "friends.txt"}}, {}),
    ({"network": {"consumers": 10}}, {}),
    ({"companies": [{"name": "us", "strategy": "brodcast"}]}, {}),
    ({"companies": [{"name": "us", "product": [1.0]}]}, {}),
    ({"companies": [{"name": "us"}, {"name": "us"}]}, {}),
    ({"focal": "nobody"}, {}),
    ({"days": 30, "incident": {"day": 40}}, {}),
    ({"days": 10, "incident": {"day": 8, "duration_days": 5}}, {}),
    ({"incident": {"kind": "fire"}}, {}),
    ({"incident": {"hit": [1], "hit_share": 0.5}}, {}),
    ({"incident": {"per_year": 1, "repeats": 2}}, {}),
    ({"incident": {"hit": ["bob"]}}, {}),
    ({"step_hours": 0.7}, {}),
    ({"levers": {"mine": {"posts_per_day": 99.0}}}, {}),
    ({"levers": {"mine": {"post_per_day": 3.0}}}, {}),
    ({"levers": {"mine": {"seed_rule": 0.5}}}, {}),
    ({"schedule": {"mine": [{"day": 3, "levers": {"claim": 5.0}}]}}, {}),
    ({"schedule": {"mine": [{"day": 3, "strategy": "dialog"}]}}, {}),
    ({"parameters": {"demand_drit": 0.04}}, {}),
    ({"parameters": {"demand_drift": 2.0}}, {}),
    ({"network": {"kind": "small_world", "mean_degree": 9}}, {}),
    ({"network": {"kind": "file", "path": "friends.txt"}}, {}),
    ({}, {"incident.severity": 0.5}),
    ({"incident": [{}, {}]}, {"incident.severity": 0.5}),
]


def test_messages_are_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    said = [message for values, changes in MISTAKES for message in faults(values, changes)]
    Path("not.toml").write_text("days = x\n", encoding="utf-8")
    for file in ("not.toml", "nowhere"):
        with pytest.raises(ins.ScenarioError) as caught:
            ins.Scenario.load(file)
        said.append(str(caught.value).removeprefix(f"{file}: "))
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    table = text.split("| message (after the file's name) |")[1].split("\n\n")[0]
    shown = [message for row in table.splitlines()[2:] for message in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(shown) > 30
    for message in shown:
        pattern = ".*".join(map(re.escape, message.split("…")))
        assert any(re.fullmatch(pattern, one) for one in said), message


def faults(values: dict[str, Any], changes: dict[str, Any]) -> list[str]:
    """Return what is said of a scenario that cannot be used, without its name; ``validate`` reads networks too."""
    name = "shown"
    try:
        scenario = ins.Scenario.of({"name": name, **values}, source=name).with_values(changes)
        scenario.setting(scenario.graph())
    except ins.ScenarioError as error:
        return [line.removeprefix(f"{name}: ") for line in str(error).splitlines()]
    except ValueError as error:
        return [f"network: {error}"]
    return []


def test_all_textbook_models_are_described():
    text = (DOCS / "textbook.md").read_text(encoding="utf-8")
    table = text.split("| function |")[1].split("\n\n")[0]
    listed = re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in table.splitlines()[2:]))
    assert sorted(listed) == sorted(name for name in textbook.__all__ if name[0].islower())
    code = "\n".join(block.text for block in blocks(DOCS / "textbook.md", "python"))
    assert all(f"textbook.{name}(" in code for name in listed)
