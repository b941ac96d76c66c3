"""A phase map says who wins, by how much and how surely; the picture shows the same."""

import re

import numpy as np
import pytest
from small import RUNNING, SMALL

from influence_sim.core.measures import MEASURES
from influence_sim.experiment.contrasts import contrast
from influence_sim.experiment.phases import PhaseMap, phase_map, phases_of
from influence_sim.experiment.robustness import robustness
from influence_sim.experiment.sweep import sweep
from influence_sim.figures.phases import check_picture, draw_phases
from influence_sim.report.phases import phase_table

A, B, C = "a", "b", "c"
PROFIT = next(measure for measure in MEASURES if measure.name == "profit")


def of(*rows, better=1, times=2):
    """The phase at a point; what is given stands for half of the replicates, unless ``times`` says otherwise."""
    (found,) = phases_of([{}], (A, B, C)[: len(rows)], np.tile(np.array(rows, float), times)[None], better)
    return found


class TestOnePoint:
    def test_the_best_mean_wins_and_the_lead_is_the_paired_difference_to_the_second(self):
        ours, theirs = [5, 7, 9, 8], [4, 5, 8, 6.5]
        found = of(theirs, [0, 0, 1, 0], ours)
        assert (found.winner, found.second, found.is_sure) == (C, A, True)
        assert found.lead == contrast(np.tile(ours, 2), np.tile(theirs, 2))
        assert found.means == {A: 5.875, B: 0.25, C: 7.25}

    def test_where_less_is_better_the_least_wins_with_a_positive_lead(self):
        found = of([5, 7, 9, 8], [4, 5, 8, 6.5], better=-1)
        assert found.winner == B
        assert found.lead.mean == 1.375
        assert found.certainty > 0.95

    def test_a_winner_that_is_not_sure_to_beat_everybody_is_not_told_apart(self):
        # It beats the second surely, and the third, which varies much, only probably.
        found = of([10, 10.1, 9.9, 10], [9, 9.1, 8.9, 9.01], [0, 20, -8, 18])
        assert (found.winner, found.second) == (A, B)
        assert found.lead.is_sure
        assert not found.is_sure
        assert found.certainty < 0.97

    def test_equal_strategies_are_not_told_apart(self):
        found = of([1, 2, 3, 4], [1, 2, 3, 4])
        assert not found.is_sure
        assert (found.lead.mean, found.certainty) == (0, 0.5)

    def test_a_replicate_that_failed_is_left_out_for_all(self):
        found = of([1, 2, 3, np.nan], [9, 1, 2, 2])
        assert (found.means, found.replicates) == ({A: 2, B: 4}, 6)

    def test_nobody_wins_where_all_failed(self):
        found = of([np.nan], [1])
        assert found.winner == ""
        assert not found.is_sure

    @pytest.mark.parametrize("replicates", range(1, 8))
    def test_too_few_replicates_tell_nothing_apart(self, replicates):
        found = of([1], [99], times=replicates)
        assert (found.winner, found.is_sure) == (B, False)
        assert np.isnan(found.certainty)

    def test_eight_replicates_may_tell_apart(self):
        assert of([1], [99], times=8).is_sure


class TestManyPoints:
    def test_strategies_that_do_not_differ_hardly_ever_win_anywhere(self):
        rng = np.random.default_rng(6)
        points = [{"x": x} for x in range(64)]
        maps = [phases_of(points, (A, B), rng.normal(0, 1, (64, 2, 10)), 1) for _ in range(60)]
        # Judged by itself every twentieth point would name a winner, and so hardly a map none.
        alone = [any(phase.certainty > 0.975 for phase in found) for found in maps]
        assert sum(alone) > 50
        # Of 60 maps 3 are expected to; 9 or more have probability 0.003.
        assert sum(any(phase.is_sure for phase in found) for found in maps) < 9

    def test_who_wins_clearly_wins_though_many_points_are_looked_at(self):
        rng = np.random.default_rng(6)
        values = rng.normal(0, 1, (64, 2, 10)) + np.where(np.arange(64) < 32, 4.0, 0.0)[:, None, None] * [[1], [0]]
        found = phases_of([{"x": x} for x in range(64)], (A, B), values, 1)
        assert sum(phase.is_sure for phase in found[:32]) > 28
        assert sum(phase.is_sure for phase in found[32:]) < 5


