"""How high bursts of posts rise, how fast they fade, and how far posts call forth further posts.

The last is read off a Hawkes process (Hawkes 1971, Biometrika 58:83) whose excitation decays exponentially (likelihood:
Ozaki 1979, AISM 31:145), in discrete time (Kirchner 2016, Stochastic Processes and their Applications 126:2494), as
clocks write whole seconds or minutes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.special import ndtri

from influence_sim.data.days import collected, daily_counts, full_days
from influence_sim.data.figures import LEVEL, SEED, Estimates, Estimator, Figure, from_hessian
from influence_sim.data.tables import DataError, Table

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

FEWEST = 50
"""Posts below which nothing is estimated."""
FEWEST_DAYS = 3
"""Full days below which there is no usual day to compare with."""
MOST_BINS = 100_000
"""Bins of time, so that a fit takes about a second; they are made wider where there would be more."""
MOST_COMPANIES = 20

WAVES = 3
"""Waves of the daily course of the background: of 24, 12 and 8 hours."""
USUAL = 5
"""Posts on the usual day or hour below which a height is mostly chance."""
NEARLY_ENDLESS = 0.95
"""Branching ratio from which on it is likelier that many wrote of the same news than that posts called forth posts."""
ROUGH = 0.1
"""Kolmogorov–Smirnov distance beyond which a fit is called rough."""

_ONLY_DAYS = "times are dates without hours: only the height of days can be told"
_DAY, _HOUR = 86_400, 3_600
_MOST_BRANCHING = 10.0
_CERTAIN = 6.0
"""Log-likelihood ratio of two parameters below which there may be no excitation at all (χ², 2 degrees: 5.99)."""


# the self-exciting process


@dataclass(frozen=True, slots=True, eq=False)
class Hawkes:
    """A self-exciting process in discrete time.

    In a bin, λ = μ·course + n·Σ_k (1 − q)·q^(k−1)·(posts k bins earlier), with q = 2^(−1/half-life): each post calls
    forth n more, none of them in its own bin.

    Attributes
    ----------
    background
        μ, posts per bin that nothing in the table called forth.
    branching
        n, posts that a post calls forth itself.
    half_life
        Bins until half of these have come.
    course
        How the background goes with the hour of the day, shape (24,), of mean 1.
    low, high
        Limits of the first three, shape (3,), Wald's on the log scale; not numbers where the likelihood has no peak.
    ratio
        Twice the log-likelihood gained over the same background without excitation.
    """

    background: float
    branching: float
    half_life: float
    course: Floats
    low: Floats
    high: Floats
    ratio: float

    def rate(self, counts: Floats, hour: Ints) -> Floats:
        """Return λ in each bin."""
        excited, _ = _excited(counts, self.half_life)
        return self.background * self.course[hour] + self.branching * excited


def _excited(counts: Floats, half_life: float) -> tuple[Floats, Floats]:
    """Return Σ_k (1 − q)·q^(k−1)·(posts k bins earlier) in each bin, and its slope with ln half-life."""
    q = 0.5 ** (1 / half_life)
    memory = lfilter([0.0, 1.0], [1.0, -q], counts)
    slope = (1 - q) * lfilter([0.0, 1.0], [1.0, -q], memory) - memory
    return (1 - q) * memory, slope * q * math.log(2) / half_life


def _course(weights: Floats, waves: Floats) -> tuple[Floats, Floats]:
    """Return the course of a day, shape (24,), of mean 1, and the slopes of its logarithm, shape (24, waves)."""
    course = np.exp(waves @ weights)
    course /= course.mean()
    return course, waves - course @ waves / len(course)


def fit_hawkes(counts: Floats, hour: Ints, *, has_course: bool = True) -> Hawkes:
    """Return the process of greatest likelihood; background and excitement are fit together.

    A course of the day read off all posts would hold part of the excitement, which is then found too small. Fit
    together, it holds little: of simulated records of two weeks with n = 0.5 the mean estimate was 0.47, of two months
    0.49.

    Parameters
    ----------
    counts
        Posts per bin, shape (bins,).
    hour
        Hour of the day of each bin, shape (bins,).
    has_course
        Whether the background goes with the hour: a smooth curve, of waves of 24, 12 and 8 hours. Else it is level.
    """
    angle = 2 * np.pi * np.arange(24)[:, None] * np.arange(1, 1 + WAVES * has_course) / 24
    waves = np.hstack([np.cos(angle), np.sin(angle)])
    last = 1 + waves.shape[1]
    hit = np.flatnonzero(counts)

    def loss(at: Floats) -> tuple[float, Floats]:
        """Return the negative log-likelihood and its slopes at ln μ, the waves' weights, ln n and ln half-life."""
        course, slopes = _course(at[1:last], waves)
        rate = background = math.exp(at[0]) * course[hour]
        is_excited = len(at) > last
        if is_excited:
            branching = math.exp(at[last])
            excited, bend = _excited(counts, math.exp(at[last + 1]))
            rate = background + branching * excited
        misfit = 1 - counts / rate
        # All bins of an hour have the same course, so their misfits can be summed first.
        by_hour = np.bincount(hour, weights=misfit * background, minlength=24)
        gradient = [by_hour.sum(), *(by_hour @ slopes)]
        if is_excited:
            gradient += [branching * (misfit * excited).sum(), branching * (misfit * bend).sum()]
        # Sums rather than products of vectors, for which several threads would wait for each other.
        return float(rate.sum() - (counts[hit] * np.log(rate[hit])).sum()), np.array(gradient)

    mean, level = math.log(counts.mean()), [0.0] * waves.shape[1]
    bounds = [(mean - 12, mean + 3), *[(-5.0, 5.0)] * waves.shape[1]]
    alone = minimize(loss, [mean, *level], jac=True, method="L-BFGS-B", bounds=bounds)
    # The likelihood may have several peaks in the half-life, so the search starts from the best of a grid.
    grid = [
        np.array([alone.x[0] + math.log(1 - branching), *alone.x[1:], math.log(branching), math.log(half_life)])
        for branching in (0.2, 0.5, 0.8)
        for half_life in np.maximum(np.array([1e-4, 1e-3, 1e-2, 0.1]) * len(counts), 0.5)
    ]
    bounds += [(math.log(1e-4), math.log(_MOST_BRANCHING)), (math.log(0.2), math.log(max(len(counts), 1)))]
    found = minimize(loss, min(grid, key=lambda at: loss(at)[0]), jac=True, method="L-BFGS-B", bounds=bounds)
    shown = [0, last, last + 1]
    best = np.asarray(found.x, np.float64)
    spread = ndtri((1 + LEVEL) / 2) * from_hessian(lambda at: loss(at)[0], best, 1e-3)
    with np.errstate(over="ignore"):
        low, high = np.exp(best - spread)[shown], np.exp(best + spread)[shown]
    background, branching, half_life = (float(value) for value in np.exp(best[shown]))
    gained = max(2 * float(alone.fun - found.fun), 0.0)
    return Hawkes(background, branching, half_life, _course(best[1:last], waves)[0], low, high, gained)


