"""Draws of different keys have nothing to do with each other; draws of one key are one number.

The first half looks for traces that one key leaves in another: neighbours, exchanged and shifted keys, flipped bits,
collisions, streams that are copies of each other. The second half holds that nothing but the key counts: not the
batch, the order or the shape in which draws are asked for.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from influence_sim.core.draws import Draws, Process, to_unit

LEVEL = 1e-4
N = 1 << 16
COUNT = np.arange(N)
ONE = np.uint64(1)

GOLDEN = 0x9E3779B97F4A7C15
MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
MASK = 2**64 - 1


def bits(*ids, seed=29, replicate=0, process=Process.CHOICE, time=5):
    return Draws.for_replicates(seed, [replicate]).at(process, time).bits(0, *ids)


def many(*ids, seed=29, first=0, process=Process.CHOICE, time=5):
    """One draw in each of N worlds."""
    return Draws.for_replicates(seed, first + COUNT).at(process, time).bits(COUNT, *ids)


# Pairs of keys that a weaker hash would tie together.
NEIGHBOURS = {
    "id and next id": lambda: (bits(2 * COUNT), bits(2 * COUNT + 1)),
    "id and id + 2^32": lambda: (bits(COUNT), bits(COUNT + 2**32)),
    "id and id + 2^63": lambda: (bits(COUNT), bits(COUNT + np.int64(-(2**63)))),
    "id and its negative": lambda: (bits(COUNT + 1), bits(-1 - COUNT)),
    "id and its complement": lambda: (bits(COUNT), bits(~COUNT)),
    "id and its double": lambda: (bits(2 * COUNT + 1), bits(4 * COUNT + 2)),
    "second id and next": lambda: (bits(COUNT, 2 * COUNT), bits(COUNT, 2 * COUNT + 1)),
    "pair and exchanged pair": lambda: (bits(COUNT, COUNT + 1), bits(COUNT + 1, COUNT)),
    "pairs with one sum": lambda: (bits(COUNT + 1, 9), bits(COUNT, 10)),
    "pairs with one exclusive or": lambda: (bits(2 * COUNT, 2 * COUNT + 1), bits(2 * COUNT + 1, 2 * COUNT)),
    "id alone and before a zero": lambda: (bits(COUNT), bits(COUNT, 0)),
    "id alone and after a zero": lambda: (bits(COUNT), bits(0, COUNT)),
    "id before and after a zero": lambda: (bits(COUNT, 0), bits(0, COUNT)),
    "no id and a zero": lambda: (many(), many(0)),
    "time and next time": lambda: (bits(COUNT), bits(COUNT, time=6)),
    "time and next time across worlds": lambda: (many(1), many(1, time=6)),
    "next id and next time": lambda: (bits(COUNT + 1), bits(COUNT, time=6)),
    "time and id exchanged": lambda: (bits(COUNT, 6), bits(COUNT, 5, time=6)),
    "process and next process": lambda: (bits(COUNT), bits(COUNT, process=Process.FAILURE)),
    "next process and next time": lambda: (bits(COUNT, process=Process.FAILURE), bits(COUNT, time=6)),
    "process and time exchanged": lambda: (
        bits(COUNT, process=Process.NEED, time=10),
        bits(COUNT, process=Process.CHOICE, time=9),
    ),
    "seed and next seed": lambda: (bits(COUNT), bits(COUNT, seed=30)),
    "seed and next seed across worlds": lambda: (many(1), many(1, seed=30)),
    "next seed and next replicate": lambda: (many(1, first=1), many(1, seed=30)),
    "seed and replicate exchanged": lambda: (
        bits(COUNT, seed=3, replicate=4),
        bits(COUNT, seed=4, replicate=3),
    ),
    "replicate and next replicate": lambda: (bits(COUNT), bits(COUNT, replicate=1)),
    "next replicate and next id": lambda: (many(COUNT, first=1), many(COUNT + 1)),
    "next replicate and next time": lambda: (many(1, first=1), many(1, time=6)),
}


def repetitions(words):
    """How many words have stood before."""
    ordered = np.sort(words, axis=None)
    return int(np.count_nonzero(ordered[1:] == ordered[:-1]))


@pytest.fixture(scope="module", params=NEIGHBOURS)
def pair(request):
    return NEIGHBOURS[request.param]()


def assert_plausible(p):
    assert np.all(np.minimum(p, 1 - np.asarray(p)) > LEVEL), p


def test_neighbours_are_uncorrelated(pair):
    first, second = map(to_unit, pair)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(N)


def test_neighbours_differ_in_as_many_bits_as_strangers(pair):
    # Sensitive to every bit and to every kind of dependence that leaves differences too like or too unlike.
    differing = np.bitwise_count(pair[0] ^ pair[1])
    inside = np.clip(differing, 20, 44) - 20
    expected = stats.binom.pmf(np.arange(20, 45), 64, 0.5)
    expected[0], expected[-1] = stats.binom.cdf(20, 64, 0.5), stats.binom.sf(43, 64, 0.5)
    observed = np.bincount(inside, minlength=25)
    assert_plausible(stats.chisquare(observed, N * expected / expected.sum()).pvalue)


def test_neighbours_fill_the_square(pair):
    # Correlation sees lines only; the 32 × 32 cells see any curve, at the top and at the bottom of the words.
    for shift in (59, 0):
        x, y = ((words >> np.uint64(shift)).astype(np.int64) & 31 for words in pair)
        assert_plausible(stats.chisquare(np.bincount(32 * x + y, minlength=1024)).pvalue)


@pytest.mark.parametrize("draws", [bits, lambda ids: many(1)], ids=["ids", "replicates"])
def test_sequences_have_no_memory(draws):
    # Autocorrelations of an independent sequence are independent with variance 1/n: all lags up to 1024 in one sum.
    u = to_unit(draws(COUNT)) - 0.5
    spectrum = np.fft.rfft(u, 2 * N)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2)[:1025]
    r = covariance[1:] / covariance[0]
    q = N * (N + 2) * np.sum(r**2 / (N - np.arange(1, 1025)))
    assert_plausible(stats.chi2.sf(q, 1024))


def test_no_two_processes_are_correlated():
    draws = Draws.for_replicates(31, [0])
    u = np.stack([draws.at(process).uniform(0, np.arange(8192)) for process in Process])
    r = np.corrcoef(u)[np.triu_indices(len(Process), 1)]
    assert_plausible(stats.chi2.sf(8192 * np.sum(r**2), r.size))


def test_no_two_times_are_correlated():
    draws = Draws.for_replicates(31, [0])
    u = np.stack([draws.at(Process.NEED, time).uniform(0, np.arange(8192)) for time in range(64)])
    r = np.corrcoef(u)[np.triu_indices(64, 1)]
    assert_plausible(stats.chi2.sf(8192 * np.sum(r**2), r.size))


SAMPLES = 1 << 12
WORLDS = np.arange(SAMPLES)

# The samples differ in another part of the key than the flipped one: numbers below a power of two are closed under
# flips of their low bits, so that each pair would be counted twice.


def flip_master_seed(mask):
    return Draws.for_replicates(9 ^ mask, WORLDS).at(Process.NEED, 2).bits(WORLDS, 9)


def flip_replicate(mask):
    return Draws.for_replicates(32, [9 ^ mask]).at(Process.NEED, 2).bits(0, WORLDS)


def flip_raw_seed(mask):
    return Draws(np.array([9 ^ mask], dtype=np.uint64)).at(Process.NEED, 2).bits(0, WORLDS)


def flip_process(mask):
    # The numbers of most flipped processes name none, but the word that is folded has 64 bits.
    return Draws.for_replicates(32, WORLDS).at(Process.NEED ^ mask, 2).bits(WORLDS, 9)


def flip_time(mask):
    return Draws.for_replicates(32, [0]).at(Process.NEED, 2 ^ mask).bits(0, WORLDS)


def flip_only_id(mask):
    return Draws.for_replicates(32, WORLDS).at(Process.NEED, 2).bits(WORLDS, 9 ^ mask)


def flip_first_id(mask):
    return bits(9 ^ mask, WORLDS)


def flip_last_id(mask):
    return bits(WORLDS, 9 ^ mask)


@pytest.mark.parametrize(
    "flip",
    [
        flip_master_seed,
        flip_replicate,
        flip_raw_seed,
        flip_process,
        flip_time,
        flip_only_id,
        flip_first_id,
        flip_last_id,
    ],
)
def test_every_bit_of_a_key_flips_every_bit_of_the_word_half_the_time(flip):
    plain = flip(0)
    flipped = np.stack([flip(1 << bit) for bit in range(64)]) ^ plain
    counts = np.array([[((row >> np.uint64(b)) & ONE).sum() for b in range(64)] for row in flipped], dtype=float)
    z = (counts - SAMPLES / 2) / np.sqrt(SAMPLES / 4)
    assert np.abs(z).max() < 5
    # No cell may stand out, nor may all 4,096 of them together.
    assert_plausible(stats.chi2.sf(np.sum(z**2), z.size))


def test_the_order_of_ids_matters():
    a, b = np.triu_indices(512, 1)
    assert np.all(bits(a, b) != bits(b, a))
    triples = [bits(*order)[0] for order in itertools.permutations((1, 2, 3))]
    assert len(set(triples)) == 6


def test_the_number_of_ids_matters():
    # Zero is an id like any other, not an absent one.
    words = [bits(*ids)[0] for k in range(6) for ids in itertools.product((0, 1), repeat=k)]
    assert len(set(words)) == len(words)


def test_a_million_pairs_of_ids_have_a_million_words():
    # Two of 2²⁰ random 64-bit words are equal once in 2²⁵ tries.
    assert repetitions(bits(np.arange(1024)[:, None], np.arange(1024))) == 0


def test_a_million_mixed_keys_have_a_million_words():
    draws = Draws.for_replicates(33, np.arange(-8, 8))
    world = np.arange(16)[:, None]
    words = [
        draws.at(process, time).bits(world, np.arange(512)) for process in list(Process)[:8] for time in range(-8, 8)
    ]
    assert np.size(words) == 1 << 20
    assert repetitions(words) == 0


@pytest.mark.parametrize("shift", [0, 16, 32], ids=["low half", "middle half", "high half"])
@pytest.mark.parametrize("ids", [(np.arange(1 << 20),), (np.arange(1024)[:, None], np.arange(1024))], ids=len)
def test_half_words_collide_as_often_as_random_ones(ids, shift):
    # Too few birthdays betray a lattice, too many a lost bit: 2²⁰ words of 32 bits share about 128.
    half = (bits(*ids) >> np.uint64(shift)).astype(np.uint32)
    assert_plausible(stats.poisson.cdf(repetitions(half), half.size**2 / 2**33))


@pytest.mark.parametrize(
    "others",
    [
        [dict(process=Process.FAILURE), dict(process=Process.WORLD)],
        [dict(time=6), dict(time=0)],
        [dict(replicate=1), dict(seed=30)],
    ],
    ids=["processes", "times", "worlds"],
)
def test_streams_share_no_word(others):
    ids = np.arange(1 << 20)
    assert repetitions([bits(ids), *(bits(ids, **other) for other in others)]) == 0


def unmix(z):
    z = z ^ (z >> 31) ^ (z >> 62)
    z = z * pow(MULTIPLIERS[1], -1, 2**64) & MASK
    z = z ^ (z >> 27) ^ (z >> 54)
    z = z * pow(MULTIPLIERS[0], -1, 2**64) & MASK
    return z ^ (z >> 30) ^ (z >> 60)


def id_that_draws(word, stream):
    inner, outer = int(stream.inner[0]), int(stream.outer[0])
    return (unmix(unmix(word) ^ outer) ^ inner) * pow(GOLDEN, -1, 2**64) & MASK


def test_no_stream_is_a_shifted_copy_of_another():
    # A stream holds every word once, so any two of them can be lined up at one word. Were they copies, as those of a
    # counter-based generator with an additive key are, their surroundings would then agree.
    draws = Draws.for_replicates(34, [0])
    around = np.concatenate([np.arange(-64, 0), np.arange(1, 65)])
    for first, second in itertools.pairwise(Process):
        one, other = draws.at(first), draws.at(second)
        word = one.bits(0, 1000)[0]
        place = id_that_draws(int(word), other)
        assert other.bits(0, np.uint64(place))[0] == word
        near = other.bits(0, np.uint64(place) + around.astype(np.uint64))
        assert np.intersect1d(one.bits(0, 1000 + around), near).size == 0


KINDS = {
    "bits": lambda stream, *key: stream.bits(*key),
    "uniform": lambda stream, *key: stream.uniform(*key),
    "normal": lambda stream, *key: stream.normal(*key),
    "exponential": lambda stream, *key: stream.exponential(*key),
    "gumbel": lambda stream, *key: stream.gumbel(*key),
    "gamma": lambda stream, *key: stream.gamma(1.7, *key),
    "beta": lambda stream, *key: stream.beta(2.0, 3.5, *key),
    "poisson": lambda stream, *key: stream.poisson(6.5, *key),
}


@pytest.fixture(params=KINDS)
def draw(request):
    return KINDS[request.param]


def test_a_replicate_does_not_know_its_batch(draw):
    ids = np.arange(100)
    batch = [5, 0, -3, 5, 2**40, 1]
    together = draw(Draws.for_replicates(7, batch).at(Process.NEED, 2), np.arange(6)[:, None], ids)
    for row, replicate in zip(together, batch, strict=True):
        alone = draw(Draws.for_replicates(7, [replicate]).at(Process.NEED, 2), 0, ids)
        np.testing.assert_array_equal(row, alone)


def test_the_order_of_events_does_not_matter(draw):
    stream = Draws.for_replicates(7, np.arange(9)).at(Process.NEED, 2)
    world, first, second = np.arange(5000) % 9, np.arange(5000), np.arange(5000) ** 2
    order = np.argsort(first * 2654435761 % 5003)
    shuffled = draw(stream, world[order], first[order], second[order])
    np.testing.assert_array_equal(shuffled, draw(stream, world, first, second)[order])


def test_the_number_of_events_drawn_together_does_not_matter(draw):
    # Arrays are worked through in vector registers and a remainder; both must round alike. The lengths cover every
    # remainder of a register of eight numbers and of one unrolled four times.
    stream = Draws.for_replicates(7, [0]).at(Process.NEED, 2)
    together = draw(stream, 0, np.arange(700))
    start = 0
    for length in range(36):
        part = draw(stream, 0, np.arange(start, start + length))
        np.testing.assert_array_equal(part, together[start : start + length])
        start += length


def test_the_layout_of_ids_does_not_matter(draw):
    stream = Draws.for_replicates(7, [0, 1]).at(Process.NEED, 2)
    plain = draw(stream, 1, np.arange(60).reshape(6, 10))
    columns = draw(stream, 1, np.asfortranarray(np.arange(60).reshape(6, 10)))
    strided = draw(stream, 1, np.arange(240).reshape(12, 20)[::2, ::2] // 40 * 10 + np.arange(10))
    backward = draw(stream, 1, np.arange(59, -1, -1)[::-1].reshape(6, 10))
    for other in (columns, strided, backward):
        np.testing.assert_array_equal(other, plain)


def test_broadcast_draws_are_the_single_draws(draw):
    stream = Draws.for_replicates(7, np.arange(3)).at(Process.NEED, 2)
    table = draw(stream, np.arange(3)[:, None, None], np.arange(4)[:, None], np.arange(5))
    assert table.shape == (3, 4, 5)
    for index in np.ndindex(table.shape):
        single = draw(stream, *index)
        assert single.shape == (1,)
        assert single[0] == table[index]


def test_no_events_have_no_draws(draw):
    stream = Draws.for_replicates(7, [0]).at(Process.NEED, 2)
    nothing = np.empty(0, dtype=np.int64)
    assert draw(stream, 0, nothing).shape == (0,)
    assert draw(stream, nothing, 1).shape == (0,)
    assert draw(stream, nothing).shape == (0,)


def test_worlds_with_one_seed_share_their_accidents(draw):
    stream = Draws(np.array([9, 4, 9], dtype=np.uint64)).at(Process.NEED, 2)
    first, second, third = draw(stream, np.arange(3)[:, None], np.arange(50))
    np.testing.assert_array_equal(first, third)
    assert np.any(first != second)


def test_asking_twice_gives_the_same_answer(draw):
    # There is no state to use up, neither in a stream nor in the draws it came from.
    draws = Draws.for_replicates(7, [0])
    stream = draws.at(Process.NEED, 2)
    before = draw(stream, 0, np.arange(50))
    draws.at(Process.CHOICE, 9).uniform(0, np.arange(99))
    stream.normal(0, np.arange(99))
    np.testing.assert_array_equal(draw(stream, 0, np.arange(50)), before)
    np.testing.assert_array_equal(draw(draws.at(Process.NEED, 2), 0, np.arange(50)), before)


@pytest.mark.parametrize("time", [0, 2])
def test_what_was_asked_before_does_not_matter(draw, time):
    # Streams may be remembered between calls; each must come back under its own process, time and world only.
    draws = Draws.for_replicates(7, [0, 1])
    order = [Process.NEED, Process.CHOICE, Process.NEED, Process.TASTE, Process.CHOICE]
    for process in order:
        draws.at(process, 1 - time)
        alone = Draws.for_replicates(7, [1]).at(process, time)
        np.testing.assert_array_equal(draw(draws.at(process, time), 1, np.arange(50)), draw(alone, 0, np.arange(50)))
