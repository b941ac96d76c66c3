"""The state of a batch of worlds: what each column is, its range and where it starts.

Shapes use W worlds, J companies, N consumers and K product attributes. A *row* is a company of a world
(``world · J + company``), a *cell* one consumer's view of one company (``row · N + consumer``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntFlag
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

type F4 = NDArray[np.float32]
type F8 = NDArray[np.float64]
type Ints = NDArray[np.integer[Any]]
type Bools = NDArray[np.bool_]

type Of = Literal["cell", "consumer", "taste", "row", "desk", "product", "demand"]


@dataclass(frozen=True, slots=True)
class Size:
    """How many worlds, companies, consumers and product attributes a batch has."""

    worlds: int
    companies: int
    consumers: int
    attributes: int

    @property
    def rows(self) -> int:
        """Companies of all worlds."""
        return self.worlds * self.companies

    def shape(self, of: Of) -> tuple[int, ...]:
        """Return the shape of a column."""
        return {
            "cell": (self.rows, self.consumers),
            "consumer": (self.worlds, self.consumers),
            "taste": (self.worlds, self.consumers, self.attributes),
            "row": (self.rows,),
            "desk": (self.rows, max(1, round(self.consumers / 1000))),
            "product": (self.rows, self.attributes),
            "demand": (self.worlds, self.attributes),
        }[of]


@dataclass(frozen=True, slots=True)
class Column:
    """What is known about a column of the state."""

    of: Of
    dtype: DTypeLike
    initial: float
    low: float
    high: float
    meaning: str


def _column(of: Of, dtype: DTypeLike, initial: float, low: float, high: float, meaning: str) -> Any:
    return field(metadata={"column": Column(of, dtype, initial, low, high, meaning)})


_ANY = float("inf")


class Flag(IntFlag):
    """What either is so or is not between a consumer and a company; see :data:`FLAGS` for meanings."""

    FOLLOWS = 1
    READ_TODAY = 2
    CONTRIBUTED = 4
    HOLLOW = 8
    NEVER_LEFT = 16
    COHORT = 32


FLAGS: dict[Flag, str] = {
    Flag.FOLLOWS: "receives the company's own posts",
    Flag.READ_TODAY: "read something by or about the company today",
    Flag.CONTRIBUTED: "said something that the company has read since it last told",
    Flag.HOLLOW: "was told of a change that was none",
    Flag.NEVER_LEFT: "of the cohort, and not lost a single time since",
    Flag.COHORT: "was a customer when the comparison began",
}
"""What each flag says."""


@dataclass(slots=True, kw_only=True)
class State:
    """All columns that change from hour to hour or day to day; see :data:`COLUMNS` for ranges and meanings."""

    expectation: F4 = _column("cell", "f4", 0.6, 0, 1, "E, quality the consumer expects")
    satisfaction: F4 = _column("cell", "f4", 0, -1, 1, "S, running judgement of own experience")
    attitude: F4 = _column("cell", "f4", 0, -1, 1, "O, opinion, moved by what is read and by peers")
    trust: F4 = _column("cell", "f4", 0.5, 0, 1, "T, credence given to what the company says")
    responsiveness: F4 = _column("cell", "f4", 0.3, 0, 1, "R̂, belief that speaking up changes something")
    preference: F4 = _column("cell", "f4", 0, -_ANY, _ANY, "lasting preference for the company, whatever it does")
    adstock: F4 = _column("cell", "f4", 0, 0, _ANY, "a, remembered advertising")
    loyalty: F4 = _column("cell", "f4", 0.5, 0, 1, "L, slow stock of goodwill")
    arousal: F4 = _column("cell", "f4", 0, 0, 1, "g, how worked up the consumer is about the company")
    negative_read: F4 = _column("cell", "f4", -1e9, -1e9, _ANY, "hour at which something negative was last read")
    ads_this_week: NDArray[np.uint16] = _column("cell", "u2", 0, 0, 65535, "ads read since the week began")
    failed_recoveries: NDArray[np.uint8] = _column("cell", "u1", 0, 0, 255, "complaints left unanswered so far")
    flags: NDArray[np.uint8] = _column("cell", "u1", 0, 0, 63, "what is so and what is not, a bit each")
    ask_fatigue: F4 = _column("cell", "f4", 0, 0, 1, "how tired of questions the consumer is")
    against: F4 = _column("cell", "f4", -1e9, -1e9, _ANY, "hour at which something negative was last posted or shared")
    boycott_until: F4 = _column("cell", "f4", -1e9, -1e9, _ANY, "hour at which the boycott ends")

    customer_of: NDArray[np.int8] = _column("consumer", "i1", 0, 0, 127, "b, current company; J is the outside option")
    last_company: NDArray[np.int8] = _column("consumer", "i1", 0, 0, 127, "the company last bought from")
    scepticism: F4 = _column("consumer", "f4", 0, 0, 1, "κ, how well insincerity is noticed")
    boycott_threshold: F4 = _column("consumer", "f4", 0, -_ANY, _ANY, "φ_i, followees against that make one join in")
    need_rate: F4 = _column("consumer", "f4", 0, 0, _ANY, "λ, needs per day")
    inciter: Bools = _column("consumer", "?", 0, 0, 1, "words of this consumer inflame")
    taste: F4 = _column("taste", "f4", 0, -_ANY, _ANY, "θ_i − θ̄, own taste against common demand")

    demand: F8 = _column("demand", "f8", 0, -_ANY, _ANY, "θ̄, common demand")
    product: F8 = _column("product", "f8", 0, -_ANY, _ANY, "q, what the company offers")
    estimate: F8 = _column("product", "f8", 0, -_ANY, _ANY, "m, what the company believes is wanted")
    variance: F8 = _column("product", "f8", 0, 0, _ANY, "P, variance of that belief")
    failure_rate: F8 = _column("row", "f8", 0, 0, 1, "f, probability that a purchase fails")
    staff_free_at: F8 = _column("desk", "f8", 0, 0, _ANY, "hour at which a desk has done what it is busy with")
    reserve: F8 = _column("row", "f8", 0, -_ANY, _ANY, "budget not yet spent, money")
    failures_heard: F8 = _column("row", "f8", 0, 0, _ANY, "failure reports read since the last improvement")
    heard: F8 = _column("row", "f8", 0, 0, _ANY, "posts about the company so far")
    answered: F8 = _column("row", "f8", 0, 0, _ANY, "posts about the company answered so far")

    @classmethod
    def initial(cls, size: Size) -> State:
        """Return a state in which every column has its initial value."""
        return cls(**{name: np.full(size.shape(c.of), c.initial, c.dtype) for name, c in COLUMNS.items()})

    def views(self, cells: Any = ...) -> dict[str, Any]:
        """Return what is known of all cells, or those at ``cells`` = [row, consumer], by name, flags one by one."""
        columns = {name: getattr(self, name)[cells] for name, column in COLUMNS.items() if column.of == "cell"}
        flags = columns.pop("flags")
        return columns | {name.lower(): has(flags, flag) for name, flag in Flag.__members__.items()}


COLUMNS: dict[str, Column] = {f.name: f.metadata["column"] for f in fields(State)}
"""What is known about each column, by its name."""


@dataclass(slots=True, kw_only=True)
class Flows:
    """What happened today, per row; set to zero after the day's measures are taken."""

    sales: F8
    cohort_sales: F8
    lost: F8
    lost_for_the_first_time: F8
    complaints: F8
    praise: F8
    negative: F8
    shares: F8
    said: F8
    valence_said: F8
    exposures: F8
    reads: F8
    missed: F8
    removed: F8
    cases: F8
    replies: F8
    reply_hours: F8
    public_replies: F8
    public_reply_hours: F8
    deleted: F8
    seen_through: F8
    exposes: F8
    fakes: F8
    asked: F8
    answers: F8
    updates: F8
    surveyed: F8
    spam: F8
    unpaid: F8
    spend: F8
    hit: F8
    harm: F8
    bursts: F8
    firestorms: F8
    storm_hours: F8

    @classmethod
    def zero(cls, size: Size) -> Flows:
        """Return flows of nothing."""
        return cls(**{f.name: np.zeros(size.rows) for f in fields(cls)})


def add_clipped(column: F4, cells: Ints, change: F4 | F8, low: float, high: float) -> None:
    """Add changes to cells of a column (which may repeat) and keep it in its range."""
    flat = column.ravel()
    np.add.at(flat, cells, change.astype(np.float32))
    flat[cells] = np.clip(flat[cells], low, high)


def has(flags: NDArray[np.uint8], flag: Flag) -> Bools:
    """Return where a flag is set."""
    return np.asarray(flags & np.uint8(flag) != 0)


def mark(flags: NDArray[np.uint8], cells: Ints | slice, flag: Flag, so: Bools | bool = True) -> None:
    """Set a flag of cells (which may repeat, if all are set alike), or take it away."""
    flat, bit = flags.ravel(), np.uint8(flag)
    flat[cells] = flat[cells] & ~bit | bit * so
