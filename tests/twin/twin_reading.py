"""A round of reading: what everything that is read at once does to its readers, and who passes it on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from twin_messages import Message, message_id
from twin_numbers import clip, single, unit
from twin_words import ADS, FAKE, OWN_WORDS, PAGE, PRAISE, SHARE, P

if TYPE_CHECKING:
    from twin_model import TwinModel

type Item = tuple[float, Message, Any]
"""Hour, copy and reader."""


class Changes:
    """Changes of one column, added up over a phase and clipped once."""

    def __init__(self, column: str, low: float = 0.0, high: float = 1.0) -> None:
        self.column, self.low, self.high = column, low, high
        self.of: dict[int, tuple[Any, float]] = {}

    def add(self, view: Any, change: float) -> None:
        kept = self.of.get(id(view))
        total = getattr(view, self.column) if kept is None else kept[1]
        self.of[id(view)] = view, single(total + single(change))

    def apply(self) -> None:
        for view, total in self.of.values():
            setattr(view, self.column, clip(total, self.low, self.high))


class Reading:
    """The reading of a world."""

    def __init__(self, model: TwinModel) -> None:
        self.model = model

    def circulate(self) -> None:
        """Round after round, until nothing more falls due in the step."""
        model = self.model
        left = defaultdict(lambda: max(round(max(model.constants.attention * model.dt, 1)), 1))
        while True:
            model.talk.publish(model.clock)
            items = [(due, *what) for due, what in model.exposures.take(model.clock)]
            if not items:
                return
            read, gone = self.attend(items, left)
            self.find_gone(gone)
            self.react(read)

    def attend(self, items: list[Item], left: dict[Any, int]) -> tuple[list[Item], list[Item]]:
        """Return what is read, and what is found deleted."""
        draws = self.model.draws
        gone, there = [], []
        for item in items:
            due, copy, _ = item
            today = self.model.companies[copy.company].today
            removed = copy.root is copy and copy.deleted_at <= due
            today["removed"] += removed
            (gone if removed else there).append(item)
        mine = defaultdict(list)
        for item in there:
            mine[item[2]].append(item)
        chosen = set()
        for reader, offered in mine.items():
            room = left[reader]
            if len(offered) > room:
                offered = sorted(
                    offered, key=lambda it: (-it[1].arousal, draws.bits(P.ATTENTION, 0, (it[1].key, it[2].key)))
                )
            chosen.update(id(item) for item in offered[:room])
            left[reader] -= min(len(offered), room)
        read = [item for item in there if id(item) in chosen]
        for _, copy, _ in there:
            self.model.companies[copy.company].today["missed"] += 1
        for _, copy, reader in read:
            today = self.model.companies[copy.company].today
            today["missed"] -= 1
            today["reads"] += 1
            reader.views[copy.company].read_today = True
        return read, gone

    def find_gone(self, gone: list[Item]) -> None:
        """Who comes too late may notice that something was deleted (8)."""
        model, constants = self.model, self.model.constants
        trust, arousal, noticed = Changes("trust"), Changes("arousal"), []
        for due, copy, reader in gone:
            if model.draws.happens(constants.viewer_notices, P.NOTICE, 0, copy.key, reader.key):
                view = reader.views[copy.company]
                trust.add(view, -constants.deletion_trust)
                arousal.add(view, constants.deletion_arousal)
                noticed.append((due, copy, reader))
        trust.apply()
        arousal.apply()
        for due, copy, reader in noticed:
            if model.draws.happens(constants.deletion_repost, P.TELL_ON, 0, copy.key, reader.key):
                model.talk.tell_of(reader, copy.company, copy.key, due)

    def react(self, read: list[Item]) -> None:
        fans = [item for item in read if item[1].root.valence < 0 and self.model.is_fan(item[2], item[1].company)]
        self.rebut(fans)
        believed = self.find_fakes(read)
        self.change_opinion(believed, read)
        self.judge_answers(read)
        self.remember_ads(read)
        self.share(read)

    def rebut(self, fans: list[Item]) -> None:
        model = self.model
        for due, copy, fan in fans:
            root = copy.root
            if fan.number in root.rebutted:
                continue
            if model.draws.happens(model.constants.fan_rebuttal, P.REBUT, 0, root.key, fan.key):
                root.rebutted.add(fan.number)
                rebuttal = model.talk.write(
                    PRAISE, fan, root.company, root.key, due, valence=0.5, attribute=root.attribute
                )
                rebuttal.parent = root

    def find_fakes(self, read: list[Item]) -> list[Item]:
        """Return what is not seen through to be faked (7)."""
        model, constants = self.model, self.model.constants
        believed, found, trust = [], [], Changes("trust")
        for item in read:
            due, copy, reader = item
            root = copy.root
            if root.kind == FAKE and model.talk.sees_through(
                reader, root.company, root.key, 0.0, constants.fake_detection
            ):
                if reader.number not in root.judged:
                    root.judged.add(reader.number)
                    trust.add(reader.views[root.company], -constants.insincerity_trust)
                    model.companies[root.company].today["seen_through"] += 1
                    found.append(item)
            else:
                believed.append(item)
        trust.apply()
        for due, copy, reader in found:
            if model.draws.happens(constants.expose, P.EXPOSE, 0, copy.root.key, reader.key):
                model.talk.tell_of(reader, copy.company, copy.root.key, due)
        return believed

    def change_opinion(self, believed: list[Item], read: list[Item]) -> None:
        """Attitude and arousal follow what was read (5)."""
        constants = self.model.constants
        attitude, arousal = Changes("attitude", -1.0), Changes("arousal")
        for _, copy, reader in believed:
            view, said = reader.views[copy.company], copy.root.valence
            credence = constants.ad_persuasion * view.trust if copy.root.kind in OWN_WORDS else 1.0
            weight = constants.negativity if said < 0 else 1.0
            if abs(single(said - view.attitude)) <= single(constants.confidence_bound):
                attitude.add(view, constants.attitude_rate * credence * weight * (said - view.attitude))
        attitude.apply()
        for due, copy, reader in read:
            if copy.root.valence < 0:
                view = reader.views[copy.company]
                cooled = copy.root.cooled if copy.root.answered_by(due) else 0.0
                rise = constants.arousal_uptake * max(copy.arousal * (1 - cooled) - view.arousal, 0.0)
                arousal.add(view, rise)
                view.negative_read = max(view.negative_read, due)
        arousal.apply()

    def judge_answers(self, read: list[Item]) -> None:
        """Whoever reads an answered thread judges the answer, once (6)."""
        model, constants = self.model, self.model.constants
        gains, losses, seen = Changes("trust"), Changes("trust"), []
        if not constants.bystander:
            return
        for due, copy, reader in read:
            root = copy.root
            if not root.answered_by(due) or root.seen_answer <= 0 or root.author is reader:
                continue
            if reader.number in root.judged:
                continue
            root.judged.add(reader.number)
            if model.talk.sees_through(reader, root.company, root.key, root.sincerity, constants.detection):
                seen.append((due, root, reader))
            else:
                gains.add(reader.views[root.company], constants.bystander * constants.reply_trust * root.seen_answer)
        gains.apply()
        for _, root, reader in seen:
            losses.add(reader.views[root.company], -constants.bystander * constants.insincerity_trust)
            model.companies[root.company].today["seen_through"] += 1
        losses.apply()
        for due, root, reader in seen:
            chance = constants.expose * constants.bystander
            if model.draws.happens(chance, P.EXPOSE, 0, root.key, reader.key):
                model.talk.tell_of(reader, root.company, root.key, due)

    def remember_ads(self, read: list[Item]) -> None:
        """Ads and page posts are remembered, and one too many annoys (14)."""
        model, constants = self.model, self.model.constants
        expectation, attitude = Changes("expectation"), Changes("attitude", -1.0)
        for _, copy, reader in read:
            if copy.root.kind not in ADS:
                continue
            view, company = reader.views[copy.company], model.companies[copy.company]
            view.adstock += 1
            expectation.add(view, constants.claim_effect * company.claim)
            view.ads_this_week += 1
            if view.ads_this_week > constants.wear_out_from:
                attitude.add(view, -constants.wear_out)
                if copy.root.channel == PAGE and model.draws.happens(
                    constants.unfollow, P.UNFOLLOW, 0, copy.key, reader.key
                ):
                    view.follows = False
        expectation.apply()
        attitude.apply()

    def chance_of_sharing(self, due: float, copy: Message) -> float:
        constants, root = self.model.constants, copy.root
        chance = self.model.calm_sharing
        if copy.root.valence < 0:
            answered = root.answered_by(due)
            cooled, worth = (root.cooled, root.seen_answer) if answered else (0.0, 0.0)
            chance *= 1 + constants.arousal_sharing * copy.arousal * (1 - cooled)
            chance *= 1 - constants.reply_calming_share * worth
        if root.kind in OWN_WORDS:
            chance *= constants.ad_sharing
        return chance

    def share(self, read: list[Item]) -> None:
        """Readers decide to pass copies on (4)."""
        model, constants = self.model, self.model.constants
        passed: dict[tuple[int, int], Item] = {}
        for item in read:
            due, copy, reader = item
            root = copy.root
            if reader.number in root.spoken or (reader.number, root.key) in passed:
                continue
            if constants.contagion_threshold > 0:
                around = sum(person.number in root.spoken for person in reader.followees)
                if not reader.followees or around < constants.contagion_threshold * len(reader.followees):
                    continue
            if model.draws.happens(self.chance_of_sharing(due, copy), P.SHARE, 0, copy.key, reader.key):
                passed[reader.number, root.key] = item
        for due, copy, reader in passed.values():
            arousal = model.talk.inflamed(reader, copy.arousal) if copy.root.valence < 0 else copy.arousal
            model.voices.put(due, self.pass_on(copy, reader, due, arousal))

    def pass_on(self, copy: Message, person: Any, hour: float, arousal: float) -> Message:
        """Somebody shares a copy; return the share."""
        model, root = self.model, copy.root
        key = message_id(person.key, root.company, SHARE, 0, root.key)
        share = Message(
            key, SHARE, root.company, person, born=hour, channel=root.channel, attribute=copy.attribute,
            valence=copy.root.valence, arousal=unit(arousal), severity=root.severity,
            root=root, parent=copy,
        )  # fmt: skip
        copy.shared_at.append(hour)
        root.spoken.add(person.number)
        model.messages.append(share)
        return share
