"""`offload` copies a card, says whether it may be erased, and `verify` takes that back; in a studio of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .shell import Shell


@pytest.fixture
def card(tmp_path: Path, small_take: Path) -> Path:
    card = tmp_path / "CARD"
    (card / "DCIM" / "100APPLE").mkdir(parents=True)
    os.link(small_take, card / "DCIM" / "100APPLE" / "IMG_0001.MOV")
    (card / "NOTE.TXT").write_text("roll 7")
    return card


def test_a_card_is_offloaded_and_its_verdict_is_shown_and_taken_back(cwtui: Shell, card: Path, tmp_path: Path) -> None:
    cwtui("new", "Walk")
    missing = cwtui("offload", card, "--also", tmp_path / "none" / "backup", code=2)
    assert "Connect its disk, or choose another folder." in missing.stderr
    on_card = cwtui("offload", card, "--also", card / "backup", code=2)
    assert "is on the card itself" in on_card.stderr
    in_studio = cwtui("offload", card, "--also", cwtui.studio / "walk" / "more", code=2)
    assert "is in the studio" in in_studio.stderr
    assert not (card / "backup").exists()
    assert not (cwtui.studio / "walk" / "more").exists()
    assert "The folder of the card is missing." in cwtui("offload", code=2).stderr
    assert "There is no offload into “Walk” yet." in cwtui("offload", "--status", code=2).stderr

    done = cwtui.json("offload", card, "--also", tmp_path / "backup", "--no-prepare")
    assert (done["safe"], done["copies"], done["bytes_read"]) == (True, 2, done["bytes"])
    assert [take["name"] for take in done["takes"]] == ["IMG_0001"]
    assert {file["state"] for file in done["files"]} == {"safe"}
    shown = cwtui("offload", "--status", "CARD").stdout
    assert "CARD is safe to erase: 2 files" in shown
    assert "every byte proven on 2 destinations on 1 disk" in shown
    assert "All copies are on one disk." in shown

    refused = cwtui("verify", card, code=2).stderr + cwtui("verify", card / "NOTE.TXT", code=2).stderr
    assert refused.count("has no seal and no receipt") == 2
    own = Path(done["destinations"][0]["path"])
    backup = Path(done["destinations"][1]["path"])
    assert {one["verdict"] for one in cwtui.json("verify", backup)["files"]} == {"intact"}
    note = own / "NOTE.TXT"
    note.chmod(0o644)
    note.write_text("roll 8")
    (own / "DCIM" / "100APPLE" / "IMG_0001.MOV").rename(own / "DCIM" / "clip.MOV")
    files = {Path(one["path"]).name: one for one in cwtui.json("verify", code=1)["files"]}
    assert (files["NOTE.TXT"]["verdict"], files["NOTE.TXT"]["intact_copy"]) == ("changed", str(backup / "NOTE.TXT"))
    assert files["clip.MOV"]["verdict"] == "moved"
    assert Path(files["clip.MOV"]["previous"]).name == "IMG_0001.MOV"
    (own / "DCIM" / "clip.MOV").rename(own / "DCIM" / "100APPLE" / "IMG_0001.MOV")
    assert "CARD is not safe to erase" in cwtui("offload", "--status", code=1).stdout
    listed = cwtui.json("verify", "--status", code=1)
    assert listed["every_days"] == 7
    problems = {
        Path(one["folder"]).parent.name: [bad["verdict"] for bad in one["problems"]] for one in listed["folders"]
    }
    assert problems == {"originals": ["changed", "moved"], "backup": []}
    shown = cwtui("verify", "--restore").stdout
    assert f"restored from {backup / 'NOTE.TXT'}" in shown
    assert note.read_text() == "roll 7"
    assert cwtui.json("offload", "--status")["safe"]
    assert "never" not in cwtui("verify", "--status").stdout
    assert "cwtui verify --every 7 changes it." in cwtui("verify", "--every", "off").stdout
    assert [one["due_at"] for one in cwtui.json("verify", "--status")["folders"]] == [None, None]
    assert "is not a number of days" in cwtui("verify", "--every", "0", code=2).stderr
    # A lost file of a backup disk comes from the card again. Another tool may have sealed any name.
    (backup / "NOTE.TXT").unlink()
    (backup / "\x1b[2Jnew").write_text("new")
    shown = cwtui("verify", backup, code=1).stdout
    assert "cwtui offload copies files to a backup disk again" in shown
    assert "?[2Jnew" in shown
    assert "\x1b[2J" not in shown
