"""The thread that plays does what it is told between two hours, tells of it, and survives what goes wrong."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from influence_sim.page.arena import Arena
from influence_sim.page.contenders import Choice
from influence_sim.page.player import Activity, Player
from influence_sim.scenario import Scenario

SMALL = Scenario.of(
    {
        "days": 10,
        "burn_in_days": 3,
        "network": {"consumers": 100, "mean_degree": 6},
        "companies": [{"name": "us"}, {"name": "them"}],
        "incident": {"kind": "delay", "day": 4, "hit_share": 0.5},
        "parameters": {"need_interval": 5.0},
    }
)


class Stage:
    """A player, and what it has reported."""

    def __init__(self, scenario=SMALL, load=True):
        self.seen = []
        self.player = Player(self._note)
        if load:
            self.player.load(lambda: Arena(Choice(scenario, ("silent", "dialogue"))))
            self.until(lambda status: status.activity is Activity.PAUSED)

    def _note(self, arena, status):
        self.seen.append((None if arena is None else arena.hour, status))

    def until(self, so, seconds=20):
        """Wait until what was reported last is so, and return the hour and the status."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.seen and so(self.seen[-1][1]):
                return self.seen[-1]
            time.sleep(0.005)
        raise AssertionError(f"never happened; last was {self.seen[-1:]}")

    def rest(self):
        """Wait until nothing goes on any more, and return the hour and the status."""
        self.player.ask(lambda arena: None)
        return self.until(lambda status: status.activity in (Activity.PAUSED, Activity.OVER))


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.player.close()


def test_it_begins_with_the_burn_in_and_says_how_far_it_is(stage):
    assert stage.rest()[0] == 0
    before = [status for _, status in stage.seen if status.activity is Activity.PREPARING]
    assert before
    assert before[0].progress is None


def test_steps_are_exact(stage):
    stage.player.step(1)
    assert stage.rest()[0] == 1
    stage.player.step_day()
    assert stage.rest()[0] == 24
    stage.player.step_day()
    assert stage.rest()[0] == 48
    stage.player.restart()
    assert stage.rest()[0] == 0


def test_it_jumps_to_the_first_hour_that_is_struck(stage):
    stage.player.jump()
    hour, status = stage.rest()
    assert hour == 4 * 24 + 1
    assert not status.error
    stage.player.jump()
    assert "nothing strikes any more" in stage.rest()[1].error
    stage.player.step(1)
    assert not stage.rest()[1].error, "what went wrong is forgotten with the next command"


def test_where_incidents_come_at_random_it_runs_until_one_does():
    at_random = SMALL.with_values({"incident": {"kind": "slip", "hit_share": 1.0, "per_year": 120.0}, "days": 60})
    stage = Stage(at_random)
    stage.player.jump()
    hour, _ = stage.rest()
    assert hour % 24 == 1
    assert stage.player.ask(lambda arena: arena.worlds.flows.hit.any())
    stage.player.close()


def test_it_runs_to_the_end_and_no_further(stage):
    stage.player.finish()
    hour, status = stage.rest()
    assert (hour, status.activity) == (240, Activity.OVER)
    stage.player.play()
    stage.player.step(5)
    assert stage.rest()[0] == 240


def test_it_plays_at_the_pace_it_is_given_and_pauses_at_once(stage):
    stage.player.hours_per_second = 20.0
    stage.player.play()
    time.sleep(1.0)
    stage.player.pause()
    hour, status = stage.rest()
    assert status.activity is Activity.PAUSED
    assert 3 <= hour <= 23
    time.sleep(0.2)
    assert stage.rest()[0] == hour


def test_a_change_is_made_between_two_hours_and_play_goes_on(stage):
    stage.player.hours_per_second = 50.0
    stage.player.play()
    stage.until(lambda status: status.activity is Activity.PLAYING)
    threads = []
    stage.player.change(lambda arena: threads.append(threading.current_thread().name))
    assert stage.player.ask(lambda arena: threads) == ["player"]
    assert stage.seen[-1][1].activity is Activity.PLAYING


def test_a_replay_comes_back_to_the_same_hour(stage):
    stage.player.step(50)
    stage.rest()
    before = stage.player.ask(lambda arena: arena.engine.recorded_days(3))
    stage.player.change(lambda arena: arena.restart(), replay=True)
    assert stage.rest()[0] == 50
    np.testing.assert_array_equal(stage.player.ask(lambda arena: arena.engine.recorded_days(3)), before)


def test_a_burn_in_can_be_cancelled_and_the_old_run_stays(stage):
    stage.player.step(7)
    stage.rest()
    longer = SMALL.with_values({"burn_in_days": 3000})
    stage.player.load(lambda: Arena(Choice(longer, ("silent",))))
    stage.until(lambda status: status.note == "the burn-in" and status.progress is not None)
    stage.player.pause()
    hour, status = stage.rest()
    assert (hour, status.activity) == (7, Activity.PAUSED)
    assert stage.player.ask(lambda arena: arena.base) is SMALL


def test_what_goes_wrong_is_told_and_the_thread_lives(stage):
    stage.player.load(lambda: Arena(Choice(SMALL, ("dialog",))))
    assert "did you mean dialogue" in stage.until(lambda status: status.error)[1].error
    stage.player.change(lambda arena: arena.pull(0, {"claim": 9}))
    assert "claim = 9" in stage.until(lambda status: "claim" in status.error)[1].error
    with pytest.raises(ZeroDivisionError):
        stage.player.ask(lambda arena: 1 / 0)
    stage.player.step(2)
    assert stage.rest()[0] == 2


def test_without_a_run_there_is_nothing_to_play():
    stage = Stage(load=False)
    stage.player.play()
    stage.player.restart()
    with pytest.raises(ValueError, match="nothing is set up yet"):
        stage.player.ask(lambda arena: arena.hour)
    assert stage.until(lambda status: True)[1].activity is Activity.EMPTY
    stage.player.close()


def test_close_ends_the_thread():
    stage = Stage()
    stage.player.play()
    stage.player.close()
    assert not stage.player._thread.is_alive()
