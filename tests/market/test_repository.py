"""Repositories and trust: every attack on signed metadata is refused by name, and the last valid state stays."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.catalog import Catalog
from engine.errors import EngineError, RequestError
from engine.market import (
    MarketOffer,
    Repository,
    TrustedRepository,
    load_key,
    new_key,
    read_public_key,
    write_public_key,
)
from engine.policy import Gate, PolicyError

from .packages import look_package

OFFLINE = """
title = "Offline"
kind = "rules"
owner = "Ada"
change = "Ask Ada."
[[rule]]
id = "no-downloads"
effect = "forbid"
actions = ["download"]
reason = "This Mac stays offline."
"""


class Market:
    """A repository with the author ada, and a user who trusts it."""

    def __init__(self, folder: Path, age: timedelta = timedelta(0)) -> None:
        self.folder = folder
        self.owner = Repository(folder / "repository", folder / "keys", lambda: datetime.now(UTC) - age)
        self.owner.create()
        new_key("ada", self.mine)
        self.owner.add_author("ada", load_key("ada", self.mine).public_key)

    @property
    def mine(self) -> Path:
        return self.folder / "mine"

    def publish(self, version: str = "1.0.0", **fields: str) -> MarketOffer:
        return self.owner.publish(look_package(version=version, **fields), self.mine)

    def trust(self, source: str | None = None, gate: Gate | None = None) -> TrustedRepository:
        place = source or str(self.owner.folder)
        return TrustedRepository.add(self.folder / "trust" / "main", place, self.owner.root, gate)

    def saved(self) -> Path:
        """A copy of the repository's files as they are now."""
        copy = self.folder / "saved"
        shutil.copytree(self.owner.folder, copy)
        return copy

    def restore(self, copy: Path, *names: str) -> None:
        """Puts saved metadata back, all of it or some files."""
        for path in (copy / "metadata").iterdir():
            if not names or path.name in names:
                shutil.copy(path, self.owner.folder / "metadata" / path.name)


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path)


def test_a_published_package_is_found_and_verified(market: Market) -> None:
    offer = market.publish()
    trusted = market.trust()
    assert trusted.catalogue().search("dusk look") == []
    assert trusted.catalogue().search("DUSK") == [offer]
    assert trusted.archive(offer) == look_package().archive
    newer = market.publish("1.1.0")
    assert trusted.catalogue().newest("ada/dusk") == offer
    assert trusted.refresh().newest("ada/dusk") == newer
    assert not trusted.age.is_expired(datetime.now(UTC))


def test_a_version_is_published_once_and_only_by_its_author(market: Market) -> None:
    market.publish()
    with pytest.raises(RequestError, match="published already"):
        market.publish()
    new_key("eve", market.mine)
    with pytest.raises(RequestError, match="not an author"):
        market.publish(author="eve")
    (market.mine / "ada.pem").unlink()
    new_key("ada", market.mine)
    with pytest.raises(RequestError, match="knows another key of ada"):
        market.publish("1.1.0")


def test_names_that_look_alike_have_one_owner(market: Market, tmp_path: Path) -> None:
    new_key("eve", tmp_path)
    write_public_key(load_key("eve", tmp_path).public_key, tmp_path / "eve.json")
    key = read_public_key(tmp_path / "eve.json")
    market.owner.add_author("lola", key)
    for name in ("a-da", "l0la", "1ola"):
        with pytest.raises(RequestError, match="looks like the name"):
            market.owner.add_author(name, key)
    with pytest.raises(RequestError, match="not a valid name"):
        market.owner.add_author("\u0430da", key)


