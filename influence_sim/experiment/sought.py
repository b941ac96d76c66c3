"""The strategy that a search changes: a copy of the one it starts from, and the keys that are varied of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from influence_sim.core.levers import LEVERS
from influence_sim.experiment.design import check_points
from influence_sim.experiment.factors import Factor, ranges
from influence_sim.experiment.plan import Point
from influence_sim.scenario import Scenario

OPTIMISED = "optimised"
"""Name of the strategy that is sought."""
_PREFIX = f"levers.{OPTIMISED}."


def with_copy(scenario: Scenario, start: str) -> Scenario:
    """Return a scenario with a strategy :data:`OPTIMISED` that begins as another is.

    Raises
    ------
    ValueError
        If there is no such strategy, it decides by what it sees, or the scenario has one of that name.
    """
    there = scenario.strategy(start)
    if there.watches:
        raise ValueError(f"{start}: decides every evening by what it sees, so that its levers cannot be searched")
    if OPTIMISED in scenario.own_strategies:
        raise ValueError(f"{OPTIMISED}: the scenario has a strategy of this name; give it another")
    changes = [{"day": day, "levers": dict(levers)} for day, levers in sorted(there.schedule.items())]
    tree = scenario.model_dump()
    tree["levers"] = {**tree["levers"], OPTIMISED: {**there.levers}}
    if changes:
        tree["schedule"] = {**tree["schedule"], OPTIMISED: changes}
    return Scenario.of(tree, source=scenario.name)


def key_of(text: str, start: str) -> str:
    """Return ``KEY=LOW:HIGH`` with the lever of the strategy that is sought: by its bare name, or that of its start."""
    key, equals, what = text.partition("=")
    key = key.strip()
    if key in LEVERS:
        key = _PREFIX + key
    elif key.startswith(f"levers.{start}."):
        key = _PREFIX + key.removeprefix(f"levers.{start}.")
    return f"{key}{equals}{what}"


def factors_of(copied: Scenario, varied: Sequence[str], start: str) -> tuple[Factor, ...]:
    """Read ``KEY=LOW:HIGH`` texts for a scenario with the copy of a strategy.

    Raises
    ------
    ValueError
        If there are none, or one of them cannot be meant; the line names its key as the text does.
    """
    if not varied:
        raise ValueError("nothing is varied; say what, as in --vary reply_capacity=0:20")
    texts = [key_of(text, start) for text in varied]
    # Nobody has written the copy's name: errors take the key back.
    written = {text.partition("=")[0]: own.partition("=")[0].strip() for text, own in zip(texts, varied, strict=True)}
    try:
        factors = ranges(copied, texts)
    except ValueError as error:
        said = re.sub(rf"{re.escape(_PREFIX)}\w*", lambda found: written.get(found[0], found[0]), str(error))
        raise type(error)(said) from None
    for factor in factors:
        if not factor.key.startswith(_PREFIX):
            check_points(copied, [{factor.key: factor.at(0)}], [start])
    return factors


def own_setting(copied: Scenario, factors: Sequence[Factor]) -> Point | None:
    """Return the setting that the copy begins with, if it lies in the ranges and only its levers are varied."""
    levers = copied.strategy(OPTIMISED).levers
    setting = {}
    for factor in factors:
        if not factor.key.startswith(_PREFIX):
            return None
        name = factor.key.removeprefix(_PREFIX)
        value = float(levers.get(name, LEVERS[name].neutral))
        if not factor.low <= value <= factor.high:
            return None
        setting[factor.key] = value
    return setting
