"""Which assumptions the answer of a comparison hangs on: a screening, kept beside its results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from influence_sim.experiment.factors import assumptions
from influence_sim.experiment.folders import StoreError
from influence_sim.experiment.importance import Sensitivity, read_sensitivity
from influence_sim.experiment.plan import checksum, plan_of
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.sensitivity import sensitivity
from influence_sim.scenario import ASSUMPTIONS

FOLDER = "assumptions"
"""Where a screening is kept, in the folder of the comparison."""
SCREENED = ("loyalty", "churn", "storm_days", "profit")
REPLICATES = 2


def worlds_of_screening(paths: int) -> int:
    """Return how many worlds a screening runs."""
    return paths * (len(ASSUMPTIONS) + 1) * 2 * REPLICATES


def screen(result: Comparison, folder: str | Path, paths: int = 4, **running: Any) -> list[Sensitivity]:
    """Vary all assumptions at once, and see how the second strategy's difference to the first moves (Morris 1991).

    Parameters
    ----------
    result
        Of two strategies or more; the first two are screened, in :data:`SCREENED`.
    folder
        That of the comparison; what is run is kept there, and not run twice.
    paths
        Paths through the space of assumptions, at least 2.
    **running
        ``jobs``, ``batch`` and ``on_progress`` as in :func:`~influence_sim.experiment.compare.compare`.

    Raises
    ------
    ValueError
        If there is one strategy only, or the network cannot be made again.
    StoreError
        If another screening is kept there.
    """
    if len(result.strategies) < 2:
        raise ValueError("assumptions are screened for a difference: two strategies are needed")
    plan = plan_of(result.manifest)
    if checksum(plan.scenario.graph()) != result.manifest["graph"]["sha256"]:
        raise ValueError("the network of this comparison cannot be made again from its scenario")
    place = Path(folder) / FOLDER
    found = []
    for measure in SCREENED:
        # What the first measure has run the others find.
        one = sensitivity(
            plan.scenario,
            result.strategies[:2],
            measure,
            count=paths,
            factors=assumptions(plan.scenario),
            replicates=REPLICATES,
            seed=plan.seed,
            out=place,
            resume=True,
            **running,
        )
        one.write(place / measure)
        found.append(one)
    return found


def kept_screens(folder: str | Path, result: Comparison) -> list[Sensitivity]:
    """Return the screening that is kept with a comparison; none if there is none of it, or it is not complete."""
    places = [Path(folder) / FOLDER / measure for measure in SCREENED]
    if not all((place / "manifest.json").exists() for place in places):
        return []
    try:
        found = [read_sensitivity(place) for place in places]
    except ValueError as error:
        raise StoreError(str(error)) from None
    return found if all(_is_of(one, result) for one in found) else []


def _is_of(screened: Sensitivity, result: Comparison) -> bool:
    """Whether a screening is of the first two strategies of a comparison, in its setting."""
    there, here = screened.manifest, result.manifest
    same = all(there.get(key) == here.get(key) for key in ("scenario", "seed"))
    graphs = [about.get("graph", {}).get("sha256") for about in (there, here)]
    return same and graphs[0] == graphs[1] and there.get("compared") == list(result.strategies[:2])


def is_begun(folder: str | Path) -> bool:
    """Whether a screening was begun in a comparison's folder."""
    return (Path(folder) / FOLDER / "worlds").is_dir()
