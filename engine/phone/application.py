"""The application behind the listener: the page, pairing, uploads, and what has arrived."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.phone import draft, tus
from engine.phone.access import COOKIE, KEY_LIFETIME, Paired
from engine.phone.connection import PhoneConnection, connection_of
from engine.phone.exchange import FILES, Uploads, refused
from engine.phone.record import Upload, UploadState
from engine.phone.refusal import Refusal

if TYPE_CHECKING:
    from engine.catalog import PhoneDevice

_PAGE = Path(__file__).with_name("page")
_FILE_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_MOST_JSON = 4096


class DeviceAccess(Protocol):
    """Pairs devices, and finds the device of a request."""

    async def pair(self, code: str, name: str, address: str) -> Paired:
        """Pair a device. Raises Refusal."""

    async def device_of(self, request: Request) -> PhoneDevice:
        """Return the device of a request. Raises Refusal."""

    async def valid_devices(self) -> set[str]:
        """Return the ids of the devices whose keys are valid now."""


@dataclass(frozen=True, slots=True)
class StudioIdentity:
    """What the page says of the studio: the project, the fingerprint of the certificate, and the certificate itself."""

    project: str
    fingerprint: str = ""
    authority: bytes = b""


@dataclass(slots=True)
class Activity:
    """What the server does now: requests with bodies by connection, and the time of the last use by a paired device."""

    connections: dict[PhoneConnection, str] = field(default_factory=dict)
    used_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(slots=True)
class PhoneApplication:
    """Serves one project."""

    uploads: Uploads
    access: DeviceAccess
    studio: StudioIdentity
    activity: Activity = field(default_factory=Activity)

    def routes(self) -> Starlette:
        """Return the application for a server."""
        pages = {"/": "page.html", **{f"/{name}": name for name in ("page.js", "upload.js", "page.css")}}
        application = Starlette(
            routes=[
                *(Route(path, self._page(name), methods=["GET"]) for path, name in pages.items()),
                Route("/studio", self._served(self._show_studio), methods=["GET"]),
                Route("/authority.crt", self._authority, methods=["GET"]),
                Route("/pair", self._served(self._pair), methods=["POST"]),
                Route("/arrivals", self._served(self._arrivals), methods=["GET"]),
                Route(FILES, self._served(self._collection), methods=list(_METHODS)),
                Route(f"{FILES}/", self._served(self._collection), methods=list(_METHODS)),
                Route(FILES + "/{upload}", self._served(self._upload), methods=list(_METHODS)),
            ]
        )
        application.router.redirect_slashes = False
        return application

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        content = (_PAGE / name).read_bytes()

        async def show(request: Request) -> Response:
            return Response(content, media_type=_FILE_TYPES[Path(name).suffix])

        return show

    def _served(self, serve: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Answer refusals with their status, and count what a device does."""

        async def answer(request: Request) -> Response:
            connection = connection_of(request.scope)
            common = _protocol_fields(request)
            try:
                response = await serve(request)
            except Refusal as refusal:
                return await refused(request, refusal, common)
            finally:
                if connection:
                    self.activity.connections.pop(connection, None)
            for name, value in common.items():
                response.headers.setdefault(name, value)
            return response

        return answer

    async def _device(self, request: Request) -> str:
        device = await self.access.device_of(request)
        self.activity.used_at = datetime.now(UTC)
        if connection := connection_of(request.scope):
            self.activity.connections[connection] = device.id
        return device.id

    async def _collection(self, request: Request) -> Response:
        method = _method(request)
        if method == "OPTIONS":
            fields = {**tus.capabilities(self.uploads), **draft.limit_fields(self.uploads)}
            return Response(status_code=204, headers={**fields, "Accept-Patch": draft.PARTIAL_TYPE})
        asked = draft.parse(request)
        if asked is None:
            tus.check_version(request)
        device = await self._device(request)
        if asked and method in ("POST", "PUT", "PATCH"):
            return await draft.create(self.uploads, request, device, asked)
        if asked is None and method == "POST":
            return await tus.create(self.uploads, request, device)
        if method in _OF_UPLOAD and request.url.path.endswith("/"):
            raise Refusal(404, "There is no upload without an id.")
        raise Refusal(405, "This method is not supported here.", {"Allow": "OPTIONS, POST"})

    async def _upload(self, request: Request) -> Response:
        method = _method(request)
        if method == "OPTIONS":
            return await self._collection(request)
        asked = draft.parse_for(request, self.uploads.store.find(str(request.path_params["upload"])))
        if asked is None:
            tus.check_version(request)
        device = await self._device(request)
        if method not in _OF_UPLOAD:
            raise Refusal(405, "This method is not supported here.", {"Allow": "OPTIONS, HEAD, PATCH, DELETE"})
        by_tus, by_draft = _OF_UPLOAD[method]
        if asked:
            return await by_draft(self.uploads, request, device, asked)
        return await by_tus(self.uploads, request, device)

    async def _show_studio(self, request: Request) -> Response:
        """The project and the device, for a page that has a key; without one, only the fingerprint."""
        known: dict[str, Any] = {"fingerprint": self.studio.fingerprint, "device": None}
        try:
            device = await self.access.device_of(request)
        except Refusal as refusal:
            if refusal.status not in (401, 403):
                raise
            return JSONResponse({**known, "reason": refusal.message})
        return JSONResponse({**known, "project": self.studio.project, "device": _shown_device(device)})

    async def _authority(self, request: Request) -> Response:
        return Response(self.studio.authority, media_type="application/x-x509-ca-cert")

    async def _pair(self, request: Request) -> Response:
        asked = await _small_json(request)
        code, name = asked.get("code"), asked.get("name", "")
        if not isinstance(code, str) or not isinstance(name, str):
            raise Refusal(400, "The code is missing.")
        address = request.client.host if request.client else ""
        paired = await self.access.pair(code.strip().upper(), name, address)
        device = _shown_device(paired.device)
        # A page keeps its key in a cookie that no script reads; another client asks for the key.
        if asked.get("bearer") is True:
            return JSONResponse({"project": self.studio.project, "device": device, "key": paired.key}, 201)
        response = JSONResponse({"project": self.studio.project, "device": device}, 201)
        response.set_cookie(
            COOKIE, paired.key, max_age=int(KEY_LIFETIME.total_seconds()), secure=True, httponly=True, samesite="strict"
        )
        return response

    async def _arrivals(self, request: Request) -> Response:
        device = await self._device(request)
        shown = [
            describe(one)
            for one in self.uploads.store
            if one.record.device == device and not one.is_partial and one.record.state is not UploadState.EXPIRED
        ]
        return JSONResponse({"arrivals": shown})


