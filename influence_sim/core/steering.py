"""Setting levers for tomorrow: what companies see in the evening, and what they do about it."""

from __future__ import annotations

import numpy as np

from influence_sim.core.courses import Course
from influence_sim.core.levers import LEVERS, check_levers
from influence_sim.core.observation import Conduct, Observation
from influence_sim.core.setting import MONTH
from influence_sim.core.worlds import Worlds


def steer(worlds: Worlds) -> None:
    """Let companies set their levers for tomorrow, by schedule or by decision; nothing changes in the burn-in.

    Raises
    ------
    ValueError
        If a decision names a lever that does not exist, a value out of its range, or is no mapping at all.
    """
    tomorrow = worlds.day + 1 - worlds.setting.burn_in_days
    if tomorrow < 1:
        return
    moves = {row: _moves(worlds, row, course, tomorrow) for row, course in enumerate(worlds.courses) if course}
    moves = {row: move for row, move in moves.items() if move}
    if moves:
        worlds.pull(moves, worlds.end_of_step)


def _moves(worlds: Worlds, row: int, course: Course, tomorrow: int) -> dict[str, float]:
    if course.is_fixed:
        return {}
    move = dict(course.changes.get(tomorrow, {}))
    if course.decide is not None:
        try:
            decided = course.decide(observe(worlds, row)) or {}
            check_levers(decided)
        except Exception as error:
            # Whatever its author got wrong, they learn where; the chain of errors shows the rest.
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            raise ValueError(f"strategy {course.name!r} on day {tomorrow}: {kind}{error}") from error
        move |= decided
    return {name: value for name, value in move.items() if value != getattr(worlds.wanted, name)[row]}


def observe(worlds: Worlds, row: int) -> Observation:
    """Return what the company of a row sees this evening; copies, never the arrays themselves."""
    state, size = worlds.state, worlds.size
    world, company = divmod(row, size.companies)
    rows = range(world * size.companies, (world + 1) * size.companies)
    conducts = [_conduct(worlds, other) for other in rows]
    return Observation(
        day=worlds.day + 1 - worlds.setting.burn_in_days,
        own=conducts[company],
        rivals=tuple(conduct for other, conduct in enumerate(conducts) if other != company),
        levers={name: float(getattr(worlds.wanted, name)[row]) for name in LEVERS},
        funded=float(worlds.funded[row]),
        budget=float(worlds.setting.budgets[company] * worlds.scale),
        reserve=float(state.reserve[row]),
        spent=float(worlds.flows.spend[row]),
        sales=float(worlds.flows.sales[row]),
        customers=int(np.count_nonzero(state.customer_of[world] == company)),
        waiting=int(np.count_nonzero(worlds.messages.row[worlds.waiting] == row)),
        estimate=tuple(state.estimate[row].tolist()),
        uncertainty=tuple(np.sqrt(state.variance[row]).tolist()),
        failures_heard=float(state.failures_heard[row]),
    )


def _conduct(worlds: Worlds, row: int) -> Conduct:
    levers, company = worlds.levers, row % worlds.size.companies
    market = slice(row - company, row - company + worlds.size.companies)
    sales, sales_before = worlds.recent("sales", MONTH), worlds.recent("sales", MONTH, ago=MONTH)
    share = sales[row] / max(sales[market].sum(), 1)
    replies = worlds.recent("public_replies", MONTH)[row]
    answers = bool(replies)
    product = worlds.state.product[row]
    # In the first 60 days there are no 30 days before.
    gained = share - sales_before[row] / max(sales_before[market].sum(), 1) if worlds.day + 1 >= 2 * MONTH else 0.0
    return Conduct(
        name=worlds.setting.names[company],
        market_share=float(share),
        share_gained=float(gained),
        posts_per_day=float(levers.posts_per_day[row]),
        paid_reach=float(levers.paid_reach[row]),
        claim=float(levers.claim[row]),
        replies=float(replies / worlds.scale),
        response_hours=float(worlds.recent("public_reply_hours", MONTH)[row] / replies) if answers else float("nan"),
        empathy=float(levers.empathy[row]) * answers,
        explanation=float(levers.explanation[row]) * answers,
        apology=float(levers.apology[row]) * answers,
        compensation=float(levers.compensation[row]) * answers,
        praise=float((worlds.recent("praise", MONTH) + worlds.recent("fakes", MONTH))[row] / worlds.scale),
        complaints=float(worlds.recent("complaints", MONTH)[row] / worlds.scale),
        product=tuple(product.tolist()),
        product_moved=float(np.linalg.norm(product - worlds.recent_products[(worlds.day + 1) % (MONTH + 1), row])),
    )
