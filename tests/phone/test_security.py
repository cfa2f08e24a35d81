"""What a listener refuses. docs/security.md names these tests."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from cryptography import x509

from engine.catalog import Catalog, Project
from engine.phone import ConnectionLimits, UploadLimits, UploadState, UploadStore, listen, server_certificate
from engine.phone.exchange import new_record
from engine.phone.refusal import Refusal
from engine.policy import Gate, PolicyError
from tests.permissions import DELIVER
from tests.phone.conftest import BYTES, TUS
from tests.phone.raw import closed_by_server, connected, header, read_header
from tests.phone.serving import ADDRESS, NAME, Served, new_pairing, paired_key, project_in, serving
from tests.waiting import wait_until


@pytest.fixture
def stranger(served: Served) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=served.url) as opened:
        yield opened


def create(client: httpx.Client, key: str = "", **more: str) -> httpx.Response:
    fields = {**TUS, "Upload-Length": "3", **({"Authorization": f"Bearer {key}"} if key else {}), **more}
    return client.post("/files", headers=fields)


# Keys


def test_requests_without_a_key_are_refused(stranger: httpx.Client) -> None:
    for response in (
        create(stranger),
        create(stranger, "wrong"),
        create(stranger, "x" * 5000),
        stranger.get("/arrivals"),
        stranger.head("/files/AAAAAAAAAAAAAAAAAAAAAA", headers=TUS),
        stranger.post("/files", headers={"Upload-Complete": "?1", "Upload-Draft-Interop-Version": "6"}),
    ):
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_an_expired_key_is_refused(stranger: httpx.Client, folder: Path, project: Project) -> None:
    key = paired_key(folder, project, lifetime=timedelta(0))
    response = create(stranger, key)
    assert (response.status_code, "expired" in response.text) == (401, True)


def test_a_revoked_key_is_refused_and_its_running_upload_is_cut(
    served: Served, stranger: httpx.Client, folder: Path, project: Project
) -> None:
    key = paired_key(folder, project)
    url = create(stranger, key).headers["location"]
    catalog = Catalog.in_studio(folder)
    device = catalog.phones.device_with_key(key)
    assert device
    fields = {**BYTES, "Authorization": f"Bearer {key}", "Upload-Offset": "0", "Content-Length": "3"}
    with connected(served.port) as connection:
        request = header("PATCH", url.removeprefix(served.url), served.port, {**fields, "Expect": "100-continue"})
        connection.sendall(request)
        assert read_header(connection)[0] == 100
        catalog.phones.revoke(device)
        assert closed_by_server(connection)
    catalog.close()
    response = create(stranger, key)
    assert (response.status_code, "revoked" in response.text) == (401, True)


def test_a_key_of_another_project_is_refused(stranger: httpx.Client, folder: Path) -> None:
    key = paired_key(folder, project_in(folder, "Elsewhere"))
    assert create(stranger, key).status_code == 403


def test_uploads_of_another_device_are_not_found(
    client: httpx.Client, stranger: httpx.Client, folder: Path, project: Project
) -> None:
    url = create(client).headers["location"]
    fields = {**BYTES, "Authorization": f"Bearer {paired_key(folder, project)}", "Upload-Offset": "0"}
    for method in ("HEAD", "PATCH", "DELETE"):
        assert stranger.request(method, url, headers=fields).status_code == 404
    arrivals = stranger.get("/arrivals", headers=fields).json()["arrivals"]
    assert all(one["url"] not in url for one in arrivals)


def test_wrong_keys_are_slowed_down(folder: Path, project: Project, tmp_path: Path) -> None:
    with serving(folder, project) as served, httpx.Client(base_url=served.url) as client:
        statuses = [create(client, f"wrong{nth}").status_code for nth in range(25)]
    assert statuses == [401] * 20 + [429] * 5


# Pairing


def test_a_code_pairs_once(stranger: httpx.Client, folder: Path, project: Project) -> None:
    code = new_pairing(folder, project)
    paired = stranger.post("/pair", json={"code": code, "name": "My iPhone"})
    assert paired.status_code == 201
    cookie = paired.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert all(flag in cookie for flag in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"))
    assert "key" not in paired.json()
    assert stranger.post("/pair", json={"code": code, "name": "again"}).status_code == 403


def test_codes_that_are_expired_or_of_another_project_do_not_pair(
    stranger: httpx.Client, folder: Path, project: Project
) -> None:
    late = new_pairing(folder, project, timedelta(0))
    other = new_pairing(folder, project_in(folder, "Elsewhere"))
    for code in (late, other):
        assert stranger.post("/pair", json={"code": code}).status_code == 403


def test_guesses_are_slowed_down(folder: Path, project: Project) -> None:
    with serving(folder, project) as served, httpx.Client(base_url=served.url) as client:
        statuses = [client.post("/pair", json={"code": f"{nth}"}).status_code for nth in range(7)]
        assert statuses == [403] * 5 + [429] * 2
        # A right code waits too: a guess must not be told from a code by its answer.
        code = new_pairing(folder, project)
        waiting = client.post("/pair", json={"code": code})
        assert (waiting.status_code, int(waiting.headers["retry-after"]) > 0) == (429, True)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"code": 1}', "application/json", 400),
        (b'{"code": "A"}', "text/plain", 415),
        (b" " * 5000, "application/json", 413),
    ],
)
def test_a_malformed_pairing_is_refused(stranger: httpx.Client, content: bytes, kind: str, status: int) -> None:
    assert stranger.post("/pair", headers={"Content-Type": kind}, content=content).status_code == status


def test_secrets_are_stored_as_digests(folder: Path, project: Project) -> None:
    code, key = new_pairing(folder, project), paired_key(folder, project)
    stored = b"".join(path.read_bytes() for path in folder.glob("catalog.sqlite*"))
    assert b"phone_code" in stored
    assert code.encode() not in stored
    assert key.encode() not in stored


# Other sites


@pytest.mark.parametrize("host", ["evil.example", "localhost", f"{ADDRESS}:1", ADDRESS, "", f"evil.{NAME}"])
def test_another_host_name_is_refused(client: httpx.Client, host: str) -> None:
    """DNS rebinding: the browser believes that the other site has this address."""
    assert client.get("/", headers={"Host": host}).status_code == 421
    assert create(client, Host=host).status_code == 421


def test_the_bonjour_name_is_accepted(client: httpx.Client, served: Served) -> None:
    assert client.get("/", headers={"Host": f"{NAME}:{served.port}"}).status_code == 200


def test_two_host_names_are_refused(served: Served) -> None:
    with connected(served.port) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {ADDRESS}:{served.port}\r\nHost: evil.example\r\n\r\n".encode())
        assert read_header(connection)[0] in (400, 421)


@pytest.mark.parametrize(
    "fields",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "https://evil.example/page"},
    ],
)
def test_requests_that_another_site_causes_are_refused(client: httpx.Client, fields: dict[str, str]) -> None:
    assert create(client, **fields).status_code == 403
    assert client.post("/pair", headers=fields, json={"code": "A"}).status_code == 403


def test_no_other_site_may_read_or_frame_a_response(client: httpx.Client) -> None:
    for response in (client.get("/"), client.options("/files"), create(client), client.get("/nowhere")):
        assert not any(name.startswith("access-control") for name in response.headers)
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "server" not in response.headers


def test_the_page_has_no_script_of_its_own(client: httpx.Client) -> None:
    page = client.get("/").text
    assert "<script src=" in page
    assert " onclick" not in page
    assert " style=" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


# Paths, names, lengths


@pytest.mark.parametrize(
    "path",
    [
        "/files/..%2f..%2fcatalog.sqlite",
        "/files/%2e%2e",
        "/files/%2e%2e%2frecord.json",
        "/files/....",
        "/files/%00",
        "/files/AAAAAAAAAAAAAAAAAAAAA%2f",
        "/..%2fcatalog.sqlite",
        "/page.html/../../record.py",
    ],
)
def test_no_path_leaves_the_uploads(served: Served, key: str, path: str) -> None:
    for method in ("HEAD", "DELETE"):
        with connected(served.port) as connection:
            fields = {**TUS, "Authorization": f"Bearer {key}"}
            connection.sendall(header(method, path, served.port, fields))
            assert read_header(connection)[0] in (404, 405)


def test_a_body_cannot_hide_a_second_request(served: Served, key: str) -> None:
    """Two lengths, or a length and chunks: servers that read them differently can be confused."""
    fields = {**BYTES, "Authorization": f"Bearer {key}", "Upload-Length": "3", "Content-Length": "3"}
    with connected(served.port) as connection:
        connection.sendall(header("POST", "/files", served.port, {**fields, "content-length": "4"}) + b"abc")
        assert read_header(connection)[0] == 400
    with connected(served.port) as connection:
        chunked = {**fields, "Transfer-Encoding": "chunked"}
        connection.sendall(
            header("POST", "/files", served.port, chunked) + b"3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
        )
        status, found = read_header(connection)
        assert status in (201, 400)
        assert status == 400 or found["upload-offset"] == "3"


@pytest.mark.parametrize("name", ["Upload-Length", "Authorization", "Tus-Resumable", "Upload-Metadata"])
def test_a_field_that_occurs_twice_is_refused(served: Served, key: str, name: str) -> None:
    fields = {
        **TUS,
        "Authorization": f"Bearer {key}",
        "Upload-Length": "3",
        "Upload-Metadata": "a",
        "Content-Length": "0",
    }
    with connected(served.port) as connection:
        connection.sendall(header("POST", "/files", served.port, {**fields, name.lower(): fields[name]}))
        assert read_header(connection)[0] == 400


def test_a_long_header_is_refused(served: Served) -> None:
    with connected(served.port) as connection:
        connection.sendall(header("GET", "/", served.port, {"X-Long": "a" * 20_000}))
        assert read_header(connection)[0] in (400, 431)


def test_a_refused_body_is_not_read(served: Served) -> None:
    fields = {**BYTES, "Upload-Length": str(1 << 40), "Content-Length": str(1 << 40)}
    with connected(served.port) as connection:
        connection.sendall(header("POST", "/files", served.port, fields) + b"a" * 1000)
        status, found = read_header(connection)
        assert (status, found["connection"]) == (401, "close")


# Limits


def test_half_open_uploads_are_limited(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    keys = [paired_key(tmp_path, project) for _ in range(3)]
    limits = UploadLimits(open_uploads_of_device=8, open_uploads=12)
    with serving(tmp_path, project, limits=limits) as served, httpx.Client(base_url=served.url) as client:
        statuses = [[create(client, key).status_code for _ in range(10)] for key in keys]
        assert statuses == [[201] * 8 + [429] * 2, [201] * 4 + [429] * 6, [429] * 10]
        # A finished upload makes room.
        upload = served.uploads.store.unfinished()[0]
        fields = {**BYTES, "Authorization": f"Bearer {keys[0]}", "Upload-Offset": "0"}
        assert client.patch(f"/files/{upload.record.id}", headers=fields, content=b"abc").status_code == 204
        assert create(client, keys[2]).status_code == 201


def test_whole_uploads_that_wait_are_limited(tmp_path: Path) -> None:
    """A file without bytes is whole at once: it is no half-open upload."""
    project = project_in(tmp_path)
    key = paired_key(tmp_path, project)
    limits = UploadLimits(waiting_uploads=2)
    with serving(tmp_path, project, limits=limits) as served, httpx.Client(base_url=served.url) as client:
        statuses = [create(client, key, **{"Upload-Length": "0"}).status_code for _ in range(4)]
        assert statuses == [201, 201, 429, 429]
        served.uploads.store.update(served.whole[0], state=UploadState.SEALED)
        assert create(client, key).status_code == 201


@pytest.mark.slow
def test_ten_thousand_half_open_uploads_are_refused(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    key = paired_key(tmp_path, project)
    with serving(tmp_path, project) as served, httpx.Client(base_url=served.url) as client:
        statuses = [create(client, key).status_code for _ in range(10_000)]
        assert statuses == [201] * 64 + [429] * 9_936
        assert len(list(served.uploads.store.folder.iterdir())) == 64


def test_the_disk_keeps_its_reserve(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    with (
        serving(tmp_path, project, limits=UploadLimits(reserve=1 << 60)) as served,
        httpx.Client(base_url=served.url) as client,
    ):
        assert create(client, paired_key(tmp_path, project)).status_code == 507


def test_a_concatenation_has_no_room_beyond_the_limit(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    limits = UploadLimits(open_bytes=1 << 20)
    headers = {**BYTES, "Authorization": f"Bearer {paired_key(tmp_path, project)}"}
    with (
        serving(tmp_path, project, limits=limits) as served,
        httpx.Client(base_url=served.url, headers=headers) as client,
    ):
        fields = {"Upload-Length": "100000", "Upload-Concat": "partial"}
        part = client.post("/files", headers=fields, content=bytes(100_000)).headers["location"]
        fields = {**TUS, "Content-Type": "", "Upload-Concat": f"final;{' '.join([part] * 20)}"}
        assert client.post("/files", headers=fields).status_code == 507
        (left,) = served.uploads.store
        assert left.record.id in part


def test_a_concatenation_whose_part_is_deleted_leaves_nothing(tmp_path: Path) -> None:
    store = UploadStore(tmp_path)
    part = store.create(new_record("phone", "a", length=3, concat="partial"))
    part.offset = 3
    store.remove(part)
    with pytest.raises(Refusal) as refused:
        store.concatenate(new_record("phone", "b", concat="final;/files/a"), [part])
    assert refused.value.status == 409
    assert (list(store), list(tmp_path.iterdir())) == ([], [])


SLOW = ConnectionLimits(header_seconds=0.2, idle_seconds=0.2, stall_seconds=0.2, stall_bytes=64)


def test_a_slow_loris_is_cut(tmp_path: Path) -> None:
    """A header that never ends, a body that never comes, and a connection that is never used."""
    project = project_in(tmp_path)
    key = paired_key(tmp_path, project)
    with serving(tmp_path, project, connections=SLOW) as served:
        with connected(served.port) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            assert closed_by_server(connection)
        with connected(served.port) as connection:
            assert closed_by_server(connection)
        fields = {**BYTES, "Authorization": f"Bearer {key}", "Upload-Length": "1000", "Content-Length": "1000"}
        with connected(served.port) as connection:
            connection.sendall(header("POST", "/files", served.port, fields) + b"a" * 10)
            assert closed_by_server(connection)


def test_connections_of_one_address_are_limited(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    limits = ConnectionLimits(connections_of_address=2)
    with (
        serving(tmp_path, project, connections=limits) as served,
        connected(served.port) as first,
        connected(served.port) as second,
        connected(served.port) as third,
    ):
        assert closed_by_server(third)
        for kept in (first, second):
            kept.sendall(header("GET", "/", served.port, {}))
            assert read_header(kept)[0] == 200


# TLS


@pytest.fixture(scope="module")
def secure(folder: Path, project: Project) -> Iterator[tuple[Served, ssl.SSLContext]]:
    """A listener with TLS, and the settings of a client that trusts the studio's authority."""
    certificate = server_certificate(folder, ADDRESS, NAME)
    trusting = ssl.create_default_context(cadata=certificate.authority.decode())
    with serving(folder, project, certificate=certificate) as served:
        yield served, trusting


