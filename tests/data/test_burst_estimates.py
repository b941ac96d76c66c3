"""Bursts are measured as they are, and self-excitement is found where it is and not where day follows night."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.bursts import BURSTS, fit_hawkes, ks_exponential, residuals
from influence_sim.data.tables import DataError, read_table

DAY, HOUR = 86_400, 3_600
START = 1_767_225_600
"""1 January 2026, 00:00, in seconds since 1970."""
COURSE = 1 + 0.9 * np.sin(2 * np.pi * (np.arange(24) - 9) / 24)
"""Of a day, by the hour: next to nothing before dawn."""


def excited(seed, days=20, per_day=150.0, branching=0.5, half_life=1.5, course=COURSE):
    """Draw the times of a Hawkes process generation by generation, in seconds."""
    random = np.random.default_rng(seed)
    born = random.random(random.poisson(per_day * days)) * days * DAY
    kept = random.random(len(born)) < course[(born % DAY // HOUR).astype(int)] / course.max()
    # As many are drawn as at the busiest hour, and thinned.
    more = random.random(random.poisson(per_day * days * (course.max() - 1))) * days * DAY
    more = more[random.random(len(more)) < course[(more % DAY // HOUR).astype(int)] / course.max()]
    generation, all_times = np.concatenate([born[kept], more]), []
    while len(generation):
        all_times.append(generation)
        generation = np.repeat(generation, random.poisson(branching, len(generation)))
        generation = generation + random.exponential(half_life * HOUR / math.log(2), len(generation))
        generation = generation[generation < days * DAY]
    return np.sort(np.concatenate(all_times)).astype(int)


def read(seconds, tmp_path, form="%Y-%m-%d %H:%M", **columns):
    said = pd.to_datetime(START + np.asarray(seconds), unit="s").strftime(form)
    pd.DataFrame({"time": said, **columns}).to_csv(tmp_path / "table.csv", index=False)
    return read_table(tmp_path / "table.csv", sentiment=False)


def estimated(seconds, tmp_path, form="%Y-%m-%d %H:%M", **columns):
    return BURSTS.estimate(read(seconds, tmp_path, form, **columns))


def covers(figure, value):
    return figure.low <= value <= figure.high


# self-excitement


def test_intervals_hold_the_process_that_was_simulated(tmp_path):
    found = [estimated(excited(seed, days=14), tmp_path) for seed in range(8)]
    for name, true in (("branching_ratio", 0.5), ("decay_half_life", 1.5), ("background_rate", 150.0)):
        figures = [one.figures[name] for one in found]
        assert sum(covers(figure, true) for figure in figures) >= 6, name
        assert np.mean([figure.value for figure in figures]) == pytest.approx(true, rel=0.2), name
    assert all(one.diagnostics["all"]["ks_distance"] < 0.05 for one in found)
    assert all(one.diagnostics["all"]["log_likelihood_ratio"] > 20 for one in found)


def test_day_and_night_are_no_excitement(tmp_path):
    found = [estimated(excited(seed, days=10, branching=0.0), tmp_path) for seed in range(8)]
    assert sum(one.diagnostics["all"]["log_likelihood_ratio"] < 6 for one in found) >= 6
    assert all(one.figures["branching_ratio"].low < 0.1 for one in found)
    calm = next(one for one in found if one.diagnostics["all"]["log_likelihood_ratio"] < 6)
    assert math.isnan(calm.figures["decay_half_life"].value)
    assert any("no sign" in note for note in calm.notes)


def hours_of(bins, width):
    return np.arange(bins) * width % DAY // HOUR


def test_wide_bins_lengthen_the_half_life_but_hardly_the_branching():
    times = excited(1, days=40, half_life=1.0, course=np.ones(24))
    found = {}
    for width in (300, HOUR):
        counts = np.bincount(times // width).astype(float)
        found[width] = fit_hawkes(counts, hours_of(len(counts), width))
    assert found[HOUR].branching == pytest.approx(found[300].branching, abs=0.06)
    assert found[HOUR].half_life * HOUR > found[300].half_life * 300


def test_the_rate_is_what_the_definition_says_and_sums_to_the_posts():
    counts = np.random.default_rng(1).poisson(2, 200).astype(float)
    hour = hours_of(200, HOUR)
    found = fit_hawkes(counts, hour)
    q = 0.5 ** (1 / found.half_life)
    expected = [
        found.background * found.course[hour[b]]
        + found.branching * sum((1 - q) * q ** (b - a - 1) * counts[a] for a in range(b))
        for b in range(200)
    ]
    rate = found.rate(counts, hour)
    assert rate == pytest.approx(expected)
    assert found.course.mean() == pytest.approx(1)
    # Where the likelihood is greatest, ln λ being a sum of which ln μ is a part, expected posts are those observed.
    assert rate.sum() == pytest.approx(counts.sum(), rel=1e-3)


def test_residuals_of_the_right_rate_are_exponential():
    random = np.random.default_rng(1)
    rate = random.gamma(1, 1, 5000)
    counts = random.poisson(rate).astype(float)
    assert ks_exponential(residuals(counts, rate)) < 0.03
    assert ks_exponential(residuals(counts, 2 * rate)) > 0.2


# heights


def hourly(counts):
    """Times of posts, so many in each hour, at any minute."""
    hours = np.repeat(np.arange(len(counts)), counts)
    return hours * HOUR + np.random.default_rng(1).integers(60, size=len(hours)) * 60


def test_a_burst_is_measured_as_it_is(tmp_path):
    counts = np.full(7 * 24, 10)
    counts[80:84] = [100, 60, 50, 10]
    found = estimated(hourly(counts), tmp_path)
    values = {name: figure.value for name, figure in found.figures.items()}
    assert values["hour_height"] == 10
    assert (values["hours_to_half"], values["hours_to_tenth"]) == (2, 3)
    assert values["day_height"] == pytest.approx((240 + 180) / 240)
    assert found.diagnostics["all"]["peak_hour"] == 100


def test_days_that_are_cut_short_do_not_count(tmp_path):
    counts = np.full(7 * 24, 10)
    counts[:20] = 0
    counts[-6:] = 0
    counts[:23][-2:] = 500
    found = estimated(hourly(counts), tmp_path)
    assert found.diagnostics["all"]["full_days"] == 5
    assert found.figures["hour_height"].value == 1


def test_a_company_that_was_collected_later_is_not_taken_for_a_burst(tmp_path):
    early, late = hourly(np.full(10 * 24, 10)), hourly(np.full(6 * 24, 10)) + 4 * DAY
    names = ["Early"] * len(early) + ["Late"] * len(late) + ["Rare"] * 10
    found = estimated(np.concatenate([early, late, early[:10]]), tmp_path, company=names)
    assert found.figures["day_height.Late"].value == 1
    assert found.diagnostics["Late"]["full_days"] == 6
    assert found.figures["branching_ratio.Late"].low < 0.1
    assert "day_height.Rare" not in found.figures
    assert any("1 companies have fewer than 50" in note for note in found.notes)


def test_only_negative_posts_of_customers_count_where_that_is_known(tmp_path):
    counts = np.full(5 * 24, 4)
    times = hourly(counts)
    tone = np.tile(["negative", "positive"], len(times) // 2)
    found = estimated(times, tmp_path, sentiment=tone, inbound=np.tile([1, 1, 0, 0], len(times) // 4))
    assert found.diagnostics["posts_are"] == "negative posts of customers"
    assert found.diagnostics["all"]["posts"] == len(times) / 4


def test_of_dates_only_the_height_of_days_can_be_told(tmp_path):
    times = np.repeat(np.arange(9) * DAY, [10, 10, 10, 10, 50, 20, 10, 10, 10])
    table = read(times, tmp_path, "%Y-%m-%d")
    found = BURSTS.estimate(table)
    assert {name: figure.value for name, figure in found.figures.items()} == {"day_height": 5.0}
    assert any("dates without hours" in note for note in found.notes)
    assert any("dates without hours" in note for note in BURSTS.objections(table))


def test_two_days_have_no_usual_day(tmp_path):
    found = estimated(hourly(np.full(48, 10)), tmp_path)
    assert math.isnan(found.figures["day_height"].value)
    assert any("2 full days have no usual day" in note for note in found.notes)


def test_a_table_of_an_hour_tells_neither_height_nor_half_life(tmp_path):
    found = estimated(np.arange(60) * 60, tmp_path)
    for name in ("day_height", "hour_height", "hours_to_half", "decay_half_life"):
        assert math.isnan(found.figures[name].value)
    assert any("less than 3 days" in note for note in found.notes)
    assert found.figures["branching_ratio"].low == 0
    assert math.isnan(found.figures["branching_ratio"].high)


# ways to fail


@pytest.mark.parametrize(
    ("times", "columns", "form", "said"),
    [
        (np.arange(40) * HOUR, {}, "%Y-%m-%d %H:%M", "at least 50 posts, there are 40"),
        (np.arange(60) * HOUR, {"sentiment": ["positive"] * 60}, "%Y-%m-%d %H:%M", "at least 50 negative posts"),
        (np.arange(100) * HOUR, {"company": list("ABCDE") * 20}, "%Y-%m-%d %H:%M", "a company with at least 50 posts"),
        (np.arange(60) * DAY, {}, "%Y-%m-%d", "they are days rather than posts; bursts need a row per post"),
        (np.arange(60) * HOUR, {"customer_id": range(60)}, "%Y-%m-%d %H:%M", "its rows are purchases"),
    ],
    ids=["few", "none negative", "small companies", "a series of days", "purchases"],
)
def test_what_cannot_be_estimated_is_told_in_a_line(times, columns, form, said, tmp_path):
    table = read(times, tmp_path, form, **columns)
    with pytest.raises(DataError) as caught:
        BURSTS.estimate(table)
    assert said in str(caught.value)
    assert str(caught.value).startswith("table.csv: ")
    assert "\n" not in str(caught.value)
    assert BURSTS.objections(table) == [str(caught.value).removeprefix("table.csv: ")]


# real bursts


@pytest.fixture(scope="module")
def tweets():
    return read_table(real_data("conversations/airline_tweets_feb2015.csv.gz"))


@pytest.fixture(scope="module")
def airlines(tweets):
    return BURSTS.estimate(tweets)


@pytest.mark.parametrize(
    ("airline", "full", "all_nine"),
    [
        ("Delta", 255 / 108, 2.43),
        ("US Airways", 561 / 248, 2.30),
        ("Southwest", 257 / 129, 2.02),
        ("United", 532 / 342, 1.96),
        ("Virgin America", 37 / 24, 1.76),
    ],
)
def test_complaints_about_airlines_peak_as_the_days_say(tweets, airlines, airline, full, all_nine):
    assert airlines.figures[f"day_height.{airline}"].value == pytest.approx(full)
    # The description of the data has the median of all nine days, two of which are cut short.
    table = tweets.frame
    kept = table[(table["company"] == airline) & (table["sentiment"] < 0)]
    by_day = kept["time"].dt.date.value_counts().reindex(table["time"].dt.date.unique(), fill_value=0)
    assert by_day.max() / by_day.median() == pytest.approx(all_nine, abs=0.005)


def test_an_airline_that_was_collected_for_two_days_has_no_height(airlines):
    assert math.isnan(airlines.figures["day_height.American"].value)
    assert airlines.diagnostics["American"]["full_days"] == 2
    assert airlines.diagnostics["posts_are"] == "negative posts"


@pytest.mark.slow
def test_the_news_of_the_higgs_boson_is_as_described():
    found = BURSTS.estimate(read_table(real_data("cascades/higgs-activity_time.txt.gz")))
    values = {name: figure.value for name, figure in found.figures.items()}
    assert found.diagnostics["all"]["peak_hour"] == 45_861
    assert found.diagnostics["all"]["usual_hour"] == 1207.5
    assert values["day_height"] == pytest.approx(10.6, abs=0.05)
    assert values["hour_height"] == pytest.approx(38, abs=0.05)
    assert (values["hours_to_half"], values["hours_to_tenth"]) == (3, 17)
    assert any("rather news from outside" in note for note in found.notes)
