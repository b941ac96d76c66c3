"""The reference page: every constant, lever, cost, measure and state column, written from the code's own tables.

``python -m influence_sim.report.reference > docs/reference.md`` writes it anew; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from influence_sim.core.levers import LEVERS
from influence_sim.core.measures import DIAGNOSTICS, MEASURES
from influence_sim.core.parameters import ORIGINS, SUBMODELS, Parameters
from influence_sim.core.setting import COSTS, Costs
from influence_sim.core.state import COLUMNS, FLAGS, Flag
from influence_sim.experiment.aftermath import AFTERMATH
from influence_sim.scenario_tables import INCIDENT_KINDS
from influence_sim.strategies import CATALOGUE

_TAGS = {"L": "literature", "C": "calibrated", "A": "assumption"}
_BETTER = {1: "more", -1: "less", 0: "–"}


def reference() -> str:
    """Return the reference page as Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Reference: constants, levers, costs, measures"
    yield ""
    yield "This page is written from the code (`python -m influence_sim.report.reference`), so it cannot drift from it."
    yield "The equations that the constants belong to stand in [the model](model.md)."
    yield from _constants()
    yield from _levers()
    yield from _strategies()
    yield from _costs()
    yield from _incidents()
    yield from _measures()
    yield from _state()


def _constants() -> Iterator[str]:
    default = Parameters()
    yield from _section("Constants")
    yield "Set in a scenario's `[parameters]`. **L**: from the literature, source named (“sign”: only its direction is"
    yield "published). **C**: calibrated to a published figure, so not validated (`influence-sim calibration`). **A**:"
    yield "an assumption, to be swept before one believes what hangs on it. “Off at” switches it off exactly."
    for submodel, title in SUBMODELS.items():
        names = [name for name, origin in ORIGINS.items() if origin.equation == submodel]
        if not names:
            continue
        yield ""
        yield f"### ({submodel}) {title[0].upper()}{title[1:]}"
        yield ""
        rows = [
            (
                f"`{name}`",
                number(getattr(default, name)),
                f"{number(ORIGINS[name].low)} … {number(ORIGINS[name].high)}",
                ORIGINS[name].unit,
                ORIGINS[name].tag,
                "" if ORIGINS[name].neutral is None else number(float(ORIGINS[name].neutral or 0)),
                ORIGINS[name].meaning,
                ORIGINS[name].source,
            )
            for name in names
        ]
        yield from table(("constant", "default", "range", "unit", "tag", "off at", "meaning", "source"), rows)
    counts = {tag: sum(origin.tag == tag for origin in ORIGINS.values()) for tag in _TAGS}
    yield ""
    yield f"In all {len(ORIGINS)}: " + ", ".join(f"{counts[tag]} {name}" for tag, name in _TAGS.items()) + "."


def _levers() -> Iterator[str]:
    yield from _section("Levers")
    yield "Set in `[levers.NAME]`. *Bought* levers shrink by one factor if a strategy wants more than its budget."
    yield ""
    rows = [
        (
            f"`{name}`",
            number(lever.neutral),
            f"{number(lever.low)} … {number(lever.high)}",
            lever.unit,
            "yes" if lever.bought else "",
            ", ".join(map(str, lever.equations)),
            lever.meaning,
        )
        for name, lever in LEVERS.items()
    ]
    yield from table(("lever", "neutral", "range", "unit", "bought", "equations", "meaning"), rows)


def _strategies() -> Iterator[str]:
    yield from _section("Strategies")
    rows = []
    for strategy in CATALOGUE.values():
        levers = ", ".join(f"`{name}` {number(value)}" for name, value in strategy.levers.items())
        later = "; ".join(
            f"from day {day}: " + ", ".join(f"`{name}` {number(value)}" for name, value in change.items())
            for day, change in strategy.schedule.items()
        )
        setting = "; ".join(part for part in (levers, later) if part)
        setting = setting or ("decides each evening" if strategy.watches else "all neutral")
        rows.append((f"`{strategy.name}`", strategy.meaning, setting))
    yield from table(("strategy", "meaning", "levers"), rows)


def _costs() -> Iterator[str]:
    yield from _section("Costs")
    yield "Set in `[costs]`; * per 1,000 consumers. All are assumptions."
    yield ""
    default = Costs()
    rows = [
        (f"`{name}`", number(getattr(default, name)), f"{number(cost.low)} … {number(cost.high)}", cost.unit)
        for name, cost in COSTS.items()
    ]
    yield from table(("cost", "default", "range", "unit"), rows)


def _incidents() -> Iterator[str]:
    yield from _section("Kinds of incident")
    rows = [
        (
            f"`{name}`",
            str(kind.duration_days),
            number(kind.hit_share),
            number(kind.severity),
            "everybody who learns of it" if kind.public else "customers",
            "yes" if kind.reported else "no",
            "yes" if kind.preventable else "no",
        )
        for name, kind in INCIDENT_KINDS.items()
    ]
    names = ("kind", "days", "hit share", "severity", "hits", "tells of a failure that can be mended", "preventable")
    yield from table(names, rows)


def _measures() -> Iterator[str]:
    for title, measures in (
        ("Measures", MEASURES),
        ("Diagnostics, on request", DIAGNOSTICS),
        ("Measures of the aftermath, of a run against its counterfactual", AFTERMATH),
    ):
        yield from _section(title)
        rows = [(f"`{one.name}`", one.unit, one.summary, _BETTER[one.better], one.meaning) for one in measures]
        yield from table(("measure", "unit", "over days", "better", "meaning"), rows)


def _state() -> Iterator[str]:
    yield from _section("State")
    yield "What each entity carries. *cell*: a consumer's view of a company; *row*: a company."
    yield ""
    rows = [
        (
            f"`{name}`",
            column.of,
            f"{number(column.low)} … {number(column.high)}",
            number(column.initial),
            column.meaning,
        )
        for name, column in COLUMNS.items()
    ]
    yield from table(("column", "of", "range", "initial", "meaning"), rows)
    yield ""
    yield "Flags of a cell, in ascending order of their bits:"
    yield ""
    flags = [(f"`{name.lower()}`", FLAGS[flag]) for name, flag in Flag.__members__.items()]
    yield from table(("flag", "meaning"), flags)


def _section(title: str) -> Iterable[str]:
    return ("", f"## {title}", "")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| " + " | ".join(header) + " |"
    yield "| " + " | ".join("---" for _ in header) + " |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def number(value: float) -> str:
    """Return a number as the pages write it."""
    return f"{value:g}".replace("-", "−").replace("inf", "∞").replace("e+09", "·10⁹").replace("e+06", "·10⁶")


if __name__ == "__main__":
    print(reference(), end="")
