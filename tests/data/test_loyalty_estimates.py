"""Repeat purchase: known tastes and inertia are recovered, panels are as described, and sorted ones are noticed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.loyalty import LOYALTY, histories, is_sorted_by_brand
from influence_sim.data.tables import DataError, Table, read_table

ALPHA = np.array([0.9, 0.6, 0.3])
BRANDS = np.array(["red", "green", "blue"])
IN_ORDER = ("repeat_share", "repeat_share_6_later", "lasting_taste", "inertia", "inertia_probability")


def panel(inertia, customers=300, purchases=24, seed=1, alpha=ALPHA, least=None):
    """Purchases that repeat the last one with some probability, and else follow tastes that are Dirichlet(α)."""
    random = np.random.default_rng(seed)
    tastes = random.dirichlet(alpha, customers)
    brand = np.empty((customers, purchases), int)
    for k in range(purchases):
        fresh = (random.random((customers, 1)) > tastes.cumsum(axis=1)[:, :-1]).sum(axis=1)
        again = random.random(customers) < inertia
        brand[:, k] = np.where(again & (k > 0), brand[:, k - 1], fresh)
    customer = np.repeat(np.arange(customers), purchases)
    frame = pd.DataFrame({"customer": customer, "choice": BRANDS[brand.ravel()]})
    if least is not None:
        lengths = random.integers(least, purchases + 1, customers)
        frame = frame[np.tile(np.arange(purchases), customers) < np.repeat(lengths, purchases)]
    return Table("panel.csv", frame.reset_index(drop=True), {})


@cache
def real(name):
    return read_table(real_data(f"churn/panel_{name}.csv.gz"))


@cache
def estimated(name):
    return LOYALTY.estimate(real(name))


# what is known is recovered


@pytest.mark.parametrize("inertia", [0.0, 0.35])
@pytest.mark.parametrize("least", [None, 2])
def test_taste_and_inertia_are_recovered(inertia, least):
    found = LOYALTY.estimate(panel(inertia, least=least)).figures
    total = ALPHA.sum()
    by_taste = (ALPHA * (ALPHA + 1)).sum() / (total * (total + 1))
    independent = ((ALPHA / total) ** 2).sum()
    truth = {
        "inertia_probability": inertia,
        "inertia": inertia * (1 - by_taste),
        "lasting_taste": by_taste - independent,
        "repeat_share": by_taste + inertia * (1 - by_taste),
        "repeat_share_6_later": by_taste + inertia**6 * (1 - by_taste),
    }
    for name, value in truth.items():
        assert found[name].low - 0.01 < value < found[name].high + 0.01, name
    assert found["inertia"].high - found["inertia"].low < 0.06
    parts = found["repeat_if_independent"].value + found["lasting_taste"].value + found["inertia"].value
    assert parts == pytest.approx(found["repeat_share_of_more_than_6"].value)


def test_a_small_panel_by_hand():
    """Twenty-one customers buy a a b a: one in three pairs repeats; of three after a, one is a; after b all are a."""
    frame = pd.DataFrame({"customer": np.repeat(np.arange(21), 4), "choice": list("aaba") * 21})
    found = LOYALTY.estimate(Table("hand.csv", frame, {}))
    figures = {name: figure.value for name, figure in found.figures.items()}
    assert figures["repeat_share"] == pytest.approx(1 / 3)
    assert (figures["repeat_share.a"], figures["repeat_share.b"]) == (0.5, 0)
    assert (figures["share.a"], figures["share.b"]) == (0.75, 0.25)
    assert figures["repeat_if_independent"] == pytest.approx(0.75**2 + 0.25**2)
    assert figures["single_brand_share"] == 0
    assert np.isnan([figures["repeat_share_6_later"], figures["inertia"]]).all()
    assert found.diagnostics["switching"]["next_brand_share"] == {"a": [0.5, 0.5], "b": [1, 0]}
    assert [note for note in found.notes if "nobody bought more than 6 times" in note]


def test_time_orders_purchases_and_the_company_may_be_the_brand():
    bought = panel(0.3)
    day = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.tile(np.arange(24), 300), unit="D")
    dated = bought.frame.rename(columns={"choice": "company"}).assign(time=day)
    mixed = Table("mixed.csv", dated.sample(frac=1, random_state=2).reset_index(drop=True), {})
    first, second = (LOYALTY.estimate(table).figures for table in (bought, mixed))
    assert {name: figure.value for name, figure in second.items()} == pytest.approx(
        {name: figure.value for name, figure in first.items()}
    )


def test_purchases_without_customer_or_brand_are_left_out():
    frame = panel(0.3).frame
    frame.loc[::7, "choice"] = None
    assert len(histories(Table("t.csv", frame, {})).brand) == frame["choice"].notna().sum()


# real panels


@pytest.mark.parametrize(
    ("name", "repeat", "independent", "single"),
    [
        ("catsup", 0.570, 0.380, 0.08),
        ("cracker", 0.773, 0.405, 0.21),
        ("yogurt", 0.856, 0.330, 0.24),
        # Of these the description counts repetition as rows stand, which is not in the order of purchase.
        ("ketchup", np.nan, 0.359, 0.68),
        ("tuna", np.nan, 0.279, 0.45),
    ],
)
def test_panels_are_as_described(name, repeat, independent, single):
    found = estimated(name).figures
    assert found["repeat_share"].value == pytest.approx(repeat, abs=0.001, nan_ok=True)
    assert found["repeat_if_independent"].value == pytest.approx(independent, abs=0.001)
    assert found["single_brand_share"].value == pytest.approx(single, abs=0.005)


def test_repetition_is_more_taste_than_inertia():
    for name, later in (("catsup", 0.555), ("cracker", 0.761), ("yogurt", 0.787)):
        found = estimated(name).figures
        assert found["repeat_share_6_later"].value == pytest.approx(later, abs=0.001)
        assert 0 < found["inertia"].low < found["inertia"].high < found["lasting_taste"].value


@pytest.mark.parametrize(("name", "as_rows_stand"), [("ketchup", 0.722), ("tuna", 0.740)])
def test_sorted_panels_are_noticed_and_what_needs_order_is_refused(name, as_rows_stand):
    bought = histories(real(name))
    assert bought.repeats(1).sum() / (bought.sizes - 1).sum() == pytest.approx(as_rows_stand, abs=0.001)
    assert [one for one in LOYALTY.objections(real(name)) if "sorted by brand" in one]
    found = estimated(name)
    assert np.isnan([found.figures[figure].value for figure in IN_ORDER]).all()
    assert "switching" not in found.diagnostics
    assert np.isfinite([figure.value for key, figure in found.figures.items() if key.startswith("share.")]).all()


@pytest.mark.parametrize("name", ["catsup", "cracker", "yogurt"])
def test_panels_in_order_are_not_taken_for_sorted(name):
    assert LOYALTY.objections(real(name)) == []
    frame = real(name).frame.sort_values(["customer", "choice"], kind="stable")
    assert LOYALTY.objections(Table("sorted.csv", frame, {}))


# what is sorted and what only looks like it


def by_customer(rows):
    return Table("t.csv", pd.DataFrame(rows, columns=["customer", "choice"]), {})


def test_switching_once_and_for_good_is_not_sorting():
    """Of contracts many people have two in a row; some go one way and some the other."""
    rows = [(k, brand) for k in range(100) for brand in ("aaaab" if k % 3 else "bbbaa")]
    assert not is_sorted_by_brand(histories(by_customer(rows)))
    one_way = [(k, brand) for k in range(100) for brand in "aaaab"]
    assert is_sorted_by_brand(histories(by_customer(one_way)))
    dated = by_customer(one_way).frame.assign(time=pd.Timestamp("2026-01-01", tz="UTC"))
    assert not is_sorted_by_brand(histories(Table("t.csv", dated, {})))


def test_short_histories_are_not_taken_for_sorted():
    """Of two purchases of a and one of b two orders in three have no more runs than brands."""
    random = np.random.default_rng(3)
    rows = [(k, brand) for k in range(60) for brand in random.permutation(list("aab"))]
    assert not is_sorted_by_brand(histories(by_customer(rows)))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(k, "a") for k in range(40)], "at least 20 customers with two purchases, there are 0"),
        ([(k % 30, "a") for k in range(90)], "at least two brands, all purchases are of 'a'"),
        ([], "at least 20 customers"),
    ],
)
def test_what_cannot_be_estimated_is_said_in_one_line(rows, said):
    with pytest.raises(DataError, match=said) as error:
        LOYALTY.estimate(by_customer(rows))
    assert "\n" not in str(error.value)
    assert LOYALTY.objections(by_customer(rows)) == []
