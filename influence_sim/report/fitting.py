"""What a fit found: tables for the terminal, and a page with the record, the fit and the prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.table import Table

from influence_sim.experiment.folders import write_whole
from influence_sim.report.tables import plain_table

PAGE_FILE = "fit.md"
PICTURES = {"prediction.svg": "Complaints per day and company", "parameters.svg": "What the record tells"}

type About = Mapping[str, Any]


def fit_tables(about: About) -> Iterator[Table]:
    """Return what was free and what is known of it now, and how well other days are predicted."""
    yield _table(
        "what is known of what was free", ("key", "median", "95 %", "range before", "learnt"), _parameters(about)
    )
    yield _table("what was to be reproduced", ("summary", "record", "at the draws: median", "95 %"), _summaries(about))
    yield _table("complaints a day and company", ("", "on days"), _quality(about))


def write_page(about: About, folder: Path, name: str = PAGE_FILE) -> list[str]:
    """Write the page, and its pictures if the extra ``viz`` is there; return the files' names."""
    drawn: list[str] = []
    if find_spec("matplotlib") is not None:
        from influence_sim.report.fit_pictures import draw_fit

        drawn = draw_fit(about, folder)
    write_whole(folder / name, page(about, drawn).encode())
    return [name, *drawn]


def page(about: About, drawn: Sequence[str] = ()) -> str:
    """Return the page as Markdown."""
    days = about["days"]
    lines = [
        f"# {about['scenario']}: fitted to {about['record']}",
        "",
        f"Days {days['fitted'][0]} to {days['fitted'][1]} are fitted"
        + (
            f"; those to {days['predicted_until']} are predicted."
            if days["predicted_until"] > days["fitted"][1]
            else "."
        ),
        f"{about['simulations']:,} markets were simulated in {len(about['tolerances'])} generations; one simulated "
        f"post stands for {about['prediction']['posts_per_simulated_post']:.1f} of the record. What follows rests on "
        f"generation {about['generation'] + 1}, worth {about['effective_particles']:.0f} equally weighted particles.",
        "",
    ]
    for title, head, rows in (
        ("What is known of what was free", ("key", "median", "95 %", "range before", "learnt"), _parameters(about)),
        ("What was to be reproduced", ("summary", "record", "at the draws: median", "95 %"), _summaries(about)),
        ("How well complaints are predicted", ("", "value"), _quality(about)),
    ):
        lines += [f"## {title}", "", *_markdown(head, rows), ""]
    if about["carried"]:
        said = ", ".join(f"`{key}` ({low:g} … {high:g})" for key, (low, high) in about["carried"].items())
        lines += [
            f"The record says nothing of these, so draws take them from anywhere within their ranges: {said}.",
            "",
        ]
    lines += [f"![{PICTURES[file]}]({file})\n" for file in drawn]
    return "\n".join(lines).rstrip() + "\n"


def _parameters(about: About) -> list[tuple[str, ...]]:
    """Return rows of what was free; ``learnt`` is how much narrower it is than before, in standard deviations."""
    return [
        (
            key,
            f"{one['value']:.3g}",
            f"{one['low']:.3g} … {one['high']:.3g}",
            "{:g} … {:g}".format(*about["ranges"][key]),
            f"{one['learnt']:.0%}" if one["learnt"] >= 0.1 else "nothing",
        )
        for key, one in about["parameters"].items()
    ]


def _summaries(about: About) -> list[tuple[str, ...]]:
    return [
        (label, f"{one['observed']:.2f}", f"{one['value']:.2f}", f"{one['low']:.2f} … {one['high']:.2f}")
        for label, one in about["summaries"].items()
    ]


def _quality(about: About) -> list[tuple[str, ...]]:
    """Return how often intervals hold the record, and the errors of the fit and of guesses on days not seen."""
    found = about["prediction"]
    rows: list[tuple[str, ...]] = []
    for level in (95, 50):
        for days, share in found[f"coverage_of_{level}"].items():
            if share is not None:
                rows.append((f"counts within the {level} % interval, {days.replace('_', ' ')}", f"{share:.0%}"))
    errors = found["mean_absolute_error"]
    best = min(errors, key=errors.get) if errors else ""
    for name, error in errors.items():
        told = {
            "fit": "of the fit",
            "last_value": "of repeating the last day",
            "mean": "of the mean of the days fitted",
        }
        mark = " (the best)" if name == best else ""
        rows.append((f"mean absolute error on days predicted, {told[name]}", f"{error:.1f} posts{mark}"))
    return rows


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = plain_table(title)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
