"""What a comparison found, in plain words: what is sure, what is not, and who pays for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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

_LEVEL = 0.05
_ROUNDING = 1e-12
"""What is smaller is what rounding leaves of nothing."""


def headline(comparison: Comparison) -> list[str]:
    """Return the answer in two sentences: which strategy is best in what, and how sure that is.

    What is called sure holds at the 95 % level for all of the headline together (Holm 1979, Scand. J. Stat. 6:65).
    """
    company, many = comparison.companies[comparison.focal], _worlds_each(comparison)
    if len(comparison.strategies) == 1:
        return _state(comparison)
    found = [one for finding in _FINDINGS if (one := _best(comparison, finding)) is not None]
    lost = [name for name, whole in zip(comparison.strategies, comparison.is_whole, strict=True) if not whole.any()]
    failed = f" All worlds of {_listed(lost)} failed." if lost else ""
    if many < LEAST_REPLICATES:
        what = "paired worlds each are" if comparison.replicates_per_draw is None else "draws of the posterior are"
        what = "one world each is" if many == 1 and comparison.replicates_per_draw is None else f"{many} {what}"
        few = f"{what[0].upper()}{what[1:]} too few to be sure of any of this: take {LEAST_REPLICATES} or more."
        said = _leads((finding, best) for finding, best, _ in found)
        alike = f"For {company}, the strategies do not differ in any replicate."
        return [f"By means alone, for {company}, {said}." if said else alike, f"{few}{failed}"]
    if not found:
        return [
            f"For {company}, the strategies do not differ in any replicate.",
            f"That is so in {many} {_whence(comparison)}.{failed}",
        ]
    doubts = _doubts([(finding, pair) for finding, _, pairs in found for pair in pairs], comparison)
    said = _leads(
        (finding, best) for finding, best, pairs in found if not any((finding, pair) in doubts for pair in pairs)
    )
    open_ = [
        f"{finding.topic} ({best} not from {_listed(unsure)})"
        for finding, best, pairs in found
        if (unsure := [pair[0] for pair in pairs if (finding, pair) in doubts])
    ]
    first = f"For {company}, {said}." if said else f"For {company}, no strategy is surely the best in anything."
    told = f"; the best cannot be told from all others in {_listed(open_)}" if open_ else ""
    second = f"So say {many} {_whence(comparison)}, at the 95 % level for all of this together{told}.{failed}"
    return [first, second]


def _leads(found: Iterable[tuple[_Finding, str]]) -> str:
    """Say which strategy is best in what, strategy by strategy."""
    leads: dict[str, list[str]] = {}
    for finding, best in found:
        leads.setdefault(best, []).append(finding.best)
    return "; ".join(f"{best} {_listed(what)}" for best, what in leads.items())


def _whence(comparison: Comparison) -> str:
    return "paired worlds each" if comparison.replicates_per_draw is None else "draws of the posterior"


def _worlds_each(comparison: Comparison) -> int:
    """Return how many worlds each strategy has that did not fail, or draws of a posterior."""
    whole = comparison.is_whole.sum(axis=1)
    many = int(whole[whole > 0].min()) if whole.any() else 0
    return many if comparison.replicates_per_draw is None else many // comparison.replicates_per_draw


type _Pair = tuple[str, str]
"""A strategy that the best is compared with, and the name of the difference."""


def _doubts(pairs: list[tuple[_Finding, _Pair]], comparison: Comparison) -> set[tuple[_Finding, _Pair]]:
    """Return which of all differences of the headline are not sure, taken together."""
    ps = []
    for finding, (_, name) in pairs:
        contrast = comparison.contrasts[finding.measure][name]
        p = 2 * min(contrast.p_positive, 1 - contrast.p_positive)
        # Where replicates were added until it was sure, only the interval that allows for that counts.
        ps.append(p if _judged(comparison, finding.measure, name).is_sure else math.nan)
    order = sorted(range(len(ps)), key=lambda place: math.inf if math.isnan(ps[place]) else ps[place])
    for rank, place in enumerate(order):
        if math.isnan(ps[place]) or ps[place] * (len(ps) - rank) > _LEVEL:
            return {pairs[one] for one in order[rank:]}
    return set()


def _state(comparison: Comparison) -> list[str]:
    """Say how the company fares with its only strategy."""
    company, strategy = comparison.companies[comparison.focal], comparison.strategies[0]
    days, many = comparison.values.shape[3], _worlds_each(comparison)
    parts = []
    for finding in _FINDINGS:
        found = comparison.estimates.get(finding.measure, {}).get(strategy)
        if found is None or math.isnan(found.mean):
            continue
        unit = "" if finding.topic in finding.unit else finding.unit
        interval = f" ({number(found.low)} to {number(found.high)})" if many >= LEAST_REPLICATES else ""
        parts.append(f"{finding.topic} of {number(found.mean)}{unit}{interval}")
    over = f"{days} days" if days > 1 else "a day"
    if not parts:
        return [f"Over {over} nothing is known of {company}.", "All its worlds failed."]
    means = (
        f"These are means of {many} worlds with 95 % intervals, and say nothing of other strategies."
        if many >= LEAST_REPLICATES
        else f"{'One world says' if many == 1 else f'{many} worlds say'} little about chance: "
        f"take {LEAST_REPLICATES} or more."
    )
    return [f"Over {over} {company} comes, with the strategy {strategy}, to {_listed(parts)}.", means]


def _best(comparison: Comparison, finding: _Finding) -> tuple[_Finding, str, list[_Pair]] | None:
    """Return who is best in a measure, and with whom it is to be compared; None where nobody differs."""
    known = {measure.name: measure for measure in comparison.measures}
    if finding.measure not in known:
        return None
    better, found = known[finding.measure].better, comparison.estimates[finding.measure]
    means = {name: better * one.mean for name, one in found.items() if one.mean == one.mean}
    if len(means) < 2 or max(means.values()) - min(means.values()) < _ROUNDING:
        return None
    best, names = max(means, key=lambda name: means[name]), list(comparison.strategies)
    pairs = [
        (other, f"{best} - {other}" if names.index(best) > names.index(other) else f"{other} - {best}")
        for other in means
        if other != best
    ]
    return finding, best, pairs


def in_words(comparison: Comparison) -> list[str]:
    """Return one sentence per strategy after the first, that says how it does against the first, after any caution."""
    lost = unfinished([comparison])
    if comparison.values.shape[1] < 2:
        few = "One world each says nothing about chance: add replicates before believing a difference."
        return [few, *without_worlds(lost)]
    baseline, many = comparison.strategies[0], comparison.values.shape[1]
    others = [] if baseline in lost else [name for name in comparison.strategies[1:] if name not in lost]
    said = [_sentence(comparison, other, baseline) for other in others]
    if comparison.replicates_per_draw is not None:
        many //= comparison.replicates_per_draw
    if said and many < LEAST_REPLICATES:
        said.insert(0, few_replicates(many, "replicates" if comparison.replicates_per_draw is None else "draws"))
    return [*said, *without_worlds(lost)]


def unfinished(comparisons: Iterable[Comparison]) -> dict[str, str]:
    """Return the strategies of which no world finished in any of some comparisons, each with its first error."""
    first: dict[str, str] = {}
    finished: set[str] = set()
    for comparison in comparisons:
        finished |= {
            name for name, whole in zip(comparison.strategies, comparison.is_whole, strict=True) if whole.any()
        }
        if comparison.failures:
            for name, error in zip(comparison.failures["strategy"], comparison.failures["error"], strict=True):
                first.setdefault(str(name), str(error))
    return {name: error for name, error in first.items() if name not in finished}


def without_worlds(lost: Mapping[str, str]) -> list[str]:
    """Return a sentence for each strategy of which no world finished, with its first error."""
    return [f"No world of {name} finished; the first error: {error}" for name, error in lost.items()]


def few_replicates(many: int, of_what: str = "replicates") -> str:
    """Return what is to be said of intervals from few replicates, or few draws of a posterior."""
    return f"With {many} {of_what} intervals lean on normal differences; take {LEAST_REPLICATES} or more."


def least_spender(comparison: Comparison) -> str:
    """Return the strategy that spends least: what spending brings is measured against it."""
    spent = {name: found.mean for name, found in comparison.estimates["spend"].items() if found.mean == found.mean}
    return min(spent, key=lambda name: spent[name]) if spent else comparison.strategies[0]


def against_least_spender(comparison: Comparison) -> list[str]:
    """Return how each strategy does against the one that spends least, if that is not the first of several."""
    first, least = comparison.strategies[0], least_spender(comparison)
    if least == first or len(comparison.strategies) < 3 or comparison.values.shape[1] < 2:
        return []
    left = (first, least, *unfinished([comparison]))
    return [_sentence(comparison, name, least) for name in comparison.strategies if name not in left]


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


def losses(comparison: Comparison, is_written: bool = True) -> list[str]:
    """Return one sentence if worlds failed, with what the first of them said, and the file, if one is written."""
    if not comparison.failures or not len(comparison.failures["error"]):
        return []
    failed = comparison.failures
    first = f"{failed['strategy'][0]}, replicate {failed['replicate'][0]}: {failed['error'][0]}"
    where = " (failures.csv)" if is_written else ""
    return [f"{len(failed['error'])} worlds failed and are left out{where}, the first being {first}"]


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
        (finding, _of_pair(comparison, finding.measure, other, baseline))
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


def _of_pair(comparison: Comparison, measure: str, other: str, baseline: str) -> Contrast:
    """Return the difference of a strategy to another, whichever was named first."""
    names = comparison.strategies
    if names.index(other) > names.index(baseline):
        return _judged(comparison, measure, f"{other} - {baseline}")
    found = _judged(comparison, measure, f"{baseline} - {other}")
    return Contrast(-found.mean, -found.high, -found.low, 1 - found.p_positive, 1 - found.share_positive)


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
