"""A scenario takes what it says it takes, refuses all else in one line per fault, and follows from its values."""

import math
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.core.levers import LEVERS, Levers
from influence_sim.core.parameters import ORIGINS, Parameters
from influence_sim.scenario import (
    Change,
    Company,
    Costs,
    Incident,
    Network,
    Scenario,
    ScenarioError,
    shipped_scenarios,
)
from influence_sim.strategies import CATALOGUE, Strategy, find

FULL = """
title = "Everything"
days = 20
burn_in_days = 3
step_hours = 0.5
attributes = 2
budget = 12.5
focal = "us"

[network]
kind = "small_world"
consumers = 90
mean_degree = 6
rewire = 0.2
seed = 7

[[companies]]
name = "them"
strategy = "broadcast"
budget = 30

[[companies]]
name = "us"
strategy = "mine"
failure_rate = 0.1
product = [0.5, -0.25]

[incident]
kind = "defect"
company = "them"
day = 4
duration_days = 2
hit_share = 0.4
severity = 0.75
repeats = 3
every_days = 5

[costs]
margin = 7

[levers.mine]
empathy = 0.25
reply_capacity = 3

[levers.broadcast]
paid_reach = 0.5

[[schedule.mine]]
day = 6
strategy = "broadcast"

[[schedule.mine]]
day = 9
levers = {paid_reach = 0.25, apology = 1}

[parameters]
visibility = 0.5
"""


