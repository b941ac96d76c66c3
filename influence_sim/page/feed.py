"""What people write about the company, and what it answers: the latest threads, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.messages import AGAINST, Channel, Kind
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.state import Ints

if TYPE_CHECKING:
    from influence_sim.core.messages import Messages
    from influence_sim.page.arena import Arena

POSTS = (Kind.COMPLAINT, Kind.PRAISE, Kind.EXPOSE, Kind.BOYCOTT, Kind.FAKE, Kind.CAMPAIGN)
"""Kinds of post that begin a thread. Ads are seen one by one, and spam is about nobody."""

_SAID = {
    Kind.COMPLAINT: "complains",
    Kind.PRAISE: "praises",
    Kind.EXPOSE: "tells what the company has been found out to do",
    Kind.BOYCOTT: "calls for a boycott",
    Kind.FAKE: "praises, paid by the company",
    Kind.CAMPAIGN: "posts on its page",
}
_TONES = ((-0.9, "furious"), (-0.75, "angry"), (-0.6, "annoyed"), (0.0, "a little annoyed"))
"""How a complaint sounds whose valence is at most this; complaints lie in −1..−0.5."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A post about the company, and what followed.

    Attributes
    ----------
    kind
        What it is.
    author, audience
        Who wrote it: their name in the graph, or number; and how many follow them. Nobody, if it is the company.
    hour
        When it appeared, in hours of the comparison.
    valence
        How favourable it is, −1..1.
    on_page, is_again
        Whether it stands on the company's page, and not among peers; and whether it repeats an earlier complaint.
    passed_on
        How often it was passed on so far.
    answered_after, is_answer_public
        Hours until the company answered, if it has, and whether others can read the answer.
    deleted_after
        Hours until the company deleted it, if it has.
    waits
        Hours that it has waited for an answer, if somebody at the company is to answer it.
    """

    kind: Kind
    author: str
    audience: int
    hour: float
    valence: float
    on_page: bool
    is_again: bool
    passed_on: int
    answered_after: float | None = None
    is_answer_public: bool = False
    deleted_after: float | None = None
    waits: float | None = None

    @property
    def is_against(self) -> bool:
        """Whether it speaks against the company."""
        return bool(AGAINST[self.kind])


def latest(arena: Arena, contender: int, most: int = 12, *, against: bool = False) -> list[Thread]:
    """Return the latest threads about the focal company in a contender's world, the newest first.

    With ``against``, only those that speak against the company.
    """
    worlds, table = arena.worlds, arena.worlds.messages
    count, now = len(table), worlds.now
    since = arena.base.burn_in_days * HOURS_PER_DAY
    row = contender * worlds.size.companies + arena.base.focal_company
    about = table.row[:count] == row
    kinds = [kind for kind in POSTS if AGAINST[kind] or not against]
    born = table.born[:count]
    posts = np.flatnonzero(about & np.isin(table.kind[:count], kinds) & (born >= since) & (born < now))
    posts = posts[np.lexsort((posts, born[posts]))][::-1][:most]
    followed = np.flatnonzero(about & (table.root[:count] != np.arange(count)) & (born < now))
    shares = _per_post(table, posts, followed[table.kind[followed] == Kind.SHARE])
    replies = followed[(table.kind[followed] == Kind.REPLY) & (table.channel[followed] == Channel.PAGE)]
    public = _per_post(table, posts, replies)
    # What the spam filter stopped by mistake waits, too: its author cannot know.
    waiting, answers = set(worlds.waiting.tolist()), bool(worlds.levers.reply_capacity[row] > 0)
    on_page = (table.channel[posts] == Channel.PAGE) & (now - born[posts] < worlds.parameters.case_lifetime)
    audience = arena.graph.out_degree
    threads = []
    for place, post in enumerate(posts.tolist()):
        author, began = int(table.author[post]), float(born[post])
        answered, deleted = float(table.answered_at[post]), float(table.deleted_at[post])
        threads.append(
            Thread(
                kind=Kind(int(table.kind[post])),
                author=_name(arena, author),
                audience=int(audience[author]) if author >= 0 else 0,
                hour=began - since,
                valence=float(table.valence[post]),
                on_page=int(table.channel[post]) == Channel.PAGE,
                is_again=int(table.parent[post]) >= 0,
                passed_on=int(shares[place]),
                answered_after=answered - began if answered < now else None,
                is_answer_public=bool(public[place]),
                deleted_after=deleted - began if deleted < now else None,
                waits=now - began if answers and (post in waiting or on_page[place]) else None,
            )
        )
    return threads


def _per_post(table: Messages, posts: Ints, messages: Ints) -> NDArray[np.int64]:
    """Return how many of ``messages`` belong to each post."""
    roots = table.root[messages]
    return np.array([np.count_nonzero(roots == post) for post in posts], np.int64)


def _name(arena: Arena, author: int) -> str:
    if author < 0:
        return ""
    labels = arena.graph.labels
    return f"consumer {author}" if labels is None else str(labels[author])


def headline(thread: Thread, company: str) -> str:
    """Say who wrote what, where, and how it sounds."""
    if not thread.author:
        return f"{company} {_SAID[thread.kind]}"
    followers = f"{thread.audience:,} follower{'' if thread.audience == 1 else 's'}"
    where = "on the page" if thread.on_page else "among friends"
    again = " again" if thread.is_again else ""
    if thread.kind == Kind.COMPLAINT:
        tone = next((tone for limit, tone in _TONES if thread.valence <= limit), _TONES[-1][1])
        return f"{thread.author} ({followers}) {_SAID[thread.kind]}{again} {where}, {tone}"
    return f"{thread.author} ({followers}) {_SAID[thread.kind]}{again} {where}"


def outcome(thread: Thread) -> str:
    """Say what followed: how often it was passed on, and what the company did."""
    parts = []
    if thread.passed_on:
        parts.append("passed on once" if thread.passed_on == 1 else f"passed on {thread.passed_on:,} times")
    if thread.answered_after is not None:
        how = "in public" if thread.is_answer_public else "in private"
        parts.append(f"answered {how} after {duration(thread.answered_after)}")
    elif thread.deleted_after is not None:
        parts.append(f"deleted after {duration(thread.deleted_after)}")
    elif thread.waits is not None and thread.kind == Kind.COMPLAINT:
        parts.append(f"has waited for an answer for {duration(thread.waits)}")
    elif thread.kind == Kind.COMPLAINT:
        parts.append("not answered")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def when(hour: float) -> str:
    """Say an hour of the comparison as a day and a time."""
    day, rest = divmod(hour, HOURS_PER_DAY)
    return f"Day {int(day)}, {int(rest):02d}:{int(rest % 1 * 60):02d}"


def duration(hours: float) -> str:
    """Say a time span with the unit that a reader would choose."""
    if hours < 1:
        minutes = max(1, round(60 * hours))
        return f"{minutes} min"
    if hours < 2 * HOURS_PER_DAY:
        return f"{hours:.0f} h"
    return f"{hours / HOURS_PER_DAY:.0f} days"
