"""A clock that jumps by days and years in mid-run changes no number, stops nothing, and decides nothing."""

import os
import re

import pytest
from faulty import STRATEGIES, content, here

from influence_sim.experiment.folders import Hold, StoreError

JUMPS = '''
"""Before each look at the clock somebody has set it anew: days and years back, and far ahead."""
import itertools
import time

_leap = itertools.cycle([0, 3, -4000, 36500, -20000, 80000]).__next__
_time = time.time
_gmtime, _localtime, _strftime = time.gmtime, time.localtime, time.strftime

def jumping():
    return _time() + 86400 * _leap()

time.time = jumping
time.time_ns = lambda: int(1e9 * jumping())
time.gmtime = lambda seconds=None: _gmtime(jumping() if seconds is None else seconds)
time.localtime = lambda seconds=None: _localtime(jumping() if seconds is None else seconds)
time.strftime = lambda form, when=None: _strftime(form, time.localtime() if when is None else when)
'''


@pytest.mark.slow
def test_a_study_under_a_clock_that_jumps_ends_with_the_same_bytes(tiny, start, tmp_path):
    """With workers, a progress bar, tables, and an archive, the one kind of file that has a place for dates inside."""
    (tmp_path / "sitecustomize.py").write_text(JUMPS, encoding="utf-8")
    words = ("robustness", tiny, *STRATEGIES, "--vary", "incident.severity=0.1:1", "--points", 4, "-r", 2, "--out")
    environment = {"PYTHONPATH": str(tmp_path), "FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "200"}
    said = start(*words, tmp_path / "jumped", "--jobs", 2, **environment).end(0)
    assert "worlds" in said
    assert not re.search(r"-\d+ days?|-\d+:\d\d|Traceback|Warning", said)
    here(*words, tmp_path / "whole", "--jobs", 1, "--quiet")
    assert content(tmp_path / "jumped") == content(tmp_path / "whole")


@pytest.mark.skipif(os.name != "posix", reason="folders are locked on POSIX systems")
@pytest.mark.parametrize("when", [0, 2**33])
def test_who_holds_a_folder_is_no_question_of_time(tmp_path, when):
    """Neither is a hold too old to count, nor is one left behind by somebody from the future."""
    with Hold(tmp_path):
        os.utime(tmp_path, (when, when))
        with pytest.raises(StoreError, match="another run is writing"):
            Hold(tmp_path)
    with Hold(tmp_path):
        pass
