"""The manifest of a package: its kind, author, version, licence and files."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationError, field_validator

from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.market.licences import check_licence
from engine.validation import find_problems, list_problems, matching, parse_toml

PackageKind = Literal[
    "look",
    "lut",
    "title",
    "intro",
    "motion-graphic",
    "caption-style",
    "sound-chain",
    "recipe",
    "science-recipe",
]
KINDS: tuple[PackageKind, ...] = get_args(PackageKind)
MANIFEST = "package.toml"

_NAME = r"[a-z0-9](-?[a-z0-9]){0,39}"
_VERSION = r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(-[a-z0-9]{1,20}(\.\d{1,5})?)?"
Name = Annotated[str, matching(_NAME, "lower-case letters, digits and single hyphens, at most 40")]
Version = Annotated[str, matching(_VERSION, "a version such as 1.0.0 or 1.1.0-beta.2 (semver.org)")]
Sha256 = Annotated[str, matching(r"[0-9a-f]{64}", "64 hex digits in lower case")]


class PackageFile(FrozenModel):
    """A file of a package: its SHA-256 and its size in bytes."""

    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class PackageManifest(FrozenModel):
    """The manifest. `files` are all files of the package besides it, by name; they are filled in when it is packed.

    `author` is the name of the key that signs it in a repository. `licence` is an SPDX expression. `attribution` is the
    credit that the licence asks for. `requires` is the oldest version of Cleanwater that reads it. `content` is the
    file that is installed; `previews` are pictures.
    """

    format: Literal[1] = 1
    kind: PackageKind
    author: Name
    name: Name
    version: Version
    title: Annotated[str, Field(min_length=1, max_length=80)]
    summary: Annotated[str, Field(max_length=400)] = ""
    licence: str
    attribution: Annotated[str, Field(max_length=200)] = ""
    requires: Version = "0.1.0"
    content: str
    previews: Annotated[tuple[str, ...], Field(max_length=8)] = ()
    files: dict[str, PackageFile] = Field(default_factory=dict)

    @field_validator("licence")
    @classmethod
    def _known_licence(cls, value: str) -> str:
        return check_licence(value)

    @field_validator("title", "summary", "attribution")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line of text without control characters")
        return value

    @property
    def id(self) -> str:
        """The name of the package, with its author's."""
        return f"{self.author}/{self.name}"

    @property
    def target(self) -> str:
        """The path of its archive in a repository."""
        return f"{self.author}/{self.name}-{self.version}.cwpkg"


def read_manifest(content: bytes) -> PackageManifest:
    """The manifest of a file. Raises RequestError with all errors and their lines."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise RequestError(f"{MANIFEST} is not UTF-8.", "Save the file as UTF-8.") from None
    table = parse_toml(text, MANIFEST)
    try:
        return PackageManifest.model_validate(table)
    except ValidationError as error:
        found = find_problems(error, table, text)
        raise RequestError(
            f"{MANIFEST} is not a valid manifest: {list_problems(found)}.", "docs/market.md lists its keys."
        ) from error


def manifest_bytes(manifest: PackageManifest) -> bytes:
    """The file of a manifest: the same manifest makes the same bytes."""
    import tomlkit

    table = manifest.model_dump(mode="json", exclude_defaults=False)
    table["files"] = dict(sorted(table["files"].items()))
    return tomlkit.dumps(table).encode()


def version_key(version: str) -> tuple[int, int, int, bool, str, int]:
    """A key that sorts versions by semver's precedence: 1.0.0-beta is before 1.0.0."""
    core, _, early = version.partition("-")
    major, minor, patch = map(int, core.split("."))
    word, _, count = early.partition(".")
    return major, minor, patch, not early, word, int(count or 0)


def is_name(text: str) -> bool:
    """Whether a text may be the name of a package or an author."""
    return re.fullmatch(_NAME, text) is not None
