"""Cascades have the shapes that graph theory gives their trees, whatever the numbers of their messages are."""

from __future__ import annotations

from dataclasses import fields
from time import process_time

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_data import real_data
from worlds import busy

from influence_sim.core.cascades import Cascades, cascades
from influence_sim.core.messages import Kind, Messages
from influence_sim.experiment.runner import World, prepare

NAMES = [field.name for field in fields(Cascades)]


def tree(parent, born=None):
    """The only cascade of messages that all descend from number 0."""
    found = cascades(np.zeros(len(parent), int), np.asarray(parent), np.zeros(len(parent)) if born is None else born)
    (one,) = zip(*(getattr(found, name) for name in NAMES), strict=True)
    return dict(zip(NAMES, one, strict=True))


@st.composite
def forests(draw, largest=40):
    """Columns of a table: several trees, each message below any other of its tree, their rows shuffled."""
    sizes = draw(st.lists(st.integers(1, largest), min_size=1, max_size=5))
    root, parent = [], []
    for size in sizes:
        first = len(root)
        root += [first] * size
        # Few candidates make deep trees, many make broad ones.
        reach = draw(st.integers(1, size))
        parent += [-1, *(first + draw(st.integers(max(0, k - reach), k - 1)) for k in range(1, size))]
    born = draw(st.lists(st.integers(-50, 50), min_size=len(root), max_size=len(root)))
    return renumbered(np.array(draw(st.permutations(range(len(root))))), np.array(root), np.array(parent), born)


def renumbered(new_number, root, parent, born):
    """The same messages, in which message k stands in row ``new_number[k]``."""
    old = np.argsort(new_number)
    return new_number[root][old], np.where(parent < 0, -1, new_number[parent])[old], np.asarray(born, float)[old]


def same(one, other, names=NAMES):
    for name in names:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


# known shapes


@pytest.mark.parametrize("n", [2, 3, 4, 10, 1_000])
def test_a_broadcast_is_a_star(n):
    found = tree([-1] + [0] * (n - 1))
    assert found["virality"] == pytest.approx(2 - 2 / n, rel=1e-12)
    assert (found["size"], found["depth"], found["breadth"]) == (n, 1, n - 1 if n > 2 else 1)


@pytest.mark.parametrize("n", [2, 3, 4, 7, 8, 9, 1_000, 1_023, 1_024, 1_025])
def test_a_chain_is_a_path(n):
    found = tree(np.arange(-1, n - 1))
    assert found["virality"] == pytest.approx((n + 1) / 3, rel=1e-12)
    assert (found["size"], found["depth"], found["breadth"]) == (n, n - 1, 1)


def test_a_path_that_starts_in_its_middle_is_as_viral_but_half_as_deep():
    found = tree([-1, 0, 0, *range(1, 99)])
    assert found["virality"] == pytest.approx(102 / 3, rel=1e-12)
    assert (found["depth"], found["breadth"]) == (50, 2)


def test_a_message_alone_has_no_pairs():
    found = tree([-1], np.array([7.0]))
    assert np.isnan(found.pop("virality"))
    assert found == {"post": 0, "size": 1, "depth": 0, "breadth": 1, "duration": 0}


def test_no_messages_no_cascades():
    nothing = np.empty(0, int)
    assert [getattr(cascades(nothing, nothing, nothing), name).size for name in NAMES] == [0] * len(NAMES)


def test_the_last_message_need_not_be_the_last_row_nor_the_deepest():
    assert tree([-1, 0, 1, 0], np.array([5.0, 9.5, 8.0, 6.0]))["duration"] == 4.5


# trees of all shapes


@given(forests())
def test_trees_are_those_of_networkx(columns):
    root, parent, born = columns
    found = cascades(*columns)
    np.testing.assert_array_equal(found.post, np.flatnonzero(root == np.arange(root.size)))
    for k, post in enumerate(found.post.tolist()):
        members = np.flatnonzero(root == post).tolist()
        graph = nx.Graph((v, int(parent[v])) for v in members if v != post)
        graph.add_node(post)
        layers = [len(layer) for layer in nx.bfs_layers(graph, post)]
        assert (found.size[k], found.depth[k], found.breadth[k]) == (len(members), len(layers) - 1, max(layers))
        assert found.duration[k] == max(born[v] for v in members) - born[post]
        if len(members) > 1:
            assert found.virality[k] == pytest.approx(nx.average_shortest_path_length(graph), rel=1e-12)
            pairs = len(members) * (len(members) - 1) / 2
            assert found.virality[k] * pairs == pytest.approx(nx.wiener_index(graph), rel=1e-12)
        else:
            assert np.isnan(found.virality[k])


