"""Both upload protocols over a bare socket, row by row: what a request gets, to the header field.

The rows follow the texts of tus 1.0.0 and of draft-ietf-httpbis-resumable-upload-12. They complete `test_tus.py` and
`test_draft.py`, whose client hides interim responses and forbids malformed requests.
"""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from tests.phone.conftest import BYTES, TUS
from tests.phone.raw import connected, header
from tests.phone.serving import Served

PARTIAL = "application/partial-upload"
PROBLEM = "application/problem+json"
UNKNOWN = "/files/AAAAAAAAAAAAAAAAAAAAAA"
# A field with this value in an expectation is not in the response.
ABSENT = "(absent)"
ANY = "(any)"


@dataclass
class Answer:
    """A final response, and the interim ones before it."""

    status: int
    fields: dict[str, str]
    body: bytes
    interim: list[tuple[int, dict[str, str]]] = field(default_factory=list)


def read_answer(connection: socket.socket, method: str) -> Answer:
    """The next response with its body, as RFC 9112 delimits it."""
    stream = connection.makefile("rb")
    interim: list[tuple[int, dict[str, str]]] = []
    while True:
        first = stream.readline().decode()
        assert first.startswith("HTTP/1.1 "), first
        fields: dict[str, str] = {}
        while (line := stream.readline().decode().strip()) != "":
            name, _, value = line.partition(": ")
            assert name.lower() not in fields, f"{name} occurs twice"
            fields[name.lower()] = value
        status = int(first.split()[1])
        if status >= 200:
            break
        interim.append((status, fields))
    if method == "HEAD" or status == 204:
        assert status != 204 or "content-length" not in fields
        assert "transfer-encoding" not in fields
        return Answer(status, fields, b"", interim)
    return Answer(status, fields, stream.read(int(fields["content-length"])), interim)


def exchange(served: Served, key: str, method: str, path: str, fields: Mapping[str, str], body: bytes = b"") -> Answer:
    """One request on a new connection."""
    named = {"Authorization": f"Bearer {key}", **fields}
    if method in ("POST", "PUT", "PATCH") and "Transfer-Encoding" not in named:
        named.setdefault("Content-Length", str(len(body)))
    with connected(served.port) as connection:
        connection.sendall(header(method, path.removeprefix(served.url), served.port, named) + body)
        return read_answer(connection, method)


def expect(answer: Answer, status: int, **fields: str) -> None:
    """Compare a response. A value of an expected field is the whole value, or its beginning before an ellipsis."""
    assert answer.status == status, answer
    for name, value in fields.items():
        found = answer.fields.get(name.replace("_", "-"))
        if value == ABSENT:
            assert found is None, (name, found)
        elif value == ANY:
            assert found, name
        elif value.endswith("…"):
            assert (found or "").startswith(value[:-1]), (name, found)
        else:
            assert found == value, (name, found)


def tus_upload(served: Served, key: str, **fields: str) -> str:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    answer = exchange(served, key, "POST", "/files", {**TUS, **named})
    expect(answer, 201, location=ANY)
    return answer.fields["location"]


def sha1(content: bytes) -> str:
    return f"sha1 {base64.b64encode(hashlib.sha1(content).digest()).decode()}"


