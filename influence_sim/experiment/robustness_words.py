"""What a robustness study found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from influence_sim.experiment.words import number, share

if TYPE_CHECKING:
    from influence_sim.experiment.robustness import Robustness


def words(found: Robustness) -> Iterator[str]:
    """Say what is recommended, where each strategy fails, and how sure that is."""
    lost = f"; {found.lost} were left out, as no world was whole" if found.lost else ""
    yield f"{len(found.points)} futures, {found.replicates} replicates each{lost}."
    unit = f" {found.measure.unit}" if found.measure.unit else ""
    said = {"minimax": "Least regret at worst", "mean": f"Best mean {found.measure.name}"}
    for choice in found.choices:
        if choice.certainty != choice.certainty:
            sure = "one replicate cannot tell how sure that is"
        else:
            sure = f"{'sure' if choice.is_sure else 'not sure'}: so in {share(choice.certainty)} of the resamples"
        yield (
            f"{said[choice.rule]}: {choice.strategy}, {number(choice.value)}{unit}, before {choice.second}, "
            f"{number(choice.second_value)} ({sure})."
        )
    many = len(found.points)
    for one in found.weaknesses:
        text = f"Of {many} futures {one.strategy} surely fails ({found.failing}) in {one.count}"
        may = int(found.may_fail[:, found.strategies.index(one.strategy)].sum()) - one.count
        unsure = f"; in {may} more by its mean only" if found.threshold is not None and may else ""
        if one.sure:
            yield (
                f"{text}: mostly where {' and '.join(map(str, one.sure))}, which covers {share(one.coverage)} of "
                f"these, and {share(one.density)} of the futures there fail{unsure}."
            )
        elif 0 < one.count < many:
            yield f"{text}, and no single key surely tells in which{unsure}."
        else:
            yield f"{text}{unsure}."
    if found.chance == found.chance:
        yield (
            f"Chance alone would show a mean regret of {number(found.chance)}{unit} between strategies that do not "
            "differ; of the failures called sure at most 5 % are expected not to be so."
        )
