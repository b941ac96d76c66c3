"""Bursts and firestorms are those that were defined, recomputed from the whole record every hour.

n(t) is the hourly count of negative posts and shares, y its mean over 6 h, b the mean of the 14 days before without
storm hours, z = 2(√(6y + ⅜) − √(6b + ⅜)). A burst: z ≥ 4 for 3 h. A firestorm: a burst, and R_neg ≥ 1, and 1 % of all
exposed within 24 h; it ends when z < 2 for 24 h.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import poisson
from worlds import busy, isolates, make, write

from influence_sim.core import engine as engine_module
from influence_sim.core.backlash import negative_reproduction, watch
from influence_sim.core.engine import REACTIONS, Reaction
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.messages import Kind
from influence_sim.experiment.runner import World, prepare

WINDOW, BASELINE, FIRST_DAY = 6, 14 * 24, 24


class NaiveWatch:
    """One company, written from the definitions: everything is recomputed from the full record."""

    def __init__(self):
        self.counts, self.storm_hours, self.z = [], [], []
        self.bursts = self.storms = 0

    def score(self):
        now = len(self.counts)
        recent = sum(self.counts[max(0, now - WINDOW) : now])
        before = range(max(0, now - WINDOW - BASELINE), now - WINDOW)
        calm = [self.counts[h] for h in before if not self.storm_hours[h]]
        if len(calm) >= FIRST_DAY:
            # A storm that outlasts its baseline is measured against the last one there was.
            self.expected = WINDOW * sum(calm) / len(calm)
        return 2 * ((recent + 0.375) ** 0.5 - (self.expected + 0.375) ** 0.5)

    def ran(self, condition, hours):
        """Whether a condition on z held in each of the last so many hours."""
        last = self.z[-hours:]
        return len(last) == hours and all(condition(z) for z in last)

    def hour(self, count, spreads=True):
        """Take in an hour; return whether it is a storm hour."""
        raging = bool(self.storm_hours and self.storm_hours[-1] and not self.ending)
        self.counts.append(count)
        self.z.append(self.score())
        self.since = self.since + 1 if raging else 0
        burst = self.ran(lambda z: z >= 4, 3)
        self.bursts += burst and not (len(self.z) > 3 and self.z[-4] >= 4)
        if burst and spreads and not raging:
            raging, self.since = True, 0
            self.storms += 1
        self.storm_hours.append(raging)
        # It has been calm for a day, all of it within the storm.
        self.ending = raging and self.since + 1 >= 24 and self.ran(lambda z: z < 2, 24)
        return raging

    since = 0
    ending = False
    expected = float("nan")


def follow(counts, spreads=True, step_hours=1.0):
    """Let what was counted by the hour happen at any time of it, before the library's watch.

    Return z and the storm hours so far at the end of each step, and the worlds.
    """
    counts = np.asarray(counts)
    hours, companies = counts.shape
    hour, row = (np.repeat(place.ravel(), counts.ravel()) for place in np.indices(counts.shape))
    at = hour + np.random.default_rng(9).random(hour.size)
    order = np.argsort(at // step_hours, kind="stable")
    at, row = at[order], row[order]
    steps = round(hours / step_hours)
    cuts = np.searchsorted(at // step_hours, np.arange(steps + 1))
    worlds = make(isolates(100), levers=({},) * companies, step_hours=step_hours)
    scores, storm_hours = [], []
    for step in range(steps):
        if spreads:
            # Everybody has just read something negative, and every message of a company has ten children.
            worlds.state.negative_read[:] = worlds.now
            rows = np.arange(companies)
            write(worlds, Kind.COMPLAINT, np.zeros(companies, int), row=rows, valence=-0.5, children=10)
        now = slice(cuts[step], cuts[step + 1])
        worlds.watch.note(row[now], at[now])
        watch(worlds)
        scores.append(worlds.watch.score())
        storm_hours.append(worlds.flows.storm_hours.copy())
        worlds.step += 1
    return np.array(scores), np.array(storm_hours), worlds


def naive(counts, spreads=True):
    watches = [NaiveWatch() for _ in counts[0]]
    storms = [[w.hour(c, spreads) for w, c in zip(watches, row, strict=True)] for row in counts]
    return np.array([w.z for w in watches]).T, np.cumsum(storms, axis=0), watches


def wavy(hours, seed, base=(0.2, 1.0, 4.0), peaks=()):
    """Poisson counts of some companies, with peaks (first hour, length, factor)."""
    rate = np.repeat(np.array(base)[None, :], hours, axis=0)
    for first, length, factor in peaks:
        rate[first : first + length] = rate[first : first + length] * factor + factor / 4
    return np.random.default_rng(seed).poisson(rate)


PEAKS = ((300, 8, 15), (500, 3, 30), (505, 2, 10), (760, 30, 20))


STEPS = (0.25, 0.5, 1.0, 2.0)


@pytest.mark.parametrize("step_hours", STEPS)
def test_bursts_are_those_of_the_definition(step_hours):
    """Where nothing spreads there is no firestorm, so all hours count towards the baseline."""
    counts = wavy(900, 1, peaks=PEAKS)
    z, storms, worlds = follow(counts, spreads=False, step_hours=step_hours)
    expected, _, watches = naive(counts, spreads=False)
    by_hour, by_step = max(round(1 / step_hours), 1), max(round(step_hours), 1)
    np.testing.assert_allclose(z[by_hour - 1 :: by_hour], expected[by_step - 1 :: by_step])
    assert not storms.any()
    assert worlds.flows.bursts.tolist() == [w.bursts for w in watches]
    assert worlds.flows.bursts.min() >= 3


@pytest.mark.parametrize("step_hours", [*STEPS, 1.2, 1.5])
def test_the_watch_counts_by_the_hour_whatever_the_step(step_hours):
    """The same moments, noted a quarter of an hour or two hours at a time: the same volume, bursts and storms."""
    counts = wavy(900, 2, peaks=PEAKS)
    _, _, one = follow(counts)
    _, _, other = follow(counts, step_hours=step_hours)
    np.testing.assert_array_equal(other.watch.volume, counts)
    assert one.watch.storms.shape[1] >= 3
    # R_neg and exposure are looked at when a step ends: here they are the same all along.
    shapes = [0, 1, 2, 3, 4, 6]
    np.testing.assert_allclose(other.watch.storms[shapes], one.watch.storms[shapes])
    for flow in ("bursts", "firestorms", "storm_hours"):
        np.testing.assert_array_equal(getattr(other.flows, flow), getattr(one.flows, flow))


def test_hours_of_a_firestorm_are_left_out_of_the_baseline():
    """All of them, the one in which it breaks out included."""
    counts = wavy(900, 2, peaks=PEAKS)
    z, storms, worlds = follow(counts)
    expected, expected_storms, watches = naive(counts)
    assert expected_storms.any()
    np.testing.assert_array_equal(storms, expected_storms)
    np.testing.assert_allclose(z, expected, atol=1e-9)
    assert worlds.flows.firestorms.tolist() == [w.storms for w in watches]


def test_a_firestorm_begins_in_the_third_hour_of_a_burst_and_ends_after_a_calm_day():
    """By hand: silence for ten days, then 40 posts an hour for four hours, then silence.

    The six-hour count is 40 after the first hour, so z = 2(√40.375 − √.375) = 11.5 from then on; it holds at least 40
    through the ninth hour and is 0 from the tenth on. By then the first two hours, which were not yet stormy, stand in
    the baseline with 240 quiet ones.
    """
    counts = np.zeros((400, 1), int)
    counts[240:244] = 40
    z, storms, worlds = follow(counts)
    assert z[240, 0] == pytest.approx(2 * (40.375**0.5 - 0.375**0.5))
    assert (z[240:249, 0] > 4).all()
    assert z[249, 0] == pytest.approx(2 * (0.375**0.5 - (6 * 80 / 242 + 0.375) ** 0.5))
    # 240, 241, 242: the third hour; calm from 249 on, for 24 hours up to and including 272.
    np.testing.assert_array_equal(storms[:, 0], np.clip(np.arange(400) - 241, 0, 31))
    assert worlds.flows.firestorms[0] == worlds.flows.bursts[0] == 1
    # Row, hour the burst began, broke out, ended, what was expected an hour, and the share of consumers exposed.
    np.testing.assert_array_equal(worlds.watch.storms[[0, 1, 2, 3, 4, 6], 0], [0, 240, 242, 272, 0, 1])


@pytest.mark.parametrize("days", [5, 13, 14, 20])
def test_a_firestorm_ends_when_all_is_quiet_however_long_it_has_raged(days):
    """A trouble of some weeks: there is no calm hour left among the last fourteen days."""
    counts = np.random.default_rng(3).poisson(0.1, (24 * (20 + days + 20), 1))
    counts[480 : 480 + 24 * days] += 15
    _, storms, _ = follow(counts)
    assert np.flatnonzero(storms[:, 0])[0] == 482
    assert storms[-1, 0] == storms[-24 * 10, 0], "it still rages"


@pytest.mark.parametrize(
    ("readers", "hours_ago", "children", "is_storm"),
    [(3, 0, 10, True), (2, 0, 10, False), (3, 23.9, 10, True), (3, 24, 10, False), (3, 0, 0, False)],
)
def test_a_burst_is_a_firestorm_if_it_spreads_and_reaches_one_in_a_hundred(readers, hours_ago, children, is_storm):
    """Of 300 consumers, three must have read something negative in the last 24 hours."""
    worlds = make(isolates(300))
    for hour in range(243):
        write(worlds, Kind.COMPLAINT, 0, valence=-0.5, children=children)
        worlds.state.negative_read[0, :readers] = worlds.end_of_step - hours_ago
        worlds.watch.note(np.zeros(40 * (hour >= 240), int), np.full(40 * (hour >= 240), hour + 0.5))
        watch(worlds)
        worlds.step += 1
    assert worlds.flows.bursts[0] == 1
    assert worlds.flows.firestorms[0] == is_storm


def test_nothing_is_said_about_bursts_before_a_day_of_baseline():
    z, _, worlds = follow(np.full((29, 2), 50), spreads=False)
    assert np.isnan(z).all()
    assert not worlds.flows.bursts.any()
    z, _, _ = follow(np.full((30, 2), 50), spreads=False)
    np.testing.assert_allclose(z[-1], 0, atol=1e-12)


@pytest.mark.parametrize("rate", [0.02, 0.2, 1.0, 5.0])
def test_poisson_noise_alone_rarely_bursts(rate):
    """Less than twice a year per company: z is nearly standard normal, and three hours above 4 are needed."""
    companies, days = 150, 74
    counts = np.random.default_rng(7).poisson(rate, (24 * days, companies))
    z, _, worlds = follow(counts, spreads=False)
    years = companies * (days - 14) / 365
    assert worlds.flows.bursts.sum() / years < 2
    late = z[14 * 24 :]
    if rate >= 1:
        assert abs(late.mean()) < 0.1
        assert late.std() == pytest.approx(1, abs=0.1)
        # The statistic may be large by chance as often as Poisson counts are.
        count = np.arange(1000)
        above = 2 * ((count + 0.375) ** 0.5 - (6 * rate + 0.375) ** 0.5) >= 4
        assert (late >= 4).mean() <= 3 * poisson.pmf(count[above], 6 * rate).sum() + 1e-4


# in a running world


RECORDED = (*STANDARD, *(measure.name for measure in DIAGNOSTICS))


@cache
def running(voice_spread=24.0):
    """A busy world watched hour by hour: what was read, R_neg by the library and by hand, z, and storms."""
    scenario = busy({"parameters.voice_spread": voice_spread, "days": 16, "burn_in_days": 5})
    log = {"read": [], "reproduction": [], "naive": [], "z": [], "storm": []}
    read_now = []

    def note(worlds, items):
        negative = worlds.messages.valence[items.root] < 0
        read_now.append(np.stack([items.row[negative], items.reader[negative]]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "REACTIONS", (*REACTIONS, Reaction("what is read is noted", note)))
        strategies = [World(name, 0) for name in ("silent", "everything")]
        engine = prepare(scenario, scenario.setting(scenario.graph()), strategies, seed=2, measures=RECORDED)
        worlds = engine.worlds
        for _ in range(24 * scenario.days):
            read_now.clear()
            storm_hours = worlds.flows.storm_hours.copy()
            dawn = worlds.step % 24 == 23
            engine.step()
            # The engine has moved on: look at the hour that has just ended.
            worlds.step -= 1
            log["reproduction"].append(negative_reproduction(worlds, worlds.end_of_step))
            log["naive"].append(naive_reproduction(worlds))
            log["z"].append(worlds.watch.score())
            log["storm"].append(None if dawn else worlds.flows.storm_hours > storm_hours)
            log["read"].append(np.concatenate(read_now, axis=1) if read_now else np.empty((2, 0), int))
            worlds.step += 1
    return engine, log


AGAINST = (Kind.COMPLAINT, Kind.EXPOSE, Kind.BOYCOTT)


def kernel(hours):
    """F(t) of Zhao et al., for t ≥ 300 s."""
    return 1 - (hours * 12) ** -0.2315 / 1.2315


def naive_reproduction(worlds):
    """Children per negative post or share of the last 6 to 24 h, over the share of children due by now."""
    table, now = worlds.messages, worlds.end_of_step
    count = len(table)
    sharing = table.kind[:count] == Kind.SHARE
    children = np.bincount(table.parent[:count][sharing], minlength=count)
    total, due = np.zeros(worlds.size.rows), np.zeros(worlds.size.rows)
    for number in range(count):
        age = now - table.born[number]
        if 6 < age <= 24 and table.valence[number] < 0 and table.kind[number] in (*AGAINST, Kind.SHARE):
            total[table.row[number]] += children[number]
            due[table.row[number]] += kernel(age)
    return np.where(due > 0, total / np.where(due > 0, due, 1), 0)


@pytest.mark.parametrize("voice_spread", [24.0, 96.0])
def test_the_reproduction_of_negatives_is_children_per_parent_of_an_age(voice_spread):
    """However long people take to tell of an experience."""
    _, log = running(voice_spread)
    found, expected = np.array(log["reproduction"]), np.array(log["naive"])
    assert (expected >= 1).any()
    assert ((expected > 0) & (expected < 1)).any()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_what_is_shared_after_the_hour_in_question_does_not_count_yet():
    """In a step of many hours: two shares by hour 10, one more at hour 11."""
    worlds = make(isolates(10), step_hours=24)
    post = write(worlds, Kind.COMPLAINT, 0, valence=-0.5, children=3, born=1.0)
    for hour in (2.0, 9.5, 11.0):
        write(worlds, Kind.SHARE, 1, valence=-0.5, root=post, parent=post, born=hour)
    worlds.watch.table_length.append(0)
    for now, shares in ((10, 2), (10.9, 2), (11.5, 3)):
        ages = [now - 1.0] + [now - 2.0] * (now > 8)
        expected = shares / sum(kernel(age) for age in ages)
        assert negative_reproduction(worlds, now)[0] == pytest.approx(expected, rel=1e-5)


def test_firestorms_of_a_run_begin_and_end_as_defined():
    """A burst, R_neg ≥ 1 and 1 % exposed within 24 h, from the log of what was read; z is the library's own."""
    engine, log = running()
    worlds = engine.worlds
    z = np.array(log["z"])
    hours, rows = z.shape
    started = 0
    for row in range(rows):
        raging, calm = False, 0
        for hour in range(hours):
            # At the end of a day its flows are reset, and cannot be compared.
            seen = None if log["storm"][hour] is None else bool(log["storm"][hour][row])
            burst = hour >= 2 and (z[hour - 2 : hour + 1, row] >= 4).all()
            if not raging and burst:
                readers = set()
                for past in range(max(0, hour - 23), hour + 1):
                    reading = log["read"][past]
                    readers.update(reading[1][reading[0] == row].tolist())
                exposed = len(readers) >= 0.01 * worlds.size.consumers
                if exposed and log["naive"][hour][row] >= 1:
                    raging, calm = True, 0
                    started += 1
            if seen is not None:
                assert seen == raging, f"company {row}, hour {hour}"
            calm = calm + 1 if raging and z[hour, row] < 2 else 0
            if calm >= 24:
                raging = False
    assert started > 0
    recorded = engine.recorded_days(5)[..., RECORDED.index("firestorms")]
    assert recorded.sum() == started


def test_days_of_rage_are_storm_days_on_which_many_speak():
    engine, _ = running()
    days = engine.recorded_days(0)
    value = {
        name: days[..., RECORDED.index(name)] for name in ("negative", "storm_hours", "days_of_rage", "storm_days")
    }
    many = value["negative"] >= 0.05 * engine.worlds.size.consumers
    stormy = value["storm_hours"] > 0
    np.testing.assert_array_equal(value["days_of_rage"], many & stormy)
    np.testing.assert_array_equal(value["storm_days"], stormy)
    assert (many & ~stormy).any() or (stormy & ~many).any()
    assert value["days_of_rage"].any()