# tus 1.0.0: method, path, fields, body, status, expected fields. `{}` in a path is a new upload of 5 bytes.
TUS_ROWS = {
    # OPTIONS: a client's version is ignored.
    "discovery": ("OPTIONS", "/files", {}, b"", 204, {"tus_version": "1.0.0", "tus_max_size": ANY}),
    "discovery, other version": ("OPTIONS", "/files", {"Tus-Resumable": "9.9.9"}, b"", 204, {"tus_extension": ANY}),
    "discovery of an upload": ("OPTIONS", "{}", {}, b"", 204, {"tus_checksum_algorithm": "sha1,…"}),
    # The version
    "no version": ("HEAD", "{}", {}, b"", 412, {"tus_version": "1.0.0", "upload_offset": ABSENT}),
    "other version": (
        "POST", "/files", {"Tus-Resumable": "1.1.0"}, b"", 412, {"tus_version": "1.0.0", "location": ABSENT}
    ),
    "other version of a part": (
        "PATCH", "{}", {**BYTES, "Tus-Resumable": "0.2.2", "Upload-Offset": "0"}, b"abc", 412, {"upload_offset": ABSENT}
    ),
    # HEAD
    "offset": (
        "HEAD", "{}", TUS, b"", 200,
        {"upload_offset": "0", "upload_length": "5", "cache_control": "no-store", "upload_defer_length": ABSENT,
         "upload_expires": ANY},
    ),
    "offset of none": ("HEAD", UNKNOWN, TUS, b"", 404, {"upload_offset": ABSENT}),
    "offset by another method": (
        "POST", "{}", {**TUS, "X-HTTP-Method-Override": "HEAD"}, b"", 200, {"upload_offset": "0"}
    ),
    # PATCH
    "part": (
        "PATCH", "{}", {**BYTES, "Upload-Offset": "0"}, b"abc", 204, {"upload_offset": "3", "upload_expires": ANY}
    ),
    "last part": ("PATCH", "{}", {**BYTES, "Upload-Offset": "0"}, b"abcde", 204, {"upload_offset": "5"}),
    "empty part": ("PATCH", "{}", {**BYTES, "Upload-Offset": "0"}, b"", 204, {"upload_offset": "0"}),
    "part in chunks": (
        "PATCH", "{}", {**BYTES, "Upload-Offset": "0", "Transfer-Encoding": "chunked"}, b"3\r\nabc\r\n0\r\n\r\n", 204,
        {"upload_offset": "3"},
    ),
    "type with a parameter": (
        "PATCH", "{}", {**BYTES, "Content-Type": "Application/Offset+octet-stream; a=b", "Upload-Offset": "0"}, b"a",
        204, {"upload_offset": "1"},
    ),
    "no type": ("PATCH", "{}", {**TUS, "Upload-Offset": "0"}, b"abc", 415, {"upload_offset": ABSENT}),
    "type of the draft": ("PATCH", "{}", {**TUS, "Content-Type": PARTIAL, "Upload-Offset": "0"}, b"abc", 415, {}),
    "wrong offset": ("PATCH", "{}", {**BYTES, "Upload-Offset": "1"}, b"abc", 409, {}),
    "no offset": ("PATCH", "{}", BYTES, b"abc", 400, {}),
    "part of none": ("PATCH", UNKNOWN, {**BYTES, "Upload-Offset": "0"}, b"abc", 404, {"upload_offset": ABSENT}),
    "part without an id": ("PATCH", "/files/", {**BYTES, "Upload-Offset": "0"}, b"abc", 404, {"upload_offset": ABSENT}),
    "part beyond the length": ("PATCH", "{}", {**BYTES, "Upload-Offset": "0"}, b"abcdef", 413, {}),
    "part of a collection": ("PATCH", "/files", {**BYTES, "Upload-Offset": "0"}, b"abc", 405, {"allow": ANY}),
    # Creation
    "creation": (
        "POST", "/files", {**TUS, "Upload-Length": "5"}, b"", 201, {"location": "http://…", "upload_expires": ANY}
    ),
    "creation with a slash": ("POST", "/files/", {**TUS, "Upload-Length": "5"}, b"", 201, {"location": ANY}),
    "creation of nothing": ("POST", "/files", {**TUS, "Upload-Length": "0"}, b"", 201, {"location": ANY}),
    "key without a value": (
        "POST", "/files", {**TUS, "Upload-Length": "5", "Upload-Metadata": "filename YQ==,private"}, b"", 201, {}
    ),
    "no length": ("POST", "/files", TUS, b"", 400, {"location": ABSENT}),
    "too long": ("POST", "/files", {**TUS, "Upload-Length": str(1 << 50)}, b"", 413, {"location": ABSENT}),
    "length later": ("POST", "/files", {**TUS, "Upload-Defer-Length": "1"}, b"", 201, {"location": ANY}),
    "length never": ("POST", "/files", {**TUS, "Upload-Defer-Length": "0"}, b"", 400, {}),
    "creation with bytes": (
        "POST", "/files", {**BYTES, "Upload-Length": "5"}, b"abc", 201, {"location": ANY, "upload_offset": "3"}
    ),
    "creation with all bytes": ("POST", "/files", {**BYTES, "Upload-Length": "3"}, b"abc", 201, {"upload_offset": "3"}),
    "creation with a body of another type": (
        "POST", "/files", {**TUS, "Content-Type": "text/plain", "Upload-Length": "5"}, b"abc", 201,
        {"upload_offset": ABSENT},
    ),
    # Checksum
    "right checksum": (
        "PATCH", "{}", {**BYTES, "Upload-Offset": "0", "Upload-Checksum": sha1(b"abc")}, b"abc", 204,
        {"upload_offset": "3"},
    ),
    "wrong checksum": (
        "PATCH", "{}", {**BYTES, "Upload-Offset": "0", "Upload-Checksum": sha1(b"abd")}, b"abc", 460, {}
    ),
    "unknown algorithm": (
        "PATCH", "{}", {**BYTES, "Upload-Offset": "0", "Upload-Checksum": "crc32 AAAAAA=="}, b"abc", 400, {}
    ),
    "wrong checksum of a creation": (
        "POST", "/files", {**BYTES, "Upload-Length": "5", "Upload-Checksum": sha1(b"abd")}, b"abc", 460,
        {"location": ABSENT},
    ),
    # Termination
    "termination": ("DELETE", "{}", TUS, b"", 204, {}),
    "termination of none": ("DELETE", UNKNOWN, TUS, b"", 404, {}),
    # Concatenation
    "part of a concatenation": (
        "POST", "/files", {**TUS, "Upload-Length": "5", "Upload-Concat": "partial"}, b"", 201, {}
    ),
    "concatenation of unfinished parts": ("POST", "/files", {**TUS, "Upload-Concat": "final;{}"}, b"", 400, {}),
    "concatenation with a length": (
        "POST", "/files", {**TUS, "Upload-Concat": "final;{}", "Upload-Length": "5"}, b"", 400, {}
    ),
    "concatenation of none": ("POST", "/files", {**TUS, "Upload-Concat": f"final;{UNKNOWN}"}, b"", 404, {}),
}  # fmt: skip


