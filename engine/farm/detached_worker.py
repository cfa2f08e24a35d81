"""A machine's work for a farm without a terminal: `python -m engine.farm.detached_worker HOST JOB_KINDS`."""

from __future__ import annotations

import logging
import sys

from engine.errors import EngineError
from engine.farm.membership import find_membership
from engine.farm.worker import work


def main(host: str, job_kinds: str) -> int:
    """Work until SIGTERM, or until the host removes this machine. Return the exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    logger = logging.getLogger("engine.farm")
    try:
        membership = find_membership(host)
        assert membership
        ended = work(membership, job_kinds, lambda facts: None, detached=True)
    except EngineError as error:
        logger.error("%s", error.message)
        return 1
    logger.info("ended: %s", ended)
    return 0 if ended == "stopped" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
