"""Calibration: what the model was tuned to, by which constants, and what it reaches, measured anew each time.

What stands here was used for tuning, so it is no evidence for the model. The order is the order of tuning: what comes
later leaves what comes earlier alone, as far as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.engine import Engine
from influence_sim.core.market import Experience, upset
from influence_sim.experiment.anatomy import cascade_table
from influence_sim.experiment.plan import World
from influence_sim.experiment.runner import prepare
from influence_sim.experiment.spending import planned_costs
from influence_sim.scenario import Scenario
from influence_sim.strategies import BROADCAST, CATALOGUE, DIALOGUE, SILENT

REPLICATES = 8
QUIET_REPLICATES = 24
"""Demand drifts differently in every world, and praise and complaints with it."""
DAYS = 360
MORE_ADS = 1.5
SHORT_DAYS, LONG_DAYS = 30, 60

PANELS = "three grocery panels in the order of purchase: catsup, cracker, yogurt (Jain et al. 1994 and others; R Ecdat)"
GOEL = "Goel et al. 2012 and 2016: 70 to 95 % of posts have no child"
DARK = "Hartnett et al. 2021"
SETHURAMAN = "Sethuraman, Tellis & Briesch 2011"


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure, the band that counts as reached, and the constants that were tuned to it."""

    name: str
    published: float
    low: float
    high: float
    constants: tuple[str, ...]
    source: str


