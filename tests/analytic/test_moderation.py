"""Deletion and the closed page (equation 8): what is gone is not read, shares survive, and who notices resents it."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import isolates, make, star, waiting_in, write

from influence_sim.core.market import Experience, upset
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.moderation import find_gone, moderate
from influence_sim.core.propagation import deliver, rest, schedule, transmit
from influence_sim.core.publishing import publish
from influence_sim.core.replies import reply
from influence_sim.core.service import notice

PEOPLE = 8000
CENSOR = {"deletion_rate": 1.0, "deletion_delay": 2.0}


def censored(graph=None, levers=CENSOR, **parameters):
    settings = {"spam_rate": 0, "inciter_share": 0, "suspicion": 0, "base_reproduction": 0, "attention": 1e9}
    return make(graph or isolates(PEOPLE), levers=(levers,), **{**settings, **parameters})


def complain(worlds, author, born=0.0, channel=Channel.PAGE, **columns):
    cases = write(worlds, Kind.COMPLAINT, author, born=born, valence=-0.6, channel=channel, **columns)
    notice(worlds, cases)
    return cases


def moderate_for(worlds, hours):
    for _ in range(hours):
        moderate(worlds)
        worlds.step += 1


def within(found, expected, trials):
    return abs(found / trials - expected) <= 3 * (expected * (1 - expected) / trials) ** 0.5


@pytest.mark.parametrize(("rate", "delay"), [(1.0, 2.0), (0.4, 0.0), (0.4, 7.5), (0.0, 2.0)])
def test_complaints_on_the_page_are_deleted_at_their_rate_after_their_delay(rate, delay):
    worlds = censored(levers={"deletion_rate": rate, "deletion_delay": delay})
    born = np.linspace(0, 1, PEOPLE, endpoint=False)
    page = complain(worlds, np.arange(PEOPLE), born, arousal=0.2)
    peer = complain(worlds, np.arange(PEOPLE), born, channel=Channel.PEER)
    moderate_for(worlds, 12)
    deleted = worlds.messages.deleted_at[page]
    gone = np.isfinite(deleted)
    assert within(gone.sum(), rate, PEOPLE)
    np.testing.assert_allclose(deleted[gone], born[gone] + delay)
    assert np.isinf(worlds.messages.deleted_at[peer]).all()
    assert worlds.flows.deleted[0] == gone.sum()
    assert not np.isin(page[gone], worlds.waiting).any(), "nobody answers what is gone"
    assert not np.isin(
        page[gone], np.flatnonzero(np.isfinite(worlds.messages.answered_at[: len(worlds.messages)]))
    ).any()


def test_nine_of_ten_authors_notice_and_three_of_ten_of_them_post_it_elsewhere():
    """T −= .2, g += .2; the new post is among peers, more aroused by .2, and tells the same."""
    worlds = censored()
    worlds.state.arousal[:] = 0.3
    cases = complain(worlds, np.arange(PEOPLE), arousal=0.35, severity=0.7, failure=True, attribute=0)
    moderate_for(worlds, 4)
    state, table = worlds.state, worlds.messages
    noticed = state.trust[0] < 0.5
    assert within(noticed.sum(), 0.9, PEOPLE)
    np.testing.assert_allclose(state.trust[0], np.where(noticed, 0.3, 0.5), atol=1e-6)
    np.testing.assert_allclose(state.arousal[0], np.where(noticed, 0.5, 0.3), atol=1e-6)
    again = np.arange(cases.size, len(table))
    assert within(again.size, 0.3, noticed.sum())
    assert noticed[table.author[again]].all()
    np.testing.assert_array_equal(table.parent[again], cases[table.author[again]])
    assert (table.channel[again] == Channel.PEER).all()
    np.testing.assert_allclose(table.born[again], 2.0)
    np.testing.assert_allclose(table.arousal[again], 0.55)
    np.testing.assert_allclose(table.severity[again], 0.7)
    assert table.failure[again].all()


def let_read(worlds, hours):
    """Deliver what falls due; return readers and times of what was read, and of what was found gone."""
    seen, missing = [], []
    for _ in range(hours):
        moderate(worlds)
        while (found := deliver(worlds)) is not None:
            for one, places in zip(found, (seen, missing), strict=True):
                places.append(np.stack([one.due, one.reader, one.copy]))
            find_gone(worlds, found[1])
        rest(worlds)
        worlds.step += 1
    return np.concatenate(seen, axis=1), np.concatenate(missing, axis=1)


def test_who_comes_after_the_deletion_finds_nothing():
    """Every exposure due before the hour of deletion is read, none that is due after it."""
    worlds = censored(star(PEOPLE), viewer_notices=0, visibility=1.0)
    case = complain(worlds, [0], 0.25)
    transmit(worlds, case, 1.0, np.array([0.25]))
    due = waiting_in(worlds.exposures, 47)[0]
    seen, missing = let_read(worlds, 48)
    assert (seen[0] < 2.25).all()
    assert (missing[0] >= 2.25).all()
    np.testing.assert_array_equal(np.sort(np.concatenate([seen[0], missing[0]])), np.sort(due))
    assert worlds.flows.removed[0] == missing.shape[1] > 100
    assert worlds.flows.reads[0] == seen.shape[1] > 100


def test_shares_by_others_survive_a_deletion():
    worlds = censored(star(50), viewer_notices=0)
    case = complain(worlds, [0])
    copy = write(worlds, Kind.SHARE, 1, root=case, parent=case, valence=-0.6, channel=Channel.PAGE)
    readers = np.arange(2, 51)
    for number in (case[0], copy[0]):
        schedule(worlds, np.full(readers.size, 5.5), np.full(readers.size, number), readers)
    seen, missing = let_read(worlds, 8)
    assert (seen[2] == copy[0]).all()
    assert (missing[2] == case[0]).all()
    assert seen.shape[1] == missing.shape[1] == readers.size


def test_one_in_twenty_of_those_who_come_too_late_notices():
    """T −= .2, g += .2, and three of ten of them talk about it."""
    worlds = censored(star(PEOPLE))
    case = complain(worlds, [0])
    readers = np.arange(1, PEOPLE + 1)
    schedule(worlds, np.full(PEOPLE, 3.5), np.full(PEOPLE, case[0]), readers)
    before = len(worlds.messages)
    _, missing = let_read(worlds, 5)
    assert missing.shape[1] == PEOPLE
    noticed = worlds.state.trust[0, 1:] < 0.5
    assert within(noticed.sum(), 0.05, PEOPLE)
    np.testing.assert_allclose(worlds.state.trust[0, 1:], np.where(noticed, 0.3, 0.5), atol=1e-6)
    np.testing.assert_allclose(worlds.state.arousal[0, 1:], np.where(noticed, 0.2, 0), atol=1e-6)
    told = np.flatnonzero(worlds.messages.kind[: len(worlds.messages)] == Kind.EXPOSE)
    assert within(told.size, 0.3, noticed.sum())
    assert noticed[worlds.messages.author[told] - 1].all()
    assert (told >= before).all()


def test_viewers_are_not_noticing_what_they_could_still_read():
    worlds = censored(star(PEOPLE), viewer_notices=1.0, attitude_rate=0)
    case = complain(worlds, [0])
    readers = np.arange(1, PEOPLE + 1)
    schedule(worlds, np.full(PEOPLE, 1.5), np.full(PEOPLE, case[0]), readers)
    seen, missing = let_read(worlds, 2)
    assert seen.shape[1] == PEOPLE
    assert missing.shape[1] == 0
    assert (worlds.state.trust == 0.5).all()


@pytest.mark.parametrize("step_hours", [0.5, 1.0, 4.0])
def test_what_has_been_answered_is_not_deleted_and_what_has_been_deleted_is_not_answered(step_hours):
    """Whichever comes first, whatever the step."""
    worlds = censored(step_hours=step_hours, author_notices=0, levers={**CENSOR, "public_replies": 0.0})
    cases = complain(worlds, np.arange(PEOPLE))
    answers = np.linspace(0, 4, PEOPLE, endpoint=False)
    worlds.replies.put(0, answers, cases.astype(np.int32))
    for _ in range(round(8 / step_hours)):
        reply(worlds)
        moderate(worlds)
        worlds.step += 1
    table = worlds.messages
    first = answers < 2
    np.testing.assert_allclose(table.answered_at[cases], np.where(first, answers, np.inf))
    np.testing.assert_allclose(table.deleted_at[cases], np.where(first, np.inf, 2.0))
    assert worlds.flows.replies[0] == first.sum()
    assert worlds.flows.deleted[0] == (~first).sum()


# the closed page


@pytest.mark.parametrize("open_share", [0.0, 0.3, 1.0])
def test_who_finds_the_page_closed_turns_to_peers_and_trusts_less(open_share):
    """With probability T one turns to the page; where it is closed to them T −= .05 and R̂ falls by a fifth."""
    worlds = censored(levers={"page_open": open_share}, voice_intercept=5, voice_severity=20, exit_intercept=-20)
    worlds.state.trust[:] = 0.7
    everyone = np.arange(PEOPLE)
    nobody, failed, severity = np.zeros(PEOPLE, int), np.ones(PEOPLE, bool), np.full(PEOPLE, 0.5)
    upset(worlds, Experience(nobody, nobody, everyone, 1, failed, severity, failed, told_from=0.0), severity)
    table = worlds.messages.columns()
    assert table["author"].size == PEOPLE
    page = table["channel"] == Channel.PAGE
    assert within(page.sum(), 0.7 * open_share, PEOPLE)
    turned_away = worlds.state.trust[0] < 0.69
    assert within(turned_away.sum(), 0.7 * (1 - open_share), PEOPLE)
    np.testing.assert_allclose(worlds.state.trust[0], np.where(turned_away, 0.65, 0.7), atol=1e-6)
    np.testing.assert_allclose(worlds.state.responsiveness[0], np.where(turned_away, 0.24, 0.3), atol=1e-6)
    assert not turned_away[table["author"][page]].any()
    for _ in range(25):
        publish(worlds)
        worlds.step += 1
    assert worlds.flows.cases[0] == page.sum(), "what is said elsewhere is not there to be answered"
