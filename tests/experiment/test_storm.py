"""A storm lived through again is the one that raged: same hours, same people, and its parts add up."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import influence_sim as ins
from influence_sim.core.messages import Kind

STORMY = {"days": 30, "incident.day": 5, "burn_in_days": 20, "incident.severity": 0.9, "network.consumers": 800}


@cache
def compared(keep=True):
    scenario = ins.Scenario.load("shipping_delay").with_values(STORMY)
    return ins.compare(scenario, ["dialogue", "broadcast"], replicates=4, seed=5, keep_messages=keep)


@cache
def storm():
    found = ins.biggest_storm(compared())
    assert found is not None
    return found


def test_it_is_the_biggest_of_all_worlds():
    table = compared().storms
    ours = table["company"] == "our shop"
    worst = np.flatnonzero(ours)[table["area"][ours].argmax()]
    assert storm().area == table["area"][worst]
    assert (storm().strategy, storm().replicate) == (table["strategy"][worst], table["replicate"][worst])
    assert storm().began / 24 == pytest.approx(table["begin"][worst])


def test_the_world_is_the_same_to_the_message():
    """What is told of the storm are the messages that the comparison itself has kept."""
    kept, start = compared().messages, 20 * 24
    mine = (kept["strategy"] == storm().strategy) & (kept["replicate"] == storm().replicate)
    mine &= kept["company"] == "our shop"
    born, author = storm().messages["born"] + start, storm().messages["author"]
    there = {(float(b), int(a)) for b, a in zip(kept["born"][mine], kept["author"][mine], strict=True)}
    assert born.size > 20
    assert {(float(b), int(a)) for b, a in zip(born, author, strict=True)} <= there


def test_hours_and_area_agree():
    inside = (storm().hours >= storm().began - 5) & (storm().hours <= np.nan_to_num(storm().ended, nan=np.inf))
    beyond = (storm().volume[inside] - storm().expected).sum()
    assert beyond == pytest.approx(storm().area, rel=0.02)


def test_the_largest_tree_is_one_and_shares_follow_what_they_pass_on():
    members = storm().largest_tree
    parents = storm().messages["parent"][members]
    assert (parents[1:] >= 0).all()
    assert parents[0] == -1
    assert set(parents[1:].tolist()) <= set(members.tolist())
    born = storm().messages["born"]
    assert (born[members[1:]] >= born[parents[1:]]).all()
    assert storm().messages["kind"][members[0]] != Kind.SHARE


def test_every_tree_has_its_post():
    """Also where the post was written before the storm began."""
    parent, root, kind = (storm().messages[name] for name in ("parent", "root", "kind"))
    shares = np.flatnonzero(kind == Kind.SHARE)
    # Others are posts of their own, also where somebody who got no answer complains again.
    assert np.array_equal(np.flatnonzero(root == np.arange(root.size)), np.flatnonzero(kind != Kind.SHARE))
    assert (parent[shares] >= 0).all()
    assert np.array_equal(root[shares], root[parent[shares]])
    assert (kind[root] != Kind.SHARE).all()
    before = storm().messages["before"]
    assert not before.all()
    born, began = storm().messages["born"], storm().began
    assert (born[before] < began).all()


def test_carriers_passed_on_what_the_trees_hold():
    parent = storm().messages["parent"]
    top = storm().carriers[0]
    assert top.passed_on <= (parent >= 0).sum()
    assert [one.passed_on for one in storm().carriers] == sorted((c.passed_on for c in storm().carriers), reverse=True)
    # The author of the largest cascade has all its shares below.
    root = storm().messages["author"][storm().largest_tree[0]]
    mine = next((one for one in storm().carriers if one.name == str(root)), None)
    assert mine is not None
    assert mine.passed_on >= storm().largest_tree.size - 1
    assert mine.audience == np.diff(storm().graph.offsets)[root]


def test_moments_follow_each_other_and_ever_more_speak_against():
    hours = [moment.hour for moment in storm().moments]
    assert hours == sorted(hours)
    assert hours[0] == storm().began
    speaking = [int(moment.against.sum()) for moment in storm().moments]
    assert speaking == sorted(speaking)
    assert speaking[-1] > 10
    assert speaking[0] < speaking[1]


def test_without_messages_kept_it_is_the_same():
    other = ins.biggest_storm(compared(keep=False))
    assert np.array_equal(other.volume, storm().volume)
    assert other.carriers == storm().carriers


def test_no_storm_is_none():
    quiet = ins.compare(ins.Scenario().with_values({"days": 3, "burn_in_days": 1}), ["silent"], replicates=1)
    assert ins.biggest_storm(quiet) is None


def test_another_network_is_refused():
    with pytest.raises(ValueError, match="not the network of this comparison"):
        ins.biggest_storm(compared(), ins.Scenario().with_values({"network.seed": 3}).graph())
