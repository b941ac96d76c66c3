"""Mesa's view of a world: companies as agents, the consumers as one agent that owns their arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from influence_sim.core.state import COLUMNS, State

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.model import InfluenceModel


class Company(mesa.Agent):  # type: ignore[misc]
    """A company of the world; its measures of yesterday are asked for by name, ``company.measure("market_share")``.

    Attributes
    ----------
    name, strategy
        What it is called, and the strategy it follows.
    number
        Its place among the companies, 0 … J − 1.
    """

    model: InfluenceModel

    def __init__(self, model: InfluenceModel, number: int, name: str, strategy: str) -> None:
        super().__init__(model)
        self.number = number
        self.name = name
        self.strategy = strategy

    @property
    def product(self) -> np.ndarray:
        """What it offers, q, shape (attributes,)."""
        return np.array(self.model.state.product[self.number])

    @property
    def failure_rate(self) -> float:
        """Probability that a purchase fails."""
        return float(self.model.state.failure_rate[self.number])

    @property
    def customers(self) -> int:
        """Consumers whose current company it is."""
        return int(np.count_nonzero(self.model.state.customer_of[0] == self.number))

    @property
    def levers(self) -> dict[str, float]:
        """What it does, after scaling to its budget."""
        levers = self.model.worlds.levers
        return {name: float(getattr(levers, name)[self.number]) for name in levers.__dataclass_fields__}

    def pull(self, **levers: float) -> None:
        """Change levers from now on, as an event of the user's own may do; what is not named stays as it is.

        Parameters
        ----------
        **levers
            Values by lever, in the units of :data:`LEVERS`.

        Raises
        ------
        ValueError
            If a lever does not exist or a value is out of its range.
        """
        self.model.worlds.pull({self.number: levers})

    def measure(self, name: str) -> float:
        """Return a measure of the last whole day; not a number before the first ends.

        Parameters
        ----------
        name
            Of a standard measure.

        Raises
        ------
        KeyError
            If there is no such measure.
        """
        return self.model.measure(name, self.number)

    def __repr__(self) -> str:
        return f"Company({self.name!r}, strategy={self.strategy!r})"


class ConsumerPopulation(mesa.Agent):  # type: ignore[misc]
    """All consumers, as arrays: ``population[i]`` is a view of one, ``to_frame()`` a table of all."""

    model: InfluenceModel

    def __len__(self) -> int:
        return self.model.worlds.size.consumers

    def __getitem__(self, number: int) -> Consumer:
        """Return a view of consumer ``number`` (negative numbers count from the end)."""
        size = len(self)
        if not -size <= number < size:
            raise IndexError(f"consumer {number}: there are {size}, numbered from 0")
        return Consumer(self.model, number % size)

    def __iter__(self) -> Iterator[Consumer]:
        return (self[number] for number in range(len(self)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per consumer and company: consumer, label, company, and every column of the state."""
        import pandas as pd

        state, names = self.model.state, [company.name for company in self.model.companies]
        people = len(self)
        labels = self.model.graph.labels
        columns: dict[str, Any] = {
            "consumer": np.tile(np.arange(people), len(names)),
            "label": np.tile(np.arange(people) if labels is None else labels, len(names)),
            "company": np.repeat(names, people),
        }
        columns |= {name: values.flatten() for name, values in state.views().items()}
        for name, column in COLUMNS.items():
            if column.of == "consumer":
                columns[name] = np.tile(getattr(state, name)[0], len(names))
        customer = columns.pop("customer_of")
        columns["is_customer"] = customer == np.repeat(np.arange(len(names)), people)
        return pd.DataFrame(columns)


@dataclass(frozen=True, slots=True)
class Consumer:
    """A light view of one consumer: reads the world's arrays when asked, and holds nothing itself.

    Attributes
    ----------
    model
        The world.
    number
        Whose view this is, from 0.
    """

    model: InfluenceModel
    number: int

    @property
    def state(self) -> State:
        """The columns of all consumers."""
        return self.model.state

    @property
    def label(self) -> Any:
        """Name of the consumer in the network's source."""
        labels = self.model.graph.labels
        return self.number if labels is None else labels[self.number]

    @property
    def company(self) -> Company | None:
        """The company whose customer this is, or None."""
        number = int(self.state.customer_of[0, self.number])
        companies = self.model.companies
        return companies[number] if number < len(companies) else None

    @property
    def taste(self) -> np.ndarray:
        """What this consumer wants now, θ, shape (attributes,)."""
        return np.asarray(self.state.demand[0] + self.state.taste[0, self.number])

    @property
    def followers(self) -> np.ndarray:
        """Numbers of the consumers who see what this one posts, shape (followers,)."""
        offsets = self.model.graph.offsets
        return self.model.graph.followers[offsets[self.number] : offsets[self.number + 1]].copy()

    def view_of(self, company: Company) -> dict[str, float]:
        """Return every column of this consumer's view of a company: expectation, trust and so on.

        Parameters
        ----------
        company
            Of this model.
        """
        return {name: value.item() for name, value in self.state.views((company.number, self.number)).items()}

    def __repr__(self) -> str:
        return f"Consumer({self.label})"
