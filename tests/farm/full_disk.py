"""Places the inputs of jobs on a disk of 12 MiB. Prints what happened as JSON; see test_content_cache.py."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from engine.catalog import Catalog
from engine.errors import EngineError
from engine.farm import ContentCache
from tests.farm.certificates import TestAuthority
from tests.farm.farm import Farm, new_file

MIB = 1 << 20


def main(disk: Path, host: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    with ExitStack() as stack:
        catalog = Catalog.in_studio(host)
        stack.callback(catalog.close)
        farm = Farm(host, catalog, TestAuthority(host / "certificates"), stack)
        farm.start()
        machine = farm.join("ada")
        cache = stack.enter_context(ContentCache(disk / "cache", disk / "cache.key", 1 << 30))

        def place(name: str, size: int, fill: bool) -> str:
            order = machine.claim(farm.offer(new_file(host, name, os.urandom(size))).id)
            filler = disk / "filler"

            def received(count: int) -> None:
                if fill:
                    with filler.open("ab", buffering=0) as file:
                        try:
                            while file.write(bytes(4096)):
                                pass
                        except OSError:
                            return

            try:
                cache.place(machine, order, disk / "placed", received)
            except EngineError as error:
                return error.message
            finally:
                filler.unlink(missing_ok=True)
                cache.release(order.lease)
            return "placed"

        found["too large"] = place("a.mov", 7 * MIB, fill=False)
        found["filled meanwhile"] = place("b.mov", 5 * MIB, fill=True)
        found["left"] = sorted(path.name for path in (disk / "cache").iterdir() if path.name != ".lock")
        found["after"] = place("c.mov", 5 * MIB, fill=False)
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
