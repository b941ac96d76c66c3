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
from influence_sim.experiment.contrasts import contrast, estimate, over_days
from influence_sim.experiment.results import Comparison, check_writable

STRATEGIES = ("first", "second", "third", "fourth")
COMPANIES = ("us, Inc.", 'them "and" Zoë')
REPLICATES, DAYS = 4, 5
NAMES = [measure.name for measure in MEASURES]
FILES = ["daily.csv", "manifest.json", "summary.csv"]
FOCAL = 1


def made(seed: int = 1, replicates: int = REPLICATES) -> Comparison:
    """Return a comparison of random numbers, a few of which are missing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (len(STRATEGIES), replicates, len(COMPANIES), DAYS, len(MEASURES)))
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
        assert comparison.summary.shape == (4, REPLICATES, 2, len(MEASURES))
        for m, measure in enumerate(MEASURES):
            np.testing.assert_array_equal(comparison.summary[..., m], over_days(comparison.values[..., m], measure))

    def test_estimates_and_contrasts_are_of_the_focal_company(self, comparison):
        for m, name in enumerate(NAMES):
            ours = comparison.summary[:, :, FOCAL, m]
            assert list(comparison.estimates[name]) == list(STRATEGIES)
            for s, strategy in enumerate(STRATEGIES):
                assert repr(comparison.estimates[name][strategy]) == repr(estimate(ours[s]))
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

    def test_summary_reads_back_as_the_summary_table(self, comparison, tmp_path):
        comparison.write(tmp_path)
        frame = read(tmp_path / "summary.csv", [], ["mean", "low", "high", "p_positive"])
        pd.testing.assert_frame_equal(frame, comparison.to_summary_frame(), check_exact=True, check_dtype=False)

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
    """Let writing one of the three files stop half way."""

    def half(self, file: Path) -> None:
        file.write_bytes(b"half")
        raise error

    if stage == "manifest":

        def stop(*args, **options):
            raise error

        monkeypatch.setattr(Path, "write_text", stop)
    else:
        monkeypatch.setattr(Comparison, f"_write_{stage}", half)


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
    @pytest.mark.parametrize("stage", ["daily", "summary", "manifest"])
    def test_nothing_of_the_new_files_appears(self, comparison, tmp_path, monkeypatch, stage, error):
        fill_up(monkeypatch, stage, error)
        with pytest.raises(type(error)):
            comparison.write(tmp_path / "out")
        assert tree(tmp_path) == {}
        assert list(tmp_path.glob("out/*")) == []

    @pytest.mark.parametrize("stage", ["daily", "summary", "manifest"])
    def test_the_old_files_stay_whole(self, comparison, tmp_path, monkeypatch, stage, error):
        made(seed=2).write(tmp_path)
        before = tree(tmp_path)
        fill_up(monkeypatch, stage, error)
        with pytest.raises(type(error)):
            comparison.write(tmp_path)
        assert tree(tmp_path) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == FILES

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_a_first_manifest_stands_only_beside_all_its_files(self, comparison, tmp_path, monkeypatch, number, error):
        fail_to_move(monkeypatch, number, error)
        with pytest.raises(type(error)):
            comparison.write(tmp_path)
        assert not (tmp_path / "manifest.json").exists()
        assert set(tree(tmp_path)) < set(FILES)

    @pytest.mark.parametrize(
        "number",
        [
            1,
            2,
            3,
        ],
    )
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
