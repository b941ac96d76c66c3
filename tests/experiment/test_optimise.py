"""Optimisation finds tops and fronts, takes luck off, keeps bounds, and repeats and goes on exactly."""

import json

import numpy as np
import pytest
from small import SMALL

from influence_sim.experiment import optimise as module
from influence_sim.experiment.contrasts import contrast
from influence_sim.experiment.folders import StoreError
from influence_sim.experiment.goals import Aims, Constraint, Goal, Trial
from influence_sim.experiment.optimise import FRESH_SEEDS, optimise
from influence_sim.experiment.sought import OPTIMISED, key_of, with_copy
from influence_sim.experiment.studies import Runs, run_points
from influence_sim.report.optimise import optimum_table, optimum_words
from influence_sim.scenario import Scenario

PROFIT, CALM = Goal("profit", 1), Goal("storm_days", -1)
VARY = ["reply_capacity=0:20", "posts_per_day=0:3"]
CAPACITY, POSTS = (f"levers.{OPTIMISED}.{name}" for name in ("reply_capacity", "posts_per_day"))


@pytest.fixture
def known(monkeypatch):
    """Worlds whose measures are known functions of the setting, and luck that differs from seed to seed."""
    asked = []

    def run(scenario, points, strategies, measures, *, replicates, seed, **_):
        asked.append((seed, strategies[0], [dict(point) for point in points]))
        luck = np.random.default_rng(seed).normal(size=replicates)
        rows = []
        for point in points:
            x, y = point.get(CAPACITY, 5.0), point.get(POSTS, 0.0)
            found = {"profit": 100 - (x - 12) ** 2 + luck, "storm_days": y + 0 * luck, "loyalty": x / 20 + 0 * luck}
            found["profit"] = found["profit"] + 10 * y
            rows.append(np.stack([found[name] for name in measures], axis=-1))
        return Runs(np.stack(rows)[:, None], {"seed": seed})

    monkeypatch.setattr(module, "run_points", run)
    return asked


class TestSearch:
    def test_it_finds_the_top_of_a_known_hill(self, known):
        found = optimise(SMALL, VARY, [PROFIT], trials=80, replicates=4)
        (winner,) = found.winners
        assert winner.trial.setting[CAPACITY] == pytest.approx(12, abs=2)
        assert winner.trial.setting[POSTS] > 2.5
        assert len(found.trials) == 80

    def test_the_starts_own_setting_is_tried_first(self, known):
        found = optimise(SMALL, VARY, [PROFIT], trials=4, replicates=2, start="dialogue")
        own = SMALL.strategy("dialogue").levers
        assert found.trials[0].setting[CAPACITY] == own["reply_capacity"]
        assert len({tuple(trial.setting.values()) for trial in found.trials}) == 4

    def test_several_goals_make_a_front_that_nothing_tried_beats(self, known):
        found = optimise(SMALL, VARY, [PROFIT, CALM], trials=40, replicates=2)
        assert len(found.winners) > 2
        for winner in found.winners:
            for trial in found.trials:
                better = trial.scores["profit"] > winner.trial.scores["profit"]
                calmer = trial.scores["storm_days"] < winner.trial.scores["storm_days"]
                assert not (better and calmer)
        profits = [winner.trial.scores["profit"] for winner in found.winners]
        assert profits == sorted(profits, reverse=True)

    def test_a_constraint_keeps_the_winner_from_the_top(self, known):
        bound = Constraint.parse("loyalty<=0.4")
        found = optimise(SMALL, VARY, [PROFIT], constraints=[bound], trials=60, replicates=2)
        (winner,) = found.winners
        assert 5 < winner.trial.setting[CAPACITY] <= 8
        assert winner.keeps
        assert not all(trial.is_feasible for trial in found.trials)

    def test_what_cannot_be_kept_is_said_with_the_nearest(self, known):
        with pytest.raises(ValueError, match=r"^none of 6 trials keeps loyalty >= 2; the nearest has loyalty "):
            optimise(SMALL, VARY, [PROFIT], constraints=[Constraint("loyalty", 1, 2.0)], trials=6, replicates=2)

    def test_searching_and_judging_are_done_in_different_worlds(self, known):
        optimise(SMALL, VARY, [PROFIT], trials=6, replicates=2, seed=7, baseline="broadcast")
        seeds = {(seed, strategy) for seed, strategy, _ in known}
        fresh = 7 + FRESH_SEEDS
        assert seeds == {(7, OPTIMISED), (7, "broadcast"), (fresh, OPTIMISED), (fresh, "broadcast")}

    def test_luck_that_all_settings_share_is_no_optimism(self, known):
        (winner,) = optimise(SMALL, VARY, [PROFIT], trials=6, replicates=2).winners
        assert winner.trial.scores["profit"] != pytest.approx(winner.fresh["profit"].mean, abs=0.01)
        assert winner.optimism["profit"] == 0

    @pytest.mark.parametrize("seed", [-1, 2**40])
    def test_any_whole_number_is_a_seed(self, seed):
        assert optimise(SMALL, VARY, [PROFIT], trials=2, replicates=2, fresh_replicates=2, seed=seed).winners

    def test_optimism_is_the_lead_that_is_lost(self, monkeypatch):
        # Every setting is worth the same; each has its own luck in the worlds of the search.
        def run(scenario, points, strategies, measures, *, replicates, seed, **_):
            rows = []
            for point in points:
                key = int(1000 * point.get(CAPACITY, 0)) + 100_000 * (strategies[0] == OPTIMISED)
                rows.append(50 + np.random.default_rng([seed, key]).normal(size=(replicates, 1)))
            return Runs(np.stack(rows)[:, None], {})

        monkeypatch.setattr(module, "run_points", run)
        leads, optimisms = [], []
        for seed in range(12):
            (winner,) = optimise(SMALL, VARY[:1], [PROFIT], trials=30, replicates=4, seed=seed).winners
            leads.append(winner.against["profit"].mean)
            optimisms.append(winner.optimism["profit"])
        assert np.mean(optimisms) > 0.5
        assert abs(np.mean(leads)) < 0.3


