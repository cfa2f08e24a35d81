"""Where a service of the studio process listens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.catalog import FarmListener
from engine.farm import farm_host_request
from engine.jobs.presence import StudioLock
from engine.phone import Interface
from engine.studio import Studio, farm_listener


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(tmp_path) as opened:
        yield opened


def test_the_listener_of_a_killed_process_does_not_count_for_the_next_one(studio: Studio) -> None:
    (job,) = studio.catalog.queue.submit(
        [farm_host_request(studio.tasks.context, Interface("lo", "127.0.0.1"), 0).as_job()]
    )
    assert studio.catalog.queue.start(job.id, "")
    listener = FarmListener(
        job_id=job.id,
        interface="lo",
        address="127.0.0.1",
        pairing_port=1,
        content_port=2,
        scheduler_port=3,
        name="farm",
        fingerprint="0" * 64,
        since=datetime.now(UTC),
    )
    studio.catalog.farm.set_listener(listener)
    # The job still counts as running: this process has not looked at what the killed one left.
    lock = StudioLock.acquire(studio.folder)
    assert farm_listener(studio) is None
    lock.settle()
    assert farm_listener(studio) == listener
    lock.release()
    assert farm_listener(studio) is None
