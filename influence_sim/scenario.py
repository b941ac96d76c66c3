"""What a scenario file may say, validated: network, companies, incident, money, levers and constants."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from influence_sim.core import setting as core
from influence_sim.core.courses import Course
from influence_sim.core.levers import NEUTRAL, check_levers
from influence_sim.core.parameters import ORIGINS, Origin, Parameters
from influence_sim.core.state import Ints
from influence_sim.files import did_you_mean
from influence_sim.scenario_faults import EntryError, explain, without_faulty
from influence_sim.scenario_files import ScenarioError as ScenarioError
from influence_sim.scenario_files import read_values
from influence_sim.scenario_files import shipped_scenarios as shipped_scenarios
from influence_sim.strategies import Strategy, find, known

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Network(_Table):
    """Who follows whom."""

    kind: Literal["heavy_tailed", "small_world", "erdos_renyi", "stochastic_block", "file"] = "heavy_tailed"
    consumers: int = Field(default=2000, ge=2, le=100_000_000, description="a number of people")
    mean_degree: float = Field(default=10.0, gt=0, le=10_000, description="mean number of followers")
    exponent: float = Field(default=2.5, gt=2, le=10, description="tail of the audience sizes (heavy_tailed)")
    rewire: float = Field(default=0.1, ge=0, le=1, description="a probability (small_world)")
    blocks: int = Field(default=4, ge=1, le=1000, description="a number of groups (stochastic_block)")
    mixing: float = Field(default=0.1, ge=0, le=1, description="share of ties between groups (stochastic_block)")
    seed: int = Field(default=1, ge=0, description="the network's own seed")
    path: str | None = Field(default=None, description="a graph file, seen from the scenario file (file)")
    reverse: bool = Field(
        default=False, description="whether a line says who follows whom, not who reaches whom (file)"
    )
    directed: bool | None = Field(default=None, description="whether a tie has one direction (file)")
    header: bool | None = Field(default=None, description="whether the first line of an edge list is a header (file)")

    @model_validator(mode="after")
    def _path_goes_with_file(self) -> Self:
        if (self.kind == "file") != (self.path is not None):
            raise ValueError("path is for kind = 'file', and needed there")
        if self.kind != "file" and self.mean_degree >= self.consumers:
            raise ValueError(f"mean_degree = {self.mean_degree:g}: must be below the number of consumers")
        return self


class Company(_Table):
    """A company at the beginning."""

    name: str = Field(min_length=1, description="a name")
    strategy: str = Field(default="silent", description="a strategy")
    failure_rate: float = Field(default=0.05, ge=0, le=1, description="a probability per purchase")
    appeal: float = Field(default=0.0, ge=-20, le=20, description="utility that its size or name adds for everybody")
    product: list[float] | None = Field(default=None, description="a number per product attribute, in units of taste")
    budget: float | None = Field(
        default=None, ge=0, description="money per day and 1,000 consumers, if not as the others"
    )


class Kind(NamedTuple):
    """What a kind of incident is: its usual size, and how the model treats it (see core.setting.Incident)."""

    duration_days: int
    hit_share: float
    severity: float
    public: bool
    reported: bool
    preventable: bool


INCIDENT_KINDS: dict[str, Kind] = {
    "delay": Kind(1, 0.3, 0.5, public=False, reported=True, preventable=True),
    "defect": Kind(14, 0.1, 0.8, public=False, reported=True, preventable=True),
    "scandal": Kind(2, 0.2, 0.7, public=True, reported=False, preventable=False),
    "slip": Kind(1, 0.02, 0.15, public=False, reported=False, preventable=False),
}
"""Kinds of incident: customers wait, products fail, the public learns something, or hardly anything happens."""


class Incident(_Table):
    """Something that goes wrong at one company; what is left out is as usual for its kind."""

    kind: Literal["delay", "defect", "scandal", "slip"] = "delay"
    company: str | None = Field(default=None, description="a company's name; the focal company if left out")
    day: int = Field(default=0, ge=0, description="first day on which it may strike, counted from 0")
    duration_days: int | None = Field(
        default=None, ge=1, le=3650, description="days over which people are hit each time"
    )
    hit_share: float | None = Field(default=None, ge=0, le=1, description="a share of the company's customers")
    hit: list[int | str] | None = Field(default=None, description="who is hit: names in the graph file, or numbers")
    severity: float | None = Field(default=None, ge=0, le=1, description="from 0, not felt, to 1, a disaster")
    repeats: int = Field(default=1, ge=1, le=10_000, description="how many times it strikes")
    every_days: int = Field(default=30, ge=1, le=36_500, description="days from one time to the next")
    per_year: float | None = Field(default=None, gt=0, le=365, description="how often it strikes at random, instead")

    @field_validator("hit", mode="before")
    @classmethod
    def _are_people(cls, value: Any) -> Any:
        for person in value if isinstance(value, list) else []:
            if isinstance(person, bool) or not isinstance(person, int | str):
                raise ValueError(f"{person!r} is nobody; people are text in quotes or whole numbers")
        return value

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.hit is not None and self.hit_share is not None:
            raise ValueError("hit and hit_share: give a list of people or a share, not both")
        if self.per_year is not None and self.repeats > 1:
            raise ValueError("per_year and repeats: it strikes at random or at set times, not both")
        return self

    @property
    def usual(self) -> Kind:
        """What is usual for its kind, with what is said otherwise replaced."""
        said = {name: getattr(self, name) for name in ("duration_days", "hit_share", "severity")}
        return INCIDENT_KINDS[self.kind]._replace(**{name: value for name, value in said.items() if value is not None})


def _each_by(check: Callable[[str, Any], None]) -> BeforeValidator:
    """Return a validator of tables of numbers whose every entry is checked, whatever is wrong with the others."""

    def checked(table: Any) -> Any:
        if not isinstance(table, Mapping):
            return table
        faults = []
        for name, value in table.items():
            try:
                check(str(name), _as_float(value))
            except ValueError as error:
                faults.append(str(error))
        if faults:
            raise EntryError("\n".join(faults))
        return table

    return BeforeValidator(checked)


def _as_float(value: Any) -> Any:
    """Return a whole number as the float that it is taken for; all else as it is."""
    try:
        return float(value) if type(value) is int else value
    except OverflowError:
        return math.inf


def _check_constant(name: str, value: Any) -> None:
    if name not in ORIGINS:
        hint = did_you_mean(name, ORIGINS) or "; docs/model.md lists all constants"
        raise ValueError(f"{name} = {value!r}: there is no such constant{hint}")
    if isinstance(value, bool) or not isinstance(value, float):
        raise ValueError(f"{name} = {value!r}: must be a number ({ORIGINS[name].unit})")
    Parameters.of({name: value})


LeverTable = Annotated[dict[str, float], _each_by(lambda name, value: check_levers({name: value}))]
"""Levers by name."""
ConstantTable = Annotated[dict[str, float], _each_by(_check_constant)]
"""Constants of the model by name."""


class Change(_Table):
    """What a strategy changes on a day."""

    day: int = Field(ge=1, description="day of the comparison, counted from 0")
    strategy: str | None = Field(default=None, description="a strategy of the catalogue whose levers it takes over")
    levers: LeverTable = Field(default={}, description="levers")


_COST_FIELDS: dict[str, Any] = {
    one.name: (
        float,
        Field(default=one.default, ge=0, le=core.COSTS[one.name].high, description=core.COSTS[one.name].unit),
    )
    for one in fields(core.Costs)
}

Costs = create_model(
    "Costs",
    __base__=_Table,
    __module__=__name__,
    __doc__="Unit costs, in money; those marked * are per 1,000 consumers in the market.",
    **_COST_FIELDS,
)


class Scenario(_Table):
    """An experiment's setting; see :meth:`load`, and docs/scenarios.md for every key.

    Examples
    --------
    >>> Scenario(days=30).with_values({"network.consumers": 500}).network.consumers
    500
    """

    # One value, not a series of them: Mesa's batch runner would vary its fields.
    __iter__ = None  # type: ignore[assignment]

    name: str = Field(default="scenario", min_length=1, description="a name")
    title: str = Field(default="", description="a line of text")
    question: str = Field(default="", description="a line of text")
    days: int = Field(default=180, ge=1, le=36_500, description="days")
    burn_in_days: int = Field(default=90, ge=0, le=36_500, description="days run before the comparison, and discarded")
    step_hours: float = Field(default=1.0, ge=0.25, le=24, description="hours; a divisor of 24")
    attributes: int = Field(default=3, ge=1, le=100, description="a number of product attributes")
    budget: float = Field(default=20.0, ge=0, description="money per day and 1,000 consumers, for each company")
    focal: str | None = Field(default=None, description="the company whose strategy is compared; the first if left out")
    network: Network = Network()
    companies: list[Company] = Field(
        default=[Company(name="focal"), Company(name="rival A"), Company(name="rival B")],
        min_length=1,
        max_length=126,
        description="companies",
    )
    incident: list[Incident] = Field(default=[], description="[incident] or [[incident]] tables")
    costs: Costs = Costs()
    levers: dict[str, LeverTable] = Field(default={}, description="levers of strategies")
    schedule: dict[str, list[Change]] = Field(default={}, description="changes of strategies over time")
    parameters: ConstantTable = Field(default={}, description="constants of the model")

    @field_validator("incident", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, Mapping | Incident | list | tuple):
            raise ValueError(f"{value!r}: must be a table, or several")
        return [] if value is None else [value] if isinstance(value, Mapping | Incident) else value

    @model_validator(mode="after")
    def _hangs_together(self, info: ValidationInfo) -> Self:
        faults = list(self._faults(left_out=info.context or frozenset()))
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _faults(self, left_out: Set[str]) -> Iterator[str]:
        """Find what is wrong between keys that are right by themselves; nothing is said of those that are left out."""
        names, one_of = self.company_names, f"must be one of {', '.join(self.company_names)}"
        if len(set(names)) < len(names):
            yield f"companies = {names!r}: must have names that differ"
        if self.focal is not None and self.focal not in names and "companies" not in left_out:
            yield f"focal = {self.focal!r}: {one_of}"
        if 24 / self.step_hours % 1:
            yield f"step_hours = {self.step_hours:g}: must be a divisor of 24"
        for place, company in enumerate(self.companies):
            is_wrong = company.product is not None and len(company.product) != self.attributes
            if is_wrong and "attributes" not in left_out:
                wanted = f"must be {self.attributes} numbers, one per attribute"
                yield f"companies.{place}.product = {company.product!r}: {wanted}"
            try:
                if not left_out & {"levers", "schedule"} and company.strategy not in (*self.levers, *self.schedule):
                    self.strategy(company.strategy)
            except ValueError as error:
                yield f"companies.{place}.strategy = {company.strategy!r}: {error}"
        for place, incident in enumerate(self.incident):
            key = self._key(place)
            if incident.company is not None and incident.company not in names and "companies" not in left_out:
                yield f"{key}.company = {incident.company!r}: {one_of}"
            if "days" in left_out:
                continue
            if incident.day >= self.days:
                allowed = f"must be a day before the horizon (days = {self.days}), 0..{self.days - 1}"
                yield f"{key}.day = {incident.day}: {allowed}"
            elif incident.per_year is None:
                last = incident.day + (incident.repeats - 1) * incident.every_days + incident.usual.duration_days
                if last > self.days:
                    yield f"{key}: lasts until day {last}: must end within the {self.days} days"
        unknown = [] if "levers" in left_out else list(self._unknown_changes())
        yield from unknown
        named = dict.fromkeys([*self.levers, *self.schedule])
        for name in [name for name in named if not (unknown and name in self.schedule)]:
            try:
                self.strategy(name)
            except ValueError as error:
                yield str(error)

    def _unknown_changes(self) -> Iterator[str]:
        for name, changes in self.schedule.items():
            for place, change in enumerate(changes):
                try:
                    self._change(change)
                except ValueError as error:
                    yield f"schedule.{name}.{place}.strategy = {change.strategy!r}: {error}"

    # reading

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a scenario from a TOML file, or by the name of one that comes with the library.

        Parameters
        ----------
        path
            A file, or the name of a scenario such as ``shipping_delay``.

        Returns
        -------
        Scenario
            Validated; relative paths in it are seen from its file.

        Raises
        ------
        ScenarioError
            One line per fault, with file, key, value and what is allowed.
        """
        file, values = read_values(path)
        return cls.of({"name": file.stem, **values}, source=str(file))

    @classmethod
    def of(cls, values: Mapping[str, Any], source: str = "scenario") -> Self:
        """Validate nested values, as a scenario file has them, and return the scenario.

        Parameters
        ----------
        values
            By key, tables as dictionaries.
        source
            Begins each line of an error.

        Returns
        -------
        Scenario
            What is left out is as by default.

        Raises
        ------
        ScenarioError
            One line per fault, with key, value and what is allowed.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            lines = explain(error, _table_at)
            rest, left_out = without_faulty(values, error)
            try:
                cls.model_validate(rest, context=left_out)
            except ValidationError as between:
                # What hangs together wrongly, among the keys that are right by themselves.
                lines = list(dict.fromkeys([*lines, *explain(between, _table_at)]))
            lines.sort(key=_place)
            incident = values.get("incident")
            if not isinstance(incident, list) or len(incident) == 1:
                # The only incident has no number.
                lines = [re.sub(r"^incident\.0\b", "incident", line) for line in lines]
            raise ScenarioError("\n".join(f"{source}: {line}" for line in lines)) from None

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """Return a copy with some values replaced, each named by its dotted key, such as ``incident.severity``.

        Parameters
        ----------
        values
            By dotted key.

        Raises
        ------
        ScenarioError
            If a key does not exist or a value is not allowed.
        """
        tree = self.model_dump()
        for key, value in values.items():
            node: Any = tree
            *path, last = key.split(".")
            for place, part in enumerate([*path, last]):
                if isinstance(node, list) and not part.isdecimal():
                    owner = ".".join(path[:place])
                    if len(node) != 1:
                        number = (
                            f"say which, as in {owner}.0.{part}" if node else f"this scenario has no [{owner}] table"
                        )
                        raise ScenarioError(f"{self.name}: {key} = {value!r}: {number}")
                    node = node[0]
                if place == len(path):
                    break
                if isinstance(node, list) and int(part) < len(node):
                    node = node[int(part)]
                elif isinstance(node, dict) and (part in node or path[:1] == ["levers"]):
                    node = node.setdefault(part, {})
                else:
                    raise ScenarioError(f"{self.name}: {key}: there is no such key")
            if not isinstance(node, dict):
                raise ScenarioError(f"{self.name}: {key}: there is no such key")
            node[last] = value.item() if isinstance(value, np.generic) else value
        return self.of(tree, source=self.name)

    def to_toml(self) -> str:
        """Return a scenario file that says the same, without what is as by default; :meth:`load` reads it back."""
        import tomli_w

        return tomli_w.dumps(_said(self.model_dump(mode="json", exclude_defaults=True)))

    # what follows from it

    def strategy(self, name: str) -> Strategy:
        """Return a strategy as this scenario knows it, with its levers and schedule.

        Parameters
        ----------
        name
            Of the catalogue, of the scenario, or registered.

        Raises
        ------
        ValueError
            If there is no such strategy.
        """
        if name not in self.schedule:
            return find(name, self.levers)
        schedule: dict[int, dict[str, float]] = {}
        for change in self.schedule[name]:
            schedule[change.day] = {**schedule.get(change.day, {}), **self._change(change)}
        return find(name, self.levers, {name: schedule})

    def _change(self, change: Change) -> dict[str, float]:
        if change.strategy is None:
            return change.levers
        taken = find(change.strategy, self.levers)
        if taken.watches or taken.schedule:
            raise ValueError(f"strategy {taken.name!r} is more than a row of levers, and cannot be taken over")
        return {**NEUTRAL, **taken.levers, **change.levers}

    @property
    def own_strategies(self) -> list[str]:
        """Names of the strategies that only this scenario defines."""
        there = known()
        return [name for name in dict.fromkeys([*self.levers, *self.schedule]) if name not in there]

    @property
    def strategies(self) -> list[str]:
        """Names of all strategies that this scenario knows."""
        return [*known(), *self.own_strategies]

    @property
    def company_names(self) -> list[str]:
        """Names of the companies, in order."""
        return [company.name for company in self.companies]

    @property
    def focal_company(self) -> int:
        """Number of the company whose strategy is compared."""
        return 0 if self.focal is None else self.company_names.index(self.focal)

    def graph(self) -> Graph:
        """Return the follower graph, generated or read from a file.

        Raises
        ------
        influence_sim.networks.NetworkError
            If a graph file cannot be used.
        """
        from influence_sim import networks

        n = self.network
        match n.kind:
            case "file":
                assert n.path is not None
                return networks.read(n.path, directed=n.directed, reverse=n.reverse, header=n.header)
            case "heavy_tailed":
                return networks.heavy_tailed(n.consumers, n.mean_degree, n.seed, exponent=n.exponent)
            case "small_world":
                return networks.small_world(n.consumers, round(n.mean_degree), n.seed, rewire=n.rewire)
            case "erdos_renyi":
                return networks.erdos_renyi(n.consumers, n.mean_degree, n.seed)
            case "stochastic_block":
                sizes = [len(part) for part in np.array_split(np.arange(n.consumers), n.blocks)]
                mixing = n.mixing if n.blocks > 1 else 0.0
                inside = n.mean_degree * (1 - mixing) * n.blocks / n.consumers
                outside = n.mean_degree * mixing * n.blocks / max(n.blocks - 1, 1) / n.consumers
                probability = np.full((n.blocks, n.blocks), outside)
                np.fill_diagonal(probability, inside)
                return networks.stochastic_block(sizes, probability, n.seed)

    def setting(self, graph: Graph) -> core.Setting:
        """Return what the engine needs to know, on a given graph.

        Parameters
        ----------
        graph
            Its nodes are the consumers.

        Raises
        ------
        ScenarioError
            If an incident is to hit somebody who is not in the graph.
        """
        origin = [0.0] * self.attributes
        return core.Setting(
            graph=graph,
            products=np.array([company.product or origin for company in self.companies], dtype=float),
            failure_rates=np.array([company.failure_rate for company in self.companies]),
            appeals=np.array([company.appeal for company in self.companies]),
            budgets=np.array([self.budget if company.budget is None else company.budget for company in self.companies]),
            names=tuple(self.company_names),
            parameters=Parameters.of(self.parameters),
            costs=core.Costs(**self.costs.model_dump()),
            incidents=tuple(self._incident(place, graph) for place in range(len(self.incident))),
            burn_in_days=self.burn_in_days,
            step_hours=self.step_hours,
        )

    def _incident(self, place: int, graph: Graph) -> core.Incident:
        incident = self.incident[place]
        usual = incident.usual
        return core.Incident(
            company=self.focal_company if incident.company is None else self.company_names.index(incident.company),
            day=incident.day,
            duration=usual.duration_days,
            hit_share=usual.hit_share,
            severity=usual.severity,
            hit=None if incident.hit is None else self._people(self._key(place), incident.hit, graph),
            repeats=incident.repeats,
            every=incident.every_days,
            rate=0.0 if incident.per_year is None else incident.per_year / 365,
            public=usual.public,
            reported=usual.reported,
            preventable=usual.preventable,
        )

    def _key(self, place: int) -> str:
        """Return what faults call an incident: the only one has no number."""
        return "incident" if len(self.incident) == 1 else f"incident.{place}"

    def _people(self, key: str, named: list[int | str], graph: Graph) -> Ints:
        """Return the consumers of a hit list."""
        labels = range(graph.nodes) if graph.labels is None else graph.labels
        number = {str(label): place for place, label in enumerate(labels)}
        for person in named:
            if str(person) not in number:
                raise ScenarioError(f"{self.name}: {key}.hit: there is nobody called {person!r} in {graph.name}")
        return np.array([number[str(person)] for person in named], dtype=np.int64)

    def courses(self, focal_strategy: str | None) -> list[Course]:
        """Return what each company does over time.

        Parameters
        ----------
        focal_strategy
            What the focal company does; its own strategy if None.

        Raises
        ------
        ValueError
            If there is no such strategy.
        """
        names = [company.strategy for company in self.companies]
        if focal_strategy is not None:
            names[self.focal_company] = focal_strategy
        return [self.strategy(name).course() for name in names]


ASSUMPTIONS: dict[str, Origin] = {
    **{f"parameters.{name}": origin for name, origin in ORIGINS.items() if origin.tag == "A"},
    **{f"costs.{name}": origin for name, origin in core.COSTS.items()},
}
"""Every default that is an assumption, by its dotted key in a scenario, with its range: what has to be swept."""


def _said(values: Any) -> Any:
    """Leave out what is None, as TOML has no word for it."""
    if isinstance(values, dict):
        return {key: _said(value) for key, value in values.items() if value is not None}
    return [_said(value) for value in values] if isinstance(values, list) else values


_TABLES: dict[str, type[BaseModel]] = {
    "network": Network,
    "companies": Company,
    "incident": Incident,
    "schedule": Change,
    "costs": Costs,
}


def _place(line: str) -> int:
    """Return where in a file the key of a fault's line usually stands."""
    keys, key = list(Scenario.model_fields), re.split(r"\W", line, maxsplit=1)[0]
    return keys.index(key) if key in keys else len(keys)


def _table_at(location: Sequence[int | str]) -> type[BaseModel]:
    """Return the table that a location lies in."""
    return _TABLES.get(str(location[0]), Scenario) if location else Scenario
