"""Companies ask, listen, survey, change their products, and tell people so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin_companies import whole_days
from twin_messages import Message, message_id
from twin_numbers import clip, unit
from twin_words import ANSWER, PRIVATE, QUESTION, UPDATE, P

if TYPE_CHECKING:
    from twin_companies import Company
    from twin_model import TwinModel


def falls_on(day: int, period: float) -> bool:
    days = whole_days(period)
    return days > 0 and (day + 1) % days == 0


class Learning:
    """What companies find out and do about it, in the evening."""

    def __init__(self, model: TwinModel) -> None:
        self.model = model

    # asking (12)

    def ask(self) -> None:
        for company in self.model.companies:
            if falls_on(self.model.day, company.ask_period):
                self.ask_customers(company)

    def pay(self, company: Company, cost: float) -> float:
        """Pay the share of a mean cost that the reserve can pay, and return it."""
        paid = clip(company.reserve, 0.0, cost)
        company.reserve -= paid
        company.today["spend"] += paid
        return paid / cost if cost > 0 else 1.0

    def ask_customers(self, company: Company) -> None:
        model, constants, draws, day = self.model, self.model.constants, self.model.draws, self.model.day
        customers, contact = company.customers(), model.setting.costs.contact
        share = self.pay(company, len(customers) * contact)
        asked = [person for person in customers if draws.happens(share, P.ASK, day, person.key, company.number)]
        company.today["asked"] += len(asked)
        key = message_id(-1, company.number, QUESTION, day, 0)
        question = Message(key, QUESTION, company.number, born=model.now, channel=PRIVATE)
        model.messages.append(question)
        for person in asked:
            view = person.views[company.number]
            chance = constants.answering * view.responsiveness * (1 - view.ask_fatigue)
            answers = draws.happens(chance, P.ANSWER, day, person.key, company.number)
            view.ask_fatigue += constants.ask_fatigue * (1 - view.ask_fatigue)
            if answers:
                company.today["answers"] += 1
                attribute = draws.uniform(P.ATTRIBUTE, day, person.key, company.number, P.ANSWER)
                answer = Message(
                    message_id(person.key, company.number, ANSWER, day, question.key), ANSWER, company.number, person,
                    born=model.end_of_step, channel=PRIVATE, attribute=int(attribute * model.attributes),
                    root=question, parent=question,
                )  # fmt: skip
                answer.tells = True
                model.messages.append(answer)
                company.posted_today.append(answer)

    # learning (10)

    def learn(self) -> None:
        model, constants = self.model, self.model.constants
        for company in model.companies:
            if falls_on(model.day, company.survey_period):
                self.survey(company)
        for company in model.companies:
            for k in range(model.attributes):
                company.variance[k] += constants.demand_drift**2
        for company in model.companies:
            self.hear(company)
        for company in model.companies:
            self.release(company)
        for company in model.companies:
            if falls_on(model.day, constants.improvement_period):
                self.decide(company)

    def survey(self, company: Company) -> None:
        model, constants, draws, day = self.model, self.model.constants, self.model.draws, self.model.day
        share = min(constants.survey_response * company.survey_size / 1000, 1.0)
        cost = model.setting.costs.survey
        paid = self.pay(company, share * model.size * cost)
        people = [
            person
            for person in model.people
            if draws.happens(share * paid, P.SURVEY_SAMPLE, day, person.key, company.number)
        ]
        if not people:
            return
        company.today["surveyed"] += len(people)
        means = []
        for k in range(model.attributes):
            said = [
                model.demand[k]
                + person.taste[k]
                + constants.specific_noise * draws.normal(P.SURVEY_NOISE, day, person.key, company.number, k)
                for person in people
            ]
            means.append(math.fsum(said) / len(said))
        latency = max(round(company.survey_latency), 1)
        noise = (constants.specific_noise**2 + constants.taste_spread**2) / len(people)
        company.surveys.append((day + latency, means, noise + constants.demand_drift**2 * latency))

    def update(self, company: Company, k: int, precision: float, mean: float) -> None:
        gain = company.variance[k] * precision / (1 + company.variance[k] * precision)
        company.estimate[k] += gain * (mean - company.estimate[k])
        company.variance[k] *= 1 - gain

    def hear(self, company: Company) -> None:
        """Read surveys that are due, then the day's posts."""
        model, constants = self.model, self.model.constants
        posts, company.posted_today = company.posted_today, []
        heard = [post for post in posts if post.tells and model.draws.happens(company.listening, P.LISTEN, 0, post.key)]
        acts = company.action_share * company.improvement_capacity > 0
        read = {post.key for post in heard}
        for post in posts:
            if post.kind == ANSWER and not (acts and post.key in read):
                view = post.author.views[company.number]
                view.trust = unit(view.trust - constants.ignored_trust)
        for due, means, variance in company.surveys:
            if due == model.day:
                for k in range(model.attributes):
                    self.update(company, k, 1 / variance, means[k])
        for k in range(model.attributes):
            weights, sums = [], []
            for post in heard:
                if post.attribute != k:
                    continue
                sigma = constants.opinion_noise
                if post.kind == ANSWER:
                    sigma += company.ask_specificity * (constants.specific_noise - sigma)
                said = model.demand[k] + post.author.taste[k]
                said += sigma * model.draws.normal(P.OPINION_NOISE, 0, post.key)
                weight = 1 / (sigma**2 + constants.taste_spread**2)
                weights.append(weight)
                sums.append(weight * said)
            if weights:
                precision = math.fsum(weights)
                self.update(company, k, precision, math.fsum(sums) / precision)
        for post in heard:
            post.author.views[company.number].contributed = True
            company.failures_heard += post.failure

    # improving (11)

    def release(self, company: Company) -> None:
        model = self.model
        for due, change, factor in company.releases:
            if due != model.day:
                continue
            for k in range(model.attributes):
                company.product[k] += change[k]
            company.failure_rate *= factor
            if company.circle_back > 0:
                self.tell(company, real=factor < 1 or any(change))
        company.releases = [entry for entry in company.releases if entry[0] > model.day]

    def tell(self, company: Company, *, real: bool) -> None:
        model, constants, day = self.model, self.model.constants, self.model.day
        number, contact = company.number, model.setting.costs.contact
        contributors = [person for person in model.people if person.views[number].contributed]
        chance = company.circle_back * self.pay(company, company.circle_back * len(contributors) * contact)
        told = [
            person for person in contributors if model.draws.happens(chance, P.CIRCLE_BACK, day, person.key, number)
        ]
        company.today["updates"] += len(told)
        for person in contributors:
            person.views[number].contributed = False
        for person in told:
            view = person.views[number]
            view.responsiveness = unit(view.responsiveness + constants.update_responsiveness)
            view.trust = unit(view.trust + constants.update_trust)
            view.hollow = not real
            key = message_id(person.key, number, UPDATE, day, P.CIRCLE_BACK)
            update = Message(key, UPDATE, number, person, born=model.end_of_step, channel=PRIVATE, valence=0.5)
            update.sincerity = float(real)
            model.messages.append(update)

    def decide(self, company: Company) -> None:
        """Decide on changes of the product and on failures to mend."""
        model, constants = self.model, self.model.constants
        alpha, u = company.action_share, company.improvement_capacity
        wanted = []
        for k in range(model.attributes):
            next_product = company.product[k] + sum(change[k] for _, change, _ in company.releases)
            wanted.append(clip(alpha * (company.estimate[k] - next_product), -u, u))
        reports = company.failures_heard / model.scale
        mended = alpha * u * reports / (reports + constants.fixes_half)
        cost = model.setting.costs.improvement * model.scale * (math.fsum(map(abs, wanted)) + mended)
        share = self.pay(company, cost)
        if alpha * u > 0 or company.circle_back > 0:
            due = model.day + round(company.lead_time)
            company.releases.append((due, [share * change for change in wanted], 1 - share * mended))
        company.failures_heard = 0.0
