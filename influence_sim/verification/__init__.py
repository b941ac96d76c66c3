"""Verification against exact results, and validation against data: what a sceptical user runs on the first day.

>>> from influence_sim import verification
>>> for outcome in verification.verify("small", only=["bass"]):  # doctest: +SKIP
...     print(outcome.check.name, [finding.verdict for finding in outcome.findings])
"""

from influence_sim.verification.findings import Check, Finding, Ground, Size
from influence_sim.verification.verify import Outcome, all_checks, verify

__all__ = ["Check", "Finding", "Ground", "Outcome", "Size", "all_checks", "verify"]
