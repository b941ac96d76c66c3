"""Tables of evidence: what the model was tuned to, what exact results and real data say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from influence_sim.core.parameters import ORIGINS, Parameters
from influence_sim.experiment.calibration import Reached
from influence_sim.report.tables import plain_table
from influence_sim.verification import Finding, Ground, Outcome

_STYLES = {"holds": "green", "known miss": "yellow", "on the edge": "yellow"}
_TITLES = {
    Ground.EXACT: "verified: what theory fixes (tolerated: 3 standard errors and the stated bias of finite size)",
    Ground.VALIDATED: "validated: patterns in data that nothing was tuned to (got within the band)",
    Ground.CALIBRATED: "calibrated: patterns in data that constants were tuned to, so no evidence",
}


def calibration_table(found: Sequence[Reached]) -> Table:
    """Return what was tuned, to what, and what is reached."""
    table = plain_table(
        "what was tuned [C] or taken over [L], to what, and what the model reaches (± standard error): no validation"
    )
    for title in ("target", "published", "counts as met", "reached", "met", "rests on", "source"):
        table.add_column(title, justify="right" if title in ("published", "counts as met", "reached") else "left")
    for one in found:
        target = one.target
        reached = f"{one.value:.3f}" if one.error != one.error else f"{one.value:.3f} ± {one.error:.3f}"
        tuned = ", ".join(_tuned(name) for name in target.constants)
        met = Text("yes", style="green") if one.is_met else Text("no", style="red")
        band = f"{target.low:g}…{target.high:g}"
        table.add_row(target.name, f"{target.published:g}", band, reached, met, tuned, target.source)
    return table


def _tuned(name: str) -> str:
    return f"{name} = {getattr(Parameters(), name):g} [{ORIGINS[name].tag}]" if name in ORIGINS else name


def verification_tables(outcomes: Sequence[Outcome]) -> Iterator[Table]:
    """Yield a table per ground: what, expected, got with its standard error, distance, verdict and source."""
    for ground, title in _TITLES.items():
        rows = [(one.check.name, finding) for one in outcomes for finding in one.findings if finding.ground is ground]
        if not rows:
            continue
        distances = any(finding.measured_by for _, finding in rows)
        table = plain_table(title)
        table.add_column("check", no_wrap=True)
        table.add_column("what")
        table.add_column("expected", justify="right", no_wrap=True)
        table.add_column("got", justify="right", no_wrap=True)
        table.add_column("± tolerated" if ground is Ground.EXACT else "standard error", justify="right")
        if distances:
            table.add_column("distance")
        table.add_column("verdict")
        table.add_column("source")
        last = ""
        for name, finding in rows:
            cells = [name if name != last else "", finding.what, _expected(finding), _figure(finding.got)]
            spread = finding.slack if ground is Ground.EXACT else finding.error
            cells.append(f"{spread:.2g}" if spread else "")
            if distances:
                cells.append(f"{finding.distance:.2f} {finding.measured_by}" if finding.measured_by else "")
            style = _STYLES.get(finding.verdict, "bold red")
            table.add_row(*cells, Text(finding.verdict, style=style), finding.source)
            last = name
        yield table


def verification_summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield sentences: how many figures hold, which miss and why, and what was skipped."""
    findings = [finding for one in outcomes for finding in one.findings]
    for ground in Ground:
        verdicts = Counter(finding.verdict for finding in findings if finding.ground is ground)
        if verdicts:
            listed = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
            yield f"{ground.value}: {listed}"
    for finding in findings:
        if finding.known_miss:
            yield f"{finding.verdict}: {finding.what}: {finding.known_miss}"
    for one in outcomes:
        if one.missing:
            yield f"skipped {one.check.name}: there is no {', '.join(one.missing)} in the folder of real data"
    seconds = sum(one.seconds for one in outcomes)
    yield f"{len(outcomes)} checks, {seconds:.0f} s of work"


def _expected(finding: Finding) -> str:
    if finding.low == finding.high:
        return _figure(finding.low)
    return f"{_figure(finding.low)} … {_figure(finding.high)}"


def _figure(value: float) -> str:
    return f"{value:.4g}"
