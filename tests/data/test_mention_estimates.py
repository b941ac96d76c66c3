"""Mentions: what the airlines' page says is found, and intervals hold what they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.mentions import MENTIONS
from influence_sim.data.tables import Table, read_table


@pytest.fixture(scope="module")
def airlines():
    return MENTIONS.estimate(read_table(real_data("conversations/airline_tweets_feb2015.csv.gz")))


@pytest.mark.parametrize(
    ("airline", "negative"),
    [
        ("United", 0.689),
        ("US Airways", 0.777),
        ("American", 0.710),
        ("Southwest", 0.490),
        ("Delta", 0.430),
        ("Virgin America", 0.359),
    ],
)
def test_negative_shares_of_the_airlines(airlines, airline, negative):
    found = airlines.figures[f"negative_share.{airline}"]
    assert found.value == pytest.approx(negative, abs=6e-4)
    assert found.low < found.value < found.high


def test_rates_are_of_full_days_and_an_airline_collected_late_has_none(airlines):
    assert airlines.diagnostics["write_once_share"] == pytest.approx(0.610, abs=6e-4)
    assert airlines.figures["negative_share"].value == pytest.approx(0.627, abs=6e-4)
    assert np.isnan(airlines.figures["mentions_per_day.American"].value)
    assert "American was collected from 2015-02-22 to 2015-02-23 only" in airlines.notes[0]
    assert sum(airlines.figures[f"hour_share.{hour:02d}"].value for hour in range(24)) == pytest.approx(1)


def talk(seed, days=40, authors=300):
    """Posts of authors who differ in how much and how badly they write, so that posts are not independent."""
    random = np.random.default_rng(seed)
    number = random.poisson(random.gamma(0.7, 8, authors))
    bad = random.beta(0.8, 0.8, authors)
    author = np.repeat(np.arange(authors), number)
    time = pd.Timestamp("2026-03-02", tz="UTC") + pd.to_timedelta(random.uniform(0, 24 * days, len(author)), unit="h")
    sentiment = np.where(random.random(len(author)) < bad[author], -1.0, 1.0)
    return Table("made", pd.DataFrame({"author": author, "time": time, "sentiment": sentiment}), {})


def test_intervals_hold_the_truth_though_some_write_much():
    """Half of all is bad in the long run; taking posts for independent would make intervals half as wide."""
    inside = []
    for seed in range(60):
        found = MENTIONS.estimate(talk(seed)).figures["negative_share"]
        inside.append(found.low <= 0.5 <= found.high)
    assert 0.85 <= np.mean(inside) <= 1


def test_weekdays_of_a_record_whose_weeks_are_mostly_empty_have_intervals():
    days = pd.to_datetime(["2025-01-06", "2026-01-06"]).tz_localize("UTC")
    found = MENTIONS.estimate(Table("made", pd.DataFrame({"time": days}), {"time": "time"}, has_hours=False))
    assert found.figures["weekday.Monday"].value == pytest.approx(7)


def test_weekdays_need_weeks():
    figures = MENTIONS.estimate(talk(1)).figures
    assert np.mean([figures[f"weekday.{day}"].value for day in ("Monday", "Sunday")]) == pytest.approx(1, abs=0.3)
    short = MENTIONS.estimate(talk(1, days=10))
    assert "weekday.Monday" not in short.figures
    assert any("weekdays are not told apart" in note for note in short.notes)
