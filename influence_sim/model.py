"""One world as a Mesa model: every step is an hour."""

from __future__ import annotations

import math
import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from influence_sim.agents import Company, ConsumerPopulation
from influence_sim.core.measures import STANDARD
from influence_sim.core.state import State
from influence_sim.core.worlds import Worlds
from influence_sim.experiment.plan import World
from influence_sim.experiment.runner import prepare
from influence_sim.files import did_you_mean
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from influence_sim.core.graph import Graph


class InfluenceModel(mesa.Model):  # type: ignore[misc]
    """A world of consumers and companies, stepped hour by hour.

    Parameters
    ----------
    scenario
        The setting, or the name or path of a scenario file; the default scenario if left out.
    strategy
        What the focal company does; its own strategy of the scenario if left out.
    rng
        Seed of the world, any integer; the world is replicate 0 of ``compare(…, seed=rng)``. Left out, every model is
        another world. (Mesa's own generators are seeded too, but the model draws nothing from them.)
    graph
        The follower graph; the scenario's own if left out.
    params
        Values of the scenario to replace: ``days=30``, or by dotted key, ``**{"incident.severity": 0.9}``; two
        underscores stand for a dot, so ``incident__severity=0.9`` does the same.

    Notes
    -----
    The burn-in is run when the model is made, so ``time`` 0 is the beginning of the comparison. ``running`` turns False
    after the scenario's days. A step is an hour also where the scenario's ``step_hours`` is shorter.

    At the end of each day ``datacollector`` takes the focal company's measures as the model's, such as ``loyalty``, and
    those of every company as its own, such as ``company_loyalty``: Mesa's ``batch_run`` puts both into one row.

    Raises
    ------
    influence_sim.ScenarioError
        If a value is not allowed.
    ValueError
        If the strategy is unknown.
    """

    running: bool

    def __init__(
        self,
        scenario: Scenario | str | Path | None = None,
        *,
        strategy: str | None = None,
        rng: int | None = None,
        graph: Graph | None = None,
        **params: Any,
    ) -> None:
        # Without a seed one is taken from the operating system, for Mesa's generators and for the world.
        seed = secrets.randbits(31) if rng is None else int(rng)
        super().__init__(rng=seed)
        self.master_seed = seed
        chosen = (
            Scenario()
            if scenario is None
            else Scenario.load(scenario)
            if isinstance(scenario, str | Path)
            else scenario
        )
        self.setup = chosen.with_values({key.replace("__", "."): value for key, value in params.items()})
        if not (self.setup.step_hours <= 1 and (1 / self.setup.step_hours).is_integer()):
            raise ValueError(f"step_hours = {self.setup.step_hours:g}: a model's step is an hour; use 1, 0.5 or 0.25")
        self.graph = self.setup.graph() if graph is None else graph
        self._engine = prepare(
            self.setup,
            self.setup.setting(self.graph),
            [World(strategy, 0)],
            seed=self.master_seed,
            measures=STANDARD,
        )
        self.companies = [
            Company(self, number, company.name, company.strategy) for number, company in enumerate(self.setup.companies)
        ]
        if strategy is not None:
            self.focal_company.strategy = strategy
        self.consumers = ConsumerPopulation(self)
        self.datacollector = DataCollector(
            model_reporters={name: partial(_of_model, name) for name in STANDARD},
            agenttype_reporters={Company: {f"company_{name}": partial(_of_company, name) for name in STANDARD}},
        )

    @property
    def focal_company(self) -> Company:
        """The company whose strategy is compared."""
        return self.companies[self.setup.focal_company]

    @property
    def worlds(self) -> Worlds:
        """The batch of one world behind the model."""
        return self._engine.worlds

    @property
    def state(self) -> State:
        """The arrays of the world; rows of companies stand in the order of ``companies``."""
        return self._engine.worlds.state

    @property
    def day(self) -> int:
        """Whole days since the beginning of the comparison."""
        return self.worlds.day - self.setup.burn_in_days

    @property
    def recorded(self) -> dict[str, NDArray[np.float64]]:
        """Measures of the whole days so far, by name, each of shape (days, companies)."""
        days = self._engine.recorded_days(self.setup.burn_in_days)[0]
        return {name: days[:, :, place].T for place, name in enumerate(self._engine.recorded)}

    def step(self) -> None:
        """Advance by an hour; at the end of a day measures are collected."""
        if not self.running:
            return
        day = self.day
        for _ in range(round(1 / self.setup.step_hours)):
            self._engine.step()
        if self.day > day:
            self.datacollector.collect(self)
            self.running = self.day < self.setup.days

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import display
        from influence_sim.report.model import model_rows, model_words

        return display(self.setup.title or self.setup.name, model_words(self), model_rows(self))

    def plot(self, *measures: str) -> Figure:
        """Draw measures of all companies over the days so far (needs the extra ``viz``).

        Parameters
        ----------
        *measures
            Names of measures, a panel each; a usual choice if left out.

        Returns
        -------
        Figure
            By Matplotlib; days across, a line per company.

        Raises
        ------
        ValueError
            If a measure is unknown, or no day is over yet.
        """
        from influence_sim.report.model import course

        return course(self, measures)

    def plot_network(self, company: int | None = None, most: int = 800) -> Figure:
        """Draw people of the network, coloured by attitude to a company.

        Parameters
        ----------
        company
            Number of a company; the focal one if left out.
        most
            How many people to show at most; of larger networks a sample.

        Returns
        -------
        Figure
            By Matplotlib.
        """
        from influence_sim.report.model import network

        return network(self, self.setup.focal_company if company is None else company, most)

    def measure(self, name: str, company: int | None = None) -> float:
        """Return a measure of a company on the last whole day.

        Parameters
        ----------
        name
            Of a standard measure.
        company
            Number of a company; the focal one if left out.

        Returns
        -------
        float
            In the measure's unit; not a number before the first day of the comparison has ended.

        Raises
        ------
        KeyError
            If there is no such measure.
        """
        names = self._engine.recorded
        if name not in names:
            raise KeyError(
                f"there is no measure {name!r}{did_you_mean(name, names) or f'; there are {", ".join(names)}'}"
            )
        if self.day < 1:
            return math.nan
        row = self.setup.focal_company if company is None else company
        return float(self._engine.history[-1][names.index(name), row])


def _of_model(name: str, model: InfluenceModel) -> float:
    return model.measure(name)


def _of_company(name: str, company: Company) -> float:
    return company.measure(name)
