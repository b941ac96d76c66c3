"""With the rest switched off, sharing is the independent cascade of the textbooks (see also test_reductions.py).

A follower sees a copy (visibility v), in time (F), and passes it on (p₀): one independent coin per arc. Everybody's
attention is unlimited, nobody is worked up, nobody answers, and a step is a day long, so that a cascade is over soon.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from worlds import items, make, write

from influence_sim.core.graph import Graph
from influence_sim.core.messages import Kind
from influence_sim.core.propagation import deliver, lag_cdf, rest, share, sharing_probability, transmit
from influence_sim.networks import erdos_renyi, heavy_tailed, small_world

CALM = {
    "attention": 1e9,
    "arousal_sharing": 0.0,
    "inciter_share": 0.0,
    "visibility": 0.5,
    "lag_limit": 1.0,
}


def cascading(graph, replicates=1, **parameters):
    return make(graph, replicates=replicates, step_hours=24, **{**CALM, **parameters})


def cascades(worlds, authors, arousal=0.0):
    """Post one message per author in each world and let all spread until nobody reads; return the posts' numbers."""
    row = np.repeat(np.arange(worlds.size.rows), len(authors))
    posts = write(worlds, Kind.COMPLAINT, np.tile(authors, worlds.size.rows), row=row, valence=-0.5, arousal=arousal)
    worlds.first_times("share", posts, worlds.messages.author[posts])
    transmit(worlds, posts, worlds.parameters.visibility, np.zeros(posts.size))
    while len(worlds.exposures):
        while (found := deliver(worlds)) is not None:
            share(worlds, found[0])
        rest(worlds)
        worlds.step += 1
    return posts


def sizes_of(worlds, posts):
    """Authors and sharers per post."""
    root = worlds.messages.root[: len(worlds.messages)]
    return np.bincount(root, minlength=len(worlds.messages))[posts]


# subcritical: the Borel distribution


@cache
def small_cascades():
    graph = erdos_renyi(4000, 10, 1)
    worlds = cascading(graph, replicates=4, base_reproduction=0.5)
    return sizes_of(worlds, cascades(worlds, np.arange(4000)))


def borel(n, mu):
    from scipy.special import gammaln

    return np.exp(-mu * n + (n - 1) * np.log(mu * n) - gammaln(n + 1))


def test_the_whole_distribution_of_small_cascades_is_borel():
    sizes = small_cascades()
    observed = np.bincount(np.minimum(sizes, 9), minlength=10)[1:]
    expected = borel(np.arange(1, 9), 0.5)
    assert chisquare(observed, sizes.size * np.r_[expected, 1 - expected.sum()]).pvalue > 0.001


# the constant R_base means what it says


GRAPHS = {
    "heavy-tailed": lambda: heavy_tailed(2500, 10, 1),
    "heavy-tailed, the followed follow many": lambda: heavy_tailed(2500, 10, 1, dependence=0.5),
    "Erdős–Rényi": lambda: erdos_renyi(2500, 10, 1),
}


def offspring(graph, **parameters):
    """Children of those who shared a post, and how many had shared: mean and standard error, by cascade."""
    worlds = cascading(graph, replicates=30, **{"base_reproduction": 0.2, **parameters})
    posts = cascades(worlds, np.arange(graph.nodes), arousal=parameters.get("arousal_sharing", 0) and 1.0)
    table = worlds.messages.columns()
    shared = table["depth"] > 0
    parents = np.bincount(table["root"][shared], minlength=table["root"].size)[posts]
    children = np.bincount(table["root"][shared], table["children"][shared], minlength=table["root"].size)[posts]
    ratio = children.sum() / parents.sum()
    return ratio, np.square(children - ratio * parents).sum() ** 0.5 / parents.sum()


@pytest.mark.parametrize("network", GRAPHS)
@pytest.mark.parametrize("visibility", [0.5, 1.0])
def test_realised_reproduction_equals_base_reproduction(network, visibility):
    """Also where the formula's parts matter: F is .78 here, and ⟨k_in·k_out⟩/⟨k⟩ is three times ⟨k⟩ on one of them."""
    found, error = offspring(GRAPHS[network](), visibility=visibility)
    assert error < 0.012
    assert abs(found - 0.2) <= 3 * error


def test_the_truncation_of_the_kernel_is_made_up_for():
    """Where a fifth of all reactions would come too late, those that come in time share more readily."""
    graph = erdos_renyi(100, 5, 1)
    short, long = make(graph, lag_limit=1.0), make(graph, lag_limit=14.0)
    in_time = lag_cdf(short.parameters, [24.0, 14 * 24.0])
    assert in_time[0] < 0.8 < in_time[1]
    assert sharing_probability(short) / sharing_probability(long) == pytest.approx(in_time[1] / in_time[0])


