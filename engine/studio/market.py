"""The market of a studio: trusted repositories, and the packages that it installs from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.atomic_files import make_folder, write_atomic
from engine.errors import EngineError, RequestError
from engine.jobs import job_result
from engine.suggestion import hint_with_suggestion

if TYPE_CHECKING:
    from engine.market import Catalogue, InstalledPackage, MarketOffer, PackageKind, TrustedRepository
    from engine.policy import Gate
    from engine.studio.studio import Studio

_TRUST = Path("market") / "repositories"
_DOWNLOADS = Path("market") / "downloads"


@dataclass(frozen=True, slots=True)
class OfferedPackage:
    """An offer with the name of its repository."""

    repository: str
    offer: MarketOffer


def require_market() -> None:
    """Raises RequestError with the command that adds them if the market's libraries are not installed."""
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("tuf", "license_expression")):
        raise RequestError(
            "The market needs libraries that are not installed.", "Add them: uv pip install 'cleanwater[market]'"
        )


def trusted_repositories(studio: Path, gate: Gate | None = None) -> dict[str, TrustedRepository]:
    """The trusted repositories of a studio by name. Those with an address are read through `gate`."""
    from engine.market import TrustedRepository

    folder = studio / _TRUST
    found = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return {path.name: TrustedRepository(path, gate) for path in found}


def trust_repository(studio: Path, name: str, source: str, root: bytes, gate: Gate | None = None) -> TrustedRepository:
    """Trusts a repository by its root metadata. Raises RequestError or EngineError as `TrustedRepository.add`."""
    from engine.market import TrustedRepository, is_name

    if not is_name(name):
        raise RequestError(f"“{name}” is not a valid name.", "Use lower-case letters, digits and single hyphens.")
    return TrustedRepository.add(studio / _TRUST / name, source, root, gate)


def search_market(studio: Path, text: str, kind: PackageKind | None = None) -> list[OfferedPackage]:
    """The offers of all trusted repositories whose texts contain every word. Reads no repository."""
    return [
        OfferedPackage(name, offer) for name, catalogue in _catalogues(studio) for offer in catalogue.search(text, kind)
    ]


def hosts_of(studio: Path, names: Iterable[str] | None = None) -> list[str]:
    """The hosts that trusted repositories, by default all, are read from; empty if all are folders."""
    from engine.market import is_address

    known = trusted_repositories(studio)
    sources = {known[name].source for name in (known if names is None else names)}
    return sorted({urlsplit(source).netloc for source in sources if is_address(source)})


def find_offer(studio: Path, reference: str) -> OfferedPackage:
    """The offer of a package, as `ada/dusk` (its newest version) or `ada/dusk@1.0.0`.

    Raises RequestError if no trusted repository has it, or several do.
    """
    package, _, version = reference.partition("@")
    found, names = [], set()
    for name, catalogue in _catalogues(studio):
        names |= {one.id for one in catalogue.packages}
        offer = catalogue.find(package, version) if version else catalogue.newest(package)
        if offer:
            found.append(OfferedPackage(name, offer))
    if not found:
        hint = hint_with_suggestion(package, sorted(names), "cwtui market search lists the packages.")
        raise RequestError(f"No trusted repository has {reference}.", hint)
    if len({one.offer.sha256 for one in found}) > 1:
        where = ", ".join(one.repository for one in found)
        raise RequestError(
            f"{reference} is different in {where}.", "Name its version, or remove a repository that you do not trust."
        )
    return found[0]


def install_package(
    studio: Studio, reference: str, choice: str | None = None, trial: bool = False, repository: str = ""
) -> dict[str, Any]:
    """Installs an offer, or the package of a .cwpkg file that a `repository` had offered. Returns its record as JSON.

    A `trial` is not installed: its presets are below `folder` of the record. Raises RequestError or EngineError with
    the reason; then nothing was installed.
    """
    from engine.market import SUFFIX
    from engine.tasks import market_install_request

    if reference.endswith(SUFFIX):
        step = market_install_request(studio.task_context, Path(reference).absolute(), repository, choice, trial)
        return dict(job_result(*studio.jobs.wait(studio.jobs.submit([step]))))
    found = find_offer(studio.folder, reference)
    archive = trusted_repositories(studio.folder, studio.gate)[found.repository].archive(found.offer)
    path = studio.folder / _DOWNLOADS / Path(found.offer.target).name
    make_folder(path.parent)
    write_atomic(path, archive)
    try:
        step = market_install_request(studio.task_context, path, found.repository, choice, trial)
        return dict(job_result(*studio.jobs.wait(studio.jobs.submit([step]))))
    finally:
        path.unlink(missing_ok=True)


def installed_offers(studio: Path) -> list[tuple[InstalledPackage, MarketOffer | None]]:
    """The newest installed version of each package, with the newest offer of the repository that it came from."""
    from engine.market import installed

    known = known_catalogues(studio)
    newest = {one.manifest.id: one for one in installed(studio)}
    offers = {name: known.get(one.repository) for name, one in newest.items()}
    return [(one, catalogue.newest(name) if (catalogue := offers[name]) else None) for name, one in newest.items()]


def known_catalogues(studio: Path) -> dict[str, Catalogue]:
    """The last verified catalogue of each trusted repository that has one."""
    return dict(_catalogues(studio))


def audit_market(studio: Path) -> list[dict[str, Any]]:
    """Each installed package with the state of its files, its obligations and whether it was revoked since."""
    from engine.market import check_files, installed, obligations_of, read_badges

    known = dict(_catalogues(studio))
    rows = []
    for one in installed(studio):
        manifest = one.manifest
        catalogue = known.get(one.repository)
        offer = catalogue.find(manifest.id, manifest.version) if catalogue else None
        newest = catalogue.newest(manifest.id) if catalogue else None
        badges = read_badges(studio, one.sha256)
        rows.append(
            {
                "package": manifest.id,
                "version": manifest.version,
                "kind": manifest.kind,
                "preset": one.preset,
                "licence": one.choice,
                "obligations": obligations_of(one.choice).words(),
                "attribution": manifest.attribution,
                "repository": one.repository,
                "newest": newest.version if newest else "",
                "revoked": offer.revoked if offer else "",
                "files": check_files(studio, one),
                "badges": badges.model_dump(mode="json") if badges else None,
            }
        )
    return rows


def trust_ages(studio: Path) -> list[dict[str, Any]]:
    """Of each trusted repository its source, when its news came, when they expire, and whether they have."""
    rows = []
    now = datetime.now(UTC)
    for name, repository in trusted_repositories(studio).items():
        with suppress(EngineError):
            age = repository.age
            rows.append(
                {
                    "repository": name,
                    "source": repository.source,
                    "refreshed": age.refreshed.isoformat(timespec="seconds"),
                    "expires": age.expires.isoformat(timespec="seconds"),
                    "expired": age.is_expired(now),
                }
            )
    return rows


def _catalogues(studio: Path) -> Iterator[tuple[str, Catalogue]]:
    for name, repository in trusted_repositories(studio).items():
        with suppress(EngineError):
            yield name, repository.catalogue()
