"""How the documentation site is built: ``sphinx-build -W --keep-going -n -b html docs docs/_build``.

Nothing is fetched from elsewhere, neither when the site is built nor when it is read.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.append(str(Path(__file__).parent / "_ext"))

COLON = "\ue000"
"""Stands for a colon and a blank where napoleon must not see them."""

project = "influence_sim"
author = project
version = release = version_of("influence-sim")
html_title = f"{project} {release}"
html_show_copyright = False

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "shown_files",
]
exclude_patterns = ["_build", "jupyter_execute", "**/.ipynb_checkpoints"]
root_doc = "index"

html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
# Two dashes belong to an option, and quotation marks to what is typed.
smartquotes = False

# Pages are read on plain viewers of Markdown, too, so anchors are made of headings as these do.
myst_heading_anchors = 4

# Tutorials are run anew at each build, in a folder of their own; one that fails fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 240
nb_execution_show_tb = True
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autosummary_generate = False
napoleon_google_docstring = False
napoleon_use_rtype = False
# Several attributes may share a line; napoleon's own way takes the first for a type.
napoleon_custom_sections = [("Attributes", "params_style")]
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

# References that lead nowhere are errors (-n), but for these.
nitpick_ignore_regex = [
    # Other projects' classes: their pages are on the internet, which a build does without.
    (r"py:.*", r"(np|numpy|pd|pandas|xr|xarray|nx|networkx|scipy|mesa|matplotlib|pydantic|optuna)\..*"),
    (r"py:.*", r"(collections|pathlib|typing|types|builtins|enum|concurrent)\..*"),
    (r"py:class", r"(NDArray|ArrayLike|Figure|Path|Self|dtype)"),
    # What the code calls a type that has no page of its own: arrays of some sort, a point, what takes progress.
    (
        r"py:class",
        r"(.*\.)?(Index|Offsets|Integers|Labels|Point|Progress|Table|Threshold|Days|F8|Ints|Floats|Bools|Reals)",
    ),
    (r"py:class", r"(.*\.)?(Probabilities|Weights|Tag|[A-Z])"),
    # Classes behind the public ones, which their users never make.
    (
        r"py:class",
        r"(.*\.)?(Store|Memory|Course|Stopping|Method|Factor|Sampling|Decision|State|Worlds|Standing|Choice|Setting|Aims)",
    ),
    # Modules and their tables: described where they stand, and each source is linked.
    (r"py:(mod|data)", r"influence_sim\..*|[A-Z_]+"),
    # Attributes stand in a list of their class, where no link leads; and one function that is not public.
    (r"py:attr", r"[a-z_]+"),
    (r"py:func", r"design"),
]


def plain_references(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Make notes of a docstring's sources plain text, as several docstrings of one page number theirs alike.

    Before napoleon, and with the colon of a property hidden from it: it takes what stands before one for a type.
    """
    for place, line in enumerate(lines):
        line = re.sub(r"^\.\. (\[\d+\]) ", r"*  \1 ", line)
        lines[place] = re.sub(r"(\[\d+\])_(?!\w)", r"\1", line)
    if what in ("property", "attribute") and lines:
        lines[0] = lines[0].replace(": ", COLON)


def with_colons(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Put back what was hidden."""
    lines[:] = [line.replace(COLON, ": ") for line in lines]


def dashes(app: Sphinx, doctree: nodes.document) -> None:
    """Set a dash between a name and what is said of it."""
    for text in list(doctree.findall(nodes.Text)):
        if " -- " in text and not isinstance(text.parent, nodes.literal | nodes.literal_block):
            text.parent.replace(text, nodes.Text(text.replace(" -- ", " – ")))


def public_place(app: Sphinx, env: Any, node: Any, contnode: nodes.TextElement) -> Any:
    """Lead from where the code keeps a name to where this reference describes it.

    A hint or a docstring says ``influence_sim.core.graph.Graph`` or ``Graph``; described is ``influence_sim.Graph``.
    """
    if node.get("refdomain") != "py":
        return None
    python = env.get_domain("py")
    parts = node["reftarget"].split(".")
    for home in ("influence_sim", "influence_sim.networks", "influence_sim.textbook"):
        for place in range(len(parts)):
            target = ".".join([home, *parts[place:]])
            if target in python.objects:
                return python.resolve_xref(env, node["refdoc"], app.builder, node["reftype"], target, node, contnode)
    # A member by its name alone, or a class of a module, if only one is called so.
    found = [name for name in python.objects if name.endswith(f".{parts[-1]}")]
    if len(found) == 1:
        return python.resolve_xref(env, node["refdoc"], app.builder, node["reftype"], found[0], node, contnode)
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the above."""
    app.connect("autodoc-process-docstring", plain_references, priority=400)
    app.connect("autodoc-process-docstring", with_colons, priority=600)
    app.connect("doctree-read", dashes)
    app.connect("missing-reference", public_place)
    return {"parallel_read_safe": True}
