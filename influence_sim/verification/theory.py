"""What the textbooks say, in closed form or as a fixed point, each with its source; nothing here simulates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, gammaln, roots_genlaguerre, softmax
from scipy.stats import binom, norm, poisson

type F8 = NDArray[np.float64]

SEISMIC_DENSITY, SEISMIC_PLATEAU, SEISMIC_EXPONENT = 6.27e-4, 300.0, 0.2315
"""Reaction times of Zhao et al. 2015: density per second up to so many seconds, then t^−(1 + exponent)."""

GREEDY_BOUND = 1 - np.exp(-1)
"""What greedy seeding reaches of the optimum, at least (Nemhauser, Wolsey & Fisher 1978; Kempe et al. 2003)."""

_MOST_NEIGHBOURS = 200


# cascades


def final_size(reproduction: float, seeds: float = 0.0) -> float:
    """Return the share reached in the end, S = 1 − (1 − seeds)·e^(−R·S).

    The giant component of a random graph of mean degree R (Erdős & Rényi 1960), and the final size of an epidemic in a
    mixed population (Kermack & McKendrick 1927). Without seeds it is the larger solution, 0 if R ≤ 1.
    """
    if reproduction <= 1 and seeds == 0:
        return 0.0
    return float(brentq(lambda s: s - 1 + (1 - seeds) * np.exp(-reproduction * s), 1e-9, 1))


def borel(n: ArrayLike, mean_offspring: float) -> F8:
    """Return the probabilities that cascades have n members, offspring being Poisson (Borel 1942; Otter 1949)."""
    n = np.asarray(n, dtype=np.float64)
    power = np.log(mean_offspring * n) * (n - 1)
    return np.asarray(np.exp(-mean_offspring * n + power - gammaln(n + 1)))


def borel_mean(mean_offspring: float) -> float:
    """Return the mean size of a subcritical cascade."""
    return 1 / (1 - mean_offspring)


def percolation_size(degree_share: ArrayLike, p: float) -> float:
    """Return the share in the giant component of a configuration graph of which arcs are open with probability p.

    u = 1 − p + p·G₁(u), S = 1 − G₀(u) (Newman, Strogatz & Watts 2001; Newman 2002). ``degree_share[k]`` is the share
    of nodes of degree k.
    """
    share, k, mean = _degrees(degree_share)
    u = 0.0
    for _ in range(100_000):
        after = 1 - p + p * float(share[1:] @ (k[1:] * u ** (k[1:] - 1))) / mean
        if abs(after - u) < 1e-14:
            break
        u = after
    return 1 - float(share @ u**k)


def percolation_threshold(degree_share: ArrayLike) -> float:
    """Return p_c = ⟨k⟩/⟨k² − k⟩ (Molloy & Reed 1995; Newman 2002)."""
    share, k, mean = _degrees(degree_share)
    return mean / float(share @ (k * (k - 1)))


def percolation_mean(degree_share: ArrayLike, p: float) -> float:
    """Return the mean size of cascades below the threshold, 1 + p⟨k⟩/(1 − p/p_c), seeds drawn evenly (Newman 2002)."""
    _, _, mean = _degrees(degree_share)
    return 1 + p * mean / (1 - p / percolation_threshold(degree_share))


def _degrees(degree_share: ArrayLike) -> tuple[F8, F8, float]:
    share = np.asarray(degree_share, dtype=np.float64)
    k = np.arange(share.size, dtype=np.float64)
    return share, k, float(share @ k)


def cascade_window(threshold: float) -> tuple[float, float]:
    """Return between which mean degrees a single seed may set off an Erdős–Rényi graph (Watts 2002).

    z·P(Pois(z) ≤ K − 2) > 1, K the largest degree at which one active neighbour is enough.
    """
    most = int(np.floor(1 / threshold + 1e-9))

    def excess(z: float) -> float:
        return z * float(poisson.cdf(most - 2, z)) - 1

    z = np.linspace(0.01, 50, 5000)
    top = float(z[np.argmax([excess(one) for one in z])])
    return float(brentq(excess, 0.01, top)), float(brentq(excess, top, 50))


def threshold_size(threshold: float, mean_degree: float, seeds: float, *, spread: float = 0.0) -> float:
    """Return the share that is active in the end on an undirected Erdős–Rényi graph (Gleeson & Cahalane 2007).

    Someone is active if a share φ of their neighbours is; the fixed point is reached from the seeds upwards.

    Parameters
    ----------
    threshold, spread
        Mean and standard deviation (0: the same for all) of the normally distributed φ.
    mean_degree
        Mean degree z.
    seeds
        Share of all who are active from the beginning, drawn at random.
    """
    k = np.arange(_MOST_NEIGHBOURS)
    share = poisson.pmf(k, mean_degree)
    active = np.tril(np.ones((k.size, k.size)))
    fraction = np.divide(k[None, :], k[:, None], out=np.zeros(active.shape), where=k[:, None] > 0)
    if spread:
        joins = norm.cdf(fraction, threshold, spread) * (k[:, None] > 0)
    else:
        joins = (k[None, :] >= threshold * k[:, None]) & (k[:, None] > 0)
    joins = np.asarray(joins, np.float64) * active
    by_edge = k * share / mean_degree
    q = seeds
    for _ in range(1_000_000):
        among_others = binom.pmf(k[None, :], np.maximum(k[:, None] - 1, 0), q)
        after = seeds + (1 - seeds) * float(by_edge @ (among_others * joins).sum(axis=1))
        if after - q < 1e-13:
            break
        q = after
    among_all = binom.pmf(k[None, :], k[:, None], q)
    return seeds + (1 - seeds) * float(share @ (among_all * joins).sum(axis=1))


def star_virality(nodes: int) -> float:
    """Return the mean distance in a star (Goel, Anderson, Hofman & Watts 2016)."""
    return 2 - 2 / nodes


def path_virality(nodes: int) -> float:
    """Return the mean distance along a path (Goel, Anderson, Hofman & Watts 2016)."""
    return (nodes + 1) / 3


# diffusion


def bass(t: ArrayLike, p: float, q: float) -> F8:
    """Return the share of adopters at times t (Bass 1969)."""
    fade = np.exp(-(p + q) * np.asarray(t, dtype=np.float64))
    return np.asarray((1 - fade) / (1 + q / p * fade))


def bass_peak(p: float, q: float) -> tuple[float, float]:
    """Return when most adopt at once, and the share of adopters then (Bass 1969)."""
    return float(np.log(q / p) / (p + q)), 0.5 - p / (2 * q)


def never_hear(pair_rate: float = 1.0) -> float:
    """Return who never hears a rumour that dies when spreaders meet those who know it (Daley & Kendall 1965).

    Spreaders y who meet each other both fall silent, and who meets a stifler z too: dy/dx = −1 + (c·y + z)/x, c the
    rate at which a pair of spreaders meets. It ends at y = 0: x = e^(−2(1 − x)) = .2032 for c = 1. If every pair of
    spreaders is drawn twice as often as it should (c = 2), 1 − 1/x = 2·ln x: x = .2847.
    """
    c = pair_rate - 1
    if c == 0:
        return float(brentq(lambda x: x - np.exp(-2 * (1 - x)), 1e-6, 0.9))

    # y/x^c grows by (1 − 2x)/x^(c + 1) per x, from y = 0 at x = 1.
    def spreaders(x: float) -> float:
        one = np.log(x) if c == 1 else (x ** (1 - c) - 1) / (1 - c)
        return float((1 - x**-c) / c - 2 * one)

    return float(brentq(spreaders, 1e-4, 0.9))


# opinions


def consensus(degree: ArrayLike, opinions: ArrayLike) -> float:
    """Return the opinion in which an undirected connected graph ends, weights ∝ degree (DeGroot 1974)."""
    degree = np.asarray(degree, dtype=np.float64)
    return float(degree @ np.asarray(opinions, dtype=np.float64) / degree.sum())


def equal_weights(listeners: Sequence[ArrayLike]) -> F8:
    """Return W, shape (nodes, nodes): row v gives equal weights to all u with v in ``listeners[u]``, of sum 1."""
    weights = np.zeros((len(listeners), len(listeners)))
    for u, who in enumerate(listeners):
        weights[np.asarray(who, np.int64), u] = 1
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def anchored_opinions(weights: ArrayLike, susceptibility: ArrayLike, anchor: ArrayLike) -> F8:
    """Return (I − ΛW)⁻¹(I − Λ)·x₀, where opinions settle that stay tied to an anchor (Friedkin & Johnsen 1990).

    ``weights`` is W, shape (nodes, nodes), rows of sum 1; ``susceptibility`` the diagonal of Λ.
    """
    matrix, anchor = np.asarray(weights, dtype=np.float64), np.asarray(anchor, dtype=np.float64)
    free = np.broadcast_to(np.asarray(susceptibility, dtype=np.float64), anchor.shape)
    return np.asarray(np.linalg.solve(np.eye(anchor.size) - free[:, None] * matrix, (1 - free) * anchor))


def major_clusters(confidence: float) -> int:
    """Return how many major clusters pairwise bounded confidence leaves on [0, 1] (Deffuant et al. 2000)."""
    return int(np.floor(1 / (2 * confidence) + 1e-9))


# markets


def logit_shares(utility: ArrayLike, spread: float = 0.0, points: int = 60) -> F8:
    """Return the shares of companies, and of nobody (utility 0, last), in a multinomial logit (McFadden 1974).

    With ``spread`` each person's utilities scatter by N(0, spread²), independently: the mixed logit, by Gauss–Hermite
    quadrature.
    """
    utility = np.asarray(utility, dtype=np.float64)
    if not spread:
        return np.asarray(softmax(np.append(utility, 0.0)))
    node, weight = np.polynomial.hermite_e.hermegauss(points)
    weight = weight / weight.sum()
    grid = np.stack(np.meshgrid(*[node] * utility.size, indexing="ij"), axis=-1) * spread + utility
    shares = softmax(np.concatenate([grid, np.zeros((*grid.shape[:-1], 1))], axis=-1), axis=-1)
    for _ in range(utility.size):
        shares = np.tensordot(weight, shares, axes=(0, 0))
    return np.asarray(shares)


def nbd_moments(shape: float, interval: float, days: float) -> tuple[float, float]:
    """Return mean rt/α and variance (rt/α)(1 + t/α) of purchases in t days, α = r·interval (Ehrenberg 1959)."""
    scale = shape * interval
    mean = shape * days / scale
    return mean, mean * (1 + days / scale)


def daily_moments(shape: float, interval: float, days: int, chance: float = 1.0) -> tuple[float, float]:
    """Return mean and variance of purchases where one needs at most once a day, and then buys with a ``chance``.

    Given the rate λ they are Binomial(days, chance·(1 − e^−λ)); E[e^−kλ] = (α/(α + k))^r.
    """
    scale = shape * interval
    once, twice = ((scale / (scale + k)) ** shape for k in (1, 2))
    first, second = chance * (1 - once), chance**2 * (1 - 2 * once + twice)
    return days * first, days * (first - second) + days**2 * (second - first**2)


def purchases_until_exit(shape: float, interval: float, days: float, exit_chance: float) -> float:
    """Return the mean purchases in t days of customers who leave for good after each with one constant chance.

    (1 − (α/(α + p·t))^r)/p: BG/NBD (Fader, Hardie & Lee 2005) whose dropout does not vary between customers.
    """
    scale = shape * interval
    return float(1 - (scale / (scale + exit_chance * days)) ** shape) / exit_chance


def purchase_shares_until_exit(
    most: int, shape: float, interval: float, days: int, exit_chance: float, chance: float = 1.0
) -> F8:
    """Return the probabilities of 0 … ``most`` purchases as in :func:`purchases_until_exit`, by the daily clock.

    Someone who needs at most once a day, and then buys with a ``chance``, has bought x times if they are there still,
    or left at the x-th of more needs; averaged over Gamma rates by Gauss–Laguerre quadrature.
    """
    rate, weight = gamma_rates(shape, interval)
    buys = chance * -np.expm1(-rate)
    x = np.arange(most + 1)[:, None]
    stays = (1 - exit_chance) ** x * binom.pmf(x, days, buys)
    left = np.where(x > 0, (1 - exit_chance) ** (x - 1.0) * exit_chance, 0) * binom.sf(x - 1, days, buys)
    return np.asarray((stays + left) @ weight)


def gamma_rates(shape: float, interval: float, points: int = 60) -> tuple[F8, F8]:
    """Return nodes and weights of the Gamma distribution of need rates, mean 1/interval (Gauss–Laguerre)."""
    node, weight = roots_genlaguerre(points, shape - 1)
    return np.asarray(node / (shape * interval)), np.asarray(weight / weight.sum())


def bass_by_need(days: int, shape: float, interval: float, utility: tuple[float, float], contact: float) -> F8:
    """Return the share of adopters after 0 … ``days`` days, where people adopt at need and word of mouth persuades.

    Adopters buy at every need. Someone else in need adopts with the logistic of the first ``utility``, or of the second
    if they have read of a purchase of the day before, with probability 1 − e^(−contact·purchases per head). For a small
    ``contact``, rare needs and equal rates this is Bass 1969: p = ν·σ(u₀) and q = ν²·(σ(u₁) − σ(u₀))·contact a day, ν
    the chance of a need. First purchases, which Bass does not count, make it a little faster.
    """
    rate, weight = gamma_rates(shape, interval)
    need = -np.expm1(-rate)
    alone, told = (float(expit(u)) for u in utility)
    outside = np.ones(rate.size)
    adopted = np.zeros(days + 1)
    purchases = 0.0
    for day in range(days):
        heard = -np.expm1(-contact * purchases)
        joining = outside * need * (alone + (told - alone) * heard)
        purchases = float((need * (1 - outside) + joining) @ weight)
        outside = outside - joining
        adopted[day + 1] = 1 - float(outside @ weight)
    return adopted


# service and learning


def erlang_c(desks: int, load: float) -> float:
    """Return the probability to wait in an M/M/c queue of ``load`` erlangs (Erlang 1917)."""
    terms = np.cumprod([1.0, *(load / np.arange(1, desks))])
    last = float(terms[-1]) * load / desks / (1 - load / desks)
    return last / (float(terms.sum()) + last)


def mean_sojourn(arrivals: float, pace: float, desks: int = 1) -> float:
    """Return waiting and service together in an M/M/c queue; 1/(μ − λ) for one desk (Erlang 1917)."""
    return 1 / pace + erlang_c(desks, arrivals / pace) / (desks * pace - arrivals)


def kalman_prior(drift: float, noise_variance: float, count: float) -> float:
    """Return the variance of a random walk's estimate before each day's ``count`` measurements (Kalman 1960).

    P = (δ² + √(δ⁴ + 4δ²σ²/n))/2, the steady state of P ← 1/(1/P + n/σ²) + δ².
    """
    step = drift**2
    return float((step + np.sqrt(step**2 + 4 * step * noise_variance / count)) / 2)


def reaction_share(hours: ArrayLike) -> F8:
    """Return which share of reactions comes within so many hours (Zhao et al. 2015), its mass of 1.0006 made 1."""
    t = np.asarray(hours, dtype=np.float64) * 3600 / SEISMIC_PLATEAU
    mass = 1 + 1 / SEISMIC_EXPONENT
    late = 1 + (1 - np.maximum(t, 1) ** -SEISMIC_EXPONENT) / SEISMIC_EXPONENT
    return np.asarray(np.where(t <= 1, t, late) / mass)


def median_reaction() -> float:
    """Return the median reaction time in minutes (Zhao et al. 2015)."""
    return 60 * float(brentq(lambda hours: float(reaction_share(hours)) - 0.5, 1e-6, 100))
