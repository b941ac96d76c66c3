"""The whole model with all mechanisms switched off but one is a textbook model, and gives its numbers.

Every world here is made from a scenario and run by the engine, with all phases of its day. What is on is written down
with each check; everything else has the value that switches it off.
"""

from influence_sim.verification.findings import Check
from influence_sim.verification.reductions import companies, market, opinions, spreading

CHECKS: tuple[Check, ...] = (
    Check("whole-model-outbreaks", spreading.outbreaks),
    Check("whole-model-small-cascades", spreading.small_cascades),
    Check("whole-model-independent-cascade", spreading.same_cascades),
    Check("whole-model-sharing-threshold", spreading.sharing_threshold),
    Check("whole-model-boycott-threshold", spreading.boycotts),
    Check("whole-model-opinions", opinions.opinions),
    Check("whole-model-bounded-confidence", opinions.bounded_confidence),
    Check("whole-model-choice", market.choices),
    Check("whole-model-purchases", market.purchases),
    Check("whole-model-purchases-until-exit", market.purchases_until_exit),
    Check("whole-model-adoption", market.adoption),
    Check("whole-model-queue", companies.queue),
    Check("whole-model-listening", companies.listening),
)
"""One check per way of switching all mechanisms off but one (docs/model.md, section 9)."""
