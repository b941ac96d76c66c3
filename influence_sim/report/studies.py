"""Reports of studies over many points: sweeps, phase maps, robustness, sensitivity, optimisation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from influence_sim.experiment.importance import Method, Sensitivity
from influence_sim.experiment.optimum import Optimum
from influence_sim.experiment.phases import PhaseMap, phase_map
from influence_sim.experiment.quantities import quantity
from influence_sim.experiment.robustness import Robustness
from influence_sim.experiment.sweep import Sweep
from influence_sim.experiment.words import number, share
from influence_sim.figures import importance as importance_figures
from influence_sim.figures import phases as phase_figures
from influence_sim.figures import studies as figures
from influence_sim.report.assumptions import assumed
from influence_sim.report.document import Block, Document, Grid, Picture, Section, Text
from influence_sim.report.optimise import optimum_table, optimum_words
from influence_sim.report.phases import phase_table
from influence_sim.report.provenance import facts_of, reproduction
from influence_sim.report.robustness import failure_table, regret_table
from influence_sim.report.sensitivity import sensitivity_table, sensitivity_words
from influence_sim.report.sweeps import point_table
from influence_sim.scenario import Scenario

_WIDE = 10_000


def sweep_document(result: Sweep, measure: str, *, typed: str = "") -> Document:
    """Return the report of a sweep, in one measure; ``typed`` is the command that ran it."""
    several = len(result.strategies) > 1 and quantity(measure).better
    found = phase_map(result, measure) if several else None
    answer = _sentences([found.words()]) if found else [f"{len(result)} points of {', '.join(result.keys)}."]
    blocks: list[Block] = []
    if len(result.keys) == 1:
        blocks.append(
            Picture(
                "along",
                f"Lines of {measure} along {result.keys[0]}, one per strategy. {' '.join(answer)}",
                "Means with 95 % intervals, by strategy.",
                partial(figures.along, result, measure),
            )
        )
    elif found:
        blocks += _map(found)
    blocks += [Grid.of(table) for table in point_table(result, measure, _WIDE)]
    what = f"sweep of {_listed(result.keys)}: {measure}"
    return _document(result.store.manifest, what, answer, [Section("Point by point", tuple(blocks))], typed)


def phase_document(found: PhaseMap, *, typed: str = "") -> Document:
    """Return the report of a phase map."""
    sections = [
        Section("Who wins where", tuple(_map(found))),
        Section("Point by point", (Grid.of(phase_table(found)),)),
    ]
    what = f"phase map over {_listed(found.keys)}: {found.measure.name}"
    return _document(found.manifest, what, _sentences([found.words()]), sections, typed)


def _map(found: PhaseMap) -> Iterator[Block]:
    try:
        phase_figures.check_keys([phase.point for phase in found.phases])
    except ValueError as error:
        yield Text(f"There is no picture: {error}.")
        return
    yield Picture(
        "phase-map",
        f"Map of which strategy wins over {', '.join(found.keys)}. {found.words()}",
        "A colour per winner, the deeper the larger its lead; hatched or hollow where strategies are not told apart.",
        partial(phase_figures.phase_figure, found),
    )


def robustness_document(found: Robustness, *, typed: str = "") -> Document:
    """Return the report of a robustness study."""
    said = found.words()
    # What is recommended comes first.
    first = 1 + bool(found.unjudged)
    said = [*said[first : first + len(found.choices)], *said[:first], *said[first + len(found.choices) :]]
    worst = ", ".join(f"{one.strategy} {number(one.worst.mean)}" for one in found.standings)
    blocks: list[Block] = [
        Picture(
            "regret",
            f"Share of futures in which each strategy's regret is no more than so much; largest regrets: {worst}.",
            "Regret: what the best strategy makes of a future, less what this one makes of it.",
            partial(figures.regrets, found),
        ),
        Grid.of(regret_table(found)),
    ]
    failing = failure_table(found)
    sections = [Section("Regret over the futures", tuple(blocks))]
    if failing is not None:
        sections.append(Section("Where each fails", (Grid.of(failing),)))
    what = f"robustness over {_listed(found.keys)}: {found.measure.name}"
    return _document(found.manifest, what, said, sections, typed)


def sensitivity_document(found: Sensitivity, *, typed: str = "") -> Document:
    """Return the report of a sensitivity analysis."""
    sure = [one.factor.key for one in found.importances if one.is_sure]
    listed = ", ".join(sure[:4]) + (f" and {len(sure) - 4} more" if len(sure) > 4 else "")
    answer = [
        f"{found.output} surely hangs on {listed}." if sure else f"No key surely matters for {found.output}.",
        f"It is positive at {share(found.share_positive)} of {found.points:,} points over the ranges.",
    ]
    top = ", ".join(f"{one.factor.key} {number(one.main.mean)}" for one in found.importances[:5])
    how = "change across a key's range" if found.method is Method.MORRIS else "share of variance"
    blocks: list[Block] = [
        *map(Text, sensitivity_words(found)),
        Picture(
            "importance",
            f"Bars of the keys that matter most ({how}): {top}.",
            "With 95 % intervals. Filled: surely matters; hollow: may be chance; dotted line: what chance may reach.",
            partial(importance_figures.importance, [found]),
        ),
        Grid.of(sensitivity_table(found)),
    ]
    what = f"sensitivity ({found.method}) of {len(found.importances)} keys"
    return _document(found.manifest, what, answer, [Section("What matters", tuple(blocks))], typed)


def optimum_document(found: Optimum, *, typed: str = "") -> Document:
    """Return the report of a search."""
    said = list(optimum_words(found))
    goals = " and ".join(map(str, found.aims.goals))
    blocks: list[Block] = [
        Text(said[0]),
        Picture(
            "tried",
            f"Dots of {len(found.trials)} settings tried for {goals}; stars mark {len(found.winners)} of them.",
            "Scores in the search, which flatter the winners; the table has them again in worlds the search never saw.",
            partial(figures.tried, found),
        ),
        Grid.of(optimum_table(found)),
    ]
    what = f"search for {goals} over {_listed([one.key for one in found.factors])}"
    return _document(found.manifest, what, said[1:], [Section("What was found", tuple(blocks))], typed)


def _sentences(texts: Iterable[str]) -> list[str]:
    """Cut texts into sentences."""
    return [part for text in texts for part in re.split(r"(?<=[.:;]) (?=[A-Z])", text)]


def _listed(keys: Sequence[str]) -> str:
    """Name up to three keys."""
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")


def _document(
    manifest: Mapping[str, Any], what: str, answer: list[str], sections: list[Section], typed: str
) -> Document:
    """Return a document whose answer is what is said first."""
    scenario = manifest["scenario"]
    rest = [Section("What else is to be said", tuple(map(Text, answer[2:])))] if len(answer) > 2 else []
    return Document(
        title=scenario["title"] or scenario["name"],
        subtitle=scenario["question"],
        answer=tuple(answer[:2]),
        sections=(
            *rest,
            *sections,
            Section("What was assumed", tuple(assumed(Scenario.of(scenario)))),
            Section("How to run it again", tuple(reproduction(manifest, typed))),
        ),
        facts=(("study", what), ("strategies", ", ".join(manifest["compared"])), *facts_of(manifest)),
    )
