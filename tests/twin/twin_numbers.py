"""Numbers as they are kept, and small functions that the equations use."""

from __future__ import annotations

import math
import struct
from typing import Any

NEVER = -1e9
"""Hour of what has not happened."""

_single = struct.Struct("f")


def single(number: float) -> float:
    """Round to a number of 4 bytes, as the columns of people are kept."""
    return _single.unpack(_single.pack(number))[0]


class Kept:
    """An attribute that is rounded to 4 bytes whenever it is set."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = f"_{name}"

    def __get__(self, owner: Any, kind: type | None = None) -> float:
        return getattr(owner, self.slot)

    def __set__(self, owner: Any, number: float) -> None:
        setattr(owner, self.slot, _single.unpack(_single.pack(number))[0])


def clip(number: float, low: float, high: float) -> float:
    return low if number < low else high if number > high else number


def unit(number: float) -> float:
    return clip(number, 0.0, 1.0)


def logistic(number: float) -> float:
    return 1 / (1 + math.exp(-number)) if number >= 0 else math.exp(number) / (1 + math.exp(number))
