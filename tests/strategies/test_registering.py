"""Whoever writes a strategy makes it known by name: to scenarios, comparisons, the command line and other processes."""

from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from influence_sim import CATALOGUE, Observation, Scenario, ScenarioError, Strategy, register
from influence_sim import strategies as catalogue
from influence_sim.cli import app
from influence_sim.core.measures import STANDARD
from influence_sim.experiment import compare
from influence_sim.strategies import ENTRY_POINTS, known

DAYS = 6


def scenario(**changes) -> Scenario:
    values = {"days": DAYS, "burn_in_days": 1, "network": {"consumers": 60, "mean_degree": 4.0}}
    return Scenario.of({**values, **changes})


def spent(result, strategy: str) -> np.ndarray:
    """What the focal company spent, by day, of the first replicate."""
    return result.values[result.strategies.index(strategy), 0, 0, :, STANDARD.index("spend")]


class Grows(Strategy):
    """Posts a little more every day.

    More is not said.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.times = 0

    def decide(self, seen: Observation) -> dict[str, float]:
        self.times += 1
        return {"posts_per_day": float(self.times)}


def posts_after_three(seen: Observation) -> dict[str, float] | None:
    """Posts from the third day on."""
    return {"posts_per_day": 2.0} if seen.day == 3 else None


POSTS_AFTER_THREE = np.array([0, 0, 0, 1, 1, 1]) * 2.0 * 0.06
"""Spent a day: two posts for 60 people, at 1 per post and 1,000 consumers."""


# the ways to register


def test_a_function_is_registered_by_a_decorator_and_stays_a_function():
    found = register(name="late")(posts_after_three)
    assert found is posts_after_three
    assert known()["late"].meaning == "Posts from the third day on."
    assert known()["late"].watches
    np.testing.assert_allclose(spent(compare(scenario(), ["late"], replicates=1), "late"), POSTS_AFTER_THREE)


def test_a_class_is_registered_by_a_decorator_and_stays_a_class():
    found = register(name="grows", levers={"listening": 0.5})(Grows)
    assert found is Grows
    assert isinstance(known()["grows"], Grows)
    assert known()["grows"].meaning == "Posts a little more every day."
    assert dict(known()["grows"].levers) == {"listening": 0.5}
    expected = 0.06 * (2.0 * 0.5 + np.arange(DAYS))
    np.testing.assert_allclose(spent(compare(scenario(), ["grows"], replicates=1), "grows"), expected)


def test_a_strategy_that_is_made_is_registered_as_it_is():
    made = Strategy("quiet then loud", "waits", {"claim": 0.5}, {3: {"posts_per_day": 2.0}})
    assert register(made) is made
    assert known()["quiet then loud"] is made
    result = compare(scenario(), ["quiet then loud"], replicates=1)
    np.testing.assert_allclose(spent(result, "quiet then loud"), POSTS_AFTER_THREE)


def test_a_meaning_that_is_given_stands_and_one_is_found_where_there_is_no_docstring():
    register(name="one", meaning="does one thing")(posts_after_three)
    register(name="two")(lambda seen: None)
    assert known()["one"].meaning == "does one thing"
    assert known()["two"].meaning


def test_registering_again_replaces():
    register(Strategy("mine", "first"))
    register(Strategy("mine", "second"))
    assert known()["mine"].meaning == "second"


@pytest.mark.parametrize("name", ["silent", "dialogue", "adaptive"])
def test_a_built_in_name_is_refused_in_one_line_whichever_way(name):
    for way in (
        lambda: register(Strategy(name, "mine")),
        lambda: register(name=name)(posts_after_three),
        lambda: register(name=name)(Grows),
    ):
        with pytest.raises(ValueError, match=rf"^strategy '{name}': this name is taken .*choose another$"):
            way()
    assert known() == dict(CATALOGUE)


def test_what_is_no_strategy_is_refused():
    with pytest.raises(TypeError, match="subclass of Strategy"):
        register(name="x")(dict)
    with pytest.raises(TypeError, match="@register"):
        register(posts_after_three)
    with pytest.raises(TypeError, match="@register"):
        register(Grows)
    with pytest.raises(ValueError, match="needs a name"):
        register()(posts_after_three)
    with pytest.raises(ValueError, match=r"levers\.x\.empathy = 2"):
        register(name="x", levers={"empathy": 2.0})(posts_after_three)
    with pytest.raises(ValueError, match="day 0 must be a whole number from 1"):
        register(Strategy("x", "y", schedule={0: {}}))
    assert known() == dict(CATALOGUE)


# used by name


@pytest.fixture
def registered():
    register(name="late")(posts_after_three)
    register(name="grows")(Grows)


@pytest.mark.usefixtures("registered")
def test_a_scenario_file_may_name_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        days = 6
        burn_in_days = 1
        [network]
        consumers = 60
        mean_degree = 4
        [[companies]]
        name = "us"
        strategy = "late"
        [[companies]]
        name = "them"
        strategy = "grows"
        [levers.late]
        listening = 0.5
        """,
        encoding="utf-8",
    )
    loaded = Scenario.load(path)
    assert "late" in loaded.strategies
    assert loaded.own_strategies == [], "a known strategy with another lever is not the scenario's own"
    assert dict(loaded.strategy("late").levers) == {"listening": 0.5}
    assert loaded.strategy("late").watches
    result = compare(loaded, ["late"], replicates=1)
    np.testing.assert_allclose(spent(result, "late"), POSTS_AFTER_THREE + 0.06 * 2.0 * 0.5)
    rival = result.values[0, 0, 1, :, STANDARD.index("spend")]
    np.testing.assert_allclose(rival, 0.06 * np.arange(DAYS))
    described = result.manifest["strategies"]
    assert described["late"] == {"levers": {"listening": 0.5}, "schedule": {}, "watches": True}
    out = CliRunner().invoke(app, ["compare", str(path), "-s", "silent,late", "-r", "1", "--jobs", "1", "--json", "-q"])
    assert out.exit_code == 0, out.stderr
    assert list(json.loads(out.stdout)["measures"]["loyalty"]) == ["silent", "late"]


