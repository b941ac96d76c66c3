"""A part of a network that fits into a picture: people, laid out once, coloured by what they think."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from influence_sim.core.graph import Graph
from influence_sim.figures.style import PALE, attitudes, in_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PEOPLE = 2000
MOST_TIES = 5000
"""Ties beyond which a picture shows no more for more lines."""
_MOST_FRIENDS = 6
"""Friends by whom a sample grows from one person, so that it is not one person's audience."""

type Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crowd:
    """Some people of a network, and where they stand in a picture.

    Attributes
    ----------
    people
        Numbers of the consumers, shape (people,).
    places
        Where each stands, 0..1 from left to right and from below, shape (people, 2).
    ties
        Pairs of places in ``people`` that are tied, in whatever direction, shape (ties, 2).
    audience
        Followers of each in the whole network.
    total
        People of the whole network.
    """

    people: NDArray[np.int64]
    places: Floats
    ties: NDArray[np.int64]
    audience: NDArray[np.int64]
    total: int


def crowd(graph: Graph, most: int = MOST_PEOPLE, *, around: ArrayLike = (), seed: int = 1) -> Crowd:
    """Sample people of a network, with those they are tied to, and lay them out.

    Parameters
    ----------
    graph
        The network; if it has no more than ``most`` people, all are taken.
    most
        People in the sample.
    around
        Consumers to begin with, as many as fill half the sample; the one with most followers if there are none.
    seed
        Of sample and layout: the same crowd each time.
    """
    people = _sample(graph, most, np.asarray(around, np.int64).ravel(), np.random.default_rng(seed))
    place = np.full(graph.nodes, -1)
    place[people] = np.arange(people.size)
    audience = np.diff(graph.offsets)[people]
    one = np.repeat(np.arange(people.size), audience)
    other = place[np.concatenate([_followers(graph, person) for person in people])] if people.size else one
    ties = np.unique(np.sort(np.stack([one, other], axis=1)[other >= 0], axis=1), axis=0)
    places = _layout(people.size, ties, seed)
    if len(ties) > MOST_TIES:
        ties = ties[np.sort(np.random.default_rng(seed).choice(len(ties), MOST_TIES, replace=False))]
    return Crowd(people, places, ties, audience, graph.nodes)


def _followers(graph: Graph, person: int) -> NDArray[np.int32]:
    return graph.followers[graph.offsets[person] : graph.offsets[person + 1]]


def _sample(graph: Graph, most: int, around: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return people, each after somebody whom they follow, as far as that goes."""
    if graph.nodes <= most:
        return np.arange(graph.nodes)
    audience = np.diff(graph.offsets)
    start = np.unique(around)
    if start.size > most // 2:
        start = rng.choice(start, most // 2, replace=False)
    if not start.size:
        start = audience.argmax(keepdims=True)
    waiting, taken = list(start.tolist()), dict.fromkeys(start.tolist())
    others = iter(rng.permutation(graph.nodes).tolist())
    while len(taken) < most:
        if not waiting:
            # The rest of the network is not tied to these.
            person = next(one for one in others if one not in taken)
            taken[person] = None
            waiting.append(person)
            continue
        friends = _followers(graph, waiting.pop(0))
        for friend in rng.permutation(friends)[:_MOST_FRIENDS].tolist():
            if friend not in taken and len(taken) < most:
                taken[friend] = None
                waiting.append(friend)
    return np.sort(np.fromiter(taken, np.int64))


def _layout(people: int, ties: NDArray[np.int64], seed: int) -> Floats:
    """Place those who are tied near each other (Fruchterman & Reingold 1991)."""
    import igraph

    if people < 2:
        return np.full((people, 2), 0.5)
    start = np.random.default_rng(seed).normal(size=(people, 2)) * people**0.5
    # igraph draws from a generator that all its users share.
    igraph.set_random_number_generator(random.Random(seed))
    try:
        net = igraph.Graph(people, ties.tolist())
        found = np.array(net.layout_fruchterman_reingold(niter=300, seed=start.tolist(), grid="auto").coords)
    finally:
        igraph.set_random_number_generator(random)
    # A few people far out would press the others together.
    low, high = np.quantile(found, [0.005, 0.995], axis=0)
    places: Floats = np.clip((found - low) / np.where(high > low, high - low, 1), -0.02, 1.02)
    return places


def draw_crowd(panel: Axes, shown: Crowd, attitude: ArrayLike, against: ArrayLike, *, reach: float) -> None:
    """Draw a crowd: people coloured by attitude, larger with a larger audience, and triangles for those against.

    Parameters
    ----------
    attitude
        Of each of its people to the company, −1..1.
    against
        Whether each has lately spoken against it.
    reach
        Attitude, for or against, at which colours are deepest, 0..1.
    """
    _ground(panel, shown)
    _people(panel, shown, np.asarray(attitude, float), np.asarray(against, bool), reach)


def _ground(panel: Axes, shown: Crowd) -> None:
    """Draw the ties."""
    from matplotlib.collections import LineCollection

    lines = list(shown.places[shown.ties])
    panel.add_collection(LineCollection(lines, colors=PALE, linewidths=0.3, alpha=0.35, rasterized=True, zorder=0))
    panel.set_xlim(-0.04, 1.04)
    panel.set_ylim(-0.04, 1.04)
    panel.set_aspect("equal")
    panel.set_axis_off()


def _people(
    panel: Axes, shown: Crowd, attitude: Floats, against: NDArray[np.bool_], reach: float, scale: float = 1.0
) -> list[Any]:
    size = scale * (6 + 5 * np.sqrt(shown.audience)) * (min(1.0, (600 / max(shown.people.size, 1)) ** 0.5))
    colour: dict[str, Any] = {"cmap": attitudes(), "vmin": -reach, "vmax": reach}
    calm, (x, y) = ~against, shown.places.T
    return [
        panel.scatter(x[calm], y[calm], s=size[calm], c=attitude[calm], lw=0, rasterized=True, **colour),
        panel.scatter(
            x[against],
            y[against],
            s=1.8 * size[against] + 10 * scale,
            c=attitude[against],
            marker="^",
            edgecolor="black",
            lw=0.6,
            **colour,
        ),
    ]


class Scene:
    """Draws one crowd again and again, ties once and people every time: what a page needs.

    Parameters
    ----------
    shown
        The crowd.
    pixels
        Width and height of the picture.
    """

    def __init__(self, shown: Crowd, pixels: int = 460) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.shown = shown
        with in_style():
            figure = Figure(figsize=(pixels / 100, pixels / 100), dpi=100, facecolor="white")
            figure.set_layout_engine("none")
            canvas: Any = FigureCanvasAgg(figure)
            self._panel = figure.add_axes((0, 0, 1, 1))
            _ground(self._panel, shown)
            canvas.draw()
        self._canvas, self._ties = canvas, canvas.copy_from_bbox(self._panel.bbox)

    def frame(self, attitude: ArrayLike, against: ArrayLike, *, reach: float = 0.5) -> bytes:
        """Return a picture as PNG; arguments are those of :func:`draw_crowd`."""
        from PIL import Image

        self._canvas.restore_region(self._ties)
        artists = _people(
            self._panel, self.shown, np.asarray(attitude, float), np.asarray(against, bool), reach, scale=0.7
        )
        for artist in artists:
            self._panel.draw_artist(artist)
            artist.remove()
        file = io.BytesIO()
        picture = Image.fromarray(np.asarray(self._canvas.buffer_rgba())[..., :3].copy())
        picture.save(file, "PNG", compress_level=1)
        return file.getvalue()
