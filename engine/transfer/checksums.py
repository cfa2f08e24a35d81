"""Checksums on a card: ASC MHL histories, MHL 1 files, and checksum lists in the formats of md5sum and xxhsum."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from engine.catalog import Damage
from engine.errors import Cancelled, EngineError

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
_MAKERS: dict[str, Callable[[], Any]] = {
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "xxh64": xxhash.xxh64,
    "xxh3": xxhash.xxh3_64,
    "xxh128": xxhash.xxh3_128,
}


@dataclass(frozen=True, slots=True)
class Checksum:
    """One entry of a list: algorithm (`xxh` if only the digest's length tells the variant), digest in hex, list."""

    algorithm: str
    value: str
    listed_in: Path


@dataclass(slots=True)
class CardChecksums:
    """The checksums in lists beside and above footage, by file. Each folder is read once."""

    _listed: dict[Path, list[Checksum]] = field(default_factory=lambda: defaultdict(list))
    _seen: set[Path] = field(default_factory=set)
    broken: list[tuple[Path, EngineError]] = field(default_factory=list)

    def of(self, path: Path) -> list[Checksum]:
        """Return the checksums that are listed for a file."""
        for folder in (path.parent, *list(path.parent.parents)[:_HIGHEST]):
            if folder not in self._seen:
                self._seen.add(folder)
                self._read_folder(folder)
        return self._listed.get(path, [])

    def compare(self, path: Path, cancelled: Callable[[], bool] | None = None) -> Damage | None:
        """Compare a file with its listed checksums. Return the damage record of a mismatch, or None.

        Raises EngineError if the file cannot be read, Cancelled.
        """
        wanted = self.of(path)
        if not wanted:
            return None
        measured = _digests(path, {name for one in wanted for name in _candidates(one)}, cancelled)
        for one in wanted:
            if not any(_same(one.value, measured[name]) for name in _candidates(one)):
                return Damage(
                    kind="changed",
                    media="file",
                    detail=f"{path.name} differs from its {one.algorithm} checksum in {one.listed_in.name}.",
                )
        return None

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
                    for manifest in sorted(entry.glob("*.mhl")):
                        self._add(manifest, _read_history(manifest), folder)
                elif entry.suffix.lower() == ".mhl" and _is_list(entry):
                    self._add(entry, _read_former(entry), folder)
                elif kind and _is_list(entry):
                    self._add(entry, _read_lines(entry, kind), folder)
            except Exception as problem:  # ascmhl raises any error of its XML parser
                self.broken.append((entry, _unreadable(entry, problem)))

    def _add(self, source: Path, lines: Iterator[tuple[str, str, str]], folder: Path) -> None:
        for name, algorithm, value in lines:
            # Entries for files outside the list's folder are ignored.
            path = folder / name.replace("\\", "/")
            if algorithm and ".." not in path.parts:
                self._listed[path].append(Checksum(algorithm, value.lower(), source))


def _unreadable(path: Path, problem: Exception) -> EngineError:
    return EngineError(
        f"The checksums in {path.name} cannot be read: {str(problem).splitlines()[0] if str(problem) else 'damaged'}.",
        "Copy that file again, or remove it. The footage that it lists was not compared with it.",
    )


def _is_list(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= _LARGEST_LIST


def _read_history(manifest: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (path, algorithm, digest) of each file in an ASC MHL manifest, without failed entries."""
    from ascmhl import hashlist_xml_parser

    for media in hashlist_xml_parser.parse(str(manifest)).media_hashes:
        if media.is_directory or not media.path:
            continue
        for entry in media.hash_entries:
            if entry.action != "failed" and entry.hash_format in _MAKERS:
                yield media.path, entry.hash_format, entry.hash_string


def _read_former(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the same for an MHL 1 file (mediahashlist.org)."""
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
    digests = {name: _MAKERS[name]() for name in names}
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if cancelled and cancelled():
                    raise Cancelled("Cancelled.", "Ingest again to continue: finished copies are kept.")
                for digest in digests.values():
                    digest.update(block)
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the disk it is on.") from error
    return {name: digest.hexdigest() for name, digest in digests.items()}


def _same(wanted: str, measured: str) -> bool:
    """Compare two digests. Old tools write the bytes of xxHash in reverse order."""
    return wanted == measured or (len(wanted) == 16 and bytes.fromhex(wanted)[::-1].hex() == measured)
