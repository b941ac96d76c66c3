"""The main job on a real social network."""

from __future__ import annotations

import json

from real_data import real_data
from typer.testing import CliRunner

from influence_sim.cli import app


def test_the_friends_of_facebook_are_the_population():
    graph = real_data("graphs/facebook_combined.txt.gz")
    options = [
        "--graph",
        str(graph),
        "--days",
        "50",
        "--replicates",
        "2",
        "--strategies",
        "broadcast,dialogue",
        "--json",
    ]
    result = CliRunner().invoke(app, ["compare", "shipping_delay", *options])
    assert result.exit_code == 0, result.stderr
    assert "4,039 people, 88,234 friendships" in result.stderr
    found = json.loads(result.stdout)
    assert found["manifest"]["graph"] | {"name": "", "sha256": ""} == {
        "name": "",
        "sha256": "",
        "consumers": 4039,
        "arcs": 2 * 88_234,
        "self_loops_left_out": 0,
        "parallel_arcs_left_out": 0,
    }
    difference = found["contrasts"]["reach"]["dialogue - broadcast"]
    assert difference["high"] < 0, "ads reach more people than answers do"
