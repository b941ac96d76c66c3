"""A folder keeps what came of an experiment: exactly, for one run at a time, and whatever has happened to it since."""

import errno
import json
import os
import re
import resource
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

import influence_sim as ins
from influence_sim.experiment.compare import make_plan, run_missing, store_for
from influence_sim.experiment.folders import Hold
from influence_sim.experiment.plan import Unit
from influence_sim.experiment.runner import TABLES, Outcome
from influence_sim.experiment.store import Store

STRATEGIES = ["broadcast", "dialogue"]
SCENARIO = ins.Scenario.of(
    {
        "days": 6,
        "burn_in_days": 3,
        "step_hours": 6.0,
        "network": {"consumers": 60, "mean_degree": 6.0},
        "incident": {"day": 2, "hit_share": 0.9, "severity": 0.9},
        "parameters": {"need_interval": 3.0, "voice_intercept": 0.0},
    }
)
RUN = {"replicates": 4, "seed": 5, "batch": 8}


def kept(out: Path, scenario: ins.Scenario = SCENARIO, strategies=STRATEGIES, **changes) -> ins.Comparison:
    return ins.compare(scenario, strategies, **{**RUN, "out": out, **changes})


def content(folder: Path) -> dict[str, bytes]:
    """All files; when and where they were written is left out."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return {name: re.sub(rb'"time": "[^"]*"', b"", data) for name, data in files.items()}


def worlds(folder: Path) -> list[Path]:
    return sorted((folder / "worlds").iterdir())


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A finished experiment of two units, with its tables."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    kept(folder).write(folder)
    return folder


@pytest.fixture
def copy(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


@pytest.fixture
def unfinished(copy) -> Path:
    """The same, of which one unit and the tables are missing."""
    for file in [worlds(copy)[0], *copy.glob("*.csv"), copy / "manifest.json"]:
        file.unlink()
    return copy


# what is kept


def test_what_is_read_is_what_was_kept(tmp_path):
    plan = make_plan(SCENARIO, ["dialogue"], replicates=3, seed=1, keep_messages=True)
    rng = np.random.default_rng(1)
    values = rng.normal(size=(4, len(plan.scenario.companies), 6, len(plan.measures)))
    values[1] = np.nan
    tables = {
        "storms": {"world": np.array([0, 3]), "begin": np.array([1 / 3, np.nan])},
        "cascades": {},
        "messages": {"world": np.array([2]), "kind": np.array(["Zoë's"]), "failure": np.array([True])},
        "failures": {"world": np.array([1]), "error": np.array(["ValueError: 7"], object)},
    }
    companies = len(plan.scenario.companies)
    switches = rng.integers(0, 9, (4, companies, companies + 1))
    unit, store = Unit(0, 0, 2), Store(tmp_path, plan, resume=False, unit=2)
    store.keep(unit, Outcome(values, switches, **tables))
    found = store.outcome(unit)
    assert np.array_equal(found.values, values, equal_nan=True)
    assert np.array_equal(found.switches, switches)
    for name in TABLES:
        assert list(getattr(found, name)) == list(tables[name])
        for column, entries in tables[name].items():
            read = getattr(found, name)[column]
            assert np.array_equal(read, entries, equal_nan=entries.dtype.kind == "f")
            assert read.dtype == entries.dtype or entries.dtype.kind == "U"


def test_a_folder_says_the_same_as_memory_does(whole):
    there, here = ins.open_results(whole), ins.compare(SCENARIO, STRATEGIES, **RUN)
    assert np.array_equal(there.values, here.values, equal_nan=True)
    assert np.array_equal(there.switches, here.switches)
    assert there.to_frame().equals(here.to_frame())


def test_files_are_labelled_netcdf(whole):
    import xarray as xr

    assert [file.name for file in worlds(whole)] == [
        "point-000000-replicates-000000-000001.nc",
        "point-000000-replicates-000002-000003.nc",
    ]
    with xr.open_dataset(worlds(whole)[1]) as data:
        assert data["value"].dims == ("replicate", "fate", "strategy", "company", "day", "measure")
        assert data["replicate"].values.tolist() == [2, 3]
        assert data["fate"].values.tolist() == ["struck", "spared"]
        assert data["strategy"].values.tolist() == STRATEGIES
        found = data["value"].sel(fate="struck", strategy="dialogue", replicate=3).to_numpy()
    assert np.array_equal(found, ins.open_results(whole).values[1, 3], equal_nan=True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_number_of_processes_changes_no_file(whole, tmp_path, jobs):
    kept(tmp_path / "out", jobs=jobs).write(tmp_path / "out")
    assert content(tmp_path / "out") == content(whole)


# going on


def test_what_is_missing_is_run_and_nothing_else(unfinished, whole, monkeypatch):
    seen = []
    keep = Store.keep
    monkeypatch.setattr(Store, "keep", lambda self, unit, outcome: (seen.append(unit), keep(self, unit, outcome)))
    kept(unfinished, resume=True).write(unfinished)
    assert seen == [Unit(0, 0, 2)]
    assert content(unfinished) == content(whole)


def test_what_is_finished_is_not_run_again(copy, whole, monkeypatch):
    monkeypatch.setattr(Store, "keep", lambda self, unit, outcome: pytest.fail("was run"))
    kept(copy, resume=True).write(copy)
    assert content(copy) == content(whole)


@pytest.mark.parametrize("batch", [8, 12])
def test_more_replicates_are_those_of_a_run_of_that_many(copy, tmp_path, batch):
    """A last unit that had fewer replicates does not stay."""
    first = tmp_path / "first"
    kept(first, batch=batch)
    kept(first, batch=batch, replicates=5, resume=True).write(first)
    kept(tmp_path / "fresh", batch=batch, replicates=5).write(tmp_path / "fresh")
    assert content(first) == content(tmp_path / "fresh")


def test_drafts_of_a_killed_run_are_cleared_away(unfinished, whole):
    (unfinished / "worlds" / ".point.nc.draft").write_bytes(b"half")
    (unfinished / ".experiment.json.draft").write_bytes(b"half")
    (unfinished / ".writing-x").mkdir()
    (unfinished / ".writing-x" / "daily.csv").write_bytes(b"half")
    kept(unfinished, resume=True).write(unfinished)
    assert content(unfinished) == content(whole)


@pytest.mark.parametrize("tear", [lambda data: data[: len(data) // 2], lambda data: data[:-1], lambda data: b""])
def test_a_torn_file_is_run_again(copy, whole, tear):
    torn = worlds(copy)[1]
    torn.write_bytes(tear(torn.read_bytes()))
    kept(copy, resume=True).write(copy)
    assert content(copy) == content(whole)


def test_a_file_that_has_changed_inside_is_not_believed(copy, whole):
    file = worlds(copy)[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 3 : 2 * len(data) // 3] = bytes(2 * len(data) // 3 - len(data) // 3)
    file.write_bytes(data)
    with pytest.raises(ins.StoreError, match=rf"{file.name}: is damaged \(.+\); delete it and run it again") as caught:
        ins.open_results(copy)
    assert "\n" not in str(caught.value)
    file.unlink()
    kept(copy, resume=True).write(copy)
    assert content(copy) == content(whole)


# what is refused


def refused(*arguments, **changes) -> str:
    with pytest.raises(ins.StoreError) as caught:
        kept(*arguments, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_unfinished_experiment_is_not_thrown_away(unfinished):
    before = content(unfinished)
    said = refused(unfinished)
    assert said == f"{unfinished}: holds an unfinished experiment, 1 parts of it done; resume it (--resume), " + (
        "or name another folder"
    )
    assert content(unfinished) == before


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"seed": 6}, "seed is 5 there, 6 here"),
        ({"strategies": ["broadcast", "silent"]}, "compared.1 is 'dialogue' there, 'silent' here"),
        ({"strategies": ["broadcast"]}, "compared is ['broadcast', 'dialogue'] there, ['broadcast'] here"),
        ({"counterfactual": False}, "counterfactual is True there, False here"),
        ({"record": ["staff"]}, "measures is"),
        (
            {"scenario": SCENARIO.with_values({"incident.severity": 0.5})},
            "scenario.incident.0.severity is 0.9 there, 0.5",
        ),
        ({"graph": SCENARIO.with_values({"network.seed": 9}).graph()}, "graph."),
    ],
)
def test_another_experiment_is_not_gone_on_with(unfinished, changes, what):
    if "record" in changes:
        changes = {"record": [next(iter(measure.name for measure in ins.DIAGNOSTICS))]}
    before = content(unfinished)
    said = refused(unfinished, **{"resume": True, **changes})
    assert f"{unfinished}: holds another experiment ({what}" in said
    assert said.endswith("; name another folder")
    assert content(unfinished) == before


def test_a_key_that_an_older_version_did_not_have_is_no_other_experiment_to_open_and_one_to_go_on_with(copy):
    """Its worlds are those of a model without it; nobody knows whether new ones would be of the same."""
    file = copy / "experiment.json"
    about = json.loads(file.read_text(encoding="utf-8"))
    del about["manifest"]["scenario"]["companies"][0]["appeal"]
    file.write_text(json.dumps(about), encoding="utf-8")
    ins.open_results(copy)
    assert "(scenario.companies.0.appeal is not said there, 0.0 here)" in refused(copy, resume=True)


def test_a_file_is_of_the_strategies_and_measures_that_the_folder_names(copy):
    file = copy / "experiment.json"
    about = json.loads(file.read_text(encoding="utf-8"))
    about["manifest"]["compared"].reverse()
    file.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(ins.StoreError, match="is of another experiment or point"):
        ins.open_results(copy)


def test_fewer_replicates_are_refused(copy):
    said = refused(copy, replicates=3, resume=True)
    assert said == f"{copy}: holds 4 replicates, 3 are asked for; ask for at least as many, or name another folder"


def test_one_run_at_a_time_writes_to_a_folder(unfinished, whole):
    with Hold(unfinished):
        said = refused(unfinished, resume=True)
    assert said == f"{unfinished}: another run is writing to it; wait for it, or name another folder"
    # A run that was refused or has ended keeps nobody out.
    refused(unfinished, resume=True, seed=6)
    found = kept(unfinished, resume=True)
    found.write(unfinished)
    with Hold(unfinished), pytest.raises(ins.StoreError, match="another run is writing"):
        found.write(unfinished)
    assert content(unfinished) == content(whole)


def test_a_run_keeps_others_out_until_it_ends(tmp_path):
    plan = make_plan(SCENARIO, STRATEGIES, replicates=1, seed=1)
    store = store_for(plan, out=tmp_path / "out")
    assert "another run" in refused(tmp_path / "out")
    run_missing(store, finish=False)
    assert "another run" in refused(tmp_path / "out")
    run_missing(store)
    assert ins.open_results(tmp_path / "out").values.shape[1] == 1


# no room


def full(*arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_no_half_a_file(tmp_path, monkeypatch):
    out = tmp_path / "out"
    put = os.replace
    monkeypatch.setattr(os, "replace", lambda one, other: (full if "000002-" in str(other) else put)(one, other))
    said = refused(out)
    file = out / "worlds" / "point-000000-replicates-000002-000003.nc"
    assert said == f"{file}: cannot be written: no space left on device; make room there; " + (
        "what is done is kept, to go on from (--resume)"
    )
    assert [file.name for file in worlds(out)] == ["point-000000-replicates-000000-000001.nc"]
    monkeypatch.undo()
    assert kept(out, resume=True).values.shape[1] == 4


def test_no_half_a_file_is_left_either_where_the_system_stops_writing(tmp_path):
    """HDF5 meets the end of the room in the middle of a file."""
    out = tmp_path / "out"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        said = refused(out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert re.fullmatch(r".*000001\.nc: cannot be written: file too large", said)
    assert list(tmp_path.iterdir()) == [], "nothing was kept, so nothing is left"


@pytest.mark.parametrize("name", ["summary.csv", "daily.csv", "daily.parquet"])
def test_files_of_others_are_not_replaced(tmp_path, name):
    (tmp_path / name).write_text("precious", encoding="utf-8")
    with pytest.raises(ins.StoreError, match=rf"{name} there is no result of ours; move it away"):
        ins.compare(SCENARIO, ["silent"], replicates=1, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "precious"


def test_a_finished_experiment_is_not_replaced_by_another(copy):
    before = content(copy)
    assert refused(copy, seed=6).startswith(f"{copy}: holds another experiment (seed is ")
    assert refused(copy, replicates=3).startswith(f"{copy}: holds 4 replicates, 3 are asked for")
    assert content(copy) == before


def test_results_written_without_worlds_are_replaced_by_their_own_experiment_only(tmp_path):
    ins.compare(SCENARIO, ["silent"], replicates=1, seed=1).write(tmp_path)
    before = (tmp_path / "runs.csv").read_bytes()
    with pytest.raises(ins.StoreError, match="holds another experiment"):
        ins.compare(SCENARIO, ["silent"], replicates=1, seed=2, out=tmp_path)
    ins.compare(SCENARIO, ["silent"], replicates=1, seed=1, out=tmp_path).write(tmp_path)
    assert (tmp_path / "runs.csv").read_bytes() == before
    (tmp_path / "experiment.json").unlink()
    (tmp_path / "manifest.json").write_text('{"name": "a page"}', encoding="utf-8")
    with pytest.raises(ins.StoreError, match="there is no result of ours"):
        ins.compare(SCENARIO, ["silent"], replicates=1, seed=1, out=tmp_path)


def test_a_file_of_another_point_is_not_taken_for_this_one(tmp_path):
    points = [{"incident.severity": severity} for severity in (0.2, 0.8)]
    ins.sweep(SCENARIO, points, ["silent"], replicates=1, out=tmp_path)
    first, second = worlds(tmp_path)
    first.write_bytes(second.read_bytes())
    with pytest.raises(ins.StoreError, match=r"000000.*\.nc: is of another experiment or point; delete it and run it"):
        _ = ins.open_results(tmp_path).runs


def test_files_of_others_beside_the_worlds_stay(tmp_path):
    """On a first run, on one that replaces it, and on one that goes on."""
    others = [tmp_path / "worlds" / "precious.txt", tmp_path / "worlds" / "measured.nc", tmp_path / "notes.txt"]
    others[0].parent.mkdir()
    for file in others:
        file.write_text("precious", encoding="utf-8")
    for replicates, resume in ((1, False), (2, False), (3, True)):
        ins.compare(SCENARIO, ["silent"], replicates=replicates, out=tmp_path, resume=resume).write(tmp_path)
        assert [file.read_text(encoding="utf-8") for file in others] == ["precious"] * 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 200_000, "nested too deeply"),
        ('{"format": 0}', "format"),
        ('{"format": true}', "format"),
        ('{"format": 1, "finished": true, "asked": -5, "replicates_per_unit": 2, "manifest": {}}', "damaged"),
        ('{"format": 1, "finished": true, "asked": 5, "replicates_per_unit": 2, "manifest": {"format": 99}}', "newer"),
    ],
)
def test_what_a_folder_says_of_itself_is_looked_at(copy, text, said):
    (copy / "experiment.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as found:
        Store.open(copy)
    assert str(copy) in str(found.value)


@pytest.mark.parametrize("name", ["experiment.json", "worlds"])
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(copy, name):
    file = copy / name if name.endswith(".json") else worlds(copy)[0]
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ValueError, match="is no regular file"):
        ins.open_results(copy)


@pytest.mark.parametrize("link", [h5py.ExternalLink("elsewhere.nc", "value"), h5py.SoftLink("/day")])
def test_a_file_of_worlds_refers_to_no_other(copy, link):
    file = worlds(copy)[0]
    shutil.copy(file, copy / "worlds" / "elsewhere.nc")
    with h5py.File(file, "r+") as data:
        del data["value"]
        data["value"] = link
    with pytest.raises(ValueError, match=r"refers to other files.*--resume"):
        ins.open_results(copy)
