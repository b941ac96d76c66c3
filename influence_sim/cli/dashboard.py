"""The interactive page."""

from __future__ import annotations

from typing import Annotated

import typer

from influence_sim.cli.application import app
from influence_sim.cli.endings import one_line_errors
from influence_sim.cli.loading import load_plugins, load_subject, split
from influence_sim.cli.options import HeaderOption, PluginOption, ScenarioArgument, SeedOption, Subject


@app.command()
def dashboard(
    scenario: ScenarioArgument = "shipping_delay",
    strategies: Annotated[
        str | None,
        typer.Option(
            "--strategies",
            "-s",
            help="One to three strategies of the focal company, separated by commas.",
            metavar="A,B,C",
            show_default="the scenario's own, broadcast, dialogue, silent",
        ),
    ] = None,
    seed: SeedOption = 1,
    graph: Annotated[
        str | None, typer.Option(help="A graph file; its nodes are the population.", metavar="FILE")
    ] = None,
    directed: Annotated[
        bool | None,
        typer.Option(
            "--directed/--undirected",
            help="Whether a line of the graph file means one direction.",
            show_default="undirected",
        ),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="With --directed: a line says who follows whom.")] = False,
    header: HeaderOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; this machine alone if left out.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any that is free.", metavar="P")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open the page in your browser.")] = True,
    plugin: PluginOption = None,
) -> None:
    """Start an interactive page: play strategies side by side, change levers and incidents, watch what happens.

    The page is served on this machine alone, needs no internet, and takes what happened with you as a scenario or a
    report. It prints its address, and ends with Ctrl-C. It needs the extra page.

    Examples
    --------
    influence-sim dashboard
        Late parcels: watch broadcast, dialogue and silence.
    influence-sim dashboard scandal --strategies opaque,dialogue --seed 7
        A scandal, hushed up or talked about, with other accidents.
    influence-sim dashboard --graph friends.txt --no-browser --port 0
        On your own network, at any free port.

    See Also
    --------
    docs/dashboard.md
    """
    from influence_sim.page.arena import Arena
    from influence_sim.page.contenders import MOST_CONTENDERS, Choice
    from influence_sim.page.server import serve
    from influence_sim.strategies import COMPARED_BY_DEFAULT

    with one_line_errors():
        load_plugins(plugin)
        loaded = load_subject(scenario, Subject(graph=graph, directed=directed, reverse=reverse, header=header))
        offered = [*loaded.own_strategies, *COMPARED_BY_DEFAULT][:MOST_CONTENDERS]
        choice = Choice(loaded, tuple(offered if strategies is None else split(strategies)), seed)
        # What cannot be played is found before a page is opened.
        Arena(choice)
        try:
            serve(choice, host=host, port=port, open_browser=browser, on_ready=_announce)
        except KeyboardInterrupt:
            # The usual end.
            print("stopped")


def _announce(address: str) -> None:
    print(f"The page is at {address} (Ctrl-C ends it)", flush=True)
