"""The page that Solara serves."""

from __future__ import annotations

from pathlib import Path

import solara

from influence_sim.page.controls import Settings
from influence_sim.page.parts import box
from influence_sim.page.server import start
from influence_sim.page.session import Session
from influence_sim.page.views import Bar, Export, Feed, Lines, Networks, Words


@solara.component
def Layout(children: list[solara.Element] = []) -> None:  # noqa: B006, N802
    """Show the page as it is, without Solara's own bars."""
    solara.Div(children=children, style="height: 100%")


@solara.component
def Page() -> None:  # noqa: N802
    """Show everything; each open page has a session of its own."""
    session = solara.use_memo(lambda: Session(start()), [])
    solara.use_effect(lambda: session.close, [])
    solara.Title("influence_sim")
    solara.Style(Path(__file__).with_name("style.css"))
    with box(of="page"):
        with solara.v.Html(tag="aside", class_="settings"):
            Settings(session)
        with solara.v.Html(tag="main", class_="run"):
            Bar(session)
            Words(session)
            Networks(session)
            Lines(session)
        with solara.v.Html(tag="aside", class_="talk"):
            with box(of="feed"):
                Feed(session)
            Export(session)
