"""Common parts of the extents checks: their findings, and a bounded byte reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO, Literal

from engine.catalog import Damage

Media = Literal["file", "picture", "sound"]

# The most damage records of a track; the last one covers the rest.
_MOST_RECORDS = 24
_LARGEST_READ = 64 << 20


@dataclass(frozen=True, slots=True)
class Extents:
    """Findings of an extents check.

    `damage` is in the order of the tracks. `promised` maps a stream index to the number of frames in the file's index.
    """

    damage: tuple[Damage, ...] = ()
    notes: tuple[str, ...] = ()
    promised: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class ExtentsBuilder:
    """Collects the damage and notes of one file."""

    damage: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    promised: dict[int, int] = field(default_factory=dict)

    def missing(
        self,
        detail: str,
        media: Media = "file",
        track: int | None = None,
        start: Fraction | None = None,
        end: Fraction | None = None,
        count: int = 0,
    ) -> None:
        """Add a `Damage` of kind `missing`."""
        if end is not None and start is not None and end < start:
            end = start
        self.damage.append(
            Damage(kind="missing", media=media, track=track, start=start, end=end, count=count, detail=detail)
        )

    def sound_cut_short(self, held: Fraction, declared: Fraction, samples: int) -> None:
        """Add missing sound: the seconds held and declared, and the number of missing samples."""
        detail = f"The file declares {seconds_text(declared)} of sound but contains {seconds_text(held)}."
        self.missing(detail, "sound", 0, held, declared, samples)

    def result(self) -> Extents:
        """Return the findings."""
        return Extents(tuple(self.damage), tuple(self.notes), dict(self.promised))


class ByteReader:
    """Reads a file's bytes by offset. Reads past the end are short, and limited to 64 MiB."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`."""
        if offset < 0 or offset >= self.size:
            return b""
        self._file.seek(offset)
        return self._file.read(max(0, min(count, _LARGEST_READ, self.size - offset)))

    def number(self, offset: int, count: int, order: Literal["little", "big"]) -> int:
        """Return the unsigned integer of `count` bytes at `offset`; 0 past the end."""
        found = self.at(offset, count)
        return int.from_bytes(found, order) if len(found) == count else 0


def seconds_text(value: Fraction) -> str:
    """Format a duration, such as `3.5 s`."""
    return f"{float(value):.1f} s"


def merge_runs(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Limit index runs [first, last) to `_MOST_RECORDS`: the last run covers all remaining ones."""
    listed: Sequence[tuple[int, int]] = list(runs)
    if len(listed) <= _MOST_RECORDS:
        return list(listed)
    rest = listed[_MOST_RECORDS - 1 :]
    return [*listed[: _MOST_RECORDS - 1], (rest[0][0], rest[-1][1])]
