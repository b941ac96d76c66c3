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
from influence_sim.experiment.folders import StoreError, write_whole
from influence_sim.experiment.plan import Point
from influence_sim.experiment.quantities import needs_counterfactual
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.workers import in_any_order
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph

_VERSIONS = (version("influence-sim"), GENERATOR_VERSION)

type F8 = NDArray[np.float64]
type Progress = Callable[[float, float], None]

_DIAGNOSTICS = {measure.name for measure in DIAGNOSTICS}
_TITLES, _OWN = {"name", "title", "question"}, {"levers", "schedule"}
"""What nothing depends on, and what only companies that follow such a strategy take notice of."""


class Reading(NamedTuple):
    """What is read off the worlds of a strategy: a number per replicate."""

    strategy: str
    measure: str
    of: str = OURS
    days: tuple[int, int] | None = None
    highest: bool = False


class Wanted(NamedTuple):
    """A reading in one scenario."""

    scenario: Scenario
    reading: Reading
    replicates: int


@dataclass(frozen=True, eq=False)
class Trial:
    """All that is read off one scenario's worlds; it is what is run, and kept, together."""

    scenario: Scenario
    readings: tuple[Reading, ...]
    replicates: int
    seed: int

    @cached_property
    def key(self) -> str:
        """A name that no other trial has, by all that its result depends on."""
        content = [self.scenario.model_dump(exclude=_TITLES), self.readings, self.replicates, self.seed, _VERSIONS]
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]

    def run(self, graph: Graph) -> tuple[str, list[list[float]] | str]:
        """Run it; return its key and, reading by reading, a number per replicate, or what went wrong."""
        strategies = list(dict.fromkeys(one.strategy for one in self.readings))
        measures = {one.measure for one in self.readings}
        try:
            found = compare(
                self.scenario,
                strategies,
                replicates=self.replicates,
                seed=self.seed,
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


def wanted(claim: Claim, point: Point, replicates: int, *, decisive: bool = False) -> list[list[Wanted | float]]:
    """Return for each part of a claim what is wanted on its two sides, more and less, at a point."""
    return [
        [
            name
            if isinstance(name, float)
            else Wanted(
                scenario_of(claim, claim.side(name).settings, point, decisive=decisive),
                reading_of(claim.side(name), part),
                replicates,
            )
            for name in (part.more, part.less)
        ]
        for part in claim.parts
    ]


class Archive:
    """What has been read, by trial; in a folder where one is given, so that a run can go on from there."""

    def __init__(self, folder: Path | None, seed: int) -> None:
        self._folder, self._seed = folder, seed
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
            key = trial.scenario.network.model_dump_json()
            return graphs.setdefault(key, graphs.get(key) or trial.scenario.graph())

        missing.sort(key=lambda trial: trial.scenario.network.model_dump_json())
        for key, found in in_any_order(((trial, graph_of(trial)) for trial in missing), jobs=jobs):
            self._keep(trials[key], found)
            self._note(trials[key], found)
            done += 1
            if on_progress is not None:
                on_progress(done, total)

    def value(self, wish: Wanted | float) -> F8 | str:
        """Return what a wish has come to, a number per replicate, or why there is none."""
        if isinstance(wish, float):
            return np.array(wish)
        return self._known[_place(wish), wish.reading]

    def _trials(self, wishes: Sequence[Wanted]) -> list[Trial]:
        """Put readings of one scenario together, if they mean the same by a strategy's name.

        Strategies do not notice each other, so it does not matter which are run side by side.
        """
        heaps: dict[str, list[_Heap]] = {}
        for wish in wishes:
            if (_place(wish), wish.reading) in self._known:
                continue
            alike = heaps.setdefault(_shared(wish), [])
            own = {table: getattr(wish.scenario, table).get(wish.reading.strategy) for table in _OWN}
            heap = next((one for one in alike if one.takes(wish.reading.strategy, own)), None)
            if heap is None:
                alike.append(heap := _Heap(wish))
            heap.add(wish.reading, own)
        return [heap.trial(self._seed) for several in heaps.values() for heap in several]

    def _file(self, trial: Trial) -> Path | None:
        return None if self._folder is None else self._folder / f"{trial.key}.json"

    def _kept(self, trial: Trial) -> list[list[float]] | str | None:
        file = self._file(trial)
        if file is None or not file.exists():
            return None
        try:
            kept: list[list[float]] | str = json.loads(file.read_text(encoding="utf-8"))
            if isinstance(kept, str) or len(kept) == len(trial.readings):
                return kept
        except (ValueError, TypeError):
            pass
        raise StoreError(f"{file}: is damaged; remove it, and what it held is run again")

    def _keep(self, trial: Trial, found: Any) -> None:
        file = self._file(trial)
        if file is None:
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, json.dumps(found).encode())
        except OSError as error:
            raise StoreError(f"{file}: cannot be kept: {(error.strerror or str(error)).lower()}") from None

    def _note(self, trial: Trial, found: list[list[float]] | str) -> None:
        for place, reading in enumerate(trial.readings):
            value = found if isinstance(found, str) else np.array(found[place])
            self._known[_place(Wanted(trial.scenario, reading, trial.replicates)), reading] = value


class _Heap:
    """Readings that are taken from the same worlds."""

    def __init__(self, first: Wanted) -> None:
        self._first = first
        self._readings: dict[Reading, None] = {}
        self._own: dict[str, dict[str, Any]] = {}

    def takes(self, strategy: str, own: dict[str, Any]) -> bool:
        return self._own.get(strategy, own) == own

    def add(self, reading: Reading, own: dict[str, Any]) -> None:
        self._readings.setdefault(reading)
        self._own[reading.strategy] = own

    def trial(self, seed: int) -> Trial:
        tables: dict[str, dict[str, Any]] = {
            table: dict(getattr(self._first.scenario, table))
            | {name: own[table] for name, own in self._own.items() if own[table] is not None}
            for table in _OWN
        }
        scenario = self._first.scenario.model_copy(update=tables)
        return Trial(scenario, tuple(self._readings), self._first.replicates, seed)


def _shared(wish: Wanted) -> str:
    """Return what worlds of a scenario depend on, whatever the focal company does: not on what others might do."""
    scenario = wish.scenario
    conduct = [
        {company.strategy: getattr(scenario, table).get(company.strategy) for company in scenario.companies}
        for table in sorted(_OWN)
    ]
    return json.dumps([scenario.model_dump(exclude=_TITLES | _OWN), conduct, wish.replicates], default=_dumped)


def _place(wish: Wanted) -> str:
    """Return what the worlds of a wish depend on."""
    own = [getattr(wish.scenario, table).get(wish.reading.strategy) for table in sorted(_OWN)]
    return _shared(wish) + json.dumps(own, default=_dumped)


def _dumped(value: Any) -> Any:
    return value.model_dump()
