"""What a scenario file may say, validated: network, companies, incident, money, levers and constants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import (
    BaseModel,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from influence_sim.core import setting as core
from influence_sim.core.courses import Course
from influence_sim.core.levers import NEUTRAL
from influence_sim.core.parameters import ORIGINS, Origin, Parameters
from influence_sim.core.state import Ints
from influence_sim.scenario_faults import explain, without_faulty
from influence_sim.scenario_files import ScenarioError as ScenarioError
from influence_sim.scenario_files import read_values
from influence_sim.scenario_files import shipped_scenarios as shipped_scenarios
from influence_sim.scenario_tables import (
    Change,
    Company,
    ConstantTable,
    Costs,
    Incident,
    LeverTable,
    Network,
    Table,
)
from influence_sim.strategies import Strategy, find, known

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


class Scenario(Table):
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
