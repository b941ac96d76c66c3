"""Draws are uniform however the keys are enumerated.

A keyed hash earns its name on the keys that models really use: small numbers counted up, alone or in pairs, and
numbers whose information sits in a few high bits. Every test looks at both tails of its statistic: points that fill
the line too evenly, like a Weyl sequence's, are as wrong as points that cluster.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from influence_sim.core.draws import Draws, Process, to_unit

N = 1 << 16
LEVEL = 1e-4
COUNT = np.arange(N)


def stream(seed=20, process=Process.NEED, time=3):
    return Draws.for_replicates(seed, [0]).at(process, time)


def grid(*sizes):
    """Ids of all cells of a grid, the last id running fastest."""
    return [axis.ravel() for axis in np.indices(sizes)]


def by_time(times, ids=32):
    draws = Draws.for_replicates(20, [0])
    return np.stack([draws.at(Process.NEED, t).bits(0, np.arange(ids)) for t in times], axis=1).ravel()


def by_seed(seeds, ids=32):
    streams = (Draws.for_replicates(seed, [0]).at(Process.NEED, 3) for seed in seeds)
    return np.stack([s.bits(0, np.arange(ids)) for s in streams], axis=1).ravel()


def by_process():
    draws, ids = Draws.for_replicates(20, [0]), N // len(Process)
    return np.stack([draws.at(process, 3).bits(0, np.arange(ids)) for process in Process], axis=1).ravel()


# The key that runs fastest is the one named: neighbours in the sequence are neighbours in that key.
WAYS = {
    "ids in sequence": lambda: stream().bits(0, COUNT),
    "negative ids": lambda: stream().bits(0, -1 - COUNT),
    "ids in strides of 1,000": lambda: stream().bits(0, 1000 * COUNT),
    "ids in strides of 2^16": lambda: stream().bits(0, COUNT << 16),
    "ids in strides of 2^40": lambda: stream().bits(0, COUNT << 40),
    "ids in the top 16 bits": lambda: stream().bits(0, COUNT << 48),
    "pairs of ids": lambda: stream().bits(0, *grid(256, 256)),
    "pairs with a second id in strides of 2^40": lambda: stream().bits(0, 7, COUNT << 40),
    "triples of ids": lambda: stream().bits(0, *grid(64, 32, 32)),
    "times in sequence": lambda: by_time(range(2048)),
    "times in strides of 2^20": lambda: by_time(range(0, 2048 << 20, 1 << 20)),
    "master seeds in sequence": lambda: by_seed(range(2048)),
    "master seeds in the top bits": lambda: by_seed(k << 53 for k in range(2048)),
    "processes": by_process,
    "replicates": lambda: Draws.for_replicates(20, COUNT).at(Process.NEED, 3).bits(COUNT, 7),
    "replicates without ids": lambda: Draws.for_replicates(20, COUNT).at(Process.NEED, 3).bits(COUNT),
    "raw seeds in sequence": lambda: Draws(COUNT.astype(np.uint64)).at(Process.NEED, 3).bits(COUNT, 7),
}


@pytest.fixture(scope="module", params=WAYS)
def words(request):
    return WAYS[request.param]()


def chi2_p(observed):
    """p-values, along the last axis, of counts that should all be equal."""
    return stats.chisquare(observed, axis=-1).pvalue


def assert_plausible(p):
    assert np.all(np.minimum(p, 1 - np.asarray(p)) > LEVEL), p


def test_every_byte_is_uniform(words):
    # The high bytes become the number; the low ones matter wherever words are folded into further keys.
    parts = words.astype("<u8").view(np.uint8).reshape(-1, 8)
    assert_plausible(chi2_p([np.bincount(part, minlength=256) for part in parts.T]))


def test_every_bit_is_fair(words):
    ones = np.unpackbits(words.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=0, dtype=float)
    z2 = (ones - words.size / 2) ** 2 / (words.size / 4)
    assert_plausible(stats.chi2.sf(z2.sum(), 64))


def test_numbers_follow_the_uniform_distribution(words):
    assert_plausible(stats.kstest(to_unit(words), "uniform", method="asymp").pvalue)


@pytest.mark.parametrize(("dimensions", "bits"), [(2, 5), (3, 4), (4, 3)])
@pytest.mark.parametrize("end", ["high", "low"])
def test_successive_draws_fill_the_cube(words, dimensions, bits, end):
    # Draws may be uniform one by one and still lie on a few lines or planes.
    points = words[: words.size // dimensions * dimensions].reshape(-1, dimensions)
    points = points >> np.uint64(64 - bits) if end == "high" else points & np.uint64((1 << bits) - 1)
    cell = np.ravel_multi_index(points.T.astype(np.int64), (1 << bits,) * dimensions)
    assert_plausible(chi2_p(np.bincount(cell, minlength=1 << (bits * dimensions))))


@pytest.mark.parametrize("shift", [0, 28, 56], ids=["lowest byte", "middle byte", "highest byte"])
def test_p_values_of_many_streams_are_themselves_uniform(shift):
    # A small bias that hides in every single stream shows in the distribution over streams. Too even streams do, too.
    draws = Draws.for_replicates(21, np.arange(16))
    p = []
    for time in range(32):
        words = draws.at(Process.CHOICE, time).bits(np.arange(16)[:, None], np.arange(4096))
        part = (words >> np.uint64(shift)).astype(np.uint8)
        p.append(chi2_p([np.bincount(row, minlength=256) for row in part]))
    assert_plausible(stats.kstest(np.ravel(p), "uniform").pvalue)


@pytest.mark.parametrize("rate", [1e-5, 1e-4, 1e-3])
def test_rare_events_are_as_rare_as_they_should_be(rate):
    # Incidents are decided in the far ends of the interval, where tests over the whole of it see little.
    u = stream(22).uniform(0, np.arange(1 << 21))
    for hits in (u < rate, u > 1 - rate):
        assert stats.binomtest(int(hits.sum()), u.size, rate).pvalue > LEVEL