def describe(upload: Upload) -> dict[str, Any]:
    """Return an upload as the page and other clients see it."""
    record = upload.record
    return {
        "id": record.id,
        "url": f"{FILES}/{record.id}",
        "name": record.name,
        "length": record.length,
        "offset": upload.offset,
        "fingerprint": record.fingerprint,
        "state": record.state.value,
        "outcome": record.outcome,
    }


_OF_UPLOAD = {
    "HEAD": (tus.show, draft.show),
    "PATCH": (tus.append, draft.append),
    "DELETE": (tus.terminate, draft.terminate),
}
_METHODS = ("OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def _shown_device(device: PhoneDevice) -> dict[str, str]:
    return {"id": device.id, "name": device.name, "expires_at": device.expires_at.isoformat()}


def _method(request: Request) -> str:
    """The method, or the one that tus lets a client name in a header field instead."""
    return request.headers.get("x-http-method-override", request.method).upper()


def _protocol_fields(request: Request) -> Mapping[str, str]:
    """The fields of all responses to a request to an upload."""
    if not request.url.path.startswith(FILES):
        return {}
    asked = draft.parse(request)
    if asked is None:
        return {"Tus-Resumable": tus.VERSION}
    # Each response to a request that leaves the upload incomplete says so.
    return asked.completeness(False) if asked.complete is False else {}


async def _small_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Refusal (400, 413, 415)."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refusal(415, "The Content-Type must be application/json.")
    content = b""
    async for block in request.stream():
        content += block
        if len(content) > _MOST_JSON:
            raise Refusal(413, "The request is too long.")
    try:
        found = json.loads(content)
    except ValueError as error:
        raise Refusal(400, "The request is not JSON.") from error
    if not isinstance(found, dict):
        raise Refusal(400, "The request is not a JSON object.")
    return found
