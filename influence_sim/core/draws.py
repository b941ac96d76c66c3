"""Keyed random draws: every number is a pure function of what it decides.

A draw is ``hash(seed, process, time, ids …)``. Two worlds that share a seed therefore share every accident that happens
in both (common random numbers), and no draw depends on array order, batch size, the number of workers or on what
is recorded.

The hash folds each word with the SplitMix64 finaliser [1]_ and closes with a second subkey: with one subkey only, all
streams would lie on the same orbit of 2⁶⁴ states. Words are folded by mixing, never by adding, so that (1, 2) and
(2, 1) are different keys. All non-uniform draws use the inverse CDF, so a draw is monotone in its parameters.

References
----------
.. [1] Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; the constants are those of
   Stafford's "Mix13".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from operator import index

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammaincinv, ndtri, pdtr

GENERATOR_VERSION = 1
"""Raised whenever the same key would give another number; stored with every result."""

type Words = NDArray[np.uint64]
type Floats = NDArray[np.float64]

WEYL = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ over the golden ratio, made odd: its multiples are spread evenly."""
_SECOND = np.uint64(0xD1B54A32D192ED03)
_MULTIPLY_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLY_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = (np.uint64(s) for s in (30, 27, 31, 12))
_UNIT = 2.0**-52


class Process(IntEnum):
    """What a draw decides. The numbers are part of the generator: never reuse or renumber one."""

    WORLD = 1
    TASTE = 2
    NEED_RATE = 3
    SCEPTICISM = 4
    INCITER = 5
    FOLLOWS = 6
    FIRST_CHOICE = 7
    DEMAND = 8
    NEED = 9
    CHOICE = 10
    FAILURE = 11
    SEVERITY = 12
    EXPERIENCE_NOISE = 13
    RESPONSE = 14
    PRAISE = 15
    CHANNEL = 16
    ATTRIBUTE = 17
    VOICE_TIME = 18
    VISIBLE = 19
    LAG = 20
    ATTENTION = 21
    SHARE = 22
    REBUT = 23
    SPAM_COUNT = 24
    SPAM_FILTER = 25
    PATIENCE = 26
    REPOST = 27
    PUBLIC_REPLY = 28
    LISTEN = 29
    OPINION_NOISE = 30
    INCIDENT_HIT = 31
    CAMPAIGN_POST = 32
    PAID_IMPRESSION = 33
    UNFOLLOW = 34
    MESSAGE = 35
    NETWORK = 36
    EXPERIENCE = 37
    SERVICE_TIME = 38
    INSINCERE_REPLY = 39
    EXPOSE = 40
    FAKE_AUTHOR = 41
    FAKE_TIME = 42
    DELETE = 43
    NOTICE = 44
    TELL_ON = 45
    BOYCOTT_THRESHOLD = 46
    BOYCOTT_CALL = 47
    ASK = 48
    ANSWER = 49
    ANSWER_TIME = 50
    CIRCLE_BACK = 51
    HOLLOW = 52
    SURVEY_SAMPLE = 53
    SURVEY_NOISE = 54
    OUTREACH = 55
    INTRUSION = 56
    SEEDED = 57
    INCIDENT_TIME = 58
    PREFERENCE = 59
    INCIDENT_DAY = 60
    THRESHOLD = 61
    RECOVERY = 62
    CONTACT = 63
    MEETING = 64
    ADOPTION = 65
    SEEDS = 66


def mix(words: Words) -> Words:
    """Return the SplitMix64 finaliser of ``words`` (a bijection of 64-bit words), as a new array."""
    z = words ^ (words >> _S30)
    z *= _MULTIPLY_1
    z ^= z >> _S27
    z *= _MULTIPLY_2
    z ^= z >> _S31
    return z


def as_words(ids: ArrayLike) -> Words:
    """Return integer ids as unsigned 64-bit words; negative ids wrap around."""
    array = np.asarray(ids)
    if array.dtype == np.uint64:
        return array
    if array.dtype.kind not in "iub":
        raise TypeError(f"ids of draws must be integers, got {array.dtype}")
    return array.astype(np.int64, copy=False).view(np.uint64)


def fold(start: Words, *ids: ArrayLike) -> Words:
    """Fold ids into ``start`` one after the other; the order of ids matters. Shapes broadcast."""
    key = start
    for word in ids:
        key = mix(key ^ (as_words(word) * WEYL))
    return key


