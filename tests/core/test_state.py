"""Flags share a byte, and none touches another."""

from __future__ import annotations

import numpy as np
import pytest

from influence_sim.core.state import COLUMNS, FLAGS, Flag, Size, State, has, mark

SIZE = Size(worlds=2, companies=3, consumers=7, attributes=1)


@pytest.mark.parametrize("flag", Flag)
def test_a_flag_is_set_where_it_is_set_and_nowhere_else(flag):
    state = State.initial(SIZE)
    rng = np.random.default_rng(1)
    state.flags[:] = rng.integers(0, COLUMNS["flags"].high, state.flags.shape, endpoint=True)
    expected = {other: has(state.flags, other) for other in Flag}
    cells, so = rng.permutation(state.flags.size)[:20], rng.random(20) < 0.5
    mark(state.flags, cells, flag, so)
    expected[flag].ravel()[cells] = so
    mark(state.flags, np.array([3, 5, 3]), flag)
    expected[flag].ravel()[[3, 5]] = True
    mark(state.flags, np.array([3, 8, 8]), flag, False)
    expected[flag].ravel()[[3, 8]] = False
    for other in Flag:
        np.testing.assert_array_equal(has(state.flags, other), expected[other])


def test_all_that_is_known_of_a_cell_is_named():
    state = State.initial(SIZE)
    mark(state.flags, np.array([8]), Flag.HOLLOW)
    views = state.views()
    assert {"trust", *(name.lower() for name in Flag.__members__)} <= set(views)
    assert "flags" not in views
    assert np.flatnonzero(views["hollow"]).tolist() == [8]
    one = state.views((1, 1))
    assert one.keys() == views.keys()
    assert all(value == views[name][1, 1] for name, value in one.items())
    assert set(FLAGS) == set(Flag)
    assert COLUMNS["flags"].high == sum(Flag)
