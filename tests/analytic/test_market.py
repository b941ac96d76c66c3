"""The market reduces to textbook parts: logit choice, NBD needs, expectancy disconfirmation, exponential forgetting."""

from __future__ import annotations

from math import exp, log1p

import numpy as np
import pytest
from scipy.special import expit, softmax
from scipy.stats import chisquare, kstest, nbinom
from worlds import isolates, items, make, write

from influence_sim.core.draws import Process
from influence_sim.core.market import Experience, become_loyal, choose, experience, needy, trade
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.reading import forget, read

PEOPLE = 4000


def within(found, expected, trials, errors=3.0):
    """Whether a share of ``trials`` lies within so many standard errors of its expectation."""
    return abs(found - expected) <= errors * (expected * (1 - expected) / trials) ** 0.5


# choice


def shares_of_choices(views, customer_of=3, loyalty=0.0, days=5, **parameters):
    """How often each of three companies, and nobody, is chosen by people who all hold the same views."""
    worlds = make(isolates(PEOPLE), levers=({}, {}, {}), **{"brand_taste": 0, "adstock_scale": 1, **parameters})
    worlds.state.customer_of[:] = customer_of
    worlds.state.loyalty[:] = loyalty
    for name, values in views.items():
        getattr(worlds.state, name)[:] = np.array(values)[:, None]
    everyone = np.arange(PEOPLE)
    chosen = []
    for day in range(days):
        worlds.step = 24 * day
        chosen.append(choose(worlds, np.zeros_like(everyone), everyone))
    return np.bincount(np.concatenate(chosen), minlength=4) / (days * PEOPLE), days * PEOPLE


def test_appeal_shares_the_market_from_the_first_day_as_constants_of_the_logit_do():
    appeals = [1.0, 0.0, -0.5]
    worlds = make(isolates(PEOPLE), levers=({}, {}, {}), appeals=appeals, brand_taste=0)
    first = np.bincount(worlds.state.customer_of.ravel(), minlength=3) / PEOPLE
    assert all(within(f, e, PEOPLE) for f, e in zip(first, softmax(appeals), strict=True))
    flat = {"choice_expectation": 0, "choice_trust": 0, "choice_attitude": 0, "choice_loyalty": 0}
    found, trials = shares_of_choices({}, appeals=appeals, **flat)
    assert all(within(f, e, trials) for f, e in zip(found, softmax([*appeals, 0.0]), strict=True))


VIEWS = {"expectation": [0.7, 0.4, 0.2], "trust": [0.2, 0.5, 0.9], "attitude": [-0.3, 0.1, 0.4], "adstock": [0, 2, 7]}


def utilities(views):
    """U = 3·E + (T − ½) + O + .3·ln(1 + a), and 0 for nobody."""
    rows = zip(*(views[name] for name in ("expectation", "trust", "attitude", "adstock")), strict=True)
    return [3 * e + (t - 0.5) + o + 0.3 * log1p(a) for e, t, o, a in rows] + [0.0]


@pytest.mark.parametrize(("customer_of", "loyalty"), [(3, 0.9), (0, 0.6), (2, 0.3)])
def test_choices_follow_the_multinomial_logit(customer_of, loyalty):
    value = utilities(VIEWS)
    if customer_of < 3:
        value[customer_of] += 2.5 * loyalty
    expected = softmax(value)
    found, trials = shares_of_choices(VIEWS, customer_of, loyalty, choice_loyalty=2.5, choice_adstock=0.3)
    assert all(within(f, e, trials) for f, e in zip(found, expected, strict=True))
    assert chisquare(found * trials, expected * trials).pvalue > 0.001


