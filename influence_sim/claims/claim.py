"""What a claim's file says: the scenario, what is compared with what in which measure, and what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from influence_sim.core.measures import DIAGNOSTICS, Quantity
from influence_sim.experiment.quantities import needs_counterfactual, quantity
from influence_sim.scenario import Scenario
from influence_sim.scenario_faults import explain
from influence_sim.scenario_files import ScenarioError, read_values

type Settings = dict[str, bool | int | float | str]
"""Values of a scenario by their dotted keys."""

OURS, RIVALS, ALL = "ours", "rivals", "all"
MOST_MAPPED = 2
_DIAGNOSTICS = {measure.name: measure for measure in DIAGNOSTICS}


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Side(_Table):
    """One side of a comparison: who does what, in which variant of the scenario, and when one looks."""

    strategy: str = Field(min_length=1, description="a strategy of the focal company")
    settings: Settings = Field(default={}, description="values of the scenario on this side, by dotted key")
    days: tuple[int, int] | None = Field(
        default=None, strict=False, description="first day looked at, and the first not"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.days is not None and not 0 <= self.days[0] < self.days[1]:
            raise ValueError(f"days = {list(self.days)}: must be two days, the earlier first")
        return self


class Part(_Table):
    """One comparison that a claim predicts: of a measure there is ``more`` on one side than on the other, ``less``.

    ``is`` may weaken that: *not less* holds where it is not less by as much as counts, *the same* where the difference
    is less than what counts. ``times`` multiplies the side of ``less``, which may be a number, too.
    """

    measure: str = Field(description="a measure")
    more: str = Field(description="a side, or a strategy")
    less: str | float = Field(description="a side, a strategy, or a number")
    expected: Literal["more", "not less", "the same"] = Field(
        default="more", alias="is", description="what is predicted"
    )
    times: float = Field(default=1.0, gt=0, description="what the side of less is multiplied by")
    of: Literal["ours", "rivals", "all"] = Field(default="ours", description="whose: the focal company's, or a sum")
    highest: bool = Field(default=False, description="whether the highest day is taken, not all days together")

    @property
    def quantity(self) -> Quantity:
        """What is measured."""
        return _DIAGNOSTICS.get(self.measure) or quantity(self.measure)


class Claim(_Table):
    """A claim and the experiment that decides it; see docs/experiments.md for the keys of its file."""

    number: int = Field(ge=1, description="the claim's number")
    essays: list[str] = Field(min_length=1, description="the essays that make it")
    says: str = Field(min_length=1, description="the claim in one line")
    test: str = Field(min_length=1, description="the experiment in one line")
    rests_on: list[int] = Field(min_length=1, description="equations of docs/model.md")
    rarity: int = Field(
        default=1, ge=1, le=1000, description="how many times the usual worlds, where a rare event decides"
    )
    sides: dict[str, Side] = Field(default={}, description="sides that are more than a strategy")
    parts: list[Part] = Field(min_length=1, description="what must hold, all of it")
    control: Settings = Field(description="values that switch off what it rests on; none: everything")
    map: dict[str, list[float]] = Field(min_length=1, max_length=MOST_MAPPED, description="what may decide it")
    scenario: Scenario = Field(exclude=True)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = list(self._faults())
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        """Find what is wrong between keys that are right by themselves."""
        for place, part in enumerate(self.parts):
            try:
                of_run = needs_counterfactual([part.quantity.name])
            except ValueError as error:
                yield f"parts.{place}.measure = {part.measure!r}: {error}"
                continue
            for side in self.sides_of(part):
                try:
                    self.scenario.strategy(side.strategy)
                except ValueError as error:
                    yield f"parts.{place}: {error}"
                if side.days is not None and of_run:
                    yield f"parts.{place}.measure = {part.measure!r}: is of a whole run, and a side has days"
                elif side.days is not None and side.days[1] > self.scenario.days:
                    yield f"parts.{place}: days = {list(side.days)}: must end within the {self.scenario.days} days"
        for key in self.map:
            if all(key in side.settings for part in self.parts for side in self.sides_of(part)):
                yield f"map.{key}: every side says what it is, so a map over it shows nothing"
        changes: list[tuple[str, Settings]] = [("control", self.control)]
        changes += [(f"sides.{name}", side.settings) for name, side in self.sides.items()]
        changes += [("map", {key: value}) for key, values in self.map.items() for value in values]
        for name, settings in changes:
            try:
                self.scenario.with_values({key: self.as_allowed(key, value) for key, value in settings.items()})
            except ScenarioError as error:
                yield f"{name}: {str(error).removeprefix(f'{self.scenario.name}: ').partition(chr(10))[0]}"

    def side(self, name: str) -> Side:
        """Return a side by its name: one that the claim defines, or a strategy."""
        return self.sides.get(name) or Side(strategy=name)

    def sides_of(self, part: Part) -> list[Side]:
        """Return the sides of a part that are no numbers."""
        return [self.side(name) for name in (part.more, part.less) if isinstance(name, str)]

    def as_allowed(self, key: str, value: Any) -> Any:
        """Return a value as the scenario takes it: a whole number as such, where only those are allowed."""
        if not (isinstance(value, float) and value.is_integer()):
            return value
        try:
            self.scenario.with_values({key: value})
        except ScenarioError:
            return int(value)
        return value


def read_claim(file: Path) -> Claim:
    """Read a claim: a scenario file with a table ``[claim]``.

    Raises
    ------
    ScenarioError
        One line per fault, with file, key, value and what is allowed.
    """
    file, values = read_values(file)
    claim = values.pop("claim", None)
    if not isinstance(claim, Mapping):
        raise ScenarioError(f"{file}: has no table [claim]; without one it is a scenario, not a claim")
    scenario = Scenario.of({"name": file.stem, **values}, source=str(file))
    try:
        return Claim.model_validate({**claim, "scenario": scenario})
    except ValidationError as error:
        lines = [f"{file}: claim.{line}" for line in explain(error, _table_at)]
        raise ScenarioError("\n".join(lines)) from None


def _table_at(location: Any) -> type[BaseModel]:
    tables: dict[str, type[BaseModel]] = {"sides": Side, "parts": Part}
    return tables.get(str(location[0]), Claim) if location else Claim


def read_claims(folder: Path) -> tuple[Claim, ...]:
    """Read all claims of a folder, by their numbers.

    Raises
    ------
    ScenarioError
        If a file is faulty, two have one number, or there is none.
    """
    found: dict[int, tuple[Path, Claim]] = {}
    for file in sorted(folder.glob("*.toml")):
        claim = read_claim(file)
        if claim.number in found:
            raise ScenarioError(f"{file}: claim {claim.number} stands in {found[claim.number][0].name}, too")
        found[claim.number] = file, claim
    if not found:
        raise ScenarioError(f"{folder}: holds no claim; a claim is a scenario file with a table [claim]")
    return tuple(found[number][1] for number in sorted(found))


def shipped_claims() -> Path:
    """Return the folder of the claims that come with the library."""
    package = Path(__file__).parent.parent
    folders = [package / "scenarios" / "claims", package.parent / "experiments" / "claims"]
    return next((folder for folder in folders if folder.is_dir()), folders[-1])
