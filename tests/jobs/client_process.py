"""A client in a separate process: `client_process.py STUDIO KIND NAME…`. Submits a job per name, waits for all."""

from __future__ import annotations

import sys
from pathlib import Path

from sample_kinds import request

from engine.catalog import Catalog, JobState
from engine.jobs import JobClient


def main(studio: Path, kind: str, names: list[str]) -> int:
    """Returns 0 if all jobs are done. The file `go` in the studio ends "hold" jobs."""
    catalog = Catalog.in_studio(studio)
    client = JobClient(catalog, studio, "sample_kinds:kinds", idle=60)
    jobs = []
    for name in names:
        jobs += client.submit([request(kind, name=name, path=studio / "go")])
        catalog.queue.jobs(limit=50)
        catalog.queue.counts()
    ended = client.wait(jobs)
    catalog.close()
    return 0 if all(job.state is JobState.DONE for job in ended) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
