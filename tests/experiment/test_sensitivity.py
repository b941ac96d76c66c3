"""Sensitivity: indices of functions whose indices are known, of worlds in which a key does nothing, and the design."""

import numpy as np
import pytest
from SALib.analyze import morris as salib_morris
from scipy import stats
from small import SMALL

from influence_sim.experiment.factors import Factor, assumptions, ranges
from influence_sim.experiment.importance import Method
from influence_sim.experiment.sensitivity import analyse, sensitivity
from influence_sim.experiment.sensitivity_design import design
from influence_sim.report.sensitivity import sensitivity_table, sensitivity_words
from influence_sim.scenario import ASSUMPTIONS, ScenarioError

PI = np.pi
KEYS = [Factor(name, -PI, PI) for name in ("x1", "x2", "x3", "nothing")]


def ishigami(points):
    x1, x2, x3 = (np.array([point[name] for point in points]) for name in ("x1", "x2", "x3"))
    return np.sin(x1) + 7 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)


# Saltelli et al. 2008, Global Sensitivity Analysis, for a = 7 and b = .1.
ISHIGAMI_FIRST = {"x1": 0.3139, "x2": 0.4424, "x3": 0.0, "nothing": 0.0}
ISHIGAMI_TOTAL = {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437, "nothing": 0.0}


def linear(points):
    return np.array([8 * point["a"] - 4 * point["b"] + point["c"] for point in points])


LINEAR = [Factor(name, 0.0, 1.0) for name in "abcd"]


def by_key(found):
    return {one.factor.key: one for one in found.importances}


class TestSobol:
    def test_ishigami(self):
        found = by_key(analyse(KEYS, ishigami, "sobol", count=2048))
        for name, one in found.items():
            assert one.indices["first"].mean == pytest.approx(ISHIGAMI_FIRST[name], abs=0.02)
            assert one.indices["total"].mean == pytest.approx(ISHIGAMI_TOTAL[name], abs=0.02)

    def test_intervals_hold_the_truth_mostly_and_shrink(self):
        inside, widths = 0, []
        for seed in range(20):
            found = by_key(analyse(KEYS, ishigami, "sobol", count=256, seed=seed))
            total = found["x1"].indices["total"]
            inside += total.low <= ISHIGAMI_TOTAL["x1"] <= total.high
            widths.append(total.high - total.low)
        assert inside >= 16
        finer = by_key(analyse(KEYS, ishigami, "sobol", count=1024))["x1"].indices["total"]
        assert finer.high - finer.low < 0.7 * np.mean(widths)

    def test_it_agrees_with_scipy_on_the_same_points(self):
        count = 128
        points = design(KEYS, "sobol", count, seed=3).points(KEYS)
        values = ishigami(points).reshape(count, -1)
        theirs = stats.sobol_indices(
            func={"f_A": values[:, 0][None], "f_B": values[:, 1][None], "f_AB": values[:, 2:].T[:, None]}, n=count
        )
        ours = by_key(analyse(KEYS, ishigami, "sobol", count=count, seed=3))
        for place, factor in enumerate(KEYS):
            # SciPy estimates the first-order index from values that are not centred.
            assert ours[factor.key].indices["first"].mean == pytest.approx(theirs.first_order[place], abs=0.05)
            assert ours[factor.key].indices["total"].mean == pytest.approx(theirs.total_order[place], rel=1e-9)

    def test_shares_of_a_linear_function_are_the_squares_of_its_slopes(self):
        found = by_key(analyse(LINEAR, linear, "sobol", count=512))
        for name, slope in zip("abcd", (8, -4, 1, 0), strict=True):
            for index in ("first", "total"):
                assert found[name].indices[index].mean == pytest.approx(slope**2 / 81, abs=0.02)

    def test_what_is_constant_has_no_indices(self):
        found = analyse(LINEAR, lambda points: np.ones(len(points)), "sobol", count=4)
        assert all(np.isnan(one.main.mean) and not one.is_sure for one in found.importances)