@pytest.mark.parametrize("row", TUS_ROWS)
def test_tus(served: Served, key: str, row: str) -> None:
    method, path, fields, body, status, expected = TUS_ROWS[row]
    upload = tus_upload(served, key, Upload_Length="5") if "{}" in path or "{}" in str(fields) else ""
    named = {name: value.replace("{}", upload) for name, value in fields.items()}
    answer = exchange(served, key, method, path.replace("{}", upload), named, body)
    expect(answer, status, tus_resumable="1.0.0", **expected)
    assert answer.interim == []
    if upload and status >= 400:
        # A refused request changes nothing.
        expect(exchange(served, key, "HEAD", upload, TUS), 200, upload_offset="0", upload_length="5")


def test_a_refused_part_leaves_the_connection_usable(served: Served, key: str) -> None:
    url = tus_upload(served, key, Upload_Length="5").removeprefix(served.url)
    fields = {**BYTES, "Authorization": f"Bearer {key}", "Upload-Offset": "1", "Content-Length": "3"}
    with connected(served.port) as connection:
        for offset, status in (("1", 409), ("0", 204)):
            connection.sendall(header("PATCH", url, served.port, {**fields, "Upload-Offset": offset}) + b"abc")
            expect(read_answer(connection, "PATCH"), status)


