"""This library, by the functions that everybody calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.peers import worlds
from benchmarks.peers.works import BETA, EPSILON, GAMMA, STEPS, SUSCEPTIBILITY, P, Start, Work
from influence_sim import textbook


def cascade(work: Work, seed: int) -> Any:
    return textbook.independent_cascade(work.graph, work.seeds, P, replicates=work.replicates, seed=seed)


def cascade_per_edge(work: Work) -> Start:
    # The others check or copy the probabilities when they build their graphs, too.
    chances, runs = textbook.prepared(work.graph, work.chances), {"replicates": work.replicates}
    return lambda seed: partial(textbook.independent_cascade, work.graph, work.seeds, chances, seed=seed, **runs)


def linear_threshold(work: Work, seed: int) -> Any:
    return textbook.linear_threshold(work.graph, work.seeds, replicates=work.replicates, seed=seed)


def sir(work: Work, seed: int) -> Any:
    return textbook.sir(work.graph, work.seeds, BETA, GAMMA, discrete=True, replicates=work.replicates, seed=seed)


def sir_continuous(work: Work, seed: int) -> Any:
    return textbook.sir(work.graph, work.seeds, BETA, GAMMA, replicates=work.replicates, seed=seed)


def degroot(work: Work, seed: int) -> Any:
    return textbook.degroot(work.graph, work.opinions, steps=STEPS)


def friedkin_johnsen(work: Work, seed: int) -> Any:
    return textbook.friedkin_johnsen(work.graph, work.opinions, SUSCEPTIBILITY, steps=STEPS)


def bounded_confidence(work: Work, seed: int) -> Any:
    return textbook.hegselmann_krause(work.graph, work.opinions, EPSILON, steps=STEPS)


def _textbook(function: Callable[[Work, int], Any]) -> Callable[[Work], Start]:
    return lambda work: lambda seed: partial(function, work, seed)


WORKS = {
    "independent cascade": _textbook(cascade),
    "independent cascade per edge": cascade_per_edge,
    "linear threshold": _textbook(linear_threshold),
    "SIR": _textbook(sir),
    "SIR in continuous time": _textbook(sir_continuous),
    "DeGroot": _textbook(degroot),
    "Friedkin–Johnsen": _textbook(friedkin_johnsen),
    "bounded confidence": _textbook(bounded_confidence),
    "whole model": worlds.engine,
    "batches": partial(worlds.compared, jobs=1),
    "two jobs": partial(worlds.compared, jobs=2),
}