class TestParts:
    def test_worst_takes_the_worst_side_of_goal_and_bound(self):
        values = np.array([[1.0, 9.0, 0.3], [5.0, 2.0, 0.6]])
        wanted = ((PROFIT, CALM), (Constraint("loyalty", 1, 0.5),))
        mean = Aims(*wanted).trial(0, {}, values)
        worst = Aims(*wanted, is_worst=True).trial(0, {}, values)
        assert list(mean.scores.values()) == pytest.approx([3, 5.5, 0.45])
        assert list(worst.scores.values()) == pytest.approx([1, 9, 0.3])
        assert (mean.violation, worst.violation) == pytest.approx((0.05, 0.2))

    def test_a_world_that_failed_leaves_nothing_to_choose(self):
        assert not Aims((PROFIT,)).trial(0, {}, np.array([[1.0], [np.nan]])).is_feasible

    def test_of_equal_trials_the_first_is_kept(self):
        trials = [Trial(number, {}, {"profit": value}, 0.0) for number, value in enumerate([1.0, 3.0, 3.0])]
        assert [trial.number for trial in Aims((PROFIT,)).front(trials)] == [1]

    @pytest.mark.parametrize("text", ["loyalty", "loyalty>0.5", "loyalty>=x", ">=1", "loyalty>=nan"])
    def test_bounds_that_say_nothing(self, text):
        with pytest.raises(ValueError, match="write MEASURE>=NUMBER or MEASURE<=NUMBER"):
            Constraint.parse(text)

    def test_levers_may_be_named_short_or_by_their_start(self):
        for text in ("empathy=0:1", "levers.dialogue.empathy=0:1", f"levers.{OPTIMISED}.empathy=0:1"):
            assert key_of(text, "dialogue") == f"levers.{OPTIMISED}.empathy=0:1"
        assert key_of("budget=1:2", "dialogue") == "budget=1:2"

    def test_a_copy_does_what_its_original_does(self):
        scenario = Scenario.of(
            {
                **SMALL.model_dump(),
                "schedule": {"late": [{"day": 3, "strategy": "broadcast"}]},
                "levers": {"late": {"empathy": 0.5}},
            }
        )
        for name in ("dialogue", "late"):
            copied = with_copy(scenario, name)
            runs = run_points(copied, [{}], [name, OPTIMISED], ["profit", "loyalty"], replicates=2, seed=1)
            assert (runs.values[0, 0] == runs.values[0, 1]).all()

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ({"varied": []}, "nothing is varied"),
            ({"goals": []}, "no goal"),
            ({"goals": [PROFIT, PROFIT]}, "profit: is a goal twice"),
            ({"goals": [Goal("fame", 1)]}, "there is no measure 'fame'"),
            ({"varied": ["empathy=0:7"]}, "empathy"),
            ({"varied": ["fame=0:7"]}, "fame: there is no such key"),
            ({"trials": 0}, "trials = 0"),
            ({"fresh_replicates": 1}, "fresh replicates = 1"),
            ({"start": "nobody"}, "there is no strategy 'nobody'"),
            ({"constraints": [Constraint("profit", -1, 3.0)]}, "bounds a goal from the wrong side"),
            # Keys are named as they were written, not by the copy of the strategy.
            ({"varied": ["empathy=0:7"]}, ": empathy = 7.0: must lie in"),
            ({"varied": ["empathy=1,2"]}, "--vary empathy=1,2: a range is needed here, as in empathy=LOW:HIGH"),
            ({"varied": ["empathy=1:0"]}, "--vary empathy=1:0: LOW must be less"),
            ({"varied": ["levers.dialogue.fame=0:1"]}, ": levers.dialogue.fame = 0.0: there is no such lever"),
            (
                {"varied": ["empathy=0:1", "levers.dialogue.empathy=0:1"]},
                "--vary levers.dialogue.empathy: is varied tw",
            ),
            ({"varied": ["levers.blitz.empathy=0:1"]}, "nobody follows 'blitz' here; vary the levers of dialogue"),
        ],
    )
    def test_mistakes(self, known, words, said):
        with pytest.raises(ValueError, match=said):
            optimise(SMALL, **{"varied": VARY, "goals": [PROFIT], **words})
        assert known == []

    def test_without_optuna_the_extra_is_named(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "optuna", None)
        with pytest.raises(ValueError, match=r"influence-sim\[optimise\]"):
            optimise(SMALL, VARY, [PROFIT])


