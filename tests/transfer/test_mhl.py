"""ASC MHL histories: every format is read, ours pass the schema and the tool, and each difference is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.transfer import SealStatus, verify_seal
from engine.transfer.mhl import FORMATS, SealedFile, hash_file, load_history, write_generation
from engine.transfer.mhl.formats import digest_bytes, hash_bytes

ASCMHL = Path(sys.executable).with_name("ascmhl")
INTACT = SealStatus.INTACT


@pytest.fixture
def reel(tmp_path: Path) -> Path:
    """A folder like a camera's reel."""
    reel = tmp_path / "A002R2EC"
    (reel / "Clips").mkdir(parents=True)
    (reel / "Empty").mkdir()
    for name, content in (("C006.mov", "abcd\n"), ("C007.mov", "def\n"), ("zero.bin", "")):
        (reel / "Clips" / name).write_text(content)
    (reel / "Sidecar & <more>.txt").write_text("BLOREM ipsum")
    return reel


def seal(folder: Path, formats: tuple[str, ...] = ("xxh128",), **options: bool) -> Path:
    files = {
        path.relative_to(folder).as_posix(): SealedFile(hash_file(path, formats), datetime.now(UTC))
        for path in folder.rglob("*")
        if path.is_file() and "ascmhl" not in path.parts
    }
    return write_generation(load_history(folder), files, **options)[0]


