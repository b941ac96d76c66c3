"""Sentences say what the numbers say: which way, how sure, and nothing where nothing differs."""

import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from influence_sim.core.measures import by_name
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.words import headline, in_words, losses, number, signed

MEASURES = ("loyalty", "churn", "storm_days", "profit")
TOPICS = {
    "loyalty": "loyalty",
    "churn": "customers lost",
    "storm_days": "days in a firestorm",
    "profit": "profit",
}
SAYINGS = {
    "loyalty": ("keeps more loyalty", "keeps less loyalty"),
    "churn": ("loses more customers", "loses fewer customers"),
    "storm_days": ("burns more often", "burns less often"),
    "profit": ("earns more", "earns less"),
}
ALL = [phrase for pair in SAYINGS.values() for phrase in pair]
REPLICATES = 8
NOISE = np.array([1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, -1.5])


def found(
    *others: dict[str, float | str],
    replicates: int = REPLICATES,
    names: tuple[str, ...] = ("base", "other", "third"),
) -> Comparison:
    """Return a comparison of ``base`` with others, one dict each: measure → difference, ``"noise"`` or 0."""
    values = np.zeros((1 + len(others), replicates, 1, 1, len(MEASURES)))
    values[..., :] = np.arange(1.0, 1 + replicates)[:, None, None, None] * 10
    for s, differences in enumerate(others, 1):
        for m, measure in enumerate(MEASURES):
            difference = differences.get(measure, 0)
            if difference == "noise":
                values[s, :, 0, 0, m] += NOISE[:replicates]
            elif difference == "nothing known":
                values[s, :, 0, 0, m] = np.nan
            elif difference:
                values[s, :, 0, 0, m] += difference * (1 + 0.01 * NOISE[:replicates])
    return Comparison(values, names[: 1 + len(others)], ("us",), by_name(MEASURES), 0, {})


def said(text: str) -> set[str]:
    return {phrase for phrase in ALL if phrase in text}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_sure_difference_is_said_in_its_direction_with_its_numbers(measure, sign):
    (text,) = in_words(found({measure: sign * 4.0, **{m: "noise" for m in MEASURES if m != measure}}))
    assert said(text) == {SAYINGS[measure][sign < 0]}
    assert text.startswith(f"Against base, other {SAYINGS[measure][sign < 0]} (")
    mean, low, high = re.findall(r"[+-]\d+\.\d+", text)
    assert (float(mean) > 0) == (sign > 0)
    assert float(low) <= float(mean) <= float(high)
    assert float(mean) == pytest.approx(sign * 4, abs=0.005)


def test_the_loss_of_fewer_customers_is_no_loss_of_more():
    (text,) = in_words(found({"churn": -2.0}))
    assert "loses fewer customers (-2.00" in text
    (text,) = in_words(found({"churn": 2.0}))
    assert "loses more customers (+2.00" in text


def test_the_same_difference_seen_from_the_other_side_is_said_the_other_way():
    one = found(dict.fromkeys(MEASURES, 3.0))
    other = Comparison(one.values[::-1], ("other", "base"), one.companies, one.measures, 0, {})
    assert said(in_words(one)[0]) == {pair[0] for pair in SAYINGS.values()}
    assert said(in_words(other)[0]) == {pair[1] for pair in SAYINGS.values()}


@pytest.mark.parametrize("loyalty", ["noise", "nothing known"])
def test_what_is_not_sure_is_said_not_to_be(loyalty):
    (text,) = in_words(found({**dict.fromkeys(MEASURES, "noise"), "loyalty": loyalty}))
    assert said(text) == set()
    assert f"{REPLICATES} replicates cannot tell other from base" in text
    assert all(topic in text for topic in TOPICS.values())
    assert "nan" not in text.lower()


def test_where_nothing_differs_that_is_said():
    (text,) = in_words(found({}))
    assert said(text) == set()
    assert "do not differ in any replicate in loyalty, customers lost, days in a firestorm and profit" in text
    assert "cannot tell" not in text


def test_each_measure_is_said_once_in_the_part_where_it_belongs():
    (text,) = in_words(found({"loyalty": 2.0, "churn": "noise", "profit": -5.0}))
    sure, equal, unsure = re.split("; (?![+-])", text.rstrip("."))
    assert said(sure) == {"keeps more loyalty", "earns less"}
    assert "it and base do not differ in any replicate in days in a firestorm" in equal
    assert unsure == "on customers lost 8 replicates cannot tell other from base"


def test_every_strategy_after_the_first_has_its_sentence_against_the_first():
    one, two = in_words(found({"loyalty": 2.0}, {"loyalty": -2.0}))
    assert "Against base, other keeps more loyalty" in one
    assert "Against base, third keeps less loyalty" in two
    assert in_words(found()) == []


@pytest.mark.parametrize("replicates", [1, REPLICATES])
@pytest.mark.parametrize("lost", ["base", "other"])
def test_of_a_strategy_of_which_no_world_finished_only_its_first_error_is_said(lost, replicates):
    one = found({"loyalty": 2.0}, {"loyalty": -2.0}, replicates=replicates)
    one.values[one.strategies.index(lost)] = np.nan
    column = np.array([lost, lost], object)
    one.failures.update(strategy=column, replicate=np.array([0, 0]), error=np.array(["no such lever", "more"], object))
    said = in_words(one)
    assert said[-1] == f"No world of {lost} finished; the first error: no such lever"
    assert not any(lost in sentence for sentence in said[:-1])
    assert any("third" in sentence for sentence in said) == (lost == "other" and replicates > 1)
    assert "failures.csv" in losses(one)[0]
    assert "failures.csv" not in losses(one, is_written=False)[0]


