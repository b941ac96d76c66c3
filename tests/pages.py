"""Reads pages: their blocks, commands and links. Standard library only, since ``.ci/newcomer`` reads README with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FENCED = re.compile(r"^```(\S[^\n]*)\n(.*?)^```$", re.M | re.S)


class Block(NamedTuple):
    """A fenced block of a page, and the line that opens it."""

    page: str
    line: int
    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file it shows, if its first line says one."""
        found = re.match(r"# ([\w./-]+\.\w+)\n", self.text)
        return found[1] if found else None

    @property
    def refused(self) -> str | None:
        """What is said about the mistake that it shows, if it shows one."""
        found = re.match(r"# refused: (.+)\n", self.text)
        return found[1] if found else None

    @property
    def commands(self) -> list[tuple[int, str]]:
        """Its commands with their lines; one that goes on over several lines is one."""
        joined, line = [], self.line + 1
        for command in re.findall(r"(?:\\\n|[^\n])*\n", self.text):
            if command.partition("#")[0].strip():
                joined.append((line, command.replace("\\\n", " ").strip()))
            line += command.count("\n")
        return joined


def blocks(page: Path, language: str) -> list[Block]:
    """Return the blocks of a page that are in a language."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page.name, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in _FENCED.finditer(text)
        if found[1] == language
    ]


def broken_links(page: Path) -> Iterator[tuple[int, str]]:
    """Yield links and pictures that lead nowhere within the repository, with their lines."""
    prose = _prose(page)
    for found in re.finditer(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", found[1]):
            continue
        path, _, anchor = found[1].partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield prose.count("\n", 0, found.start()) + 1, found[1]


def anchors(file: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them; of a module its functions and classes."""
    if file.suffix == ".py":
        tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        return {node.name for node in tree if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    headings = re.findall(r"^#+ (.+)$", _prose(file), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _prose(page: Path) -> str:
    """Return a page without its blocks, line for line."""
    return _FENCED.sub(lambda found: "\n" * found[0].count("\n"), page.read_text(encoding="utf-8"))
