"""Files at an address, over HTTP: what one is, and bringing it here in pieces. Nothing else in Cleanwater asks a host.

Requests go by urllib, through the proxies that the environment names; they carry no cookie, name or token.
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
from typing import IO, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from engine.atomic_files import flush, write_atomic
from engine.catalog import FrozenModel
from engine.errors import EngineError, RequestError, TransientError
from engine.models.install import not_written
from engine.models.registry_entry import checked_address

_PIECE = 1 << 18
# For a connection, and for each wait for more.
_TIMEOUT_S = 30
_REFUSED = {
    401: "asks for an account",
    403: "does not give it to everybody",
    404: "has no such file",
    410: "has it no longer",
    429: "is asked too often",
}


class RemoteFile(FrozenModel):
    """What a host says of a file.

    `size` in bytes and `validator` (a strong ETag, else its date) where it says so; `hosts` are those that take part,
    the one asked first and those it sent us on to.
    """

    url: str
    size: int | None
    validator: str
    hosts: tuple[str, ...]


class _PartialMark(FrozenModel):
    """Beside an unfinished file: whose beginning it is."""

    url: str
    size: int | None
    validator: str


def require_address(url: str) -> str:
    """An address that may be asked. RequestError for others (see engine.models.registry_entry)."""
    try:
        return checked_address(url)
    except ValueError as error:
        raise RequestError(
            f"Nothing is fetched from there: {error}.", "Give an address that begins with https://"
        ) from error


def survey(url: str) -> RemoteFile | None:
    """Asks for the first byte of a file, to learn its size and its hosts; None where there is no such file.

    The first byte rather than the head alone, because signed addresses answer only what they were signed for.
    Raises EngineError for other refusals, and for a host that sends us on to an address that is not https.
    """
    try:
        with _open(url, {"Range": "bytes=0-0"}) as (answer, hosts):
            size = _total(answer) if answer.status == 206 else _length(answer)
            return RemoteFile(url=url, size=size, validator=_validator(answer.headers), hosts=hosts)
    except _NotFoundError:
        return None
    except _UnsatisfiableError:
        # An empty file has no first byte.
        return RemoteFile(url=url, size=0, validator="", hosts=(urlsplit(url).netloc,))


def read_text(url: str, most: int) -> str:
    """A small text in UTF-8. RequestError where it is longer than `most` bytes or no text."""
    with _open(url, {}) as (answer, _):
        content = _read(answer, most + 1, url)
    if len(content) > most:
        raise RequestError(f"What lies at {url} is too long to describe a model.", "Check the address.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"What lies at {url} is not text.", "Check the address.") from error


def partial_size(remote: RemoteFile, part: Path) -> int:
    """How many bytes of this very file have come already."""
    mark = _write_mark(part)
    if mark is None or not remote.validator or not part.is_file():
        return 0
    same = (mark.url, mark.validator) == (remote.url, remote.validator) and _alike(mark.size, remote.size)
    have = part.stat().st_size
    return have if same and (remote.size is None or have <= remote.size) else 0


def load(remote: RemoteFile, part: Path, progress: Callable[[int], None]) -> None:
    """Brings a file to `part`, going on where an earlier attempt at the same content ended.

    What is there is kept whatever happens, so that the next attempt goes on. `progress` gets the bytes that are here.
    Raises PassingFault where the connection breaks off, EngineError where the host or the disk refuses.
    """
    have = partial_size(remote, part)
    if have and have == remote.size:
        progress(have)
        return
    headers = {"Range": f"bytes={have}-", "If-Range": remote.validator} if have else {}
    try:
        with _open(remote.url, headers) as (answer, _):
            if have and not _continues(answer, have, remote):
                # Another content, or a host that knows no ranges: what it sends now is the whole.
                if answer.status == 206:
                    raise _ChangedError
                have = 0
            elif not have and answer.status != 200:
                raise EngineError(f"{remote.url} answers {answer.status}, not the file.", "Try again later.")
            size = have + length if (length := _length(answer)) is not None else None
            write_atomic(
                _mark_path(part),
                _PartialMark(url=remote.url, size=size, validator=_validator(answer.headers))
                .model_dump_json()
                .encode(),
            )
            _write(answer, part, have, size, remote.url, progress)
    except (_ChangedError, _UnsatisfiableError):
        # The beginning that is here belongs to nothing any more.
        part.unlink(missing_ok=True)
        load(remote, part, progress)


def forget(part: Path) -> None:
    """Removes an unfinished file with what was noted of it."""
    part.unlink(missing_ok=True)
    _mark_path(part).unlink(missing_ok=True)


class _ChangedError(Exception):
    """What is sent does not continue what is here."""


class _UnsatisfiableError(Exception):
    """The file is shorter than what is here."""


class _NotFoundError(EngineError):
    """The host has no such file."""


class _RedirectHandler(urllib.request.HTTPRedirectHandler):
    """Goes on to where a host sends us: on the same host as safely as before, elsewhere by https alone."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The request to the next address, or EngineError."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        at_home = (old.scheme, old.netloc) == (new.scheme, new.netloc)
        if not at_home and new.scheme != "https":
            fp.close()
            raise EngineError(
                f"{old.netloc} sends us on to {new.netloc} without https; nothing was loaded from there.",
                "Fetch it from an address that you trust.",
            )
        if new.netloc not in self.hosts:
            self.hosts.append(new.netloc)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def _open(url: str, headers: Mapping[str, str]) -> Iterator[tuple[http.client.HTTPResponse, tuple[str, ...]]]:
    require_address(url)
    host = urlsplit(url).netloc
    onward = _RedirectHandler()
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
        raise kind(f"{asked} {why}: {url}", "Check the address; if it is right, try again later.") from error
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(host, error) from error
    with answer:
        yield answer, (host, *(one for one in onward.hosts if one != host))


def _unreachable(host: str, error: Exception) -> EngineError:
    reason = getattr(error, "reason", error)
    if "CERTIFICATE_VERIFY_FAILED" in str(reason):
        return EngineError(f"{host} could not prove that it is {host}.", "Do not fetch from here on this network.")
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
        raise not_written(_name(url), error) from error
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
        f"{urlsplit(url).netloc} broke off in the middle of {_name(url)}.",
        "Run this again: it goes on where it was.",
    )


def _name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _continues(answer: http.client.HTTPResponse, have: int, remote: RemoteFile) -> bool:
    """Whether what is sent goes on where we are, in the same content."""
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
    # A weak ETag promises no equal bytes, so it cannot join two pieces (RFC 9110, 13.1.5).
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
