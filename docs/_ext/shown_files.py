"""Files of the repository that pages link to, such as tests, as pages of the site.

A page links to ``../tests/laws/test_census.py#test_name``, which plain viewers of Markdown follow, too. Here that is
made a link to the file's own page, with an anchor for every function and class.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

LINK = re.compile(
    r"\[([^\]\n]+)\]\((?:\.\./)+((?:influence_sim|tests|\.ci|benchmarks|experiments)/[^)#\s]+)(?:#(\w+))?\)"
)
"""A link to a file beside the folder of the docs, and what is meant in it."""


def to_roles(app: Sphinx, docname: str, source: list[str]) -> None:
    """Make roles of links, whatever folder the page stands in."""
    source[0] = LINK.sub(lambda found: f"{{file}}`{found[1].strip('`')} <{found[2]}#{found[3] or ''}>`", source[0])


def page_of(path: str) -> str:
    """Return the name of the page that shows a file."""
    return f"files/{path.removeprefix('.')}"


def file_role(
    app: Sphinx, name: str, raw: str, text: str, line: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Return a link to the page of a file."""
    shown, _, target = text.removesuffix(">").partition(" <")
    path, _, anchor = target.partition("#")
    here = inliner.document.settings.env.docname
    uri = app.builder.get_relative_uri(here, page_of(path)) + (f"#{anchor}" if anchor else "")
    said = nodes.literal(shown, shown) if shown in (anchor, path) else nodes.inline(shown, shown)
    return [nodes.reference(raw, "", said, internal=True, refuri=uri)], []


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for every file that some page links to; what is meant in it has to be there."""
    docs = Path(app.srcdir)
    texts = {page: page.read_text(encoding="utf-8") for page in sorted(docs.rglob("*.md"))}
    links = {(found[2], found[3], page) for page, text in texts.items() for found in LINK.finditer(text)}
    for path in sorted({path for path, _, _ in links}):
        code = (docs.parent / path).read_text(encoding="utf-8")
        language = "python" if path.endswith(".py") else "toml" if path.endswith(".toml") else "bash"
        names = anchors(code) if language == "python" else {}
        for other, name, page in links:
            if other == path and name and name not in names.values():
                logger.warning("%s has no %s", path, name, location=str(page))
        shown = app.builder.highlighter.highlight_block(code, language)  # type: ignore[attr-defined]
        before, lines, after = re.split(r"(?<=<pre>)|(?=</pre>)", shown)
        body = f"<h1>{html.escape(path)}</h1>\n{before}{anchored(lines, names)}{after}"
        yield page_of(path), {"title": path, "body": body}, "page.html"


def anchors(code: str) -> dict[int, str]:
    """Return functions and classes by the line on which they, or their decorators, begin."""
    found = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[min([node.lineno, *(one.lineno for one in node.decorator_list)])] = node.name
    return found


def anchored(lines: str, names: dict[int, str]) -> str:
    """Put anchors before lines, which count from 1."""
    return "\n".join(
        f'<span id="{names[number]}"></span>{line}' if number in names else line
        for number, line in enumerate(lines.split("\n"), 1)
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the above."""
    app.add_role("file", partial(file_role, app), override=True)
    app.connect("source-read", to_roles)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True}
