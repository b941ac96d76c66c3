"""The page of commands: every command with its arguments and options, written from the command line itself.

``python -m influence_sim.cli.commands > docs/commands.md`` writes it anew; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from influence_sim.cli import app
from influence_sim.cli.manual import EXAMPLES, EXIT_STATUS, FILES, SEE_ALSO, STATUS, Manual

PROGRAM = "influence-sim"


def commands() -> str:
    """Return the page of commands as Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    found = _children(typer.main.get_command(app))
    yield "# Commands"
    yield ""
    yield "This page is written from the command line (`python -m influence_sim.cli.commands`), so it cannot drift"
    yield f"from it. `{PROGRAM} --help` lists the commands, `{PROGRAM} COMMAND --help` says the same as this page."
    yield ""
    yield "| command | does |"
    yield "| --- | --- |"
    for name, command in found.items():
        yield from _listed((name,), command)
    yield ""
    yield from ("| exit status | of every command |", "| --- | --- |")
    yield from (f"| {status} | {said} |" for status, said in EXIT_STATUS)
    for name, command in found.items():
        yield from _described((name,), command)


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
    yield from _explained(command.manual)


def _explained(manual: Manual) -> Iterator[str]:
    """Yield the sections of a manual."""
    if examples := manual.sections.get(EXAMPLES):
        yield from ("", "Examples:", "", "```sh")
        for place, (typed, said) in enumerate(examples):
            yield from ("",) * (place > 0)
            yield from (f"# {said}", typed)
        yield "```"
    if files := manual.sections.get(FILES):
        yield from ("", "| file | holds |", "| --- | --- |")
        yield from (f"| `{_cell(name)}` | {_cell(said)} |" for name, said in files)
    for status, said in manual.sections.get(STATUS, ()):
        yield from ("", f"Exit status {status}: {said}")
    if pages := [page for page, _ in manual.sections.get(SEE_ALSO, ())]:
        yield from ("", f"See also {', '.join(f'[{page}]({page.removeprefix("docs/")})' for page in pages)}.")


def _children(command: Any) -> dict[str, Any]:
    if not hasattr(command, "list_commands"):
        return {}
    found = {name: command.commands[name] for name in command.list_commands(None)}
    return {name: child for name, child in found.items() if not child.hidden}


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