TARGETS: tuple[Target, ...] = (
    Target("calm posts that nobody passes on", 0.85, 0.70, 0.95, ("base_reproduction",), GOEL),
    Target("calm posts, mean size of cascade", 1.2, 1.05, 1.3, ("base_reproduction",), "1/(1 − R_base), R_base = .2"),
    Target("ad elasticity of sales, long run", 0.24, 0.20, 0.28, ("choice_adstock",), SETHURAMAN),
    Target("ad elasticity of sales, first 30 days", 0.12, 0.09, 0.15, ("choice_adstock",), SETHURAMAN),
    Target("sales lost in a year without ads", 0.16, 0.12, 0.25, ("adstock_scale",), DARK),
    Target("praise per complaint", 3.0, 2.5, 3.5, ("praise_intercept",), "East, Hammond & Wright 2007"),
    Target("complaints per trivial problem", 0.03, 0.02, 0.05, ("voice_intercept",), "Goodman & Newman"),
    Target("complaints per grave problem", 0.69, 0.60, 0.75, ("voice_severity",), "Goodman & Newman"),
    Target("same brand at the next purchase", 0.73, 0.68, 0.78, ("choice_loyalty", "brand_taste"), PANELS),
    Target("same brand 6 purchases later", 0.70, 0.65, 0.75, ("choice_loyalty", "brand_taste"), PANELS),
    Target(
        "repeat purchase eroded in a year", 0.15, 0.05, 0.33, ("brand_taste",), "East & Hammond 1996; Catalina 2009"
    ),
    Target(f"share of the budget that {BROADCAST} plans for", 1.0, 0.9, 1.0, ("costs", "levers"), "equal effort"),
    Target(f"share of the budget that {DIALOGUE} plans for", 1.0, 0.9, 1.0, ("costs", "levers"), "equal effort"),
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What the model reaches of a target, with its standard error over worlds (not a number where there is none)."""

    target: Target
    value: float
    error: float

    @property
    def is_met(self) -> bool:
        """Whether the value lies in the target's band."""
        return self.target.low <= self.value <= self.target.high


def calibration(
    overrides: Mapping[str, float] | None = None,
    *,
    seed: int = 1,
    on_step: Callable[[], None] | None = None,
) -> list[Reached]:
    """Measure what the model reaches of every target, in a quiet year of the default market.

    Parameters
    ----------
    overrides
        Constants to replace, to see what they would reach.
    seed
        Seed of the worlds.
    on_step
        Called after each of the four experiments.
    """
    found: dict[str, tuple[float, float]] = {}
    for experiment in EXPERIMENTS:
        found |= experiment(dict(overrides or {}), seed)
        if on_step is not None:
            on_step()
    return [Reached(target, *found[target.name]) for target in TARGETS]


def _scenario(overrides: dict[str, float], **values: Any) -> Scenario:
    return Scenario.of(
        {
            "name": "calibration",
            "days": DAYS,
            "companies": [
                {"name": "one", "strategy": SILENT},
                {"name": "two", "strategy": BROADCAST},
                {"name": "three", "strategy": SILENT},
            ],
            "parameters": overrides,
            **values,
        }
    )


def _start(scenario: Scenario, replicates: int, seed: int, measures: tuple[str, ...] = ("sales",)) -> Engine:
    setting = scenario.setting(scenario.graph())
    return prepare(scenario, setting, [World(None, r) for r in range(replicates)], seed=seed, measures=measures)


def _quiet_year(overrides: dict[str, float], seed: int) -> dict[str, tuple[float, float]]:
    """Measure cascades, praise and repeat purchase."""
    engine = _start(_scenario(overrides), QUIET_REPLICATES, seed, ("praise", "complaints"))
    engine.worlds.purchases = []
    engine.run_days(DAYS)
    worlds = engine.worlds
    cascades = cascade_table(worlds)
    calm = cascades["source"] == "praise"

    def of_calm(column: str) -> NDArray[np.float64]:
        weight = cascades["posts"][calm]
        total = np.bincount(cascades["world"][calm], cascades[column][calm] * weight, minlength=QUIET_REPLICATES)
        return np.asarray(total / np.bincount(cascades["world"][calm], weight, minlength=QUIET_REPLICATES))

    said = engine.recorded_days(worlds.setting.burn_in_days).sum(axis=(1, 2))
    repeats = {lag: repeat_purchase(worlds.purchases or [], QUIET_REPLICATES, lag) for lag in (1, 6, 12)}
    return {
        "calm posts that nobody passes on": _mean(of_calm("alone")),
        "calm posts, mean size of cascade": _mean(of_calm("mean_size")),
        "praise per complaint": _pooled(said[:, 0], said[:, 1]),
        "same brand at the next purchase": _mean(repeats[1]),
        "same brand 6 purchases later": _mean(repeats[6]),
        "repeat purchase eroded in a year": _mean(1 - repeats[12] / repeats[1]),
    }


def repeat_purchase(purchases: list[tuple[int, Any, Any, Any]], worlds: int, lag: int) -> NDArray[np.float64]:
    """Return the share of purchases of the same company as ``lag`` purchases before, per world."""
    day = np.concatenate([np.full(world.size, day) for day, world, _, _ in purchases])
    world, consumer, company = (np.concatenate([entry[column] for entry in purchases]) for column in (1, 2, 3))
    order = np.lexsort((day, consumer, world))
    world, consumer, company = world[order], consumer[order], company[order]
    same_buyer = (world[lag:] == world[:-lag]) & (consumer[lag:] == consumer[:-lag])
    again = (company[lag:] == company[:-lag])[same_buyer]
    pairs = world[lag:][same_buyer]
    return np.asarray(np.bincount(pairs, again, minlength=worlds) / np.bincount(pairs, minlength=worlds))


def _voice(overrides: dict[str, float], seed: int) -> dict[str, tuple[float, float]]:
    """Measure how many customers complain of a trivial and of a grave problem."""
    engine = _start(_scenario(overrides), REPLICATES, seed)
    found = {}
    for name, severity in (("trivial", 0.1), ("grave", 1.0)):
        worlds = engine.fork(range(REPLICATES)).worlds
        world, consumer = np.nonzero(worlds.state.customer_of == 0)
        problem, yes = np.full(consumer.size, severity), np.ones(consumer.size, bool)
        upset(
            worlds,
            Experience(world, np.zeros(consumer.size, np.int64), consumer, 1, yes, problem, yes, worlds.now),
            problem,
        )
        before = len(engine.worlds.messages)
        complaints = worlds.world_of_row[worlds.messages.row[before : len(worlds.messages)]]
        share = np.bincount(complaints, minlength=REPLICATES) / np.bincount(world, minlength=REPLICATES)
        found[f"complaints per {name} problem"] = _mean(share)
    return found


def _elasticity(overrides: dict[str, float], seed: int) -> dict[str, tuple[float, float]]:
    """Measure by how much sales rise, in %, per % more posts and ads, at first and in the end, and fall without any."""
    broadcast = CATALOGUE[BROADCAST].levers
    levers = {"more": {name: MORE_ADS * value for name, value in broadcast.items()}, "dark": {}}
    scenario = _scenario(overrides, days=DAYS, levers=levers, budget=1000.0, network={"consumers": 4000}, focal="two")
    setting = scenario.setting(scenario.graph())
    worlds = [World(strategy, r) for strategy in (None, "more", "dark") for r in range(REPLICATES)]
    engine = prepare(scenario, setting, worlds, seed=seed, measures=("sales",))
    engine.run_days(scenario.days)
    sales = engine.recorded_days(scenario.burn_in_days)[:, 1, :, 0].reshape(3, REPLICATES, -1)

    def over(days: slice) -> tuple[float, float]:
        ratio = sales[1, :, days].sum(axis=1) / sales[0, :, days].sum(axis=1)
        return _mean(np.log(ratio) / np.log(MORE_ADS))

    return {
        "ad elasticity of sales, long run": over(slice(-LONG_DAYS, None)),
        "ad elasticity of sales, first 30 days": over(slice(0, SHORT_DAYS)),
        "sales lost in a year without ads": _mean(1 - sales[2].sum(axis=1) / sales[0].sum(axis=1)),
    }


def _plans(overrides: dict[str, float], seed: int) -> dict[str, tuple[float, float]]:
    """Return the share of the default budget that the two poles plan to spend."""
    scenario = _scenario(overrides)
    return {
        f"share of the budget that {name} plans for": (
            sum(planned_costs(CATALOGUE[name].levers, scenario).values()) / scenario.budget,
            np.nan,
        )
        for name in (BROADCAST, DIALOGUE)
    }


def _pooled(above: NDArray[np.float64], below: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ratio of sums over worlds, and its standard error (delete-one jackknife)."""
    without = (above.sum() - above) / (below.sum() - below)
    spread = np.square(without - without.mean()).sum()
    return float(above.sum() / below.sum()), float(((without.size - 1) / without.size * spread) ** 0.5)


def _mean(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / values.size**0.5)


EXPERIMENTS = (_quiet_year, _voice, _elasticity, _plans)
"""What is run to measure the targets, in this order."""
