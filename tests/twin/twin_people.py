"""Consumers, one agent each, and what each thinks of every company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
from twin_numbers import NEVER, Kept

if TYPE_CHECKING:
    from twin_model import TwinModel


class View:
    """What one consumer thinks of one company, and what lies between them."""

    expectation = Kept()
    satisfaction = Kept()
    attitude = Kept()
    trust = Kept()
    responsiveness = Kept()
    preference = Kept()
    adstock = Kept()
    loyalty = Kept()
    arousal = Kept()
    negative_read = Kept()
    ask_fatigue = Kept()
    against = Kept()
    boycott_until = Kept()

    def __init__(self) -> None:
        self.expectation = 0.6
        self.satisfaction = 0.0
        self.attitude = 0.0
        self.trust = 0.5
        self.responsiveness = 0.3
        self.preference = 0.0
        self.adstock = 0.0
        self.loyalty = 0.5
        self.arousal = 0.0
        self.negative_read = NEVER
        self.ask_fatigue = 0.0
        self.against = NEVER
        self.boycott_until = NEVER
        self.ads_this_week = 0
        self.failed_recoveries = 0
        self.follows = False
        self.read_today = False
        self.contributed = False
        self.hollow = False
        self.never_left = False
        self.cohort = False


class Consumer(mesa.Agent):
    """A person: lasting traits, a current company, and a view of every company."""

    scepticism = Kept()
    boycott_threshold = Kept()
    need_rate = Kept()

    def __init__(self, model: TwinModel, number: int, key: int) -> None:
        super().__init__(model)
        self.number = number
        self.key = key
        """The number by which draws know this person."""
        self.views = [View() for _ in range(model.companies_count)]
        self.taste: list[float] = []
        self.followers: list[Consumer] = []
        self.followees: list[Consumer] = []
        self.customer_of = 0
        self.last_company = 0
        self.inciter = False
        self.turned_away: list[int] = []
        """Companies whose page was found closed in this phase."""
