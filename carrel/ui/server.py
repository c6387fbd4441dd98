"""The server of the pages: one process with the models in it, and a worker beside it."""

from __future__ import annotations

import logging
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import MissingExtraError, UserError
from carrel.ui.password import has_password
from carrel.ui.place import Served, serve_from
from carrel.ui.worker import WorkerKeeper

if TYPE_CHECKING:
    from streamlit.starlette import App

SCRIPT = Path(__file__).with_name("entry") / "carrel_desk.py"
"""What Streamlit runs; alone in its folder, which may come to stand in `sys.path`."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_CLOSE_SECONDS = 2


def serve(
    home: Path,
    *,
    host: str,
    port: int,
    collection: str = "default",
    browser: bool = True,
    on_ready: Callable[[str], None],
) -> None:
    """Show the pages of a home until Ctrl-C; `port` 0 takes a free one, `on_ready` hears the address.

    Raises:
        UserError: the address is open to others and there is no password, or it cannot be had.
        MissingExtraError: Streamlit is not installed.
    """
    place = Served(home, collection, has_password=has_password(home), open_to_others=not is_loopback(host))
    if place.open_to_others and not place.has_password:
        raise UserError(
            f"Without a password the pages are for this computer only, and {host} is open to others: "
            "set one with 'carrel ui --set-password', or leave --host away"
        )
    try:
        import uvicorn
        from streamlit.web.bootstrap import load_config_options

        from carrel.ui.configuration import streamlit_options
    except ImportError as error:
        raise MissingExtraError("carrel ui", "ui") from error
    listening = _listening(host, port)
    address = _address(host, listening.getsockname()[1])
    home.mkdir(parents=True, exist_ok=True)
    serve_from(place)
    load_config_options(streamlit_options())
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)

    def ready() -> None:
        on_ready(address)
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    config = uvicorn.Config(
        _application(place, ready),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_CLOSE_SECONDS,
        ws="websockets-sansio",
    )
    uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Tell whether only this computer can reach an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _application(place: Served, ready: Callable[[], None]) -> App:
    from starlette.middleware import Middleware
    from streamlit.starlette import App

    from carrel.ui.gate import Gate
    from carrel.ui.routes import routes

    @asynccontextmanager
    async def lifespan(_: App) -> AsyncIterator[None]:
        from carrel.ui.desk import close_desks, warm_up

        keeper = WorkerKeeper(place.home)
        keeper.start()
        threading.Thread(target=warm_up, args=(place,), name="warm-up", daemon=True).start()
        ready()
        try:
            yield
        finally:
            keeper.close()
            close_desks()

    hosts = None if place.open_to_others else _LOOPBACK
    gate = Middleware(Gate, hosts=hosts, home=place.home if place.has_password else None)
    return App(SCRIPT, lifespan=lifespan, middleware=[gate], routes=routes())


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UserError(
            f"The pages cannot be shown at {host}, port {port}: {error.strerror or error}; name another with --port"
        ) from error
    listening.listen(128)
    return listening


def _address(host: str, port: int) -> str:
    name = "localhost" if is_loopback(host) else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"
