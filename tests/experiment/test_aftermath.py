"""What an incident did is told from made-up days with known answers, and from worlds that share their beginning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim import Scenario
from influence_sim.core.measures import MEASURES, STANDARD
from influence_sim.experiment import compare
from influence_sim.experiment.aftermath import AFTERMATH, aftermath

DAYS = 60


def days(length: int = DAYS, **columns) -> dict[str, np.ndarray]:
    """One company's days: 10 sales, 100 money, 200 customers, nobody hit, unless said otherwise."""
    plain = {"sales": 10.0, "margin": 100.0, "customers": 200.0, "hit": 0.0, "harm": 0.0}
    return {
        name: np.broadcast_to(columns.get(name, value), length).astype(float)[None] for name, value in plain.items()
    }


def on(day: int, value: float = 1.0, length: int = DAYS) -> np.ndarray:
    found = np.zeros(length)
    found[day] = value
    return found


def since(day: int, value: float, before: float, length: int = DAYS) -> np.ndarray:
    return np.where(np.arange(length) >= day, value, before)


def found(run: dict, spared: dict | None = None) -> dict[str, float]:
    length = run["hit"].shape[-1]
    return {name: values.item() for name, values in aftermath(run, spared or days(length)).items()}


# toppled


@pytest.mark.parametrize(("sales", "toppled"), [(4.99, 1), (5.0, 0), (5.01, 0), (0.0, 1), (20.0, 0)])
def test_toppled_is_below_half_and_exactly_half_is_not(sales, toppled):
    assert found(days(hit=on(10), sales=since(10, sales, 10)))["toppled"] == toppled


def test_toppled_is_a_matter_of_30_days_not_of_one():
    one_bad_day = np.where(np.arange(DAYS) == 20, 0.0, 10.0)
    assert found(days(hit=on(10), sales=one_bad_day))["toppled"] == 0
    for bad, toppled in ((15, 0), (16, 1)):
        sales = np.where((np.arange(DAYS) >= 20) & (np.arange(DAYS) < 20 + bad), 0.0, 10.0)
        assert found(days(hit=on(10), sales=sales))["toppled"] == toppled


def test_what_was_lost_before_the_incident_does_not_count():
    """Sales that lay low until the day of the incident are no aftermath."""
    sales = since(20, 10, 0)
    assert found(days(hit=on(20), sales=sales))["toppled"] == 0
    assert found(days(hit=on(4), sales=sales))["toppled"] == 1
    # The 30 days from day 5 on hold 15 bad ones, which is not below half.
    assert found(days(hit=on(5), sales=sales))["toppled"] == 0


@pytest.mark.parametrize(("day", "known"), [(30, True), (31, False), (59, False), (0, True)])
def test_without_30_days_left_nobody_knows(day, known):
    assert np.isnan(found(days(hit=on(day), sales=since(day, 0, 10)))["toppled"]) != known


@pytest.mark.parametrize("length", [1, 6, 7, 29, 30])
def test_a_short_run_is_no_error(length):
    values = found(days(length, hit=on(0, 1, length), sales=np.zeros(length), customers=np.zeros(length)))
    assert np.isnan(values["toppled"]) == (length < 30)
    assert values["recovery_days"] == length


def test_where_nothing_would_have_been_sold_nobody_is_toppled():
    assert found(days(hit=on(10), sales=0.0), days(sales=0.0))["toppled"] == 0


# recovery


@pytest.mark.parametrize(
    ("customers", "recovery"),
    [
        (190.0, 0),  # exactly 5 % fewer is within
        (210.0, 0),
        (189.9, 50),
        (210.1, 50),
        (200.0, 0),
    ],
)
def test_recovery_is_to_within_5_percent_either_way(customers, recovery):
    """Never within: the days left to the horizon."""
    assert found(days(hit=on(10), customers=since(10, customers, 200)))["recovery_days"] == recovery


def test_recovery_is_to_stay():
    day = np.arange(DAYS)
    low = (day >= 10) & (day < 20)
    assert found(days(hit=on(10), customers=np.where(low, 100, 200)))["recovery_days"] == 10
    # However long all was well before a relapse, it counts from the end of that.
    for good in (1, 6, 7, 30):
        relapse = low | (day == 20 + good)
        values = found(days(hit=on(10), customers=np.where(relapse, 100, 200)))
        assert values["recovery_days"] == 11 + good
        assert values["recovered"] == 1


