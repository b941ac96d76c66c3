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

LINK = re.compile(r"\[([^\]\n]+)\]\((?:\.\./)+((?:tests|\.ci|benchmarks|experiments)/[^)#\s]+)(?:#(\w+))?\)")
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
    return [nodes.reference(raw, "", nodes.literal(shown, shown), internal=True, refuri=uri)], []


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for every file that some page links to."""
    docs = Path(app.srcdir)
    texts = [page.read_text(encoding="utf-8") for page in docs.rglob("*.md")]
    for path in sorted({found[2] for text in texts for found in LINK.finditer(text)}):
        code = (docs.parent / path).read_text(encoding="utf-8")
        language = "python" if path.endswith(".py") else "toml" if path.endswith(".toml") else "bash"
        shown = app.builder.highlighter.highlight_block(code, language)  # type: ignore[attr-defined]
        before, lines, after = re.split(r"(?<=<pre>)|(?=</pre>)", shown)
        body = before + anchored(lines, anchors(code) if language == "python" else {}) + after
        yield page_of(path), {"title": path, "body": f"<h1>{html.escape(path)}</h1>\n{body}"}, "page.html"


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
