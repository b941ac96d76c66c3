"""At its neutral value a constant's mechanism is off, exactly: what it would cause does not happen.

Each row of the tables (``neutral_*.py`` beside this file) measures a consequence of one mechanism, as a number that is
0 if there is none. The number is taken from what happens (who shares, who complains, what a mind holds afterwards), so
that it must be exactly 0 at the neutral value and something else at another value.
"""

from __future__ import annotations

import neutral_conduct
import neutral_levers
import neutral_market
import neutral_words
import numpy as np
import pytest
from neutral_table import LEVER_ROWS, PARAMETERS
from worlds import differences, make, random_graph

from influence_sim.core.engine import Engine
from influence_sim.core.levers import LEVERS
from influence_sim.core.parameters import ORIGINS

THEMES = neutral_market, neutral_words, neutral_conduct, neutral_levers

NOT_MECHANISMS = {
    "lead_time": "a duration: nothing is released where nothing is improved",
    "survey_latency": "a duration: no result is waited for where no survey is made",
    "deletion_delay": "a duration: nothing is waited for where nothing is deleted",
    "spam_caught": "a quality of the filter, which matters only where cases are answered",
    "spam_false_alarms": "a quality of the filter, which matters only where cases are answered",
}
"""Levers that have no neutral value of their own: they do nothing until another lever is pulled, as is tested."""


def test_the_table_leaves_out_no_constant():
    assert set(PARAMETERS) == {name for name, origin in ORIGINS.items() if origin.neutral is not None}


def test_the_table_leaves_out_no_lever():
    assert set(LEVER_ROWS) | set(NOT_MECHANISMS) == set(LEVERS)
    assert not set(LEVER_ROWS) & set(NOT_MECHANISMS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_constant_at_its_neutral_value_switches_its_mechanism_off(name):
    assert PARAMETERS[name].consequence(**{name: ORIGINS[name].neutral}) == 0


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_consequence_of_a_constant_is_there_at_another_value(name):
    assert PARAMETERS[name].consequence(**{name: PARAMETERS[name].other}) != 0


@pytest.mark.parametrize("name", LEVER_ROWS)
def test_a_lever_at_its_neutral_value_does_nothing(name):
    assert LEVER_ROWS[name].consequence(**{name: LEVERS[name].neutral}) == 0


@pytest.mark.parametrize("name", LEVER_ROWS)
def test_the_consequence_of_a_lever_is_there_at_another_value(name):
    assert LEVER_ROWS[name].consequence(**{name: LEVER_ROWS[name].other}) != 0


def a_few_days(levers):
    """A lively world of one company with some levers, after a few days."""
    settings = {"need_interval": 2, "failure_rate": 0.5, "voice_intercept": 0, "case_lifetime": 24, "spam_rate": 5}
    worlds = make(random_graph(100, 6), levers=(levers,), improvement_period=1, **settings)
    Engine(worlds).run_days(6)
    return worlds


@pytest.mark.parametrize("name", NOT_MECHANISMS)
def test_a_lever_that_is_no_mechanism_does_nothing_by_itself(name):
    lever = LEVERS[name]
    plain = a_few_days({})
    assert len(plain.messages) > 100
    for value in (lever.low, lever.high):
        other = a_few_days({name: value})
        assert differences(plain.state, other.state) == []
        np.testing.assert_array_equal(plain.messages.columns()["id"], other.messages.columns()["id"])


ENABLERS = {
    "lead_time": {"listening": 1.0, "action_share": 1.0, "improvement_capacity": 0.5},
    "survey_latency": {"survey_period": 2.0, "survey_size": 500.0},
    "deletion_delay": {"deletion_rate": 0.5},
    "spam_caught": {"reply_capacity": 10.0},
    "spam_false_alarms": {"reply_capacity": 10.0},
}


@pytest.mark.parametrize("name", NOT_MECHANISMS)
def test_and_matters_where_the_other_lever_is_pulled(name):
    lever = LEVERS[name]
    low, high = (a_few_days({**ENABLERS[name], name: value}) for value in (lever.low, lever.high))
    assert differences(low.state, high.state) != []
