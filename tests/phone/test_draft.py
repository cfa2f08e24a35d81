"""Resumable uploads of the IETF in the versions that phones speak."""

from __future__ import annotations

import base64
import hashlib

import httpx
import pytest

from engine.phone import UploadLimits
from tests.phone.raw import connected, header, read_header
from tests.phone.serving import Served

VERSIONS = (3, 4, 5, 6, 7, 8)
PARTIAL = "application/partial-upload"


def fields(version: int, complete: bool | None = None, **more: str) -> dict[str, str]:
    """The fields of a request in a version."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    found = {"Upload-Draft-Interop-Version": str(version), **named}
    if complete is not None:
        name = "Upload-Incomplete" if version == 3 else "Upload-Complete"
        found[name] = f"?{int(complete != (version == 3))}"
    return found


def says_complete(response: httpx.Response, version: int) -> bool:
    if version == 3:
        return response.headers.get("upload-incomplete", "?0") == "?0"
    return response.headers["upload-complete"] == "?1"


def append(
    client: httpx.Client, version: int, url: str, offset: int, content: bytes, complete: bool, **more: str
) -> httpx.Response:
    named = fields(version, complete, Upload_Offset=str(offset), Content_Type=PARTIAL, **more)
    return client.patch(url, headers=named, content=content)


def content_of(served: Served, url: str) -> bytes:
    upload = served.uploads.store.find(url.rpartition("/")[2])
    assert upload
    return upload.data.read_bytes()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_in_one_request(client: httpx.Client, served: Served, version: int, method: str) -> None:
    disposition = "inline; filename=\"IMG_1.MOV\"; filename*=UTF-8''K%C3%BCste.MOV"
    headers = fields(version, True, Content_Disposition=disposition)
    response = client.request(method, "/files", headers=headers, content=b"hello")
    assert response.status_code == 201
    assert response.headers["upload-offset"] == "5"
    assert says_complete(response, version)
    assert "tus-resumable" not in response.headers
    assert content_of(served, response.headers["location"]) == b"hello"
    assert served.whole[-1].record.name in ("Küste.MOV", "IMG_1.MOV")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_in_parts(client: httpx.Client, served: Served, version: int) -> None:
    created = client.post("/files", headers=fields(version, False), content=b"abc")
    assert (created.status_code, created.headers["upload-offset"]) == (201, "3")
    assert not says_complete(created, version)
    url = created.headers["location"]
    middle = append(client, version, url, 3, b"def", complete=False)
    assert (middle.status_code, middle.headers["upload-offset"]) == (204 if version >= 6 else 201, "6")
    assert not says_complete(middle, version)
    wrong = append(client, version, url, 3, b"xyz", complete=True)
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "6")
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["type"].endswith("#mismatching-upload-offset")
    assert (wrong.json()["expected-offset"], wrong.json()["provided-offset"]) == (6, 3)
    shown = client.head(url, headers=fields(version))
    assert (shown.status_code, shown.headers["upload-offset"]) == (204, "6")
    assert shown.headers["cache-control"] == "no-store"
    assert not says_complete(shown, version)
    last = append(client, version, url, 6, b"g", complete=True)
    assert (last.status_code, last.headers["upload-offset"]) == (201, "7")
    assert says_complete(last, version)
    assert says_complete(client.head(url, headers=fields(version)), version)
    assert content_of(served, url) == b"abcdefg"
    again = append(client, version, url, 7, b"h", complete=True)
    assert again.status_code == 400
    assert again.json()["type"].endswith("#inconsistent-upload-length" if version == 8 else "#completed-upload")
    empty = append(client, version, url, 7, b"", complete=True)
    assert (empty.status_code, empty.json()["type"].rpartition("#")[2]) == (400, "completed-upload")
    assert content_of(served, url) == b"abcdefg"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_empty_request_completes_an_upload(client: httpx.Client, served: Served, version: int) -> None:
    url = client.post("/files", headers=fields(version, False)).headers["location"]
    assert append(client, version, url, 0, b"abc", complete=False).is_success
    assert says_complete(append(client, version, url, 3, b"", complete=True), version)
    assert served.whole[-1].record.length == 3


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cancelled_upload_is_gone(client: httpx.Client, version: int) -> None:
    url = client.post("/files", headers=fields(version, False), content=b"abc").headers["location"]
    assert client.delete(url, headers=fields(version)).status_code == 204
    assert client.head(url, headers=fields(version)).status_code == 404
    assert append(client, version, url, 3, b"", complete=True).status_code == 404


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("method", ["HEAD", "DELETE"])
def test_earlier_versions_refuse_the_state_where_nothing_changes(
    client: httpx.Client, version: int, method: str
) -> None:
    url = client.post("/files", headers=fields(version, False), content=b"abc").headers["location"]
    assert client.request(method, url, headers=fields(version, Upload_Offset="3")).status_code == 400
    assert client.request(method, url, headers=fields(version, False)).status_code == 400


@pytest.mark.parametrize("version", VERSIONS)
def test_a_malformed_creation_is_refused(client: httpx.Client, version: int) -> None:
    assert client.post("/files", headers=fields(version)).status_code == 400
    assert client.post("/files", headers=fields(version, True, Upload_Offset="0")).status_code == 400


@pytest.mark.parametrize(("version", "age"), [(6, "expires="), (7, "max-age="), (8, "max-age=")])
def test_later_versions_have_lengths_limits_and_a_media_type(client: httpx.Client, version: int, age: str) -> None:
    options = client.options("/files")
    assert "application/partial-upload" in options.headers["accept-patch"]
    assert options.headers["upload-limit"].startswith("max-size=")
    created = client.post("/files", headers=fields(version, False, Upload_Length="5"), content=b"abc")
    assert age in created.headers["upload-limit"]
    url = created.headers["location"]
    assert client.head(url, headers=fields(version)).headers["upload-length"] == "5"
    for refused in (
        append(client, version, url, 3, b"d", complete=True),
        append(client, version, url, 3, b"def", complete=False),
        append(client, version, url, 3, b"de", complete=False, Upload_Length="6"),
    ):
        assert refused.status_code == 400
        assert refused.json()["type"].endswith("#inconsistent-upload-length")
    named = fields(version, False, Upload_Offset="3", Content_Type=PARTIAL)
    plain = client.patch(url, headers={**named, "Content-Type": "application/octet-stream"}, content=b"d")
    assert (plain.status_code, plain.headers["accept-patch"]) == (415, PARTIAL)
    assert append(client, version, url, 3, b"de", complete=True).status_code == 201


def test_an_upload_that_gets_more_bytes_than_its_length_ends(client: httpx.Client) -> None:
    url = client.post("/files", headers=fields(8, False, Upload_Length="5"), content=b"abc").headers["location"]
    # A body in chunks has no length that could be compared before.
    named = fields(8, False, Upload_Offset="3", Content_Type=PARTIAL)
    refused = client.patch(url, headers=named, content=iter([b"def"]))
    assert (refused.status_code, refused.headers["upload-complete"]) == (400, "?0")
    assert refused.json()["type"].endswith("#inconsistent-upload-length")
    assert client.head(url, headers=fields(8)).status_code == 404


def test_a_file_beyond_the_limit_is_refused_with_the_limit(client: httpx.Client) -> None:
    too_long = str(UploadLimits().file_bytes + 1)
    refused = client.post("/files", headers=fields(6, False, Upload_Length=too_long))
    assert refused.status_code == 413
    assert refused.headers["upload-limit"].startswith("max-size=")


def test_digests_protect_a_body_and_are_kept_for_the_file(client: httpx.Client, served: Served) -> None:
    def field(content: bytes) -> str:
        return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"

    created = client.post("/files", headers=fields(6, False, Repr_Digest=field(b"abcdef")))
    url = created.headers["location"]
    wrong = append(client, 6, url, 0, b"abX", complete=False, Content_Digest=field(b"abc"))
    assert wrong.status_code == 400
    assert client.head(url, headers=fields(6)).headers["upload-offset"] == "0"
    assert append(client, 6, url, 0, b"abc", complete=False, Content_Digest=field(b"abc")).is_success
    assert append(client, 6, url, 3, b"def", complete=True).is_success
    digest = served.whole[-1].record.digest
    assert digest
    assert digest.value == hashlib.sha256(b"abcdef").hexdigest()


@pytest.mark.parametrize(
    ("version", "informs"), [(3, True), (5, True), (6, True), (8, True), (9, False), (None, False)]
)
def test_an_interim_response_names_the_upload_before_its_bytes(
    served: Served, key: str, version: int | None, informs: bool
) -> None:
    named = fields(version, True) if version else {"Upload-Complete": "?1"}
    named |= {"Authorization": f"Bearer {key}", "Content-Length": "5"}
    with connected(served.port) as connection:
        connection.sendall(header("POST", "/files", served.port, named))
        if informs:
            status, found = read_header(connection)
            assert (status, found["upload-draft-interop-version"]) == (104, str(version))
            assert ("upload-limit" in found) == (version is not None and version >= 6)
            announced = found["location"]
        connection.sendall(b"hello")
        status, found = read_header(connection)
        assert status == 201
        if informs:
            assert found["location"] == announced


def test_a_client_of_the_final_protocol_needs_no_version(client: httpx.Client) -> None:
    created = client.post("/files", headers={"Upload-Complete": "?0"}, content=b"abc")
    url = created.headers["location"]
    assert client.head(url).headers["upload-offset"] == "3"
    assert client.delete(url).status_code == 204


def test_an_interrupted_upload_continues_where_it_was_cut(client: httpx.Client, served: Served, key: str) -> None:
    named = {**fields(6, True), "Authorization": f"Bearer {key}", "Content-Length": "10"}
    with connected(served.port) as connection:
        connection.sendall(header("POST", "/files", served.port, named) + b"hello")
        _, found = read_header(connection)
    url = found["location"]
    shown = client.head(url, headers=fields(6))
    assert (shown.headers["upload-complete"], shown.headers["upload-length"]) == ("?0", "10")
    offset = int(shown.headers["upload-offset"])
    assert append(client, 6, url, offset, b"helloworld"[offset:], complete=True).status_code == 201
    assert content_of(served, url) == b"helloworld"
