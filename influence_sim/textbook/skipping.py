"""Which of many equal chances succeed, found without looking at those that do not.

Where an arc transmits with a small probability, nearly all coins are thrown in vain. Between two that succeed lies a
geometric number of failures, so one draw per success does (Fan, Muller & Rezucha 1962, J. Am. Stat. Assoc. 57;
Batagelj & Brandes 2005, Phys. Rev. E 71). A replicate takes its numbers from a sequence of its own, one after the
other, so it comes out the same whichever replicates are computed beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import Stream, mix, to_unit

type Integers = NDArray[np.int64]
type Reals = NDArray[np.float64]

_FARTHEST = 2.0**40
"""No graph has more arcs; longer gaps are cut, so that their sums stay whole numbers of 64 bits."""


class Sequences:
    """A sequence of random numbers for each replicate, each on an orbit of its own (Steele, Lea & Flood 2014).

    Parameters
    ----------
    stream
        The draws that the replicates' starts and steps are keyed by; one world per replicate.
    """

    def __init__(self, stream: Stream) -> None:
        self._next = stream.inner.copy()
        # An odd step visits all words.
        self._step = stream.outer | np.uint64(1)

    def uniform(self, counts: Integers) -> Reals:
        """Return the next ``counts[r]`` numbers of each replicate r, uniform in (0, 1), replicate by replicate."""
        if counts.size == 1:
            words = np.arange(counts[0], dtype=np.uint64)
            words *= self._step[0]
            words += self._next[0]
        else:
            before = np.cumsum(counts) - counts
            words = np.arange(counts.sum(), dtype=np.uint64)
            words *= np.repeat(self._step, counts)
            words += np.repeat(self._next - before.view(np.uint64) * self._step, counts)
        self._next += counts.view(np.uint64) * self._step
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
        before = np.cumsum(trials) - trials
        gone = np.zeros_like(trials)
        found: list[Integers] = []
        while True:
            left = trials - gone
            mean = left * -np.expm1(-hazard)
            # Three standard deviations more than are to be expected: seldom too few, then some more follow.
            counts = np.where(left > 0, mean + 3 * np.sqrt(mean) + 4, 0).astype(np.int64)
            gaps = np.log(self.uniform(counts))
            gaps *= -1 / hazard
            np.minimum(gaps, _FARTHEST, out=gaps)
            place = gaps.astype(np.int64)
            place += 1
            np.cumsum(place, out=place)
            # Whole numbers, so that a replicate's places do not depend on those before it.
            last = np.cumsum(counts) - 1
            end = np.where(counts > 0, place[last], 0)
            start = np.maximum.accumulate(np.concatenate([[0], end[:-1]]))
            place += np.repeat(before + gone - start - 1, counts)
            found.append(place[place < np.repeat(before + trials, counts)])
            gone = np.where(counts > 0, np.minimum(gone + end - start, trials), gone)
            if np.all(gone >= trials):
                return found[0] if len(found) == 1 else np.sort(np.concatenate(found))