def test_one_replicate_says_nothing():
    (text,) = in_words(found({"loyalty": 2.0}, {"profit": 2.0}, replicates=1))
    assert said(text) == set()
    assert "add replicates" in text


@pytest.mark.parametrize("differences", [{}, dict.fromkeys(MEASURES, 1.0), dict.fromkeys(MEASURES, "noise")])
def test_a_sentence_begins_with_a_capital_and_ends_with_a_full_stop(differences):
    (text,) = in_words(found(differences))
    assert text[0].isupper()
    assert text.endswith(".")
    assert not text.endswith("..")


@pytest.mark.parametrize("differences", [{}, dict.fromkeys(MEASURES, 1.0), dict.fromkeys(MEASURES, "noise")])
@pytest.mark.parametrize("name", ["other", "an other", "über", "2nd"])
def test_a_name_is_shown_as_it_is_wherever_it_stands(differences, name):
    (text,) = in_words(found(differences, names=("base", name)))
    assert re.search(rf"(^| ){name} ", text)
    assert text[0].isupper()


class TestNumbers:
    @given(st.floats(-1e9, 1e9))
    def test_a_number_is_written_to_three_digits_or_better(self, value):
        assume(abs(value) >= 0.01 or value == 0)
        assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.051, abs=0)
        assume(abs(value) >= 1)
        assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.0051)

    @given(st.floats(-1e9, 1e9))
    def test_a_difference_has_its_sign(self, value):
        assume(abs(value) >= 1e-12)
        assert signed(value)[0] == ("+" if value > 0 else "-")
        assert signed(value).lstrip("+-") == number(abs(value))

    def test_nothing_is_a_dash(self):
        assert number(float("nan")) == signed(float("nan")) == "–"

    def test_thousands_are_set_apart(self):
        assert number(-1234567.8) == "-1,234,568"

    @given(st.floats(1e-12, 1e9), st.sampled_from([1, -1]))
    def test_what_is_not_nothing_is_not_written_as_nothing(self, size, sign):
        assert re.search("[1-9]", number(sign * size))

    def test_what_rounding_leaves_is_nothing(self):
        assert number(7e-16) == number(-6e-14) == number(0.0)

    def test_nothing_has_no_direction(self):
        assert number(-0.0) == number(0.0)
        assert signed(-0.0) == signed(0.0)


# the headline


def test_the_headline_claims_what_is_sure_and_nothing_else():
    sure = found({"loyalty": 4.0, "churn": 2.0, "storm_days": -3.0})
    values = sure.values.copy()
    values[1, :, 0, 0, MEASURES.index("profit")] += NOISE + 0.1
    first, second = headline(Comparison(values, sure.strategies, ("us",), sure.measures, 0, {}))
    assert first == "For us, other keeps the most loyalty and burns least often; base loses the fewest customers."
    assert second.startswith("So say 8 paired worlds each, at the 95 % level for all of this together; ")
    assert "the best cannot be told from all others in profit (other not from base)" in second


@pytest.mark.parametrize("replicates", [1, 2, 7])
def test_few_worlds_are_sure_of_nothing(replicates):
    first, second = headline(found({"loyalty": 4.0}, replicates=replicates))
    assert first == "By means alone, for us, other keeps the most loyalty."
    assert "too few to be sure of any of this: take 8 or more" in second


def test_what_is_sure_by_itself_may_not_be_with_all_the_rest():
    """Holm: of m differences the smallest p must be below .05/m, the next below .05/(m - 1), and so on."""
    values = found({measure: "noise" for measure in MEASURES}).values.copy()
    # Means differ a little in all four, or they would not be compared.
    values[1, ..., 1:] += 0.01
    for shift in np.linspace(0.6, 3.0, 25):
        values[1, :, 0, 0, 0] = values[0, :, 0, 0, 0] + NOISE + shift
        mixed = Comparison(values, ("base", "other"), ("us",), by_name(MEASURES), 0, {})
        pair = mixed.contrasts["loyalty"]["other - base"]
        p = 2 * min(pair.p_positive, 1 - pair.p_positive)
        claimed = "keeps the most loyalty" in headline(mixed)[0]
        # The other three differences are noise alone, and larger in p.
        assert claimed == (p < 0.05 / 4)
        assert pair.is_sure == (p < 0.05)


def test_swapping_names_swaps_the_headline():
    one = headline(found({"loyalty": 4.0}, names=("a", "b")))
    other = headline(found({"loyalty": 4.0}, names=("b", "a")))
    assert one[0].replace("b keeps", "a keeps") == other[0]


def test_a_strategy_whose_worlds_all_failed_is_told_and_never_best():
    first, second = headline(found({"loyalty": 4.0}, {measure: "nothing known" for measure in MEASURES}))
    assert "third" not in first
    assert second.endswith("All worlds of third failed.")


def test_where_nothing_differs_the_headline_says_so():
    assert headline(found({}))[0] == "For us, the strategies do not differ in any replicate."
