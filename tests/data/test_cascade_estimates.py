"""Reaction times, offspring and shapes are read off cascades as they were made, and as real ones are described."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.core import propagation
from influence_sim.core.parameters import Parameters
from influence_sim.data.cascades import CASCADES, fit_lag, lag_cdf, lag_quantile
from influence_sim.data.tables import DataError, read_table

KERNEL = (240.0, 0.4)
"""Plateau in seconds and exponent of simulated reactions."""


def trees(seed, cascades=300, reproduction=0.0, size=20, kernel=KERNEL):
    """Draw trees whose posts have Poisson many children; with no ``reproduction``, of a given size."""
    random = np.random.default_rng(seed)
    rows = []
    for cascade in range(cascades):
        delay, parent, node = [0.0], [-1], 0
        while node < len(delay):
            children = random.poisson(reproduction) if reproduction else min(3, size - len(delay))
            for wait in lag_quantile(random.random(children), *kernel):
                delay.append(delay[node] + wait)
                parent.append(node)
            node += 1
        rows += [(cascade, number, parent[number], delay[number]) for number in range(len(delay))]
    return pd.DataFrame(rows, columns=["cascade", "node", "parent", "delay_s"])


def read(frame, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)
    return read_table(tmp_path / "table.csv", sentiment=False)


def estimated(frame, tmp_path):
    return CASCADES.estimate(read(frame, tmp_path))


def covers(figure, value):
    return figure.low <= value <= figure.high


# the kernel


@pytest.mark.parametrize(("plateau", "exponent"), [(300.0, 0.2315), (60.0, 1.5)])
def test_the_kernel_is_that_of_the_model(plateau, exponent):
    parameters = Parameters(lag_plateau=plateau, lag_exponent=exponent)
    shares, seconds = np.linspace(0, 0.99, 50), np.geomspace(1, 1e7, 50)
    assert lag_quantile(shares, plateau, exponent) == pytest.approx(propagation.lag(parameters, shares) * 3600)
    assert lag_cdf(seconds, plateau, exponent) == pytest.approx(propagation.lag_cdf(parameters, seconds / 3600))


def test_the_fit_has_the_greatest_likelihood_of_all():
    values = np.sort(lag_quantile(np.random.default_rng(1).random(400), *KERNEL))

    def height(plateau, exponent):
        density = exponent / ((1 + exponent) * plateau) * np.maximum(values / plateau, 1) ** -(1 + exponent)
        return np.log(density).sum()

    plateau, exponent = fit_lag(values, np.ones(400))
    best = height(plateau, exponent)
    around = [height(plateau * a, exponent * b) for a in np.linspace(0.5, 2, 61) for b in np.linspace(0.7, 1.4, 41)]
    assert max(around) <= best + 1e-9


def test_the_fit_does_not_depend_on_the_unit_and_counts_weights():
    values = np.sort(lag_quantile(np.random.default_rng(2).random(500), *KERNEL))
    weights = np.random.default_rng(3).integers(0, 3, 500).astype(float)
    plateau, exponent = fit_lag(values, weights)
    assert fit_lag(values / 60, weights) == pytest.approx((plateau / 60, exponent))
    assert fit_lag(np.repeat(values, weights.astype(int)), np.ones(int(weights.sum()))) == pytest.approx(
        (plateau, exponent)
    )


def test_intervals_hold_the_kernel_that_reactions_were_drawn_from(tmp_path):
    found = [estimated(trees(seed), tmp_path).figures for seed in range(10)]
    for name, true in zip(("lag_plateau", "lag_exponent"), KERNEL, strict=True):
        assert sum(covers(figures[name], true) for figures in found) >= 8
        assert np.mean([figures[name].value for figures in found]) == pytest.approx(true, rel=0.05)


def test_what_was_drawn_from_the_kernel_fits_it_and_sets_it(tmp_path):
    found = estimated(trees(1), tmp_path)
    assert found.diagnostics["ks_distance"] < 0.02
    quantiles = found.diagnostics["quantiles_s"]
    assert quantiles["fitted"] == pytest.approx(quantiles["observed"], rel=0.12)
    assert {"parameters.lag_plateau", "parameters.lag_exponent"} <= found.settings().keys()
    assert not any("roughly" in note for note in found.notes)


def test_what_was_not_is_called_rough(tmp_path):
    table = trees(1)
    table["delay_s"] = np.random.default_rng(1).choice([1.0, 1000.0], len(table)).cumsum()
    assert any("roughly" in note for note in estimated(table, tmp_path).notes)


# trees


def test_a_tree_is_measured_as_it_is(tmp_path):
    # A first post, three that pass it on after 1, 2 and 3 h, and one that passes on the first of these 30 min later.
    one = pd.DataFrame(
        {"node": [10, 11, 12, 13, 14], "parent": [-1, 10, 10, 10, 11], "delay_min": [0, 60, 120, 180, 90]}
    )
    table = pd.concat([one.assign(cascade=f"c{k}") for k in range(20)]).sample(frac=1, random_state=1)
    found = estimated(table, tmp_path)
    assert found.figures["size_median"].value == 5
    assert found.figures["share_from_root"].value == 0.75
    assert found.figures["half_time"].value == pytest.approx(1.75)
    assert found.figures["first_hour"].value == 0.25
    assert found.figures["offspring_mean"].value == 0.8
    assert found.diagnostics["reactions"] == 80
    assert found.diagnostics["quantiles_s"]["observed"][2] == 90 * 60


def test_what_cannot_be_used_is_left_out_and_counted(tmp_path):
    table = trees(1, cascades=30)
    table.loc[table["cascade"].eq(0) & table["node"].eq(0), "parent"] = 99
    table.loc[table["cascade"].eq(1) & table["node"].eq(1), "delay_s"] = -5.0
    table.loc[table["cascade"].eq(2) & table["node"].eq(19), "parent"] = 77
    table.loc[table["cascade"].eq(3) & table["node"].eq(19), "delay_s"] = np.nan
    found = estimated(table, tmp_path)
    left_out = list(found.diagnostics["left_out"].values())
    assert left_out == [1, 2, 1, 1]
    assert found.diagnostics["cascades_with_shape"] == 29
    assert any(note.startswith("left out: 2 posts whose parent") for note in found.notes)


def test_offspring_of_all_cascades_set_the_reproduction(tmp_path):
    found = [estimated(trees(seed, cascades=800, reproduction=0.3), tmp_path) for seed in range(10)]
    figures = [one.figures["offspring_mean"] for one in found]
    assert sum(covers(figure, 0.3) for figure in figures) >= 8
    assert {figure.sets for figure in figures} == {"parameters.base_reproduction"}


def test_offspring_of_cascades_chosen_for_their_size_set_nothing(tmp_path):
    table = trees(1, cascades=2000, reproduction=0.5)
    size = table.groupby("cascade")["node"].transform("size")
    for chosen in (size >= 3, (size >= 3) | (table["cascade"] < 100)):
        found = estimated(table[chosen], tmp_path)
        assert "parameters.base_reproduction" not in found.settings()
        assert sum("chosen for their size" in note for note in found.notes) == 1
        assert any("chosen for their size" in one for one in CASCADES.objections(read(table[chosen], tmp_path)))


@pytest.mark.parametrize("columns", [["cascade", "delay_s"], ["delay_s"]])
def test_times_since_the_first_post_set_no_kernel(columns, tmp_path):
    found = estimated(trees(1)[columns], tmp_path)
    assert not found.settings()
    assert found.figures["lag_plateau"].unit == "s since the first post"
    assert any("only times since the first post" in note for note in found.notes)
    assert "share_from_root" not in found.figures


# counts of shares


def test_counts_of_shares_tell_the_reproduction(tmp_path):
    random, covered = np.random.default_rng(1), 0
    for seed in range(10):
        sizes = trees(seed, cascades=1000, reproduction=0.2).groupby("cascade").size()
        table = pd.DataFrame({"user": random.integers(700, size=1000), "retweets": sizes - 1})
        table["sentiment"] = np.where(np.arange(1000) < 970, "negative", "positive")
        found = estimated(table, tmp_path)
        covered += covers(found.figures["base_reproduction"], 0.2)
        assert list(found.settings()) == ["parameters.base_reproduction"]
        # Thirty posts are too few for a figure of their own.
        assert "base_reproduction.negative" in found.figures
        assert "base_reproduction.positive" not in found.figures
    assert covered >= 8


def test_posts_without_a_count_are_left_out(tmp_path):
    found = estimated(pd.DataFrame({"shares": [1.0] * 50 + [-1.0, np.nan], "id": range(52)}), tmp_path)
    assert found.figures["base_reproduction"].value == 0.5
    assert found.figures["shared_at_all"].value == 1
    assert any("left out: 2 posts" in note for note in found.notes)


# ways to fail

MANY = range(60)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"delay": range(40)}, "at least 50 delays above 0 s, there are 39"),
        ({"shares": [1] * 20}, "at least 50 posts with a count of shares, not 20"),
        ({"time": ["2026-01-01 10:00"] * 60, "user": MANY, "kind": ["RT"] * 60}, "by bursts"),
        (
            {"cascade": [1] * 60, "node": [*range(59), 5], "parent": [-1, *range(59)], "delay": MANY},
            "node 5 of cascade 1 occurs twice; one row per node",
        ),
        (
            {"cascade": [1] * 60, "node": MANY, "parent": [-1, *range(59)], "delay": [0] + [7] * 59},
            "at least 50 posts later than the one they pass on, there are 1",
        ),
        ({"delay": [5] * 60}, "all reactions take 5 s; times that differ are needed"),
    ],
    ids=["few delays", "few posts", "a log", "a node twice", "no reactions", "all alike"],
)
def test_what_cannot_be_estimated_is_told_in_a_line(columns, said, tmp_path):
    with pytest.raises(DataError) as caught:
        estimated(pd.DataFrame(columns), tmp_path)
    assert said in str(caught.value)
    assert str(caught.value).startswith("table.csv: ")
    assert "\n" not in str(caught.value)


# real cascades


@pytest.fixture(scope="module")
def twitter():
    return read_table(real_data("cascades/twitter15_16_nodes.csv.gz"))


@pytest.mark.slow
def test_trees_of_rumours_are_as_described(twitter):
    found = CASCADES.estimate(twitter)
    assert found.diagnostics["cascades_with_shape"] == 2302
    assert found.figures["share_from_root"].value == pytest.approx(0.836, abs=0.0005)
    assert found.figures["half_time"].value == pytest.approx(0.72, abs=0.005)
    assert "parameters.base_reproduction" not in found.settings()
    # What was found when this was written; no one else has published it.
    assert found.settings() == {
        "parameters.lag_plateau": pytest.approx(575, rel=0.01),
        "parameters.lag_exponent": pytest.approx(0.362, rel=0.01),
    }


@pytest.mark.slow
def test_distinct_trees_of_rumours_have_the_sizes_described(twitter):
    index = pd.read_csv(real_data("cascades/twitter15_16_trees.csv.gz"))
    distinct = index[index["n_roots"] == 1].drop_duplicates("source_tweet_id")["tree"].astype(str)
    found = CASCADES.estimate(
        replace(twitter, frame=twitter.frame[twitter.frame["cascade"].isin(distinct)].reset_index(drop=True))
    )
    assert found.diagnostics["cascades_with_shape"] == 2134
    assert found.figures["size_median"].value == 274


def test_large_retweet_cascades_are_as_described():
    found = CASCADES.estimate(read_table(real_data("cascades/tideh_100_retweet_cascades.csv.gz")))
    figures = {name: figure.value for name, figure in found.figures.items()}
    assert figures["half_time"] == pytest.approx(2.6, abs=0.05)
    assert figures["ninety_percent_time"] == pytest.approx(26.7, abs=0.05)
    assert figures["first_hour"] == pytest.approx(0.366, abs=0.0005)
    assert figures["first_day"] == pytest.approx(0.887, abs=0.0005)
    # The first post, which the description does not count, is one of them.
    assert figures["size_median"] == pytest.approx(2811 + 1, abs=0.5)
    assert not found.settings()


def test_a_single_cascade_is_as_described_and_sets_nothing():
    found = CASCADES.estimate(read_table(real_data("cascades/seismic_tweet_127001313513967616.csv.gz")))
    assert found.figures["half_time"].value == pytest.approx(5.4, abs=0.05)
    assert found.figures["ninety_percent_time"].value == pytest.approx(18.7, abs=0.05)
    assert found.figures["first_hour"].value == pytest.approx(0.058, abs=0.0005)
    assert not found.settings()
    assert any("too few to resample" in note for note in found.notes)


def test_tweets_to_airlines_are_shared_as_described():
    found = CASCADES.estimate(read_table(real_data("conversations/airline_tweets_feb2015.csv.gz")))
    means = found.diagnostics["mean_shares"]
    assert [round(means[word], 3) for word in ("negative", "positive", "neutral")] == [0.093, 0.069, 0.061]
    assert found.figures["shared_at_all"].value == pytest.approx(0.052, abs=0.0005)
    assert found.diagnostics["most_shares"] == 44
    assert found.settings() == {"parameters.base_reproduction": pytest.approx(means["all"] / (1 + means["all"]))}


@pytest.mark.slow
def test_the_log_of_the_higgs_boson_has_no_trees():
    table = read_table(real_data("cascades/higgs-activity_time.txt.gz"))
    assert not CASCADES.lacks(table)
    assert "by bursts" in CASCADES.objections(table)[0]
