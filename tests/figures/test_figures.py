"""Pictures show the numbers they are drawn from."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import influence_sim as ins
from influence_sim.figures.crowd import Scene, crowd
from influence_sim.figures.style import COLOURS, encoded, looks


@cache
def compared():
    scenario = ins.Scenario.load("shipping_delay").with_values({"days": 20, "incident.day": 5, "burn_in_days": 10})
    return ins.compare(scenario, ["broadcast", "dialogue"], replicates=4)


def test_time_lines_are_the_means_over_worlds():
    figure = compared().plot("loyalty")
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].get_lines()}
    days = compared().daily.sel(company="our shop", measure="loyalty").mean("replicate")
    for name in compared().strategies:
        assert np.allclose(lines[name], days.sel(strategy=name))


def test_counts_are_averaged_over_three_days_and_ratios_of_their_sums():
    figure = compared().plot("complaints", "sentiment")
    daily = compared().daily.sel(company="our shop", strategy="dialogue")
    drawn = {panel.get_title(loc="left"): panel.get_lines()[1].get_ydata() for panel in figure.axes[:2]}
    counts = daily.sel(measure="complaints").mean("replicate").to_numpy()
    mean = next(values for title, values in drawn.items() if title.startswith("complaints"))
    assert mean[6] == pytest.approx(counts[5:8].mean())
    assert mean[-1] == pytest.approx(counts[-2:].mean())
    sums = daily.sel(day=slice(18, 19)).sum("day")
    ratio = (sums.sel(measure="valence_said") / sums.sel(measure="said")).mean("replicate")
    mood = next(values for title, values in drawn.items() if title.startswith("sentiment"))
    assert mood[-1] == pytest.approx(float(ratio))


def test_worlds_that_failed_are_left_out_and_not_taken_for_zeros():
    from dataclasses import replace

    values = compared().values.copy()
    values[1, :3] = np.nan
    some = replace(compared(), values=values)
    names = [measure.name for measure in some.measures]
    left = compared().values[1, 3, some.focal, :, names.index("complaints")]
    drawn = some.plot("complaints").axes[0].get_lines()[1].get_ydata()
    assert drawn[6] == pytest.approx(left[5:8].mean())
    assert some.mean_switches()[1] == pytest.approx(compared().switches[1, 3])
    values[1] = np.nan
    gone = replace(compared(), values=values)
    assert np.isnan(gone.plot("complaints").axes[0].get_lines()[1].get_ydata()).all()
    assert gone.plot_moves()._repr_png_()
    assert gone.plot_returns()._repr_png_()


@pytest.mark.parametrize("name", ["_mine", "A$ and B$", r"$\frac{a$", "x" * 200, "顧客"])
def test_any_name_is_shown_as_it_is(name):
    from dataclasses import replace

    some = replace(compared(), strategies=(name, "dialogue"), companies=(name, *compared().companies[1:]))
    figure = some.plot()
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown[0] == (name if len(name) < 29 else "x" * 27 + "…")
    for drawn in (figure, some.plot_differences(), some.plot_moves(), some.plot_returns()):
        assert encoded(drawn, "svg").startswith(b"<?xml")


def test_a_single_day_is_seen():
    day = ins.compare(ins.Scenario().with_values({"days": 1, "burn_in_days": 0}), ["silent", "dialogue"], replicates=2)
    line = day.plot("loyalty").axes[0].get_lines()[0]
    assert line.get_marker() not in ("", "None")


def test_a_band_holds_the_middle_of_the_worlds():
    figure = compared().plot("customers")
    days = compared().daily.sel(company="our shop", measure="customers", strategy="broadcast").to_numpy()
    corners = figure.axes[0].collections[0].get_paths()[0].vertices
    at_ten = corners[corners[:, 0] == 10][:, 1]
    assert sorted({round(float(y), 6) for y in at_ten}) == pytest.approx(sorted(np.quantile(days[:, 10], [0.1, 0.9])))


def test_differences_show_intervals_and_fill_what_is_sure():
    figure = compared().plot_differences("trust", "storm_days")
    for panel, name in zip(figure.axes, ("trust", "storm_days"), strict=False):
        found = compared().contrasts[name]["dialogue - broadcast"]
        interval, mean = panel.get_lines()[:2]
        assert tuple(interval.get_xdata()) == pytest.approx((found.low, found.high))
        assert mean.get_xdata()[0] == found.mean
        assert (mean.get_markerfacecolor() != "white") == found.is_sure


def test_strategies_differ_in_more_than_colour():
    found = list(looks(["a", "b", "c", "d"]).values())
    assert len({look.colour for look in found}) == len({str(look.line) for look in found}) == 4
    assert len({look.marker for look in found}) == 4


def test_colours_are_told_apart_by_those_who_see_few():
    """Red- and green-blindness as simulated by Viénot, Brettel & Mollon (1999), distances in CIELAB.

    2.3 is just noticeable (Mahy, Van Eycken & Oosterlinck 1994); lines on a page need several times as much.
    """
    from matplotlib.colors import to_rgb

    light = np.array([to_rgb(colour) for colour in COLOURS[:4]]) ** 2.2
    protan = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    deutan = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    for seen in (light, light @ protan.T, light @ deutan.T):
        lab = _lab(seen)
        apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)[np.triu_indices(4, 1)]
        assert apart.min() > 5 * 2.3


def _lab(light):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    relative = (light @ to_xyz.T) / to_xyz.sum(axis=1)
    f = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def test_unknown_measures_are_refused():
    with pytest.raises(ValueError, match="there is no 'mood' by the day"):
        compared().plot("mood")
    with pytest.raises(ValueError, match="two strategies or more"):
        ins.compare(
            ins.Scenario().with_values({"days": 2, "burn_in_days": 0}), ["silent"], replicates=1
        ).plot_differences()


def test_notebooks_get_a_picture_and_a_table():
    assert compared().plot()._repr_png_().startswith(b"\x89PNG")
    shown = compared()._repr_html_()
    assert "loyalty" in shown
    assert "dialogue" in shown


def test_names_are_shown_and_not_run():
    scenario = ins.Scenario().with_values({"days": 2, "burn_in_days": 0, "companies.0.name": "<b>us</b>"})
    assert "<b>us" not in ins.compare(scenario, ["silent"], replicates=1)._repr_html_()


# crowds


def network(consumers, kind="heavy_tailed", seed=1):
    values = {"network.consumers": consumers, "network.kind": kind, "network.seed": seed}
    return ins.Scenario().with_values(values).graph()


@pytest.mark.parametrize("kind", ["heavy_tailed", "small_world", "stochastic_block"])
def test_a_sample_is_of_the_network_and_the_same_each_time(kind):
    graph = network(5000, kind)
    one, other = crowd(graph, 300), crowd(graph, 300)
    assert one.people.size == np.unique(one.people).size == 300
    assert np.array_equal(one.places, other.places)
    followers = {(int(u), int(v)) for u, v in one.people[one.ties]}
    for u, v in followers:
        assert (
            v in graph.followers[graph.offsets[u] : graph.offsets[u + 1]]
            or u in graph.followers[graph.offsets[v] : graph.offsets[v + 1]]
        )
    assert len(one.ties) >= 250, "people are sampled with those they are tied to"
    assert ((one.places > -0.1) & (one.places < 1.1)).all()


def test_friends_stand_nearer_than_strangers():
    shown = crowd(network(2000, "stochastic_block"), 600)
    tied = np.linalg.norm(shown.places[shown.ties[:, 0]] - shown.places[shown.ties[:, 1]], axis=1).mean()
    rng = np.random.default_rng(0)
    some = rng.integers(0, 600, (2000, 2))
    strangers = np.linalg.norm(shown.places[some[:, 0]] - shown.places[some[:, 1]], axis=1).mean()
    assert tied < 0.7 * strangers


def test_those_it_is_about_are_in_it():
    graph = network(5000)
    shown = crowd(graph, 200, around=[17, 4000, 4999])
    assert {17, 4000, 4999} <= set(shown.people.tolist())


@pytest.mark.parametrize("people", [2, 3, 50])
def test_small_networks_are_shown_whole(people):
    graph = ins.Scenario().with_values({"network.consumers": people, "network.mean_degree": 1.0}).graph()
    assert crowd(graph).people.size == people


def test_a_scene_changes_with_attitudes_and_only_with_them():
    from io import BytesIO

    from PIL import Image

    shown = crowd(network(500), 200)
    scene, calm = Scene(shown, 200), np.zeros(200, bool)

    def colours(attitude, against=calm):
        picture = Image.open(BytesIO(scene.frame(np.full(200, attitude), against)))
        return np.asarray(picture).astype(int)

    bad, good = colours(-1.0), colours(1.0)
    assert (bad[..., 0] - bad[..., 2]).mean() > 0 > (good[..., 0] - good[..., 2]).mean()
    assert np.array_equal(colours(0.3), colours(0.3))
    assert not np.array_equal(colours(0.3), colours(0.3, ~calm))


def test_encoding_twice_gives_the_same_file():
    for kind in ("svg", "png", "pdf"):
        assert encoded(compared().plot("trust"), kind) == encoded(compared().plot("trust"), kind)
