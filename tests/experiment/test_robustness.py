"""Regrets obey their laws, what is called sure is so, and EMA Workbench finds the futures in which a strategy fails."""

import importlib
import tarfile
import warnings

import numpy as np
import pandas as pd
import pytest
from small import RUNNING, SMALL

from influence_sim.experiment.contrasts import contrast
from influence_sim.experiment.ema import EMA_FILE
from influence_sim.experiment.phases import phase_map
from influence_sim.experiment.quantities import quantity
from influence_sim.experiment.robustness import judge, robustness
from influence_sim.experiment.sweep import sweep
from influence_sim.experiment.verdicts import Threshold
from influence_sim.report.robustness import failure_table, regret_table

NAMES = ("a", "b", "c")
PROFIT, CHURN = quantity("profit"), quantity("churn")


def line(count):
    """Futures along one key, from 0 to 1."""
    return [{"x": place / (count - 1)} for place in range(count)]


def of(values, points=None, measure=PROFIT, **how):
    values = np.asarray(values, float)
    return judge(points or line(len(values)), NAMES[: values.shape[1]], values, measure, **how)


def whole_numbers(seed, futures=12, strategies=3, replicates=8):
    """Values whose sums are exact in any order."""
    return np.random.default_rng(seed).integers(-64, 64, (futures, strategies, replicates)).astype(float)


def cube(count, seed=1):
    return [dict(zip("xyz", row, strict=True)) for row in np.random.default_rng(seed).random((count, 3)).tolist()]


def boxed(points, fails, replicates=8, seed=2):
    """Strategy a makes 10 and, where it ``fails``, 0; strategy b makes 5; chance adds little."""
    noise = np.random.default_rng(seed).normal(0, 0.5, (len(points), 2, replicates))
    return noise + np.array([[0.0 if fails(point) else 10.0, 5.0] for point in points])[:, :, None]


class TestLaws:
    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("measure", [PROFIT, CHURN])
    def test_regret_is_never_negative_and_the_best_has_none(self, seed, measure):
        values = whole_numbers(seed)
        found = of(values, measure=measure)
        assert (found.regrets >= 0).all()
        assert (found.regrets.min(axis=1) == 0).all()
        best = (measure.better * values.mean(axis=2)).argmax(axis=1)
        assert (found.regrets[np.arange(len(best)), best] == 0).all()

    def test_what_is_added_to_all_strategies_of_a_world_changes_nothing(self):
        values = whole_numbers(1)
        luck = np.random.default_rng(9).integers(-999, 999, (len(values), 1, values.shape[2]))
        one, other = of(values), of(values + luck)
        np.testing.assert_allclose(one.regrets, other.regrets, atol=1e-9)
        assert (one.surely_loses == other.surely_loses).all()
        for mine, theirs in zip(one.standings, other.standings, strict=True):
            for what in ("regret", "usual", "worst"):
                a, b = getattr(mine, what), getattr(theirs, what)
                assert (a.mean, a.low, a.high) == pytest.approx((b.mean, b.low, b.high), abs=1e-9)

    def test_the_order_of_strategies_does_not_matter(self):
        values = whole_numbers(2)
        one = of(values)
        other = judge(line(len(values)), ("c", "a", "b"), values[:, [2, 0, 1]], PROFIT)
        standings = {standing.strategy: standing for standing in other.standings}
        assert {standing.strategy: standing for standing in one.standings} == standings
        assert [choice.strategy for choice in one.choices] == [choice.strategy for choice in other.choices]
        assert [choice.certainty for choice in one.choices] == [choice.certainty for choice in other.choices]

    def test_less_of_what_is_bad_is_as_good_as_more_of_what_is_good(self):
        values = whole_numbers(3)
        assert (of(values).regrets == of(-values, measure=CHURN).regrets).all()

    def test_a_strategy_that_nobody_would_choose_changes_no_regret(self):
        values = whole_numbers(4, strategies=2)
        worse = values.min(axis=1, keepdims=True) - 5
        np.testing.assert_array_equal(of(np.concatenate([values, worse], axis=1)).regrets[:, :2], of(values).regrets)


