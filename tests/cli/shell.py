"""Runs the command line in a separate studio."""

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
for words in json.loads(sys.argv[1]):
    if code := run(words):
        sys.exit(f"{words}: exit code {code}")
"""


class Shell:
    """Runs `cwtui` in its own studio: in this process, which imports the engine only once, or in a child process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.studio = folder / "studio"
        self.environment = {**os.environ, "CWTUI_STUDIO": str(self.studio), "COLUMNS": "100"}

    def __call__(self, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command in this process and checks its exit code."""
        return _checked(self._run([str(word) for word in words]), code)

    def process(self, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command in a child process, for tests of its start, exit or environment."""
        command = [CWTUI, *map(str, words)]
        kept = {"env": self.environment, "cwd": self.folder}
        return _checked(subprocess.run(command, capture_output=True, text=True, check=False, **kept), code)  # type: ignore[call-overload]

    @property
    def files(self) -> list[str]:
        """The names in its folder, sorted. A studio that has only the shared GPU cache does not count."""
        names = {path.name for path in self.folder.iterdir()}
        return sorted(names if (self.studio / "catalog.sqlite").exists() else names - {self.studio.name})

    def script(self, *commands: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Runs several commands in one child process. Each must succeed."""
        words = json.dumps([[str(word) for word in command] for command in commands])
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, words],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            cwd=self.folder,
        )
        return _checked(done, 0)

    def json(self, *words: str | Path, code: int = 0) -> Any:
        """Runs a command with --json and returns its result."""
        return json.loads(self(*words, "--json", code=code).stdout)

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        from cwtui.cli import run

        out, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with self._inside(), redirect_stdout(out), redirect_stderr(errors):
            code = run(words)
        said = [stream.buffer.getvalue().decode() for stream in (out, errors)]  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(["cwtui", *words], code, *said)

    @contextmanager
    def _inside(self) -> Iterator[None]:
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


def _checked(done: subprocess.CompletedProcess[str], code: int) -> subprocess.CompletedProcess[str]:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done
