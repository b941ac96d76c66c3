"""The page on claims, made from ``results.json``: what each says, what was found, how surely, and where it turns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from influence_sim.experiment.folders import write_whole
from influence_sim.experiment.words import number, signed

PICTURES = "claims"
"""Folder of the pictures, beside the page."""
OVERVIEW = f"{PICTURES}/overview.svg"

_MOST_TURNS = 4

type Claims = Mapping[str, Any]
"""What ``results.json`` holds, or one of its claims."""


def picture_name(claim: Claims) -> str:
    """Return the file of a claim's picture, beside the page."""
    return f"{PICTURES}/{claim['claim']:02d}.svg"


def headline(found: Claims) -> str:
    """Return in a sentence how many claims came out how."""
    counts, limits = found["summary"], found["thresholds"]
    if not found["effort"]["points"]:
        here = [claim["at_defaults"] for claim in found["claims"]]
        return (
            f"Of {len(here)} claims {here.count('as claimed')} are as claimed at the defaults, "
            f"{here.count('not as claimed')} are not, and {here.count('open')} are open. What else may be assumed was "
            "not looked at."
        )
    small = sum(claim["verdict"] == "fails" and claim["in_direction"] for claim in found["claims"])
    return (
        f"Of {len(found['claims'])} claims {counts['holds']} hold, {counts['fails']} fail, "
        f"{counts['depends']} depend on what is assumed, and {counts['not separable']} cannot be separated at this "
        f"precision. Of those that fail, {small} surely go as claimed at the defaults, but by less than what "
        f"counts ({100 * limits['smallest_difference_that_counts']:g} %, or .01 of scales that end at 1)."
    )


def page(found: Claims, *, title: str = "The claims put to the test", pictures: bool = True) -> str:
    """Return the page in Markdown; with ``pictures``, those that :func:`picture_name` names are shown."""
    lines = [f"# {title}", "", headline(found), "", *_rules(found), "", *_overview(found)]
    if pictures and found["effort"]["points"]:
        lines += [
            "",
            f"![In what share of the space of assumptions each claim holds: the table's last column]({OVERVIEW})",
        ]
    for claim in found["claims"]:
        lines += ["", *_section(claim, pictures)]
    return "\n".join([*lines, ""])


def _rules(found: Claims) -> list[str]:
    effort, limits, run = found["effort"], found["thresholds"], found["run"]
    smallest = f"{100 * limits['smallest_difference_that_counts']:g} %"
    points = [
        f"""
        A claim has one or several parts, each a difference between two sides in the same worlds (paired by replicate).
        It is *as claimed* at the defaults if every part is, surely and by at least {smallest} of the larger mean (.01
        for measures between −1 and 1), *not as claimed* if a part surely falls short of that, and else *open*.
        """,
        f"""
        {len(found["claims"])} claims are many: of those decided at the defaults at most
        {100 * limits["false_discovery_rate"]:g} % are expected to be decided wrongly (Benjamini & Hochberg 1995). The
        same goes for the points of each map.
        """,
        f"""
        The *share* is that of {effort["points"]} points at which the means of {effort["in_space"]} worlds a side are as
        claimed: a Latin hypercube over the middle half of the range of every default that is an assumption. A claim
        *holds* if it does at the defaults and at {100 * limits["nearly_everywhere"]:g} % of the points or more, and
        *fails* if it does not there, and at {100 * limits["hardly_anywhere"]:g} % or less. In between, or where
        defaults and points disagree, it *depends* on those assumptions that surely set the points apart at which it
        does not hold; if none does, it is *not separable*, as few worlds a point draw shares towards a half. Costs are
        assumptions, too, and budgets stay: at many points a strategy can pay for a part of its plan only.
        """,
        """
        Each claim is tried again without the mechanism that it rests on, and in a world where nothing happens; there
        the difference should vanish.
        """,
        f"""
        {effort["replicates"]} worlds a side at the defaults, {effort["checks"]} without the mechanism,
        {effort["per_point"]} at a point of a map; seed {found["seed"]}; influence_sim {run["influence_sim"]}, generator
        {run["generator"]}; {run["date"]}.
        """,
    ]
    if not effort["points"]:
        del points[2]
    intro = ["How to read this (thresholds were fixed before anything was run):", ""]
    return intro + [f"- {' '.join(point.split())}" for point in points]


