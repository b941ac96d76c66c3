"""The folder in which an experiment keeps what came of its worlds, unit by unit, as they are done.

``experiment.json`` says what is run; ``worlds/`` has a NetCDF file per unit, each of which appears whole or not at all.
Whatever is killed, an experiment goes on from the units that are there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from reprlib import Repr
from typing import Any

from influence_sim.experiment.export import files_of
from influence_sim.experiment.folders import FORMAT, Hold, StoreError, check_format, clear, reason, write_whole
from influence_sim.experiment.plan import Plan, Unit, manifest, plan_of
from influence_sim.experiment.runner import Outcome
from influence_sim.experiment.unit_files import is_whole, packed, unpacked
from influence_sim.files import NoFileError, UnreadableFileError, read_json

_DESCRIPTION, _TABLES, _WORLDS = "experiment.json", "manifest.json", "worlds"
_UNITS = "point-*-replicates-*.nc"
"""Names of units' files; whatever else is in a folder is somebody else's and is left alone."""
_NOT_COMPARED = {"format", "replicates", "stopping", "versions", "time", "machine"}
"""Entries of a manifest in which an experiment that goes on may differ from the one in the folder."""
_SHORT = Repr(maxlist=3, maxdict=3, maxstring=60)


class Store:
    """The units of one experiment in a folder, which nobody else writes to until :meth:`finish`.

    Parameters
    ----------
    folder
        Where; made if it does not exist.
    plan
        What is run.
    resume
        Whether to go on from what is there; otherwise an unfinished experiment in the folder is an error.
    unit
        Replicates per unit; one that goes on keeps its own.

    Raises
    ------
    StoreError
        If another run writes to the folder, it has files of others where results would stand, or it holds another
        experiment or an unfinished one that is not to be resumed.
    """

    def __init__(self, folder: str | Path, plan: Plan, *, resume: bool, unit: int) -> None:
        self.folder, self.plan, self.manifest = Path(folder), plan, manifest(plan)
        self.replicates_per_unit, self._asked = unit, plan.replicates
        if _description(self.folder) is None:
            self._check_tables()
        self._worlds.mkdir(parents=True, exist_ok=True)
        self._hold: Hold | None = Hold(self.folder)
        self._is_begun = False
        try:
            found = _description(self.folder)
            if found is not None and resume:
                self._go_on(found)
            else:
                if found is not None:
                    self._check_replaceable(found)
                # Results that are replaced stay until a first unit stands in their place.
                if not (self.folder / _TABLES).exists():
                    self._begin()
        except BaseException:
            self.abandon()
            raise

    def _begin(self, first: Path | None = None) -> None:
        """Remove the units that were there, but for the first new one."""
        clear(self.folder)
        for file in set(self._worlds.glob(_UNITS)) - {first}:
            file.unlink()
        self._note_begun()

    def _note_begun(self) -> None:
        self._is_begun = True
        self._describe()
        (self.folder / _TABLES).unlink(missing_ok=True)

    def _check_replaceable(self, found: dict[str, Any]) -> None:
        """Raise a StoreError unless a folder holds the same experiment, finished."""
        done = len(list(self._worlds.glob(_UNITS)))
        if done and not (self.folder / _TABLES).exists():
            what = f"holds an unfinished experiment, {done} parts of it done"
            raise StoreError(f"{self.folder}: {what}; resume it (--resume), or name another folder")
        self._check_same(found["manifest"], found["asked"])

    def _check_same(self, there: Mapping[str, Any], replicates: int) -> None:
        """Raise a StoreError if a folder's manifest is of another experiment, or of one with more replicates."""
        known, here = (
            {key: entry for key, entry in one.items() if key not in _NOT_COMPARED}
            for one in (there, json.loads(json.dumps(self.manifest)))
        )
        if other := _difference(known, here):
            raise StoreError(f"{self.folder}: holds another experiment ({other}); name another folder")
        if replicates > self._asked:
            what = f"holds {replicates} replicates, {self._asked} are asked for"
            raise StoreError(f"{self.folder}: {what}; ask for at least as many, or name another folder")

    def _check_tables(self) -> None:
        """Raise a StoreError if a folder without worlds of ours holds files of others that results would replace."""
        taken = [name for name in files_of(parquet=True) if (self.folder / name).exists()]
        if self._worlds.exists() and not self._worlds.is_dir():
            taken.append(_WORLDS)
        if not taken:
            return
        try:
            there = read_json(self.folder / _TABLES)
            check_format(there, self.folder / _TABLES)
            self._check_same(there, there["replicates"])
        except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
            if isinstance(error, StoreError):
                raise
            what = f"{taken[0]} there is no result of ours; move it away, or name another folder"
            raise StoreError(f"{self.folder}: {what}") from None

    def _go_on(self, found: dict[str, Any]) -> None:
        self._check_same(found["manifest"], found["asked"])
        self.replicates_per_unit = found["replicates_per_unit"]
        # When and where it began.
        self.manifest = {**found["manifest"], "replicates": self.plan.replicates}
        self.manifest.pop("stopping", None)
        clear(self.folder)
        for file in self._worlds.glob(_UNITS):
            if not is_whole(file):
                file.unlink()
        self._note_begun()

    @classmethod
    def open(cls, folder: str | Path) -> Store:
        """Return the store that a folder holds, to read it.

        Raises
        ------
        StoreError
            If it holds none, or an unfinished one.
        """
        place = Path(folder)
        found = _description(place)
        if found is None:
            what = "holds no worlds" if place.is_dir() else "there is no such folder"
            what = "is a file, not a folder" if place.is_file() else what
            raise StoreError(f"{folder}: {what}; results come from compare or sweep, kept by --out DIR (out=)")
        self = cls.__new__(cls)
        self.folder, self.manifest, self._hold, self._is_begun = place, found["manifest"], None, True
        try:
            self.plan, self.replicates_per_unit = plan_of(found["manifest"]), found["replicates_per_unit"]
        except (KeyError, TypeError, AttributeError) as error:
            said = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            raise StoreError(f"{place / _DESCRIPTION}: is damaged, {said}; run the experiment again") from None
        except ValueError as error:
            said = str(error).splitlines()[0]
            raise StoreError(f"{folder}: {said}; strategies of one's own must be registered first") from None
        total, missing = len(self.units), len(self.missing())
        if missing or not found["finished"]:
            done = f"{total - missing} of {total} parts of it done"
            raise StoreError(f"{folder}: holds an unfinished experiment, {done}; resume it (--resume)")
        return self

    def finish(self) -> None:
        """Say that nothing is to be added, and let others write to the folder."""
        wanted = {self._file(unit) for unit in self.units}
        # Where replicates were added, the last unit had fewer.
        for file in set(self._worlds.glob(_UNITS)) - wanted:
            file.unlink()
        self._describe(finished=True)
        self.release()

    def release(self) -> None:
        """Let others write to the folder."""
        if self._hold is not None:
            self._hold.release()

    @property
    def units(self) -> list[Unit]:
        """All units of the experiment, in order."""
        return self.plan.units(self.replicates_per_unit)

    def missing(self) -> list[Unit]:
        """Return the units that are not kept yet."""
        kept = set(self._worlds.glob(_UNITS)) if self._is_begun else set()
        return [unit for unit in self.units if self._file(unit) not in kept]

    def extend(self, replicates: int) -> None:
        """Plan more replicates."""
        self.plan = replace(self.plan, replicates=replicates)
        self.note("replicates", replicates)

    def note(self, key: str, value: Any) -> None:
        """Add something to the manifest."""
        self.manifest = {**self.manifest, key: value}
        self._describe()

    def _describe(self, finished: bool = False) -> None:
        text = {
            "format": FORMAT,
            "finished": finished,
            "asked": self._asked,
            "replicates_per_unit": self.replicates_per_unit,
            "manifest": self.manifest,
        }
        _write(self.folder / _DESCRIPTION, json.dumps(text, indent=2, ensure_ascii=False).encode() + b"\n")

    def abandon(self) -> bool:
        """Remove what was begun if nothing is kept yet, let others write to the folder, and return whether it is."""
        try:
            if self._is_begun:
                if any(self._worlds.glob(_UNITS)):
                    return True
                (self.folder / _DESCRIPTION).unlink(missing_ok=True)
                clear(self.folder)
            # Folders that hold something else are not ours.
            with suppress(OSError):
                self._worlds.rmdir()
                self.folder.rmdir()
            return False
        finally:
            self.release()

    def keep(self, unit: Unit, outcome: Outcome) -> None:
        """Write a unit; the file appears whole or not at all.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        file = self._file(unit)
        _write(file, packed(self.plan, unit, outcome))
        if not self._is_begun:
            self._begin(file)

    def outcome(self, unit: Unit) -> Outcome:
        """Read a unit.

        Raises
        ------
        StoreError
            If it is damaged.
        """
        return unpacked(self._file(unit), self.plan, unit)

    def of_point(self, point: int) -> list[tuple[Unit, Outcome]]:
        """Read the units of a point."""
        return [(unit, self.outcome(unit)) for unit in self.plan.units(self.replicates_per_unit, [point])]

    @property
    def _worlds(self) -> Path:
        return self.folder / _WORLDS

    def _file(self, unit: Unit) -> Path:
        last = unit.first + unit.replicates - 1
        return self._worlds / f"point-{unit.point:06}-replicates-{unit.first:06}-{last:06}.nc"


class Memory:
    """The units of an experiment that is not written down."""

    def __init__(self, plan: Plan, unit: int) -> None:
        self.plan, self.manifest, self._unit = plan, manifest(plan), unit
        self._kept: dict[Unit, Outcome] = {}

    @property
    def units(self) -> list[Unit]:
        """All units of the experiment, in order."""
        return self.plan.units(self._unit)

    def extend(self, replicates: int) -> None:
        """Plan more replicates."""
        self.plan = replace(self.plan, replicates=replicates)
        self.note("replicates", replicates)

    def note(self, key: str, value: Any) -> None:
        """Add something to the manifest."""
        self.manifest = {**self.manifest, key: value}

    def missing(self) -> list[Unit]:
        """Return the units that are not kept yet."""
        return [unit for unit in self.units if unit not in self._kept]

    def keep(self, unit: Unit, outcome: Outcome) -> None:
        """Keep a unit."""
        self._kept[unit] = outcome

    def outcome(self, unit: Unit) -> Outcome:
        """Return a unit."""
        return self._kept[unit]

    def finish(self) -> None:
        """Say that nothing is to be added."""

    def abandon(self) -> bool:
        """Return whether anything will be left of what was begun: nothing."""
        return False

    def of_point(self, point: int) -> list[tuple[Unit, Outcome]]:
        """Return the units of a point."""
        return [(unit, self._kept[unit]) for unit in self.plan.units(self._unit, [point])]


def _write(file: Path, data: bytes) -> None:
    try:
        write_whole(file, data)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {reason(error)}") from None


def _difference(there: Any, here: Any, path: str = "") -> str:
    """Return where two manifests first differ, and how; empty where they do not."""
    if isinstance(there, dict) and isinstance(here, dict):
        pairs = [(key, there.get(key), here.get(key)) for key in sorted(there | here)]
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        pairs = [(str(number), *pair) for number, pair in enumerate(zip(there, here, strict=True))]
    else:
        return "" if there == here else f"{path[1:]} is {_said(there)} there, {_said(here)} here"
    return next(filter(None, (_difference(one, other, f"{path}.{key}") for key, one, other in pairs)), "")


def _said(value: Any) -> str:
    """Return a value in a few words; None where nothing is said, as an older version did of keys that came later."""
    return "not said" if value is None else _SHORT.repr(value)


def _description(folder: Path) -> dict[str, Any] | None:
    file = folder / _DESCRIPTION
    try:
        found = read_json(file)
    except NoFileError:
        return None
    except UnreadableFileError as error:
        raise StoreError(f"{file}: {error}; delete it, or name another folder") from None
    if not isinstance(found, dict) or "format" not in found:
        raise StoreError(f"{file}: is no description of an experiment; name another folder")
    check_format(found, file)
    if lacking := {"finished", "asked", "replicates_per_unit", "manifest"} - found.keys():
        raise StoreError(
            f"{file}: is damaged, it lacks {', '.join(sorted(lacking))}; delete it, or name another folder"
        )
    unit = found["replicates_per_unit"]
    counts = all(type(count) is int and 0 < count < 10**9 for count in (unit, found["asked"]))
    if not (isinstance(found["manifest"], dict) and counts):
        raise StoreError(f"{file}: is damaged; delete it, or name another folder")
    check_format(found["manifest"], file)
    return found
