"""Pictures of a comparison: its course, its differences, who went where, and what it cost and earned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.contrasts import Estimate, estimate
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.words import number, signed
from influence_sim.figures.style import INK, PALE, in_style, looks, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TIME_LINES = ("loyalty", "customers", "sentiment", "complaints")
"""What is shown over time unless something else is asked for."""
DIFFERENCES = ("loyalty", "churn", "trust", "complaints", "storm_days", "profit")
MIDDLE = 0.8
"""Share of worlds within a band."""
SMOOTHED_DAYS = 3
"""Days over which what is counted by the day is averaged, the day itself in the middle."""
MOST_BANDS = 4
"""Strategies beyond which bands would hide each other."""
_MOST_STRIKES = 15
_NOTHING = 1e-12
"""What is smaller is what rounding leaves of nothing."""

type Floats = NDArray[np.float64]


def check_measures(result: Comparison, measures: Sequence[str]) -> None:
    """Raise a ValueError of one line if the comparison has not recorded a measure by the day."""
    known = [measure.name for measure in result.measures]
    for name in measures:
        if name not in known:
            raise ValueError(f"there is no {name!r} by the day; there are {', '.join(known)}")


def time_lines(result: Comparison, measures: Sequence[str] = TIME_LINES) -> Figure:
    """Draw measures of the focal company over time: the mean, and a band that holds the middle 80 % of worlds.

    What is counted by the day, and ratios of such counts, are averaged over three days. Below, each strategy's storms:
    the deeper the colour, the more of its worlds burned that day; grey behind the lines is the same of the strategy
    that burned most. Dotted lines mark the days on which an incident began to strike the company in some world.

    Raises
    ------
    ValueError
        If a measure is unknown.
    """
    from influence_sim.figures.drawing import Drawing

    check_measures(result, measures)
    columns = min(len(measures), 2)
    rows = -(-len(measures) // columns)
    with in_style():
        figure = Drawing(figsize=(5.0 * columns, 2.3 * rows + 0.32 * len(result.strategies) + 0.7))
        heights = [2.3] * rows + [0.3 * len(result.strategies)]
        panels = figure.subplots(rows + 1, columns, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
        burning = _burning(result)
        for panel in panels[:-1].ravel()[len(measures) :]:
            panel.set_axis_off()
        for panel, name in zip(panels[:-1].ravel(), measures, strict=False):
            _time_line(panel, result, name, burning)
        for place, panel in enumerate(panels[-1]):
            _strip(panel, result, burning)
            panel.tick_params(labelleft=place == 0)
        # Named here: a label that begins with an underscore would be left out.
        figure.legend(
            panels[0, 0].get_lines()[: len(result.strategies)],
            [short(name) for name in result.strategies],
            loc="outside upper center",
            ncols=min(len(result.strategies), 5),
        )
    return figure


def _time_line(panel: Axes, result: Comparison, name: str, burning: Floats) -> None:
    measure = next(one for one in result.measures if one.name == name)
    many = len(result.strategies)
    for (strategy, look), days in zip(looks(result.strategies).items(), by_day(result, name), strict=True):
        place = np.arange(days.shape[1])
        low, high = _quantiles(days)
        if len(days) > 1 and many <= MOST_BANDS:
            panel.fill_between(place, low, high, color=look.colour, alpha=0.18, lw=0)
        # A line of one day is a dot; lines that repeat a pattern of dashes have marks besides.
        is_marked = place.size == 1 or many > MOST_BANDS
        (line,) = panel.plot(place, means(days), color=look.colour, ls=look.line, lw=1.8, label=strategy)
        line.set(marker=look.marker if is_marked else "", markevery=max(place.size // 8, 1), markersize=4)
    _shade(panel, np.nan_to_num(burning).max(axis=0))
    for day in strikes(result):
        panel.axvline(day, color=INK, lw=0.9, ls=":")
    smoothed = f", mean of {SMOOTHED_DAYS} days" if _is_smoothed(result, name) else ""
    panel.set_title(f"{name.replace('_', ' ')} ({measure.unit}{smoothed})")


def by_day(result: Comparison, name: str) -> Floats:
    """Return the focal company's days as they are drawn: (strategies, replicates, days), smoothed where counted."""
    names = [measure.name for measure in result.measures]
    measure = result.measures[names.index(name)]
    if measure.of is not None:
        above, below = (
            _smoothed(result.values[:, :, result.focal, :, names.index(part)], total=True) for part in measure.of
        )
        return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))
    days: Floats = result.values[:, :, result.focal, :, names.index(name)]
    return _smoothed(days) if _is_smoothed(result, name) else days


def _is_smoothed(result: Comparison, name: str) -> bool:
    return next(one for one in result.measures if one.name == name).summary in ("sum", "ratio")


def _smoothed(days: Floats, total: bool = False) -> Floats:
    """Return the mean (or total) of each day and its neighbours; what is not a number stays so."""
    half = SMOOTHED_DAYS // 2
    around = np.stack([np.arange(days.shape[-1]) + step for step in range(-half, half + 1)])
    inside = (around >= 0) & (around < days.shape[-1])
    taken = np.where(inside, days[..., np.clip(around, 0, days.shape[-1] - 1)], 0.0)
    sums = taken.sum(axis=-2)
    return np.asarray(sums if total else sums / inside.sum(axis=0))


