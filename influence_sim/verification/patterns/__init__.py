"""Patterns of real data beside those of the model: shapes of cascades, delays of reshares, shapes of bursts.

Bands are computed from the data by one of three rules, whatever the model does:

- *Quartiles*: the median of the model's cascades lies between the quartiles of the real ones, of equal size (for
  replies to brands: between the quartiles of brands).
- *Extremes*: a figure that each data set gives only once (a spread, a trend, the shape of a burst) lies between the
  least and the greatest of the data sets.
- *Published*: a band that somebody else has drawn.

docs/validation.md says what came of it.
"""

from influence_sim.verification.findings import Check
from influence_sim.verification.patterns import bursts, cascades, delays
from influence_sim.verification.patterns.data import AIRLINES, HIGGS, NODES, SUPPORT, TIDEH, TREES, TRENDS

CHECKS: tuple[Check, ...] = (
    Check("calm-posts", cascades.posts),
    Check("large-cascades", cascades.shape, (TREES, NODES)),
    Check("time-course", delays.time_course, (TREES, NODES, TIDEH)),
    Check("delays", delays.reactions, (TREES, NODES, SUPPORT)),
    Check("news-burst", bursts.news_burst, (HIGGS, TRENDS, AIRLINES)),
    Check("complaint-burst", bursts.complaint_burst, (HIGGS, TRENDS, AIRLINES)),
)
"""Every comparison with real data or published bands, and the files it needs."""
