"""A machine of a farm, as a process: `python machine_process.py SETTINGS`."""

from __future__ import annotations

import json
import logging
import signal
import sys
from pathlib import Path

from engine.farm import ContentCache, ContentClient, ContentCredentials, HostAddress
from engine.farm.dask_credentials import DaskCredentials
from engine.farm.supervisor import Supervisor, SupervisorPlan
from tests.farm.work_kinds import IDENTITY


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    given = json.loads(sys.argv[1])
    folder = Path(given["folder"])
    content = ContentCredentials(*(Path(path) for path in given["content"]))
    dask = DaskCredentials(*(Path(path) for path in given["dask"]))
    client = ContentClient(HostAddress("127.0.0.1", given["content_port"], given["host"]), content, patience=5)
    plan = SupervisorPlan(folder, given["name"], "127.0.0.1", given["scheduler_port"], dask, given["kinds"], IDENTITY)
    with ContentCache(folder / "cache", folder / "cache.key", 1 << 30) as cache:
        supervisor = Supervisor(plan, client, cache, renew=lambda: None)
        signal.signal(signal.SIGTERM, lambda number, frame: supervisor.stop())
        print(supervisor.run(), flush=True)
    client.close()


if __name__ == "__main__":
    main()
