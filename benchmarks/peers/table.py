"""The table on the screen."""

from __future__ import annotations

from typing import Literal

from rich.table import Table

from benchmarks.peers.comparing import Row

COLUMNS: dict[str, Literal["left", "right"]] = {
    "work": "left",
    "nodes": "right",
    "memory, ms": "right",
    "ours, ms": "right",
    "peer": "left",
    "peer, ms": "right",
    "ratio": "right",
    "ours reached": "right",
    "peer reached": "right",
    "bound": "right",
    "verdict": "left",
}
COLOURS = {"reached, well": "green", "reached": "green", "not": "yellow", "not the same work": "bold red"}


def table(rows: list[Row], title: str) -> Table:
    """Return rows as a table."""
    found = Table(title=title, caption="ratio: the peer's time / ours; memory: what its speed alone would allow")
    for name, justify in COLUMNS.items():
        found.add_column(name, justify=justify, no_wrap=True)
    before = None
    for row in rows:
        if before not in (None, (row.work, row.size)):
            found.add_section()
        before = row.work, row.size
        colour = COLOURS.get(row.verdict, "")
        found.add_row(
            row.title,
            f"{row.size:,}",
            "" if row.memory_ms is None else number(row.memory_ms),
            number(row.ours_ms),
            row.peer,
            number(row.peer_ms),
            number(row.ratio),
            number(row.ours_reached),
            number(row.peer_reached),
            "" if row.at_least is None else f"{number(row.at_least)} / {number(row.reach_for)}",
            f"[{colour}]{row.verdict}[/]" if colour else row.verdict,
        )
    return found


def number(value: float) -> str:
    """Return a number in three digits or, if large, as a whole one."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
