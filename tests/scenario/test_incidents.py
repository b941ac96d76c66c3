"""Incidents of a scenario: what a kind is, who is hit, how often; and what is told when something cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from influence_sim import InfluenceModel, NetworkError, Scenario, ScenarioError, compare
from influence_sim.core.measures import STANDARD
from influence_sim.scenario_tables import INCIDENT_KINDS, Incident

DAYS = 30


def scenario(*incidents: dict, **changes) -> Scenario:
    values = {
        "days": DAYS,
        "burn_in_days": 1,
        "network": {"consumers": 120, "mean_degree": 4.0},
        "companies": [{"name": "us", "failure_rate": 0.0}, {"name": "them", "failure_rate": 0.0}],
        "incident": list(incidents),
    }
    return Scenario.of({**values, **changes})


def hits(setup: Scenario, seed: int = 1) -> np.ndarray:
    """People hit by company and day."""
    found = compare(setup, ["silent"], replicates=1, seed=seed, counterfactual=False)
    return found.values[0, 0, :, :, STANDARD.index("hit")]


def only(setup: Scenario, place: int = 0):
    return setup.setting(setup.graph()).incidents[place]


# one table or several


def test_one_table_and_a_list_of_one_are_the_same(tmp_path):
    loaded = []
    for number, head in enumerate(("[incident]", "[[incident]]")):
        path = tmp_path / f"{number}.toml"
        path.write_text(f"name = 'x'\n{head}\nkind = 'scandal'\nday = 3\n", encoding="utf-8")
        loaded.append(Scenario.load(path))
    assert loaded[0] == loaded[1]
    assert loaded[0].incident == [Incident(kind="scandal", day=3)]


def test_several_tables_are_several_incidents(tmp_path):
    path = tmp_path / "several.toml"
    path.write_text(
        "[[incident]]\nday = 3\n[[incident]]\nkind = 'slip'\ncompany = 'rival A'\nday = 5\nrepeats = 4\n"
        "every_days = 2\n[[incident]]\nkind = 'defect'\nper_year = 2.5\n",
        encoding="utf-8",
    )
    loaded = Scenario.load(path)
    assert [one.kind for one in loaded.incident] == ["delay", "slip", "defect"]
    found = loaded.setting(loaded.graph()).incidents
    assert [one.company for one in found] == [0, 1, 0]
    assert [one.rate for one in found] == [0, 0, 2.5 / 365]
    assert [one.repeats for one in found] == [1, 4, 1]
    assert found[1].every == 2


def test_python_may_give_tables_and_incidents_alike():
    for incident in ({"day": 3}, Incident(day=3), [{"day": 3}], [Incident(day=3)]):
        assert Scenario(incident=incident).incident == [Incident(day=3)]
    assert Scenario(incident=None).incident == Scenario().incident == []


# kinds


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
def test_a_kind_says_what_is_usual_and_a_key_says_otherwise(kind):
    usual = INCIDENT_KINDS[kind]
    plain = only(scenario({"kind": kind, "day": 2}))
    assert (plain.duration, plain.hit_share, plain.severity) == usual[:3]
    assert (plain.public, plain.reported, plain.preventable) == usual[3:]
    assert plain.strikes
    other = only(scenario({"kind": kind, "day": 2, "duration_days": 5, "hit_share": 0.01, "severity": 0.99}))
    assert (other.duration, other.hit_share, other.severity) == (5, 0.01, 0.99)
    assert (other.public, other.reported, other.preventable) == usual[3:]


def test_there_are_the_four_kinds_of_the_model_and_a_slip_is_the_least():
    assert set(INCIDENT_KINDS) == {"delay", "defect", "scandal", "slip"}
    harm = {name: kind.hit_share * kind.severity for name, kind in INCIDENT_KINDS.items()}
    assert min(harm, key=harm.get) == "slip"
    assert [name for name, kind in INCIDENT_KINDS.items() if kind.public] == ["scandal"]


def test_zero_is_said_and_not_left_out():
    assert not only(scenario({"day": 2, "severity": 0.0})).strikes
    assert not only(scenario({"day": 2, "hit_share": 0.0})).strikes
    assert hits(scenario({"day": 2, "hit_share": 0.0})).sum() == 0


# when


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        ({"day": 3}, [3]),
        ({"day": 0, "duration_days": 3}, [0, 1, 2]),
        ({"day": 2, "repeats": 3, "every_days": 7}, [2, 9, 16]),
        ({"day": 2, "repeats": 2, "every_days": 5, "duration_days": 2}, [2, 3, 7, 8]),
        ({"day": 29}, [29]),
    ],
)
def test_it_strikes_on_its_days_and_on_no_other(incident, expected):
    found = hits(scenario({"hit_share": 1.0, **incident}))
    assert np.flatnonzero(found[0]).tolist() == expected
    assert found[1].sum() == 0


def test_at_random_it_strikes_as_often_as_is_said_and_not_before_its_day():
    setup = scenario({"per_year": 120.0, "day": 10, "hit_share": 1.0})
    days = np.concatenate([np.flatnonzero(hits(setup, seed)[0]) for seed in range(12)])
    assert days.min() >= 10
    # On average 20 days · (1 − exp(−120/365)) = 5.6 a run; five standard errors.
    assert abs(len(days) / 12 - 5.6) < 5 * (5.6 / 12) ** 0.5
    assert len(set(days.tolist())) > 10


# who


def test_a_list_of_numbers_hits_these_people():
    model = InfluenceModel(scenario({"day": 0, "hit": [3, 7, 11], "severity": 1.0}), rng=1)
    before = model.state.satisfaction.copy()
    model.run_for(1)
    changed = (model.state.satisfaction != before)[0]
    assert np.flatnonzero(changed).tolist() == [3, 7, 11]


def test_a_list_hits_the_same_people_each_time():
    setup = scenario({"day": 2, "hit": [3, 7, 11], "repeats": 3, "every_days": 4})
    assert hits(setup)[0].nonzero()[0].tolist() == [2, 6, 10]
    assert set(hits(setup)[0].tolist()) == {0, 3}


def test_a_name_said_twice_is_one_person():
    assert hits(scenario({"day": 2, "hit": [3, 3, 7]})).sum() == 2


@pytest.fixture
def friends(tmp_path) -> Path:
    """A scenario on a graph file whose nodes have names."""
    lines = [f"p{k} p{(k + 1) % 40}" for k in range(40)] + ["p3 p9", "p4 Zoë", "Zoë 17"]
    Path(tmp_path, "friends.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = tmp_path / "friends.toml"
    path.write_text(
        """
        days = 10
        burn_in_days = 1
        [network]
        kind = "file"
        path = "friends.txt"
        [incident]
        day = 2
        hit = ["p3", "Zoë", 17]
        """,
        encoding="utf-8",
    )
    return path


def test_a_list_of_names_means_the_labels_of_the_graph_file(friends):
    setup = Scenario.load(friends)
    graph = setup.graph()
    hit = only(setup).hit
    assert [str(graph.labels[number]) for number in hit] == ["p3", "Zoë", "17"]
    assert hits(setup)[0].tolist() == [0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
    assert Scenario.of(setup.model_dump(mode="json")) == setup


def test_an_unknown_person_is_told_in_one_line(friends):
    setup = Scenario.load(friends).with_values({"incident.hit": ["p3", "Zoe"]})
    line = r"^friends: incident\.hit: there is nobody called 'Zoe' in friends\.txt$"
    for use in (
        lambda: setup.setting(setup.graph()),
        lambda: compare(setup, ["silent"], replicates=1),
        lambda: InfluenceModel(setup),
    ):
        with pytest.raises(ScenarioError, match=line):
            use()
    two = setup.with_values({"incident": [{"day": 1}, {"day": 2, "hit": [41, 42]}]})
    with pytest.raises(ScenarioError, match=r"incident\.1\.hit: there is nobody called 41 in friends\.txt$"):
        two.setting(two.graph())


@pytest.mark.parametrize("number", [-1, 120, 10**12])
def test_a_number_beyond_the_people_is_told(number):
    setup = scenario({"day": 1, "hit": [number]})
    with pytest.raises(ScenarioError, match=rf"incident\.hit: there is nobody called {number} in "):
        setup.setting(setup.graph())


def test_a_missing_graph_file_is_told_first(friends):
    friends.with_name("friends.txt").unlink()
    with pytest.raises(NetworkError, match=r"friends\.txt"):
        compare(Scenario.load(friends), ["silent"], replicates=1)


# faults


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("[incident]\nkind = 'fire'", "incident.kind = 'fire': must be one of 'delay', 'defect', 'scandal' or 'slip'"),
        ("[incident]\nday = -1", "incident.day = -1: must be a whole number from 0 upwards (first day on which it may"),
        ("[incident]\nduration_days = 0", "incident.duration_days = 0: must be a whole number from 1 to 3,650"),
        ("[incident]\nduration_days = 1.5", "incident.duration_days = 1.5: must be a whole number from 1 to 3,650"),
        ("[incident]\nhit_share = 1.5", "incident.hit_share = 1.5: must be a number from 0 to 1"),
        ("[incident]\nhit = 3", "incident.hit = 3: must be a list (who is hit"),
        ("[incident]\nhit = [1.5]", "incident.hit: 1.5 is nobody; people are text in quotes or whole numbers"),
        ("[incident]\nhit = [true]", "incident.hit: True is nobody"),
        ("[incident]\nhit = [[1]]", "incident.hit: [1] is nobody"),
        (
            "[incident]\nhit = [1]\nhit_share = 0.2",
            "incident: hit and hit_share: give a list of people or a share, not both",
        ),
        ("[incident]\nrepeats = 0", "incident.repeats = 0: must be a whole number from 1 to 10,000"),
        ("[incident]\nevery_days = 0", "incident.every_days = 0: must be a whole number from 1 to 36,500"),
        ("[incident]\nper_year = 0", "incident.per_year = 0: must be a number more than 0 and at most 365"),
        (
            "[incident]\nper_year = 2\nrepeats = 2",
            "incident: per_year and repeats: it strikes at random or at set times",
        ),
        ("[incident]\nrepeat = 2", "incident.repeat: there is no such key; did you mean repeats?"),
        ("[incident]\nday = 170\nrepeats = 2", "incident: lasts until day 201: must end within the 180 days"),
        ("[incident]\nkind = 'defect'\nday = 170", "incident: lasts until day 184: must end within the 180 days"),
        (
            "[[incident]]\nday = 1\n[[incident]]\nday = 200",
            "incident.1.day = 200: must be a day before the horizon (days = 180), 0..179",
        ),
        (
            "[[incident]]\nday = 1\n[[incident]]\nday = 2\nseverity = 3",
            "incident.1.severity = 3: must be a number from 0 to 1",
        ),
        (
            "[[incident]]\n[[incident]]\ncompany = 'me'",
            "incident.1.company = 'me': must be one of focal, rival A, rival B",
        ),
        ("[[incident]]\n[[incident]]\nrepeat = 1", "incident.1.repeat: there is no such key; did you mean repeats?"),
        ("incident = 3", "incident"),
        (
            "[[companies]]\nname = 'a'\nbudget = -1",
            "companies.0.budget = -1: must be a number from 0 ",
        ),
        ("[costs]\nsurvey = -1", "costs.survey = -1: must be a number from 0 "),
        ("[costs]\nprevent = 1", "costs.prevent: there is no such key; did you mean prevention?"),
    ],
)
def test_a_fault_is_one_line_that_says_where_and_what_would_be_right(tmp_path, content, line):
    path = tmp_path / "faulty.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    (told,) = str(caught.value).split("\n")
    assert told.startswith(f"{path}: {line}")


# replacing values


def test_a_key_of_the_only_incident_needs_no_number():
    one = scenario({"day": 2, "severity": 0.2})
    for key in ("incident.severity", "incident.0.severity"):
        assert one.with_values({key: 0.75}).incident == [Incident(day=2, severity=0.75)]
    assert one.with_values({"incident.severity": None}).incident[0].usual.severity == INCIDENT_KINDS["delay"].severity


def test_of_several_one_must_be_named():
    several = scenario({"day": 2}, {"day": 5})
    changed = several.with_values({"incident.1.severity": 0.75})
    assert changed.incident == [Incident(day=2), Incident(day=5, severity=0.75)]
    for key, piece in (
        ("incident.severity", r"say which, as in incident\.0\.severity"),
        ("incident.2.severity", r"incident\.2\.severity: there is no such key"),
        ("incident.0.severities", r"incident\.0\.severities: there is no such key; did you mean severity\?"),
        ("incident.0", r"incident\.0"),
    ):
        with pytest.raises(ScenarioError, match=piece) as caught:
            several.with_values({key: 0.75})
        assert "\n" not in str(caught.value)


def test_lists_are_replaced_whole():
    one = scenario({"day": 2})
    assert one.with_values({"incident": [{"day": 4}, {"kind": "slip"}]}).incident == [
        Incident(day=4),
        Incident(kind="slip"),
    ]
    assert one.with_values({"incident": {"day": 4}}).incident == [Incident(day=4)]
    assert one.with_values({"incident": None}).incident == []
    assert one.with_values({"incident.hit": [1, 2]}).incident[0].hit == [1, 2]


# budgets


def test_a_company_may_have_a_budget_of_its_own():
    posts = {"levers": {"loud": {"posts_per_day": 40.0}}}
    companies = [{"name": "poor", "budget": 10.0}, {"name": "rich", "budget": 40.0}, {"name": "plain"}]
    setup = scenario(companies=[{**one, "strategy": "loud"} for one in companies], budget=20.0, **posts)
    assert setup.setting(setup.graph()).budgets.tolist() == [10, 40, 20]
    values = compare(setup, ["loud"], replicates=1).values[0, 0]
    np.testing.assert_allclose(values[:, :, STANDARD.index("funded")], np.tile([[0.25], [1.0], [0.5]], DAYS))
    np.testing.assert_allclose(values[:, :, STANDARD.index("spend")], np.tile([[1.2], [4.8], [2.4]], DAYS))
    none = setup.with_values({"companies.0.budget": 0.0})
    assert compare(none, ["loud"], replicates=1).values[0, 0, 0, :, STANDARD.index("spend")].sum() == 0


def test_every_cost_reaches_the_engine():
    names = list(Scenario().costs.model_dump())
    costs = {name: float(number) for number, name in enumerate(names, 1)}
    setup = scenario(costs=costs)
    found = setup.setting(setup.graph()).costs
    assert {name: getattr(found, name) for name in found.__dataclass_fields__} == costs
