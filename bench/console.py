"""The console in a real terminal: start time, key latency, processor time and bytes sent.

The baseline is a Textual app with only a DataTable of the same rows.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.console.prepared_studio import fill_studio, prepare_studio
from tests.console.reports import reporting_jobs
from tests.console.terminal_pty import FRAME_END, TerminalPty, console_command

_SIZE = (120, 40)
_TAKES = (1_000, 10_000)
_STARTS, _KEYS, _IDLE_S = 11, 200, 20.0
# Seconds between key presses, as when browsing a list; the still of each take is decoded meanwhile.
_BETWEEN_S = 0.12
_BLOCK = "▀".encode()
_PEER = [sys.executable, "-m", "bench.table"]


def run() -> None:
    """Prints the results as tables."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = prepare_studio(Path(scratch) / "shoot")
        studios = {takes: folder.with_name(str(takes)) for takes in _TAKES}
        for takes, studio in studios.items():
            shutil.copytree(folder, studio)
            fill_studio(studio, takes)
        environment = _environment(Path(scratch))
        _starts(studios, environment)
        _keys(studios[_TAKES[1]], environment)
        _idle(studios[_TAKES[0]], environment)
        _traffic(studios[_TAKES[0]], environment)


def _environment(scratch: Path) -> dict[str, str]:
    """An environment with separate state and config folders, and a bytecode cache as in an installation."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "PYTHONPYCACHEPREFIX": "compiled"}
    return {**inherited, **{name: str(scratch / folder) for name, folder in own.items()}}


def _starts(studios: Mapping[int, Path], environment: Mapping[str, str]) -> None:
    commands: dict[str, Callable[[], float]] = {}
    for takes, studio in studios.items():
        commands[f"ours, {takes} takes"] = lambda studio=studio: _start(
            console_command(studio), rb"m *001\b", environment
        )
        commands[f"DataTable alone, {takes} rows"] = lambda takes=takes: _start(
            [*_PEER, str(takes)], b"001 ", environment
        )
    for start in commands.values():
        start()
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(_STARTS):
        for name, start in commands.items():
            took[name].append(start())
    print("| command to first row painted, s | median | longest |\n| --- | ---: | ---: |")
    for name, seconds in took.items():
        print(f"| {name} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |")


def _start(command: Sequence[str], first: bytes, environment: Mapping[str, str]) -> float:
    with TerminalPty(command, _SIZE, environment) as terminal:
        return terminal.until(first) - terminal.started_at


def _keys(studio: Path, environment: Mapping[str, str]) -> None:
    takes = _TAKES[1]
    print("\n| key to paint, ms | median | p95 | longest |\n| --- | ---: | ---: | ---: |")
    for name, jobs, pictures in (
        ("no jobs, no stills", 0, "text"), ("no jobs, stills", 0, "blocks"),
        ("four jobs report, no stills", 4, "text"), ("four jobs report, stills", 4, "blocks"),
    ):  # fmt: skip
        with (
            reporting_jobs(studio, jobs) if jobs else nullcontext(),
            _opened(studio, environment, pictures) as terminal,
        ):
            terminal.press("jjj")
            terminal.until_shown("▍   004")
            _print_latencies(
                f"ours, {takes} takes, {name}", [_key(terminal, "j", _painted(n)) for n in range(5, 5 + _KEYS)]
            )
    with TerminalPty([*_PEER, str(takes)], _SIZE, environment) as terminal:
        terminal.until(b"001 ")
        terminal.until_quiet()
        _print_latencies(
            f"DataTable alone, {takes} rows", [_key(terminal, "\x1b[B", re.escape(FRAME_END)) for _ in range(_KEYS)]
        )


def _painted(number: int) -> bytes:
    """A pattern for the cursor's bar and, in another colour, the take's number."""
    return rb"\xe2\x96\x8d[^\xe2]{1,200}%03d\b" % number


def _key(terminal: TerminalPty, key: str, painted: bytes) -> float:
    """Seconds from a key press until `painted` is received; returns when the next key is due."""
    mark, pressed = terminal.sent, terminal.press(key)
    seconds = terminal.until(painted, mark) - pressed
    time.sleep(max(0.0, pressed + _BETWEEN_S - time.monotonic()))
    return seconds


def _print_latencies(name: str, seconds: Sequence[float]) -> None:
    most = statistics.quantiles(seconds, n=20)[-1]
    print(f"| {name} | {1000 * statistics.median(seconds):.0f} | {1000 * most:.0f} | {1000 * max(seconds):.0f} |")


def _idle(studio: Path, environment: Mapping[str, str]) -> None:
    with _opened(studio, environment, "blocks") as terminal:
        before, sent, began = terminal.cpu_seconds(), terminal.sent, time.monotonic()
        time.sleep(_IDLE_S)
        share = (terminal.cpu_seconds() - before) / (time.monotonic() - began)
        print(f"\nIdle with {_TAKES[0]} takes: {share:.1%} of a core, {terminal.sent - sent} bytes in {_IDLE_S:.0f} s.")


def _traffic(studio: Path, environment: Mapping[str, str]) -> None:
    print("\n| terminal | meters, KiB/s | frames/s | share of a core | largest of ten stills, KiB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for size in ((80, 24), (120, 40), (200, 60)):
        with _opened(studio, environment, "blocks", size) as terminal:
            still = max(_stills(terminal))
        with _opened(studio, environment, "text", size) as terminal:
            rate, count, share = _meters(terminal)
        print(f"| {size[0]}×{size[1]} | {rate / 1024:.1f} | {count:.1f} | {share:.1%} | {still / 1024:.1f} |")


def _stills(terminal: TerminalPty) -> Iterator[int]:
    mark = terminal.sent
    for key in ("R", *["\x1b[C"] * 9):
        terminal.press(key)
        terminal.until(_BLOCK, mark)
        terminal.until_quiet(0.5)
        yield max(len(frame) for frame in terminal.since(mark).split(FRAME_END) if _BLOCK in frame)
        mark = terminal.sent


def _meters(terminal: TerminalPty) -> tuple[float, float, float]:
    """Bytes per second, frames per second and share of a core while the meters play a take of 3.5 seconds."""
    terminal.press("jS")
    terminal.until_shown("rumble")
    terminal.until_quiet(1)
    mark, cpu_seconds, began = terminal.sent, terminal.cpu_seconds(), time.monotonic()
    terminal.press("m")
    terminal.until_quiet(1)
    sent, cpu_seconds = terminal.since(mark), terminal.cpu_seconds() - cpu_seconds
    seconds = terminal.arrival_time(terminal.sent - 1) - began
    return len(sent) / seconds, sent.count(FRAME_END) / seconds, cpu_seconds / seconds


@contextmanager
def _opened(
    studio: Path, environment: Mapping[str, str], pictures: str, size: tuple[int, int] = _SIZE
) -> Iterator[TerminalPty]:
    # Each run starts on the first screen with the first take.
    shutil.rmtree(environment["XDG_STATE_HOME"], ignore_errors=True)
    with TerminalPty(console_command(studio), size, environment, extra={"CWTUI_PICTURES": pictures}) as terminal:
        terminal.until_shown("“Right")
        if pictures == "blocks":
            terminal.until(_BLOCK)
        terminal.until_quiet(1)
        yield terminal
