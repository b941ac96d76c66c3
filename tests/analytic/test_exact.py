"""Exact and asymptotic results hold, and a check notices if what it checks is a little wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, poisson

from influence_sim import textbook
from influence_sim.textbook import rumours
from influence_sim.verification import exact, reductions, theory
from influence_sim.verification.exact import opinions, parts, seeding, spreading
from influence_sim.verification.findings import Size
from influence_sim.verification.reductions.worlds import begin

NAMES = [check.name for check in exact.CHECKS]


def failures(findings):
    return [finding for finding in findings if finding.is_failure]


@pytest.mark.parametrize("check", exact.CHECKS, ids=NAMES)
def test_a_result_holds_in_small_populations(check):
    assert failures(check.run(Size.SMALL)) == []


@pytest.mark.study
@pytest.mark.parametrize("check", exact.CHECKS, ids=NAMES)
def test_a_result_holds_at_the_sizes_of_the_list(check):
    assert failures(check.run(Size.FULL)) == []


def test_names_are_unique_also_with_those_of_the_whole_model():
    names = NAMES + [check.name for check in reductions.CHECKS]
    assert len(set(names)) == len(names)


# theory against itself


def test_the_figures_of_the_list():
    """As the literature prints them."""
    assert [round(theory.final_size(r), 3) for r in (1.5, 2, 3)] == [0.583, 0.797, 0.940]
    assert [round(float(theory.borel(n, 0.5)), 3) for n in (1, 2)] == [0.607, 0.184]
    three_degrees = np.array([0, 0.4, 0, 0.4, 0, 0, 0, 0, 0, 0, 0.2])
    assert theory.percolation_threshold(three_degrees) == pytest.approx(3.6 / 20.4)
    assert theory.cascade_window(0.18) == pytest.approx((1.02, 5.76), abs=0.005)
    assert theory.threshold_size(0.18, 4, 1e-4) == pytest.approx(0.980, abs=5e-4)
    assert theory.threshold_size(0.18, 6.5, 1e-4) < 0.001
    assert theory.threshold_size(0.18, 6.5, 0.005) == pytest.approx(0.998, abs=5e-4)
    assert theory.bass_peak(0.03, 0.38) == pytest.approx((6.19, 0.4605), abs=5e-3)
    assert theory.never_hear() == pytest.approx(0.2032, abs=5e-5)
    assert theory.never_hear(pair_rate=2) == pytest.approx(0.28, abs=5e-3), "the bug that is known from elsewhere"
    assert [theory.major_clusters(e) for e in (0.3, 0.2)] == [1, 2]
    assert theory.mean_sojourn(8, 10) == pytest.approx(0.5)
    assert theory.median_reaction() == pytest.approx(41, abs=0.5)


def test_the_share_at_the_ends_of_the_window_leaps():
    """By the condition of Watts, and by the fixed point of Gleeson & Cahalane, which are two ways to find it."""
    low, high = theory.cascade_window(0.18)
    for inside, outside in ((low + 0.05, low - 0.05), (high - 0.05, high + 0.05)):
        assert theory.threshold_size(0.18, inside, 1e-6) > 0.05
        assert theory.threshold_size(0.18, outside, 1e-6) < 0.001


def test_one_formula_is_the_special_case_of_another():
    degrees = poisson.pmf(np.arange(100), 4)
    assert theory.percolation_size(degrees, 0.5) == pytest.approx(theory.final_size(2))
    assert theory.percolation_threshold(degrees) == pytest.approx(1 / 4)
    assert theory.percolation_mean(degrees, 0.125) == pytest.approx(theory.borel_mean(0.5))
    assert theory.borel(np.arange(1, 300), 0.5).sum() == pytest.approx(1)
    assert theory.borel(np.arange(1, 300), 0.5) @ np.arange(1, 300) == pytest.approx(theory.borel_mean(0.5))
    assert theory.bass(theory.bass_peak(0.03, 0.38)[0], 0.03, 0.38) == pytest.approx(theory.bass_peak(0.03, 0.38)[1])
    assert theory.never_hear(1 + 1e-9) == pytest.approx(theory.never_hear(), abs=1e-7)
    assert theory.threshold_size(0.18, 6.5, 0.01, spread=1e-9) == pytest.approx(theory.threshold_size(0.18, 6.5, 0.01))
    np.testing.assert_allclose(theory.logit_shares([0.3, -0.2], 1e-9), theory.logit_shares([0.3, -0.2]))


def test_purchases_until_exit_are_those_of_a_naive_customer():
    """Without exit they are binomial; with it, the mean of the shares tends to Fader, Hardie & Lee's as days do."""
    rate, weight = theory.gamma_rates(2.0, 20.0)
    expected = binom.pmf(np.arange(9)[:, None], 50, -np.expm1(-rate)) @ weight
    np.testing.assert_allclose(theory.purchase_shares_until_exit(8, 2.0, 20.0, 50, 0.0), expected)
    assert weight @ rate == pytest.approx(1 / 20)
    rng = np.random.default_rng(1)
    bought = np.zeros(20_000, int)
    there, chance = np.ones(bought.size, bool), -np.expm1(-rng.gamma(2.0, 1 / 40, bought.size))
    for _ in range(60):
        buys = there & (rng.random(bought.size) < chance)
        bought += buys
        there &= ~(buys & (rng.random(bought.size) < 0.3))
    shares = theory.purchase_shares_until_exit(60, 2.0, 20.0, 60, 0.3)
    assert shares.sum() == pytest.approx(1)
    assert abs(bought.mean() - shares @ np.arange(61)) <= 3 * bought.std() / bought.size**0.5
    # Where needs are rare, it does not matter that there is one a day at most.
    exact_mean = theory.purchases_until_exit(2.0, 2000.0, 6000, 0.3)
    assert theory.purchase_shares_until_exit(80, 2.0, 2000.0, 6000, 0.3) @ np.arange(81) == pytest.approx(
        exact_mean, rel=2e-3
    )


