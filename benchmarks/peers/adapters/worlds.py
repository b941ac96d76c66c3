"""What this library's batches and jobs are measured by: the same worlds without."""

from __future__ import annotations

from functools import partial

from benchmarks.peers.worlds import compared

NAME = ""
WORKS = {
    "batches": {"one at a time": partial(compared, jobs=1, batch=1)},
    "two jobs": {"one job": partial(compared, jobs=1)},
}
