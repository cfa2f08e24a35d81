"""The cuts of a project: one .otio file each in its folder `timeline/`."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.errors import EngineError, RequestError
from engine.file_stamp import FileStamp, read_stamp
from engine.suggestion import hint_with_suggestion
from engine.timeline.cut import Cut
from engine.timeline.otio_file import MediaFile, write_otio
from engine.timeline.otio_reader import OtioCut, read_otio

SUFFIX = ".otio"
REPLACED = "replaced"
"""The folder, in `timeline/`, of files of other programs that had more than a cut has."""

_LONGEST_NAME, _LONGEST_BYTES = 100, 200
# Characters that no file name may have on some system, and those that a shell or a URL would change.
_REFUSED = frozenset('/\\:*?"<>|')


def cut_name(name: str) -> str:
    """A name of a cut, as it is stored: trimmed, composed (NFC). Raises RequestError if it cannot be a file's name."""
    name = unicodedata.normalize("NFC", name.strip())
    if not name or len(name) > _LONGEST_NAME or len(name.encode()) > _LONGEST_BYTES:
        raise RequestError(f"A cut needs a name of 1 to {_LONGEST_NAME} characters.", "Choose a shorter name.")
    if not name.isprintable() or set(name) & _REFUSED or name[0] in ".-" or name[-1] == ".":
        raise RequestError(
            f"“{''.join(sign if sign.isprintable() else '?' for sign in name)}” cannot be the name of a file.",
            'Leave out / \\ : * ? " < > | and control characters; begin with a letter or digit.',
        )
    return name


def unused_name(taken: Iterable[str], wanted: str = "film") -> str:
    """A name, or with the first number that no cut has: “film 2”."""
    names = {name.casefold() for name in taken}
    numbered = (f"{wanted} {number}" for number in range(2, len(names) + 3))
    return next(name for name in (wanted, *numbered) if name.casefold() not in names)


@dataclass
class CutStore:
    """Reads and writes the cuts in a folder. `files` returns the project's takes, by id.

    A cut that was read is kept until its file changes, so that a console can read it at every key.
    """

    folder: Path
    files: Callable[[], Mapping[str, MediaFile]]
    _known: dict[str, tuple[FileStamp, OtioCut]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """The names, in alphabetical order."""
        if not self.folder.is_dir():
            return []
        found = {unicodedata.normalize("NFC", path.stem) for path in self.folder.glob(f"[!.]*{SUFFIX}")}
        return sorted(found, key=lambda name: (name.casefold(), name))

    def path(self, name: str) -> Path:
        """The file of a cut, which may not exist. A program on a Mac may have written its name decomposed (NFD)."""
        path = self.folder / f"{name}{SUFFIX}"
        decomposed = path.with_name(unicodedata.normalize("NFD", path.name))
        return decomposed if not path.exists() and decomposed.exists() else path

    def stamp(self, name: str) -> FileStamp:
        """The stamp of a cut's file; None without one."""
        return read_stamp(self.path(name))

    def require(self, name: str) -> str:
        """The name of an existing cut, in its own case. Raises RequestError if there is none."""
        wanted = unicodedata.normalize("NFC", name.strip())
        names = self.names()
        for one in sorted(names, key=lambda one: one != wanted):
            if one.casefold() == wanted.casefold():
                return one
        known = ", ".join(f"“{one}”" for one in names) or "none yet; cwtui cut new makes one"
        raise RequestError(f"There is no cut “{wanted}”.", hint_with_suggestion(wanted, names, f"Cuts: {known}."))

    def refuse_taken(self, name: str) -> str:
        """A valid name that no cut has, in any case. Raises RequestError otherwise."""
        name = cut_name(name)
        if taken := next((one for one in self.names() if one.casefold() == name.casefold()), None):
            raise RequestError(f"The cut “{taken}” already exists.", "Choose another name, or delete that cut.")
        return name

    def read(self, name: str) -> OtioCut:
        """The cut as its file is now. Raises EngineError if it is damaged, RequestError if there is none."""
        path, stamp = self.path(name), self.stamp(name)
        if stamp is None:
            self._known.pop(name, None)
            self.require(name)
            raise RequestError(f"There is no cut “{name}”.", "cwtui cut list shows the cuts.")
        known = self._known.get(name)
        if known is None or known[0] != stamp:
            try:
                content = path.read_bytes()
            except OSError as error:
                raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the file.") from error
            takes = [file.media for file in self.files().values()]
            known = stamp, read_otio(content, name, takes)
            self._known[name] = known
        return known[1]

    def refuse_changed(self, name: str) -> None:
        """Raises RequestError if another program has changed a cut's file since it was read or written."""
        stamp, known = self.stamp(name), self._known.get(name)
        if stamp is not None and (known is None or known[0] != stamp):
            raise RequestError(
                f"Another program has changed {name}{SUFFIX} meanwhile.",
                "Look at the cut again, then repeat the change.",
            )

    def write(self, cut: Cut) -> None:
        """Writes a cut's file, as a whole or not at all.

        Raises RequestError if another program has changed the file since it was read. A file with more than a cut
        has is first copied to the folder `replaced`.
        """
        self.refuse_changed(cut.name)
        path, known = self.path(cut.name), self._known.pop(cut.name, None)
        if known and known[1].losses:
            self._keep_replaced(path)
        write_atomic(path, write_otio(cut, self.files()))
        self._known[cut.name] = self.stamp(cut.name), OtioCut(cut)

    def delete(self, name: str) -> None:
        """Deletes a cut's file. A file with more than a cut has is first copied to the folder `replaced`."""
        known = self._known.pop(name, None)
        if known and known[1].losses:
            self._keep_replaced(self.path(name))
        self.path(name).unlink(missing_ok=True)

    def _keep_replaced(self, path: Path) -> None:
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:8]
        kept = self.folder / REPLACED / f"{path.stem}-{digest}{SUFFIX}"
        if not kept.exists():
            write_atomic(kept, content)