@pytest.fixture
def written(tmp_path):
    """Write a scenario file and return its path."""

    def write(content: str, name: str = "faulty.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def full(tmp_path_factory) -> Scenario:
    path = tmp_path_factory.mktemp("scenario") / "full.toml"
    path.write_text(FULL, encoding="utf-8")
    return Scenario.load(path)


def complaint(path: Path) -> list[str]:
    """Return what is wrong with a file, line by line, without the file's name that begins each line."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


class TestLoading:
    @pytest.mark.parametrize("name", shipped_scenarios())
    def test_what_comes_along_loads_by_name_and_by_path(self, name):
        scenario = Scenario.load(name)
        assert scenario == Scenario.load(shipped_scenarios()[name]) == Scenario.load(str(shipped_scenarios()[name]))
        assert scenario.name == name
        assert scenario.title
        assert scenario.question.endswith("?")
        assert scenario.focal == scenario.companies[scenario.focal_company].name

    def test_a_shipped_incident_hits_the_focal_company_and_the_quiet_year_has_none(self):
        delay = Scenario.load("shipping_delay")
        (incident,) = delay.setting(delay.graph()).incidents
        assert incident.company == delay.focal_company
        assert incident.strikes
        assert Scenario.load("quiet_year").incident == []

    def test_every_value_of_a_file_arrives(self, full):
        assert (full.name, full.title, full.days, full.burn_in_days) == ("full", "Everything", 20, 3)
        assert (full.step_hours, full.attributes, full.budget) == (0.5, 2, 12.5)
        assert full.network == Network(kind="small_world", consumers=90, mean_degree=6.0, rewire=0.2, seed=7)
        assert full.companies == [
            Company(name="them", strategy="broadcast", budget=30.0),
            Company(name="us", strategy="mine", failure_rate=0.1, product=[0.5, -0.25]),
        ]
        assert full.incident == [
            Incident(
                kind="defect",
                company="them",
                day=4,
                duration_days=2,
                hit_share=0.4,
                severity=0.75,
                repeats=3,
                every_days=5,
            )
        ]
        assert full.schedule == {
            "mine": [
                Change(day=6, strategy="broadcast"),
                Change(day=9, levers={"paid_reach": 0.25, "apology": 1.0}),
            ]
        }
        assert full.costs == Costs(margin=7.0)
        assert full.levers == {"mine": {"empathy": 0.25, "reply_capacity": 3.0}, "broadcast": {"paid_reach": 0.5}}
        assert full.parameters == {"visibility": 0.5}
        assert (full.focal_company, full.company_names) == (1, ["them", "us"])

    def test_the_engine_gets_what_the_file_says(self, full):
        setting = full.setting(full.graph())
        assert setting.graph.nodes == 90
        np.testing.assert_array_equal(setting.products, [[0, 0], [0.5, -0.25]])
        np.testing.assert_array_equal(setting.failure_rates, [0.05, 0.1])
        assert setting.parameters == Parameters(visibility=0.5)
        assert (setting.costs.margin, setting.costs.post) == (7.0, 1.0)
        assert setting.budgets.tolist() == [30.0, 12.5]
        assert setting.names == ("them", "us")
        assert (setting.burn_in_days, setting.step_hours, setting.steps_per_day) == (3, 0.5, 48)
        (incident,) = setting.incidents
        assert (incident.company, incident.day, incident.duration) == (0, 4, 2)
        assert (incident.hit_share, incident.severity, incident.hit) == (0.4, 0.75, None)
        assert (incident.repeats, incident.every, incident.rate) == (3, 5, 0.0)
        assert (incident.public, incident.reported, incident.preventable) == (False, True, True)

    def test_an_incident_of_no_company_in_particular_hits_the_focal_one_wherever_it_stands(self, full):
        unnamed = full.with_values({"incident.company": None})
        assert unnamed.setting(unnamed.graph()).incidents[0].company == 1

    def test_an_empty_file_is_the_default_scenario(self, written):
        assert Scenario.load(written("", "empty.toml")) == Scenario().with_values({"name": "empty"})
        default = Scenario()
        assert (default.days, default.burn_in_days, default.incident, default.focal) == (180, 90, [], None)
        assert (len(default.companies), default.focal_company) == (3, 0)
        assert default.strategies == list(CATALOGUE)

    def test_a_graph_file_is_looked_for_beside_the_scenario(self, written, monkeypatch, tmp_path):
        scenario = written('[network]\nkind = "file"\npath = "graphs/friends.txt"\n', "sub/scenario.toml")
        written("a b\nb c\nc d\n", "sub/graphs").unlink()
        (tmp_path / "sub" / "graphs").mkdir()
        written("a b\nb c\nc d\n", "sub/graphs/friends.txt")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert Scenario.load(scenario).graph().nodes == 4
        assert Scenario.load(Path("..", "sub", "scenario.toml")).graph().nodes == 4

    def test_an_absolute_path_of_a_graph_stays(self, written):
        graph = written("a b\n", "friends.txt")
        scenario = Scenario.load(written(f'[network]\nkind = "file"\npath = "{graph}"\n', "sub/scenario.toml"))
        assert scenario.network.path == str(graph)

    def test_a_scenario_survives_being_written_out(self, full):
        for scenario in (full, Scenario(), *(Scenario.load(name) for name in shipped_scenarios())):
            assert Scenario.of(scenario.model_dump(mode="json")) == scenario
            assert Scenario.of(scenario.model_dump()) == scenario


FAULTS = {
    "days = 0": "days = 0: must be a whole number from 1 to 36,500 (days)",
    "days = 1.5": "days = 1.5: must be a whole number from 1 to 36,500 (days)",
    'days = "ten"': "days = 'ten': must be a whole number from 1 to 36,500 (days)",
    "days = true": "days = True: must be a whole number from 1 to 36,500 (days)",
    "dys = 3": "dys: there is no such key; did you mean days?",
    "step_hours = 0.7": "step_hours = 0.7: must be a divisor of 24",
    "title = 3": "title = 3: must be text in quotes (a line of text)",
    'companies = "us"': "companies = 'us': must be a list (companies)",
    "companies = []": "companies = []: must be a list that is not empty (companies)",
    "network = 3": "network = 3: must be a table",
    "[network]\nconsumers = 1": (
        "network.consumers = 1: must be a whole number from 2 to 100,000,000 (a number of people)"
    ),
    "[network]\nmean_degree = 0": (
        "network.mean_degree = 0: must be a number more than 0 and at most 10,000 (mean number of followers)"
    ),
    "[network]\nrewire = 1.01": "network.rewire = 1.01: must be a number from 0 to 1 (a probability (small_world))",
    "[network]\nconsumer = 3": "network.consumer: there is no such key; did you mean consumers?",
    "[incident]\nday = 3\nseverity = -0.5": (
        "incident.severity = -0.5: must be a number from 0 to 1 (from 0, not felt, to 1, a disaster)"
    ),
    "[incident]\nday = 180": "incident.day = 180: must be a day before the horizon (days = 180), 0..179",
    "[incident]\nday = 179\nduration_days = 2": "incident: lasts until day 181: must end within the 180 days",
    '[incident]\nday = 1\ncompany = "us"': "incident.company = 'us': must be one of focal, rival A, rival B",
    'focal = "us"': "focal = 'us': must be one of focal, rival A, rival B",
    '[[companies]]\nname = "us"\nproduct = [1.0]': (
        "companies.0.product = [1.0]: must be 3 numbers, one per attribute"
    ),
    '[[companies]]\nname = "us"\nstrategy = "brodcast"': (
        "companies.0.strategy = 'brodcast': there is no strategy 'brodcast': did you mean broadcast?"
    ),
    "[costs]\nmargin = -1": "costs.margin = -1: must be a number from 0 to 1,000 (money per sale)",
    "[levers.mine]\nempathy = 1.5": "levers.mine.empathy = 1.5: must lie in 0..1 (strength)",
    "[parameters]\nvisibility = 2": "parameters.visibility = 2.0 is out of range: 0.001..1 probability",
    "[parameters]\nvisibilty = 1": "parameters.visibilty = 1.0: there is no such constant; did you mean visibility?",
}


class TestFaults:
    @pytest.mark.parametrize("text", ["".join(f"[t{n}]\n" for n in range(200_000)), ".".join("a" * 20_000) + " = 1"])
    def test_a_file_of_too_many_entries_is_refused_before_it_is_read(self, tmp_path, text):
        file = tmp_path / "many.toml"
        file.write_text(text, encoding="utf-8")
        began = time.process_time()
        with pytest.raises(ScenarioError, match=r"many\.toml: has more than 10,000 tables and keys .*dozens"):
            Scenario.load(file)
        assert time.process_time() - began < 2

    @pytest.mark.parametrize(("content", "line"), FAULTS.items())
    def test_a_fault_is_one_line_of_file_key_value_and_what_is_allowed(self, written, content, line):
        assert complaint(written(content)) == [line]

    @pytest.mark.parametrize(
        ("content", "piece"),
        [
            ("[levers.mine]\nempaty = 1", "levers.mine.empaty = 1.0: there is no such lever; did you mean empathy?"),
            ("[levers.mine]\nseed_rule = 0.5", "levers.mine.seed_rule = 0.5: must be 0 or 1"),
            ("[levers]\nmine = 3", "levers.mine = 3: must be a table"),
            ('[levers.mine]\nempathy = "much"', "levers.mine.empathy = 'much': must be a number"),
            ("[levers.mine]\nempathy = nan", "levers.mine.empathy = nan"),
            ("[parameters]\nvisibility = inf", "parameters.visibility = inf"),
            ("budget = nan", "budget = nan: must be a number from 0 upwards"),
            ("[[companies]]\nstrategy = 'silent'", "companies.0.name: is missing"),
            ("[[companies]]\nname = ''", "companies.0.name = '': must be text that is not empty"),
            (
                "[[companies]]\nname = 'a'\n[[companies]]\nname = 'a'",
                "companies = ['a', 'a']: must have names that differ",
            ),
            ('[network]\nkind = "ring"', "network.kind = 'ring': must be one of 'heavy_tailed', 'small_world'"),
            ('[network]\nkind = "file"', "path is for kind = 'file', and needed there"),
            ('[network]\npath = "friends.txt"', "path is for kind = 'file'"),
            ("[network]\nconsumers = 10", "mean_degree = 10: must be below the number of consumers"),
            ("days = 2020-02-20", "days = datetime.date(2020, 2, 20): must be a whole number"),
            ("days = ", "is not valid TOML"),
            ("days = 1\ndays = 2", "is not valid TOML"),
        ],
    )
    def test_other_faults_are_one_line_too(self, written, content, piece):
        (line,) = complaint(written(content))
        assert piece in line

    def test_each_of_several_faults_has_its_line(self, written):
        lines = complaint(written("days = 0\nbudget = -1\nfocl = 'us'\n[incident]\nday = -1\nseverity = 2"))
        assert sorted(line.split()[0].rstrip(":") for line in lines) == [
            "budget",
            "days",
            "focl",
            "incident.day",
            "incident.severity",
        ]

    def test_a_faulty_strategy_that_companies_follow_is_one_fault(self, written):
        follow = "".join(f'[[companies]]\nname = "{name}"\nstrategy = "mine"\n' for name in "ab")
        (line,) = complaint(written(f"{follow}[levers.mine]\nempathy = 2"))
        assert "levers.mine.empathy = 2" in line

    def test_a_missing_file_is_told_with_the_scenarios_there_are(self, tmp_path):
        for name in (tmp_path / "nowhere.toml", "no_such_scenario"):
            with pytest.raises(ScenarioError, match="there is no such file, and no scenario of that name") as caught:
                Scenario.load(name)
            assert all(shipped in str(caught.value) for shipped in shipped_scenarios())
            assert "\n" not in str(caught.value)

    def test_it_is_an_error_of_values(self):
        assert issubclass(ScenarioError, ValueError)

    def test_from_python_wrong_values_name_their_source(self):
        with pytest.raises(ScenarioError, match=r"^sweep 3: days = -1: must be"):
            Scenario.of({"days": -1}, source="sweep 3")


class TestWithValues:
    def test_nothing_replaced_is_the_same_scenario(self, full):
        assert full.with_values({}) == full

    @pytest.mark.parametrize(
        ("key", "value", "found"),
        [
            ("days", 30, lambda s: s.days),
            ("network.consumers", 50, lambda s: s.network.consumers),
            ("incident.severity", 0.1, lambda s: s.incident[0].severity),
            ("costs.margin", 3.5, lambda s: s.costs.margin),
            ("companies.0.strategy", "silent", lambda s: s.companies[0].strategy),
            ("companies.1.failure_rate", 0.0, lambda s: s.companies[1].failure_rate),
            ("companies.1.product", [0.0, 1.0], lambda s: s.companies[1].product),
            ("levers.mine.empathy", 0.75, lambda s: s.levers["mine"]["empathy"]),
            ("levers.mine.apology", 0.5, lambda s: s.levers["mine"]["apology"]),
            ("levers.new.apology", 0.5, lambda s: s.strategy("new").levers["apology"]),
            ("levers.dialogue.apology", 0.0, lambda s: s.strategy("dialogue").levers["apology"]),
            ("parameters.visibility", 0.25, lambda s: s.parameters["visibility"]),
            ("parameters.repost", 0.25, lambda s: s.parameters["repost"]),
            ("incident.0.severity", 0.1, lambda s: s.incident[0].severity),
            ("companies.0.budget", None, lambda s: s.companies[0].budget),
            ("companies.1.budget", 3.0, lambda s: s.companies[1].budget),
            ("schedule.mine.1.day", 12, lambda s: s.schedule["mine"][1].day),
            ("incident", [], lambda s: s.incident),
            ("levers", {}, lambda s: s.levers),
        ],
    )
    def test_a_dotted_key_replaces_one_value_and_leaves_the_rest(self, full, key, value, found):
        if key == "levers":
            full = full.with_values({"companies.1.strategy": "silent", "schedule": {}})
        before = full.model_dump()
        changed = full.with_values({key: value})
        assert found(changed) == value
        assert full.model_dump() == before
        top = key.split(".")[0]
        assert {k: v for k, v in changed.model_dump().items() if k != top} == {
            k: v for k, v in before.items() if k != top
        }

    def test_putting_the_old_value_back_gives_the_old_scenario(self, full):
        for key, value in (("days", 25), ("incident.day", 0), ("levers.mine.empathy", 1.0), ("companies.0.name", "x")):
            node = full.model_dump()
            for part in key.split("."):
                if isinstance(node, list) and not part.isdecimal():
                    (node,) = node
                node = node[int(part)] if isinstance(node, list) else node[part]
            if key == "companies.0.name":
                there = full.with_values({"incident.company": None, key: value})
                back = there.with_values({key: node, "incident.company": "them"})
            else:
                back = full.with_values({key: value}).with_values({key: node})
            assert back == full

    @pytest.mark.parametrize(
        "key",
        [
            "day",
            "network.consumer",
            "incident.severities",
            "costs.nothing",
            "companies.2.name",
            "companies.-1.name",
            "companies.first.name",
            "companies.².name",
            "companies.²",
            "companies.0",
            "days.hours",
            "title.0",
            "levers.other.empaty",
            "parameters.visibilty",
            "parameters.visibility.x",
            "",
            ".",
            "network.",
            ".days",
        ],
    )
    def test_an_unknown_key_is_refused_in_one_line_that_names_it(self, full, key):
        with pytest.raises(ScenarioError) as caught:
            full.with_values({key: 1})
        assert "\n" not in str(caught.value)
        assert key in str(caught.value) or key.strip(".") in str(caught.value)

    @pytest.mark.parametrize(
        ("key", "value", "piece"),
        [
            ("days", 0, "days = 0: must be a whole number from 1"),
            ("days", 4, "incident.day = 4: must be a day before the horizon (days = 4), 0..3"),
            ("incident.severity", 1.5, "incident.severity = 1.5"),
            ("companies.1.strategy", "none", "companies.1.strategy = 'none'"),
            ("levers.mine.empathy", 2.0, "levers.mine.empathy = 2"),
        ],
    )
    def test_a_value_that_is_not_allowed_is_refused(self, full, key, value, piece):
        with pytest.raises(ScenarioError) as caught:
            full.with_values({key: value})
        assert piece in str(caught.value)

    def test_a_table_that_is_not_there_has_no_keys_to_replace(self):
        with pytest.raises(ScenarioError, match=r"incident.severity = 0.5: this scenario has no \[incident\] table"):
            Scenario().with_values({"incident.severity": 0.5})

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("days", np.int64(30)),
            ("network.consumers", np.int32(50)),
            ("budget", np.int32(3)),
            ("budget", np.float32(0.5)),
            ("incident.severity", np.float64(0.5)),
        ],
    )
    def test_numbers_from_an_array_are_numbers(self, full, key, value):
        assert full.with_values({key: value}) == full.with_values({key: value.item()})


class TestStrategies:
    def test_a_lever_of_the_scenario_is_laid_over_the_catalogue(self, full):
        assert dict(full.strategy("broadcast").levers) == {"posts_per_day": 2.0, "paid_reach": 0.5}
        assert dict(CATALOGUE["broadcast"].levers) == {"posts_per_day": 2.0, "paid_reach": 0.12}
        assert full.strategy("dialogue") == CATALOGUE["dialogue"]

    def test_a_strategy_of_its_own_has_its_levers_and_no_others(self, full):
        assert dict(full.strategy("mine").levers) == {"empathy": 0.25, "reply_capacity": 3.0}
        assert full.strategies == [*CATALOGUE, "mine"]

    def test_strategies_that_are_equal_but_for_their_name_have_equal_levers(self):
        levers = {f"copy of {name}": dict(strategy.levers) for name, strategy in CATALOGUE.items()}
        scenario = Scenario.of({"levers": levers})
        for name in CATALOGUE:
            copy, original = (
                Levers.stack([course.levers for course in scenario.courses(which)])
                for which in (f"copy of {name}", name)
            )
            for lever in LEVERS:
                np.testing.assert_array_equal(getattr(copy, lever), getattr(original, lever))

    def test_the_order_in_which_levers_are_named_is_irrelevant(self):
        row = dict(CATALOGUE["dialogue"].levers)
        back = dict(reversed(row.items()))
        one, other = Levers.stack([row]), Levers.stack([back])
        assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in LEVERS)

    def test_a_comparison_gives_the_focal_company_a_strategy_and_leaves_its_rivals_theirs(self, full):
        them, us = full.courses("dialogue")
        assert us == CATALOGUE["dialogue"].course()
        assert dict(them.levers) == {"posts_per_day": 2.0, "paid_reach": 0.5}
        assert full.courses(None) == [full.strategy(company.strategy).course() for company in full.companies]

    def test_what_is_not_named_is_neutral(self):
        stacked = Levers.stack([{}, {"empathy": 0.5}])
        for name, lever in LEVERS.items():
            expected = [lever.neutral, 0.5 if name == "empathy" else lever.neutral]
            np.testing.assert_array_equal(getattr(stacked, name), expected)

    def test_an_unknown_strategy_is_told_with_a_hint(self, full):
        with pytest.raises(ValueError, match=r"there is no strategy 'dialog': did you mean dialogue\?"):
            full.strategy("dialog")
        with pytest.raises(ValueError, match=rf"there is no strategy 'xyz': there are {', '.join(CATALOGUE)}, mine"):
            full.strategy("xyz")

    def test_every_strategy_of_the_catalogue_is_found_by_its_name(self):
        for name, strategy in CATALOGUE.items():
            assert find(name, {}) is strategy


FLOATS = st.floats(allow_nan=True, allow_infinity=True)


def inside(value: float, low: float, high: float) -> bool:
    return math.isfinite(value) and low <= value <= high


@st.composite
def near(draw, low: float, high: float) -> float:
    """Floats of all kinds, with those within the range and those just beyond it well represented."""
    edges = [low, high, math.nextafter(low, -math.inf), math.nextafter(high, math.inf)]
    return draw(st.one_of(st.floats(low, high), st.sampled_from(edges), FLOATS))


class TestRanges:
    @given(st.data())
    def test_a_lever_takes_every_number_in_its_range_and_no_other(self, data):
        name = data.draw(st.sampled_from(list(LEVERS)))
        lever = LEVERS[name]
        value = data.draw(near(lever.low, lever.high))
        if inside(value, lever.low, lever.high) and (lever.unit != "0 or 1" or value in (0, 1)):
            assert Strategy("s", "", {name: value}).levers == {name: value}
            return
        with pytest.raises(ValueError, match=rf"^levers\.s\.{name} = .*: must (lie in|be 0 or 1) ") as caught:
            Strategy("s", "", {name: value})
        assert "\n" not in str(caught.value)

    @given(st.data())
    def test_a_constant_takes_every_number_in_its_range_and_no_other(self, data):
        name = data.draw(st.sampled_from(list(ORIGINS)))
        origin = ORIGINS[name]
        value = data.draw(near(origin.low, origin.high))
        if inside(value, origin.low, origin.high):
            assert getattr(Parameters.of({name: value}), name) == value
            return
        with pytest.raises(ValueError, match=rf"^{name} = .* is out of range"):
            Parameters.of({name: value})

    @given(st.data())
    def test_a_share_or_probability_of_a_scenario_lies_between_0_and_1(self, data):
        keys = [
            "companies.0.failure_rate",
            "incident.hit_share",
            "incident.severity",
            "network.rewire",
            "network.mixing",
        ]
        key = data.draw(st.sampled_from(keys))
        value = data.draw(near(0.0, 1.0))
        base = Scenario.of({"incident": {"day": 1}})
        if inside(value, 0, 1):
            assert base.with_values({key: value}) is not base
            return
        with pytest.raises(ScenarioError, match=rf"{key} = .*: must be a number from 0 to 1"):
            base.with_values({key: value})

    @given(st.integers(-2, 40), st.integers(-2, 30), st.integers(1, 60), st.integers(-1, 4), st.integers(-1, 20))
    def test_an_incident_lies_within_the_days(self, day, duration, days, repeats, every):
        last = day + (repeats - 1) * every + duration
        fits = day >= 0 and duration >= 1 and repeats >= 1 and every >= 1 and last <= days
        times = {"day": day, "duration_days": duration, "repeats": repeats, "every_days": every}
        try:
            Scenario.of({"days": days, "incident": times})
        except ScenarioError:
            assert not fits
        else:
            assert fits

    @given(st.integers(-2, 40), st.integers(1, 30), st.integers(1, 40))
    def test_an_incident_at_random_may_begin_on_any_day(self, day, duration, days):
        """When it strikes is not known, so what goes beyond the horizon is cut off."""
        try:
            Scenario.of({"days": days, "incident": {"day": day, "duration_days": duration, "per_year": 12.0}})
        except ScenarioError:
            assert not 0 <= day < days
        else:
            assert 0 <= day < days

    @pytest.mark.parametrize("name", LEVERS)
    def test_the_neutral_value_of_a_lever_lies_in_its_range(self, name):
        assert LEVERS[name].low <= LEVERS[name].neutral <= LEVERS[name].high

    @pytest.mark.parametrize("name", ORIGINS)
    def test_default_and_neutral_value_of_a_constant_lie_in_its_range(self, name):
        origin = ORIGINS[name]
        assert origin.low <= getattr(Parameters(), name) <= origin.high
        assert origin.neutral is None or origin.low <= origin.neutral <= origin.high

    def test_an_unknown_constant_is_refused(self):
        with pytest.raises(ValueError, match="there is no parameter 'visibilty'"):
            Parameters.of({"visibilty": 0.3})

    def test_the_value_that_is_refused_is_shown_as_it_is(self):
        with pytest.raises(ValueError, match=r"empathy = 1\.0000000001"):
            Strategy("s", "", {"empathy": 1.0000000001})


class TestNetworks:
    @pytest.mark.parametrize(
        "network",
        [
            {"kind": "heavy_tailed"},
            {"kind": "small_world"},
            {"kind": "erdos_renyi"},
            {"kind": "stochastic_block"},
            {"kind": "stochastic_block", "blocks": 1},
            {"kind": "stochastic_block", "blocks": 7, "mixing": 0.6},
            {"kind": "stochastic_block", "blocks": 3, "mixing": 0.0},
        ],
    )
    def test_every_kind_has_the_people_and_the_mean_audience_asked_for(self, network):
        graph = Scenario.of({"network": {"consumers": 2000, "mean_degree": 12.0, **network}}).graph()
        assert graph.nodes == 2000
        # Five standard errors of 24,000 arcs that come independently.
        assert abs(graph.arcs / 2000 - 12) < 5 * math.sqrt(24_000) / 2000

    def test_the_mixing_is_the_share_of_ties_between_groups(self):
        network = {"kind": "stochastic_block", "consumers": 2000, "mean_degree": 12.0, "blocks": 4, "mixing": 0.3}
        graph = Scenario.of({"network": network}).graph()
        source = np.repeat(np.arange(2000), graph.out_degree)
        between = np.mean(source // 500 != graph.followers // 500)
        assert abs(between - 0.3) < 5 * math.sqrt(0.3 * 0.7 / graph.arcs)

    def test_the_seed_of_the_network_is_its_own(self):
        one, again, other = (
            Scenario.of({"network": {"consumers": 100, "mean_degree": 5.0, "seed": seed}}).graph() for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(one.followers, again.followers)
        assert not np.array_equal(one.followers, other.followers)


def test_a_number_of_thousands_of_digits_is_told(tmp_path):
    for text in (f"days = {'9' * 5_000}", f"days = 0x{'f' * 20_000}"):
        file = tmp_path / "long.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioError, match=r"long\.toml: .*digits") as found:
            Scenario.load(file)
        assert len(str(found.value)) < 400
