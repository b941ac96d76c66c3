"""Worlds that claims share give each the same numbers as worlds of its own, and what was run is never run again."""

import json
from pathlib import Path

import numpy as np
import pytest
from small_claims import ANSWERED, write

import influence_sim as ins
from influence_sim.claims import conditions, trials
from influence_sim.claims.claim import read_claims
from influence_sim.claims.run import Effort, put_to_the_test
from influence_sim.claims.trials import Archive, Reading, Trial, Wanted, read
from influence_sim.experiment.folders import StoreError

EFFORT = Effort(replicates=3, checks=2, per_point=2, points=2, in_space=1)


@pytest.fixture
def claims(tmp_path: Path):
    folder = tmp_path / "files"
    write(folder, 1)
    write(folder, 2, {"measure": "trust", "more": "answers", "less": "silent"}, ANSWERED)
    # The same name for other levers, as a map has it, too.
    other = write(folder, 3, {"measure": "trust", "more": "dialogue", "less": "answers"})
    other.write_text(other.read_text(encoding="utf-8").replace("reply_capacity = 50.0", "reply_capacity = 0.1"))
    # And other worlds altogether.
    write(folder, 4, days=10)
    return read_claims(folder)


def numbers(results) -> list:
    return [
        (found.claim.number, found.effects, found.control, found.quiet, found.cells, found.held)
        for found in results.found
    ]


def test_a_claim_comes_out_the_same_alone_and_among_others(claims):
    together = put_to_the_test(claims, EFFORT)
    alone = [put_to_the_test([claim], EFFORT).found[0] for claim in claims]
    for one, other in zip(together.found, alone, strict=True):
        assert (one.effects, one.control, one.quiet) == (other.effects, other.control, other.quiet)
        assert (one.held, [cell.effects for cell in one.cells]) == (other.held, [cell.effects for cell in other.cells])
    assert together.found[0].effects[0].more > 0
    assert together.found[1].effects[1] == together.found[0].effects[0]


def test_claims_of_one_scenario_share_worlds_and_others_do_not(claims):
    wishes = [wish for claim in claims for pair in trials.wanted(claim, {}, 3, 1) for wish in pair]
    made = Archive(None)._trials([wish for wish in wishes if isinstance(wish, Wanted)])
    shared = [sorted({one.strategy for one in trial.readings}) for trial in made]
    # Claims 1 and 2, and what claim 3 has in common with them; its own answers; claim 4.
    assert sorted(shared) == [["answers"], ["answers", "dialogue", "silent"], ["answers", "silent"]]


def test_levers_of_one_claim_do_not_reach_another_s_strategies(claims):
    # The first changes what "dialogue" means, but asks for another strategy; the second asks for it as it is.
    changed = claims[0].scenario.with_values({"levers.dialogue.reply_capacity": 0.0})
    first, second = (trials.Market(one, 3, 1) for one in (changed, claims[0].scenario))
    wishes = [Wanted(first, Reading("silent", "replies")), Wanted(second, Reading("dialogue", "replies"))]
    archive = Archive(None)
    archive.gather(wishes)
    alone = Archive(None)
    alone.gather(wishes[1:])
    assert archive.value(wishes[1]).tolist() == alone.value(wishes[1]).tolist()
    assert archive.value(wishes[1]).sum() > 0


def test_each_point_of_the_space_has_draws_of_its_own(claims, monkeypatch):
    seen = []
    run = Trial.run
    monkeypatch.setattr(Trial, "run", lambda self, graph: seen.append(self.market.seed) or run(self, graph))
    put_to_the_test(claims[:2], Effort(replicates=2, checks=2, per_point=0, points=3, in_space=1))
    assert len(set(seen)) == 1 + 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_kept_is_not_run_again(claims, tmp_path: Path, jobs, monkeypatch):
    keep = tmp_path / "kept"
    first = put_to_the_test(claims, EFFORT, keep=keep, jobs=jobs)
    assert numbers(first) == numbers(put_to_the_test(claims, EFFORT))
    some = sorted(keep.glob("*.json"))
    monkeypatch.setattr(Trial, "run", lambda self, graph: pytest.fail("is run again"))
    assert numbers(put_to_the_test(claims, EFFORT, keep=keep)) == numbers(first)
    monkeypatch.undo()
    # A process that was killed leaves some of it.
    for file in some[::2]:
        file.unlink()
    assert numbers(put_to_the_test(claims, EFFORT, keep=keep)) == numbers(first)


