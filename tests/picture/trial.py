"""Tests files in a separate process, to detect crashes, hangs and excessive memory use."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_ORDEAL = Path(__file__).with_name("ordeal.py")
_PATIENCE = 120.0
_MOST_MEMORY = 1024


class Verdict(NamedTuple):
    """`word` is "taken" or "refused" on success; "broke", "died", "hung" or "swelled" on failure."""

    word: str
    detail: str = ""
    seconds: float = 0.0

    @property
    def well(self) -> bool:
        """Whether the file was read or refused properly."""
        return self.word in ("taken", "refused")


class Trial:
    """Tests files one after the other; restarts the process after a failure."""

    def __enter__(self) -> Self:
        """Starts the process."""
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the process."""
        self._end()

    def judge(self, path: Path) -> Verdict:
        """Tests one file."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n".encode())
        self._process.stdin.flush()
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            if not ready.select(_PATIENCE):
                self._restart()
                return Verdict("hung", f"after {_PATIENCE} s")
        answer = self._process.stdout.readline()
        if not answer:
            died = Verdict("died", f"exit status {self._process.wait()}")
            self._restart()
            return died
        word, detail, seconds, peak = json.loads(answer)
        grown, self._peak = peak - self._peak, peak
        if grown > _MOST_MEMORY:
            self._restart()
            return Verdict("swelled", f"by {grown} MiB ({word}: {detail})", seconds)
        return Verdict(word, detail, seconds)

    def _start(self) -> None:
        self._peak = 0
        self._process = subprocess.Popen(
            [sys.executable, str(_ORDEAL)],
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
