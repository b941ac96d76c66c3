"""CyNetDiff: cascades in C++, called from Cython."""

from __future__ import annotations

from array import array
from functools import partial

from cynetdiff.models import DiffusionModel, IndependentCascadeModel, LinearThresholdModel

from benchmarks.peers.works import P, Start, Work

NAME = "CyNetDiff"


def cascade(work: Work) -> Start:
    return _start(work, IndependentCascadeModel(*_graph(work), activation_prob=P))


def cascade_per_edge(work: Work) -> Start:
    chances = array("f", work.chances.tobytes())
    return _start(work, IndependentCascadeModel(*_graph(work), activation_probs=chances))


def linear_threshold(work: Work) -> Start:
    return _start(work, LinearThresholdModel(*_graph(work)))


def _graph(work: Work) -> tuple[array, array]:
    graph = work.graph
    return array("I", graph.offsets[:-1].astype("u4").tobytes()), array("I", graph.followers.astype("u4").tobytes())


def _start(work: Work, model: DiffusionModel) -> Start:
    model.set_rng(0)
    model.set_seeds(work.seeds.tolist())

    def start(seed: int):
        model.set_rng(seed)
        return partial(_run, model, work.replicates)

    return start


def _run(model: DiffusionModel, replicates: int) -> list[int]:
    sizes = []
    for _ in range(replicates):
        model.reset_model()
        model.advance_until_completion()
        sizes.append(model.get_num_activated_nodes())
    return sizes


WORKS = {
    "independent cascade": {"": cascade},
    "independent cascade per edge": {"": cascade_per_edge},
    "linear threshold": {"": linear_threshold},
}
