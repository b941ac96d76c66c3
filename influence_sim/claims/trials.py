"""Which worlds claims need, each run once however many claims look at it, and what is read off them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influence_sim.claims.claim import OURS, RIVALS, Claim, Part, Side
from influence_sim.claims.conditions import scenario_of
from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.core.measures import DIAGNOSTICS, Measure
from influence_sim.experiment.compare import compare
from influence_sim.experiment.contrasts import over_days
from influence_sim.experiment.folders import StoreError, reason, write_whole
from influence_sim.experiment.plan import Point
from influence_sim.experiment.quantities import needs_counterfactual
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.workers import in_any_order
from influence_sim.files import read_json
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


type F8 = NDArray[np.float64]
type Progress = Callable[[float, float], None]


def _sources() -> str:
    """Return a digest of the code that makes worlds: what it made before it was changed is not used again."""
    package = Path(__file__).parent.parent
    files = sorted(file for part in ("core", "networks") for file in (package / part).glob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


_DIAGNOSTICS = {measure.name for measure in DIAGNOSTICS}
_TITLES, _CONDUCT = {"name", "title", "question"}, {"levers", "schedule"}
"""What nothing depends on, and what only companies that follow such a strategy take notice of."""
_VERSIONS = (version("influence-sim"), GENERATOR_VERSION, _sources())


class Reading(NamedTuple):
    """What is read off the worlds of a strategy: a number per replicate."""

    strategy: str
    measure: str
    of: str = OURS
    days: tuple[int, int] | None = None
    highest: bool = False


@dataclass(frozen=True, eq=False)
class Market:
    """Where readings are taken: a scenario, and on which draws."""

    scenario: Scenario
    replicates: int
    seed: int

    @cached_property
    def shared(self) -> str:
        """What its worlds depend on, whatever the focal company does: not on strategies that nobody follows."""
        scenario = self.scenario
        # A schedule may take over the levers of any other strategy.
        left_out = _TITLES if scenario.schedule else _TITLES | _CONDUCT
        conduct = [self.conduct(company.strategy) for company in scenario.companies]
        network = scenario.network
        graph = sha256(Path(network.path).read_bytes()).hexdigest() if network.path else ""
        return _digest([scenario.model_dump(exclude=left_out), conduct, graph, self.replicates, self.seed])

    def conduct(self, strategy: str) -> list[Any]:
        """Return all that a strategy means here."""
        known = self.scenario.strategy(strategy)
        return [strategy, known.levers, {str(day): dict(levers) for day, levers in known.schedule.items()}]

    def place(self, strategy: str) -> str:
        """Return what the worlds of a strategy depend on."""
        return _digest([self.shared, self.conduct(strategy)])


class Wanted(NamedTuple):
    """A reading in a market."""

    market: Market
    reading: Reading


@dataclass(frozen=True, eq=False)
class Trial:
    """All that is read off one market's worlds; it is what is run, and kept, together."""

    market: Market
    readings: tuple[Reading, ...]

    @cached_property
    def key(self) -> str:
        """A name that no other trial has, by all that its result depends on."""
        strategies = dict.fromkeys(one.strategy for one in self.readings)
        conduct = [self.market.conduct(strategy) for strategy in strategies]
        return _digest([self.market.shared, conduct, self.readings, _VERSIONS])

    def run(self, graph: Graph) -> tuple[str, list[list[float]] | str]:
        """Run it; return its key and, reading by reading, a number per replicate, or what went wrong."""
        measures = {one.measure for one in self.readings}
        try:
            found = compare(
                self.market.scenario,
                list(dict.fromkeys(one.strategy for one in self.readings)),
                replicates=self.market.replicates,
                seed=self.market.seed,
                graph=graph,
                record=sorted(measures & _DIAGNOSTICS),
                counterfactual=needs_counterfactual(measures),
            )
        except ValueError as error:
            return self.key, str(error)
        return self.key, [read(found, one).tolist() for one in self.readings]


def read(found: Comparison, reading: Reading) -> F8:
    """Return a reading, a number per replicate."""
    row, name = found.strategies.index(reading.strategy), reading.measure
    recorded = {measure.name: place for place, measure in enumerate(found.measures)}
    if name not in recorded:
        return _of(found.summary[name][row], reading.of, found.focal)

    def days(name: str) -> F8:
        return _of(found.values[row, ..., slice(*reading.days or (None,)), recorded[name]], reading.of, found.focal)

    measure: Measure = found.measures[recorded[name]]
    if reading.highest:
        return np.asarray(np.nanmax(days(name), axis=-1))
    if measure.of is None:
        return over_days(days(name), measure)
    above, below = (over_days(days(one), found.measures[recorded[one]]) for one in measure.of)
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


def _of(values: F8, whose: str, focal: int) -> F8:
    """Return the focal company's values, or the sum of its rivals' or of all companies'; these stand on axis 1."""
    if whose == OURS:
        return values[:, focal]
    return np.asarray((np.delete(values, focal, 1) if whose == RIVALS else values).sum(1))


def reading_of(side: Side, part: Part) -> Reading:
    """Return what a part reads on one of its sides."""
    return Reading(side.strategy, part.measure, part.of, side.days, part.highest)


