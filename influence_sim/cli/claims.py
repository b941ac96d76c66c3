"""The command that puts claims to the test."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import INTERRUPTED, fail, one_line_errors
from influence_sim.cli.loading import processes_for, split
from influence_sim.cli.options import JobsOption, JsonOption, QuietOption, SeedOption, place
from influence_sim.cli.screen import console, print_json, print_tables, progress_bar, remark

if TYPE_CHECKING:
    from rich.table import Table

    from influence_sim.claims.claim import Claim

_TRIALS = "trials"


@app.command()
def claims(
    only: Annotated[
        str | None, typer.Option(help="Numbers of claims, separated by commas; all if left out.", metavar="1,2,…")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="In minutes: fewer worlds, no maps, and nothing over what is assumed.")
    ] = False,
    out: Annotated[
        Path,
        typer.Option(
            help="Folder for results.json, the page, and what has been run, to go on from.", metavar="DIR", parser=place
        ),
    ] = Path("claims"),
    folder: Annotated[
        Path | None,
        typer.Option("--from", help="A folder of claims of your own.", metavar="DIR", show_default="the essays'"),
    ] = None,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put the essays' claims to the test: what holds, by how much, how surely, and where it turns.

    Each claim is a file that says which strategies differ in which measure. Printed are the verdicts at the defaults
    and over the space of assumptions. What has been run is kept in the folder as it is done: the same command
    again goes on from there.

    Examples
    --------
    influence-sim claims --quick
        Which claims hold at the defaults? (minutes)
    influence-sim claims --only 15,16 --out two
        Two of them in full, with maps and shares.
    influence-sim claims --from my_claims --out mine
        Claims of your own, from a folder of files.

    Files
    -----
    DIR/results.json, claims.md
        All that was found, for programs and for people; with the extra viz, pictures.
    DIR/trials/
        What has been run.

    See Also
    --------
    docs/claims.md
    docs/experiments.md
    """
    from influence_sim.claims.claim import read_claims, shipped_claims
    from influence_sim.claims.results import RESULTS_FILE, write_results
    from influence_sim.claims.results import as_json as plain
    from influence_sim.claims.run import FULL, QUICK, put_to_the_test
    from influence_sim.experiment.export import check_writable
    from influence_sim.experiment.folders import Hold
    from influence_sim.report.claims import headline, write_page

    with one_line_errors(out):
        chosen = _chosen(read_claims(folder or shipped_claims()), only)
        effort, many = QUICK if quick else FULL, processes_for(jobs)
        check_writable(out)
        out.mkdir(parents=True, exist_ok=True)
        _check_place(out / RESULTS_FILE, [claim.number for claim in chosen], asdict(effort), seed)
        with Hold(out), progress_bar(quiet, 1, "trials", at_once=False) as bar:
            try:
                results = put_to_the_test(
                    chosen,
                    effort,
                    seed=seed,
                    jobs=many,
                    keep=out / _TRIALS,
                    on_progress=bar,
                    tell=lambda stage: None if bar is None else bar.tell(f"{len(chosen)} claims {stage}"),
                )
            except KeyboardInterrupt:
                fail(
                    f"interrupted; what is done is kept in {out}, and the same command goes on from there", INTERRUPTED
                )
            found = plain(results)
            write_results(found, out)
            written = write_page(found, out)
    if as_json:
        print_json(found)
    else:
        screen = console()
        print_tables(screen, _table(found))
        screen.print(headline(found), style="bold")
    pictures = f" and {len(written) - 1} pictures" if len(written) > 1 else "; pictures need the extra viz"
    remark(quiet, f"written to {out}: {RESULTS_FILE}, {written[0]}{pictures}")


def _check_place(file: Path, numbers: list[int], effort: dict[str, int], seed: int) -> None:
    """Raise a ValueError rather than put results in the place of those of another run."""
    from influence_sim.experiment.folders import StoreError, check_format
    from influence_sim.files import read_json

    if not file.exists():
        return
    try:
        there = read_json(file)
        check_format(there, file)
        same = (there["seed"], there["effort"], [claim["claim"] for claim in there["claims"]]) == (
            seed,
            effort,
            numbers,
        )
    except StoreError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{file}: is no result of claims; name another folder (--out DIR)") from None
    if not same:
        raise ValueError(f"{file}: holds the results of another run; name another folder (--out DIR)")


def _chosen(known: tuple[Claim, ...], only: str | None) -> list[Claim]:
    """Return the claims that are asked for, by their numbers; one that there is not is a ValueError."""
    numbers = {str(claim.number): claim for claim in known}
    if only == "":
        raise ValueError("--only is empty; leave it out for all claims, or name some by number")
    wanted = split(only or "")
    for one in wanted:
        if one not in numbers:
            raise ValueError(f"--only {only}: there is no claim {one}; there are {', '.join(numbers)}")
    return [claim for name, claim in numbers.items() if not wanted or name in wanted]


def _table(found: dict[str, Any]) -> Table:
    from influence_sim.report.tables import plain_table

    table = plain_table("claims")
    for title in ("", "claim", "verdict", "at the defaults", "share"):
        table.add_column(title, overflow="fold")
    for claim in found["claims"]:
        share = claim["share"]
        part = f"{100 * share['held'] / share['points']:.0f} %" if share else "–"
        table.add_row(str(claim["claim"]), claim["says"], claim["verdict"], claim["why"], part)
    return table
