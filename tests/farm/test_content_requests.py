"""Malformed requests and outputs to the content server. docs/security.md names these tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.catalog import FarmLease
from engine.farm import ContentLimits, ContentRefused, incoming_folder
from tests.farm.farm import REQUEST, SECRET, Farm, answer, ask, digest

# Lengths and ranges


@pytest.mark.parametrize(
    ("text", "status", "content"),
    [
        ("bytes=5-9", 206, SECRET[5:10]),
        ("bytes=-4", 206, SECRET[-4:]),
        (f"bytes={len(SECRET) - 1}-", 206, SECRET[-1:]),
        ("bytes=0-99999999999", 206, SECRET),
        (f"bytes={len(SECRET)}-", 416, None),
        ("bytes=99999999999-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=9-5", 400, None),
        ("bytes=1-2,4-5", 400, None),
        ("bytes=-", 400, None),
        ("bytes=-1-2", 400, None),
        ("bytes=0x1-2", 400, None),
        ("items=1-2", 400, None),
        ("bytes=" + "9" * 30 + "-", 400, None),
    ],
)
def test_ranges(farm: Farm, lease: FarmLease, text: str, status: int, content: bytes | None) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        found, _, body = ask(connection, REQUEST.format(lease.id, digest(SECRET)) + f"\nRange: {text}")
    assert found == status
    assert content is None or body == content


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Length: 5\nContent-Length: 6",
        "Content-Length: 5\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked",
        "Content-Length: -5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length : 5",
        "Content-Length: 5\n X: folded",
        "Content-Length: 99999999999999999999",
        "X\x00: 1",
        "no colon",
    ],
)
def test_lengths_that_contradict_each_other_are_refused(farm: Farm, lease: FarmLease, fields: str) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        status, response, _ = ask(connection, f"POST /v1/leases/{lease.id}/beat HTTP/1.1\n{fields}", b"hello")
        assert (status, response["connection"]) == (400, "close")


def test_a_body_hides_no_second_request(farm: Farm, lease: FarmLease) -> None:
    """The body of a refused request is not read as a request."""
    hidden = (REQUEST.format(lease.id, digest(SECRET)) + "\r\n\r\n").encode()
    with farm.raw(farm.authority.leaf("ada")) as connection:
        status, fields, _ = ask(connection, f"POST /v1/nothing HTTP/1.1\nContent-Length: {len(hidden)}", hidden)
        assert (status, fields["connection"]) == (404, "close")
        with pytest.raises((AssertionError, OSError)):
            answer(connection)


def test_long_headers_are_refused(farm: Farm) -> None:
    farm.add_machine("ada")
    leaf = farm.authority.leaf("ada")
    for fields in ("X: " + "x" * 9000, "\n".join(f"X{number}: 1" for number in range(40))):
        with farm.raw(leaf) as connection:
            assert ask(connection, f"POST /v1/machine HTTP/1.1\n{fields}")[0] == 431


def test_long_bodies_are_refused(farm: Farm, lease: FarmLease) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        request = f"POST /v1/leases/{lease.id}/answer HTTP/1.1\nContent-Length: 99999999"
        assert ask(connection, request)[0] == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"progress": [1, 2, "x"]}',
        b'{"progress": [-1, 2, "", ""]}',
        b'{"progress": [99999999999999999999, 2, "", ""]}',
        b'{"progress": [1, 2, "\\ud800", ""]}',
        b'{"progress": [1, 2, "", "' + b"x" * 1001 + b'"]}',
        b"[" * 100_000,
    ],
    ids=range(9),
)
def test_malformed_messages_are_refused(farm: Farm, lease: FarmLease, body: bytes) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        request = f"POST /v1/leases/{lease.id}/beat HTTP/1.1\nContent-Length: {len(body)}"
        assert ask(connection, request, body)[0] == 400


@pytest.mark.parametrize("result", ['{"x": NaN}', '{"x": [-Infinity]}', '{"x": 1e999}', '{"x": "\\ud800"}'])
def test_an_answer_that_the_catalog_cannot_store_is_refused(farm: Farm, lease: FarmLease, result: str) -> None:
    body = f'{{"lease": "{lease.id}", "status": "done", "result": {result}}}'.encode()
    with farm.raw(farm.authority.leaf("ada")) as connection:
        request = f"POST /v1/leases/{lease.id}/answer HTTP/1.1\nContent-Length: {len(body)}"
        assert ask(connection, request, body)[0] == 400


# Outputs


def put(lease: FarmLease, sha256: str, length: int, content_range: str = "") -> str:
    extra = f"\nContent-Range: {content_range}" if content_range else ""
    return f"PUT /v1/leases/{lease.id}/outputs/{sha256} HTTP/1.1\nContent-Length: {length}{extra}"


def test_an_output_with_another_digest_does_not_count(farm: Farm, lease: FarmLease) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        status, _, body = ask(connection, put(lease, digest(b"promised"), 5), b"other")
        assert (status, json.loads(body)["error"]["code"]) == (422, "digest")
        assert list(incoming_folder(farm.studio, lease.id).iterdir()) == []
        status, _, body = ask(connection, f"GET /v1/leases/{lease.id}/outputs/{digest(b'promised')} HTTP/1.1")
        assert (status, json.loads(body)) == (200, {"offset": 0, "complete": False})


def test_outputs_beyond_what_the_lease_may_send_are_refused(farm: Farm, lease: FarmLease) -> None:
    """The lease may send 1000 bytes in all."""
    first, second = b"a" * 600, b"b" * 401
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, put(lease, digest(first), 600), first)[0] == 201
        request = f"GET /v1/leases/{lease.id}/outputs/{digest(second)} HTTP/1.1\nUpload-Length: 401"
        assert ask(connection, request)[0] == 413
        assert ask(connection, put(lease, digest(second), 401))[0] == 413
    # A part, of which only the whole is too large.
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, put(lease, digest(second), 100, "bytes 0-99/401"))[0] == 413
    # Parts of many files, none of which is whole.
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, put(lease, digest(b"c"), 300, "bytes 0-299/400"), b"c" * 300)[0] == 200
        assert ask(connection, put(lease, digest(b"d"), 101))[0] == 413
    folder = incoming_folder(farm.studio, lease.id)
    assert sum(path.stat().st_size for path in folder.iterdir()) == 900


@pytest.mark.parametrize(
    ("length", "content_range", "status"),
    [
        (5, "bytes 0-9/10", 400),
        (10, "bytes 0-9/5", 400),
        (5, "bytes 4-0/10", 400),
        (5, "bytes 0-4/*", 400),
        (5, "bytes 5-9/10", 409),
        (5, "bytes=0-4/10", 400),
        (0, "bytes 0-0/10", 400),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    farm: Farm, lease: FarmLease, length: int, content_range: str, status: int
) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, put(lease, digest(b"x"), length, content_range))[0] == status
    assert not incoming_folder(farm.studio, lease.id).exists()


def test_a_full_disk_of_the_host_is_named(farm: Farm, lease: FarmLease, tmp_path: Path) -> None:
    farm.start(ContentLimits(reserve=1 << 62))
    machine = farm.client(farm.authority.leaf("ada"))
    output = tmp_path / "x"
    output.write_bytes(b"x")
    with pytest.raises(ContentRefused, match="disk is full") as refused:
        machine.send(lease.id, output, digest(b"x"))
    assert refused.value.status == 507
