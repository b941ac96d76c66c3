"""A thread that shows the latest of what it is given, so that nobody waits for pictures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Painter[T]:
    """Calls ``show`` in a thread of its own with the latest thing put; what was not shown by then is passed over.

    Parameters
    ----------
    show
        What to call.
    pause
        Seconds from the beginning of one call to the beginning of the next, at least.
    """

    def __init__(self, show: Callable[[T], None], pause: float) -> None:
        self._show, self._pause = show, pause
        self._latest: T | None = None
        self._is_closed = False
        self._change = threading.Condition()
        threading.Thread(target=self._run, name="painter", daemon=True).start()

    def put(self, what: T) -> None:
        """Let this be shown next; returns at once."""
        with self._change:
            self._latest = what
            self._change.notify()

    def close(self) -> None:
        """End the thread, after what it is showing."""
        with self._change:
            self._is_closed = True
            self._change.notify()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._latest is not None or self._is_closed)
                what, self._latest = self._latest, None
                if self._is_closed or what is None:
                    return
            began = time.monotonic()
            self._show(what)
            time.sleep(max(0.0, began + self._pause - time.monotonic()))