def test_a_client_that_trusts_the_authority_connects(secure: tuple[Served, ssl.SSLContext]) -> None:
    served, trusting = secure
    with httpx.Client(verify=trusting) as client:
        assert client.get(f"https://{ADDRESS}:{served.port}/").status_code == 200
    with httpx.Client() as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.get(f"https://{ADDRESS}:{served.port}/")


def test_nothing_older_than_tls_1_3_is_spoken(secure: tuple[Served, ssl.SSLContext]) -> None:
    served, trusting = secure
    older = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    older.check_hostname, older.verify_mode = False, ssl.CERT_NONE
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with connected(served.port) as connection, pytest.raises((ssl.SSLError, ConnectionError)):
        older.wrap_socket(connection)
    with connected(served.port) as connection, trusting.wrap_socket(connection, server_hostname=ADDRESS) as wrapped:
        assert wrapped.version() == "TLSv1.3"


def test_plain_http_is_not_answered(secure: tuple[Served, ssl.SSLContext]) -> None:
    served, _ = secure
    with connected(served.port) as connection:
        connection.sendall(header("GET", "/", served.port, {}))
        received = connection.recv(100)
        assert not received.startswith(b"HTTP")


def test_connections_without_a_handshake_are_limited(tmp_path: Path) -> None:
    """A stranger opens connections and sends nothing."""
    project = project_in(tmp_path)
    limits = ConnectionLimits(connections_of_address=2)
    certificate = server_certificate(tmp_path, ADDRESS, NAME)
    with (
        serving(tmp_path, project, connections=limits, certificate=certificate) as served,
        connected(served.port) as first,
        connected(served.port) as second,
        connected(served.port) as third,
    ):
        assert closed_by_server(third)
        for kept in (first, second):
            kept.setblocking(False)
            with pytest.raises(BlockingIOError):
                kept.recv(1)


