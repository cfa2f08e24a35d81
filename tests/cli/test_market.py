"""`cwtui market`: an author publishes a look, and a director finds, installs, checks and removes it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from engine.catalog import Catalog

from ..market.packages import manifest_text, preset_bytes
from .shell import Shell


@pytest.fixture
def published(cwtui: Shell, tmp_path: Path) -> Path:
    """The folder of a repository with the look ada/dusk."""
    source = tmp_path / "dusk"
    source.mkdir()
    (source / "item.toml").write_bytes(preset_bytes("look", "film-print"))
    (source / "package.toml").write_text(
        manifest_text(licence="CC-BY-4.0 OR MIT-0", attribution="Dusk by Ada", summary="Blue hour")
    )
    keys, mine, repository = tmp_path / "keys", tmp_path / "mine", tmp_path / "repository"
    cwtui("market", "keygen", "ada", "--keys", mine)
    cwtui("market", "create", repository, "--keys", keys)
    cwtui("market", "author", repository, "ada", mine / "ada.pub.json", "--keys", keys)
    packed = cwtui.json("market", "pack", source, "-o", tmp_path / "dusk.cwpkg")
    assert cwtui.json("market", "pack", source, "-o", tmp_path / "again.cwpkg")["sha256"] == packed["sha256"]
    cwtui("market", "publish", tmp_path / "dusk.cwpkg", repository, "--author-keys", mine, "--keys", keys)
    return repository


def test_a_look_is_published_found_installed_checked_and_removed(cwtui: Shell, published: Path, tmp_path: Path) -> None:
    cwtui("market", "trust", published, "--root", published / "metadata" / "1.root.json")
    assert "ada/dusk" in cwtui("market", "search", "blue").stdout
    assert "the credits name the author" in cwtui("market", "show", "ada/dusk").stdout
    assert "leaves a choice" in cwtui("market", "install", "ada/dusk", code=2).stderr
    assert not (cwtui.studio / "looks").exists()

    record = cwtui.json("market", "install", "ada/dusk", "--licence", "CC-BY-4.0")
    assert record["repository"] == "main"
    (listed,) = cwtui.json("market", "list")["packages"]
    assert listed["badges"]["proof"]["keeps_hdr"]
    assert "matches its proof on" in cwtui("market", "show", "ada/dusk").stdout
    assert "ada-dusk-1-0-0" in cwtui("look", "list").stdout
    (row,) = cwtui.json("market", "audit")["packages"]
    assert (row["attribution"], row["licence"], row["revoked"]) == ("Dusk by Ada", "CC-BY-4.0", "")

    cwtui("market", "revoke", published, "ada/dusk@1.0.0", "--reason", "wrong table", "--keys", tmp_path / "keys")
    cwtui("market", "refresh")
    assert "revoked: wrong table" in cwtui("market", "audit", code=1).stdout
    assert "No trusted repository has ada/dusk" in cwtui("market", "show", "ada/dusk", code=2).stderr
    # A revoked package that is installed keeps working.
    assert "ada-dusk-1-0-0" in cwtui("look", "list").stdout

    look = cwtui.studio / "looks" / "ada-dusk-1-0-0.toml"
    look.write_text(look.read_text() + "# mine\n")
    assert "is changed" in cwtui("market", "list").stdout or "revoked" in cwtui("market", "list").stdout
    cwtui("market", "remove", "ada/dusk")
    assert look.exists()
    assert cwtui.json("market", "list")["packages"] == []


def test_a_look_is_tried_on_a_take_without_being_installed(
    cwtui: Shell, published: Path, tmp_path: Path, small_take: Path
) -> None:
    for name, look in (("plain", []), ("film", ["--look", "film-print"])):
        cwtui("frame", small_take, "-o", tmp_path / f"{name}.png", *look)
    cwtui("market", "try", tmp_path / "dusk.cwpkg", small_take, "-o", tmp_path / "tried.png")
    assert (tmp_path / "tried.png").read_bytes() == (tmp_path / "film.png").read_bytes()
    assert (tmp_path / "tried.png").read_bytes() != (tmp_path / "plain.png").read_bytes()
    # The package was read already: no job reads it again.
    with closing(Catalog.in_studio(cwtui.studio)) as catalog:
        (before,) = catalog.queue.jobs(kind="market-install")
        cwtui("market", "try", tmp_path / "dusk.cwpkg", small_take, "-o", tmp_path / "again.png")
        (after,) = catalog.queue.jobs(kind="market-install")
    assert (after.id, after.attempts) == (before.id, before.attempts)
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "film.png").read_bytes()
    assert cwtui.json("market", "list")["packages"] == []
    assert "ada-dusk" not in cwtui("look", "list").stdout


def test_a_package_that_is_not_one_is_refused_and_changes_nothing(cwtui: Shell, tmp_path: Path) -> None:
    (tmp_path / "evil.cwpkg").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    error = cwtui.json("market", "install", tmp_path / "evil.cwpkg", code=2)["error"]
    assert "not a package of Cleanwater" in error["message"]
    assert not (cwtui.studio / "market" / "installed.json").exists()
    assert "is not installed" in cwtui("market", "remove", "ada/dusk", code=2).stderr
    assert "No trusted repository" in cwtui("market", "install", "ada/dusk", code=2).stderr
