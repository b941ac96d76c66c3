"""The quantities of a run: what is recorded each day, and what an incident did, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from influence_sim.core.measures import MEASURES, Quantity
from influence_sim.experiment.aftermath import AFTERMATH
from influence_sim.files import did_you_mean
from influence_sim.scenario import Scenario

_KNOWN = {one.name: one for one in (*MEASURES, *AFTERMATH)}


def quantity(name: str) -> Quantity:
    """Return a quantity by its name; a name that there is not is a ValueError of one line."""
    if name not in _KNOWN:
        raise ValueError(
            f"there is no measure {name!r}{did_you_mean(name, _KNOWN) or f'; there are {", ".join(_KNOWN)}'}"
        )
    return _KNOWN[name]


def needs_counterfactual(names: Iterable[str]) -> bool:
    """Whether one of these quantities is measured against worlds in which nothing strikes."""
    return any(name in {one.name for one in AFTERMATH} for name in names)


def check_measures(scenario: Scenario, names: Sequence[str]) -> None:
    """Raise a ValueError of one line at measures that there are not, or not in this scenario."""
    for name in names:
        quantity(name)
        if needs_counterfactual([name]) and not scenario.incident:
            raise ValueError(
                f"{name}: tells what an incident did, and nothing strikes in {scenario.name}; add an [incident]"
            )
