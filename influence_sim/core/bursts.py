"""Bursts: hours in which far more negative posts and shares appear than in the two weeks before."""

from __future__ import annotations

import numpy as np

from influence_sim.core.setting import HOURS_PER_DAY, Setting
from influence_sim.core.state import F8, Bools, Ints

WINDOW_HOURS = 6
BASELINE_DAYS = 14
BURST_SCORE, BURST_HOURS = 4.0, 3
CALM_SCORE, CALM_HOURS = 2.0, 24


class Watch:
    """What the watch over negative posts and shares remembers, per company of each world.

    The counts of the last 14 days stand in a ring; sums over the last 6 hours and over the baseline (the 14 days up to
    then, without storm hours) are kept up to date, as integers, so they never drift.
    """

    def __init__(self, setting: Setting, rows: int) -> None:
        per_hour = 1 / setting.step_hours
        self.window = max(1, round(WINDOW_HOURS * per_hour))
        self.length = self.window + round(BASELINE_DAYS * HOURS_PER_DAY * per_hour)
        self.burst_steps = max(1, round(BURST_HOURS * per_hour))
        self.calm_steps = max(1, round(CALM_HOURS * per_hour))
        self.counts = np.zeros((self.length, rows), np.int64)
        self.in_baseline = np.zeros((self.length, rows), bool)
        self.stormy = np.zeros((self.length, rows), bool)
        self.recent = np.zeros(rows, np.int64)
        self.baseline_sum = np.zeros(rows, np.int64)
        self.baseline_steps = np.zeros(rows, np.int64)
        self.expected = np.full(rows, np.nan)
        self.high_steps = np.zeros(rows, np.int64)
        self.low_steps = np.zeros(rows, np.int64)
        self.storm: Bools = np.zeros(rows, bool)
        self.table_length: list[int] = []

    def count(self, step: int, negative: Ints) -> None:
        """Take in the negative posts and shares of a step."""
        here = step % self.length
        leaving = self.in_baseline[here]
        self.baseline_sum -= np.where(leaving, self.counts[here], 0)
        self.baseline_steps -= leaving
        self.counts[here], self.in_baseline[here], self.stormy[here] = negative, False, self.storm
        self.recent += negative
        if step >= self.window:
            ageing = (step - self.window) % self.length
            self.recent -= self.counts[ageing]
            calm = ~self.stormy[ageing]
            self.in_baseline[ageing] = calm
            self.baseline_sum += np.where(calm, self.counts[ageing], 0)
            self.baseline_steps += calm

    def score(self) -> F8:
        """Return z = 2(√(6y + ⅜) − √(6b + ⅜)): counts over 6 hours, variance-stabilised (Anscombe 1948).

        Not a number until a day of baseline has been seen; a storm that outlasts its baseline keeps the last one.
        """
        known = self.baseline_steps >= self.calm_steps
        np.divide(self.window * self.baseline_sum, self.baseline_steps, out=self.expected, where=known)
        return np.asarray(2 * (np.sqrt(self.recent + 0.375) - np.sqrt(self.expected + 0.375)))
