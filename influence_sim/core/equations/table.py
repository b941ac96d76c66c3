"""The table of equations: what makes a function one of them, and what they are written with.

An equation is a function of one expression, which the engine computes with and of which the page of the model is
written, so that the two cannot differ. It knows nothing of worlds, draws or arrays: its arguments are numbers or arrays
of one shape, named as the state's columns and the levers are, or as in :data:`QUANTITIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from influence_sim.core.parameters import NEVER

type Value = Any
"""A number, or an array of any floating type."""

type Change = Literal["=", "←", "+", "×"]
"""What an equation gives: a quantity, a new value, what is added (and cut to the range), or a factor."""


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation of the model: in which submodel, of what, and the function that computes it."""

    submodel: int
    of: str
    change: Change
    compute: Callable[..., Any]
    source: str

    @property
    def name(self) -> str:
        """Its name, in words."""
        return self.compute.__name__.replace("_", " ").strip()


EQUATIONS: list[Equation] = []
"""All equations, in the order of the files of this package."""


def equation[**P, R](
    submodel: int, of: str, change: Change = "=", source: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Enter a function into the table.

    Parameters
    ----------
    submodel
        Its number in :data:`~influence_sim.core.parameters.SUBMODELS`.
    of
        What it is an equation of: a column of the state, or a symbol.
    change
        ``"="``: it is that; ``"←"``: it becomes that; ``"+"``: so much is added; ``"×"``: it is multiplied by that.
    source
        Who published it, if somebody did.
    """

    def enter(compute: Callable[P, R]) -> Callable[P, R]:
        EQUATIONS.append(Equation(submodel, of, change, compute, source))
        return compute

    return enter


def positive(x: Value) -> Value:
    """Return the positive part, x⁺."""
    return np.maximum(x, 0)


def negative(x: Value) -> Value:
    """Return the negative part, x⁻, which is not negative."""
    return np.maximum(-x, 0)


def squared_length(x: Value) -> Value:
    """Return the squared length of vectors, shape (…, attributes)."""
    return np.square(x).sum(axis=-1)


def at_least_once(rate: Value) -> Value:
    """Return the probability that a Poisson process of that rate strikes within its unit of time."""
    return -np.expm1(-rate)


def fading(half_life: float) -> float:
    """Return the share that fades in a day, given a half-life in days; :data:`NEVER` or longer fades not at all."""
    return 0.0 if half_life >= NEVER else 1.0 - 2.0 ** (-1.0 / half_life)


def lasting(half_life: float) -> float:
    """Return the share that outlasts a day, given a half-life in days."""
    return 1 - fading(half_life)


def single(x: float) -> np.float32:
    """Return a constant in the precision of the state."""
    return np.float32(x)


QUANTITIES: dict[str, tuple[str, str]] = {
    "fit": ("Q", "how well a product fits a consumer, 0..1"),
    "quality": ("X", "quality as experienced, 0..1"),
    "surprise": ("D", "quality above what was expected"),
    "severity": ("z", "how bad a failure is, 0..1"),
    "failed": ("F", "1 if it fails, else 0"),
    "problem": ("d", "the problem felt, 0..1"),
    "uniform": ("u", "a uniform number, 0..1"),
    "normal": ("ε", "a standard normal number"),
    "gamma": ("Γ", "a gamma number of shape need_shape and scale 1"),
    "own": ("U_own", "utility of the company itself"),
    "best_other": ("U_other", "utility of the best of the others"),
    "reward": ("reward", "the reward for buying again, if it can be paid"),
    "fan": ("fan", "1 for a fan, else 0"),
    "tastes": ("Σθ", "sum of a consumer's tastes"),
    "attributes": ("K", "attributes of a product"),
    "hours": ("t", "hours"),
    "excess": ("k̄", "⟨k_in·k_out⟩/⟨k⟩ of the graph, followers of whom a follower reaches"),
    "in_time": ("F(lag_limit)", "the share of reactions that come within lag_limit"),
    "calm": ("p₀", "with what probability a calm copy is shared"),
    "heat": ("g_read", "how arousing an item is when it is read"),
    "worth": ("w", "what a reply is worth, 0..1"),
    "valence": ("s", "valence of what is said, −1..1"),
    "is_negative": ("neg", "1 for a negative post, else 0"),
    "corporate": ("corporate", "1 for what a company says, else 0"),
    "answered_before": ("ans", "1 if it is read after a public answer, else 0"),
    "copy_arousal": ("g_copy", "arousal of the copy that is read"),
    "cooled": ("cooled", "how far a reply cools a thread, 0..1"),
    "speed": ("r", "how quick a reply is, 0..1"),
    "rested": ("ρ", "what much answering leaves of a reply's effect, 0..1"),
    "answered_share": ("k", "the share of all posts about a company that it has answered"),
    "compensated": ("c", "compensation paid, 0..1"),
    "believes": ("σ̂", "1 for who believes the answer, 0 for who sees through it or finds it intrusive"),
    "again": ("n_left", "complaints of the author left unanswered before"),
    "weight": ("ω", "1 for whom it was said to, `bystander` for bystanders"),
    "credence": ("cred", "how far a reader believes who speaks"),
    "peers": ("W·O", "mean attitude of those whom one follows (own, if nobody)"),
    "incites": ("incites", "1 for an inciter, else 0"),
    "vagueness": ("σ_y", "noise of what an opinion says of taste"),
    "specific": ("specific", "how specific the question was, 0 for a post"),
    "precision": ("H", "precision of a day's news of an attribute"),
    "measured": ("ȳ", "what a day's news says of an attribute, a weighted mean"),
    "gain": ("G", "how far an estimate follows the news"),
    "asked": ("n_answers", "how many answered"),
    "planned": ("q_next", "the product with the changes under way"),
    "reports": ("n_reports", "failure reports read since the last decision, per 1,000 consumers"),
    "fixed": ("fixed", "share of failures that is mended"),
    "plateaus": ("x", "time since a post, in plateaus: t/`lag_plateau`, both in seconds"),
    "ask_fatigue": ("fatigue", "how tired of questions a consumer is, 0..1"),
    "taste": ("θ_i", "how a consumer's taste differs from common demand, per attribute"),
    "failure_rate_at_first": ("f₀", "failure rate at the beginning"),
    "recent": ("y_neg", "negative posts and shares in the last 6 hours"),
    "expected": ("b_neg", "how many of them were to be expected"),
    "plan": ("plan", "what all levers would cost a day"),
    "budget": ("budget", "what may be spent a day"),
    "scale": ("(N/1000)", "consumers, in thousands"),
    "desks": ("desks", "one per 1,000 consumers, at least one"),
    "step_hours": ("dt", "hours of a step"),
    "appeal": ("appeal", "what a company has that everybody likes"),
    "shares_made": ("shares", "shares made of negative posts and shares 6 to 24 hours old"),
    "shares_due": ("ΣF(age)", "of those posts and shares, the sum of F at their ages"),
    "noise": ("ε", "a standard normal number"),
    "detection": ("detection", "`detection` for answers, `fake_detection` for faked praise"),
    "speakers": ("n_i", "people whom a consumer follows who have spoken against the company"),
    "followees": ("k_i", "people whom a consumer follows"),
    "rate": ("rate", "how often an incident strikes at random, per day"),
    "margin": ("margin", "the cost key `margin`, money per sale"),
    "sales": ("sales", "purchases of a day"),
    "spend": ("spend", "money spent on a day"),
}
"""What equations are written with besides columns and levers: symbol and meaning, by the argument's name."""
