"""What the page plays: up to three strategies of the focal company side by side, on the same draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from influence_sim.core.courses import Course
from influence_sim.core.levers import NEUTRAL, check_levers
from influence_sim.core.measures import STANDARD, number_of_customers
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import F8
from influence_sim.experiment.runner import unsettled
from influence_sim.page.contenders import Choice, Contender, contenders, free_name, why_fixed
from influence_sim.scenario import Scenario
from influence_sim.scenario_tables import Incident

if TYPE_CHECKING:
    from influence_sim.core.engine import Engine
    from influence_sim.core.setting import Setting
    from influence_sim.core.worlds import Worlds


class Arena:
    """Up to three strategies of the focal company, each in its own copy of one world, stepped together.

    All meet the same accidents: the world is replicate 0 of ``compare(…, seed=seed)``, and every number that is shown
    is a number of that comparison. The burn-in is run once; strategies, first levers and incidents may change after
    it, as none of them is part of it.

    Parameters
    ----------
    choice
        What is to be played.

    Raises
    ------
    ValueError
        If a strategy is unknown, or there are too many; of one line.
    influence_sim.networks.NetworkError
        If a graph file cannot be used.
    """

    def __init__(self, choice: Choice) -> None:
        self.base = choice.scenario
        self.seed = choice.seed
        self.contenders = contenders(self.base, choice.strategies)
        self.graph = self.base.graph()
        self.setting: Setting = self.base.setting(self.graph)
        self.customers_at_first: F8 = np.empty(0)
        self._settled: Engine | None = None
        self._engine: Engine | None = None

    # running

    def burn_in(self) -> Iterator[float]:
        """Run the burn-in, yielding the share that is done after each step, and stand at the beginning."""
        own = self.base.courses(None)
        settled = unsettled(self.setting, [0], own, seed=self.seed, measures=STANDARD)
        steps = self.base.burn_in_days * self.setting.steps_per_day
        for step in range(steps):
            settled.step()
            yield (step + 1) / steps
        self._settled = settled
        self.restart()

    @property
    def engine(self) -> Engine:
        """The batch of one world per contender."""
        assert self._engine is not None, "the burn-in comes first"
        return self._engine

    @property
    def worlds(self) -> Worlds:
        """The worlds of the contenders, in their order."""
        return self.engine.worlds

    def restart(self) -> None:
        """Go back to the beginning of the comparison; what was changed by hand stays, and happens again."""
        assert self._settled is not None, "the burn-in comes first"
        engine = self._settled.fork([0] * len(self.contenders))
        # The burn-in knows neither incidents nor contenders.
        engine.worlds.setting = self.setting
        engine.worlds.begin_comparison([course for one in self.contenders for course in self._courses(one)])
        self.customers_at_first = number_of_customers(engine.worlds)
        self._engine = engine

    def step(self) -> None:
        """Advance by an hour, or by the scenario's step where that is longer."""
        for _ in range(max(1, round(1 / self.setting.step_hours))):
            self.engine.step()

    @property
    def hour(self) -> float:
        """Hours since the beginning of the comparison."""
        return self.worlds.now - self.base.burn_in_days * HOURS_PER_DAY

    @property
    def day(self) -> int:
        """The day of the comparison that this hour belongs to, from 0."""
        return self.worlds.day - self.base.burn_in_days

    @property
    def is_over(self) -> bool:
        """Whether all days have been run."""
        return self.day >= self.base.days

    def strikes_ahead(self) -> bool:
        """Whether an incident may strike anew from this hour on."""
        from_day = self.day if self.hour % HOURS_PER_DAY == 0 else self.day + 1
        return from_day < self.base.days and any(
            incident.strikes
            and (incident.rate > 0 or incident.day + (incident.repeats - 1) * incident.every >= from_day)
            for incident in self.setting.incidents
        )

    def is_struck_anew(self) -> bool:
        """Whether somebody was hit today, in some world, but nobody the day before."""
        yesterday = self.engine.history[-1][STANDARD.index("hit")] if self.engine.history else np.zeros(1)
        return bool(self.worlds.flows.hit.any()) and not yesterday.any()

    # changing

    def pull(self, contender: int, levers: Mapping[str, float]) -> int:
        """Change levers of a contender by hand, and return the day from which they hold.

        Before the first hour that is day 0; afterwards the next midnight.

        Raises
        ------
        ValueError
            If a lever is unknown or out of range, the strategy decides by itself, or there is no tomorrow.
        """
        one = self.contenders[contender]
        check_levers(levers)
        if fixed := self.why_fixed(contender):
            raise ValueError(fixed)
        tomorrow = self.day + 1
        if self.hour == 0:
            one.first |= levers
            self.restart()
            return 0
        one.later[tomorrow] = {**one.later.get(tomorrow, {}), **levers}
        row = self._focal_row(contender)
        course = self.worlds.courses[row]
        assert course is not None
        self.worlds.courses[row] = replace(course, changes=one.schedule())
        return tomorrow

    def why_fixed(self, contender: int) -> str:
        """Say why the levers of a contender cannot be changed by hand now; nothing if they can."""
        strategy = self.contenders[contender].strategy
        if strategy.watches:
            return why_fixed(strategy)
        is_last = self.hour > 0 and self.day + 1 >= self.base.days
        return "this is the last day, and what is changed now would count from tomorrow on" if is_last else ""

    def undo(self, contender: int) -> None:
        """Take back all that was changed of a contender by hand, and go back to the beginning."""
        one = self.contenders[contender]
        one.first, one.later = {}, {}
        self.restart()

    def set_incidents(self, incidents: Sequence[Incident]) -> None:
        """Let other things go wrong, and go back to the beginning.

        Raises
        ------
        influence_sim.ScenarioError
            If an incident does not fit the scenario.
        """
        said = {**self.base.model_dump(), "incident": [incident.model_dump() for incident in incidents]}
        changed = Scenario.of(said, source=self.base.name)
        self.setting = changed.setting(self.graph)
        self.base = changed
        self.restart()

    def choose(self, strategies: Sequence[str]) -> None:
        """Let other strategies compete, and go back to the beginning; who stays keeps what was changed by hand."""
        before = {one.name: one for one in self.contenders}
        chosen = contenders(self.base, strategies)
        self.contenders = [before.get(one.name, one) for one in chosen]
        self.restart()

    # what comes out of it

    def scenario(self) -> Scenario:
        """Return the run as a scenario, in which each contender that was changed is a strategy of its own."""
        said = self.base.model_dump()
        for one, name in zip(self.contenders, self.names(), strict=True):
            if name == one.strategy.name:
                continue
            said["levers"][name] = one.levers()
            schedule = one.schedule()
            if schedule:
                said["schedule"][name] = [{"day": day, "levers": dict(levers)} for day, levers in schedule.items()]
        return Scenario.of(said, source=self.base.name)

    def names(self) -> list[str]:
        """Return what the contenders are called in :meth:`scenario`: of a new strategy, a name that is not taken."""
        taken, names = set(self.base.strategies), list[str]()
        for one in self.contenders:
            base = one.strategy.name
            wanted = f"{base}_changed" if one.is_changed else base
            names.append(wanted if wanted == base and base not in names else free_name(wanted, taken | set(names)))
        return names

    def wanted(self, contender: int) -> dict[str, float]:
        """Return the levers that a contender wants from now on, what was changed for tomorrow included."""
        row = self._focal_row(contender)
        now = {name: float(getattr(self.worlds.wanted, name)[row]) for name in NEUTRAL}
        tomorrow = self.contenders[contender].later.get(self.day + 1, {}) if self.hour else {}
        return {**now, **tomorrow}

    def _focal_row(self, contender: int) -> int:
        return contender * self.worlds.size.companies + self.base.focal_company

    def _courses(self, contender: Contender) -> list[Course]:
        courses = self.base.courses(None)
        courses[self.base.focal_company] = contender.course()
        return courses