def test_an_author_cannot_sign_for_another(market: Market, tmp_path: Path) -> None:
    """Eve signs a package of ada with her own role, which her delegation does not cover."""
    from tuf.api.metadata import Metadata, TargetFile

    offer = market.publish()
    new_key("eve", market.mine)
    market.owner.add_author("eve", load_key("eve", market.mine).public_key)
    trusted = market.trust()
    path = max((market.owner.folder / "metadata").glob("*.author-ada.json"))
    metadata = Metadata.from_file(str(path))
    evil = TargetFile.from_data(offer.target, b"evil", ["sha256"])
    metadata.signed.targets[offer.target] = evil
    metadata.sign(load_key("eve", market.mine))
    metadata.to_file(str(path))
    with pytest.raises(EngineError, match=r"signatures of main are not valid.*author-ada"):
        trusted.archive(offer)


def test_a_changed_archive_is_refused(market: Market) -> None:
    offer = market.publish()
    trusted = market.trust()
    (path,) = (market.owner.folder / "targets" / "ada").glob("*.dusk-1.0.0.cwpkg")
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    with pytest.raises(EngineError, match="signatures of main are not valid"):
        trusted.archive(offer)


def test_an_older_state_is_refused(market: Market) -> None:
    market.publish()
    saved = market.saved()
    offer = market.publish("1.1.0")
    trusted = market.trust()
    market.restore(saved, "timestamp.json")
    with pytest.raises(EngineError, match="older news"):
        trusted.refresh()
    assert trusted.catalogue().newest("ada/dusk") == offer


def test_a_mixture_of_states_is_refused(market: Market) -> None:
    """The newest timestamp with an older snapshot under its name."""
    market.publish()
    metadata = market.owner.folder / "metadata"
    older = max(metadata.glob("*.snapshot.json"), key=lambda path: int(path.name.split(".")[0])).read_bytes()
    market.publish("1.1.0")
    newest = max(metadata.glob("*.snapshot.json"), key=lambda path: int(path.name.split(".")[0]))
    newest.write_bytes(older)
    with pytest.raises(EngineError, match="main"):
        market.trust()


def test_a_frozen_repository_expires_and_installed_packages_stay(tmp_path: Path) -> None:
    market = Market(tmp_path, age=timedelta(days=31))
    market.publish()
    with pytest.raises(EngineError, match="have expired"):
        market.trust()
    Repository(market.owner.folder, market.owner.keys).refresh()
    trusted = market.trust()
    assert trusted.age.is_expired(datetime.now(UTC) + timedelta(days=30))
    assert trusted.catalogue().newest("ada/dusk")


def test_another_repository_under_the_same_name_is_refused(market: Market, tmp_path: Path) -> None:
    market.publish()
    trusted = market.trust()
    shutil.rmtree(market.owner.folder)
    other = Repository(market.owner.folder, tmp_path / "other-keys")
    other.create()
    with pytest.raises(EngineError, match="main"):
        trusted.refresh()
    assert trusted.catalogue().newest("ada/dusk")
    with pytest.raises(RequestError, match="trusted already"):
        market.trust()


def test_a_lost_root_key_is_replaced_by_the_two_others(market: Market, tmp_path: Path) -> None:
    trusted_before = market.trust()
    (market.owner.keys / "root-2.pem").rename(tmp_path / "stolen.pem")
    assert market.owner.replace_root_key("root-2") == "root-4"
    offer = market.publish()
    assert trusted_before.refresh().newest("ada/dusk") == offer
    (market.owner.keys / "root-1.pem").unlink()
    (market.owner.keys / "root-3.pem").unlink()
    with pytest.raises(RequestError, match="two companions"):
        market.owner.replace_root_key("root-1")


def test_a_root_that_one_key_signed_is_refused(market: Market) -> None:
    from tuf.api.metadata import Metadata

    trusted = market.trust()
    metadata = Metadata.from_bytes(market.owner.root)
    metadata.signed.version = 2
    metadata.sign(load_key("root-1", market.owner.keys))
    metadata.to_file(str(market.owner.folder / "metadata" / "2.root.json"))
    with pytest.raises(EngineError, match="root was signed by 1/2"):
        trusted.refresh()


