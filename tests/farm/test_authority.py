"""The farm's certificates: what they say, who accepts them, and who does not."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from engine.catalog import Catalog, FarmMachine
from engine.errors import EngineError
from engine.farm import (
    HOST,
    ROLES,
    Authority,
    CertificateRefusedError,
    Role,
    leaf_files,
    make_request,
    peer_leaf,
    read_leaf,
    renew_leaves,
)
from engine.farm.content_credentials import ContentCredentials
from engine.farm.leaves import LeafFiles, key_fingerprint


def issued(authority: Authority, folder: Path, name: str = "mini", role: Role = "content", **when: float) -> LeafFiles:
    """A leaf of a machine, issued so many `hours` ago."""
    files = leaf_files(folder, role)
    now = datetime.now(UTC) - timedelta(**when)
    authority.issue(role, name, make_request(files.key).decode(), now).write(files)
    return files


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def host(authority: Authority) -> dict[Role, LeafFiles]:
    return authority.host_leaves()


def _content(files: LeafFiles) -> ContentCredentials:
    return ContentCredentials(files.certificate, files.key, files.authority)


def handshake(server: LeafFiles, client: LeafFiles | ssl.SSLContext) -> tuple[bytes | None, str | None]:
    """The client's certificate (DER) that the server sees and the TLS version; raises what either side raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    # Dask's settings are its own; the certificates are checked in the same way.
    serving = _content(server).server_context().wrap_bio(to_server, to_client, server_side=True)
    context = client if isinstance(client, ssl.SSLContext) else _content(client).client_context()
    connecting = context.wrap_bio(to_client, to_server)
    waiting = [connecting, serving]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    return serving.getpeercert(binary_form=True), serving.version()


@pytest.mark.parametrize("role", ROLES)
def test_host_and_machine_know_each_other_by_certificate(
    role: Role, authority: Authority, host: dict[Role, LeafFiles], tmp_path: Path
) -> None:
    machine = issued(authority, tmp_path, role=role)
    seen, version = handshake(host[role], machine)
    leaf = peer_leaf(seen, role)
    assert (leaf.name, leaf.role, version) == ("mini", role, "TLSv1.3")
    assert leaf.fingerprint == key_fingerprint(x509.load_pem_x509_csr(make_request(machine.key)))
    other = ROLES[1 - ROLES.index(role)]
    with pytest.raises(CertificateRefusedError, match="certificate for"):
        peer_leaf(seen, other)


@pytest.mark.parametrize("hours", [-24, 0, 20, 44])
def test_clocks_may_differ_by_a_day(
    hours: float, authority: Authority, host: dict[Role, LeafFiles], tmp_path: Path
) -> None:
    """A peer whose clock is behind or ahead by a day sees a leaf as one that was issued earlier or later."""
    machine = issued(authority, tmp_path, hours=hours)
    seen, _ = handshake(host["content"], machine)
    assert seen


def test_the_host_counts_24_hours_by_its_own_clock(authority: Authority, tmp_path: Path) -> None:
    old = issued(authority, tmp_path, hours=24.1).certificate.read_bytes()
    with pytest.raises(CertificateRefusedError, match="has expired"):
        peer_leaf(old, "content")
    assert read_leaf(old).needs_renewal
    young = issued(authority, tmp_path, hours=23.9).certificate.read_bytes()
    assert peer_leaf(young, "content").name == "mini"
    assert not read_leaf(issued(authority, tmp_path, hours=7).certificate.read_bytes()).needs_renewal


