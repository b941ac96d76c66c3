"""NDlib: node by node in Python, on NetworkX's graphs.

Its bounded confidence is left out: it moves one random node per iteration, not everybody.
"""

from __future__ import annotations

import random
import sys
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from ndlib.models import epidemics
from ndlib.models.ModelConfig import Configuration

from benchmarks.peers.graphs import as_networkx
from benchmarks.peers.works import BETA, GAMMA, STEPS, SUSCEPTIBILITY, P, Start, Work

try:
    from ndlib.models import opinions
except ModuleNotFoundError:
    # It imports a score of scikit-learn, which the model used here does not need.
    sys.modules["sklearn"], sys.modules["sklearn.metrics"] = ModuleType("sklearn"), ModuleType("sklearn.metrics")
    sys.modules["sklearn.metrics"].jaccard_score = None  # type: ignore[attr-defined]
    from ndlib.models import opinions

    del sys.modules["sklearn"], sys.modules["sklearn.metrics"]

NAME, SLOW = "NDlib", True
INFECTED, REMOVED = 1, 2


def cascade(work: Work) -> Start:
    def start(seed: int):
        config = _seeded(work)
        for edge in as_networkx(work.size).edges:
            config.add_edge_configuration("threshold", edge, P)
        return partial(_until_over, _model(epidemics.IndependentCascadesModel, work, config, seed), work.replicates)

    return start


def linear_threshold(work: Work) -> Start:
    def start(seed: int):
        config = _seeded(work)
        for node, threshold in enumerate(np.random.default_rng(seed).uniform(0, 1, work.size).tolist()):
            config.add_node_configuration("threshold", node, threshold)
        return partial(_until_still, _model(epidemics.ThresholdModel, work, config, seed))

    return start


def sir(work: Work) -> Start:
    def start(seed: int):
        config = _seeded(work)
        config.add_model_parameter("beta", BETA)
        config.add_model_parameter("gamma", GAMMA)
        return partial(_until_over, _model(epidemics.SIRModel, work, config, seed), 1)

    return start


def degroot(work: Work) -> Start:
    return friedkin_johnsen(work, 0.0)


def friedkin_johnsen(work: Work, stubbornness: float = 1 - SUSCEPTIBILITY) -> Start:
    config = Configuration()
    for node in range(work.size):
        config.add_node_configuration("stubbornness", node, stubbornness)
    model = opinions.FJModel(as_networkx(work.size))
    model.set_initial_status(config)

    def start(seed: int):
        model.reset()
        model.initial_status = dict(enumerate(work.opinions.tolist()))
        model.status = dict(model.initial_status)
        return partial(_average, model)

    return start


def _seeded(work: Work) -> Configuration:
    config = Configuration()
    config.add_model_initial_configuration("Infected", work.seeds.tolist())
    return config


def _model(kind: Any, work: Work, config: Configuration, seed: int) -> Any:
    model = kind(as_networkx(work.size), seed=seed)
    model.set_initial_status(config)
    # It draws from the two global generators.
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    return model


def _until_over(model: Any, replicates: int) -> list[int]:
    sizes = []
    for _ in range(replicates):
        model.reset()
        while (count := model.iteration(node_status=False)["node_count"])[INFECTED]:
            pass
        sizes.append(count[REMOVED])
    return sizes


def _until_still(model: Any) -> int:
    before = -1
    while (now := model.iteration(node_status=False)["node_count"][INFECTED]) != before:
        before = now
    return now


def _average(model: Any) -> list[float]:
    for _ in range(STEPS + 1):  # the first only reports
        model.iteration(node_status=False)
    return list(model.status.values())


WORKS = {
    "independent cascade": {"": cascade},
    "linear threshold": {"": linear_threshold},
    "SIR": {"": sir},
    "DeGroot": {"": degroot},
    "Friedkin–Johnsen": {"": friedkin_johnsen},
}
