"""What a comparison holds stays what it is: labelled, as a table, as plain values, and in files that are whole."""

import csv
import json
import math
import os
import tempfile
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from influence_sim.core.measures import MEASURES
from influence_sim.experiment.aftermath import AFTERMATH
from influence_sim.experiment.contrasts import contrast, estimate, over_days
from influence_sim.experiment.export import RESULT_FILES, check_writable
from influence_sim.experiment.results import Comparison

STRATEGIES = ("first", "second", "third", "fourth")
COMPANIES = ("us, Inc.", 'them "and" Zoë')
REPLICATES, DAYS = 4, 5
NAMES = [measure.name for measure in MEASURES]
FILES = sorted(RESULT_FILES)
FOCAL = 1


def made(seed: int = 1, replicates: int = REPLICATES, spared: bool = False) -> Comparison:
    """Return a comparison of random numbers, a few of which are missing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (len(STRATEGIES), replicates, len(COMPANIES), DAYS, len(MEASURES)))
    values[..., NAMES.index("replies")] = 0
    values[..., NAMES.index("response_time")] = np.nan
    values[0, -1, :, 2, NAMES.index("churn")] = np.nan
    values[:, 0, FOCAL, :, NAMES.index("nps")] = np.nan
    values[0, 0, 0, 0, 0] = 1e-17 / 3
    return Comparison(
        values=values,
        strategies=STRATEGIES,
        companies=COMPANIES,
        measures=MEASURES,
        focal=FOCAL,
        manifest={"seed": seed, "who": "Zoë"},
        spared=rng.normal(0, 1, values.shape) if spared else None,
        switches=rng.integers(0, 100, (len(STRATEGIES), replicates, len(COMPANIES), len(COMPANIES) + 1)),
        spared_switches=rng.integers(0, 100, (len(STRATEGIES), replicates, len(COMPANIES), len(COMPANIES) + 1))
        if spared
        else None,
        storms={
            "strategy": np.array(["third", "first"]),
            "replicate": np.array([0, 3]),
            "company": np.array(COMPANIES),
            "begin": np.array([1 / 3, 4.0]),
            "half_life": np.array([np.nan, 12.0]),
        },
        cascades={"strategy": np.array([], str), "posts": np.array([], int), "mean_size": np.array([], float)},
    )


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return made()


class TestLabels:
    def test_every_value_stands_under_its_labels(self, comparison):
        daily = comparison.daily
        assert daily.dims == ("strategy", "replicate", "company", "day", "measure")
        labels = [STRATEGIES, range(REPLICATES), COMPANIES, range(DAYS), NAMES]
        for dimension, expected in zip(daily.dims, labels, strict=True):
            assert daily[dimension].values.tolist() == list(expected)
        np.testing.assert_array_equal(daily.values, comparison.values)
        one = daily.sel(strategy="second", replicate=3, company=COMPANIES[1], day=4, measure="profit")
        assert one.item() == comparison.values[1, 3, 1, 4, NAMES.index("profit")]

    def test_the_table_has_a_row_for_every_value(self, comparison):
        frame = comparison.to_frame()
        assert frame.columns.tolist() == ["strategy", "replicate", "company", "day", "measure", "value"]
        expected = product(STRATEGIES, range(REPLICATES), COMPANIES, range(DAYS), NAMES)
        assert list(frame.iloc[:, :-1].itertuples(index=False, name=None)) == list(expected)
        np.testing.assert_array_equal(frame["value"], comparison.values.ravel())

    def test_the_summary_has_one_number_per_world_company_and_measure(self, comparison):
        assert list(comparison.summary) == NAMES
        for m, measure in enumerate(MEASURES):
            assert comparison.summary[measure.name].shape == (4, REPLICATES, 2)
            if measure.of is None:
                expected = over_days(comparison.values[..., m], measure)
                np.testing.assert_array_equal(comparison.summary[measure.name], expected)

    def test_a_ratio_of_a_run_is_that_of_its_sums_and_unknown_without_anything_below(self, comparison):
        ratios = [measure for measure in MEASURES if measure.of]
        assert {measure.name for measure in ratios} >= {"roi", "sentiment", "response_time", "share_answered"}
        unknown = 0
        for measure in ratios:
            above, below = (comparison.summary[name] for name in measure.of)
            found = comparison.summary[measure.name]
            np.testing.assert_array_equal(found[below > 0], above[below > 0] / below[below > 0])
            assert np.isnan(found[~(below > 0)]).all()
            unknown += np.isnan(found).sum()
        assert unknown > 0

    def test_with_a_counterfactual_the_aftermath_is_summed_up_too(self):
        with_it, without = made(spared=True), made()
        names = [quantity.name for quantity in AFTERMATH]
        assert [quantity.name for quantity in without.quantities] == NAMES
        assert [quantity.name for quantity in with_it.quantities] == [*NAMES, *names]
        assert list(with_it.summary) == list(with_it.estimates) == list(with_it.contrasts) == [*NAMES, *names]
        assert all(with_it.summary[name].shape == (4, REPLICATES, 2) for name in names)
        assert list(with_it.to_summary_frame()["measure"].drop_duplicates()) == [*NAMES, *names]

    def test_moves_are_the_mean_purchases_of_a_world(self, comparison):
        moves = comparison.moves
        assert moves.index.to_list() == list(product(STRATEGIES, COMPANIES))
        assert moves.columns.to_list() == [*COMPANIES, "nobody"]
        for s, strategy in enumerate(STRATEGIES):
            for c, company in enumerate(COMPANIES):
                expected = comparison.switches[s, :, c].mean(axis=0)
                np.testing.assert_array_equal(moves.loc[(strategy, company)], expected)

    def test_estimates_and_contrasts_are_of_the_focal_company(self, comparison):
        bounds = {quantity.name: quantity.bounds for quantity in comparison.quantities}
        for name in NAMES:
            ours = comparison.summary[name][:, :, FOCAL]
            assert list(comparison.estimates[name]) == list(STRATEGIES)
            for s, strategy in enumerate(STRATEGIES):
                assert repr(comparison.estimates[name][strategy]) == repr(estimate(ours[s], None, bounds[name]))
            pairs = {f"{STRATEGIES[b]} - {STRATEGIES[a]}": (b, a) for a in range(4) for b in range(a + 1, 4)}
            assert list(comparison.contrasts[name]) == list(pairs)
            for pair, (b, a) in pairs.items():
                assert repr(comparison.contrasts[name][pair]) == repr(contrast(ours[b], ours[a]))

    def test_the_summary_table_repeats_them(self, comparison):
        frame = comparison.to_summary_frame()
        assert len(frame) == len(MEASURES) * (4 + 6)
        for row in frame.itertuples():
            found = (comparison.estimates if row.what == "strategy" else comparison.contrasts)[row.measure][row.name]
            for key, value in asdict(found).items():
                if hasattr(row, key):
                    assert repr(float(getattr(row, key))) == repr(float(value))
        assert frame["p_positive"].isna()[frame["what"] == "strategy"].all()


class TestPlainValues:
    def test_they_are_json_whatever_is_missing(self, comparison):
        text = json.dumps(comparison.to_dict(), allow_nan=False)
        found = json.loads(text)
        assert found["manifest"] == comparison.manifest
        assert found["measures"]["response_time"]["first"] == {"mean": None, "low": None, "high": None}
        assert found["contrasts"]["response_time"]["third - first"]["p_positive"] is None
        assert found["measures"]["nps"]["first"]["mean"] is not None

    def test_one_replicate_leaves_nulls_and_no_nan(self):
        found = json.loads(json.dumps(made(replicates=1).to_dict(), allow_nan=False))
        loyalty = found["measures"]["loyalty"]["first"]
        assert loyalty["mean"] is not None
        assert loyalty["low"] is loyalty["high"] is None

    def test_they_are_the_estimates_to_the_last_bit(self, comparison):
        found = json.loads(json.dumps(comparison.to_dict()))
        for part, by_measure in (("measures", comparison.estimates), ("contrasts", comparison.contrasts)):
            for measure, by in by_measure.items():
                for name, known in by.items():
                    for key, value in found[part][measure][name].items():
                        original = getattr(known, key)
                        assert value == (original if math.isfinite(original) else None)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read(path: Path, whole: list[str], floats: list[str]) -> pd.DataFrame:
    """Read a table as Python reads numbers, which is exact."""
    with path.open(encoding="utf-8", newline="") as stream:
        frame = pd.DataFrame(list(csv.DictReader(stream)))
    kinds = dict.fromkeys(whole, int) | dict.fromkeys(floats, lambda text: float(text or "nan"))
    return frame.assign(**{name: frame[name].map(kind) for name, kind in kinds.items()})


class TestFiles:
    def test_daily_reads_back_as_the_table_bit_for_bit(self, comparison, tmp_path):
        comparison.write(tmp_path)
        frame = read(tmp_path / "daily.csv", ["replicate", "day"], ["value"])
        pd.testing.assert_frame_equal(frame, comparison.to_frame(), check_exact=True, check_dtype=False)
        assert frame["value"].isna().sum() > 0

    def test_counterfactual_worlds_are_written_as_the_others_are(self, tmp_path):
        both = made(spared=True)
        both.write(tmp_path)
        frame = read(tmp_path / "spared.csv", ["replicate", "day"], ["value"])
        expected = both.counterfactual.to_series().reset_index()
        pd.testing.assert_frame_equal(frame, expected, check_exact=True, check_dtype=False)
        np.testing.assert_array_equal(both.counterfactual.values, both.spared)
        assert both.counterfactual.dims == both.daily.dims

    def test_without_them_there_is_only_the_head(self, comparison, tmp_path):
        comparison.write(tmp_path)
        with (tmp_path / "daily.csv").open(encoding="utf-8") as stream:
            assert (tmp_path / "spared.csv").read_text(encoding="utf-8") == stream.readline()
        with pytest.raises(ValueError, match="no counterfactual worlds"):
            _ = comparison.counterfactual

    def test_summary_reads_back_as_the_summary_table(self, comparison, tmp_path):
        comparison.write(tmp_path)
        frame = read(tmp_path / "summary.csv", [], ["mean", "low", "high", "p_positive"])
        pd.testing.assert_frame_equal(frame, comparison.to_summary_frame(), check_exact=True, check_dtype=False)

    def test_switches_read_back_as_they_are(self, comparison, tmp_path):
        comparison.write(tmp_path)
        with (tmp_path / "switches.csv").open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        assert header == ["strategy", "replicate", "from", "to", "purchases"]
        expected = product(STRATEGIES, map(str, range(REPLICATES)), COMPANIES, [*COMPANIES, ""])
        assert [tuple(row[:-1]) for row in rows] == list(expected)
        assert [int(row[-1]) for row in rows] == comparison.switches.ravel().tolist()

    def test_switches_without_the_incident_stand_beside_them(self, tmp_path):
        both = made(spared=True)
        both.write(tmp_path)
        with (tmp_path / "switches.csv").open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        assert header == ["strategy", "replicate", "from", "to", "purchases", "without_incident"]
        assert [int(row[-2]) for row in rows] == both.switches.ravel().tolist()
        assert [int(row[-1]) for row in rows] == both.spared_switches.ravel().tolist()

    def test_tables_read_back_as_they_are_and_an_empty_one_has_its_heads(self, comparison, tmp_path):
        comparison.write(tmp_path)
        with (tmp_path / "storms.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows == [
            ["strategy", "replicate", "company", "begin", "half_life"],
            ["third", "0", COMPANIES[0], repr(1 / 3), ""],
            ["first", "3", COMPANIES[1], "4.0", "12.0"],
        ]
        assert (tmp_path / "cascades.csv").read_text(encoding="utf-8") == "strategy,posts,mean_size\n"

    def test_the_manifest_reads_back(self, comparison, tmp_path):
        comparison.write(tmp_path)
        text = (tmp_path / "manifest.json").read_text(encoding="utf-8")
        assert json.loads(text) == comparison.manifest
        assert "Zoë" in text
        assert text.endswith("}\n")

    def test_lines_end_alike_on_every_system(self, comparison, tmp_path):
        comparison.write(tmp_path)
        assert all(b"\r" not in content for content in tree(tmp_path).values())

    def test_the_folder_is_made_with_those_above_it_and_holds_nothing_else(self, comparison, tmp_path):
        comparison.write(tmp_path / "a" / "b")
        assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == FILES

    def test_what_else_a_folder_holds_stays(self, comparison, tmp_path):
        (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
        comparison.write(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, "notes.txt"])
        assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"

    def test_a_comparison_writes_the_same_bytes_again(self, tmp_path):
        made().write(tmp_path / "one")
        made().write(tmp_path / "two")
        assert tree(tmp_path / "one") == tree(tmp_path / "two")


def fill_up(monkeypatch, stage: str, error: BaseException) -> None:
    """Let writing one of the files stop half way."""

    def half(*found):
        yield ["half"]
        raise error

    if stage == "manifest":

        def stop(*args, **options):
            raise error

        monkeypatch.setattr(Path, "write_text", stop)
    else:
        rows = {"daily": "_days", "runs": "_runs", "summary": "_summary", "storms": "_rows"}[stage]
        monkeypatch.setattr(f"influence_sim.experiment.export.{rows}", half)


def fail_to_move(monkeypatch, number: int, error: BaseException) -> None:
    """Let moving the ``number``-th file to its place fail."""
    moved = []
    move = os.replace

    def replace(source, target):
        moved.append(target)
        if len(moved) == number:
            raise error
        move(source, target)

    monkeypatch.setattr(os, "replace", replace)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"])
class TestWritingThatFails:
    @pytest.mark.parametrize("stage", ["daily", "runs", "summary", "storms", "manifest"])
    def test_nothing_of_the_new_files_appears(self, comparison, tmp_path, monkeypatch, stage, error):
        fill_up(monkeypatch, stage, error)
        with pytest.raises(type(error)):
            comparison.write(tmp_path / "out")
        assert tree(tmp_path) == {}
        assert list(tmp_path.glob("out/*")) == []

    @pytest.mark.parametrize("stage", ["daily", "runs", "summary", "storms", "manifest"])
    def test_the_old_files_stay_whole(self, comparison, tmp_path, monkeypatch, stage, error):
        made(seed=2).write(tmp_path)
        before = tree(tmp_path)
        fill_up(monkeypatch, stage, error)
        with pytest.raises(type(error)):
            comparison.write(tmp_path)
        assert tree(tmp_path) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == FILES

    @pytest.mark.parametrize("number", range(1, len(FILES) + 1))
    def test_a_first_manifest_stands_only_beside_all_its_files(self, comparison, tmp_path, monkeypatch, number, error):
        fail_to_move(monkeypatch, number, error)
        with pytest.raises(type(error)):
            comparison.write(tmp_path)
        assert not (tmp_path / "manifest.json").exists()
        assert set(tree(tmp_path)) < set(FILES)

    @pytest.mark.parametrize("number", range(1, len(FILES) + 1))
    def test_an_old_manifest_never_stands_beside_new_files(self, comparison, tmp_path, monkeypatch, number, error):
        made(seed=2).write(tmp_path)
        before = tree(tmp_path)
        fail_to_move(monkeypatch, number, error)
        with pytest.raises(type(error)):
            comparison.write(tmp_path)
        after = tree(tmp_path)
        assert after == before or "manifest.json" not in after
        assert set(after) <= set(FILES)


class TestCheckingTheFolder:
    @pytest.mark.parametrize("name", [".", "out", "a/b/c", "out/"])
    def test_nothing_is_left_of_it(self, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        Path("mine.txt").write_text("mine", encoding="utf-8")
        check_writable(name)
        assert [str(path) for path in Path(".").rglob("*")] == ["mine.txt"]

    def test_a_folder_that_is_there_keeps_what_it_holds(self, comparison, tmp_path):
        comparison.write(tmp_path / "out")
        before = tree(tmp_path)
        check_writable(tmp_path / "out")
        assert tree(tmp_path) == before
        (tmp_path / "empty").mkdir()
        check_writable(tmp_path / "empty" / "new")
        assert list((tmp_path / "empty").iterdir()) == []

    @pytest.mark.parametrize("name", ["file", "file/out", "out"])
    def test_what_is_in_the_way_is_an_error_that_names_it(self, tmp_path, name):
        (tmp_path / "file").write_text("mine", encoding="utf-8")
        (tmp_path / "out" / "daily.csv").mkdir(parents=True)
        with pytest.raises(OSError, match=r"file|daily\.csv"):
            check_writable(tmp_path / name)
        assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
        assert (tmp_path / "out" / "daily.csv").is_dir()

    def test_what_another_run_puts_there_meanwhile_stays(self, comparison, tmp_path, monkeypatch):
        def meanwhile(*args, **options):
            comparison.write(tmp_path / "results" / "theirs")
            return original(*args, **options)

        original = tempfile.TemporaryFile
        monkeypatch.setattr(tempfile, "TemporaryFile", meanwhile)
        check_writable(tmp_path / "results" / "ours")
        assert sorted(tree(tmp_path)) == [f"results/theirs/{name}" for name in FILES]
