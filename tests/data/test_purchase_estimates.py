"""BG/NBD: the published fit to CDNOW, parameters that were put in come out, and prediction is set against guesses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.purchases import PURCHASES, BgNbd, History, fit_bg_nbd
from influence_sim.data.tables import DataError, Table, read_table

TRUE = BgNbd(r=0.6, alpha=5.0, a=0.8, b=2.5)
WEEKS = 52.0


def purchases(customers, seed, true=TRUE):
    """Times of purchase after the first by the model's own story, one list per customer."""
    random = np.random.default_rng(seed)
    rates = random.gamma(true.r, 1 / true.alpha, customers)
    leaving = random.beta(true.a, true.b, customers)
    found = []
    for rate, gone in zip(rates, leaving, strict=True):
        times, now = [], 0.0
        while random.random() >= gone * bool(times):
            now += random.exponential(1 / rate) if rate > 1e-12 else WEEKS
            if now >= WEEKS:
                break
            times.append(now)
        found.append(times)
    return found


def history(customers=6000, seed=1):
    times = purchases(customers, seed)
    return History(
        np.array([len(one) for one in times], float),
        np.array([one[-1] if one else 0.0 for one in times]),
        np.full(customers, WEEKS),
    )


def test_the_published_fit_to_cdnow():
    """Fader, Hardie & Lee 2005: .243, 4.414, .793, 2.426, log-likelihood −9,582.4."""
    found = PURCHASES.estimate(read_table(real_data("churn/cdnow_customers_summary.csv.gz")))
    values = [found.figures[name].value for name in ("r", "alpha", "a", "b")]
    assert values == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=6e-4)
    assert found.diagnostics["log_likelihood"] == pytest.approx(-9582.4, abs=0.05)
    table = found.diagnostics["customers_by_repeat_purchases"]
    assert np.allclose(np.array(table["expected"])[:3], table["observed"][:3], rtol=0.12)
    assert sum(table["expected"]) == pytest.approx(2357)


def test_the_log_of_purchases_gives_what_its_summary_does():
    """The summary is of the first 39 weeks of the same customers."""
    table = read_table(real_data("churn/cdnow_sample.txt.gz"))
    first = Table(table.name, table.frame[table.frame["time"] <= pd.Timestamp("1997-09-30", tz="UTC")], table.roles)
    figures = PURCHASES.estimate(first).figures
    values = [figures[name].value for name in ("r", "alpha", "a", "b")]
    assert values == pytest.approx([0.243, 4.414, 0.793, 2.426], rel=0.01)
    assert figures["need_interval"].value == pytest.approx(7 * 4.414 / 0.243, rel=0.01)


def test_what_was_put_in_comes_out_of_nine_fits_in_ten():
    inside = []
    for seed in range(10):
        sample = history(2500, seed)
        frame = pd.DataFrame(dict(zip(("frequency", "recency", "horizon"), sample, strict=True)))
        figures = PURCHASES.estimate(Table("made", frame, {})).figures
        inside += [figures[name].low <= getattr(TRUE, name) <= figures[name].high for name in ("r", "alpha", "a", "b")]
    assert np.mean(inside) >= 0.85


def test_units_of_time_do_not_matter():
    sample = history()
    days = History(sample.frequency, 7 * sample.recency, 7 * sample.horizon)
    one, other = fit_bg_nbd(sample), fit_bg_nbd(days)
    assert other == pytest.approx((one.r, 7 * one.alpha, one.a, one.b), rel=1e-3)


def test_expected_purchases_are_those_that_come():
    """Their equation (10), against customers of whom the rest was simulated too."""
    times = purchases(40_000, 5)
    early = [[time for time in one if time < WEEKS / 2] for one in times]
    later = np.array([len(one) - len(first) for one, first in zip(times, early, strict=True)])
    frequency = np.array([len(one) for one in early], float)
    recency = np.array([one[-1] if one else 0.0 for one in early])
    expected = TRUE.expected(History(frequency, recency, np.full(len(times), WEEKS / 2)), WEEKS / 2)
    for x in (0, 1, 3):
        group = frequency == x
        error = later[group].std() / group.sum() ** 0.5
        assert abs(expected[group].mean() - later[group].mean()) < 3 * error


def test_the_model_predicts_cdnows_second_half_better_than_ones_own_rate():
    found = PURCHASES.estimate(read_table(real_data("churn/cdnow_sample.txt.gz")))
    told = found.diagnostics["second_half_predicted_from_first"]
    assert told["bg_nbd_mean_absolute_error"] < min(
        told["own_rate_mean_absolute_error"], told["mean_rate_mean_absolute_error"]
    )
    assert told["purchases"] == pytest.approx(told["bg_nbd_purchases"], rel=0.2)


def test_what_cannot_be_told_is_said_in_one_line():
    few = pd.DataFrame({"frequency": [1.0], "recency": [1.0], "horizon": [2.0]})
    with pytest.raises(DataError, match=r"^made: purchases need at least 50 customers, got 1$"):
        PURCHASES.estimate(Table("made", few, {}))
    once = pd.DataFrame({"frequency": np.zeros(80), "recency": np.zeros(80), "horizon": np.full(80, 9.0)})
    with pytest.raises(DataError, match=r"^made: BG/NBD has no best fit: too few repeat purchases"):
        PURCHASES.estimate(Table("made", once, {}))
