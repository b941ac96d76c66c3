"""What is said where an extra is missing."""

from __future__ import annotations


def needs_extra(what: str, extra: str) -> str:
    """Return in a line that something needs an extra, and how to get it."""
    return f"{what} needs the extra {extra}: uv run --extra {extra} in a clone, or pip install 'influence-sim[{extra}]'"
