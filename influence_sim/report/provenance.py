"""Where results come from: what is to be typed to have them again, from which seed and versions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from influence_sim.report.document import Block, Grid, Listing, Text
from influence_sim.scenario import Scenario


def facts_of(manifest: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what is to be known of a comparison at a glance."""
    scenario, graph = manifest["scenario"], manifest["graph"]
    return (
        ("worlds", _worlds(manifest)),
        ("days", f"{scenario['days']}, after {scenario['burn_in_days']} of burn-in"),
        ("people", f"{graph['consumers']:,}"),
        ("seed", str(manifest["seed"])),
    )


def reproduction(manifest: Mapping[str, Any], typed: str = "", *, has_network: bool = True) -> Iterator[Block]:
    """Yield the command, the scenario as a file, seed, network and versions.

    ``typed`` is the command, if known; ``has_network`` says whether the scenario makes, or reads, the same network.
    """
    if not has_network:
        yield Text(
            "The network is not to be had from the scenario alone: it was handed over as an object, or its file is not "
            "where it was. With the same network (its SHA-256 stands below), the scenario below saved as "
            "scenario.toml, and the same version of the library, this gives the same numbers."
        )
        yield Listing(_with_graph(manifest))
    elif typed:
        yield Text("This was typed; the scenario, as it was then, stands below.")
        yield Listing(typed)
    elif is_comparison(manifest) and not any("," in name for name in manifest["compared"]):
        yield Text(
            "Save the scenario below as scenario.toml; with the same version of the library this gives the same "
            "numbers, whatever the machine and the number of processes."
        )
        yield Listing(command(manifest))
    else:
        yield Text(
            "The points that were run stand in experiment.json, beside this report; with the scenario below, saved as "
            "scenario.toml, and the same version of the library this gives the same numbers."
        )
        yield Listing(_in_python(manifest))
    own = [name for name, one in manifest["strategies"].items() if _is_own(name, one, manifest)]
    if own:
        yield Text(f"Strategies of one's own are registered by a file: --plugin FILE.py ({', '.join(own)}).")
    if manifest.get("posterior"):
        yield Text(
            f"What is not known was drawn from {manifest['posterior']}, which has to be at hand, too; the draws that "
            "were run stand in experiment.json or manifest.json, beside this report."
        )
    yield Listing(Scenario.of(manifest["scenario"]).to_toml(), title="scenario.toml", folded=True)
    graph, versions = manifest["graph"], manifest["versions"]
    yield Grid(
        "",
        ("what", "value"),
        (
            ("network", f"{graph['name']}: {graph['consumers']:,} people, {graph['arcs']:,} arcs"),
            ("its SHA-256", graph["sha256"]),
            ("seed", str(manifest["seed"])),
            ("generator of draws", f"version {manifest['generator_version']}"),
            ("begun", manifest["time"]),
            *((name, version) for name, version in versions.items()),
        ),
        (False, False),
    )


def _worlds(manifest: Mapping[str, Any]) -> str:
    points = len(manifest.get("points", [{}]))
    each = f"{manifest['replicates']} per strategy"
    if manifest.get("posterior"):
        return f"{each} and draw, {points} draws of {manifest['posterior']}"
    return f"{each} and point, {points} points" if points > 1 else f"{each}, same accidents for all"


def is_comparison(manifest: Mapping[str, Any]) -> bool:
    """Whether nothing was varied, or what was varied is what a posterior leaves open."""
    return manifest.get("points", [{}]) == [{}] or bool(manifest.get("posterior"))


def _in_python(manifest: Mapping[str, Any]) -> str:
    return f"""import json
import influence_sim as ins

points = json.load(open("experiment.json"))["manifest"]["points"]
result = ins.sweep(
    "scenario.toml",
    points,
    {list(manifest["compared"])!r},
    replicates={manifest["replicates"]},
    seed={manifest["seed"]},
    counterfactual={manifest["counterfactual"]},
)
"""


def _with_graph(manifest: Mapping[str, Any]) -> str:
    return f"""import influence_sim as ins

graph = ins.read("network.txt")  # or as it was made then
result = ins.compare(
    "scenario.toml",
    {list(manifest["compared"])!r},
    replicates={manifest["replicates"]},
    seed={manifest["seed"]},
    graph=graph,
)
"""


def command(manifest: Mapping[str, Any]) -> str:
    """Return what is to be typed to run a comparison again."""
    words = ["influence-sim", "compare", "scenario.toml", "--strategies", ",".join(manifest["compared"])]
    words += ["--replicates", str(manifest["replicates"]), "--seed", str(manifest["seed"])]
    if not manifest["counterfactual"] and manifest["scenario"]["incident"]:
        words.append("--no-counterfactual")
    if manifest.get("posterior"):
        words += ["--posterior", manifest["posterior"], "--draws", str(len(manifest["points"]))]
    return shlex.join(words)


def _is_own(name: str, described: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    """Whether neither the library nor the scenario knows a strategy."""
    from influence_sim.strategies import CATALOGUE

    scenario = manifest["scenario"]
    return name not in (*CATALOGUE, *scenario["levers"], *scenario["schedule"])
