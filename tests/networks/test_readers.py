"""Readers find in a file what is published about it, whatever its dress, and name the line that is wrong."""

import gzip
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from real_data import real_data
from scipy.sparse import coo_array, csr_array
from triangles import clustering

from influence_sim.core.graph import Graph
from influence_sim.networks import (
    NetworkError,
    describe,
    erdos_renyi,
    from_networkx,
    from_scipy,
    read,
    read_edge_list,
    read_gml,
    read_graphml,
)


@pytest.fixture
def written(tmp_path):
    """Write a file and return its path."""

    def write(content: str | bytes, name: str = "edges.txt"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def arcs_of(graph: Graph) -> list[tuple]:
    labels = np.arange(graph.nodes) if graph.labels is None else graph.labels
    source = np.repeat(np.arange(graph.nodes), graph.out_degree)
    return list(zip(labels[source].tolist(), labels[graph.followers].tolist(), strict=True))


def left_out(graph: Graph) -> tuple[int, int]:
    return graph.self_loops, graph.parallel_arcs


def same(one: Graph, other: Graph) -> bool:
    return (
        np.array_equal(one.offsets, other.offsets)
        and np.array_equal(one.followers, other.followers)
        and np.array_equal(one.labels, other.labels)
        and left_out(one) == left_out(other)
    )


class TestPublishedNetworks:
    def test_facebook(self):
        graph = read(real_data("graphs/facebook_combined.txt.gz"))
        assert describe(graph) == (
            "4,039 people, 88,234 friendships (176,468 arcs), mean audience 43.7; "
            "left out 0 self-loops and 0 parallel edges"
        )
        assert graph.out_degree.max() == 1_045
        assert clustering(graph) == pytest.approx(0.6055, abs=5e-5)

    def test_wiki_vote(self):
        graph = read(real_data("graphs/wiki-Vote.txt.gz"), directed=True)
        assert describe(graph).startswith("7,115 people, 103,689 arcs, mean audience 14.6;")
        assert clustering(graph) == pytest.approx(0.1409, abs=5e-5)
        assert (30, 1412) in arcs_of(graph)

    def test_enron(self):
        graph = read(real_data("graphs/email-Enron.txt.gz"))
        assert (graph.nodes, graph.arcs // 2) == (36_692, 183_831)
        assert clustering(graph) == pytest.approx(0.4970, abs=5e-5)

    def test_slashdot_has_self_loops(self):
        path = real_data("graphs/soc-Slashdot0902.txt.gz")
        graph = read(path, directed=True)
        assert (graph.nodes, graph.arcs) == (82_168, 948_464 - 78_303)
        assert left_out(graph) == (78_303, 0)
        assert clustering(graph) == pytest.approx(0.0603, abs=5e-5)
        assert read(path).arcs // 2 == 504_230

    def test_nethept_is_a_multigraph_with_a_header(self):
        graph = read(real_data("graphs/nethept_hep.txt.gz"))
        assert (graph.nodes, graph.arcs // 2) == (15_233, 31_376)
        assert left_out(graph) == (39, 58_891 - 39 - 31_376)
        assert graph.out_degree.max() == 64

    def test_both_directions_and_weights_make_no_parallel_edges(self):
        graph = read(real_data("graphs/nethept_wc_15229.txt.gz"))
        assert (graph.nodes, graph.arcs // 2) == (15_229, 31_376)
        assert left_out(graph) == (0, 0)

    def test_a_copy_that_is_shorter_than_its_header_says_is_not_taken_for_whole(self):
        path = real_data("graphs/netphy_phy.txt.gz")
        with pytest.raises(NetworkError, match=r"header of 37,154 nodes and 231,584 edges, but 231,507 follow"):
            read(path)
        graph = read(path, header=True)
        assert (graph.nodes, graph.arcs // 2) == (37_149, 174_161)
        assert read(path, header=False).nodes == 37_151

    def test_higgs_retweets(self):
        graph = read(real_data("cascades/higgs-retweet_network.edgelist.gz"), directed=True)
        assert (graph.nodes, graph.arcs) == (256_491, 328_132)


class TestEdgeLists:
    @pytest.mark.parametrize(
        "text",
        [
            "1 2\n2 3\n10 2\n",
            "1\t2\n2\t3\n10\t2",
            "1,2\n2,3\n10,2\n",
            "1, 2\r\n2 ,3\r\n10,2\r\n",
            "# a comment, with a comma\n%another\n\n  1 2  \n\n2   3\n # late\n10 2\n\n",
            "\ufeff1 2\n2 3\n10 2\n",
            "1 2 0.5\n2 3 1e-3\n10 2 x\n",
            "1,2,0.5,\n2,3,,\n10,2,1,late spring\n",
            '"1","2"\n"2","3"\n"10","2"\n',
            "1 2 {'a': 1, 'b': 2}\n2 3 {'a': 3, 'b': 4}\n10 2 {'a': 5, 'b': 6}\n",
            "1 2\r2 3\r10 2\r",
            "source,target\n1,2\n2,3\n10,2\n",
            "from to weight\n1 2 3\n2 3 3\n10 2 3\n",
            "10 3\n1 2\n2 3\n10 2\n",
            "1;2\n2;3\n10;2\n",
            '"1"; "2";0,5\n2;3;1,5\n10;2;"late, but spring"\n',
            "Follower;Followed;Weight\n1;2;0,5\n2;3;1,5\n10;2;2,5\n",
        ],
    )
    @pytest.mark.parametrize("packed", [False, True])
    def test_all_dresses_of_one_network_are_read_alike(self, written, text, packed):
        content = text.encode()
        graph = read(written(gzip.compress(content, mtime=0) if packed else content), directed=True)
        assert arcs_of(graph) == [(1, 2), (2, 3), (10, 2)]
        assert graph.labels.dtype == np.int64

    def test_packed_files_are_known_by_their_content(self, written):
        packed = gzip.compress(b"1 2\n", mtime=0)
        assert arcs_of(read(written(packed, "no_suffix"))) == arcs_of(read(written("1 2\n", "not_packed.gz")))

    @pytest.mark.parametrize("directed", [True, False])
    @pytest.mark.parametrize("name", ["{}", "person {}", "Ж{}é"])
    def test_the_order_of_lines_is_irrelevant(self, written, directed, name):
        rng = np.random.default_rng(1)
        name = name.replace(" ", "_")
        lines = [f"{name.format(u)} {name.format(v)}" for u, v in rng.integers(0, 60, (500, 2))]
        one = read(written("\n".join(lines)), directed)
        rng.shuffle(lines)
        assert same(one, read(written("\n".join(lines)), directed))

    def test_integers_are_sorted_as_numbers_and_all_else_as_text(self, written):
        assert read(written("9 10\n-1 9\n")).labels.tolist() == [-1, 9, 10]
        assert read(written("9 10\nx 9\n")).labels.tolist() == ["10", "9", "x"]
        assert read(written("é z\nЖ a\n")).labels.tolist() == ["a", "z", "é", "Ж"]

    @pytest.mark.parametrize("odd", ["007", "+7", "7.0", "1_0", "٧", "9223372036854775808", "1" * 40, "-", "-0", "7a"])
    def test_what_is_not_a_plain_integer_stays_text(self, written, odd):
        assert read(written(f"{odd} 7\n")).labels.tolist() == sorted([odd, "7"])

    def test_large_integers_are_exact(self, written):
        ids = [-(2**63) + 1, 1_580_661_436_132_757_506, 2**63 - 1]
        assert read(written(f"{ids[2]} {ids[0]}\n{ids[0]} {ids[1]}\n")).labels.tolist() == ids

    def test_a_line_points_the_way_messages_flow_unless_reversed(self, written):
        path = written("author reader\n")
        assert arcs_of(read_edge_list(path, directed=True)) == [("author", "reader")]
        assert arcs_of(read_edge_list(path, directed=True, reverse=True)) == [("reader", "author")]
        assert arcs_of(read_edge_list(path, reverse=True)) == arcs_of(read_edge_list(path))

    @pytest.mark.parametrize(
        ("text", "directed", "expected"),
        [
            ("1 2\n1 2\n2 1\n3 3\n3 3\n", True, (2, 1)),
            ("1 2\n1 2\n2 1\n3 3\n3 3\n", False, (2, 2)),
            ("1 2\n2 1\n3 3\n", False, (1, 0)),
            ("1 2\n2 1\n1 2\n2 1\n", False, (0, 1)),
            ("1 2\n2 1\n1 3\n", False, (0, 1)),
        ],
    )
    def test_what_is_left_out_is_counted_by_edges_of_the_file(self, written, text, directed, expected):
        assert left_out(read(written(text), directed)) == expected

    def test_a_header_is_only_seen_where_the_numbers_agree(self, written):
        lines = "0 1\n1 2\n2 3\n"
        assert read(written("4 3\n" + lines)).labels.tolist() == [0, 1, 2, 3]
        assert read(written("4 2\n" + lines)).labels.tolist() == [0, 1, 2, 3, 4]
        assert read(written("3 3\n" + lines)).labels.tolist() == [0, 1, 2, 3]
        assert read(written("3 3\n" + lines)).self_loops == 1
        assert read(written("4 3\n" + lines), header=False).labels.tolist() == [0, 1, 2, 3, 4]
        assert read(written("4 2\n" + lines), header=True).labels.tolist() == [0, 1, 2, 3]
        assert read(written("a 2\n" + lines)).nodes == 5
        assert read(written("one\n" + lines), header=True).nodes == 4

    @pytest.mark.parametrize(
        "header",
        [
            "source,target",
            "FOLLOWER,Followed",
            "user_id,friend-id",
            '"User 1","User 2"',
            "from,to,weight",
            "# c\n\nsrc,dst",
        ],
    )
    def test_usual_names_of_columns_are_no_people(self, written, header):
        weight = ",1" * (header.count(",") - 1)
        path = written(f"{header}\nann,bob{weight}\nbob,cid{weight}\n")
        graph = read(path)
        assert graph.labels.tolist() == ["ann", "bob", "cid"]
        line = 3 if header.startswith("#") else 1
        assert f"; line {line} is taken for a header" in describe(graph)

    @pytest.mark.parametrize(
        "text",
        [
            "source,target\nann,bob\nbob,target\n",
            "source,target\nann,bob\nsource,bob\n",
            "source,bob\nann,bob\n",
            "ann,bob\nbob,cid\n",
            "user,user\nann,bob\n",
            "a b\nc d\n",
            "source target\n",
        ],
    )
    def test_a_first_line_of_people_is_a_tie(self, written, text):
        graph = read(written(text))
        assert set(graph.labels) == set(text.replace(",", " ").split())
        assert "header" not in describe(graph)

    def test_who_says_whether_there_is_a_header_is_believed(self, written):
        path = written("source,target\nann,bob\nbob,cid\n")
        assert read(path, header=False).nodes == 5
        assert "header" not in describe(read(path, header=False))
        path = written("ann,bob\nbob,cid\n")
        assert read(path, header=True).labels.tolist() == ["bob", "cid"]
        assert "; line 1 is taken for a header" in describe(read(path, header=True))

    def test_a_comma_within_the_ids_outweighs_a_semicolon(self, written):
        assert read(written("a;b,c\nc,d\n")).labels.tolist() == ["a;b", "c", "d"]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("1 2\n3\n4 5\n", r"edges\.txt, line 2: '3' has one column; expected two ids"),
            ("# c\n\n1,2\n3\n", r"line 4: '3' has one column"),
            ("1,2\n,3\n", r"line 2: ',3' has"),
            ("1,2\n4,,3\n", r"line 2: '4,,3' has an empty id; expected two ids"),
            ("New York,Boston\n", r"line 1: 'New York,Boston' has a space in the id 'New York'; write ids without"),
            ('Rome,"New York"\n', r"""line 1: 'Rome,"New York"' has a space in the id 'New York'; write ids without"""),
            ("Rome;New York\n", r"line 1: 'Rome;New York' has a space in the id 'New York'; write ids without"),
            ('Ro"me,Oslo\n', r"""has a quotation mark in the id 'Ro"me'; write ids without"""),
            ("source,target\nRome,New York\n", r"line 2: 'Rome,New York' has a space in the id 'New York'"),
            (
                "1 2\n3 4 5\n",
                r"line 2: '3 4 5' has 3 columns where line 1 has 2 \(if line 1 is a header, say .*header=True\)",
            ),
            ("1 2 3\n3 4 5\n1 7\n", r"line 3: '1 7' has 2 columns where line 1 has 3;"),
            (b"1 2\n3 \xff\n", r"line 2: '3 .' is not UTF-8 text; save it as UTF-8$"),
            (b"1 2\n3 4\0\n", r"line 2: '3 4\\x00' is not text"),
            ("1 2\n" + "x" * 200 + "\n", r"line 2: 'x{79}…' has one column"),
            ("", "the file is empty"),
            (" \n\n", "the file is empty"),
            ("# only\n", "has no edges"),
            ("7 7\n", "at least 2 nodes, got 1"),
            ("7 7\n8 8\n", "no edge joins two different nodes"),
            (gzip.compress(b"1 2\n" * 1_000, mtime=0)[:-9], "damaged or cut-off gzip file"),
            (gzip.compress(b"1 2\n", mtime=0)[:12] + b"????????????", "damaged or cut-off gzip file"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, written, content, message):
        path = written(content)
        with pytest.raises(NetworkError, match=message) as caught:
            read(path)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)

    def test_files_that_cannot_be_read(self, tmp_path):
        with pytest.raises(NetworkError, match=r"nowhere\.txt: cannot be read: there is no such file$"):
            read(tmp_path / "nowhere.txt")
        (tmp_path / "friends.txt").touch()
        with pytest.raises(NetworkError, match=r"there is no such file; did you mean friends\.txt\?$"):
            read(tmp_path / "freinds.txt")
        with pytest.raises(NetworkError, match=r"cannot be read"):
            read(tmp_path)

    def test_the_fault_at_the_end_of_a_long_file_is_found(self, written):
        with pytest.raises(NetworkError, match="line 50001: '17' has one column"):
            read(written("1 2\n" * 50_000 + "17\n"))

    @pytest.mark.parametrize("name", ["{}", "n{}", "Ж{}"])
    def test_where_a_file_is_cut_into_pieces_does_not_matter(self, written, monkeypatch, name):
        rng = np.random.default_rng(2)
        pairs = [tuple(map(name.format, pair)) for pair in rng.integers(0, 400, (400, 2)).tolist()]
        body = "# first, a comment\n\n" + "\n% another\n\n".join(f"{u}\t{v} 1" for u, v in pairs)
        for head in ("", "from to weight\n"):
            path = written(head + body)
            whole = read(path, True, header=bool(head))
            for length in (1 << 7, 1 << 10):
                monkeypatch.setattr("influence_sim.networks.edge_lists.LONGEST_LINE", length)
                assert same(whole, read(path, True, header=bool(head)))
                assert same(whole, read(path, True, header=None if head and name == "{}" else bool(head)))
                with pytest.raises(NetworkError, match=rf"line {body.count(chr(10)) + head.count(chr(10)) + 2}: '17' "):
                    read(written(head + body + "\n17\n", "faulty.txt"), header=bool(head))
            monkeypatch.undo()

    def test_a_line_of_any_length_is_refused(self, written):
        path = written("1 2\n" * 300_000 + "3 4" + " 5" * (1 << 20) + "\n")
        with pytest.raises(NetworkError, match=r"line 300001: '3 4 5 .*…' is longer than 1,048,576 bytes; expected"):
            read(path)

    def test_what_the_memory_does_not_hold_is_said_in_one_line(self, written, monkeypatch):
        def full(*_):
            raise MemoryError

        path = written("1 2\n")
        monkeypatch.setattr("influence_sim.networks.edge_lists._cut", full)
        with pytest.raises(NetworkError, match=r"edges\.txt: is too large for the memory of this machine; cut it into"):
            read(path)

    @pytest.mark.parametrize("line", ["1 2\n", "a b\n", "1234567 7654321\n", "alice,bernard\n"])
    def test_parsing_takes_a_small_multiple_of_the_text(self, written, line):
        text = line * (16 * 2**20 // len(line))
        said = subprocess.run([sys.executable, "-c", PARSING, str(written(text))], capture_output=True, check=True)
        assert int(said.stdout) < 14 * len(text)


PARSING = """
import resource, sys
from influence_sim.networks.edge_lists import parse, read_bytes

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
parse(read_bytes(sys.argv[1]), sys.argv[1], None)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


GRAPHS = {
    "undirected": nx.karate_club_graph(),
    "directed": nx.gnp_random_graph(30, 0.1, seed=1, directed=True),
    "words": nx.relabel_nodes(nx.path_graph(12), lambda k: f"Zoë & <{k}>"),
    "multigraph": nx.MultiGraph([(1, 2), (1, 2), (3, 3), (2, 3)]),
    "directed multigraph": nx.MultiDiGraph([(1, 2), (1, 2), (2, 1), (3, 3)]),
}


@pytest.mark.parametrize("g", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize("packed", [False, True])
class TestNetworkxFiles:
    def test_graphml_comes_back(self, g, packed, tmp_path):
        path = tmp_path / ("g.graphml.gz" if packed else "g.graphml")
        nx.write_graphml(g, path)
        assert same(read(path), from_networkx(g))
        assert same(read_graphml(path), from_networkx(g))

    def test_gml_comes_back(self, g, packed, tmp_path):
        path = tmp_path / ("g.gml.gz" if packed else "G.GML")
        nx.write_gml(g, path)
        assert same(read(path), from_networkx(g))
        assert same(read_gml(path), from_networkx(g))

    def test_edge_lists_come_back(self, g, packed, tmp_path):
        if any(isinstance(node, str) for node in g):
            g = nx.relabel_nodes(g, lambda name: name.replace(" ", ""))
        g = g.edge_subgraph(g.edges).copy()
        path = tmp_path / ("g.txt.gz" if packed else "g.txt")
        nx.write_edgelist(g, path)
        assert same(read(path, directed=g.is_directed()), from_networkx(g))


class TestGraphmlAndGml:
    def test_the_file_says_whether_it_is_directed(self, tmp_path):
        path = tmp_path / "g.graphml"
        nx.write_graphml(nx.DiGraph([(1, 2)]), path)
        assert arcs_of(read(path)) == [(1, 2)]
        assert arcs_of(read(path, reverse=True)) == [(2, 1)]
        with pytest.raises(NetworkError, match="says that it is directed; leave out directed=False"):
            read(path, directed=False)

    def test_gml_without_unique_labels_goes_by_ids(self, written):
        one = 'Creator "Newman"\ngraph [ node [ id 4 ] node [ id 12 ] edge [ source 12 target 4 ] ]\n'
        assert read(written(one, "a.gml")).labels.tolist() == [4, 12]
        two = 'graph\n[\n directed 1\n node [ id 4 label "x" ]\n node [ id 12 label "x" ] edge [ source 12 target 4 ] ]'
        assert arcs_of(read(written(two, "b.gml"))) == [(12, 4)]

    def test_gml_keeps_names_apart_that_are_one_number(self, written):
        nodes = "".join(f'node [ id {i} label "{name}" ] ' for i, name in enumerate(("1.0", "1", "2")))
        text = f"graph [ {nodes} edge [ source 0 target 1 ] edge [ source 1 target 2 ] ]"
        assert sorted(map(str, read(written(text, "g.gml")).labels)) == ["1", "1.0", "2"]

    def test_gml_repeats_edges_without_saying_so(self, written):
        text = "graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] edge [ source 2 target 1 ] ]"
        assert left_out(read(written(text, "g.gml"))) == (0, 1)

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("g.graphml", "<graphml", "not a readable GraphML file"),
            ("g.graphml", "1 2\n", "not a readable GraphML file"),
            ("g.graphml", "<a/>", "not a readable GraphML file"),
            ("g.gml", "graph [ node [ id ] ]", "not a readable GML file"),
            ("g.gml", "graph [ node [ id 1 ] edge [ source 1 target 2 ] ]", "not a readable GML file: .*target 2"),
            ("g.gml", b"\xff", "not a readable GML file"),
            ("g.gml", "graph [ node [ id 1 ] ]", "at least 2 nodes, got 1"),
            ("g.gml", "graph [ node [ id 1 ] node [ id 2 ] ]", "no edge joins two different nodes"),
            ("g.gml", "", "the file is empty"),
            ("g.gml.gz", gzip.compress(b"graph [ node [ id 1 ] ]", mtime=0)[:-4], "damaged or cut-off gzip"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, written, name, content, message):
        path = written(content, name)
        with pytest.raises(NetworkError, match=message) as caught:
            read(path)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)


class TestConverters:
    def test_networkx_and_scipy_agree(self):
        matrix = (np.random.default_rng(1).random((40, 40)) < 0.1).astype(int)
        one = from_scipy(csr_array(matrix))
        other = from_networkx(nx.from_numpy_array(matrix, create_using=nx.DiGraph))
        assert one.labels is None
        assert other.labels.tolist() == list(range(40))
        assert arcs_of(one) == arcs_of(other)
        assert left_out(one) == left_out(other) == (np.trace(matrix), 0)

    def test_entries_of_a_matrix_are_arcs_from_row_to_column(self):
        matrix = coo_array(([1.0, 2.0, 0.0, 1.0, -1.0], ([0, 0, 1, 2, 2], [1, 1, 0, 0, 0])), shape=(3, 3))
        for given in (matrix, matrix.tocsr(), matrix.toarray(), matrix.toarray().tolist()):
            assert arcs_of(from_scipy(given)) == [(0, 1)]
        assert matrix.nnz == 5

    def test_a_generated_graph_comes_back(self):
        graph = erdos_renyi(200, 4, 1)
        assert arcs_of(from_networkx(nx.DiGraph(arcs_of(graph)))) == arcs_of(graph)

    def test_isolates_of_networkx_are_kept(self):
        g = nx.Graph([(5, 3)])
        g.add_node(4)
        assert from_networkx(g).labels.tolist() == [3, 4, 5]
        assert arcs_of(from_networkx(g)) == [(3, 5), (5, 3)]

    def test_nodes_that_are_no_integers_are_named_by_their_text(self):
        assert from_networkx(nx.grid_2d_graph(1, 2)).labels.tolist() == ["(0, 0)", "(0, 1)"]
        assert from_networkx(nx.Graph([("10", "9")])).labels.tolist() == ["10", "9"]
        with pytest.raises(NetworkError, match="two nodes are called '1'"):
            from_networkx(nx.Graph([("1", 1)]))

    @pytest.mark.parametrize(
        ("convert", "message"),
        [
            (lambda: from_networkx(nx.Graph()), "at least 2 nodes, got 0"),
            (lambda: from_networkx(nx.complete_graph(1)), "at least 2 nodes, got 1"),
            (lambda: from_scipy(csr_array((2, 3))), r"must be square, got shape \(2, 3\)"),
            (lambda: from_scipy(csr_array((1, 1))), "at least 2 nodes, got 1"),
        ],
    )
    def test_unusable_graphs_are_refused(self, convert, message):
        with pytest.raises(NetworkError, match=message):
            convert()


class TestDescription:
    @pytest.mark.parametrize(
        ("text", "directed", "sentence"),
        [
            (
                "1 2\n",
                False,
                "2 people, 1 friendship (2 arcs), mean audience 1.0; left out 0 self-loops and 0 parallel edges",
            ),
            ("1 2\n", True, "2 people, 1 arc, mean audience 0.5; left out 0 self-loops and 0 parallel arcs"),
            (
                "1 2\n2 3\n2 3\n1 1\n",
                False,
                "3 people, 2 friendships (4 arcs), mean audience 1.3; left out 1 self-loop and 1 parallel edge",
            ),
            (
                "from,to,weight\n1,2,5\n2,3,5\n7,7,5\n",
                True,
                "4 people, 1 without a tie, 2 arcs, mean audience 0.5; left out 1 self-loop and 0 parallel arcs; "
                "line 1 is taken for a header; a third column is ignored",
            ),
            (
                "1 2 5 x\n",
                True,
                "2 people, 1 arc, mean audience 0.5; left out 0 self-loops and 0 parallel arcs; "
                "further columns are ignored",
            ),
            (
                "1 2\n2 3\n2 3\n1 1\n",
                True,
                "3 people, 2 arcs, mean audience 0.7; left out 1 self-loop and 1 parallel arc",
            ),
        ],
    )
    def test_it_counts_what_there_is(self, written, text, directed, sentence):
        assert describe(read(written(text), directed)) == sentence

    def test_unequal_directions_are_no_friendships(self):
        # Everyone has as many followers as followees, but a ring has no mutual tie.
        assert describe(Graph.from_arcs([0, 1, 2], [1, 2, 0], 3)).startswith("3 people, 3 arcs,")

    def test_a_graph_without_arcs(self):
        assert describe(Graph.from_arcs([], [], 1)).startswith("1 person, 1 without a tie, 0 arcs, mean audience 0.0;")
