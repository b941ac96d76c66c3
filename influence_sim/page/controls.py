"""The column of settings: what is simulated, what goes wrong, and what the contenders do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from influence_sim.core.levers import LEVERS
from influence_sim.page.contenders import MOST_CONTENDERS
from influence_sim.page.parts import Pick, Press, Slide, Tabs, box, stops
from influence_sim.page.session import Session
from influence_sim.page.transfer import Upload
from influence_sim.scenario import Scenario, shipped_scenarios
from influence_sim.scenario_tables import INCIDENT_KINDS, Incident

NETWORKS = {
    "heavy_tailed": "few have very many followers",
    "small_world": "neighbourhoods with a few far ties",
    "erdos_renyi": "every tie as likely as any other",
    "stochastic_block": "groups",
    "file": "a file",
}
TELLING = (
    "posts_per_day",
    "paid_reach",
    "reply_capacity",
    "empathy",
    "apology",
    "compensation",
    "listening",
    "improvement_capacity",
    "deletion_rate",
)
"""Levers that are shown at once."""
NOBODY = "–"
_LONGEST_DAYS = 60
"""Duration that a slider offers at most; a scenario file may say more."""


@solara.component
def Settings(session: Session) -> None:  # noqa: N802
    """Show all settings, in three tabs."""
    tab, set_tab = solara.use_state(0)
    box("influence_sim", tag="h1")
    with solara.v.Tabs(v_model=tab, on_v_model=set_tab, grow=True, height=36, class_="sections"):
        for title in ("Setting", "Incident", "Levers"):
            solara.v.Tab(children=[title])
    if tab == 0:
        with box(of="section"):
            _Scenario(session)
            _Strategies(session)
            _Network(session)
    elif tab == 1:
        _Incident(session)
    else:
        _Levers(session)


@solara.component
def _Scenario(session: Session) -> None:  # noqa: N802
    choice = session.choice.value
    shipped = list(shipped_scenarios())
    names = shipped if choice.scenario.name in shipped else [choice.scenario.name, *shipped]
    with solara.v.Html(tag="section", class_="choice"):
        Pick("Scenario", names, choice.scenario.name, lambda name: session.use_scenario(Scenario.load(name)))
        box(choice.scenario.question or choice.scenario.title, of="note")
        Upload("Upload a scenario", ".toml", session.take_scenario)
        _Fault(session, "scenario")


@solara.component
def _Fault(session: Session, what: str) -> None:  # noqa: N802
    fault = session.fault.value.get(what, "")
    box(fault, of="fault" if fault else "", role="alert")


@solara.component
def _Network(session: Session) -> None:  # noqa: N802
    network = session.choice.value.scenario.network
    kind, set_kind = solara.use_state_or_update(network.kind)
    consumers, set_consumers = solara.use_state_or_update(network.consumers)
    degree, set_degree = solara.use_state_or_update(network.mean_degree)
    directed, set_directed = solara.use_state_or_update(bool(network.directed))
    reverse, set_reverse = solara.use_state_or_update(network.reverse)

    def apply() -> None:
        path = {"path": None, "directed": None, "reverse": False, "header": None} if network.kind == "file" else {}
        session.use_network(kind=kind, consumers=consumers, mean_degree=float(degree), **path)

    with solara.v.Html(tag="section", class_="choice"):
        box("Network", tag="h2")
        Pick("Kind", list(NETWORKS), kind, set_kind)
        if kind == "file":
            with box(of="row"):
                solara.Checkbox(label="lines have a direction", value=directed, on_value=set_directed)
                if directed:
                    solara.Checkbox(label="who follows whom", value=reverse, on_value=set_reverse)
            Upload(
                "Upload a network",
                ".txt,.csv,.tsv,.edges,.gml,.graphml,.gz",
                lambda name, data: session.take_network(
                    name, data, directed=directed or None, reverse=directed and reverse
                ),
            )
            box("An edge list (two ids on a line), GraphML or GML; each may be gzipped.", of="note")
        else:
            box(NETWORKS[kind], of="note")
            with box(of="row"):
                solara.InputInt("Consumers", consumers, set_consumers)
                solara.InputFloat("Mean audience", degree, set_degree)
                changed = (kind, consumers, degree) != (network.kind, network.consumers, network.mean_degree)
                Press("Use", apply, disabled=not changed)
        _Fault(session, "network")


@solara.component
def _Strategies(session: Session) -> None:  # noqa: N802
    choice = session.choice.value
    known = choice.scenario.strategies

    def choose(place: int, name: str) -> None:
        names = [*choice.strategies, *[NOBODY] * MOST_CONTENDERS][:MOST_CONTENDERS]
        names[place] = name
        session.use_strategies([one for one in names if one != NOBODY])

    with solara.v.Html(tag="section", class_="choice"):
        box("Strategies, side by side on the same accidents", tag="h2")
        for place in range(MOST_CONTENDERS):
            there = choice.strategies[place] if place < len(choice.strategies) else NOBODY
            items = known if place == 0 else [NOBODY, *known]
            Pick(f"Strategy {place + 1}", items, there, lambda name, place=place: choose(place, name))
            if there != NOBODY:
                box(choice.scenario.strategy(there).meaning, of="note")
        solara.InputInt("Seed of the accidents", choice.seed, session.use_seed)


@solara.component
def _Incident(session: Session) -> None:  # noqa: N802
    incidents = session.incidents.value
    days = session.choice.value.scenario.days
    chosen, set_chosen = solara.use_state(0)
    place = min(chosen, len(incidents) - 1)

    def change(**values: Any) -> None:
        changed = list(incidents)
        changed[place] = incidents[place].model_copy(update=values)
        session.set_incidents(changed)

    with solara.v.Html(tag="section", class_="choice"):
        if not incidents:
            box("Nothing goes wrong in this scenario.", of="note")
            Press("Let something go wrong", lambda: session.set_incidents([Incident(day=days // 4)]))
            return
        if len(incidents) > 1:
            labels = [f"{number + 1}: {one.kind}" for number, one in enumerate(incidents)]
            Pick("Which", labels, labels[place], lambda label: set_chosen(labels.index(label)))
        _Sliders(incidents[place], days, change)
        with box(of="row"):
            Press(
                "Take it away",
                lambda: session.set_incidents([one for number, one in enumerate(incidents) if number != place]),
            )
        box("A change starts the run again and brings it back to this hour.", of="note")


@solara.component
def _Sliders(incident: Incident, days: int, change: Callable[..., None]) -> None:  # noqa: N802
    usual = incident.usual
    Pick(
        "Kind",
        list(INCIDENT_KINDS),
        incident.kind,
        lambda kind: change(kind=kind, duration_days=None, hit_share=None, severity=None),
    )
    again = ""
    if incident.per_year is not None:
        again = f"It strikes at random, {incident.per_year:g} times a year, from this day on."
    elif incident.repeats > 1:
        again = f"It strikes {incident.repeats} times, every {incident.every_days} days."
    # It must be over before the horizon.
    room = days if incident.per_year is not None else days - (incident.repeats - 1) * incident.every_days
    everyday = [float(day) for day in range(max(room - usual.duration_days, incident.day) + 1) if day < days]
    lengths = [float(day) for day in range(1, min(room - incident.day, _LONGEST_DAYS) + 1)]
    Slide(
        "day",
        "",
        again or "first day on which it strikes, from 0",
        everyday,
        incident.day,
        lambda day: change(day=int(day)),
    )
    hundredths = [step / 50 for step in range(51)]
    Slide(
        "severity",
        "",
        "from 0, not felt, to 1, a disaster",
        sorted({*hundredths, usual.severity}),
        usual.severity,
        lambda severity: change(severity=severity),
    )
    if incident.hit is None:
        whom = "of everybody" if usual.public else f"of the customers of {incident.company or 'our company'}"
        Slide(
            "hit share",
            "",
            f"share {whom} who are hit each time",
            sorted({*hundredths, usual.hit_share}),
            usual.hit_share,
            lambda share: change(hit_share=share),
        )
    else:
        box(f"It hits {len(incident.hit)} people whom the scenario names.", of="note")
    Slide(
        "duration",
        "",
        "days over which people are hit each time",
        sorted({*lengths, usual.duration_days}),
        usual.duration_days,
        lambda duration: change(duration_days=int(duration)),
    )


@solara.component
def _Levers(session: Session) -> None:  # noqa: N802
    hands = session.hands.value
    chosen, set_chosen = solara.use_state(0)
    is_open, set_open = solara.use_state(False)
    with solara.v.Html(tag="section"):
        if not hands:
            box("They appear when the run begins.", of="note")
            return
        place = min(chosen, len(hands) - 1)
        hand = hands[place]
        Tabs([one.name for one in hands], place, set_chosen)
        if hand.why_fixed:
            box(f"{hand.why_fixed[:1].upper()}{hand.why_fixed[1:]}.", of="note")
        else:
            _Since(session)
        box(
            "The budget pays for all of it."
            if hand.paid >= 1
            else f"The budget pays for {hand.paid:.0%} of what these levers cost; what is bought shrinks to that.",
            of="note" if hand.paid >= 1 else "note short",
        )
        with box(of="row"):
            Press("Undo changes by hand", lambda: session.undo(place), disabled=not hand.is_changed)
        names = [*TELLING, *(name for name in LEVERS if name not in TELLING)] if is_open else TELLING
        for name in names:
            lever, value = LEVERS[name], hand.wanted[name]
            Slide(
                name.replace("_", " "),
                lever.unit,
                lever.meaning + (", from midnight on" if name in hand.pulled else ""),
                stops(lever, value),
                value,
                lambda value, name=name: session.pull(place, name, value),
                disabled=bool(hand.why_fixed),
            ).key(f"{place} {name}")
        Press("Fewer levers" if is_open else "More levers", lambda: set_open(not is_open))


@solara.component
def _Since(session: Session) -> None:  # noqa: N802
    now = session.shown.value
    if now is not None:
        when = "the beginning on" if now.hour == 0 else f"midnight on (day {now.day + 1})"
        box(f"Changes count from {when}.", of="note")