def ascmhl(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ascmhl, or ascmhl-debug for its verify."""
    program = ASCMHL.with_name("ascmhl-debug") if command[0] == "verify" else ASCMHL
    return subprocess.run([program, *command], capture_output=True, text=True, check=False)


def found(folder: Path) -> dict[str, SealStatus]:
    return {one.path.relative_to(folder).as_posix(): one.verdict for one in verify_seal(folder)}


def test_hashes_are_those_of_their_specifications() -> None:
    # The empty input and the check value of each algorithm.
    assert hash_bytes("md5", b"") == "d41d8cd98f00b204e9800998ecf8427e"
    assert hash_bytes("sha1", b"abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"
    assert hash_bytes("xxh64", b"") == "ef46db3751d8e999"
    assert hash_bytes("xxh3", b"") == "2d06800538d394c2"
    assert hash_bytes("xxh128", b"") == "99aa06d3014798d86001c324468d497f"
    # SMPTE ST 2114: the C4 ID of no data.
    c4 = "c459dsjfscH38cYeXXYogktxf4Cd9ibshE3BHUo6a58hBXmRQdZrAkZzsWcbWtDg5oQstpDuni4Hirj75GEmTc1sFT"
    assert hash_bytes("c4", b"") == c4
    assert hash_bytes("sha1", b"") != digest_bytes("c4", c4).hex()
    assert len(digest_bytes("c4", c4)) == 64


@pytest.mark.parametrize("name", FORMATS)
def test_a_history_in_any_format_is_verified_and_continued(reel: Path, name: str) -> None:
    assert ascmhl("create", "-h", name, reel).returncode == 0
    assert set(found(reel).values()) == {INTACT}
    assert seal(reel, tuple({name, "xxh128"})).name.startswith("0002_")
    assert set(found(reel).values()) == {INTACT}
    for command in ("diff", "create", "diff", "verify"):
        said = ascmhl(command, reel)
        assert said.returncode == 0, said.stdout + said.stderr
    (reel / "Clips" / "C006.mov").write_text("abcx\n")
    assert found(reel)["Clips/C006.mov"] is SealStatus.CHANGED


def test_ours_has_the_directory_hashes_of_the_tool(reel: Path) -> None:
    seal(reel)
    for _ in range(2):
        said = ascmhl("verify", "-dh", reel)
        assert (said.returncode, "ERROR" in said.stdout + said.stderr) == (0, False), said.stdout + said.stderr
        # A second generation verifies the first.
        seal(reel)
    manifest = sorted((reel / "ascmhl").glob("*.mhl"))[-1].read_text()
    assert manifest.count('action="verified"') == 4
    assert '<path size="0"' in manifest
    assert manifest.index("<path size") < manifest.index("<directoryhash>")


def test_a_history_in_a_folder_is_continued_and_referenced(reel: Path, tmp_path: Path) -> None:
    reels = tmp_path / "Reels"
    reels.mkdir()
    shutil.move(reel, reels / "A002R2EC")
    shutil.copytree(reels / "A002R2EC", reels / "A003R2EC")
    seal(reels / "A002R2EC")
    assert ascmhl("create", reels / "A003R2EC").returncode == 0
    (reels / "Summary.txt").write_text("two reels")
    manifest = seal(reels)
    assert manifest.read_text().count("<hashlistreference>") == 2
    assert [len(list(folder.glob("*.mhl"))) for folder in sorted(reels.rglob("ascmhl"))] == [2, 2, 1]
    assert len(found(reels)) == 9
    for command in (("diff", reels), ("verify", "-dh", reels), ("create", reels)):
        said = ascmhl(*command)
        assert (said.returncode, "ERROR" in said.stdout + said.stderr) == (0, False), said.stdout + said.stderr


def flip_a_bit(reel: Path) -> dict[str, SealStatus]:
    (reel / "Clips" / "C006.mov").write_text("abce\n")
    return {"Clips/C006.mov": SealStatus.CHANGED}


def truncate(reel: Path) -> dict[str, SealStatus]:
    (reel / "Clips" / "C006.mov").write_text("abc")
    return {"Clips/C006.mov": SealStatus.CHANGED}


def remove(reel: Path) -> dict[str, SealStatus]:
    (reel / "Clips" / "C006.mov").unlink()
    return {"Clips/C006.mov": SealStatus.MISSING}


def add(reel: Path) -> dict[str, SealStatus]:
    (reel / "Clips" / "C008.mov").write_text("new")
    return {"Clips/C008.mov": SealStatus.NEW}


def rename(reel: Path) -> dict[str, SealStatus]:
    (reel / "Clips" / "C006.mov").rename(reel / "Clips" / "scene 1.mov")
    return {"Clips/scene 1.mov": SealStatus.RENAMED}


def move(reel: Path) -> dict[str, SealStatus]:
    (reel / "Clips" / "C006.mov").rename(reel / "C006.mov")
    return {"C006.mov": SealStatus.MOVED}


def rename_folder(reel: Path) -> dict[str, SealStatus]:
    (reel / "Clips").rename(reel / "Footage")
    return {f"Footage/{name}": SealStatus.MOVED for name in ("C006.mov", "C007.mov", "zero.bin")}


def swap(reel: Path) -> dict[str, SealStatus]:
    one, other = reel / "Clips" / "C006.mov", reel / "Clips" / "C007.mov"
    contents = one.read_text(), other.read_text()
    one.write_text(contents[1])
    other.write_text(contents[0])
    return {"Clips/C006.mov": SealStatus.CHANGED, "Clips/C007.mov": SealStatus.CHANGED}


CHANGES = (flip_a_bit, truncate, remove, add, rename, move, rename_folder, swap)


@pytest.mark.parametrize("change", CHANGES)
def test_each_difference_is_named(reel: Path, change: Callable[[Path], dict[str, SealStatus]]) -> None:
    seal(reel)
    before = set(found(reel))
    expected = change(reel)
    verdicts = found(reel)
    assert {name: one for name, one in verdicts.items() if one is not INTACT} == expected
    gone = before - verdicts.keys()
    previous = {one.previous.relative_to(reel).as_posix() for one in verify_seal(reel) if one.previous}
    assert previous == gone


def test_a_file_of_another_size_is_not_read(reel: Path) -> None:
    seal(reel)
    truncate(reel)
    (changed,) = [one for one in verify_seal(reel) if one.verdict is not INTACT]
    assert (changed.measured, changed.detail) == (None, "It has 3 bytes, and the seal says 5.")


def test_a_renaming_that_the_tool_recorded_is_not_a_difference(reel: Path) -> None:
    assert ascmhl("create", reel).returncode == 0
    rename(reel)
    assert ascmhl("create", "-dr", reel).returncode == 0
    assert set(found(reel).values()) == {INTACT}
    assert "Clips/C006.mov" not in found(reel)


def test_a_failed_verification_in_a_history_does_not_make_a_changed_file_intact(reel: Path) -> None:
    seal(reel)
    flip_a_bit(reel)
    # The tool and ours both record that the file has changed.
    assert ascmhl("create", reel).returncode != 0
    seal(reel)
    assert found(reel)["Clips/C006.mov"] is SealStatus.CHANGED
    assert sorted((reel / "ascmhl").glob("0003*"))[0].read_text().count('action="failed"') == 1


def test_names_in_a_manifest_that_lead_outside_are_ignored(reel: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    manifest = seal(reel)
    text = manifest.read_text()
    for name in ("../outside.txt", str(tmp_path / "outside.txt")):
        manifest.write_text(text.replace("Clips/C006.mov", name))
        (reel / "ascmhl" / "ascmhl_chain.xml").unlink(missing_ok=True)
        assert not any("outside" in one.path.name for one in verify_seal(reel))


def test_a_manifest_cannot_read_other_files(reel: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    text = seal(reel).read_text().split("?>", 1)[1].replace("Clips/C006.mov", "&name;")
    entity = f'<!ENTITY name SYSTEM "{(tmp_path / "secret").as_uri()}">'
    (reel / "ascmhl" / "0001_reel.mhl").write_text(f'<?xml version="1.0"?><!DOCTYPE hashlist [{entity}]>{text}')
    (reel / "ascmhl" / "ascmhl_chain.xml").unlink()
    assert not any("secret" in one.path.name for one in verify_seal(reel))
