"""One visitor's page: what is chosen, the player behind it, and what there is to show."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import solara

from influence_sim.experiment.compare import compare
from influence_sim.networks import NetworkError, read
from influence_sim.page import snapshot
from influence_sim.page.arena import Arena
from influence_sim.page.contenders import Choice
from influence_sim.page.export import report_html, scenario_file
from influence_sim.page.feed import Thread, latest
from influence_sim.page.narrator import tell
from influence_sim.page.painter import Painter
from influence_sim.page.pictures import Studio
from influence_sim.page.player import Activity, Player, Status
from influence_sim.page.snapshot import Side, Snapshot
from influence_sim.scenario import Scenario
from influence_sim.scenario_tables import Incident
from influence_sim.strategies import COMPARED_BY_DEFAULT

_PICTURE_SECONDS = 0.25
"""How often networks are drawn while the run goes on, at most."""
_LINES_SECONDS = 1.0
"""How often time lines are drawn while the run goes on, at most."""


@dataclass(frozen=True, slots=True)
class Hand:
    """The levers of a contender as the page offers them, and what may be said of them."""

    name: str
    wanted: Mapping[str, float]
    pulled: Mapping[str, float]
    paid: float
    why_fixed: str
    is_changed: bool

    @classmethod
    def of(cls, side: Side) -> Hand:
        """Return those of a side."""
        return cls(side.name, side.wanted, side.pulled, side.paid, side.why_fixed, side.is_changed)


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What is to be shown next; ``is_moving`` if more will follow at once."""

    studio: Studio
    now: Snapshot
    incidents: tuple[Incident, ...]
    threads: tuple[Thread, ...]
    is_moving: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is being made, or is done."""

    progress: float | None = None
    html: str = ""
    error: str = ""


@dataclass(eq=False)
class Session:
    """What one open page shows; each value is set as a whole, and what shows it is drawn again.

    Attributes
    ----------
    choice
        What is simulated, or is to be.
    status
        What the player does.
    shown
        How the contenders stand; None before there are any.
    words
        What is happening.
    networks, lines
        Pictures, as PNG: one per contender, and the time lines.
    hands, incidents
        Levers of the contenders, and what may go wrong, as they stand in the run.
    threads
        The latest threads about the company in the world that is looked at.
    fault
        What is wrong with a file that was handed over; a line per fault.
    report
        The report, if one was asked for.
    """

    start: Choice
    choice: solara.Reactive[Choice] = field(init=False)

    def __post_init__(self) -> None:
        self.choice = solara.reactive(self.start)
        self.status = solara.reactive(Status(Activity.EMPTY))
        self.shown: solara.Reactive[Snapshot | None] = solara.reactive(None)
        self.words: solara.Reactive[tuple[str, ...]] = solara.reactive(())
        self.networks: solara.Reactive[tuple[bytes, ...]] = solara.reactive(())
        self.lines: solara.Reactive[bytes] = solara.reactive(b"")
        self.hands: solara.Reactive[tuple[Hand, ...]] = solara.reactive(())
        self.incidents: solara.Reactive[tuple[Incident, ...]] = solara.reactive(())
        self.threads: solara.Reactive[tuple[Thread, ...]] = solara.reactive(())
        self.looked_at = solara.reactive(0)
        self.only_against = solara.reactive(True)
        self.fault: solara.Reactive[dict[str, str]] = solara.reactive({})
        self.report = solara.reactive(Report())
        self._folder = Path(tempfile.mkdtemp(prefix="influence_sim_"))
        self._studio: Studio | None = None
        self._next: Studio | None = None
        self._loading: Scenario | None = None
        self._running: Scenario | None = None
        self._lines_at = 0.0
        self._painter = Painter(self._show, _PICTURE_SECONDS)
        self.player = Player(self._see)
        self.set_up(self.start)

    def close(self) -> None:
        """End what runs, and remove what was handed over."""
        self.player.close()
        self._painter.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # what a visitor does

    def set_up(self, choice: Choice) -> None:
        """Simulate something else, from its burn-in on."""
        self.choice.set(choice)
        self.fault.set({})

        def make() -> Arena:
            try:
                arena = Arena(choice)
            except NetworkError as error:
                what = f"{choice.scenario.name} cannot be run yet, and what is shown is the run before"
                raise NetworkError(f"{error}; {what}: upload its network (Setting, Kind: file)") from None
            self._next, self._loading = Studio.of(arena), choice.scenario
            return arena

        self.player.load(make)

    def use_scenario(self, scenario: Scenario) -> None:
        """Simulate another scenario, with the strategies that it knows of those chosen."""
        known = set(scenario.strategies)
        kept = tuple(name for name in self.choice.value.strategies if name in known)
        self.set_up(replace(self.choice.value, scenario=scenario, strategies=kept or COMPARED_BY_DEFAULT))

    def use_network(self, **values: Any) -> None:
        """Simulate on another network; ``values`` are keys of ``[network]``."""
        try:
            said = {f"network.{key}": value for key, value in values.items()}
            scenario = self._current().with_values(said)
        except ValueError as error:
            self.fault.set({"network": str(error)})
            return
        self.set_up(replace(self.choice.value, scenario=scenario))

    def use_seed(self, seed: int) -> None:
        """Simulate on other draws."""
        self.set_up(replace(self.choice.value, scenario=self._current(), seed=seed))

    def use_strategies(self, names: Sequence[str]) -> None:
        """Let other strategies compete, up to the same hour."""
        before, chosen = self.choice.value.strategies, tuple(names)
        if chosen == before:
            return
        self.choice.set(replace(self.choice.value, strategies=chosen))
        self.player.change(lambda arena: arena.choose(chosen), replay=True)

    def set_incidents(self, incidents: Sequence[Incident]) -> None:
        """Let other things go wrong, up to the same hour."""
        self.player.change(lambda arena: arena.set_incidents(incidents), replay=True)

    def pull(self, contender: int, lever: str, value: float) -> None:
        """Change a lever by hand."""
        self.player.change(lambda arena: arena.pull(contender, {lever: value}))

    def undo(self, contender: int) -> None:
        """Take back what was changed of a contender by hand, up to the same hour."""
        self.player.change(lambda arena: arena.undo(contender), replay=True)

    def look_at(self, contender: int, *, only_against: bool) -> None:
        """Show the threads of another contender, or others."""
        self.looked_at.set(contender)
        self.only_against.set(only_against)
        self.player.change(lambda arena: None)

    def take_scenario(self, name: str, data: bytes | None) -> None:
        """Take a scenario file that was handed over, or say what is wrong with it."""
        file = self._kept("scenario", name, data)
        if file is None:
            return
        try:
            scenario = Scenario.load(file)
        except ValueError as error:
            self.fault.set({"scenario": str(error).replace(str(file), name)})
            return
        self.use_scenario(scenario)

    def take_network(self, name: str, data: bytes | None, *, directed: bool | None, reverse: bool) -> None:
        """Take a graph file that was handed over, or say what is wrong with it."""
        file = self._kept("network", name, data)
        if file is None:
            return
        try:
            read(file, directed=directed, reverse=reverse)
        except ValueError as error:
            self.fault.set({"network": str(error).replace(str(file), name)})
            return
        self.use_network(kind="file", path=str(file), directed=directed, reverse=reverse, header=None)

    def scenario_file(self) -> str:
        """Return the run as a scenario file."""
        return self.player.ask(scenario_file)

    def make_report(self, replicates: int) -> None:
        """Compare the contenders as they stand in many worlds, and write a report."""
        if self.report.value.progress is not None:
            return
        self.report.set(Report(progress=0.0))

        def work() -> None:
            try:
                scenario, names, seed = self.player.ask(lambda arena: (arena.scenario(), arena.names(), arena.seed))

                def progress(done: float, total: float) -> None:
                    self.report.set(Report(progress=done / total))

                result = compare(scenario, names, replicates=replicates, seed=seed, on_progress=progress)
                self.report.set(Report(html=report_html(result)))
            except Exception as error:
                self.report.set(Report(error=str(error) or type(error).__name__))

        threading.Thread(target=work, name="report", daemon=True).start()

    def _current(self) -> Scenario:
        """Return the scenario with the incidents that were changed on the page."""
        scenario: Scenario = self.choice.value.scenario
        if self.shown.value is None or self._running is not scenario:
            # Those on the page are of the run before.
            return scenario
        return Scenario.of(
            {**scenario.model_dump(), "incident": [one.model_dump() for one in self.incidents.value]}, scenario.name
        )

    def _kept(self, what: str, name: str, data: bytes | None) -> Path | None:
        """Keep a file under its own name, which says how it is to be read."""
        if data is None:
            self.fault.set({what: f"{name}: is too large for the page; name it on the command line instead"})
            return None
        file = self._folder / Path(name).name
        file.write_bytes(data)
        return file

    # what the player reports

    def _see(self, arena: Arena | None, status: Status) -> None:
        """Note where the run stands; called in the player's thread, which waits for no picture."""
        self.status.set(status)
        if arena is None:
            return
        if self._next is not None and self._next.arena is arena:
            self._studio, self._next, self._running = self._next, None, self._loading
        assert self._studio is not None
        now = snapshot.take(arena, self._studio.people)
        looked_at = min(self.looked_at.value, len(now.sides) - 1)
        self._painter.put(
            _Scene(
                studio=self._studio,
                now=now,
                incidents=tuple(arena.base.incident),
                threads=tuple(latest(arena, looked_at, against=self.only_against.value)),
                is_moving=status.activity in (Activity.PLAYING, Activity.RUNNING),
            )
        )

    def _show(self, scene: _Scene) -> None:
        """Show a scene; called in the painter's thread, which must survive it."""
        try:
            self._draw(scene)
        except Exception as error:
            self.status.set(replace(self.status.value, error=f"cannot be shown: {type(error).__name__}: {error}"))

    def _draw(self, scene: _Scene) -> None:
        studio, now = scene.studio, scene.now
        self.shown.set(now)
        self.words.set(tuple(tell(now)))
        self.hands.set(tuple(Hand.of(side) for side in now.sides))
        self.incidents.set(scene.incidents)
        self.threads.set(scene.threads)
        self.networks.set(tuple(studio.picture(side) for side in now.sides))
        if not scene.is_moving or time.monotonic() > self._lines_at + _LINES_SECONDS:
            self.lines.set(studio.time_lines(now))
            self._lines_at = time.monotonic()