SEARCH = {"trials": 10, "replicates": 2, "fresh_replicates": 2}


class TestFolder:
    def test_a_search_that_was_killed_goes_on_to_the_same_end(self, known, tmp_path):
        whole = optimise(SMALL, VARY, [PROFIT], **SEARCH)
        kept = optimise(SMALL, VARY, [PROFIT], **SEARCH, out=tmp_path)
        assert kept.trials == whole.trials
        file = tmp_path / "trials.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines()
        file.write_text("\n".join(lines[:7]) + "\n" + lines[7][:9], encoding="utf-8")
        known.clear()
        again = optimise(SMALL, VARY, [PROFIT], **SEARCH, out=tmp_path, resume=True)
        assert again.trials == whole.trials
        assert again.rows() == whole.rows()
        assert sum(len(points) for seed, name, points in known if seed == 1 and name == OPTIMISED) == 4

    def test_another_search_or_an_unfinished_one_is_refused(self, known, tmp_path):
        optimise(SMALL, VARY, [PROFIT], **SEARCH, out=tmp_path)
        with pytest.raises(StoreError, match="holds an unfinished search, 10 trials done"):
            optimise(SMALL, VARY, [PROFIT], **SEARCH, out=tmp_path)
        with pytest.raises(StoreError, match="holds another search"):
            optimise(SMALL, VARY, [CALM], **SEARCH, out=tmp_path, resume=True)

    @pytest.mark.parametrize("name", ["manifest.json", "trials.csv", "trials.jsonl"])
    def test_files_of_others_are_left_alone(self, known, tmp_path, name):
        (tmp_path / name).write_text("mine", encoding="utf-8")
        with pytest.raises(StoreError, match=f"{name} there is no result of ours"):
            optimise(SMALL, VARY, [PROFIT], **SEARCH, out=tmp_path)
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"
        assert known == []


def test_worlds_in_which_nothing_strikes_are_counted():
    seen = []
    words = {"trials": 2, "replicates": 2, "fresh_replicates": 2, "on_progress": lambda *two: seen.append(two)}
    found = optimise(SMALL, ["posts_per_day=0:3"], [Goal("margin_lost", -1)], **words)
    assert found.worlds == 2 * (3 * 2 + 2 * 2)
    assert seen[-1] == (20, 20)
    assert seen == sorted(seen)
    with pytest.raises(ValueError, match=r"^margin_lost: .* nothing strikes"):
        optimise(SMALL.with_values({"incident": []}), ["posts_per_day=0:3"], [PROFIT, Goal("margin_lost", -1)])


def test_real_worlds_pair_the_winner_with_the_baseline(tmp_path):
    words = {"trials": 5, "replicates": 2, "fresh_replicates": 3, "seed": 4, "baseline": "broadcast"}
    found = optimise(SMALL, ["posts_per_day=0:3"], [PROFIT], **words)
    (winner,) = found.winners
    scenario = with_copy(SMALL, "dialogue").with_values(winner.trial.setting)
    runs = run_points(scenario, [{}], [OPTIMISED, "broadcast"], ["profit"], replicates=3, seed=4 + FRESH_SEEDS)
    ours, theirs = runs.values[0, :, :, 0]
    assert winner.against["profit"] == contrast(ours, theirs)
    assert optimise(SMALL, ["posts_per_day=0:3"], [PROFIT], **words).rows() == found.rows()
    assert found.worlds == 6 * 2 + 2 * 3
    assert len(optimum_table(found).rows) == 1
    assert "18 worlds: 5 trials × 2 replicates" in " ".join(optimum_words(found))
    assert found.write(tmp_path) == ("optimum.csv", "trials.csv", "manifest.json")
    assert json.loads((tmp_path / "manifest.json").read_text())["optimise"]["baseline"] == "broadcast"
