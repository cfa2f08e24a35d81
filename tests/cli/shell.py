"""Runs commands in a separate studio."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

CWTUI = str(Path(sys.executable).with_name("cwtui"))
_SCRIPT = """
import json, sys
from cwtui.cli import run
for arguments in json.loads(sys.argv[1]):
    if code := run(arguments):
        sys.exit(f"{arguments}: exit code {code}")
"""

_PICTURE_RECIPE = """
title = "Picture only"
[picture]
view = "hlg"
codec = "hevc"
long_edge = 3840
short_edge = 2160
gop_seconds = 0.5
quality = 20
"""

# A frame of this size takes a fast machine tens of milliseconds, whatever the size of the footage.
_SLOW_RECIPE = """
title = "Slow"
[picture]
view = "hlg"
codec = "hevc"
canvas = "3840x2160"
quality = 20
"""

# Two files without a cleaned dialog, whose job imports and computes much more.
_SOUND_RECIPE = """
title = "Sound only"
[sound]
codec = "aac"
also = ["wav"]
lufs = -16.0
true_peak_dbtp = -1.0
"""


class Shell:
    """Runs `cwtui` in its own studio: in this process, which imports the engine only once, or in a child process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.studio = folder / "studio"
        self.environment = {**os.environ, "CWTUI_STUDIO": str(self.studio), "COLUMNS": "100"}

    def __call__(self, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command in this process and checks its exit code."""
        return _check(self._run([str(argument) for argument in arguments]), code)

    def process(self, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command in a child process, for tests of its start, exit or environment."""
        command = [CWTUI, *map(str, arguments)]
        options = {"env": self.environment, "cwd": self.folder}
        return _check(subprocess.run(command, capture_output=True, text=True, check=False, **options), code)  # type: ignore[call-overload]

    @property
    def files(self) -> list[str]:
        """The names in its folder, sorted. A studio that has only the shared GPU cache does not count."""
        names = {path.name for path in self.folder.iterdir()}
        return sorted(names if (self.studio / "catalog.sqlite").exists() else names - {self.studio.name})

    def import_takes(self, *paths: Path) -> None:
        """Creates project p with footage, without `cwtui ingest`, which would start the studio process."""
        from engine.studio import Studio
        from engine.transfer import import_footage

        with Studio(self.studio) as studio:
            imported = import_footage(studio.catalog, studio.folder, studio.new_project("p"), paths)
        assert not imported.failed

    def add_picture_recipe(self) -> None:
        """Adds the recipe picture-only, for jobs that spend no time on sound."""
        self._add_recipe("picture-only", _PICTURE_RECIPE)

    def add_slow_recipe(self) -> None:
        """Adds the recipe slow, for jobs that a test cancels: a minute of footage takes minutes."""
        self._add_recipe("slow", _SLOW_RECIPE)

    def add_sound_recipe(self) -> None:
        """Adds the recipe sound-only, for short jobs with an M4A and a WAV file."""
        self._add_recipe("sound-only", _SOUND_RECIPE)

    def _add_recipe(self, name: str, text: str) -> None:
        folder = self.studio / "recipes"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.toml").write_text(text)

    def script(self, *commands: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Runs several commands in one child process. Each must succeed."""
        arguments = json.dumps([[str(argument) for argument in command] for command in commands])
        result = subprocess.run(
            [sys.executable, "-c", _SCRIPT, arguments],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            cwd=self.folder,
        )
        return _check(result, 0)

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """Runs a command with --json and returns its result."""
        return json.loads(self(*arguments, "--json", code=code).stdout)

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        from cwtui.cli import run

        out, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with self._in_environment(), redirect_stdout(out), redirect_stderr(errors):
            code = run(arguments)
        output = [stream.buffer.getvalue().decode() for stream in (out, errors)]  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(["cwtui", *arguments], code, *output)

    @contextmanager
    def _in_environment(self) -> Iterator[None]:
        """Temporarily sets the current folder and the environment of this shell."""
        folder, environment = Path.cwd(), dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        try:
            yield
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)


def _check(result: subprocess.CompletedProcess[str], code: int) -> subprocess.CompletedProcess[str]:
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result
