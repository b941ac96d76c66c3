"""Golden results: small ones of each kind, as a version wrote them, in an archive per format of folders.

``python tests/release/golden.py`` writes ``golden/format-N.tar.xz``, N being today's format; ``expected.json`` in it
has the numbers that are to be read back. Run it once, when FORMAT has been raised, and never again: the archives of
older formats stay as their versions wrote them, so that the test beside this file sees that they are still read.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import influence_sim as ins
from influence_sim.experiment.factors import ranges
from influence_sim.experiment.folders import FORMAT
from influence_sim.experiment.phases import phase_map
from influence_sim.experiment.posterior import write_posterior
from influence_sim.experiment.robustness import robustness
from influence_sim.experiment.sensitivity import sensitivity
from influence_sim.fitting.case import FitCase
from influence_sim.fitting.fit import check_place, fit, write_fit

FOLDER = Path(__file__).parent / "golden"
SCENARIO = ins.Scenario.of(
    {
        "name": "golden",
        "days": 4,
        "burn_in_days": 1,
        "step_hours": 12.0,
        "network": {"consumers": 40, "mean_degree": 4},
        "companies": [{"name": "us"}, {"name": "them"}],
        "incident": {"kind": "delay", "day": 1},
        "parameters": {"need_interval": 5.0},
    }
)
NAMES = ["silent", "dialogue"]
POINTS = [{"incident.severity": severity} for severity in (0.2, 0.9)]
DRAWS = [{"costs.margin": 4.0, "parameters.patience": 5.0}, {"costs.margin": 9.0, "parameters.patience": 7.0}]
ASKED = {"particles": 20, "generations": 1, "draws": 3, "seed": 1}


def write(folder: Path) -> dict[str, Any]:
    """Write a folder of each kind, and return the numbers that are to be read back."""
    compared = ins.compare(SCENARIO, NAMES, replicates=2, seed=3, out=folder / "comparison")
    compared.write(folder / "comparison")
    swept = ins.sweep(SCENARIO, POINTS, NAMES, replicates=2, seed=3, out=folder / "sweep")
    swept.write(folder / "sweep", daily=False)
    for kind, study in (("phases", phase_map), ("robustness", robustness)):
        study(ins.sweep(SCENARIO, POINTS, NAMES, replicates=2, seed=3, out=folder / kind)).write(folder / kind)
    (folder / "posterior").mkdir()
    write_posterior(folder / "posterior.csv", DRAWS, "draws")
    drawn = ins.compare(
        SCENARIO, NAMES, replicates=2, posterior=folder / "posterior.csv", draws=2, out=folder / "posterior"
    )
    hanging = sensitivity(
        SCENARIO, NAMES, "profit", count=2, factors=ranges(SCENARIO, ["costs.margin=2:9"]), replicates=2
    )
    hanging.write(folder / "sensitivity")
    _fit(folder)
    return {kind: numbers(found) for kind, found in (("comparison", compared), ("posterior", drawn))} | {
        "sweep": [numbers(found) for _, found in swept],
        "sensitivity": sensitivity_rows(hanging),
    }


def numbers(found: ins.Comparison) -> dict[str, Any]:
    """Return what tells whether a comparison was read as it was written."""
    return {
        "shape": list(found.values.shape),
        "values": np.nan_to_num(found.values.sum(axis=(0, 1, 2, 3)), nan=-1.0).tolist(),
        "profit": {name: [one.mean, one.low, one.high] for name, one in found.estimates["profit"].items()},
        "recovered": {name: one.mean for name, one in found.estimates["recovered"].items()},
        "switches": found.switches.tolist(),
        "storms": len(found.storms["strategy"]),
        "cascades": np.asarray(found.cascades["strategy"]).tolist(),
    }


def sensitivity_rows(found: Any) -> list[list[str]]:
    """Return the rows of a sensitivity analysis as text."""
    return [list(map(str, row.values())) for row in found.rows()]


def _fit(folder: Path) -> None:
    """Fit to counts that are made up; what is found is of no interest."""
    (folder / "fit").mkdir()
    (folder / "golden.toml").write_text(SCENARIO.to_toml(), encoding="utf-8")
    values = {
        "scenario": str(folder / "golden.toml"),
        "first": "2026-05-01",
        "last": "2026-05-03",
        "summaries": ["share"],
        "free": {"costs.margin": [1.0, 9.0]},
    }
    case, counts = FitCase.model_validate(values), np.ones((3, 2, 2))
    check_place(folder / "fit", case, counts, ASKED)
    with ThreadPoolExecutor(1) as executor:
        found = fit(case, counts, **ASKED, folder=folder / "fit", executor=executor)
    write_fit(found, case, "counts.csv", folder / "fit", ASKED)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    archive = FOLDER / f"format-{FORMAT}.tar.xz"
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        expected = write(place)
        (place / "expected.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")
        with tarfile.open(archive, "x:xz") as packed:
            for file in sorted(place.rglob("*")):
                if file.is_file() and file.suffix != ".db":
                    packed.add(file, file.relative_to(place), filter=_anonymous)
    print(f"{archive}: {archive.stat().st_size} bytes")


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main()