def _overview(found: Claims) -> list[str]:
    lines = [
        "| | claim | essays | verdict | at the defaults | P(as claimed) | share |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for claim in found["claims"]:
        number_of, essays = claim["claim"], ", ".join(claim["essays"])
        p = min(_number(part["p_as_claimed"]) for part in claim["parts"])
        lines.append(
            f"| [{number_of}](#claim-{number_of}) | {claim['says']} | {essays} | **{claim['verdict']}** "
            f"| {claim['at_defaults']} | {_p(p)} | {_share(claim)} |"
        )
    return lines


_COLUMNS = (
    "claimed",
    "more",
    "less",
    "difference",
    "95 % interval",
    "P(as claimed)",
    "counts from",
    "without the mechanism",
    "where nothing happens",
)


def _section(claim: Claims, pictures: bool) -> list[str]:
    equations, essays = ", ".join(map(str, claim["equations"])), ", ".join(claim["essays"])
    lines = [
        f"## Claim {claim['claim']}",
        "",
        f"**{claim['says']}** (essay {essays}). Verdict: **{claim['verdict']}**. {claim['why']}",
        "",
        f"Experiment: {claim['experiment']} (`{claim['file']}.toml`; equations {equations}).",
        "",
        f"| {' | '.join(_COLUMNS)} |",
        f"| {' | '.join('---' for _ in _COLUMNS)} |",
        *(_row(part) for part in claim["parts"]),
        "",
        f"Without the mechanism ({claim['switched_off']}) it is {claim['without_mechanism']}; where nothing happens it "
        f"is {claim['where_nothing_happens']}.",
    ]
    if claim["share"]:
        lines += ["", _share_in_words(claim)]
    if claim["map"]["cells"]:
        lines += ["", _map_in_words(claim)]
    if pictures:
        lines += ["", f"![{_alt(claim)}]({picture_name(claim)})"]
    return lines


def _row(part: Claims) -> str:
    cells = (
        part["claimed"],
        _n(part["more"]),
        _n(part["less"]),
        _s(part["difference"]),
        f"{_s(part['low'])} … {_s(part['high'])}",
        _p(part["p_as_claimed"]),
        _n(part["counts"]),
        _left(part["without_mechanism"]),
        _left(part["where_nothing_happens"]),
    )
    return f"| {' | '.join(cells)} |"


def _share_in_words(claim: Claims) -> str:
    share = claim["share"]
    turns = "; ".join(_short(one) for one in claim["turns_on"][:_MOST_TURNS]) or "no single assumption, surely"
    return (
        f"It holds at {share['held']} of {share['points']} points of the space of assumptions "
        f"({100 * share['low']:.0f} to {100 * share['high']:.0f} %). What sets the others apart: {turns}."
    )


def _map_in_words(claim: Claims) -> str:
    cells, keys = claim["map"]["cells"], claim["map"]["keys"]
    counted = {here: sum(cell["here"] == here for cell in cells) for here in ("as claimed", "not as claimed", "open")}
    over = " and ".join(f"`{key}`" for key in keys)
    return (
        f"Over {over} it is as claimed at {counted['as claimed']} of {len(cells)} points, not at "
        f"{counted['not as claimed']}, and open at {counted['open']}."
    )


def _alt(claim: Claims) -> str:
    parts = "; ".join(
        f"{part['claimed']}: {_s(part['difference'])} ({_s(part['low'])} to {_s(part['high'])})"
        for part in claim["parts"]
    )
    words = f" {_map_in_words(claim)}" if claim["map"]["cells"] else ""
    return f"Claim {claim['claim']}: {parts}.{words}".replace("`", "")


def _left(part: Claims | None) -> str:
    return "–" if part is None or part["difference"] is None else _s(part["difference"])


def _share(claim: Claims) -> str:
    share = claim["share"]
    return "–" if not share else f"{100 * share['held'] / share['points']:.0f} %"


def _short(trait: str) -> str:
    return trait.removeprefix("parameters.").removeprefix("costs.")


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _n(value: float | None) -> str:
    return "–" if value is None else number(value)


def _s(value: float | None) -> str:
    return "–" if value is None else signed(value) if value else "0"


def _p(value: float | None) -> str:
    if value is None or value != value:
        return "–"
    return "> .999" if value > 0.999 else "< .001" if value < 0.001 else f"{value:.3f}"


def write_page(found: Claims, folder: Path, file: str = "claims.md") -> list[str]:
    """Write the page, and its pictures if they can be drawn; return the files' names."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        from influence_sim.report.claim_pictures import draw_claims

        drawn = draw_claims(found, folder)
    except ImportError:
        drawn = []
    write_whole(folder / file, page(found, pictures=bool(drawn)).encode())
    return [file, *drawn]
