"""Worlds in which what the data show can be seen: large cascades, and complaint after an incident."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import Draws
from influence_sim.core.engine import circulate
from influence_sim.core.graph import Graph
from influence_sim.core.levers import Levers
from influence_sim.core.messages import Kind
from influence_sim.core.parameters import Parameters
from influence_sim.core.posting import post
from influence_sim.core.setting import HOURS_PER_DAY, Setting
from influence_sim.core.worlds import Worlds
from influence_sim.experiment.anatomy import cascade_table
from influence_sim.experiment.plan import World
from influence_sim.experiment.runner import prepare
from influence_sim.networks import heavy_tailed
from influence_sim.scenario import Scenario
from influence_sim.strategies import SILENT
from influence_sim.verification.patterns.data import Ints, Trees

MEAN_DEGREE = 10.0
FOLLOWED_DAYS = 28
"""Two generations of reactions, each of which ends after 14 days at most."""

BURN_IN_DAYS, BASELINE_DAYS, AFTERMATH_DAYS = 15, 14, 7
NO_LIMIT = 1e9


def large_cascades(sizes: Ints, people: int, posts: int, parameters: Mapping[str, float], seed: int = 1) -> Trees:
    """Return the cascades of calm posts whose authors are followed widely enough to expect cascades of such ``sizes``.

    The network is the default one (heavy-tailed, 10 followers on average), of so many ``people``. To it are added, for
    each size s, an author with (s − 1)·(1 − R)·κ/R followers drawn by chance, κ followers of a reader (or everybody, if
    that is more), who writes so many ``posts``. The posts are alone in the world: attention is not limited.
    """
    constants = Parameters.of({"attention": NO_LIMIT, **parameters})
    crowd = heavy_tailed(people, MEAN_DEGREE, seed)
    reproduction = constants.base_reproduction
    audience = np.ceil((sizes - 1) * (1 - reproduction) / reproduction * crowd.mean_excess).astype(np.int64)
    graph = _with_authors(crowd, audience.clip(1, people), seed)
    setting = Setting(
        graph=graph,
        products=np.zeros((1, 1)),
        failure_rates=np.zeros(1),
        budgets=np.zeros(1),
        names=("one",),
        parameters=constants,
        incidents=(),
        burn_in_days=0,
        step_hours=1.0,
    )
    worlds = Worlds(setting, Draws.for_replicates(seed, np.zeros(1, np.int64)), Levers.stack([{}]))
    author = np.repeat(people + np.arange(sizes.size), posts)
    numbers = np.arange(author.size, dtype=np.uint64)
    post(
        worlds,
        Kind.PRAISE,
        row=np.zeros(author.size, np.int64),
        author=author,
        cause=numbers,
        born=np.zeros(author.size),
        valence=0.5,
    )
    for _ in range(FOLLOWED_DAYS * HOURS_PER_DAY):
        circulate(worlds)
        worlds.step += 1
    table = worlds.messages.columns()
    order = np.argsort(table["root"], kind="stable")
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    parent = np.where(table["parent"] < 0, -1, place[table["parent"]])[order]
    born = table["born"] - table["born"][table["root"]]
    return Trees(place[table["root"]][order], parent, born[order], np.empty(0, np.str_))


def _with_authors(crowd: Graph, audience: Ints, seed: int) -> Graph:
    """Return the graph with further people, who follow nobody and are followed by so many drawn by chance."""
    rng = np.random.default_rng(seed)
    followers = [rng.choice(crowd.nodes, size, replace=False) for size in audience.tolist()]
    authors = np.repeat(crowd.nodes + np.arange(audience.size), audience)
    source = np.repeat(np.arange(crowd.nodes), crowd.out_degree)
    return Graph.from_arcs(
        np.concatenate([source, authors]),
        np.concatenate([crowd.followers, *followers]),
        crowd.nodes + audience.size,
    )


def complaint_after(
    incident: Mapping[str, object], people: int, replicates: int, parameters: Mapping[str, float], seed: int = 1
) -> NDArray[np.int64]:
    """Return negative posts and shares about a silent company by the hour, shape (replicates, hours).

    The incident strikes after 14 days, of 21.
    """
    values = {"days": BASELINE_DAYS + AFTERMATH_DAYS, "incident": [{"day": BASELINE_DAYS, **incident}]}
    worlds = _market(values, people, replicates, parameters, seed)
    volume = np.stack(worlds.watch.volume, axis=1).astype(np.int64)
    return volume[:: worlds.size.companies, BURN_IN_DAYS * HOURS_PER_DAY :]


def quiet_posts(
    people: int, replicates: int, days: int, parameters: Mapping[str, float], seed: int = 1
) -> dict[str, NDArray[np.float64]]:
    """Return what became of praise in a quiet market, per world: shares ``alone`` and ``one_hop``, ``mean_size``."""
    worlds = _market({"days": days}, people, replicates, parameters, seed)
    table = cascade_table(worlds)
    calm = table["source"] == "praise"
    world, number = table["world"][calm], table["posts"][calm]
    total = np.bincount(world, number, minlength=replicates)
    return {
        name: np.bincount(world, table[name][calm] * number, minlength=replicates) / total
        for name in ("alone", "one_hop", "mean_size")
    }


def _market(
    values: Mapping[str, object], people: int, replicates: int, parameters: Mapping[str, float], seed: int
) -> Worlds:
    """Return worlds of three silent companies, at their end."""
    scenario = Scenario.of(
        {
            "name": "patterns",
            "burn_in_days": BURN_IN_DAYS,
            "network": {"consumers": people, "mean_degree": MEAN_DEGREE},
            "companies": [{"name": name, "strategy": SILENT} for name in ("one", "two", "three")],
            "parameters": dict(parameters),
            **values,
        }
    )
    worlds = [World(None, replicate) for replicate in range(replicates)]
    engine = prepare(scenario, scenario.setting(scenario.graph()), worlds, seed=seed, measures=("sales",))
    engine.run_days(scenario.days)
    return engine.worlds
