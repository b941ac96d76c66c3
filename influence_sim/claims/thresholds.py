"""What counts, fixed before anything is run: nothing else in the package decides about a verdict."""

from __future__ import annotations

SMALLEST = 0.01
"""Smallest difference that counts: so large a share of the larger of two means, or, of a measure between −1 and 1, so
much."""

LEVEL = 0.05
"""Share of the claims called decided at the defaults that is expected to be decided wrongly, at most."""

NEARLY_EVERYWHERE, HARDLY_ANYWHERE = 0.75, 0.25
"""Shares of the space of assumptions from which on a claim holds, and up to which it fails, whatever is assumed.

Otherwise it depends on what is assumed only if some assumption surely sets apart the points at which it does not hold:
chance alone makes shares near a half, too.
"""

LEAST_POINTS = 20
"""From fewer points of that space nothing is said about it."""