@pytest.mark.parametrize(("back", "recovered", "recovery"), [(53, 1, 43), (54, 0, 50), (60, 0, 50)])
def test_the_last_7_days_must_all_be_within(back, recovered, recovery):
    customers = np.where((np.arange(DAYS) >= 10) & (np.arange(DAYS) < back), 100, 200)
    values = found(days(hit=on(10), customers=customers))
    assert (values["recovered"], values["recovery_days"]) == (recovered, recovery)


def test_days_before_the_incident_are_no_recovery():
    assert found(days(hit=on(10), customers=since(5, 100, 200)))["recovery_days"] == 50


# money and proportion


def test_margin_lost_is_summed_from_the_day_of_the_incident():
    margin = np.where(np.arange(DAYS) < 10, 0.0, 100.0) - on(10, 30) - on(40, 20) + on(50, 5)
    values = found(days(hit=on(10), harm=on(10, 2.0), margin=margin, sales=10 - on(10, 3) - on(40, 2) + on(50, 0.5)))
    assert values["margin_lost"] == 45
    # 4.5 purchases lost for 2 spoilt.
    assert values["disproportion"] == 2.25


def test_an_incident_that_pays_is_a_negative_loss():
    values = found(days(hit=on(10), harm=on(10, 2.0), margin=since(10, 101, 100), sales=since(10, 10.1, 10)))
    assert values["margin_lost"] == -50
    assert values["disproportion"] == pytest.approx(-2.5)


def test_who_is_hit_and_not_harmed_has_no_proportion():
    values = found(days(hit=on(10), harm=0.0, margin=since(10, 90, 100)))
    assert values["margin_lost"] == 500
    assert np.isnan(values["disproportion"])


def test_who_is_never_hit_has_no_aftermath():
    assert all(np.isnan(value) for value in found(days(sales=0.0, margin=0.0, customers=0.0)).values())


def test_it_counts_from_the_first_of_several_times():
    one, several = (found(days(hit=hit, margin=since(12, 90, 100))) for hit in (on(10), on(10) + on(30) + on(55)))
    assert one["margin_lost"] == several["margin_lost"] == 480
    assert one["toppled"] == several["toppled"]


def test_the_incident_of_one_company_is_the_aftermath_of_all():
    """Rivals are not hit, and win what it loses; harm is its own."""
    run = {
        name: np.stack([us[0], them[0]])
        for (name, us), them in zip(
            days(hit=on(10), harm=on(10, 5.0), sales=since(10, 8, 10), margin=since(10, 80, 100)).items(),
            days(sales=since(10, 12, 10), margin=since(10, 120, 100)).values(),
            strict=True,
        )
    }
    spared = {name: np.repeat(values, 2, axis=0) for name, values in days().items()}
    found = aftermath(run, spared)
    assert found["margin_lost"].tolist() == [1000, -1000]
    assert found["toppled"].tolist() == [0, 0]
    assert found["disproportion"][0] == 20
    assert np.isnan(found["disproportion"][1])


def test_worlds_are_independent_of_each_other():
    """Any leading axes; each world has its own first day."""
    one = days(hit=on(10), harm=on(10, 3.0), sales=since(10, 1, 10), margin=since(10, 10, 100), customers=150.0)
    two = days(hit=on(33), harm=on(33, 2.0), sales=since(33, 7, 10), margin=since(33, 70, 100))
    three = days()
    together = aftermath(
        *(
            {name: np.stack([[a[name], b[name], c[name]]] * 2) for name in one}
            for a, b, c in ((one, two, three), [days()] * 3)
        )
    )
    for place, alone in enumerate((one, two, three)):
        for name, value in aftermath(alone, days()).items():
            np.testing.assert_array_equal(together[name][:, place], np.stack([value] * 2))


@given(st.integers(0, DAYS - 1), st.floats(0, 20), st.floats(0, 300))
def test_what_is_known_lies_where_it_can(day, sales, customers):
    values = found(
        days(hit=on(day), harm=on(day, 0.5), sales=since(day, sales, 10), customers=since(day, customers, 200))
    )
    assert values["recovery_days"] in (0, DAYS - day)
    assert values["recovered"] in (0, 1)
    assert np.isnan(values["toppled"]) or values["toppled"] in (0, 1)
    assert values["disproportion"] == pytest.approx((10 - sales) * (DAYS - day) / 0.5)


