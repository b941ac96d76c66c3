"""The catalogue: strategies as rows of levers, on one budget. No rule anywhere reads a strategy's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from inspect import isclass
from types import MappingProxyType
from typing import overload

from influence_sim.core.courses import Course, Decision
from influence_sim.core.levers import NEUTRAL, check_levers
from influence_sim.core.observation import Observation

ENTRY_POINTS = "influence_sim.strategies"
"""Group of entry points under which packages offer strategies: each a :class:`Strategy`."""


@dataclass
class Strategy:
    """A setting of levers, a schedule of changes, and what to decide each evening, if anything.

    A subclass may override :meth:`decide`; every world has its own copy, which may remember things.

    Attributes
    ----------
    name, meaning
        What it is called, and a line that says what it does.
    levers
        Of the first day, by name, in the units of :data:`LEVERS`; those that are not named are neutral.
    schedule
        Levers that change, by day of the comparison (from 1 on).

    Raises
    ------
    ValueError
        If a lever is unknown or out of range, or a day is not a whole number from 1.
    """

    name: str
    meaning: str
    levers: Mapping[str, float] = field(default_factory=dict)
    schedule: Mapping[int, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the levers."""
        for where, levers in ((f"levers.{self.name}.", self.levers), *_changes(self)):
            try:
                check_levers(levers)
            except ValueError as error:
                raise ValueError(f"{where}{error}") from None
        for day in self.schedule:
            if isinstance(day, bool) or not (isinstance(day, int) and day >= 1):
                raise ValueError(f"schedule.{self.name}: day {day!r} must be a whole number from 1")

    def decide(self, seen: Observation) -> Mapping[str, float] | None:
        """Return levers to change from tomorrow on, by what the company has seen.

        Parameters
        ----------
        seen
            What the company can see in the evening.

        Returns
        -------
        dict or None
            Levers by name, the others stay; None changes nothing.
        """
        return None

    @property
    def watches(self) -> bool:
        """Whether it decides by what it sees."""
        return type(self).decide is not Strategy.decide

    def stages(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Yield all levers as they stand from a day on: on day 0, and after each change of the schedule."""
        levers = {**NEUTRAL, **self.levers}
        yield 0, levers
        for day in sorted(self.schedule):
            levers = {**levers, **self.schedule[day]}
            yield day, levers

    def with_levers(self, changes: Mapping[str, float]) -> Strategy:
        """Return the strategy with some levers of its first day replaced.

        Parameters
        ----------
        changes
            Values by lever.

        Raises
        ------
        ValueError
            If a lever is unknown or out of range.
        """
        return replace(self, levers={**self.levers, **changes})

    def with_schedule(self, schedule: Mapping[int, Mapping[str, float]]) -> Strategy:
        """Return the strategy with another schedule.

        Parameters
        ----------
        schedule
            By day, from 1 on, values by lever.

        Raises
        ------
        ValueError
            If a lever is unknown or out of range, or a day is not a whole number from 1.
        """
        return replace(self, schedule=schedule)

    def course(self) -> Course:
        """Return what the engine runs."""
        return Course(self.name, self.levers, self.schedule, self.decide if self.watches else None)


def _changes(strategy: Strategy) -> list[tuple[str, Mapping[str, float]]]:
    return [(f"schedule.{strategy.name}: on day {day}, ", levers) for day, levers in strategy.schedule.items()]


@dataclass
class _Decided(Strategy):
    """A strategy whose decisions a plain function makes."""

    decision: Decision = field(default=lambda seen: None)

    def decide(self, seen: Observation) -> Mapping[str, float] | None:
        """Ask the function."""
        return self.decision(seen)


_REGISTERED: dict[str, Strategy] = {}


@overload
def register[S: Strategy](strategy: S, /) -> S: ...
@overload
def register[F: Decision | type[Strategy]](
    *, name: str, meaning: str = ..., levers: Mapping[str, float] | None = ...
) -> Callable[[F], F]: ...
def register(
    strategy: Strategy | None = None,
    /,
    *,
    name: str = "",
    meaning: str = "",
    levers: Mapping[str, float] | None = None,
) -> Strategy | Callable[[Decision | type[Strategy]], Decision | type[Strategy]]:
    """Make a strategy known by its name, to scenarios, ``compare`` and the command line.

    ``register(strategy)`` takes one that is made; as a decorator, ``@register(name=…)`` takes a function that is called
    each evening with an :class:`Observation` and returns levers to change, or a subclass of :class:`Strategy`.

    Parameters
    ----------
    strategy
        One that is made; nothing else is then given.
    name, meaning
        What it is called, and a line that says what it does (the first line of the docstring if left out).
    levers
        Levers of the first day.

    Returns
    -------
    Strategy, or a decorator
        What was given; the decorator returns the function or class as it is.

    Raises
    ------
    TypeError
        If what is given is no strategy, or a class no subclass of one.
    ValueError
        If the name is one of the built-in strategies, or empty.

    Examples
    --------
    >>> @register(name="answers if asked to", levers={"listening": 1.0})
    ... def staffed(seen: Observation) -> dict[str, float]:
    ...     return {"reply_capacity": 2.0 if seen.waiting > 10 else 0.2}
    """
    if strategy is not None:
        if not isinstance(strategy, Strategy):
            raise TypeError(f"register: takes a Strategy, or stands as @register(name=…); got {strategy!r}")
        return _enter(strategy)

    def decorate(decision: Decision | type[Strategy]) -> Decision | type[Strategy]:
        line = meaning or (decision.__doc__ or "").strip().partition("\n")[0] or "decides by what it sees"
        if isclass(decision):
            if not issubclass(decision, Strategy):
                raise TypeError(f"{decision.__name__}: a class must be a subclass of Strategy to be registered")
            _enter(decision(name, line, levers or {}))
        else:
            _enter(_Decided(name, line, levers or {}, decision=decision))
        return decision

    return decorate


def _enter(strategy: Strategy) -> Strategy:
    if strategy.name in CATALOGUE:
        raise ValueError(f"strategy {strategy.name!r}: this name is taken by a built-in strategy; choose another")
    if not strategy.name:
        raise ValueError("strategy '': a strategy needs a name to be registered")
    _REGISTERED[strategy.name] = strategy
    return strategy


def known() -> dict[str, Strategy]:
    """Return all strategies by name: built in, offered by installed packages, and registered."""
    return {**CATALOGUE, **_offered(), **_REGISTERED}


@cache
def _offered() -> dict[str, Strategy]:
    found = {}
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            strategy = entry.load()
        except Exception as error:
            raise ValueError(f"entry point {entry.name} of {ENTRY_POINTS}: cannot be loaded: {error}") from error
        if not isinstance(strategy, Strategy):
            raise ValueError(f"entry point {entry.name} of {ENTRY_POINTS}: must be a Strategy, got {strategy!r}")
        if strategy.name not in CATALOGUE:
            found[strategy.name] = strategy
    return found


REVIEW_DAYS = 30
NOTICEABLE_GAIN, NOTICEABLE_MOVE = 0.01, 0.05


@dataclass
class Imitator(Strategy):
    """Every 30 days, does what can be seen of the rival that has gained most market share, if one has gained more."""

    def decide(self, seen: Observation) -> Mapping[str, float] | None:
        """Copy the visible conduct of whoever gains; answer as often as is needed, improve if their product moves."""
        if seen.day % REVIEW_DAYS or not seen.rivals:
            return None
        model = max(seen.rivals, key=lambda rival: rival.share_gained)
        if model.share_gained < max(seen.own.share_gained, 0) + NOTICEABLE_GAIN:
            return None
        improves = model.product_moved > NOTICEABLE_MOVE
        return {
            "posts_per_day": model.posts_per_day,
            "paid_reach": model.paid_reach,
            "claim": model.claim,
            "reply_capacity": _DIALOGUE["reply_capacity"] if model.replies else 0.0,
            "empathy": model.empathy,
            "explanation": model.explanation,
            "apology": model.apology,
            "compensation": model.compensation,
            "listening": 1.0 if improves else 0.0,
            "action_share": 1.0 if improves else 0.0,
            "improvement_capacity": _DIALOGUE["improvement_capacity"] if improves else 0.0,
        }


_BROADCAST = {"posts_per_day": 2.0, "paid_reach": 0.12}
_TONE = {"empathy": 0.5, "explanation": 0.5, "apology": 0.5}
_ANSWER = {"reply_capacity": 0.5, **_TONE}
_ACT = {"listening": 1.0, "action_share": 1.0, "improvement_capacity": 0.4}
_ASK = {"ask_period": 14.0, "ask_specificity": 0.5, "circle_back": 1.0}
_DIALOGUE = {**_ANSWER, **_ACT, **_ASK}

CATALOGUE: Mapping[str, Strategy] = MappingProxyType(
    {
        strategy.name: strategy
        for strategy in (
            Strategy("silent", "does nothing; what the others are measured against"),
            Strategy("broadcast", "pushes posts and ads only", _BROADCAST),
            Strategy("dialogue", "answers, listens, asks, acts on it, and tells people what has changed", _DIALOGUE),
            Strategy("listen_only", "reads everything, acts on nothing", {"listening": 1.0}),
            Strategy("respond_only", "answers, but has no way to improve anything", _ANSWER),
            Strategy("act_silent", "listens and improves, and tells nobody", _ACT),
            Strategy("circle_back", "listens and improves, and tells contributors what has changed",
                     {**_ACT, "circle_back": 1.0}),
            Strategy("ask_generic", "listens, improves, and asks customers general questions",
                     {**_ACT, "circle_back": 1.0, "ask_period": 14.0, "ask_specificity": 0.0}),
            Strategy("ask_specific", "listens, improves, and asks customers specific questions",
                     {**_ACT, "circle_back": 1.0, "ask_period": 14.0, "ask_specificity": 1.0}),
            Strategy("opaque", "posts and ads, and deletes criticism from its page",
                     {**_BROADCAST, "deletion_rate": 0.9}),
            Strategy("closed_page", "posts and ads, on a page where nobody else may speak",
                     {**_BROADCAST, "page_open": 0.0}),
            Strategy("insincere", "answers as if it cared, and does not; tells of changes that are none",
                     {**_ANSWER, "sincerity": 0.2, "listening": 1.0, "circle_back": 1.0}),
            Strategy("astroturf", "posts and ads, and fakes praise",
                     {**_BROADCAST, "paid_reach": 0.06, "astroturf_posts": 1.5}),
            Strategy("rush_in", "brings the old model to the page at once: many posts, big claims, no answers",
                     {"posts_per_day": 8.0, "paid_reach": 0.08, "claim": 0.5}),
            Strategy("prepare", "listens and builds its way to improve for 60 days, then enters into dialogue",
                     _ACT, {60: {**_ANSWER, **_ASK}}),
            Strategy("fast_reply", "dialogue with staff for an answer within the hour",
                     {**_DIALOGUE, "reply_capacity": 1.3, "improvement_capacity": 0.3}),
            Strategy("slow_reply", "dialogue with staff for an answer in a day", {**_DIALOGUE, "reply_capacity": 0.05}),
            Strategy("blitz", "answers everywhere, also where nobody asked it to",
                     {**_ANSWER, "reply_capacity": 1.0, "outreach": 0.8, **_BROADCAST, "paid_reach": 0.075}),
            Strategy("loyalty_rewards", "spends on rewards for customers who buy again", {"reward_value": 1.0}),
            Strategy("show_care", "answers with empathy and says why",
                     {"reply_capacity": 0.5, "empathy": 1.0, "explanation": 1.0}),
            Strategy("apologise", "answers by saying sorry", {"reply_capacity": 0.5, "apology": 1.0}),
            Strategy("compensate", "answers with money", {"reply_capacity": 0.5, "compensation": 1.0}),
            Strategy("prevent", "spends on fewer failures instead of on replies", {"prevention": 0.9}),
            Strategy("survey_lab", "asks by monthly surveys, and improves",
                     {"action_share": 1.0, "improvement_capacity": 0.4, "survey_period": 30.0, "survey_size": 200.0,
                      "survey_latency": 30.0}),
            Strategy("hybrid", "half broadcast, half dialogue on one budget",
                     {"posts_per_day": 1.0, "paid_reach": 0.05, **_DIALOGUE, "reply_capacity": 0.3,
                      "improvement_capacity": 0.15}),
            Imitator("adaptive", "begins silently and copies, each month, whoever has gained market share"),
            Strategy("seed_influencers", "posts, and pays well-connected consumers to pass it on",
                     {"posts_per_day": 1.0, "paid_reach": 0.02, "influencer_seeds": 2.0, "seed_rule": 1.0}),
        )
    }
)  # fmt: skip
"""All built-in strategies by name."""


COMPARED_BY_DEFAULT = BROADCAST, DIALOGUE, SILENT = ("broadcast", "dialogue", "silent")
"""The two poles, and the null."""


def find(
    name: str,
    overrides: Mapping[str, Mapping[str, float]],
    schedules: Mapping[str, Mapping[int, Mapping[str, float]]] | None = None,
) -> Strategy:
    """Return a strategy by name: a known one, changed or added to by ``overrides`` (name → levers) and ``schedules``.

    Raises
    ------
    ValueError
        If there is no such strategy, or its levers are wrong; one line that names what there is.
    """
    levers, schedule, there = overrides.get(name), (schedules or {}).get(name), known()
    if name not in there and levers is None and schedule is None:
        names = [*there, *overrides]
        close = get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise ValueError(f"there is no strategy {name!r}: {hint}")
    found = there.get(name) or Strategy(name, "defined in the scenario")
    if levers is not None:
        found = found.with_levers(levers)
    return found if schedule is None else found.with_schedule(schedule)
