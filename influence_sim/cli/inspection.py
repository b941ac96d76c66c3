"""Commands that look at scenarios, strategies and the model without running worlds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import USAGE_ERROR, one_line_errors
from influence_sim.cli.loading import load, load_plugins
from influence_sim.cli.options import PluginOption
from influence_sim.cli.screen import console, print_tables

if TYPE_CHECKING:
    from influence_sim.scenario import Scenario


@app.command()
def validate(
    files: Annotated[list[str], typer.Argument(help="Scenario files.", metavar="FILE…")], plugin: PluginOption = None
) -> None:
    """Check scenario files and their networks: one line per fault, and exit status 2 if there is any.

    A fault is told with its key, its value and what is allowed; of a misspelt key the nearest is named. Nothing is run.

    Examples
    --------
    influence-sim validate my_scenario.toml
        Is my file right, and does its network load?
    influence-sim validate my_scenario.toml shipping_delay
        Are both?

    See Also
    --------
    docs/scenarios.md
    """
    from influence_sim.scenario import ScenarioError

    with one_line_errors():
        load_plugins(plugin)
    faulty = False
    for file in files:
        try:
            loaded = load(file)
            loaded.setting(loaded.graph())
        except ValueError as error:
            print(error if isinstance(error, ScenarioError) else f"{file}: network: {error}", file=sys.stderr)
            faulty = True
        else:
            incident = _incidents(loaded)
            companies = f"{len(loaded.companies)} compan{'y' if len(loaded.companies) == 1 else 'ies'}"
            print(f"{file}: is valid: {companies}, {loaded.days} days, {incident}")
    if faulty:
        raise typer.Exit(USAGE_ERROR)


@app.command()
def strategies(
    scenario: Annotated[str | None, typer.Argument(help="A scenario, to list what it defines too.")] = None,
    plugin: PluginOption = None,
) -> None:
    """List the strategies with their levers, and what each lever means.

    A strategy is a row of levers, perhaps with a schedule. Printed are those that the library knows, or those that a
    scenario knows, which may define others; then every lever with its range and unit.

    Examples
    --------
    influence-sim strategies
        Which strategies are there, and what do they pull?
    influence-sim strategies new_category
        Which of them does this scenario know, its own included?
    influence-sim strategies --plugin rules.py
        Are the strategies of my own file registered?

    See Also
    --------
    docs/strategies.md
    docs/reference.md
    """
    from influence_sim.report.tables import catalogue_tables
    from influence_sim.strategies import known as everything

    with one_line_errors():
        load_plugins(plugin)
        if scenario is None:
            known = list(everything().values())
        else:
            loaded = load(scenario)
            known = [loaded.strategy(name) for name in loaded.strategies]
    print_tables(console(), *catalogue_tables(known))


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="A strategy.", metavar="NAME")],
    scenario: Annotated[str | None, typer.Argument(help="A scenario that defines it, or whose costs count.")] = None,
    plugin: PluginOption = None,
) -> None:
    """Say what a strategy sets, which equations that reaches, and what it plans to spend.

    Printed is a row for each lever that it sets, with the equations of the model in which it stands, and the plan of
    spending at the scenario's costs and budget, with the share of it that is paid for.

    Examples
    --------
    influence-sim explain dialogue
        What is meant by dialogue, and what does it cost?
    influence-sim explain dialogue flooded_channel
        The same where staff are dear.

    See Also
    --------
    docs/strategies.md
    docs/model.md
    """
    from influence_sim.report.tables import explanation_tables
    from influence_sim.scenario import Scenario

    with one_line_errors():
        load_plugins(plugin)
        setting = Scenario() if scenario is None else load(scenario)
        tables = list(explanation_tables(setting.strategy(name), setting))
    print_tables(console(), *tables)


@app.command()
def plan() -> None:
    """Print the order of an hour and of a day, read from the engine itself.

    Every phase is a rule of the model; the page on the model says what each does, by its number.

    Examples
    --------
    influence-sim plan
        What happens first, and what hears of what only tomorrow?

    See Also
    --------
    docs/model.md
    """
    from influence_sim.report.tables import plan_tables

    print_tables(console(), *plan_tables())


@app.command()
def scenarios() -> None:
    """List the scenarios that come with the library.

    Printed are their names, which other commands take, how long they last, and the question that each asks.

    Examples
    --------
    influence-sim scenarios
        What could I try first?

    See Also
    --------
    docs/scenarios.md
    """
    from influence_sim.report.tables import scenario_table
    from influence_sim.scenario import shipped_scenarios

    with one_line_errors():
        found = {name: load(str(path)) for name, path in shipped_scenarios().items()}
    print_tables(console(), scenario_table(found))


def _incidents(scenario: Scenario) -> str:
    when = [
        f"a {one.kind} {'at random' if one.per_year else 'again and again'} from day {one.day} on"
        if one.per_year or one.repeats > 1
        else f"a {one.kind} on day {one.day}"
        for one in scenario.incident
    ]
    return ", ".join(when) or "no incident"
