"""Whatever table and options the data commands are given, they answer, or say in a line what is wrong: status 2."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import warnings
from contextlib import nullcontext
from pathlib import Path

import pytest
from fuzzing import TOKENS, broken, many
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from influence_sim import cli
from influence_sim.data.estimators import ESTIMATORS
from influence_sim.data.roles import ROLES

DATES = (
    "2026-05-01", "2026-05-02 10:00", "2026-05-03T23:59:59Z", "2026-05-03T10:00:00+02:00", "03/04/2026", "13/04/2026",
    "04.05.2026", "20260504", "1777629600", "1777629600000", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01",
    "1677-09-21", "2262-04-12", "Fri May 01 10:00:00 +0000 2026", "May 1, 2026", "2026-W18", "24:00", "now", "today",
    "2026-03-29 02:30", "2026-10-25 02:30", "-1", "1e18", "2026-05-01T10:00:00+99:99", "10:00 AM PST",
)  # fmt: skip
NUMBERS = (
    "0", "1", "2", "3.5", "-1", "7", "40", "1e308", "-1e308", "1e999", "1e-320", "nan", "inf", "-inf", "9" * 40,
    "1,5", "0x10", "1_000", "١٢", "--1", "1e5", "100000",
)  # fmt: skip
WORDS = (
    "", "NA", "NULL", "None", "Acme", "Roots", "acme ", "negative", "positive", "neutral", "yes", "no", "RT", "RE",
    "late, again", "good;bad", "a\tb", '"', "'", "\x00", "\x1b[2J", "\u202e", "é🔥", "=1+1", "[1]", "{}", "x" * 300,
    "../../x", "true", "0.0",
)  # fmt: skip
DAYS = tuple(f"2026-05-{day:02} {hour:02}:30" for day in range(1, 29) for hour in (1, 9, 17))
GOOD = {
    "time": DAYS, "replied_at": tuple(f"{day[:-2]}55" for day in DAYS), "company": ("Acme", "Roots"),
    "author": tuple("abcdefgh"), "customer": tuple(map(str, range(20))), "choice": ("Acme", "Roots"),
    "sentiment": ("negative", "neutral", "positive"), "churned": ("yes", "no"), "inbound": ("true", "false"),
    "cascade": ("1", "2", "3"), "node": tuple(map(str, range(999))), "parent": ("-1", "1", "2"),
    "delay": ("0", "30", "90", "600", "4000", "90000"), "horizon": ("40", "50"), "kind": ("RT", "RE", "MT"),
    "text": ("late, again", "good;bad", "so so", ""),
}  # fmt: skip
"""What belongs into a column; numbers go into the others."""
HEADINGS = (*ROLES, "", "time", "Time ", "0", "column 1", "company (column)", "x" * 300, "\x1b[2J", "é")
ENCODINGS = ("utf-8-sig", "utf-16", "latin-1", "cp1252", "utf-32")
FAULTS = ("column", "cells", "cells", "rows", "header", "head", "encoding", "bytes", "ends", "values", "gzip")


@st.composite
def tables(draw) -> tuple[str, bytes, str]:
    """A file's name, what it holds, and what one might estimate from it: a good table with up to three faults."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    faults = draw(st.lists(st.sampled_from(FAULTS), max_size=3))
    what = draw(st.sampled_from(list(ESTIMATORS.values())))
    headings = list(dict.fromkeys([*rng.choice(what.needs), *rng.sample(list(ROLES), rng.randrange(4))]))
    headings += rng.choices(HEADINGS, k=faults.count("column"))
    rows = rng.choice([0, 1, 2, 5]) if "rows" in faults else rng.choice([30, 90])
    lines = [[rng.choice(GOOD.get(heading, NUMBERS[:7])) for heading in headings] for _ in range(rows)]
    for _ in range(faults.count("cells") if lines else 0):
        odd, share = rng.choice([DATES, NUMBERS, WORDS]), rng.choice([0.05, 0.5, 1.0])
        column = rng.randrange(len(headings))
        for line in lines:
            line[column] = rng.choice(odd) if rng.random() < share else line[column]
    if rng.random() < 0.6:
        name, separator, quote = "t.csv", rng.choice(",,;\t| "), rng.choice(["", '"'])
        text = "".join(separator.join(f"{quote}{one}{quote}" for one in line) + "\n" for line in [headings, *lines])
    else:
        kinds = (len, lambda one: [one], lambda one: {"a": one}, lambda one: None, lambda one: len(one) / 3)
        kind = rng.choice(kinds) if "values" in faults else str
        name = "t.jsonl"
        text = "".join(json.dumps(dict(zip(headings, map(kind, line), strict=True))) + "\n" for line in lines)
    text = text.partition("\n")[2] if "header" in faults else text
    text = rng.choice(["sep=;\n", "# said\n", "\n", " "]) + text if "head" in faults else text
    text = text.replace("\n", rng.choice(["\r\n", "\r", "\n\n"])) if "ends" in faults else text
    data = text.encode(rng.choice(ENCODINGS) if "encoding" in faults else "utf-8", "replace")
    for _ in range(faults.count("bytes")):
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice(TOKENS) + data[at + rng.choice([0, 1, 20]) :]
    return (f"{name}.gz", gzip.compress(data), what.name) if "gzip" in faults else (name, data, what.name)


