"""How the files of a sequence are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import RequestError

_PATTERN = re.compile(r"([^#]*)(#+)([^#]*)(\.\w+)")


@dataclass(frozen=True, slots=True)
class Numbering:
    """`shot.####.exr`: a frame's number stands for the #, with as many digits at least."""

    pattern: str

    def __post_init__(self) -> None:
        """RequestError where there are no #, or more than one group of them."""
        if not _PATTERN.fullmatch(self.pattern):
            raise RequestError(
                f"“{self.pattern}” does not say where the frame's number goes.",
                "Write # for each digit, in one place: shot.####.exr.",
            )

    @property
    def suffix(self) -> str:
        """What the names end in, with the dot, in lower case."""
        return Path(self.pattern).suffix.lower()

    def name(self, number: int) -> str:
        """The file name of this frame."""
        before, digits, after, suffix = self._parts()
        return f"{before}{number:0{len(digits)}d}{after}{suffix}"

    @property
    def record(self) -> str:
        """The file name of the record of what has been written."""
        before, _, after, _ = self._parts()
        return ".".join(part for part in (before.strip("._- "), after.strip("._- "), "frames.jsonl") if part)

    def _parts(self) -> tuple[str, str, str, str]:
        found = _PATTERN.fullmatch(self.pattern)
        assert found
        return found[1], found[2], found[3], found[4]
