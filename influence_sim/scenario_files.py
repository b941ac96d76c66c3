"""Scenario files: where they are, and what stands in them before it is validated."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from influence_sim.files import (
    NoFileError,
    PlainError,
    UnreadableFileError,
    beside,
    did_you_mean,
    read_whole,
    within_memory,
)

LARGEST_BYTES = 64 << 20
"""Bytes beyond which a scenario file is refused."""
MOST_ENTRIES = 10_000
"""Tables and keys beyond which a scenario file is refused."""
MOST_ITEMS = 1_000_000
"""Items of lists, such as people who are hit, beyond which it is."""

_TOO_LONG = "holds a number of more digits than TOML has, 19 at most; shorten it"


class ScenarioError(PlainError):
    """A scenario that cannot be used; one line per fault: where, which key, what it says and what is allowed."""


@within_memory(ScenarioError)
def read_values(path: str | Path) -> tuple[Path, dict[str, Any]]:
    """Return a TOML file, by its path or the name of a scenario that comes with the library, and what it says.

    The path of a graph is made one seen from the file.

    Raises
    ------
    ScenarioError
        If there is no such file, or it cannot be read; one line.
    """
    try:
        file = _locate(Path(path))
        text = read_whole(file, LARGEST_BYTES).decode()
        _check_entries(file, text)
        values = tomllib.loads(text)
    except NoFileError:
        names = sorted(shipped_scenarios())
        hint = did_you_mean(Path(path).name, [*names, *beside(path)])
        raise ScenarioError(
            f"{path}: there is no such file, and no scenario of that name (there are {', '.join(names)}){hint}"
        ) from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{file}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except UnreadableFileError as error:
        raise ScenarioError(f"{path}: {error}") from None
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise ScenarioError(f"{file}: is nested too deeply for a scenario; docs/scenarios.md shows every key") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{file}: is not valid TOML: {error}") from None
    except ScenarioError:
        raise
    except ValueError as error:
        # Python reads no number of thousands of digits, and knows no file with a zero in its name.
        if "digits" in str(error):
            raise ScenarioError(f"{path}: {_TOO_LONG}") from None
        raise ScenarioError(f"{str(path)!r}: is no name of a file: {error}") from None
    if _has_long_number(values):
        raise ScenarioError(f"{file}: {_TOO_LONG}")
    network = values.get("network")
    if isinstance(network, dict) and isinstance(network.get("path"), str):
        network["path"] = str(file.parent / network["path"])
    return file, values


def _check_entries(file: Path, text: str) -> None:
    """Refuse a file of too many entries; they are counted in its text, as to read and validate them takes long."""
    if sum(map(text.count, ".[{=")) > MOST_ENTRIES:
        raise ScenarioError(
            f"{file}: has more than {MOST_ENTRIES:,} tables and keys (signs . [ {{ and = are counted); a scenario has "
            "some dozens, and docs/scenarios.md shows every key"
        )
    if text.count(",") > MOST_ITEMS:
        raise ScenarioError(f"{file}: has more than {MOST_ITEMS:,} items of lists; name fewer people")


def shipped_scenarios() -> dict[str, Path]:
    """Return the scenarios that come with the library, by name."""
    package = Path(__file__).parent
    for folder in (package / "scenarios", package.parent / "experiments"):
        if folder.is_dir():
            return {file.stem: file for file in sorted(folder.glob("*.toml"))}
    return {}


def _has_long_number(values: object) -> bool:
    """Return whether there is a whole number beyond what TOML has."""
    if isinstance(values, dict | list):
        return any(map(_has_long_number, values.values() if isinstance(values, dict) else values))
    return isinstance(values, int) and not -(2**63) <= values < 2**63


def _locate(path: Path) -> Path:
    return path if path.is_file() or path.suffix else shipped_scenarios().get(str(path), path)
