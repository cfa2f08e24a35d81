"""The strict reading of requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.farm.http_wire import HttpRefusal, WireLimits, parse_request

LIMITS = WireLimits()
TOKENS = st.text("abcXYZ-_!09", min_size=1, max_size=12)
VALUES = st.text('abc XYZ/=:,;"0123456789', max_size=20).map(str.strip)


@given(st.dictionaries(TOKENS.map(str.lower), VALUES, max_size=8), st.integers(0, 10**15 - 1))
def test_a_request_is_read_as_it_was_written(fields: dict[str, str], length: int) -> None:
    given_fields = {**fields, "content-length": str(length)}
    lines = ["PUT /v1/x HTTP/1.1", *(f"{name}:  {value} " for name, value in given_fields.items())]
    found = parse_request("\r\n".join(lines).encode(), LIMITS)
    assert (found.method, found.path, found.length) == ("PUT", "/v1/x", length)
    assert dict(found.fields) == given_fields


@given(st.binary(max_size=200))
def test_bytes_are_a_request_or_refused(head: bytes) -> None:
    try:
        found = parse_request(head, LIMITS)
    except HttpRefusal:
        return
    assert found.path.startswith("/")


@pytest.mark.parametrize(
    "line",
    [
        b"GET  / HTTP/1.1",
        b"GET / HTTP/1.0",
        b"GET / HTTP/2",
        b"get / HTTP/1.1",
        b"DELETE / HTTP/1.1",
        b"GET /\xe4 HTTP/1.1",
        b"GET / HTTP/1.1\n",
        b"GET /" + b"x" * 300 + b" HTTP/1.1",
        b"\r\nGET / HTTP/1.1",
    ],
)
def test_other_request_lines_are_refused(line: bytes) -> None:
    with pytest.raises(HttpRefusal):
        parse_request(line, LIMITS)
