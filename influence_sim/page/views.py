"""The run: play bar, words, networks and time lines; what people write; and what can be taken away."""

from __future__ import annotations

import base64
import math

import solara

from influence_sim.page.feed import headline, outcome, when
from influence_sim.page.parts import Pick, Press, Tabs, box, swatch
from influence_sim.page.pictures import ATTITUDE_REACH
from influence_sim.page.player import Activity, Status
from influence_sim.page.session import Session
from influence_sim.page.snapshot import LATELY_HOURS, Side
from influence_sim.page.transfer import Download

SPEEDS = {
    "1 hour a second": 1.0,
    "6 hours a second": 6.0,
    "1 day a second": 24.0,
    "3 days a second": 72.0,
    "1 week a second": 168.0,
    "as fast as it goes": math.inf,
}
DEFAULT_SPEED = "1 day a second"
REPLICATES = (4, 8, 20, 40)


@solara.component
def Bar(session: Session) -> None:  # noqa: N802
    """Show the clock, what the player does, and what it can be told."""
    status, now, player = session.status.value, session.shown.value, session.player
    speed, set_speed = solara.use_state(DEFAULT_SPEED)
    is_busy = status.activity in (Activity.PLAYING, Activity.RUNNING, Activity.PREPARING)
    is_stuck = now is None or is_busy or now.is_over

    def change_speed(name: str) -> None:
        set_speed(name)
        player.hours_per_second = SPEEDS[name]

    with box(of="bar"):
        with box(of="row wrap"):
            if is_busy:
                Press("Cancel" if status.activity is Activity.PREPARING else "Pause", player.pause, icon="mdi-pause",
                      primary=True)  # fmt: skip
            else:
                Press("Play", player.play, icon="mdi-play", primary=True, disabled=is_stuck)
            Press("1 hour", lambda: player.step(1), icon="mdi-step-forward", disabled=is_stuck)
            Press("1 day", player.step_day, icon="mdi-skip-next",
                  disabled=is_stuck)  # fmt: skip
            Press("To the incident", player.jump, disabled=is_stuck or not (now and now.strikes_ahead))
            Press("To the end", player.finish, disabled=is_stuck)
            Press("Restart", player.restart, icon="mdi-restart", disabled=now is None)
            with box(of="speed"):
                Pick("Speed", list(SPEEDS), speed, change_speed)
        with box(of="row"):
            box("" if now is None else "The end" if now.is_over else when(now.hour), of="clock")
            box(_state(status, None if now is None else now.days), of="state grow", role="status")
        share = status.progress if status.activity is not Activity.PLAYING else None
        if share is None and now is not None:
            share = now.hour / (24 * now.days)
        solara.v.ProgressLinear(
            value=100 * (share or 0),
            indeterminate=status.activity is Activity.PREPARING and status.progress is None,
            height=4,
            color="primary" if not is_busy or status.progress is None else "#E69F00",
        )
    if status.error:
        box(status.error, of="fault", role="alert")


def _state(status: Status, days: int | None) -> str:
    """Say what the player does."""
    said = status.activity.value
    if status.note:
        said += f": {status.note}"
    if status.progress is not None:
        said += f", {status.progress:.0%}"
    return f"of {days} days; {said}" if days is not None else said


@solara.component
def Words(session: Session) -> None:  # noqa: N802
    """Say what is happening."""
    with box(of="words"):
        for sentence in session.words.value:
            box(sentence, tag="p")


@solara.component
def Networks(session: Session) -> None:  # noqa: N802
    """Show the network once per contender."""
    now = session.shown.value
    if now is None:
        return
    with box(of="pictures"):
        for place, (side, picture) in enumerate(zip(now.sides, session.networks.value, strict=False)):
            with box(of="picture"):
                with box(of="row"):
                    box(swatch(place), box(side.name, tag="span"), of="name")
                    if side.burning_since is not None:
                        box("firestorm", of="burning")
                box(tag="img", src=_uri(picture), alt=f"The network under {side.name}")
                box(box(f"{side.customers:,} customers", tag="span"), box(_gain(side), tag="span"), of="figures")
    with box(of="legend"):
        reach = f"{ATTITUDE_REACH:g}"
        box(f"against the company (-{reach})", box(of="shade", tag="span"), f"for it ({reach})", tag="span")
        box(f"△ posted or shared against it in the last {LATELY_HOURS} h", tag="span")
        box("larger: more followers", tag="span")


def _gain(side: Side) -> str:
    gained = side.customers - side.customers_at_first
    return "as many as at first" if not gained else f"{gained:+,} since day 0"


@solara.component
def Lines(session: Session) -> None:  # noqa: N802
    """Show the time lines."""
    picture = session.lines.value
    now = session.shown.value
    if not picture or now is None:
        return
    with box(of="lines"):
        with box(of="legend"):
            for place, side in enumerate(now.sides):
                box(swatch(place), box(side.name, tag="span"), of="name", tag="span")
            box("dotted: something goes wrong; sentiment: mean of 7 days", tag="span")
        box(tag="img", src=_uri(picture), alt="Loyalty, customers, sentiment, complaints and negative posts over time")


def _uri(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


@solara.component
def Feed(session: Session) -> None:  # noqa: N802
    """Show the latest threads about the company in one contender's world."""
    hands, threads = session.hands.value, session.threads.value
    only_against = session.only_against.value
    box("What people write, and what is answered", tag="h2")
    if not hands:
        return
    place = min(session.looked_at.value, len(hands) - 1)
    Tabs([hand.name for hand in hands], place, lambda one: session.look_at(one, only_against=only_against))
    solara.Checkbox(
        label="only what is against the company",
        value=only_against,
        on_value=lambda value: session.look_at(place, only_against=value),
    )
    company = session.choice.value.scenario.company_names[session.choice.value.scenario.focal_company]
    with box(role="log"):
        if not threads:
            box("Nobody has written anything yet.", of="note")
        for thread in threads:
            side = "against" if thread.is_against else "for" if thread.author else ""
            answered = " answered" if thread.answered_after is not None else ""
            box(
                box(when(thread.hour), of="when"),
                box(headline(thread, company)),
                box(outcome(thread), of=f"outcome{answered}"),
                of=f"thread {side}",
            )


@solara.component
def Export(session: Session) -> None:  # noqa: N802
    """Offer the run as a scenario, and a report."""
    report = session.report.value
    replicates, set_replicates = solara.use_state(8)
    with box(of="sheet"):
        box("Take it with you", tag="h2")
        box("The run as a scenario file, with all that was changed by hand.", of="note")
        Download("Download the scenario", "run.toml", "application/toml", session.scenario_file)
        box("A report: these strategies, as they stand, in several worlds, with intervals.", of="note")
        with box(of="row choice"):
            Pick("Worlds per strategy", list(REPLICATES), replicates, set_replicates)
            Press("Make a report", lambda: session.make_report(replicates), disabled=report.progress is not None)
        if report.progress is not None:
            solara.v.ProgressLinear(value=100 * report.progress, height=4)
            box(f"running the worlds, {report.progress:.0%}", of="note", role="status")
        if report.error:
            box(report.error, of="fault", role="alert")
        if report.html:
            Download("Download the report", "report.html", "text/html", lambda: report.html)
