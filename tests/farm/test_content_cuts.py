"""Transfers that are cut, slowed down or damaged on the way."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from engine.errors import Cancelled, EngineError, TransientError
from engine.farm import (
    ContentCache,
    ContentClient,
    ContentCredentials,
    ContentRefused,
    HostAddress,
    WorkOrder,
    incoming_folder,
)
from engine.farm.http_wire import drain
from tests.farm.cutting_proxy import cutting_proxy
from tests.farm.farm import FACTS, HOST, Farm, digest, new_file
from tests.waiting import wait_until

MIB = 1 << 20


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ContentCache]:
    with ContentCache(tmp_path / "worker" / "cache", tmp_path / "worker" / "cache.key", 64 * MIB) as opened:
        yield opened


def test_a_cut_input_is_continued(farm: Farm, cache: ContentCache, tmp_path: Path) -> None:
    content = os.urandom(8 * MIB + 5)
    lease = farm.offer(new_file(farm.studio, "a.mov", content))
    assert farm.server is not None
    order = farm.join("ada").claim(lease.id)
    # In the handshake, in the header, in the first block, and later.
    cuts = [100, 3000, MIB, int(3.5 * MIB), 2 * MIB]
    received: list[int] = []
    with cutting_proxy(farm.server.port, cuts) as proxy:
        machine = farm.client(farm.authority.leaf("ada"), patience=60, port=proxy.port)
        cache.place(machine, order, tmp_path / "placed", received.append)
        assert proxy.connections == len(cuts) + 1
    assert (tmp_path / "placed" / "a.mov").read_bytes() == content
    assert sum(received) == len(content), "whole blocks were fetched twice"


def test_a_cut_output_is_continued(farm: Farm, tmp_path: Path) -> None:
    content = os.urandom(6 * MIB + 5)
    (tmp_path / "out").write_bytes(content)
    lease = farm.offer(max_output=10 * MIB)
    farm.join("ada").claim(lease.id)
    assert farm.server is not None
    with cutting_proxy(farm.server.port, [100, 3000, 2 * MIB, 3 * MIB]) as proxy:
        machine = farm.client(farm.authority.leaf("ada"), patience=60, port=proxy.port)
        machine.send(lease.id, tmp_path / "out", digest(content))
        assert proxy.connections >= 5
    assert (incoming_folder(farm.studio, lease.id) / digest(content)).read_bytes() == content


def test_an_upload_continues_beside_a_dead_connection(farm: Farm, tmp_path: Path) -> None:
    """The host does not know yet that the first connection is dead: the second one ends it."""
    content = os.urandom(MIB)
    (tmp_path / "out").write_bytes(content)
    lease = farm.offer(max_output=2 * MIB)
    machine = farm.join("ada")
    machine.claim(lease.id)
    with farm.raw(farm.authority.leaf("ada")) as dead:
        dead.sendall(
            f"PUT /v1/leases/{lease.id}/outputs/{digest(content)} HTTP/1.1\r\nContent-Length: {MIB}\r\n\r\n".encode()
        )
        dead.sendall(content[: MIB // 2])
        folder = incoming_folder(farm.studio, lease.id)
        wait_until(folder.exists)
        farm.client(farm.authority.leaf("ada"), patience=60).send(lease.id, tmp_path / "out", digest(content))
    assert (folder / digest(content)).read_bytes() == content


def test_a_stopped_host_is_waited_for(farm: Farm, cache: ContentCache, tmp_path: Path) -> None:
    content = os.urandom(4 * MIB)
    lease = farm.offer(new_file(farm.studio, "a.mov", content))
    machine = farm.join("ada")
    order = machine.claim(lease.id)
    patient = farm.client(farm.authority.leaf("ada"), patience=60)
    stopped = threading.Event()

    def received(count: int) -> None:
        if not stopped.is_set():
            stopped.set()
            farm.restart()

    cache.place(patient, order, tmp_path / "placed", received)
    assert stopped.is_set()
    assert (tmp_path / "placed" / "a.mov").read_bytes() == content


def test_an_upload_that_was_whole_when_the_host_stopped_is_sent_again(farm: Farm, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"output")
    lease = farm.offer()
    machine = farm.join("ada")
    machine.claim(lease.id)
    folder = incoming_folder(farm.studio, lease.id)
    folder.mkdir(parents=True)
    (folder / (digest(b"output") + ".part")).write_bytes(b"outpux")
    machine.send(lease.id, tmp_path / "out", digest(b"output"))
    assert [path.name for path in folder.iterdir()] == [digest(b"output")]


def test_an_idle_connection_that_the_host_closed_is_made_again(farm: Farm) -> None:
    machine = farm.join("ada")
    machine.report(FACTS)
    farm.restart()
    assert machine.report(FACTS).state == "active"


def test_a_transfer_can_be_cancelled(farm: Farm, cache: ContentCache, tmp_path: Path) -> None:
    lease = farm.offer(new_file(farm.studio, "a.mov", os.urandom(8 * MIB)), max_output=10 * MIB)
    machine = farm.join("ada")
    order = machine.claim(lease.id)
    received: list[int] = []
    with pytest.raises(Cancelled):
        cache.place(machine, order, tmp_path / "placed", received.append, lambda: len(received) >= 2)
    assert len(received) == 2
    with pytest.raises(Cancelled):
        machine.send(lease.id, farm.studio / "a.mov", order.files[0].sha256, None, lambda: True)
    cache.place(machine, order, tmp_path / "placed", received.append)
    assert sum(received) == 8 * MIB


def test_closing_a_client_ends_its_patience(farm: Farm) -> None:
    assert farm.server is not None
    machine = farm.client(farm.authority.leaf("ada"), patience=3600)
    farm.server.close()
    errors: list[EngineError] = []

    def claim() -> None:
        try:
            machine.claim("0" * 32)
        except EngineError as error:
            errors.append(error)

    waiting = threading.Thread(target=claim)
    waiting.start()
    machine.close()
    waiting.join(60)
    assert [type(error) for error in errors] == [Cancelled]


def test_a_machine_loses_patience(farm: Farm) -> None:
    assert farm.server is not None
    machine = farm.client(farm.authority.leaf("ada"), patience=0.01)
    farm.server.close()
    with pytest.raises(TransientError, match="cannot be reached"):
        machine.claim("0" * 32)


def test_an_input_with_other_bytes_is_refused_by_the_machine(farm: Farm, cache: ContentCache, tmp_path: Path) -> None:
    file = new_file(farm.studio, "a.mov", b"as it was when the job was queued")
    (farm.studio / "a.mov").write_bytes(b"AS IT WAS when the job was queued")
    lease = farm.offer(file)
    machine = farm.join("ada")
    order = machine.claim(lease.id)
    with pytest.raises(EngineError, match="other bytes"):
        cache.place(machine, order, tmp_path / "placed")
    assert not (tmp_path / "placed" / "a.mov").exists()
    (farm.studio / "a.mov").write_bytes(b"as it was when the job was queued")
    cache.place(machine, order, tmp_path / "placed")


def test_a_lease_that_ends_during_a_transfer_ends_it(farm: Farm, cache: ContentCache, tmp_path: Path) -> None:
    lease = farm.offer(new_file(farm.studio, "a.mov", bytes(40 * MIB)))
    machine = farm.client(farm.authority.leaf("ada"), patience=60)
    farm.add_machine("ada")
    order = machine.claim(lease.id)

    def received(count: int) -> None:
        farm.catalog.farm.end_lease(lease.id, "too slow")

    with pytest.raises(ContentRefused) as refused:
        cache.place(machine, order, tmp_path / "placed", received)
    assert refused.value.code == "lease-ended"


REPLIES = [
    # Another part than that asked for, which only the digest would show.
    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-4/10\r\nContent-Length: 10\r\n\r\n0123456789",
    b"HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\n\r\n0123456789",
    b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789x",
    b"HTTP/1.1 200 OK\r\n\r\n0123456789",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n012345678",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n012345678x",
    b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n[1]",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    b"SSH-2.0-x\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
    b"",
]


@pytest.mark.parametrize("reply", REPLIES)
def test_a_host_with_wrong_answers_is_not_believed(
    idle_farm: Farm, cache: ContentCache, tmp_path: Path, reply: bytes
) -> None:
    file = new_file(idle_farm.studio, "a.mov", b"0123456789")
    order = WorkOrder.model_validate(idle_farm.offer(file).task)
    with lying_host(idle_farm.authority.leaf(HOST), reply) as port:
        client = ContentClient(HostAddress("127.0.0.1", port), idle_farm.authority.leaf("ada"), patience=0)
        with pytest.raises(EngineError):
            cache.place(client, order, tmp_path / "placed")
        client.close()
    assert not (tmp_path / "placed" / "a.mov").exists()


@contextmanager
def lying_host(credentials: ContentCredentials, reply: bytes) -> Iterator[int]:
    """A host that answers each connection with the same bytes, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listening, suppress(OSError):
        context = credentials.server_context()

        def serve() -> None:
            while True:
                try:
                    near, _ = listening.accept()
                except OSError:
                    return
                with suppress(OSError), context.wrap_socket(near, server_side=True) as connection:
                    connection.recv(10_000)
                    connection.sendall(reply)
                    drain(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
