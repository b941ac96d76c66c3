"""A posterior's uncertainty goes into every interval: by theory, by simulation, and from file to answer."""

from __future__ import annotations

import numpy as np
import pytest

from influence_sim import Scenario, StoreError, compare, open_results
from influence_sim.experiment.contrasts import contrast, over_draws
from influence_sim.experiment.posterior import read_posterior, spread, write_posterior

SMALL = Scenario.load("quiet_year").with_values({"days": 4, "burn_in_days": 2, "network.consumers": 60})
KEY = "parameters.need_interval"


def posterior(path, values, key=KEY):
    write_posterior(path, [{key: float(value)} for value in values], "made")
    return path


def sample(draws, per_draw, spread_of_effects, noise, seed, mean=0.0):
    random = np.random.default_rng(seed)
    effects = mean + spread_of_effects * random.standard_normal(draws)
    return (effects[:, None] + noise * random.standard_normal((draws, per_draw))).ravel()


@pytest.mark.parametrize(("per_draw", "noise"), [(4, 1.0), (2, 3.0), (10, 0.1)])
def test_the_interval_is_that_of_the_effect_without_the_accidents(per_draw, noise):
    """Effects are N(0, 1), so 95 % of them lie within ± 1.96, however noisy a replicate is."""
    found = [over_draws(sample(400, per_draw, 1.0, noise, seed), per_draw)[0] for seed in range(20)]
    most = 2.5 if noise > 1 else 2.16
    assert 1.8 < np.mean([one.high for one in found]) < most
    assert -most < np.mean([one.low for one in found]) < -1.8


def test_where_nothing_is_uncertain_most_of_what_accidents_do_is_taken_off():
    """All draws alike: means of 4 replicates spread over ± .98, and hardly any of it is taken for uncertainty."""
    found = [over_draws(sample(400, 4, 0.0, 1.0, seed), 4)[0] for seed in range(40)]
    assert np.mean([one.high - one.low for one in found]) < 1.96 / 2


@pytest.mark.parametrize(
    ("draws", "per_draw", "noise"),
    [(3, 4, 0.5), (10, 4, 1.0), (40, 4, 2.0), (40, 4, 0.5), (40, 2, 3.0), (200, 10, 2.0)],
)
def test_an_effect_is_held_as_often_as_promised(draws, per_draw, noise):
    """Of effects at values drawn from the posterior itself, about 95 % lie within, even if accidents hide most."""
    held = []
    for seed in range(400):
        truth = 0.5 + np.random.default_rng(10_000 + seed).standard_normal()
        found = over_draws(sample(draws, per_draw, 1.0, noise, seed, mean=0.5), per_draw)[0]
        held.append(found.low <= truth <= found.high)
    assert 0.92 <= np.mean(held) <= 0.995


def test_the_probability_is_the_share_of_draws_where_the_effect_is_positive():
    values = sample(2000, 4, 1.0, 0.5, 3, mean=1.0)
    found = contrast(values, np.zeros_like(values), 4)
    assert found.p_positive == pytest.approx(0.841, abs=0.02)


def test_missing_replicates_and_single_draws_do_no_harm():
    values = sample(50, 3, 1.0, 1.0, 4)
    values[[0, 4, 5, 9]] = np.nan
    values[12:15] = np.nan
    found, _ = over_draws(values, 3)
    assert np.isfinite([found.mean, found.low, found.high]).all()
    assert np.isnan(over_draws(values[:3], 3)[0].low)


def test_what_is_uncertain_widens_the_answer(tmp_path):
    """Sales go with the interval between needs, so an unknown interval makes sales uncertain, far beyond accidents."""
    narrow = posterior(tmp_path / "narrow.csv", np.full(6, 10.0))
    wide = posterior(tmp_path / "wide.csv", [5, 8, 12, 20, 30, 60])
    found = {
        file.stem: compare(SMALL, ["silent"], replicates=3, posterior=file).estimates["sales"]["silent"]
        for file in (narrow, wide)
    }
    widths = {name: one.high - one.low for name, one in found.items()}
    assert widths["wide"] > 2 * widths["narrow"]


def test_draws_have_accidents_of_their_own_and_strategies_share_them(tmp_path):
    alike = posterior(tmp_path / "alike.csv", np.full(4, 10.0))
    found = compare(SMALL, ["silent", "respond_only"], replicates=2, posterior=alike)
    sales = found.summary["sales"][:, :, 0]
    assert sales.shape == (2, 8)
    assert len(np.unique(sales[0])) > 4, "draws do not repeat each other's accidents"
    first = compare(SMALL.with_values({KEY: 10.0}), ["silent", "respond_only"], replicates=2)
    assert np.array_equal(found.values[:, :2], first.values, equal_nan=True), (
        "the first draw's accidents are those of replicates 0, 1"
    )


def test_it_is_kept_opened_again_and_the_same_for_all_jobs(tmp_path):
    file = posterior(tmp_path / "p.csv", [5, 10, 20])
    one = compare(SMALL, ["silent"], replicates=2, posterior=file, out=tmp_path / "out")
    one.write(tmp_path / "out")
    two = compare(SMALL, ["silent"], replicates=2, posterior=file, jobs=2)
    again = open_results(tmp_path / "out")
    assert again.replicates_per_draw == 2
    for other in (two, again):
        assert np.array_equal(one.values, other.values, equal_nan=True)
        assert one.estimates == other.estimates
    assert list(one.storms.get("replicate", [])) == sorted(one.storms.get("replicate", []))
    with pytest.raises(StoreError, match="another"):
        compare(
            SMALL, ["silent"], replicates=2, posterior=posterior(tmp_path / "q.csv", [5, 10, 21]), out=tmp_path / "out"
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds 0 draws"),
        (f"{KEY}\n", "holds 0 draws"),
        (f"{KEY},{KEY}\n1,2\n", "names a key twice"),
        (f"{KEY}\nmany\n", "draw 1: 1 numbers are expected, got 'many'"),
        (f"{KEY}\n5\nnan\n", "draw 2: 1 numbers are expected"),
        (f"{KEY}\n5\n5,6\n", "draw 2: 1 numbers are expected"),
        (f"{KEY}\n-5\n", "draw 1: "),
        ("parameters.ned_interval\n5\n", "draw 1: "),
    ],
)
def test_a_file_that_is_no_posterior_is_one_line(tmp_path, text, said):
    file = tmp_path / "p.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"^.*p\.csv: ") as caught:
        read_posterior(file, SMALL)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_draws_are_spread_over_the_file():
    draws = [{KEY: float(number)} for number in range(10)]
    assert [draw[KEY] for draw in spread(draws, 5)] == [0, 2, 4, 6, 8]
    assert spread(draws, 99) == tuple(draws)
    for few, number in ((draws, 1), (draws[:1], 5)):
        with pytest.raises(ValueError, match="must be at least 2"):
            spread(few, number)


def test_differences_that_are_all_alike_are_judged_by_their_signs():
    found, p_positive = over_draws(np.full(6, 2.0), 2)
    assert (found.low, found.high, p_positive) == (0.0, 4.0, 1 - 0.5**3)
    assert over_draws(np.full(40, 2.0), 2)[0].low == 2.0
