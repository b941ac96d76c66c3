"""The page of commands: every command with its arguments and options, written from the command line itself.

``python -m influence_sim.cli.commands > docs/commands.md`` writes it anew; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from influence_sim.cli import app

PROGRAM = "influence-sim"

# What the page leads with; commands that are not named here come last, in the order of their names.
_ORDER = (
    "compare",
    "run",
    "scenarios",
    "strategies",
    "explain",
    "plan",
    "validate",
    "sweep",
    "phases",
    "sensitivity",
    "robustness",
    "optimise",
    "report",
    "dashboard",
    "data",
    "claims",
    "verify",
    "calibration",
)


def commands() -> str:
    """Return the page of commands as Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    found = {name: command for name, command in _children(typer.main.get_command(app)).items() if not command.hidden}
    yield "# Commands"
    yield ""
    yield "This page is written from the command line (`python -m influence_sim.cli.commands`), so it cannot drift"
    yield f"from it. `{PROGRAM} --help` lists the commands, `{PROGRAM} COMMAND --help` says the same as this page."
    yield ""
    yield "| command | does |"
    yield "| --- | --- |"
    ordered = sorted(found, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    for name in ordered:
        yield from _listed((name,), found[name])
    yield ""
    yield "Exit status: 0 if all went well; 1 if something that was checked does not hold (`verify`); 2 if what was"
    yield "asked for cannot be done, with one line on standard error; 130 after Ctrl-C."
    for name in ordered:
        yield from _described((name,), found[name])


def _listed(path: tuple[str, ...], command: Any) -> Iterator[str]:
    """Yield a row for a command, and one for each command in it."""
    children = _children(command)
    if not children:
        title = " ".join(path)
        yield f"| [`{title}`](#{'-'.join(path)}) | {_cell(_paragraphs(command)[0])} |"
    for name, child in children.items():
        yield from _listed((*path, name), child)


def _described(path: tuple[str, ...], command: Any) -> Iterator[str]:
    """Yield what there is to say of a command, and of each command in it."""
    children = _children(command)
    if children:
        for name, child in children.items():
            yield from _described((*path, name), child)
        return
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    words = [PROGRAM, *path, *(_placed(one) for one in arguments), *(["[OPTIONS]"] if options else [])]
    yield ""
    yield f"## {' '.join(path)}"
    yield ""
    yield from ("```text", " ".join(words), "```")
    for paragraph in _paragraphs(command):
        yield from ("", paragraph)
    if arguments:
        yield from ("", "| argument | default | meaning |", "| --- | --- | --- |")
        yield from (f"| `{_value(one)}` | {_default(one)} | {_cell(one.help or '')} |" for one in arguments)
    if options:
        yield from ("", "| option | default | meaning |", "| --- | --- | --- |")
        yield from (f"| {_spelled(one)} | {_default(one)} | {_meaning(one)} |" for one in options)


def _children(command: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(command, "commands", {})
    return found


def _paragraphs(command: Any) -> list[str]:
    return [" ".join(part.split()) for part in (command.help or "").split("\n\n")]


def _placed(argument: Any) -> str:
    """Return an argument as a usage line has it."""
    return _value(argument) if argument.required else f"[{_value(argument)}]"


def _value(parameter: Any) -> str:
    """Return what stands for the value of an argument or an option; empty for a flag."""
    if getattr(parameter, "is_flag", False):
        return ""
    return _cell(str(parameter.metavar or parameter.name.upper()))


def _spelled(option: Any) -> str:
    """Return the names of an option, with what follows them."""
    value = _value(option)
    names = [*sorted(option.opts, key=lambda name: not name.startswith("--")), *option.secondary_opts]
    return ", ".join(f"`{name} {value}`" if value and name.startswith("--") else f"`{name}`" for name in names)


def _meaning(option: Any) -> str:
    return _cell(option.help or "") + (" May be given several times." if option.multiple else "")


def _default(parameter: Any) -> str:
    """Return what holds where nothing is said, as a cell."""
    if parameter.required:
        return "needed"
    if isinstance(parameter.show_default, str):
        return _cell(parameter.show_default)
    value = parameter.default
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return f"`{(parameter.opts if value else parameter.secondary_opts)[0]}`" if parameter.secondary_opts else ""
    return "" if value in (None, "", (), []) else f"`{_cell(str(value))}`"


def _cell(text: str) -> str:
    """Return a text as a table's cell holds it."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(commands(), end="")
