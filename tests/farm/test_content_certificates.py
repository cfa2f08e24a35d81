"""Whose certificates the content server and its clients accept. docs/security.md names these tests."""

from __future__ import annotations

import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.farm import ContentClient, ContentRefused
from engine.farm.leaves import HOST, LIFETIME
from tests.farm.certificates import DAY, TestAuthority
from tests.farm.farm import FACTS, Farm, ask
from tests.waiting import wait_until


def refused_to(client: ContentClient) -> str:
    with pytest.raises(EngineError) as refused:
        client.report(FACTS)
    return refused.value.message


def test_a_certificate_of_another_authority_is_refused(farm: Farm, tmp_path: Path) -> None:
    farm.add_machine("ada")
    foreign = TestAuthority(tmp_path / "foreign").leaf("ada", trusts=farm.authority)
    assert "does not accept this machine's certificate" in refused_to(farm.client(foreign))


@pytest.mark.parametrize("valid", [(-3 * DAY, timedelta(seconds=-1)), (timedelta(hours=1), DAY)])
def test_a_certificate_outside_its_time_is_refused(farm: Farm, valid: tuple[timedelta, timedelta]) -> None:
    farm.add_machine("ada")
    leaf = farm.authority.leaf("ada", valid=valid)
    assert "does not accept this machine's certificate" in refused_to(farm.client(leaf))


def test_a_leaf_counts_for_24_hours_by_the_clock_of_the_host(farm: Farm) -> None:
    """To TLS it is valid for longer, because the clock of a machine may be wrong."""
    farm.add_machine("ada")
    assert farm.client(farm.authority.leaf("ada", age=timedelta(hours=23))).report(FACTS).renew
    assert "has expired" in refused_to(farm.client(farm.authority.leaf("ada", age=timedelta(hours=25))))


def test_a_leaf_from_before_the_machine_joined_again_is_refused(farm: Farm) -> None:
    earlier = farm.authority.leaf("ada")
    farm.authority.forget_key("ada")
    farm.add_machine("ada")
    assert farm.client(farm.authority.leaf("ada")).report(FACTS).state == "active"
    assert "does not belong to the farm" in refused_to(farm.client(earlier))


def test_a_connection_ends_with_its_leaf(farm: Farm) -> None:
    farm.add_machine("ada")
    body = FACTS.model_dump_json().encode()
    request = f"POST /v1/machine HTTP/1.1\nContent-Length: {len(body)}"
    with farm.raw(farm.authority.leaf("ada", age=LIFETIME - timedelta(seconds=1))) as connection:

        def is_refused() -> bool:
            try:
                return ask(connection, request, body)[0] == 403
            except (AssertionError, OSError):
                return True

        wait_until(is_refused)


def test_a_renewed_leaf_of_a_machine_is_used_at_once(farm: Farm) -> None:
    farm.add_machine("ada")
    leaf = farm.authority.leaf("ada", age=timedelta(hours=9))
    machine = farm.client(leaf)
    assert machine.report(FACTS).renew
    leaf.certificate.write_bytes(farm.authority.leaf("ada").certificate.read_bytes())
    assert not machine.report(FACTS).renew


def test_no_certificate_is_refused(farm: Farm) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(farm.authority.path)
    assert farm.server is not None
    with (
        socket.create_connection(("127.0.0.1", farm.server.port), timeout=30) as plain,
        context.wrap_socket(plain) as connection,
    ):
        connection.sendall(b"POST /v1/machine HTTP/1.1\r\n\r\n")
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
            connection.recv(100)


def test_nothing_older_than_tls_1_3_is_spoken(farm: Farm) -> None:
    farm.add_machine("ada")
    context = farm.authority.leaf("ada").client_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert farm.server is not None
    with (
        socket.create_connection(("127.0.0.1", farm.server.port), timeout=30) as plain,
        pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"),
    ):
        context.wrap_socket(plain)


def test_plain_tcp_is_not_answered(farm: Farm) -> None:
    assert farm.server is not None
    with socket.create_connection(("127.0.0.1", farm.server.port), timeout=30) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        received = b""
        while block := plain.recv(1000):
            received += block
    # An alert of TLS, or nothing.
    assert received[:1] in (b"", b"\x15")


@pytest.mark.parametrize("role", ["dask", "", "Content"])
def test_a_certificate_with_another_role_is_refused(farm: Farm, role: str) -> None:
    farm.add_machine("ada")
    assert "certificate" in refused_to(farm.client(farm.authority.leaf("ada", role)))
    stored = farm.catalog.farm.machine("ada")
    assert stored is not None
    assert stored.seen_at is None


def test_a_machine_is_no_host(farm: Farm) -> None:
    """Each leaf of the farm can serve: a machine in the middle could pose as the host."""
    farm.host = farm.authority.leaf("mallory")
    farm.start()
    farm.add_machine("ada")
    assert "not the farm's host" in refused_to(farm.client(farm.authority.leaf("ada")))


def test_the_dask_side_of_the_host_is_not_the_content_server(idle_farm: Farm) -> None:
    idle_farm.host = idle_farm.authority.leaf(HOST, "dask")
    idle_farm.start()
    idle_farm.add_machine("ada")
    assert "not the farm's host" in refused_to(idle_farm.client(idle_farm.authority.leaf("ada")))


def test_a_host_of_another_authority_gets_no_request(idle_farm: Farm, tmp_path: Path) -> None:
    other = TestAuthority(tmp_path / "foreign")
    idle_farm.host = other.leaf(HOST, trusts=idle_farm.authority)
    idle_farm.start()
    idle_farm.add_machine("ada")
    assert "not the farm's host" in refused_to(idle_farm.client(idle_farm.authority.leaf("ada")))


def test_a_machine_that_never_joined_is_refused(farm: Farm) -> None:
    client = farm.client(farm.authority.leaf("stranger"))
    with pytest.raises(ContentRefused) as refused:
        client.report(FACTS)
    assert (refused.value.status, refused.value.code) == (403, "unknown-machine")


def test_a_renewed_leaf_of_the_host_serves_the_next_connection(farm: Farm) -> None:
    assert farm.host is not None
    farm.add_machine("ada")
    leaf = farm.authority.leaf("ada")
    assert farm.client(leaf).report(FACTS).state == "active"
    other = farm.authority.leaf("renamed")
    farm.host.key.write_bytes(other.key.read_bytes())
    # The new key with the old certificate, for a moment: the old pair serves.
    assert farm.client(leaf).report(FACTS).state == "active"
    farm.host.certificate.write_bytes(other.certificate.read_bytes())
    assert "certificate is that of renamed" in refused_to(farm.client(leaf))