def means(days: Floats) -> Floats:
    """Return means over worlds (first axis), those without a value left out."""
    known = ~np.isnan(days)
    count = known.sum(axis=0)
    return np.asarray(np.divide(np.nansum(days, axis=0), count, out=np.full(count.shape, np.nan), where=count > 0))


def _quantiles(days: Floats) -> Floats:
    """Return the ends of the middle 80 % of worlds, day by day."""
    found = np.full((2, days.shape[1]), np.nan)
    seen = ~np.isnan(days).all(axis=0)
    found[:, seen] = np.nanquantile(days[:, seen], [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2], axis=0)
    return found


def _burning(result: Comparison) -> Floats:
    """Return the share of worlds in a firestorm of the focal company, shape (strategies, days)."""
    names = [measure.name for measure in result.measures]
    days = result.values[:, :, result.focal, :, names.index("storm_days")]
    return np.stack([means(one) for one in days])


def _shade(panel: Axes, share: Floats) -> None:
    """Make the ground grey where worlds burn, the darker the more of them."""
    ground = np.zeros((1, share.size, 4))
    ground[..., 3] = 0.35 * np.nan_to_num(share)
    ends, limits = (-0.5, share.size - 0.5), panel.get_ylim()
    panel.imshow(
        ground,
        extent=(*ends, 0, 1),
        aspect="auto",
        interpolation="nearest",
        transform=panel.get_xaxis_transform(),
        zorder=0,
    )
    panel.set_xlim(*ends)
    panel.set_ylim(*limits)


def _strip(panel: Axes, result: Comparison, burning: Floats) -> None:
    """Draw a row per strategy, the deeper the more of its worlds burn that day."""
    from matplotlib.colors import to_rgb

    picture = np.ones((*burning.shape, 4))
    for row, look in enumerate(looks(result.strategies).values()):
        picture[row, :, :3] = to_rgb(look.colour)
    picture[..., 3] = np.nan_to_num(burning)
    ends = (-0.5, burning.shape[1] - 0.5, len(burning) - 0.5, -0.5)
    panel.imshow(picture, extent=ends, aspect="auto", interpolation="nearest")
    panel.set_yticks(range(len(burning)), [f"{short(name)} in a storm" for name in result.strategies], fontsize=7)
    panel.tick_params(left=False)
    panel.set_xlabel("day")


def strikes(result: Comparison) -> list[int]:
    """Return the days on which something began to strike the focal company in some world; none if they are many."""
    names = [measure.name for measure in result.measures]
    hit = (result.values[:, :, result.focal, :, names.index("hit")] > 0).any(axis=(0, 1))
    days = np.flatnonzero(hit & ~np.concatenate([[False], hit[:-1]]))
    return [int(day) for day in days] if days.size <= _MOST_STRIKES else []


