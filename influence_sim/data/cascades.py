"""How fast and how far posts are passed on: reaction times, offspring and shape of cascades.

Reaction times follow the model's kernel (submodel 4 of docs/model.md): a density that is level up to the plateau s₀ and
falls as t^−(1+θ) beyond it (Zhao, Erdogdu, He, Rajaraman & Leskovec 2015, KDD, who fit it to retweets by their
authors' followers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from influence_sim.data.figures import Estimates, Estimator, Figure, bootstrapped, share
from influence_sim.data.tables import DataError, Table

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

FEWEST = 50
"""Reactions, or posts with a count of shares, below which nothing is estimated."""
FEWEST_CASCADES = 10
"""Cascades below which they cannot be resampled."""
RESAMPLES = 200
ROUGH = 0.05
"""Kolmogorov–Smirnov distance beyond which a fit is called rough."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

_HOUR = 3600.0
_LOG_STEP = 0.01
"""Resampled times are rounded to one per cent, far less than they scatter, so that each resample is quick."""
_SHAPES = {
    "half_time": "hours until half of the cascade, median over cascades",
    "ninety_percent_time": "hours until 90 % of the cascade, median over cascades",
    "first_hour": "share within the first hour, median over cascades",
    "first_day": "share within 24 hours, median over cascades",
    "size_median": "posts, the first one included",
    "share_from_root": "share of the others that hang on the first post, median over cascades",
}


@dataclass(frozen=True, slots=True, eq=False)
class Reactions:
    """What a table tells of the posts that followed others.

    Attributes
    ----------
    times
        Seconds from the post that was passed on, or where that is unknown from the cascade's first; all above 0;
        shape (reactions,).
    cascade
        Number of its cascade, 0, 1, 2, …; shape (reactions,).
    shapes
        One row per cascade that begins with one first post: those columns of ``_SHAPES`` that are known.
    are_from_parent
        Whether times run from the post that was passed on.
    left_out
        Numbers of rows or cascades that could not be used, by reason.
    """

    times: Floats
    cascade: Ints
    shapes: pd.DataFrame
    are_from_parent: bool
    left_out: dict[str, int]


# the kernel


def fit_lag(times: Floats, weights: Floats) -> tuple[float, float]:
    """Return plateau s₀ and exponent θ of greatest likelihood.

    For a given θ the log-likelihood is linear in ln s₀ between two observed times, so s₀ is one of them. For a given s₀
    it is stationary where θ·(1 + θ)·A = n, with A the sum of ln(t/s₀) over the n times that are longer.

    Parameters
    ----------
    times
        Distinct and ascending, above 0, in any unit; shape (values,).
    weights
        How often each occurs; shape (values,).

    Returns
    -------
    tuple of float
        s₀ in the unit of the times, and θ; not numbers if there are not two different times.
    """
    present = weights > 0
    logs, weights = np.log(times[present]), weights[present]
    if len(logs) < 2:
        return np.nan, np.nan
    n = weights.sum()
    # Sums over all longer times; the longest of all leaves no tail and is no candidate.
    longer = n - np.cumsum(weights)
    tail = (np.cumsum((weights * logs)[::-1])[::-1][1:] - longer[:-1] * logs[:-1]).clip(min=1e-12 * n)
    theta = (np.sqrt(1 + 4 * n / tail) - 1) / 2
    height = n * (np.log(theta / (1 + theta)) - logs[:-1]) - (1 + theta) * tail
    best = int(height.argmax())
    return float(np.exp(logs[best])), float(theta[best])


def lag_cdf(times: Floats, plateau: float, exponent: float) -> Floats:
    """Return the kernel's F(t): the share of reactions within these times."""
    plateaus = np.asarray(times) / plateau
    late = 1 - np.maximum(plateaus, 1) ** -exponent / (1 + exponent)
    return np.where(plateaus <= 1, plateaus * exponent / (1 + exponent), late)


def lag_quantile(shares: Floats, plateau: float, exponent: float) -> Floats:
    """Return the times within which these shares of reactions come: the inverse of :func:`lag_cdf`."""
    shares = np.asarray(shares, np.float64)
    on_plateau = exponent / (1 + exponent)
    late = ((1 + exponent) * (1 - np.maximum(shares, on_plateau))) ** (-1 / exponent)
    return plateau * np.where(shares <= on_plateau, shares / on_plateau, late)