# in a comparison


def scenario(**changes) -> Scenario:
    return Scenario.of(
        {
            "days": 40,
            "burn_in_days": 5,
            "network": {"consumers": 200, "mean_degree": 8.0},
            "companies": [{"name": "us", "failure_rate": 0.1}, {"name": "them"}],
            "incident": {"day": 6, "hit_share": 0.9, "severity": 1.0},
            "parameters": {"need_interval": 4.0},
        }
    ).with_values(changes)


HIT = STANDARD.index("hit")


def result(changes: tuple = (), **options):
    return compare(scenario(**dict(changes)), ["silent", "dialogue"], replicates=2, seed=4, **options)


@pytest.fixture(scope="module")
def plain():
    return result()


def test_until_the_incident_the_spared_world_is_the_same(plain):
    np.testing.assert_array_equal(plain.values[..., :6, :], plain.spared[..., :6, :])
    assert (plain.values[:, :, 0, 6] != plain.spared[:, :, 0, 6]).any(axis=-1).all()


def test_nobody_is_hit_where_nothing_strikes(plain):
    assert plain.values[:, :, 0, 6, HIT].min() > 0
    assert plain.spared[..., HIT].sum() == plain.spared[..., STANDARD.index("harm")].sum() == 0


def test_the_spared_world_is_that_of_a_scenario_without_incident(plain):
    quiet = result((("incident", []),))
    assert quiet.spared is None
    np.testing.assert_array_equal(plain.spared, quiet.values)


def test_the_world_that_is_struck_does_not_know_of_the_other(plain):
    alone = result(counterfactual=False)
    np.testing.assert_array_equal(plain.values, alone.values)
    np.testing.assert_array_equal(plain.switches, alone.switches)
    for one, other in ((plain.storms, alone.storms), (plain.cascades, alone.cascades)):
        assert list(one) == list(other)
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_without_the_counterfactual_there_is_no_aftermath(plain):
    alone = result(counterfactual=False)
    names = {quantity.name for quantity in AFTERMATH}
    assert alone.spared is None
    assert alone.quantities == MEASURES
    assert not names & set(alone.summary)
    assert not names & set(alone.to_dict()["measures"])
    assert names <= set(plain.summary)
    assert names <= set(plain.to_dict()["contrasts"])


def test_the_aftermath_is_that_of_the_days(plain):
    by_day = [
        {name: values[..., STANDARD.index(name)] for name in ("sales", "margin", "customers", "hit", "harm")}
        for values in (plain.values, plain.spared)
    ]
    for name, expected in aftermath(*by_day).items():
        assert expected.shape == (2, 2, 2)
        np.testing.assert_array_equal(plain.summary[name], expected)
    lost = (by_day[1]["margin"] - by_day[0]["margin"])[..., 6:].sum(axis=-1)
    np.testing.assert_allclose(plain.summary["margin_lost"], lost)
    assert plain.summary["margin_lost"][:, :, 0].mean() > 0, "nine of ten customers were hit"


def test_an_incident_that_may_come_at_random_parts_the_worlds_from_its_first_day_on():
    changes = {"incident": [{"day": 3, "per_year": 60.0, "hit_share": 0.5}, {"day": 20, "kind": "scandal"}]}
    found = result(tuple(changes.items()))
    np.testing.assert_array_equal(found.values[..., :3, :], found.spared[..., :3, :])
    assert found.spared[..., HIT].sum() == 0
    assert found.values[:, :, 0, 20, HIT].min() > 0


@pytest.mark.parametrize("options", [{"batch": 1}, {"batch": 3}, {"jobs": 2}, {"batch": 8}])
def test_batches_and_jobs_do_not_mix_up_who_is_spared(plain, options):
    found = result(**options)
    np.testing.assert_array_equal(found.values, plain.values)
    np.testing.assert_array_equal(found.spared, plain.spared)
    np.testing.assert_array_equal(found.switches, plain.switches)
    for name in plain.cascades:
        np.testing.assert_array_equal(found.cascades[name], plain.cascades[name])
