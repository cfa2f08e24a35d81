"""A repository that the user trusts: its signed metadata is verified by python-tuf before anything is read from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from engine.atomic_files import exclusive_lock, make_folder, write_atomic
from engine.errors import EngineError, RequestError
from engine.market.archive import MOST_BYTES
from engine.market.catalogue import CATALOGUE, Catalogue, MarketOffer, read_catalogue
from engine.market.repository import METADATA, TARGETS
from engine.market.trust_refusal import ServedFile, refused
from engine.models import download_bytes
from engine.models.http import require_address

if TYPE_CHECKING:
    from tuf.ngclient import FetcherInterface, Updater

    from engine.policy import Gate

_MOST_DELEGATIONS = 4096
_PIECE = 1 << 16
_SOURCE = "source.json"


@dataclass(frozen=True, slots=True)
class TrustAge:
    """When the user last got news from a repository, and until when they count."""

    refreshed: datetime
    expires: datetime

    def is_expired(self, now: datetime) -> bool:
        """Whether the news is too old to install anything by it."""
        return now >= self.expires


@dataclass(frozen=True, slots=True)
class TrustedRepository:
    """The local state of a trusted repository, in `folder`. One with an address is read through `gate`."""

    folder: Path
    gate: Gate | None = None

    @classmethod
    def add(cls, folder: Path, source: str, root: bytes, gate: Gate | None = None) -> TrustedRepository:
        """Trusts a repository by its root metadata, and gets its news. `source` is its folder or its address.

        Raises RequestError if it is trusted already or the address is not https, EngineError if its metadata is not
        valid.
        """
        if is_address(source):
            require_address(source)
        else:
            source = str(Path(source).absolute())
        if (folder / _SOURCE).exists():
            raise RequestError(f"A repository {folder.name} is trusted already.", "Choose another name.")
        make_folder(folder)
        write_atomic(folder / "trusted-root.json", root)
        write_atomic(folder / _SOURCE, json.dumps({"source": source}).encode())
        trusted = cls(folder, gate)
        try:
            trusted.refresh()
        except EngineError:
            (folder / _SOURCE).unlink()
            raise
        return trusted

    @property
    def source(self) -> str:
        """The folder or the address of the repository. Raises EngineError if the local state is damaged."""
        try:
            return str(json.loads((self.folder / _SOURCE).read_bytes())["source"])
        except (OSError, ValueError, KeyError) as error:
            raise EngineError(f"{self.folder} has no trusted repository.", "cwtui market trust adds one.") from error

    @property
    def age(self) -> TrustAge:
        """When the news came, and when they expire. Raises EngineError if there are none."""
        from tuf.api.metadata import Metadata

        path = self.folder / METADATA / "timestamp.json"
        try:
            signed = Metadata.from_file(str(path)).signed
        except Exception as error:
            raise EngineError(f"There is no news from {self.folder.name}.", "Run cwtui market refresh.") from error
        return TrustAge(datetime.fromtimestamp(path.stat().st_mtime, UTC), signed.expires)

    def refresh(self) -> Catalogue:
        """Gets and verifies the news, and returns the catalogue.

        Raises EngineError, which names the role and the reason; the last valid state stays.
        """
        with self._updater() as updater:
            updater.refresh()
            return read_catalogue(self._get(updater, CATALOGUE))

    def catalogue(self) -> Catalogue:
        """The last verified catalogue, without reading the repository. Raises EngineError if there is none."""
        path = self.folder / TARGETS / quote(CATALOGUE, "")
        if not path.is_file():
            raise EngineError(f"There is no news from {self.folder.name}.", "Run cwtui market refresh.")
        return read_catalogue(path.read_bytes())

    def archive(self, offer: MarketOffer) -> bytes:
        """The verified archive of an offer, signed by its author.

        Raises EngineError if the metadata or the archive is not valid, RequestError if the offer was revoked.
        """
        with self._updater() as updater:
            updater.refresh()
            known = read_catalogue(self._get(updater, CATALOGUE)).find(offer.id, offer.version)
            if known is None or known.revoked:
                reason = known.revoked if known else "it is not offered any more"
                raise RequestError(f"{offer.id} {offer.version} was revoked: {reason}.", "Choose another version.")
            return self._get(updater, offer.target)

    @contextmanager
    def _updater(self) -> Iterator[Updater]:
        """python-tuf's client, one at a time, whose errors become EngineError."""
        from tuf.api import exceptions
        from tuf.ngclient import Updater, UpdaterConfig

        served = ServedFile()
        fetcher = self._fetcher(served)
        for name in (METADATA, TARGETS):
            make_folder(self.folder / name)
        with exclusive_lock(self.folder / ".lock", wait=True, what="Reading the repository"):
            try:
                yield Updater(
                    str(self.folder / METADATA),
                    f"file:///{METADATA}/",
                    str(self.folder / TARGETS),
                    f"file:///{TARGETS}/",
                    fetcher=fetcher,
                    config=UpdaterConfig(max_delegations=_MOST_DELEGATIONS),
                    bootstrap=(self.folder / "trusted-root.json").read_bytes(),
                )
            except (exceptions.RepositoryError, exceptions.DownloadError, ValueError) as error:
                if isinstance(error.__cause__, EngineError):
                    raise error.__cause__ from None
                raise refused(error, self.folder, served) from error

    def _fetcher(self, served: ServedFile) -> FetcherInterface:
        source = self.source
        if is_address(source):
            if self.gate is None:
                raise EngineError(f"{source} may not be read here.", "Run cwtui market refresh.")
            return _fetcher(partial(_read_address, self.gate, source), served)
        if not Path(source).is_dir():
            raise EngineError(f"{source} is not there.", "Connect the disk, or get the repository again.")
        return _fetcher(partial(_read_file, Path(source)), served)

    def _get(self, updater: Updater, target: str) -> bytes:
        entry = updater.get_targetinfo(target)
        if entry is None:
            raise EngineError(
                f"Nobody who may sign {target} has signed it in {self.folder.name}.", "Report it to its owner."
            )
        path = self.folder / TARGETS / quote(target, "")
        found = updater.find_cached_target(entry, str(path)) or updater.download_target(entry, str(path))
        return Path(found).read_bytes()


