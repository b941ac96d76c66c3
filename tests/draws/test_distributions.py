"""Draws have the distributions they are named after, and move with their parameters.

Every draw is the inverse distribution function of one uniform number. So two worlds that differ in a parameter are
compared accident by accident: who draws more under the smaller mean never draws less under the larger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from influence_sim.core.draws import Draws, Process, Stream, to_unit

LEVEL = 1e-4
N = 1 << 16
COUNT = np.arange(N)
TOP = 2**64 - 1

# The ends, the middle and their neighbourhoods, and words between: what no affordable search for a key would find.
EDGES = np.array(
    sorted(
        {0, 1, TOP}
        | {2**bit + offset for bit in range(9, 64) for offset in (-1, 0, 1)}
        | {TOP - 2**bit + offset for bit in range(9, 64) for offset in (-1, 0, 1)}
    ),
    dtype=np.uint64,
)


@dataclass(frozen=True, slots=True)
class Scripted(Stream):
    """A stream whose words are given."""

    words: np.ndarray

    def bits(self, world, *ids):
        return self.words


def scripted(words):
    return Scripted(np.zeros(1, np.uint64), np.zeros(1, np.uint64), words)


CONTINUOUS = {
    "uniform": (lambda s, *key: s.uniform(*key), stats.uniform()),
    "normal": (lambda s, *key: s.normal(*key), stats.norm()),
    "exponential": (lambda s, *key: s.exponential(*key), stats.expon()),
    "gumbel": (lambda s, *key: s.gumbel(*key), stats.gumbel_r()),
    **{
        f"gamma {shape}": (lambda s, *key, shape=shape: s.gamma(shape, *key), stats.gamma(shape))
        for shape in (0.3, 1.0, 2.5, 40.0)
    },
    **{
        f"beta {a}, {b}": (lambda s, *key, a=a, b=b: s.beta(a, b, *key), stats.beta(a, b))
        for a, b in ((0.5, 0.5), (1.0, 1.0), (2.0, 5.0), (8.0, 1.5), (60.0, 40.0))
    },
}

MEANS = (0.02, 0.7, 3.0, 12.5, 150.0, 1000.0)


def never_falls(x):
    """Whether ``x`` is sorted, up to the last places to which the iterative inverses are found."""
    return np.all(np.diff(x) >= -1e-12 * np.abs(x[1:]))


@pytest.fixture(scope="module")
def stream():
    return Draws.for_replicates(40, [0]).at(Process.EXPERIENCE_NOISE, 8)


@pytest.fixture(scope="module", params=CONTINUOUS)
def continuous(request):
    return CONTINUOUS[request.param]


def test_continuous_draws_follow_their_distribution(continuous, stream):
    draw, distribution = continuous
    p = stats.kstest(draw(stream, 0, COUNT), distribution.cdf, method="asymp").pvalue
    assert LEVEL < p < 1 - LEVEL


def test_continuous_draws_have_the_mean_and_variance_of_their_distribution(continuous, stream):
    draw, distribution = continuous
    x = draw(stream, 0, COUNT)
    mean, variance, kurtosis = map(float, distribution.stats(moments="mvk"))
    assert abs(x.mean() - mean) < 5 * np.sqrt(variance / N)
    assert abs(x.var() - variance) < 5 * variance * np.sqrt((kurtosis + 2) / N)


def test_a_continuous_draw_stands_where_its_uniform_number_says(continuous, stream):
    # The same key gives the same quantile of every distribution: that is what couples the worlds of two parameters.
    draw, distribution = continuous
    np.testing.assert_allclose(
        distribution.cdf(draw(stream, 0, COUNT)), stream.uniform(0, COUNT), rtol=1e-9, atol=1e-14
    )


def test_a_continuous_draw_never_falls_when_its_uniform_number_rises(continuous):
    draw, _ = continuous
    words = np.sort(np.concatenate([EDGES, COUNT.astype(np.uint64) << np.uint64(48)]))
    assert never_falls(draw(scripted(words), 0))


def test_a_continuous_draw_is_finite_and_in_its_support_for_every_word(continuous):
    draw, distribution = continuous
    x = draw(scripted(EDGES), 0)
    low, high = distribution.support()
    assert np.all(np.isfinite(x))
    assert np.all((low <= x) & (x <= high))


def test_continuous_draws_are_doubles(continuous, stream):
    assert continuous[0](stream, 0, np.arange(3)).dtype == np.float64


def test_uniform_numbers_lie_strictly_between_0_and_1():
    # A logarithm of either end would be infinite. All zeros and all ones are words like any other.
    unit = to_unit(EDGES)
    assert unit[0] > 0
    assert unit[-1] < 1
    assert np.all((unit > 0) & (unit < 1))


def test_uniform_numbers_are_the_fractions_their_words_are():
    # In integers: no uniform number is further than a cell from word / 2⁶⁴.
    for word, unit in zip(EDGES.tolist(), to_unit(EDGES).tolist(), strict=True):
        numerator, denominator = unit.as_integer_ratio()
        assert abs(numerator * 2**64 - word * denominator) <= 2**11 * denominator


def test_uniform_numbers_separate_words_that_differ_in_the_first_52_bits():
    # So no two cells share a number, but for what doubles above one half cannot tell apart.
    words = np.concatenate([np.arange(64), 2**51 - 32 + np.arange(64), 2**52 - 64 + np.arange(64)])
    assert np.all(np.diff(to_unit(words.astype(np.uint64) << np.uint64(12))) > 0)


def test_the_largest_utility_plus_gumbel_is_a_logit_choice(stream):
    utility = np.array([0.0, 0.8, -1.1, 2.0])
    choice = np.argmax(utility + stream.gumbel(0, COUNT[:, None], np.arange(4)), axis=1)
    share = np.exp(utility) / np.exp(utility).sum()
    p = stats.chisquare(np.bincount(choice, minlength=4), N * share).pvalue
    assert LEVEL < p < 1 - LEVEL


@pytest.mark.parametrize("mean", MEANS)
def test_poisson_counts_follow_their_distribution(mean, stream):
    x = stream.poisson(mean, 0, COUNT)
    # One bin for each count, the ends pooled so that every bin expects at least 20.
    low, high = stats.poisson.ppf([20 / N, 1 - 20 / N], mean).astype(int)
    inner = np.arange(low, max(high, low + 1))
    below = stats.poisson.cdf(inner, mean)
    expected = N * np.diff(below, prepend=0.0, append=1.0)
    observed = np.bincount(np.searchsorted(inner, x), minlength=expected.size)
    p = stats.chisquare(observed, expected).pvalue
    assert LEVEL < p < 1 - LEVEL


@pytest.mark.parametrize("mean", MEANS)
def test_poisson_counts_have_mean_and_variance_equal(mean, stream):
    x = stream.poisson(mean, 0, COUNT)
    assert abs(x.mean() - mean) < 5 * np.sqrt(mean / N)
    assert abs(x.var() - mean) < 5 * mean * np.sqrt((1 / mean + 2) / N)


@pytest.mark.parametrize("mean", MEANS)
def test_a_poisson_count_is_the_least_whose_cumulated_probability_reaches_the_uniform_number(mean, stream):
    x, u = stream.poisson(mean, 0, COUNT), stream.uniform(0, COUNT)
    reached = np.cumsum(stats.poisson.pmf(np.arange(x.max() + 1), mean))
    assert np.all(u <= reached[x] + 1e-11)
    assert np.all(u[x > 0] > reached[x[x > 0] - 1] - 1e-11)


def test_poisson_counts_are_integers(stream):
    assert stream.poisson(3.0, 0, np.arange(3)).dtype == np.int64


@pytest.mark.parametrize("mean", [0, 0.0, -0.0, 5e-324])
def test_a_poisson_count_of_mean_0_is_0(mean):
    assert np.all(scripted(EDGES).poisson(mean, 0) == 0)


@pytest.mark.parametrize("mean", [1e-6, 0.5, 1.0, 30.0, 1000.0])
def test_a_poisson_count_is_a_quantile_even_for_the_last_word(mean):
    # Were the table of cumulated probabilities too short, the largest numbers would all get the count after its end.
    last = scripted(np.array([TOP], dtype=np.uint64)).poisson(mean, 0)[0]
    assert stats.poisson.sf(last - 1, mean) > 2.0**-54
    assert stats.poisson.sf(last, mean) <= 2.0**-52


def test_a_poisson_count_never_falls_when_its_uniform_number_rises():
    words = np.sort(np.concatenate([EDGES, COUNT.astype(np.uint64) << np.uint64(48)]))
    for mean in MEANS:
        assert np.all(np.diff(scripted(words).poisson(mean, 0)) >= 0)


@pytest.mark.parametrize("mean", [-1e-12, -1, 1.1e12, np.inf, -np.inf, np.nan])
def test_a_poisson_mean_outside_its_range_is_an_error(mean, stream):
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1e12"):
        stream.poisson(mean, 0, 1)


# Parameters far apart, close together and one last place apart; keys enough that neighbours in u are 10⁻⁴ apart.
STEPS = np.unique(np.concatenate([np.geomspace(1e-3, 1000, 60), 7 + np.arange(20) * 1e-9, np.linspace(0.9, 1.1, 41)]))


def test_a_larger_mean_never_gives_a_smaller_poisson_count(stream):
    before = np.zeros(8192, dtype=np.int64)
    for mean in STEPS:
        now = stream.poisson(mean, 0, np.arange(8192))
        assert np.all(now >= before), mean
        before = now
    assert before.min() > 0


def test_a_larger_shape_never_gives_a_smaller_gamma_number(stream):
    before = np.zeros(2048)
    for shape in STEPS:
        now = stream.gamma(shape, 0, np.arange(2048))
        assert np.all(now >= before * (1 - 1e-12)), shape
        before = now


def test_a_beta_number_rises_with_its_first_parameter_and_falls_with_its_second(stream):
    for other in (0.6, 3.0):
        rising, falling = np.zeros(2048), np.ones(2048)
        for step in np.geomspace(0.05, 100, 40):
            up, down = stream.beta(step, other, 0, np.arange(2048)), stream.beta(other, step, 0, np.arange(2048))
            assert np.all(up >= rising * (1 - 1e-12)), step
            assert np.all(down <= falling * (1 + 1e-12)), step
            rising, falling = up, down


def test_distributions_of_one_key_rise_together(stream):
    # One accident, differently scaled: who is first in one distribution is first in all.
    order = np.argsort(stream.uniform(0, COUNT))
    for draw, _ in CONTINUOUS.values():
        assert never_falls(draw(stream, 0, COUNT)[order])
