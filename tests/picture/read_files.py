"""A process that reads files like a user's, one path per line, and reports the result: see test_fuzz.py."""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
import traceback
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.ingest import inspect, write_grid
from engine.picture import PictureSource, Planes, exr_info, read_exr


def read_footage(path: Path) -> None:
    """Probes a picture, then decodes frames forwards, backwards and in random order."""
    footage = inspect(path)
    footage.probe.model_dump_json()
    if footage.grid is None or footage.probe.picture is None:
        return
    write_grid(path.with_name("grid.json"), footage.grid)
    times = footage.grid.pts
    order = [times[0], times[len(times) // 2], times[-1], *random.Random(1).choices(times, k=3), times[0]]
    with PictureSource(path, footage.probe.picture) as source:
        for pts in order:
            _examine(source.planes_at(pts))
    with PictureSource(path, footage.probe.picture) as source:
        for planes in source.frames(footage.grid, 0, 12):
            _examine(planes)


def _examine(planes: Planes) -> None:
    """Asserts that planes for the GPU have the declared size and only finite samples."""
    across, down = planes.subsampling
    for number, plane in enumerate(planes.samples):
        width, height = planes.width, planes.height
        if number:
            width, height = -(-width >> across), -(-height >> down)
        assert plane.shape[0] >= height >= 1, "rows are missing"
        assert plane.shape[1] >= width >= 1, "columns are missing"
        assert int(plane[-1, -1]) >= 0 if plane.dtype.kind == "u" else bool(np.isfinite(plane).all()), "not a number"


def _headers(path: Path) -> None:
    """Reads an EXR's header and pixels, independent of its file name."""
    for read in (exr_info, read_exr):
        try:
            read(path)
        except EngineError:
            continue


def _peak() -> int:
    """Peak memory of this process in MiB. On Linux, `getrusage` includes the parent's peak."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) >> 10


def main() -> None:
    """Answers each path on standard input with a line of JSON: verdict, detail, seconds, peak MiB."""
    # The EXR library may print to stdout, so answers use a separate descriptor.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        path, began = Path(line.rstrip("\n")), time.monotonic()
        outcome, detail = "taken", ""
        try:
            if path.suffix == ".exr":
                _headers(path)
            read_footage(path)
        except EngineError as error:
            outcome, detail = "refused", error.message
        except BaseException:
            outcome, detail = "broke", traceback.format_exc()
        print(json.dumps([outcome, detail, time.monotonic() - began, _peak()]), file=answers, flush=True)


if __name__ == "__main__":
    main()
