"""Replies: known delays are recovered, what is said of real files is found, and tables that cannot tell are refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.replies import REPLIES, fit_log_normal, messages, quantile
from influence_sim.data.survival import lasting
from influence_sim.data.tables import DataError, Table, read_table

START = pd.Timestamp("2026-05-01", tz="UTC")
MU, SIGMA, EVER = np.log(12), 1.1, 0.8


def hours_after(start, hours):
    return start + pd.to_timedelta(np.asarray(hours, float), unit="h")


def those(table, kept):
    return replace(table, frame=table.frame[kept].reset_index(drop=True))


def reviews(number=3000, days=20, ever=EVER, seed=3):
    """Reviews over some days, of which a share is answered after log-normal delays; the record ends with the days."""
    random = np.random.default_rng(seed)
    written = hours_after(START, np.sort(random.uniform(0, 24 * days, number)))
    replied = hours_after(written, random.lognormal(MU, SIGMA, number)).to_series(index=range(number))
    seen = (random.random(number) < ever) & (replied <= START + pd.Timedelta(days=days))
    frame = pd.DataFrame(
        {
            "time": written,
            "replied_at": replied.where(seen),
            "company": np.where(np.arange(number) % 2, "one", "two"),
            "score": random.integers(1, 6, number).astype(float),
        }
    )
    return Table("made.csv", frame, {})


def conversations(number=60, silent=10):
    """Threads of an opener, a remark of its author, and answers to both; some openers get no answer."""
    random = np.random.default_rng(5)
    rows = []
    for k in range(number):
        opened = hours_after(START, k)
        ask, more, answer, later = (f"{k}{letter}" for letter in "abcd")
        rows.append((ask, None, opened, 1.0, None))
        if k < silent:
            continue
        delay = random.uniform(0.2, 2)
        rows += [
            (more, ask, hours_after(opened, 0.1), 1.0, None),
            (later, more, hours_after(opened, delay + 1), 0.0, "one"),
            (answer, ask, hours_after(opened, delay), 0.0, "one"),
        ]
    frame = pd.DataFrame(rows, columns=["message", "reply_to", "time", "inbound", "company"])
    return Table("threads.csv", frame.sample(frac=1, random_state=1).reset_index(drop=True), {})


@cache
def banks():
    return read_table(real_data("conversations/kr_bank_app_reviews.csv.gz"), sentiment=False)


@cache
def byu():
    return REPLIES.estimate(read_table(real_data("conversations/byu_telecom_app_reviews.csv.gz")))


@cache
def support_table():
    return read_table(real_data("conversations/twcs_first5000.csv.gz"), sentiment=False)


# what is known is recovered


def test_log_normal_delays_are_recovered_though_the_record_ends_early():
    found = REPLIES.estimate(reviews()).figures
    for name, truth in (("log_delay_mean", MU), ("log_delay_sd", SIGMA), ("eventually_answered", EVER)):
        figure = found[name]
        assert figure.low < truth < figure.high, name
        assert figure.high - figure.low < 0.12
    # Who asked on the last day was not answered yet, which the plain share takes for silence.
    assert found["share_answered"].high < EVER
    day = EVER * 0.7356  # Φ((ln 24 − ln 12) / 1.1) = Φ(.630)
    assert found["answered_within_24_hours"].low < day < found["answered_within_24_hours"].high
    assert found["answered_within_7_days"].value == pytest.approx(EVER * 0.992, abs=0.02)


def test_all_that_are_answered_in_the_end_need_no_share():
    random = np.random.default_rng(2)
    delays, watched = random.lognormal(MU, SIGMA, 1000), random.uniform(0, 30, 1000)
    seen = delays <= watched
    found = fit_log_normal(delays[seen], watched[~seen])
    assert found["mu"].low < MU < found["mu"].high
    assert found["sigma"].low < SIGMA < found["sigma"].high
    assert found["eventually_answered"].value > 0.9


def test_without_unanswered_ones_the_fit_is_that_of_the_logarithms():
    delays = np.random.default_rng(4).lognormal(0, 2, 500)
    found = fit_log_normal(delays, np.empty(0))
    assert found["mu"].value == pytest.approx(np.log(delays).mean(), abs=1e-3)
    assert found["sigma"].value == pytest.approx(np.log(delays).std(), abs=1e-3)
    assert found["mu"].high - found["mu"].value == pytest.approx(1.96 * found["sigma"].value / np.sqrt(500), rel=0.01)
    assert found["eventually_answered"].value == 1


def test_intervals_of_the_median_hold_it_as_often_as_they_say():
    random = np.random.default_rng(6)
    found = [quantile(random.exponential(size=41), 50) for _ in range(400)]
    assert 0.93 <= np.mean([one.low <= np.log(2) <= one.high for one in found]) <= 0.99
    # Of five values one cannot say with so much certainty that any is above the median.
    few = quantile(np.arange(5.0), 50)
    assert (few.value, np.isnan(few.low), np.isnan(few.high)) == (2, True, True)


def test_survival_by_hand():
    """Of four, one ends at 1 and one at 3 after one was lost at 2: 3/4, then 3/4·1/2; nothing is known beyond 4."""
    at_1, at_3, at_5 = lasting(np.array([1.0, 2, 3, 4]), np.array([True, False, True, False]), (1, 3, 5))
    assert (at_1.value, at_3.value, np.isnan(at_5.value)) == (0.75, 0.375, True)
    assert at_3.low < 0.375 < at_3.high


def test_openers_and_their_first_answers_are_found_in_threads():
    found = messages(conversations())
    assert (len(found), int(found["answered"].sum())) == (60, 50)
    assert found["hours"].dropna().between(0.2, 2).all()
    assert found["replier"].dropna().unique().tolist() == ["one"]
    estimates = REPLIES.estimate(conversations())
    assert estimates.figures["share_answered"].value == pytest.approx(50 / 60)
    # The answers to the remark took between .1 and 2.9 hours, so they make the second median greater.
    assert estimates.figures["median_delay_any"].value > estimates.figures["median_delay"].value
    assert REPLIES.objections(conversations()) == []


def test_numbers_of_messages_that_became_floating_point_still_match():
    frame = conversations().frame
    codes = {name: float(code) for code, name in enumerate(frame["message"])}
    changed = frame.assign(message=frame["message"].map(codes).astype(int), reply_to=frame["reply_to"].map(codes))
    assert messages(Table("t.csv", changed, {}))["answered"].sum() == 50


def test_messages_that_answer_each_other_do_no_harm():
    table = conversations()
    extra = [("x", "y", START, 1.0, None), ("y", "x", START, 1.0, None), ("z", "z", START, 0.0, "one")]
    frame = pd.concat([table.frame, pd.DataFrame(extra, columns=table.frame.columns)], ignore_index=True)
    assert len(messages(Table("t.csv", frame, {}))) == 60


def test_shares_are_told_by_company_stars_and_sentiment():
    table = reviews()
    frame = table.frame.assign(sentiment=np.sign(table.frame["score"] - 3))
    frame["replied_at"] = frame["replied_at"].where(frame["company"] == "one")
    found = REPLIES.estimate(Table("made.csv", frame, {})).figures
    assert found["share_answered.two"].value == 0
    assert found["share_answered.one"].value > 0.7
    for group in ("negative", "neutral", "positive", *(f"score {stars}" for stars in range(1, 6))):
        assert found[f"share_answered.{group}"].value == pytest.approx(found["share_answered"].value, abs=0.1)
    assert "median_delay.one" in found
    assert "median_delay.two" not in found


# real files


@pytest.mark.parametrize(
    ("store", "companies", "scores", "delays"),
    [
        (
            "google_play",
            {"KakaoBank": 0.02, "Woori": 0.55, "Shinhan": 0.64, "Toss": 0.67, "Hana": 0.71, "KB Kookmin": 0.74},
            (0.626, 0.718, 0.694, 0.516, 0.401),
            (1.2, 7.2, 19.3, 66, 243),
        ),
        (
            "app_store",
            {"KakaoBank": 0.06, "NH Nonghyup": 0.30, "Woori": 0.40, "Toss": 0.71, "Shinhan": 0.99},
            (0.689, 0.810, 0.750, 0.620, 0.432),
            (29, 38, 50, 100, 566),
        ),
    ],
)
def test_korean_banks_answer_as_described(store, companies, scores, delays):
    found = REPLIES.estimate(those(banks(), banks().frame["store"] == store)).figures
    assert {name: found[f"share_answered.{name}"].value for name in companies} == pytest.approx(companies, abs=0.006)
    by_score = [found[f"share_answered.score {stars}"].value for stars in range(1, 6)]
    assert by_score == pytest.approx(scores, abs=0.001)
    names = ("delay_p10", "delay_p25", "median_delay", "delay_p75", "delay_p90")
    assert [found[name].value for name in names] == pytest.approx(delays, rel=0.02)


def test_reviews_edited_after_the_answer_are_left_out_of_delays():
    found = REPLIES.estimate(banks())
    assert found.diagnostics["answered_before_written"] == 70
    assert any(note.startswith("70 messages are younger than their answer") for note in found.notes)
    assert found.figures["share_answered"].value == pytest.approx(1637 / 2923)


def test_byu_answers_within_minutes():
    found = byu().figures
    assert found["share_answered"].value == pytest.approx(0.9973, abs=1e-4)
    names = ("delay_p10", "delay_p25", "median_delay", "delay_p75", "delay_p90")
    minutes = [60 * found[name].value for name in names]
    # Two answers that are older than their review are left out here.
    assert minutes == pytest.approx([1.7, 2.7, 5.5, 12.9, 36], abs=0.2)


def test_first_answers_to_openers_on_twitter_are_as_described():
    found = REPLIES.estimate(support_table())
    names = ("delay_p10", "delay_p25", "median_delay", "delay_p75", "delay_p90")
    assert found.diagnostics["messages"] == 1_285
    minutes = [60 * found.figures[name].value for name in names]
    assert minutes == pytest.approx([2.4, 5.6, 12.0, 52.6, 356], rel=0.02)


def test_medians_of_brands_on_twitter_are_as_described():
    """The description's are of all their answers, few of which (at Comcast most) are to what a brand said itself."""
    described = {"TMobileHelp": 3.4, "VerizonSupport": 3.6, "SouthwestAir": 4.6, "AskPlayStation": 5.6}
    described |= {"AmericanAir": 7.1, "AmazonHelp": 8.9, "AppleSupport": 9.0, "ChipotleTweets": 9.9, "Delta": 22.5}
    described |= {"Uber_Support": 17.9, "SpotifyCares": 23.1, "XboxSupport": 59.8, "Tesco": 90.6}
    described |= {"British_Airways": 342.5}
    found = REPLIES.estimate(support_table()).figures
    minutes = {name: 60 * found[f"median_delay_any.{name}"].value for name in described}
    assert minutes == pytest.approx(described, rel=0.015)


