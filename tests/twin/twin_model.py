"""The whole model once more, as a plain Mesa model: an agent per consumer and per company, one thing at a time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import mesa
from twin_companies import Company
from twin_draws import WORD, TwinDraws, mix
from twin_learning import Learning
from twin_market import Market
from twin_measures import of_day
from twin_messages import Calendar, Message, message_id
from twin_numbers import logistic, single, unit
from twin_people import Consumer
from twin_reading import Reading
from twin_service import Service
from twin_steering import begin, steer
from twin_storms import Watch
from twin_talk import Talk
from twin_words import AD, AD_CHANNEL, CAMPAIGN, FAKE, PAGE, P

from influence_sim.core.courses import Course
from influence_sim.core.setting import Setting


class TwinModel(mesa.Model):
    """One world, stepped by ``setting.step_hours``.

    ``conduct`` are the companies' levers in the burn-in, ``courses`` what they do from the comparison on. With neither
    all companies are silent; with one of them, they go on as they began, or begin as they go on.
    """

    def __init__(
        self,
        setting: Setting,
        seed: int,
        replicate: int = 0,
        conduct: Sequence[Mapping[str, float]] = (),
        courses: Sequence[Course] = (),
    ) -> None:
        super().__init__(rng=0)
        self.setting = setting
        self.constants = setting.parameters
        self.draws = TwinDraws(seed, replicate)
        self.size = setting.graph.nodes
        self.scale = self.size / 1000
        self.companies_count, self.attributes = setting.products.shape
        self.desks_wanted = round(self.scale)
        self.dt = setting.step_hours
        self.steps_per_day = round(24 / self.dt)
        self.clock = 0
        self.comparing = False
        rows = conduct or [course.levers for course in courses] or [{}] * self.companies_count
        self.courses = courses or [Course(name, row) for name, row in zip(setting.names, rows, strict=True)]
        self.messages: list[Message] = []
        self.voices, self.exposures = Calendar(self), Calendar(self)
        self.replies, self.deletions, self.patience = Calendar(self), Calendar(self), Calendar(self)
        self.talk, self.reading, self.service = Talk(self), Reading(self), Service(self)
        self.market, self.learning = Market(self), Learning(self)
        self.demand = [0.0] * self.attributes
        self.switches = [[0] * (self.companies_count + 1) for _ in range(self.companies_count)]
        self.measured: list[list[dict[str, float]]] = []
        self.people = self.make_people()
        self.companies: list[Company] = []
        for number, row in enumerate(rows):
            self.companies.append(Company(self, number, dict(row)))
        for company in self.companies:
            company.watch = Watch(self, company)
            company.posted_today = []
        self.calm_sharing = self.chance_of_calm_sharing()

    # the beginning

    def make_people(self) -> list[Consumer]:
        graph = self.setting.graph
        people = [Consumer(self, number, int(graph.ids[number])) for number in range(self.size)]
        for person in people:
            reach = graph.followers[graph.offsets[person.number] : graph.offsets[person.number + 1]]
            person.followers = [people[other] for other in reach]
        for person in people:
            for other in person.followers:
                other.followees.append(person)
        for person in people:
            self.endow(person)
        return people

    def endow(self, person: Consumer) -> None:
        draws, constants, key = self.draws, self.constants, person.key
        person.taste = [
            single(constants.taste_spread * draws.normal(P.TASTE, 0, key, k)) for k in range(self.attributes)
        ]
        shape = constants.need_shape
        person.need_rate = draws.gamma(shape, P.NEED_RATE, 0, key) / (shape * constants.need_interval)
        person.scepticism = draws.beta(constants.scepticism_shape, constants.scepticism_shape, P.SCEPTICISM, 0, key)
        person.inciter = draws.happens(constants.inciter_share, P.INCITER, 0, key)
        person.boycott_threshold = constants.boycott_threshold + constants.boycott_spread * draws.normal(
            P.BOYCOTT_THRESHOLD, 0, key
        )
        appeals = [0.0] * self.companies_count if self.setting.appeals is None else self.setting.appeals.tolist()
        weights = [math.exp(appeal - max(appeals)) for appeal in appeals]
        luck, chosen = draws.uniform(P.FIRST_CHOICE, 0, key), 0
        while chosen < len(weights) - 1 and luck >= sum(weights[: chosen + 1]) / sum(weights):
            chosen += 1
        person.customer_of = person.last_company = chosen
        for number, view in enumerate(person.views):
            first = number == person.customer_of
            share = constants.customers_following if first else constants.others_following
            view.follows = draws.happens(share, P.FOLLOWS, 0, key, number)
            view.preference = appeals[number] + constants.brand_taste * draws.normal(P.PREFERENCE, 0, key, number)

    def chance_of_calm_sharing(self) -> float:
        """p₀ of (4)."""
        constants, people = self.constants, self.people
        arcs = sum(len(person.followers) for person in people)
        excess = sum(len(person.followers) * len(person.followees) for person in people) / max(arcs, 1)
        reached = constants.visibility * self.reacted(constants.lag_limit * 24) * excess
        return min(1.0, constants.base_reproduction / reached) if reached > 0 else 1.0

    def reacted(self, hours: float) -> float:
        """F: the share of reactions that have come after some hours."""
        theta, plateau, seconds = self.constants.lag_exponent, self.constants.lag_plateau, hours * 3600
        knee = theta / (1 + theta)
        if seconds <= plateau:
            return knee * seconds / plateau
        return 1 - (seconds / plateau) ** -theta / (1 + theta)

    def begin_comparison(self) -> None:
        self.comparing = True
        for company in self.companies:
            company.reserve = 0.0
        for company, course in zip(self.companies, self.courses, strict=True):
            begin(company, course)
        for person in self.people:
            for number, view in enumerate(person.views):
                view.cohort = view.never_left = person.customer_of == number

    # clock

    @property
    def now(self) -> float:
        return self.clock * self.dt

    @property
    def end_of_step(self) -> float:
        return (self.clock + 1) * self.dt

    @property
    def day(self) -> int:
        return self.clock // self.steps_per_day

    # what others ask

    def pace_of_desk(self, capacity: float) -> float:
        return capacity * self.scale / max(1, self.desks_wanted)

    def paid_people(self, seeds: float, rule: float) -> list[Consumer]:
        count = min(round(seeds * self.scale), self.size)
        if not count:
            return []
        by_chance = sorted(self.people, key=lambda person: mix(person.key & WORD))
        if rule:
            by_chance.sort(key=lambda person: -len(person.followers))
        return by_chance[:count]

    def is_fan(self, person: Consumer, number: int) -> bool:
        view, constants = person.views[number], self.constants
        return view.loyalty > single(constants.fan_loyalty) and view.attitude > single(constants.fan_attitude)

    def turn_away(self, people: Iterable[Consumer]) -> None:
        """Who wanted to speak on a page and found it closed thinks less of the company."""
        for person in people:
            for number in person.turned_away:
                if not self.constants.closed_page_trust:
                    break
                view = person.views[number]
                view.trust = unit(view.trust - self.constants.closed_page_trust)
                view.responsiveness -= self.constants.responsiveness_rate * view.responsiveness
            person.turned_away.clear()

    # a step

    def step(self) -> None:
        first = self.clock % self.steps_per_day == 0
        last = (self.clock + 1) % self.steps_per_day == 0
        if first:
            if self.day == self.setting.burn_in_days and not self.comparing:
                self.begin_comparison()
            self.morning()
        self.service.spam()
        if first and self.day >= self.setting.burn_in_days:
            self.market.strike()
        self.talk.publish(self.clock)
        self.service.serve()
        self.service.reply()
        self.service.moderate()
        self.service.lose_patience()
        self.reading.circulate()
        for hour in range(math.floor(self.now), math.floor(self.end_of_step)):
            for company in self.companies:
                company.watch.hour(hour)
        if last:
            self.evening()
            self.night()
        self.clock += 1

    def run_days(self, days: int) -> None:
        for _ in range(days * self.steps_per_day):
            self.step()

    def morning(self) -> None:
        """Companies pay for the day and plan what they say on it (4, 7, 14)."""
        day, midnight = self.day, self.now
        for company in self.companies:
            company.today = Counter()
            company.customers_at_dawn = len(company.customers())
            company.at_risk_at_dawn = sum(person.views[company.number].never_left for person in self.people)
            company.pay_for_the_day()
        for company in self.companies:
            self.plan_posts(company, day, midnight)
            self.plan_ads(company, day, midnight)
            self.plan_fakes(company, day, midnight)

    def plan_posts(self, company: Company, day: int, midnight: float) -> None:
        number = company.number
        count = math.floor(company.posts_per_day + self.draws.uniform(P.CAMPAIGN_POST, day, number))
        paid = company.paid_people(company.levers)
        for place in range(count):
            born = midnight + 24 * (place + 0.5) / count
            key = message_id(-1, number, CAMPAIGN, day, place)
            post = Message(key, CAMPAIGN, number, born=born, channel=PAGE, valence=0.5)
            self.messages.append(post)
            # Who is to see it is settled in the morning.
            self.talk.come_out(post)
            for person in paid:
                self.talk.come_out(self.reading.pass_on(post, person, born, 0.0))

    def plan_ads(self, company: Company, day: int, midnight: float) -> None:
        number, reach = company.number, company.paid_reach
        for place in range(math.ceil(reach)):
            share = min(reach - place, 1.0)
            key = message_id(-1, number, AD, day, place)
            ad = Message(key, AD, number, born=midnight, channel=AD_CHANNEL, valence=0.5)
            self.messages.append(ad)
            for person in self.people:
                u = self.draws.uniform(P.PAID_IMPRESSION, 0, key, person.key)
                if u < share:
                    self.exposures.put(midnight + 24 * u / share, (ad, person))
                    company.today["exposures"] += 1

    def plan_fakes(self, company: Company, day: int, midnight: float) -> None:
        number = company.number
        if company.astroturf_posts <= 0:
            return
        count = math.floor(company.astroturf_posts * self.scale + self.draws.uniform(P.FAKE_TIME, day, number))
        by_chance = sorted(self.people, key=lambda person: mix(person.key & WORD))
        for place in range(count):
            born = midnight + 24 * (place + 0.5) / count
            key = message_id(-1, number, FAKE, day, place)
            fake = Message(key, FAKE, number, born=born, valence=0.75, sincerity=0.0)
            fake.shown_by = by_chance[int(self.draws.uniform(P.FAKE_AUTHOR, 0, key) * self.size)]
            self.messages.append(fake)
            self.talk.come_out(fake)

    # evening and night

    def evening(self) -> None:
        self.market.join_boycotts()
        self.market.trade()
        self.become_loyal()
        self.mix_with_peers()
        self.learning.ask()
        self.learning.learn()
        for company in self.companies:
            company.days.append(company.today)
            company.products_past.append(list(company.product))
        self.measured.append([of_day(self, company) for company in self.companies])

    def become_loyal(self) -> None:
        constants = self.constants
        rate = 1 - 2 ** (-1 / constants.loyalty_half_life)
        for person in self.people:
            for view in person.views:
                goal = logistic(
                    constants.loyalty_satisfaction * view.satisfaction
                    + constants.loyalty_trust * (2 * view.trust - 1)
                    + constants.loyalty_attitude * view.attitude
                )
                view.loyalty += rate * (goal - view.loyalty)

    def mix_with_peers(self) -> None:
        constants = self.constants
        before = [[view.attitude for view in person.views] for person in self.people]
        for person in self.people:
            others = person.followees
            for number, view in enumerate(person.views):
                own = view.attitude
                peers = math.fsum(before[other.number][number] for other in others) / len(others) if others else own
                anchor = constants.peer_weight * peers + (1 - constants.peer_weight) * view.satisfaction
                view.attitude = own + constants.peer_rate * (anchor - own)

    def night(self) -> None:
        """Levers are set for tomorrow, and memories fade."""
        steer(self)
        constants = self.constants
        keep = {
            name: 2 ** (-1 / half_life)
            for name, half_life in (
                ("arousal", constants.arousal_half_life),
                ("adstock", constants.adstock_half_life),
                ("trust", constants.trust_half_life),
                ("ask_fatigue", constants.fatigue_half_life),
            )
        }
        new_week = (self.day + 1) % 7 == 0
        for person in self.people:
            for view in person.views:
                view.arousal *= keep["arousal"]
                view.adstock *= keep["adstock"]
                view.trust = 0.5 + (view.trust - 0.5) * keep["trust"]
                view.ask_fatigue *= keep["ask_fatigue"]
                view.read_today = False
                if new_week:
                    view.ads_this_week = 0