def is_address(source: str) -> bool:
    """Whether the source of a repository is an address, and not a folder."""
    return "://" in source


def _read_address(gate: Gate, source: str, name: str) -> Iterator[bytes] | None:
    """A file of a repository on a web server; None if it does not exist."""
    content = download_bytes(gate, f"{source.rstrip('/')}/{quote(name)}", MOST_BYTES + (1 << 16), "package")
    return None if content is None else iter([content])


def _read_file(source: Path, name: str) -> Iterator[bytes] | None:
    """A file of a repository in a folder, in pieces; None if it does not exist."""
    path = source / name
    if not path.resolve().is_relative_to(source.resolve()) or not path.is_file():
        return None
    return _pieces(path)


def _pieces(path: Path) -> Iterator[bytes]:
    # The reader stops at its limit: a file may be larger than the memory.
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


def _fetcher(read: Callable[[str], Iterator[bytes] | None], served: ServedFile) -> FetcherInterface:
    """Reads the files of a repository by name. Its class needs python-tuf, which is imported when it is used."""
    from tuf.api.exceptions import DownloadHTTPError
    from tuf.ngclient import FetcherInterface

    class RepositoryFetcher(FetcherInterface):
        def _fetch(self, url: str) -> Iterator[bytes]:
            name = unquote(urlsplit(url).path).lstrip("/")
            served.begin(name)
            content = read(name)
            if content is None:
                raise DownloadHTTPError(f"{name} is missing", 404)
            for piece in content:
                served.add(piece)
                yield piece

    return RepositoryFetcher()
