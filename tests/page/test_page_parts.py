"""What the page is built of, without a browser: values of sliders, the painter, pictures and files."""

from __future__ import annotations

import io
import threading
import time

import pytest

from influence_sim.core.levers import LEVERS
from influence_sim.page.arena import Arena
from influence_sim.page.contenders import Choice
from influence_sim.page.export import scenario_file
from influence_sim.page.painter import Painter
from influence_sim.page.parts import stops
from influence_sim.page.pictures import Studio
from influence_sim.page.snapshot import take
from influence_sim.scenario import Scenario
from influence_sim.strategies import CATALOGUE


@pytest.mark.parametrize("name", LEVERS)
def test_a_slider_offers_round_values_over_the_whole_range(name):
    lever = LEVERS[name]
    offered = stops(lever, lever.neutral)
    assert offered == sorted(set(offered))
    assert (offered[0], offered[-1]) == (lever.low, lever.high)
    assert lever.neutral in offered
    assert 2 <= len(offered) <= 60


def test_a_slider_offers_what_strategies_set():
    for strategy in CATALOGUE.values():
        for name, value in strategy.levers.items():
            assert value in stops(LEVERS[name], value)


def test_the_painter_shows_the_latest_and_passes_over_the_rest():
    shown, may_go_on, painted = [], threading.Event(), threading.Event()

    def show(what):
        shown.append(what)
        painted.set()
        may_go_on.wait(10)

    painter = Painter(show, 0.0)
    painter.put(1)
    assert painted.wait(10)
    for what in range(2, 100):
        painter.put(what)
    may_go_on.set()
    end = time.monotonic() + 10
    while len(shown) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    painter.close()
    assert shown == [1, 99]


@pytest.fixture(scope="module")
def arena():
    small = {"days": 8, "burn_in_days": 2, "network": {"consumers": 120}, "incident": {"day": 2, "hit_share": 0.6}}
    made = Arena(Choice(Scenario.of(small), ("broadcast", "dialogue")))
    for _ in made.burn_in():
        pass
    return made


def test_pictures_can_be_drawn_at_any_hour(arena):
    from PIL import Image

    studio = Studio.of(arena)
    for _ in range(3):
        now = take(arena, studio.people)
        for picture in (*(studio.picture(side) for side in now.sides), studio.time_lines(now)):
            assert Image.open(io.BytesIO(picture)).format == "PNG"
        for _ in range(50):
            arena.step()
    assert [side.hit.sum() for side in now.sides] != [0, 0]


def test_the_scenario_file_says_how_to_repeat_the_run(arena, tmp_path):
    arena.restart()
    arena.pull(0, {"claim": 0.5})
    text = scenario_file(arena)
    assert "#   influence-sim compare FILE.toml --strategies broadcast_changed,dialogue --seed 1 --replicates 1" in text
    file = tmp_path / "run.toml"
    file.write_text(text)
    assert Scenario.load(file).with_values({"name": arena.base.name}) == arena.scenario()
    arena.undo(0)
