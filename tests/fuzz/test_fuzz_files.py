"""Whatever a file holds, it is read or refused by an error of the library's own that names it, and soon."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import warnings
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from fuzzing import broken, many
from hypothesis import given
from hypothesis import strategies as st

import influence_sim as ins
from influence_sim.data.tables import DataError, read_table
from influence_sim.experiment.posterior import read_posterior
from influence_sim.files import UnreadableFileError, read_whole
from influence_sim.scenario_files import shipped_scenarios

SCENARIOS = [file.read_bytes() for file in shipped_scenarios().values()]


def graphml():
    file = io.BytesIO()
    nx.write_graphml(nx.karate_club_graph(), file)
    return file.getvalue()


def gml():
    return "\n".join(nx.generate_gml(nx.path_graph(5))).encode()


GRAPHS = {
    "g.txt": b"# who follows whom\n1 2\n2 3\n3 1\n4 1\n",
    "g.csv": b"source,target,weight\nann,bob,1\nbob,cay,2.5\ncay,ann,1\n",
    "g.graphml": graphml(),
    "g.gml": gml(),
}
TABLES = {
    "t.csv": b"time,author,company,text,shares\n" + b"".join(
        b"2026-05-%02dT10:00:00Z,p%d,Acme,\"late, again\",%d\n" % (day, day % 3, day) for day in range(1, 20)
    ),
    "t.tsv": b"customer\tfrequency\trecency\tT\n1\t2\t30.4\t38.9\n2\t0\t0\t20\n",
    "t.jsonl": b'{"time": "2026-05-01", "author": 7, "sentiment": "negative"}\n{"time": 1777629600, "author": null}\n',
}  # fmt: skip


def one_line_each(error, name):
    lines = str(error).splitlines()
    assert lines
    assert all(line.strip() for line in lines)
    assert all(line.isprintable() for line in lines), "nothing that a terminal would obey"
    assert name in lines[0]
    assert all(len(line) < 2000 for line in lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@many
@given(data=broken(*SCENARIOS, packed=False))
def test_scenario_files(folder, data):
    file = folder / "case.toml"
    file.write_bytes(data)
    try:
        scenario = ins.Scenario.load(file)
    except ins.ScenarioError as error:
        one_line_each(error, "case.toml")
    else:
        again = folder / "again.toml"
        again.write_text(scenario.to_toml(), encoding="utf-8")
        assert ins.Scenario.load(again).model_dump() == scenario.model_dump()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(list(ins.Scenario.model_fields)) | st.text(max_size=6)


@many
@given(values=st.dictionaries(KEYS, VALUES, max_size=4))
def test_scenario_values(values):
    try:
        ins.Scenario.of(values, "case")
    except ins.ScenarioError as error:
        one_line_each(error, "case")


DOTTED = st.sampled_from(["network", "incident", "companies.0", "costs", "levers.mine", "parameters", "schedule.x", ""])


@many
@given(table=DOTTED, key=st.text(max_size=6) | st.sampled_from(["day", "name", "consumers", "hit"]), value=VALUES)
def test_dotted_keys(table, key, value):
    try:
        ins.Scenario().with_values({f"{table}.{key}": value})
    except ins.ScenarioError as error:
        one_line_each(error, "scenario")


@pytest.mark.parametrize("name", GRAPHS)
def test_graph_files(folder, name):
    @many
    @given(data=broken(GRAPHS[name]), directed=st.sampled_from([None, True, False]))
    def case(data, directed):
        (folder / name).write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                graph = ins.read(folder / name, directed)
            except ins.NetworkError as error:
                one_line_each(error, name)
            else:
                assert graph.nodes >= 2
                assert graph.arcs == graph.followers.size > 0

    case()


@pytest.mark.parametrize("name", TABLES)
def test_data_tables(folder, name):
    @many
    @given(data=broken(TABLES[name]))
    def case(data):
        (folder / name).write_bytes(data)
        try:
            table = read_table(folder / name)
        except DataError as error:
            one_line_each(error, name)
        else:
            assert isinstance(table.frame, pd.DataFrame)

    case()


def parquet():
    file = io.BytesIO()
    pd.DataFrame({"time": ["2026-05-01", "2026-05-02"], "company": ["a", "b"], "shares": [1, 2]}).to_parquet(file)
    return file.getvalue()


@many
@given(data=broken(parquet(), packed=False))
def test_parquet_tables(folder, data):
    (folder / "t.parquet").write_bytes(data)
    try:
        read_table(folder / "t.parquet")
    except DataError as error:
        one_line_each(error, "t.parquet")


POSTERIOR = b"costs.margin,parameters.patience\n10,6\n11.5,7\n9,5\n"


@many
@given(data=broken(POSTERIOR, packed=False))
def test_posterior_files(folder, data):
    (folder / "p.csv").write_bytes(data)
    try:
        draws = read_posterior(folder / "p.csv", ins.Scenario())
    except ValueError as error:
        one_line_each(error, "p.csv")
    else:
        assert draws


# what would eat the machine


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.toml", b"a = " + b"[" * 100_000),
        ("tables.toml", b"".join(b"[t%d]\n" % n for n in range(200_000))),
        ("dots.toml", b".".join([b"a"] * 100_000) + b" = 1\n"),
        ("items.toml", b"days = [" + b"1," * 100_000 + b"]\n"),
        ("deep.jsonl", b'{"a": ' + b"[" * 100_000 + b"\n"),
        ("deep.gml", b"graph [ " + b"node [ id 1 " * 20_000),
        ("deep.graphml", b"<graphml>" + b"<data>" * 100_000),
        (
            "laughs.graphml",
            b'<!DOCTYPE g [<!ENTITY a "lol">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
            + b"]><graphml>&m;</graphml>",
        ),
    ],
)
def test_what_is_deep_or_swells_is_refused(tmp_path, name, text):
    file = tmp_path / name
    file.write_bytes(text)
    reads = {".toml": ins.Scenario.load, ".jsonl": read_table}
    with pytest.raises((ins.ScenarioError, ins.NetworkError, DataError)) as caught:
        reads.get(file.suffix, ins.read)(file)
    one_line_each(caught.value, name)


@pytest.mark.slow
def test_a_bomb_of_ten_gigabytes_is_refused_before_it_fills_the_memory(tmp_path):
    file = tmp_path / "bomb.txt.gz"
    lines = b"1 2\n" * (1 << 18)
    # Ten gigabytes of the same line: members of one megabyte each, packed once.
    member = gzip.compress(lines, 9)
    with file.open("wb") as stream:
        for _ in range(10 * 1024):
            stream.write(member)
    tracemalloc.start()
    with pytest.raises(
        ins.NetworkError, match=r"unpacks to more than 100 times its size|is larger than 2 GiB unpacked"
    ):
        ins.read(file)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2.6 * 2**30


def test_limits_are_kept_to_the_byte(tmp_path):
    plain, packed = tmp_path / "a", tmp_path / "a.gz"
    plain.write_bytes(b"x" * 1000)
    packed.write_bytes(gzip.compress(b"x" * 1000))
    for file in (plain, packed):
        assert read_whole(file, 1000) == b"x" * 1000
        with pytest.raises(UnreadableFileError, match="is larger than"):
            read_whole(file, 999)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path / "pipe.txt", Path("/dev/zero")):
        with pytest.raises(ins.NetworkError, match="is no regular file"):
            ins.read(path)
