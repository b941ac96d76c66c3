"""Results open again, labelled, wherever their folder is now; what cannot be opened is refused in one line."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import influence_sim as ins
from influence_sim import strategies as catalogue
from influence_sim.cli import app
from influence_sim.experiment import sweep as sweeps
from influence_sim.experiment.compare import make_plan, store_for
from influence_sim.experiment.sequential import compare_until

STRATEGIES = ["broadcast", "dialogue"]
SCENARIO = ins.Scenario.of(
    {
        "days": 5,
        "burn_in_days": 3,
        "step_hours": 6.0,
        "network": {"consumers": 50, "mean_degree": 6.0},
        "incident": {"day": 2, "hit_share": 0.9},
    }
)
POINTS = ins.points_of([ins.Varied.parse("incident.severity=0.2,0.8"), ins.Varied.parse("days=4,5")])


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """A comparison and a sweep."""
    folder = tmp_path_factory.mktemp("results")
    ins.compare(SCENARIO, STRATEGIES, replicates=2, out=folder / "comparison")
    ins.sweep(SCENARIO, POINTS, STRATEGIES, replicates=2, out=folder / "sweep")
    return folder


@pytest.fixture
def moved(results, tmp_path) -> Path:
    return Path(shutil.copytree(results, tmp_path / "moved"))


def refusal(folder: Path) -> str:
    with pytest.raises(ins.StoreError) as caught:
        ins.open_results(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_comparison_opens_where_nothing_was_varied(results, moved):
    found, fresh = ins.open_results(moved / "comparison"), ins.compare(SCENARIO, STRATEGIES, replicates=2)
    assert isinstance(found, ins.Comparison)
    assert found.daily.identical(fresh.daily)
    assert found.counterfactual.identical(fresh.counterfactual)
    assert found.to_summary_frame().equals(fresh.to_summary_frame())
    found.write(moved / "tables")
    assert (moved / "tables" / "failures.csv").read_text() == "strategy,replicate,fate,seed,error\n"


def test_a_sweep_opens_otherwise(moved):
    found, fresh = ins.open_results(moved / "sweep"), ins.sweep(SCENARIO, POINTS, STRATEGIES, replicates=2)
    assert isinstance(found, ins.Sweep)
    assert found.points == fresh.points == POINTS
    assert found.runs.identical(fresh.runs)
    assert found.daily.identical(fresh.daily)
    for (point, one), (other_point, other) in zip(found, fresh, strict=True):
        assert point == other_point
        assert np.array_equal(one.values, other.values, equal_nan=True)


def test_neither_scenario_nor_graph_file_is_needed(tmp_path):
    """All that is left is the folder."""
    graph = tmp_path / "people.txt"
    graph.write_text("\n".join(f"{k} {(k * 7 + 1) % 30}\n{k} {(k + 1) % 30}" for k in range(30)), encoding="utf-8")
    out = tmp_path / "out"
    words = ["compare", "quiet_year", "--graph", str(graph), "--days", "4", "-r", "2", "-s", "silent", "--jobs", "1"]
    result = CliRunner().invoke(app, [*words, "--quiet", "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    graph.unlink()
    found = ins.open_results(out.rename(tmp_path / "elsewhere"))
    assert found.manifest["graph"]["consumers"] == 30
    found.write(tmp_path / "again")
    for name in ("daily.csv", "summary.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "elsewhere" / name).read_bytes()


def test_why_no_more_replicates_were_added_is_known_again(tmp_path):
    plan = make_plan(SCENARIO, STRATEGIES, replicates=2, seed=1, counterfactual=False)
    looks = []
    store = store_for(plan, out=tmp_path / "out")
    made = compare_until(store, "loyalty", separated=True, most=9, on_look=looks.append)
    assert [look.replicates for look in looks] == [2, 3, 4, 6, 9]
    found = ins.open_results(tmp_path / "out")
    assert found.stopping == made.stopping == looks[-1]
    assert looks[0].pairs[0].low == -np.inf
    assert type(looks[0]).of(looks[0].to_dict()).pairs[0].high == np.inf


# what is daily


def test_daily_values_are_read_point_by_point(moved, monkeypatch):
    found = ins.open_results(moved / "sweep")
    read = []
    at = sweeps.Sweep.at
    monkeypatch.setattr(sweeps.Sweep, "at", lambda self, point: (read.append(point), at(self, point))[1])
    daily = found.daily
    assert daily.dims == ("point", "strategy", "replicate", "company", "day", "measure")
    assert daily.coords["incident.severity"].values.tolist() == [0.2, 0.2, 0.8, 0.8]
    assert daily.coords["days"].values.tolist() == [4, 5, 4, 5]
    chosen = daily.sel(point=3, strategy="dialogue", measure="loyalty")
    assert read == []
    values = chosen.to_numpy()
    assert set(read) == {3}
    assert np.array_equal(values, found.at(3).daily.sel(strategy="dialogue", measure="loyalty"), equal_nan=True)


def test_days_that_a_point_does_not_have_are_missing(moved):
    loyalty = ins.open_results(moved / "sweep").daily.sel(measure="loyalty")
    assert loyalty.sel(point=0, day=4).isnull().all()
    assert loyalty.sel(point=1, day=4).notnull().all()


def test_without_dask_all_of_it_is_read_if_it_is_not_too_much(moved, monkeypatch):
    lazy = ins.open_results(moved / "sweep")
    values = lazy.daily.compute(), lazy.counterfactual.compute()
    monkeypatch.setitem(sys.modules, "dask", None)
    found = ins.open_results(moved / "sweep")
    assert isinstance(found.daily.data, np.ndarray)
    assert found.daily.identical(values[0])
    assert found.counterfactual.identical(values[1])
    monkeypatch.setattr(sweeps, "LARGEST_BYTES", found.daily.nbytes - 1)
    with pytest.raises(ValueError, match=r"0\.0 GB of daily values: .*influence-sim\[cluster\].* for point, found in"):
        _ = ins.open_results(moved / "sweep").daily


def test_there_may_be_no_counterfactual_worlds(tmp_path):
    found = ins.sweep(SCENARIO, POINTS[:1], ["silent"], replicates=1, counterfactual=False)
    with pytest.raises(ValueError, match="there are no counterfactual worlds"):
        _ = found.counterfactual


# what is refused


def test_what_holds_nothing_is_refused(tmp_path):
    assert "nowhere: there is no such folder; results come from compare or sweep" in refusal(tmp_path / "nowhere")
    assert "holds no worlds; results come from compare or sweep" in refusal(tmp_path)
    (tmp_path / "file").write_text("x")
    assert "file: is a file, not a folder; results come from" in refusal(tmp_path / "file")


def test_what_is_unfinished_is_refused(moved):
    next(iter((moved / "sweep" / "worlds").iterdir())).unlink()
    said = refusal(moved / "sweep")
    assert said == f"{moved / 'sweep'}: holds an unfinished experiment, 3 of 4 parts of it done; resume it (--resume)"


def test_what_was_to_go_on_until_it_was_sure_is_unfinished_before(tmp_path):
    plan = make_plan(SCENARIO, STRATEGIES, replicates=2, seed=1, counterfactual=False)

    def stop(state):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_until(store_for(plan, out=tmp_path / "out"), "loyalty", separated=True, on_look=stop)
    assert "1 of 1 parts of it done; resume it" in refusal(tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda text: "{", "cannot be read: .*; delete it, or name another folder"),
        (lambda text: "[1]", "is no description of an experiment; name another folder"),
        (
            lambda text: json.dumps({**json.loads(text), "format": 99}),
            "was written by a newer version of influence_sim",
        ),
        (lambda text: text.replace('"asked"', '"x"'), "is damaged, it lacks asked; delete it, or name another folder"),
        (lambda text: text.replace('"compared"', '"x"'), "is damaged, it lacks 'compared'; run the experiment again"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(moved, change, what):
    file = moved / "sweep" / "experiment.json"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ins.StoreError, match=what) as caught:
        ins.open_results(moved / "sweep")
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_torn_file_is_named(moved):
    file = moved / "comparison" / "worlds" / "point-000000-replicates-000000-000001.nc"
    file.write_bytes(file.read_bytes()[:3000])
    assert f"{file}: is damaged" in refusal(moved / "comparison")
    assert refusal(moved / "comparison").endswith("delete it and run it again (--resume)")


def test_strategies_of_ones_own_are_needed_if_a_company_follows_one_throughout(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_REGISTERED", {})
    catalogue._offered.cache_clear()
    ins.register(ins.Strategy("mine", "answers a little", {"reply_capacity": 2.0}))
    rival = {"companies": [{"name": "us"}, {"name": "them", "strategy": "mine"}]}
    scenario = ins.Scenario.of({**SCENARIO.model_dump(), **rival})
    ins.compare(SCENARIO, ["mine", "silent"], replicates=1, out=tmp_path / "ours")
    ins.compare(scenario, ["silent"], replicates=1, out=tmp_path / "theirs")
    monkeypatch.setattr(catalogue, "_REGISTERED", {})
    assert ins.open_results(tmp_path / "ours").strategies == ("mine", "silent")
    said = refusal(tmp_path / "theirs")
    assert "mine" in said
    assert said.endswith("; strategies of one's own must be registered first")
