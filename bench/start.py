"""The run time of commands without media, compared to a minimal command with Typer and SQLite."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

from bench.measurement import Measurement, measure
from tests.cli.takes import studio_of

_TAKES, _RUNS = 100, 11
_COMMANDS = ("--help", "takes", "jobs", "edits", "find water", "keys", "models", "recipes", "takes --json")


def run() -> None:
    """Prints the results as a table."""
    with tempfile.TemporaryDirectory() as scratch:
        studio = Path(scratch) / "studio"
        studio_of(studio, _TAKES)
        # Modules are compiled once, as in an installation.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        environment = {"CWTUI_STUDIO": str(studio), "PYTHONPYCACHEPREFIX": str(Path(scratch) / "compiled")}
        bare = [sys.executable, "-m", "bench.bare_command", str(studio / "catalog.sqlite")]
        commands = {"bare Typer, --help": [*bare[:-1], "--help"], "bare Typer, the stored takes": bare}
        commands |= {f"cwtui {words}": [sys.executable, "-m", "cwtui.cli", *words.split()] for words in _COMMANDS}
        runs: dict[str, list[Measurement]] = {name: [] for name in commands}
        for command in commands.values():
            measure(command, environment)
        for _ in range(_RUNS):
            for name, command in commands.items():
                runs[name].append(measure(command, environment))
    print(f"A catalog with {_TAKES} takes; {_RUNS} alternating runs of each; load {os.getloadavg()[0]:.1f}\n")
    print("| | wall s, median | CPU s, median | CPU s, least |\n| --- | ---: | ---: | ---: |")
    for name, found in runs.items():
        wall, processor = (statistics.median(figures) for figures in ([one.wall for one in found], _cpu(found)))
        print(f"| {name} | {wall:.2f} | {processor:.2f} | {min(_cpu(found)):.2f} |")


def _cpu(found: list[Measurement]) -> list[float]:
    return [one.processor for one in found]
