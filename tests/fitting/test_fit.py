"""Fits find what was put in, say nothing of what they cannot know, and are set against guesses."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from influence_sim.data.tables import DataError, Table
from influence_sim.experiment.workers import processes
from influence_sim.fitting.case import FitCase, read_case
from influence_sim.fitting.posterior import adjusted, equally_likely
from influence_sim.fitting.prediction import Prediction
from influence_sim.fitting.sampling import Sample, sample_posterior
from influence_sim.fitting.simulation import simulated_counts
from influence_sim.fitting.summaries import SUMMARIES, Window, observed_counts, summarise, summary_labels
from influence_sim.scenario import Scenario, ScenarioError

WINDOW = Window(3, 5)
COUNTS = np.arange(40, dtype=float).reshape(5, 4, 2) + 1


# what is compared


def test_summaries_do_not_depend_on_how_many_people_a_consumer_stands_for():
    large = {name: SUMMARIES[name][1](1e6 * COUNTS, WINDOW) for name in SUMMARIES}
    larger = {name: SUMMARIES[name][1](1e7 * COUNTS, WINDOW) for name in SUMMARIES}
    for name in SUMMARIES:
        assert np.allclose(large[name], larger[name], atol=1e-5)


def test_summaries_are_named_in_the_order_they_come_in():
    companies = ["a", "b", "c", "d"]
    found = dict(
        zip(summary_labels(companies, WINDOW, [*SUMMARIES]), summarise(1e6 * COUNTS, WINDOW, [*SUMMARIES]), strict=True)
    )
    assert len(found) == 4 + 4 + 8
    complaints = COUNTS[:, 2, 0]
    assert found["surge c day 4"] == pytest.approx(np.log(complaints[4] / complaints[:3].mean()), abs=1e-5)
    assert found["negative_odds b"] == pytest.approx(np.log(COUNTS[:3, 1, 0].sum() / COUNTS[:3, 1, 1].sum()), abs=1e-5)


def test_a_record_is_counted_by_day_company_and_sentiment():
    time = pd.to_datetime(["2026-01-05 01:00", "2026-01-05 23:00", "2026-01-06 05:00", "2026-01-06 23:30"], utc=True)
    frame = pd.DataFrame({"time": time, "company": ["a", "a", "b", "a"], "sentiment": [-1, 1, -1, 0]})
    counts = observed_counts(Table("made", frame, {}), ["b", "a"], "2026-01-05", "2026-01-06")
    assert counts.tolist() == [[[0, 0], [1, 1]], [[1, 0], [0, 0]]]
    with pytest.raises(DataError, match="does not know 'c'; companies are a, b"):
        observed_counts(Table("made", frame, {}), ["c"], "2026-01-05", "2026-01-06")
    with pytest.raises(DataError, match="covers 2 of the 4 days"):
        observed_counts(Table("made", frame, {}), ["a"], "2026-01-05", "2026-01-08")
    with pytest.raises(DataError, match="a fit needs sentiment"):
        observed_counts(Table("made", frame.drop(columns="sentiment"), {}), ["a"], "2026-01-05", "2026-01-06")


# sampling, on a model whose posterior is known

SIZE, NOISE = 2, 0.3
FREE = {"x": (-3.0, 3.0), "y": (-3.0, 3.0), "idle": (0.0, 1.0)}
MIX = np.array([[1.0, 0.5], [0.0, 2.0]])


def gaussian(values, seed):
    """Two noisy mixtures of x and y: with flat ranges the posterior is normal; of idle it says nothing."""
    noise = np.random.default_rng(seed).normal(0, NOISE, 2)
    return MIX @ [values["x"], values["y"]] + noise


def fitted(folder, executor, jobs=1, seed=1, particles=300, generations=4, observed=(0.8, -1.0)):
    folder.mkdir(exist_ok=True)
    return sample_posterior(
        gaussian,
        FREE,
        np.array(observed),
        particles=particles,
        generations=generations,
        seed=seed,
        folder=folder,
        executor=executor,
        jobs=jobs,
    )


@pytest.fixture(scope="module")
def gaussian_sample(tmp_path_factory):
    pytest.importorskip("pyabc")
    with ThreadPoolExecutor(1) as executor:
        return fitted(tmp_path_factory.mktemp("abc"), executor)


def test_the_posterior_is_the_one_that_theory_gives(gaussian_sample):
    """x, y ~ N(M⁻¹s, σ²(MᵀM)⁻¹), and idle stays uniform."""
    observed = np.array([0.8, -1.0])
    mean = np.linalg.solve(MIX, observed)
    spread = NOISE * np.sqrt(np.diag(np.linalg.inv(MIX.T @ MIX)))
    values = equally_likely(*adjusted(gaussian_sample, observed, FREE), 2000, 1)
    assert values[:, :2].mean(axis=0) == pytest.approx(mean, abs=0.08)
    assert values[:, :2].std(axis=0) == pytest.approx(spread, rel=0.2)
    assert values[:, 2].mean() == pytest.approx(0.5, abs=0.08)
    assert values[:, 2].std() == pytest.approx(12**-0.5, rel=0.15)
    assert gaussian_sample.generation == 3
    assert gaussian_sample.effective > 90
    assert gaussian_sample.values[:, :2].std(axis=0).max() < 0.5 * 6 * 12**-0.5, "generations come nearer to the record"


def test_where_much_is_free_weights_that_collapse_are_not_used(tmp_path):
    """With twenty unknowns the second generation rests on a few particles, so the first is used."""
    pytest.importorskip("pyabc")
    free = {f"x{number}": (-3.0, 3.0) for number in range(20)}

    def model(values, seed):
        return np.array([*values.values()]) + np.random.default_rng(seed).normal(0, 0.1, 20)

    with ThreadPoolExecutor(1) as executor:
        found = sample_posterior(
            model,
            free,
            np.full(20, 1.0),
            particles=60,
            generations=2,
            seed=1,
            folder=tmp_path,
            executor=executor,
            jobs=1,
        )
    assert found.generation == 0
    assert found.effective == pytest.approx(60)


def test_regression_moves_values_to_the_record():
    """Where values follow summaries exactly, what is left is one point, wherever it was sampled."""
    random = np.random.default_rng(1)
    values = random.uniform(0.3, 0.7, (200, 1))
    sample = Sample(values, np.full(200, 1 / 200), np.log(values / (1 - values)), 0, 200.0, [1.0], 200)
    found, _ = adjusted(sample, np.array([0.2]), {"x": (0.0, 1.0)})
    assert found == pytest.approx(np.full((200, 1), 1 / (1 + np.exp(-0.2))), abs=1e-3)


def test_where_nothing_changes_what_is_summed_up_all_values_stay_as_likely():
    values, same = np.linspace(0.1, 0.9, 9)[:, None], np.full((9, 1), 0.2)
    found, weights = adjusted(Sample(values, np.full(9, 1 / 9), same, 0, 9.0, [1.0], 9), same[0], {"x": (0.0, 1.0)})
    assert found == pytest.approx(values)
    assert weights == pytest.approx(np.full(9, 1 / 9))


@pytest.mark.slow
def test_processes_do_not_matter_and_a_stopped_fit_goes_on(tmp_path, gaussian_sample):
    pytest.importorskip("pyabc")
    with processes(2) as executor:
        other = fitted(tmp_path / "two", executor, jobs=2)
    assert np.array_equal(other.values, gaussian_sample.values)
    assert other.simulations == gaussian_sample.simulations
    with ThreadPoolExecutor(1) as executor:
        fitted(tmp_path / "part", executor, generations=2)
        whole = fitted(tmp_path / "part", executor, generations=4)
    assert len(whole.tolerances) == 4
    assert whole.values[:, :2].mean(axis=0) == pytest.approx(gaussian_sample.values[:, :2].mean(axis=0), abs=0.15)


# the market

TRUTH = {"companies.0.failure_rate": 0.25, "companies.1.failure_rate": 0.6, "companies.1.appeal": -0.6}
MARKET = {
    "name": "made",
    "days": 6,
    "burn_in_days": 10,
    "step_hours": 24.0,
    "network": {"consumers": 800},
    "companies": [{"name": "a"}, {"name": "b"}],
    "parameters": {"voice_intercept": 0.0, "praise_intercept": -1.5, "need_interval": 10.0},
}


def made_case(**about):
    return FitCase(
        scenario="made",
        first=dt.date(2026, 1, 5),
        last=dt.date(2026, 1, 8),
        predicted=dt.date(2026, 1, 10),
        summaries=["share", "negative_odds"],
        free={
            "companies.0.failure_rate": [0.02, 0.9],
            "companies.1.failure_rate": [0.02, 0.9],
            "companies.1.appeal": [-2.0, 2.0],
        },
        **about,
    )


@pytest.mark.slow
def test_known_parameters_of_a_market_are_recovered(tmp_path, monkeypatch):
    """A record made with known values: their 95 % intervals hold at least two of three, and are narrower by far."""
    pytest.importorskip("pyabc")
    from influence_sim.fitting.fit import fit

    scenario = Scenario.of(MARKET)
    monkeypatch.setattr(FitCase, "setting", lambda self: scenario)
    counts = simulated_counts(scenario, TRUTH, seed=11)[0]
    case = made_case(carried={"parameters.reply_trust": [0.0, 0.2]})
    with processes(2) as executor:
        found = fit(case, counts, particles=60, generations=3, draws=60, folder=tmp_path, executor=executor, jobs=2)
    told = found.parameters({key: tuple(limits) for key, limits in case.free.items()})
    assert sum(told[key]["low"] <= value <= told[key]["high"] for key, value in TRUTH.items()) >= 2
    assert np.mean([one["learnt"] for one in told.values()]) > 0.4
    assert found.prediction.coverage(slice(4, None)) >= 0.5
    assert {"parameters.reply_trust", *TRUTH} == set(found.draws[0])


# prediction


def test_coverage_and_errors_are_what_they_say():
    random = np.random.default_rng(1)
    predicted = random.poisson(50, (500, 6, 3)).astype(float)
    observed = random.poisson(50, (6, 3)).astype(float)
    observed[5, 0] = 500
    found = Prediction(observed, predicted[..., None], predicted, fitted_days=3, consumers_stand_for=1.0)
    assert found.coverage(slice(None, 3)) > 0.7
    assert found.coverage(slice(5, 6)) <= 2 / 3
    errors = found.errors()
    later = observed[3:]
    assert errors["last_value"] == pytest.approx(np.abs(observed[2] - later).mean())
    assert errors["mean"] == pytest.approx(np.abs(observed[:3].mean(axis=0) - later).mean())
    assert errors["fit"] == pytest.approx(np.abs(np.median(predicted, axis=0)[3:] - later).mean())


# the file

GOOD = """
scenario = "quiet_year"
first = 2026-01-05
last = 2026-01-08
summaries = ["share"]
[free]
"parameters.need_interval" = [5.0, 50.0]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("last = 2026-01-08", "last = 2026-01-02", "must be days in this order"),
        ('["share"]', '["shame"]', "there is no 'shame'; there are share, negative_odds, surge"),
        ("[5.0, 50.0]", "[50.0, 5.0]", "must be a lower and a higher value"),
        ("[5.0, 50.0]", "[5.0, 5000.0]", "need_interval"),
        ("need_interval", "ned_interval", "ned_interval"),
        ("quiet_year", "quite_year", "quite_year"),
        ("first", "furst", "furst"),
        ("[free]", "[free", "is not valid TOML"),
        ('["share"]', '["surge"]', "surge needs days after the last ordinary one"),
        ("[free]", "[companies]\nthem = 'us'\n[free]", "companies.them: there is no such company"),
    ],
)
def test_a_fault_in_a_fit_is_one_line_that_names_the_file(tmp_path, old, new, said):
    file = tmp_path / "fit.toml"
    file.write_text(GOOD)
    assert read_case(file).days == 4
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ScenarioError) as caught:
        read_case(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(file))