@pytest.fixture(scope="module")
def grid():
    points = [{"incident.severity": s, "costs.margin": m} for s in (0.1, 0.9) for m in (0.0, 5.0, 10.0)]
    return sweep(SMALL, points, ["broadcast", "dialogue", "silent"], **{**RUNNING, "replicates": 8})


@pytest.fixture(scope="module")
def hasty():
    points = [{"costs.margin": m} for m in (0.0, 10.0)]
    return sweep(SMALL, points, ["broadcast", "silent"], **{**RUNNING, "replicates": 2})


class TestMap:
    def test_robustness_is_as_sure_of_the_same_points(self, grid):
        found, judged = phase_map(grid), robustness(grid)
        assert [phase.is_sure for phase in found.phases] == judged.surely_best.any(axis=1).tolist()
        assert not all(phase.is_sure for phase in found.phases)
        assert any(phase.is_sure for phase in found.phases)

    def test_too_few_replicates_are_said_everywhere(self, hasty, tmp_path):
        found = phase_map(hasty)
        assert found.words().startswith("Too few replicates to tell strategies apart: 8 or more are needed.")
        assert " wins " not in found.words()
        assert found.unjudged == found.unsure == 2
        table = phase_table(found)
        assert "too few replicates to say how surely, 8 are needed" in table.title
        leads, certain = (list(table.columns[place].cells) for place in (2, 3))
        assert not any("[" in cell for cell in leads)
        assert certain == ["–", "–"]
        draw_phases(found, tmp_path / "map.svg")
        text = (tmp_path / "map.svg").read_text(encoding="utf-8")
        assert "Too few to tell strategies apart, 8 are needed" in text
        assert "5 %" not in text

    def test_it_agrees_with_the_sweep_at_every_point(self, grid):
        found = phase_map(grid, "profit")
        assert [phase.point for phase in found.phases] == list(grid.points)
        for number, phase in enumerate(found.phases):
            there = grid.at(number)
            means = {name: there.estimates["profit"][name].mean for name in grid.strategies}
            assert phase.means == pytest.approx(means, rel=1e-12)
            assert phase.winner == max(phase.means, key=phase.means.get)
        # Who sells for nothing is best off who spends nothing.
        assert {p.winner for p in found.phases if p.point["costs.margin"] == 0} == {"silent"}

    def test_rows_have_what_was_varied_first(self, grid, tmp_path):
        found = phase_map(grid, "storm_days")
        assert list(found.rows()[0])[:3] == ["incident.severity", "costs.margin", "measure"]
        assert len(found.to_frame()) == 6
        assert found.write(tmp_path) == ("phases.csv", "manifest.json")
        assert (tmp_path / "phases.csv").read_text().count("\n") == 7

    def test_the_words_count_every_point_once(self, grid):
        found = phase_map(grid)
        assert sum(map(int, re.findall(r" at (\d+)", found.words()))) == 6
        assert found.words().endswith("Of the points won at most 5 % are expected not to be so.")

    def test_the_table_says_what_is_not_told_apart(self, grid):
        found = phase_map(grid, "storm_days")
        assert found.unsure
        cells = list(phase_table(found).columns[2].cells)
        assert sum("not told apart" in cell for cell in cells) == found.unsure

    def test_what_has_no_better_has_no_winner(self, grid):
        with pytest.raises(ValueError, match=r"^spend: more of it is neither better nor worse"):
            phase_map(grid, "spend")

    def test_what_was_not_run_is_named(self, grid):
        with pytest.raises(ValueError, match=r"^margin_lost: needs the worlds in which nothing strikes"):
            phase_map(grid, "margin_lost")


def made(points, values):
    """A map of strategies a and b from values of shape (points, 2, replicates)."""
    phases = phases_of(points, (A, B), np.array(values, float), 1)
    return PhaseMap(PROFIT, "us", tuple(points[0]), (A, B), len(values[0][0]), phases, {})


SURE, UNSURE = [[5, 6, 7, 8] * 2, [1, 2, 3, 4.5] * 2], [[1, 9, 2, 8] * 2, [3, 3, 4, 4] * 2]


