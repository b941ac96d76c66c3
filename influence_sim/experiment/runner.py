"""Running worlds in batches, in this process or in several, always with the same result."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.draws import Draws
from influence_sim.core.engine import Engine
from influence_sim.core.levers import Levers
from influence_sim.core.setting import Setting
from influence_sim.core.worlds import Worlds
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
    """One world of an experiment: the focal company's strategy (None: its own) and the replicate."""

    strategy: str | None
    replicate: int


def prepare(
    scenario: Scenario,
    setting: Setting,
    worlds: Sequence[World],
    *,
    seed: int,
    measures: Sequence[str],
    on_day: Callable[[], None] | None = None,
) -> Engine:
    """Return an engine whose worlds have been through the burn-in and stand at the beginning of the comparison.

    During the burn-in every company follows its own strategy of the scenario, on the same draws for all strategies.
    """
    draws = Draws.for_replicates(seed, np.array([world.replicate for world in worlds]))
    before = [row for _ in worlds for row in scenario.lever_rows(None)]
    after = [row for world in worlds for row in scenario.lever_rows(world.strategy)]
    engine = Engine(Worlds(setting, draws, Levers.stack(before)), tuple(measures))
    engine.run_days(scenario.burn_in_days, on_day)
    engine.worlds.begin_comparison()
    engine.worlds.set_levers(Levers.stack(after))
    return engine


@dataclass(frozen=True, slots=True)
class Batch:
    """Worlds that are advanced together, and where to report how far they are."""

    scenario: Scenario
    setting: Setting
    worlds: tuple[World, ...]
    seed: int
    measures: tuple[str, ...]
    keep_messages: bool
    number: int
    report: str

    def run(self) -> tuple[int, NDArray[np.float64], dict[str, NDArray[Any]] | None]:
        """Run the batch; return its number, values of shape (worlds, companies, days, measures), and its messages."""
        progress = np.memmap(self.report, np.float64, "r+")
        a_day = len(self.worlds) / (self.scenario.burn_in_days + self.scenario.days)

        def on_day() -> None:
            progress[self.number] += a_day

        engine = prepare(
            self.scenario, self.setting, self.worlds, seed=self.seed, measures=self.measures, on_day=on_day
        )
        engine.run_days(self.scenario.days, on_day)
        messages = self._labelled_messages(engine.worlds) if self.keep_messages else None
        return self.number, engine.recorded_days(self.scenario.burn_in_days), messages

    def _labelled_messages(self, worlds: Worlds) -> dict[str, NDArray[Any]]:
        columns = worlds.messages.columns()
        row = columns.pop("row")
        world = worlds.world_of_row[row]
        columns["company"] = worlds.company_of_row[row]
        columns["strategy"] = np.array([one.strategy for one in self.worlds])[world]
        columns["replicate"] = np.array([one.replicate for one in self.worlds])[world]
        return columns


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
) -> tuple[NDArray[np.float64], list[dict[str, NDArray[Any]]]]:
    """Run worlds and return their values, shape (worlds, companies, days, measures), and messages by batch if kept.

    The result is the same whatever ``jobs`` (processes) and ``batch`` (worlds advanced together).

    Raises
    ------
    Interrupted
        If the user presses Ctrl-C.
    """
    size = batch or max(1, min(LARGEST_BATCH, -(-len(worlds) // jobs)))
    groups = [tuple(worlds[start : start + size]) for start in range(0, len(worlds), size)]
    processes = min(jobs, len(groups))
    values: list[NDArray[np.float64] | None] = [None] * len(groups)
    messages: list[dict[str, NDArray[Any]]] = [{} for _ in groups]
    finished = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        _watched(Path(folder), len(groups), len(worlds), on_progress) as report,
    ):
        batches = [
            Batch(scenario, setting, group, seed, tuple(measures), keep_messages, number, report)
            for number, group in enumerate(groups)
        ]
        try:
            for number, result, said in _results(batches, processes):
                values[number] = result
                messages[number] = said or {}
                finished += len(groups[number])
        except KeyboardInterrupt:
            raise Interrupted(finished, len(worlds)) from None
    return np.concatenate([value for value in values if value is not None]), messages if keep_messages else []


def _results(
    batches: list[Batch], processes: int
) -> Iterator[tuple[int, NDArray[np.float64], dict[str, NDArray[Any]] | None]]:
    """Yield the batches' results as they come."""
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