def test_a_partial_upload_may_be_used_twice(served: Served, key: str) -> None:
    part = tus_upload(served, key, Upload_Length="2", Upload_Concat="partial")
    expect(exchange(served, key, "PATCH", part, {**BYTES, "Upload-Offset": "0"}, b"ab"), 204)
    final = exchange(served, key, "POST", "/files", {**TUS, "Upload-Concat": f"final;{part} {part}"})
    expect(final, 201, tus_resumable="1.0.0")
    expect(
        exchange(served, key, "HEAD", final.fields["location"], TUS), 200,
        upload_length="4", upload_offset="4", upload_concat=f"final;{part} {part}",
    )  # fmt: skip
    expect(exchange(served, key, "PATCH", final.fields["location"], {**BYTES, "Upload-Offset": "4"}), 403)


def draft_fields(version: int, complete: bool | None = None, **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    found = {"Upload-Draft-Interop-Version": str(version), **named}
    if complete is not None:
        found["Upload-Complete"] = f"?{int(complete)}"
    return found


def part(offset: str, complete: bool | None = False, **more: str) -> dict[str, str]:
    return draft_fields(8, complete, Content_Type=PARTIAL, Upload_Offset=offset, **more)


# The draft, in its newest interop version; `{}` in a path is a new upload with `abc`, of 5 bytes.
DRAFT_ROWS = {
    "discovery": (
        "OPTIONS", "/files", draft_fields(8), b"", 204,
        {"accept_patch": PARTIAL, "upload_limit": "max-size=…"},
    ),
    "creation in one request": (
        "POST", "/files", draft_fields(8, True), b"abcde", 201, {"upload_complete": "?1", "upload_offset": "5"}
    ),
    "creation of nothing": ("POST", "/files", draft_fields(8, True), b"", 201, {"upload_complete": "?1"}),
    "careful creation": (
        "POST", "/files", draft_fields(8, False), b"", 201,
        {"location": ANY, "upload_complete": "?0", "upload_limit": "max-size=…"},
    ),
    "creation by PUT": ("PUT", "/files", draft_fields(8, False), b"abc", 201, {"location": ANY}),
    "item with a parameter": (
        "POST", "/files", {**draft_fields(8), "Upload-Complete": "?0;a=\"b\";c"}, b"abc", 201, {"upload_complete": "?0"}
    ),
    "malformed length": ("POST", "/files", draft_fields(8, False, Upload_Length="1e3"), b"abc", 201, {"location": ANY}),
    "negative length": ("POST", "/files", draft_fields(8, False, Upload_Length="-1"), b"abc", 201, {"location": ANY}),
    "decimal length": ("POST", "/files", draft_fields(8, False, Upload_Length="2.0"), b"abc", 201, {"location": ANY}),
    "two lengths": (
        "POST", "/files", draft_fields(8, True, Upload_Length="4"), b"abc", 400, {"content_type": PROBLEM}
    ),
    "too long": (
        "POST", "/files", draft_fields(8, False, Upload_Length=str(1 << 49)), b"", 413, {"upload_limit": "max-size=…"}
    ),
    "offset": (
        "HEAD", "{}", draft_fields(8), b"", 204,
        {"upload_offset": "3", "upload_complete": "?0", "upload_length": "5", "upload_limit": "max-size=…",
         "cache_control": "no-store"},
    ),
    "offset of none": ("HEAD", UNKNOWN, draft_fields(8), b"", 404, {"upload_offset": ABSENT}),
    "part": ("PATCH", "{}", part("3"), b"d", 204, {"upload_complete": "?0"}),
    "part up to the length": ("PATCH", "{}", part("3"), b"de", 204, {"upload_complete": "?0", "upload_offset": "5"}),
    "last part": ("PATCH", "{}", part("3", True), b"de", 201, {"upload_complete": "?1"}),
    "last part, too short": ("PATCH", "{}", part("3", True), b"d", 400, {"content_type": PROBLEM}),
    "part beyond the length": ("PATCH", "{}", part("3"), b"def", 400, {"content_type": PROBLEM}),
    "wrong offset": (
        "PATCH", "{}", part("2"), b"d", 409, {"upload_offset": "3", "content_type": PROBLEM}
    ),
    "offset of another kind": ("PATCH", "{}", part("3.0"), b"d", 400, {}),
    "no offset": ("PATCH", "{}", draft_fields(8, False, Content_Type=PARTIAL), b"d", 400, {}),
    "no completeness": ("PATCH", "{}", part("3", None), b"d", 400, {}),
    "another type": (
        "PATCH", "{}", draft_fields(8, False, Upload_Offset="3", Content_Type="text/plain"), b"d", 415,
        {"accept_patch": PARTIAL},
    ),
    "cancellation": ("DELETE", "{}", draft_fields(8), b"", 204, {}),
}  # fmt: skip


@pytest.mark.parametrize("row", DRAFT_ROWS)
def test_draft(served: Served, key: str, row: str) -> None:
    method, path, fields, body, status, expected = DRAFT_ROWS[row]
    upload = ""
    if "{}" in path:
        created = exchange(served, key, "POST", "/files", draft_fields(8, False, Upload_Length="5"), b"abc")
        upload = created.fields["location"]
    answer = exchange(served, key, method, path.replace("{}", upload), fields, body)
    expect(answer, status, tus_resumable=ABSENT if method != "OPTIONS" else ANY, **expected)
    creates = path == "/files" and method != "OPTIONS"
    for code, interim in answer.interim:
        assert (code, interim["upload-draft-interop-version"]) == (104, "8")
        assert ("location" in interim) == creates
        assert not creates or interim["upload-limit"].startswith("max-size=")
    announced = {interim["location"] for _, interim in answer.interim if "location" in interim}
    assert announced <= {answer.fields.get("location", *announced)}
    if creates and status < 300:
        assert announced
    if upload and status >= 400:
        shown = exchange(served, key, "HEAD", upload, draft_fields(8))
        expect(shown, 204, upload_offset="3", upload_complete="?0", upload_length="5")


@pytest.mark.parametrize("fields", [draft_fields(8, True), draft_fields(3), {**BYTES, "Upload-Length": "5"}])
def test_a_client_that_waits_is_told_to_continue(served: Served, key: str, fields: dict[str, str]) -> None:
    """An interim response of the draft does not replace 100 (Continue)."""
    named = {"Authorization": f"Bearer {key}", "Content-Length": "5", "Expect": "100-continue", **fields}
    if "3" in fields.values():
        named["Upload-Incomplete"] = "?0"
    with connected(served.port) as connection:
        connection.sendall(header("POST", "/files", served.port, named))
        received = b""
        while b"HTTP/1.1 100 " not in received:
            received += connection.recv(1 << 16)
        assert (b"HTTP/1.1 104 Upload Resumption Supported\r\n" in received) == ("Tus-Resumable" not in fields)
        connection.sendall(b"hello")
        expect(read_answer(connection, "POST"), 201, upload_offset="5")


def test_a_client_of_http_1_0_gets_no_interim_response(served: Served, key: str) -> None:
    named = {"Authorization": f"Bearer {key}", "Content-Length": "5", **draft_fields(8, True)}
    request = header("POST", "/files", served.port, named).replace(b"HTTP/1.1", b"HTTP/1.0")
    with connected(served.port) as connection:
        connection.sendall(request + b"hello")
        expect(read_answer(connection, "POST"), 201, upload_complete="?1")


def test_progress_is_announced_without_a_location(served: Served, key: str, client: httpx.Client) -> None:
    """Each announced offset is on the disk; the last one may be missing."""
    size = 33 << 20
    created = exchange(served, key, "POST", "/files", draft_fields(8, False))
    url = created.fields["location"]
    answer = exchange(served, key, "PATCH", url, part("0", True), bytes(size))
    expect(answer, 201, upload_complete="?1", upload_offset=str(size))
    offsets = [int(fields["upload-offset"]) for _, fields in answer.interim]
    assert offsets
    assert offsets == sorted(offsets)
    assert all("location" not in fields for _, fields in answer.interim)
    client.delete(url, headers=draft_fields(8))
