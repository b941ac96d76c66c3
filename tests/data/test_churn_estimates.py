"""Churn: a known hazard is recovered, the sample of a telephone company is as described, and nothing else is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.churn import CHURN, segments
from influence_sim.data.tables import DataError, Table, read_table

RATE = 0.03


def customers(number=4000, seed=1):
    """Customers who leave at a constant rate and were watched for up to five years; a plan that tells, a colour not."""
    random = np.random.default_rng(seed)
    plan = random.integers(0, 2, number)
    stay, watched = random.exponential(1 / RATE, number), random.uniform(0, 60, number)
    frame = pd.DataFrame(
        {
            "customer": np.arange(number),
            "tenure": np.minimum(stay, watched),
            "churned": (stay <= watched).astype(float),
            "plan": np.where(
                (stay <= watched) & (random.random(number) < 0.5), "short", np.array(["short", "long"])[plan]
            ),
            "colour": random.choice(["red", "green", "blue"], number),
            "price": random.uniform(1, 100, number),
            "country": "one",
        }
    )
    return Table("made.csv", frame, {})


@cache
def telco():
    """IBM calls the operator fictional."""
    return CHURN.estimate(read_table(real_data("churn/telco_customer_churn.csv.gz")))


# what is known is recovered


def test_a_constant_hazard_is_recovered():
    found = CHURN.estimate(customers())
    assert found.figures["monthly_rate"].low < RATE < found.figures["monthly_rate"].high
    for month in (1, 12, 24, 48):
        figure = found.figures[f"survival_month_{month}"]
        assert figure.low < np.exp(-RATE * month) < figure.high
    observed, constant = (np.array(found.diagnostics["survival"][name]) for name in ("observed", "at_constant_rate"))
    assert observed == pytest.approx(constant, abs=0.04)


def test_the_rate_of_a_few_is_exact():
    """Garwood's interval for 3 events is .619 to 8.767."""
    frame = pd.DataFrame({"churned": [1.0] * 3 + [0.0] * 37, "tenure": 10.0})
    rate = CHURN.estimate(Table("few.csv", frame, {})).figures["monthly_rate"]
    assert [400 * one for one in (rate.value, rate.low, rate.high)] == pytest.approx([3, 0.619, 8.767], abs=0.001)


def test_segments_are_columns_of_few_values_without_a_role():
    assert segments(customers()) == ["plan", "colour"]
    found = CHURN.estimate(customers())
    assert {name for name in found.figures if name.startswith("churn.")} == {
        *("churn.plan.short", "churn.plan.long"),
        *("churn.colour.red", "churn.colour.green", "churn.colour.blue"),
    }
    plan, colour = found.diagnostics["segments"]
    assert (plan["column"], colour["column"]) == ("plan", "colour")
    assert plan["p_adjusted"] < 1e-6 < 0.01 < colour["p_adjusted"]
    assert plan["cramers_v"] > 0.2 > 0.05 > colour["cramers_v"]


def test_adjusted_p_values_find_few_of_many_columns_that_tell_nothing():
    random = np.random.default_rng(7)
    frame = customers().frame.assign(**{f"c{k}": random.integers(0, 3, 4000).astype(str) for k in range(60)})
    tests = CHURN.estimate(Table("t.csv", frame, {})).diagnostics["segments"]
    found = [one["column"] for one in tests if one["p_adjusted"] < 0.05]
    assert found[0] == "plan"
    assert len(found) <= 2 < sum(one["p"] < 0.05 for one in tests)
    assert all(one["p_adjusted"] >= one["p"] for one in tests)


def test_values_that_are_missing_are_left_out():
    frame = customers().frame
    frame.loc[:99, "churned"] = np.nan
    frame.loc[100:199, "plan"] = None
    frame.loc[200:299, "tenure"] = -1
    found = CHURN.estimate(Table("t.csv", frame, {}))
    assert found.diagnostics["customers"] == 3900
    assert found.diagnostics["customer_months"] == pytest.approx(frame["tenure"].iloc[np.r_[100:200, 300:4000]].sum())
    assert "churn.plan.nan" not in found.figures
    assert [note for note in found.notes if note.startswith("100 customers without a tenure")]


def test_columns_of_numbers_divide_customers_too():
    frame = customers().frame.assign(senior=np.arange(4000) % 2)
    assert "churn.senior.1" in CHURN.estimate(Table("t.csv", frame, {})).figures


# a real table


def test_churn_is_as_described():
    found = telco()
    assert (found.diagnostics["left"], found.diagnostics["customers"]) == (1_869, 7_043)
    described = {
        "churn": 0.2654,
        "churn.Contract.Month-to-month": 0.427,
        "churn.Contract.One year": 0.113,
        "churn.Contract.Two year": 0.028,
        "churn.TechSupport.No": 0.416,
        "churn.TechSupport.Yes": 0.152,
    }
    assert {name: found.figures[name].value for name in described} == pytest.approx(described, abs=0.0005)
    assert found.diagnostics["tenure_mean"] == pytest.approx(32.4, abs=0.05)


def test_contracts_tell_most_and_sex_nothing():
    tests = {one["column"]: one for one in telco().diagnostics["segments"]}
    assert next(iter(tests)) == "Contract"
    assert tests["gender"]["p_adjusted"] > 0.1
    assert not {"customerID", "customer", "tenure", "churned", "MonthlyCharges"} & set(tests)


def test_people_leave_early_or_not_at_all():
    observed, constant = (np.array(telco().diagnostics["survival"][name]) for name in ("observed", "at_constant_rate"))
    assert (observed[:2] < constant[:2]).all()
    assert observed[3] > constant[3]


def test_cautions_are_said():
    notes = " ".join(telco().notes)
    assert "need not leave because" in notes
    assert "left-truncated" in notes


# tables that cannot tell


@pytest.mark.parametrize(("churned", "said"), [(0.0, "nobody has left"), (1.0, "everybody has left")])
def test_a_table_of_one_kind_is_objected_to(churned, said):
    table = Table("t.csv", customers(100).frame.assign(churned=churned), {})
    assert [one for one in CHURN.objections(table) if one.startswith(said)]
    found = CHURN.estimate(table)
    assert found.figures["churn"].value == churned
    assert found.diagnostics["segments"] == []
    assert CHURN.objections(customers(100)) == []


def test_no_tenure_is_no_survival():
    found = CHURN.estimate(Table("t.csv", customers(100).frame.assign(tenure=0.0), {}))
    assert "monthly_rate" not in found.figures
    assert [note for note in found.notes if "all tenures are 0 or missing" in note]


def test_too_few_customers_are_refused_in_one_line():
    with pytest.raises(DataError, match=r"made\.csv: churn needs at least 30 customers, there are 12") as error:
        CHURN.estimate(customers(12))
    assert "\n" not in str(error.value)
    assert CHURN.lacks(Table("t.csv", pd.DataFrame({"tenure": []}), {})) == "needs churned"
