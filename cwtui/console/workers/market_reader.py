"""Reads, tries, installs and removes packages of the market on a thread, in the order of the requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from cwtui.console.workers.open_studio import open_studio
from cwtui.console.workers.studio_worker import Notice

if TYPE_CHECKING:
    from engine.studio import Studio


@dataclass(frozen=True, slots=True)
class ListedPackage:
    """A package that is offered, installed, or both.

    `licences` are the choices of its licence with their obligations in plain words. `preset` is the name of the
    installed preset. `look` is its look, by name or by the path of a trial; `archive` is its archive, installed or
    tried. `newest` is a newer version that is offered. `wrong` is a reason not to use it: revoked, or files that were
    changed. `host` is the machine from which it would be downloaded; empty for a repository in a folder. `badges` are
    what was measured of it on this device, in words.
    """

    id: str
    version: str
    kind: str
    title: str
    summary: str = ""
    size: int = 0
    repository: str = ""
    licences: tuple[tuple[str, tuple[str, ...]], ...] = ()
    preset: str = ""
    look: str = ""
    archive: Path | None = None
    newest: str = ""
    wrong: str = ""
    host: str = ""
    badges: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The package with its version, as commands name it."""
        return f"{self.id}@{self.version}"

    @property
    def tried(self) -> bool:
        """Whether it was read for a trial, and is not installed."""
        return not self.preset and self.archive is not None


class MarketRead(Message):
    """The packages, and a line for each repository about the age of its news; without libraries the reason."""

    def __init__(
        self, packages: tuple[ListedPackage, ...], ages: tuple[tuple[str, bool], ...], reason: str = ""
    ) -> None:
        super().__init__()
        self.packages = packages
        self.ages = ages
        self.reason = reason


class MarketReader:
    """The market of a studio. Each request posts its result, then the packages as they are."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        self._folder = folder
        self._post = post
        self._work: SimpleQueue[Callable[[Studio], str | None] | None] = SimpleQueue()
        self._idle = Event()
        self._idle.set()
        self._thread: Thread | None = None

    @property
    def idle(self) -> bool:
        """Whether all requests are done."""
        return self._idle.is_set()

    def read(self) -> None:
        """Reads the packages."""
        self._request(lambda studio: None)

    def refresh(self) -> None:
        """Reads the news of the repositories that are folders. Those with an address need the command, which asks."""

        def refresh(studio: Studio) -> str:
            from engine.market import is_address
            from engine.studio import trusted_repositories

            names = []
            for name, repository in trusted_repositories(studio.folder, studio.gate).items():
                if not is_address(repository.source):
                    repository.refresh()
                    names.append(name)
            return f"Refreshed: {', '.join(names)}." if names else "No trusted repository is a folder."

        self._request(refresh)

    def install(self, package: ListedPackage, choice: str | None) -> None:
        """Installs a package."""

        def install(studio: Studio) -> str:
            from engine.market import InstalledPackage
            from engine.studio import install_package

            record = InstalledPackage.model_validate(install_package(studio, package.key, choice))
            return f"{record.manifest.id} is installed as {record.preset}."

        self._request(install)

    def try_out(self, package: ListedPackage) -> None:
        """Reads a package without installing it, if it was not read before."""

        def read(studio: Studio) -> None:
            from engine.studio import known_trial, try_package

            if known_trial(studio.folder, package.key) is None:
                try_package(studio, package.key)

        self._request(read)

    def remove(self, package: ListedPackage) -> None:
        """Removes an installed package."""

        def remove(studio: Studio) -> str:
            from engine.market import find_installed
            from engine.studio import remove_package

            remove_package(studio.folder, find_installed(studio.folder, package.id, package.version))
            return f"{package.key} is removed."

        self._request(remove)

    def stop(self) -> None:
        """Ends the thread after the requests."""
        if self._thread:
            self._work.put(None)

    def _request(self, work: Callable[[Studio], str | None]) -> None:
        self._idle.clear()
        self._work.put(work)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="market", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        studio = open_studio(self._folder, self._post)
        if studio is None:
            self._idle.set()
            return
        while work := self._work.get():
            try:
                if reason := missing_libraries():
                    self._post(MarketRead((), (), reason))
                else:
                    message = work(studio)
                    self._post(MarketRead(*listed_packages(studio.folder)))
                    if message:
                        self._post(Notice(message))
            except Exception as error:
                self._post(Notice("", to_engine_error(error)))
            if self._work.empty():
                self._idle.set()
        studio.close()


def missing_libraries() -> str:
    """Why the market cannot be used; empty if it can."""
    from engine.errors import EngineError
    from engine.studio import require_market

    try:
        require_market()
    except EngineError as error:
        return f"{error.message} {error.hint}"
    return ""


def listed_packages(studio: Path) -> tuple[tuple[ListedPackage, ...], tuple[tuple[str, bool], ...]]:
    """The packages of a studio, installed ones first, and the ages of its repositories; True: expired."""
    from engine.market import archive_path, installed, read_badges
    from engine.studio import audit_market, hosts_of, read_trial, search_market, trial_of, trust_ages

    records = {f"{one.manifest.id}@{one.manifest.version}": one for one in installed(studio)}
    audits = {f"{row['package']}@{row['version']}": row for row in audit_market(studio)}
    found: dict[str, ListedPackage] = {}
    for key, record in records.items():
        manifest, row = record.manifest, audits[key]
        found[key] = ListedPackage(
            manifest.id,
            manifest.version,
            manifest.kind,
            manifest.title,
            manifest.summary,
            repository=record.repository,
            licences=licence_words(record.choice),
            preset=record.preset,
            look=record.preset if manifest.kind == "look" else "",
            archive=archive_path(studio, manifest),
            newest=row["newest"] if row["newest"] not in ("", manifest.version) else "",
            wrong=_problem(row),
            badges=tuple(badges.words()) if (badges := read_badges(studio, record.sha256)) else (),
        )
    for one in search_market(studio, "", None):
        offer = one.offer
        key = f"{offer.id}@{offer.version}"
        if key not in found:
            look, archive = "", None
            if folder := trial_of(studio, offer.sha256):
                tried = read_trial(folder)
                look = str(folder / "looks" / f"{tried.preset}.toml") if offer.kind == "look" else ""
                archive = archive_path(folder, tried.manifest)
            found[key] = ListedPackage(
                offer.id,
                offer.version,
                offer.kind,
                offer.title,
                offer.summary,
                offer.size,
                one.repository,
                licence_words(offer.licence),
                look=look,
                archive=archive,
                host=", ".join(hosts_of(studio, [one.repository])),
            )
    ages = tuple((_age(row), bool(row["expired"])) for row in trust_ages(studio))
    return tuple(sorted(found.values(), key=lambda one: (not one.preset, one.id, one.version))), ages


def licence_words(expression: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The choices of a licence, with their obligations in plain words."""
    from engine.market import choices_of, obligations_of

    return tuple((one, tuple(obligations_of(one).words())) for one in choices_of(expression))


def _problem(row: dict[str, Any]) -> str:
    if row["revoked"]:
        return f"revoked: {row['revoked']}"
    changed = [f"{Path(name).name} is {state}" for name, state in row["files"].items() if state != "unchanged"]
    return ", ".join(changed)


def _age(row: dict[str, Any]) -> str:
    from cwtui.formatting import format_age

    age = format_age(datetime.fromisoformat(row["refreshed"]), datetime.now(UTC))
    until = f"expired on {row['expires'][:10]}" if row["expired"] else f"valid until {row['expires'][:10]}"
    return f"{row['repository']}: refreshed {age}, {until}"
