"""Frames depend on their time alone: no module of the picture's effects reads a clock, and a guard refuses one."""

from __future__ import annotations

import ast
import gc
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

import engine
from engine.effects import FrameContext, describe_chain
from engine.effects.exposure import ExposureEffect
from engine.keyframes import Keyframe, KeyframeCurve, WallClockError, without_clock
from engine.render import Image

ROOT = Path(engine.__file__).resolve().parent.parent
PACKAGES = ("effects", "keyframes", "looks", "render")
CLOCKS = {"time", "datetime", "random", "secrets", "uuid", "timeit"}
# The guard names the clocks; the profile measures how long plans take, and renders nothing.
ALLOWED = {ROOT / "engine" / "keyframes" / "clock_guard.py", ROOT / "engine" / "render" / "profile.py"}


def imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_scan_finds_each_way_to_import_a_clock() -> None:
    assert imports("import time") & CLOCKS
    assert imports("def f():\n    from datetime import datetime") & CLOCKS
    assert not imports("from engine.time import rational\nimport timeline") & CLOCKS


def test_no_module_of_the_effects_imports_a_clock_or_a_random_source() -> None:
    scanned = [
        path for package in PACKAGES for path in (ROOT / "engine" / package).rglob("*.py") if path not in ALLOWED
    ]
    assert len(scanned) > 20
    found = {path.relative_to(ROOT): imports(path.read_text(encoding="utf-8")) & CLOCKS for path in scanned}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_shader_names_a_clock_or_the_sine_hash() -> None:
    for path in (ROOT / "shaders").rglob("*.wgsl"):
        code = "\n".join(line.partition("//")[0] for line in path.read_text(encoding="utf-8").splitlines())
        assert "fract(sin(" not in code.replace(" ", ""), path


@pytest.mark.parametrize(
    "read",
    [
        time.time, time.monotonic, time.perf_counter_ns, time.localtime, date.today, datetime.now,
        lambda: datetime.now(UTC), random.random, lambda: random.Random(1).gauss(0, 1), lambda: os.urandom(4),
    ],
)  # fmt: skip
def test_the_guard_refuses_clocks_and_random_sources(read: Callable[[], object]) -> None:
    with pytest.raises(WallClockError, match=r"test_clock.py|random.py"), without_clock():
        read()
    read()


def test_the_guard_allows_what_a_frame_needs_and_other_threads() -> None:
    curve = KeyframeCurve((Keyframe(Fraction(0), 0, "bezier"), Keyframe(Fraction(1), 1)))
    seen: list[float] = []
    with without_clock():
        stops = curve.at(Fraction(1, 2))
        described = describe_chain(
            [ExposureEffect(stops=stops)], FrameContext(4, 4), "picture", {"picture": Image(4, 4)}
        )
        other = threading.Thread(target=lambda: seen.append(time.monotonic()))
        other.start()
        other.join()
    assert described.values
    assert seen


def test_the_guard_allows_the_first_import_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reads_when_imported.py").write_text("import os\nimport time\nSEED = os.urandom(4), time.time()\n")
    monkeypatch.syspath_prepend(tmp_path)
    with without_clock():
        import reads_when_imported

        with pytest.raises(WallClockError):
            time.time()
    assert reads_when_imported.SEED


def test_each_effect_is_described_as_the_first_of_a_process() -> None:
    program = (
        "from engine.effects import FrameContext, describe_chain, effect_types\n"
        "from engine.keyframes import without_clock\n"
        "from engine.render import Image\n"
        "pictures = {name: Image(8, 8) for name in ('picture', 'depth', 'flow', 'person')}\n"
        "with without_clock():\n"
        "    for kind, effect in effect_types().items():\n"
        "        if kind not in ('lut', 'point'):\n"
        "            describe_chain([effect()], FrameContext(8, 8), 'picture', pictures)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_callback_of_the_garbage_collector_may_read_the_clock() -> None:
    read: list[float] = []

    def collected(phase: str, info: dict[str, int]) -> None:
        read.append(time.perf_counter())

    gc.callbacks.append(collected)
    try:
        with without_clock():
            gc.collect()
    finally:
        gc.callbacks.remove(collected)
    assert read
