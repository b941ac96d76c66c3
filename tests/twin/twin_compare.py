"""A world of the engine beside the same world of the twin, day by day, and the first difference in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from twin_model import TwinModel
from twin_numbers import NEVER
from twin_words import KINDS

from influence_sim.core.courses import Course
from influence_sim.core.draws import Draws
from influence_sim.core.engine import Engine
from influence_sim.core.graph import Graph
from influence_sim.core.levers import Levers
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.setting import Setting
from influence_sim.core.state import COLUMNS
from influence_sim.core.worlds import Worlds
from influence_sim.scenario import Scenario

MEASURED = (*STANDARD, *(measure.name for measure in DIAGNOSTICS))
CLOSE = 1e-6
PERSONAL = [name for name, column in COLUMNS.items() if column.of == "consumer"]
EXACT = ["kind", "author", "company", "channel", "attribute", "failure", "children", "depth"]
NEAR = ["born", "valence", "arousal", "severity", "sincerity", "answered_at", "deleted_at", "seen_answer", "cooled"]


@dataclass
class Case:
    """A world: scenario, strategy of the focal company (or any course), seed and replicate."""

    scenario: Scenario
    strategy: str | None = None
    seed: int = 1
    replicate: int = 0
    graph: Graph | None = None
    course: Callable[[], Course] | None = None
    setting: Setting = field(init=False)
    played: TwinModel = field(init=False)

    def __post_init__(self) -> None:
        self.setting = self.scenario.setting(self.graph or self.scenario.graph())

    def courses(self) -> list[Course]:
        courses = self.scenario.courses(self.strategy)
        if self.course is not None:
            courses[self.scenario.focal_company] = self.course()
        return courses

    def engine(self) -> Iterator[Engine]:
        """Yield the engine after every day, burn-in and all."""
        levers = Levers.stack([course.levers for course in self.scenario.courses(None)])
        draws = Draws.for_replicates(self.seed, np.array([self.replicate]))
        engine = Engine(Worlds(self.setting, draws, levers), MEASURED)
        for _ in range(self.scenario.burn_in_days):
            engine.run_days(1)
            yield engine
        engine = engine.fork([0])
        engine.worlds.begin_comparison(self.courses())
        for _ in range(self.scenario.days):
            engine.run_days(1)
            yield engine

    def twin(self, setting: Setting | None = None, courses: list[Course] | None = None) -> TwinModel:
        """Return the twin at its beginning, of another setting or on other courses if wanted."""
        conduct = [course.levers for course in self.scenario.courses(None)]
        return TwinModel(setting or self.setting, self.seed, self.replicate, conduct, courses or self.courses())

    @property
    def days(self) -> int:
        return self.scenario.burn_in_days + self.scenario.days

    def first_difference(self) -> list[str]:
        """Return what differs on the first day on which anything does; nothing, if all days agree."""
        twin = self.played = self.twin()
        for day, engine in enumerate(self.engine()):
            twin.run_days(1)
            found = differences(Day.of(engine), twin)
            if found or day == self.days - 1:
                found = [*message_differences(engine.worlds, twin), *found]
            if found:
                return [f"day {day}: {line}" for line in found]
        return []

    def record(self) -> list[Day]:
        """Return what the engine shows of every day."""
        return [Day.of(engine) for engine in self.engine()]


@dataclass
class Day:
    """What the engine shows at the end of a day, but for messages."""

    columns: dict[str, Any]
    views: dict[str, Any]
    funded: Any
    switches: Any
    measures: dict[str, Any]
    storms: Any
    volume: Any

    @classmethod
    def of(cls, engine: Engine) -> Day:
        worlds = engine.worlds
        return cls(
            {name: getattr(worlds.state, name).copy() for name in COLUMNS},
            {name: values.copy() for name, values in worlds.state.views().items()},
            worlds.funded.copy(),
            worlds.switches[0].copy(),
            dict(zip(engine.recorded, np.array(engine.history[-1]), strict=True)),
            worlds.watch.storms.T.copy(),
            np.array(worlds.watch.volume[-24:]).T,
        )


def differences(day: Day, twin: TwinModel) -> list[str]:
    """Compare everything at the end of a day but messages."""
    return [
        *state_differences(day, twin),
        *company_differences(day, twin),
        *measure_differences(day, twin),
        *storm_differences(day, twin),
    ]


def same(one: float, other: float) -> bool:
    if one == other or (math.isnan(one) and math.isnan(other)):
        return True
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)


def message_differences(worlds: Worlds, twin: TwinModel, limit: int = 12) -> list[str]:
    """Messages that one has and the other has not, or that differ; the earliest first."""
    table = worlds.messages.columns()
    ids = table["id"]
    engine = {int(key): place for place, key in enumerate(ids)}
    ours = {message.key: message for message in twin.messages}
    found: list[tuple[float, str]] = []
    if len(engine) != len(ids) or len(ours) != len(twin.messages):
        found.append((-1.0, f"ids twice: engine {len(ids) - len(engine)}, twin {len(twin.messages) - len(ours)}"))
    for key in engine.keys() | ours.keys():
        place, message = engine.get(key), ours.get(key)
        if place is None:
            assert message is not None
            author = None if message.author is None else message.author.number
            found.append((message.born, f"hour {message.born:.3f} {KINDS[message.kind]} of {author} about "
                                        f"{message.company}: only in the twin"))  # fmt: skip
            continue
        row = {name: column[place] for name, column in table.items()}
        named = f"hour {row['born']:.3f} {KINDS[row['kind']]} of {row['author']} about {row['row']}"
        if message is None:
            said = f"root {KINDS[table['kind'][row['root']]]}, valence {row['valence']}, arousal {row['arousal']}"
            found.append((row["born"], f"{named}: only in the engine ({said})"))
            continue
        parent = 0 if row["parent"] < 0 else int(ids[row["parent"]])
        mine = {
            "author": -1 if message.author is None else message.author.number,
            "root": message.root.key,
            "parent": 0 if message.parent is None else message.parent.key,
        }
        theirs = {"company": row["row"], "root": int(ids[row["root"]]) if row["root"] >= 0 else key, "parent": parent}
        for name in (*EXACT, "root", "parent", *NEAR):
            a, b = theirs.get(name, row.get(name)), mine.get(name, getattr(message, name))
            if not (same(float(a), float(b)) if name in NEAR else int(a) == int(b)):
                found.append((row["born"], f"{named}: {name} engine {a} twin {b}"))
    found.sort()
    return [line for _, line in found[:limit]] + ([f"… {len(found)} in all"] if len(found) > limit else [])


def state_differences(day: Day, twin: TwinModel, limit: int = 4) -> list[str]:
    found = []
    for name, theirs in day.views.items():
        ours = np.array([[getattr(p.views[j], name) for p in twin.people] for j in range(twin.companies_count)])
        found += arrays(name, theirs, ours, limit)
    for name in PERSONAL:
        ours = np.array([[getattr(person, name) for person in twin.people]])
        found += arrays(name, day.columns[name], ours, limit)
    found += arrays("taste", day.columns["taste"], np.array([[person.taste for person in twin.people]]), limit)
    return found + arrays("demand", day.columns["demand"], np.array([twin.demand]), limit)


def company_differences(day: Day, twin: TwinModel, limit: int = 4) -> list[str]:
    found = []
    for name in ("product", "estimate", "variance", "failure_rate", "reserve", "failures_heard", "heard", "answered"):
        ours = np.array([getattr(company, name) for company in twin.companies], float)
        found += arrays(name, day.columns[name], ours, limit)
    # Which desk is idle does not matter, nor since when.
    ours = np.array([company.desks for company in twin.companies])
    theirs = day.columns["staff_free_at"].reshape(ours.shape)
    found += arrays("staff_free_at", *(np.sort(np.maximum(desks, twin.now), axis=1) for desks in (theirs, ours)), limit)
    found += arrays("funded", day.funded, np.array([company.funded for company in twin.companies]), limit)
    if twin.comparing:
        found += arrays("switches", day.switches, np.array(twin.switches), limit)
    return found


def arrays(name: str, engine: Any, ours: Any, limit: int) -> list[str]:
    engine = np.asarray(engine, float).reshape(ours.shape)
    if ours.size and (never := ours <= NEVER).any():
        # A huge number would be close to many.
        ours, engine = np.where(never, -np.inf, ours), np.where(engine <= NEVER, -np.inf, engine)
    places = np.argwhere(~np.isclose(engine, ours, rtol=CLOSE, atol=CLOSE, equal_nan=True))
    lines = [f"{name}{place.tolist()}: engine {engine[tuple(place)]} twin {ours[tuple(place)]}" for place in places]
    return lines[:limit] + ([f"{name}: … {len(lines)} in all"] if len(lines) > limit else [])


def measure_differences(day: Day, twin: TwinModel) -> list[str]:
    found = []
    for name, values in day.measures.items():
        for number, measures in enumerate(twin.measured[-1]):
            spare = of_doubtful_answers(twin, number) if name == "nps" else 0.0
            if not same(float(values[number]), measures[name]) and not abs(values[number] - measures[name]) <= spare:
                found.append(f"measure {name} of {number}: engine {values[number]} twin {measures[name]}")
    return found


def of_doubtful_answers(twin: TwinModel, number: int) -> float:
    """How much of the net promoter score hangs on answers that the last bit of a 4-byte number may round either way."""
    views = [person.views[number] for person in twin.people if person.views[number].cohort]
    answers = [10 * (0.5 * view.loyalty + 0.25 * (view.attitude + 1)) for view in views]
    doubtful = sum(min(abs(answer - 6.5), abs(answer - 8.5)) < 1e-5 for answer in answers)
    return 100 * doubtful / max(len(views), 1) + CLOSE


def storm_differences(day: Day, twin: TwinModel) -> list[str]:
    theirs = day.storms[np.lexsort((day.storms[:, 2], day.storms[:, 0]))]
    ours = np.array(
        [
            [number, s.began, s.broke_out, math.nan if s.ended is None else s.ended, s.expected, s.reproduction,
             s.exposed]
            for number, company in enumerate(twin.companies)
            for s in company.watch.storms
        ]
    ).reshape(-1, 7)  # fmt: skip
    mine = np.array([company.watch.volume[-24:] for company in twin.companies])
    found = arrays("negative posts and shares (company, hour of the last day)", day.volume, mine, 4)
    if theirs.shape != ours.shape or not np.allclose(theirs, ours, rtol=CLOSE, atol=CLOSE, equal_nan=True):
        found.append(f"storms: engine {theirs.tolist()} twin {ours.tolist()}")
    return found
