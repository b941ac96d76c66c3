"""Draws of what is not known of a scenario: a file with a column per key and a row per draw, all equally likely."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from influence_sim.experiment.folders import write_whole

if TYPE_CHECKING:
    from influence_sim.scenario import Scenario

type Draw = Mapping[str, float]
"""Values of scenario keys, by their dotted names."""

LARGEST = 100_000
"""Draws beyond which a file is refused."""


def read_posterior(path: str | Path, scenario: Scenario) -> list[Draw]:
    """Read the draws of a posterior, and check each against a scenario.

    Raises
    ------
    ValueError
        If the file cannot be read, or a draw is none of this scenario; one line that names the line.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(line for line in file if not line.startswith("#")))
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: is no table ({error}); draws as `data fit` writes them are expected") from None
    if len(rows) < 2 or len(rows) > LARGEST:
        raise ValueError(
            f"{path}: holds {max(len(rows) - 1, 0)} draws; 1 to {LARGEST} under a line of keys are expected"
        )
    keys = rows[0]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{path}: names a key twice")
    draws: list[Draw] = []
    for number, row in enumerate(rows[1:], 1):
        try:
            values = [float(cell) for cell in row]
        except ValueError:
            values = []
        if len(values) != len(keys) or not all(map(math.isfinite, values)):
            raise ValueError(f"{path}: draw {number}: {len(keys)} numbers are expected, got {','.join(row)!r}")
        draw = dict(zip(keys, values, strict=True))
        try:
            scenario.with_values(draw)
        except ValueError as error:
            raise ValueError(f"{path}: draw {number}: {str(error).splitlines()[0]}") from None
        draws.append(draw)
    return draws


def write_posterior(path: Path, draws: Sequence[Draw], about: str) -> None:
    """Write draws, whole or not at all; ``about`` is a line that says what they are of."""
    lines = [f"# {about}", ",".join(draws[0]), *(",".join(f"{value:.6g}" for value in draw.values()) for draw in draws)]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def spread(draws: Sequence[Draw], number: int) -> tuple[Draw, ...]:
    """Return so many draws, evenly spread over the file; all if there are no more.

    Raises
    ------
    ValueError
        If fewer than two are asked for: one draw has no uncertainty.
    """
    if number < 2 or len(draws) < 2:
        raise ValueError(f"draws = {min(number, len(draws))}: must be at least 2; one draw leaves nothing open")
    if number >= len(draws):
        return tuple(draws)
    return tuple(draws[place * len(draws) // number] for place in range(number))
