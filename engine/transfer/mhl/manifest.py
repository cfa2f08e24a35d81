"""One ASC MHL manifest or chain file: read from XML, written as XML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from engine.transfer.mhl.formats import FORMATS

Action = Literal["original", "verified", "failed"]
# Parsed text is limited: an entity that expands to gigabytes is an error.
_PARSER_OPTIONS: dict[str, Any] = {"huge_tree": False, "no_network": True, "resolve_entities": False}
DEFAULT_IGNORES = (".DS_Store", "ascmhl", "ascmhl/")


@dataclass(frozen=True, slots=True)
class HashEntry:
    """One digest of a file: its format, the digest as text, and whether it was new, verified, or differed."""

    format: str
    value: str
    action: str | None = None


@dataclass(frozen=True, slots=True)
class MediaEntry:
    """A file or folder of a manifest, by its POSIX path below the history. `previous` is its path before a renaming."""

    path: str
    size: int | None
    hashes: tuple[HashEntry, ...]
    is_folder: bool = False
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of one manifest. `references` are paths of child manifests with their C4 IDs."""

    entries: tuple[MediaEntry, ...]
    ignores: tuple[str, ...]
    references: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A line of the chain file: generation, name of its manifest, hash format and digest of the manifest's bytes."""

    number: int
    name: str
    format: str
    value: str


@dataclass(frozen=True, slots=True)
class FolderHash:
    """The two hashes of a folder: of its files' bytes, and of these with all names."""

    content: str
    structure: str


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file as a manifest lists it; each hash with the time of its measurement."""

    path: str
    size: int
    modified: datetime
    hashes: Sequence[tuple[HashEntry, datetime]]


@dataclass(frozen=True, slots=True)
class WrittenFolder:
    """A folder as a manifest lists it."""

    path: str
    modified: datetime
    hashes: FolderHash


@dataclass(frozen=True, slots=True)
class WrittenManifest:
    """A manifest to write: files and folders in order, the root's hashes, and references to child manifests."""

    created: datetime
    host: str
    tool: str
    version: str
    process: Literal["transfer", "in-place"]
    format: str
    entries: Sequence[WrittenFile | WrittenFolder]
    root: FolderHash | None
    ignores: Sequence[str]
    references: Sequence[tuple[str, str]] = field(default=())


def read_manifest(path: Path) -> Manifest:
    """Read a manifest. Raises OSError, lxml's XMLSyntaxError, ValueError for one without a hash list."""
    entries: list[MediaEntry] = []
    ignores: list[str] = []
    references: list[tuple[str, str]] = []
    lists = 0
    for tag, element in _elements(path, ("hash", "directoryhash", "hashlistreference", "pattern", "hashlist")):
        if tag in ("hash", "directoryhash"):
            entries.append(_media_entry(element, tag == "directoryhash"))
        elif tag == "hashlistreference":
            references.append((_text(element, "path"), _text(element, "c4")))
        elif tag == "pattern":
            ignores.append(element.text or "")
            continue
        else:
            lists += 1
        element.clear()
    if not lists:
        raise ValueError("it has no hash list")
    return Manifest(tuple(entries), tuple(ignores), tuple(references))


def read_chain(path: Path) -> list[ChainLink]:
    """Read a chain file. Raises as `read_manifest`."""
    links = []
    for _, element in _elements(path, ("hashlist",)):
        found = next(((name, value) for name in FORMATS if (value := _text(element, name))), None)
        if found is None:
            raise ValueError("a generation has no hash")
        links.append(ChainLink(int(element.get("sequencenr") or 0), _text(element, "path"), *found))
    return links


