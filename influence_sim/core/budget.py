"""What a plan costs a day, and what a budget pays of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from influence_sim.core.equations import companies
from influence_sim.core.graph import Graph
from influence_sim.core.levers import LEVERS, Levers, whole_days
from influence_sim.core.setting import HOURS_PER_DAY, Setting
from influence_sim.core.state import F8, Ints


def running_costs(setting: Setting, levers: Levers) -> dict[str, F8]:
    """Return what the levers cost every day, used or not, in money, by what it is spent on."""
    costs, scale = setting.costs, setting.scale
    followers = np.array(
        [
            setting.graph.out_degree[seeds(setting.graph, number, rule)].sum()
            for number, rule in zip(levers.influencer_seeds * scale, levers.seed_rule, strict=True)
        ],
        float,
    )
    return {
        "posts": scale * costs.post * levers.posts_per_day,
        "ads": scale * costs.impression * 1000 * levers.paid_reach,
        "influencers": costs.influencer * levers.posts_per_day * followers,
        "staff": scale * costs.staff_hour * HOURS_PER_DAY * levers.reply_capacity,
        "listening": scale * costs.listening * levers.listening,
        # What is said among peers has to be found first.
        "outreach": scale * costs.listening * levers.outreach,
        "prevention": scale * costs.prevention * levers.prevention,
        "faked praise": scale * costs.fake * levers.astroturf_posts,
    }


def expected_costs(setting: Setting, levers: Levers) -> dict[str, F8]:
    """Return what the levers cost on an average day for what is paid when it falls due.

    Improvements at most (every attribute moved and failures fixed as far as the capacity goes); questions and rewards
    for an equal share of the market. What replies, updates and compensations will cost cannot be known beforehand.
    """
    costs, scale, p = setting.costs, setting.scale, setting.parameters
    companies, attributes = setting.products.shape
    customers = 1000 * scale / companies
    survey_period, ask_period = whole_days(levers.survey_period), whole_days(levers.ask_period)
    surveyed = np.where(survey_period > 0, scale * levers.survey_size / np.maximum(survey_period, 1), 0)
    asked = np.where(ask_period > 0, customers / np.maximum(ask_period, 1), 0)
    return {
        "improvement": scale
        * costs.improvement
        * levers.improvement_capacity
        * (levers.action_share > 0)
        * (attributes + 1)
        / p.improvement_period,
        "surveys": costs.survey * p.survey_response * surveyed,
        "questions": costs.contact * asked,
        "rewards": costs.reward * levers.reward_value * customers / p.need_interval,
    }


def fund(setting: Setting, wanted: Levers) -> tuple[Levers, F8, F8]:
    """Scale levers down to the budgets: return the levers, the share funded and the running cost, per row.

    All levers that are bought shrink by the same factor.
    """
    plan = sum((*running_costs(setting, wanted).values(), *expected_costs(setting, wanted).values()))
    budget = np.resize(setting.budgets, wanted.claim.size) * setting.scale
    plan = np.asarray(plan)
    funded, dear = np.ones_like(budget), plan > budget
    funded[dear] = companies.funded(budget[dear], plan[dear])
    bought = {name: getattr(wanted, name) * funded for name, lever in LEVERS.items() if lever.bought}
    levers = replace(wanted, **bought)
    return levers, funded, np.asarray(sum(running_costs(setting, levers).values()))


def seeds(graph: Graph, number: float, rule: float) -> Ints:
    """Return the consumers who are paid to pass on posts: those with most followers (rule 1), or anybody (rule 0).

    Of two with as many followers the one with the smaller hash of their id comes first, and so for anybody.
    """
    ranked = graph.by_followers if rule else graph.by_chance
    return ranked[: round(number)]
