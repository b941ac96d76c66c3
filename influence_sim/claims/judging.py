"""From readings to verdicts: how large an effect is, how sure, and where it is as claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from influence_sim.claims.claim import Part
from influence_sim.claims.thresholds import HARDLY_ANYWHERE, LEAST_POINTS, LEVEL, NEARLY_EVERYWHERE, SMALLEST
from influence_sim.experiment.contrasts import Contrast, contrast

type F8 = NDArray[np.float64]

_SIGNED = "-1..1"


class Here(StrEnum):
    """What is found at one setting."""

    AS_CLAIMED = "as claimed"
    NOT_AS_CLAIMED = "not as claimed"
    OPEN = "open"


class Verdict(StrEnum):
    """What becomes of a claim."""

    HOLDS = "holds"
    FAILS = "fails"
    DEPENDS = "depends"
    OPEN = "not separable"


@dataclass(frozen=True, slots=True)
class Effect:
    """How one part of a claim came out at one setting: more less (times) less, paired by replicate.

    Attributes
    ----------
    difference
        With its 95 % interval and the probability that it is positive.
    more, less
        Means of the two sides, ``less`` as it is multiplied.
    counts
        What a difference must reach to count, in the measure's unit.
    p_yes, p_no
        How surprising the difference would be if the part did not hold, and if it did: one-sided, Student's t.
    replicates
        With a value on both sides.
    """

    difference: Contrast
    more: float
    less: float
    counts: float
    p_yes: float
    p_no: float
    holds: bool
    replicates: int


def effect_of(part: Part, more: F8, less: F8) -> Effect:
    """Return how a part came out, from a number per replicate on either side, of shape (replicates,) or ()."""
    more, less = np.broadcast_arrays(more, part.times * less)
    known = ~(np.isnan(more) | np.isnan(less))
    more, less = more[known], less[known]
    difference = contrast(more, less)
    means = (float(more.mean()), float(less.mean())) if more.size else (np.nan, np.nan)
    counts = SMALLEST if part.quantity.unit.endswith(_SIGNED) else SMALLEST * max(abs(mean) for mean in means)
    below, above = _shifted(more, less, -counts), _shifted(more, less, counts)
    nought = difference.p_positive
    match part.expected:
        case "more":
            p_yes, p_no = 1 - nought, above
            holds = difference.mean >= counts and difference.mean > 0
        case "not less":
            p_yes, p_no = 1 - below, below
            holds = difference.mean > -counts or difference.mean == 0
        case "the same":
            p_yes, p_no = max(1 - below, above), 2 * min(below, 1 - above, 0.5)
            holds = abs(difference.mean) < counts or difference.mean == 0
    p_yes, p_no = (1.0 if np.isnan(p) else p for p in (p_yes, p_no))
    return Effect(difference, means[0], means[1], counts, p_yes, p_no, holds, int(known.sum()))


def _shifted(more: F8, less: F8, by: float) -> float:
    """Return the probability that the mean difference is above a bound."""
    return contrast(more, less + by).p_positive


class Together(NamedTuple):
    """All parts of a claim, which must all hold: whether they do, and how surprising that is if it is wrong."""

    holds: bool
    p: float


def together(effects: Sequence[Effect]) -> Together:
    """Return what the parts say of the claim.

    All must be sure for the claim to be (Berger 1982: that needs no correction); for it not to be, one that is sure
    after allowing for their number is enough (Bonferroni). As either may be found, p is doubled.
    """
    holds = all(effect.holds for effect in effects)
    p = max(effect.p_yes for effect in effects) if holds else len(effects) * min(effect.p_no for effect in effects)
    return Together(holds, min(1.0, 2 * p))


def decided(tried: Sequence[Sequence[Effect]]) -> list[Here]:
    """Say of many claims, or of one at many settings, what is found.

    Of all that is decided at most 5 % are expected to be decided wrongly (Benjamini & Hochberg 1995).
    """
    found = [together(effects) for effects in tried]
    sure = false_discovery_control([one.p for one in found]) <= LEVEL
    return [
        (Here.AS_CLAIMED if one.holds else Here.NOT_AS_CLAIMED) if is_sure else Here.OPEN
        for is_sure, one in zip(sure, found, strict=True)
    ]


def verdict(here: Here, held: Sequence[bool]) -> Verdict:
    """Return the verdict from what is found at the defaults and in which points of the space of assumptions it held."""
    if len(held) < LEAST_POINTS:
        return {
            Here.AS_CLAIMED: Verdict.HOLDS, Here.NOT_AS_CLAIMED: Verdict.FAILS, Here.OPEN: Verdict.OPEN
        }[here]  # fmt: skip
    share = sum(held) / len(held)
    if HARDLY_ANYWHERE < share < NEARLY_EVERYWHERE:
        return Verdict.DEPENDS
    at_defaults = {Here.AS_CLAIMED: True, Here.NOT_AS_CLAIMED: False}.get(here)
    if at_defaults is None:
        return Verdict.OPEN
    if at_defaults != (share >= NEARLY_EVERYWHERE):
        return Verdict.DEPENDS
    return Verdict.HOLDS if at_defaults else Verdict.FAILS
