"""Running worlds in batches, in this process or in several, always with the same result."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.courses import Course
from influence_sim.core.draws import Draws
from influence_sim.core.engine import Engine
from influence_sim.core.levers import Levers
from influence_sim.core.setting import Setting
from influence_sim.core.worlds import Worlds
from influence_sim.experiment.anatomy import Table, cascade_table, message_table, storm_table
from influence_sim.scenario import Scenario

type Progress = Callable[[float, float], None]
"""Called now and then with the number of worlds done (fractions count) and the total."""

LARGEST_BATCH = 30
"""Worlds beyond which a batch gains no speed: the calls' overhead is spread, and the cache overflows."""

_POLL_SECONDS = 0.2


class Interrupted(KeyboardInterrupt):
    """The user stopped an experiment."""

    def __init__(self, finished: int, total: int) -> None:
        super().__init__(f"interrupted: {finished} of {total} worlds were finished")
        self.finished = finished
        self.total = total


@dataclass(frozen=True, slots=True)
class World:
    """One world of an experiment: the focal company's strategy (None: its own), the replicate, and its fate.

    A ``spared`` world is the counterfactual of the one that no incident spares: nothing strikes there.
    """

    strategy: str | None
    replicate: int
    spared: bool = False


type Courses = Mapping[str | None, Sequence[Course]]
"""What each company does over time, by the focal company's strategy (None: its own)."""


