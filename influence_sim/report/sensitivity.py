"""Tables of sensitivity analyses for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.table import Table

from influence_sim.experiment.contrasts import Estimate
from influence_sim.experiment.importance import Method, Sensitivity
from influence_sim.experiment.studies import unit_of
from influence_sim.experiment.words import number, share, signed
from influence_sim.report.tables import plain_table

_TITLES = {
    "mu_star": "μ*, size of effect",
    "mu": "μ, its direction",
    "sigma": "σ, how it varies",
    "first": "alone (first order)",
    "total": "with all others (total)",
}


def sensitivity_table(found: Sensitivity) -> Table:
    """Return a row per key, by importance, with intervals."""
    unit = f" in {found.unit}" if found.unit else ""
    is_morris = found.method is Method.MORRIS
    shown = f"change{unit} across a key's range" if is_morris else "share of variance"
    table = plain_table(f"{found.output}: {shown} [95 % interval]")
    table.add_column("key", no_wrap=True)
    for title in ("from", "to"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    names = list(found.importances[0].indices)
    writing = {"mu": signed} if is_morris else dict.fromkeys(names, _share)
    for name in names:
        table.add_column(_TITLES[name], justify="right", overflow="fold")
    table.add_column("by chance up to", justify="right", overflow="fold")
    table.add_column("matters", no_wrap=True)
    for one in found.importances:
        factor = one.factor
        table.add_row(
            factor.key,
            f"{factor.low:.4g}",
            f"{factor.high:.4g}",
            unit_of(factor.key),
            *(_interval(one.indices[name], writing.get(name, number)) for name in names),
            number(one.chance),
            "surely" if one.is_sure else "not at all" if one.main.low == one.main.high == 0 else "not sure",
        )
    return table


def sensitivity_words(found: Sensitivity) -> Iterator[str]:
    """Yield what was run, what is sure and what was held fixed."""
    sure = [one.factor.key for one in found.importances if one.is_sure]
    inert = sum(one.main.low == one.main.high == 0 for one in found.importances)
    several = f"{len(sure)} of {len(found.importances)} keys surely matter"
    yield f"{several}, {inert} did not change a single number." if inert else f"{several}."
    kind = "paths" if found.method is Method.MORRIS else "samples"
    yield f"{found.worlds:,} worlds: {found.count} {kind}, {found.points:,} points, {found.replicates} replicates."
    positive = f"The difference is positive at {share(found.share_positive)} of the points"
    if found.noise == found.noise:
        yield f"{positive}; {share(min(found.noise, 1.0))} of its variance over points is chance."
    else:
        yield f"{positive}; how much of its variance is chance, one replicate cannot tell."
    if found.redrawn:
        yield f"{found.redrawn} {kind} were drawn again, as the scenario forbids a point of theirs."
    if found.lost:
        yield f"{found.lost} {kind} were left out, as all worlds of a point failed."
    if found.held:
        yield f"Held fixed: {found.held}."


def _share(value: float) -> str:
    """Write a share of variance; of what is next to none, digits tell nothing."""
    return f"{round(value, 3) + 0.0:.3f}" if abs(value) < 0.01 else number(value)


def _interval(found: Estimate, write: Callable[[float], str]) -> str:
    return f"{write(found.mean)} [{write(found.low)}, {write(found.high)}]"