def wanted(
    claim: Claim, point: Point, replicates: int, seed: int, *, decisive: bool = False
) -> list[list[Wanted | float]]:
    """Return for each part of a claim what is wanted on its two sides, more and less, at a point."""
    markets: dict[str, Market] = {}

    def market(side: Side) -> Market:
        key = json.dumps(side.settings, sort_keys=True)
        if key not in markets:
            scenario = scenario_of(claim, side.settings, point, decisive=decisive)
            markets[key] = Market(scenario, replicates, seed)
        return markets[key]

    def wish(part: Part, name: str | float) -> Wanted | float:
        if isinstance(name, float):
            return name
        side = claim.side(name)
        return Wanted(market(side), reading_of(side, part))

    return [[wish(part, part.more), wish(part, part.less)] for part in claim.parts]


class Archive:
    """What has been read, by trial; in a folder where one is given, so that a run can go on from there."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[tuple[str, Reading], F8 | str] = {}

    def gather(self, wishes: Iterable[Wanted | float], *, jobs: int = 1, on_progress: Progress | None = None) -> None:
        """Run what is wanted and not known yet.

        Raises
        ------
        StoreError
            If what was done cannot be kept.
        WorkerError
            If workers were lost.
        """
        trials = {trial.key: trial for trial in self._trials([one for one in wishes if not isinstance(one, float)])}
        missing = []
        for trial in trials.values():
            kept = self._kept(trial)
            if kept is None:
                missing.append(trial)
            else:
                self._note(trial, kept)
        done, total = len(trials) - len(missing), len(trials)
        graphs: dict[str, Graph] = {}

        def graph_of(trial: Trial) -> Graph:
            key = trial.market.scenario.network.model_dump_json()
            if key not in graphs:
                graphs[key] = trial.market.scenario.graph()
            return graphs[key]

        missing.sort(key=lambda trial: trial.market.scenario.network.model_dump_json())
        for key, found in in_any_order(((trial, graph_of(trial)) for trial in missing), jobs=jobs):
            self._keep(trials[key], found)
            self._note(trials[key], found)
            done += 1
            if on_progress is not None:
                on_progress(done, total)

    def forget(self) -> None:
        """Forget what has been read; what is kept in the folder stays."""
        self._known.clear()

    def value(self, wish: Wanted | float) -> F8 | str:
        """Return what a wish has come to, a number per replicate, or why there is none."""
        if isinstance(wish, float):
            return np.array(wish)
        return self._known[wish.market.place(wish.reading.strategy), wish.reading]

    def _trials(self, wishes: Sequence[Wanted]) -> list[Trial]:
        """Put readings of one market together, if they mean the same by a strategy's name.

        Strategies do not notice each other, so it does not matter which are run side by side.
        """
        heaps: dict[str, list[_Heap]] = {}
        for wish in wishes:
            strategy = wish.reading.strategy
            if (wish.market.place(strategy), wish.reading) in self._known:
                continue
            alike = heaps.setdefault(wish.market.shared, [])
            heap = next((one for one in alike if one.takes(wish)), None)
            if heap is None:
                alike.append(heap := _Heap(wish.market))
            heap.add(wish)
        return [heap.trial() for several in heaps.values() for heap in several]

    def _file(self, trial: Trial) -> Path | None:
        return None if self._folder is None else self._folder / f"{trial.key}.json"

    def _kept(self, trial: Trial) -> list[list[float]] | None:
        file = self._file(trial)
        if file is None or not file.exists():
            return None
        try:
            kept: list[list[float]] = read_json(file)
            if [len(one) for one in kept] == [trial.market.replicates] * len(trial.readings):
                return kept
        except (ValueError, TypeError):
            pass
        raise StoreError(f"{file}: is damaged; remove it, and what it held is run again")

    def _keep(self, trial: Trial, found: list[list[float]] | str) -> None:
        file = self._file(trial)
        if file is None or isinstance(found, str):
            # What went wrong may go right once it has been mended.
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, json.dumps(found).encode())
        except OSError as error:
            raise StoreError(f"{file}: cannot be kept: {reason(error)}") from None

    def _note(self, trial: Trial, found: list[list[float]] | str) -> None:
        for place, reading in enumerate(trial.readings):
            value = found if isinstance(found, str) else np.array(found[place])
            self._known[trial.market.place(reading.strategy), reading] = value


class _Heap:
    """Readings that are taken from the same worlds: of markets that differ at most in what strategies mean."""

    def __init__(self, first: Market) -> None:
        self._first = first
        self._readings: dict[Reading, None] = {}
        self._from: dict[str, Market] = {}

    def takes(self, wish: Wanted) -> bool:
        """Return whether a strategy means here what the others mean by it."""
        strategy = wish.reading.strategy
        known = self._from.get(strategy)
        return known is None or known.conduct(strategy) == wish.market.conduct(strategy)

    def add(self, wish: Wanted) -> None:
        self._readings.setdefault(wish.reading)
        self._from.setdefault(wish.reading.strategy, wish.market)

    def trial(self) -> Trial:
        scenario = self._first.scenario
        if not scenario.schedule:
            followed = {company.strategy: scenario for company in scenario.companies}
            followed |= {strategy: market.scenario for strategy, market in self._from.items()}
            levers = {name: one.levers[name] for name, one in followed.items() if name in one.levers}
            scenario = scenario.model_copy(update={"levers": levers})
        return Trial(Market(scenario, self._first.replicates, self._first.seed), tuple(self._readings))


def _digest(content: Any) -> str:
    return sha256(json.dumps(content, sort_keys=True, default=dict).encode()).hexdigest()[:24]
