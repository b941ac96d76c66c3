"""What a comparison found, in plain words: what is sure, what is not, and who pays for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from influence_sim.experiment.contrasts import Contrast
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.sequential import LEAST_REPLICATES


@dataclass(frozen=True, slots=True)
class _Finding:
    """How a difference in one measure is said; ``more`` is said of the strategy with the larger value."""

    measure: str
    more: str
    less: str
    unit: str
    topic: str
    best: str


_FINDINGS = (
    _Finding("loyalty", "keeps more loyalty", "keeps less loyalty", "", "loyalty", "keeps the most loyalty"),
    _Finding(
        "churn",
        "loses more customers",
        "loses fewer customers",
        " per customer and 30 days",
        "customers lost",
        "loses the fewest customers",
    ),
    _Finding(
        "storm_days",
        "burns more often",
        "burns less often",
        " days in a firestorm",
        "days in a firestorm",
        "burns least often",
    ),
    _Finding("profit", "earns more", "earns less", " money", "profit", "earns most"),
)

_ROUNDING = 1e-12
"""What is smaller is what rounding leaves of nothing."""


def headline(comparison: Comparison) -> list[str]:
    """Return the answer in two sentences: which strategy is best in what, and how sure that is."""
    company, many = comparison.companies[comparison.focal], comparison.values.shape[1]
    if len(comparison.strategies) == 1:
        return _state(comparison)
    found = [one for finding in _FINDINGS if (one := _best(comparison, finding)) is not None]
    leads: dict[str, list[str]] = {}
    for finding, best, _ in found:
        leads.setdefault(best, []).append(finding.best)
    said = "; ".join(f"{best} {_listed(what)}" for best, what in leads.items())
    first = f"For {company}, {said}." if said else f"For {company}, the strategies do not differ in any replicate."
    if many < 2:
        return [first, "One world each says nothing about chance: add replicates before believing a difference."]
    sure = [finding.topic for finding, _, doubts in found if not doubts]
    open_ = [f"{finding.topic} (not told from {_listed(doubts)})" for finding, _, doubts in found if doubts]
    whence = f"{many} paired worlds each" if comparison.replicates_per_draw is None else "the draws of the posterior"
    parts = [f"are sure about {_listed(sure)}"] if sure else []
    parts += [f"cannot be sure about {_listed(open_)}"] if open_ else []
    judged = " and ".join(parts) or "show no difference that could be doubted"
    return [first, f"At the 95 % level, each judged by itself, {whence} {judged}."]


def _state(comparison: Comparison) -> list[str]:
    """Say how the company fares with its only strategy."""
    company, strategy = comparison.companies[comparison.focal], comparison.strategies[0]
    parts = [
        f"{finding.topic} of {number(found.mean)}{'' if finding.topic in finding.unit else finding.unit}"
        f" ({number(found.low)} to {number(found.high)})"
        for finding in _FINDINGS
        if finding.measure in comparison.estimates and (found := comparison.estimates[finding.measure][strategy])
    ]
    days, many = comparison.values.shape[3], comparison.values.shape[1]
    return [
        f"Over {days} days {company} comes, with the strategy {strategy}, to {_listed(parts)}.",
        f"These are means of {many} worlds with 95 % intervals, and say nothing of other strategies."
        if many > 1
        else "This is one world, which says nothing about chance.",
    ]


def _best(comparison: Comparison, finding: _Finding) -> tuple[_Finding, str, list[str]] | None:
    """Return who is best in a measure, and whom it is not surely better than; None where nobody differs."""
    known = {measure.name: measure for measure in comparison.measures}
    if finding.measure not in known:
        return None
    better, found = known[finding.measure].better, comparison.estimates[finding.measure]
    means = {name: better * one.mean for name, one in found.items() if one.mean == one.mean}
    if not means or max(means.values()) - min(means.values()) < _ROUNDING:
        return None
    best = max(means, key=lambda name: means[name])
    names, doubts = comparison.strategies, []
    for other in names:
        if other != best:
            pair = (best, other) if names.index(best) > names.index(other) else (other, best)
            if not _judged(comparison, finding.measure, " - ".join(pair)).is_sure:
                doubts.append(other)
    return finding, best, doubts


def in_words(comparison: Comparison) -> list[str]:
    """Return one sentence per strategy after the first, that says how it does against the first, after any caution."""
    if comparison.values.shape[1] < 2:
        return ["One world each says nothing about chance: add replicates before believing a difference."]
    baseline, many = comparison.strategies[0], comparison.values.shape[1]
    said = [_sentence(comparison, other, baseline) for other in comparison.strategies[1:]]
    if comparison.replicates_per_draw is not None:
        many //= comparison.replicates_per_draw
    if said and many < LEAST_REPLICATES:
        said.insert(0, few_replicates(many, "replicates" if comparison.replicates_per_draw is None else "draws"))
    return said


def few_replicates(many: int, of_what: str = "replicates") -> str:
    """Return what is to be said of intervals from few replicates, or few draws of a posterior."""
    return f"With {many} {of_what} intervals lean on normal differences; take {LEAST_REPLICATES} or more."


def shortages(comparison: Comparison) -> list[str]:
    """Return one sentence per strategy that wants more than its budget pays for."""
    return [
        f"The budget pays for {share(found.mean)} of what {strategy} wants; its levers were scaled down."
        for strategy, found in comparison.estimates["funded"].items()
        if found.mean < 1
    ]


def surety(comparison: Comparison) -> list[str]:
    """Return sentences on what intervals hold if there is a posterior, or on how a comparison ended by itself."""
    if comparison.replicates_per_draw is not None:
        draws = comparison.values.shape[1] // comparison.replicates_per_draw
        return [
            f"Intervals hold what {comparison.manifest['posterior']} leaves open: {draws} draws of it, "
            f"{comparison.replicates_per_draw} worlds each. P(> 0) is over these draws."
        ]
    state = comparison.stopping
    if state is None:
        return []
    said = [
        f"{'Sure' if state.reached else 'Not sure yet'} after {state.replicates} replicates "
        f"({state.measure}: {state.goal}, at {share(state.level)} however often one looks):"
    ]
    for pair in state.pairs:
        told = "told apart" if pair.is_sure else "not told apart"
        if math.isinf(pair.half_width):
            said.append(f"  {pair.name}: {signed(pair.mean)}, no interval yet: too few replicates, or all alike")
            continue
        said.append(
            f"  {pair.name}: {signed(pair.mean)} [{signed(pair.low)}, {signed(pair.high)}], {told}"
            f"{_saved(pair.independent_replicates, state.replicates)}"
        )
    said.append("Quote these: the tables' intervals are for a number of replicates that was fixed beforehand.")
    return said


def _saved(alone: float, together: int) -> str:
    if math.isnan(alone):
        return ""
    more = f"{alone - together:.0f} more" if alone > together else "no more than these"
    return f"; independent worlds would have needed about {alone:.0f} replicates, {more}"


def losses(comparison: Comparison) -> list[str]:
    """Return one sentence if worlds failed, with what the first of them said."""
    if not comparison.failures or not len(comparison.failures["error"]):
        return []
    failed = comparison.failures
    first = f"{failed['strategy'][0]}, replicate {failed['replicate'][0]}: {failed['error'][0]}"
    return [f"{len(failed['error'])} worlds failed and are left out (failures.csv), the first being {first}"]


def share(value: float) -> str:
    """Write a share in percent, rounded down to a tenth, so that what is short of the whole does not look whole."""
    return f"{math.floor(1000 * value + 1e-9) / 10:g} %"


def number(value: float) -> str:
    """Write a number with as many digits as a reader needs."""
    if value != value:
        return "–"
    size = abs(value)
    if size < _ROUNDING:
        return "0.000"
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    if size >= 0.01:
        return f"{value:.3f}"
    return f"{value:.{max(4, math.ceil(-math.log10(size)))}f}"


def signed(value: float) -> str:
    """Write a difference with its sign."""
    text = number(value)
    return text if value != value or text.startswith("-") else f"+{text}"


def _sentence(comparison: Comparison, other: str, baseline: str) -> str:
    known = {measure.name for measure in comparison.measures}
    found = [
        (finding, _judged(comparison, finding.measure, f"{other} - {baseline}"))
        for finding in _FINDINGS
        if finding.measure in known
    ]
    sure = [_say(finding, contrast) for finding, contrast in found if contrast.is_sure]
    equal = [finding.topic for finding, contrast in found if contrast.low == contrast.high == 0]
    unsure = [f.topic for f, c in found if not c.is_sure and f.topic not in equal]
    parts = []
    if sure:
        parts.append(f"Against {baseline}, {other} {_listed(sure)}")
    if equal:
        both = f"{'it' if sure else f'the strategies {other}'} and {baseline}"
        parts.append(f"{both} do not differ in any replicate in {_listed(equal)}")
    if unsure:
        parts.append(
            f"on {_listed(unsure)} {comparison.values.shape[1]} replicates cannot tell {other} from {baseline}"
        )
    # No part begins with a strategy's name, which a capital would change.
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "."


def _judged(comparison: Comparison, measure: str, name: str) -> Contrast:
    """Return a difference; where replicates were added until it was sure, with the interval that allows for that."""
    found = comparison.contrasts[measure][name]
    if comparison.stopping is None or comparison.stopping.measure != measure:
        return found
    pair = next(pair for pair in comparison.stopping.pairs if pair.name == name)
    return replace(found, low=pair.low, high=pair.high)


def _say(finding: _Finding, contrast: Contrast) -> str:
    verb = finding.more if contrast.mean > 0 else finding.less
    return f"{verb} ({signed(contrast.mean)}{finding.unit}; {signed(contrast.low)} to {signed(contrast.high)})"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
