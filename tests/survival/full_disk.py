"""Fills a small disk during a delivery, frees the space, retries, and prints the outcome as JSON.

Arguments: DISK TAKE GPU_CACHE, the last one a folder of files that the studio's GPU jobs find in their cache.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

from engine.catalog import JobState
from engine.deliver import load_recipe
from engine.jobs import stop_studio_process
from engine.studio import DeliveryRequest, Studio, plan_delivery, submit_deliveries


def main(disk: Path, take: Path, gpu_cache: Path) -> None:
    # Another test may be writing to the cache.
    unfinished = shutil.ignore_patterns("*.partial*")
    shutil.copytree(gpu_cache, disk / "studio" / "work" / "cache", ignore=unfinished)
    studio = Studio(disk / "studio")
    project = studio.new_project("p")
    studio.ingest(project, [take])
    recipe = load_recipe("youtube-4k").model_copy(update={"sound": None})
    ((job,),) = submit_deliveries(studio, [plan_delivery(studio, DeliveryRequest(recipe, ("1",)))])
    deadline = time.monotonic() + 300
    while not _partial_files(disk):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    ballast = disk / "ballast"
    _fill(disk, ballast)
    (failed,) = studio.jobs.wait([job])
    partial_files = _partial_files(disk)
    ballast.unlink()
    studio.jobs.retry(failed)
    (done,) = studio.jobs.wait([failed])
    if process := studio.studio_process():
        stop_studio_process(studio.folder, process)
    print(
        json.dumps(
            {
                "failed": failed.state,
                "error": failed.error,
                "left": partial_files,
                "done": done.state,
                "passed": done.state is JobState.DONE
                and all(check["passed"] for check in (done.result or {})["delivered"]["checks"]),
            }
        )
    )


def _partial_files(disk: Path) -> list[str]:
    return [path.name for path in disk.rglob("*") if ".partial" in path.name]


def _fill(disk: Path, ballast: Path) -> None:
    """Allocates the free space at once, so that the delivery cannot end while the disk fills."""
    with ballast.open("wb") as file:
        size = 0
        for step in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), size, step)
                    size += step


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
