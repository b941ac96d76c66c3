"""All there is to know about one world of a batch, in a form that does not depend on where it stands in the batch."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields

import numpy as np

from influence_sim.core.levers import LEVERS
from influence_sim.core.state import COLUMNS, Flows

CALENDARS = "exposures", "voices", "replies", "patience", "deletions"


def own_rows(made, place):
    companies = made.worlds.size.companies
    return slice(place * companies, (place + 1) * companies)


def own_state(made, place):
    """All columns of one world of a batch."""
    rows, one = own_rows(made, place), slice(place, place + 1)
    return {
        name: getattr(made.worlds.state, name)[rows if column.of in ("cell", "row", "desk", "product") else one].copy()
        for name, column in COLUMNS.items()
    }


def own_messages(made, place):
    """The messages of one world in the order of their ids; other messages are named by their ids (0: none)."""
    worlds = made.worlds
    table = worlds.messages.columns()
    named = dict(table)
    for name in ("root", "parent"):
        named[name] = np.where(table[name] < 0, np.uint64(0), table["id"][table[name]])
    own = np.flatnonzero(worlds.world_of_row[table["row"]] == place)
    own = own[np.argsort(table["id"][own], kind="stable")]
    named["row"] = worlds.company_of_row[table["row"]]
    return {name: column[own] for name, column in named.items()}


def _waiting(worlds, calendar, place):
    """What waits for a world in a calendar, as rows (due, message id, others), sorted."""
    parts = [part for bucket in calendar._buckets.values() for part in bucket]
    if not parts:
        return []
    due, message, *others = (np.concatenate(column) for column in zip(*parts, strict=True))
    own = worlds.world_of_row[worlds.messages.row[message]] == place
    columns = due[own], worlds.messages.id[message][own], *(other[own] for other in others)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def _ids(worlds, numbers, place):
    numbers = numbers[worlds.world_of_row[worlds.messages.row[numbers]] == place]
    return sorted(worlds.messages.id[numbers].tolist())


def snapshot(made, place):
    """Everything that belongs to one world, by name: state, messages, what waits, is watched and was recorded."""
    worlds, rows = made.worlds, own_rows(made, place)
    consumers, table = worlds.size.consumers, worlds.messages
    found = {f"state.{name}": values for name, values in own_state(made, place).items()}
    found |= {f"messages.{name}": column for name, column in own_messages(made, place).items()}
    found |= {f"calendar.{name}": _waiting(worlds, getattr(worlds, name), place) for name in CALENDARS}
    found |= {f"flows.{f.name}": getattr(worlds.flows, f.name)[rows] for f in fields(Flows)}
    for conduct in ("wanted", "levers"):
        found |= {f"{conduct}.{name}": getattr(getattr(worlds, conduct), name)[rows] for name in LEVERS}
    found |= {f"remembered.{name}": kept[:, rows] for name, kept in worlds.history.items()}
    for name in ("funded", "running_cost", "customers_at_dawn", "at_risk_at_dawn"):
        found[name] = getattr(worlds, name)[rows]
    found["recent_products"] = worlds.recent_products[:, rows]
    found["switches"], found["spared"] = worlds.switches[place], worlds.spared[place]
    found["seed"], found["step"] = worlds.draws.seeds[place], worlds.step
    found["waiting"] = _ids(worlds, worlds.waiting, place)
    posted = worlds.posted_today
    found["posted_today"] = _ids(worlds, np.concatenate(posted), place) if posted else []
    for deed, pairs in worlds.done.items():
        message, consumer = np.divmod(np.fromiter(pairs, np.int64, len(pairs)), consumers)
        own = worlds.world_of_row[table.row[message]] == place
        found[f"done.{deed}"] = sorted(zip(table.id[message[own]].tolist(), consumer[own].tolist(), strict=True))
    for name in ("releases", "surveys"):
        found[name] = [
            (row, due[rows][row], *(what[rows][row].tolist() for what in rest))
            for due, *rest in getattr(worlds, name)
            for row in range(worlds.size.companies)
            if due[rows][row] >= worlds.day
        ]
    found |= _watched(worlds, rows, place)
    found["history"] = np.stack(made.history)[:, :, rows] if made.history else np.empty(0)
    return deepcopy(found)


def _watched(worlds, rows, place):
    watch, found = worlds.watch, {"watch.hour": worlds.watch.hour}
    for name, value in vars(watch).items():
        if isinstance(value, np.ndarray) and name != "storms":
            found[f"watch.{name}"] = value[..., rows]
    found["watch.volume"] = np.array([hour[rows] for hour in watch.volume])
    storms = watch.storms[:, (watch.storms[0] >= rows.start) & (watch.storms[0] < rows.stop)].copy()
    storms[0] -= rows.start
    found["watch.storms"] = storms
    own = np.cumsum(worlds.world_of_row[worlds.messages.columns()["row"]] == place)
    found["watch.table_length"] = [int(own[length - 1]) if length else 0 for length in watch.table_length]
    return found


def unequal(one, other, leaving_out=()):
    """The names of what differs between two snapshots, in at least one bit."""
    assert one.keys() == other.keys()
    return [name for name in one if name not in leaving_out and not _same(one[name], other[name])]


def _same(one, other):
    if isinstance(one, np.ndarray) and one.dtype.kind == "f":
        return np.array_equal(one, other, equal_nan=True)
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else bool(np.all(one == other))