@dataclass(frozen=True, slots=True)
class Stream:
    """The draws of one process at one time in a batch of worlds.

    Parameters
    ----------
    inner, outer
        The two subkeys of each world, shape (worlds,).
    """

    inner: Words
    outer: Words

    def bits(self, world: ArrayLike, *ids: ArrayLike) -> Words:
        """Return 64 random bits for each event, named by its world (row of the batch) and its ids.

        ``world`` and ``ids`` broadcast against each other; the result has their common shape, at least 1-D.
        """
        world = np.atleast_1d(world)
        return mix(fold(self.inner[world], *ids) ^ self.outer[world])

    def uniform(self, world: ArrayLike, *ids: ArrayLike) -> Floats:
        """Return uniform numbers in the open interval (0, 1), with 52 random bits."""
        return to_unit(self.bits(world, *ids))

    def normal(self, world: ArrayLike, *ids: ArrayLike) -> Floats:
        """Return standard normal numbers."""
        return np.asarray(ndtri(self.uniform(world, *ids)))

    def exponential(self, world: ArrayLike, *ids: ArrayLike) -> Floats:
        """Return exponential numbers with mean 1."""
        return -np.log1p(-self.uniform(world, *ids))

    def gumbel(self, world: ArrayLike, *ids: ArrayLike) -> Floats:
        """Return standard Gumbel numbers: the option with the largest utility + Gumbel is a logit choice."""
        return -np.log(-np.log(self.uniform(world, *ids)))

    def gamma(self, shape: float, world: ArrayLike, *ids: ArrayLike) -> Floats:
        """Return Gamma numbers of the given shape (more than 0) and scale 1."""
        if not shape > 0:
            raise ValueError(f"the shape of a Gamma number must be more than 0, got {shape}")
        return np.asarray(gammaincinv(shape, self.uniform(world, *ids)))

    def beta(self, a: float, b: float, world: ArrayLike, *ids: ArrayLike) -> Floats:
        """Return Beta(a, b) numbers (both parameters more than 0); for tiny parameters they may round to 0 or 1."""
        if not (a > 0 and b > 0):
            raise ValueError(f"the parameters of a Beta number must be more than 0, got {a} and {b}")
        return np.asarray(betaincinv(a, b, self.uniform(world, *ids)))

    def poisson(self, mean: float, world: ArrayLike, *ids: ArrayLike) -> NDArray[np.int64]:
        """Return Poisson counts of the given mean (at most 10¹²), by search in the cumulated distribution."""
        if not 0 <= mean <= 1e12:
            raise ValueError(f"the mean of a Poisson count must lie in 0..1e12, got {mean}")
        # Twelve standard deviations: beyond them lies less than a draw can resolve.
        spread = 12 * np.sqrt(mean) + 12
        lowest = max(int(mean - spread), 0)
        cumulated = pdtr(np.arange(lowest, int(mean + spread)), mean)
        return lowest + np.searchsorted(cumulated, self.uniform(world, *ids))


def to_unit(bits: Words) -> Floats:
    """Map 64 random bits to the centre of one of 2⁵² cells of (0, 1), so 0 and 1 never occur."""
    unit = (bits >> _S12).astype(np.float64)
    unit += 0.5
    unit *= _UNIT
    return unit


@dataclass(frozen=True, slots=True)
class Draws:
    """The random numbers of a batch of worlds.

    Parameters
    ----------
    seeds
        One 64-bit word per world, shape (worlds,). Worlds with the same seed share their accidents.
    """

    seeds: Words
    _timeless: dict[Process, Stream] = field(init=False, default_factory=dict, repr=False, compare=False)

    @classmethod
    def for_replicates(cls, seed: int, replicates: ArrayLike) -> Draws:
        """Return the draws of replicates (any integers) of an experiment with master seed ``seed`` (any integer)."""
        start = fold(np.full(1, WEYL), np.array([index(seed) & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64))
        return cls(fold(start, np.full(1, Process.WORLD), np.asarray(replicates)))

    def at(self, process: Process, time: int = 0) -> Stream:
        """Return the stream of ``process`` at ``time`` (a step or day number; 0 for what happens once)."""
        if time == 0 and process in self._timeless:
            return self._timeless[process]
        inner = fold(self.seeds, np.full(1, int(process)), np.full(1, time))
        stream = Stream(inner, mix(inner ^ _SECOND))
        if time == 0:
            self._timeless[process] = stream
        return stream
