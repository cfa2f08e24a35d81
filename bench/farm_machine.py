"""The machine's side of the farm's benchmarks: one transfer, of which it prints what it took. Run by farm_transfer."""

from __future__ import annotations

import json
import resource
import socket
import sys
import time
from pathlib import Path

from engine.farm import ContentCache, ContentClient, ContentCredentials, HostAddress, WorkOrder
from engine.farm.cache_entry import EntryHeader, SealedWriter

_RECEIVED_AT_ONCE = 256 << 10


def main(how: str, address: str, port: int, leaf: list[str], lease: str, size: int, folder: Path) -> None:
    """Does one transfer. Prints its seconds, the processor time and the peak memory."""
    credentials = ContentCredentials(*map(Path, leaf))
    if how.startswith("bare"):
        context = credentials.client_context()
        plain = socket.create_connection((address, port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = context.wrap_socket(plain)
        before = _usage()
        _bare(connection, how, size)
    else:
        client = ContentClient(HostAddress(address, port), credentials)
        order = client.claim(lease)
        (file,) = order.files
        before = _usage()
        if how == "place":
            _place(client, order, folder)
        elif how == "send":
            client.send(lease, folder / "output.bin", file.sha256)
        else:
            _fetch(client, order, folder)
    after = _usage()
    print(json.dumps([after[0] - before[0], after[1] - before[1], after[2]]))


def _bare(connection: socket.socket, how: str, size: int) -> None:
    data = memoryview(bytearray(_RECEIVED_AT_ONCE))
    if how == "bare-get":
        connection.sendall(b"g")
        left = size
        while left:
            left -= connection.recv_into(data[: min(left, len(data))])
        connection.sendall(b".")
        return
    connection.sendall(b"p")
    for _ in range(size // len(data)):
        connection.sendall(data)
    connection.recv(1)


def _fetch(client: ContentClient, order: WorkOrder, folder: Path) -> None:
    """Fetches the file into an encrypted one, and verifies its digest."""
    (file,) = order.files
    writer = SealedWriter(folder / "entry", bytes(32), EntryHeader(file.sha256, file.size))
    client.fetch(order.lease, file, writer)
    writer.finish()
    writer.close()


def _place(client: ContentClient, order: WorkOrder, folder: Path) -> None:
    with ContentCache(folder / "cache", folder / "cache.key", 1 << 40) as cache:
        cache.place(client, order, folder / "placed")


def _usage() -> tuple[float, float, int]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), used.ru_utime + used.ru_stime, used.ru_maxrss


if __name__ == "__main__":
    _, how, address, port, leaf, lease, size, folder = sys.argv
    main(how, address, int(port), json.loads(leaf), lease, int(size), Path(folder))