def residuals(counts: Floats, rate: Floats) -> Floats:
    """Return the gaps between posts in rescaled time, shape (posts − 1,); exponential of mean 1 if the fit is right.

    Time runs as fast as posts are expected (Ogata 1988, JASA 83:9). Within its bin a post is put at random.
    """
    bins = np.repeat(np.arange(len(counts)), counts.astype(np.int64))
    within = np.random.default_rng(SEED).random(len(bins))
    return np.diff(np.sort((np.cumsum(rate) - rate)[bins] + within * rate[bins]))


def ks_exponential(gaps: Floats) -> float:
    """Return the Kolmogorov–Smirnov distance of gaps from the exponential distribution of mean 1."""
    fitted = 1 - np.exp(-np.sort(gaps))
    steps = np.arange(len(gaps) + 1) / len(gaps)
    return float(max((steps[1:] - fitted).max(), (fitted - steps[:-1]).max()))


# what the table holds


@dataclass(frozen=True, slots=True, eq=False)
class Posts:
    """When posts were written, of one company or of all.

    Attributes
    ----------
    ending
        What the names of its figures end in: a dot and the company, or nothing.
    times
        Ascending, in seconds on the clock of the table's zone; shape (posts,).
    first_day, days
        First full day, in the same seconds, and number of full days from which there are posts.
    start, end
        When the record of them begins and ends, in the same seconds.
    resolution
        Seconds that all times are multiples of.
    """

    ending: str
    times: Ints
    first_day: int
    days: int
    start: int
    end: int
    resolution: int

    @property
    def whose(self) -> str:
        """Whose posts these are, in words."""
        return self.ending[1:] or "all"

    @property
    def has_hours(self) -> bool:
        """Whether times are more than dates."""
        return self.resolution <= _HOUR

    def per(self, seconds: int) -> Ints:
        """Return posts per hour or day of the full days."""
        since = self.times - self.first_day
        inside = since[(since >= 0) & (since < self.days * _DAY)]
        counts: Ints = np.bincount(inside // seconds, minlength=self.days * _DAY // seconds)
        return counts


def _seconds(times: pd.Series) -> Ints:
    """Return times as whole seconds since 1970 on the clock of the table's zone."""
    return np.asarray(times.dt.tz_localize(None).to_numpy("datetime64[s]"), dtype=np.int64)


def _wanted(table: Table) -> tuple[pd.DataFrame, str]:
    """Return the rows whose bursts matter, and what they are: negative posts, and customers', where that is known."""
    kept, said = table.frame["time"].notna(), "posts"
    if table.has("inbound"):
        kept, said = kept & (table.frame["inbound"] == 1), "posts of customers"
    if table.has("sentiment"):
        kept, said = kept & (table.frame["sentiment"] < 0), "negative " + said
    return table.frame[kept], said


def _companies(table: Table) -> dict[str, int]:
    """Return wanted posts by company, the largest first; empty where it is not known whom they are about."""
    rows, _ = _wanted(table)
    return (
        {str(name): int(number) for name, number in rows["company"].value_counts().items()}
        if table.has("company")
        else {}
    )


def _parts(table: Table) -> Iterator[Posts]:
    """Yield the posts about each company that has enough of them, or all where companies are not known."""
    rows, _ = _wanted(table)
    days = full_days(table.frame["time"].dropna(), table.has_hours)
    resolution = (int(np.gcd.reduce(_seconds(rows["time"]))) or _DAY) if table.has_hours else _DAY
    companies = _companies(table)
    large = [name for name, number in companies.items() if number >= FEWEST][:MOST_COMPANIES]
    for company in large if companies else [None]:
        times = rows["time"] if company is None else rows.loc[rows["company"] == company, "time"]
        counts = daily_counts(table, company).to_numpy()
        there = collected(counts)
        first, number = 0, there.stop - there.start
        seconds = np.sort(_seconds(times))
        if number > 0:
            first = int(days[there.start].timestamp())
            # Before a company was collected, or after, there is no silence that could tell anything.
            seconds = seconds[seconds >= first] if there.start > 0 else seconds
            seconds = seconds[seconds < first + number * _DAY] if there.stop < len(counts) else seconds
        if len(seconds) < FEWEST:
            continue
        start, end = int(seconds[0]), int(seconds[-1]) + resolution
        if number > 0:
            # Silence at the edge of the whole record is as real as posts are.
            start = min(start, first) if there.start == 0 else start
            end = max(end, first + number * _DAY) if there.stop == len(counts) else end
        yield Posts("" if company is None else f".{company}", seconds, first, number, start, end, resolution)


# estimates


def heights(posts: Posts) -> dict[str, float]:
    """Return how high the largest burst rises over the usual day and hour, and after how many hours it has faded.

    Not numbers where there are too few full days, the usual day or hour has no post, or the end is not seen.
    """
    found = {"day_height": math.nan}
    if posts.has_hours:
        found |= dict.fromkeys(("hour_height", "hours_to_half", "hours_to_tenth"), math.nan)
    if posts.days < FEWEST_DAYS:
        return found
    found["day_height"] = _over_usual(posts.per(_DAY))
    if not posts.has_hours:
        return found
    hourly = posts.per(_HOUR)
    found["hour_height"] = _over_usual(hourly)
    if math.isnan(found["hour_height"]):
        return found
    peak = int(hourly.argmax())
    for name, part in (("hours_to_half", 0.5), ("hours_to_tenth", 0.1)):
        below = np.flatnonzero(hourly[peak:] <= part * hourly[peak])
        found[name] = float(below[0]) if len(below) else math.nan
    return found


def _over_usual(counts: Ints) -> float:
    usual = float(np.median(counts))
    return float(counts.max()) / usual if usual > 0 else math.nan


def _excitement(posts: Posts) -> tuple[dict[str, Figure], dict[str, Any], list[str]]:
    """Return figures and diagnostics of the self-exciting process, and what is doubtful, in words."""
    times, resolution = posts.times, posts.resolution
    start, span = posts.start, posts.end - posts.start
    width = resolution * -(-span // (resolution * MOST_BINS))
    counts = np.bincount((times - start) // width, minlength=-(-span // width)).astype(np.float64)
    hour = (start + width * (np.arange(len(counts)) + 0.5)).astype(np.int64) % _DAY // _HOUR
    found = fit_hawkes(counts, hour, has_course=span >= FEWEST_DAYS * _DAY)
    rate = found.rate(counts, hour)
    hours = np.arange(len(counts)) * width // _HOUR
    expected, observed = (np.bincount(hours, weights=one) for one in (rate, counts))
    distance = ks_exponential(residuals(counts, rate))
    values = (found.background, found.branching, found.half_life)
    units = (
        ("background_rate", "posts per day", _DAY / width),
        ("branching_ratio", "posts a post calls forth", 1.0),
        ("decay_half_life", "hours", width / _HOUR),
    )
    figures = {
        name: Figure(value * scale, float(low) * scale, float(high) * scale, unit)
        for value, low, high, (name, unit, scale) in zip(values, found.low, found.high, units, strict=True)
    }
    doubts = []
    if span < FEWEST_DAYS * _DAY:
        doubts.append(f"less than {FEWEST_DAYS} days do not tell the course of a day, which is taken for excitement")
    if found.ratio < _CERTAIN:
        upper = found.high[1] if found.high[1] < _MOST_BRANCHING else math.nan
        figures["branching_ratio"] = replace(figures["branching_ratio"], low=0.0, high=float(upper))
        figures["decay_half_life"] = Figure(math.nan, math.nan, math.nan, "hours")
        doubts.append("no sign that posts call forth posts, so there is no half-life")
    elif found.half_life < 2:
        doubts.append(f"the half-life is shorter than two bins of {width} s and not resolved")
    elif found.half_life * width > span / 10:
        doubts.append("the half-life is over a tenth of the record: rather a trend than posts that call forth posts")
    if found.ratio >= _CERTAIN and not found.high[1] < NEARLY_ENDLESS:
        doubts.append("the branching ratio may be close to 1, where bursts hardly end: rather news from outside")
    if distance > ROUGH:
        doubts.append(f"the process describes the times only roughly (KS distance {distance:.2f})")
    diagnostics = {
        "bin_s": width,
        "log_likelihood_ratio": found.ratio,
        "ks_distance": distance,
        "dispersion_of_hours": float(((observed - expected) ** 2 / expected).mean()),
    }
    return figures, diagnostics, doubts


def _bursts(table: Table) -> Estimates:
    if refusal := _refusal(table):
        raise DataError(f"{table.name}: {refusal}")
    said = _wanted(table)[1]
    figures: dict[str, Figure] = {}
    diagnostics: dict[str, Any] = {"posts_are": said}
    notes = ["heights and hours are what the record holds, no estimates, so have no interval; only full days count"]
    units = {"day_height": "peak day over median day", "hour_height": "peak hour over median hour"}
    estimated = []
    for posts in _parts(table):
        estimated.append(posts.whose)
        found = {
            name: Figure(value, math.nan, math.nan, units.get(name, "hours")) for name, value in heights(posts).items()
        }
        about: dict[str, Any] = {"posts": len(posts.times), "full_days": posts.days}
        doubts, rare = [], []
        for unit, seconds in (("day", _DAY), ("hour", _HOUR))[: 1 + posts.has_hours]:
            counts = posts.per(seconds)
            about[f"peak_{unit}"] = int(counts.max(initial=0))
            about[f"usual_{unit}"] = usual = float(np.median(counts)) if len(counts) else math.nan
            rare += [f"{usual:g} on the usual {unit}"] * (usual < USUAL)
        if rare:
            doubts.append(f"{said} are too few for a sure height: {', '.join(rare)}")
        if posts.days < FEWEST_DAYS:
            doubts.append(f"{posts.days} full days have no usual day, so there is no height")
        if posts.has_hours:
            excited, checks, more = _excitement(posts)
            found |= excited
            about |= checks
            doubts += more
        figures |= {name + posts.ending: figure for name, figure in found.items()}
        diagnostics[posts.whose] = about
        notes += [f"{posts.whose}: {'; '.join(doubts)}"] if doubts else []
    if any(name.startswith("branching_ratio") for name in figures):
        notes += [
            "news from outside that makes many post at once, and slow change of the background, are taken for posts "
            "that call forth posts, so branching_ratio is rather too high",
            "posts of one bin (bin_s) do not call each other forth, so half-lives of a few bins come out too long",
        ]
    else:
        notes.append(_ONLY_DAYS)
    if table.sentiment_from == "text" and table.has("sentiment"):
        notes.append("which posts are negative was read off the text, which is a rough guide and misses many")
    if missing := [name for name in _companies(table) if name not in estimated]:
        notes.append(
            f"{len(missing)} companies have fewer than {FEWEST} {said} or are not among the {MOST_COMPANIES} largest"
        )
    return Estimates("bursts", figures, diagnostics, notes)


def _refusal(table: Table) -> str:
    """Return why nothing can be estimated; empty if something can."""
    rows, said = _wanted(table)
    if table.has("customer") and not table.has("author"):
        return "its rows are purchases; bursts need a row per post"
    if not table.has_hours and rows["time"].is_unique and not table.has("company"):
        return "no two rows have the same date, so they are days rather than posts; bursts need a row per post"
    if len(rows) < FEWEST:
        return f"bursts need at least {FEWEST} {said}, there are {len(rows)}"
    if next(_parts(table), None) is None:
        return f"bursts need a company with at least {FEWEST} {said}, there is none"
    return ""


def _objections(table: Table) -> list[str]:
    if refusal := _refusal(table):
        return [refusal]
    return [] if table.has_hours else [_ONLY_DAYS]


BURSTS = Estimator(
    "bursts",
    "how high bursts of posts rise, how fast they fade, and how far posts call forth posts",
    (("time",),),
    _bursts,
    _objections,
)
