"""Means, paired differences and their intervals are those of the textbook, and cover what they promise."""

import math
from dataclasses import astuple
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from influence_sim.core.measures import MEASURES
from influence_sim.experiment.contrasts import Contrast, Estimate, contrast, estimate, over_days

FINITE = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))


def samples(size: int, seed: int = 1, spread: float = 1.0, mean: float = 0.0) -> np.ndarray:
    return np.random.default_rng([seed, size]).normal(mean, spread, size)


class TestAgainstScipy:
    @pytest.mark.parametrize("size", [2, 3, 10, 200])
    @pytest.mark.parametrize(("mean", "spread"), [(0, 1), (1e4, 1e-3), (-3, 1e5)])
    def test_an_estimate_is_students_interval(self, size, mean, spread):
        values = samples(size, spread=spread, mean=mean)
        found = estimate(values)
        low, high = stats.t.interval(0.95, size - 1, values.mean(), stats.sem(values))
        assert astuple(found) == pytest.approx((values.mean(), low, high), rel=1e-12)

    @pytest.mark.parametrize("size", [2, 3, 10, 200])
    @pytest.mark.parametrize("shift", [0.0, 0.5, -5.0, 1e-6])
    def test_a_contrast_is_the_paired_t_test(self, size, shift):
        a = samples(size, seed=2, spread=3)
        b = a + samples(size, seed=3) + shift
        found = contrast(b, a)
        interval = stats.ttest_rel(b, a).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx(tuple(interval), rel=1e-9, abs=1e-12)
        assert found.mean == pytest.approx((b - a).mean(), rel=1e-12)
        greater = stats.ttest_rel(b, a, alternative="less").pvalue
        assert found.p_positive == pytest.approx(greater, rel=1e-9, abs=1e-15)
        assert found.share_positive == np.mean(b > a)

    @given(arrays(float, st.integers(3, 12), elements=FINITE), st.randoms(use_true_random=False))
    def test_any_numbers_give_what_scipy_gives(self, values, random):
        order = list(range(values.size))
        random.shuffle(order)
        other = values[order]
        difference = values - other
        assume(difference.std() > 1e-6 * max(1, abs(difference).max()))
        found = contrast(values, other)
        interval = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
        scale = abs(difference).max()
        assert (found.low, found.high) == pytest.approx(tuple(interval), rel=1e-6, abs=1e-6 * scale)

    def test_an_interval_leaves_out_zero_exactly_if_the_two_sided_test_is_significant(self):
        verdicts = set()
        for seed in range(200):
            b, a = samples(6, seed=seed, mean=0.7), samples(6, seed=seed + 1000)
            verdict = contrast(b, a).is_sure
            assert verdict == (stats.ttest_rel(b, a).pvalue < 0.05)
            verdicts.add(verdict)
        assert verdicts == {True, False}


class TestPromises:
    RUNS = 4000

    @pytest.mark.parametrize("size", [2, 5, 20])
    def test_95_of_100_intervals_hold_the_truth(self, size):
        rng = np.random.default_rng(size)
        common = rng.normal(0, 10, (self.RUNS, size))
        difference = rng.normal(0.3, 2, (self.RUNS, size))
        held = 0
        for world, extra in zip(common, difference, strict=True):
            found = contrast(world + extra, world)
            held += found.low <= 0.3 <= found.high
        assert abs(held / self.RUNS - 0.95) < 3 * math.sqrt(0.95 * 0.05 / self.RUNS)

    def test_95_of_100_intervals_of_a_mean_hold_the_truth(self):
        values = np.random.default_rng(7).normal(5, 2, (self.RUNS, 8))
        held = sum(found.low <= 5 <= found.high for found in map(estimate, values))
        assert abs(held / self.RUNS - 0.95) < 3 * math.sqrt(0.95 * 0.05 / self.RUNS)

    def test_without_a_difference_the_probability_is_as_often_below_any_level_as_the_level(self):
        values = np.random.default_rng(8).normal(0, 1, (self.RUNS, 6))
        found = np.array([contrast(row, np.zeros(6)).p_positive for row in values])
        assert stats.kstest(found, "uniform").pvalue > 0.001

    def test_what_is_common_to_both_cancels(self):
        world = samples(20, seed=4, spread=100)
        b = world + 1 + samples(20, seed=5, spread=0.1)
        assert contrast(b, world).low > 0.8
        assert contrast(b, np.roll(world, 1)).low < 0


