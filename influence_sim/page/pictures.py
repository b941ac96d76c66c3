"""What the page draws: the network as each contender has it, and how they fare over time."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.figures.crowd import Scene, crowd
from influence_sim.figures.style import INK, PALE, Look, in_style, looks
from influence_sim.page.narrator import smoothed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from influence_sim.core.state import Ints
    from influence_sim.page.arena import Arena
    from influence_sim.page.snapshot import Side, Snapshot

PANELS = {
    "loyalty": "Loyalty (0 to 1)",
    "customers": "Customers",
    "sentiment": "Sentiment of posts (-1 to 1)",
    "complaints": "Complaints a day",
}
VOLUME = "Negative posts and shares an hour, mean of 6 h; bars: firestorms"
ATTITUDE_REACH = 0.25
"""Attitude at which a person's colour is deepest; few go beyond."""
_PIXELS = 420
"""Width of a picture of the network."""
_WEEK = 7
"""Days over which what jumps from day to day is averaged."""


class TimeLines:
    """Draws the time lines of a run again and again; axes are made once.

    Parameters
    ----------
    contenders
        How many there are.
    days
        How many days there will be.
    """

    def __init__(self, contenders: int, days: int, *, width: float = 10.4, height: float = 3.9) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.contenders = contenders
        self._looks = list(looks([str(place) for place in range(contenders)]).values())
        with in_style():
            figure = Figure(figsize=(width, height), dpi=110, facecolor="white")
            figure.set_layout_engine("none")
            self._canvas: Any = FigureCanvasAgg(figure)
            grid = figure.add_gridspec(2, 6, left=0.045, right=0.985, top=0.935, bottom=0.1, hspace=0.42, wspace=0.55)
            places = (grid[0, 0:2], grid[0, 2:4], grid[0, 4:6], grid[1, 0:2], grid[1, 2:6])
            panels = [figure.add_subplot(place) for place in places]
            self._panels = dict(zip((*PANELS, "volume"), panels, strict=True))
            for (key, panel), title in zip(self._panels.items(), (*PANELS.values(), VOLUME), strict=True):
                panel.set_title(title, color=INK)
                panel.set_xlim(0, days)
                panel.grid(axis="y", color="#EEEEEE", linewidth=0.8)
                panel.set_axisbelow(True)
                panel.locator_params(axis="y", nbins=5)
                panel.tick_params(length=2.5)
                panel.set_xlabel("day" if key in ("complaints", "volume") else "", labelpad=1)
        self._lines = {key: [self._line(panel, look) for look in self._looks] for key, panel in self._panels.items()}
        self._marks: list[Any] = []

    @staticmethod
    def _line(panel: Axes, look: Look) -> Any:
        return panel.plot([], [], color=look.colour, linestyle=look.line, linewidth=1.7)[0]

    def picture(self, now: Snapshot) -> bytes:
        """Return the time lines up to now as PNG."""
        for mark in self._marks:
            mark.remove()
        self._marks = []
        for key, panel in self._panels.items():
            for line, side in zip(self._lines[key], now.sides, strict=True):
                line.set_data(*_volume(side) if key == "volume" else _days(side, key))
            _scale(panel, at_least=1.0 if key in ("complaints", "volume") else 0.0)
            self._marks += [panel.axvline(day, color="#888888", linestyle=":", linewidth=1) for day in now.strikes]
        self._storms(now)
        file = io.BytesIO()
        with in_style():
            self._canvas.draw()
            from PIL import Image

            picture = Image.fromarray(np.asarray(self._canvas.buffer_rgba())[..., :3].copy())
        picture.save(file, "PNG", compress_level=1)
        return file.getvalue()

    def _storms(self, now: Snapshot) -> None:
        """Draw a bar for each firestorm, a row per contender."""
        panel = self._panels["volume"]
        for place, side in enumerate(now.sides):
            spans = [
                (begin / HOURS_PER_DAY, ((now.hour if np.isnan(end) else end) - begin) / HOURS_PER_DAY)
                for begin, end in side.storms
            ]
            if spans:
                self._marks.append(
                    panel.broken_barh(
                        spans,
                        (0.95 - 0.055 * place, 0.04),
                        transform=panel.get_xaxis_transform(),
                        facecolor=self._looks[place].colour,
                        edgecolor="none",
                    )
                )
        if not now.hour:
            note = panel.text(0.5, 0.5, "nothing has happened yet", transform=panel.transAxes, ha="center", color=PALE)
            self._marks.append(note)


@dataclass(slots=True, eq=False)
class Studio:
    """What draws one arena."""

    arena: Arena
    people: Ints
    network: Scene
    lines: TimeLines | None = None

    @classmethod
    def of(cls, arena: Arena) -> Studio:
        """Return one with the network laid out."""
        shown = crowd(arena.graph)
        return cls(arena, shown.people, Scene(shown, _PIXELS))

    def picture(self, side: Side) -> bytes:
        """Return the network as a contender has it."""
        return self.network.frame(side.attitude, side.against, reach=ATTITUDE_REACH)

    def time_lines(self, now: Snapshot) -> bytes:
        """Return the time lines up to now."""
        if self.lines is None or self.lines.contenders != len(now.sides):
            self.lines = TimeLines(len(now.sides), now.days)
        return self.lines.picture(now)


def _days(side: Side, measure: str) -> tuple[NDArray[Any], NDArray[Any]]:
    values = side.day_by_day(measure)
    if measure == "sentiment":
        # A single day has too few posts to say much.
        values = _weekly(side.day_by_day("valence_said"), side.day_by_day("said"))
    return np.arange(values.size) + 1.0, values


def _weekly(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ratio of sums over the week up to each day."""
    over, under = (
        sums - np.concatenate([np.zeros(_WEEK), sums])[: sums.size] for sums in (above.cumsum(), below.cumsum())
    )
    weekly: NDArray[np.float64] = np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0)
    return weekly


def _volume(side: Side) -> tuple[NDArray[Any], NDArray[Any]]:
    return (np.arange(side.volume.size) + 1) / HOURS_PER_DAY, smoothed(side.volume)


def _scale(panel: Axes, at_least: float) -> None:
    """Let the axis hold all lines, with room; counts begin at zero."""
    drawn = [np.asarray(line.get_ydata(), float) for line in panel.lines if line.get_linestyle() != ":"]
    values = np.concatenate([*drawn, np.zeros(0)])
    values = values[np.isfinite(values)]
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    if at_least:
        panel.set_ylim(0, max(high, at_least) * 1.25)
        return
    room = max(0.12 * (high - low), 1e-3 * max(abs(high), 1e-3), 1e-6)
    panel.set_ylim(low - room, high + room)
