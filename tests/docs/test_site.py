"""The site names every public thing, leaves no page out, and says nothing that the rest of the repository denies.

That its tutorials run, and that its references lead somewhere, is seen to when it is built.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from pages import blocks, broken_links

import influence_sim as ins
from influence_sim import cli, networks, textbook
from influence_sim.cli.commands import commands
from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.experiment.folders import FORMAT

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
PAGES = [DOCS / "start.md", DOCS / "migrating.md", *TUTORIALS]
CALLS = typer.main.get_command(cli.app)
by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def described(module: str) -> set[str]:
    """Return what the page of names describes as belonging to a module."""
    found, current = set(), ""
    for line in read("api.md").splitlines():
        if home := re.match(r"\.\. (?:current)?module:: (\S+)", line):
            current = home[1]
        elif (
            one := re.match(r"\.\. (?:auto(?:class|function|exception)|py:data):: (\w+)", line)
        ) and current == module:
            found.add(one[1])
    return found


def test_every_public_name_is_described():
    assert described("influence_sim") == set(ins.__all__)
    assert described("influence_sim.textbook") == set(textbook.__all__)
    assert described("influence_sim.networks") == set(networks.__all__) - set(ins.__all__)


def test_the_page_of_commands_is_what_the_command_line_says():
    assert read("commands.md") == commands()


def test_every_page_is_in_the_contents():
    listed = re.findall(
        r"^([\w/-]+)$", "\n".join(re.findall(r"^```{toctree}\n(.*?)^```$", read("index.md"), re.M | re.S)), re.M
    )
    there = [str(page.relative_to(DOCS).with_suffix("")) for page in [*DOCS.glob("*.md"), *TUTORIALS]]
    assert sorted(listed) == sorted(set(there) - {"index"})


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.name)
def test_a_tutorial_is_a_notebook_whose_links_lead_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    assert text.startswith("---\njupytext:\n")
    assert "kernelspec:" in text.split("---")[1]
    assert blocks(page, "{code-cell} ipython3")
    assert list(broken_links(page)) == []


@by_name
def test_commands_that_a_page_shows_can_be_read(page: Path):
    for block in blocks(page, "sh"):
        for _, line in block.commands:
            words = shlex.split(line, comments=True)
            if words[0] == "dask":
                continue
            assert words[0] == "influence-sim", line
            command: Any = CALLS
            rest = words[1:]
            while hasattr(command, "commands"):
                name, *rest = rest
                command = command.commands[name]
            assert command.make_context(name, rest)


@by_name
def test_a_scenario_that_a_page_shows_is_valid(page: Path):
    for block in blocks(page, "toml"):
        scenario = ins.Scenario.of(tomllib.loads(block.text))
        assert scenario.setting(scenario.graph()).names


def test_the_python_of_the_page_on_migrating_runs():
    shared: dict[str, Any] = {"__name__": "page"}
    found = blocks(DOCS / "migrating.md", "python")
    assert len(found) == 2
    for block in found:
        exec(compile(block.text, "migrating.md", "exec", dont_inherit=True), shared)


def test_versions_are_those_of_the_library():
    text = read("migrating.md")
    assert f"`format` in `experiment.json`, now {FORMAT}" in text
    assert f"`generator_version` in the manifest, now {GENERATOR_VERSION}" in text
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## .*\b{re.escape(version)}\b", changes, re.M)


def test_limits_are_told_with_the_figures_of_the_other_pages():
    text, claims, airlines = (
        read("limits.md"),
        read("claims.md"),
        read("airlines.md").split("## With the storm known")[1],
    )
    assumed = sum(origin.tag == "A" for origin in ins.ORIGINS.values())
    assert f"{assumed} of the {len(ins.ORIGINS)} constants are assumptions" in text
    told = re.search(r"Of (\d+) claims .* (\d+) depend on what is assumed, and (\d+) cannot be separated", claims)
    assert told
    assert f"[{told[1]} claims](claims.md)" in text
    assert f"{told[2]} depend on an assumption and {told[3]} could not be separated" in " ".join(text.split())
    assert "Of those that fail, 5 surely go as claimed" in claims
    errors = [
        round(float(one)) for one in re.findall(r"mean absolute error on days predicted.* \| ([\d.]+) posts", airlines)
    ]
    assert errors == [111, 84, 49]


# How often our time fits into the peer's, as the page on peers has it: peer, work, nodes, said.
TOLD = [
    ("NDlib", "cascade", 10_000, 40),
    ("NDlib", "cascade", 100_000, 370),
    ("NDlib", "threshold", 10_000, 410),
    ("NDlib", "threshold", 100_000, 5_260),
    ("NDlib", "sir", 10_000, 38),
    ("NDlib", "sir", 100_000, 220),
    ("NDlib", "degroot", 10_000, 960),
    ("NDlib", "degroot", 100_000, 770),
    ("CyNetDiff", "cascade", 10_000, 0.4),
    ("CyNetDiff", "cascade", 100_000, 1.7),
    ("CyNetDiff", "cascade", 1_000_000, 7),
    ("CyNetDiff", "threshold", 10_000, 1.4),
    ("CyNetDiff", "threshold", 100_000, 8),
    ("CyNetDiff", "threshold", 1_000_000, 20),
    ("EoN", "sir-continuous", 10_000, 4),
    ("EoN", "sir-continuous", 100_000, 17),
    ("EoN", "cascade", 10_000, 19),
    ("EoN", "cascade", 100_000, 91),
    ("starsim", "sir", 10_000, 6.5),
    ("starsim", "sir", 100_000, 24),
    ("starsim", "sir", 1_000_000, 60),
]


@pytest.mark.parametrize(("peer", "work", "nodes", "said"), TOLD)
def test_what_is_said_of_speed_is_what_was_measured(peer: str, work: str, nodes: int, said: float):
    table = read("performance.md").split("<!-- peers -->")[1].split("<!-- end -->")[0]
    header, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line
    ]
    row = next(row for row in rows if row[:2] == [work, f"{nodes:,}"])
    assert float(row[header.index(peer)].replace(",", "")) == pytest.approx(said, rel=0.1)
