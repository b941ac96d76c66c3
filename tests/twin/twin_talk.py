"""How messages come out: posts whose hour has come, who will see them, and what is said of experiences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin_messages import Message, message_id
from twin_numbers import unit
from twin_words import (
    CAMPAIGN,
    COMPLAINT,
    EXPOSE,
    FAKE,
    PAGE,
    PEER,
    PRAISE,
    SHARE,
    P,
)

if TYPE_CHECKING:
    from twin_model import TwinModel
    from twin_people import Consumer


class Talk:
    """The coming out of messages in a world."""

    def __init__(self, model: TwinModel) -> None:
        self.model = model

    # showing

    def lag(self, message: int, reader: Consumer) -> float | None:
        """Hours until somebody reacts, None if never."""
        constants = self.model.constants
        theta, plateau = constants.lag_exponent, constants.lag_plateau
        u = self.model.draws.uniform(P.LAG, 0, message, reader.key)
        knee = theta / (1 + theta)
        if u <= knee:
            return plateau * u / knee / 3600
        plateaus = -math.log((1 + theta) * (1 - u)) / theta
        if plateaus > math.log(constants.lag_limit * 86400 / plateau):
            return None
        return plateau * math.exp(plateaus) / 3600

    def show(self, copy: Message, people: list[Consumer], chance: float, hour: float) -> None:
        """Show a copy to some people, each after a reaction time."""
        model, key = self.model, copy.key
        for reader in people:
            if model.draws.uniform(P.VISIBLE, 0, key, reader.key) < chance:
                lag = self.lag(key, reader)
                if lag is not None:
                    model.exposures.put(hour + lag, (copy, reader))
                    model.companies[copy.company].today["exposures"] += 1

    # coming out

    def publish(self, step: int) -> bool:
        """Publish what is due in a step; say whether there was anything."""
        due = self.model.voices.take(step)
        for _, message in due:
            self.come_out(message)
        return bool(due)

    def come_out(self, message: Message) -> None:
        model, constants = self.model, self.model.constants
        company = model.companies[message.company]
        today, author = company.today, message.author
        if message.kind == SHARE:
            today["shares"] += 1
        elif message.kind == COMPLAINT:
            today["complaints"] += 1
        elif message.kind == PRAISE:
            today["praise"] += 1
        elif message.kind == FAKE:
            today["fakes"] += 1
        negative = message.valence < 0
        if negative:
            today["negative"] += 1
            company.watch.note(message)
        if message.kind not in (SHARE, CAMPAIGN, FAKE):
            today["said"] += 1
            today["valence_said"] += message.valence
            company.heard += 1
            company.posted_today.append(message)
        if author is not None:
            message.root.spoken.add(author.number)
            if negative:
                view = author.views[message.company]
                view.against = max(view.against, message.born)
        if message.kind == CAMPAIGN:
            readers = [person for person in model.people if person.views[message.company].follows]
            self.show(message, readers, constants.page_visibility, message.born)
        else:
            sender = message.shown_by if message.kind == FAKE else author
            self.show(message, sender.followers, constants.visibility, message.born)
        if message.kind == COMPLAINT and message.channel == PAGE:
            self.open_case(message, company)
        elif (
            message.kind in (COMPLAINT, PRAISE)
            and message.channel == PEER
            and model.draws.happens(company.outreach, P.OUTREACH, 0, message.key)
        ):
            message.uninvited = True
            today["cases"] += 1
            company.queue.append(message)

    def open_case(self, message: Message, company: Any) -> None:
        """A complaint on the page waits for an answer, unless the filter takes it for spam."""
        model, constants = self.model, self.model.constants
        company.today["cases"] += 1
        if model.draws.uniform(P.SPAM_FILTER, 0, message.key) >= company.spam_false_alarms:
            company.queue.append(message)
        waits = constants.patience * model.draws.exponential(P.PATIENCE, 0, message.key)
        model.patience.put(message.born + waits, message)
        if model.draws.happens(company.deletion_rate, P.DELETE, 0, message.key):
            message.deleted_at = message.born + company.deletion_delay
            model.deletions.put(message.deleted_at, message)

    # writing

    def write(self, kind: int, author: Consumer, company: int, cause: int, born: float, **columns: Any) -> Message:
        """A consumer writes something that comes out at its hour."""
        model = self.model
        key = message_id(author.key, company, kind, model.day, cause)
        message = Message(key, kind, company, author, born=born, **columns)
        model.messages.append(message)
        model.voices.put(born, message)
        return message

    def inflamed(self, author: Consumer, arousal: float) -> float:
        return unit(arousal + (self.model.constants.inciter_arousal if author.inciter else 0.0))

    def tell_of(self, author: Consumer, company: int, said: int, born: float) -> Message:
        """Somebody tells among peers what they have seen through, or found gone."""
        self.model.companies[company].today["exposes"] += 1
        arousal = max(author.views[company].arousal, self.model.constants.expose_arousal)
        return self.write(
            EXPOSE, author, company, said, born,
            valence=-0.75, severity=0.5, arousal=self.inflamed(author, arousal),
        )  # fmt: skip

    def sees_through(self, person: Consumer, company: int, said: int, sincerity: float, detection: float) -> bool:
        """Whether somebody sees through what a company says (7)."""
        constants = self.model.constants
        doubt = (1 - sincerity) + constants.suspicion * (1 - person.views[company].trust)
        chance = detection * person.scepticism * doubt
        return self.model.draws.happens(chance, P.INSINCERE_REPLY, 0, said, person.key)

    def speak_up(
        self, person: Consumer, company: int, cause: int, hour: float, kind: int, *, failure: bool, **columns: Any
    ) -> None:
        """Somebody writes of an experience: on the page if it is open to them, or else among peers."""
        model, constants = self.model, self.model.constants
        day, view = model.day, person.views[company]
        ids = (person.key, cause)
        u = model.draws.uniform(P.CHANNEL, day, *ids)
        on_page = u < model.companies[company].page_open * view.trust
        if not on_page and u < view.trust:
            person.turned_away.append(company)
        spread = constants.voice_spread * model.draws.uniform(P.VOICE_TIME, day, *ids)
        message = self.write(
            kind, person, company, cause, hour + spread,
            channel=PAGE if on_page else PEER,
            attribute=int(model.draws.uniform(P.ATTRIBUTE, day, *ids) * model.attributes),
            failure=failure,
            **columns,
        )  # fmt: skip
        message.tells = True