# tables that cannot tell


def test_a_table_of_answered_conversations_only_tells_no_share():
    for table in (support_table(), conversations(silent=0), answered_only()):
        assert [one for one in REPLIES.objections(table) if "only those that did were collected" in one]
        found = REPLIES.estimate(table).figures
        unknown = ("share_answered", "eventually_answered", "answered_within_24_hours")
        assert np.isnan([found[name].value for name in unknown]).all()
        assert not [name for name in found if name.startswith("share_answered.")]
        assert found["median_delay"].value > 0


def answered_only():
    return those(reviews(), reviews().frame["replied_at"].notna())


def test_dates_without_hours_tell_no_delays():
    frame = reviews().frame
    # Midnight in Berlin.
    days = {name: frame[name].dt.floor("D") - pd.Timedelta(hours=2) for name in ("time", "replied_at")}
    table = Table("dates.csv", frame.assign(**days), {})
    assert [one for one in REPLIES.objections(table) if "dates without hours" in one]
    found = REPLIES.estimate(table).figures
    assert found["share_answered"].value > 0.7
    assert not [name for name in found if "delay" in name or "within" in name]


def test_delays_that_are_not_log_normal_are_said_to_be_so():
    random = np.random.default_rng(8)
    frame = reviews().frame
    split = np.where(random.random(len(frame)) < 0.5, 0.05, 100) * random.uniform(0.9, 1.1, len(frame))
    frame["replied_at"] = hours_after(frame["time"], split).where(random.random(len(frame)) < 0.9)
    assert [note for note in REPLIES.estimate(Table("t.csv", frame, {})).notes if "not log-normal" in note]
    assert not [note for note in REPLIES.estimate(reviews()).notes if "not log-normal" in note]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.head(15), "need at least 20 messages with an answer"),
        (lambda frame: frame.assign(replied_at=frame["time"] - pd.Timedelta(hours=1)), "20 answers later"),
        (lambda frame: frame.assign(replied_at=frame["time"] + pd.Timedelta(hours=2)), "came after 2 hours"),
    ],
)
def test_what_cannot_be_estimated_is_said_in_one_line(change, said):
    with pytest.raises(DataError, match=said) as error:
        REPLIES.estimate(Table("made.csv", change(reviews().frame), {}))
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("made.csv: ")


def test_needs_are_said():
    assert REPLIES.lacks(Table("t.csv", pd.DataFrame({"time": []}), {})).startswith("needs time and replied_at, or ")
    assert REPLIES.lacks(reviews()) == REPLIES.lacks(conversations()) == ""
