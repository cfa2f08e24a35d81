"""Shared fixtures: a studio folder per test, and small footage."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from engine.jobs import stop_studio_process
from engine.studio import Studio
from fixtures import clips
from fixtures.curves import APPLE_LOG
from fixtures.iphone import Camera, finish
from fixtures.recorder import PictureTrack, Recorder

# What is imported and collected stays: to look for garbage meanwhile takes a quarter of the time of the collection.
gc.disable()

# A shell that starts the tests in the background sets SIGINT to ignored, and every child process would inherit that.
# Children get the default action for a signal that has a handler here.
signal.signal(signal.SIGINT, signal.default_int_handler)
# nohup does the same with SIGHUP. The tests themselves still survive the end of their terminal.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

# The tests run in parallel: more threads for one speech model would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Times depend on the load of the machine, not on the tested code.
settings.register_profile("check", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
settings.register_profile("thorough", settings.get_profile("check"), max_examples=500)


def pytest_configure(config: pytest.Config) -> None:
    """Try few random examples in `make check` and many in `make test-slow`."""
    settings.load_profile("check" if "not slow" in config.option.markexpr.split(" or ")[0] else "thorough")


# Tests in modules with these names, or with these fixtures, start processes, encode media or run a neural network.
_INTEGRATION_NAMES = {
    "av", "build_cut", "clips", "converse", "espeak", "ffmpeg", "IsolationStage", "multiprocessing", "Popen",
    "Recorder", "recording", "short_clip", "spoken", "subprocess", "whole_clips", "write_interview", "write_movie",
    "write_sound",
}  # fmt: skip
_INTEGRATION_FIXTURES = {"log_take", "small_take", "studio"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark integration tests, which `make test-fast` skips."""
    if isinstance(item, pytest.Function) and (
        _INTEGRATION_NAMES & vars(item.module).keys() or _INTEGRATION_FIXTURES & set(item.fixturenames)
    ):
        item.add_marker("integration")


# The files that take longest, in the order in which they start: the one that prepares the console's studio, then those
# that do not wait for it. pytest-xdist would start files with few tests last, and one process would still run them
# when the others have finished.
_LONG_FILES = {
    f"tests/{name}.py": place
    for place, name in enumerate((
        "console/test_sizes", "survival/test_kills", "cli/test_words", "cli/test_jobs",
        "deliver/test_resume", "cli/test_cli", "picture/test_pipeline", "survival/test_full_disk",
        "console/terminal/test_tmux", "console/widgets/test_frame_view", "picture/test_color",
        "console/test_every_key", "deliver/test_build", "console/screens/review/test_screen",
        "console/screens/deliver/test_screen", "console/budget/test_line", "cli/test_picture", "console/test_screens",
        "console/screens/takes/test_screen", "sound/dialog/test_music", "sound/dialog/test_chain",
        "jobs/test_presence", "console/test_actions", "console/budget/test_keys", "console/test_hard",
        "speech/test_long", "picture/test_encode", "sound/test_drift", "console/screens/jobs/test_screen",
        "cli/test_models", "picture/test_gpu_conformance", "picture/test_condition", "speech/diarize/test_diarizer",
        "fixtures/test_takes", "speech/test_transcriber", "jobs/test_studio_process", "cli/test_sound",
        "console/terminal/test_signals",
    ))
}  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest files."""
    items.sort(key=lambda item: _LONG_FILES.get(item.nodeid.partition("::")[0], len(_LONG_FILES)))


_WORKER_MEMORY = 4 << 30


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many workers as cores, because tests also wait for processes, as far as the memory allows."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(2 * cores, memory // _WORKER_MEMORY, 6))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Collect garbage less often: imported modules and collected tests stay, and are a third of the time to collect."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
    gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the decoder threads of closed consoles end: native code that is unwound at the exit aborts the process."""
    for thread in threading.enumerate():
        if thread.name == "frames":
            thread.join(60)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this run share."""
    root = tmp_path_factory.getbasetemp()
    return root.parent if root.name.startswith("popen-") else root


@pytest.fixture(scope="session")
def gpu_cache(run_folder: Path) -> Path:
    """A folder for `shared_gpu_cache`."""
    return run_folder / "gpu-cache"


@pytest.fixture(scope="session", autouse=True)
def user_cache(gpu_cache: Path) -> Iterator[None]:
    """The user's cache of all tests and their commands: without files, a GPU check takes half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(gpu_cache))
        yield


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    studio = Studio(tmp_path / "studio")
    yield studio
    if process := studio.studio_process():
        stop_studio_process(studio.folder, process)
    studio.close()


@pytest.fixture(scope="session")
def small_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of a small HLG take with sound, in a phone's format. Do not modify it."""
    return clips.plain_take(
        tmp_path_factory.mktemp("camera") / "IMG_0101.MOV", 320, 180, Fraction(30), Fraction(1), codec="hevc"
    )


@pytest.fixture(scope="session")
def log_take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ProRes take in Apple Log, mid grey, with a `logs` atom. Do not modify it."""
    # Not above: `engine`, which limits its threads, is imported first.
    import numpy as np

    path = tmp_path_factory.mktemp("camera") / "IMG_0104.MOV"
    tick = Fraction(1, 24)
    track = PictureTrack("prores_ks", 160, 90, "yuv422p10le", APPLE_LOG, tick, 1 / tick, "apch", {"profile": "hq"})
    luma, chroma = np.full((90, 160), 64 + round(0.48827 * 876), np.uint16), np.full((90, 80), 512, np.uint16)
    with Recorder(path, track, []) as recorder:
        for frame in range(6):
            recorder.picture((luma, chroma, chroma), frame)
    finish(path, Camera("2025-06-14T06:11:05+0100"), log_profile="com.apple.rec2020.apple-log")
    return path
