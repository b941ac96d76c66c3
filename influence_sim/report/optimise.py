"""Tables of optimisation for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from influence_sim.experiment.optimum import Optimum
from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.sought import OPTIMISED
from influence_sim.experiment.words import number, signed
from influence_sim.report.tables import plain_table


def optimum_table(found: Optimum) -> Table:
    """Return a row per winner and measure: in the search, in fresh worlds, and against the baseline there."""
    goals = " and ".join(map(str, found.aims.goals)) + (" in the worst world" if found.aims.is_worst else "")
    table = plain_table(f"{goals}: {'the best setting' if len(found.winners) == 1 else 'settings to choose from'}")
    table.add_column("trial", justify="right")
    for factor in found.factors:
        table.add_column(factor.key.removeprefix(f"levers.{OPTIMISED}."), justify="right", overflow="fold")
    table.add_column("measure", no_wrap=True)
    how = "worst" if found.aims.is_worst else "mean"
    for title in (f"{how} in the search", "in fresh worlds [95 %]", "worst there", "optimism"):
        table.add_column(title, justify="right", overflow="fold")
    table.add_column(f"less {found.baseline} [95 %]", justify="right", overflow="fold")
    for winner in found.winners:
        setting = [f"{value:.4g}" for value in winner.trial.setting.values()]
        for place, name in enumerate(found.aims.measures):
            fresh, less = winner.fresh[name], winner.against[name]
            optimism = winner.optimism.get(name)
            table.add_row(
                *([str(winner.trial.number), *setting] if place == 0 else [""] * (1 + len(setting))),
                name,
                number(winner.trial.scores[name]),
                f"{number(fresh.mean)} [{number(fresh.low)}, {number(fresh.high)}]",
                number(winner.worst[name]),
                "–" if optimism is None else signed(optimism),
                f"{signed(less.mean)} [{signed(less.low)}, {signed(less.high)}]",
            )
    return table


def optimum_words(found: Optimum) -> Iterator[str]:
    """Yield what was run, and what holds in worlds that the search has not seen."""
    many = f"{len(found.winners)} setting{'s' if len(found.winners) > 1 else ''}"
    yield (
        f"{found.worlds:,} worlds: {len(found.trials)} trials × {found.replicates} replicates, as many of "
        f"{found.baseline}; then {many} and {found.baseline}, {found.fresh_replicates} fresh replicates each."
    )
    if found.aims.constraints:
        kept = sum(trial.is_feasible for trial in found.trials)
        broken = sum(not winner.keeps for winner in found.winners)
        bounds = " and ".join(map(str, found.aims.constraints))
        yield f"{kept} of {len(found.trials)} trials keep {bounds}" + (
            f"; {broken} of {len(found.winners)} winners do not in fresh worlds."
            if broken
            else ", and so do the winners."
        )
    if found.fresh_replicates < LEAST_REPLICATES:
        few = f"{found.fresh_replicates} fresh replicates are too few to say"
        yield f"{few} what beats {found.baseline}: {LEAST_REPLICATES} or more say it."
        return
    for goal in found.aims.goals:
        better = sum(
            winner.against[goal.measure].is_sure and goal.sign * winner.against[goal.measure].mean > 0
            for winner in found.winners
        )
        if len(found.winners) == 1:
            said = "surely beats" if better else "does not surely beat"
            yield f"In fresh worlds it {said} {found.baseline} in {goal.measure}."
        else:
            yield f"In fresh worlds {better} of {len(found.winners)} surely beat {found.baseline} in {goal.measure}."
