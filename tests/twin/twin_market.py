"""Needs, choices, experiences and what people make of them; incidents; boycotts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin_numbers import clip, logistic, single, unit
from twin_words import BOYCOTT, COMPLAINT, PRAISE, P

if TYPE_CHECKING:
    from twin_model import TwinModel
    from twin_people import Consumer

PURCHASE = P.EXPERIENCE


class Experience:
    """What somebody went through with a company."""

    def __init__(self, person: Consumer, company: int, cause: int, hour: float, harm: float, failed: bool) -> None:
        self.person, self.company, self.cause, self.hour = person, company, cause, hour
        self.harm, self.failed = harm, failed
        self.view: Any = person.views[company]
        self.surprise = 0.0


class Market:
    """Purchases and experiences of a world."""

    def __init__(self, model: TwinModel) -> None:
        self.model = model

    # choosing (2)

    def utility(self, person: Consumer, number: int) -> float:
        """Utility without the bonus of one's own company."""
        constants, view = self.model.constants, person.views[number]
        return (
            constants.choice_expectation * view.expectation
            + constants.choice_trust * (view.trust - 0.5)
            + constants.choice_attitude * view.attitude
            + constants.choice_adstock * math.log1p(view.adstock / constants.adstock_scale)
            + view.preference
        )

    def boycotts(self, person: Consumer, number: int, hour: float) -> bool:
        return person.views[number].boycott_until > hour

    def trade(self) -> None:
        model, constants = self.model, self.model.constants
        draws, day = model.draws, model.day
        for k in range(model.attributes):
            model.demand[k] += constants.demand_drift * draws.normal(P.DEMAND, day, k)
        needy = [p for p in model.people if draws.happens(-math.expm1(-p.need_rate), P.NEED, day, p.key)]
        rewarding = [company.reserve > 0 for company in model.companies]
        chosen = [self.choose(person, rewarding) for person in needy]
        bought = []
        for person, choice in zip(needy, chosen, strict=True):
            before = person.customer_of
            if model.comparing:
                model.switches[person.last_company][choice] += 1
            if before != choice:
                self.leave(person)
            person.customer_of = choice
            if choice == model.companies_count:
                continue
            company = model.companies[choice]
            company.today["sales"] += 1
            company.today["cohort_sales"] += person.views[choice].cohort
            if before == choice and rewarding[choice]:
                cost = company.reward_value * model.setting.costs.reward
                company.reserve -= cost
                company.today["spend"] += cost
            person.last_company = choice
            failed = draws.happens(company.failure_probability(), P.FAILURE, day, person.key)
            harm = 2 * constants.failure_severity * draws.uniform(P.SEVERITY, day, person.key) if failed else 0.0
            bought.append(Experience(person, choice, PURCHASE, model.end_of_step, harm, failed))
        self.experience(bought, may_praise=True)

    def choose(self, person: Consumer, rewarding: list[bool]) -> int:
        model, constants = self.model, self.model.constants
        best, choice = -math.inf, model.companies_count
        for number in range(model.companies_count + 1):
            if number == model.companies_count:
                total = 0.0
            elif self.boycotts(person, number, model.end_of_step):
                continue
            else:
                total = self.utility(person, number)
                if person.customer_of == number:
                    total += constants.choice_loyalty * person.views[number].loyalty
                    if rewarding[number]:
                        total += constants.reward_utility * model.companies[number].reward_value
            total += model.draws.gumbel(P.CHOICE, model.day, person.key, number)
            if total > best:
                best, choice = total, number
        return choice

    def leave(self, person: Consumer) -> None:
        """A customer is lost to their company, if they have one."""
        number = person.customer_of
        if number == self.model.companies_count:
            return
        view, today = person.views[number], self.model.companies[number].today
        today["lost"] += 1
        if view.never_left:
            today["lost_for_the_first_time"] += 1
            view.never_left = False

    # experiencing (1)

    def experience(self, lived: list[Experience], *, may_praise: bool) -> None:
        model, constants = self.model, self.model.constants
        for one in lived:
            view, person = one.view, one.person
            misfit = model.companies[one.company].misfit(person)
            fit = math.exp(-misfit / (2 * constants.fit_width**2))
            noise = constants.experience_noise * model.draws.normal(
                P.EXPERIENCE_NOISE, model.day, person.key, one.cause
            )
            quality = unit(fit - one.harm + noise)
            one.surprise = quality - view.expectation
            delight, shortfall = max(one.surprise, 0.0), max(-one.surprise, 0.0)
            verdict = clip(0.5 * (2 * quality - 1) + 0.5 * (delight - constants.loss_aversion * shortfall), -1, 1)
            view.satisfaction += constants.satisfaction_rate * (verdict - view.satisfaction)
            view.expectation += constants.expectation_rate * one.surprise
        for one in lived:
            if one.surprise < 0 and one.view.hollow:
                self.undeceive(one)
        bad = [one for one in lived if one.surprise < -constants.tolerance]
        for one in bad:
            one.harm = max(one.harm, -one.surprise)
            one.view.arousal = max(one.view.arousal, one.harm)
        self.respond(bad)
        if may_praise:
            self.praise([one for one in lived if one.surprise >= 0])

    def undeceive(self, one: Experience) -> None:
        """Somebody finds out that the change they were told of was none (12)."""
        model, constants = self.model, self.model.constants
        said = model.day + (P.HOLLOW << 32) + (one.company << 40)
        one.view.hollow = False
        if model.talk.sees_through(one.person, one.company, said, 0.0, constants.detection):
            one.view.trust = unit(one.view.trust - constants.insincerity_trust)
            model.companies[one.company].today["seen_through"] += 1
            if model.draws.happens(constants.expose, P.EXPOSE, 0, said, one.person.key):
                model.talk.tell_of(one.person, one.company, said, model.end_of_step)

    # exit, voice, silence (3)

    def respond(self, bad: list[Experience]) -> None:
        model = self.model
        for one in bad:
            answer = self.response(one)
            if answer == 0:
                self.leave(one.person)
                one.person.customer_of = model.companies_count
            elif answer == 1:
                model.talk.speak_up(
                    one.person, one.company, one.cause, one.hour, COMPLAINT, failure=one.failed,
                    valence=-(0.5 + 0.5 * one.harm), severity=one.harm,
                    arousal=model.talk.inflamed(one.person, one.view.arousal),
                )  # fmt: skip
        model.turn_away(one.person for one in bad)

    def response(self, one: Experience) -> int:
        """Exit (0), voice (1) or silence (2)."""
        model, constants, person, view = self.model, self.model.constants, one.person, one.view
        others = [
            self.utility(person, number)
            for number in range(model.companies_count)
            if number != one.company and not self.boycotts(person, number, model.end_of_step)
        ]
        best = max([0.0, *others])
        leaving = -math.inf
        if person.customer_of == one.company:
            boycotted = self.boycotts(person, one.company, model.end_of_step)
            gain = math.inf if boycotted else best - self.utility(person, one.company)
            leaving = constants.exit_intercept + gain - constants.exit_loyalty * view.loyalty
        speaking = (
            constants.voice_intercept
            + constants.voice_severity * one.harm
            + constants.voice_responsiveness * (view.responsiveness - 0.3)
            + constants.voice_loyalty * view.loyalty
        )
        rho = constants.vocal_bias
        if rho and constants.taste_spread:
            taste = sum(person.taste) / (constants.taste_spread * math.sqrt(model.attributes))
            speaking += rho / math.sqrt(1 - rho**2) * math.pi / math.sqrt(3) * taste
        best_total, answer = -math.inf, 2
        for option, logit in enumerate((leaving, speaking, 0.0)):
            total = logit + model.draws.gumbel(P.RESPONSE, model.day, person.key, one.cause, option)
            if total > best_total:
                best_total, answer = total, option
        return answer

    def praise(self, pleased: list[Experience]) -> None:
        model, constants = self.model, self.model.constants
        for one in pleased:
            chance = logistic(constants.praise_intercept + constants.praise_delight * one.surprise)
            if model.is_fan(one.person, one.company):
                chance *= constants.fan_praise
            if model.draws.happens(chance, P.PRAISE, model.day, one.person.key, one.cause):
                model.talk.speak_up(
                    one.person, one.company, one.cause, one.hour, PRAISE, failure=False,
                    valence=0.5 + 0.5 * one.surprise,
                )  # fmt: skip
        model.turn_away(one.person for one in pleased)

    # incidents

    def strike(self) -> None:
        """Incidents strike, in the first step of a day of the comparison."""
        model = self.model
        today = model.day - model.setting.burn_in_days
        for number, incident in enumerate(model.setting.incidents):
            if not incident.strikes:
                continue
            for start in range(today, max(today - incident.duration, -1), -1):
                if self.begins(number, incident, start):
                    self.hit(number, incident, start, today)

    def begins(self, number: int, incident: Any, start: int) -> bool:
        if start < incident.day:
            return False
        if incident.rate:
            return self.model.draws.happens(-math.expm1(-incident.rate), P.INCIDENT_TIME, start, number)
        times, left = divmod(start - incident.day, incident.every)
        return left == 0 and times < incident.repeats

    def hit(self, number: int, incident: Any, start: int, today: int) -> None:
        model, constants = self.model, self.model.constants
        company = model.companies[incident.company]
        share = incident.hit_share
        if incident.preventable and company.first_failure_rate > 0:
            mended = 1 - company.failure_probability() / company.first_failure_rate
            share *= 1 - constants.incident_prevention * mended
        listed = None if incident.hit is None else {int(one) for one in incident.hit}
        people = []
        for person in model.people:
            if listed is not None:
                if person.number not in listed:
                    continue
            elif not incident.public and person.customer_of != incident.company:
                continue
            ids = (person.key, number)
            if not model.draws.happens(1.0 if listed is not None else share, P.INCIDENT_HIT, start, *ids):
                continue
            if int(model.draws.uniform(P.INCIDENT_DAY, start, *ids) * incident.duration) == today - start:
                people.append(person)
        company.today["hit"] += len(people)
        company.today["harm"] += incident.severity * len(people)
        cause = 1_000_000 * (number + 1) + start
        lived = [
            Experience(person, incident.company, cause, model.now, incident.severity, incident.reported)
            for person in people
        ]
        if incident.public:
            self.shock(lived, incident.severity)
        else:
            self.experience(lived, may_praise=False)

    def shock(self, lived: list[Experience], severity: float) -> None:
        """News of a scandal reaches people."""
        constants = self.model.constants
        for one in lived:
            view = one.view
            view.trust = unit(view.trust - constants.scandal_trust * severity)
            drawn = constants.scandal_attitude * severity
            view.attitude += drawn * min(-(0.5 + 0.5 * severity) - view.attitude, 0.0)
            view.arousal = max(view.arousal, severity)
        self.respond(lived)

    # boycotts (15)

    def join_boycotts(self) -> None:
        model, constants = self.model, self.model.constants
        now = model.end_of_step
        if not constants.boycott_days:
            return
        for person in model.people:
            for number in range(model.companies_count):
                view = person.views[number]
                if view.arousal <= single(constants.boycott_arousal) or view.boycott_until > now:
                    continue
                since = now - constants.boycott_memory * 24
                against = sum(other.views[number].against > since for other in person.followees)
                if not against or against / len(person.followees) < person.boycott_threshold:
                    continue
                view.boycott_until = now + constants.boycott_days * 24
                if model.draws.happens(constants.boycott_call, P.BOYCOTT_CALL, model.day, person.key, number):
                    spread = model.draws.uniform(P.BOYCOTT_CALL, model.day, person.key, number, 1)
                    model.talk.write(
                        BOYCOTT, person, number, P.BOYCOTT_CALL, now + constants.voice_spread * spread,
                        valence=-1.0, severity=1.0, arousal=view.arousal,
                    )  # fmt: skip
