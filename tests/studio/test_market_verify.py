"""`verify_market` says what is wrong: changed files, expired news, revoked packages and keys, damaged copies."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.market import Repository, TrustedRepository, install, load_key, lock_package, new_key, vendored_path
from engine.studio import verify_market

from ..market.packages import look_package, opened


class Owner:
    """A repository with the author ada, whose look a studio with the project walk has installed and locked."""

    def __init__(self, folder: Path) -> None:
        self.studio, self.mine = folder / "studio", folder / "mine"
        self.project = self.studio / "walk"
        self.repository = Repository(folder / "repository", folder / "keys")
        self.repository.create()
        self.new_key()
        self.offer = self.repository.publish(look_package(), self.mine)
        place = self.studio / "market" / "repositories" / "main"
        self.trusted = TrustedRepository.add(place, str(self.repository.folder), self.repository.root)
        self.record = install(self.studio, opened(self.trusted.archive(self.offer)), "main")
        self.locked = lock_package(self.project, self.studio, self.record)

    def new_key(self) -> None:
        (self.mine / "ada.pem").unlink(missing_ok=True)
        new_key("ada", self.mine)
        self.repository.add_author("ada", load_key("ada", self.mine).public_key)

    def wrong(self, now: datetime | None = None) -> list[str]:
        return [f"{one.subject}: {one.text}" for one in verify_market(self.studio, now) if one.state == "wrong"]


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def test_nothing_is_wrong_at_first(owner: Owner) -> None:
    assert [(one.subject, one.state) for one in verify_market(owner.studio)] == [
        ("repository main", "right"),
        ("ada/dusk 1.0.0", "right"),
        ("ada/dusk 1.0.0 in walk", "right"),
    ]


def test_old_news_are_named_with_their_date(owner: Owner) -> None:
    expires = owner.trusted.age.expires
    (soon, *_) = verify_market(owner.studio, expires - timedelta(days=2))
    assert (soon.state, "expire on" in soon.text) == ("warning", True)
    (wrong,) = owner.wrong(expires)
    assert re.fullmatch(rf"repository main: its news came \d+ days ago, and expired on {expires:%Y-%m-%d}", wrong)


def test_changed_and_missing_files_are_named(owner: Owner) -> None:
    (owner.studio / "looks" / "ada-dusk-1-0-0.toml").write_text("title = 'Mine'\n")
    (owner.studio / "market" / "packages" / "ada" / "dusk-1.0.0.cwpkg").unlink()
    vendored_path(owner.project, owner.locked.sha256).write_bytes(b"PK")
    assert owner.wrong() == [
        "ada/dusk 1.0.0: market/packages/ada/dusk-1.0.0.cwpkg is missing",
        "ada/dusk 1.0.0: looks/ada-dusk-1-0-0.toml is changed",
        "ada/dusk 1.0.0 in walk: the project's copy is changed",
    ]
    (owner.project / "packages.lock.toml").write_text("packages = 1\n")
    (owner.studio / "market" / "installed.json").write_text("{")
    damaged = owner.wrong()
    assert len(damaged) == 2
    assert all("is damaged" in one for one in damaged)


def test_a_revoked_package_and_a_revoked_key_are_named(owner: Owner) -> None:
    owner.new_key()
    owner.trusted.refresh()
    (key,) = owner.wrong()
    assert "of ada, which signed it, was revoked" in key
    owner.repository.revoke("ada/dusk", "1.0.0", "wrong table")
    owner.trusted.refresh()
    assert owner.wrong() == ["ada/dusk 1.0.0: it was revoked: wrong table"]
    (_, _, locked) = verify_market(owner.studio)
    assert (locked.state, locked.text) == ("warning", "it was revoked: wrong table")


def test_a_package_without_a_repository_is_named(owner: Owner) -> None:
    install(owner.studio, look_package(version="2.0.0"), "")
    install(owner.studio, look_package(version="3.0.0"), "gone")
    texts = [one.text for one in verify_market(owner.studio) if one.state == "warning"]
    assert texts == ["no trusted repository has signed it", "its repository gone is not trusted any more"]
    (owner.trusted.folder / "metadata" / "targets.json").write_text("{")
    assert any("local state of the repository main is damaged" in one for one in owner.wrong())
    assert datetime.now(UTC) < owner.trusted.age.expires
