"""Two runs into one folder: one gets it, the other says so; readers disturb nobody."""

import os
from pathlib import Path

import pytest
from faulty import content, here, wait_until

from influence_sim.experiment.folders import Hold, StoreError, write_whole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="folders are locked on POSIX systems")

PATIENT = """
import os, time
from pathlib import Path
import influence_sim as ins

class Patient(ins.Strategy):
    def decide(self, seen):
        Path(os.environ["FOLDER"], str(os.getpid())).touch()
        while not Path(os.environ["FOLDER"], "go").exists():
            time.sleep(0.01)

ins.register(Patient("patient", "waits until it may go on", {}))
"""


def test_one_of_two_runs_gets_the_folder_and_readers_wait_for_it(tiny, start, whole, tmp_path):
    out, gate = tmp_path / "out", tmp_path / "gate"
    gate.mkdir()
    plugin = tmp_path / "patient.py"
    plugin.write_text(PATIENT, encoding="utf-8")
    words = ("compare", tiny, "--plugin", plugin, "-s", "patient,silent", "-r", 2, "--batch", 2, "--jobs", 1, "--quiet")
    both = [start(*words, "--out", out, FOLDER=str(gate)) for _ in range(2)]
    wait_until(lambda: any(one.process.poll() is not None for one in both))
    both.sort(key=lambda one: one.process.poll() is None)
    loser, winner = both
    # The winner is in the middle of its first world.
    said = f"influence-sim: {out}: another run is writing to it; wait for it, or name another folder\n"
    assert loser.end(2) == said
    wait_until(lambda: list(gate.iterdir()))
    assert [file.name for file in gate.iterdir()] == [str(winner.process.pid)]
    assert (
        here("report", out, status=2)
        == f"{out}: holds an unfinished experiment, 0 of 2 parts of it done; resume it (--resume)"
    )
    here("report", whole, "--to", out, "--quiet")
    report = (out / "report.html").read_bytes()
    (gate / "go").touch()
    assert winner.end(0) == ""
    start(*words, "--out", tmp_path / "alone", FOLDER=str(gate)).end(0)
    assert content(out) == {**content(tmp_path / "alone"), "report.html": report}


@pytest.mark.slow
def test_two_reports_of_one_folder_may_be_written_at_once(start, whole, tmp_path):
    """Both read the same worlds and give the same bytes, so that any mixture would differ."""
    out = tmp_path / "report"
    other = start("report", whole, "--to", out, "--quiet")
    here("report", whole, "--to", out, "--quiet")
    ours = content(out)
    assert other.end(0) == ""
    assert list(content(out)) == ["report.html"]
    assert content(out)["report.html"] == ours["report.html"]


def test_two_that_write_one_file_do_not_mix_what_they_write(tmp_path, monkeypatch):
    file, sync = tmp_path / "report.html", os.fsync

    def meanwhile(handle: int) -> None:
        monkeypatch.setattr(os, "fsync", sync)
        write_whole(file, b"theirs")
        assert file.read_bytes() == b"theirs"
        sync(handle)

    monkeypatch.setattr(os, "fsync", meanwhile)
    write_whole(file, b"ours, and longer")
    assert file.read_bytes() == b"ours, and longer"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_is_given_back_only_when_it_has_been_tidied(tmp_path, words, monkeypatch):
    """Otherwise what another run has begun there meanwhile would be removed."""
    from influence_sim.experiment import store
    from influence_sim.experiment.runner import Task

    out, seen = tmp_path / "out", []

    def lost(*given):
        raise KeyboardInterrupt

    def clear(folder: Path) -> None:
        if (folder / "experiment.json").exists():
            return
        with pytest.raises(StoreError, match="another run is writing"):
            Hold(folder)
        seen.append(folder)

    monkeypatch.setattr(Task, "run", lost)
    monkeypatch.setattr(store, "clear", clear)
    here(*words, out, status=130)
    assert seen
    assert not out.exists()
