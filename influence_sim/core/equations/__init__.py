"""The equations of the model, which the engine computes with and its page is written from."""

from influence_sim.core.equations import companies, crowds, market, talk

__all__ = ["companies", "crowds", "market", "talk"]
