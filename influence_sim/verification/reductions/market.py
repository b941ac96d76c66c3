"""The whole model as random utility, as purchases until exit, and as adoption."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from influence_sim.core.engine import Engine
from influence_sim.verification import theory
from influence_sim.verification.findings import Finding, Size
from influence_sim.verification.reductions.worlds import (
    AT_ONCE,
    Integers,
    begin,
    mean,
    news,
)


def choices(size: Size) -> list[Finding]:
    """Check choices between products whose quality everybody knows: shares of the (mixed) multinomial logit."""
    consumers, worlds, days = (150, 20, 15) if size is Size.SMALL else (2000, 50, 60)
    apart = np.array([0.0, 0.7, 1.2])
    companies = [{"name": f"at {distance:g}", "failure_rate": 0.0, "product": [float(distance)]} for distance in apart]
    value = 3 * np.exp(-(apart**2) / 2)
    found = []
    for spread, name in ((0.0, "logit"), (1.0, "mixed logit")):
        on = {
            "taste_spread": 0.0,
            "expectation_rate": 1.0,
            "choice_expectation": 3.0,
            "brand_taste": spread,
            "need_interval": 1.0,
            "need_shape": 20.0,
        }
        network = {"consumers": consumers, "mean_degree": 4.0}
        # In the burn-in everybody tries everything.
        engine = begin(on, replicates=worlds, companies=companies, network=network, burn_in_days=80)
        engine.run_days(days)
        chosen = engine.worlds.switches.sum(axis=1).astype(float)
        share = chosen / chosen.sum(axis=1, keepdims=True)
        expected = theory.logit_shares(value, spread)
        found += [
            # A few have not tried the worst product yet, of which they expect more than it is.
            mean(
                f"share of product {k}, {name}", float(expected[k]), share[:, k], allowed=0.001, source="McFadden 1974"
            )
            for k in range(3)
        ]
        if not spread:
            ratio = np.log(share[:, 0] / share[:, 1])
            source = "independence of irrelevant alternatives"
            found.append(mean("logarithm of a ratio of shares, ΔU", float(value[0] - value[1]), ratio, source=source))
    return found


def _purchases(engine: Engine, days: int, company: int = 0) -> Integers:
    """Run so many days; return how often everybody bought from a company, shape (worlds, consumers)."""
    worlds = engine.worlds
    worlds.purchases = []
    engine.run_days(days)
    count = np.zeros((worlds.size.worlds, worlds.size.consumers), np.int64)
    for _, world, consumer, chosen in worlds.purchases:
        of_company = chosen == company
        np.add.at(count, (world[of_company], consumer[of_company]), 1)
    return count


def purchases(size: Size) -> list[Finding]:
    """Check purchases of one of two equal companies: negative binomial, but for one need a day at most."""
    consumers, worlds, days = (1000, 12, 120) if size is Size.SMALL else (2000, 50, 360)
    shape, interval, chance = 1.5, 90.0, 1 / 3
    companies = [{"name": name, "failure_rate": 0.0} for name in ("one", "two")]
    on = {"need_shape": shape, "need_interval": interval}
    engine = begin(on, replicates=worlds, companies=companies, network={"consumers": consumers, "mean_degree": 4.0})
    count = _purchases(engine, days)
    by_world, variance = count.mean(axis=1), count.var(axis=1, ddof=1)
    exact = theory.daily_moments(shape, interval, days, chance)
    textbooks = theory.nbd_moments(shape, interval / chance, days)
    # Of needs on the same day all but one are lost: a share E[λ²]/2E[λ] of them.
    lost = (1 + 1 / shape) / interval / 2
    ehrenberg = "Ehrenberg 1959"
    return [
        mean("mean purchases", textbooks[0], by_world, allowed=lost * textbooks[0], source=ehrenberg),
        mean("variance of purchases", textbooks[1], variance, allowed=2 * lost * textbooks[1], source=ehrenberg),
        mean("mean purchases, by the daily clock", exact[0], by_world, source="Binomial(t, (1 − e^−λ)/3)"),
        mean("variance of purchases, by the daily clock", exact[1], variance, source="Binomial(t, (1 − e^−λ)/3)"),
    ]


DROPOUT = 0.24


def purchases_until_exit(size: Size) -> list[Finding]:
    """Check purchases of customers whom a bad product drives out for good: BG/NBD with one constant dropout.

    All dislike the company (an ad too many has seen to that), and only their loyalty and a reward hold those who are
    its customers: they choose it with the odds e^7.5 : 1, and who has left with 1 : e^7.5. A purchase fails with
    probability .4, and of failures .6 are bad enough to leave.
    """
    consumers, worlds, days = (400, 20, 90) if size is Size.SMALL else (2000, 50, 90)
    shape, interval = 3.0, 5.0
    on = {
        "need_shape": shape,
        "need_interval": interval,
        "taste_spread": 0.0,
        "failure_severity": 0.5,
        "tolerance": 0.0,
        "prevention_effect": 1.0,
        "satisfaction_rate": 0.3,
        "loyalty_half_life": 1.0,
        "loyalty_satisfaction": 10.0,
        "choice_attitude": 7.5,
        "choice_loyalty": 10.0,
        "reward_utility": 5.0,
        "wear_out": 1.0,
        "wear_out_from": 0.0,
        "exit_intercept": 5.0,
    }
    careful = {"prevention": 1.0, "reward_value": 1.0}
    engine = begin(
        on,
        replicates=worlds,
        network={"consumers": consumers, "mean_degree": 4.0},
        companies=[{"name": "company", "failure_rate": 0.4, "strategy": "careful"}],
        levers={"careful": careful, "turning": {**careful, "paid_reach": 1.0}},
        # Nobody leaves in the burn-in, in which loyalty forms; on day 0 all are annoyed; then products fail.
        schedule={"turning": [{"day": 1, "levers": {"paid_reach": 0.0, "prevention": 0.0}}]},
        strategy="turning",
        burn_in_days=180,
    )
    engine.run_days(1)
    customers = engine.worlds.state.customer_of == 0
    count = _purchases(engine, days)
    by_world = [bought[there].mean() for bought, there in zip(count, customers, strict=True)]
    most = 400
    shares = theory.purchase_shares_until_exit(most, shape, interval, days, DROPOUT)
    textbooks = theory.purchases_until_exit(shape, interval, days, DROPOUT)
    five = [(bought[there] >= 5).mean() for bought, there in zip(count, customers, strict=True)]
    # Who has left comes back with 1 : e^7.5 at each need, half of them on average being left, and buys 1/p times more.
    back = float(np.exp(-7.5)) * days / interval / 2
    more = back / DROPOUT
    fader = "Fader, Hardie & Lee 2005"
    clock = f"{fader}, by the daily clock"
    found = [
        mean("customers held before products fail", 1.0, customers.mean(axis=1), allowed=0.002, source="nobody left"),
        # Needs on the same day count once, as in purchases().
        mean("mean purchases", textbooks, by_world, allowed=0.02 * textbooks + more, source=fader),
        mean("mean purchases, daily clock", float(shares @ np.arange(most + 1)), by_world, allowed=more, source=clock),
        mean("share who buy five times or more", float(shares[5:].sum()), five, allowed=back, source=clock),
    ]
    if size is Size.FULL:
        # Three in a thousand: too few in small worlds.
        never = [(bought[there] == 0).mean() for bought, there in zip(count, customers, strict=True)]
        less = float(np.exp(-7.5))
        found.append(mean("share who never buy again", float(shares[0]), never, allowed=less, source=clock))
    return found


def adoption(size: Size) -> list[Finding]:
    """Check a company that has lost everybody and is taken up again by word of mouth: Bass, in steps of a day.

    On a complete graph; all distrust the company (u₀ = −5). Whoever has bought keeps buying, and praises a few
    purchases; who reads that on the day of a need chooses with u₁ = 2. What is read is forgotten overnight. So a day
    brings p + q·F of those left, but that first purchases count besides, and nobody hears of it twice a day.
    """
    consumers, worlds, days, interval = (400, 60, 225, 5.0) if size is Size.SMALL else (1000, 50, 650, 10.0)
    praise, readers, shape = 0.0172, 50, 20.0
    utility = (-5.0, 2.0)
    on = {
        **AT_ONCE,
        "visibility": readers / consumers,
        "need_shape": shape,
        "need_interval": interval,
        "taste_spread": 0.0,
        "scandal_trust": 1.0,
        "exit_intercept": 5.0,
        "voice_spread": 1.0,
        "choice_trust": 10.0,
        "choice_attitude": 10.0,
        "choice_loyalty": 10.0,
        "reward_utility": 5.0,
        "satisfaction_rate": 1.0,
        "praise_intercept": float(np.log(praise / (1 - praise))),
        "attitude_rate": 1.0,
        "peer_rate": 1.0,
    }
    engine = begin(
        on,
        replicates=worlds,
        network={"kind": "erdos_renyi", "consumers": consumers, "mean_degree": consumers - 1.0},
        companies=[{"name": "company", "failure_rate": 0.0, "strategy": "rewarding"}],
        levers={"rewarding": {"reward_value": 1.0}},
        incident=news(hit_share=1.0),
    )
    engine.worlds.purchases = []
    engine.run_days(days)
    first = np.full((worlds, consumers), days)
    for day, world, consumer, _ in reversed(engine.worlds.purchases):
        first[world, consumer] = day
    adopted = (first[:, :, None] < np.arange(days + 1)).mean(axis=1)
    contact = readers * praise
    expected = theory.bass_by_need(days, shape, interval, utility, contact)
    need = 1 - float(theory.gamma_rates(shape, interval)[1] @ np.exp(-theory.gamma_rates(shape, interval)[0]))
    p = need * float(expit(utility[0]))
    q = need**2 * float(expit(utility[1]) - expit(utility[0])) * contact
    peak, at_peak = theory.bass_peak(p, q)
    half = int(np.argmax(expected >= 0.5))
    when = (adopted >= at_peak).argmax(axis=1)
    return [
        *(
            mean(
                f"adopters on day {day}",
                float(expected[day]),
                adopted[:, day],
                # Small worlds begin early or late, which makes the mean curve less steep.
                allowed=4 / consumers * float(expected[day]),
                source="Bass 1969, at need",
            )
            for day in (half // 4, half // 2, half, min(2 * half, days))
        ),
        # First purchases count double, and word of mouth saturates: up to a tenth early or late.
        mean(f"days to adoption by {at_peak:.3f}", peak, when, allowed=0.1 * peak, source="Bass 1969: ln(q/p)/(p + q)"),
    ]
