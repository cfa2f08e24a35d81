"""A newer request for an upload ends the one before, which a dropped link may have left."""

from __future__ import annotations

import httpx
import pytest

from tests.phone.conftest import BYTES, TUS
from tests.phone.raw import closed_by_server, connected, header, read_header
from tests.phone.serving import Served


def half_sent(served: Served, key: str, url: str) -> dict[str, str]:
    return {
        **BYTES, "Authorization": f"Bearer {key}", "Upload-Offset": "0", "Content-Length": "10",
        "Expect": "100-continue",
    }  # fmt: skip


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_a_newer_request_takes_over(client: httpx.Client, served: Served, key: str, method: str) -> None:
    url = client.post("/files", headers={**TUS, "Upload-Length": "10"}).headers["location"]
    path = url.removeprefix(served.url)
    with connected(served.port) as connection:
        connection.sendall(header("PATCH", path, served.port, half_sent(served, key, url)))
        # The server has the upload and waits for its bytes.
        assert read_header(connection)[0] == 100
        connection.sendall(b"hello")
        newer = client.request(method, url, headers={**BYTES, "Upload-Offset": "0"}, content=b"")
        assert newer.status_code in ((204, 409) if method == "PATCH" else (200, 204))
        assert closed_by_server(connection)
    if method != "DELETE":
        offset = int(client.head(url, headers=TUS).headers["upload-offset"])
        rest = client.patch(url, headers={**BYTES, "Upload-Offset": str(offset)}, content=b"helloworld"[offset:])
        assert rest.headers["upload-offset"] == "10"
        assert served.whole[-1].data.read_bytes() == b"helloworld"


def test_bytes_with_a_checksum_count_only_as_a_whole(client: httpx.Client, served: Served, key: str) -> None:
    url = client.post("/files", headers={**TUS, "Upload-Length": "10"}).headers["location"]
    fields = {**half_sent(served, key, url), "Upload-Checksum": "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="}
    with connected(served.port) as connection:
        connection.sendall(header("PATCH", url.removeprefix(served.url), served.port, fields))
        assert read_header(connection)[0] == 100
        connection.sendall(b"hello")
        assert client.head(url, headers=TUS).headers["upload-offset"] == "0"