def test_moments_of_the_daily_clock_tend_to_the_negative_binomial():
    assert theory.daily_moments(1.5, 3000.0, 9000) == pytest.approx(theory.nbd_moments(1.5, 3000.0, 9000), rel=2e-3)
    shares = theory.purchase_shares_until_exit(90, 1.5, 30.0, 90, 0.0, chance=0.4)
    mean = shares @ np.arange(91)
    variance = shares @ np.square(np.arange(91)) - mean**2
    assert theory.daily_moments(1.5, 30.0, 90, 0.4) == pytest.approx((mean, variance), rel=1e-6)


def test_adoption_at_need_tends_to_bass():
    """Rare needs, rates that hardly differ, and little word of mouth at a time."""
    need, contact, utility = 1 - np.exp(-1 / 20), 2.0, (-8.0, -3.0)
    adopted = theory.bass_by_need(20_000, 100.0, 20.0, utility, contact)
    told = 1 / (1 + np.exp(3)) - 1 / (1 + np.exp(8))
    p, q = need / (1 + np.exp(8)), need**2 * told * contact
    time = np.arange(0, 20_001, 2000)
    np.testing.assert_allclose(adopted[time], theory.bass(time, p, q), atol=0.01)


def test_the_variance_of_an_estimate_settles_at_the_closed_form():
    prior = 1.0
    for _ in range(2000):
        prior = 1 / (1 / prior + 5 / 1.25) + 0.05**2
    assert theory.kalman_prior(0.05, 1.25, 5) == pytest.approx(prior)


# what is wrong is noticed


def test_a_rumour_whose_pairs_are_drawn_twice_is_noticed(monkeypatch):
    """Two spreaders who meet must not meet twice because both of them call."""
    meet = rumours._meet

    def both_call(state, caller, callee, spare):
        meet(state, caller, callee, np.zeros_like(spare))

    monkeypatch.setattr(rumours, "_meet", both_call)
    (finding,) = spreading.rumour(Size.SMALL)
    assert finding.got == pytest.approx(theory.never_hear(pair_rate=2), abs=0.01)
    assert finding.is_failure


def least_followed(graph, k, p, **_):
    return np.argsort(graph.out_degree, kind="stable")[:k]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda: spreading.cascades_on_random_graphs(Size.SMALL, error=1.05), id="cascade, p 5 % too high"),
        pytest.param(
            lambda: spreading.cascades_on_configuration_graphs(Size.SMALL, error=1.05), id="the same by degree"
        ),
        pytest.param(lambda: spreading.small_cascades(Size.SMALL, error=theory.reaction_share(24)), id="a factor F"),
        pytest.param(lambda: spreading.threshold_cascades(Size.SMALL, threshold=0.21), id="one neighbour less counts"),
        pytest.param(lambda: spreading.adoption(Size.SMALL, imitation=0.42), id="imitation 10 % too high"),
        pytest.param(lambda: spreading.adoption(Size.SMALL, dt=0.5), id="steps too long"),
        pytest.param(lambda: spreading.epidemic(Size.SMALL, contacts=2.1), id="contacts 5 % too high"),
        pytest.param(lambda: seeding.greedy_seeding(Size.SMALL, least_followed), id="the least followed as seeds"),
        pytest.param(lambda: parts.queue(Size.SMALL, pace=11.0), id="staff 10 % too fast"),
    ],
)
def test_a_wrong_simulation_is_noticed(wrong):
    assert failures(wrong())


def plain_mean(degree, opinions):
    return float(np.mean(opinions))


@pytest.mark.parametrize(
    ("check", "formula", "wrong"),
    [
        (opinions.averaging, "consensus", plain_mean),
        (opinions.bounded_confidence, "major_clusters", lambda confidence: int(1 / confidence)),
        (parts.needs, "nbd_moments", lambda shape, interval, days: (days / interval, days / interval)),
        (parts.filtering, "kalman_prior", lambda drift, noise, count: (drift**2 * noise / count) ** 0.5),
        (parts.reactions, "reaction_share", lambda hours: np.asarray(hours) ** 0.1 / 2),
        (parts.virality, "path_virality", lambda nodes: nodes / 3),
    ],
)
def test_a_wrong_formula_is_noticed(monkeypatch, check, formula, wrong):
    monkeypatch.setattr(theory, formula, wrong)
    assert failures(check(Size.SMALL))


def test_a_ratio_that_depends_on_a_third_is_noticed(monkeypatch):
    """As it does if people differ in what they prefer."""
    monkeypatch.setattr(parts, "begin", lambda on, **values: begin({**on, "brand_taste": 3.0}, **values))
    assert failures(parts.irrelevant_alternatives(Size.SMALL))


def test_the_textbook_is_what_is_checked():
    assert seeding.greedy_seeding.__defaults__ == (textbook.celf,)
    assert spreading.rumour.__defaults__ == (textbook.daley_kendall,)
