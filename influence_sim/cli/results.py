"""Where commands put what came of their worlds, whatever interrupts them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from influence_sim.cli.endings import FAILED, INTERRUPTED, fail, one_line_errors
from influence_sim.cli.screen import progress_bar, remark

if TYPE_CHECKING:
    from pathlib import Path

    from influence_sim.cli.options import Output
    from influence_sim.cli.screen import Bar
    from influence_sim.experiment.store import Memory, Store


class Writable(Protocol):
    """What writes its tables to a folder."""

    def write(self, folder: Path, *, parquet: bool = False) -> None:
        """Write them, each whole or not at all."""


def check_output(output: Output) -> None:
    """Learn before a long run whether its results can be kept; raises a ValueError or OSError otherwise."""
    from influence_sim.experiment.export import check_parquet, check_writable

    if output.out is None:
        for name in ("resume", "parquet", "report"):
            if getattr(output, name):
                raise ValueError(f"--{name} needs a folder: add --out DIR")
        return
    if output.report:
        from influence_sim.figures.style import check_drawable

        check_drawable()
    check_writable(output.out)
    if output.parquet:
        check_parquet()


@contextmanager
def interruptible(output: Output) -> Iterator[None]:
    """Say in one line what is left of an interrupted run, with exit status 130."""
    from influence_sim.experiment.runner import Interrupted

    try:
        yield
    except Interrupted as stop:
        if stop.is_kept:
            left = f"; --resume goes on from what {output.out} keeps"
        else:
            left = "" if output.out is None else f"; nothing was written to {output.out}"
        fail(f"{stop}{left}", INTERRUPTED)


@contextmanager
def running(store: Store | Memory, output: Output) -> Iterator[Bar | None]:
    """Show how worlds get on, from the first that has to be run; end with exit status 1 if none of them finishes."""
    from influence_sim.experiment.compare import NoWorldError

    if not store.missing():
        remark(output.quiet, f"all {store.plan.worlds} worlds were there")
    try:
        with interruptible(output), progress_bar(output.quiet, store.plan.worlds, at_once=False) as bar:
            yield bar
    except NoWorldError as error:
        fail(str(error), FAILED)


@contextmanager
def then_written(result: Writable, output: Output) -> Iterator[None]:
    """Write the result to its folder after it has been printed; neither is lost where the other fails."""
    from influence_sim.experiment.export import files_of

    out = output.out
    try:
        with one_line_errors("standard output"):
            yield
            sys.stdout.flush()
    finally:
        if out is not None:
            try:
                with one_line_errors(out, "; --resume writes again"):
                    result.write(out, parquet=output.parquet)
            except KeyboardInterrupt:
                fail(f"interrupted while writing to {out}; --resume writes again", INTERRUPTED)
            remark(output.quiet, f"written to {out}: {', '.join(files_of(output.parquet))}")
