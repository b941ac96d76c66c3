"""Whatever ends a run, --resume finishes it with the bytes of one that nothing ended, and no process is left behind."""

import os
import random
import signal
from pathlib import Path

import pytest
from faulty import STRATEGIES, Started, content, here, wait_until

from influence_sim.experiment.workers import WorkerError
from influence_sim.verification.findings import Check
from influence_sim.verification.verify import Size, _spread

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")


@pytest.fixture(scope="module")
def long(tiny) -> tuple[object, ...]:
    """A comparison that takes some seconds, a unit after the other."""
    return ("compare", tiny, *STRATEGIES, "-r", 24, "--batch", 2, "--no-counterfactual", "--quiet", "--out")


def units(out: Path) -> int:
    return len(list(out.glob("worlds/*.nc")))


def kill_a_worker(run: Started) -> str:
    """Send SIGKILL to one of those that run worlds, as a system does that is short of memory."""
    wait_until(run.workers)
    run.workers()[-1].send_signal(signal.SIGKILL)
    return run.end(2)


def terminate(run: Started) -> str:
    """Send SIGTERM, as batch systems do."""
    run.process.send_signal(signal.SIGTERM)
    return run.end(-signal.SIGTERM)


def kill(run: Started) -> str:
    """Send SIGKILL, which nobody can answer."""
    run.process.send_signal(signal.SIGKILL)
    return run.end(-signal.SIGKILL)


@pytest.mark.slow
def test_a_run_that_is_ended_again_and_again_ends_with_the_same_bytes(long, start, tmp_path):
    out, moments = tmp_path / "out", random.Random(7)
    for turn, end in enumerate((kill_a_worker, terminate, kill)):
        before = units(out)
        after = before + moments.randint(1, 2)
        run = start(*long, out, "--jobs", 2, *["--resume"] * bool(turn))
        wait_until(lambda after=after, run=run: units(out) >= after or run.process.poll() is not None)
        said = end(run)
        if end is kill_a_worker:
            lost = "a worker process was ended by something else; was there too little memory?"
            assert said == f"influence-sim: {lost}; what is done is kept, to go on from (--resume)\n"
            assert list(run.temporary.iterdir()) == []
        assert before < units(out) < 24, "it was ended in the middle"
    here(*long, out, "--jobs", 1, "--resume")
    here(*long, tmp_path / "whole", "--jobs", 1)
    assert content(out) == content(tmp_path / "whole")


def test_a_run_that_is_to_replace_results_may_be_ended_before_its_first_unit(words, tmp_path, monkeypatch):
    """What is there stays until something stands in its place, and does not bar the way."""
    from influence_sim.experiment.runner import Task

    out = tmp_path / "out"
    here(*words, out)
    before = content(out)

    def end(*given):
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Task, "run", end)
        assert f"nothing was written to {out}" in here(*words, out, status=130)
    assert content(out) == before
    here(*words, out)
    assert content(out) == before


def deadly(size):
    os.kill(os.getpid(), signal.SIGKILL)


def test_verify_says_in_one_line_that_a_worker_was_lost():
    checks = [Check("deadly", deadly)] * 2
    with pytest.raises(WorkerError, match=r"^a worker process was ended by something else; was there too little"):
        list(_spread(checks, Size.SMALL, 2))
