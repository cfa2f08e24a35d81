"""The run time of `cwtui market install` and `market try` of a first-party look: the command, and its job."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from bench.measurement import Measurement, measure
from engine.catalog import JobState
from engine.jobs import find_studio_process, stop_studio_process
from engine.market import TrustedRepository
from engine.studio import Studio
from fixtures import clips
from scripts.catalogue import write_repository

_LOOKS = ("amber-dusk", "forest", "neon-night", "noir", "slide-film")
_JOBS = {"market-install", "market-measure"}


def run() -> None:
    """Prints the results as a table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        studio = folder / "studio"
        owner = folder / "repository"
        write_repository(owner, folder / "keys")
        root = (owner / "metadata" / "1.root.json").read_bytes()
        Studio(studio).close()
        TrustedRepository.add(studio / "market" / "repositories" / "main", str(owner), root)
        take = clips.plain_take(folder / "take.mov", 1920, 1080, Fraction(30), Fraction(1), codec="hevc")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        environment = {"CWTUI_STUDIO": str(studio), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        out = str(folder / "frame.png")

        def tried(look: str) -> list[str]:
            return ["try", f"cleanwater/{look}", str(take), "--at", "0.5", "-o", out, "--replace"]

        # The first commands compile modules and shaders, and start the studio process.
        _run(["install", "cleanwater/pastel"], environment)
        _run(tried("pastel"), environment)
        rows = {
            "install": [_run(["install", f"cleanwater/{look}"], environment) for look in _LOOKS],
            "try, the first time": [_run(tried(look), environment) for look in _LOOKS],
            "try, again": [_run(tried(look), environment) for look in _LOOKS],
        }
        jobs = _job_seconds(studio)
        if process := find_studio_process(studio):
            stop_studio_process(studio, process)
        with suppress(OSError):
            shutil.rmtree(studio)
    print(f"Five looks; load {os.getloadavg()[0]:.1f}. Processor seconds: median, and least\n")
    print("| | command | its job |\n| --- | ---: | ---: |")
    for name, found in rows.items():
        said = "" if name == "try, again" else _figures(jobs["read" if name.startswith("try") else "install"])
        print(f"| {name} | {_figures([one.processor for one in found])} | {said} |")
    print(f"| measure, afterwards | | {_figures(jobs['measure'])} |")


def _run(words: Sequence[str], environment: dict[str, str]) -> Measurement:
    return measure([sys.executable, "-m", "cwtui.cli", "market", *words], environment)


def _job_seconds(studio: Path) -> dict[str, list[float]]:
    """The processor seconds of the jobs by the first word of their titles, once all have ended."""
    with Studio(studio) as opened:
        opened.jobs.wait([job for job in opened.catalog.queue.jobs() if job.kind in _JOBS])
        found: dict[str, list[float]] = {"install": [], "read": [], "measure": []}
        for job in opened.catalog.queue.jobs():
            if job.state is JobState.DONE and job.kind in _JOBS and job.cpu_seconds is not None:
                found[job.title.split()[0]].append(job.cpu_seconds)
    return found


def _figures(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f}, {min(seconds):.2f}"
