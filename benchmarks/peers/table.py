"""The table on the screen."""

from __future__ import annotations

from rich.table import Table

from benchmarks.peers.comparing import Row

COLOURS = {"reached, well": "green", "reached": "green", "not": "yellow", "not the same work": "bold red"}


def table(rows: list[Row], title: str) -> Table:
    """Return rows as a table."""
    found = Table(title=title, caption="ratio: peer's time / ours; larger than 1: ours is faster")
    for name in ("work", "nodes"):
        found.add_column(name)
    for name in ("ours, ms", "peer", "peer, ms", "ratio", "reached: ours", "peer", "to reach"):
        found.add_column(name, justify="left" if name == "peer" and len(found.columns) == 3 else "right")
    found.add_column("met")
    before = None
    for row in rows:
        if before not in (None, (row.work, row.size)):
            found.add_section()
        before = row.work, row.size
        colour = COLOURS.get(row.verdict, "")
        found.add_row(
            f"{row.replicates} {row.work}" if row.replicates > 1 else row.work,
            f"{row.size:,}",
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
