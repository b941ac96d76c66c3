"""Robustness: regret of each strategy over a set of futures, and the futures in which it fails.

A future is a point of a sweep. A strategy's regret there is what the best one makes of it, less what it makes itself
(Savage 1951). The futures in which it fails are described key by key; boxes of several keys are what EMA Workbench
finds (PRIM: Bryant & Lempert 2010), which reads what is written here.
"""

from __future__ import annotations

import json
import math
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit
from scipy.stats import false_discovery_control

from influence_sim.core.measures import Quantity
from influence_sim.experiment.contrasts import Contrast, Estimate, contrast
from influence_sim.experiment.folders import write_whole
from influence_sim.experiment.plan import Point
from influence_sim.experiment.studies import focal_values, quantity, write_tables
from influence_sim.experiment.weaknesses import LEVEL, Weakness, is_numeric, weakness
from influence_sim.experiment.words import number, share

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.experiment.sweep import Sweep

type F8 = NDArray[np.float64]
type Bools = NDArray[np.bool_]

EMA_FILE = "ema_workbench.tar.gz"
"""What ``ema_workbench.load_results`` reads."""
_RESAMPLES = 1000
_BLOCK = 100


@dataclass(frozen=True, slots=True)
class Threshold:
    """What counts as failing: a mean ``below`` a value, or above it."""

    measure: Quantity
    below: bool
    value: float

    def __str__(self) -> str:
        return f"{self.measure.name} {'<' if self.below else '>'} {self.value:g}"

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read ``MEASURE<VALUE`` or ``MEASURE>VALUE``.

        Raises
        ------
        ValueError
            If the text is neither, or there is no such measure.
        """
        found = re.fullmatch(r"\s*(\w+)\s*([<>])\s*(\S+)\s*", text)
        try:
            value = float(found[3]) if found else math.nan
        except ValueError:
            value = math.nan
        if found is None or not math.isfinite(value):
            raise ValueError(f"fails {text}: write MEASURE<VALUE or MEASURE>VALUE, as in profit<30000")
        return cls(quantity(found[1]), found[2] == "<", value)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a strategy fares over all futures.

    Attributes
    ----------
    mean
        Its mean over futures.
    regret, usual, worst
        Mean, 90 % quantile and maximum of its regrets, with 95 % intervals (basic bootstrap). All resample replicates,
        the same in every future, since futures share their accidents; mean and quantile resample futures, too. The
        maximum is that of these futures, and no more can be said of futures that were not looked at.
    worst_at
        The future with the greatest regret.
    best, surely_best
        Shares of futures in which no mean is better, and in which it is surely better than all others.
    surely_loses
        Share of futures in which the best is surely better.
    may_fail, fails
        Shares of futures in which it fails by its mean, and in which it surely does.
    """

    strategy: str
    mean: float
    regret: Estimate
    usual: Estimate
    worst: Estimate
    worst_at: Point
    best: float
    surely_best: float
    surely_loses: float
    may_fail: float
    fails: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What a rule recommends; ``certainty`` is the share of resamples in which it recommends the same.

    Of rules, ``minimax`` takes the least maximal regret, ``mean`` the best mean over futures. It is sure from 97.5 %
    on, and unknown from one replicate.
    """

    rule: str
    strategy: str
    value: float
    second: str
    second_value: float
    certainty: float

    @property
    def is_sure(self) -> bool:
        """Whether hardly a resample recommends another strategy."""
        return self.certainty >= 1 - LEVEL / 2


@dataclass(frozen=True, eq=False)
class Robustness:
    """How strategies fare over a set of futures.

    Attributes
    ----------
    points
        The futures; those in which no world was whole are left out and counted as ``lost``.
    means, regrets
        Of shape (futures, strategies).
    gaps
        Paired difference of the best to each strategy, in its favour, with its own 95 % interval.
    surely_best, surely_loses, fails
        Of shape (futures, strategies). What is called sure allows for having looked at so many futures and strategies:
        of all that is so called, at most 5 % are expected not to be so (Benjamini & Hochberg 1995).
    may_fail
        Where means say that a strategy fails.
    threshold
        What counts as failing; None: losing surely to the best.
    chance
        Mean regret that so many replicates would show if strategies did not differ at all.
    """

    measure: Quantity
    company: str
    keys: tuple[str, ...]
    strategies: tuple[str, ...]
    replicates: int
    points: tuple[Point, ...]
    lost: int
    means: F8
    regrets: F8
    gaps: tuple[tuple[Contrast, ...], ...]
    surely_best: Bools
    surely_loses: Bools
    fails: Bools
    may_fail: Bools
    threshold: Threshold | None
    standings: tuple[Standing, ...]
    choices: tuple[Choice, ...]
    weaknesses: tuple[Weakness, ...]
    chance: float
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Robustness in {self.measure.name} over {', '.join(self.keys)}: {' '.join(self.words())}"

    @property
    def failing(self) -> str:
        """What counts as failing."""
        return "loses surely to the best" if self.threshold is None else str(self.threshold)

    def words(self) -> list[str]:
        """Return in sentences what is recommended, where each strategy fails, and how sure that is."""
        return list(_words(self))

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per strategy."""
        return [
            {
                "strategy": one.strategy,
                "measure": self.measure.name,
                "mean": one.mean,
                **{
                    f"{name}{end}": getattr(getattr(one, what), side)
                    for name, what in (("mean_regret", "regret"), ("regret_90", "usual"), ("max_regret", "worst"))
                    for end, side in (("", "mean"), ("_low", "low"), ("_high", "high"))
                },
                **{f"worst at {key}": value for key, value in one.worst_at.items()},
                "best": one.best,
                "surely_best": one.surely_best,
                "surely_loses": one.surely_loses,
                "failing": self.failing,
                "may_fail": one.may_fail,
                "fails": one.fails,
                **{f"recommended by {choice.rule}": choice.strategy == one.strategy for choice in self.choices},
            }
            for one in self.standings
        ]

    def futures(self) -> list[dict[str, Any]]:
        """Return a row per future and strategy, what was varied first."""
        return [
            {
                **point,
                "future": place,
                "strategy": name,
                self.measure.name: float(self.means[place, column]),
                "regret": float(self.regrets[place, column]),
                "low": self.gaps[place][column].low,
                "high": self.gaps[place][column].high,
                "surely_best": bool(self.surely_best[place, column]),
                "surely_loses": bool(self.surely_loses[place, column]),
                "may_fail": bool(self.may_fail[place, column]),
                "fails": bool(self.fails[place, column]),
            }
            for place, point in enumerate(self.points)
            for column, name in enumerate(self.strategies)
        ]

    def conditions(self) -> list[dict[str, Any]]:
        """Return a row per strategy that fails somewhere, and key."""
        return [
            {
                "strategy": one.strategy,
                "key": trait.key,
                "condition": str(trait),
                "tendency": trait.tendency,
                "p": trait.p,
                "is_sure": trait.is_sure,
                "coverage": trait.coverage,
                "density": trait.density,
            }
            for one in self.weaknesses
            for trait in one.traits
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`futures` as a table."""
        import pandas as pd

        return pd.DataFrame(self.futures())

    def to_ema(self) -> tuple[pd.DataFrame, dict[str, F8]]:
        """Return experiments and outcomes as EMA Workbench 3 does: a row per future (scenario) and strategy (policy).

        Outcomes are the measure (its mean over replicates), the ``regret``, and ``fails``, ``may_fail`` and
        ``surely_best`` as 0 or 1.
        For scenario discovery take one policy's rows, and the columns of :attr:`keys`.
        """
        import pandas as pd

        count = len(self.strategies)
        columns: dict[str, Any] = {}
        for key in self.keys:
            values = [point[key] for point in self.points for _ in self.strategies]
            columns[key] = values if is_numeric(values) else pd.Categorical(values)
        columns["scenario"] = np.repeat(np.arange(len(self.points)), count)
        columns["policy"] = pd.Categorical(self.strategies * len(self.points), list(self.strategies))
        columns["model"] = pd.Categorical(["influence_sim"] * (count * len(self.points)))
        found = {self.measure.name: self.means, "regret": self.regrets}
        flags = {"fails": self.fails, "may_fail": self.may_fail, "surely_best": self.surely_best}
        outcomes = {name: np.asarray(values, np.float64).ravel() for name, values in {**found, **flags}.items()}
        return pd.DataFrame(columns), outcomes

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``robustness.csv``, ``futures.csv``, ``conditions.csv``, what EMA Workbench reads, and the manifest.

        Returns the files' names.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        write_whole(target / EMA_FILE, _archive(*self.to_ema()))
        tables = {"robustness.csv": self.rows(), "futures.csv": self.futures(), "conditions.csv": self.conditions()}
        return (EMA_FILE, *write_tables(target, tables, self.manifest))


def robustness(result: Sweep, measure: str = "profit", *, fails: str | Threshold | None = None) -> Robustness:
    """Say how much each strategy is regretted over the points of a sweep, and where it fails.

    Parameters
    ----------
    result
        Its points are the futures, and weigh the same.
    measure
        In which quantity; what is best follows from it.
    fails
        What counts as failing, such as ``profit<30000``; if left out, losing surely to the best.

    Raises
    ------
    ValueError
        If there is no such measure, it has no better and worse, or there are fewer than two strategies or futures.
    """
    known = regrettable(measure, result.strategies)
    threshold = Threshold.parse(fails) if isinstance(fails, str) else fails
    plan = result.store.plan
    return judge(
        result.points,
        result.strategies,
        focal_values(result, measure),
        known,
        threshold=threshold,
        judged=None if threshold is None else focal_values(result, threshold.measure.name),
        company=plan.scenario.company_names[plan.scenario.focal_company],
        manifest=result.store.manifest,
    )


def regrettable(measure: str, strategies: Sequence[str]) -> Quantity:
    """Return what is known of a measure, if strategies can be regretted in it; else a ValueError of one line."""
    known = quantity(measure)
    if not known.better:
        raise ValueError(f"{measure}: more of it is neither better nor worse; choose another measure")
    if len(strategies) < 2:
        raise ValueError("strategies: two are needed for one to be regretted")
    return known


def judge(
    points: Sequence[Point],
    strategies: Sequence[str],
    values: F8,
    measure: Quantity,
    *,
    threshold: Threshold | None = None,
    judged: F8 | None = None,
    company: str = "",
    manifest: dict[str, Any] | None = None,
) -> Robustness:
    """Judge strategies by numbers that are there already.

    Parameters
    ----------
    points
        The futures.
    values, judged
        The measure, and that of the threshold if there is one; shape (futures, strategies, replicates). Replicate r
        has the same accidents for all strategies.
    """
    if len(points) < 2:
        raise ValueError(f"points = {len(points)}: robustness needs two futures or more")
    # Worlds that failed are left out for all strategies, so that means and differences are of the same replicates.
    whole = ~np.isnan(values).any(axis=1)
    known = whole.any(axis=1)
    if known.sum() < 2:
        raise ValueError(
            f"{measure.name}: has a value for every strategy in {known.sum()} of {len(points)} futures; two are needed"
        )
    futures = tuple(point for point, is_known in zip(points, known, strict=True) if is_known)
    whole = whole[known]
    values = np.where(whole[:, None, :], values[known], np.nan)
    means = _means(values, whole, np.ones((1, values.shape[2])))[0]
    regrets = _regrets(means, measure.better)
    gaps, p_loses, p_best = _told_apart(values, means, measure.better)
    surely_loses, surely_best = _sure(p_loses), _sure(p_best)
    if threshold is None:
        fails, may_fail = surely_loses, regrets > 0
    else:
        assert judged is not None
        fails, may_fail = _misses(judged[known], threshold)
    standings, choices, chance = _over_futures(futures, strategies, values, means, measure.better)
    shares: dict[str, Bools] = {
        "best": regrets == 0,
        "surely_best": surely_best,
        "surely_loses": surely_loses,
        "may_fail": may_fail,
        "fails": fails,
    }
    return Robustness(
        measure=measure,
        company=company,
        keys=tuple(points[0]),
        strategies=tuple(strategies),
        replicates=values.shape[2],
        points=futures,
        lost=int((~known).sum()),
        means=means,
        regrets=regrets,
        gaps=gaps,
        surely_best=surely_best,
        surely_loses=surely_loses,
        fails=fails,
        may_fail=may_fail,
        threshold=threshold,
        standings=tuple(
            Standing(**{**one, **{what: float(where[:, column].mean()) for what, where in shares.items()}})
            for column, one in enumerate(standings)
        ),
        choices=choices,
        weaknesses=tuple(weakness(name, futures, fails[:, column]) for column, name in enumerate(strategies)),
        chance=chance,
        manifest=manifest or {},
    )


def _means(values: F8, whole: Bools, weights: F8) -> F8:
    """Return means with weights per replicate, shape (resamples, futures, strategies)."""
    counts = weights @ whole.T.astype(float)
    sums = np.einsum("br,psr->bps", weights, np.nan_to_num(values))
    with np.errstate(invalid="ignore"):
        means: F8 = sums / counts[:, :, None]
    return means


def _regrets(means: F8, better: int) -> F8:
    """Return how much better the best strategy (last axis) is."""
    gains = better * means
    return np.asarray(gains.max(axis=-1, keepdims=True) - gains)


def _told_apart(values: F8, means: F8, better: int) -> tuple[tuple[tuple[Contrast, ...], ...], F8, F8]:
    """Return paired differences of the best to each, and p-values of losing to it and of being the best.

    A strategy is compared with that which has the best of so many means, hence losing is corrected for the number of
    rivals; the best must beat all of them, which needs no correction.
    """
    gaps = []
    # In a future all but the best are tested for losing, and the best alone for being best.
    p_loses, p_best = np.full(means.shape, np.nan), np.full(means.shape, np.nan)
    for future, (runs, found) in enumerate(zip(values, means, strict=True)):
        best = int(np.argmax(better * found))
        rivals = [contrast(better * runs[best], better * own) for own in runs]
        gaps.append(tuple(rivals))
        ps = np.array([_two_sided(rival) for rival in rivals])
        others = np.arange(len(found)) != best
        p_loses[future, others] = np.minimum(1.0, others.sum() * ps[others])
        p_best[future, best] = ps[others].max()
    return tuple(gaps), p_loses, p_best


def _two_sided(found: Contrast) -> float:
    """Return the p-value of a difference; what cannot be judged is not sure."""
    p = found.p_positive
    return 1.0 if math.isnan(p) else 2 * min(p, 1 - p)


def _sure(ps: F8) -> Bools:
    """Tell which of all tests are sure, such that at most 5 % of these are expected not to be so."""
    tested = ~np.isnan(ps)
    found = np.zeros(ps.shape, bool)
    found[tested] = false_discovery_control(ps[tested]) <= LEVEL
    return found


def _misses(judged: F8, threshold: Threshold) -> tuple[Bools, Bools]:
    """Return where a strategy misses a threshold surely, and where its mean does."""
    ps, means = np.ones(judged.shape[:2]), np.full(judged.shape[:2], np.nan)
    for place in np.ndindex(ps.shape):
        found = contrast(judged[place], np.full(judged.shape[2], threshold.value))
        ps[place], means[place] = _two_sided(found), found.mean
    misses = means < 0 if threshold.below else means > 0
    return _sure(ps) & misses, misses


def _over_futures(
    futures: Sequence[Point], strategies: Sequence[str], values: F8, means: F8, better: int
) -> tuple[list[dict[str, Any]], tuple[Choice, ...], float]:
    """Return how strategies fare over all futures, what is recommended, and the regret that chance alone brings."""
    rng = np.random.default_rng(1)
    whole = ~np.isnan(values).any(axis=1)
    replicates = values.shape[2]
    is_known = replicates > 1
    # Resampled means of n replicates spread by a factor √(n / (n − 1)) too little, and their ends by as much more as
    # those of Student's t lie further out than a normal's (Hesterberg 2015); of one replicate they cannot spread.
    counts = whole.sum(axis=1)[:, None]
    freedom = np.maximum(counts - 1, 1)
    spread = np.sqrt(counts / freedom)
    reach = stdtrit(freedom, 0.975) / ndtri(0.975)
    resampled: dict[str, list[F8]] = {"regret": [], "usual": [], "worst": [], "mean": [], "chance": []}
    for _ in range(_RESAMPLES // _BLOCK):
        weights = rng.multinomial(replicates, np.full(replicates, 1 / replicates), _BLOCK).astype(float)
        drawn = rng.integers(len(futures), size=(_BLOCK, len(futures)))[:, :, None]
        away = spread * np.nan_to_num(_means(values, whole, weights) - means)
        again_means = means + reach * away
        regrets = _regrets(again_means, better)
        elsewhere = np.take_along_axis(regrets, drawn, axis=1)
        resampled["regret"].append(elsewhere.mean(axis=1))
        resampled["usual"].append(np.quantile(elsewhere, 0.9, axis=1))
        resampled["worst"].append(regrets.max(axis=1))
        resampled["mean"].append(np.take_along_axis(again_means, drawn, axis=1).mean(axis=1))
        resampled["chance"].append(_regrets(away, better).mean(axis=(1, 2)))
    again = {name: np.concatenate(blocks) for name, blocks in resampled.items()}
    regrets, averages = _regrets(means, better), means.mean(axis=0)
    here = {"regret": regrets.mean(axis=0), "usual": np.quantile(regrets, 0.9, axis=0), "worst": regrets.max(axis=0)}
    found = [
        {
            "strategy": name,
            "mean": float(averages[column]),
            **{what: _interval(row[column], again[what][:, column], is_known) for what, row in here.items()},
            "worst_at": futures[int(regrets[:, column].argmax())],
        }
        for column, name in enumerate(strategies)
    ]
    choices = (
        _choice("minimax", strategies, here["worst"], -here["worst"], -again["worst"], is_known),
        _choice("mean", strategies, averages, better * averages, better * again["mean"], is_known),
    )
    return found, choices, float(again["chance"].mean()) if is_known else np.nan


def _interval(value: float, resampled: F8, is_known: bool) -> Estimate:
    """Return a regret with its basic bootstrap interval.

    Chance makes regrets larger, and resamples once more; the basic interval turns this round. It is cut at zero, and
    holds the value.
    """
    value = float(value)
    if not is_known:
        return Estimate(value, np.nan, np.nan)
    low, high = 2 * value - np.quantile(resampled, [0.975, 0.025])
    return Estimate(value, max(0.0, min(float(low), value)), max(float(high), value))


def _choice(rule: str, strategies: Sequence[str], values: F8, scores: F8, resampled: F8, is_known: bool) -> Choice:
    """Return the strategy with the greatest score, and how often it has that in resamples, shape (resamples, …)."""
    first, second = (int(place) for place in np.argsort(-scores, kind="stable")[:2])
    # Equal ones share a resample.
    top = resampled == resampled.max(axis=1, keepdims=True)
    certainty = float((top[:, first] / top.sum(axis=1)).mean()) if is_known else np.nan
    return Choice(rule, strategies[first], float(values[first]), strategies[second], float(values[second]), certainty)


def _words(found: Robustness) -> Iterator[str]:
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


def _archive(experiments: pd.DataFrame, outcomes: dict[str, F8]) -> bytes:
    """Return what EMA Workbench's ``save_results`` would write, which needs it neither here nor registered there."""
    files = {"experiments.csv": experiments.to_csv(index=False)}
    listed = []
    for name, values in outcomes.items():
        files[f"{name}.csv"] = "".join(f"{value!r}\n" for value in values.tolist())
        listed.append(["ScalarOutcome", name, f"{name}.csv"])
    kinds = {name: kind.name for name, kind in experiments.dtypes.to_dict().items()}
    files["metadata.json"] = json.dumps({"version": 0.1, "outcomes": listed, "experiments": kinds})
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, text in files.items():
            data = text.encode()
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, BytesIO(data))
    return stream.getvalue()
