"""The gate before every page, file and socket: who asks from where, and who has given the password."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carrel.ui.login_page import login_page
from carrel.ui.password import is_right

COOKIE = "carrel-desk"
LOGIN = "/login"
SESSION_SECONDS = 12 * 3600
_WAIT_AFTER_WRONG = 1.0
_LONGEST_FORM = 4096
_POLICY_VIOLATION = 1008


class Gate:
    """ASGI middleware that lets through only whom the desk is for, and nothing that other sites' pages send.

    `hosts` are the names that it may be called by (None: any); without the check, another web page could reach a desk
    on loopback under a name of its own (DNS rebinding). With a `home`, its password is asked for.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] | None, home: Path | None) -> None:
        self._app = app
        self._hosts = hosts
        self._home = home
        self._sessions: dict[str, float] = {}
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            send = _unframed(send)
        headers = Headers(scope=scope)
        if self._hosts is not None and _host(headers) not in self._hosts:
            refused = PlainTextResponse("This desk does not go by that name.", status_code=421)
            await _refuse(refused, scope, receive, send)
        elif _is_foreign(scope, headers):
            await _refuse(PlainTextResponse("Another page may not do that here.", 403), scope, receive, send)
        elif self._home is None or self._is_known(headers):
            await self._app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == LOGIN:
            await (await self._log_in(Request(scope, receive)))(scope, receive, send)
        else:
            wants_page = scope["type"] == "http" and "text/html" in headers.get("accept", "")
            answer = RedirectResponse(LOGIN, 303) if wants_page else PlainTextResponse("Log in first.", 401)
            await _refuse(answer, scope, receive, send)

    async def _log_in(self, request: Request) -> Response:
        if request.method != "POST":
            return _page()
        form = parse_qs((await _body(request)).decode("utf-8", "replace"))
        password = form.get("password", [""])[0]
        async with self._one_at_a_time:  # so that many guesses at once cost no more memory than one
            right = await asyncio.to_thread(is_right, self._home or Path(), password)
            if not right:
                await asyncio.sleep(_WAIT_AFTER_WRONG)
        if not right:
            return _page("That is not the password.", status=401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            COOKIE,
            self._new_session(),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    def _new_session(self) -> str:
        now = time.time()
        self._sessions = {token: until for token, until in self._sessions.items() if until > now}
        token = secrets.token_urlsafe(32)
        self._sessions[token] = now + SESSION_SECONDS
        return token

    def _is_known(self, headers: Headers) -> bool:
        given = _cookie(headers)
        now = time.time()
        return any(hmac.compare_digest(token, given) and until > now for token, until in self._sessions.items())


def _host(headers: Headers) -> str:
    """Return the name that the desk was called by, without the port."""
    host = headers.get("host", "")
    name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
    return name.strip("[]").lower()


def _is_foreign(scope: Scope, headers: Headers) -> bool:
    """Tell whether another site's page opens a socket or sends something, which no browser asks the user about."""
    origin = headers.get("origin")
    if origin is None or (scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS")):
        return False
    return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _unframed(send: Send) -> Send:
    """Forbid other sites to show the desk within their pages, where clicks could be stolen."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Content-Security-Policy", "frame-ancestors 'self'")
        await send(message)

    return sending


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found and found.value.isascii() else ""


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return b""
    return body


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
    else:
        await answer(scope, receive, send)


def _page(note: str = "", status: int = 200) -> HTMLResponse:
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    return HTMLResponse(login_page(note), status, {"Content-Security-Policy": policy, "Cache-Control": "no-store"})
