"""The airlines' page shows what the fits in the repository found, and these are fits of the files beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence_sim.experiment.posterior import read_posterior
from influence_sim.fitting.case import read_case
from influence_sim.fitting.fit import read_fit
from influence_sim.report.fitting import page
from influence_sim.scenario import Scenario

ROOT = Path(__file__).parents[2]
CASES = ROOT / "experiments" / "airlines"
FITS = pytest.mark.parametrize("name", ["first_days", "crisis"])


@FITS
def test_every_row_of_a_fit_stands_on_the_page(name):
    shown = (ROOT / "docs" / "airlines.md").read_text(encoding="utf-8")
    rows = [line for line in page(read_fit(CASES / name)).splitlines() if line.startswith("|")]
    assert len(rows) > 20
    assert [row for row in rows if row not in shown] == []


@FITS
def test_a_fit_is_of_the_file_that_says_what_is_free(name):
    about, case = read_fit(CASES / name), read_case(CASES / f"{name}.toml")
    assert about["ranges"] == case.free
    assert about["carried"] == case.carried
    assert about["days"]["fitted"] == [str(case.first), str(case.last)]
    draws = read_posterior(CASES / name / "posterior.csv", Scenario.load("airlines"))
    assert len(draws) == about["asked"]["draws"]
    assert set(draws[0]) == {*case.free, *case.carried}


@FITS
def test_what_guesses_do_better_is_not_hidden(name):
    errors = read_fit(CASES / name)["prediction"]["mean_absolute_error"]
    best = min(errors, key=errors.get)
    lines = page(read_fit(CASES / name)).splitlines()
    assert sum("(the best)" in line for line in lines) == 1
    told = {"fit": "of the fit", "last_value": "of repeating the last day", "mean": "of the mean of the days fitted"}
    assert told[best] in next(line for line in lines if "(the best)" in line)
