"""From readings to verdicts: how large an effect is, how sure, and where it is as claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, false_discovery_control

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
        How surprising the difference would be if the part did not hold, and if it did: one-sided, by Student's t, or
        by the binomial distribution where a share of worlds is held against a number.
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
    p_yes, p_no = _surprise(part, more, less, counts)
    match part.expected:
        case "more":
            holds = difference.mean >= counts and difference.mean > 0
        case "not less":
            holds = difference.mean > -counts or difference.mean == 0
        case "the same":
            holds = abs(difference.mean) < counts or difference.mean == 0
    return Effect(difference, means[0], means[1], counts, p_yes, p_no, holds, more.size)


def _surprise(part: Part, more: F8, less: F8, counts: float) -> tuple[float, float]:
    """Return how surprising the values are if a part does not hold, and if it does, one-sided."""
    if not more.size:
        return 1.0, 1.0
    if isinstance(part.less, float) and part.expected == "more" and set(np.unique(more)) <= {0.0, 1.0}:
        # A share of worlds against a number: exactly, as an event that never happened has no spread.
        happened, bound = int(more.sum()), min(float(less[0]), 1.0)
        above, below = (float(binomtest(happened, more.size, bound, side).pvalue) for side in ("greater", "less"))
        return above, below
    below, above = _above(more, less, -counts), _above(more, less, counts)
    match part.expected:
        case "more":
            # However signs are exchanged, k differences that are not nought cannot surprise by less than 2 to the -k.
            found = max(1 - _above(more, less, 0), 0.5 ** np.count_nonzero(more != less)), above
        case "not less":
            found = 1 - below, below
        case "the same":
            found = max(1 - below, above), 2 * min(below, 1 - above, 0.5)
    p_yes, p_no = (1.0 if np.isnan(p) else float(p) for p in found)
    return p_yes, p_no


def _above(more: F8, less: F8, by: float) -> float:
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


def verdict(here: Here, held: Sequence[bool], turns: bool) -> Verdict:
    """Return the verdict.

    Parameters
    ----------
    here
        What is found at the defaults.
    held
        In which points of the space of assumptions it held.
    turns
        Whether some assumption surely sets apart the points in which it does not.
    """
    if here is Here.OPEN and not turns:
        return Verdict.OPEN
    if len(held) < LEAST_POINTS:
        return (
            Verdict.HOLDS if here is Here.AS_CLAIMED else Verdict.FAILS if here is Here.NOT_AS_CLAIMED else Verdict.OPEN
        )
    share = sum(held) / len(held)
    if here is Here.AS_CLAIMED and share >= NEARLY_EVERYWHERE:
        return Verdict.HOLDS
    if here is Here.NOT_AS_CLAIMED and share <= HARDLY_ANYWHERE:
        return Verdict.FAILS
    return Verdict.DEPENDS if turns else Verdict.OPEN
