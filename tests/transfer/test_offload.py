"""An offload copies a whole card, proves every copy, and says when the card may be erased."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
import xxhash

from engine.catalog import Project
from engine.errors import Cancelled, RequestError, TransientError
from engine.studio import Studio
from engine.transfer import SealStatus, find_offload, import_footage, offload_status
from engine.transfer.offload import OffloadResult, read_block

from .offload_card import offload, states, tree, write_card


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Walk")


@pytest.fixture
def card(tmp_path: Path, small_take: Path) -> Path:
    return write_card(tmp_path / "CARD", small_take)


@pytest.fixture
def also(tmp_path: Path) -> Path:
    (tmp_path / "backup").mkdir()
    return tmp_path / "backup"


def the_folder(place: Path) -> Path:
    (folder,) = [path for path in place.iterdir() if path.is_dir()]
    return folder


def originals(studio: Studio) -> Path:
    return studio.folder / "walk" / "originals"


def test_a_card_is_copied_whole_proven_and_safe_to_erase(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    reads = Counter[str]()

    def counted(descriptor: int, buffer: memoryview, offset: int) -> int:
        count = read_block(descriptor, buffer, offset)
        reads[os.readlink(f"/proc/self/fd/{descriptor}") if sys.platform == "linux" else ""] += count
        return count

    done = offload(studio, project, card, also, read=counted)
    assert done.status.safe
    assert (done.status.copies, done.status.reasons) == (2, ())
    assert {file.state for file in done.status.files} == {"safe"}
    # Each byte of the card is read once.
    assert sum(reads.values()) == done.status.bytes == done.bytes_read
    for place in (originals(studio), also):
        folder = the_folder(place)
        assert folder.name.endswith("-01-CARD")
        assert tree(folder) == tree(card)
        assert (folder / "MISC" / "EMPTY").is_dir()
        assert [path for path in place.rglob("*") if ".partial" in path.name] == []
        assert folder.joinpath("MISC/NOTE.TXT").stat().st_mtime_ns == card.joinpath("MISC/NOTE.TXT").stat().st_mtime_ns
    (take,) = done.takes
    assert (take.label, [path.name for path in take.sidecars]) == ("001-IMG_0001", ["IMG_0001.XMP"])
    assert take.digest == xxhash.xxh3_128_hexdigest((card / "DCIM/100APPLE/IMG_0001.MOV").read_bytes())
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}
    # An ingest finds the footage in the project.
    assert import_footage(studio.catalog, studio.folder, project, [card]).takes == []


def test_ascmhl_accepts_the_seals(studio: Studio, project: Project, card: Path, also: Path) -> None:
    offload(studio, project, card, also)
    ascmhl = Path(sys.executable).with_name("ascmhl")
    commands = (["diff"], ["create"], ["diff"])
    for command in commands:
        subprocess.run([ascmhl, *command, the_folder(also)], check=True, capture_output=True)
    debug = [ascmhl.with_name("ascmhl-debug"), "verify", "-dh", the_folder(originals(studio))]
    said = subprocess.run(debug, check=True, capture_output=True, text=True)
    assert "ERROR" not in said.stdout + said.stderr


def test_a_second_run_reads_nothing_and_a_later_clip_is_added(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    offload(studio, project, card, also)
    again = offload(studio, project, card, also)
    assert (again.status.safe, again.bytes_read, again.seals) == (True, 0, [])
    (card / "MISC" / "LATER.TXT").write_text("later")
    status = offload_status(find_offload(studio.folder, project, "CARD"), studio.folder)
    assert (status.safe, states(status)["LATER.TXT"]) == (False, "not proven")
    later = offload(studio, project, card, also)
    assert (later.status.safe, later.bytes_read) == (True, len("later"))
    assert tree(the_folder(also)) == tree(card)
    assert [seal.name[:4] for seal in later.seals] == ["0002", "0002"]


def test_a_formatted_card_with_the_same_names_gets_a_folder_of_its_own(
    studio: Studio, project: Project, card: Path
) -> None:
    offload(studio, project, card)
    (card / "MISC" / "NOTE.TXT").write_text("another roll")
    done = offload(studio, project, card)
    assert done.status.safe
    assert sorted(path.name[-7:] for path in originals(studio).iterdir()) == ["01-CARD", "02-CARD"]
    # What is equal is not stored twice.
    assert {Path(file.path).name: file.same_as is not None for file in done.status.files} == {
        "IMG_0001.MOV": True, "IMG_0001.XMP": True, "INDEX.DAT": True, "NOTE.TXT": False,
    }  # fmt: skip
    assert (done.takes, [take.label for take in done.already_here]) == ([], ["001-IMG_0001"])


def test_equal_bytes_are_stored_once_under_every_name(studio: Studio, project: Project, card: Path) -> None:
    clip = card / "DCIM" / "100APPLE" / "IMG_0001.MOV"
    (card / "A COPY.MOV").write_bytes(clip.read_bytes())
    done = offload(studio, project, card)
    kept = list(the_folder(originals(studio)).rglob("*.MOV"))
    assert len(kept) == 2
    assert len({path.stat().st_ino for path in kept}) == 1
    (duplicate,) = [file for file in done.status.files if file.same_as]
    assert duplicate.take in ("001-A COPY", "001-IMG_0001")
    assert len(done.takes) == 1
    assert done.status.safe


def test_a_bad_block_is_named_with_its_offset_and_the_rest_goes_on(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    bad = (card / "MISC" / "INDEX.DAT").stat()

    def failing(descriptor: int, buffer: memoryview, offset: int) -> int:
        if os.fstat(descriptor).st_ino == bad.st_ino and offset + len(buffer) > 50_000:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read_block(descriptor, buffer, offset)

    done = offload(studio, project, card, also, read=failing)
    (index,) = [file for file in done.status.files if file.state != "safe"]
    assert (index.path, index.state) == ("MISC/INDEX.DAT", "failed")
    # The last piece of 4096 bytes before byte 50,000 that can be read ends there.
    assert "MISC/INDEX.DAT cannot be read at byte 49152" in index.reason
    assert not done.status.safe
    assert "MISC/INDEX.DAT" not in tree(the_folder(also))
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}
    repaired = offload(studio, project, card, also)
    assert (repaired.status.safe, repaired.bytes_read) == (True, bad.st_size)
    assert tree(the_folder(also)) == tree(card)


def test_a_copy_that_differs_is_made_again_and_one_that_always_differs_is_not_safe(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    spoiled = Counter[str]()
    lock = threading.Lock()

    def spoiling(descriptor: int, buffer: memoryview, offset: int) -> int:
        count = read_block(descriptor, buffer, offset)
        size = os.fstat(descriptor).st_size
        with lock:
            if size == 6 and spoiled["once"] < 1:
                spoiled["once"] += 1
                buffer[0] ^= 1
            if size == 256 * 300:
                buffer[0] ^= 1
        return count

    done = offload(studio, project, card, also, read_back=spoiling)
    assert spoiled["once"] == 1
    assert states(done.status) == {
        "IMG_0001.MOV": "safe", "IMG_0001.XMP": "safe", "INDEX.DAT": "failed", "NOTE.TXT": "safe",
    }  # fmt: skip
    (index,) = [file for file in done.status.files if file.state == "failed"]
    assert "differs from the card, 3 times" in index.reason
    assert not done.status.safe
    assert "MISC/INDEX.DAT" not in {**tree(the_folder(also)), **tree(the_folder(originals(studio)))}


def test_files_are_compared_with_checksums_on_the_card_while_they_are_copied(
    studio: Studio, project: Project, card: Path
) -> None:
    lines = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.name}" for path in (card / "MISC").glob("*.*")]
    (card / "MISC" / "MD5SUMS").write_text("\n".join(lines))
    (card / "MISC" / "NOTE.TXT").write_text("roll 8")
    done = offload(studio, project, card)
    assert {name for name, state in states(done.status).items() if state == "failed"} == {"NOTE.TXT"}
    (note,) = [file for file in done.status.files if file.state == "failed"]
    assert "NOTE.TXT differs from its md5 checksum in MD5SUMS" in note.reason
    # It is copied as it is, and the next run does not call it safe either.
    assert tree(the_folder(originals(studio))) == tree(card)
    assert states(offload(studio, project, card).status)["NOTE.TXT"] == "failed"


def test_the_history_of_a_card_is_checked_kept_and_continued(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    ascmhl = Path(sys.executable).with_name("ascmhl")
    subprocess.run([ascmhl, "create", "-h", "md5", card], check=True, capture_output=True)
    done = offload(studio, project, card, also)
    assert done.status.safe
    assert [seal.name[:4] for seal in done.seals] == ["0002", "0002"]
    for place in (the_folder(also), the_folder(originals(studio))):
        subprocess.run([ascmhl, "diff", place], check=True, capture_output=True)
    assert offload(studio, project, card, also).bytes_read == 0
    (card / "DCIM" / "100APPLE" / "IMG_0001.XMP").write_text("<xml/>")
    (other,) = [file for file in offload(studio, project, card, also).status.files if file.state == "failed"]
    assert "IMG_0001.XMP differs from its md5 checksum in ascmhl" in other.reason


def test_a_damaged_history_of_a_card_is_copied_under_another_name(studio: Studio, project: Project, card: Path) -> None:
    (card / "ascmhl").mkdir()
    (card / "ascmhl" / "0001_CARD.mhl").write_text("garbage")
    done = offload(studio, project, card)
    assert done.status.safe
    assert (the_folder(originals(studio)) / "ascmhl (damaged)" / "0001_CARD.mhl").read_text() == "garbage"
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS's file systems refuse or mix up these names")
def test_names_on_a_card_are_not_trusted(studio: Studio, project: Project, tmp_path: Path, card: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (card / "link").symlink_to(outside)
    (card / "secret").symlink_to(outside / "secret")
    (card / "inner").symlink_to("MISC")
    os.mkfifo(card / "pipe")
    for name in ("note.txt", "NUL.txt", "line\nbreak", "caf\udce9", "..\\..\\evil", "e\u0301", "\u00e9"):
        (card / "MISC" / name).write_text(name.encode("utf-8", "backslashreplace").decode())
    (card / "ascmhl.md5").write_text(f"{'0' * 32}  ../outside/secret\n")
    done = offload(studio, project, card)
    folder = the_folder(originals(studio))
    left_out = {one.path: one.reason for one in done.status.left_out}
    assert left_out == {
        "link": "a link that leads out of the card",
        "secret": "a link that leads out of the card",
        "inner": "a link to a file or folder of the card",
        "pipe": "a pipe, socket or device, not a file",
    }
    assert done.status.safe
    stored = {path.name: path for path in (folder / "MISC").iterdir()}
    assert {"_NUL.txt", "line_break", "caf_e9", "..\\..\\evil"} <= stored.keys()
    keys = [name.casefold() for name in stored]
    assert len(keys) == len(set(keys)) == 10
    assert "note (2).txt" in stored
    assert "MISC/caf\\xe9" in {file.path for file in done.status.files}
    assert json.dumps(done.status.model_dump(mode="json")).isascii()
    assert sum(file.renamed for file in done.status.files) == 5
    assert {path.name for path in studio.folder.rglob("secret")} == set()
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}


def test_a_lost_copy_is_not_safe_any_more_until_it_is_restored(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    from engine.studio import restore_lost, verify_folder

    assert offload(studio, project, card, also).status.safe
    own = the_folder(originals(studio))
    for path in (own / "MISC" / "INDEX.DAT", the_folder(also) / "MISC" / "NOTE.TXT"):
        path.chmod(0o644)
        stamp = path.stat()
        content = bytearray(path.read_bytes())
        content[3] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    # Only a verification finds a flipped bit.
    assert offload_status(find_offload(studio.folder, project, None), studio.folder).safe
    verdicts = studio.verify(project)
    (lost,) = [one for one in verdicts if one.verdict is not SealStatus.INTACT]
    assert (lost.path, lost.intact_copy) == (own / "MISC" / "INDEX.DAT", the_folder(also) / "MISC" / "INDEX.DAT")
    assert [one.verdict for one in verify_folder(the_folder(also), studio.folder, [project])].count(
        SealStatus.CHANGED
    ) == 1
    status = offload_status(find_offload(studio.folder, project, None), studio.folder)
    assert {name for name, state in states(status).items() if state == "lost"} == {"INDEX.DAT", "NOTE.TXT"}
    assert not status.safe
    assert restore_lost(studio.folder, project, verdicts) == [lost.path]
    assert tree(own) == tree(card)
    assert len(list((studio.folder / "walk" / "damaged").rglob("INDEX.DAT"))) == 1
    repaired = offload(studio, project, card, also)
    assert repaired.status.safe
    assert tree(the_folder(also)) == tree(card)


def test_a_cancelled_offload_leaves_only_proven_copies_and_continues(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    seen: list[str] = []
    with pytest.raises(Cancelled):
        offload(
            studio, project, card, also,
            progress=lambda done, total, name: seen.append(name), cancelled=lambda: "MISC/INDEX.DAT" in seen,
        )  # fmt: skip
    assert sorted(path.name for path in the_folder(also).rglob("*") if path.is_file()) == [
        "IMG_0001.MOV", "IMG_0001.XMP",
    ]  # fmt: skip
    assert [path for path in (*also.rglob("*"), *studio.folder.rglob("*")) if ".partial" in path.name] == []
    status = offload_status(find_offload(studio.folder, project, None), studio.folder)
    assert (status.safe, status.reasons[0]) == (False, "The offload has not ended.")
    done = offload(studio, project, card, also)
    assert (done.status.safe, done.bytes_read) == (True, 256 * 300 + 6)


@pytest.mark.parametrize("place", ["card", "below", "missing", "twice", "originals", "studio"])
def test_unusable_destinations_are_refused(
    studio: Studio, project: Project, card: Path, also: Path, place: str
) -> None:
    also_to = {
        "card": [card], "below": [card / "MISC"], "missing": [also / "none"], "twice": [also, also / "." / ""],
        "originals": [originals(studio)], "studio": [studio.folder],
    }[place]  # fmt: skip
    (also / "link").symlink_to(also)
    if place == "twice":
        also_to = [also, also / "link"]
    before = tree(card)
    with pytest.raises(RequestError):
        offload(studio, project, card, *also_to)
    assert tree(card) == before
    assert list(originals(studio).iterdir()) == []


@pytest.mark.parametrize("place", [".", "walk", "walk/work", "walk/originals"])
def test_a_folder_of_the_studio_is_no_card(studio: Studio, project: Project, small_take: Path, place: str) -> None:
    os.link(small_take, studio.folder / "walk" / "work" / "A.MOV")
    with pytest.raises(RequestError, match=r"is in the studio|on the card itself"):
        offload(studio, project, studio.folder / place)
    assert list(originals(studio).iterdir()) == []


def test_a_file_that_is_being_written_is_left_for_the_next_run(studio: Studio, project: Project, card: Path) -> None:
    growing = card / "MISC" / "NOTE.TXT"

    def slow(descriptor: int, buffer: memoryview, offset: int) -> int:
        if os.fstat(descriptor).st_ino == growing.stat().st_ino:
            with growing.open("a") as file:
                file.write("more")
        return read_block(descriptor, buffer, offset)

    done = offload(studio, project, card, read=slow)
    assert states(done.status)["NOTE.TXT"] == "changed"
    assert not done.status.safe


def test_folders_that_are_too_deep_are_named_and_the_rest_is_copied(
    studio: Studio, project: Project, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(card / "MISC")
    for _ in range(150):
        os.mkdir("d")
        os.chdir("d")
    done = offload(studio, project, card)
    (deep,) = done.status.left_out
    assert (deep.path.count("/"), deep.reason) == (100, "it is more than 100 folders deep")
    assert (done.status.safe, len(done.takes), set(states(done.status).values())) == (False, 1, {"safe"})


def test_a_card_without_files_or_that_is_not_there_is_named(studio: Studio, project: Project, card: Path) -> None:
    with pytest.raises(RequestError, match="There is no file in"):
        offload(studio, project, card / "MISC" / "EMPTY")
    with pytest.raises(RequestError, match="is not a folder"):
        offload(studio, project, card / "MISC" / "NOTE.TXT")
    with pytest.raises(TransientError, match="is not connected"):
        offload(studio, project, card / "none")


def test_another_card_of_the_same_name_gets_a_folder_of_its_own(studio: Studio, project: Project, card: Path) -> None:
    offload(studio, project, card)
    for path in card.rglob("IMG*"):
        path.rename(path.with_stem("IMG_0009"))
    (card / "MISC" / "NOTE.TXT").rename(card / "MISC" / "OTHER.TXT")
    # Only one file of four is the same, such as a camera's own.
    assert offload(studio, project, card).status.safe
    assert sorted(path.name[-7:] for path in originals(studio).iterdir()) == ["01-CARD", "02-CARD"]


def test_a_link_to_a_card_names_the_same_card(studio: Studio, project: Project, card: Path, tmp_path: Path) -> None:
    first = offload(studio, project, card)
    (tmp_path / "link").symlink_to(card)
    again = offload(studio, project, tmp_path / "link")
    assert (again.bytes_read, again.status.folder) == (0, first.status.folder)


def test_a_card_in_the_place_of_a_proven_one_is_not_safe(studio: Studio, project: Project, card: Path) -> None:
    offload(studio, project, card)
    card.rename(card.with_name("drawer"))
    assert offload_status(find_offload(studio.folder, project, "CARD"), studio.folder).safe
    card.mkdir()
    (card / "NEW.MOV").write_text("the only copy")
    status = offload_status(find_offload(studio.folder, project, "CARD"), studio.folder)
    assert (status.safe, status.connected) == (False, False)
    assert "now has other files" in status.reasons[0]


def test_a_link_to_a_changed_file_is_not_safe(studio: Studio, project: Project, card: Path, tmp_path: Path) -> None:
    offload(studio, project, card)
    second = tmp_path / "SECOND"
    second.mkdir()
    (second / "NOTE.TXT").write_text("roll 7")
    assert offload(studio, project, second).status.safe
    (stored,) = originals(studio).glob("*-CARD/MISC/NOTE.TXT")
    stored.chmod(0o644)
    stored.write_text("roll 8")
    later = stored.stat().st_mtime + 60
    os.utime(stored, (later, later))
    assert not offload_status(find_offload(studio.folder, project, "SECOND"), studio.folder).safe


def test_a_name_that_a_disk_refuses_does_not_end_the_others(
    studio: Studio, project: Project, card: Path, also: Path
) -> None:
    # A path may have 4096 bytes, and is longer at this destination.
    deep = also
    while len(str(deep)) < 3900 - 90:
        deep = deep / ("d" * 90)
        deep.mkdir()
    folder = card
    for _ in range(2):
        folder = folder / ("f" * 150)
        folder.mkdir()
    (folder / "LONG.TXT").write_text("long")
    done = offload(studio, project, card, deep)
    assert {name for name, state in states(done.status).items() if state == "failed"} == {"LONG.TXT"}
    (long,) = [file for file in done.status.files if file.state == "failed"]
    assert "cannot have a file named" in long.reason
    assert len(done.status.failures) == 0


def test_two_projects_do_not_share_a_folder_of_a_disk(studio: Studio, card: Path, also: Path) -> None:
    """The second run begins while the first copies."""
    first, second = studio.new_project("First"), studio.new_project("Second")
    nested: list[OffloadResult] = []

    def interrupting(descriptor: int, buffer: memoryview, offset: int) -> int:
        if not nested:
            nested.append(OffloadResult())
            nested.append(offload(studio, second, card, also))
        return read_block(descriptor, buffer, offset)

    done = offload(studio, first, card, also, read=interrupting)
    assert done.status.safe
    assert nested[1].status.safe
    assert sorted(path.name[-7:] for path in also.iterdir()) == ["01-CARD", "02-CARD"]


@pytest.mark.parametrize("later", ["b\nc.txt", "B_C.txt"])
def test_a_later_file_does_not_take_the_place_of_a_proven_copy(
    studio: Studio, project: Project, card: Path, also: Path, later: str
) -> None:
    note = card / "MISC" / "b_c.txt"
    note.write_text("first")
    (card / "dcim").mkdir()
    (card / "dcim" / "x.txt").write_text("lower")
    first = offload(studio, project, card, also)
    # It is sorted before the earlier one, and has the same safe name, or the same on a disk that ignores case.
    (card / "MISC" / later).write_text("other")
    os.utime(card / "MISC" / later, ns=(note.stat().st_mtime_ns,) * 2)
    (card / "DCIM" / "x.txt").write_text("later")
    (card / "dcim" / "y.txt").write_text("beside")
    second = offload(studio, project, card, also)
    assert second.status.folder == first.status.folder
    assert second.status.safe
    for file in second.status.files:
        assert {Path(copy).read_bytes() for copy in file.copies} == {(card / file.path).read_bytes()}, file.path
    (folder,) = [path for path in also.iterdir() if path.is_dir()]
    keys = [path.relative_to(folder).as_posix().casefold() for path in folder.rglob("*") if path.is_file()]
    assert len(keys) == len(set(keys))
    # Files of one folder stay together.
    places = {file.path: Path(file.copies[0]).parent for file in second.status.files}
    assert places["dcim/y.txt"] == places["dcim/x.txt"] != places["DCIM/x.txt"]
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}