NAMES = st.sampled_from([*ROLES, "", "nowhere", "column 1", "🔥", "a=b", "\x00"])
ZONES = st.sampled_from([
    "UTC", "utc", "Europe/Berlin", "America/Sao_Paulo", "Etc/GMT-14", "", ".", "..", "../../etc/passwd", "/etc/passwd",
    "Europe", "\x00", "🔥", "x" * 300,
])  # fmt: skip
OPTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("--column"), st.builds("{}={}".format, NAMES, NAMES) | NAMES),
        st.tuples(st.just("--timezone"), ZONES),
        st.tuples(st.just("--json")),
    ),
    max_size=3,
).map(lambda found: [word for one in found for word in one])


def answered(words: list[str]) -> bool:
    """Run a command, and return whether it answered; it has said in one line why if it did not."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = CliRunner().invoke(cli.app, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    assert result.exit_code in (0, 2), (words, result.exit_code, result.stderr)
    assert all(one.isprintable() for one in result.stdout.splitlines()), "nothing that a terminal would obey"
    if result.exit_code == 2:
        said = result.stderr.removesuffix("\n")
        assert said.startswith("influence-sim: "), (words, said)
        assert all(line and line.isprintable() for line in said.split("\n")), (words, said)
        # A file that says what to fit has a line per fault.
        assert "\n" not in said or "fit.toml: " in said, (words, said)
    elif "--json" in words:
        json.loads(result.stdout, parse_constant=pytest.fail)
    return result.exit_code == 0


@pytest.fixture
def place(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("place") / "inside"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_looking_over_and_estimating(place):
    whats = st.sampled_from([None, None, None, *ESTIMATORS, "", "all", "\x1b[2J"])
    outs = st.sampled_from([[], [], ["--out", "set.toml"], ["--out", "../x/y.toml"], ["--out", "."], ["--out", "\x00"]])

    @many
    @given(table=tables(), options=OPTIONS, what=whats, out=outs)
    def case(table, options, what, out):
        name, data, fitting = table
        Path(name).write_bytes(data)
        Path("set.toml").unlink(missing_ok=True)
        answered(["data", "inspect", name, *options])
        answered(["data", "estimate", name, "--what", what or fitting, *options, *out])
        assert [file.name for file in place.parent.iterdir()] == ["inside"], "nothing appears beside the folder"

    case()


SCENARIO = """
days = 5
burn_in_days = 1
[network]
consumers = 20
mean_degree = 3
[[companies]]
name = "Acme"
[[companies]]
name = "Roots"
"""
FIT = b"""
scenario = "tiny.toml"
first = 2026-05-03
last = 2026-05-10
ordinary = 2026-05-06
predicted = 2026-05-12
summaries = ["share", "negative_odds", "surge"]
[companies]
Roots = "Roots"
[free]
"parameters.patience" = [3, 9]
[carried]
"costs.margin" = [5, 10]
"""
RECORD = "time,company,sentiment\n" + "".join(
    f"{day},{company},{one}\n" for day in DAYS for company in GOOD["company"] for one in GOOD["sentiment"]
)
COUNTED = ("--particles", "--generations", "--draws", "--seed", "--jobs")
COUNTS = st.lists(
    st.tuples(st.sampled_from(COUNTED), st.sampled_from(["-1", "0", "1", "2", "20", "1e9", "9" * 30, "nan", ""])),
    max_size=2,
).map(lambda found: [word for one in found for word in one])


def test_what_a_fit_is_given(place, monkeypatch):
    """Up to where it starts to simulate, which the tests of fits do."""
    reached = []
    monkeypatch.setattr("influence_sim.experiment.workers.processes", lambda jobs: nullcontext())

    def begun(case, counts, **how):
        assert counts.shape == (case.days, 2, 2)
        assert counts.min() >= 0
        reached.append(case)
        raise ValueError("begun")

    monkeypatch.setattr("influence_sim.fitting.fit.fit", begun)
    Path("tiny.toml").write_text(SCENARIO, encoding="utf-8")
    good = st.just(("t.csv", RECORD.encode(), ""))

    @many
    @given(case=st.just(FIT) | broken(FIT, packed=False), table=good | good | tables(), options=OPTIONS, numbers=COUNTS)
    def case(case, table, options, numbers):
        shutil.rmtree("out", ignore_errors=True)
        name, data, _ = table
        Path(name).write_bytes(data)
        Path("fit.toml").write_bytes(case)
        assert not answered(["data", "fit", "fit.toml", name, "--out", "out", *options, *numbers, "--quiet"])
        assert [file.name for file in place.parent.iterdir()] == ["inside"], "nothing appears beside the folder"

    case()
    assert reached, "some of it is right"