class TestEdges:
    def test_identical_worlds_differ_by_exactly_nothing(self):
        values = samples(10) / 3
        assert astuple(contrast(values, values.copy())) == (0.0, 0.0, 0.0, 0.5, 0.0)
        assert not contrast(values, values).is_sure

    def test_replicates_that_all_have_one_value_have_no_spread(self):
        assert astuple(estimate(np.full(7, 0.1))) == (0.1, 0.1, 0.1)

    @pytest.mark.parametrize("size", [2, 3, 5, 6, 7, 20])
    @pytest.mark.parametrize("shift", [1.0, -1.0])
    def test_a_difference_that_is_the_same_everywhere_is_as_sure_as_the_sign_test(self, size, shift):
        values = np.arange(float(size))
        found = contrast(values + shift, values)
        assert found.mean == shift
        chance = stats.binomtest(size, size, alternative="greater").pvalue
        assert found.p_positive == (1 - chance if shift > 0 else chance)
        verdict = 2 * chance < 0.05
        assert found.is_sure == verdict == (size >= 6)
        assert (found.low, found.high) == ((shift, shift) if verdict else (min(0, 2 * shift), max(0, 2 * shift)))

    @pytest.mark.parametrize("worlds", [1, 7, 2000])
    def test_what_rounding_adds_to_equal_differences_is_no_spread(self, worlds):
        """One customer less in either world: 0.3 − 0.2 and 0.4 − 0.3 are not quite the same number."""
        before = np.array([0.3, 0.4]) * worlds
        after = np.array([0.2, 0.3]) * worlds
        found = contrast(after, before)
        assert found.p_positive == 0.25
        assert not found.is_sure

    def test_rounding_about_zero_has_no_sign(self):
        noise = np.array([1.0, 0.0, 1.0, -1.0, 1.0, 0.0, 0.0]) * 2**-53
        found = contrast(0.5 + noise, np.full(7, 0.5))
        assert found.p_positive == pytest.approx(stats.t.cdf(stats.ttest_1samp(noise, 0).statistic, 6))
        assert not found.is_sure

    def test_one_replicate_has_a_mean_and_no_interval(self):
        found = estimate(np.array([0.3]))
        assert found.mean == 0.3
        assert math.isnan(found.low)
        assert math.isnan(found.high)
        difference = contrast(np.array([0.3]), np.array([0.1]))
        assert difference.mean == pytest.approx(0.2)
        assert all(math.isnan(value) for value in (difference.low, difference.high, difference.p_positive))
        assert difference.share_positive == 1
        assert not difference.is_sure

    @pytest.mark.parametrize("size", [0, 4])
    def test_without_any_value_nothing_is_known(self, size):
        nothing = np.full(size, np.nan)
        assert all(math.isnan(value) for value in astuple(estimate(nothing)))
        found = contrast(nothing, np.zeros(size))
        assert all(math.isnan(value) for value in astuple(found))
        assert not found.is_sure

    def test_replicates_without_a_value_are_left_out_with_their_partners(self):
        a, b = samples(10, seed=6), samples(10, seed=7)
        a[2] = b[5] = b[6] = np.nan
        kept = ~(np.isnan(a) | np.isnan(b))
        assert kept.sum() == 7
        assert contrast(b, a) == contrast(b[kept], a[kept])
        assert estimate(a) == estimate(a[~np.isnan(a)])

    def test_what_is_found_is_plain_numbers(self):
        for found in (estimate(samples(4)), contrast(samples(4), samples(4, 2)), contrast(np.ones(1), np.ones(1))):
            assert all(type(value) is float for value in astuple(found))
        assert isinstance(contrast(samples(4), samples(4, 2)), Estimate)