def mixed_logit(advantage, spread, points=60):
    """Shares of companies whose utilities scatter by N(0, spread²) from person to person, by Gauss–Hermite quadrature.

    The utility of buying nothing is 0 for all.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(points)
    weight = weight / weight.sum()
    grid = np.stack(np.meshgrid(*[node] * len(advantage), indexing="ij"), axis=-1) * spread + np.array(advantage)
    nobody = np.zeros((*grid.shape[:-1], 1))
    shares = softmax(np.concatenate([grid, nobody], axis=-1), axis=-1)
    for _ in advantage:
        shares = np.tensordot(weight, shares, axes=(0, 0))
    return shares


@pytest.mark.parametrize("spread", [0.0, 1.0, 2.5])
def test_lasting_preferences_make_a_mixed_logit(spread):
    """Many people, one choice each: shares by numerical integration over who likes whom how much."""
    people = 40_000
    worlds = make(isolates(people), levers=({}, {}, {}), brand_taste=spread)
    worlds.state.expectation[:] = np.array([0.7, 0.5, 0.2])[:, None]
    worlds.state.customer_of[:] = 3
    everyone = np.arange(people)
    found = np.bincount(choose(worlds, np.zeros_like(everyone), everyone), minlength=4) / people
    expected = mixed_logit([2.1, 1.5, 0.6], spread)
    assert expected.sum() == pytest.approx(1)
    assert all(within(f, e, people) for f, e in zip(found, expected, strict=True))


def test_lasting_preferences_make_choices_repeat():
    """P(the same again) = E[Σ pⱼ²]: different people look like loyal ones, though nobody minds where they were."""
    people = 40_000
    worlds = make(isolates(people), levers=({}, {}), brand_taste=2.0, choice_loyalty=0)
    worlds.state.expectation[:] = 0.6
    everyone = np.arange(people)
    chosen = []
    for day in range(2):
        worlds.step = 24 * day
        chosen.append(choose(worlds, np.zeros_like(everyone), everyone))
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / weight.sum()
    utility = np.stack(np.broadcast_arrays(*np.meshgrid(2 * node + 1.8, 2 * node + 1.8, indexing="ij"), 0.0), axis=-1)
    again = np.square(softmax(utility, axis=-1)).sum(axis=-1)
    assert within((chosen[0] == chosen[1]).mean(), weight @ again @ weight, people)


# rewards


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_rewards_shift_the_logit_of_ones_own_company(value):
    """By their value; who has no customer to lose gains nothing."""
    worlds = make(isolates(PEOPLE), levers=({"reward_value": value}, {}), brand_taste=0, choice_loyalty=1)
    worlds.state.expectation[:], worlds.state.loyalty[:] = 0.4, 0.5
    everyone = np.arange(PEOPLE)
    for own, bonus in ((0, value), (1, 0.0), (2, 0.0)):
        worlds.state.customer_of[:] = own
        utility = np.array([1.2, 1.2, 0.0])
        if own < 2:
            utility[own] += 0.5 + bonus
        chosen = []
        for day in range(4):
            worlds.step = 24 * (day + 10 * own)
            chosen.append(choose(worlds, np.zeros_like(everyone), everyone, worlds.levers.reward_value))
        found = np.bincount(np.concatenate(chosen), minlength=3) / (4 * PEOPLE)
        assert all(within(f, e, 4 * PEOPLE) for f, e in zip(found, softmax(utility), strict=True))


def test_every_purchase_by_ones_own_customers_is_rewarded_and_paid_for():
    """While there is money: the day on which the reserve runs out is paid in full, and the next has no rewards."""
    worlds = make(
        isolates(PEOPLE), levers=({"reward_value": 0.5}, {"reward_value": 1.0}), brand_taste=0, need_interval=1
    )
    worlds.state.customer_of[:] = np.arange(PEOPLE) % 3
    worlds.state.reserve[:] = (1.0, 0.0)
    before = worlds.state.customer_of[0].copy()
    worlds.purchases = []
    worlds.step = 23
    trade(worlds)
    _, _, buyer, chosen = worlds.purchases[0]
    again = np.count_nonzero((chosen == 0) & (before[buyer] == 0))
    assert 0 < again < worlds.flows.sales[0]
    assert worlds.flows.spend[0] == pytest.approx(0.5 * worlds.setting.costs.reward * again)
    assert worlds.flows.spend[1] == 0
    assert worlds.state.reserve[0] == pytest.approx(1 - worlds.flows.spend[0])
    assert worlds.state.reserve[0] < 0
    spent = worlds.flows.spend[0]
    worlds.step = 47
    trade(worlds)
    assert worlds.flows.spend[0] == spent


# need


def needs(interval, days, shape=1.5, people=20_000):
    worlds = make(isolates(people), need_interval=interval, need_shape=shape)
    count = np.zeros(people, int)
    for day in range(days):
        worlds.step = 24 * day
        _, consumer = needy(worlds)
        count[consumer] += 1
    return count


@pytest.mark.parametrize("shape", [1.5, 0.5])
def test_needs_are_negative_binomial(shape):
    """Mean rt/α and variance (rt/α)(1 + t/α). At most one need a day lowers the mean by less than .5 % here."""
    days, interval = 500, 365
    count, alpha = needs(interval, days, shape), shape * interval
    mean = shape * days / alpha
    variance = mean * (1 + days / alpha)
    tolerated = 0.005 * mean
    assert abs(count.mean() - mean) <= 3 * (variance / count.size) ** 0.5 + tolerated
    spread = np.square(count - count.mean()).std() / count.size**0.5
    assert abs(count.var() - variance) <= 3 * spread + 0.01 * variance
    expected = nbinom.pmf(np.arange(8), shape, alpha / (alpha + days)) * count.size
    observed = np.bincount(np.minimum(count, 8), minlength=9)
    assert chisquare(observed, np.r_[expected, count.size - expected.sum()]).pvalue > 0.001


def test_needs_of_the_daily_clock_follow_its_own_formula():
    """With at most one need a day, n days are Binomial(n, 1 − e^−λ), mixed over Gamma rates."""
    days, shape, interval = 90, 1.5, 30.0
    count, alpha = needs(interval, days), shape * interval
    quiet, very_quiet = ((alpha / (alpha + k)) ** shape for k in (1, 2))
    mean = days * (1 - quiet)
    second = 1 - 2 * quiet + very_quiet
    variance = days * ((1 - quiet) - second) + days**2 * (second - (1 - quiet) ** 2)
    assert abs(count.mean() - mean) <= 3 * (variance / count.size) ** 0.5
    spread = np.square(count - count.mean()).std() / count.size**0.5
    assert abs(count.var() - variance) <= 3 * spread
    assert mean == pytest.approx(days / interval, rel=0.03), "the clock's bias"


# experience


def live(worlds, failed=False, severity=0.0):
    everyone = np.arange(worlds.size.consumers)
    nobody, failed = np.zeros_like(everyone), np.full(everyone.size, failed)
    severity = np.full(everyone.size, severity)
    had = Experience(nobody, nobody, everyone, int(Process.EXPERIENCE), failed, severity, failed, told_from=24.0)
    experience(worlds, had)


def exact(people=1, attributes=1, **parameters):
    plain = {"taste_spread": 0, "experience_noise": 0, "brand_taste": 0}
    return make(isolates(people), attributes=attributes, **{**plain, **parameters})


@pytest.mark.parametrize(
    ("gap", "severity", "expectation", "satisfaction", "new_satisfaction", "new_expectation"),
    [
        # X = 1, D = .4: judged ½·1 + ½·.4 = .7
        ((0.0,), 0.0, 0.6, 0.0, 0.21, 0.68),
        # X = .2, D = −.4: judged −.3 − ½·1.5·.4 = −.6
        ((0.0,), 0.8, 0.6, 0.0, -0.18, 0.52),
        # X = 1, D = 0: judged .5; S = .5 stays
        ((0.0,), 0.0, 1.0, 0.5, 0.5, 1.0),
        # X = 0, D = −1: judged −.5 − .75, no less than −1
        ((0.0,), 1.0, 1.0, 0.0, -0.3, 0.8),
        # X = 1, D = 1: judged ½ + ½
        ((0.0,), 0.0, 0.0, -1.0, -0.4, 0.2),
        # X = e^−½ = .6065, D = −.1935: judged .1065 − .1451 = −.0386
        ((1.0,), 0.0, 0.8, 0.2, 0.2 + 0.3 * (-0.038569 - 0.2), 0.8 - 0.2 * 0.193469),
        # X = e^−(.25 + .36 + .64)/2 = e^−.625 = .5353, D = .0353
        ((0.5, 0.6, -0.8), 0.0, 0.5, 0.0, 0.3 * (0.035261 + 0.017631), 0.5 + 0.2 * 0.035261),
    ],
)
def test_satisfaction_and_expectation_follow_an_experience(
    gap, severity, expectation, satisfaction, new_satisfaction, new_expectation
):
    worlds = exact(attributes=len(gap))
    worlds.state.taste[0, 0] = gap
    worlds.state.expectation[:], worlds.state.satisfaction[:] = expectation, satisfaction
    live(worlds, severity > 0, severity)
    assert worlds.state.satisfaction[0, 0] == pytest.approx(new_satisfaction, abs=1e-5)
    assert worlds.state.expectation[0, 0] == pytest.approx(new_expectation, abs=1e-5)


def test_a_product_is_judged_against_common_demand_and_own_taste():
    """What counts is θ̄ + θ_i − q: the three may cancel."""
    worlds = exact(products=[[0.7]])
    worlds.state.demand[:], worlds.state.taste[:] = 0.4, 0.3
    worlds.state.expectation[:] = 0.5
    live(worlds)
    assert worlds.state.expectation[0, 0] == pytest.approx(0.6, abs=1e-6)


def test_experiences_scatter_by_the_noise():
    worlds = make(isolates(PEOPLE), taste_spread=0, experience_noise=0.05)
    worlds.state.expectation[:] = 0
    live(worlds, True, 0.5)
    felt = worlds.state.expectation[0] / 0.2
    assert kstest((felt - 0.5) / 0.05, "norm").pvalue > 0.001


def test_a_bad_experience_arouses_as_much_as_it_is_a_problem():
    worlds = exact(2)
    worlds.state.expectation[:] = 1
    worlds.state.arousal[0] = 0.9, 0.1
    live(worlds, True, 0.6)
    np.testing.assert_allclose(worlds.state.arousal[0], [0.9, 0.6])


# exit, voice, silence


def test_exit_voice_and_silence_follow_a_multinomial_logit():
    """Everybody expected .6 and felt .1 for a failure of severity .9; a rival is worth 3·.55, and L = .3, R̂ = .5."""
    worlds = exact(PEOPLE, levers=({}, {}), exit_intercept=-0.5)
    state = worlds.state
    state.customer_of[:] = 0
    state.expectation[0], state.expectation[1] = 0.6, 0.55
    state.loyalty[:], state.responsiveness[:] = 0.3, 0.5
    live(worlds, True, 0.9)
    felt = 0.1
    own, rival = 3 * (0.6 + 0.2 * (felt - 0.6)), 3 * 0.55
    leave = -0.5 + (max(rival, 0) - own) - 2 * 0.3
    speak = -3.95 + 4.75 * 0.9 + 1.5 * (0.5 - 0.3) + 0.5 * 0.3
    expected = softmax([leave, speak, 0])
    table = worlds.messages.columns()
    assert (table["kind"] == Kind.COMPLAINT).all()
    assert within((state.customer_of == 2).mean(), expected[0], PEOPLE)
    assert within(table["id"].size / PEOPLE, expected[1], PEOPLE)
    assert worlds.flows.lost[0] == (state.customer_of == 2).sum()
    np.testing.assert_allclose(table["severity"], 0.9)
    assert not (state.customer_of[0, table["author"]] == 2).any(), "nobody leaves and speaks at once"


@pytest.mark.parametrize(("surprise", "fan", "factor"), [(0.0, False, 1), (0.4, False, 1), (0.0, True, 3)])
def test_praise_follows_a_logit_of_the_surprise(surprise, fan, factor):
    worlds = exact(PEOPLE, praise_intercept=-2.0)
    worlds.state.expectation[:] = 1 - surprise
    worlds.state.loyalty[:] = worlds.state.attitude[:] = 0.9 if fan else 0.0
    live(worlds)
    table = worlds.messages.columns()
    assert (table["kind"] == Kind.PRAISE).all()
    assert within(table["id"].size / PEOPLE, factor * expit(-2 + 4.75 * surprise), PEOPLE)


def test_voices_go_to_the_page_by_trust_within_a_day():
    worlds = exact(PEOPLE, voice_intercept=5)
    worlds.state.trust[:] = 0.7
    worlds.state.expectation[:] = 1
    live(worlds, True, 1.0)
    table = worlds.messages.columns()
    assert table["id"].size > 3000
    assert within((table["channel"] == Channel.PAGE).mean(), 0.7, table["id"].size)
    assert kstest((table["born"] - 24) / 24, "uniform").pvalue > 0.001


# slow stocks


@pytest.mark.parametrize(("satisfaction", "trust", "attitude"), [(0, 0.5, 0), (0.8, 0.9, 0.5), (-1, 0.1, -0.7)])
def test_loyalty_settles_where_the_logistic_says(satisfaction, trust, attitude):
    worlds = make(isolates(2))
    state = worlds.state
    state.satisfaction[:], state.trust[:], state.attitude[:] = satisfaction, trust, attitude
    state.loyalty[0] = 0, 1
    for _ in range(800):
        become_loyal(worlds)
    fixed = 1 / (1 + exp(-(1.5 * satisfaction + 1.5 * (2 * trust - 1) + attitude)))
    np.testing.assert_allclose(state.loyalty[0], fixed, atol=1e-5)


def test_loyalty_covers_half_the_way_in_thirty_days():
    worlds = make(isolates(1))
    worlds.state.loyalty[:] = 0.9
    for _ in range(30):
        become_loyal(worlds)
    assert worlds.state.loyalty[0, 0] == pytest.approx(0.7, abs=1e-5)


@pytest.mark.parametrize(
    ("column", "start", "rest", "days"), [("adstock", 8.0, 0.0, 14), ("trust", 0.9, 0.5, 90), ("arousal", 0.8, 0.0, 1)]
)
def test_what_is_not_renewed_halves_in_its_half_life(column, start, rest, days):
    worlds = make(isolates(1))
    getattr(worlds.state, column)[:] = start
    for periods in (1, 2):
        for _ in range(days):
            forget(worlds)
        assert getattr(worlds.state, column)[0, 0] == pytest.approx(rest + (start - rest) / 2**periods, abs=1e-5)


def test_a_week_of_ads_is_forgotten_after_seven_days():
    worlds = make(isolates(1))
    left = []
    for day in range(14):
        worlds.step = 24 * day
        worlds.state.ads_this_week += np.uint16(1)
        forget(worlds)
        left.append(int(worlds.state.ads_this_week[0, 0]))
    assert left == [1, 2, 3, 4, 5, 6, 0] * 2


# attitudes


@pytest.mark.parametrize(
    ("by_company", "valence", "before", "trust", "after"),
    [
        # A peer is believed; a negative weighs ν_w = 2 times: .1·1·2·(−.8 − .2) = −.2
        (False, -0.8, 0.2, 0.3, 0.0),
        (False, 0.8, 0.2, 0.3, 0.26),
        # A company is believed as far as it is trusted: .1·.3·(.8 − .2) = .018
        (True, 0.8, 0.2, 0.3, 0.218),
        # Opinions farther away than ε = 1.2 do not count.
        (False, -0.8, 0.5, 0.3, 0.5),
        (False, 0.9, -0.2, 0.3, -0.09),
        (True, 0.5, -0.8, 1.0, -0.8),
    ],
)
def test_what_is_read_moves_attitudes(by_company, valence, before, trust, after):
    """O += .1·cred·ν_w·(s − O) if |s − O| ≤ ε."""
    worlds = make(isolates(2), negativity=2.0, confidence_bound=1.2)
    worlds.state.attitude[:], worlds.state.trust[:] = before, trust
    kind = Kind.CAMPAIGN if by_company else Kind.COMPLAINT if valence < 0 else Kind.PRAISE
    read(worlds, items(worlds, write(worlds, kind, -1 if by_company else 0, valence=valence), 1))
    assert worlds.state.attitude[0, 1] == pytest.approx(after, abs=1e-6)
    assert worlds.state.attitude[0, 0] == pytest.approx(before)


def test_arousing_posts_draw_readers_up_towards_themselves():
    """g += .3·(g of the post − g), and never down; nothing favourable excites."""
    for valence, arousal, after in [(-0.5, 0.9, 0.2 + 0.3 * 0.7), (-0.5, 0.1, 0.2), (0.5, 0.9, 0.2)]:
        worlds = make(isolates(2))
        worlds.state.arousal[:] = 0.2
        read(worlds, items(worlds, write(worlds, Kind.COMPLAINT, 0, valence=valence, arousal=arousal), 1))
        assert worlds.state.arousal[0, 1] == pytest.approx(after)