def test_a_slow_handshake_is_cut(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    limits = ConnectionLimits(connections_of_address=1, handshake_seconds=0.2)
    certificate = server_certificate(tmp_path, ADDRESS, NAME)
    trusting = ssl.create_default_context(cadata=certificate.authority.decode())
    with serving(tmp_path, project, connections=limits, certificate=certificate) as served:
        with connected(served.port) as connection:
            connection.sendall(b"\x16\x03\x01")
            assert closed_by_server(connection)
        # Its place is free again. A busy machine may take too long for a handshake, too.
        with httpx.Client(verify=trusting) as client:
            wait_until(lambda: is_served(client, f"https://{ADDRESS}:{served.port}/"))


def is_served(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_only_loopback_is_served_without_tls(served: Served) -> None:
    import asyncio
    from dataclasses import replace

    from engine.phone import ListenerPlan, open_socket

    async def nothing() -> bool:
        return False

    gate = Gate(None, None)
    permission = gate.require("listen", network="private", interface="en0", minutes=10)
    plan = ListenerPlan(ADDRESS, 0, NAME, datetime.now(UTC), announce=False)
    with pytest.raises(PolicyError):
        open_socket(DELIVER, ADDRESS, 0)
    with open_socket(permission, ADDRESS, 0) as listening:
        for wrong, problem in ((permission, ValueError), (DELIVER, PolicyError)):
            public = replace(plan, address="192.168.1.2")
            with pytest.raises(problem):
                asyncio.run(listen(wrong, served.application, None, listening, public, lambda: True, nothing))


def test_the_keys_are_private_and_the_certificate_is_kept(tmp_path: Path) -> None:
    first = server_certificate(tmp_path, "192.168.1.2", NAME)
    assert server_certificate(tmp_path, "192.168.1.2", NAME).fingerprint == first.fingerprint
    moved = server_certificate(tmp_path, "192.168.1.3", NAME)
    assert moved.fingerprint != first.fingerprint
    assert moved.authority_fingerprint == first.authority_fingerprint
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "keys").glob("*.key")} == {"0o600"}
    assert oct((tmp_path / "keys").stat().st_mode & 0o777) == "0o700"
    for pem in (first.authority, first.certificate.read_bytes()):
        shown = x509.load_pem_x509_certificate(pem)
        assert {name.rfc4514_string() for name in (shown.subject, shown.issuer)} <= {
            "CN=Cleanwater studio", "CN=Cleanwater studio authority",
        }  # fmt: skip
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == [NAME, "192.168.1.3"]