class TestSymmetry:
    @given(st.integers(1, 12).flatmap(lambda n: st.tuples(*[arrays(float, n, elements=FINITE)] * 2)))
    def test_the_other_way_round_everything_is_turned_round(self, pair):
        b, a = pair
        forth, back = contrast(b, a), contrast(a, b)
        assert back.mean == -forth.mean
        np.testing.assert_array_equal([back.low, back.high], [-forth.high, -forth.low])
        if math.isnan(forth.p_positive):
            assert math.isnan(back.p_positive)
        else:
            assert back.p_positive == pytest.approx(1 - forth.p_positive, abs=1e-12)
            assert 0 <= forth.p_positive <= 1
            assert forth.p_positive == 0.5 or (forth.p_positive > 0.5) == (forth.mean > 0)
        ties = np.mean(a == b)
        assert back.share_positive == pytest.approx(1 - forth.share_positive - ties)

    @given(arrays(float, st.integers(2, 12), elements=FINITE), st.sampled_from([0.25, 2.0, 1024.0]))
    def test_other_units_change_the_numbers_and_not_the_verdict(self, values, unit):
        # Powers of two change no digit.
        one, other = contrast(values, np.zeros_like(values)), contrast(values * unit, np.zeros_like(values))
        assert (other.mean, other.low, other.high) == (one.mean * unit, one.low * unit, one.high * unit)
        assert (other.p_positive, other.share_positive, other.is_sure) == (
            one.p_positive,
            one.share_positive,
            one.is_sure,
        )

    def test_the_verdict_is_about_zero(self):
        def between(low: float, high: float) -> bool:
            return Contrast((low + high) / 2, low, high, 0.5, 0.5).is_sure

        assert between(0.1, 0.2)
        assert between(-0.2, -0.1)
        assert not between(-0.1, 0.2)
        assert not between(0.0, 0.2)
        assert not between(0.0, 0.0)
        assert not between(math.nan, math.nan)


def named(summary: str) -> SimpleNamespace:
    return SimpleNamespace(summary=summary)


class TestOverDays:
    DAYS = np.array([[1.0, 2.0, np.nan, 6.0], [np.nan] * 4, [4.0, np.nan, np.nan, np.nan]])

    def test_a_mean_is_over_the_days_with_a_value(self):
        np.testing.assert_array_equal(over_days(self.DAYS, named("mean")), [3.0, np.nan, 4.0])

    def test_a_sum_is_over_the_days_with_a_value(self):
        np.testing.assert_array_equal(over_days(self.DAYS, named("sum"))[[0, 2]], [9.0, 4.0])

    def test_a_sum_without_any_value_is_not_known(self):
        assert math.isnan(over_days(self.DAYS, named("sum"))[1])

    def test_the_last_day_is_the_last_day_with_or_without_a_value(self):
        np.testing.assert_array_equal(over_days(self.DAYS, named("last")), [6.0, np.nan, np.nan])

    @given(
        arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6)), elements=FINITE),
        st.sampled_from(["mean", "sum", "last"]),
    )
    def test_whole_days_give_what_numpy_gives_along_the_last_axis(self, values, summary):
        expected = {"mean": values.mean(axis=-1), "sum": values.sum(axis=-1), "last": values[..., -1]}[summary]
        found = over_days(values, named(summary))
        assert found.shape == values.shape[:-1]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)

    @pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
    def test_every_measure_says_how_its_days_become_one_number(self, measure):
        if measure.of is None:
            assert over_days(np.arange(1.0, 5.0), measure) == {"mean": 2.5, "sum": 10.0, "last": 4.0}[measure.summary]
        else:
            assert measure.summary == "ratio"
            by = {measure.name: measure.summary for measure in MEASURES}
            assert [by[name] for name in measure.of] == ["sum", "sum"]

    def test_counts_are_summed_and_levels_are_not(self):
        by = {measure.name: measure.summary for measure in MEASURES}
        assert [by[name] for name in ("complaints", "firestorms", "storm_days", "profit")] == ["sum"] * 4
        assert [by[name] for name in ("loyalty", "churn", "market_share", "trust", "nps", "reach")] == ["mean"] * 6
        assert by["retention"] == "last"

    def test_the_values_themselves_stay_as_they_are(self):
        before = self.DAYS.copy()
        for summary in ("mean", "sum", "last"):
            over_days(self.DAYS, named(summary))
        np.testing.assert_array_equal(self.DAYS, before)
