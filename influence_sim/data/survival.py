"""How much has not ended yet after a time, where some was seen for too short: Kaplan & Meier 1958, JASA 53:457."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from influence_sim.data.figures import LEVEL, Figure

type Floats = NDArray[np.float64]


def lasting(durations: Floats, ended: NDArray[np.bool_], at: Sequence[float]) -> list[Figure]:
    """Return the share that lasts longer than each of some times, by Kaplan and Meier.

    The interval is Greenwood's on the scale of ln(−ln S), which keeps it between 0 and 1 (Kalbfleisch & Prentice 1980).

    Parameters
    ----------
    durations
        How long each was seen, until it ended or was lost from sight; shape (n,), not negative.
    ended
        Whether it was seen to end; shape (n,).
    at
        Times, in the unit of the durations. What lies beyond the longest duration is not known, and not a number.
    """
    survival = ecdf(CensoredData(uncensored=durations[ended], right=durations[~ended])).sf
    with warnings.catch_warnings():
        # It warns that there is no interval where nothing or all has ended; there it is not a number.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = survival.confidence_interval(LEVEL, method="log-log")
    seen = np.asarray(at) <= durations.max(initial=0.0)
    value, low, high = (np.where(seen, one.evaluate(at), np.nan) for one in (survival, interval.low, interval.high))
    return [Figure(float(value[k]), float(low[k]), float(high[k]), "share") for k in range(len(at))]
