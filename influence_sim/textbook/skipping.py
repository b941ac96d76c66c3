"""Which of many equal chances succeed, found without looking at those that do not.

Where an arc transmits with a small probability, nearly all coins are thrown in vain. Between two that succeed lies a
geometric number of failures, so one draw per success does (Fan, Muller & Rezucha 1962, J. Am. Stat. Assoc. 57;
Batagelj & Brandes 2005, Phys. Rev. E 71). A replicate takes its numbers from a sequence of its own, one after the
other, so it comes out the same whichever replicates are computed beside it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import WEYL, Stream, mix, to_unit

type Integers = NDArray[np.int64]
type Reals = NDArray[np.float64]

_FARTHEST, _RARE = 2.0**53, 1e-10
"""Nobody has so many trials: longer gaps, as rare successes have, are cut, and their sums stay 64-bit numbers."""

_SPARE, _MORE = 4, 4
"""So many standard deviations, and so many, more successes are drawn than expected; seldom some must follow."""


class Sequences:
    """A sequence of random numbers for each replicate: SplitMix64 (Steele, Lea & Flood 2014), begun at a keyed word.

    All are parts of one orbit of 2⁶⁴ words; that two of a million of a million numbers each overlap has a probability
    of one in twenty.

    Parameters
    ----------
    stream
        The draws that the beginnings are keyed by, one world per replicate.
    """

    def __init__(self, stream: Stream) -> None:
        self._next = stream.inner.copy()

    def uniform(self, counts: Integers) -> Reals:
        """Return the next ``counts[r]`` numbers of each replicate r, uniform in (0, 1), replicate by replicate."""
        upto = np.cumsum(counts)
        words = np.arange(upto[-1], dtype=np.uint64)
        words *= WEYL
        if counts.size == 1:
            words += self._next
        else:
            words += np.repeat(self._next - (upto - counts).view(np.uint64) * WEYL, counts)
        self._next += counts.view(np.uint64) * WEYL
        return to_unit(mix(words))

    def successes(self, trials: Integers, hazard: float) -> Integers:
        """Return which of ``trials[r]`` trials of each replicate r succeed, numbered through, ascending.

        Parameters
        ----------
        trials
            Shape (replicates,).
        hazard
            −ln(1 − p) of a trial's probability p: 0 (never) to infinity (always).
        """
        if not (hazard and trials.any()):
            return np.empty(0, np.int64)
        probability = -math.expm1(-hazard)
        if trials.size == 1:
            return self._successes_of_one(int(trials[0]), probability, hazard)
        before = np.cumsum(trials) - trials
        gone = np.zeros_like(trials)
        found: list[Integers] = []
        while True:
            left = trials - gone
            mean = left * probability
            counts = np.where(left > 0, mean + _SPARE * np.sqrt(mean) + _MORE, 0).astype(np.int64)
            place = self._places(counts, hazard)
            end = np.where(counts > 0, place[np.cumsum(counts) - 1] + 1, 0)
            start = np.maximum.accumulate(np.concatenate([[0], end[:-1]]))
            # Whole numbers, so that a replicate's places do not depend on those before it.
            place += np.repeat(before + gone - start, counts)
            found.append(place[place < np.repeat(before + trials, counts)])
            gone = np.where(counts > 0, np.minimum(gone + end - start, trials), gone)
            if np.all(gone >= trials):
                return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    def _successes_of_one(self, trials: int, probability: float, hazard: float) -> Integers:
        """Return the successes of a single replicate: the same, without what several need."""
        gone, found = 0, []
        while gone < trials:
            mean = (trials - gone) * probability
            counts = np.array([int(mean + _SPARE * math.sqrt(mean) + _MORE)])
            place = self._places(counts, hazard)
            place += gone
            gone = int(place[-1]) + 1
            found.append(place[: place.searchsorted(trials)])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _places(self, counts: Integers, hazard: float) -> Integers:
        """Return the next ``counts[r]`` successes of each replicate r, from 0 on, all in one row."""
        gaps = np.log(self.uniform(counts))
        gaps *= -1 / hazard
        if hazard < _RARE:
            np.minimum(gaps, _FARTHEST, out=gaps)
        place = gaps.astype(np.int64)
        place[1:] += 1
        place.cumsum(out=place)
        return place
