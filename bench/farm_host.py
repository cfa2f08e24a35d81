"""The host's side of the farm's benchmarks: a content server, and beside it bare TLS sockets. Run by farm_transfer."""

from __future__ import annotations

import hashlib
import json
import resource
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from engine.catalog import Catalog
from engine.farm import ContentLimits, OrderedFile, serve_content
from engine.farm.leaves import HOST
from tests.farm.certificates import TestAuthority
from tests.farm.farm import Farm

_SENT_AT_ONCE = 256 << 10


def main(folder: Path, address: str, size: int) -> None:
    """Serves a file of `size` bytes until stdin ends; prints the processor time and peak memory for each line."""
    studio = folder / "studio"
    studio.mkdir(parents=True)
    place = studio / "input.bin"
    digest = hashlib.sha256()
    block = hashlib.shake_128(b"cleanwater").digest(1 << 20)
    with place.open("wb") as file:
        for number in range(size >> 20):
            changed = number.to_bytes(8, "big") + block[8:]
            file.write(changed)
            digest.update(changed)
    with ExitStack() as stack:
        catalog = Catalog.in_studio(studio)
        farm = Farm(studio, catalog, TestAuthority(folder / "certificates"), stack)
        farm.add_machine("machine")
        file_ordered = OrderedFile(path="input.bin", sha256=digest.hexdigest(), size=size, content="proxies")
        leases = [farm.offer(file_ordered, max_output=size).id for _ in range(64)]
        host, leaf = farm.authority.leaf(HOST), farm.authority.leaf("machine")
        server = stack.enter_context(
            serve_content(
                studio,
                socket.create_server((address, 0)),
                host,
                may_send=lambda *_: None,
                renew=farm.renew,
                limits=ContentLimits(reserve=0),
            )
        )
        bare = socket.create_server((address, 0))
        context = host.server_context()

        def send_bare() -> None:
            data = memoryview(bytearray(_SENT_AT_ONCE))
            while True:
                plain, _ = bare.accept()
                with context.wrap_socket(plain, server_side=True) as connection:
                    # The receiver begins: "g" gets `size` bytes, "p" sends as many.
                    if connection.recv(1) == b"g":
                        for _ in range(size // len(data)):
                            connection.sendall(data)
                        connection.recv(1)
                    else:
                        left = size
                        while left:
                            left -= connection.recv_into(data)
                        connection.sendall(b".")

        threading.Thread(target=send_bare, daemon=True).start()
        files = [str(path) for path in (leaf.certificate, leaf.key, leaf.authority)]
        print(
            json.dumps({"port": server.port, "bare": bare.getsockname()[1], "leaf": files, "leases": leases}),
            flush=True,
        )
        for _ in sys.stdin:
            used = resource.getrusage(resource.RUSAGE_SELF)
            print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
