"""The parts of the model's page (docs/model.md) that are written from the code: equations, defaults, state, order.

The page is prose with marks, ``<!-- equations 1 -->`` … ``<!-- end -->``; what stands between them is written anew by
``python -m influence_sim.report.odd docs/model.md``, and a test compares.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

from influence_sim.core import backlash, bursts, campaign, market, sincerity
from influence_sim.core.engine import DAY, HOUR, MORNING, NIGHT, REACTIONS, Phase, Reaction
from influence_sim.core.equations.table import EQUATIONS, QUANTITIES, Equation
from influence_sim.core.parameters import ORIGINS, SUBMODELS, Parameters
from influence_sim.core.state import COLUMNS
from influence_sim.report.formulas import formula, symbol
from influence_sim.report.reference import number, table
from influence_sim.scenario import Scenario

_MARK = re.compile(r"(<!-- ([a-z]+)(?: (\d+))? -->\n).*?(<!-- end -->)", re.DOTALL)

_ENTITIES = {
    "consumer": "A consumer",
    "taste": "A consumer, per attribute",
    "cell": "A consumer's view of a company (one of every company, customer or not)",
    "row": "A company",
    "desk": "A company, per desk",
    "product": "A company, per attribute",
    "demand": "A world, per attribute",
}


def written(page: str) -> str:
    """Return the page with everything between its marks written anew.

    Raises
    ------
    KeyError
        If a mark names nothing that can be written.
    """
    return _MARK.sub(lambda found: found[1] + _between(found[2], found[3]) + found[4], page)


def _between(what: str, submodel: str | None) -> str:
    lines = _equations(int(submodel)) if submodel else _PARTS[what]()
    return "\n".join(("", *lines)).rstrip() + "\n\n"


def _equations(submodel: int) -> Iterator[str]:
    """Yield the equations of a submodel, and the defaults of its constants."""
    found = [one for one in EQUATIONS if one.submodel == submodel]
    yield "```text"
    width = max(len(one.name) for one in found)
    for one in found:
        yield f"{one.name:{width}}  {formula(one)}"
    yield "```"
    yield ""
    yield from _told_of(found)
    names = [name for name, origin in ORIGINS.items() if origin.equation == submodel]
    if names:
        default = Parameters()
        yield ""
        title = f"{submodel}-{SUBMODELS[submodel]}".replace(",", "").replace(" ", "-")
        yield f"Ranges, units and sources of the constants: [reference](reference.md#{title})."
        yield ""
        yield from table(
            ("constant", "default", "unit", "tag", "meaning"),
            [
                (f"`{name}`", number(getattr(default, name)), origin.unit, origin.tag, origin.meaning)
                for name, origin in ORIGINS.items()
                if name in names
            ],
        )


def _told_of(equations: list[Equation]) -> Iterator[str]:
    """Yield where equations are computed, and who published them."""
    first = {one.compute.__module__.replace(".", "/"): one.compute.__name__ for one in reversed(equations)}
    files = sorted(f"[`{path.rpartition('/')[2]}.py`](../{path}.py#{name})" for path, name in first.items())
    sources = [f"{one.name} ({one.source})" for one in equations if one.source]
    told = f" Sources: {', '.join(sources)}." if sources else ""
    yield f"Computed in `core/equations/`: {', '.join(files)}.{told}"


def _notation() -> Iterator[str]:
    """Yield what the symbols mean, in the order in which equations use them first."""
    ordered = sorted(EQUATIONS, key=lambda one: one.submodel)
    names = dict.fromkeys(name for one in ordered for name in inspect.signature(one.compute).parameters)
    rows = []
    for name in names:
        if name in QUANTITIES:
            rows.append((QUANTITIES[name][0], QUANTITIES[name][1]))
        elif name in COLUMNS:
            rows.append((symbol(name), f"{COLUMNS[name].meaning.removeprefix(f'{symbol(name)}, ')} (`{name}`)"))
    yield from table(("symbol", "meaning"), sorted(dict.fromkeys(rows), key=lambda row: row[0].casefold()))


def _state() -> Iterator[str]:
    """Yield what each kind of entity carries."""
    for kind, entity in _ENTITIES.items():
        yield from (f"*{entity}*:", "")
        rows = [
            (f"`{name}`", column.meaning, f"{number(column.low)} … {number(column.high)}", number(column.initial))
            for name, column in COLUMNS.items()
            if column.of == kind
        ]
        yield from (*table(("variable", "meaning", "range", "at first"), rows), "")


def _order() -> Iterator[str]:
    """Yield the phases, in the words of the engine."""
    parts: tuple[tuple[str, Sequence[Phase | Reaction]], ...] = (
        ("**In the morning**", MORNING),
        ("**Each step**", HOUR),
        ("**When exposures are delivered**, again and again until nothing more falls due in the step", REACTIONS),
        ("**Each day, after its last step**", DAY),
        ("**At night**", NIGHT),
    )
    for title, phases in parts:
        yield f"{title}:"
        yield ""
        for place, phase in enumerate(phases, 1):
            numbers = f" ({', '.join(map(str, phase.equations))})" if phase.equations else ""
            yield f"{place}. {phase.title}{numbers}"
        yield ""
    yield "Numbers in brackets are those of the submodels."


def _scales() -> Iterator[str]:
    """Yield how large a world is if nothing else is said."""
    scenario = Scenario()
    rows = [
        ("`network.consumers`", "consumers", scenario.network.consumers),
        ("`network.mean_degree`", "followers of a consumer, on average", scenario.network.mean_degree),
        ("`companies`", "companies", len(scenario.company_names)),
        ("`attributes`", "attributes of a product", scenario.attributes),
        ("`days`", "days that are compared", scenario.days),
        ("`burn_in_days`", "days before, which are discarded", scenario.burn_in_days),
        ("`step_hours`", "hours of a step", scenario.step_hours),
    ]
    yield from table(("scenario key", "meaning", "default"), [(key, said, number(value)) for key, said, value in rows])


def _fixed() -> Iterator[str]:
    """Yield the numbers that are fixed in the code."""
    rows = [
        (f"`{name}`", number(getattr(module, name)), f"`core/{module.__name__.rpartition('.')[2]}.py`", said)
        for module, name, said in _FIXED
    ]
    yield from table(("name", "value", "in", "meaning"), rows)


_FIXED: tuple[tuple[ModuleType, str, str], ...] = (
    (bursts, "WINDOW_HOURS", "hours over which posts and shares are counted"),
    (bursts, "BASELINE_DAYS", "days before these from which their number is expected"),
    (bursts, "BURST_SCORE", "score of a burst, at least"),
    (bursts, "BURST_HOURS", "hours for which it has to last"),
    (bursts, "CALM_SCORE", "score of calm, below"),
    (bursts, "CALM_HOURS", "hours for which that has to last; also of baseline that must be known"),
    (backlash, "MINIMUM_REPRODUCTION", "R_neg of a firestorm, at least"),
    (backlash, "MINIMUM_EXPOSED", "share of consumers who have read something negative within a day, at least"),
    (backlash, "RAGE_SHARE", "negative posts and shares of a day of rage, per consumer, at least"),
    (campaign, "CAMPAIGN_VALENCE", "valence of a company's own words"),
    (campaign, "FAKE_VALENCE", "valence of faked praise"),
    (sincerity, "EXPOSE_SEVERITY", "severity of an exposé, whose valence is −(½ + ½·severity)"),
    (market, "OUTSIDE_UTILITY", "utility of buying from nobody, and of silence"),
)

_PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "notation": _notation,
    "state": _state,
    "order": _order,
    "scales": _scales,
    "fixed": _fixed,
}


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")
