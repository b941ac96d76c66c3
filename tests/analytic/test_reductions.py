"""The whole model with all but one mechanism switched off is a textbook model; and what is a little off is noticed."""

from __future__ import annotations

import pytest

from influence_sim.core import propagation
from influence_sim.core.parameters import ORIGINS
from influence_sim.verification import reductions, theory
from influence_sim.verification.findings import Size
from influence_sim.verification.reductions import companies, market, opinions, spreading
from influence_sim.verification.reductions.worlds import OFF, begin

NAMES = [check.name for check in reductions.CHECKS]


def failures(findings):
    return [finding for finding in findings if finding.is_failure]


@pytest.mark.parametrize("check", reductions.CHECKS, ids=NAMES)
def test_the_model_reduces_to_the_textbook_in_small_populations(check):
    assert failures(check.run(Size.SMALL)) == []


@pytest.mark.study
@pytest.mark.parametrize("check", reductions.CHECKS, ids=NAMES)
def test_the_model_reduces_to_the_textbook_at_the_sizes_of_the_list(check):
    assert failures(check.run(Size.FULL)) == []


def test_off_is_what_the_reference_says():
    assert {name: OFF[name] for name, origin in ORIGINS.items() if origin.neutral is not None} == {
        name: origin.neutral for name, origin in ORIGINS.items() if origin.neutral is not None
    }
    assert set(OFF) - {name for name, origin in ORIGINS.items() if origin.neutral is not None} == {
        "exit_intercept",
        "voice_intercept",
        "praise_intercept",
    }


def test_with_everything_off_nothing_is_said_and_nobody_is_moved():
    engine = begin({}, replicates=2, network={"consumers": 200, "mean_degree": 6.0})
    engine.run_days(60)
    worlds = engine.worlds
    assert len(worlds.messages) == 0
    for name, initial in (("attitude", 0), ("trust", 0.5), ("satisfaction", 0), ("loyalty", 0.5), ("arousal", 0)):
        assert (getattr(worlds.state, name) == initial).all(), name


# what is wrong is noticed


def multiplied(monkeypatch, factor):
    p = propagation.sharing_probability
    monkeypatch.setattr(propagation, "sharing_probability", lambda worlds: factor * p(worlds))


def test_a_sharing_probability_5_percent_too_high_is_noticed(monkeypatch):
    multiplied(monkeypatch, 1.05)
    assert failures(spreading.outbreaks(Size.SMALL))


@pytest.mark.parametrize("check", [spreading.small_cascades, spreading.same_cascades])
def test_a_missing_factor_is_noticed(monkeypatch, check):
    """As if p₀ were not divided by the share of reactions that come within the limit."""
    multiplied(monkeypatch, float(theory.reaction_share(24)))
    assert failures(check(Size.SMALL))


@pytest.mark.parametrize(
    ("check", "constant", "value"),
    [
        # One neighbour in five is not enough.
        (spreading.sharing_threshold, "contagion_threshold", 0.21),
        # Who spoke two days ago is forgotten.
        (spreading.boycotts, "boycott_memory", 1.0),
        (opinions.opinions, "peer_rate", 0.95),
        (opinions.opinions, "peer_weight", 0.95),
        # A complaint weighs 5 % more.
        (opinions.bounded_confidence, "negativity", 1.05),
        (opinions.bounded_confidence, "confidence_bound", 0.95),
        (market.choices, "choice_expectation", 2.6),
        (market.purchases, "need_shape", 1.0),
        # The bonus is too small to hold all customers, then leavers come back.
        (market.purchases_until_exit, "choice_loyalty", 5.0),
        (market.purchases_until_exit, "choice_attitude", 3.0),
        # What was read on other days still counts.
        (market.adoption, "peer_rate", 0.0),
        (companies.queue, "voice_intercept", 2.0),
        (companies.listening, "opinion_noise", 1.05),
    ],
)
def test_a_constant_that_is_not_as_it_should_be_is_noticed(monkeypatch, check, constant, value):
    monkeypatch.setattr(f"{check.__module__}.begin", lambda on, **values: begin({**on, constant: value}, **values))
    assert failures(check(Size.SMALL))


def test_staff_a_fifth_too_fast_is_noticed(monkeypatch):
    sojourn = theory.mean_sojourn
    monkeypatch.setattr(theory, "mean_sojourn", lambda arrivals, pace, desks=1: sojourn(arrivals, 1.2 * pace, desks))
    assert failures(companies.queue(Size.SMALL))
