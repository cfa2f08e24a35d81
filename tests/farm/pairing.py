"""A pairing server on the loopback address, and a relay that records what passes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.catalog import Catalog
from engine.farm import Authority, HostPorts, PairingServer

LOOPBACK = "127.0.0.1"
HOST_NAME = "cleanwater-abcdef"


def listening_socket() -> socket.socket:
    """A socket that listens on a free port of the loopback address."""
    return socket.create_server((LOOPBACK, 0))


@contextmanager
def paired_by(studio: Path, authority: Authority) -> Iterator[int]:
    """The port of a pairing server, while the block runs."""
    listening = listening_socket()
    port = int(listening.getsockname()[1])
    with PairingServer(studio, authority, listening, lambda: HostPorts(HOST_NAME, 4001, 4002)):
        yield port


def open_code(studio: Path, code: str = "123456", lifetime: timedelta = timedelta(minutes=10)) -> str:
    """Make this the code of a studio."""
    with closing(Catalog.in_studio(studio)) as catalog:
        catalog.farm_codes.set_code(code, datetime.now(UTC) + lifetime)
    return code


@contextmanager
def recorded(port: int) -> Iterator[tuple[int, list[bytes]]]:
    """A relay to a port of the loopback address: its own port, and what clients have sent through it, in parts."""
    listening, sent = listening_socket(), list[bytes]()
    threads, ended = list[threading.Thread](), threading.Event()

    def pump(source: socket.socket, sink: socket.socket, keep: list[bytes] | None) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                if keep is not None:
                    keep.append(part)
                sink.sendall(part)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                if ended.is_set():
                    client.close()
                    return
                server = socket.create_connection((LOOPBACK, port))
                for arguments in ((client, server, sent), (server, client, None)):
                    thread = threading.Thread(target=pump, args=arguments, daemon=True)
                    threads.append(thread)
                    thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield int(listening.getsockname()[1]), sent
    finally:
        ended.set()
        socket.create_connection(listening.getsockname()).close()
        accepting.join()
        listening.close()
        for thread in threads:
            thread.join()
