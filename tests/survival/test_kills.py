"""kill -9 at random moments of an ingest and a delivery: the result is the same as without it."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import psutil
import pytest

from engine.catalog import Catalog, JobState
from engine.jobs import find_studio_process, log_path, stop_studio_process
from engine.studio import Studio
from engine.transfer import SealStatus
from fixtures import clips

from ..gpu_cache import shared_gpu_cache

Victim = Literal["studio", "job", "everything"]

DIRECTOR = Path(__file__).with_name("director.py")
RECIPE = """
title = "Survivor"
[picture]
view = "sdr"
codec = "h264"
long_edge = 160
short_edge = 90
gop_seconds = 1.0
quality = 24
burn_in = ["timecode"]
[sound]
codec = "aac"
lufs = -16.0
true_peak_dbtp = -1.0
[captions]
formats = ["vtt"]
"""
# Timestamps in otherwise identical files; a seal has the time of its ingest.
TIMES = re.compile(rb'"(made_at|at)":\s*"[^"]*"|"seal":\s*\{[^}]*\}')
# For `make check`: what is killed in one run, and when, as a fraction of the duration of an undisturbed run.
KILLS: Sequence[tuple[Victim, float]] = (("job", 0.35), ("studio", 0.5), ("everything", 0.65))


@dataclass(frozen=True)
class Undisturbed:
    """The result and duration of an undisturbed run."""

    footage: Path
    recipe: Path
    seconds: float
    files: dict[str, str]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, gpu_cache: Path) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    footage = folder / "footage"
    footage.mkdir()
    clips.plain_take(footage / "IMG_0101.MOV", 160, 90, Fraction(24), Fraction(10), codec="hevc")
    recipe = folder / "survivor.toml"
    recipe.write_text(RECIPE)
    started = time.monotonic()
    with shared_gpu_cache(gpu_cache, folder / "studio"), StudioRun(folder / "studio", footage, recipe) as run:
        assert run.start().wait() == 0
        run.wait_until_idle()
        seconds = time.monotonic() - started
        return Undisturbed(footage, recipe, seconds, run.files())


class StudioRun:
    """A studio and a director script, in separate processes."""

    def __init__(self, studio: Path, footage: Path, recipe: Path) -> None:
        self.studio = studio
        self._command = [sys.executable, str(DIRECTOR), str(studio), str(footage), str(recipe)]

    def __enter__(self) -> StudioRun:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(psutil.Error):
            if process := find_studio_process(self.studio):
                stop_studio_process(self.studio, process)

    def start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(DIRECTOR.parent.parent.parent)}
        return subprocess.Popen(self._command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def wait_until_idle(self) -> None:
        """Waits until no job runs or is ready to run."""
        catalog = Catalog.in_studio(self.studio)
        deadline = time.monotonic() + 120
        while not catalog.queue.idle():
            assert time.monotonic() < deadline, [job.model_dump() for job in catalog.queue.jobs()]
            time.sleep(0.05)
        catalog.close()

    def files(self) -> dict[str, str]:
        """The SHA-256 of each result file, without timestamps. Seals contain the time, so they are verified instead."""
        found = {}
        for folder in ("deliverables", "proxies", "transcripts", "originals", "work"):
            for path in sorted((self.studio / "harbour-walk" / folder).rglob("*")):
                if path.is_file() and "ascmhl" not in path.parts and path.suffix != ".lock":
                    content = TIMES.sub(b"", path.read_bytes())
                    if path.name == "receipt.json":
                        content = content.replace(str(self.studio).encode(), b"")
                    found[str(path.relative_to(self.studio))] = hashlib.sha256(content).hexdigest()
        return found

    def kill(self, victim: Victim, director: subprocess.Popen[bytes], rng: random.Random) -> bool:
        """Sends SIGKILL to the victim. Returns whether there was a process."""
        presence = find_studio_process(self.studio)
        if presence is None:
            director.kill()
            return True
        studio = psutil.Process(presence.pid)
        children = studio.children(recursive=True)
        jobs = [child for child in children if os.getpgid(child.pid) == child.pid]
        if victim == "studio":
            targets = [studio]
        elif victim == "job":
            targets = [rng.choice(jobs)] if jobs else []
        else:
            targets = [psutil.Process(director.pid), studio, *children]
            rng.shuffle(targets)
        for target in targets:
            with suppress(psutil.NoSuchProcess):
                target.send_signal(signal.SIGKILL)
        return bool(targets)


def test_a_run_killed_three_times_has_the_same_result(
    undisturbed: Undisturbed, tmp_path: Path, gpu_cache: Path
) -> None:
    assert_result_is_the_same(undisturbed, tmp_path / "studio", gpu_cache, KILLS, random.Random(0))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_a_run_killed_at_a_random_moment_has_the_same_result(
    undisturbed: Undisturbed, tmp_path: Path, gpu_cache: Path, seed: int
) -> None:
    rng = random.Random(seed)
    victim: Victim = rng.choice(["studio", "job", "everything"])
    kill = (victim, (seed % 10 + rng.random()) / 10)
    assert_result_is_the_same(undisturbed, tmp_path / "studio", gpu_cache, [kill], rng)


def assert_result_is_the_same(
    undisturbed: Undisturbed,
    studio: Path,
    gpu_cache: Path,
    kills: Sequence[tuple[Victim, float]],
    rng: random.Random,
) -> None:
    """Kills processes of a run, runs it again, and compares its result with that of the undisturbed run."""
    with shared_gpu_cache(gpu_cache, studio), StudioRun(studio, undisturbed.footage, undisturbed.recipe) as run:
        started_at = time.monotonic()
        director = run.start()
        for victim, moment in kills:
            with suppress(subprocess.TimeoutExpired):
                director.wait(max(0.0, started_at + undisturbed.seconds * moment - time.monotonic()))
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                run.kill(victim, director, rng)
        director.wait()
        second_director = run.start()
        _, errors = second_director.communicate()
        assert second_director.returncode == 0, errors.decode()
        run.wait_until_idle()
        assert run.files() == undisturbed.files
        assert_no_partial_files(run.studio)
        assert_no_work_is_repeated(run.studio)
        assert_every_original_is_intact(run.studio)
        with sqlite3.connect(run.studio / "catalog.sqlite") as catalog:
            assert catalog.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert catalog.execute("PRAGMA foreign_key_check").fetchall() == []


def assert_no_partial_files(studio: Path) -> None:
    # Partial files of killed attempts must not remain.
    partial_files = [path for path in studio.rglob("*") if ".partial" in path.name]
    assert partial_files == []


def assert_no_work_is_repeated(studio: Path) -> None:
    catalog = Catalog.in_studio(studio)
    for job in catalog.queue.jobs():
        if job.kind == "ingest":  # each ingest is a separate job, as folders change
            continue
        states = [event.state for event in catalog.queue.journal(job.id)]
        assert states[-1] is JobState.DONE, (job.title, job.error)
        assert states.count(JobState.DONE) == 1, (job.title, states)
        log = log_path(studio, job.id).read_text()
        chunks = Counter(re.findall(r"chunk (\d+) of \d+: frames", log))
        assert all(count == 1 for count in chunks.values()), log
    catalog.close()


def assert_every_original_is_intact(folder: Path) -> None:
    studio = Studio(folder)
    verdicts = studio.verify(studio.project(None))
    assert verdicts
    assert {verified.verdict for verified in verdicts} == {SealStatus.INTACT}
    studio.close()
