"""What is wrong with a record is found: copies, gaps, days cut short, companies collected later, limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.days import collected, full_days
from influence_sim.data.inspection import inspect
from influence_sim.data.tables import Table, read_table

START = pd.Timestamp("2026-03-02", tz="UTC")


def posts(days=12, per_day=40, seed=1, companies=("Acme",)):
    """Posts at random times of some days, evenly shared by companies."""
    random = np.random.default_rng(seed)
    time = START + pd.to_timedelta(np.sort(random.uniform(0, 24 * days, days * per_day)), unit="h")
    return pd.DataFrame({"time": time, "company": random.choice(companies, len(time)), "note": np.arange(len(time))})


def findings(frame, **about):
    return inspect(
        Table("made.csv", frame.reset_index(drop=True), {name: name for name in ("time", "company")}, **about)
    )


def test_a_sound_record_has_no_findings():
    assert findings(posts()).findings == ()


def test_a_gap_is_found_and_a_rare_company_has_none():
    frame = posts()
    day = (frame["time"] - START) // pd.Timedelta(days=1)
    assert "1 days in between have no row at all, the first 2026-03-07" in findings(frame[day != 5]).findings[0]
    rare = findings(posts(per_day=2)[lambda rows: rows["time"].dt.day != 7]).findings
    assert not [finding for finding in rare if "gap" in finding]


def test_a_company_collected_later_or_no_longer_is_not_taken_for_silent():
    frame = posts(companies=("Acme", "Best"))
    day = (frame["time"] - START) // pd.Timedelta(days=1)
    late = findings(frame[(frame["company"] == "Acme") | (day >= 5)]).findings
    assert len(late) == 1
    assert late[0].startswith("Best appears from 2026-03-07 only, 5 days after the record begins: collected later")
    gone = findings(frame[(frame["company"] == "Acme") | (day < 9)]).findings
    assert gone[0].startswith("Best disappears after 2026-03-10, 3 days before the record ends")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0, 0, 100, 90, 110], slice(2, 5)),
        ([1, 0, 100, 90, 110], slice(2, 5)),
        ([100, 90, 110, 2], slice(0, 3)),
        ([0, 2, 1, 0, 1, 0], slice(0, 6)),
        ([30, 90, 110, 40], slice(0, 4)),
        ([0, 0, 0], slice(0, 0)),
    ],
)
def test_days_that_were_not_collected_are_told_from_quiet_ones(counts, expected):
    assert collected(np.array(counts, float)) == expected


def test_a_day_cut_short_does_not_count():
    times = posts()["time"]
    cut = times[(times >= START + pd.Timedelta(hours=20)) & (times < START + pd.Timedelta(days=11, hours=9))]
    assert [str(day.date()) for day in full_days(cut, True)[[0, -1]]] == ["2026-03-03", "2026-03-12"]
    assert len(full_days(cut, False)) == 12, "dates alone tell of no hours"


def test_copies_are_counted_and_so_are_answers_before_their_question():
    frame = posts().assign(replied_at=lambda rows: rows["time"] + pd.Timedelta(hours=1))
    frame.loc[:4, "replied_at"] -= pd.Timedelta(hours=3)
    found = findings(pd.concat([frame, frame[10:17]])).findings
    assert found[0].startswith("7 rows are exact copies of another (1.4%)")
    assert found[1].startswith("5 answers are older than what they answer")


def test_a_limit_of_the_collection_is_found():
    frame = posts(companies=("Acme", "Best", "Cost", "Dear"), per_day=100)
    capped = frame.groupby("company").head(150)
    assert "4 groups by company have exactly 150 rows: a limit" in " ".join(findings(capped).findings)


def test_the_airlines_are_found_to_be_what_their_page_says():
    found = inspect(read_table(real_data("conversations/airline_tweets_feb2015.csv.gz")))
    said = "\n".join(found.findings)
    assert "American appears from 2015-02-22 only" in said
    assert "2015-02-16 is covered in part (4 rows)" in said
    assert "2015-02-24 is covered in part (1344 rows)" in said
    assert "times do not tell their zone" in said
    assert dict(found.companies)["United"] == 3822
    assert found.to_dict()["can_estimate"] == ["mentions", "bursts", "cascades"]


def test_copies_in_the_reviews_of_banks_are_found():
    found = inspect(read_table(real_data("conversations/kr_bank_app_reviews.csv.gz")))
    said = "\n".join(found.findings)
    assert "960 rows are exact copies of another" in said
    assert "70 answers are older than what they answer" in said


@pytest.mark.parametrize(
    ("file", "can"),
    [
        ("conversations/twcs_first5000.csv.gz", {"mentions", "bursts", "replies"}),
        ("conversations/sxsw2011_brand_emotion.csv.gz", {"mentions"}),
        ("cascades/tideh_100_retweet_cascades.csv.gz", {"cascades"}),
        ("churn/cdnow_customers_summary.csv.gz", {"purchases"}),
        ("churn/cdnow_sample.txt.gz", {"purchases"}),
        ("churn/panel_catsup.csv.gz", {"loyalty"}),
        ("churn/telco_customer_churn.csv.gz", {"churn"}),
    ],
)
def test_what_real_tables_can_tell_is_recognised_without_help(file, can):
    table = read_table(real_data(file), sentiment=False)
    found = inspect(table).to_dict()
    assert can <= set(found["can_estimate"])
    assert not set(found["can_estimate"]) & set(found["cannot_estimate"])
