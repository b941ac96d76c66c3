"""Staff at their desks, replies and what they do, deletions, and patience that runs out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin_draws import fold
from twin_messages import Message, message_id
from twin_numbers import single, unit
from twin_reading import Changes
from twin_words import COMPLAINT, PAGE, PRIVATE, REPLY, SPAM, P

if TYPE_CHECKING:
    from twin_companies import Company
    from twin_model import TwinModel


class Service:
    """What companies do about what is said to them, hour by hour."""

    def __init__(self, model: TwinModel) -> None:
        self.model = model

    # spam and the queue (9)

    def spam(self) -> None:
        model, constants, step = self.model, self.model.constants, self.model.clock
        mean = constants.spam_rate * model.scale * model.dt
        for company in model.companies:
            if not company.has_staff:
                continue
            for number in range(model.draws.poisson(mean, P.SPAM_COUNT, step, company.number)):
                born = model.now + model.dt * model.draws.uniform(P.SPAM_COUNT, step, company.number, number)
                key = message_id(-1, company.number, SPAM, step, number)
                company.today["spam"] += 1
                if model.draws.uniform(P.SPAM_FILTER, step, company.number, number) >= company.spam_caught:
                    message = Message(key, SPAM, company.number, born=born, channel=PAGE)
                    model.messages.append(message)
                    company.queue.append(message)

    def serve(self) -> None:
        """Desks take up cases (9)."""
        model = self.model
        begin, end, lifetime = model.now, model.now + model.dt, model.constants.case_lifetime
        for company in model.companies:
            company.queue = [case for case in company.queue if case.born > begin - lifetime]
            pace = model.pace_of_desk(company.reply_capacity)
            if pace <= 0:
                continue
            while company.queue:
                desk = min(range(len(company.desks)), key=company.desks.__getitem__)
                free = max(company.desks[desk], begin)
                if free >= end:
                    break
                case = self.next_case(company, free, end)
                if case is None:
                    break
                company.queue.remove(case)
                taken = max(free, case.born)
                if taken - case.born >= lifetime:
                    continue
                ready = taken + model.draws.exponential(P.SERVICE_TIME, 0, case.key) / pace
                company.desks[desk] = ready
                if case.kind != SPAM:
                    model.replies.put(ready, case)

    def next_case(self, company: Company, free: float, end: float) -> Message | None:
        there = [case for case in company.queue if case.born <= free]
        if there:
            if company.reply_priority:
                return min(there, key=lambda case: (-case.arousal, case.born, case.key))
            return min(there, key=lambda case: (case.born, case.key))
        later = [case for case in company.queue if case.born < end]
        return min(later, key=lambda case: (case.born, case.key)) if later else None

    # replies (6)

    def reply(self) -> None:
        model = self.model
        due = [entry for entry in model.replies.take(model.clock) if entry[0] <= entry[1].deleted_at]
        for _, post in due:
            model.companies[post.company].answered += 1
        fatigue = [self.fatigue(company) for company in model.companies]
        letters = [self.answer(hour, post, fatigue[post.company]) for hour, post in due]
        self.move_authors([letter for letter in letters if letter is not None])

    def fatigue(self, company: Company) -> float:
        constants = self.model.constants
        if not company.heard:
            return 0.0
        share = min(company.answered / company.heard, 1.0)
        start = constants.over_reply_from
        return constants.over_reply_penalty * min(1.0, max(share - start, 0.0) / (1 - start))

    def answer(self, hour: float, post: Message, fatigue: float) -> Letter:
        """Send a reply; return what it is to the author."""
        model, constants = self.model, self.model.constants
        company, draws = model.companies[post.company], model.draws
        waited = hour - post.born
        worth = 2 ** (-waited / constants.reply_half_life) * (1 - fatigue)
        complaint = post.kind == COMPLAINT
        intrusive = post.uninvited and draws.happens(constants.intrusion, P.INTRUSION, 0, post.key)
        paid = 0.0
        if complaint and company.compensation > 0:
            cost = company.compensation * model.setting.costs.compensation
            if company.reserve >= cost:
                company.reserve -= cost
                company.today["spend"] += cost
                paid = company.compensation
            else:
                company.today["unpaid"] += 1
        public = draws.happens(company.public_replies, P.PUBLIC_REPLY, 0, post.key)
        calm = constants.reply_calm * (
            1
            + constants.empathy_calm * company.empathy
            + constants.explanation_calm * company.explanation * post.arousal
            + constants.apology_calm * company.apology
            + constants.compensation_calm * paid
        )
        cooled = worth * unit(calm)
        post.answered_at, post.deleted_at = hour, math.inf
        post.sincerity = company.sincerity
        if public:
            post.seen_answer, post.cooled = worth, cooled
        key = message_id(-1, post.company, REPLY, 0, post.key)
        message = Message(
            key, REPLY, post.company, born=hour, channel=PAGE if public else PRIVATE,
            attribute=post.attribute, arousal=post.arousal, sincerity=company.sincerity, root=post, parent=post,
        )  # fmt: skip
        model.messages.append(message)
        if public:
            model.talk.show(message, post.author.followers, constants.visibility * constants.reply_bump, hour)
            company.today["public_replies"] += 1
            company.today["public_reply_hours"] += waited
        company.today["replies"] += 1
        company.today["reply_hours"] += waited
        seen = model.talk.sees_through(post.author, post.company, post.key, company.sincerity, constants.detection)
        return Letter(hour, post, worth, cooled, paid, intrusive, seen)

    def move_authors(self, letters: list[Letter]) -> None:
        model, constants = self.model, self.model.constants

        def change(column: str, rows: list[tuple[Letter, float]], low: float = 0.0) -> None:
            changes = Changes(column, low)
            for letter, by in rows:
                changes.add(letter.view, by)
            changes.apply()

        change("trust", [(letter, -constants.intrusion_trust) for letter in letters if letter.intrusive])
        good = [letter for letter in letters if not letter.intrusive and not letter.seen]
        gains = []
        for letter in good:
            company = model.companies[letter.post.company]
            tone = 1 + constants.empathy_trust * company.empathy + constants.explanation_trust * company.explanation
            gains.append((letter, constants.reply_trust * letter.worth * tone))
        change("trust", gains)
        gains = []
        for letter in good:
            if letter.post.kind == COMPLAINT:
                company = model.companies[letter.post.company]
                tone = (
                    1
                    + constants.apology_satisfaction * company.apology
                    + constants.compensation_satisfaction * letter.paid
                )
                gains.append((letter, constants.reply_satisfaction * letter.worth * tone))
        change("satisfaction", gains, -1.0)
        complaints = [letter for letter in letters if letter.post.kind == COMPLAINT]
        beliefs = []
        for letter in complaints:
            served = 0.0 if letter.intrusive or letter.seen else 1.0
            beliefs.append((letter, constants.responsiveness_rate * (served - letter.view.responsiveness)))
        change("responsiveness", beliefs)
        for letter in good:
            if letter.post.kind == COMPLAINT:
                letter.view.arousal *= 1 - letter.cooled
        seen = [letter for letter in letters if letter.seen]
        change("trust", [(letter, -constants.insincerity_trust) for letter in seen])
        for letter in seen:
            post = letter.post
            model.companies[post.company].today["seen_through"] += 1
            if model.draws.happens(constants.expose, P.EXPOSE, 0, post.key, post.author.key):
                model.talk.tell_of(post.author, post.company, post.key, letter.hour)

    # deletions (8)

    def moderate(self) -> None:
        model, constants = self.model, self.model.constants
        trust, arousal, noticed = Changes("trust"), Changes("arousal"), []
        for hour, post in model.deletions.take(model.clock):
            if post.answered_at <= hour:
                continue
            company = model.companies[post.company]
            company.queue = [case for case in company.queue if case is not post]
            model.companies[post.company].today["deleted"] += 1
            if model.draws.happens(constants.author_notices, P.NOTICE, 0, post.key, post.author.key):
                view = post.author.views[post.company]
                trust.add(view, -constants.deletion_trust)
                arousal.add(view, constants.deletion_arousal)
                noticed.append((hour, post))
        trust.apply()
        arousal.apply()
        for hour, post in noticed:
            if model.draws.happens(constants.deletion_repost, P.TELL_ON, 0, post.key, post.author.key):
                self.post_again(hour, post, P.DELETE, unit(post.arousal + single(constants.deletion_arousal)))

    def post_again(self, hour: float, post: Message, why: int, arousal: float) -> None:
        again = self.model.talk.write(
            COMPLAINT, post.author, post.company, fold(post.key, why), hour,
            attribute=post.attribute, valence=post.valence, severity=post.severity, failure=post.failure,
            arousal=arousal,
        )  # fmt: skip
        again.parent = post

    # patience (6)

    def lose_patience(self) -> None:
        model, constants = self.model, self.model.constants
        trust, belief, again = Changes("trust"), Changes("responsiveness"), []
        left = [(hour, post) for hour, post in model.patience.take(model.clock) if post.answered_at > hour]
        for _, post in left:
            view = post.author.views[post.company]
            factor = constants.double_deviation if view.failed_recoveries else 1.0
            trust.add(view, -constants.unanswered_trust * factor)
            belief.add(view, -constants.responsiveness_rate * view.responsiveness)
        for hour, post in left:
            view = post.author.views[post.company]
            view.failed_recoveries = min(view.failed_recoveries + 1, 255)
            if model.draws.happens(constants.repost, P.REPOST, 0, post.key):
                again.append((hour, post))
        trust.apply()
        belief.apply()
        for hour, post in again:
            self.post_again(hour, post, P.REPOST, post.arousal)


class Letter:
    """A reply, as its receiver takes it."""

    def __init__(
        self, hour: float, post: Message, worth: float, cooled: float, paid: float, intrusive: bool, seen: bool
    ) -> None:
        self.hour, self.post, self.worth, self.cooled, self.paid = hour, post, worth, cooled, paid
        self.intrusive, self.seen = intrusive, seen
        self.view: Any = post.author.views[post.company]
