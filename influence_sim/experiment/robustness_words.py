"""What a robustness study found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.words import number, share

if TYPE_CHECKING:
    from influence_sim.experiment.regret import Choice
    from influence_sim.experiment.robustness import Robustness
    from influence_sim.experiment.weaknesses import Weakness

_RULES = {"minimax": "Least regret at worst", "mean": "Best mean {measure}"}


def words(found: Robustness) -> Iterator[str]:
    """Say what is recommended, where each strategy fails, and how sure that is."""
    lost = f"; {found.lost} were left out, as no world was whole" if found.lost else ""
    yield f"{len(found.points)} futures, {found.replicates} replicate{'s' * (found.replicates != 1)} each{lost}."
    if found.unjudged == len(found.points):
        yield f"Too few replicates to be sure of anything: {LEAST_REPLICATES} or more are needed."
    elif found.unjudged:
        yield (
            f"In {found.unjudged} of {len(found.points)} futures fewer than {LEAST_REPLICATES} replicates are whole, "
            "too few to be sure of anything there, or of what is recommended over all futures."
        )
    for choice in found.choices:
        yield _recommended(found, choice)
    for one in found.weaknesses:
        yield _failures(found, one)
    if found.chance == found.chance:
        sure = "" if found.unjudged == len(found.points) else _FALSE
        yield (
            f"Chance alone would show a mean regret of {number(found.chance)}{_unit(found)} between strategies that do "
            f"not differ{sure}."
        )


_FALSE = "; of the failures called sure at most 5 % are expected not to be so"


def _unit(found: Robustness) -> str:
    return f" {found.measure.unit}" if found.measure.unit else ""


def _recommended(found: Robustness, choice: Choice) -> str:
    if choice.certainty != choice.certainty:
        sure = "too few replicates to say how surely"
    else:
        sure = f"{'sure' if choice.is_sure else 'not sure'}: so in {share(choice.certainty)} of the resamples"
    return (
        f"{_RULES[choice.rule].format(measure=found.measure.name)}: {choice.strategy}, {number(choice.value)}"
        f"{_unit(found)}, before {choice.second}, {number(choice.second_value)} ({sure})."
    )


def _failures(found: Robustness, one: Weakness) -> str:
    many, column = len(found.points), found.strategies.index(one.strategy)
    may, judged = int(found.may_fail[:, column].sum()), int(found.is_judged[:, column].sum())
    if not judged:
        fails = "is not the best" if found.threshold is None else f"fails ({found.failing})"
        return f"By its mean {one.strategy} {fails} in {may} of {many} futures; too few replicates to say where surely."
    fails = "surely loses to the best" if found.threshold is None else f"surely fails ({found.failing})"
    text = f"Of {many} futures {one.strategy} {fails} in {one.count}"
    more = f"; in {may - one.count} more by its mean only" if found.threshold is not None and may > one.count else ""
    if judged < many:
        more += f"; in {many - judged} there are too few replicates to say"
    if one.sure:
        return (
            f"{text}: mostly where {' and '.join(map(str, one.sure))}, which covers {share(one.coverage)} of "
            f"these, and {share(one.density)} of the futures there are such{more}."
        )
    if 0 < one.count < many:
        return f"{text}, and no single key surely tells in which{more}."
    return f"{text}{more}."