@pytest.fixture(params=["expired", "foreign", "other role", "own"])
def wrong(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> LeafFiles:
    """A certificate that a host must refuse in the handshake."""
    trusted = leaf_files(authority.folder, "content").authority
    match request.param:
        case "expired":
            files = issued(authority, tmp_path, hours=50)
        case "foreign":
            files = issued(Authority(tmp_path / "other studio"), tmp_path)
        case "other role":
            files = issued(authority, tmp_path, role="dask")
        case _:
            # A member signs for another name with the key of its leaf.
            files = issued(authority, tmp_path)
            mine = leaf_files(tmp_path / "mine", "content")
            own = Authority(tmp_path / "mine")
            own.issue("content", HOST, make_request(mine.key).decode()).write(mine)
            files = mine
    return ContentCredentials(files.certificate, files.key, trusted)


def test_wrong_certificates_are_refused_in_the_handshake(wrong: LeafFiles, host: dict[Role, LeafFiles]) -> None:
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        handshake(host["content"], wrong)


def test_a_server_refuses_a_client_without_a_certificate(authority: Authority, host: dict[Role, LeafFiles]) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(host["content"].authority)
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        handshake(host["content"], client)


def test_only_the_key_of_a_request_counts(authority: Authority, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    from engine.certificate_files import subject_name

    key = ec.generate_private_key(ec.SECP256R1())
    asked = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject_name(HOST, "dask"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=3), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )
    found = x509.load_pem_x509_certificate(authority.issue("content", "mini", asked).certificate.encode())
    assert (read_leaf(found.public_bytes(Encoding.PEM)).name, read_leaf(found.public_bytes(Encoding.DER)).role) == (
        "mini",
        "content",
    )
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    for wrong in ("", "nonsense", asked.replace("A", "B", 1)):
        with pytest.raises(EngineError, match="signing request"):
            authority.issue("content", "mini", wrong)
    other = x509.CertificateSigningRequestBuilder().subject_name(subject_name("x"))
    rsa_request = other.sign(rsa.generate_private_key(65537, 2048), hashes.SHA256()).public_bytes(Encoding.PEM)
    with pytest.raises(EngineError, match="P-256"):
        authority.issue("content", "mini", rsa_request.decode())


def test_keys_are_private_and_stay(authority: Authority, host: dict[Role, LeafFiles]) -> None:
    paths = [path for path in authority.folder.rglob("*") if path.suffix == ".key" or path.name == "key.pem"]
    assert len(paths) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (authority.folder, *authority.folder.iterdir())} == {0o700}
    again = Authority(authority.folder.parent)
    assert again.fingerprint == authority.fingerprint
    before = {role: files.certificate.read_bytes() for role, files in host.items()}
    assert {role: files.certificate.read_bytes() for role, files in again.host_leaves().items()} == before


def test_leaves_are_renewed_for_the_key_that_joined(tmp_path: Path) -> None:
    authority, catalog = Authority(tmp_path), Catalog.in_studio(tmp_path)
    files = {role: issued(authority, tmp_path / "mini", role=role) for role in ROLES}
    joined = key_fingerprint(x509.load_pem_x509_csr(make_request(files["content"].key)))
    machine = FarmMachine(name="mini", label="Mini", fingerprint=joined, state="active", joined_at=datetime.now(UTC))
    catalog.farm.add_machine(machine)
    requests: dict[Role, str] = {role: make_request(files[role].key).decode() for role in ROLES}
    renewed = renew_leaves(authority, catalog.farm, "mini", requests)
    assert {role: read_leaf(leaf.certificate.encode()).name for role, leaf in renewed.items()} == {
        "content": "mini", "dask": "mini",
    }  # fmt: skip
    stolen: dict[Role, str] = {**requests, "content": make_request(tmp_path / "other.pem").decode()}
    with pytest.raises(EngineError, match="not the key"):
        renew_leaves(authority, catalog.farm, "mini", stolen)
    with pytest.raises(EngineError, match="missing"):
        renew_leaves(authority, catalog.farm, "mini", {"content": requests["content"]})
    catalog.farm.set_state("mini", "revoked")
    for name in ("mini", "nobody"):
        with pytest.raises(EngineError, match="does not belong"):
            renew_leaves(authority, catalog.farm, name, requests)
    catalog.close()
