"""A batch of worlds: its size, its fixed setting, its state and what is waiting to happen.

Every phase of the hour and of the day is a function of this object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.budget import fund
from influence_sim.core.bursts import Watch
from influence_sim.core.calendar import Calendar
from influence_sim.core.courses import Course
from influence_sim.core.draws import Draws, Process
from influence_sim.core.equations import crowds, market
from influence_sim.core.levers import LEVERS, Levers, check_levers
from influence_sim.core.messages import Messages
from influence_sim.core.setting import MONTH, Setting
from influence_sim.core.state import F8, Bools, Flag, Flows, Ints, Size, State, mark

REMEMBERED = ("sales", "public_replies", "public_reply_hours", "complaints", "praise", "fakes")
"""Flows of which the last 60 days are kept, for market shares and for what companies see of each other."""


class Worlds:
    """W worlds that differ in their draws and in what companies do, advanced together.

    Attributes
    ----------
    step
        The step being run, 0, 1, 2 … from the beginning of the burn-in.
    wanted, levers
        What the companies want to do, and what they do, after scaling to their budgets.
    courses
        How the levers change over time, per row; None where they do not.
    funded
        Share of the wanted spending that the budget allows, shape (rows,).
    running_cost
        Money per day that the levers cost, shape (rows,), without what is paid when it falls due.
    spared
        Which worlds no incident strikes, shape (worlds,).
    purchases
        None, or a list to which every day's purchases are added: day, worlds, consumers and companies.
    switches
        Whom consumers in need bought from last and whom they chose instead, since the comparison began:
        shape (worlds, companies, companies + 1), the last column for nobody.
    """

    def __init__(self, setting: Setting, draws: Draws, levers: Levers) -> None:
        companies, attributes = setting.products.shape
        self.setting = setting
        self.parameters = setting.parameters
        self.graph = setting.graph
        self.draws = draws
        self.size = Size(draws.seeds.size, companies, setting.graph.nodes, attributes)
        self.step = 0
        self.world_of_row = np.repeat(np.arange(self.size.worlds), companies)
        self.company_of_row = np.tile(np.arange(companies), self.size.worlds)
        self.scale = setting.scale
        self.messages = Messages()
        self.exposures = Calendar(setting.step_hours, "i4", "i4")
        self.voices = Calendar(setting.step_hours, "i4")
        self.replies = Calendar(setting.step_hours, "i4")
        self.patience = Calendar(setting.step_hours, "i4")
        self.deletions = Calendar(setting.step_hours, "i4")
        self.releases: list[tuple[Ints, F8, F8]] = []
        self.surveys: list[tuple[Ints, F8, F8]] = []
        self.waiting: Ints = np.empty(0, np.int64)
        self.done: dict[str, set[int]] = {"share": set(), "rebuttal": set(), "watched": set()}
        self.read_this_step = np.zeros(self.size.worlds * self.size.consumers, np.int32)
        self.readers_this_step: list[Ints] = []
        self.posted_today: list[Ints] = []
        self.watch = Watch(setting, self.size.rows)
        self.flows = Flows.zero(self.size)
        self.customers_at_dawn = np.zeros(self.size.rows)
        self.at_risk_at_dawn = np.zeros(self.size.rows)
        self.history = {name: np.zeros((2 * MONTH, self.size.rows)) for name in REMEMBERED}
        # Of today and of the 30 days before.
        self.recent_products = np.tile(setting.products, (MONTH + 1, self.size.worlds, 1))
        self.switches = np.zeros((self.size.worlds, companies, companies + 1), np.int64)
        self.state = State.initial(self.size)
        self.spared = np.zeros(self.size.worlds, bool)
        self.purchases: list[tuple[int, Ints, Ints, NDArray[np.int8]]] | None = None
        self.courses: list[Course | None] = [None] * self.size.rows
        self._draw_initial_state()
        self._fund(levers)

    @property
    def now(self) -> float:
        """Hours since the beginning of the burn-in, at the start of this step."""
        return self.step * self.setting.step_hours

    @property
    def end_of_step(self) -> float:
        """Hours since the beginning of the burn-in, at the end of this step."""
        return (self.step + 1) * self.setting.step_hours

    @property
    def day(self) -> int:
        """Day of this step, 0, 1, 2 … from the beginning of the burn-in."""
        return self.step // self.setting.steps_per_day

    def set_levers(self, wanted: Levers, at: float | None = None) -> None:
        """Let the companies pull other levers from hour ``at`` (now) on; what exceeds a budget is scaled down.

        A reply under way goes out as was foreseen, but desks are free for the next as early as at the new pace.
        """
        before = self.levers.reply_capacity
        self._fund(wanted)
        after, now, free = self.levers.reply_capacity, self.now if at is None else at, self.state.staff_free_at
        change = np.divide(before, after, out=np.ones_like(after), where=(before > 0) & (after > 0))
        free[:] = np.where(free > now, now + (free - now) * change[:, None], free)

    def _fund(self, wanted: Levers) -> None:
        self.wanted = wanted
        self.levers, self.funded, self.running_cost = fund(self.setting, wanted)

    def pull(self, moves: Mapping[int, Mapping[str, float]], at: float | None = None) -> None:
        """Change some levers of some rows from hour ``at`` (now) on.

        Raises
        ------
        ValueError
            If a lever does not exist or a value is out of its range.
        """
        wanted = {name: getattr(self.wanted, name).copy() for name in LEVERS}
        for row, levers in moves.items():
            check_levers(levers)
            for name, value in levers.items():
                wanted[name][row] = value
        self.set_levers(Levers(**wanted), at)

    def begin_comparison(self, courses: Sequence[Course]) -> None:
        """Begin to compare: today's customers become the cohort, reserves are void, and companies take their courses.

        ``courses`` has one entry per row.
        """
        state = self.state
        customer_of = np.repeat(state.customer_of, self.size.companies, axis=0)
        is_customer = customer_of == self.company_of_row[:, None]
        mark(state.flags, slice(None), Flag.COHORT | Flag.NEVER_LEFT, is_customer.ravel())
        state.reserve[:] = 0
        self.switches[:] = 0
        self.at_risk_at_dawn = np.count_nonzero(is_customer, axis=1).astype(np.float64)
        # What a decision remembers is its world's own.
        self.courses = [deepcopy(course) for course in courses]
        self.set_levers(Levers.stack([course.levers for course in courses]))

    def recent(self, flow: str, days: int, ago: int = 0) -> F8:
        """Return the sum of a remembered flow over ``days`` days up to today, or up to ``ago`` days ago, per row."""
        last = self.day - ago
        kept: F8 = self.history[flow][np.arange(last - days + 1, last + 1) % (2 * MONTH)].sum(axis=0)
        return kept

    def remember(self) -> None:
        """Keep today's flows and products, once the day's books are closed."""
        for name, kept in self.history.items():
            kept[self.day % (2 * MONTH)] = getattr(self.flows, name)
        self.recent_products[self.day % (MONTH + 1)] = self.state.product

    def fans(self, cells: Ints | slice) -> Bools:
        """Return which cells are fans: consumers of high loyalty and attitude (equation 13)."""
        p, state = self.parameters, self.state
        fans: Bools = market.is_fan(p, state.loyalty.ravel()[cells], state.attitude.ravel()[cells])
        return fans

    def first_times(self, deed: str, root: NDArray[np.integer], consumer: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return, pair by pair, whether this consumer does this deed to this post for the first time, and note it."""
        done = self.done[deed]
        fresh = np.zeros(root.size, bool)
        for place, pair in enumerate((root.astype(np.int64) * self.size.consumers + consumer).tolist()):
            if pair not in done:
                done.add(pair)
                fresh[place] = True
        return fresh

    def count(self, flow: str, row: NDArray[np.integer], amount: NDArray[Any] | None = None) -> None:
        """Add to a flow of today, once per entry of ``row`` or by ``amount``."""
        total: F8 = getattr(self.flows, flow)
        total += np.bincount(row, amount, minlength=self.size.rows)

    def key(self, consumers: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the ids by which draws know consumers."""
        ids: NDArray[np.int64] = self.graph.ids[consumers]
        return ids

    def rows_of(self, worlds: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the rows of worlds, world by world."""
        companies = self.size.companies
        rows: NDArray[np.int64] = (np.asarray(worlds)[:, None] * companies + np.arange(companies)).ravel()
        return rows

    def cells(self, row: NDArray[np.integer], consumer: NDArray[np.integer]) -> Ints:
        """Return the cells of consumers' views of rows."""
        cells: Ints = np.asarray(row, np.int64) * self.size.consumers + consumer
        return cells

    def _draw_initial_state(self) -> None:
        size, p, state = self.size, self.parameters, self.state
        ids = self.graph.ids[None, :]
        world = np.arange(size.worlds)[:, None]
        attribute = np.arange(size.attributes)
        taste = self.draws.at(Process.TASTE).normal(world[:, :, None], ids[:, :, None], attribute)
        state.taste[:] = crowds.first_taste(p, taste)
        rate = self.draws.at(Process.NEED_RATE).gamma(p.need_shape, world, ids)
        state.need_rate[:] = crowds.first_need_rate(p, rate)
        shape = p.scepticism_shape
        state.scepticism[:] = self.draws.at(Process.SCEPTICISM).beta(shape, shape, world, ids)
        threshold = self.draws.at(Process.BOYCOTT_THRESHOLD).normal(world, ids)
        state.boycott_threshold[:] = crowds.first_boycott_threshold(p, threshold)
        state.inciter[:] = self.draws.at(Process.INCITER).uniform(world, ids) < p.inciter_share
        appeal = np.zeros(size.companies) if self.setting.appeals is None else self.setting.appeals
        bounds = np.cumsum(np.exp(appeal - appeal.max()))
        luck = self.draws.at(Process.FIRST_CHOICE).uniform(world, ids)
        first = np.searchsorted(bounds[:-1] / bounds[-1], luck, "right")
        state.customer_of[:] = state.last_company[:] = first
        row_world, company = self.world_of_row[:, None], self.company_of_row[:, None]
        preference = self.draws.at(Process.PREFERENCE).normal(row_world, ids, company)
        state.preference[:] = crowds.first_preference(p, appeal[company], preference)
        is_customer = state.customer_of[self.world_of_row] == company
        share = np.where(is_customer, p.customers_following, p.others_following)
        follows = self.draws.at(Process.FOLLOWS).uniform(row_world, ids, company) < share
        mark(state.flags, slice(None), Flag.FOLLOWS, follows.ravel())
        state.product[:] = np.tile(self.setting.products, (size.worlds, 1))
        state.estimate[:] = state.product
        state.variance[:] = p.initial_uncertainty
        state.failure_rate[:] = np.tile(self.setting.failure_rates, size.worlds)
