"""A disk becomes full: one line says where and what helps, nothing is half-written, and what is done stays."""

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from faulty import STRATEGIES, content, here

import influence_sim as ins
from influence_sim.experiment.folders import DRAFT, SCRATCH
from influence_sim.experiment.runner import _watched
from influence_sim.experiment.search import Kept
from influence_sim.experiment.workers import WorkerError

FULL = "no space left on device; make room there"
UNITS = [f"worlds/point-000000-replicates-{replicates}.nc" for replicates in ("000000-000001", "000002-000003")]
RESULTS = Path(__file__).parents[2] / "experiments" / "claims" / "results.json"


def unfinished(folder: Path) -> list[str]:
    return [str(file) for file in folder.rglob("*") if DRAFT in file.name or SCRATCH in file.name]


def test_a_run_goes_on_as_the_disk_grows(disk, words, whole):
    """It fills before the first unit, between units, and twice among the tables; then there is room."""
    small = disk("4k")
    out = small.place / "out"
    assert here(*words, out, status=2) == f"{out / 'experiment.json'}: cannot be written: {FULL}"
    assert list(small.place.iterdir()) == []
    small.make("48k")
    assert here(*words, out, status=2) == f"{out / UNITS[0]}: cannot be written: {FULL}"
    assert list(small.place.iterdir()) == []
    for size, kept, said in (
        ("100k", UNITS[:1], f"{out / UNITS[1]}: cannot be written: {FULL}; what is done is kept, to go on from (--re"),
        ("300k", UNITS, f"{out}: {FULL}; --resume writes again"),
        ("600k", UNITS, f"{out}: {FULL}; --resume writes again"),
    ):
        small.make(size)
        # The answer is printed although it cannot be written down.
        found = here_with_answer(*words, out, "--resume")
        assert found.startswith(said)
        assert sorted(content(out)) == sorted(["experiment.json", *kept])
        assert unfinished(small.place) == []
    small.make("10m")
    here(*words, out, "--resume")
    assert content(out) == content(whole)


def here_with_answer(*words: object) -> str:
    from typer.testing import CliRunner

    from influence_sim.cli import app

    found = CliRunner().invoke(app, [*map(str, words)])
    assert found.exit_code == 2, found.output
    assert found.stderr.count("\n") == 1
    return found.stderr.removeprefix("influence-sim: ")


def test_no_half_a_parquet_file_is_left(disk, words, whole):
    pytest.importorskip("pyarrow")
    small = disk("200k")
    out = small.place / "out"
    assert here_with_answer(*words, out, "--parquet") == f"{out}: {FULL}; --resume writes again\n"
    assert sorted(content(out)) == sorted(["experiment.json", *UNITS])


def test_results_stay_if_there_is_no_room_for_what_would_replace_them(disk, words):
    small = disk("10m")
    out = small.place / "out"
    here(*words, out)
    before = content(out)
    used = sum(-(-len(data) // 4096) for data in before.values())
    small.make(f"{4 * used + 16}k")
    assert here(*words, out, status=2) == f"{out / UNITS[0]}: cannot be written: {FULL}"
    assert content(out) == before
    assert ins.open_results(out).values.shape[1] == 4


def test_a_report_is_not_replaced_by_half_a_one(disk, whole):
    small = disk("300k")
    report = small.place / "report.html"
    report.write_text("of yesterday", encoding="utf-8")
    said = here("report", whole, "--to", small.place, "--quiet", status=2)
    assert said == f"{report}: {FULL}"
    assert content(small.place) == {"report.html": b"of yesterday"}


def test_nor_are_pictures_and_the_page_of_claims(disk, tmp_path):
    pytest.importorskip("matplotlib")
    from influence_sim.report.claims import write_page

    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    found["claims"] = found["claims"][:1]
    write_page(found, tmp_path / "room")
    (tmp_path / "room" / "claims.md").write_bytes(b"")
    pictures = sum(-(-len(data) // 4096) for data in content(tmp_path / "room").values())
    for pages, file in ((1, "claims/overview.svg"), (pictures, "claims.md")):
        small = disk(f"{4 * pages}k").place
        with pytest.raises(OSError, match="No space left") as caught:
            write_page(found, small)
        assert caught.value.filename == str(small / file)
        there = content(tmp_path / "room")
        assert all(there[name] == data for name, data in content(small).items())


def test_a_search_keeps_the_trials_that_were_written(disk, tmp_path):
    small = disk("16k")

    def keep(folder: Path, settings: range) -> None:
        with ExitStack() as stack:
            kept = Kept(folder, {"seed": 1}, settings.start > 0, stack)
            for number in settings:
                kept.keep({"budget": float(number)}, np.full((8, 9), number / 7))

    with pytest.raises(OSError, match="No space left") as caught:
        keep(small.place, range(99))
    file = small.place / "trials.jsonl"
    assert caught.value.filename == str(file)
    done = file.read_bytes().count(b"\n") - 1
    assert done > 5
    small.make("1m")
    keep(small.place, range(done, 99))
    keep(tmp_path / "whole", range(99))
    assert file.read_bytes() == (tmp_path / "whole" / file.name).read_bytes()


@pytest.mark.parametrize("size", ["12k", "36k"])
def test_a_fit_goes_on_when_there_is_room(disk, size):
    """Full while its database is being made, and while the first generation is written."""
    pytest.importorskip("pyabc")
    from influence_sim.fitting.sampling import sample_posterior

    def sample(folder: Path) -> ins.StoreError | np.ndarray:
        with ThreadPoolExecutor(1) as executor:
            return sample_posterior(
                lambda values, seed: np.array([values["x"]]) + np.random.default_rng(seed).normal(0, 0.1, 1),
                {"x": (0.0, 1.0)},
                np.array([0.4]),
                particles=20,
                generations=1,
                seed=1,
                folder=folder,
                executor=executor,
                jobs=1,
            ).values

    small = disk(size)
    with pytest.raises(ins.StoreError, match=r"generations\.db: (database or disk is full|disk I/O error); mend that"):
        sample(small.place)
    small.make("10m")
    larger = disk("10m")
    assert np.array_equal(sample(small.place), sample(larger.place))


def test_temporary_files_without_room_are_named_for_what_they_are(disk, tiny, tmp_path, monkeypatch):
    small = disk("4k").place
    (small / "full").write_bytes(bytes(4096))
    monkeypatch.setattr(tempfile, "tempdir", str(small))
    out = tmp_path / "out"
    said = here("compare", tiny, *STRATEGIES, "-r", 2, "--batch", 4, "--jobs", 2, "--quiet", "--out", out, status=2)
    assert said == f"{small} (for temporary files): {FULL}"
    assert not out.exists()


def test_progress_has_its_room_before_it_begins(disk):
    """A page of the file that is missing later would end the process by SIGBUS."""
    small = disk("8k").place
    with pytest.raises(WorkerError, match=FULL), _watched(small, 5000, 5000, lambda done, total: None):
        pass
