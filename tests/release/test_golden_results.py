"""What older versions wrote is read, to the same numbers; see golden.py for how a new format gets an archive."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from pathlib import Path

import pytest
from golden import DRAWS, FOLDER, NAMES, SCENARIO, numbers, sensitivity_rows
from typer.testing import CliRunner

import influence_sim as ins
from influence_sim import cli
from influence_sim.experiment.folders import FORMAT, StoreError
from influence_sim.experiment.importance import read_sensitivity
from influence_sim.experiment.posterior import read_posterior
from influence_sim.experiment.store import Store
from influence_sim.fitting.fit import read_fit
from influence_sim.report.fitting import fit_tables
from influence_sim.report.opening import study_document
from influence_sim.report.writing import write_report

ARCHIVES = sorted(FOLDER.glob("format-*.tar.xz"))
LARGEST_BYTES = 100_000
STUDIES = ("sweep", "phases", "robustness", "sensitivity")


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda file: file.name)
def kept(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    with tarfile.open(request.param) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture
def copy(kept, tmp_path):
    return Path(shutil.copytree(kept, tmp_path / "copy"))


def expected(kept):
    return json.loads((kept / "expected.json").read_text(encoding="utf-8"))


def same(found, golden):
    """Numbers are equal but for the last digits of means, which depend on how a machine adds."""
    if isinstance(golden, dict):
        assert found.keys() == golden.keys()
        for key in golden:
            same(found[key], golden[key])
    elif isinstance(golden, list):
        assert len(found) == len(golden)
        for one, other in zip(found, golden, strict=True):
            same(one, other)
    elif isinstance(golden, float):
        assert found == pytest.approx(golden, rel=1e-12, abs=1e-12, nan_ok=True)
    else:
        assert found == golden


def test_each_format_has_an_archive_and_it_is_small():
    assert [file.name for file in ARCHIVES] == [f"format-{number + 1}.tar.xz" for number in range(FORMAT)]
    assert sum(file.stat().st_size for file in ARCHIVES) < LARGEST_BYTES * FORMAT


def test_worlds_are_read_to_the_same_numbers(kept):
    golden = expected(kept)
    for kind in ("comparison", "posterior"):
        same(numbers(ins.open_results(kept / kind)), golden[kind])
    same([numbers(found) for _, found in ins.open_results(kept / "sweep")], golden["sweep"])
    assert ins.open_results(kept / "posterior").replicates_per_draw == 2


def test_tables_are_read_to_the_same_numbers(kept):
    assert sensitivity_rows(read_sensitivity(kept / "sensitivity")) == expected(kept)["sensitivity"]
    assert read_posterior(kept / "posterior.csv", SCENARIO) == DRAWS
    draws = read_posterior(kept / "fit" / "posterior.csv", SCENARIO)
    assert [set(draw) for draw in draws] == [{"costs.margin"}] * 3
    assert all(table.row_count for table in fit_tables(read_fit(kept / "fit")))


@pytest.mark.parametrize("kind", STUDIES)
def test_a_study_becomes_a_report(copy, kind):
    assert study_document(copy / kind, "profit").sections


def test_a_comparison_becomes_a_report(copy):
    written = write_report(ins.open_results(copy / "comparison"), copy / "comparison", form="md")
    assert "dialogue" in written[0].read_text(encoding="utf-8")


def test_what_is_finished_is_gone_on_with_and_not_run_again(copy, monkeypatch):
    monkeypatch.setattr(Store, "keep", lambda self, unit, outcome: pytest.fail("was run"))
    how = {"seed": 3, "resume": True}
    same(
        numbers(ins.compare(SCENARIO, NAMES, replicates=2, out=copy / "comparison", **how)),
        expected(copy)["comparison"],
    )


def test_a_world_that_is_missing_is_run(copy):
    """To which numbers is for the versions of the model to say, not for the format of folders."""
    for file in (copy / "comparison" / "worlds").iterdir():
        file.unlink()
    found = ins.compare(SCENARIO, NAMES, replicates=2, seed=3, out=copy / "comparison", resume=True)
    assert list(found.values.shape) == expected(copy)["comparison"]["shape"]


# what a newer version wrote

NEWER = r"was written by a newer version of influence_sim; update it to read this$"


def raised(file: Path) -> None:
    about = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**about, "format": FORMAT + 1}), encoding="utf-8")


@pytest.mark.parametrize("kind", ["comparison", "sweep", "posterior"])
def test_newer_worlds_are_refused(copy, kind):
    raised(copy / kind / "experiment.json")
    with pytest.raises(StoreError, match=NEWER):
        ins.open_results(copy / kind)
    with pytest.raises(StoreError, match=NEWER):
        ins.compare(SCENARIO, NAMES, replicates=2, seed=3, out=copy / kind, resume=True)


@pytest.mark.parametrize("kind", STUDIES)
def test_newer_studies_are_refused(copy, kind):
    raised(copy / kind / "manifest.json")
    with pytest.raises(StoreError, match=NEWER):
        study_document(copy / kind, "profit")


def test_a_newer_fit_is_refused(copy):
    raised(copy / "fit" / "fit.json")
    with pytest.raises(StoreError, match=NEWER):
        read_fit(copy / "fit")


def test_newer_results_of_claims_are_not_replaced(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps({"format": FORMAT + 1}), encoding="utf-8")
    said = CliRunner().invoke(cli.app, ["claims", "--quick", "--out", str(tmp_path)])
    assert said.exit_code == 2
    assert re.search(NEWER, said.stderr)


def test_tables_of_a_newer_version_are_not_replaced(copy):
    raised(copy / "comparison" / "manifest.json")
    (copy / "comparison" / "experiment.json").unlink()
    with pytest.raises(StoreError, match=NEWER):
        ins.compare(SCENARIO, NAMES, replicates=2, seed=3, out=copy / "comparison")
