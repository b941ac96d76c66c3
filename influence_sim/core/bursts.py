"""Bursts: hours in which far more negative posts and shares appear than in the two weeks before."""

from __future__ import annotations

import math
from copy import copy

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.equations import crowds
from influence_sim.core.setting import HOURS_PER_DAY, Setting
from influence_sim.core.state import F8, Bools, Ints

WINDOW_HOURS = 6
BASELINE_DAYS = 14
BURST_SCORE, BURST_HOURS = 4.0, 3
CALM_SCORE, CALM_HOURS = 2.0, 24
_LENGTH = WINDOW_HOURS + BASELINE_DAYS * HOURS_PER_DAY


class Watch:
    """What the watch over negative posts and shares remembers, per company of each world.

    It counts by the hour, whatever the length of a step. The counts of the last 14 days stand in a ring; sums over the
    last 6 hours and over the baseline (the 14 days up to then, without storm hours) are kept up to date, as integers,
    so they never drift.

    Attributes
    ----------
    hour
        The next hour to be counted.
    volume
        Negative posts and shares of every hour so far, one array of shape (rows,) per hour.
    storms
        Every firestorm so far, one per column, in the order they broke out: row, the hour the burst began, the hour it
        broke out, the hour it ended (not a number yet), expected volume per hour, R_neg and the share of consumers
        exposed when it broke out; shape (7, storms).
    """

    def __init__(self, setting: Setting, rows: int) -> None:
        self.hour = 0
        # A step may begin and end within an hour.
        self.pending = np.zeros((math.ceil(setting.step_hours) + 1, rows), np.int64)
        self.volume: list[NDArray[np.int32]] = []
        self.counts = np.zeros((_LENGTH, rows), np.int64)
        self.in_baseline = np.zeros((_LENGTH, rows), bool)
        self.stormy = np.zeros((_LENGTH, rows), bool)
        self.recent = np.zeros(rows, np.int64)
        self.baseline_sum = np.zeros(rows, np.int64)
        self.baseline_hours = np.zeros(rows, np.int64)
        self.expected = np.full(rows, np.nan)
        self.high_hours = np.zeros(rows, np.int64)
        self.low_hours = np.zeros(rows, np.int64)
        self.storm: Bools = np.zeros(rows, bool)
        self.storms: F8 = np.empty((7, 0))
        self.table_length = [0]

    def note(self, row: NDArray[np.integer], at: F8) -> None:
        """Note negative posts and shares, by the hour in which they appeared."""
        place = np.clip(np.floor(at).astype(np.int64) - self.hour, 0, len(self.pending) - 1)
        np.add.at(self.pending, (place, row), 1)

    def count_hour(self) -> None:
        """Close the next hour."""
        here, negative = self.hour % _LENGTH, self.pending[0].copy()
        self.pending[:-1], self.pending[-1] = self.pending[1:].copy(), 0
        leaving = self.in_baseline[here]
        self.baseline_sum -= np.where(leaving, self.counts[here], 0)
        self.baseline_hours -= leaving
        self.counts[here], self.in_baseline[here], self.stormy[here] = negative, False, self.storm
        self.recent += negative
        if self.hour >= WINDOW_HOURS:
            ageing = (self.hour - WINDOW_HOURS) % _LENGTH
            self.recent -= self.counts[ageing]
            calm = ~self.stormy[ageing]
            self.in_baseline[ageing] = calm
            self.baseline_sum += np.where(calm, self.counts[ageing], 0)
            self.baseline_hours += calm
        self.volume.append(negative.astype(np.int32))
        self.hour += 1

    def score(self) -> F8:
        """Return how far the counts of 6 hours stand out from what was expected (equation 17).

        Not a number until a day of baseline has been seen; a storm that outlasts its baseline keeps the last one.
        """
        known = self.baseline_hours >= CALM_HOURS
        np.divide(WINDOW_HOURS * self.baseline_sum, self.baseline_hours, out=self.expected, where=known)
        return np.asarray(crowds.burst_score(self.recent, self.expected))

    def ignite(self, rows: Ints, reproduction: F8, exposed: F8) -> None:
        """Let firestorms break out in the hour just closed."""
        hour = self.hour - 1
        self.storm[rows] = self.stormy[hour % _LENGTH, rows] = True
        self.low_hours[rows] = 0
        began = hour + 1 - self.high_hours[rows]
        unknown = np.full(rows.size, np.nan)
        broke_out = np.full(rows.size, float(hour))
        baseline = self.expected[rows] / WINDOW_HOURS
        new = np.stack([rows, began, broke_out, unknown, baseline, reproduction, exposed])
        self.storms = np.concatenate([self.storms, new], axis=1)

    def calm(self, low: Bools) -> None:
        """Let the storms end that have been calm for a day, the hour just closed included."""
        self.low_hours = np.where(low & self.storm, self.low_hours + 1, 0)
        over = self.storm & (self.low_hours >= CALM_HOURS)
        if over.any():
            ending = np.isnan(self.storms[3]) & over[self.storms[0].astype(np.int64)]
            self.storms[3, ending] = self.hour - 1
            self.storm &= ~over

    def fork(self, rows: Ints) -> Watch:
        """Return a watch over copies of ``rows``, each as often as named."""
        new = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray) and name != "storms":
                setattr(new, name, value[..., rows])
        new.volume = [hour[rows] for hour in self.volume]
        # Each storm as often as there are copies of its row.
        copies = [np.flatnonzero(rows == row) for row in self.storms[0].astype(np.int64)]
        new.storms = np.repeat(self.storms, [places.size for places in copies], axis=1)
        if copies:
            new.storms[0] = np.concatenate(copies)
        return new
