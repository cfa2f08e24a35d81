"""The catalogue of a repository: what it offers and what was revoked. It is a signed target itself."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator

from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.market.licences import check_licence
from engine.market.manifest import Name, PackageKind, PackageManifest, Sha256, Version, version_key

CATALOGUE = "catalogue.json"


class MarketOffer(FrozenModel):
    """A package that a repository offers; `target` is the path of its archive."""

    kind: PackageKind
    author: Name
    name: Name
    version: Version
    title: Annotated[str, Field(max_length=80)]
    summary: Annotated[str, Field(max_length=400)] = ""
    licence: str
    sha256: Sha256
    size: int
    revoked: Annotated[str, Field(max_length=200)] = ""

    @field_validator("licence")
    @classmethod
    def _known_licence(cls, value: str) -> str:
        return check_licence(value)

    @property
    def id(self) -> str:
        """The name of the package, with its author's."""
        return f"{self.author}/{self.name}"

    @property
    def target(self) -> str:
        """The path of its archive in the repository."""
        return str(PurePosixPath(self.author) / f"{self.name}-{self.version}.cwpkg")


class Catalogue(FrozenModel):
    """All offers. `revoked` of an offer is the reason why it is no longer installed."""

    format: Literal[1] = 1
    packages: tuple[MarketOffer, ...] = ()

    def newest(self, package: str) -> MarketOffer | None:
        """The newest version of a package that was not revoked."""
        found = [one for one in self.packages if one.id == package and not one.revoked]
        return max(found, key=lambda one: version_key(one.version), default=None)

    def find(self, package: str, version: str) -> MarketOffer | None:
        """A version of a package."""
        return next((one for one in self.packages if (one.id, one.version) == (package, version)), None)

    def search(self, text: str, kind: PackageKind | None = None) -> list[MarketOffer]:
        """The newest versions whose name, title or summary contains every word of a text."""
        words = text.casefold().split()
        newest = {one.id: found for one in self.packages if (found := self.newest(one.id))}
        return [
            one
            for _, one in sorted(newest.items())
            if (kind is None or one.kind == kind)
            and all(word in f"{one.id} {one.title} {one.summary}".casefold() for word in words)
        ]

    def with_offer(self, offer: MarketOffer) -> Catalogue:
        """The catalogue with an offer added, or replaced."""
        others = [one for one in self.packages if (one.id, one.version) != (offer.id, offer.version)]
        ordered = sorted([*others, offer], key=lambda one: (one.id, version_key(one.version)))
        return self.model_copy(update={"packages": tuple(ordered)})


def offer_of(manifest: PackageManifest, digest: str, size: int) -> MarketOffer:
    """The offer of a package."""
    shared = manifest.model_dump(include=set(MarketOffer.model_fields) - {"sha256", "size", "revoked"})
    return MarketOffer(**shared, sha256=digest, size=size)


def read_catalogue(content: bytes) -> Catalogue:
    """The catalogue of its file. Raises EngineError if it is damaged."""
    try:
        return Catalogue.model_validate_json(content)
    except ValidationError as error:
        raise EngineError(
            "The catalogue of the repository cannot be read.", "Report it to the owner of the repository."
        ) from error