def _lag_interval(times: Floats, group: Ints) -> tuple[Floats, Floats]:
    """Return limits of plateau and exponent, shape (2,) each, from resampled groups."""
    rounded, place = np.unique(np.round(np.log(times) / _LOG_STEP), return_inverse=True)
    groups = int(group.max()) + 1
    counts = csr_array((np.ones(len(times)), (place, group)), shape=(len(rounded), groups))
    values = np.exp(rounded * _LOG_STEP)
    return bootstrapped(lambda drawn: np.array(fit_lag(values, counts @ drawn.astype(float))), groups, RESAMPLES)


# reading


def _trees(table: Table) -> Reactions:
    """Return what trees tell: of every post the one that it passed on is known."""
    rows = table.frame.dropna(subset=["cascade", "node", "delay"]).reset_index(drop=True)
    cascade = pd.factorize(rows["cascade"])[0].astype(np.int64)
    is_root = (rows["parent"].isna() | (rows["parent"] < 0)).to_numpy()
    # Numbers of nodes may be of any size, so nodes are told apart by their rank.
    names, known = pd.factorize(np.concatenate([rows["node"], rows["parent"].fillna(-1)]))
    keys = names.reshape(2, -1) + cascade * len(known)
    order = np.argsort(keys[0], kind="stable")
    in_order = keys[0][order]
    twice = np.flatnonzero(in_order[1:] == in_order[:-1])
    if len(twice):
        row = rows.iloc[order[twice[0]]]
        raise DataError(
            f"{table.name}: node {row['node']:g} of cascade {row['cascade']} occurs twice; one row per node is expected"
        )
    found = np.searchsorted(in_order, keys[1]).clip(max=len(rows) - 1)
    has_parent = (in_order[found] == keys[1]) & ~is_root
    parent = order[found]
    delay = rows["delay"].to_numpy(float)
    reaction = np.where(has_parent, delay - delay[parent], np.nan)
    sound = reaction > 0
    roots = np.bincount(cascade, weights=is_root)
    whole = roots == 1
    others = ~is_root & whole[cascade]
    shapes = _shapes(cascade[others], delay[others], np.bincount(cascade), whole)
    direct = np.bincount(cascade[others], weights=(has_parent & is_root[parent])[others], minlength=len(roots))
    shapes["share_from_root"] = (direct[whole] / (shapes["size_median"] - 1)).where(shapes["size_median"] > 1)
    left_out = {
        "rows without cascade, node or delay": len(table) - len(rows),
        "posts whose parent is not in the table": int((~has_parent & ~is_root).sum()),
        "reactions at once or before the post they pass on": int((reaction <= 0).sum()),
        "cascades with no first post, or several (their reactions are used)": int((~whole).sum()),
    }
    return Reactions(reaction[sound], cascade[sound], shapes, True, left_out)


def _courses(table: Table) -> Reactions:
    """Return what times since the first post tell, where nothing is known of who passed on from whom."""
    needed = ["cascade", "delay"] if table.has("cascade") else ["delay"]
    rows = table.frame.dropna(subset=needed)
    delay = rows["delay"].to_numpy(float)
    cascade = pd.factorize(rows["cascade"])[0].astype(np.int64) if table.has("cascade") else np.zeros(len(rows), int)
    later = delay > 0
    others = np.bincount(cascade[later], minlength=int(cascade.max(initial=0)) + 1)
    shapes = _shapes(cascade[later], delay[later], others + 1, np.ones(len(others), bool))
    # Every cascade has one post at 0, the first; further ones come too early to count as reactions.
    first = min(int((delay == 0).sum()), len(others))
    left_out = {
        "rows without cascade or delay": len(table) - len(rows),
        "posts at or before the time of the first": int((~later).sum()) - first,
    }
    return Reactions(delay[later], cascade[later], shapes, False, left_out)


