"""Keyed draws in plain whole numbers: one number at a time, from a hash of what it decides.

Every draw made is counted by the number of its process, so that a test can see that none stays idle.
"""

from __future__ import annotations

import math
from collections import Counter

from scipy.special import betaincinv, gammaincinv, ndtri, pdtr

WORD = (1 << 64) - 1
FIRST = 0x9E3779B97F4A7C15
SECOND = 0xD1B54A32D192ED03
MULTIPLY_1 = 0xBF58476D1CE4E5B9
MULTIPLY_2 = 0x94D049BB133111EB
CELL = 2.0**-52


def mix(word: int) -> int:
    """SplitMix64's finaliser."""
    word ^= word >> 30
    word = word * MULTIPLY_1 & WORD
    word ^= word >> 27
    word = word * MULTIPLY_2 & WORD
    return word ^ (word >> 31)


def fold(key: int, *words: int) -> int:
    """Fold words into a key, one after the other."""
    for word in words:
        key = mix(key ^ (word * FIRST & WORD))
    return key


class TwinDraws:
    """The draws of one world."""

    def __init__(self, seed: int, replicate: int) -> None:
        self.world = fold(fold(FIRST, seed & WORD), 1, replicate)
        self.subkeys: dict[tuple[int, int], tuple[int, int]] = {}
        self.made: Counter[int] = Counter()

    def bits(self, process: int, time: int, ids: tuple[int, ...]) -> int:
        self.made[process] += 1
        pair = self.subkeys.get((process, time))
        if pair is None:
            inner = fold(self.world, process, time)
            pair = self.subkeys[process, time] = inner, mix(inner ^ SECOND)
        return mix(fold(pair[0], *ids) ^ pair[1])

    def uniform(self, process: int, time: int, *ids: int) -> float:
        return ((self.bits(process, time, ids) >> 12) + 0.5) * CELL

    def happens(self, probability: float, process: int, time: int, *ids: int) -> bool:
        return self.uniform(process, time, *ids) < probability

    def normal(self, process: int, time: int, *ids: int) -> float:
        return float(ndtri(self.uniform(process, time, *ids)))

    def exponential(self, process: int, time: int, *ids: int) -> float:
        return -math.log1p(-self.uniform(process, time, *ids))

    def gumbel(self, process: int, time: int, *ids: int) -> float:
        return -math.log(-math.log(self.uniform(process, time, *ids)))

    def gamma(self, shape: float, process: int, time: int, *ids: int) -> float:
        return float(gammaincinv(shape, self.uniform(process, time, *ids)))

    def beta(self, a: float, b: float, process: int, time: int, *ids: int) -> float:
        return float(betaincinv(a, b, self.uniform(process, time, *ids)))

    def poisson(self, mean: float, process: int, time: int, *ids: int) -> int:
        wanted = self.uniform(process, time, *ids)
        count = 0
        while pdtr(count, mean) < wanted:
            count += 1
        return count
