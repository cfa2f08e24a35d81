"""The record beside a sequence: its written frames, their sources and digests."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine import __version__
from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.file_digest import sha256_of


class FrameEntry(FrozenModel):
    """A frame that was begun and, if it has a digest, finished. `made` is the hash of its settings."""

    frame: str
    tick: int
    made: str
    sha256: str | None = None
    bytes: int | None = None
    notes: tuple[str, ...] = ()


class SequenceRecord:
    """A JSON Lines file: one line per set of settings and one per frame; the last line about a frame counts.

    Lines are appended during the work, so a killed process loses nothing that it has written; an incomplete last line
    is ignored. Raises EngineError if the file is not a record.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._making: dict[str, dict[str, Any]] = {}
        self._frames: dict[str, FrameEntry] = {}
        self._torn = False
        if path.exists():
            self._read()

    @property
    def entries(self) -> tuple[FrameEntry, ...]:
        """All frames, sorted by name."""
        return tuple(sorted(self._frames.values(), key=lambda frame: (len(frame.frame), frame.frame)))

    def frame(self, path: Path, tick: int, made: str) -> FrameEntry | None:
        """The entry of a file, if it has this tick and these settings."""
        known = self._frames.get(path.name)
        return known if known and (known.tick, known.made) == (tick, made) else None

    def making(self, made: str, making: Mapping[str, Any]) -> None:
        """Stores the settings of a hash."""
        if self._making.get(made) != dict(making):
            self._making[made] = dict(making)
            self._add(_making_line(made, making))

    def begin(self, path: Path, tick: int, made: str) -> None:
        """Records a frame before its file appears, so that the file is recognized as part of this sequence."""
        self._keep(FrameEntry(frame=path.name, tick=tick, made=made))

    def keep(self, path: Path, tick: int, made: str, notes: tuple[str, ...]) -> None:
        """Records a finished frame with its digest and size."""
        self._keep(
            FrameEntry(
                frame=path.name, tick=tick, made=made, sha256=sha256_of(path), bytes=path.stat().st_size, notes=notes
            )
        )

    def add(self, frames: Iterable[FrameEntry]) -> None:
        """Takes over frames from another record."""
        self._frames |= {frame.frame: frame for frame in frames}

    def tidy(self) -> None:
        """Rewrites the file sorted by name, without outdated lines."""
        used = {frame.made for frame in self._frames.values()}
        lines = [_making_line(made, making) for made, making in self._making.items() if made in used]
        lines += [_frame_line(frame) for frame in self.entries]
        write_atomic(self._path, "".join(lines).encode())

    def _read(self) -> None:
        *lines, rest = self._path.read_bytes().split(b"\n")
        self._torn = bool(rest)
        try:
            for line in lines:
                found = json.loads(line)
                if "frame" in found:
                    frame = FrameEntry.model_validate(found)
                    self._frames[frame.frame] = frame
                else:
                    self._making[found.pop("made")] = found
        except (ValueError, TypeError, KeyError, ValidationError):
            raise EngineError(
                f"{self._path} cannot be read as a record of frames.",
                "Move it aside, or choose another folder with -o.",
            ) from None

    def _keep(self, frame: FrameEntry) -> None:
        self._frames[frame.frame] = frame
        self._add(_frame_line(frame))

    def _add(self, line: str) -> None:
        if self._torn:
            self.tidy()
            self._torn = False
        with self._path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())


def frame_attributes(
    *, source: str, digest: str, take: str, transform: str, tick: int, time: Fraction
) -> dict[str, str]:
    """The attributes of an OpenEXR frame that say where it comes from, without empty ones.

    `digest` is the XXH128 of the source's content, `time` is in seconds on the take's clock.
    """
    said = {
        "cleanwater:source": source,
        "cleanwater:sourceDigest": f"xxh128:{digest}" if digest else "",
        "cleanwater:take": take,
        "cleanwater:inputTransform": transform,
        "cleanwater:view": "none",
        "cleanwater:version": __version__,
        "cleanwater:tick": str(tick),
        "cleanwater:time": f"{time.numerator}/{time.denominator}",
    }
    return {name: value for name, value in said.items() if value}


def _making_line(made: str, making: Mapping[str, Any]) -> str:
    return json.dumps({"made": made, **making}, ensure_ascii=False) + "\n"


def _frame_line(frame: FrameEntry) -> str:
    return json.dumps(frame.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False) + "\n"
