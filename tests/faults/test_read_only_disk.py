"""A disk that can only be read is read; whoever wants to write to it is told so in one line, before anything is run."""

import shutil

import numpy as np
import pytest
from faulty import content, here

import influence_sim as ins

SAID = "read-only file system; name a folder that can be written to"


def test_what_is_finished_is_read_and_reported_elsewhere(disk, words, whole, tmp_path):
    frozen = disk("10m")
    out = frozen.place / "out"
    shutil.copytree(whole, out)
    frozen.freeze()
    before = content(out)
    assert np.array_equal(ins.open_results(out).values, ins.open_results(whole).values, equal_nan=True)
    here("report", out, "--to", tmp_path / "report", "--quiet")
    assert (tmp_path / "report" / "report.html").stat().st_size > 100_000
    assert here("report", out, "--quiet", status=2) == f"{out / 'report.html'}: {SAID}"
    for resume in ([], ["--resume"]):
        assert here(*words, out, *resume, status=2) == f"{out}: {SAID}"
    with pytest.raises(OSError, match="Read-only file system") as caught:
        ins.open_results(out).write(out)
    assert caught.value.filename == str(out)
    assert content(out) == before


@pytest.mark.parametrize("name", [".", "new", "new/inside"])
def test_nothing_is_run_that_could_not_be_kept(disk, words, tiny, name):
    frozen = disk("1m")
    frozen.freeze()
    out = frozen.place / name
    assert here(*words, out, status=2) == f"{out}: {SAID}"
    assert here("claims", "--quick", "--only", "1", "--quiet", "--out", out, status=2).endswith(SAID)
    assert list(frozen.place.iterdir()) == []