def render_manifest(manifest: WrittenManifest) -> Iterator[str]:
    """Yield the XML of a manifest, in pieces."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0">\n'
    yield (
        f"  <creatorinfo>\n    <creationdate>{_time(manifest.created)}</creationdate>\n"
        f"    <hostname>{_escaped(manifest.host)}</hostname>\n"
        f'    <tool version="{html.escape(manifest.version)}">'
        f"{_escaped(manifest.tool)}</tool>\n  </creatorinfo>\n"
    )
    yield f"  <processinfo>\n    <process>{manifest.process}</process>\n"
    if manifest.root:
        yield f"    <roothash>\n{_folder_hashes(manifest.format, manifest.root, manifest.created)}    </roothash>\n"
    yield "    <ignore>\n"
    yield "".join(f"      <pattern>{_escaped(one)}</pattern>\n" for one in manifest.ignores)
    yield "    </ignore>\n  </processinfo>\n"
    if manifest.entries:
        yield "  <hashes>\n"
        for entry in manifest.entries:
            yield _file_xml(entry) if isinstance(entry, WrittenFile) else _folder_xml(entry, manifest)
        yield "  </hashes>\n"
    if manifest.references:
        yield "  <references>\n"
        for path, c4 in manifest.references:
            yield (
                f"    <hashlistreference>\n      <path>{_escaped(path)}</path>\n      <c4>{c4}</c4>\n"
                "    </hashlistreference>\n"
            )
        yield "  </references>\n"
    yield "</hashlist>\n"


def render_chain(links: Iterable[ChainLink]) -> str:
    """Return the XML of a chain file. ASC MHL permits only C4 IDs in it."""
    lines = "".join(
        f'  <hashlist sequencenr="{link.number}">\n    <path>{_escaped(link.name)}</path>\n'
        f"    <{link.format}>{link.value}</{link.format}>\n  </hashlist>\n"
        for link in links
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<ascmhldirectory xmlns="urn:ASC:MHL:DIRECTORY:v2.0">\n'
    return f"{head}{lines}</ascmhldirectory>\n"


def _file_xml(file: WrittenFile) -> str:
    hashes = "".join(
        f'      <{one.format} action="{one.action}" hashdate="{_time(at)}">{one.value}</{one.format}>\n'
        # The schema has the formats in this order.
        for one, at in sorted(file.hashes, key=lambda pair: pair[0].format)
    )
    return (
        f'    <hash>\n      <path size="{file.size}" lastmodificationdate="{_time(file.modified)}">'
        f"{_escaped(file.path)}</path>\n{hashes}    </hash>\n"
    )


def _folder_xml(folder: WrittenFolder, manifest: WrittenManifest) -> str:
    return (
        f'    <directoryhash>\n      <path lastmodificationdate="{_time(folder.modified)}">'
        f"{_escaped(folder.path)}</path>\n"
        f"{_folder_hashes(manifest.format, folder.hashes, manifest.created)}    </directoryhash>\n"
    )


def _folder_hashes(name: str, hashes: FolderHash, at: datetime) -> str:
    return "".join(
        f'      <{kind}>\n        <{name} hashdate="{_time(at)}">{value}</{name}>\n      </{kind}>\n'
        for kind, value in (("content", hashes.content), ("structure", hashes.structure))
    )


def _escaped(text: str) -> str:
    # The function of xml.sax imports an HTTP client.
    return html.escape(text, quote=False)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _elements(path: Path, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield (name without namespace, element) of each finished element with one of these names."""
    from lxml import etree

    wanted = set(names)
    with path.open("rb") as file:
        for _, element in etree.iterparse(file, events=("end",), **_PARSER_OPTIONS):
            tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
            if tag in wanted:
                yield tag, element


def _media_entry(element: Any, is_folder: bool) -> MediaEntry:
    path = element.find("{*}path")
    size = path.get("size") if path is not None else None
    holder = element.find("{*}content") if is_folder else element
    hashes = []
    for child in holder if holder is not None else ():
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name in FORMATS and child.text:
            hashes.append(HashEntry(name, child.text.strip(), child.get("action")))
    return MediaEntry(
        _clean(_text(element, "path")),
        int(size) if size and size.isdecimal() else None,
        tuple(hashes),
        is_folder,
        _clean(previous) if (previous := _text(element, "previousPath")) else None,
    )


def _clean(path: str) -> str:
    """Return a path as POSIX names without `./` in front."""
    return PurePosixPath(path).as_posix() if path else ""


def _text(element: Any, name: str) -> str:
    return element.findtext("{*}" + name) or ""
