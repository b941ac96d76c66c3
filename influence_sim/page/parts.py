"""Small parts that the page is built of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import solara

from influence_sim.core.levers import Lever
from influence_sim.figures.style import looks

_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
_DIGITS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
_SMALLEST = 0.01


def box(*children: Any, of: str = "", tag: str = "div", **attributes: str) -> Any:
    """Return an HTML element of class ``of``; text among the children is text, never markup."""
    return solara.v.Html(tag=tag, class_=of, children=list(children), attributes=attributes)


def stops(lever: Lever, *values: float) -> list[float]:
    """Return the values that a slider of a lever offers, the given ones among them: round, and finer where small."""
    if lever.unit == "0 or 1":
        offered = [0.0, 1.0]
    elif lever.high <= 1:
        offered = [step / 20 for step in range(21)]
    elif lever.unit == "days":
        offered = [float(day) for day in _DAYS]
    else:
        offered = [digit * _SMALLEST * 10**power for power in range(9) for digit in _DIGITS]
    within = {
        round(value, 4) for value in (lever.low, *offered, lever.high, *values) if lever.low <= value <= lever.high
    }
    return sorted(within)


def swatch(place: int) -> Any:
    """Return a short piece of the line by which a contender is drawn."""
    look = list(looks([str(one) for one in range(place + 1)]).values())[place]
    dashes = "" if look.line == "-" else " ".join(str(1.7 * part) for part in look.line[1])
    line = {"x1": "1", "y1": "6", "x2": "25", "y2": "6", "stroke": look.colour, "stroke-width": "3"}
    return box(box(tag="line", **line, **{"stroke-dasharray": dashes}), tag="svg", width="26", height="12")


@solara.component
def Slide(  # noqa: N802
    name: str,
    unit: str,
    meaning: str,
    offered: Sequence[float],
    value: float,
    on_value: Callable[[float], None],
    disabled: bool = False,
) -> None:
    """Show a slider over round values, with unit and help; it counts when it is let go."""
    nearest = min(range(len(offered)), key=lambda place: abs(offered[place] - value))
    place, set_place = solara.use_state(nearest)
    # What was set elsewhere, such as by the schedule, moves the slider too.
    solara.use_effect(lambda: set_place(nearest), [nearest])
    shown = offered[min(max(place, 0), len(offered) - 1)]
    with solara.v.Html(tag="div", class_="slider"):
        box(
            box(name, tag="b"),
            box(f"{shown:,.4g}", of="value", tag="span"),
            of="named",
        )

        def let_go(widget: Any, event: Any, at: Any) -> None:
            # The arrow keys reach one beyond the ends.
            on_value(offered[min(max(int(at), 0), len(offered) - 1)])

        slider = solara.v.Slider(
            v_model=place,
            on_v_model=set_place,
            min=0,
            max=len(offered) - 1,
            step=1,
            hide_details=True,
            disabled=disabled,
            attributes={"aria-label": name},
        )
        solara.v.use_event(slider, "change", let_go)
        box("; ".join(part for part in (meaning, unit) if part), of="note")


@solara.component
def Pick[T](label: str, items: Sequence[T], value: T, on_value: Callable[[T], None]) -> None:  # noqa: N802
    """Show a list to pick from."""
    solara.v.Select(
        label=label, items=list(items), v_model=value, on_v_model=on_value, dense=True, hide_details=True,
        attributes={"aria-label": label},
    )  # fmt: skip


@solara.component
def Tabs(names: Sequence[str], chosen: int, on_choice: Callable[[int], None]) -> None:  # noqa: N802
    """Show a tab per contender, with the line by which it is drawn."""
    with solara.v.Html(tag="div", class_="tabs", attributes={"role": "tablist"}):
        for place, name in enumerate(names):
            _Tab(name, place, place == chosen, on_choice)


@solara.component
def _Tab(name: str, place: int, is_chosen: bool, on_choice: Callable[[int], None]) -> None:  # noqa: N802
    button = solara.v.Btn(
        text=True,
        small=True,
        class_="is-chosen" if is_chosen else "",
        children=[box(swatch(place), box(name, tag="span"), of="name", tag="span")],
        attributes={"role": "tab", "aria-selected": str(is_chosen).lower()},
    )
    solara.v.use_event(button, "click", lambda *_: on_choice(place))


@solara.component
def Press(  # noqa: N802
    label: str, on_click: Callable[[], None], *, icon: str = "", primary: bool = False, disabled: bool = False
) -> None:
    """Show a button."""
    inside: list[Any] = [solara.v.Icon(left=True, small=True, children=[icon])] if icon else []
    button = solara.v.Btn(
        small=True,
        depressed=True,
        outlined=not primary,
        color="primary",
        disabled=disabled,
        children=[*inside, label],
    )
    solara.v.use_event(button, "click", lambda *_: on_click())
