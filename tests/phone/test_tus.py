"""tus 1.0.0 by the text of the protocol: each test names what it says."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest
from tusclient.client import TusClient

from tests.phone.conftest import BYTES, TUS
from tests.phone.serving import Served


def create(client: httpx.Client, **headers: str) -> httpx.Response:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    response = client.post("/files", headers={**TUS, **fields})
    assert response.headers["tus-resumable"] == "1.0.0"
    return response


def append(client: httpx.Client, url: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(url, headers={**BYTES, "Upload-Offset": str(offset), **fields}, content=content)


def offset_of(client: httpx.Client, url: str) -> str:
    return client.head(url, headers=TUS).headers["upload-offset"]


def content_of(served: Served, url: str) -> bytes:
    upload = served.uploads.store.find(url.rpartition("/")[2])
    assert upload
    return upload.data.read_bytes()


def checksum(algorithm: str, content: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def test_options_describe_the_server_and_need_no_version(client: httpx.Client) -> None:
    response = client.options("/files")
    assert response.status_code == 204
    assert response.headers["tus-version"] == "1.0.0"
    assert response.headers["tus-checksum-algorithm"] == "sha1,sha256,md5"
    assert int(response.headers["tus-max-size"]) > 0
    assert set(response.headers["tus-extension"].split(",")) == {
        "creation", "creation-defer-length", "creation-with-upload", "expiration", "checksum", "termination",
        "concatenation",
    }  # fmt: skip


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
def test_another_version_is_refused_with_the_supported_one(
    client: httpx.Client, method: str, version: str | None
) -> None:
    path = "/files" if method == "POST" else create(client, Upload_Length="3").headers["location"]
    headers = {"Tus-Resumable": version} if version else {}
    response = client.request(method, path, headers={**headers, "Upload-Length": "3"})
    assert (response.status_code, response.headers["tus-version"]) == (412, "1.0.0")


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("POST", "/files/a/b", {}, 404),
        ("TRACE", "/files", {}, 405),
        ("GET", "/files", {}, 405),
        ("POST", "/files", {"Host": "elsewhere"}, 421),
        ("HEAD", "/files/AAAAAAAAAAAAAAAAAAAAAA", {"Authorization": ""}, 401),
    ],
)
def test_every_response_names_the_version(
    client: httpx.Client, method: str, path: str, more: dict[str, str], status: int
) -> None:
    response = client.request(method, path, headers={**TUS, **more})
    assert (response.status_code, response.headers["tus-resumable"]) == (status, "1.0.0")


def test_a_file_arrives_in_parts(client: httpx.Client, served: Served) -> None:
    created = create(client, Upload_Length="11", Upload_Metadata="filename aGFyYm91ci5tb3Y=,private")
    assert created.status_code == 201
    url = created.headers["location"]
    assert url.startswith(served.url)
    shown = client.head(url, headers=TUS)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["upload-metadata"] == "filename aGFyYm91ci5tb3Y=,private"
    assert (shown.headers["upload-offset"], shown.headers["upload-length"]) == ("0", "11")
    first = append(client, url, 0, b"hello ")
    assert (first.status_code, first.headers["upload-offset"]) == (204, "6")
    # The offset of a part must be the current one, and the upload stays as it is otherwise.
    for wrong in (0, 5, 7):
        refused = append(client, url, wrong, b"xxxxx")
        assert refused.status_code == 409
    assert append(client, url, 6, b"world").headers["upload-offset"] == "11"
    assert content_of(served, url) == b"hello world"
    assert served.whole[-1].record.name == "harbour.mov"
    assert offset_of(client, url) == "11"


def test_an_empty_file_is_whole_at_once(client: httpx.Client, served: Served) -> None:
    url = create(client, Upload_Length="0").headers["location"]
    assert served.whole[-1].record.id == url.rpartition("/")[2]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "1e3"}, 400),
        ({"Upload-Length": "0x10"}, 400),
        ({"Upload-Length": "٣"}, 400),
        ({"Upload-Length": "3", "Upload-Defer-Length": "1"}, 400),
        ({"Upload-Defer-Length": "2"}, 400),
        ({"Upload-Length": str(1 << 50)}, 413),
        ({"Upload-Length": "3", "Upload-Metadata": "name !!!"}, 400),
        ({"Upload-Length": "3", "Upload-Metadata": "name YQ==,name Yg=="}, 400),
        ({"Upload-Length": "3", "Upload-Metadata": "name YQ==,,"}, 400),
        ({"Upload-Length": "3", "Upload-Metadata": "name " + "A" * 5000}, 431),
        ({"Upload-Length": "3", "Upload-Concat": "whole"}, 400),
        ({"Upload-Concat": "final;"}, 400),
        ({"Upload-Concat": "final;/files/AAAAAAAAAAAAAAAAAAAAAA"}, 404),
        ({"Upload-Concat": "final;/elsewhere/a"}, 400),
    ],
)
def test_a_malformed_creation_is_refused(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    fields = [(name.encode(), value.encode()) for name, value in {**TUS, **headers}.items()]
    response = client.post("/files", headers=fields)
    assert response.status_code == status
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/octet-stream", "Upload-Offset": "0"}, 415),
        ({"Upload-Offset": "-1"}, 400),
        ({}, 400),
        ({"Upload-Offset": "0", "Upload-Checksum": "crc32 AAAA"}, 400),
        ({"Upload-Offset": "0", "Upload-Checksum": "sha1 ???"}, 400),
        ({"Upload-Offset": "0", "Upload-Length": "4"}, 400),
    ],
)
def test_a_malformed_append_is_refused(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    url = create(client, Upload_Length="3").headers["location"]
    assert client.patch(url, headers={**BYTES, **headers}, content=b"abc").status_code == status
    assert offset_of(client, url) == "0"


def test_unknown_uploads_are_not_found(client: httpx.Client) -> None:
    url = "/files/AAAAAAAAAAAAAAAAAAAAAA"
    for response in (client.head(url, headers=TUS), append(client, url, 0, b"a"), client.delete(url, headers=TUS)):
        assert response.status_code == 404
        assert "upload-offset" not in response.headers


def test_the_length_may_follow_later_and_then_stays(client: httpx.Client, served: Served) -> None:
    url = create(client, Upload_Defer_Length="1").headers["location"]
    shown = client.head(url, headers=TUS)
    assert shown.headers["upload-defer-length"] == "1"
    assert "upload-length" not in shown.headers
    assert append(client, url, 0, b"abc").status_code == 204
    assert append(client, url, 3, b"", Upload_Length="2").status_code == 400
    assert append(client, url, 3, b"de", Upload_Length="6").status_code == 204
    shown = client.head(url, headers=TUS)
    assert "upload-defer-length" not in shown.headers
    assert shown.headers["upload-length"] == "6"
    assert append(client, url, 5, b"f", Upload_Length="7").status_code == 400
    assert append(client, url, 5, b"f", Upload_Length="6").status_code == 204
    assert content_of(served, url) == b"abcdef"


def test_creation_may_bring_the_first_bytes(client: httpx.Client, served: Served) -> None:
    created = client.post("/files", headers={**BYTES, "Upload-Length": "5"}, content=b"abc")
    assert (created.status_code, created.headers["upload-offset"]) == (201, "3")
    assert append(client, created.headers["location"], 3, b"de").status_code == 204
    assert content_of(served, created.headers["location"]) == b"abcde"
    refused = client.post("/files", headers={**BYTES, "Upload-Length": "2"}, content=b"abc")
    assert refused.status_code == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_more_bytes_than_the_length_change_nothing(client: httpx.Client, served: Served, chunked: bool) -> None:
    url = create(client, Upload_Length="4").headers["location"]
    append(client, url, 0, b"ab")
    headers = {**BYTES, "Upload-Offset": "2"}
    content = iter([b"cde"]) if chunked else b"cde"
    assert client.patch(url, headers=headers, content=content).status_code == 413
    assert (offset_of(client, url), content_of(served, url)) == ("2", b"ab")
    assert client.patch(url, headers=headers, content=iter([b"c", b"d"])).status_code == 204
    assert content_of(served, url) == b"abcd"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_wrong_checksum_discards_the_bytes(client: httpx.Client, served: Served, algorithm: str) -> None:
    url = create(client, Upload_Length="6").headers["location"]
    assert append(client, url, 0, b"abc", Upload_Checksum=checksum(algorithm, b"abc")).status_code == 204
    refused = append(client, url, 3, b"dxf", Upload_Checksum=checksum(algorithm, b"def"))
    assert (refused.status_code, refused.reason_phrase) == (460, "Checksum Mismatch")
    assert offset_of(client, url) == "3"
    assert append(client, url, 3, b"def", Upload_Checksum=checksum(algorithm, b"def")).status_code == 204
    assert content_of(served, url) == b"abcdef"


def test_unfinished_uploads_say_when_they_expire(client: httpx.Client) -> None:
    created = create(client, Upload_Length="3")
    url = created.headers["location"]
    for response in (created, append(client, url, 0, b"a"), client.head(url, headers=TUS)):
        assert response.headers["upload-expires"].endswith(" GMT")
        assert parsedate_to_datetime(response.headers["upload-expires"]) > datetime.now(UTC)


def test_an_expired_upload_is_gone(client: httpx.Client, served: Served) -> None:
    url = create(client, Upload_Length="3").headers["location"]
    upload = served.uploads.store.find(url.rpartition("/")[2])
    assert upload
    upload.touched_at -= served.uploads.store.limits.lifetime
    assert served.uploads.store.expire(datetime.now(UTC)) == [upload]
    assert client.head(url, headers=TUS).status_code == 410
    assert append(client, url, 0, b"abc").status_code == 410
    assert not upload.data.exists()


@pytest.mark.parametrize("sent", [b"", b"ab", b"abc"])
def test_a_terminated_upload_is_gone(client: httpx.Client, served: Served, sent: bytes) -> None:
    url = create(client, Upload_Length="3").headers["location"]
    append(client, url, 0, sent)
    assert client.delete(url, headers=TUS).status_code == 204
    assert client.head(url, headers=TUS).status_code == 404
    assert client.delete(url, headers=TUS).status_code == 404


def test_another_method_may_be_named_in_the_header(client: httpx.Client, served: Served) -> None:
    url = create(client, Upload_Length="3").headers["location"]
    headers = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.post(url, headers=headers, content=b"abc").status_code == 204
    assert content_of(served, url) == b"abc"
    assert client.post(url, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert client.get(url, headers=TUS).status_code == 405


def test_parts_are_concatenated_in_their_order(client: httpx.Client, served: Served) -> None:
    parts = [create(client, Upload_Length="3", Upload_Concat="partial").headers["location"] for _ in range(2)]
    whole = len(served.whole)
    early = create(client, Upload_Concat=f"final;{parts[0]} {parts[1]}")
    assert early.status_code == 400
    append(client, parts[1], 0, b"abc")
    append(client, parts[0], 0, b"def")
    assert len(served.whole) == whole
    shown = client.head(parts[0], headers=TUS)
    assert (shown.headers["upload-concat"], shown.headers["upload-offset"]) == ("partial", "3")
    # URLs may be absolute or relative.
    concat = f"final;{parts[1].removeprefix(served.url)} {parts[0]}"
    assert create(client, Upload_Concat=concat, Upload_Length="6").status_code == 400
    final = create(client, Upload_Concat=concat, Upload_Metadata="filename YS5tb3Y=")
    assert final.status_code == 201
    url = final.headers["location"]
    shown = client.head(url, headers=TUS)
    assert shown.headers["upload-concat"] == concat
    assert shown.headers["upload-offset"] == shown.headers["upload-length"] == "6"
    assert content_of(served, url) == b"abcdef"
    assert append(client, url, 6, b"").status_code == 403
    assert served.whole[-1].record.name == "a.mov"
    assert client.head(parts[0], headers=TUS).status_code == 404


def test_tuspy_uploads_with_checksums(served: Served, key: str) -> None:
    content = bytes(range(256)) * 1000
    uploads = TusClient(f"{served.url}/files", headers={"Authorization": f"Bearer {key}"})
    for checked in (False, True):
        stream = io.BytesIO(content)
        uploads.uploader(
            file_stream=stream, chunk_size=100_000, metadata={"filename": "Küste.mov"}, upload_checksum=checked
        ).upload()
        assert served.whole[-1].data.read_bytes() == content
        assert served.whole[-1].record.name == "Küste.mov"
