"""What studies of measures refuse before anything is run."""

from __future__ import annotations

from collections.abc import Sequence

from influence_sim.experiment.studies import needs_counterfactual, quantity
from influence_sim.scenario import Scenario


def check_measures(scenario: Scenario, names: Sequence[str]) -> None:
    """Raise a ValueError of one line at measures that there are not, or not in this scenario.

    Those of the aftermath compare with worlds in which nothing strikes, and so need something that does.
    """
    for name in names:
        quantity(name)
    if scenario.incident:
        return
    for name in names:
        if needs_counterfactual([name]):
            raise ValueError(
                f"{name}: tells what an incident did, and nothing strikes in {scenario.name}; add an [incident]"
            )