@given(forests())
def test_no_tree_is_less_viral_than_a_star_or_more_than_a_path(columns):
    """Entringer, Jackson & Snyder 1976."""
    found = cascades(*columns)
    n, virality = found.size[found.size > 1], found.virality[found.size > 1]
    assert ((2 - 2 / n - 1e-9 <= virality) & (virality <= (n + 1) / 3 + 1e-9)).all()


@given(forests(), st.randoms(use_true_random=False))
def test_rows_in_another_order_are_the_same_cascades(columns, random):
    new_number = np.arange(columns[0].size)
    random.shuffle(new_number)
    found, moved = cascades(*columns), cascades(*renumbered(new_number, *columns))
    order = np.argsort(new_number[found.post])
    np.testing.assert_array_equal(new_number[found.post][order], moved.post)
    same(Cascades(*(getattr(found, name)[order] for name in NAMES)), moved, NAMES[1:])


@given(forests())
def test_a_tree_among_others_is_what_it_is_alone(columns):
    root, parent, born = columns
    found = cascades(*columns)
    for k, post in enumerate(found.post.tolist()):
        members = np.flatnonzero(root == post)
        own = np.full(root.size, -1)
        own[members] = np.arange(members.size)
        alone = cascades(own[root[members]], np.where(parent[members] < 0, -1, own[parent[members]]), born[members])
        same(Cascades(*(getattr(found, name)[k : k + 1] for name in NAMES)), alone, NAMES[1:])


# tables


def test_a_post_about_another_post_begins_a_cascade_of_its_own():
    table = Messages()
    (case,) = table.append(1, kind=Kind.COMPLAINT, born=1.0)
    (copy,) = table.append(1, kind=Kind.SHARE, root=case, parent=case, born=3.0)
    (rebuttal,) = table.append(1, kind=Kind.PRAISE, parent=copy, born=4.0)
    table.append(1, kind=Kind.REPLY, root=case, parent=case, born=9.0)
    table.append(1, kind=Kind.SHARE, root=rebuttal, parent=rebuttal, born=6.0)
    table.append(1, kind=Kind.SHARE, root=case, parent=copy, born=5.0)
    columns = table.columns()
    found = cascades(columns["root"], columns["parent"], columns["born"])
    assert found.post.tolist() == [case, rebuttal]
    assert (found.size.tolist(), found.depth.tolist(), found.breadth.tolist()) == ([4, 2], [2, 1], [2, 1])
    assert found.virality.tolist() == [10 / 6, 1]
    assert found.duration.tolist() == [8, 2]


@pytest.mark.parametrize("ignored", [-1, 0, 1, 3, -7, 99])
def test_the_parent_of_a_root_is_ignored(ignored):
    root, born = np.array([0, 0, 2, 2]), np.arange(4.0)
    same(cascades(root, np.array([-1, 0, -1, 2]), born), cascades(root, np.array([ignored, 0, ignored, 2]), born))


def test_in_a_running_world_all_messages_are_in_cascades():
    scenario = busy()
    strategies = [World(name, 0) for name in ("silent", "everything")]
    engine = prepare(scenario, scenario.setting(scenario.graph()), strategies, seed=2, measures=("loyalty",))
    engine.run_days(scenario.days)
    table = engine.worlds.messages.columns()
    found = cascades(table["root"], table["parent"], table["born"])
    assert found.size.sum() == table["root"].size
    assert found.depth.max() > 2
    assert (table["parent"][found.post] >= 0).any(), "some posts refer to others"
    # The table counts the depth of shares as they come to be; whatever else is below a root is just below it.
    deepest = np.zeros(table["root"].size, int)
    below = table["root"] != np.arange(table["root"].size)
    np.maximum.at(deepest, table["root"], np.maximum(table["depth"], below))
    np.testing.assert_array_equal(found.depth, deepest[found.post])


# what cannot be


@pytest.mark.parametrize(
    ("root", "parent", "stray"),
    [
        pytest.param([0, 0, 0], [-1, 0, 3], 2, id="parent beyond the table"),
        pytest.param([0, 0, 0], [-1, -1, 0], 1, id="no parent"),
        pytest.param([0, 0, 2, 2], [-1, 0, -1, 1], 3, id="parent in another cascade"),
        pytest.param([0, 0, 1], [-1, 0, 1], 2, id="root that is none"),
        pytest.param([0, 2, 2], [-1, 0, -1], 1, id="parent is another root"),
        pytest.param([0, 2], [-1, 0], 1, id="root beyond the table"),
        pytest.param([0, -1], [-1, 0], 1, id="root before the table"),
        pytest.param([-1, -1], [-1, -1], 0, id="roots not filled in"),
        pytest.param([0, 0], [-1, 1], 1, id="its own parent"),
        pytest.param([0, 0, 0, 0, 0], [-1, 0, 3, 4, 2], 2, id="a circle of three"),
        pytest.param([0, 0, 0, 0], [-1, 2, 3, 2], 1, id="below a circle"),
    ],
)
def test_messages_that_do_not_descend_from_their_root_are_refused(root, parent, stray):
    expected = rf"message {stray} \(root {root[stray]}, parent {parent[stray]}\) does not descend from its root$"
    with pytest.raises(ValueError, match=expected):
        cascades(np.array(root), np.array(parent), np.zeros(len(root)))


