"""Experiments: worlds that differ in strategy and replicate, run in batches, and what they tell."""

from influence_sim.experiment.compare import compare
from influence_sim.experiment.results import Comparison

__all__ = ["Comparison", "compare"]
