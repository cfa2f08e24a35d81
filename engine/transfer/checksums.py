"""Checksums on a card: ASC MHL histories, MHL 1 files, and checksum lists in the formats of md5sum and xxhsum."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.catalog import Damage
from engine.errors import Cancelled, EngineError
from engine.transfer.mhl import FORMATS, FileHasher, load_own_history

# A list of a million clips has 100 MB. Larger files are not lists.
_LARGEST_LIST = 128 << 20
# The number of folders above the footage that are searched for checksums.
_HIGHEST = 4
_BLOCK = 8 << 20
_SUFFIXES = {
    ".md5": "md5",
    ".sha1": "sha1",
    ".sha256": "sha256",
    ".sha512": "sha512",
    ".xxh": "xxh",
    ".xxh64": "xxh",
    ".xxh3": "xxh",
    ".xxh128": "xxh",
    ".xxhsum": "xxh",
    ".xxhash": "xxh",
}
_NAMES = {"MD5SUMS": "md5", "SHA1SUMS": "sha1", "SHA256SUMS": "sha256", "SHA512SUMS": "sha512"}
_PLAIN = re.compile(r"^\\?(?P<value>[0-9a-fA-F]{8,128})(?: [ *]|\t+)(?P<name>.+)$")
_TAGGED = re.compile(r"^\\?(?P<kind>MD5|SHA1|SHA256|SHA512|XXH\w+) \((?P<name>.+)\) = (?P<value>[0-9a-fA-F]{8,128})$")
_BARE = re.compile(r"^[0-9a-fA-F]{8,128}$")
_FORMER = {
    "md5": "md5",
    "sha1": "sha1",
    "xxhash": "xxh",
    "xxhash64": "xxh",
    "xxhash64be": "xxh",
    "null": "",
}
_MAKERS: dict[str, Callable[[], Any]] = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Checksum:
    """One entry of a list: algorithm (`xxh` if only the digest's length tells the variant), digest as text, list.

    `size` is in bytes, None if the list does not say it.
    """

    algorithm: str
    value: str
    listed_in: Path
    size: int | None = None


@dataclass(slots=True)
class CardChecksums:
    """The checksums in lists beside and above footage, by file. Each folder is read once.

    With `root`, lists in each folder from a file up to `root`, and beside `root`, count.
    """

    root: Path | None = None
    _listed: dict[Path, list[Checksum]] = field(default_factory=lambda: defaultdict(list))
    _seen: set[Path] = field(default_factory=set)
    _complete: set[Path] = field(default_factory=set)
    broken: list[tuple[Path, EngineError]] = field(default_factory=list)

    def of(self, path: Path) -> list[Checksum]:
        """Return the checksums that are listed for a file."""
        if path.parent not in self._complete:
            for folder in self._folders_of(path):
                if folder not in self._seen:
                    self._seen.add(folder)
                    self._read_folder(folder)
            self._complete.add(path.parent)
        return self._listed.get(path, []) if self._listed else []

    @property
    def known(self) -> bool:
        """Whether any list has been found so far."""
        return bool(self._listed)

    def _folders_of(self, path: Path) -> Iterator[Path]:
        for height, folder in enumerate(path.parents):
            yield folder
            if height >= _HIGHEST if self.root is None else folder == self.root.parent:
                return

    def compare(self, path: Path, cancelled: Callable[[], bool] | None = None) -> Damage | None:
        """Compare a file with its listed checksums. Return the damage record of a mismatch, or None.

        Raises EngineError if the file cannot be read, Cancelled.
        """
        wanted = self.of(path)
        if not wanted:
            return None
        return damage_by(path.name, wanted, path.stat().st_size, _digests(path, algorithms_of(wanted), cancelled))

    def _read_folder(self, folder: Path) -> None:
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            kind = _NAMES.get(entry.name.upper()) or _SUFFIXES.get(entry.suffix.lower())
            try:
                if entry.name == "ascmhl" and entry.is_dir():
                    self._add_history(folder)
                elif entry.suffix.lower() == ".mhl" and _is_list(entry):
                    self._add(entry, _read_former(entry), folder)
                elif kind and _is_list(entry):
                    self._add(entry, _read_lines(entry, kind), folder)
            except Exception as problem:  # lxml raises classes of its own
                self.broken.append((entry, _unreadable(entry, problem)))

    def _add_history(self, folder: Path) -> None:
        history = load_own_history(folder)
        if history.damage:
            self.broken.append((folder / "ascmhl", _unreadable(folder / "ascmhl", ValueError(history.damage))))
        for name, expected in history.own_files.items():
            for algorithm, value in expected.hashes.items():
                self._listed[folder / name].append(Checksum(algorithm, value, folder / "ascmhl", expected.size))

    def _add(self, source: Path, lines: Iterator[tuple[str, str, str]], folder: Path) -> None:
        for name, algorithm, value in lines:
            # Entries for files outside the list's folder are ignored.
            path = folder / name.replace("\\", "/")
            if algorithm and ".." not in path.parts:
                self._listed[path].append(Checksum(algorithm, value.lower(), source))


def algorithms_of(wanted: Iterable[Checksum]) -> set[str]:
    """Return the algorithms that a file's bytes have to be hashed with for these checksums."""
    return {name for one in wanted for name in _candidates(one)}


def damage_by(name: str, wanted: Iterable[Checksum], size: int, measured: Mapping[str, str]) -> Damage | None:
    """Return the damage record of a file that differs from one of its checksums, or None. Sizes come first."""
    for one in wanted:
        detail = None
        if one.size is not None and one.size != size:
            detail = f"{name} differs from its size in {one.listed_in.name}: it has {size} bytes, not {one.size}."
        elif not any(_same(one.value, measured[algorithm]) for algorithm in _candidates(one)):
            detail = f"{name} differs from its {one.algorithm} checksum in {one.listed_in.name}."
        if detail:
            return Damage(kind="changed", media="file", detail=detail)
    return None


class MultiHasher:
    """Hashes one stream of bytes with several algorithms of checksum lists, and with the formats of ASC MHL."""

    def __init__(self, names: Iterable[str]) -> None:
        wanted = set(names)
        self._digests = {name: _MAKERS[name]() for name in wanted - set(FORMATS)}
        self._formats = FileHasher(wanted & set(FORMATS))

    def update(self, block: bytes | memoryview) -> None:
        """Add bytes."""
        self._formats.update(block)
        for digest in self._digests.values():
            digest.update(block)

    def values(self) -> dict[str, str]:
        """Return the digests as text, by algorithm."""
        return {**self._formats.values(), **{name: one.hexdigest() for name, one in self._digests.items()}}


def _unreadable(path: Path, problem: Exception) -> EngineError:
    return EngineError(
        f"The checksums in {path.name} cannot be read: {str(problem).splitlines()[0] if str(problem) else 'damaged'}.",
        "Copy that file again, or remove it. The footage that it lists was not compared with it.",
    )


def _is_list(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= _LARGEST_LIST


def _read_former(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (path, algorithm, digest) of each file in an MHL 1 file (mediahashlist.org)."""
    from xml.etree import ElementTree

    for item in ElementTree.parse(path).getroot().findall(".//{*}hash"):
        name = item.findtext("{*}file")
        for kind, algorithm in _FORMER.items():
            value = item.findtext("{*}" + kind)
            if name and value:
                number = kind == "xxhash" and value.isdigit() and len(value) <= 10
                yield name, "" if number else algorithm, value.strip()


def _read_lines(path: Path, kind: str) -> Iterator[tuple[str, str, str]]:
    """Yield the same for a list in the format of md5sum or xxhsum, or for a file with a single digest."""
    for line in path.read_text("utf-8-sig", "replace").splitlines():
        if found := _TAGGED.match(line):
            tag = found["kind"].lower()
            yield found["name"], "xxh" if tag.startswith("xxh") else tag, found["value"]
        elif found := _PLAIN.match(line):
            yield found["name"], kind, found["value"]
        elif _BARE.match(line.strip()):
            named = path.with_suffix("")
            beside = [named] if named.exists() else sorted(path.parent.glob(f"{_escaped(path.stem)}.*"))
            for other in beside:
                if other != path and other.suffix.lower() not in _SUFFIXES:
                    yield other.name, kind, line.strip()


def _escaped(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)


def _candidates(checksum: Checksum) -> tuple[str, ...]:
    """Return the algorithms that a checksum may come from."""
    if checksum.algorithm != "xxh":
        return (checksum.algorithm,)
    return ("xxh128",) if len(checksum.value) == 32 else ("xxh64", "xxh3")


def _digests(path: Path, names: set[str], cancelled: Callable[[], bool] | None) -> dict[str, str]:
    hasher = MultiHasher(names)
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if cancelled and cancelled():
                    raise Cancelled("Cancelled.", "Ingest again to continue: finished copies are kept.")
                hasher.update(block)
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the disk it is on.") from error
    return hasher.values()


def _same(wanted: str, measured: str) -> bool:
    """Compare two digests. Old tools write the bytes of xxHash in reverse order."""
    return wanted == measured or (len(wanted) == 16 and bytes.fromhex(wanted)[::-1].hex() == measured)
