"""The common parts of the extent checks: what one finds, and how bytes are read without trusting a file's own sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO, Literal

from engine.catalog import Damage

Media = Literal["file", "picture", "sound"]

# A track with more holes than this gets one record for the rest.
_MOST_RECORDS = 24
_LARGEST_READ = 64 << 20


@dataclass(frozen=True, slots=True)
class Extents:
    """What a file's own index promises against the bytes that are there.

    `damage` is in the order of the tracks. `promised` is the number of frames by the index of the stream with that
    place.
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

    def result(self) -> Extents:
        """The findings as they stand."""
        return Extents(tuple(self.damage), tuple(self.notes), dict(self.promised))


class ByteReader:
    """A file's bytes by offset. A read past the end is short; a read never takes more than 64 MiB."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""
        if offset < 0 or offset >= self.size:
            return b""
        self._file.seek(offset)
        return self._file.read(max(0, min(count, _LARGEST_READ, self.size - offset)))

    def number(self, offset: int, count: int, order: Literal["little", "big"]) -> int:
        """The unsigned integer of `count` bytes at `offset`; 0 past the end."""
        found = self.at(offset, count)
        return int.from_bytes(found, order) if len(found) == count else 0


def seconds_text(value: Fraction) -> str:
    """A duration for a sentence, such as `3.5 s`."""
    return f"{float(value):.1f} s"


def size_text(count: int) -> str:
    """A number of bytes for a sentence, such as `1.2 MB`."""
    return f"{count} bytes" if count < 1000 else f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def merge_runs(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Index runs [first, last) as records: the first ones each by itself, the rest as one."""
    listed: Sequence[tuple[int, int]] = list(runs)
    if len(listed) <= _MOST_RECORDS:
        return list(listed)
    rest = listed[_MOST_RECORDS - 1 :]
    return [*listed[: _MOST_RECORDS - 1], (rest[0][0], rest[-1][1])]