@pytest.mark.parametrize("address", ["8.8.8.8", "192.168.1.2"])
def test_the_authority_counts_for_private_addresses_alone(
    tmp_path: Path, folder: Path, project: Project, address: str
) -> None:
    """A phone that trusts the studio's authority must not trust it for the rest of the internet."""
    certificate = server_certificate(tmp_path, address, NAME)
    trusting = ssl.create_default_context(cadata=certificate.authority.decode())
    with serving(folder, project, certificate=certificate) as served, connected(served.port) as connection:
        if address == "8.8.8.8":
            with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
                trusting.wrap_socket(connection, server_hostname=address)
        else:
            with trusting.wrap_socket(connection, server_hostname=address) as wrapped:
                assert wrapped.version() == "TLSv1.3"


# Exposure


def listening() -> set[tuple[str, int]]:
    return {
        (one.laddr.ip, one.laddr.port)
        for one in psutil.Process(os.getpid()).net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }


def test_a_socket_listens_only_while_it_is_switched_on(folder: Path, project: Project) -> None:
    before = listening()
    with serving(folder, project) as served:
        assert listening() - before == {(ADDRESS, served.port)}
    assert listening() == before


def test_it_switches_itself_off(folder: Path, project: Project) -> None:
    with serving(folder, project, idle=timedelta(seconds=-1)) as served:
        served.stopping.wait(0)
        while not served.ended:
            served.stopping.wait(0.01)
        assert served.ended == ["idle"]
    with serving(folder, project, until=datetime.now(UTC)) as served:
        while not served.ended:
            served.stopping.wait(0.01)
        assert served.ended == ["time"]


