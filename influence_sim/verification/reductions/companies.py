"""The whole model as a queue, and as a filter."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from influence_sim.verification import theory
from influence_sim.verification.findings import Finding, Size
from influence_sim.verification.reductions.worlds import (
    SPEAK_UP,
    begin,
    mean,
    news,
)


def queue(size: Size) -> list[Finding]:
    """Check page complaints and staff, nothing else: M/M/1, or a desk per 1,000 consumers."""
    # A queue under less load settles sooner.
    worlds, days, load = (24, 20, 0.6) if size is Size.SMALL else (50, 150, 0.8)
    shape, interval = 20.0, 8.0
    on = {
        "need_shape": shape,
        "need_interval": interval,
        "taste_spread": 0.0,
        "failure_severity": 0.5,
        "tolerance": 0.0,
        "voice_intercept": 5.0,
        "voice_spread": 24.0,
        "case_lifetime": 8760.0,
    }
    # Half of those in need buy, all products fail, .6 of failures are felt, half of the complaints are on the page.
    need = float(theory.daily_moments(shape, interval, 1)[0])
    rate = 1000 * need / 2 * 0.6 * float(expit(5.0)) / 2 / 24
    pace = rate / load
    found = []
    for desks in (1, 3):
        staff = {"reply_capacity": pace, "spam_false_alarms": 0.0}
        engine = begin(
            on,
            replicates=worlds,
            network={"consumers": 1000 * desks, "mean_degree": 4.0},
            companies=[{"name": "company", "failure_rate": 1.0, "strategy": "answering"}],
            levers={"answering": staff},
            burn_in_days=15,
        )
        engine.run_days(days)
        replies, hours = engine.recorded_days(15).sum(axis=(1, 2)).T
        expected = theory.mean_sojourn(rate * desks, pace, desks)
        name = f"M/M/{desks}"
        # A consumer complains once a day at most, so the arrivals are a little more regular than Poisson.
        source = f"Erlang 1917: {name}"
        found += [
            mean(f"answers per hour, {name}", rate * desks, replies / (24 * days), source=source),
            mean(f"mean sojourn, {name}, hours", expected, hours / replies, allowed=0.02 * expected, source=source),
        ]
    return found


def listening(size: Size) -> list[Finding]:
    """Check a company that listens to five people a day, and one that does not: the scalar Kalman filter."""
    worlds, days, count, drift = (100 if size is Size.SMALL else 300), 120, 5, 0.05
    every = 20
    on = {**SPEAK_UP, "taste_spread": 0.0, "demand_drift": drift, "need_interval": 365.0, "opinion_noise": 1.0}
    engine = begin(
        on,
        replicates=worlds,
        network={"consumers": 10, "mean_degree": 4.0},
        companies=[
            {"name": "listener", "failure_rate": 0.0, "strategy": "listening"},
            {"name": "deaf", "failure_rate": 0.0},
        ],
        levers={"listening": {"listening": 1.0}},
        incident=news(hit=list(range(count)), repeats=days, every_days=1, company="listener"),
    )
    state = engine.worlds.state
    error, heard = [np.zeros(2 * worlds)], []
    for day in range(every, days + 1, every):
        engine.run_days(every)
        error.append(state.estimate[:, 0] - np.repeat(state.demand[:, 0], 2))
        # By then the variance has settled; errors so many days apart have little to do with each other.
        if day > days / 2:
            heard.append(np.square(error[-1][::2]) / state.variance[::2, 0])
    unheard = np.square(np.diff(error, axis=0)[:, 1::2]).sum(axis=0)
    prior = state.variance[:, 0] + drift**2
    expected = theory.kalman_prior(drift, 1.0, count)
    kalman = "Kalman 1960"
    return [
        Finding.exactly("prior variance", expected, float(prior[0]), allowed=1e-9, source=kalman),
        Finding.exactly("spread of prior variances", 0, float(np.ptp(prior[::2])), allowed=1e-12, source=kalman),
        mean("squared error over variance", 1.0, np.mean(heard, axis=0), source=kalman),
        Finding.exactly(
            "variance of who hears nothing",
            engine.worlds.parameters.initial_uncertainty + drift**2 * days,
            float(state.variance[1, 0]),
            allowed=1e-9,
            source="δ²t",
        ),
        mean("squared error that who hears nothing adds", drift**2 * days, unheard, source="δ²t"),
    ]
