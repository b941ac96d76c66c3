"""What EMA Workbench 3 reads: a table of experiments, and an array per outcome."""

from __future__ import annotations

import gzip
import json
import tarfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.weaknesses import is_numeric

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.experiment.robustness import Robustness

type F8 = NDArray[np.float64]

EMA_FILE = "ema_workbench.tar.gz"
"""What ``ema_workbench.load_results`` reads."""


def experiments_and_outcomes(found: Robustness) -> tuple[pd.DataFrame, dict[str, F8]]:
    """Return a row per future (scenario) and strategy (policy), and what came of each."""
    import pandas as pd

    count = len(found.strategies)
    columns: dict[str, Any] = {}
    for key in found.keys:
        values = [point[key] for point in found.points for _ in found.strategies]
        columns[key] = values if is_numeric(values) else pd.Categorical(values)
    columns["scenario"] = np.repeat(np.arange(len(found.points)), count)
    columns["policy"] = pd.Categorical(found.strategies * len(found.points), list(found.strategies))
    columns["model"] = pd.Categorical(["influence_sim"] * (count * len(found.points)))
    numbers = {
        found.measure.name: found.means,
        "regret": found.regrets,
        "fails": found.fails,
        "may_fail": found.may_fail,
        "surely_best": found.surely_best,
    }
    outcomes = {name: np.asarray(values, np.float64).ravel() for name, values in numbers.items()}
    return pd.DataFrame(columns), outcomes


def archive(experiments: pd.DataFrame, outcomes: dict[str, F8]) -> bytes:
    """Return what EMA Workbench's ``save_results`` would write, which needs it neither here nor registered there."""
    files = {"experiments.csv": experiments.to_csv(index=False)}
    listed = []
    for name, values in outcomes.items():
        files[f"{name}.csv"] = "".join(f"{value!r}\n" for value in values.tolist())
        listed.append(["ScalarOutcome", name, f"{name}.csv"])
    kinds = {name: kind.name for name, kind in experiments.dtypes.to_dict().items()}
    files["metadata.json"] = json.dumps({"version": 0.1, "outcomes": listed, "experiments": kinds})
    stream = BytesIO()
    # Without the time of day, so that the same results give the same file.
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as packed:
        for name, text in files.items():
            data = text.encode()
            about = tarfile.TarInfo(name)
            about.size = len(data)
            packed.addfile(about, BytesIO(data))
    return stream.getvalue()