def courses_of(scenario: Scenario, worlds: Sequence[World]) -> Courses:
    """Return the courses of all worlds: what this process knows of strategies, so that others need not."""
    return {name: scenario.courses(name) for name in dict.fromkeys([None, *(world.strategy for world in worlds)])}


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
    draws = Draws.for_replicates(seed, np.array(replicates))
    levers = Levers.stack([course.levers for course in courses[None]] * len(replicates))
    engine = Engine(Worlds(setting, draws, levers), tuple(measures))
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
        Shape (worlds, companies, days, measures).
    switches
        Who bought from whom last, and whom they chose instead, shape (worlds, companies, companies + 1).
    storms, cascades, messages
        Tables as columns by name; ``world`` counts the worlds from 0. Messages are empty unless kept.
    """

    values: NDArray[np.float64]
    switches: NDArray[np.int64]
    storms: Table
    cascades: Table
    messages: Table


@dataclass(frozen=True, slots=True)
class Batch:
    """Worlds that are advanced together, and where to report how far they are."""

    scenario: Scenario
    setting: Setting
    worlds: tuple[World, ...]
    courses: Courses
    seed: int
    measures: tuple[str, ...]
    keep_messages: bool
    number: int
    report: str

    def run(self) -> tuple[int, Outcome]:
        """Run the batch; return its number and its outcome."""
        progress = np.memmap(self.report, np.float64, "r+")
        a_day = len(self.worlds) / (self.scenario.burn_in_days + self.scenario.days)

        def on_day() -> None:
            progress[self.number] += a_day

        engine = play(
            self.scenario,
            self.setting,
            self.worlds,
            seed=self.seed,
            measures=self.measures,
            on_day=on_day,
            courses=self.courses,
        )
        worlds = engine.worlds
        return self.number, Outcome(
            values=engine.recorded_days(self.scenario.burn_in_days),
            switches=worlds.switches,
            storms=storm_table(worlds),
            cascades=cascade_table(worlds),
            messages=message_table(worlds) if self.keep_messages else {},
        )


def run(
    scenario: Scenario,
    setting: Setting,
    worlds: Sequence[World],
    *,
    seed: int,
    measures: Sequence[str],
    jobs: int = 1,
    batch: int | None = None,
    keep_messages: bool = False,
    on_progress: Progress | None = None,
) -> Outcome:
    """Run worlds and return what came of them, the same whatever ``jobs`` (processes) and ``batch`` (worlds at once).

    Worlds of a replicate should stand together: what they have in common is run once per batch.

    Raises
    ------
    Interrupted
        If the user presses Ctrl-C.
    """
    groups = _groups(worlds, jobs, batch)
    processes = min(jobs, len(groups))
    courses = courses_of(scenario, worlds)
    outcomes: list[Outcome | None] = [None] * len(groups)
    finished = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        _watched(Path(folder), len(groups), len(worlds), on_progress) as report,
    ):
        batches = [
            Batch(scenario, setting, group, courses, seed, tuple(measures), keep_messages, number, report)
            for number, group in enumerate(groups)
        ]
        try:
            for number, outcome in _results(batches, processes):
                outcomes[number] = outcome
                finished += len(groups[number])
        except KeyboardInterrupt:
            raise Interrupted(finished, len(worlds)) from None
    return _joined([outcome for outcome in outcomes if outcome is not None])


def _groups(worlds: Sequence[World], jobs: int, batch: int | None) -> list[tuple[World, ...]]:
    """Cut worlds into batches; unless a size is given, worlds of a replicate stay together."""
    together = sum(world.replicate == worlds[0].replicate for world in worlds)
    fair = -(-len(worlds) // jobs)
    size = batch or max(together, min(LARGEST_BATCH, fair) // together * together)
    return [tuple(worlds[start : start + size]) for start in range(0, len(worlds), size)]


def _joined(outcomes: list[Outcome]) -> Outcome:
    """Join outcomes of batches; worlds and messages are counted through."""
    first_world = first_message = 0
    for outcome in outcomes:
        for table in (outcome.storms, outcome.cascades, outcome.messages):
            if table:
                table["world"] = table["world"] + first_world
        for name in ("root", "parent"):
            if outcome.messages:
                numbers = outcome.messages[name].astype(np.int64)
                outcome.messages[name] = np.where(numbers < 0, -1, numbers + first_message)
        first_world += len(outcome.values)
        first_message += len(outcome.messages.get("root", ()))
    return Outcome(
        np.concatenate([outcome.values for outcome in outcomes]),
        np.concatenate([outcome.switches for outcome in outcomes]),
        *(_stacked([getattr(outcome, name) for outcome in outcomes]) for name in ("storms", "cascades", "messages")),
    )


def _stacked(tables: list[Table]) -> Table:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def _results(batches: list[Batch], processes: int) -> Iterator[tuple[int, Outcome]]:
    """Yield the batches' outcomes as they come."""
    if processes == 1:
        yield from (batch.run() for batch in batches)
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=processes, return_as="generator_unordered", batch_size=1)
    with _deaf_to_interrupts():
        results = parallel(delayed(Batch.run)(batch) for batch in batches)
    yield from results


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start workers that ignore Ctrl-C, which reaches the whole process group; the parent answers it afterwards.

    Workers inherit the mask. It does not protect this process, whose other threads still take the signal, so a handler
    keeps it for later.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    # The tracker unblocks SIGINT once it has been started, which must not happen between the workers.
    resource_tracker.ensure_running()
    pressed: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if pressed:
        raise KeyboardInterrupt


@contextmanager
def _watched(folder: Path, batches: int, worlds: int, on_progress: Progress | None) -> Iterator[str]:
    """Give batches a file to note their progress in, and report its sum while they run."""
    file = folder / "progress"
    done = np.memmap(file, np.float64, "w+", shape=(batches,))
    if on_progress is None:
        yield str(file)
        return
    stop = threading.Event()

    def poll(report: Progress) -> None:
        while not stop.wait(_POLL_SECONDS):
            report(float(done.sum()), worlds)

    poller = threading.Thread(target=poll, args=(on_progress,), daemon=True)
    poller.start()
    try:
        yield str(file)
    finally:
        stop.set()
        poller.join()
        on_progress(min(round(float(done.sum()), 3), worlds), worlds)


def timestamp() -> str:
    """Return the time now, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
