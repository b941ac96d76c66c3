"""How results show themselves in notebooks: what they say in words, and a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence_sim.experiment.results import Comparison

MOST_ROWS = 30
"""Rows of a table that are shown."""


def display(title: str, sentences: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return HTML: a title, sentences and a table, cut after so many rows."""
    import pandas as pd

    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    table = ""
    if rows:
        frame = pd.DataFrame(list(rows[:MOST_ROWS]))
        table = frame.to_html(index=False, border=0, na_rep="–", float_format=lambda value: f"{value:.4g}")
    more = f"<p>… and {len(rows) - MOST_ROWS} rows more</p>" if len(rows) > MOST_ROWS else ""
    return f"<div><strong>{escape(title)}</strong>{said}{table}{more}</div>"


def of_comparison(result: Comparison) -> str:
    """Return a comparison's answer and its headline measures, a column per strategy."""
    from influence_sim.experiment.words import headline, number

    rows = [
        {
            "measure": one.name,
            "unit": one.unit,
            **{
                strategy: f"{number(found.mean)} [{number(found.low)}, {number(found.high)}]"
                for strategy, found in result.estimates[one.name].items()
            },
        }
        for one in result.quantities
        if one.headline
    ]
    return display(repr(result), headline(result), rows)