@pytest.mark.parametrize(
    ("network", "minutes", "permitted"),
    [("loopback", 60, True), ("private", 60, True), ("private", 1441, False), ("public", 60, False)],
)
def test_the_policy_decides_where_and_how_long(network: str, minutes: int, permitted: bool) -> None:
    gate = Gate(None, None)
    if permitted:
        assert gate.require("listen", network=network, interface="en0", minutes=minutes)
    else:
        with pytest.raises(PolicyError):
            gate.require("listen", network=network, interface="en0", minutes=minutes)


def test_a_studio_may_forbid_it(tmp_path: Path) -> None:
    rule = 'title = "Set"\nowner = "The producer"\nchange = "ask"\n[[rule]]\nid = "closed-set"\neffect = "forbid"\n'
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "set.toml").write_text(f'{rule}actions = ["listen"]\nreason = "The set is closed."\n')
    with pytest.raises(PolicyError, match="The set is closed"):
        Gate(tmp_path, None).require("listen", network="private", interface="en0", minutes=5)


def test_the_studio_is_not_described_to_strangers(stranger: httpx.Client, project: Project) -> None:
    shown = stranger.get("/studio").json()
    assert shown["device"] is None
    assert project.name not in json.dumps(shown)


def test_each_threat_of_the_documentation_names_a_test() -> None:
    import re

    root = Path(__file__).parents[2]
    files = [path for name in ("phone", "farm") for path in (root / "tests" / name).glob("test_*.py")]
    tests = "".join(path.read_text(encoding="utf-8") for path in files)
    rows = [
        line
        for line in (root / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| ---", "| threat"))
    ]
    assert len(rows) > 30
    for row in rows:
        named = re.findall(r"`(test_\w+|(?:tests|bench)/[\w/.]+)`", row.split(" | ")[-1])
        assert named, row
        for name in named:
            assert f"def {name}(" in tests if name.startswith("test_") else (root / name).exists(), name