class TestKnownAnswers:
    # Means of a, b and c; everywhere the same in all of 8 replicates, so that there is no chance.
    MEANS = ((10, 8, 0), (10, 8, 9), (10, 8, 9), (0, 8, 4))

    @pytest.fixture
    def found(self):
        return of(np.repeat(np.array(self.MEANS, float)[:, :, None], 8, axis=2))

    def test_regrets_and_shares(self, found):
        assert found.regrets.tolist() == [[0, 2, 10], [0, 2, 1], [0, 2, 1], [8, 0, 4]]
        a, b, c = found.standings
        assert (a.mean, a.regret.mean, a.worst.mean, a.best) == (7.5, 2, 8, 0.75)
        assert (b.worst.mean, b.usual.mean) == (2, 2)
        assert c.usual.mean == pytest.approx(np.quantile([10, 1, 1, 4], 0.9))
        assert a.worst_at == {"x": 1.0}
        assert (a.surely_best, a.surely_loses) == (0.75, 0.25)
        assert found.chance == 0

    def test_the_cautious_choice_and_that_of_the_mean_differ(self, found):
        minimax, mean = found.choices
        assert (minimax.strategy, minimax.value, minimax.second, minimax.second_value) == ("b", 2, "a", 8)
        assert minimax.certainty == 1
        assert (mean.strategy, mean.value, mean.second) == ("b", 8, "a")
        # Four futures say little of the mean over others.
        assert mean.certainty < 0.975
        assert "Least regret at worst: b, 2.00 money, before a, 8.00 (sure: so in 100 %" in " ".join(found.words())

    def test_the_table_is_read_without_help(self, found):
        table = regret_table(found)
        assert table.title == "regret in profit of , money, over 4 futures [95 % interval]"
        heads = [column.header for column in table.columns]
        assert heads[:3] == ["strategy", "mean profit", "mean regret"]
        assert heads[3:] == ["regret in 9 of 10 up to", "greatest regret", "which is where", "best in", "beaten in"]
        cells = [next(iter(column.cells)) for column in table.columns]
        assert cells[5:] == ["x = 1", "75 % (surely 75 %)", "25 % (surely 25 %)"]

    def test_a_threshold_defines_failing(self):
        values = np.tile([[[1, 2, 3, 2], [9, 9, 8, 9]], [[7, 6, 7, 8], [4.9, 5.2, 5, 4.8]]], 2)
        found = of(values, threshold=Threshold.parse("profit<5"), judged=values)
        assert found.may_fail.tolist() == [[True, False], [False, True]]
        assert found.fails.tolist() == [[True, False], [False, False]]
        assert found.failing == "profit < 5"
        assert found.standings[1].fails == 0

    def test_pairing_shows_what_chance_hides(self):
        luck = np.random.default_rng(1).normal(0, 1000, (4, 1, 8))
        found = of(luck + np.array([0, -1])[None, :, None] + np.random.default_rng(2).normal(0, 0.1, (4, 2, 8)))
        assert found.surely_loses[:, 1].all()
        assert found.gaps[0][1].mean == pytest.approx(1, abs=0.2)


class TestWhereItFails:
    def test_the_keys_that_matter_are_found_with_their_bounds(self):
        points = cube(200)
        found = of(boxed(points, lambda p: p["x"] > 0.6 and p["y"] < 0.4), points)
        weak = found.weaknesses[0]
        assert {trait.key for trait in weak.sure} == {"x", "y"}
        bounds = {trait.key: trait for trait in weak.sure}
        assert bounds["x"].above == pytest.approx(0.6, abs=0.03)
        assert bounds["y"].below == pytest.approx(0.4, abs=0.03)
        assert bounds["x"].tendency > 0.7 > 0.3 > bounds["y"].tendency
        assert min(weak.coverage, weak.density) > 0.95
        (said,) = [sentence for sentence in found.words() if " a surely loses to the best in " in sentence]
        assert all(str(trait) in said for trait in weak.sure)
        assert len(failure_table(found).rows) == 6
        assert failure_table(found).title == "where each surely loses to the best, one key at a time"

    def test_the_test_is_scipys_and_false_discoveries_are_controlled(self):
        points = cube(60, seed=5)
        scipy_stats = importlib.import_module("scipy.stats")
        found = of(boxed(points, lambda p: p["z"] > 0.5), points)
        fails = found.fails[:, 0]
        ps = []
        for key in "xyz":
            column = np.array([point[key] for point in points])
            ps.append(scipy_stats.mannwhitneyu(column[fails], column[~fails]).pvalue)
        adjusted = dict(zip("xyz", scipy_stats.false_discovery_control(ps), strict=True))
        assert {trait.key: trait.p for trait in found.weaknesses[0].traits} == pytest.approx(adjusted)

    def test_what_is_no_number_is_told_by_its_values(self):
        points = [{"rival": name, "x": x, "on": x < 1} for name in ("loud", "kind", "mute") for x in range(6)]
        found = of(boxed(points, lambda p: p["rival"] != "mute"), points)
        (trait,) = found.weaknesses[0].sure
        assert str(trait) == "rival is kind or loud"
        assert (trait.coverage, trait.density) == (1, 1)
        assert any(str(trait) == "on is anything" for trait in found.weaknesses[0].traits)

    def test_where_it_fails_everywhere_or_nowhere_there_is_nothing_to_tell_apart(self):
        found = of(boxed(line(5), lambda p: True), line(5))
        assert [weak.count for weak in found.weaknesses] == [5, 0]
        assert found.conditions() == []
        assert failure_table(found) is None