def _shapes(cascade: Ints, seconds: Floats, size: Ints, kept: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the shape of each cascade that is kept, from the times since the first post of all posts but the first."""
    hours = pd.Series(seconds / _HOUR)
    by = hours.groupby(cascade)
    frame = pd.DataFrame(
        {
            "half_time": by.quantile(0.5),
            "ninety_percent_time": by.quantile(0.9),
            "first_hour": (hours <= 1).groupby(cascade).mean(),
            "first_day": (hours <= 24).groupby(cascade).mean(),
        },
        index=np.flatnonzero(kept),
    )
    frame["size_median"] = size[kept]
    return frame


# estimates


def _from_reactions(table: Table) -> Estimates:
    found = _trees(table) if table.has("cascade", "node", "parent") else _courses(table)
    times = found.times
    values, counts = np.unique(times, return_counts=True)
    if len(times) < FEWEST:
        said = f"at least {FEWEST} posts later than the one they pass on, there are {len(times)}"
        raise DataError(f"{table.name}: cascades need {said}")
    if len(values) < 2:
        raise DataError(f"{table.name}: all reactions take {values[0]:g} s; times that differ are needed")
    plateau, exponent = fit_lag(values, counts.astype(float))
    cascades = int(found.cascade.max()) + 1
    are_many = cascades >= FEWEST_CASCADES
    low, high = _lag_interval(times, found.cascade if are_many else np.arange(len(times)))
    since = "" if found.are_from_parent else " since the first post"
    figures = {
        "lag_plateau": Figure(
            plateau, low[0], high[0], "s" + since, "parameters.lag_plateau" if found.are_from_parent else ""
        ),
        "lag_exponent": Figure(
            exponent,
            low[1],
            high[1],
            "exponent" + (since and f", of times{since}"),
            "parameters.lag_exponent" if found.are_from_parent else "",
        ),
    }
    notes = _objections(table)
    if found.are_from_parent:
        notes.append(
            "the kernel describes those who reacted before the record ended; later reactions are unseen, so the tail "
            "is, if anything, heavier"
        )
    figures |= _shape_figures(found.shapes, are_many)
    if len(found.shapes) >= FEWEST_CASCADES:
        figures["offspring_mean"] = offspring = _offspring(found.shapes["size_median"].to_numpy(float))
        if offspring.sets:
            notes.append("offspring_mean is that of all posts; base_reproduction is meant for calm ones, shared less")
    notes += [f"left out: {number} {reason}" for reason, number in found.left_out.items() if number]
    ecdf = np.cumsum(counts) / len(times)
    fitted = lag_cdf(values, plateau, exponent)
    distance = float(np.maximum(ecdf - fitted, fitted - ecdf + counts / len(times)).max())
    if distance > ROUGH:
        notes.append(
            f"the kernel describes these times only roughly: shares within a time are off by up to {distance:.2f} (KS "
            "distance); compare observed and fitted quantiles"
        )
    shares = np.array(QUANTILES)
    return Estimates(
        "cascades",
        figures,
        {
            "cascades": cascades,
            "cascades_with_shape": len(found.shapes),
            "reactions": len(times),
            "left_out": found.left_out,
            "times_from": "the post that was passed on" if found.are_from_parent else "the first post",
            "ks_distance": distance,
            "quantiles_s": {
                "share": list(QUANTILES),
                "observed": np.quantile(times, shares),
                "fitted": lag_quantile(shares, plateau, exponent),
            },
        },
        notes,
    )


def _shape_figures(shapes: pd.DataFrame, with_interval: bool) -> dict[str, Figure]:
    """Return medians over cascades of what is known of their shapes."""
    known = shapes.dropna(axis=1, how="all")
    if known.empty:
        return {}
    low = high = np.full(known.shape[1], np.nan)
    if with_interval and len(known) >= FEWEST_CASCADES:
        low, high = bootstrapped(
            lambda drawn: known.iloc[np.repeat(np.arange(len(known)), drawn)].median().to_numpy(float),
            len(known),
            RESAMPLES,
        )
    middle = known.median()
    return {
        name: Figure(float(middle[name]), float(low[k]), float(high[k]), _SHAPES[name])
        for k, name in enumerate(map(str, known))
    }


def _offspring(size: Floats) -> Figure:
    """Return how often a post is passed on, on average: of the n posts of a cascade, n − 1 passed on another."""
    low, high = bootstrapped(lambda drawn: np.array([1 - drawn.sum() / (drawn @ size)]), len(size), RESAMPLES)
    sets = "" if _are_chosen(size) else "parameters.base_reproduction"
    return Figure(1 - len(size) / size.sum(), float(low[0]), float(high[0]), "times a post is passed on", sets)


def _are_chosen(size: Floats) -> bool:
    """Whether small cascades are missing.

    Whatever the spread of offspring is, if its mean is R at least 1 − R of all posts have none. So at least as many
    cascades end with their first post, but for chance.
    """
    singles = int((size == 1).sum())
    return not singles or bool(share(singles, len(size)).high < len(size) / size.sum())


def _from_shares(table: Table) -> Estimates:
    """Return R = m/(1 + m) from the mean number m of shares: a cascade has 1/(1 − R) posts, one of them the first."""
    shared = table.frame["shares"]
    rows = table.frame[shared >= 0]
    count = rows["shares"].to_numpy(float)
    parts = {"": np.ones(len(rows), bool)}
    if table.has("sentiment"):
        for word, sign in (("negative", -1), ("neutral", 0), ("positive", 1)):
            chosen = (rows["sentiment"] == sign).to_numpy()
            if chosen.sum() >= FEWEST:
                parts["." + word] = chosen
    by_author = table.has("author") and bool(rows["author"].notna().all())
    group = pd.factorize(rows["author"])[0] if by_author else np.arange(len(rows))
    groups = int(group.max()) + 1
    sums, posts = (
        np.array([np.bincount(group, weights=chosen * one, minlength=groups) for chosen in parts.values()])
        for one in (count, np.ones(len(rows)))
    )

    def reproduction(drawn: NDArray[np.int64]) -> Floats:
        # m/(1 + m) with m = shares/posts
        return np.asarray((sums @ drawn) / np.maximum(sums @ drawn + posts @ drawn, 1))

    mean = reproduction(np.ones(groups, np.int64))
    low, high = bootstrapped(reproduction, groups, RESAMPLES)
    figures = {
        f"base_reproduction{part}": Figure(
            float(mean[k]),
            float(low[k]),
            float(high[k]),
            "times a post is passed on",
            "" if part else "parameters.base_reproduction",
        )
        for k, part in enumerate(parts)
    }
    for part, chosen in parts.items():
        figures[f"shared_at_all{part}"] = share(int((count[chosen] > 0).sum()), int(chosen.sum()), "share of posts")
    notes = [
        "R = m/(1 + m), of a mean of m shares per post, holds if the count includes shares of shares, as retweet "
        "counts do; it is R of all posts, of which the calm ones that base_reproduction is meant for are shared less",
        "shares that came after the table was made are missing",
    ]
    if table.sentiment_from == "text":
        notes.append("sentiment was read off the text, which is a rough guide")
    if len(rows) < len(table):
        notes.append(f"left out: {len(table) - len(rows)} posts without a number of shares, or one below 0")
    return Estimates(
        "cascades",
        figures,
        {
            "posts": len(rows),
            "resampled": "authors" if by_author else "posts",
            "mean_shares": {part[1:] or "all": float(count[chosen].mean()) for part, chosen in parts.items()},
            "most_shares": float(count.max()),
        },
        notes,
    )


def _cascades(table: Table) -> Estimates:
    if refusal := _refusal(table):
        raise DataError(f"{table.name}: {refusal}")
    return _from_reactions(table) if table.has("delay") else _from_shares(table)


def _refusal(table: Table) -> str:
    """Return why nothing can be estimated; empty if something can."""
    if table.has("delay"):
        later = int((table.frame["delay"] > 0).sum())
        return "" if later >= FEWEST else f"cascades need at least {FEWEST} delays above 0 s, there are {later}"
    if table.has("shares"):
        told = int((table.frame["shares"] >= 0).sum())
        return "" if told >= FEWEST else f"cascades need at least {FEWEST} posts with a count of shares, not {told}"
    return (
        "a log of who acted and when does not tell which post was passed on, so neither offspring nor reaction times "
        "can be read; its volume by the hour can, by bursts"
    )


def _objections(table: Table) -> list[str]:
    if refusal := _refusal(table):
        return [refusal]
    if not table.has("delay"):
        return []
    found = []
    if not table.has("cascade", "node", "parent"):
        found.append(
            "only times since the first post are known, not since the post that was passed on: they grow with each "
            "generation, are longer than reaction times, and set nothing"
        )
    size = np.asarray(table.frame["cascade"].value_counts() if table.has("cascade") else [len(table)], np.float64)
    if len(size) < FEWEST_CASCADES:
        found.append(
            f"fewer than {FEWEST_CASCADES} cascades are too few to resample: the kernel's interval takes reactions for "
            "independent and is too narrow, other figures have none"
        )
    elif _are_chosen(size):
        found.append(
            f"{int((size == 1).sum())} of {len(size)} cascades are single posts, fewer than there are among all posts: "
            "they were chosen for their size n, so offspring_mean is about (n − 1)/n and sets nothing"
        )
    return found


CASCADES = Estimator(
    "cascades",
    "how fast and how far posts are passed on",
    (("cascade", "node", "parent", "delay"), ("cascade", "delay"), ("delay",), ("shares",), ("time", "author", "kind")),
    _cascades,
    _objections,
)
