"""Buttons by which the browser hands over a file, and gets one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipyvuetify
import solara
import traitlets

from influence_sim.page.parts import box

MOST_MEGABYTES = 200


class _Chooser(ipyvuetify.VuetifyTemplate):  # type: ignore[misc]
    template_file = (__file__, "upload.vue")
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    received = traitlets.Any(None, allow_none=True)

    def __init__(self, **given: Any) -> None:
        self._pieces = bytearray()
        super().__init__(**given)

    def vue_take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Take a piece of a file; with the last one the file is there."""
        if content["offset"] == 0:
            self._pieces = bytearray()
        if content["size"] > MOST_MEGABYTES * 2**20:
            self.received = (content["name"], None)
            return
        self._pieces += bytes(buffers[0]) if buffers else b""
        if len(self._pieces) >= content["size"]:
            # Two files of one content are two files.
            self.received = None
            self.received = (content["name"], bytes(self._pieces))


@solara.component
def Upload(label: str, accept: str, on_file: Callable[[str, bytes | None], None]) -> None:  # noqa: N802
    """Show a button to choose a file; ``on_file`` gets its name and what it holds, None if it is too large."""

    def take(received: tuple[str, bytes | None] | None) -> None:
        if received is not None:
            on_file(*received)

    _Chooser.element(label=label, accept=accept, on_received=take)


class _Saver(ipyvuetify.VuetifyTemplate):  # type: ignore[misc]
    template_file = (__file__, "download.vue")
    label = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Int(0).tag(sync=True)
    file = traitlets.Dict().tag(sync=True)


@solara.component
def Download(label: str, name: str, kind: str, make: Callable[[], str]) -> None:  # noqa: N802
    """Show a button to get a file of MIME type ``kind``; ``make`` returns what it holds when it is asked for."""
    file, set_file = solara.use_state({})
    fault, set_fault = solara.use_state("")

    def answer(asked: int) -> None:
        # The number makes each a file of its own, even if it holds the same.
        found: dict[str, Any] = {"number": asked, "name": name, "type": kind}
        try:
            found["data"] = make().encode()
            set_fault("")
        except ValueError as error:
            set_fault(str(error))
        set_file(found)

    _Saver.element(label=label, file=file, on_asked=answer)
    if fault:
        box(fault, of="fault", role="alert")
