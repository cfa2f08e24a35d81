"""One connection of a machine to its host's content server."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from engine.errors import EngineError, TransientError
from engine.farm.content_credentials import ContentCredentials
from engine.farm.leaves import HOST, CertificateRefusedError, read_leaf

_CONNECT_S = 10.0
_JSON_BYTES = 64 << 20
_AGAIN = "Check the network between this machine and the host. The farm tries again by itself."


class ContentRefused(EngineError):
    """The host refuses a request. `status` is HTTP's; `code` says why, such as "lease-ended" or "policy".

    `fields` are the header fields of the response.
    """

    def __init__(self, status: int, code: str, message: str, hint: str, fields: Mapping[str, str]) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code
        self.fields = dict(fields)


@dataclass(frozen=True, slots=True)
class HostAddress:
    """Where a host listens, and the name in its certificate."""

    address: str
    port: int
    name: str = HOST


class ContentConnection:
    """A connection that serves one request at a time. It is made at the first request.

    Raises TransientError if the host cannot be reached or the connection is cut, EngineError if one side does not
    accept the certificate of the other, ContentRefused if the host refuses a request.
    """

    def __init__(self, host: HostAddress, credentials: ContentCredentials, stall_s: float) -> None:
        self._host = host
        self._credentials = credentials
        self._stall_s = stall_s
        self._http: http.client.HTTPSConnection | None = None

    @property
    def used(self) -> bool:
        """Whether it served a request before; the host may have closed it since."""
        return self._http is not None

    def close(self) -> None:
        """Close the connection."""
        if self._http is not None:
            with suppress(OSError):
                self._http.close()
        self._http = None

    def start(self, method: str, path: str, fields: Mapping[str, str]) -> None:
        """Send a request without its body."""
        try:
            http_connection = self._connected()
            http_connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in fields.items():
                http_connection.putheader(name, value)
            http_connection.endheaders()
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error

    def send(self, data: bytes | memoryview) -> None:
        """Send a part of the body."""
        try:
            self._connected().send(data)
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error

    def response(self, wait_s: float = 0.0) -> http.client.HTTPResponse:
        """Return the response to the request; it may take `wait_s` if that is longer. Read its body to the end."""
        try:
            connection = self._connected()
            connection.sock.settimeout(max(wait_s, self._stall_s))
            response = connection.getresponse()
            if connection.sock is not None:
                connection.sock.settimeout(self._stall_s)
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error
        if response.status >= 400:
            raise self._refused(response)
        return response

    def read_into(self, response: http.client.HTTPResponse, view: memoryview) -> int:
        """Read bytes of a body until `view` is full; less only at the end."""
        try:
            done = 0
            while done < len(view) and (count := response.readinto(view[done:])):
                done += count
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error
        return done

    def read(self, response: http.client.HTTPResponse) -> bytes:
        """Return the body of a response that is not a file."""
        try:
            body = response.read(_JSON_BYTES)
            if response.read(1):
                raise self._failure(http.client.HTTPException("the response is too long"))
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(error) from error
        return body

    def exchange(self, method: str, path: str, body: bytes = b"", fields: Mapping[str, str] | None = None) -> bytes:
        """Send a request with its body, and return the body of the response."""
        self.start(method, path, {**(fields or {}), "Content-Length": str(len(body))})
        if body:
            self.send(body)
        return self.read(self.response())

    def _connected(self) -> http.client.HTTPSConnection:
        # http.client drops the socket itself after a response that says "Connection: close".
        if self._http is not None and self._http.sock is not None:
            return self._http
        context = self._credentials.client_context()
        connection = http.client.HTTPSConnection(
            self._host.address, self._host.port, timeout=_CONNECT_S, context=context
        )
        # It would connect again by itself, without a look at the host's certificate.
        connection.auto_open = 0
        self._http = connection
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        try:
            # TLS has verified it. Its 24 hours are counted by the clock of the host alone.
            peer = read_leaf(connection.sock.getpeercert(binary_form=True) or b"")
        except CertificateRefusedError as error:
            raise self._wrong_host(error.message) from error
        # Every machine has a certificate of the farm that serves, too.
        if (peer.name, peer.role) != (self._host.name, "content"):
            raise self._wrong_host(f"its certificate is that of {peer.name}, for {peer.role}")
        connection.sock.settimeout(self._stall_s)
        return connection

    def _wrong_host(self, reason: str) -> EngineError:
        self.close()
        return EngineError(
            f"{self._host.address} port {self._host.port} is not the farm's host: {reason.rstrip('.')}.",
            "Run `cwtui farm join` again, and check that nothing else listens at this address.",
        )

    def _failure(self, error: Exception) -> EngineError:
        self.close()
        where = f"The farm's host {self._host.address} port {self._host.port}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._wrong_host(error.verify_message)
        if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or ""):
            return EngineError(
                f"{where} does not accept this machine's certificate ({(error.reason or '').lower()}).",
                "Run `cwtui farm join` again.",
            )
        if isinstance(error, TimeoutError):
            return TransientError(f"{where} does not answer.", _AGAIN)
        reason = getattr(error, "strerror", None) or error or type(error).__name__
        return TransientError(f"{where} cannot be reached: {reason}.", _AGAIN)

    def _refused(self, response: http.client.HTTPResponse) -> EngineError:
        fields = {name.lower(): value for name, value in response.getheaders()}
        try:
            error = json.loads(self.read(response) or b"{}").get("error", {})
            code, message, hint = (str(error.get(name, "")) for name in ("code", "message", "hint"))
        except (ValueError, AttributeError):
            code = message = hint = ""
        if fields.get("connection", "").lower() == "close":
            self.close()
        message = message or f"The farm's host refused the request (HTTP {response.status})."
        if response.status == 503:
            return TransientError(message, hint or _AGAIN)
        return ContentRefused(response.status, code, message, hint, fields)