def test_a_scenario_that_names_one_which_nobody_registered_is_refused():
    with pytest.raises(ScenarioError, match=r"companies\.0\.strategy = 'late': there is no strategy 'late'"):
        scenario(companies=[{"name": "us", "strategy": "late"}])


@pytest.mark.usefixtures("registered")
def test_the_commands_list_it():
    text = CliRunner(env={"COLUMNS": None}).invoke(app, ["strategies"]).stdout
    assert "late" in text
    assert "Posts a little more every day." in " ".join(text.split())


@pytest.mark.usefixtures("registered")
def test_other_processes_know_it_too():
    """Workers import the library anew, and know nothing of what this process has registered."""
    names = ["late", "grows", "silent"]
    one, two = (compare(scenario(), names, replicates=2, jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(one.values, two.values)
    assert spent(two, "grows")[-1] == pytest.approx(0.06 * 5)


@pytest.mark.usefixtures("registered")
def test_what_one_world_remembers_no_other_world_does():
    """Whatever the batch, and although counterfactual worlds part from theirs in mid-run."""
    incident = {"day": 3, "hit_share": 0.9}
    results = [
        compare(scenario(incident=incident), ["grows", "late"], replicates=3, batch=batch) for batch in (None, 1, 5)
    ]
    for result in results:
        for values in (result.values, result.spared):
            money = values[0, :, 0, :, STANDARD.index("spend")]
            np.testing.assert_allclose(money, np.tile(0.06 * np.arange(DAYS), (3, 1)))
        np.testing.assert_array_equal(result.values, results[0].values)
    assert known()["grows"].times == 0, "the registered one has not moved"


# entry points


def offer(monkeypatch, *found) -> None:
    """Let installed packages offer objects."""

    class Offered(EntryPoint):
        def load(self):
            value = dict(found)[self.name]
            if isinstance(value, Exception):
                raise value
            return value

    def entry_points(*, group: str):
        return [Offered(name, "somewhere:thing", group) for name, _ in found] if group == ENTRY_POINTS else []

    monkeypatch.setattr(catalogue, "entry_points", entry_points)
    catalogue._offered.cache_clear()


def test_an_installed_package_offers_strategies(tmp_path, monkeypatch):
    """A distribution as pip leaves it: a module, and metadata beside it."""
    (tmp_path / "shout_pack.py").write_text(
        "from influence_sim import Strategy\n"
        "shout = Strategy('shout', 'posts ten times a day', {'posts_per_day': 10.0})\n",
        encoding="utf-8",
    )
    info = tmp_path / "shout_pack-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shout-pack\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nshout = shout_pack:shout\n", encoding="utf-8")
    assert "shout" not in known()
    monkeypatch.syspath_prepend(tmp_path)
    catalogue._offered.cache_clear()
    try:
        assert dict(known()["shout"].levers) == {"posts_per_day": 10.0}
        assert scenario(companies=[{"name": "us", "strategy": "shout"}]).own_strategies == []
        result = compare(scenario(), ["shout"], replicates=2, jobs=2)
        np.testing.assert_allclose(spent(result, "shout"), 10 * 0.06)
    finally:
        sys.modules.pop("shout_pack", None)


def test_an_offer_that_is_none_is_told_in_one_line(monkeypatch):
    offer(monkeypatch, ("thing", "no strategy"))
    with pytest.raises(ValueError, match=r"^entry point thing of influence_sim\.strategies: must be a Strategy"):
        known()


def test_an_offer_that_cannot_be_loaded_is_told_in_one_line(monkeypatch):
    offer(monkeypatch, ("thing", ImportError("No module named 'gone'")))
    with pytest.raises(ValueError, match=r"^entry point thing of .*: cannot be loaded: No module named 'gone'$"):
        known()
    result = CliRunner().invoke(app, ["strategies"])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_an_offer_does_not_replace_what_is_built_in(monkeypatch):
    offer(monkeypatch, ("silent", Strategy("silent", "not silent at all", {"posts_per_day": 10.0})))
    assert known()["silent"] is CATALOGUE["silent"]


def test_what_the_program_registers_prevails_over_what_is_installed(monkeypatch):
    offer(monkeypatch, ("shout", Strategy("shout", "installed")))
    assert known()["shout"].meaning == "installed"
    register(Strategy("shout", "my own"))
    assert known()["shout"].meaning == "my own"


# decisions that go wrong


@pytest.mark.parametrize(
    ("decision", "piece"),
    [
        ({"posts_per_dya": 3.0}, r"posts_per_dya = 3\.0: there is no such lever; did you mean posts_per_day\?"),
        ({"empathy": 2.0}, r"empathy = 2\.0: must lie in 0\.\.1"),
        ({"empathy": float("nan")}, r"empathy = nan: must lie in"),
        ({"reply_priority": 0.5}, r"reply_priority = 0\.5: must be 0 or 1"),
        ({"empathy": "much"}, "str"),
        (["empathy"], "list"),
        (7, "int"),
    ],
)
def test_a_decision_that_is_wrong_is_told_with_strategy_and_day(decision, piece):
    register(name="my wrong one")(lambda seen: decision if seen.day == 4 else None)
    with pytest.raises(ValueError, match=rf"^strategy 'my wrong one' on day 4: .*{piece}") as caught:
        compare(scenario(), ["my wrong one"], replicates=2)
    assert "\n" not in str(caught.value)


def test_a_decision_that_is_wrong_costs_no_other_strategy():
    register(name="my wrong one")(lambda seen: {"empathy": 2.0})
    found = compare(scenario(), ["silent", "my wrong one"], replicates=2)
    assert set(found.failures["strategy"]) == {"my wrong one"}
    assert all(error.startswith("strategy 'my wrong one' on day 1: empathy = 2.0") for error in found.failures["error"])
    assert np.isnan(found.values[1]).all()
    assert not np.isnan(found.values[0]).all()


def test_it_is_told_by_another_process_too():
    register(name="wrong")(lambda seen: {"empathy": 2.0})
    with pytest.raises(
        ValueError, match=r"^strategy 'wrong' on day 1: empathy = 2\.0: must lie in 0\.\.1 \(strength\)$"
    ):
        compare(scenario(), ["wrong"], replicates=2, jobs=2)


def test_the_command_line_tells_it_in_one_line(tmp_path):
    register(name="wrong")(lambda seen: {"empathy": 2.0})
    Path(tmp_path, "tiny.toml").write_text(
        "days = 3\nburn_in_days = 0\n[network]\nconsumers = 30\nmean_degree = 2\n", encoding="utf-8"
    )
    words = ["compare", str(tmp_path / "tiny.toml"), "-s", "wrong", "-q", "-r", "1", "--jobs", "1"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert result.stderr == ("influence-sim: strategy 'wrong' on day 1: empathy = 2.0: must lie in 0..1 (strength)\n")


PLUGIN = """
import math
from influence_sim import register

LEVEL = 4.0

def posts(day):
    return math.sqrt(LEVEL) if day >= 3 else 0.0

@register(name="late", levers={"listening": 0.5})
def late(seen):
    '''Posts from the third day on.'''
    return {"posts_per_day": posts(seen.day)}
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_registers_is_run_by_the_command_line(tmp_path, monkeypatch, jobs):
    """What its functions need from their file reaches other processes with them."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(PLUGIN, encoding="utf-8")
    Path("tiny.toml").write_text(
        "days = 6\nburn_in_days = 1\n[network]\nconsumers = 60\nmean_degree = 4\n", encoding="utf-8"
    )
    words = ["tiny.toml", "--plugin", "mine.py", "-s", "silent,late", "-q", "-r", "2", "--jobs", str(jobs), "--json"]
    result = CliRunner().invoke(app, ["compare", *words])
    assert result.exit_code == 0, result.stderr
    spend = json.loads(result.stdout)["measures"]["spend"]["late"]["mean"]
    assert spend == pytest.approx(POSTS_AFTER_THREE.sum() + 6 * 0.06)
