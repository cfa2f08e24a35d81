"""A package: made from a folder, and read from an archive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine import __version__
from engine.errors import RequestError
from engine.market.archive import archive_bytes, read_archive
from engine.market.contents import canonical_content, content_files
from engine.market.licence_text import check_licence_text
from engine.market.manifest import MANIFEST, PackageFile, PackageManifest, manifest_bytes, read_manifest, version_key
from engine.market.previews import canonical_preview
from engine.market.proof import PROOF_FILES, PROVEN_KINDS, make_proof, read_proof

_LICENCE_FILES = ("licence.txt", "license.txt")
_MOST_LICENCE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class MarketPackage:
    """A package as Cleanwater writes it. `files` are by name, without the manifest."""

    manifest: PackageManifest
    files: Mapping[str, bytes]

    @property
    def archive(self) -> bytes:
        """The bytes of its archive; the same package has the same bytes."""
        return archive_bytes({MANIFEST: manifest_bytes(self.manifest), **self.files})

    @property
    def digest(self) -> str:
        """SHA-256 of the archive."""
        return hashlib.sha256(self.archive).hexdigest()


def pack(folder: Path, scratch: Path) -> MarketPackage:
    """The package of a folder with a manifest. `scratch` is an empty folder for the work.

    Raises RequestError with the file and the reason if the folder is no valid package.
    """
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise RequestError(f"{path} is a link.", "Replace it with the file.")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    manifest = _manifest_in(files)
    if manifest.files:
        raise RequestError(f"{MANIFEST} lists files.", "Remove [files]: cwtui market pack fills it in.")
    if proof := [name for name in PROOF_FILES if name in files]:
        raise RequestError(f"{folder} has {proof[0]}.", "Remove it: cwtui market pack makes the proof.")
    return _rewritten(manifest, files, scratch, make_proof)


def open_package(content: bytes, scratch: Path) -> MarketPackage:
    """The package of an archive, written again. Run this in a sandbox: the content is not trusted.

    Raises RequestError with the reason if the archive is not exactly what Cleanwater writes for its files.
    """
    files = dict(read_archive(content))
    manifest = _manifest_in(files)
    if version_key(manifest.requires) > version_key(__version__):
        raise RequestError(
            f"{manifest.id} needs Cleanwater {manifest.requires}; this is {__version__}.", "Update Cleanwater."
        )
    for name, entry in manifest.files.items():
        if name not in files or hashlib.sha256(files[name]).hexdigest() != entry.sha256:
            raise RequestError(f"{name} is not the file that the manifest of {manifest.id} lists.", _AGAIN)
    if stray := sorted(set(files) - set(manifest.files)):
        raise RequestError(f"The manifest of {manifest.id} does not list {stray[0]}.", _AGAIN)
    package = _rewritten(manifest.model_copy(update={"files": {}}), files, scratch, _given_proof(files))
    if package.archive != content:
        raise RequestError(f"{manifest.id} is not in the form that Cleanwater writes.", _AGAIN)
    return package


_AGAIN = "Nothing was installed. Get the package again from its author, who makes it with cwtui market pack."


def _manifest_in(files: dict[str, bytes]) -> PackageManifest:
    """Takes the manifest out of the files and reads it."""
    if MANIFEST not in files:
        raise RequestError(f"There is no {MANIFEST}.", "docs/market.md shows one.")
    return read_manifest(files.pop(MANIFEST))


def _given_proof(files: Mapping[str, bytes]) -> Callable[..., dict[str, bytes]]:
    """Reads the proof among the files of a package."""
    return lambda manifest, content, scratch: read_proof(manifest, content, files, scratch)


def _rewritten(
    manifest: PackageManifest, files: Mapping[str, bytes], scratch: Path, prove: Callable[..., dict[str, bytes]]
) -> MarketPackage:
    known = {*content_files(manifest, files), *manifest.previews, *_LICENCE_FILES}
    if manifest.kind in PROVEN_KINDS:
        known |= set(PROOF_FILES)
    if stray := sorted(set(files) - known):
        raise RequestError(
            f"{stray[0]} belongs to nothing in the package.",
            "A package has its content, the tables of a look, previews and licence.txt.",
        )
    written = canonical_content(manifest, files, scratch)
    written |= prove(manifest, dict(written), scratch)
    for name in manifest.previews:
        if name not in files or not name.endswith(".png"):
            raise RequestError(f"The preview {name} is no .png file of the package.", "Correct previews.")
        written[name] = canonical_preview(name, files[name])
    for name in set(files) & set(_LICENCE_FILES):
        written[name] = _licence_text(name, files[name])
        check_licence_text(name, written[name].decode(), manifest.licence)
    return MarketPackage(manifest.model_copy(update={"files": listed_files(written)}), dict(sorted(written.items())))


def listed_files(files: Mapping[str, bytes]) -> dict[str, PackageFile]:
    """Files as a manifest lists them."""
    return {
        name: PackageFile(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        for name, content in sorted(files.items())
    }


def _licence_text(name: str, content: bytes) -> bytes:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if len(content) > _MOST_LICENCE_BYTES or not all(c.isprintable() or c in "\r\n\t" for c in text):
        raise RequestError(f"{name} is not plain text of at most 64 KiB.", "Save it as UTF-8 text.")
    return ("\n".join(line.rstrip() for line in text.splitlines()) + "\n").encode()
