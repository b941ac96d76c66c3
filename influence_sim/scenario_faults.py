"""Faults of a scenario in words: what validation found, as one line each, with what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from influence_sim.files import did_you_mean

_LONGEST = 300
"""Characters of a value that are shown."""

type TableAt = Callable[[Sequence[int | str]], type[BaseModel]]


class EntryError(ValueError):
    """What is wrong with the entries of a table: a line each, that begins with the entry's name."""


def explain(error: ValidationError, table_at: TableAt) -> list[str]:
    """Turn pydantic's findings into lines ``key = value: what is allowed``.

    ``table_at`` returns the table that a location lies in.
    """
    return [line for fault in error.errors() for line in _line(fault, table_at).split("\n")]


def without_faulty(values: Mapping[str, Any], error: ValidationError) -> tuple[dict[str, Any], frozenset[str]]:
    """Return values without those that are wrong by themselves, and the keys that are gone with them.

    A strategy of which something is wrong stays, as one that sets nothing: others may name it.
    """
    rest, left_out = dict(values), set()
    for location in [fault["loc"] for fault in error.errors() if fault["loc"]]:
        key = str(location[0])
        if key in ("levers", "schedule") and len(location) > 1:
            rest[key] = {**rest[key], location[1]: {} if key == "levers" else []}
        else:
            rest.pop(key, None)
            left_out.add(key)
    return rest, frozenset(left_out)


def _line(fault: ErrorDetails, table_at: TableAt) -> str:
    location = fault["loc"]
    key = ".".join(str(part) for part in location)
    if fault["type"] == "value_error":
        error = fault["ctx"]["error"]
        if isinstance(error, EntryError):
            return "\n".join(f"{key}.{line}" for line in str(error).split("\n"))
        return f"{key + ': ' if key else ''}{error}"
    if fault["type"] == "extra_forbidden":
        known = list(table_at(location[:-1]).model_fields)
        return (
            f"{key}: there is no such key{did_you_mean(str(location[-1]), known) or f'; there are {", ".join(known)}'}"
        )
    field = table_at(location[:-1]).model_fields.get(str(location[-1]))
    meaning = field.description if field is not None and field.description else ""
    if fault["type"] == "missing":
        return f"{key}: is missing; it must be {_allowed(field, 'given')}{f' ({meaning})' if meaning else ''}"
    expected = str(fault.get("ctx", {}).get("expected", ""))
    wanted = _allowed(field, expected and f"one of {expected}") or _KINDS.get(fault["type"], fault["msg"])
    return f"{key} = {_shown(fault['input'])}: must be {wanted}{f' ({meaning})' if meaning else ''}"


def _shown(value: Any) -> str:
    """Return what a key says, or how it begins."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _allowed(field: FieldInfo | None, otherwise: str) -> str:
    """Say what a number field takes; ``otherwise`` where it is not a number with a range."""
    metadata = field.metadata if field else []
    bounds = {name: getattr(bound, name) for bound in metadata for name in ("ge", "gt", "le") if hasattr(bound, name)}
    low = bounds.get("ge", bounds.get("gt"))
    if field is None or low is None:
        return otherwise
    kind = "a whole number" if field.annotation in (int, int | None) else "a number"
    above = f"more than {low:g}" if "gt" in bounds else f"from {low:g}"
    to = f" {'and at most' if 'gt' in bounds else 'to'} {bounds['le']:,}" if "le" in bounds else " upwards"
    return f"{kind} {above}{to}"


_KINDS = {
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "list_type": "a list",
    "int_type": "a whole number",
    "finite_number": "a finite number",
    "too_short": "a list that is not empty",
    "float_type": "a number",
    "model_type": "a table",
    "dict_type": "a table",
}
