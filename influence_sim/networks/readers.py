"""Readers of network files, and converters from NetworkX and SciPy."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array

from influence_sim.core.graph import Graph
from influence_sim.files import within_memory
from influence_sim.networks.edge_lists import Integers, Labels, NetworkError, as_integers, parse, read_bytes

if TYPE_CHECKING:
    import networkx as nx


@within_memory(NetworkError)
def read(path: str | Path, directed: bool | None = None, *, reverse: bool = False, header: bool | None = None) -> Graph:
    """Read a network; the suffix says how: ``.graphml``, ``.gml``, anything else is an edge list. Each may be gzipped.

    Parameters
    ----------
    path
        The file.
    directed
        Whether the edges have a direction. None: GraphML and GML say so themselves, edge lists have none.
    reverse
        Turn the arcs round; see :func:`read_edge_list`.
    header
        For edge lists, see :func:`read_edge_list`.

    Returns
    -------
    Graph
        ``labels`` are the names in the file, and what was left out is counted.

    Raises
    ------
    NetworkError
        If the file cannot be read, holds no usable network, or contradicts ``directed``.
    """
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    suffix = next((s for s in reversed(suffixes) if s != ".gz"), "")
    if suffix == ".graphml":
        return _converted(_graphml(path), path, directed, reverse)
    if suffix == ".gml":
        return _converted(_gml(path), path, directed, reverse)
    return read_edge_list(path, bool(directed), reverse=reverse, header=header)


@within_memory(NetworkError)
def read_edge_list(
    path: str | Path, directed: bool = False, *, reverse: bool = False, header: bool | None = None
) -> Graph:
    """Read an edge list, plain or gzipped: one edge on a line, its two ends in the first two columns.

    Columns are separated by whitespace or, if the first line of data has them, by commas or semicolons. Further
    columns, such as weights, are ignored, but every line must have as many. Lines that start with ``#`` or ``%`` and
    blank lines are skipped. Ids may be any UTF-8 text without spaces, commas and semicolons. If all are plain integers
    (no leading zeros, within 64 bits) nodes are sorted as numbers, otherwise as text, so the order of the lines does
    not matter.

    Parameters
    ----------
    path
        The file.
    directed
        If True, a line ``u v`` is the arc u → v: v receives what u posts. If False, it is a pair of arcs.
    reverse
        Turn the arcs round. In many published files (SNAP's Epinions, Slashdot, Twitter) a line ``u v`` says
        that u follows or trusts v; messages then flow from v to u, and ``reverse=True`` is right.
    header
        Whether the first line of data is a header. None: it is one if it holds two words over integer ids, two usual
        names of such columns that are nobody's id on another line (``source,target``, ``Follower ID,User ID``), or two
        numbers n m of which m is the number of lines that follow and n no less than the number of nodes and the
        largest id. The header's n is not used: only nodes with an edge are read.

    Returns
    -------
    Graph
        ``labels`` are the ids in the file. ``self_loops`` counts lines. ``parallel_arcs`` counts repeated lines if
        directed, otherwise repeated unordered pairs; a file in which each line also stands the other way
        round lists every edge twice by convention, and the second line is then no parallel edge. ``remarks`` say
        whether a header was taken and further columns were ignored.

    Raises
    ------
    NetworkError
        If the file cannot be read, a line is malformed, or fewer than 2 nodes or no tie is left.
    """
    edges = parse(read_bytes(path), path, header)
    u, v, nodes = edges.source, edges.target, edges.labels.size
    if directed:
        graph = _arcs(u, v, edges.labels, path, reverse)
    else:
        both_ways = bool(np.array_equal(np.sort(u * nodes + v), np.sort(v * nodes + u)))
        graph = _ties(u, v, edges.labels, path, listed=2 if both_ways else 1)
    return _usable(replace(graph, remarks=edges.remarks), path)


@within_memory(NetworkError)
def read_graphml(path: str | Path, *, reverse: bool = False) -> Graph:
    """Read a GraphML file, plain or gzipped, by NetworkX; the file says whether it is directed.

    Ids become labels as in :func:`read_edge_list`; ``reverse`` turns arcs round.

    Parameters
    ----------
    path
        The file.
    reverse
        Turn the arcs round; see :func:`read_edge_list`.

    Returns
    -------
    Graph
        ``labels`` are the names in the file.

    Raises
    ------
    NetworkError
        If the file cannot be read or holds no usable network.
    """
    return _converted(_graphml(path), path, None, reverse)


@within_memory(NetworkError)
def read_gml(path: str | Path, *, reverse: bool = False) -> Graph:
    """Read a GML file, plain or gzipped, by NetworkX; the file says whether it is directed.

    Nodes are named by their labels or, where these are missing or not unique, by their ids, and become labels as in
    :func:`read_edge_list`; ``reverse`` turns arcs round.

    Parameters
    ----------
    path
        The file.
    reverse
        Turn the arcs round; see :func:`read_edge_list`.

    Returns
    -------
    Graph
        ``labels`` are the names in the file.

    Raises
    ------
    NetworkError
        If the file cannot be read or holds no usable network.
    """
    return _converted(_gml(path), path, None, reverse)


def from_networkx(g: nx.Graph[Any]) -> Graph:
    """Return a NetworkX graph (of any of its four classes) as a :class:`Graph`.

    An edge u → v of a directed graph is the arc u → v: v receives what u posts. Nodes that are all integers are sorted
    as numbers; otherwise they are named by ``str(node)`` and sorted as text.

    Parameters
    ----------
    g
        The graph.

    Returns
    -------
    Graph
        ``labels`` are the names of the nodes, None where they are 0, 1, 2 …

    Raises
    ------
    NetworkError
        If there are fewer than 2 nodes, or two nodes have the same name.
    """
    members = list(g.nodes)
    if all(isinstance(node, int | np.integer) and -(2**63) <= node < 2**63 for node in members):
        return _from_networkx(g, np.array(members, dtype=np.int64), g.name or "graph", False)
    return _from_networkx(g, _text([str(node) for node in members]), g.name or "graph", False)


def from_scipy(matrix: ArrayLike | Any) -> Graph:
    """Return a square SciPy sparse (or dense) matrix as a :class:`Graph`.

    An entry [u, v] other than 0 is the arc u → v: v receives what u posts. Duplicate entries are summed first, the
    diagonal counts as self-loops.

    Parameters
    ----------
    matrix
        Shape (nodes, nodes).

    Returns
    -------
    Graph
        Nodes are known by their numbers.

    Raises
    ------
    NetworkError
        If the matrix is not square or has fewer than 2 rows.
    """
    entries = coo_array(matrix)
    if entries.ndim != 2 or entries.shape[0] != entries.shape[1]:
        raise NetworkError(f"an adjacency matrix must be square, got shape {entries.shape}")
    if entries.shape[0] < 2:
        raise NetworkError(f"a network needs at least 2 nodes, got {entries.shape[0]}")
    entries.sum_duplicates()
    source, target = (np.asarray(ends)[entries.data != 0] for ends in entries.coords)
    return Graph.from_arcs(source, target, entries.shape[0])


def as_graph(graph: Any) -> Graph:
    """Return a NetworkX graph, a SciPy (or dense) matrix or a :class:`Graph` as a :class:`Graph`.

    Parameters
    ----------
    graph
        What is to be one.

    Returns
    -------
    Graph
        The same object if it is one already.

    Raises
    ------
    NetworkError
        If it is none of these, or has fewer than 2 nodes.
    """
    if isinstance(graph, Graph):
        if graph.nodes < 2:
            raise NetworkError(f"{graph.name}: a network needs at least 2 nodes, got {graph.nodes}")
        return graph
    if hasattr(graph, "nodes") and hasattr(graph, "edges"):
        return from_networkx(graph)
    if isinstance(graph, np.ndarray) or hasattr(graph, "tocoo"):
        return from_scipy(graph)
    raise NetworkError(f"a graph is a NetworkX graph, a SciPy matrix or a Graph, got {type(graph).__name__}")


def arc_values(graph: Any, name: str) -> NDArray[np.float64]:
    """Return a number per arc, in the order of the arcs of ``as_graph(graph)``.

    For a NetworkX graph it is the edges' attribute ``name``, for a matrix its entries, whatever the name.

    Parameters
    ----------
    graph
        A NetworkX graph or a matrix.
    name
        Of the edges' attribute; of a matrix any text.

    Returns
    -------
    array
        Shape (arcs,).

    Raises
    ------
    NetworkError
        If the graph carries no numbers, an edge has none, or several edges join the same nodes.
    """
    own = as_graph(graph)
    if isinstance(graph, Graph):
        raise NetworkError(f"this graph carries no numbers; give {name!r} as an array, one per arc")
    if hasattr(graph, "edges"):
        if graph.is_multigraph():
            raise NetworkError(f"several edges may join the same nodes; merge them, so that each has one {name!r}")
        place = dict(zip(sorted(graph.nodes, key=_label(own)), range(own.nodes), strict=True))
        edges = [(place[u], place[v], data.get(name)) for u, v, data in graph.edges(data=True) if u != v]
        without = next((edge for edge in edges if not isinstance(edge[2], Real)), None)
        if without is not None:
            labels = own.labels if own.labels is not None else range(own.nodes)
            raise NetworkError(f"edge {labels[without[0]]} – {labels[without[1]]} has no number {name!r}")
        u, v = np.array([edge[:2] for edge in edges], np.int64).reshape(-1, 2).T
        values = np.array([edge[2] for edge in edges], np.float64)
        if not graph.is_directed():
            u, v, values = np.concatenate([u, v]), np.concatenate([v, u]), np.tile(values, 2)
    else:
        entries = coo_array(graph)
        entries.sum_duplicates()
        (u, v), values = (np.asarray(ends, np.int64) for ends in entries.coords), np.asarray(entries.data, np.float64)
        arcs = (u != v) & (values != 0)
        u, v, values = u[arcs], v[arcs], values[arcs]
    return values[np.argsort(u * own.nodes + v, kind="stable")]


def _label(graph: Graph) -> Callable[[Any], Any]:
    """Return how nodes of a NetworkX graph are named, and so sorted."""
    return str if graph.labels is not None and graph.labels.dtype == object else int


def describe(graph: Graph) -> str:
    """Return a line that says how large a graph is, how many are without a tie, and what was left out of its file.

    A graph whose arcs all go both ways is described by its friendships, any other by its arcs. The mean audience is
    the number of arcs per node.

    Parameters
    ----------
    graph
        The graph.

    Returns
    -------
    str
        One line.
    """
    if graph.arcs and _is_symmetric(graph):
        ties = f"{_count(graph.arcs // 2, 'friendship')} ({_count(graph.arcs, 'arc')})"
        parallel = "parallel edge"
    else:
        ties = _count(graph.arcs, "arc")
        parallel = "parallel arc"
    people = "1 person" if graph.nodes == 1 else f"{graph.nodes:,} people"
    left_out = f"{_count(graph.self_loops, 'self-loop')} and {_count(graph.parallel_arcs, parallel)}"
    alone = int(np.count_nonzero(graph.in_degree + graph.out_degree == 0))
    without = f", {alone:,} without a tie" if alone else ""
    audience = f"mean audience {graph.arcs / max(graph.nodes, 1):.1f}"
    return "; ".join([f"{people}{without}, {ties}, {audience}", f"left out {left_out}", *graph.remarks])


def _graphml(path: str | Path) -> nx.Graph[Any]:
    raw = read_bytes(path)
    import networkx as nx

    return _parsed(lambda: nx.read_graphml(io.BytesIO(raw)), path, "GraphML")


def _gml(path: str | Path) -> nx.Graph[Any]:
    raw = read_bytes(path)
    import networkx as nx

    def parse_gml() -> nx.Graph[Any]:
        # NetworkX refuses parallel edges unless told to expect them.
        text = re.sub(r"\bgraph\s*\[", "graph [ multigraph 1 ", raw.decode("utf-8-sig"), count=1)
        g: nx.Graph[Any] = nx.parse_gml(text, label="id")
        names = [data.get("label") for _, data in g.nodes(data=True)]
        if None in names or len({str(name) for name in names}) < len(names):
            return g
        # As texts: 1 and 1.0 are two names, and one number.
        named: nx.Graph[Any] = nx.relabel_nodes(g, dict(zip(g.nodes, map(str, names), strict=True)))
        return named

    return _parsed(parse_gml, path, "GML")


def _parsed(parser: Callable[[], nx.Graph[Any]], path: str | Path, kind: str) -> nx.Graph[Any]:
    """Run one of NetworkX's parsers, which fail with many kinds of errors and may warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return parser()
        except MemoryError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise NetworkError(f"{path}: not a readable {kind} file: {reason or type(error).__name__}") from error


def _converted(g: nx.Graph[Any], path: str | Path, directed: bool | None, reverse: bool) -> Graph:
    """Return the graph of a file."""
    if directed is not None and directed != g.is_directed():
        says = "directed" if g.is_directed() else "undirected"
        raise NetworkError(f"{path}: the file says that it is {says}; leave out directed={directed}")
    names = [str(node) for node in g.nodes]
    numbers = as_integers(names)
    return _usable(_from_networkx(g, _text(names) if numbers is None else numbers, path, reverse), path)


def _from_networkx(g: nx.Graph[Any], labels: Labels, source: str | Path, reverse: bool) -> Graph:
    """Return the graph of ``g`` with its nodes, in their order named by ``labels``, sorted by label."""
    if labels.size < 2:
        raise NetworkError(f"{source}: a network needs at least 2 nodes, got {labels.size}")
    order = np.argsort(labels, kind="stable")
    labels = labels[order]
    again = labels[1:] == labels[:-1]
    if again.any():
        raise NetworkError(f"{source}: two nodes are called {labels[1:][again][0]!r}; give them different names")
    place = np.empty(labels.size, dtype=np.int64)
    place[order] = np.arange(labels.size)
    index = dict(zip(g.nodes, place.tolist(), strict=True))
    ends = ((index[node] for node in edge[:2]) for edge in g.edges())
    u, v = np.fromiter(chain.from_iterable(ends), np.int64, 2 * g.number_of_edges()).reshape(-1, 2).T
    if g.is_directed():
        return _arcs(u, v, labels, source, reverse)
    return _ties(u, v, labels, source, listed=1)


def _text(names: list[str]) -> NDArray[np.object_]:
    return np.array(names, dtype=object)


def _arcs(u: Integers, v: Integers, labels: Labels, source: str | Path, reverse: bool) -> Graph:
    """Return the directed graph of arcs u → v, turned round if ``reverse``."""
    u, v = (v, u) if reverse else (u, v)
    return Graph.from_arcs(u, v, labels.size, labels=labels, name=Path(source).name)


def _ties(u: Integers, v: Integers, labels: Labels, source: str | Path, listed: int) -> Graph:
    """Return the graph with both arcs of each tie u – v, of which each has been ``listed`` so many times."""
    both = np.concatenate([u, v]), np.concatenate([v, u])
    graph = Graph.from_arcs(*both, labels.size, labels=labels, name=Path(source).name)
    loops = int(np.count_nonzero(u == v))
    return replace(graph, self_loops=loops, parallel_arcs=(u.size - loops) // listed - graph.arcs // 2)


def _usable(graph: Graph, path: str | Path) -> Graph:
    if graph.nodes < 2:
        raise NetworkError(f"{path}: a network needs at least 2 nodes, got {graph.nodes}")
    if not graph.arcs:
        raise NetworkError(f"{path}: no edge joins two different nodes, so no message can flow")
    return graph


def _is_symmetric(graph: Graph) -> bool:
    if not np.array_equal(graph.in_degree, graph.out_degree):
        return False
    u = np.repeat(np.arange(graph.nodes), graph.out_degree)
    v = graph.followers.astype(np.int64)
    return bool(np.array_equal(u * graph.nodes + v, np.sort(v * graph.nodes + u)))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
