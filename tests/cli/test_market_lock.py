"""`cwtui market update` and `market lock`: a project renders the same bytes until its lock is changed on purpose."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from ..market.packages import manifest_text, preset_bytes
from .shell import Shell


class Author:
    """The author ada, and a repository that the studio trusts."""

    def __init__(self, cwtui: Shell, folder: Path) -> None:
        self.cwtui, self.folder = cwtui, folder
        self.keys, self.mine, self.repository = folder / "keys", folder / "mine", folder / "repository"
        cwtui("market", "keygen", "ada", "--keys", self.mine)
        cwtui("market", "create", self.repository, "--keys", self.keys)
        cwtui("market", "author", self.repository, "ada", self.mine / "ada.pub.json", "--keys", self.keys)
        cwtui("market", "trust", self.repository, "--root", self.repository / "metadata" / "1.root.json")

    def publish(self, version: str, look: str) -> None:
        source = self.folder / version
        source.mkdir()
        (source / "item.toml").write_bytes(preset_bytes("look", look))
        (source / "package.toml").write_text(manifest_text(version=version))
        package = self.folder / f"{version}.cwpkg"
        self.cwtui("market", "pack", source, "-o", package)
        self.cwtui(
            "market", "publish", package, self.repository, "--author-keys", self.mine, "--keys", self.keys
        )  # fmt: skip
        self.cwtui("market", "refresh")


def delivered(cwtui: Shell, folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """The digest of the film of the cut, delivered into a new folder, and the packages of its receipt."""
    cwtui("deliver", "picture-only", "--cut", "film", "-o", folder)
    (film,) = folder.glob("*.mp4") or folder.glob("*.mov")
    (delivery,) = cwtui.json("receipt", folder)["deliveries"]
    return hashlib.sha256(film.read_bytes()).hexdigest(), delivery["packages"]


def framed(cwtui: Shell, path: Path) -> bytes:
    """A frame of the take with the look, by the name of its package without a version."""
    cwtui("frame", "1", "--look", "ada/dusk", "-o", path)
    return path.read_bytes()


@pytest.mark.slow
def test_a_project_renders_the_same_until_its_lock_is_changed(cwtui: Shell, tmp_path: Path, small_take: Path) -> None:
    author = Author(cwtui, tmp_path)
    author.publish("1.0.0", "film-print")
    cwtui("market", "install", "ada/dusk")
    cwtui.import_takes(small_take)
    cwtui.add_picture_recipe()
    cwtui("cut", "new", "film")
    cwtui("look", "apply", "film", "all", "ada-dusk-1-0-0")
    before, used = delivered(cwtui, tmp_path / "before")
    frame = framed(cwtui, tmp_path / "before.png")
    assert [(one["package"], one["version"]) for one in used] == [("ada/dusk", "1.0.0")]
    # The delivery has locked what it uses.
    (locked,) = cwtui.json("market", "lock")["locked"]
    assert (locked["preset"], locked["sha256"]) == ("ada-dusk-1-0-0", used[0]["sha256"])
    assert (cwtui.studio / "p" / "packages" / f"{locked['sha256']}.cwpkg").is_file()

    author.publish("1.1.0", "monochrome")
    (record,) = cwtui.json("market", "update")["installed"]
    assert record["manifest"]["version"] == "1.1.0"
    assert cwtui.json("market", "update")["installed"] == []
    assert delivered(cwtui, tmp_path / "updated") == (before, used)
    assert framed(cwtui, tmp_path / "updated.png") == frame

    # Years later: the market is gone, and with it what was installed.
    shutil.rmtree(author.repository)
    shutil.rmtree(cwtui.studio / "market")
    for path in (cwtui.studio / "looks").iterdir():
        path.unlink()
    assert framed(cwtui, tmp_path / "later.png") == frame
    assert delivered(cwtui, tmp_path / "later") == (before, used)
    findings = cwtui.json("market", "verify")["findings"]
    assert (findings[-1]["subject"], findings[-1]["state"]) == (
        "ada/dusk 1.0.0 in p",
        "right",
    )

    cwtui("market", "install", tmp_path / "1.1.0.cwpkg")
    change = cwtui.json("market", "lock", "--update", "ada/dusk")["changed"]
    assert (change["before"], change["after"], change["cuts"]) == (["1.0.0"], "1.1.0", ["film"])
    after, used = delivered(cwtui, tmp_path / "after")
    assert after != before
    assert framed(cwtui, tmp_path / "after.png") != frame
    assert [one["version"] for one in used] == ["1.1.0"]
