"""File names of a sequence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import RequestError

_PATTERN = re.compile(r"([^#]*)(#+)([^#]*)(\.\w+)")


@dataclass(frozen=True, slots=True)
class Numbering:
    """A file name pattern such as `shot.####.exr`: the # are replaced by the frame's number, zero-padded."""

    pattern: str

    def __post_init__(self) -> None:
        """Raises RequestError if there is no group of #, or more than one."""
        if not _PATTERN.fullmatch(self.pattern):
            raise RequestError(
                f"“{self.pattern}” has no single place for the frame number.",
                "Write # for each digit, in one place: shot.####.exr.",
            )

    @property
    def suffix(self) -> str:
        """The file suffix with its dot, in lower case."""
        return Path(self.pattern).suffix.lower()

    def name(self, number: int) -> str:
        """The file name of frame `number`."""
        before, digits, after, suffix = self._parts()
        return f"{before}{number:0{len(digits)}d}{after}{suffix}"

    @property
    def record(self) -> str:
        """The file name of the sequence's record."""
        before, _, after, _ = self._parts()
        return ".".join(part for part in (before.strip("._- "), after.strip("._- "), "frames.jsonl") if part)

    def _parts(self) -> tuple[str, str, str, str]:
        found = _PATTERN.fullmatch(self.pattern)
        assert found
        return found[1], found[2], found[3], found[4]