def test_another_seed_asks_for_other_worlds(claims, tmp_path: Path):
    keep = tmp_path / "kept"
    one, other = (put_to_the_test(claims[:1], EFFORT, keep=keep, seed=seed) for seed in (1, 2))
    assert one.found[0].effects != other.found[0].effects


@pytest.mark.parametrize("text", ["", "[[1, 2", "[[1, 2]]", "7"])
def test_a_damaged_file_is_named(claims, tmp_path: Path, text):
    keep = tmp_path / "kept"
    put_to_the_test(claims[1:2], EFFORT, keep=keep)
    file = max(keep.glob("*.json"), key=lambda file: len(json.loads(file.read_text())))
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=f"{file.name}: is damaged; remove it"):
        put_to_the_test(claims[1:2], EFFORT, keep=keep)


def test_readings_are_what_a_comparison_says(claims):
    scenario = claims[0].scenario
    found = ins.compare(scenario, ["silent", "answers"], replicates=3, seed=1)
    own = found.summary["sales"][1, :, found.focal]
    assert read(found, Reading("answers", "sales")).tolist() == own.tolist()
    everyone = found.summary["sales"][1].sum(axis=-1)
    assert read(found, Reading("answers", "sales", "all")).tolist() == everyone.tolist()
    assert read(found, Reading("answers", "sales", "rivals")).tolist() == (everyone - own).tolist()
    daily = found.daily.sel(strategy="answers", company="ours")
    complaints = daily.sel(measure="complaints").to_numpy()
    window = read(found, Reading("answers", "complaints", days=(4, 8)))
    assert window.tolist() == complaints[:, 4:8].sum(axis=1).tolist()
    assert read(found, Reading("answers", "complaints", highest=True)).tolist() == complaints.max(axis=1).tolist()
    hours, replies = (daily.sel(measure=name).to_numpy()[:, 4:9].sum(axis=1) for name in ("reply_hours", "replies"))
    ratio = read(found, Reading("answers", "response_time", days=(4, 9)))
    np.testing.assert_allclose(ratio, hours / replies)
    after = read(found, Reading("answers", "disproportion"))
    np.testing.assert_array_equal(after, found.summary["disproportion"][1, :, found.focal])
    assert not np.isnan(after).all()


def test_a_point_that_cannot_be_run_is_left_out(claims, monkeypatch):
    points = ({"parameters.need_interval": 3.0}, {"parameters.need_interval": 4.0})
    monkeypatch.setattr(conditions, "space", lambda scenario, count, seed: points)
    run = Trial.run

    def failing(self, graph):
        if self.market.scenario.parameters["need_interval"] == 4.0:
            return self.key, "every world failed"
        return run(self, graph)

    monkeypatch.setattr(Trial, "run", failing)
    assert len(put_to_the_test(claims[:1], EFFORT).found[0].held) == 1


def test_a_side_stands_over_a_map_and_a_control_over_a_side(tmp_path: Path):
    sides = '[claim.sides.harsh]\nstrategy = "silent"\nsettings = { "incident.severity" = 0.7 }\n'
    file = write(tmp_path, 1, {"measure": "sales", "more": "harsh", "less": "silent"}, sides=sides)
    (claim,) = read_claims(file.parent)
    point = {"incident.severity": 0.2}

    def severities(**how) -> list[float | None]:
        ((more, less),) = trials.wanted(claim, point, 2, 1, **how)
        return [wish.market.scenario.incident[0].severity for wish in (more, less)]

    assert severities() == [0.7, 0.2]
    assert severities(decisive=True) == [0.2, 0.2]
