"""Verifies everything of the market that a studio has: repositories, installed packages, and copies in projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.market import Catalogue, InstalledPackage, TrustedRepository

_SOON = timedelta(days=7)
_REVOKED = "Use another version. Projects that have locked it still render."

FindingState = Literal["right", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class MarketFinding:
    """What was found of a repository, a package or a lock. `advice` is empty where nothing has to be done."""

    subject: str
    state: FindingState
    text: str
    advice: str = ""


def verify_market(studio: Path, now: datetime | None = None) -> list[MarketFinding]:
    """Verifies the market of a studio folder, without reading a repository. `now` is by default the time of the clock.

    Each repository: whether its news have expired. Each installed package: whether its archive and presets have their
    digests, it was revoked, and its author's key still counts. Each lock: the same of the copies in the project.
    """
    from engine.market import installed
    from engine.studio.market import known_catalogues, trusted_repositories

    now = now or datetime.now(UTC)
    repositories, catalogues = trusted_repositories(studio), known_catalogues(studio)
    findings = [_repository(name, one, now) for name, one in repositories.items()]
    try:
        packages = installed(studio)
    except EngineError as error:
        findings.append(MarketFinding("installed packages", "wrong", error.message, error.hint))
        packages = ()
    for package in packages:
        findings += _package(studio, package, repositories.get(package.repository), catalogues)
    for path in sorted(studio.glob("*/packages.lock.toml")):
        findings += _lock(studio, path.parent, catalogues)
    return findings


def _repository(name: str, repository: TrustedRepository, now: datetime) -> MarketFinding:
    subject = f"repository {name}"
    try:
        age = repository.age
    except EngineError as error:
        return MarketFinding(subject, "wrong", error.message, error.hint)
    until, days = f"{age.expires:%Y-%m-%d}", (now - age.refreshed).days
    said = f"its news came {days} days ago" if days > 1 else "its news are of the last two days"
    if age.is_expired(now):
        return MarketFinding(
            subject, "wrong", f"{said}, and expired on {until}", "Run cwtui market refresh, or get a newer copy of it."
        )
    if now + _SOON >= age.expires:
        return MarketFinding(subject, "warning", f"{said}, and expire on {until}", "Run cwtui market refresh.")
    return MarketFinding(subject, "right", f"{said}, and count until {until}")


def _package(
    studio: Path, package: InstalledPackage, repository: TrustedRepository | None, catalogues: dict[str, Catalogue]
) -> Iterator[MarketFinding]:
    from engine.market import check_files, find_doubt

    manifest = package.manifest
    subject = f"{manifest.id} {manifest.version}"
    wrong = [(name, state) for name, state in check_files(studio, package).items() if state != "unchanged"]
    for name, state in wrong:
        yield MarketFinding(subject, "wrong", f"{name} is {state}", "Remove the package, then install it again.")
    if reason := _revoked(package.repository, manifest.id, manifest.version, catalogues):
        yield MarketFinding(subject, "wrong", f"it was revoked: {reason}", _REVOKED)
        return
    if not package.repository:
        yield MarketFinding(subject, "warning", "no trusted repository has signed it", "Ask its author to publish it.")
        return
    if repository is None:
        yield MarketFinding(
            subject,
            "warning",
            f"its repository {package.repository} is not trusted any more",
            "Trust it again, or keep it.",
        )
        return
    try:
        doubt = find_doubt(repository.folder, manifest, package.sha256)
    except EngineError as error:
        yield MarketFinding(subject, "wrong", error.message, error.hint)
        return
    if doubt:
        yield MarketFinding(subject, "wrong", doubt, "Ask its author for a version that is signed with the new key.")
    elif not wrong:
        yield MarketFinding(subject, "right", f"its files are unchanged, and {package.repository} vouches for it")


def _lock(studio: Path, project: Path, catalogues: dict[str, Catalogue]) -> Iterator[MarketFinding]:
    from engine.market import check_vendored, read_lock

    try:
        locked = read_lock(project).packages
    except EngineError as error:
        yield MarketFinding(f"lock of {project.name}", "wrong", error.message, error.hint)
        return
    for one in locked:
        subject = f"{one.package} {one.version} in {project.name}"
        if (state := check_vendored(project, one)) != "unchanged":
            yield MarketFinding(
                subject, "wrong", f"the project's copy is {state}", "Install this version, then run cwtui market lock."
            )
        elif missing := [name for name in one.files if not (studio / name).exists()]:
            yield MarketFinding(
                subject, "wrong", f"{missing[0]} is missing", "cwtui market lock writes it again from the copy."
            )
        elif reason := _revoked(one.repository, one.package, one.version, catalogues):
            yield MarketFinding(
                subject, "warning", f"it was revoked: {reason}", "The project still renders; choose another version."
            )
        else:
            yield MarketFinding(subject, "right", "the project's copy is unchanged")


def _revoked(repository: str, package: str, version: str, catalogues: dict[str, Catalogue]) -> str:
    catalogue = catalogues.get(repository)
    offer = catalogue.find(package, version) if catalogue else None
    return offer.revoked if offer else ""
