"""A batch of worlds: its size, its fixed setting, its state and what is waiting to happen.

Every phase of the hour and of the day is a function of this object.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.bursts import Watch
from influence_sim.core.calendar import Calendar
from influence_sim.core.draws import Draws, Process
from influence_sim.core.levers import Levers
from influence_sim.core.messages import Messages
from influence_sim.core.setting import HOURS_PER_DAY, Setting
from influence_sim.core.state import F8, Flows, Ints, Size, State

MARKET_WINDOW_DAYS = 30
"""Days of sales that a market share is taken over."""


class Worlds:
    """W worlds that differ in their draws and levers, advanced together.

    Attributes
    ----------
    step
        The step being run, 0, 1, 2 … from the beginning of the burn-in.
    levers
        What the companies do, after scaling to their budgets.
    funded
        Share of the wanted spending that the budget allows, shape (rows,).
    running_cost
        Money per day that the levers cost, shape (rows,), without improvements and compensations, paid when made.
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
        self.scale = self.size.consumers / 1000
        self.messages = Messages()
        self.exposures = Calendar(setting.step_hours, "i4", "i4")
        self.voices = Calendar(setting.step_hours, "i4")
        self.patience = Calendar(setting.step_hours, "i4")
        self.releases: list[tuple[Ints, F8, F8]] = []
        self.waiting: Ints = np.empty(0, np.int64)
        self._done: dict[str, set[int]] = {"share": set(), "rebuttal": set(), "watched": set()}
        self.read_this_step = np.zeros(self.size.worlds * self.size.consumers, np.int32)
        self.readers_this_step: list[Ints] = []
        self.posted_today: list[Ints] = []
        self.watch = Watch(setting, self.size.rows)
        self.negative_now = np.zeros(self.size.rows, np.int64)
        self.flows = Flows.zero(self.size)
        self.customers_at_dawn = np.zeros(self.size.rows)
        self.recent_sales = np.zeros((MARKET_WINDOW_DAYS, self.size.rows))
        self.state = State.initial(self.size)
        self._draw_initial_state()
        self.set_levers(levers)

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

    def set_levers(self, wanted: Levers) -> None:
        """Let the companies pull other levers from now on; what exceeds a budget is scaled down in proportion."""
        costs = self.setting.costs
        running = self.scale * (
            costs.post * wanted.posts_per_day
            + costs.impression * 1000 * wanted.paid_reach
            + costs.staff_hour * HOURS_PER_DAY * wanted.reply_capacity
            + costs.listening * wanted.listening
        )
        # At most: every attribute moved, and failures fixed, as far as the capacity goes.
        improvement = self.scale * costs.improvement * wanted.improvement_capacity * (self.size.attributes + 1)
        plan = running + improvement / self.parameters.improvement_period
        self.funded = np.minimum(1.0, self.setting.budget * self.scale / np.maximum(plan, 1e-300))
        self.running_cost = running * self.funded
        self.levers = replace(
            wanted,
            posts_per_day=wanted.posts_per_day * self.funded,
            paid_reach=wanted.paid_reach * self.funded,
            reply_capacity=wanted.reply_capacity * self.funded,
            listening=wanted.listening * self.funded,
            improvement_capacity=wanted.improvement_capacity * self.funded,
        )

    def begin_comparison(self) -> None:
        """Begin to compare: today's customers become the cohort that is followed, and reserves are void."""
        customer_of = np.repeat(self.state.customer_of, self.size.companies, axis=0)
        self.state.cohort[:] = customer_of == self.company_of_row[:, None]
        self.state.reserve[:] = 0

    def first_times(self, deed: str, root: NDArray[np.integer], consumer: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return, pair by pair, whether this consumer does this deed to this post for the first time, and note it."""
        done = self._done[deed]
        fresh = np.zeros(root.size, bool)
        for place, pair in enumerate((root.astype(np.int64) * self.size.consumers + consumer).tolist()):
            if pair not in done:
                done.add(pair)
                fresh[place] = True
        return fresh

    def key(self, consumers: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the ids by which draws know consumers."""
        ids: NDArray[np.int64] = self.graph.ids[consumers]
        return ids

    def _draw_initial_state(self) -> None:
        size, p, state = self.size, self.parameters, self.state
        ids = self.graph.ids[None, :]
        world = np.arange(size.worlds)[:, None]
        attribute = np.arange(size.attributes)
        taste = self.draws.at(Process.TASTE).normal(world[:, :, None], ids[:, :, None], attribute)
        state.taste[:] = p.taste_spread * taste
        rate = self.draws.at(Process.NEED_RATE).gamma(p.need_shape, world, ids)
        state.need_rate[:] = rate / (p.need_shape * p.need_interval)
        state.inciter[:] = self.draws.at(Process.INCITER).uniform(world, ids) < p.inciter_share
        first = self.draws.at(Process.FIRST_CHOICE).uniform(world, ids) * size.companies
        state.customer_of[:] = first.astype(np.int8)
        row_world, company = self.world_of_row[:, None], self.company_of_row[:, None]
        is_customer = state.customer_of[self.world_of_row] == company
        follows = np.where(is_customer, p.customers_following, p.others_following)
        state.follows[:] = self.draws.at(Process.FOLLOWS).uniform(row_world, ids, company) < follows
        state.product[:] = np.tile(self.setting.products, (size.worlds, 1))
        state.estimate[:] = state.product
        state.variance[:] = p.initial_uncertainty
        state.failure_rate[:] = np.tile(self.setting.failure_rates, size.worlds)
