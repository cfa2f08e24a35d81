"""Fills a small disk during a delivery, frees the space, retries, and prints the outcome as JSON.

Arguments: DISK TAKE GPU_CACHE, the last one a folder of files that the studio's GPU jobs find in their cache.
"""

from __future__ import annotations

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
    shutil.copytree(gpu_cache, disk / "studio" / "work" / "cache")
    studio = Studio(disk / "studio")
    project = studio.new_project("p")
    studio.ingest(project, [take])
    recipe = load_recipe("youtube-4k").model_copy(update={"sound": None})
    ((job,),) = submit_deliveries(studio, [plan_delivery(studio, DeliveryRequest(recipe, ("1",)))])
    row = job
    deadline = time.monotonic() + 300
    while row.done < 20 and row.state.open:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        row = studio.catalog.queue.job(job.id) or row
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(1 << 16))
        except OSError:
            pass
    (failed,) = studio.jobs.wait([job])
    partial_files = [path.name for path in disk.rglob("*") if ".partial" in path.name]
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


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