class TestMorris:
    def test_effects_of_a_linear_function_are_its_slopes_and_do_not_vary(self):
        found = by_key(analyse(LINEAR, linear, "morris", count=4))
        for name, slope in zip("abcd", (8, -4, 1, 0), strict=True):
            for index, value in (("mu", slope), ("mu_star", abs(slope)), ("sigma", 0)):
                one = found[name].indices[index]
                assert (one.low, one.mean, one.high) == pytest.approx((value,) * 3, abs=1e-9)

    def test_keys_are_ranked_and_what_does_nothing_is_exactly_zero(self):
        found = analyse(LINEAR, linear, "morris", count=4)
        assert [one.factor.key for one in found.importances] == ["a", "b", "c", "d"]
        assert [one.is_sure for one in found.importances] == [True, True, True, False]
        assert found.importances[-1].main == type(found.importances[-1].main)(0, 0, 0)

    def test_it_agrees_with_salib_on_the_same_paths(self):
        count = 12
        chosen = design(KEYS, "morris", count, seed=5)
        values = ishigami(chosen.points(KEYS))
        problem = {"num_vars": 4, "names": [factor.key for factor in KEYS], "bounds": [[0, 1]] * 4}
        theirs = salib_morris.analyze(problem, chosen.shares.reshape(-1, 4), values, num_levels=4, seed=1)
        ours = by_key(analyse(KEYS, ishigami, "morris", count=count, seed=5))
        for place, factor in enumerate(KEYS):
            for index in ("mu", "mu_star", "sigma"):
                assert ours[factor.key].indices[index].mean == pytest.approx(theirs[index][place], rel=1e-9, abs=1e-9)

    def test_a_product_varies_from_place_to_place(self):
        found = by_key(analyse(LINEAR, lambda points: np.array([p["a"] * p["b"] for p in points]), count=20))
        assert found["a"].indices["sigma"].mean > 0.2
        assert found["c"].indices["sigma"].high == 0

    def test_a_key_that_only_reshuffles_chance_is_not_sure(self):
        def noisy(seed):
            def values(points):
                draws = {
                    (point["a"], point["b"]): np.random.default_rng([seed, number]).normal(size=6)
                    for number, point in enumerate(points)
                }
                return np.array([9 * point["a"] + draws[point["a"], point["b"]] for point in points])

            return values

        sure = []
        for seed in range(30):
            found = by_key(analyse(LINEAR, noisy(seed), count=8, seed=seed))
            assert found["a"].is_sure
            assert found["c"].main.high == 0
            sure.append(found["b"].is_sure)
        assert sum(sure) <= 3

    def test_one_replicate_tells_nothing_about_chance(self):
        found = analyse(LINEAR, lambda points: linear(points)[:, None], count=4)
        assert np.isnan(found.importances[0].chance)
        assert not found.importances[0].is_sure


class TestDesign:
    def test_each_step_of_a_path_moves_one_key_and_all_are_moved(self):
        chosen = design(LINEAR, "morris", 50, seed=2)
        moved = np.diff(chosen.shares, axis=1) != 0
        assert (moved.sum(axis=2) == 1).all()
        assert (moved.sum(axis=1) == 1).all()
        assert set(np.round(chosen.shares, 12).ravel()) == {0, round(1 / 3, 12), round(2 / 3, 12), 1}

    @pytest.mark.parametrize("seed", [-1, 2**40])
    def test_any_whole_number_is_a_seed(self, seed):
        for method in Method:
            assert analyse(LINEAR, linear, method, count=4, seed=seed).importances

    def test_points_that_are_not_allowed_are_drawn_again_and_counted(self):
        for method in Method:
            chosen = design(LINEAR, method, 16, seed=1, allowed=lambda point: point["a"] + point["b"] < 1.5)
            assert chosen.redrawn > 0
            assert (chosen.shares[..., 0] + chosen.shares[..., 1] < 1.5).all()

    def test_where_hardly_anything_is_allowed_it_says_so(self):
        for method in Method:
            with pytest.raises(ValueError, match=r"^only 0 of \d+ draws are allowed by the scenario"):
                design(LINEAR[:1], method, 2, allowed=lambda point: False)

    def test_paths_that_lost_a_point_are_left_out(self):
        def with_a_hole(points):
            values = linear(points)
            values[3] = np.nan
            return values

        for method, count in (("morris", 6), ("sobol", 64)):
            found = analyse(LINEAR, with_a_hole, method, count=count)
            assert found.lost == 1
            assert found.importances[0].factor.key == "a"

    @pytest.mark.parametrize("count", [0, 1])
    def test_too_few(self, count):
        with pytest.raises(ValueError, match="must be at least 2"):
            design(LINEAR, "morris", count)


