"""The tables of a scenario file, each validated by itself: network, companies, incident, changes, money, numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, field_validator, model_validator

from influence_sim.core import setting as core
from influence_sim.core.levers import check_levers
from influence_sim.core.parameters import ORIGINS, Parameters
from influence_sim.files import did_you_mean
from influence_sim.scenario_faults import EntryError


class Table(BaseModel):
    """A table of a scenario file: no key but its own, no value of another type, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Network(Table):
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


class Company(Table):
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


class Incident(Table):
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


class Change(Table):
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
    __base__=Table,
    __module__=__name__,
    __doc__="Unit costs, in money; those marked * are per 1,000 consumers in the market.",
    **_COST_FIELDS,
)
