"""What the columns of a table may be: the roles they play here, and how one recognises them by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """What a column may stand for: its meaning, and names by which exports call it, the surest first."""

    meaning: str
    names: tuple[str, ...]


ROLES: dict[str, Role] = {
    "time": Role(
        "when it was written or bought",
        ("time", "created_at", "tweet_created", "timestamp", "datetime", "date", "posted_at", "published_at", "at"),
    ),
    "author": Role(
        "who wrote it",
        ("author", "author_id", "user_id", "user", "username", "user_name", "screen_name", "reviewer"),
    ),
    "company": Role(
        "which company it is about",
        ("company", "brand", "airline", "brand_or_product", "operator", "firm", "account", "page"),
    ),
    "sentiment": Role(
        "negative, neutral or positive; or a number from −1 to 1",
        ("sentiment", "airline_sentiment", "emotion", "polarity", "valence", "tone"),
    ),
    "score": Role("stars, 1 to 5", ("score", "rating", "stars", "star_rating")),
    "text": Role("what was written", ("text", "message", "body", "content", "tweet", "review", "comment")),
    "message": Role("the message's own number", ("message_id", "tweet_id", "post_id", "status_id", "review_id", "id")),
    "reply_to": Role(
        "the number of the message that it answers",
        ("reply_to", "in_reply_to", "in_response_to_tweet_id", "in_reply_to_status_id", "in_reply_to_id"),
    ),
    "inbound": Role("whether a customer wrote it", ("inbound", "incoming", "from_customer")),
    "replied_at": Role(
        "when the company answered it",
        ("replied_at", "answered_at", "reply_time", "replied", "response_at", "first_response_at"),
    ),
    "shares": Role(
        "how often it was passed on", ("shares", "retweet_count", "retweets", "reshares", "share_count", "reposts")
    ),
    "cascade": Role("which cascade it belongs to", ("cascade", "cascade_id", "tree", "tree_id", "root_id")),
    "node": Role("its number within the cascade", ("node", "node_id")),
    "parent": Role("the node it was passed on from (−1: the first)", ("parent", "parent_id", "parent_node")),
    "delay": Role(
        "time since the first post of the cascade (a unit at the end of the name: _s, _min, _h; else seconds)",
        ("delay", "delay_s", "delay_min", "delay_h", "time_s", "relative_time_second", "relative_time_s", "elapsed_s"),
    ),
    "kind": Role("RT passed on, RE reply, MT mention", ("kind", "action", "interaction")),
    "customer": Role("who bought", ("customer", "customer_id", "customerid", "household", "client_id", "member_id")),
    "choice": Role("the brand bought", ("choice", "chosen", "brand_bought", "brand_chosen")),
    "frequency": Role("repeat purchases so far", ("frequency", "repeat_purchases", "x")),
    "recency": Role("time from the first purchase to the last", ("recency", "t_x", "last_purchase_age")),
    "horizon": Role("time from the first purchase to the end of the record", ("t", "horizon", "observed_for")),
    "tenure": Role("how long a customer, in months", ("tenure", "tenure_months", "months")),
    "churned": Role("whether the customer has left", ("churned", "churn", "left", "exited", "attrition", "cancelled")),
}
"""All roles, by name."""


def plain(name: str) -> str:
    """Return a column's name as it is compared: small letters, words joined by underscores."""
    return re.sub(r"[^0-9a-z]+", "_", str(name).strip().lower()).strip("_")


def recognised(columns: Iterable[str]) -> dict[str, str]:
    """Return which column plays which role, as far as names tell; a column plays one role only."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(plain(column), column)
    found: dict[str, str] = {}
    for role, about in ROLES.items():
        for name in about.names:
            if name in by_name and by_name[name] not in found.values():
                found[role] = by_name[name]
                break
    return found


def mapped(columns: Iterable[str], said: Mapping[str, str]) -> dict[str, str]:
    """Return which column plays which role: as the user said, and otherwise as recognised.

    Raises
    ------
    ValueError
        If there is no such role or column; one line.
    """
    columns = list(columns)
    for role, column in said.items():
        if role not in ROLES:
            raise ValueError(f"--column {role}={column}: there is no role {role!r}; roles are {', '.join(ROLES)}")
        if column and column not in columns:
            raise ValueError(f"--column {role}={column}: there is no such column; columns are {', '.join(columns)}")
    used = [column for column in said.values() if column]
    if twice := {column for column in used if used.count(column) > 1}:
        raise ValueError(f"--column: {min(twice)!r} is named for two roles; a column plays one")
    taken = set(used)
    others = {role: column for role, column in recognised(columns).items() if role not in said and column not in taken}
    return {role: column for role, column in {**others, **said}.items() if column}