class TestHonesty:
    def test_equal_strategies_do_not_fail_and_nobody_is_preferred(self):
        values = np.repeat(whole_numbers(1, strategies=1), 3, axis=1)
        found = of(values)
        assert not found.surely_loses.any()
        assert not found.surely_best.any()
        assert (found.regrets == 0).all()
        assert [choice.certainty for choice in found.choices] == pytest.approx([1 / 3] * 2)

    def test_strategies_that_differ_by_chance_only_rarely_fail_or_are_recommended(self):
        rng = np.random.default_rng(7)
        failing, sure, ratios = 0, 0, []
        for _ in range(100):
            found = of(rng.normal(0, 1, (30, 3, 10)))
            failing += found.surely_loses.any() or found.surely_best.any()
            sure += found.choices[1].is_sure
            ratios.append(np.mean([one.regret.mean for one in found.standings]) / found.chance)
        # Of 100 studies 5 are expected at most; 12 or more have probability 0.004.
        assert failing < 12
        assert sure < 12
        assert np.mean(ratios) == pytest.approx(1, abs=0.05)

    def test_intervals_hold_the_mean_regret_over_all_futures(self):
        # At x of 0..1 strategy a is better by 4x − 1: b's regret is that where it is positive, 9/8 in the mean.
        rng = np.random.default_rng(3)
        held = 0
        for _ in range(60):
            points = [{"x": x} for x in rng.random(40).tolist()]
            gains = np.array([[4 * point["x"] - 1, 0] for point in points])[:, :, None]
            regret = of(gains + rng.normal(0, 0.5, (40, 2, 8)), points).standings[1].regret
            held += regret.low <= 9 / 8 <= regret.high
        assert held >= 52

    @pytest.mark.parametrize("replicates", [1, 2, 7])
    @pytest.mark.parametrize("fails", [None, "profit<50"])
    def test_too_few_replicates_are_sure_of_nothing_and_say_so(self, replicates, fails):
        # Strategy a is far ahead in every one of them.
        values = whole_numbers(1, replicates=replicates) + np.array([999, 0, 0])[:, None]
        found = of(values, threshold=fails and Threshold.parse(fails), judged=values)
        assert not (found.surely_loses | found.surely_best | found.fails | found.is_judged).any()
        assert not any(choice.is_sure for choice in found.choices)
        assert np.isnan([choice.certainty for choice in found.choices]).all()
        for one in found.standings:
            assert np.isnan([one.surely_best, one.surely_loses, one.fails]).all()
            for regret in (one.regret, one.usual, one.worst):
                assert np.isnan([regret.low, regret.high]).all()
        assert found.conditions() == []
        assert failure_table(found) is None
        table = regret_table(found)
        assert "no intervals from fewer than 8 replicates" in table.title
        assert not any("surely" in cell or "[" in cell for column in table.columns for cell in column.cells)
        first, few, *said = found.words()
        assert (first, few) == (
            f"12 futures, {replicates} replicate{'' if replicates == 1 else 's'} each.",
            "Too few replicates to be sure of anything: 8 or more are needed.",
        )
        assert sum("too few replicates to say" in sentence for sentence in said) == 5
        assert not any(
            " surely fails" in sentence or " surely loses" in sentence or "(sure" in sentence for sentence in said
        )

    def test_eight_replicates_are_enough(self):
        found = of(whole_numbers(1, replicates=8) + np.array([999, 0, 0])[:, None])
        assert found.surely_best[:, 0].all()
        assert found.surely_loses[:, 1:].all()
        assert found.choices[0].is_sure
        assert not any("too few" in sentence for sentence in found.words())

    def test_where_too_few_worlds_are_whole_nothing_is_sure_there_nor_over_all(self):
        values = whole_numbers(1, replicates=8) + np.array([999, 0, 0])[:, None]
        values[4, 1, 0] = np.nan
        found = of(values)
        assert found.counts == (8,) * 4 + (7,) + (8,) * 7
        assert np.flatnonzero(~found.surely_best[:, 0]).tolist() == [4]
        assert not found.fails[4].any()
        assert found.unjudged == 1
        assert not found.choices[0].is_sure
        text = " ".join(found.words())
        assert "In 1 of 12 futures fewer than 8 replicates are whole" in text
        assert "in 1 there are too few replicates to say" in text
        assert found.futures()[12]["replicates"] == 7

    def test_worlds_that_failed_are_left_out_for_all_and_futures_without_any_are_counted(self):
        values = whole_numbers(1)
        values[0, 1, 2] = np.nan
        values[3, 0] = np.nan
        found = of(values)
        assert (found.lost, len(found.points)) == (1, 11)
        kept = [0, 1, 3, 4, 5, 6, 7]
        assert found.means[0].tolist() == values[0][:, kept].mean(axis=1).tolist()
        assert found.gaps[0][0].mean in (0, *(values[0, :, kept].mean(axis=0) - values[0, 0, kept].mean()))
        assert "1 were left out" in found.words()[0]


