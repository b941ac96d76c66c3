"""``python -m benchmarks.peers``: run the comparison, show it as a table, and write it to files."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path

from rich.console import Console

from benchmarks.peers.adapters import asked_for, imported
from benchmarks.peers.bound import speeds
from benchmarks.peers.comparing import Row, rows_of
from benchmarks.peers.machine import describe
from benchmarks.peers.plot import draw
from benchmarks.peers.table import as_markdown, number, table
from benchmarks.peers.works import WORKS, chosen

BUDGET, QUICK_BUDGET = 6.0, 1.0
"""Seconds for a row."""
WIDTH = 170


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 10^5 nodes, no slow peers, no whole model")
    parser.add_argument("--only", default="", metavar="WORK,…", help="works whose names begin so")
    parser.add_argument("--against", default="", metavar="PEER,…", help="peers whose names begin so")
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="about how long a row may take")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and machine here")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table for a page here")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw time against size here")
    return parser.parse_args()


def main() -> int:
    warnings.simplefilter("ignore")  # peers' own
    asked, console, rows, wrong = arguments(), console_of(), list[Row](), list[str]()
    works = list(chosen(asked.quick, named(asked.only)))
    if not works:
        console.print(f"no work is called {asked.only}; there are {', '.join(dict.fromkeys(w.name for w in WORKS))}")
        return 2
    budget = asked.budget or (QUICK_BUDGET if asked.quick else BUDGET)
    machine = describe()
    for name in asked_for(named(asked.against)):
        if imported(name) is None:
            console.print(f"[yellow]{name}: not installed, or no compiler; its rows are left out[/]")
    with console.status("") as status:
        for work in works:
            status.update(f"{work.title}, {work.size:,}")
            for row in rows_of(work, quick=asked.quick, against=named(asked.against), budget=budget):
                if isinstance(row, str):
                    wrong.append(row)
                    continue
                rows.append(row)
                if not row.agree:
                    wrong.append(f"{row.title}, {row.size:,}: {row.peer} does not reach the same; no ratio holds")
                if not console.is_terminal:
                    print(f"{work.title} {work.size}: {row.peer} {number(row.ratio)}", file=sys.stderr, flush=True)
    machine["memory"] = speeds()
    title = f"{machine['processor']}, {machine['cores']} cores, {machine['date']}"
    console.print(table(rows, title))
    found = {"machine": machine, "rows": [row.as_json() for row in rows]}
    if asked.markdown:
        asked.markdown.write_text(as_markdown(found) + "\n", encoding="utf-8")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if asked.plot:
        draw(rows, asked.plot, f"{title}; median of runs in turn")
    for line in wrong:
        console.print(line, style="red")
    return 1 if wrong else 0


def console_of() -> Console:
    """Return the screen; what is written to a file may be wide."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


def named(text: str) -> list[str]:
    """Return the names in a list with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    sys.exit(main())