def test_a_revoked_version_is_no_longer_installed(market: Market) -> None:
    first = market.publish()
    market.publish("1.1.0")
    trusted = market.trust()
    market.owner.revoke("ada/dusk", "1.0.0", "has a wrong table")
    with pytest.raises(RequestError, match=r"ada/dusk 1\.0\.0 was revoked: has a wrong table"):
        trusted.archive(first)
    found = trusted.catalogue().find("ada/dusk", "1.0.0")
    assert found
    assert found.revoked == "has a wrong table"


def test_a_revoked_author_key_signs_nothing_more(market: Market) -> None:
    market.publish()
    stolen = load_key("ada", market.mine)
    (market.mine / "ada.pem").rename(market.folder / "stolen.pem")
    new_key("ada", market.mine)
    market.owner.add_author("ada", load_key("ada", market.mine).public_key)
    offer = market.publish("1.1.0")
    trusted = market.trust()
    assert trusted.archive(offer)
    from tuf.api.metadata import Metadata

    path = max((market.owner.folder / "metadata").glob("*.author-ada.json"), key=lambda p: int(p.name.split(".")[0]))
    metadata = Metadata.from_file(str(path))
    metadata.sign(stolen)
    metadata.to_file(str(path))
    shutil.rmtree(trusted.folder)
    with pytest.raises(EngineError, match="author-ada was signed by 0/1"):
        market.trust().archive(offer)


def test_keys_are_private_and_damage_is_named(market: Market) -> None:
    path = market.mine / "ada.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(RequestError, match="Other users can read"):
        load_key("ada", market.mine)
    path.chmod(0o600)
    path.write_bytes(b"-----BEGIN")
    with pytest.raises(RequestError, match="is damaged"):
        load_key("ada", market.mine)
    with pytest.raises(RequestError, match="no key eve"):
        load_key("eve", market.mine)
    with pytest.raises(RequestError, match="is no public key"):
        read_public_key(path)


@pytest.fixture
def address(market: Market) -> Generator[str]:
    """The address of the repository on a web server of this machine."""
    handler = partial(QuietHandler, directory=market.owner.folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *values: object) -> None:
        pass


def test_a_repository_on_a_web_server_is_read_through_the_gate(market: Market, address: str, tmp_path: Path) -> None:
    offer = market.publish()
    trusted = market.trust(address, Gate(None, None))
    assert trusted.archive(offer) == look_package().archive
    newer = market.publish("1.1.0")
    assert trusted.refresh().newest("ada/dusk") == newer
    with pytest.raises(EngineError, match="may not be read here"):
        TrustedRepository(trusted.folder).refresh()
    assert TrustedRepository(trusted.folder).catalogue().newest("ada/dusk") == newer
    (path,) = (market.owner.folder / "targets" / "ada").glob("*.dusk-1.1.0.cwpkg")
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(EngineError, match="signatures of main are not valid"):
        trusted.archive(newer)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "offline.toml").write_text(OFFLINE)
    with pytest.raises(PolicyError, match="stays offline"):
        TrustedRepository(trusted.folder, Gate(tmp_path, Catalog.in_studio(tmp_path))).refresh()


@pytest.mark.parametrize("source", ["http://example.org/packages", "ftp://example.org/packages", "https://"])
def test_only_https_addresses_are_trusted(market: Market, source: str) -> None:
    with pytest.raises(RequestError, match="address is not allowed"):
        market.trust(source, Gate(None, None))


def test_damaged_metadata_is_refused(market: Market) -> None:
    market.publish()
    trusted = market.trust()
    path = market.owner.folder / "metadata" / "timestamp.json"
    table = json.loads(path.read_bytes())
    table["signed"]["version"] += 1
    for content in (json.dumps(table).encode(), b"{}", b"", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(EngineError, match="main"):
            trusted.refresh()
    shutil.rmtree(market.owner.folder)
    with pytest.raises(EngineError, match="is not there"):
        trusted.refresh()
