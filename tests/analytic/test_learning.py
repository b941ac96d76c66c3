"""Listening is a Kalman filter that knows how wrong it is; improvement is bounded, late and paid for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import kstest
from worlds import isolates, make, write

from influence_sim.core.engine import Engine
from influence_sim.core.learning import improve, learn, listen, release
from influence_sim.core.market import drift
from influence_sim.core.messages import Kind
from influence_sim.core.setting import Costs

LISTENER = {"listening": 1.0}
DRIFT = 0.05


def hear(worlds, posts, seed=0):
    """Let so many different consumers, drawn anew, speak of each attribute to each company, and companies listen."""
    size = worlds.size
    rng = np.random.default_rng((seed, worlds.day))
    author = np.concatenate([rng.choice(size.consumers, posts, replace=False) for _ in range(size.attributes)])
    attribute = np.repeat(np.arange(size.attributes), posts)
    row = np.repeat(np.arange(size.rows), author.size)
    if posts:
        worlds.posted_today.append(
            write(
                worlds,
                Kind.PRAISE,
                np.tile(author, size.rows),
                row=row,
                attribute=np.tile(attribute, size.rows),
                valence=0.5,
            )
        )
    listen(worlds)


def sigma_squared(p):
    """A post tells of its author: noise of what is said, and how far tastes lie apart."""
    return p.opinion_noise**2 + p.taste_spread**2


def test_posts_of_a_day_count_as_if_heard_one_after_the_other():
    """A naive filter takes them one by one, with the opinions that were expressed."""
    worlds = make(isolates(50), levers=(LISTENER,), demand_drift=0, opinion_noise=0.01, taste_spread=2)
    hear(worlds, 12)
    table = worlds.messages.columns()
    # With so little noise an opinion is its author's taste.
    opinions = worlds.state.demand[0, 0] + worlds.state.taste[0, table["author"], 0]
    estimate, variance, noise = 0.0, worlds.parameters.initial_uncertainty, sigma_squared(worlds.parameters)
    for opinion in opinions:
        gain = variance / (variance + noise)
        estimate, variance = estimate + gain * (opinion - estimate), (1 - gain) * variance
    assert worlds.state.variance[0, 0] == pytest.approx(variance)
    assert worlds.state.estimate[0, 0] == pytest.approx(estimate, abs=5 * 0.01 * variance**0.5)


def test_demand_wanders_without_a_direction():
    worlds = make(isolates(2), replicates=400, attributes=3, demand_drift=DRIFT)
    before = worlds.state.demand.copy()
    steps = []
    for _ in range(5):
        drift(worlds)
        steps.append((worlds.state.demand - before).ravel())
        before = worlds.state.demand.copy()
        worlds.step += 24
    steps = np.array(steps)
    assert abs(steps.mean()) <= 3 * DRIFT / steps.size**0.5
    assert abs(np.corrcoef(steps)[np.triu_indices(5, 1)]).max() < 4 / steps.shape[1] ** 0.5


@cache
def trained(posts):
    """Many companies that began with an error of the size they thought it had, and then listened to everybody."""
    worlds = make(isolates(1500), replicates=150, levers=(LISTENER,), attributes=2, demand_drift=DRIFT)
    rng = np.random.default_rng(9)
    worlds.state.estimate[:] = rng.normal(0, worlds.state.variance**0.5)
    errors, variances = [], []
    for day in range(90):
        drift(worlds)
        hear(worlds, posts, seed=1)
        if day % 15 == 14:
            errors.append((worlds.state.estimate - worlds.state.demand).ravel())
            variances.append(worlds.state.variance.ravel().copy())
        worlds.step += 24
    return np.array(errors), np.array(variances)


@pytest.mark.parametrize("posts", [2, 15])
def test_a_listeners_error_is_as_large_as_it_thinks(posts):
    """Mean squared error over own variance is 1 where those who speak are drawn from everybody alike."""
    errors, variances = trained(posts)
    ratio = np.square(errors) / variances
    by_company = ratio.mean(axis=0)
    assert abs(by_company.mean() - 1) <= 3 * by_company.std() / by_company.size**0.5
    standard = (errors / variances**0.5).mean(axis=0)
    assert abs(standard.mean()) <= 3 * standard.std() / standard.size**0.5


def test_who_listens_to_a_part_knows_less():
    """Half of all posts read is half of the precision gained."""
    gained = []
    for share in (0.5, 1.0):
        worlds = make(isolates(500), levers=({"listening": share},), replicates=30, demand_drift=0)
        before = 1 / worlds.state.variance
        hear(worlds, 200)
        gained.append((1 / worlds.state.variance - before).ravel())
    error = gained[0].std() / gained[0].size ** 0.5
    assert abs(gained[0].mean() - gained[1].mean() / 2) <= 3 * error


def test_a_listener_of_a_running_world_is_calibrated_where_anybody_may_speak():
    """Purchases, failures, posts and listening end to end, with products that fit any taste (h = 10).

    Who praises and who complains is then a matter of luck, and what is read a fair sample of what is wanted. Companies
    begin with the error that they think they have.
    """
    worlds = make(
        isolates(1000),
        levers=(LISTENER, LISTENER),
        replicates=40,
        attributes=2,
        demand_drift=DRIFT,
        vocal_bias=0,
        need_interval=5,
        praise_intercept=-2,
        failure_rate=0.3,
        fit_width=10,
    )
    worlds.state.estimate[:] = np.random.default_rng(8).normal(0, worlds.state.variance**0.5)
    Engine(worlds, ("sales",)).run_days(60)
    state = worlds.state
    assert state.variance.max() < worlds.parameters.initial_uncertainty + 0.5 * 60 * DRIFT**2, "nobody listened"
    error = state.estimate - state.demand[worlds.world_of_row]
    ratio = (np.square(error) / state.variance).reshape(worlds.size.worlds, -1).mean(axis=1)
    assert abs(ratio.mean() - 1) <= 3 * ratio.std() / ratio.size**0.5
    assert ratio.std() / ratio.size**0.5 < 0.15


# surveys and questions


SURVEYOR = {"survey_period": 10, "survey_size": 200, "survey_latency": 5}


def surveyed(days, money=1e9, attributes=2, replicates=60, **parameters):
    """Two companies per world, one of which surveys; return the worlds and the variances of each evening."""
    settings = {"demand_drift": DRIFT, "initial_uncertainty": 10, **parameters}
    worlds = make(isolates(2000), levers=(SURVEYOR, {}), replicates=replicates, attributes=attributes, **settings)
    worlds.state.reserve[:] = money
    rng = np.random.default_rng(2)
    worlds.state.estimate[:] = rng.normal(0, settings["initial_uncertainty"] ** 0.5, worlds.state.estimate.shape)
    variances = []
    for _ in range(days):
        drift(worlds)
        learn(worlds)
        variances.append(worlds.state.variance.copy())
        worlds.step += 24
    return worlds, np.array(variances)


def test_a_survey_reports_after_its_latency_as_precisely_as_its_size_and_age_allow():
    """Asked in the evening of day 9, reported in that of day 14: (σ² + σ_θ²)/n, and δ² for each day since."""
    worlds, variances = surveyed(16)
    count = worlds.flows.surveyed[::2]
    share = 0.3 * 200 / 1000
    assert abs(count.mean() - 2000 * share) <= 3 * (2000 * share * (1 - share) / 60) ** 0.5
    assert not worlds.flows.surveyed[1::2].any()
    unheard = 10 + DRIFT**2 * np.arange(1, 17)
    np.testing.assert_allclose(variances[:, 1::2], np.broadcast_to(unheard[:, None, None], (16, 60, 2)))
    np.testing.assert_allclose(variances[:14, ::2], variances[:14, 1::2])
    error = (0.4**2 + worlds.parameters.taste_spread**2) / count + 5 * DRIFT**2
    expected = 1 / (1 / unheard[14] + 1 / error)
    np.testing.assert_allclose(variances[14, ::2], np.stack([expected, expected], axis=1))
    np.testing.assert_allclose(variances[15, ::2], variances[14, ::2] + DRIFT**2)


def test_a_surveys_squared_error_is_as_large_as_its_variance():
    """For who knew next to nothing before; taste, vagueness and the time passed are all in it."""
    for step in (DRIFT, 0.0):
        worlds, variances = surveyed(15, attributes=8, replicates=100, demand_drift=step)
        error = (worlds.state.estimate - worlds.state.demand[worlds.world_of_row])[::2]
        ratio = np.square(error) / variances[14, ::2]
        assert abs(ratio.mean() - 1) <= 3 * (2 / ratio.size) ** 0.5


def test_half_the_money_asks_half_the_people():
    rich, _ = surveyed(10)
    price = 3 * 2000 * 0.3 * 0.2
    assert rich.flows.spend[::2] == pytest.approx(price)
    poor, _ = surveyed(10, money=price / 2)
    count = poor.flows.surveyed[::2]
    assert poor.flows.spend[::2] == pytest.approx(price / 2)
    assert abs(count.mean() - 60) <= 3 * (60 * 0.97 / count.size) ** 0.5


def test_surveys_ask_the_silent_too():
    """However much taste has to do with speaking up, the surveyed are a fair sample."""
    worlds, _ = surveyed(15, demand_drift=0, vocal_bias=0.6)
    error = (worlds.state.estimate - worlds.state.demand[worlds.world_of_row])[::2]
    assert abs(error.mean()) <= 3 * error.std() / error.size**0.5


@pytest.mark.parametrize(("specificity", "vagueness"), [(0.0, 1.0), (0.5, 0.7), (1.0, 0.4)])
def test_answers_to_specific_questions_are_less_vague(specificity, vagueness):
    """An answer is what its author wants, and σ_y from 1 to .4, and the company knows by how much it errs."""
    levers = {"listening": 1.0, "ask_specificity": specificity, "action_share": 1.0, "improvement_capacity": 1.0}
    settings = {"demand_drift": 0, "taste_spread": 0, "initial_uncertainty": 1}
    worlds = make(isolates(2), levers=(levers,), replicates=2000, **settings)
    rows = np.arange(worlds.size.rows)
    question = write(worlds, Kind.QUESTION, np.full(rows.size, -1), row=rows)
    answer = write(worlds, Kind.ANSWER, np.zeros(rows.size, int), row=rows, root=question, parent=question)
    worlds.posted_today.append(answer)
    listen(worlds)
    np.testing.assert_allclose(worlds.state.variance, vagueness**2 / (1 + vagueness**2))
    said = worlds.state.estimate.ravel() * (1 + vagueness**2)
    assert kstest(said / vagueness, "norm").pvalue > 0.001


@pytest.mark.parametrize("count", [1, 20])
def test_the_steady_state_of_a_company_that_asks_specifically(count):
    """P = (δ² + √(δ⁴ + 4·δ²·σ²/n))/2 with σ² = .4² + σ_θ² and n answers a day."""
    worlds = make(isolates(60), levers=({"listening": 1.0, "ask_specificity": 1.0},), demand_drift=DRIFT)
    for _ in range(400):
        question = write(worlds, Kind.QUESTION, -1)
        worlds.posted_today.append(write(worlds, Kind.ANSWER, np.arange(count), root=question, parent=question))
        listen(worlds)
        worlds.step += 24
    noise = (0.4**2 + worlds.parameters.taste_spread**2) / count
    expected = (DRIFT**2 + (DRIFT**4 + 4 * DRIFT**2 * noise) ** 0.5) / 2
    np.testing.assert_allclose(worlds.state.variance + DRIFT**2, expected, rtol=1e-9)


def test_who_repeats_rebuts_or_tells_of_a_scandal_teaches_nothing_new():
    """Only first-hand experience informs: posts that refer to others, exposés and calls for a boycott do not."""
    worlds = make(isolates(10), levers=(LISTENER,), demand_drift=0)
    before = worlds.state.variance.copy()
    first = write(worlds, Kind.COMPLAINT, 0, valence=-0.5)
    for kind, columns in ((Kind.COMPLAINT, {"parent": first}), (Kind.PRAISE, {"parent": first}), (Kind.EXPOSE, {}),
                          (Kind.BOYCOTT, {}), (Kind.FAKE, {})):  # fmt: skip
        worlds.posted_today.append(write(worlds, kind, 1, **columns))
    listen(worlds)
    np.testing.assert_array_equal(worlds.state.variance, before)
    worlds.posted_today.append(first)
    listen(worlds)
    assert (worlds.state.variance < before).all()


# improvement


def improver(action_share=1.0, capacity=0.3, lead_time=7.0, reserve=1e9, attributes=2, **parameters):
    levers = {
        "listening": 1.0,
        "action_share": action_share,
        "improvement_capacity": capacity,
        "lead_time": lead_time,
    }
    worlds = make(isolates(1000), levers=(levers,), attributes=attributes, improvement_period=10, **parameters)
    worlds.state.reserve[:] = reserve
    return worlds


def test_an_improvement_is_bounded_late_and_paid_for():
    """q += clip(α(m − q), ±u): decided at the end of day 9, in the shops at the end of day 16, paid when decided."""
    worlds = improver(action_share=0.5)
    worlds.state.estimate[:] = [[0.4, -5.0]]
    costs, money = worlds.setting.costs.improvement, []
    path = []
    for _ in range(18):
        learn(worlds)
        path.append(worlds.state.product[0].copy())
        money.append((worlds.state.reserve[0], worlds.flows.spend[0]))
        worlds.step += 24
    path = np.array(path)
    assert (path[:16] == 0).all()
    np.testing.assert_allclose(path[16:], [[0.2, -0.3]] * 2)
    price = costs * 0.5
    assert money[8] == (1e9, 0)
    assert money[9:] == [(1e9 - price, price)] * 9


def test_improvements_follow_a_naive_company_for_a_year():
    """Estimates that wander; a company written as a loop over days, attributes and promises."""
    rng = np.random.default_rng(3)
    worlds = improver(action_share=0.7, capacity=0.2, lead_time=25)
    product, promises, spent = np.zeros(2), [], 0.0
    for day in range(365):
        worlds.state.estimate += rng.normal(0, 0.1, (1, 2))
        release(worlds)
        if (day + 1) % 10 == 0:
            improve(worlds)
        for due, change in promises:
            if due == day:
                product = product + change
        promises = [(due, change) for due, change in promises if due > day]
        if (day + 1) % 10 == 0:
            target = worlds.state.estimate[0] - product - sum((change for _, change in promises), np.zeros(2))
            change = np.array([min(max(0.7 * x, -0.2), 0.2) for x in target])
            promises.append((day + 25, change))
            spent += worlds.setting.costs.improvement * sum(abs(change))
        np.testing.assert_allclose(worlds.state.product[0], product, atol=1e-12)
        assert worlds.flows.spend[0] == pytest.approx(spent)
        worlds.step += 24
    assert np.abs(product).max() > 0.3
    assert worlds.state.reserve[0] == pytest.approx(1e9 - spent)


@pytest.mark.parametrize("lead_time", [1.0, 2.4, 30.0])
def test_each_company_releases_after_its_own_lead_time(lead_time):
    base = {"listening": 1.0, "action_share": 1.0, "improvement_capacity": 0.3}
    levers = {**base, "lead_time": lead_time}, {**base, "lead_time": 9.0}
    worlds = make(isolates(100), levers=levers, improvement_period=50)
    worlds.state.estimate[:], worlds.state.reserve[:] = 1, 1e9
    first = {}
    for day in range(50, 90):
        worlds.step = 24 * (day - 1)
        learn(worlds)
        for company in np.flatnonzero(worlds.state.product[:, 0]):
            first.setdefault(int(company), day - 50)
    assert first == {0: round(lead_time), 1: 9}


def test_who_cannot_pay_improves_as_far_as_the_money_goes():
    worlds = improver(reserve=0.0)
    worlds.state.estimate[:] = 1
    price = worlds.setting.costs.improvement * 0.6
    worlds.state.reserve[:] = price / 4
    improve(worlds)
    worlds.step += 24 * 7
    release(worlds)
    np.testing.assert_allclose(worlds.state.product, 0.3 / 4)
    assert worlds.state.reserve[0] == pytest.approx(0)
    assert worlds.flows.spend[0] == pytest.approx(price / 4)


def test_what_costs_nothing_can_be_done_without_money():
    worlds = improver(reserve=0.0, costs=Costs(improvement=0.0))
    worlds.state.estimate[:] = 1
    improve(worlds)
    worlds.step += 24 * 7
    release(worlds)
    np.testing.assert_allclose(worlds.state.product, 0.3)


def test_a_rich_company_improves_like_any_other():
    """Nothing is to be changed, so nothing is to be paid, out of a reserve however large."""
    worlds = improver(reserve=1e12)
    improve(worlds)
    assert worlds.state.reserve[0] == 1e12


@pytest.mark.parametrize("reserve", [0.0, -1e-13])
def test_without_money_nothing_is_improved_and_nothing_breaks(reserve):
    """A budget spent to the last penny may leave a rounding error less than nothing."""
    worlds = improver(reserve=reserve)
    worlds.state.estimate[:] = 1
    neighbour = make(isolates(1000), levers=({}, {"action_share": 1, "improvement_capacity": 1, "lead_time": 7}))
    neighbour.state.estimate[1], neighbour.state.reserve[:] = 1, (reserve, 1e9)
    for one in (worlds, neighbour):
        improve(one)
        one.step += 24 * 7
        release(one)
    np.testing.assert_allclose(worlds.state.product, 0, atol=1e-12)
    np.testing.assert_allclose(neighbour.state.product, [[0], [1]], atol=1e-12)
    assert worlds.flows.spend[0] == pytest.approx(0, abs=1e-12)
    assert neighbour.flows.spend[0] == 0


@pytest.mark.parametrize("money", [1.0, 0.25])
def test_failures_fall_with_the_reports_that_were_read(money):
    """By the share α·u·n/(n + n½) of what is left, n per 1,000 consumers, at the price of a product moved as far.

    Then counting begins anew. A fourth of the money brings a fourth of both.
    """
    worlds = improver(action_share=0.5, capacity=0.4, failure_rate=0.2)
    worlds.state.estimate[:] = worlds.state.product + 1
    worlds.state.failures_heard[:] = 15
    fixed, price = 0.5 * 0.4 * 15 / 20, worlds.setting.costs.improvement
    worlds.state.reserve[:] = price * (2 * 0.4 + fixed) * money
    improve(worlds)
    assert worlds.state.failures_heard[0] == 0
    assert worlds.flows.spend[0] == pytest.approx(price * (2 * 0.4 + fixed) * money)
    worlds.step += 24 * 7
    release(worlds)
    assert worlds.state.failure_rate[0] == pytest.approx(0.2 * (1 - fixed * money))
    np.testing.assert_allclose(worlds.state.product, 0.4 * money)


def test_reports_of_failures_are_counted_as_they_are_read():
    worlds = make(isolates(100), levers=(LISTENER, {}))
    for row in (0, 1):
        posts = write(worlds, Kind.COMPLAINT, np.arange(10), row=row, failure=np.arange(10) < 7, valence=-0.5)
        worlds.posted_today.append(posts)
    worlds.posted_today.append(write(worlds, Kind.PRAISE, np.arange(10), failure=True, valence=0.5))
    listen(worlds)
    assert worlds.state.failures_heard.tolist() == [7, 0]