def ema(module):
    """Import a module of EMA Workbench, which warns of optional packages that it does without."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ipyparallel not installed", UserWarning)
        warnings.filterwarnings("ignore", "altair based interactive inspection", ImportWarning)
        return importlib.import_module(module)


@pytest.fixture(scope="module")
def many():
    rows = np.random.default_rng(4).random((300, 2)).tolist()
    return [
        {"x": x, "y": y, "rival": name, "count": number % 4, "on": number % 2 == 0}
        for number, ((x, y), name) in enumerate(zip(rows, ["loud", "kind", "mute"] * 100, strict=True))
    ]


@pytest.fixture(scope="module")
def box(many):
    return of(boxed(many, lambda p: p["x"] > 0.6 and 0.3 < p["y"] < 0.7 and p["rival"] != "mute"), many)


@pytest.fixture(scope="module")
def loaded(box, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ema")
    assert EMA_FILE in box.write(folder)
    return ema("ema_workbench").load_results(str(folder / EMA_FILE))


class TestEmaWorkbench:
    """What EMA Workbench 3 does with what is written for it."""

    def test_it_loads_what_is_written_and_that_is_what_is_returned(self, box, loaded):
        experiments, outcomes = box.to_ema()
        again, values = loaded
        assert list(again) == ["x", "y", "rival", "count", "on", "scenario", "policy", "model"]
        for name in experiments:
            assert again[name].tolist() == experiments[name].tolist(), name
            assert isinstance(again[name].dtype, pd.CategoricalDtype) == (name in ("rival", "on", "policy", "model"))
        assert set(values) == {"profit", "regret", "fails", "may_fail", "surely_best"}
        for name, column in outcomes.items():
            np.testing.assert_array_equal(values[name], column)
        assert values["profit"].reshape(-1, 2).tolist() == box.means.tolist()

    def test_it_saves_and_loads_what_is_returned(self, box, loaded, tmp_path):
        file = str(tmp_path / "again.tar.gz")
        ema("ema_workbench").save_results(box.to_ema(), file)
        experiments, outcomes = ema("ema_workbench").load_results(file)
        pd.testing.assert_frame_equal(experiments, loaded[0])
        for name, column in outcomes.items():
            np.testing.assert_allclose(column, loaded[1][name])

    def test_the_same_members_as_its_own_archives(self, box, tmp_path):
        box.write(tmp_path)
        ema("ema_workbench").save_results(box.to_ema(), str(tmp_path / "theirs.tar.gz"))
        names = []
        for file in (EMA_FILE, "theirs.tar.gz"):
            with tarfile.open(tmp_path / file) as archive:
                names.append({name.removesuffix(".cls").removesuffix(".csv") for name in archive.getnames()})
        assert names[0] == names[1]

    def test_prim_finds_the_box_in_which_a_strategy_fails(self, box, loaded):
        experiments, outcomes = loaded
        ours = (experiments["policy"] == "a").to_numpy()
        failing = outcomes["fails"][ours] > 0
        assert 0 < failing.sum() < 60
        futures = experiments.loc[ours, list(box.keys)].reset_index(drop=True)
        prim = ema("ema_workbench.analysis.prim")
        with warnings.catch_warnings():
            # It calls pandas in a way that pandas 3.1 deprecates.
            warnings.filterwarnings("ignore", "The inplace keyword in DataFrame.drop is deprecated")
            peeled = prim.Prim(futures, failing).find_box()
        assert peeled.coverage > 0.85
        assert peeled.density > 0.85
        limits = peeled.box_lims[-1]
        assert limits["x"].tolist() == pytest.approx([0.6, 1], abs=0.05)
        assert limits["y"].tolist() == pytest.approx([0.3, 0.7], abs=0.06)
        assert set(limits["rival"].iloc[0]) == {"loud", "kind"}

    def test_prim_sees_two_ends_where_one_key_at_a_time_does_not(self, box):
        # Why boxes are left to it: failing in the middle of a key leaves its ranks as they are.
        assert {trait.key for trait in box.weaknesses[0].sure} == {"x", "rival"}


@pytest.fixture(scope="module")
def futures():
    points = [{"incident.severity": s, "costs.margin": m} for s in (0.1, 0.9) for m in (0.0, 5.0, 10.0)]
    return sweep(SMALL, points, ["broadcast", "dialogue", "silent"], **{**RUNNING, "replicates": 4})


class TestSweeps:
    def test_it_agrees_with_the_phase_map(self, futures):
        found, phases = robustness(futures), phase_map(futures).phases
        for place, phase in enumerate(phases):
            assert dict(zip(found.strategies, found.means[place], strict=True)) == pytest.approx(phase.means)
            winner = found.strategies[found.regrets[place].argmin()]
            assert winner == phase.winner
            second = found.strategies.index(phase.second)
            assert found.gaps[place][second] == phase.lead
        assert found.keys == ("incident.severity", "costs.margin")

    def test_failing_may_be_of_another_measure(self, futures):
        found = robustness(futures, "churn", fails="profit < 0")
        profits = np.stack([futures.at(place).summary["profit"][:, :, 0].mean(axis=1) for place in range(6)])
        np.testing.assert_array_equal(found.may_fail, profits < 0)
        own = futures.at(1).summary["profit"][0, :, 0]
        assert found.fails[1, 0] <= (contrast(own, np.zeros(4)).high < 0)

    def test_tables_and_files(self, futures, tmp_path):
        found = robustness(futures)
        files = found.write(tmp_path)
        assert files == (EMA_FILE, "robustness.csv", "futures.csv", "conditions.csv", "manifest.json")
        assert len(found.rows()) == len(regret_table(found).rows) == 3
        assert len(found.to_frame()) == 18
        assert list(found.futures()[0])[:2] == ["incident.severity", "costs.margin"]
        written = pd.read_csv(tmp_path / "futures.csv")
        assert written["regret"].tolist() == pytest.approx(found.regrets.ravel().tolist())

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"measure": "spend"}, r"^spend: more of it is neither better nor worse"),
            ({"measure": "fame"}, r"^there is no measure 'fame'"),
            ({"measure": "margin_lost"}, r"^margin_lost: needs the worlds in which nothing strikes"),
            ({"fails": "profit"}, r"^fails profit: write MEASURE<VALUE"),
            ({"fails": "profit<much"}, r"^fails profit<much: write"),
            ({"fails": "profit<nan"}, r"^fails profit<nan: write"),
            ({"fails": "fame<3"}, r"^there is no measure 'fame'"),
        ],
    )
    def test_mistakes(self, futures, how, said):
        with pytest.raises(ValueError, match=said):
            robustness(futures, **how)

    def test_too_few(self):
        with pytest.raises(ValueError, match="two are needed for one to win"):
            robustness(sweep(SMALL, [{"costs.margin": m} for m in (1.0, 2.0)], ["silent"], **RUNNING))
        with pytest.raises(ValueError, match="points = 1: robustness needs two futures or more"):
            of(whole_numbers(1, futures=1), [{"x": 0}])
        with pytest.raises(ValueError, match="in 1 of 2 futures; two are needed"):
            of([[[1], [2]], [[1], [np.nan]]])
