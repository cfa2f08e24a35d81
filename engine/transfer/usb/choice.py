"""Which files of a device are imported: a phone has thousands that are not for the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from engine.errors import RequestError
from engine.ingest.companions import PHOTOS, SIDECARS, name_key
from engine.ingest.discovery import MEDIA_KINDS
from engine.slug import printable
from engine.suggestion import hint_with_suggestion
from engine.transfer.usb.device import DeviceFile


@dataclass(frozen=True, slots=True)
class FileChoice:
    """The recordings that are chosen: those since a time, or with one of these names; or all files with `everything`.

    A name is that of a file, with or without its suffix or its folders. The sidecars of a recording, and the still of a
    Live Photo, come with it.
    """

    since: datetime | None = None
    names: tuple[str, ...] = ()
    everything: bool = False

    def select(self, files: Sequence[DeviceFile]) -> list[DeviceFile]:
        """Return the chosen files in the order of the list. Raises RequestError for a name that no file has."""
        named = self._named(files)
        start = self.since.timestamp() * 1e9 if self.since else 0
        recordings = {
            _stem(file)
            for file in files
            if (self.everything or _suffix(file) in MEDIA_KINDS)
            and file.modified_ns >= start
            and (not self.names or file.path in named)
        }
        kinds = MEDIA_KINDS | SIDECARS | PHOTOS
        return [file for file in files if _stem(file) in recordings and (self.everything or _suffix(file) in kinds)]

    def _named(self, files: Sequence[DeviceFile]) -> set[str]:
        """The paths of the files with the chosen names."""
        found: set[str] = set()
        for name in self.names:
            key = name_key(name.strip("/"))
            matching = {file.path for file in files if key in _spellings(file)}
            if not matching:
                hint = "cwtui usb list DEVICE lists its files."
                known = [PurePosixPath(file.path).name for file in files]
                raise RequestError(
                    f"The device has no file “{printable(name)}”.", hint_with_suggestion(name, known, hint)
                )
            found |= matching
        return found


def is_recording(file: DeviceFile) -> bool:
    """Whether a file is a movie or a sound, by its name."""
    return _suffix(file) in MEDIA_KINDS


def parse_day(text: str, now: datetime) -> datetime:
    """The start of a day, in the time zone of `now`: `today`, `yesterday` or `2026-11-30`. Raises RequestError."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "yesterday"):
        return midnight - timedelta(days=text == "yesterday")
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=now.tzinfo)
    except ValueError as error:
        raise RequestError(f"“{text}” is not a day.", "Write today, yesterday, or 2026-11-30.") from error


def _suffix(file: DeviceFile) -> str:
    return PurePosixPath(file.path).suffix.lower()


def _stem(file: DeviceFile) -> str:
    path = PurePosixPath(file.path)
    return f"{path.parent}/{name_key(path.stem)}"


def _spellings(file: DeviceFile) -> tuple[str, ...]:
    path = PurePosixPath(file.path)
    return name_key(file.path), name_key(path.name), name_key(path.stem)