def differences(result: Comparison, measures: Sequence[str] = DIFFERENCES) -> Figure:
    """Draw paired differences to the first strategy with their 95 % intervals, a panel per measure.

    Raises
    ------
    ValueError
        If a measure is unknown, or there is one strategy only.
    """
    from influence_sim.figures.drawing import Drawing

    first, others = result.strategies[0], result.strategies[1:]
    if not others:
        raise ValueError("differences need two strategies or more")
    known = {quantity.name: quantity for quantity in result.quantities}
    for name in measures:
        if name not in known:
            raise ValueError(f"there is no {name!r}; there are {', '.join(known)}")
    columns = min(len(measures), 3)
    rows = -(-len(measures) // columns)
    with in_style():
        figure = Drawing(figsize=(10 / 3 * columns, rows * (1.15 + 0.3 * len(others)) + 0.3))
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for panel in panels[len(measures) :]:
            panel.set_axis_off()
        for panel, name in zip(panels, measures, strict=False):
            _difference(panel, result, known[name], [f"{other} - {first}" for other in others])
        figure.supxlabel(f"difference to {first} in the same worlds, with 95 % intervals", fontsize=9)
    return figure


def _difference(panel: Axes, result: Comparison, quantity: Any, pairs: Sequence[str]) -> None:
    shown = looks(result.strategies)
    for row, (pair, name) in enumerate(zip(pairs, result.strategies[1:], strict=True)):
        found, look = result.contrasts[quantity.name][pair], shown[name]
        if np.isfinite([found.low, found.high]).all():
            panel.plot(
                [_clean(found.low), _clean(found.high)], [row, row], color=look.colour, lw=2.2, solid_capstyle="butt"
            )
        face = look.colour if found.is_sure else "white"
        panel.plot([_clean(found.mean)], [row], look.marker, color=look.colour, mfc=face, ms=6, mew=1.4)
    panel.axvline(0, color=INK, lw=0.9)
    panel.set_yticks(range(len(pairs)), [short(name) for name in result.strategies[1:]])
    panel.set_ylim(len(pairs) - 0.4, -0.6)
    panel.margins(x=0.12)
    panel.locator_params(axis="x", nbins=5)
    wish = {1: "right is better", -1: "left is better"}.get(quantity.better, "")
    panel.set_title(f"{quantity.name.replace('_', ' ')}, {quantity.unit}", pad=14)
    panel.text(0, 1.02, wish, transform=panel.transAxes, fontsize=7, color="#666666")


def _clean(value: float) -> float:
    return 0.0 if abs(value) < _NOTHING else value


def net_moves(result: Comparison, strategy: int, rival: int) -> Estimate:
    """Return purchases won from a rival less those lost to it, per world, with the 95 % interval of the mean."""
    ours, whole = result.focal, result.is_whole[strategy]
    counts = result.switches[strategy].astype(np.float64)
    net = np.where(whole, counts[:, rival, ours] - counts[:, ours, rival], np.nan)
    return estimate(net, result.replicates_per_draw)


def moves(result: Comparison) -> Figure:
    """Draw purchases won from each rival and lost to it, per world, by strategy of the focal company."""
    from matplotlib.patches import Patch

    from influence_sim.figures.drawing import Drawing

    ours, companies = result.focal, result.companies
    rivals = [place for place in range(len(companies)) if place != ours]
    counts = result.mean_switches()
    with in_style():
        figure = Drawing(figsize=(10.0, 0.9 + 0.34 * (len(rivals) + 1) * len(result.strategies)))
        panel = figure.subplots()
        ticks, names = [], []
        for block, place in enumerate((*rivals, len(companies))):
            for row, (strategy, look) in enumerate(looks(result.strategies).items()):
                at = block * (len(result.strategies) + 0.8) + row
                lost = counts[row, ours, place]
                won = counts[row, place, ours] if place < len(companies) else 0.0
                if np.isnan(lost):
                    continue
                panel.barh(at, -lost, color="white", edgecolor=look.colour, hatch="////", lw=1.2)
                panel.barh(at, won, color=look.colour)
                whom = "nobody" if place == len(companies) else companies[place]
                ticks.append(at)
                names.append(f"{short(whom)}, {short(strategy)}")
                _beside(panel, -lost, at, number(float(lost)), -1)
                if place < len(companies):
                    net = net_moves(result, row, place)
                    interval = f" [{signed(net.low)}, {signed(net.high)}]" if np.isfinite(net.low) else ""
                    _beside(panel, won, at, f"{number(float(won))} (net {signed(net.mean)}{interval})", 1)
        panel.set_yticks(ticks, names)
        panel.invert_yaxis()
        panel.axvline(0, color=INK, lw=0.9)
        panel.margins(x=0.24)
        panel.set_xlabel("purchases per world: lost to (left) and won from (right)")
        panel.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
        handles = [Patch(fc="white", ec=INK, hatch="////", label="lost to"), Patch(fc=INK, label="won from")]
        figure.legend(handles=handles, loc="outside upper right", ncols=2)
    return figure


def _beside(panel: Axes, x: float, y: float, text: str, side: int) -> None:
    """Write a number beside the end of a bar."""
    panel.annotate(
        text,
        (x, y),
        xytext=(4 * side, 0),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        va="center",
        fontsize=8,
    )


def returns(result: Comparison) -> Figure:
    """Draw margin, spending and profit of each strategy, with 95 % intervals of the means."""
    from influence_sim.figures.drawing import Drawing

    parts = (("margin", 1), ("spend", -1), ("profit", 1))
    with in_style():
        figure = Drawing(figsize=(10.0, 0.9 + 0.36 * len(parts) * len(result.strategies)))
        panel = figure.subplots()
        ticks, names = [], []
        for block, (name, sign) in enumerate(parts):
            for row, (strategy, look) in enumerate(looks(result.strategies).items()):
                found, at = result.estimates[name][strategy], block * (len(result.strategies) + 0.8) + row
                if np.isnan(found.mean):
                    continue
                ends = [found.mean - found.low, found.high - found.mean] if np.isfinite(found.high) else [0.0, 0.0]
                ends = ends[::sign]
                face, hatch = (look.colour, None) if sign > 0 else ("white", "////")
                panel.barh(at, sign * found.mean, color=face, edgecolor=look.colour, hatch=hatch, lw=1.2)
                xerr = [[end] for end in ends]
                panel.errorbar([sign * found.mean], [at], xerr=xerr, color=INK, lw=1, capsize=2)
                _beside(panel, sign * found.mean + sign * ends[int(sign > 0)], at, number(sign * found.mean), sign)
                ticks.append(at)
                names.append(f"{name}, {short(strategy)}")
        panel.set_yticks(ticks, names)
        panel.invert_yaxis()
        panel.axvline(0, color=INK, lw=0.9)
        panel.margins(x=0.14)
        panel.set_xlabel("money per world, over all days")
        panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        panel.grid(axis="x", color=PALE, lw=0.4)
        panel.set_axisbelow(True)
    return figure
