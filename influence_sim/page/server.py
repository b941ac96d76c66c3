"""The server of the page: Solara's, on this machine, with everything the browser needs and nothing from elsewhere."""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

from influence_sim.extras import needs_extra

if TYPE_CHECKING:
    from influence_sim.page.contenders import Choice

_NOWHERE = "http://127.0.0.1:9/"
"""Where Solara would fetch what it lacks: nothing answers there. It lacks nothing, as solara-assets is installed."""
_LAST_PORT = 65535

_start: Choice | None = None


def start() -> Choice:
    """Return what a page shows when it is opened."""
    assert _start is not None, "serve() says what a page begins with"
    return _start


def serve(choice: Choice, *, host: str, port: int, open_browser: bool, on_ready: Callable[[str], None]) -> None:
    """Serve the page until interrupted.

    Parameters
    ----------
    choice
        What a page shows when it is opened.
    host, port
        Where it listens.
    open_browser
        Whether to open it in the user's browser.
    on_ready
        Called with the address once it answers.

    Raises
    ------
    ValueError
        If it cannot listen there, or what it needs is not installed; one line.
    """
    global _start
    _start = choice
    listener = listen(host, port)
    try:
        _stay_home()
        import uvicorn
        from solara.server import app, starlette

        # What draws.
        from influence_sim.page import session as session
    except ImportError as error:
        raise ValueError(needs_extra("the page", "page")) from error
    app.apps["__default__"] = app.AppScript("influence_sim.page.app")
    address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    # A whole picture is a message, and so is a piece of a file.
    config = uvicorn.Config(starlette.app, log_level="error", ws_max_size=2**26, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)

    def announce() -> None:
        while not server.started:
            time.sleep(0.05)
        on_ready(address)
        if open_browser:
            webbrowser.open(address)

    threading.Thread(target=announce, daemon=True).start()
    server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises
    ------
    ValueError
        If the port is taken, or the host is not this machine's; one line that says what to do.
    """
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"port {port}: must lie in 0..{_LAST_PORT}")
    listener = None
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen()
    except OSError as error:
        if listener is not None:
            listener.close()
        said = (error.strerror or str(error)).lower()
        what = (
            "name another --port, or 0 for any free one" if error.errno == errno.EADDRINUSE else "name another --host"
        )
        raise ValueError(f"cannot listen on {host}, port {port}: {said}; {what}") from None
    return listener


def _stay_home() -> None:
    """Let neither the server nor the browser ask anybody else for anything."""
    import solara.settings
    from solara.server import settings

    settings.telemetry.mixpanel_enable = False
    solara.settings.assets.cdn = _NOWHERE
    settings.main.mode = "production"
    settings.theme.show_banner = False
    settings.theme.title = "influence_sim"
    settings.theme.loader = "plain"
    # What is closed without a word ends soon, with the thread behind it.
    settings.kernel.cull_timeout = "5m"
    logging.getLogger("solara").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", "Cookies with samesite=none require https", UserWarning)
