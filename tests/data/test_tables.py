"""Tables are read whatever they are called and packed in, people become hashes, and each fault is one line."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from real_data import real_data

from influence_sim.data.roles import ROLES, recognised
from influence_sim.data.tables import DataError, read_table

ROWS = [
    ("2026-01-05 09:00", "ann", "Acme", "negative", "it broke"),
    ("2026-01-05 21:30", "bob", "Acme", "positive", "it works"),
    ("2026-01-06 10:00", "ann", "Best", "neutral", "it is"),
]
HEAD = ("created_at", "user_name", "brand", "tone", "body")


def write(path, rows=ROWS, head=HEAD, separator=","):
    lines = [separator.join(head)] if head else []
    text = "\n".join([*lines, *(separator.join(map(str, row)) for row in rows)]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def plain(table):
    """What a table says, but for whose hashes are whose."""
    frame = table.frame
    return [
        [str(time) for time in frame["time"]],
        frame["company"].tolist(),
        frame["sentiment"].tolist(),
        pd.factorize(frame["author"])[0].tolist(),
    ]


EXPECTED = [
    ["2026-01-05 09:00:00+00:00", "2026-01-05 21:30:00+00:00", "2026-01-06 10:00:00+00:00"],
    ["Acme", "Acme", "Best"],
    [-1.0, 1.0, 0.0],
    [0, 1, 0],
]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.txt"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_says_the_same_in_every_dress(tmp_path, name, separator):
    assert plain(read_table(write(tmp_path / name, separator=separator))) == EXPECTED


def test_json_lines_and_parquet_say_the_same(tmp_path):
    frame = pd.DataFrame(ROWS, columns=HEAD)
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in frame.to_dict("records")), "utf-8")
    assert plain(read_table(tmp_path / "a.jsonl")) == EXPECTED
    pytest.importorskip("pyarrow")
    frame["created_at"] = pd.to_datetime(frame["created_at"])
    frame.to_parquet(tmp_path / "a.parquet")
    assert plain(read_table(tmp_path / "a.parquet")) == EXPECTED


def test_people_are_hashed_anew_each_time_and_texts_are_gone(tmp_path):
    file = write(tmp_path / "a.csv")
    one, other = read_table(file), read_table(file)
    for table in (one, other):
        text = table.frame.to_csv() + repr(table)
        assert not [word for word in ("ann", "bob", "it broke", "it works") if word in text]
    assert set(one.frame["author"]).isdisjoint(other.frame["author"]), "the key is thrown away"


@pytest.mark.parametrize(
    ("values", "timezone", "expected", "has_zone", "has_hours"),
    [
        (["2026-07-01 00:30", "2026-07-02 12:00"], "Europe/Berlin", "2026-07-01 00:30:00+02:00", False, True),
        (["2026-07-01T00:30:00Z", "2026-07-02T12:00:00Z"], "Europe/Berlin", "2026-07-01 02:30:00+02:00", True, True),
        (["1782865800", "1782952200"], "UTC", "2026-07-01 00:30:00+00:00", True, True),
        (["1782865800000", "1782952200000"], "UTC", "2026-07-01 00:30:00+00:00", True, True),
        (["20260701", "20260702"], "UTC", "2026-07-01 00:00:00+00:00", False, False),
    ],
)
def test_times_are_read_as_they_are_meant(tmp_path, values, timezone, expected, has_zone, has_hours):
    file = write(tmp_path / "a.csv", [(value, "x") for value in values], ("time", "author"))
    table = read_table(file, timezone=timezone)
    assert str(table.frame["time"][0]) == expected
    assert (table.has_zone, table.has_hours) == (has_zone, has_hours)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Negative emotion", "Positive emotion", "No emotion toward brand or product"], [-1, 1, 0]),
        (["neg", "POS", "neutral"], [-1, 1, 0]),
        (["-0.8", "0.4", "0.01"], [-1, 1, 0]),
        (["0", "1", "-1"], [0, 1, -1]),
        (["very negative", "Somewhat positive", "rather neutral"], [-1, 1, 0]),
    ],
)
def test_sentiment_has_many_names(tmp_path, labels, expected):
    file = write(tmp_path / "a.csv", [(label, "Acme") for label in labels], ("sentiment", "company"))
    assert read_table(file).frame["sentiment"].tolist() == expected


def test_stars_are_sentiment_where_there_is_none_and_text_comes_last(tmp_path):
    file = write(tmp_path / "a.csv", [(5, "awful"), (3, "great"), (1, "fine")], ("stars", "text"))
    table = read_table(file)
    assert (table.frame["sentiment"].tolist(), table.sentiment_from) == ([1, 0, -1], "scores")
    pytest.importorskip("vaderSentiment")
    table = read_table(write(tmp_path / "b.csv", [("awful", 1), ("a chair", 2), ("I love it", 3)], ("text", "n")))
    assert (table.frame["sentiment"].tolist(), table.sentiment_from) == ([-1, 0, 1], "text")


def test_a_column_can_be_named_and_unnamed(tmp_path):
    file = write(tmp_path / "a.csv", [("2026-01-05", "2026-02-05", "x")], ("date", "sent", "author"))
    assert read_table(file, {"time": "sent"}).frame["time"][0].month == 2
    assert not read_table(file, {"time": ""}).has("time")
    with pytest.raises(ValueError, match=r"^--column tiem=sent: there is no role 'tiem'; roles are time"):
        read_table(file, {"tiem": "sent"})
    with pytest.raises(ValueError, match=r"^--column time=when: there is no such column; columns are date, sent"):
        read_table(file, {"time": "when"})


def test_no_two_roles_go_by_the_same_surest_name():
    first = [role.names[0] for role in ROLES.values()]
    assert len(set(first)) == len(first)
    assert all(recognised([name])[role] == name for role, about in ROLES.items() for name in about.names[:1])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"time,author\n", "holds no rows"),
        (b"time,author\n2026-01-01,a\n2026-01-02,b,c\n", "Expected 2 fields in line 3, saw 3"),
        (b"time,author\nyesterday,a\n", "column 'time' holds no times; dates such as"),
        (b"time,author\n17,a\n18,b\n", "column 'time' holds numbers that are no times"),
        (b"time,author\n2026-01-01,\xff\xfe\n", "line 2: is not UTF-8 text"),
        (b"\x1f\x8bnonsense", "damaged or cut-off gzip file"),
        (b'{"time": 1}\n[2]\n', "line 2: is list; one object per line is expected"),
        (b'{"time": 1}\n{"time"\n', "line 2: is not JSON"),
        (b"shares,author\nmany,a\n", "column 'shares' holds no numbers"),
        (b"churn,customer\nperhaps,a\n", "column 'churn' holds neither yes nor no"),
    ],
)
def test_each_fault_is_one_line_that_names_the_file(tmp_path, content, said):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert said in message
    assert "\n" not in message


def test_what_is_no_file_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="there is no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path)
    with pytest.raises(ValueError, match="there is no such time zone"):
        read_table(write(tmp_path / "a.csv"), timezone="Mars/Olympus")
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"time,author\n"))
    monkeypatch.setattr("influence_sim.files.LARGEST_BYTES", 4)
    with pytest.raises(DataError, match=r"is larger than .* GiB unpacked; cut it into parts"):
        read_table(bomb)


def test_values_that_cannot_be_read_are_counted_not_hidden(tmp_path):
    file = write(tmp_path / "a.csv", [("2026-01-01", 1), ("soon", 2), ("2026-01-03", "x")], ("time", "shares"))
    table = read_table(file)
    assert table.faults == {"time": 1, "shares": 1}
    assert table.frame["time"].isna().tolist() == [False, True, False]


def test_a_time_that_says_never_is_missing_and_costs_no_other(tmp_path):
    for odd in ("now", "today", "9999-12-31", "9999-12-31T10:00:00Z", "0001-01-01", "2262-04-12"):
        table = read_table(write(tmp_path / "a.csv", [("2026-05-01", 1), (odd, 2)], ("time", "shares")))
        assert table.frame["time"].isna().tolist() == [False, True]
        assert table.faults == {"time": 1}


def test_a_lexicon_finds_less_than_half_of_the_negative_tweets_as_the_page_warns():
    pytest.importorskip("vaderSentiment")
    file = real_data("conversations/airline_tweets_feb2015.csv.gz")
    labelled = read_table(file).frame["sentiment"].to_numpy()
    guessed = read_table(file, {"sentiment": ""}).frame["sentiment"].to_numpy()
    assert np.mean(guessed == labelled) == pytest.approx(0.49, abs=0.005)
    assert np.mean(guessed[labelled == -1] == -1) == pytest.approx(0.44, abs=0.005)
    assert (np.mean(guessed == -1), np.mean(labelled == -1)) == pytest.approx((0.30, 0.63), abs=0.01)


def test_a_code_is_no_sentiment_and_that_is_said(tmp_path):
    table = read_table(write(tmp_path / "a.csv", [(0, "x"), (1, "y")], ("sentiment", "company")))
    assert not table.has("sentiment")
    assert "column 'sentiment' is not read as sentiment" in table.remarks[0]


@pytest.mark.parametrize(
    ("values", "months"),
    [
        (["01/03/2026", "13/03/2026"], [3, 3]),
        (["01/03/2026", "01/13/2026"], [1, 1]),
        (["01.03.2026", "02.03.2026"], [3, 3]),
    ],
)
def test_days_and_months_are_told_apart_by_the_whole_column(tmp_path, values, months):
    file = write(tmp_path / "a.csv", [(value, "x") for value in values], ("time", "author"))
    assert read_table(file).frame["time"].dt.month.tolist() == months


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["01/03/2026", "02/03/2026"], "has 01/03/2026, where the day or the month may come first"),
        (["13/03/2026", "03/13/2026"], "has days first and months first"),
    ],
)
def test_days_that_cannot_be_told_from_months_are_refused(tmp_path, values, said):
    with pytest.raises(DataError, match=said):
        read_table(write(tmp_path / "a.csv", [(value, "x") for value in values], ("time", "author")))


def test_zones_may_be_mixed_and_missing(tmp_path):
    times = ["2026-07-01 10:00", "2026-07-01 10:00Z", "2026-07-01T10:00:00+05:30", "Wed Jul 01 10:00:00 -0700 2026"]
    table = read_table(
        write(tmp_path / "a.csv", [(time, "x") for time in times], ("time", "author")), timezone="Europe/Berlin"
    )
    assert table.frame["time"].dt.strftime("%H:%M").tolist() == ["10:00", "12:00", "06:30", "19:00"]
    assert not table.has_zone


def test_a_column_that_is_called_as_a_role_and_plays_none_is_not_taken_for_it(tmp_path):
    head = ("time", "sent", "company", "brand", "text", "message")
    file = write(tmp_path / "a.csv", [("2026-01-05", "2026-02-05", "A", "B", "awful", "hello")], head)
    table = read_table(file, {"time": "sent", "company": "brand", "text": ""}, sentiment=False)
    assert (table.frame["time"][0].month, table.companies, table.has("text")) == (2, ["B"], False)
    with pytest.raises(ValueError, match=r"^--column: 'sent' is named for two roles; a column plays one$"):
        read_table(file, {"time": "sent", "replied_at": "sent"})


def test_an_empty_column_is_one_without_values(tmp_path):
    """A brand that never answered has an empty column of answers."""
    rows = [(f"2026-01-{day:02} 10:00", "", "A") for day in range(1, 29)]
    table = read_table(write(tmp_path / "a.csv", rows, ("time", "replied_at", "company")))
    assert table.frame["replied_at"].isna().all()
    assert table.faults == {}


def test_long_numbers_of_messages_keep_their_last_digits(tmp_path):
    ids = [567890123456789012, 567890123456789013]
    rows = [{"id": ids[0], "reply_to": None, "inbound": True}, {"id": ids[1], "reply_to": ids[0], "inbound": False}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert read_table(tmp_path / "a.jsonl").frame["reply_to"][1] == str(ids[0])


def test_names_outside_of_roles_do_not_survive_and_segments_do(tmp_path):
    rows = [(f"2026-01-05 {hour:02}:00", f"Alice {hour}", "gold" if hour % 2 else "basic") for hour in range(24)]
    text = read_table(write(tmp_path / "a.csv", rows, ("time", "agent", "plan"))).frame.to_csv()
    assert "Alice" not in text
    assert "gold" in text


@pytest.mark.parametrize(
    ("content", "companies"),
    [
        (b"time;score;company\n2026-01-05;1,5;A\n", ["A"]),
        (b"sep=;\ntime;company\n2026-01-05;A\n", ["A"]),
        (b"time,company\n2026-01-05,NA\n2026-01-05, NA \n", ["NA"]),
        (b"0,time,company\n0,2026-01-05,A\n1,2026-01-05,A\n", ["A"]),
        (b',time,company\n0,2026-01-05,"A\nB"\n', ["A\nB"]),
        (b"time,company,company\n2026-01-05,A,B\n", ["A"]),
        (b"\xef\xbb\xbftime,company\n2026-01-05,A\n", ["A"]),
    ],
)
def test_odd_tables_are_read_as_they_are_meant(tmp_path, content, companies):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    table = read_table(file)
    assert table.companies == companies
    assert table.has("time")


def test_without_a_header_dates_are_found(tmp_path):
    table = read_table(write(tmp_path / "a.csv", [("2026-01-05", "ann"), ("2026-01-06", "bob")], None))
    assert table.roles == {"time": "time"}
    assert len(table) == 2


# limits


def refused_soon(file, said):
    began = time.process_time()
    with pytest.raises(DataError, match=said) as caught:
        read_table(file)
    assert time.process_time() - began < 5
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "a.jsonl",
            "".join(f'{{"k{i}":1}}\n' for i in range(20_000)),
            "more than 1,000 columns; keep those with a role",
        ),
        ("a.jsonl", "{}\n" * 1_000_000, "line 1: is an object without keys; one object per line is expected"),
        ("a.jsonl", '{"a": [' + "[]," * 400_000 + "[]]}\n", "line 1: is longer than 1,048,576 characters; one object"),
        ("a.csv", ",".join(["c"] * 300_000) + "\n" + ",".join(["1"] * 300_000) + "\n", "more than 1,000 columns; keep"),
        ("a.csv", '"a\nb"' + ",c" * 2_000 + "\n", "more than 1,000 columns; keep those"),
        ("a.txt", " ".join(["c"] * 2_000) + "\n", "more than 1,000 columns; keep those"),
        (
            "a.csv",
            ",".join(["c" * 2_000] * 600) + "\n",
            "line 1: is longer than 1,048,576 characters; a row of a table",
        ),
        (
            "a.csv",
            ",".join(["c"] * 1_000) + "\n" * 200_000,
            "more than 200,000,000 cells .*; cut it into parts, or leave",
        ),
    ],
)
def test_tables_beyond_a_limit_are_refused_soon(tmp_path, name, text, said):
    (tmp_path / name).write_text(text, "utf-8")
    refused_soon(tmp_path / name, said)


def test_parquet_is_refused_by_what_it_says_about_itself(tmp_path, monkeypatch):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "a.parquet"
    zeros = pa.table({f"c{n}": np.zeros(1_000_000, np.int8) for n in range(5)})
    with pq.ParquetWriter(file, zeros.schema) as writer:
        for _ in range(41):
            writer.write_table(zeros)
    refused_soon(file, r"more than 200,000,000 cells \(rows times columns\); cut it into parts, or leave out columns")
    pq.write_table(pa.table({f"c{n}": [1] for n in range(1001)}), file)
    refused_soon(file, "more than 1,000 columns; keep those with a role")
    pq.write_table(pa.table({"time": np.arange(1000), "lists": [[0] * 1000] * 1000}), file)
    monkeypatch.setattr("influence_sim.data.files.LARGEST_BYTES", 1000)
    refused_soon(file, "GiB unpacked; cut it into parts")
    monkeypatch.setattr("influence_sim.data.files.MOST_CELLS", 100_000)
    refused_soon(file, "more than 100,000 cells")


def test_a_text_packed_once_counts_as_often_as_it_is_told(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3_000_000, np.int32)), pa.array(["x" * 1000]))
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    refused_soon(tmp_path / "a.parquet", r"a\.parquet: is larger than 2 GiB unpacked; cut it into parts")


def most_memory(file):
    """Bytes that reading a table takes beyond what reading a small one does."""
    said = subprocess.run([sys.executable, "-c", READING, str(file)], capture_output=True, check=True)
    return int(said.stdout)


READING = """
import resource, sys
from influence_sim.data.files import read_rows
from pathlib import Path

