"""Running worlds in batches, in this process or in several, always with the same result."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.courses import Course
from influence_sim.core.draws import Draws
from influence_sim.core.engine import Engine
from influence_sim.core.levers import Levers
from influence_sim.core.setting import Setting
from influence_sim.core.worlds import Worlds
from influence_sim.experiment.anatomy import Table, cascade_table, message_table, storm_table
from influence_sim.experiment.plan import LARGEST_BATCH, Plan, Unit, World
from influence_sim.experiment.workers import in_any_order, sharing
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph

type Progress = Callable[[float, float], None]
"""Called now and then with the number of worlds done (fractions count) and the total."""

TABLES = ("storms", "cascades", "messages", "failures")
"""What an outcome holds as tables."""

_POLL_SECONDS = 0.2


def no_failures() -> Table:
    """Return the table of failures where there is none."""
    return {"world": np.empty(0, np.int64), "error": np.empty(0, object)}


class Interrupted(KeyboardInterrupt):
    """The user stopped an experiment.

    Attributes
    ----------
    finished, total
        Worlds that were done, of how many.
    is_kept
        Whether what was done is in a folder, to go on from.
    """

    def __init__(self, finished: int, total: int, is_kept: bool) -> None:
        super().__init__(f"interrupted: {finished} of {total} worlds were finished")
        self.finished, self.total, self.is_kept = finished, total, is_kept


type Courses = Mapping[str | None, Sequence[Course]]
"""What each company does over time, by the focal company's strategy (None: its own)."""


def courses_of(scenario: Scenario, worlds: Sequence[World]) -> Courses:
    """Return the courses of all worlds: what this process knows of strategies, so that others need not."""
    return {name: scenario.courses(name) for name in dict.fromkeys([None, *(world.strategy for world in worlds)])}


def unsettled(
    setting: Setting, replicates: Sequence[int], courses: Sequence[Course], *, seed: int, measures: Sequence[str]
) -> Engine:
    """Return an engine with a world per replicate at the beginning of the burn-in.

    ``courses`` are those of the companies' own strategies.
    """
    draws = Draws.for_replicates(seed, np.array(replicates))
    levers = Levers.stack([course.levers for course in courses] * len(replicates))
    return Engine(Worlds(setting, draws, levers), tuple(measures))


def prepare(
    scenario: Scenario,
    setting: Setting,
    worlds: Sequence[World],
    *,
    seed: int,
    measures: Sequence[str],
    on_day: Callable[[], None] | None = None,
    courses: Courses | None = None,
) -> Engine:
    """Return an engine whose worlds have been through the burn-in and stand at the beginning of the comparison.

    During the burn-in every company follows its own strategy of the scenario, so that of a replicate is run once.
    """
    courses = courses_of(scenario, worlds) if courses is None else courses
    replicates = list(dict.fromkeys(world.replicate for world in worlds))
    engine = unsettled(setting, replicates, courses[None], seed=seed, measures=measures)
    engine.run_days(scenario.burn_in_days, on_day)
    engine = engine.fork([replicates.index(world.replicate) for world in worlds])
    engine.worlds.begin_comparison([course for world in worlds for course in courses[world.strategy]])
    engine.worlds.spared[:] = [world.spared for world in worlds]
    return engine


