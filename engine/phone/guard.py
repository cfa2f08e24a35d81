"""Refuses requests that another site or another name made a browser send, and sets the security header fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from engine.phone.connection import connection_of
from engine.phone.tus import VERSION

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIELDS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), screen-wake-lock=(self)",
}
# Fields of the upload protocols that have one value. Two could be read in two ways.
_SINGLE = (b"authorization", b"content-type", b"tus-resumable", b"x-http-method-override")
_OWN_SITE = ("same-origin", "none")


class Guard:
    """Passes on a request if it names one of the `hosts` (name and port) and comes from no other site.

    A page of another site can make a browser send requests here. With DNS rebinding, such a page even has this server's
    address; the browser then sends the other site's name as `Host`.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], scheme: str, header_bytes: int) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._header_bytes = header_bytes
        self._origins = frozenset(f"{scheme}://{host}" for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        if scope["type"] != "http":
            return
        speaks_tus = "tus-resumable" in Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIELDS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if speaks_tus:
                    # Every response of the protocol names its version, also one to an address without a route.
                    headers.setdefault("Tus-Resumable", VERSION)
            await send(message)

        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, send_guarded)
            return
        status, text = refused
        closing = {"Connection": "close"} if connection_of(scope) else {}
        await PlainTextResponse(f"{text}\n", status, closing)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > self._header_bytes:
            return 431, "The header of the request is too long."
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "This server does not have that name."
        names = [name for name, _ in scope["headers"] if name in _SINGLE or name.startswith(b"upload-")]
        if len(set(names)) != len(names):
            return 400, "A field of the header occurs twice."
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self._origins:
            return 403, "Requests of other sites are refused."
        site = headers.get("sec-fetch-site")
        # A link on another page may open this page, which then has nothing of that page.
        opens_page = scope["method"] == "GET" and scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
        if site is not None and site not in _OWN_SITE and not opens_page:
            return 403, "Requests of other sites are refused."
        referrer = headers.get("referer")
        if referrer and scope["method"] not in ("GET", "HEAD") and not self._is_own(referrer):
            return 403, "Requests of other sites are refused."
        return None

    def _is_own(self, referrer: str) -> bool:
        parts = urlsplit(referrer)
        return f"{parts.scheme}://{parts.netloc}".lower() in self._origins
