"""HTTP client for model files and packages: queries and resumable downloads.

Beside it, only the receiver of footage from phones uses the network.

Requests use urllib and the proxies in the environment. They contain no cookies, names or tokens.
"""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import IO, Any, Literal
from urllib.parse import urlsplit

from pydantic import ValidationError

from engine.atomic_files import flush, write_atomic, write_error
from engine.catalog import FrozenModel
from engine.errors import EngineError, RequestError, TransientError
from engine.models.registry_entry import checked_address
from engine.policy import Gate

Material = Literal["model", "package"]
"""What is downloaded, as policies name it."""
_PIECE = 1 << 18
# For connecting, and for each read.
_TIMEOUT_S = 30
_REFUSED = {
    401: "requires an account",
    403: "denies access",
    404: "has no such file",
    410: "no longer has this file",
    429: "received too many requests",
}


class RemoteFile(FrozenModel):
    """A host's data about a file.

    `size` is in bytes, None if unknown; `validator` is a strong ETag, else the Last-Modified date, or empty. `hosts`
    are the requested host and all redirect targets.
    """

    url: str
    size: int | None
    validator: str
    hosts: tuple[str, ...]


class _PartialMark(FrozenModel):
    """Stored beside a partial file: the remote file that it belongs to."""

    url: str
    size: int | None
    validator: str


def require_address(url: str) -> str:
    """Return an allowed address. Raises RequestError for others (see engine.models.registry_entry)."""
    try:
        return checked_address(url)
    except ValueError as error:
        raise RequestError(
            f"The address is not allowed: {error}.", "Give an address that starts with https://"
        ) from error


def survey(gate: Gate, url: str) -> RemoteFile | None:
    """Request the first byte of a file, to get its size and hosts. Returns None if the file does not exist.

    A HEAD request would not do: signed addresses accept only the method that they were signed for. Raises EngineError
    for other failures, and for redirects to an address without https.
    """
    try:
        with _open(gate, url, {"Range": "bytes=0-0"}) as (answer, hosts):
            size = _total(answer) if answer.status == 206 else _length(answer)
            return RemoteFile(url=url, size=size, validator=_validator(answer.headers), hosts=hosts)
    except _NotFoundError:
        return None
    except _UnsatisfiableError:
        # The file is empty.
        return RemoteFile(url=url, size=0, validator="", hosts=(urlsplit(url).netloc,))