def play(
    scenario: Scenario,
    setting: Setting,
    worlds: Sequence[World],
    *,
    seed: int,
    measures: Sequence[str],
    on_day: Callable[[], None] | None = None,
    courses: Courses | None = None,
) -> Engine:
    """Return an engine whose worlds have been run to the end; a counterfactual parts from its world when it must."""
    whole = [replace(world, spared=False) for world in worlds]
    distinct = list(dict.fromkeys(whole))
    if len(distinct) == len(worlds):
        engine = prepare(scenario, setting, worlds, seed=seed, measures=measures, on_day=on_day, courses=courses)
        engine.run_days(scenario.days, on_day)
        return engine
    engine = prepare(scenario, setting, distinct, seed=seed, measures=measures, on_day=on_day, courses=courses)
    in_common = min((incident.day for incident in setting.incidents), default=scenario.days)
    engine.run_days(in_common, on_day)
    engine = engine.fork([distinct.index(world) for world in whole])
    engine.worlds.spared[:] = [world.spared for world in worlds]
    engine.run_days(scenario.days - in_common, on_day)
    return engine


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of some worlds.

    Attributes
    ----------
    values
        Shape (worlds, companies, days, measures); not numbers where a world failed.
    switches
        Who bought from whom last, and whom they chose instead, shape (worlds, companies, companies + 1).
    storms, cascades, messages
        Tables as columns by name; ``world`` counts the worlds from 0. Messages are empty unless kept.
    failures
        Worlds that ended in an error, as a table: ``world`` and ``error``.
    """

    values: NDArray[np.float64]
    switches: NDArray[np.int64]
    storms: Table
    cascades: Table
    messages: Table
    failures: Table = field(default_factory=no_failures)


@dataclass(frozen=True, slots=True)
class Task:
    """A unit of an experiment with all but the graph that a process needs, and where to report how far it is."""

    scenario: Scenario
    worlds: tuple[World, ...]
    courses: Courses
    seed: int
    measures: tuple[str, ...]
    keep_messages: bool
    batch: int
    number: int
    report: str | None = None

    def run(self, graph: Graph) -> tuple[int, Outcome]:
        """Run the worlds, so many at once; return the task's number and what came of them.

        Where some fail, each is run by itself: an error of one is recorded and does not cost the others.
        """
        groups = [self.worlds[start : start + self.batch] for start in range(0, len(self.worlds), self.batch)]
        setting = self.scenario.setting(graph)
        parts: list[Outcome] = []
        for group in groups:
            try:
                parts.append(self._advance(setting, group))
            except Exception as error:
                if len(group) == 1:
                    parts.append(self._failed(setting, error))
                else:
                    parts += [self._alone(setting, world) for world in group]
        return self.number, joined(parts)

    def _alone(self, setting: Setting, world: World) -> Outcome:
        try:
            return self._advance(setting, (world,))
        except Exception as error:
            return self._failed(setting, error)

    def _advance(self, setting: Setting, worlds: tuple[World, ...]) -> Outcome:
        progress = None if self.report is None else np.memmap(self.report, np.float64, "r+")
        a_day = len(worlds) / (self.scenario.burn_in_days + self.scenario.days)

        def on_day() -> None:
            if progress is not None:
                progress[self.number] += a_day

        engine = play(
            self.scenario,
            setting,
            worlds,
            seed=self.seed,
            measures=self.measures,
            on_day=on_day,
            courses=self.courses,
        )
        return Outcome(
            values=engine.recorded_days(self.scenario.burn_in_days),
            switches=engine.worlds.switches,
            storms=storm_table(engine.worlds),
            cascades=cascade_table(engine.worlds),
            messages=message_table(engine.worlds) if self.keep_messages else {},
        )

    def _failed(self, setting: Setting, error: Exception) -> Outcome:
        """Return what is left of a world that ended in an error: its place, and what the error said."""
        companies = len(setting.names)
        # What a user got wrong is told as a ValueError; of anything else the kind matters too.
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return Outcome(
            values=np.full((1, companies, self.scenario.days, len(self.measures)), np.nan),
            switches=np.zeros((1, companies, companies + 1), np.int64),
            storms={},
            cascades={},
            messages={},
            failures={"world": np.zeros(1, np.int64), "error": np.array([said], object)},
        )


def tasks(plan: Plan, units: Sequence[Unit], *, batch: int | None = None) -> Iterator[tuple[Task, Graph]]:
    """Yield the units' tasks with their graphs, one by one, so that only those under way take memory."""
    for number, unit in enumerate(units):
        scenario, worlds = plan.scenario_at(unit.point), plan.worlds_of(unit)
        task = Task(
            scenario=scenario,
            worlds=worlds,
            courses=courses_of(scenario, worlds),
            seed=plan.seed,
            measures=plan.measures,
            keep_messages=plan.keep_messages,
            batch=batch or max(LARGEST_BATCH, plan.worlds_per_replicate),
            number=number,
        )
        yield task, plan.graph_at(unit.point)


def run_units(
    plan: Plan,
    units: Sequence[Unit],
    *,
    jobs: int = 1,
    batch: int | None = None,
    cluster: str | None = None,
    on_progress: Progress | None = None,
) -> Generator[tuple[Unit, Outcome]]:
    """Run units and yield what came of them as they are done.

    They are the same whatever ``jobs`` (processes), ``batch`` and ``cluster`` (address of a Dask scheduler).
    """
    if not units:
        return
    # Units of one network stand together: its graph is made and sent once.
    units = sorted(units, key=lambda unit: plan.network_at(unit.point))
    total = sum(len(plan.worlds_of(unit)) for unit in units)
    with (
        tempfile.TemporaryDirectory() as folder,
        _watched(Path(folder), len(units), total, on_progress) as (report, done),
    ):
        # Workers elsewhere do not see the file: their units are counted when they are done.
        report = report if cluster is None else None
        reporting = ((replace(task, report=report), graph) for task, graph in tasks(plan, units, batch=batch))
        with closing(in_any_order(reporting, jobs=min(jobs, len(units)), cluster=cluster)) as results:
            for number, outcome in results:
                done[number] = len(outcome.values)
                yield units[number], outcome


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Join outcomes in their order; worlds and messages are counted through."""
    first_world = first_message = 0
    parts = []
    for outcome in outcomes:
        tables = {
            name: {**table, "world": table["world"] + first_world} if (table := getattr(outcome, name)) else {}
            for name in TABLES
        }
        messages = tables["messages"]
        for name in ("root", "parent") if messages else ():
            numbers = messages[name].astype(np.int64)
            messages[name] = np.where(numbers < 0, -1, numbers + first_message)
        first_world += len(outcome.values)
        first_message += len(messages.get("root", ()))
        parts.append(tables)
    return Outcome(
        np.concatenate([outcome.values for outcome in outcomes]),
        np.concatenate([outcome.switches for outcome in outcomes]),
        **{name: _stacked([tables[name] for tables in parts]) for name in TABLES},
    )


def _stacked(tables: list[Table]) -> Table:
    """Put tables below each other; worlds that failed have none."""
    known = [table for table in tables if table]
    return {name: np.concatenate([table[name] for table in known]) for name in known[0]} if known else {}


@contextmanager
def _watched(
    folder: Path, units: int, worlds: int, on_progress: Progress | None
) -> Iterator[tuple[str | None, NDArray[np.float64]]]:
    """Give units a file to note their progress in, and report its sum while they run."""
    if on_progress is None:
        yield None, np.zeros(units)
        return
    file = folder / "progress"
    with sharing():
        # Written, not only made as long: a page for which there is no room later would end the process.
        file.write_bytes(bytes(8 * units))
    done = np.memmap(file, np.float64, "r+")
    stop = threading.Event()

    def poll(report: Progress) -> None:
        while not stop.wait(_POLL_SECONDS):
            report(float(done.sum()), worlds)

    poller = threading.Thread(target=poll, args=(on_progress,), daemon=True)
    poller.start()
    try:
        yield str(file), done
    finally:
        stop.set()
        poller.join()
        on_progress(min(round(float(done.sum()), 3), worlds), worlds)
