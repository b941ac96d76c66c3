"""What commands show: tables and JSON on standard output, remarks and progress on standard error."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table


def remark(quiet: bool, text: str) -> None:
    """Say something that is not part of the answer."""
    if not quiet:
        print(text, file=sys.stderr)


class Bar:
    """How much is done, how fast that goes and the time left; what is known so far, above it."""

    def __init__(self, progress: Progress, total: int, things: str) -> None:
        self._progress = progress
        self._task = progress.add_task(things, total=total, done="0.0", pace="")
        self._first: tuple[float, float] | None = None

    def __call__(self, done: float, total: float) -> None:
        """Show that so much is done of a total, which may grow while one goes on."""
        # Does nothing to a bar that is shown.
        self._progress.start()
        now = time.monotonic()
        # What an earlier run has done says nothing of how fast this one is.
        since, already = self._first = self._first or (now, done)
        pace = ""
        if done > already and now > since:
            a_minute = 60 * (done - already) / (now - since)
            left = timedelta(minutes=round(max(total - done, 0) / a_minute * 60) / 60)
            pace = f"{a_minute:.{0 if a_minute >= 10 else 1}f} a minute, {left} left"
        self._progress.update(self._task, completed=done, total=total, done=f"{done:.1f}", pace=pace)

    def tell(self, known: str) -> None:
        """Show what is known so far."""
        self._progress.console.print(known, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_bar(quiet: bool, total: int, things: str = "worlds", *, at_once: bool = True) -> Iterator[Bar | None]:
    """Show progress, ``at_once`` or from the first call on; yields what to call with the number done and the total."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(f"{{task.fields[done]:>6}} of {{task.total:.0f}} {things}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("elapsed, {task.fields[pace]}"),
    )
    progress = Progress(*columns, console=Console(stderr=True))
    bar = Bar(progress, total, things)
    if at_once:
        progress.start()
    try:
        yield bar
    finally:
        if progress.live.is_started:
            progress.stop()


def console() -> Console:
    """Return where tables are printed."""
    from rich.console import Console
    from rich.text import Text

    from influence_sim.files import plain

    class Plain(Console):
        """A console that shows texts, some of which come out of files of others, without what it would obey."""

        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(plain(text), **options)

    # A pipe has no width of its own: nothing is cut or wrapped there, unless a width is asked for. Names are shown as
    # they are, never as markup.
    narrow = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Plain(width=None if narrow else 10_000, highlight=False, markup=False, emoji=False)


def print_tables(where: Console, *tables: Table | None) -> None:
    """Print tables; in a pipe without the blanks that pad their lines."""
    for table in tables:
        if table is None:
            continue
        with where.capture() as captured:
            where.print(table)
        text = captured.get()
        if not sys.stdout.isatty():
            text = "\n".join(line.rstrip() for line in text.split("\n"))
        print(text, end="")


def print_json(value: Any) -> None:
    """Print a value as JSON, with null for what is not a number."""
    print(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
