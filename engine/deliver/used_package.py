"""A package of the market that a deliverable uses, with what its licence asks."""

from __future__ import annotations

from engine.catalog import FrozenModel


class UsedPackage(FrozenModel):
    """A package by name, version and the SHA-256 of its archive.

    `licence` is the one that the user chose. `obligations` are in plain words; `commercial`: whether it may be used in
    commercial work. `attribution` is the credit, empty if the licence asks for none. `presets` are those of its name.
    """

    package: str
    version: str
    sha256: str
    licence: str
    commercial: bool
    obligations: tuple[str, ...]
    attribution: str = ""
    presets: tuple[str, ...] = ()


def credits_of(packages: tuple[UsedPackage, ...]) -> tuple[str, ...]:
    """The credits that the licences ask for, sorted."""
    return tuple(sorted({one.attribution for one in packages if one.attribution}))
