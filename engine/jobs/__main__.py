"""Entry point of the studio process: `python -m engine.jobs FOLDER MODULE:FUNCTION`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from engine.errors import EngineError
from engine.jobs.studio_process import serve
from engine.process_exit import exit_process


def main() -> int:
    """Runs the studio process of a folder until it is stopped or idle. Returns the exit code."""
    asked = argparse.ArgumentParser(prog="python -m engine.jobs", description="The studio process of a folder.")
    asked.add_argument("studio", type=Path)
    asked.add_argument("job_kinds", help="the source of the job kinds: module:function")
    asked.add_argument("--idle", type=float, default=None, help="seconds without work after which it exits")
    asked.add_argument("--remote-pool", default=None, help="the source of the pool of other machines: module:function")
    given = asked.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        serve(given.studio, given.job_kinds, given.idle, given.remote_pool)
    except EngineError as error:
        print(f"✗ {error.message}\n  → {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    exit_process(main())