def read_text(gate: Gate, url: str, most: int) -> str:
    """Download a small UTF-8 text. Raises RequestError if it is longer than `most` bytes or not UTF-8."""
    with _open(gate, url, {}) as (answer, _):
        content = _read(answer, most + 1, url)
    if len(content) > most:
        raise RequestError(f"The file at {url} is too long for a model description.", "Check the address.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"The file at {url} is not text.", "Check the address.") from error


def download_bytes(gate: Gate, url: str, most: int, material: Material) -> bytes | None:
    """Download a small file, or return None if it does not exist.

    Raises RequestError if it is longer than `most` bytes, EngineError if the host refuses, PolicyError if a policy
    does.
    """
    try:
        with _open(gate, url, {}, material) as (answer, _):
            content = bytearray()
            while piece := _read(answer, _PIECE, url):
                content += piece
                if len(content) > most:
                    raise RequestError(f"The file at {url} is too long.", "Check the address.")
            if (length := _length(answer)) is not None and length != len(content):
                raise _broken_off(url)
            return bytes(content)
    except _NotFoundError:
        return None


def permit_download(gate: Gate, host: str, material: Material = "model") -> None:
    """Raise PolicyError unless a policy permits to download material from a host."""
    gate.require("download", material=material, host=host).check("download")


def partial_size(remote: RemoteFile, part: Path) -> int:
    """Return the number of bytes of this file that were already downloaded."""
    mark = _write_mark(part)
    if mark is None or not remote.validator or not part.is_file():
        return 0
    same = (mark.url, mark.validator) == (remote.url, remote.validator) and _alike(mark.size, remote.size)
    have = part.stat().st_size
    return have if same and (remote.size is None or have <= remote.size) else 0


def load(gate: Gate, remote: RemoteFile, part: Path, progress: Callable[[int], None]) -> None:
    """Download a file to `part`, resuming an earlier attempt at the same content.

    Downloaded data is kept after a failure. `progress` gets the number of bytes present. Raises TransientError if the
    connection breaks off, EngineError if the host or the disk refuses.
    """
    have = partial_size(remote, part)
    if have and have == remote.size:
        progress(have)
        return
    headers = {"Range": f"bytes={have}-", "If-Range": remote.validator} if have else {}
    try:
        with _open(gate, remote.url, headers) as (answer, _):
            if have and not _continues(answer, have, remote):
                # The content changed, or the host does not support ranges: it sends the complete file.
                if answer.status == 206:
                    raise _ChangedError
                have = 0
            elif not have and answer.status != 200:
                raise EngineError(f"{remote.url} returned status {answer.status}, not the file.", "Try again later.")
            size = have + length if (length := _length(answer)) is not None else None
            write_atomic(
                _mark_path(part),
                _PartialMark(url=remote.url, size=size, validator=_validator(answer.headers))
                .model_dump_json()
                .encode(),
            )
            _write(answer, part, have, size, remote.url, progress)
    except (_ChangedError, _UnsatisfiableError):
        # The partial file does not belong to the current content.
        part.unlink(missing_ok=True)
        load(gate, remote, part, progress)


def forget(part: Path) -> None:
    """Remove a partial file and its mark."""
    part.unlink(missing_ok=True)
    _mark_path(part).unlink(missing_ok=True)


class _ChangedError(Exception):
    """The response does not continue the partial file."""


class _UnsatisfiableError(Exception):
    """The requested range starts past the end of the file."""


class _NotFoundError(EngineError):
    """The file does not exist on the host."""


class _RedirectHandler(urllib.request.HTTPRedirectHandler):
    """Follows redirects: on the same host with the same scheme, to others only with https."""

    def __init__(self, gate: Gate, material: Material) -> None:
        self._gate = gate
        self._material = material
        self.hosts: list[str] = []

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Return the request to the next address. Raises EngineError if the redirect is not allowed."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        at_home = (old.scheme, old.netloc) == (new.scheme, new.netloc)
        if not at_home and new.scheme != "https":
            fp.close()
            raise EngineError(
                f"{old.netloc} redirects to {new.netloc} without https. Nothing was downloaded from there.",
                "Use an address that you trust.",
            )
        if not at_home:
            permit_download(self._gate, new.netloc, self._material)
        if new.netloc not in self.hosts:
            self.hosts.append(new.netloc)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def _open(
    gate: Gate, url: str, headers: Mapping[str, str], material: Material = "model"
) -> Iterator[tuple[http.client.HTTPResponse, tuple[str, ...]]]:
    require_address(url)
    host = urlsplit(url).netloc
    permit_download(gate, host, material)
    onward = _RedirectHandler(gate, material)
    request = urllib.request.Request(
        url, headers={"User-Agent": "cleanwater", "Accept-Encoding": "identity", **headers}
    )
    try:
        answer = urllib.request.build_opener(onward).open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and "Range" in headers:
            raise _UnsatisfiableError from error
        asked = (onward.hosts or [host])[-1]
        why = _REFUSED.get(error.code, f"answers {error.code} {error.reason}")
        kind = (
            _NotFoundError
            if error.code in (404, 410)
            else TransientError
            if error.code in (408, 429) or error.code >= 500
            else EngineError
        )
        raise kind(f"{asked} {why}: {url}", "Check the address. If it is correct, try again later.") from error
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(host, error) from error
    with answer:
        yield answer, (host, *(one for one in onward.hosts if one != host))


def _unreachable(host: str, error: Exception) -> EngineError:
    reason = getattr(error, "reason", error)
    if "CERTIFICATE_VERIFY_FAILED" in str(reason):
        return EngineError(
            f"{host} has no valid certificate, so it may not be {host}.", "Do not download from it on this network."
        )
    detail = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return TransientError(f"{host} could not be reached: {detail}.", "Check the connection, then run this again.")


def _write(
    answer: http.client.HTTPResponse,
    part: Path,
    have: int,
    size: int | None,
    url: str,
    progress: Callable[[int], None],
) -> None:
    try:
        with part.open("ab" if have else "wb") as file:
            if have:
                file.truncate(have)
            progress(have)
            while piece := _read(answer, _PIECE, url):
                file.write(piece)
                have += len(piece)
                progress(have)
    except OSError as error:
        raise write_error(_name(url), error) from error
    if size is not None and have < size:
        raise _broken_off(url)
    flush(part)


def _read(answer: http.client.HTTPResponse, most: int, url: str) -> bytes:
    try:
        return answer.read(most)
    except (OSError, http.client.HTTPException) as error:
        raise _broken_off(url) from error


def _broken_off(url: str) -> TransientError:
    return TransientError(
        f"The connection to {urlsplit(url).netloc} broke off while downloading {_name(url)}.",
        "Run this again to resume.",
    )


def _name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _continues(answer: http.client.HTTPResponse, have: int, remote: RemoteFile) -> bool:
    """Return whether the response continues at `have` bytes of the same content."""
    start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    sent = _validator(answer.headers)
    return (
        answer.status == 206
        and start is not None
        and int(start[1]) == have
        and (not sent or sent == remote.validator)
        and _alike(_total(answer), remote.size)
    )


def _validator(headers: Message) -> str:
    # A weak ETag does not guarantee equal bytes, so it cannot validate a range (RFC 9110, 13.1.5).
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified", "") if not tag else ""


def _length(answer: http.client.HTTPResponse) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _total(answer: http.client.HTTPResponse) -> int | None:
    total = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
    return int(total[1]) if total else None


def _alike(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def _mark_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _write_mark(part: Path) -> _PartialMark | None:
    try:
        return _PartialMark.model_validate_json(_mark_path(part).read_bytes())
    except (OSError, ValidationError):
        return None
