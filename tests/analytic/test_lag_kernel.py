"""Reaction times follow the memory kernel of Zhao et al. 2015 (SEISMIC): flat for five minutes, then t^−1.2315."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest
from worlds import make, star, waiting_in, write

from influence_sim.core.engine import Engine
from influence_sim.core.graph import Graph
from influence_sim.core.messages import Kind
from influence_sim.core.parameters import ORIGINS, Parameters
from influence_sim.core.propagation import lag, lag_cdf, transmit

DEFAULT = Parameters()
HOUR = 3600
few = settings(derandomize=True, deadline=None, max_examples=300)


def density(seconds):
    """The published density, as in the paper: 6.27e−4 per second to 300 s, then a power law."""
    return 6.27e-4 * np.minimum(1, (seconds / 300) ** -1.2315)


def published(hours):
    """The distribution function by quadrature of the density, over its total mass of 1.0006."""
    total = 6.27e-4 * 300 * (1 + 1 / 0.2315)
    return quad(density, 1e-9, hours * HOUR, points=[300], limit=500)[0] / total


@pytest.mark.parametrize("hours", [0.01, 0.08, 0.1, 0.5, 1, 6, 24, 100, 14 * 24])
def test_the_distribution_is_the_integral_of_the_published_density(hours):
    assert lag_cdf(DEFAULT, hours) == pytest.approx(published(hours), abs=1e-7)


def test_the_density_at_once_is_the_published_one():
    assert lag_cdf(DEFAULT, 1 / HOUR) == pytest.approx(6.27e-4, abs=5e-7)


@given(st.floats(0, 1, exclude_max=True))
@few
def test_the_inverse_is_the_inverse(u):
    assert lag_cdf(DEFAULT, lag(DEFAULT, u)) == pytest.approx(u, abs=1e-9)


@given(st.floats(0, 1000))
@few
def test_the_inverse_undoes_the_distribution(hours):
    assert lag(DEFAULT, lag_cdf(DEFAULT, hours)) == pytest.approx(hours, rel=1e-6, abs=1e-12)


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
@few
def test_a_larger_draw_reacts_later(u, v):
    if u < v:
        assert lag(DEFAULT, u) <= lag(DEFAULT, v)


def test_nobody_reacts_before_the_post_and_all_react_at_last():
    np.testing.assert_array_equal(lag_cdf(DEFAULT, [-1.0, 0.0]), 0)
    assert lag_cdf(DEFAULT, 1e30) == pytest.approx(1)
    assert lag(DEFAULT, 0) == 0
    assert np.isfinite(lag(DEFAULT, 1 - 2.0**-53))


KERNEL = [name for name in ORIGINS if name.startswith("lag_") and name != "lag_limit"]
CORNERS = [{}, *({name: end} for name in KERNEL for end in (ORIGINS[name].low, ORIGINS[name].high))]


@pytest.mark.parametrize("constants", CORNERS, ids=str)
def test_the_kernel_is_a_distribution_whatever_its_constants(constants):
    """Between 0 and 1, never falling, and inverted by the draws: constants that may be swept must allow it."""
    p = Parameters.of(constants)
    hours = np.concatenate([[0], np.geomspace(1e-6, 14 * 24, 4000)])
    values = lag_cdf(p, hours)
    assert values.min() >= 0
    assert values.max() <= 1
    assert np.diff(values).min() >= 0
    u = np.linspace(0, 0.999, 1000)
    reachable = np.isfinite(lag(p, u))
    np.testing.assert_allclose(lag_cdf(p, lag(p, u[reachable])), u[reachable], atol=1e-9)
    assert (np.diff(reachable.astype(int)) <= 0).all(), "only the last to react may never do"


def truncated(limit_hours):
    """The distribution of reaction times given that they lie within a limit."""
    grid = np.geomspace(1e-5, limit_hours, 2000)
    values = np.array([published(hours) for hours in grid]) / published(limit_hours)
    return lambda hours: np.interp(hours, np.r_[0, grid], np.r_[0, values])


@pytest.mark.parametrize("limit_days", [1.0, 14.0])
def test_exposures_fall_due_after_reaction_times_of_the_kernel(limit_days):
    """A thousand followers see a post at 7.25 h."""
    people = 1500
    worlds = make(star(people), lag_limit=limit_days)
    number = write(worlds, Kind.COMPLAINT, 0, born=np.array([7.25]), valence=-0.5)
    transmit(worlds, number, 1.0, np.array([7.25]))
    due, _, reader = waiting_in(worlds.exposures, int(limit_days * 24) + 8)
    assert np.unique(reader).size == reader.size
    delay = due - 7.25
    assert delay.max() <= limit_days * 24
    within = published(limit_days * 24)
    assert abs(reader.size / people - within) <= 4 * (within * (1 - within) / people) ** 0.5
    assert kstest(delay, truncated(limit_days * 24)).pvalue > 0.001


def test_delays_between_posts_and_shares_of_a_run_match_the_kernel():
    """In a running world of separate stars: only followers of the author can share, and they have it from one side."""
    stars, size = 60, 60
    hub = np.arange(stars) * size
    leaves = np.setdiff1d(np.arange(stars * size), hub)
    centre = leaves // size * size
    graph = Graph.from_arcs(np.r_[centre, leaves], np.r_[leaves, centre], stars * size)
    worlds = make(graph, visibility=1.0, base_reproduction=1, arousal_sharing=10, attention=1e9, lag_limit=2)
    posts = write(worlds, Kind.COMPLAINT, hub, valence=-0.5, arousal=1.0, born=np.full(stars, 0.5))
    worlds.voices.put(0, worlds.messages.born[posts], posts.astype(np.int32))
    Engine(worlds).run_days(3)
    table = worlds.messages.columns()
    share = (table["kind"] == Kind.SHARE) & np.isin(table["root"], posts)
    delay = table["born"][share] - 0.5
    assert delay.size > 1000
    assert kstest(delay, truncated(48)).pvalue > 0.001