@pytest.mark.parametrize("shapes", [(2, 1, 2), (2, 2, 1), (1, 2, 2), ((2, 1), (2, 1), (2, 1))])
def test_columns_of_different_lengths_are_refused(shapes):
    root, parent, born = (np.zeros(shape, int) for shape in shapes)
    with pytest.raises(ValueError, match=r"^root, parent and born must be 1-D and of one length: .*$"):
        cascades(root, parent, born)


# large tables


def recursive_forest(trees, size, rng):
    """Interleaved random recursive trees: each message hangs on any earlier one of its tree, all equally likely."""
    number = np.arange(trees * size)
    order, root = number // trees, number % trees
    parent = np.where(order > 0, (rng.random(number.size) * order).astype(np.int64) * trees + root, -1)
    return root, parent


def test_a_million_messages_of_random_recursive_trees():
    """Their mean virality is 2(n + 1)/(n − 1)·(H_n − 2 + 2/(n + 1)), and they are counted within seconds.

    The subtree of the j-th message grows as the white balls of Pólya's urn do, begun with 1 white and j − 1 black ones,
    so that E[s(n − s)] = (j − 1)/(j(j + 1))·n(n + 1), to be summed over j = 2 … n.
    """
    trees, n = 1_000, 1_000
    rng = np.random.default_rng(5)
    root, parent = recursive_forest(trees, n, rng)
    root, parent, born = renumbered(rng.permutation(root.size), root, parent, rng.random(root.size))
    start = process_time()
    found = cascades(root, parent, born)
    assert process_time() - start < 5
    assert (found.size == n).all()
    expected = 2 * (n + 1) / (n - 1) * ((1 / np.arange(1, n + 1)).sum() - 2 + 2 / (n + 1))
    assert abs(found.virality.mean() - expected) < 4 * found.virality.std() / trees**0.5


def test_a_chain_of_a_million_takes_seconds_too():
    n = 1_000_000
    rng = np.random.default_rng(6)
    columns = renumbered(rng.permutation(n), np.zeros(n, int), np.arange(-1, n - 1), np.arange(n))
    start = process_time()
    found = cascades(*columns)
    assert process_time() - start < 5
    assert (found.depth.item(), found.duration.item()) == (n - 1, n - 1)
    assert found.virality.item() == pytest.approx((n + 1) / 3, rel=1e-9)


# real cascades


def test_real_retweets_are_far_from_chains_at_each_size():
    """Twitter15 and Twitter16: the largest are nearly as close to broadcasts as the smallest.

    The median of virality is 2.357, its mean 2.531, 95 % are below 3.63. Its median by tenths of size (56 … 3,089
    messages) is 2.30 2.30 2.38 2.38 2.35 2.31 2.28 2.30 2.33 2.63, where stars have 2 and chains a third of their size;
    its rank correlation with size is 0.15. These trees were collected for being large, so none is a post alone.
    """
    index = pd.read_csv(real_data("cascades/twitter15_16_trees.csv.gz"))
    nodes = pd.read_csv(real_data("cascades/twitter15_16_nodes.csv.gz"))
    chosen = index[index["n_roots"] == 1].drop_duplicates("source_tweet_id")["tree"]
    nodes = nodes[nodes["tree"].isin(chosen)].reset_index(drop=True)
    first = nodes.index.to_series().groupby(nodes["tree"]).transform("first").to_numpy()
    parent = np.where(nodes["parent"] < 0, -1, first + nodes["parent"])
    found = cascades(first, parent, nodes["delay_min"].to_numpy() / 60)
    assert np.quantile(found.size, [0.05, 0.25, 0.5, 0.75, 0.95]).round().tolist() == [107, 154, 274, 483, 1_279]
    assert (np.median(found.depth), found.depth.max()) == (3, 16)
    tenths = np.array_split(found.virality[np.argsort(found.size, kind="stable")], 10)
    medians = np.array([np.median(tenth) for tenth in tenths])
    assert medians.max() < 3
    assert np.ptp(medians) < 0.5
