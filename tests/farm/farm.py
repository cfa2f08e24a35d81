"""A studio with a farm whose content server runs in the test's process, on loopback."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine.catalog import Catalog, FarmLease, FarmMachine
from engine.farm import (
    ContentClient,
    ContentCredentials,
    ContentLimits,
    ContentServer,
    HostAddress,
    Identity,
    LeafRequest,
    MachineFacts,
    OrderedFile,
    RenewedLeaves,
    WorkOrder,
    serve_content,
)
from engine.farm.leaves import HOST
from tests.farm.certificates import TestAuthority

IDENTITY = Identity(engine="1", libraries="2", models="3", encoder="4", device="5")
SECRET = b"the footage" * 1000
REQUEST = "GET /v1/leases/{}/files/{} HTTP/1.1"
FACTS = MachineFacts(platform="test", cores=2, memory=1 << 30, identity=IDENTITY)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def new_file(studio: Path, path: str, content: bytes, kind: str = "proxies") -> OrderedFile:
    """Write a file in a studio, and describe it for an order."""
    place = studio / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return OrderedFile.model_validate({"path": path, "sha256": digest(content), "size": len(content), "content": kind})


def refuse_nothing(machine: FarmMachine, content: str) -> str | None:
    return None


@dataclass
class Farm:
    """A farm: its studio folder and catalog, authority, running server, and clients."""

    studio: Path
    catalog: Catalog
    authority: TestAuthority
    stack: ExitStack
    rules: dict[tuple[str, str], str] = field(default_factory=dict)
    renewals: list[tuple[str, LeafRequest]] = field(default_factory=list)
    listening: list[socket.socket] = field(default_factory=list)
    server: ContentServer | None = None
    host: ContentCredentials | None = None

    def start(self, limits: ContentLimits | None = None) -> ContentServer:
        """Start a server on a new port."""
        return self._serve(socket.create_server(("127.0.0.1", 0), backlog=64), limits)

    def restart(self) -> ContentServer:
        """Stop the server and start another on the same port, which stays open meanwhile."""
        assert self.server is not None
        spare = self.listening[-1].dup()
        self.server.close()
        return self._serve(spare, None)

    def _serve(self, listening: socket.socket, limits: ContentLimits | None) -> ContentServer:
        self.listening.append(listening)
        self.host = self.host or self.authority.leaf(HOST)
        self.server = self.stack.enter_context(
            serve_content(
                self.studio,
                listening,
                self.host,
                may_send=lambda machine, project, content: self.rules.get((machine.name, content)),
                renew=self.renew,
                limits=limits or ContentLimits(reserve=0),
            )
        )
        return self.server

    def renew(self, machine: FarmMachine, request: LeafRequest) -> RenewedLeaves:
        self.renewals.append((machine.name, request))
        return RenewedLeaves(content="new " + request.content, dask="new " + request.dask)

    def join(self, name: str) -> ContentClient:
        """Add a machine, and return its client."""
        self.add_machine(name)
        return self.client(self.authority.leaf(name))

    def add_machine(self, name: str) -> None:
        self.catalog.farm.add_machine(
            FarmMachine(
                name=name, label=name, fingerprint=self.authority.fingerprint(name), state="active", joined_at=_now()
            )
        )

    def client(self, credentials: ContentCredentials, *, patience: float = 0.0, port: int = 0) -> ContentClient:
        """A client; without patience it tries once, so that a test sees the first error."""
        assert self.server is not None
        host = HostAddress("127.0.0.1", port or self.server.port)
        client = ContentClient(host, credentials, patience=patience)
        self.stack.callback(client.close)
        return client

    def offer(self, *files: OrderedFile, max_output: int = 1 << 20) -> FarmLease:
        order = WorkOrder(
            lease="0" * 32,
            job_id="job",
            attempt=1,
            kind="test",
            kind_version=1,
            title="A test",
            parameters={},
            files=files,
            max_output=max_output,
        )
        return self.catalog.farm.offer(f"job-{len(self.catalog.farm.leases())}", 1, order.model_dump(mode="json"))

    @contextmanager
    def raw(self, credentials: ContentCredentials) -> Iterator[ssl.SSLSocket]:
        """A TLS connection on which a test sends what it likes."""
        assert self.server is not None
        with (
            socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as plain,
            credentials.client_context().wrap_socket(plain) as connection,
        ):
            yield connection


def ask(connection: ssl.SSLSocket, request: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Send a request, and return the status, the fields and the body that come back."""
    connection.sendall(request.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    return answer(connection, head=request.startswith("HEAD"))


def answer(connection: ssl.SSLSocket, *, head: bool = False) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(4096)
        assert block, "the connection was closed without an answer"
        received += block
    top, body = received.split(b"\r\n\r\n", 1)
    first, *lines = top.decode().split("\r\n")
    fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while not head and len(body) < int(fields["content-length"]):
        block = connection.recv(65536)
        assert block, "the body was cut"
        body += block
    return int(first.split()[1]), fields, body


def _now() -> datetime:
    return datetime.now(UTC)
