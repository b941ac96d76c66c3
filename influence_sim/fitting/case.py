"""A fit as a file says it: which scenario, which days of the record, what is free and what it is to reproduce."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from influence_sim.fitting.summaries import SUMMARIES, Window
from influence_sim.scenario import Scenario
from influence_sim.scenario_files import ScenarioError, read_values

Range = Annotated[list[float], Field(min_length=2, max_length=2)]


class FitCase(BaseModel):
    """A fit; see :func:`read_case`.

    Attributes
    ----------
    scenario
        A scenario file, seen from this one, or the name of one that comes with the library.
    first, last
        The days of the record that are fitted; the scenario's day 0 is the first.
    predicted
        The last day that is predicted from them; ``last`` if left out.
    ordinary
        The last day before anything struck; ``last`` if left out. Rates and shares are read off the days up to it,
        the surge of complaint off those after.
    struck
        Whether the scenario's incidents strike: not, if nobody knew of them on the days that are fitted.
    companies
        What the record calls a company of the scenario, where it has another name.
    summaries
        What a fit is to reproduce, by names of :data:`~influence_sim.fitting.summaries.SUMMARIES`.
    free
        Lowest and highest value of each key that is not known, by its dotted name; equally likely before.
    carried
        Lowest and highest value of keys of which the record says nothing: they stay as the scenario has them in the
        fit, and each draw of the posterior gets values from anywhere in between, so that what follows holds them too.
    step_hours
        Length of a step in the fit; counts of a day hardly depend on it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str
    first: dt.date
    last: dt.date
    predicted: dt.date | None = None
    ordinary: dt.date | None = None
    struck: bool = True
    companies: dict[str, str] = {}
    summaries: list[str] = Field(min_length=1)
    free: dict[str, Range] = Field(min_length=1)
    carried: dict[str, Range] = {}
    step_hours: float = 24.0

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if not self.first <= self.ordinary_until <= self.last <= self.predicted_until:
            raise ValueError("first, ordinary, last and predicted: must be days in this order")
        if "surge" in self.summaries and self.ordinary_until == self.last:
            raise ValueError("summaries: surge needs days after the last ordinary one (ordinary)")
        for name in self.summaries:
            if name not in SUMMARIES:
                raise ValueError(f"summaries: there is no {name!r}; there are {', '.join(SUMMARIES)}")
        if twice := self.free.keys() & self.carried.keys():
            raise ValueError(f"carried.{min(twice)}: is free already")
        for key, (low, high) in (*self.free.items(), *self.carried.items()):
            if not low < high:
                raise ValueError(f"{key} = [{low:g}, {high:g}]: must be a lower and a higher value")
        return self

    @property
    def ordinary_until(self) -> dt.date:
        """Last day before anything struck."""
        return self.ordinary or self.last

    @property
    def predicted_until(self) -> dt.date:
        """Last day that is predicted."""
        return self.predicted or self.last

    @property
    def window(self) -> Window:
        """The days that are fitted, as numbers of days."""
        return Window((self.ordinary_until - self.first).days + 1, (self.last - self.first).days + 1)

    @property
    def days(self) -> int:
        """Days that are simulated: those fitted and those predicted."""
        return (self.predicted_until - self.first).days + 1

    def setting(self) -> Scenario:
        """Return the scenario as it is fitted: so many days, in steps of the fit, with what strikes if it does."""
        base = Scenario.load(self.scenario)
        values: dict[str, Any] = {"days": self.days, "step_hours": self.step_hours}
        if not self.struck:
            values["incident"] = []
        return base.with_values(values)

    def names(self, scenario: Scenario) -> list[str]:
        """Return what the record calls the companies of the scenario, in order."""
        return [self.companies.get(name, name) for name in scenario.company_names]


def read_case(path: str | Path) -> FitCase:
    """Read a fit from a TOML file.

    Raises
    ------
    ScenarioError
        One line per fault: file, key, what it says and what is allowed.
    """
    path, values = read_values(path)
    beside = path.parent / str(values.get("scenario", ""))
    if beside.suffix and beside.is_file():
        values["scenario"] = str(beside)
    try:
        case = FitCase.model_validate(values)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in error.errors()]
        raise ScenarioError("\n".join(f"{path}: {fault}" for fault in faults)) from None
    try:
        setting = case.setting()
        if strange := set(case.companies) - set(setting.company_names):
            raise ScenarioError(f"companies.{min(strange)}: there is no such company in {setting.name}")
        for key, limits in (*case.free.items(), *case.carried.items()):
            for value in limits:
                setting.with_values({key: value})
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {str(error).splitlines()[0]}") from None
    return case