file = Path(sys.argv[1])
read_rows(file.with_name("small" + file.suffix))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read_rows(file)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_a_text_packed_once_for_many_rows_is_unpacked_once(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    for name, rows in (("small", 10), ("large", 2_000_000)):
        texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * 1000]))
        pq.write_table(
            pa.table({"text": texts.cast(pa.string()) if rows < 100 else texts}), tmp_path / f"{name}.parquet"
        )
    assert most_memory(tmp_path / "large.parquet") < 2_000_000 * 60, "a thousand bytes per row would be 2 GB"


def test_json_lines_take_a_small_multiple_of_their_text(tmp_path):
    line = json.dumps({"time": "2026-05-01", "author": 7, "company": "Acme", "sentiment": "negative"}) + "\n"
    for name, rows in (("small", 10), ("large", 200_000)):
        (tmp_path / f"{name}.jsonl").write_text(line * rows, "utf-8")
    assert most_memory(tmp_path / "large.jsonl") < 10 * 200_000 * len(line)


def test_keys_that_come_and_go_leave_cells_empty(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(
        '{"time":"2026-01-01"}\n\n{"company":"A","time":null}\n{"time":"2026-01-03","company":"B"}\n', "utf-8"
    )
    frame = read_table(file).frame
    assert frame["company"].isna().tolist() == [True, False, False]
    assert frame["time"].isna().tolist() == [False, True, False]


def test_what_the_memory_does_not_hold_is_said_in_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError

    file = write(tmp_path / "a.csv")
    monkeypatch.setattr("influence_sim.data.files.read_whole", full)
    with pytest.raises(DataError, match=r"a\.csv: is too large for the memory of this machine; cut it into parts$"):
        read_table(file)