class TestFactors:
    def test_all_assumptions_with_the_scenarios_value_in_the_middle(self):
        found = {factor.key: factor for factor in assumptions(SMALL)}
        assert list(found) == list(ASSUMPTIONS)
        assert found["parameters.need_interval"].at(0.5) == 5.0
        for key, factor in found.items():
            origin = ASSUMPTIONS[key]
            values = [factor.at(share) for share in np.linspace(0, 1, 7)]
            assert values == sorted(values)
            assert (values[0], values[-1]) == (origin.low, origin.high)

    def test_wide_halves_are_spread_by_ratios(self):
        factor = Factor("x", 0.0, 10_000.0, 100.0)
        assert [factor.at(share) for share in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx([0, 50, 100, 1000, 10_000])

    def test_a_width_takes_the_middle_of_the_range_or_what_is_next_to_its_end(self):
        half = Factor("x", 0.0, 10_000.0, 100.0).narrowed(0.5)
        assert (half.low, half.middle, half.high) == pytest.approx((50, 100, 1000))
        assert (Factor("x", 0, 1, 1.0).narrowed(0.2).low, Factor("x", 0, 1, 0.0).narrowed(0.2).high) == (0.8, 0.2)

    def test_whole_numbers_are_found_out_and_reach_both_ends(self):
        (factor,) = ranges(SMALL, ["incident.day=0:3"])
        assert factor.is_whole
        assert [factor.at(share) for share in (0, 0.24, 0.26, 0.99, 1)] == [0, 0, 1, 3, 3]
        assert not ranges(SMALL, ["incident.severity=0:1"])[0].is_whole

    @pytest.mark.parametrize(
        ("text", "said"),
        [("incident.day=1,2", "a range is needed here"), ("incident.severity=0:2", "incident.severity = 2.0")],
    )
    def test_mistakes(self, text, said):
        with pytest.raises((ValueError, ScenarioError), match=said):
            ranges(SMALL, [text])

    def test_an_unknown_assumption_has_a_hint(self):
        with pytest.raises(ValueError, match=r"need_intervall: is no assumption; did you mean need_interval\?"):
            assumptions(SMALL, ["need_intervall"])


FACTORS = (
    *assumptions(SMALL, ["costs.margin", "fake_detection"], 0.5),
    *ranges(SMALL, ["incident.severity=0.2:0.8"]),
)


@pytest.fixture(scope="module")
def found():
    # More sales are worth more at a higher margin; nobody fakes anything, so that detecting it cannot matter.
    return sensitivity(SMALL, ["silent", "broadcast"], "profit", factors=FACTORS, count=4, replicates=4, seed=3)


class TestWorlds:
    def test_what_no_strategy_here_uses_changes_nothing_at_all(self, found):
        one = by_key(found)["parameters.fake_detection"]
        assert (one.main.low, one.main.high, one.is_sure) == (0, 0, False)

    def test_what_matters_leads_and_it_says_what_was_run_and_held(self, found):
        assert found.importances[0].factor.key == "costs.margin"
        assert (found.points, found.worlds) == (16, 16 * 4 * 2)
        assert "122 of 124 assumptions" in found.held
        assert "incident.severity" in found.held
        words = " ".join(sensitivity_words(found))
        assert "128 worlds: 4 paths, 16 points, 4 replicates" in words
        assert len(sensitivity_table(found).rows) == 3

    def test_it_goes_on_from_its_folder_with_the_same_numbers(self, found, tmp_path):
        words = (SMALL, ["silent", "broadcast"], "profit")
        running = {"factors": FACTORS, "count": 4, "replicates": 4, "seed": 3, "out": tmp_path}
        again = sensitivity(*words, **running)
        assert again.rows() == found.rows()
        for file in sorted((tmp_path / "worlds").glob("*.nc"))[::2]:
            file.unlink()
        assert sensitivity(*words, **running, resume=True).rows() == found.rows()
        assert again.write(tmp_path) == ("sensitivity.csv", "points.csv", "manifest.json")

    def test_keys_that_do_not_go_together_are_not_run_together(self):
        # An incident that begins late and lasts long would outlast the horizon.
        factors = ranges(SMALL, ["incident.day=0:7", "incident.duration_days=1:6"])
        found = sensitivity(SMALL, factors=factors, count=3, replicates=2)
        assert found.redrawn > 0
        assert all(row["incident.day"] + row["incident.duration_days"] <= 8 for row in found.samples)

    def test_a_measure_of_the_aftermath_brings_its_own_counterfactuals(self):
        factors = FACTORS[:1]
        found = sensitivity(SMALL, measure="margin_lost", factors=factors, count=2, replicates=2)
        assert found.worlds == 4 * 2 * 2 * 2
        with pytest.raises(ValueError, match="margin_lost: tells what an incident did"):
            sensitivity(SMALL.with_values({"incident": []}), measure="margin_lost", factors=factors, count=2)
