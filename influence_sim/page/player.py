"""The thread that plays: it alone touches the worlds, does what it is told between two hours, and reports."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from influence_sim.core.setting import HOURS_PER_DAY

if TYPE_CHECKING:
    from influence_sim.page.arena import Arena

REPORT_SECONDS = 0.15
"""How often what is going on is reported while it goes on, at most."""
_BREATH_SECONDS = 0.0003
"""A rest between two hours, in which others get the interpreter."""
_PATIENCE_SECONDS = 60

type Job = Iterator[float]
"""Something that takes a while, in small pieces; each yields the seconds to rest before the next."""


class Activity(Enum):
    """What the player does."""

    EMPTY = "nothing is set up"
    PREPARING = "preparing"
    PAUSED = "paused"
    PLAYING = "playing"
    RUNNING = "running ahead"
    OVER = "at the end"


@dataclass(frozen=True, slots=True)
class Status:
    """What the player is doing.

    Attributes
    ----------
    activity
        What it does.
    note
        What it is at in particular, such as the burn-in.
    progress
        How far that is, 0..1; None where that is not known.
    error
        What went wrong last, a line per fault; empty if nothing did.
    """

    activity: Activity
    note: str = ""
    progress: float | None = None
    error: str = ""


class Player:
    """Plays an arena in a thread of its own.

    Every method but :meth:`close` returns at once: what is asked for is done in the thread, between two hours.

    Parameters
    ----------
    report
        Called in the thread with the arena (None while there is none) and the status: when something was done, and now
        and then while it goes on. It must not take long.
    hours_per_second
        How fast it plays.
    """

    def __init__(self, report: Callable[[Arena | None, Status], None], hours_per_second: float = 24.0) -> None:
        self.hours_per_second = hours_per_second
        self._report = report
        self._arena: Arena | None = None
        self._job: Job | None = None
        self._activity, self._note, self._error = Activity.EMPTY, "", ""
        self._progress: float | None = None
        self._asked: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._next_report = 0.0
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    # what can be asked for

    def load(self, make: Callable[[], Arena]) -> None:
        """Make another arena and run its burn-in; the old one stays until that has succeeded."""
        self._ask(lambda: self._start(self._prepare(make), Activity.PREPARING, "the network"))

    def play(self) -> None:
        """Let the hours go by, until told otherwise or the end."""
        self._ask(lambda: self._start(self._go(), Activity.PLAYING))

    def pause(self) -> None:
        """Stop whatever goes on, at the hour that it has come to."""
        self._ask(self._stop)

    def step(self, hours: float) -> None:
        """Advance by some hours, at full speed."""
        self._ask(lambda: self._start(self._until(self._hour() + hours), Activity.RUNNING))

    def step_day(self) -> None:
        """Advance to the next midnight, at full speed."""
        self._ask(
            lambda: self._start(self._until((self._hour() // HOURS_PER_DAY + 1) * HOURS_PER_DAY), Activity.RUNNING)
        )

    def jump(self) -> None:
        """Advance to the first hour in which something strikes anew, in some world."""
        self._ask(lambda: self._start(self._until_struck(), Activity.RUNNING, "to the incident"))

    def finish(self) -> None:
        """Advance to the end."""
        self._ask(lambda: self._start(self._until(float("inf")), Activity.RUNNING, "to the end"))

    def restart(self) -> None:
        """Go back to the beginning of the comparison."""
        self._ask(lambda: self._change(lambda arena: arena.restart()))

    def change(self, do: Callable[[Arena], object], *, replay: bool = False) -> None:
        """Do something to the arena, and go on as before; with ``replay``, catch up with the hour it stood at.

        A ValueError that it raises becomes the status's error.
        """
        self._ask(lambda: self._replay(do) if replay else self._change(do, goes_on=True))

    def ask[T](self, question: Callable[[Arena], T]) -> T:
        """Return what the thread finds out about the arena, between two hours; this alone waits for it.

        Raises
        ------
        ValueError
            If there is no arena yet, or no answer comes within a minute; or what the question raises.
        """
        answers: queue.SimpleQueue[T | Exception] = queue.SimpleQueue()

        def answer() -> None:
            try:
                if self._arena is None:
                    raise ValueError("nothing is set up yet")
                answers.put(question(self._arena))
            except Exception as error:
                answers.put(error)

        self._ask(answer)
        try:
            found = answers.get(timeout=_PATIENCE_SECONDS)
        except queue.Empty:
            raise ValueError("the simulation is busy; try again in a moment") from None
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        """End the thread."""
        self._asked.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=10)

    def _ask(self, command: Callable[[], None]) -> None:
        self._asked.put(command)

    # the thread

    def _run(self) -> None:
        rest: float | None = None
        while True:
            try:
                # Without a job it sleeps until something is asked for.
                command = self._asked.get(timeout=rest) if rest is None or rest > 0 else self._asked.get_nowait()
            except queue.Empty:
                rest = self._advance()
                continue
            if command is None:
                return
            self._error = ""
            self._guard(command)
            self._tell(at_once=True)
            rest = None if self._job is None else 0.0

    def _advance(self) -> float | None:
        """Do the next piece of the job; return how long to rest, None if it is done."""
        assert self._job is not None
        rest: list[float] = []
        job = self._job
        done = not self._guard(lambda: rest.extend([next(job)]))
        if done and self._job is job:
            self._stop()
        self._tell(at_once=self._job is None)
        return None if self._job is None else max(rest[0], _BREATH_SECONDS)

    def _guard(self, do: Callable[[], None]) -> bool:
        """Do something; what goes wrong is kept, to be shown. Return whether it is to go on."""
        try:
            do()
        except StopIteration:
            return False
        except Exception as error:
            self._error = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            return False
        return True

    def _tell(self, *, at_once: bool) -> None:
        now = time.monotonic()
        if at_once or now >= self._next_report:
            self._report(self._arena, Status(self._activity, self._note, self._progress, self._error))
            self._next_report = time.monotonic() + REPORT_SECONDS

    def _start(self, job: Job, activity: Activity, note: str = "") -> None:
        if self._arena is None and activity is not Activity.PREPARING:
            return
        self._job, self._activity, self._note, self._progress = job, activity, note, None

    def _stop(self) -> None:
        self._job, self._note, self._progress = None, "", None
        arena = self._arena
        self._activity = Activity.EMPTY if arena is None else Activity.OVER if arena.is_over else Activity.PAUSED

    def _change(self, do: Callable[[Arena], object], *, goes_on: bool = False) -> None:
        if self._arena is None:
            return
        if not goes_on:
            self._stop()
        do(self._arena)
        if self._job is None:
            self._stop()

    def _replay(self, do: Callable[[Arena], object]) -> None:
        if self._arena is None:
            return
        hour, was_playing = self._arena.hour, self._activity is Activity.PLAYING
        do(self._arena)
        self._start(self._catch_up(hour, was_playing), Activity.RUNNING, "the same again, changed")

    # jobs

    def _prepare(self, make: Callable[[], Arena]) -> Job:
        arena = make()
        self._note = "the burn-in"
        for self._progress in arena.burn_in():
            yield 0
        self._arena = arena

    def _go(self) -> Job:
        due = time.monotonic()
        while self._arena is not None and not self._arena.is_over:
            self._arena.step()
            # Hours that came late are made up for, as far as a second goes.
            due = max(due + 1 / self.hours_per_second, time.monotonic() - 1)
            yield due - time.monotonic()

    def _until(self, hour: float) -> Job:
        arena = self._arena
        assert arena is not None
        start, end = arena.hour, min(hour, arena.base.days * HOURS_PER_DAY)
        while arena.hour < end:
            arena.step()
            self._progress = min((arena.hour - start) / (end - start), 1.0)
            yield 0

    def _until_struck(self) -> Job:
        arena = self._arena
        assert arena is not None
        if not arena.strikes_ahead():
            raise ValueError("nothing strikes any more in this run; restart, or change the incident")
        while arena.strikes_ahead():
            begins_day = arena.hour % HOURS_PER_DAY == 0
            arena.step()
            yield 0
            if begins_day and arena.is_struck_anew():
                return

    def _catch_up(self, hour: float, was_playing: bool) -> Job:
        yield from self._until(hour)
        if was_playing:
            self._activity, self._note, self._progress = Activity.PLAYING, "", None
            yield from self._go()

    def _hour(self) -> float:
        return 0.0 if self._arena is None else self._arena.hour
