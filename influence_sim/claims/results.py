"""What was found about claims, as it is written down: plain values, from which pages and pictures are made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from influence_sim.claims.claim import ALL, OURS, Claim, Part
from influence_sim.claims.judging import Effect, Here, Verdict
from influence_sim.claims.run import Found, Results
from influence_sim.claims.thresholds import HARDLY_ANYWHERE, LEVEL, NEARLY_EVERYWHERE, SMALLEST
from influence_sim.experiment.folders import FORMAT, write_whole

RESULTS_FILE = "results.json"
_MOST_NAMED = 2
_DIGITS = 6


def as_json(results: Results) -> dict[str, Any]:
    """Return all that was found, as plain values that JSON has: what is not a number is None."""
    found: dict[str, Any] = _plain(
        {
            "format": FORMAT,
            "claims": [_claim(one) for one in results.found],
            "summary": {verdict.value: _count(results.found, verdict) for verdict in Verdict},
            "thresholds": {
                "smallest_difference_that_counts": SMALLEST,
                "false_discovery_rate": LEVEL,
                "nearly_everywhere": NEARLY_EVERYWHERE,
                "hardly_anywhere": HARDLY_ANYWHERE,
            },
            "effort": asdict(results.effort),
            "seed": results.seed,
            "run": results.manifest,
        }
    )
    return found


def write_results(found: dict[str, Any], folder: Path) -> None:
    """Write what :func:`as_json` returns to ``results.json`` in a folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / RESULTS_FILE, (text + "\n").encode())


def _count(found: Iterable[Found], verdict: Verdict) -> int:
    return sum(one.verdict is verdict for one in found)


def _claim(found: Found) -> dict[str, Any]:
    claim = found.claim
    return {
        "claim": claim.number,
        "verdict": verdict_in_words(found),
        "essays": claim.essays,
        "says": claim.says,
        "experiment": claim.test,
        "file": claim.scenario.name,
        "equations": claim.rests_on,
        "switched_off": shown_settings(claim),
        "at_defaults": found.here,
        "without_mechanism": found.control_here,
        "where_nothing_happens": found.quiet_here,
        "why": why(found),
        "p": found.p,
        "in_direction": all(
            effect.difference.low > 0 if part.expected == "more" else effect.holds
            for part, effect in zip(claim.parts, found.effects, strict=True)
        ),
        "parts": [
            {
                "claimed": claimed(part),
                "measure": part.measure,
                "unit": part.quantity.unit,
                **_effect(effect),
                "without_mechanism": _effect(found.control[place]),
                "where_nothing_happens": _effect(found.quiet[place]),
            }
            for place, (part, effect) in enumerate(zip(claim.parts, found.effects, strict=True))
        ],
        "share": _share(found.held),
        "turns_on": [str(trait) for trait in found.turns_on],
        "map": {
            "keys": list(claim.map),
            "cells": [
                {
                    "at": list(cell.point.values()),
                    "here": cell.here,
                    "differences": [effect.difference.mean for effect in cell.effects],
                }
                for cell in found.cells
            ],
        },
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "more": effect.more,
        "less": effect.less,
        "difference": effect.difference.mean,
        "low": effect.difference.low,
        "high": effect.difference.high,
        "p_as_claimed": 1 - effect.p_yes,
        "counts": effect.counts,
        "holds": effect.holds,
        "replicates": effect.replicates,
    }


def _share(held: Sequence[bool]) -> dict[str, Any] | None:
    """Return in what share of the space of assumptions a claim held, with Wilson's 95 % interval."""
    if not held:
        return None
    interval = binomtest(sum(held), len(held)).proportion_ci(method="wilson")
    return {"held": sum(held), "points": len(held), "low": interval.low, "high": interval.high}


def verdict_in_words(found: Found) -> str:
    """Return the verdict; what it depends on is named, the surest first. Without points it is of the defaults only."""
    if not found.held:
        return f"{found.here} at the defaults"
    if found.verdict is not Verdict.DEPENDS:
        return "not separable at this precision" if found.verdict is Verdict.OPEN else found.verdict.value
    named = [trait.key.rpartition(".")[2] for trait in found.turns_on[:_MOST_NAMED]]
    return f"depends on {' and '.join(named)}"


def claimed(part: Part) -> str:
    """Return what a part says is more than what."""
    whose = "" if part.of == OURS else f" of {part.of} companies" if part.of == ALL else " of rivals"
    what = f"{'highest day of ' if part.highest else ''}{part.measure}{whose}"
    less = f"{part.times:g} × {part.less}" if part.times != 1 else f"{part.less}"
    relation = {"more": ">", "not less": "≥", "the same": "="}[part.expected]
    return f"{what}: {part.more} {relation} {less}".replace("_", " ")


def why(found: Found) -> str:
    """Return in a sentence what at the defaults speaks for or against a claim, part by part."""
    if found.here is Here.AS_CLAIMED:
        return "It is as claimed."
    said = [
        f"{part.measure.replace('_', ' ')} {_against(effect)}"
        for part, effect in zip(found.claim.parts, found.effects, strict=True)
        if not effect.holds or (part.expected == "more" and effect.difference.low <= 0)
    ]
    return f"{'; '.join(said) or 'each part is as claimed, but not sure together'}.".capitalize()


def _against(effect: Effect) -> str:
    difference = effect.difference
    if difference.low > 0:
        return "is as claimed, but by less than counts"
    if difference.high < 0:
        return "is the other way" if -difference.mean >= effect.counts else "is the other way, by less than counts"
    if max(abs(difference.low), abs(difference.high)) < effect.counts or difference.mean == 0 == difference.high:
        return "does not differ"
    return "is not told apart"


def shown_settings(claim: Claim) -> str:
    """Return what is changed to switch off what a claim rests on."""
    if not claim.control:
        return "everything that can be switched off"
    return ", ".join(f"{key.partition('.')[2]} = {value:g}" for key, value in claim.control.items())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
    if isinstance(value, np.bool_ | bool):
        return bool(value)
    return str(value) if isinstance(value, Here | Verdict) else value
