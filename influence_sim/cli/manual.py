"""What there is to say of a command beyond its options, read from its docstring: for the help and for the page.

A docstring has the sections of NumPy's style; under ``Examples``, ``Files`` and ``Exit Status`` a line is what is
explained, and what is indented below explains it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

type Entries = tuple[tuple[str, str], ...]

EXAMPLES, FILES, STATUS, SEE_ALSO = "Examples", "Files", "Exit Status", "See Also"
SECTIONS = (EXAMPLES, FILES, STATUS, SEE_ALSO)
"""In the order in which they are shown."""
EXIT_STATUS: Entries = (
    ("0", "All went well."),
    ("2", "What was asked for cannot be done; a line on standard error says why, and what would be right."),
    ("130", "Interrupted by Ctrl-C; a line says what is left of it."),
)
"""How every command ends; one that may end otherwise says so itself."""


@dataclass(frozen=True, slots=True)
class Manual:
    """The manual of a command.

    Attributes
    ----------
    text
        What it does, in paragraphs; the first is a sentence.
    sections
        Terms with their explanations, by title of the section.
    """

    text: str
    sections: Mapping[str, Entries]

    @classmethod
    def of(cls, docstring: str) -> Manual:
        """Read a docstring."""
        text, *rest = re.split(r"^(.+)\n-{3,}\n", inspect.cleandoc(docstring), flags=re.MULTILINE)
        found = {title: _entries(body) for title, body in zip(rest[::2], rest[1::2], strict=True)}
        if strange := found.keys() - set(SECTIONS):
            raise ValueError(f"{min(strange)}: is no section of a manual; there are {', '.join(SECTIONS)}")
        return cls(text.strip(), {title: found[title] for title in SECTIONS if title in found})

    @property
    def status(self) -> Entries:
        """How the command ends."""
        return tuple(sorted((*EXIT_STATUS, *self.sections.get(STATUS, ())), key=lambda entry: int(entry[0])))


def _entries(body: str) -> Entries:
    """Return the terms of a section, each with what is indented below it."""
    parts = re.findall(r"^(\S.*)\n?((?:[ \t]+\S.*\n?)*)", body, flags=re.MULTILINE)
    return tuple((term.strip(), " ".join(said.split())) for term, said in parts)