def test_arousal_multiplies_reproduction_as_the_equation_says():
    """A fully aroused negative post makes R_base·(1 + ν_g) shares per share: at the defaults it is critical."""
    found, error = offspring(GRAPHS["Erdős–Rényi"](), base_reproduction=0.15, arousal_sharing=3)
    assert error < 0.02
    assert abs(found - 0.15 * 4) <= 3 * error + 0.01


def test_in_a_close_knit_network_the_mean_excess_counts_ways_back():
    """Where ties are mutual, one of a reader's followers is whom they have the post from, and cannot share it again.

    So the reproduction that is realised falls short by 1/⟨k⟩ at least; R_base is an upper bound there.
    """
    found, error = offspring(small_world(2500, 10, 1, rewire=1.0))
    assert found + 3 * error >= 0.2 * (1 - 1.5 / 10)
    assert found - 3 * error <= 0.2


# complex contagion


def gate_naively(worlds, posts, readers, phi):
    """Loop over pairs: has at least the share φ of those whom the reader follows posted or shared the post?"""
    graph, table = worlds.graph, worlds.messages.columns()
    follows = [set() for _ in range(graph.nodes)]
    for u in range(graph.nodes):
        for v in graph.followers[graph.offsets[u] : graph.offsets[u + 1]].tolist():
            follows[v].add(u)
    passed = []
    for post, reader in zip(posts, readers, strict=True):
        spoke = {int(a) for a, r in zip(table["author"], table["root"], strict=True) if r == post and a >= 0}
        passed.append(len(follows[reader] & spoke) >= phi * max(len(follows[reader]), 1))
    return np.array(passed, bool)


@pytest.mark.parametrize("companies_speak", [False, True])
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 1.0]))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_the_gate_opens_where_enough_of_the_followees_spoke(companies_speak, seed, phi):
    """Who would share anything, and sees each post once; companies may have posted and replied."""
    rng = np.random.default_rng(seed)
    nodes = 9
    graph = Graph.from_arcs(rng.integers(0, nodes, 30), rng.integers(0, nodes, 30), nodes)
    if graph.mean_excess == 0:
        return
    worlds = make(graph, levers=({}, {}), base_reproduction=1, visibility=0.001, ad_sharing=1, contagion_threshold=phi)
    author = rng.integers(0, nodes, 4)
    if companies_speak:
        author = np.where(rng.random(4) < 0.5, -1, author)
    posts = write(worlds, Kind.COMPLAINT, author, row=rng.integers(0, 2, 4), valence=-0.5)
    for post in posts:
        for consumer in rng.choice(nodes, rng.integers(0, 5), replace=False):
            write(worlds, Kind.SHARE, consumer, row=worlds.messages.row[post], root=post, parent=post)
        if companies_speak and rng.random() < 0.5:
            write(worlds, Kind.REPLY, -1, row=worlds.messages.row[post], root=post, parent=post)
    pairs = [(int(post), reader) for post in posts for reader in range(nodes)]
    seen, readers = (np.array(column) for column in zip(*pairs, strict=True))
    before = len(worlds.messages)
    share(worlds, items(worlds, seen, readers))
    table = worlds.messages.columns()
    shared = set(zip(table["root"][before:].tolist(), table["author"][before:].tolist(), strict=True))
    expected = {pair for pair, open_ in zip(pairs, _gate(worlds, seen, readers, phi, before), strict=True) if open_}
    assert shared == expected


def _gate(worlds, posts, readers, phi, before):
    """The naive gate on the table as it was before the readers shared."""
    count, worlds.messages.count = worlds.messages.count, before
    passed = gate_naively(worlds, posts.tolist(), readers.tolist(), phi)
    worlds.messages.count = count
    return passed


def test_a_watts_cascade_runs_through_a_chain_of_the_vulnerable_only():
    """Everyone follows two; with φ = ½ one speaker suffices, with φ above ½ the chain does not start."""
    people = 60
    ring = np.arange(people)
    graph = Graph.from_arcs(np.r_[ring, ring], np.r_[(ring + 1) % people, (ring - 1) % people], people)
    reached = []
    for phi in (0.5, 0.51):
        willing = {"base_reproduction": 1, "visibility": 1, "arousal_sharing": 10}
        worlds = cascading(graph, replicates=40, contagion_threshold=phi, **willing)
        assert sharing_probability(worlds) * 11 > 1, "whoever sees the post in time shares it"
        reached.append(sizes_of(worlds, cascades(worlds, [0], arousal=1.0)))
    assert (reached[1] == 1).all()
    # Each way round the ring, a run of geometric length ends at the first who does not see the post in time.
    seen = lag_cdf(worlds.parameters, 24.0)
    expected = 1 + 2 * seen / (1 - seen)
    assert abs(reached[0].mean() - expected) <= 3 * reached[0].std() / 40**0.5
