"""The table on the screen."""

from __future__ import annotations

from statistics import median
from typing import Any, Literal

from rich.table import Table

from benchmarks.peers.comparing import Row
from benchmarks.peers.works import LONG

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


def as_markdown(found: dict[str, Any]) -> str:
    """Return what ``--json`` wrote as a table: a row for each work, and how often ours fits into the peers' times."""
    rows, peers = found["rows"], dict.fromkeys(row["peer"] for row in found["rows"] if row["work"] not in LONG)
    lines = ["| work | nodes | ours, ms | " + " | ".join(peers) + " |", "| --- " * (3 + len(peers)) + "|"]
    for title, size in dict.fromkeys((row["title"], row["size"]) for row in rows if row["work"] not in LONG):
        same = {row["peer"]: row for row in rows if (row["title"], row["size"]) == (title, size) and row["agree"]}
        ratios = [number(same[peer]["ratio"]) if peer in same else "" for peer in peers]
        ours = number(median(row["ours_ms"] for row in same.values()))
        lines.append(f"| {title} | {size:,} | {ours} | " + " | ".join(ratios) + " |")
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number in three digits or, if large, as a whole one."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
