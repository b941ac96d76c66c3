"""Threads: who wrote what, how far it went, and what the company did; in words."""

from __future__ import annotations

import numpy as np
import pytest

from influence_sim.core.messages import Channel, Kind
from influence_sim.page.arena import Arena
from influence_sim.page.contenders import Choice
from influence_sim.page.feed import POSTS, Thread, duration, headline, latest, outcome, when
from influence_sim.scenario import Scenario

SMALL = Scenario.of(
    {
        "days": 12,
        "burn_in_days": 4,
        "network": {"consumers": 200, "mean_degree": 8},
        "companies": [{"name": "them"}, {"name": "us"}],
        "focal": "us",
        "incident": {"kind": "delay", "day": 3, "hit_share": 0.8, "severity": 0.9},
        "parameters": {"need_interval": 5.0},
    }
)


@pytest.fixture(scope="module")
def arena():
    made = Arena(Choice(SMALL, ("dialogue", "opaque")))
    for _ in made.burn_in():
        pass
    for _ in range(6 * 24):
        made.step()
    return made


def thread(**values):
    return Thread(
        **{
            "kind": Kind.COMPLAINT, "author": "ann", "audience": 12, "hour": 25.5, "valence": -0.8, "on_page": True,
            "is_again": False, "passed_on": 0, **values,
        }
    )  # fmt: skip


def test_threads_are_the_latest_posts_about_the_company_newest_first(arena):
    threads = latest(arena, 0, 8)
    assert len(threads) == 8
    hours = [one.hour for one in threads]
    assert hours == sorted(hours, reverse=True)
    assert 0 <= hours[-1] <= hours[0] < arena.hour
    assert all(one.is_against for one in latest(arena, 0, 8, against=True))


def test_threads_agree_with_what_is_recorded(arena):
    """Counted over all of them, they are the measures of the days that are over."""
    for place in (0, 1):
        threads = [one for one in latest(arena, place, 10_000) if one.kind == Kind.COMPLAINT]
        recorded = dict(zip(arena.engine.recorded, arena.engine.recorded_days(4)[place, 1].sum(axis=0), strict=True))
        assert len(threads) == recorded["complaints"]
        assert sum(one.answered_after is not None for one in threads) == recorded["replies"]
        assert sum(one.deleted_after is not None for one in threads) == recorded["deleted"]
        assert sum(one.answered_after or 0 for one in threads) == pytest.approx(recorded["reply_hours"])


def test_shares_are_counted_with_their_post(arena):
    table = arena.worlds.messages
    threads = latest(arena, 1, 10_000)
    row = 1 * 2 + 1
    count = len(table)
    shares = (table.kind[:count] == Kind.SHARE) & (table.row[:count] == row) & (table.born[:count] < arena.worlds.now)
    roots = table.root[:count][shares]
    since = table.born[roots] >= 4 * 24
    kinds = np.isin(table.kind[roots], POSTS)
    assert sum(one.passed_on for one in threads) == np.count_nonzero(since & kinds)
    assert sum(one.passed_on for one in threads) > 0


def test_answers_are_public_where_a_public_reply_stands(arena):
    answered = [one for one in latest(arena, 0, 10_000) if one.answered_after is not None]
    assert answered
    assert all(one.is_answer_public for one in answered), "dialogue answers in public"
    table = arena.worlds.messages
    assert np.any((table.kind[: len(table)] == Kind.REPLY) & (table.channel[: len(table)] == Channel.PAGE))


def test_authors_have_the_names_of_the_graph(tmp_path):
    file = tmp_path / "friends.txt"
    file.write_text("".join(f"person{one} person{(one * 7 + step) % 60}\n" for one in range(60) for step in (1, 2, 3)))
    named = SMALL.with_values({"network.kind": "file", "network.path": str(file)})
    arena = Arena(Choice(named, ("silent",)))
    for _ in arena.burn_in():
        pass
    for _ in range(5 * 24):
        arena.step()
    found = latest(arena, 0)
    assert found
    assert all(one.author.startswith("person") for one in found)
    degree = dict(zip(arena.graph.labels.tolist(), arena.graph.out_degree.tolist(), strict=True))
    assert all(one.audience == degree[one.author] for one in found)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "ann (12 followers) complains on the page, angry"),
        ({"valence": -1.0, "audience": 1}, "ann (1 follower) complains on the page, furious"),
        ({"valence": -0.51, "on_page": False}, "ann (12 followers) complains among friends, a little annoyed"),
        ({"is_again": True, "on_page": False}, "ann (12 followers) complains again among friends, angry"),
        ({"kind": Kind.PRAISE, "valence": 0.7}, "ann (12 followers) praises on the page"),
        ({"kind": Kind.CAMPAIGN, "author": ""}, "us posts on its page"),
        ({"kind": Kind.BOYCOTT, "on_page": False}, "ann (12 followers) calls for a boycott among friends"),
    ],
)
def test_a_post_in_words(values, said):
    assert headline(thread(**values), "us") == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Not answered"),
        ({"kind": Kind.PRAISE}, ""),
        ({"passed_on": 1}, "Passed on once, not answered"),
        (
            {"passed_on": 1200, "answered_after": 5.2, "is_answer_public": True},
            "Passed on 1,200 times, answered in public after 5 h",
        ),
        ({"answered_after": 0.5}, "Answered in private after 30 min"),
        ({"deleted_after": 2.0}, "Deleted after 2 h"),
        ({"waits": 60.0}, "Has waited for an answer for 2 days"),
    ],
)
def test_what_followed_in_words(values, said):
    assert outcome(thread(**values)) == said


def test_times_in_words():
    assert when(0) == "Day 0, 00:00"
    assert when(47 * 24 + 13.5) == "Day 47, 13:30"
    assert [duration(hours) for hours in (0.001, 0.99, 1, 47.4, 48, 100)] == [
        "1 min", "59 min", "1 h", "47 h", "2 days", "4 days",
    ]  # fmt: skip
