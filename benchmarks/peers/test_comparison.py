"""The comparison compares: at a size that takes no time, both sides reach the same."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.peers.comparing import Row, rows_of
from benchmarks.peers.works import LONG, WORKS

NAMES = list(dict.fromkeys(work.name for work in WORKS if work.name not in LONG and work.name != "sir-continuous"))


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_does_the_same_work(name: str) -> None:
    work = dataclasses.replace(next(work for work in WORKS if work.name == name), size=2000)
    for row in rows_of(work, quick=True, against=["C++", "CyNetDiff"], budget=0.1):
        assert isinstance(row, Row), row
        assert row.agree, row
        assert row.ratio > 0
