"""Exact distributions on tiny graphs by enumeration, and the comparison of counts with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from itertools import product

import numpy as np
from scipy.linalg import expm
from scipy.stats import chi2

NEVER = -1

type Arc = tuple[int, int]
type Chances = dict[Hashable, float]


def assert_distributed(outcomes: Iterable[Hashable], exact: Chances, least: float = 1e-3) -> None:
    """Fail if an outcome is impossible, or by chi-square the counts are less likely than ``least``."""
    counts = Counter(outcomes)
    runs = sum(counts.values())
    assert abs(sum(exact.values()) - 1) < 1e-9
    impossible = [outcome for outcome in counts if exact.get(outcome, 0) <= 0]
    assert not impossible, f"impossible: {impossible[:3]}"
    rare, expected, seen = [0.0, 0], [], []
    for outcome, chance in exact.items():
        if runs * chance < 8:
            rare[0] += runs * chance
            rare[1] += counts[outcome]
        else:
            expected.append(runs * chance)
            seen.append(counts[outcome])
    if rare[0] >= 8:
        expected.append(rare[0])
        seen.append(rare[1])
    else:
        expected[-1] += rare[0]
        seen[-1] += rare[1]
    assert len(expected) > 1, "nothing to compare"
    statistic = float(np.sum((np.array(seen) - expected) ** 2 / np.array(expected)))
    chance = float(chi2.sf(statistic, len(expected) - 1))
    assert chance >= least, f"chi-square {statistic:.1f} with {len(expected)} cells: probability {chance:.1e}"


def rows(*columns: np.ndarray) -> list[tuple]:
    """Return the rows of arrays side by side, as tuples of plain numbers."""
    return [tuple(row) for row in np.column_stack(columns).tolist()]


def rounds(nodes: int, arcs: Iterable[Arc], seeds: Iterable[int]) -> tuple[int, ...]:
    """Return how many arcs away from the seeds each node is, −1 where there is no way."""
    followers = defaultdict(list)
    for u, v in arcs:
        followers[u].append(v)
    times = [NEVER] * nodes
    front = sorted(set(seeds))
    clock = 0
    while front:
        for node in front:
            times[node] = clock
        clock += 1
        front = sorted({v for u in front for v in followers[u] if times[v] == NEVER})
    return tuple(times)


def cascade_times(nodes: int, chances: dict[Arc, float], seeds: Iterable[int]) -> Chances:
    """Return the distribution of the rounds of an independent cascade: every subset of the arcs may be live."""
    exact: Chances = defaultdict(float)
    seeds = list(seeds)
    for live in product([False, True], repeat=len(chances)):
        weight = np.prod([p if alive else 1 - p for p, alive in zip(chances.values(), live, strict=True)])
        arcs = [arc for arc, alive in zip(chances, live, strict=True) if alive]
        exact[rounds(nodes, arcs, seeds)] += float(weight)
    return exact


def threshold_times(nodes: int, weights: dict[Arc, float], seeds: Iterable[int]) -> Chances:
    """Return the distribution of the rounds of a linear threshold cascade.

    It is that of a graph in which everyone keeps one arc into them at most, each with its weight (Kempe, Kleinberg &
    Tardos 2003, theorem 4.6).
    """
    exact: Chances = defaultdict(float)
    seeds = list(seeds)
    options = []
    for node in range(nodes):
        own = [((u, v), w) for (u, v), w in weights.items() if v == node]
        options.append([*own, (None, 1 - sum(w for _, w in own))])
    for kept in product(*options):
        weight = np.prod([w for _, w in kept])
        if weight > 1e-15:
            exact[rounds(nodes, [arc for arc, _ in kept if arc], seeds)] += float(weight)
    return exact


S, I, R = range(3)  # noqa: E741


def epidemic_states(nodes: int) -> list[tuple[int, ...]]:
    return list(product([S, I, R], repeat=nodes))


def pressures(state: tuple[int, ...], arcs: Iterable[Arc]) -> dict[int, int]:
    """Return by how many infected each susceptible node may be infected."""
    found: dict[int, int] = defaultdict(int)
    for u, v in arcs:
        if state[u] == I and state[v] == S:
            found[v] += 1
    return found


def epidemic_generator(nodes: int, arcs: list[Arc], beta: float, gamma: float) -> np.ndarray:
    """Return the rates between the states of an epidemic in continuous time."""
    states = epidemic_states(nodes)
    place = {state: k for k, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for state in states:
        changes = {v: beta * count for v, count in pressures(state, arcs).items()}
        changes |= {v: gamma for v in range(nodes) if state[v] == I}
        for v, rate in changes.items():
            then = (*state[:v], state[v] + 1, *state[v + 1 :])
            rates[place[state], place[then]] += rate
            rates[place[state], place[state]] -= rate
    return rates


def epidemic_at(nodes: int, arcs: list[Arc], beta: float, gamma: float, start: Iterable[int], time: float) -> Chances:
    """Return the distribution of the state of an epidemic at a time."""
    states = epidemic_states(nodes)
    begin = tuple(I if v in set(start) else S for v in range(nodes))
    chances = expm(epidemic_generator(nodes, arcs, beta, gamma) * time)[states.index(begin)]
    return dict(zip(states, chances.tolist(), strict=True))


def epidemic_after(nodes: int, arcs: list[Arc], beta: float, gamma: float, start: Iterable[int], steps: int) -> Chances:
    """Return the distribution of the state of an epidemic in steps, infection before recovery, after so many."""
    now: Chances = {tuple(I if v in set(start) else S for v in range(nodes)): 1.0}
    for _ in range(steps):
        then: Chances = defaultdict(float)
        for state, weight in now.items():
            near = pressures(state, arcs)
            options = []
            for v in range(nodes):
                if state[v] == S:
                    escape = (1 - beta) ** near.get(v, 0)
                    options.append([(S, escape), (I, 1 - escape)])
                elif state[v] == I:
                    options.append([(I, 1 - gamma), (R, gamma)])
                else:
                    options.append([(R, 1.0)])
            for change in product(*options):
                chance = float(np.prod([p for _, p in change]))
                if chance:
                    then[tuple(s for s, _ in change)] += weight * chance
        now = then
    return now


def absorbed(start: Hashable, moves: Callable[[Hashable], dict[Hashable, float]]) -> Chances:
    """Return in which state a chain ends, given the rates of what may happen next; one without any is an end."""
    exact: Chances = defaultdict(float)
    now: Chances = {start: 1.0}
    while now:
        then: Chances = defaultdict(float)
        for state, weight in now.items():
            following = moves(state)
            total = sum(following.values())
            if not total:
                exact[state] += weight
            for next_state, rate in following.items():
                then[next_state] += weight * rate / total
        now = then
    return exact


def counted_by(chances: Chances, measure: Callable[[Hashable], Hashable]) -> Chances:
    """Return the distribution of a measure of the outcomes."""
    exact: Chances = defaultdict(float)
    for outcome, chance in chances.items():
        exact[measure(outcome)] += chance
    return exact