class TestPicture:
    @pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
    def test_every_format(self, tmp_path, ending):
        file = tmp_path / f"map.{ending}"
        draw_phases(made([{"incident.severity": x} for x in (0.1, 0.5)], [SURE, UNSURE]), file)
        assert file.stat().st_size > 2000

    def test_it_names_keys_units_strategies_and_leads_and_repeats_exactly(self, tmp_path):
        points = [{"incident.severity": x, "costs.margin": y} for x in (0.1, 0.5) for y in (1.0, 2.0)]
        found = made(points, [SURE, UNSURE, SURE, UNSURE])
        for name in ("one.svg", "two.svg"):
            draw_phases(found, tmp_path / name)
        text = (tmp_path / "one.svg").read_text(encoding="utf-8")
        for said in (
            "incident.severity",
            "costs.margin (money per sale)",
            "a is best",
            "not told apart",
            "+3.88",
            "at most 5 % are expected",
        ):
            assert said in text
        assert "b is best" not in text
        assert text == (tmp_path / "two.svg").read_text(encoding="utf-8")

    def test_only_cells_that_are_not_told_apart_are_hatched(self, tmp_path):
        points = [{"x": 1}, {"x": 2}]
        draw_phases(made(points, [SURE, SURE]), tmp_path / "sure.svg")
        draw_phases(made(points, [SURE, UNSURE]), tmp_path / "unsure.svg")
        assert "<pattern" not in (tmp_path / "sure.svg").read_text()
        assert "<pattern" in (tmp_path / "unsure.svg").read_text()

    def test_a_third_key_makes_panels_of_a_grid_and_of_samples(self, tmp_path):
        grid = [{"x": x, "y": y, "z": z} for x in (1, 2) for y in ("p", "q") for z in (0.5, 1.5)]
        draw_phases(made(grid, [SURE] * 8), tmp_path / "grid.svg")
        assert "z = 1.5" in (tmp_path / "grid.svg").read_text()
        rng = np.random.default_rng(1)
        sample = [dict(zip("xyz", row, strict=True)) for row in rng.random((9, 3)).tolist()]
        draw_phases(made(sample, [SURE, UNSURE, SURE] * 3), tmp_path / "sample.svg")
        assert len(re.findall(r"z from", (tmp_path / "sample.svg").read_text())) >= 3

    def test_panels_say_the_unit_of_their_key(self, tmp_path):
        points = [{"x": 1, "y": 2, "costs.margin": margin} for margin in (1.0, 2.0)]
        draw_phases(made(points, [SURE] * 2), tmp_path / "map.svg")
        text = (tmp_path / "map.svg").read_text(encoding="utf-8")
        assert "costs.margin = 1" in text
        assert "(money per sale)" in text

    def test_what_cannot_be_drawn_is_said_in_a_line(self, tmp_path):
        with pytest.raises(ValueError, match=r"a picture is one of \.svg, \.png, \.pdf$"):
            draw_phases(made([{"x": 1}], [SURE]), tmp_path / "map.gif")
        with pytest.raises(ValueError, match="a picture shows one to three keys, not 4"):
            draw_phases(made([dict.fromkeys("wxyz", 1)], [SURE]), tmp_path / "map.svg")

    def test_what_cannot_be_written_is_said_in_a_line(self, tmp_path):
        found = made([{"x": 1}], [SURE])
        (tmp_path / "folder.png").mkdir()
        with pytest.raises(ValueError, match=r"folder\.png: is a folder, where a file is to be drawn$"):
            draw_phases(found, tmp_path / "folder.png")
        with pytest.raises(ValueError, match=r"map\.png: there is no folder .*nowhere; make it, or name another$"):
            draw_phases(found, tmp_path / "nowhere" / "map.png")
        check_picture(tmp_path / "nowhere" / "map.png", [{"x": 1}], tmp_path / "nowhere")

    def test_what_may_not_be_written_to_is_said_in_a_line(self, tmp_path, monkeypatch):
        # Asked in another way, an administrator may write anywhere.
        monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
        with pytest.raises(ValueError, match=r"map\.png: may not be written to$"):
            check_picture(tmp_path / "map.png", [{"x": 1}])

    @pytest.mark.parametrize("values", [range(13), "abcdefghijklm"])
    def test_a_third_key_with_too_many_values_is_refused_before_anything_runs(self, tmp_path, values):
        points = [{"x": 1, "y": 2, "z": value} for value in values]
        with pytest.raises(ValueError, match="z: has 13 values; a picture shows up to 12 of the third key"):
            check_picture(tmp_path / "map.png", points)
        check_picture(tmp_path / "map.png", points[:12])

    def test_without_matplotlib_the_extra_is_named(self, tmp_path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
        with pytest.raises(ValueError, match=r"influence-sim\[viz\]"):
            draw_phases(made([{"x": 1}], [SURE]), tmp_path / "map.svg")
