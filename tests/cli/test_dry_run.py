"""`ingest --dry-run` prints what an ingest would do and writes nothing; `places` lists cards, drives and folders."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from .shell import Shell


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "Movies" / "card" / "DCIM" / "100APPLE"
    folder.mkdir(parents=True)
    with wave.open(str(folder / "memo [1].wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(32_000))
    for name in ("memo [1].XMP", "IMG_1.HEIC", "IMG_2.HEIC", "notes.txt"):
        (folder / name).touch()
    return tmp_path / "home" / "Movies" / "card"


def test_a_dry_run_writes_nothing_and_agrees_with_the_ingest(cwtui: Shell, card: Path) -> None:
    cwtui.environment["CWTUI_STUDIO"] = str(cwtui.folder / "elsewhere")
    plan = cwtui.json("ingest", card, "--dry-run")
    assert not (cwtui.folder / "elsewhere").exists()
    (take,) = plan["takes"]
    assert (take["name"], take["duration"], take["bytes"]) == ("memo [1]", [2, 1], 32_044)
    assert [Path(path).name for path in take["sidecars"]] == ["memo [1].XMP"]
    assert (plan["bytes"], plan["sessions"], plan["fits"]) == (32_044, 1, True)
    assert sorted(one["reason"] for one in plan["skipped"]) == ["not media", "photo", "photo"]

    shown = cwtui("ingest", card, "--dry-run", "--in-place").stdout
    assert "memo [1].wav  32.0 kB, 2.0 s" in shown
    assert "1 take, 32.0 kB, in 1 session; 1 file beside its clip" in shown
    assert "2 photos, 1 not media" in shown
    assert "no space needed" in shown
    assert "Nothing was written." in shown

    cwtui("new", "Walk")
    result = cwtui.json("ingest", card, "--no-prepare")
    assert [one["path"] for one in plan["skipped"]] == result["skipped"]
    assert [one["name"] for one in result["takes"]] == ["memo [1]"]
    again = cwtui.json("ingest", card, "--dry-run", "-p", "Walk")
    assert [(one["take"], one["compared"]) for one in again["already_here"]] == [("001-memo [1]", True)]
    assert "Nothing new." in cwtui("ingest", card, "--dry-run").stdout

    # Places: with the folder of this ingest
    cwtui.environment["HOME"] = str(cwtui.folder / "home")
    places = {one["name"]: one for one in cwtui.json("places")["places"]}
    assert places["card"] == {
        "path": str(card), "name": "card", "kind": "recent", "card": "iPhone", "files": 1, "bytes": 32_044,
    }  # fmt: skip
    assert (places["Movies"]["kind"], places["Movies"]["card"], places["Movies"]["files"]) == ("folder", None, None)
    assert "iPhone  1 file, 32.0 kB  ~/Movies/card" in cwtui("places").stdout


def test_a_dry_run_exits_like_an_ingest(cwtui: Shell, card: Path) -> None:
    empty = cwtui.folder / "empty"
    empty.mkdir()
    assert "the folder is empty" in cwtui.json("ingest", empty, "--dry-run", code=2)["error"]["message"]
    (empty / "notes.pdf").touch()
    assert "notes.pdf is not footage" in cwtui("ingest", empty, "--dry-run", code=2).stderr
    assert "not found" in cwtui("ingest", cwtui.folder / "gone.mov", "--dry-run", code=2).stdout
    partly = cwtui.json("ingest", card, cwtui.folder / "gone.mov", "--dry-run", code=1)
    assert [len(partly[name]) for name in ("takes", "failed", "skipped")] == [1, 1, 3]
    assert "no project “Walk”" in cwtui("ingest", card, "--dry-run", "-p", "Walk", code=2).stderr
