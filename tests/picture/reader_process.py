"""Reads files in a separate process, to detect crashes, hangs and excessive memory use."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_SCRIPT = Path(__file__).with_name("read_files.py")
_TIMEOUT_S = 120.0
_MEMORY_LIMIT_MIB = 1024


class ReadResult(NamedTuple):
    """`outcome` is "taken" or "refused" on success; "broke", "died", "hung" or "swelled" on failure."""

    outcome: str
    detail: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the file was read or refused properly."""
        return self.outcome in ("taken", "refused")


class ReaderProcess:
    """Reads files one after the other; restarts the process after a failure."""

    def __enter__(self) -> Self:
        """Starts the process."""
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the process."""
        self._end()

    def read(self, path: Path) -> ReadResult:
        """Reads one file."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n".encode())
        self._process.stdin.flush()
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            if not ready.select(_TIMEOUT_S):
                self._restart()
                return ReadResult("hung", f"after {_TIMEOUT_S} s")
        answer = self._process.stdout.readline()
        if not answer:
            died = ReadResult("died", f"exit status {self._process.wait()}")
            self._restart()
            return died
        outcome, detail, seconds, peak = json.loads(answer)
        grown, self._peak = peak - self._peak, peak
        if grown > _MEMORY_LIMIT_MIB:
            self._restart()
            return ReadResult("swelled", f"by {grown} MiB ({outcome}: {detail})", seconds)
        return ReadResult(outcome, detail, seconds)

    def _start(self) -> None:
        self._peak = 0
        self._process = subprocess.Popen(
            [sys.executable, str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _restart(self) -> None:
        self._end()
        self._start()
