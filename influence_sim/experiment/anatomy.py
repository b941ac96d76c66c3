"""What happened inside worlds, as tables: storms, cascades by source, and single messages."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.bursts import WINDOW_HOURS
from influence_sim.core.cascades import cascades
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.worlds import Worlds

type Table = dict[str, NDArray[Any]]
"""Columns of one length, by name."""

SOURCES = (Kind.CAMPAIGN, Kind.AD, Kind.COMPLAINT, Kind.PRAISE, Kind.EXPOSE, Kind.BOYCOTT, Kind.FAKE)
"""Kinds of post that others may pass on."""


def storm_table(worlds: Worlds) -> Table:
    """Return one row per firestorm of the comparison.

    Columns: ``world``, ``company``; ``begin`` (day of the comparison, the hour as its fraction, when the burst began),
    ``hours`` it lasted (not a number if it still goes on), ``reproduction`` R_neg and ``exposed`` share of consumers
    when it broke out, ``peak`` negative posts and shares per hour (mean of the worst 6 hours), ``hours_to_peak`` from
    ``begin`` to the end of these 6 hours, ``half_life`` hours from there until there are half as many (not a number if
    that is not seen), ``area`` negative posts and shares beyond what was expected.
    """
    row, began, broke_out, ended, expected, reproduction, exposed = worlds.watch.storms
    since = worlds.setting.burn_in_days * HOURS_PER_DAY
    row = row.astype(np.int64)
    seen = np.flatnonzero((broke_out >= since) & ~worlds.spared[worlds.world_of_row[row]])
    # By world, whatever other worlds the batch holds.
    seen = seen[np.lexsort((began[seen], row[seen]))]
    shapes = [_shape(worlds, *storm) for storm in zip(row[seen], began[seen], ended[seen], expected[seen], strict=True)]
    peak, hours_to_peak, half_life, area = np.array(shapes, float).reshape(-1, 4).T
    company = worlds.size.companies
    return {
        "world": row[seen] // company,
        "company": row[seen] % company,
        "begin": (began[seen] - since) / HOURS_PER_DAY,
        "hours": ended[seen] + 1 - began[seen],
        "reproduction": reproduction[seen],
        "exposed": exposed[seen],
        "peak": peak,
        "hours_to_peak": hours_to_peak,
        "half_life": half_life,
        "area": area,
    }


def _shape(
    worlds: Worlds, row: float, began: float, ended: float, expected: float
) -> tuple[float, float, float, float]:
    """Return peak, hours to the peak, half-life and area of a storm."""
    first, last = int(began), worlds.watch.hour - 1 if np.isnan(ended) else int(ended)
    before = max(first - WINDOW_HOURS + 1, 0)
    volume = np.array([hour[int(row)] for hour in worlds.watch.volume[before : last + 1]], float)
    smooth = np.convolve(volume, np.full(WINDOW_HOURS, 1 / WINDOW_HOURS))[first - before : volume.size]
    top = int(smooth.argmax())
    below = np.flatnonzero(smooth[top:] <= smooth[top] / 2)
    half_life = float(below[0]) if below.size else np.nan
    return float(smooth[top]), float(top + 1), half_life, float((volume[first - before :] - expected).sum())


def cascade_table(worlds: Worlds) -> Table:
    """Return one row per world, company and source of posts (see :data:`SOURCES`) of the comparison.

    Columns: ``world``, ``company``, ``source``; ``posts``, the share ``alone`` that nobody passed on or answered and
    the share ``one_hop`` that went exactly one step; ``mean_size`` and ``largest`` (messages in the tree of shares and
    public replies), ``mean_depth`` and ``deepest``, ``mean_virality`` (structural virality of those with at least two
    messages, not a number if there are none: Goel et al. 2016) and ``most_viral``.
    """
    table, count = worlds.messages, len(worlds.messages)
    public = np.flatnonzero(
        np.isin(table.kind[table.root[:count]], SOURCES) & (table.channel[:count] != Channel.PRIVATE)
    )
    number = np.full(count, -1)
    number[public] = np.arange(public.size)
    root, parent = number[table.root[public]], number[np.maximum(table.parent[public], 0)]
    found = cascades(root, parent, table.born[public])
    post = public[found.post]
    compared = table.born[post] >= worlds.setting.burn_in_days * HOURS_PER_DAY
    # Posts that were written but whose hour has not come are not out yet.
    out = compared & (table.born[post] < worlds.now) & ~worlds.spared[worlds.world_of_row[table.row[post]]]
    post, size, depth, virality = post[out], found.size[out], found.depth[out], found.virality[out]
    slot = table.row[post].astype(np.int64) * len(Kind) + table.kind[post]
    slots, place = np.unique(slot, return_inverse=True)
    posts = np.bincount(place, minlength=slots.size)

    def share(where: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(place, where, minlength=slots.size) / posts

    def largest(values: NDArray[Any]) -> NDArray[np.float64]:
        top = np.full(slots.size, -np.inf)
        np.maximum.at(top, place, values.astype(np.float64))
        return np.where(np.isfinite(top), top, np.nan)

    trees = size > 1
    viral = np.where(trees, virality, 0.0)
    with np.errstate(invalid="ignore"):
        mean_virality = np.bincount(place, viral, minlength=slots.size) / np.bincount(
            place, trees, minlength=slots.size
        )
    row, kind = np.divmod(slots, len(Kind))
    return {
        "world": row // worlds.size.companies,
        "company": row % worlds.size.companies,
        "source": np.array([Kind(number).name.lower() for number in kind.tolist()], dtype="U9"),
        "posts": posts,
        "alone": share(~trees),
        "one_hop": share(depth == 1),
        "mean_size": np.bincount(place, size, minlength=slots.size) / posts,
        "largest": largest(size),
        "mean_depth": np.bincount(place, depth, minlength=slots.size) / posts,
        "deepest": largest(depth),
        "mean_virality": mean_virality,
        "most_viral": largest(np.where(trees, virality, -np.inf)),
    }


def message_table(worlds: Worlds) -> Table:
    """Return every message of worlds that were not spared, with its ``world`` and ``company``, world by world.

    ``root`` and ``parent`` are places in this table; see :class:`~influence_sim.core.messages.Messages`.
    """
    columns = worlds.messages.columns()
    row = columns.pop("row")
    world = worlds.world_of_row[row]
    kept = np.flatnonzero(~worlds.spared[world])
    kept = kept[np.argsort(world[kept], kind="stable")]
    place = np.full(row.size, -1)
    place[kept] = np.arange(kept.size)
    table = {name: column[kept] for name, column in columns.items()}
    for name in ("root", "parent"):
        numbers = table[name]
        table[name] = np.where(numbers < 0, -1, place[numbers])
    return {**table, "world": world[kept], "company": worlds.company_of_row[row[kept]]}


def single_cascades(messages: Table) -> Table:
    """Return one row per post of kept messages that others may pass on (see :data:`SOURCES`).

    Columns: those that say where (``strategy``, ``replicate``, ``company``), ``post`` (its place among the messages),
    ``source``, ``born`` (hours since the burn-in began), ``size``, ``depth``, ``breadth``, ``virality``, ``duration``:
    see :func:`influence_sim.core.cascades.cascades`. Private replies and answers are left out.
    """
    kind, channel = messages["kind"], messages["channel"]
    public = np.flatnonzero(np.isin(kind[messages["root"]], SOURCES) & (channel != Channel.PRIVATE))
    place = np.full(kind.size, -1)
    place[public] = np.arange(public.size)
    parent = place[np.maximum(messages["parent"][public], 0)]
    found = cascades(place[messages["root"][public]], parent, messages["born"][public])
    post = public[found.post]
    return {
        **{name: messages[name][post] for name in ("strategy", "replicate", "company") if name in messages},
        "post": post,
        "source": np.array([Kind(number).name.lower() for number in kind[post].tolist()], dtype="U9"),
        "born": messages["born"][post],
        **{name: getattr(found, name) for name in ("size", "depth", "breadth", "virality", "duration")},
    }
