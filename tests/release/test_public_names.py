"""What users may rely on: taking a name away, or adding one, is a decision, and shows here."""

from __future__ import annotations

import subprocess
import sys

import influence_sim as ins

NAMES = [
    "AFTERMATH", "ASSUMPTIONS", "CATALOGUE", "Comparison", "Conduct", "DIAGNOSTICS", "Graph", "InfluenceModel",
    "Interrupted", "LEVERS", "MEASURES", "NetworkError", "ORIGINS", "Observation", "Parameters", "Scenario",
    "ScenarioError", "StoreError", "Storm", "Strategy", "Sweep", "Varied", "WorkerError", "biggest_storm", "compare",
    "from_networkx", "from_scipy", "open_results", "optimise", "phase_map", "points_of", "read", "register",
    "robustness", "sensitivity", "sweep", "write_report",
]  # fmt: skip


def test_the_public_names_are_these():
    assert sorted(ins.__all__) == sorted(NAMES)
    assert len(set(ins.__all__)) == len(ins.__all__)


def test_each_is_there_and_described():
    for name in NAMES:
        thing = getattr(ins, name)
        assert isinstance(thing, tuple | dict) or hasattr(thing, "items") or thing.__doc__, name


def test_from_a_users_side_types_are_seen(tmp_path):
    """The package says that it is typed, and strict mypy believes it of a program of somebody else."""
    program = tmp_path / "program.py"
    program.write_text(
        "import influence_sim as ins\n\n"
        "result = ins.compare(ins.Scenario(), ['silent', 'dialogue'], replicates=2)\n"
        "mean: float = result.contrasts['loyalty']['dialogue - silent'].mean\n"
        "storm: ins.Storm | None = ins.biggest_storm(result)\n"
        "wrong: str = result.companies[0] + 1\n"
    )
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", str(tmp_path), str(program)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    complaints = [line for line in found.stdout.splitlines() if "program.py" in line]
    assert len(complaints) == 1, found.stdout
    assert "program.py:6: error: Unsupported operand types" in complaints[0]
