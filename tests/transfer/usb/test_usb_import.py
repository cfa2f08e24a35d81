"""Files of a phone on USB are imported as originals, proven, sealed, and only once, whatever happens to the cable."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xxhash

from engine.catalog import Project
from engine.errors import EngineError, RequestError, TransientError
from engine.studio import Studio
from engine.transfer import import_footage, verify_seal
from engine.transfer.offload import BatchLimits, OffloadResult, find_offload, offload_source, offload_status
from engine.transfer.usb import DeviceSource, FileChoice
from engine.transfer.usb.cameras import Cameras

from .image_capture import COULD_NOT_BE_READ, Device, ImageCapture
from .phones import FOLDER, SHORT, phone_with


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Walk")


@pytest.fixture
def framework() -> ImageCapture:
    return ImageCapture()


@pytest.fixture
def phone(framework: ImageCapture, small_take: Path) -> Device:
    return phone_with(small_take, framework)


def run(
    studio: Studio, project: Project, framework: ImageCapture, *also: Path, choice: FileChoice | None = None
) -> OffloadResult:
    """Import from the first phone, a file a batch."""
    cameras = Cameras(framework, lambda text: None, SHORT)
    try:
        device = cameras.open(cameras.find()[0].id)
        source = DeviceSource(device, choice or FileChoice())
        return offload_source(
            studio.catalog, studio.folder, project, source, also, limits=BatchLimits(files=1, bytes=1 << 30)
        )
    finally:
        cameras.stop()


def stored(result: OffloadResult) -> dict[str, Path]:
    """The first copy of each file by its name."""
    return {Path(file.path).name: Path(file.copies[0]) for file in result.status.files if file.copies}


def test_recordings_with_their_companions_come_as_originals_proven_and_sealed(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device, tmp_path: Path
) -> None:
    (tmp_path / "backup").mkdir()
    # Larger requests are refused.
    phone.most_bytes = 5000
    result = run(studio, project, framework, tmp_path / "backup")
    copies = stored(result)
    assert set(copies) == {"IMG_0001.MOV", "IMG_0001.AAE", "IMG_0002.MOV", "IMG_0002.HEIC"}
    files = {file.name(): file.data for file in phone.files(phone.root)}
    assert all(copies[name].read_bytes() == data for name, data in files.items() if name in copies)
    # Only recordings are chosen; the phone is never called safe to erase while it has other files.
    assert (result.status.proven, result.status.safe, result.status.others) == (True, False, 1)
    assert result.status.copies == 2
    (take,) = result.takes
    assert [path.name for path in take.sidecars] == ["IMG_0001.AAE"]
    folders = [Path(one.path) for one in result.status.destinations]
    assert all(str(one.verdict) == "intact" for folder in folders for one in verify_seal(folder))
    times = {path.stat().st_mtime_ns for path in copies.values()}
    assert times == {1_790_000_000_250_000_000}


def test_a_second_import_reads_nothing_and_later_files_are_added_to_the_folder(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device, small_take: Path
) -> None:
    first = run(studio, project, framework)
    phone.reads.clear()
    second = run(studio, project, framework)
    assert (second.bytes_read, phone.reads, second.status.proven) == (0, [], True)
    # Files leave a phone one by one: that does not make it another phone.
    folder = phone.root.items[0].items[0]
    folder.items = [item for item in folder.items if item.name() not in ("IMG_0001.MOV", "IMG_0002.MOV")]
    phone.add(f"{FOLDER}/IMG_0004.MOV", small_take.read_bytes() + b"more")
    third = run(studio, project, framework)
    assert {name for name, _ in phone.reads} == {"IMG_0004.MOV"}
    assert third.status.folder == first.status.folder
    (folder_path,) = [Path(one.path) for one in third.status.destinations]
    verdicts = verify_seal(folder_path)
    assert {one.path.name for one in verdicts} >= {"IMG_0001.MOV", "IMG_0004.MOV"}
    assert all(str(one.verdict) == "intact" for one in verdicts)


def test_a_phone_that_is_unplugged_keeps_what_is_proven_and_goes_on_with_the_rest(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device
) -> None:
    phone.unplug_at = ("IMG_0002.MOV", 0)
    with pytest.raises(TransientError, match=r"iPhone is gone: 3 of 4 files are proven") as caught:
        run(studio, project, framework)
    assert "Plug it in" in caught.value.hint
    status = offload_status(find_offload(studio.folder, project, None), studio.folder)
    assert not status.proven
    assert Cameras(framework, lambda text: None, SHORT).find() == []
    phone.unplug_at = None
    phone.reads.clear()
    framework.plug_in(phone)
    result = run(studio, project, framework)
    assert {name for name, _ in phone.reads} == {"IMG_0002.MOV"}
    assert result.status.proven
    assert not list(studio.folder.rglob("*.part*"))


def test_a_phone_that_is_locked_is_read_once_somebody_unlocks_it(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device
) -> None:
    phone.locked = phone.silent_lock = True
    phone.unlock_after = 2
    waits: list[str] = []
    cameras = Cameras(framework, waits.append, SHORT)
    device = cameras.open(cameras.find()[0].id)
    assert len(device.list_files()) == 5
    assert any("is locked. Unlock it, and tap Trust" in text for text in waits)
    cameras.stop()
    phone.locked, phone.unlock_after = True, 0
    assert Cameras(framework, waits.append, SHORT).find()[0].locked is False
    phone.silent_lock = False
    cameras = Cameras(framework, waits.append, SHORT)
    assert cameras.find()[0].locked
    with pytest.raises(EngineError, match="stays locked") as caught:
        cameras.open("F2L").list_files()
    assert "Unlock it" in caught.value.hint


@pytest.mark.parametrize("stays", [False, True])
def test_a_phone_that_is_locked_during_an_import_is_read_on_when_it_is_unlocked(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device, stays: bool
) -> None:
    phone.lock_at, phone.stays_locked = ("IMG_0002.MOV", 0), stays
    if not stays:
        assert run(studio, project, framework).status.proven
        return
    with pytest.raises(TransientError, match="3 of 4 files are proven") as caught:
        run(studio, project, framework)
    assert "unlock it" in caught.value.hint


def test_a_file_that_the_phone_does_not_send_is_named_and_the_rest_goes_on(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device
) -> None:
    phone.in_cloud = True
    phone.files(phone.root)[0].error = COULD_NOT_BE_READ
    phone.add(f"{FOLDER}/IMG_0009.MOV", b"")
    result = run(studio, project, framework)
    states = {Path(file.path).name: file.state for file in result.status.files}
    assert states == {"IMG_0001.MOV": "failed", "IMG_0001.AAE": "safe", "IMG_0002.MOV": "safe", "IMG_0002.HEIC": "safe"}
    failed = next(file for file in result.status.files if file.state == "failed")
    assert "IMG_0001.MOV cannot be read at byte 0" in failed.reason
    assert "Download and Keep Originals" in failed.hint
    assert [(one.path, one.has_bytes) for one in result.status.left_out] == [
        (f"Internal Storage/{FOLDER}/IMG_0009.MOV", True)
    ]
    assert not result.status.proven


def test_an_import_without_a_file_says_why(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device
) -> None:
    tomorrow = FileChoice(since=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(RequestError, match="Ada’s iPhone has no such file"):
        run(studio, project, framework, choice=tomorrow)
    with pytest.raises(RequestError, match="The device has no file “IMG_7”"):
        run(studio, project, framework, choice=FileChoice(names=("IMG_7",)))
    phone.in_cloud = True
    phone.add(f"{FOLDER}/IMG_0009.MOV", b"")
    with pytest.raises(RequestError, match="only in iCloud") as caught:
        run(studio, project, framework, choice=FileChoice(names=("img_0009",)))
    assert "Download and Keep Originals" in caught.value.hint


def test_bytes_that_the_project_has_are_not_stored_twice(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device, small_take: Path
) -> None:
    (take,) = import_footage(studio.catalog, studio.folder, project, [small_take]).takes
    result = run(studio, project, framework)
    (clip,) = [file for file in result.status.files if Path(file.path).name == "IMG_0001.MOV"]
    assert clip.same_as
    assert os.path.samefile(clip.copies[0], studio.folder / take.path)
    assert [one.id for one in result.already_here] == [take.id]


def test_another_file_of_the_same_name_comes_beside_the_earlier_one(
    studio: Studio, project: Project, framework: ImageCapture, phone: Device
) -> None:
    first = stored(run(studio, project, framework))["IMG_0002.HEIC"]
    before = xxhash.xxh3_128_hexdigest(first.read_bytes())
    edited = next(file for file in phone.files(phone.root) if file.name() == "IMG_0002.HEIC")
    edited.data, edited.modified = b"edited" * 50, edited.modified + 60
    result = run(studio, project, framework)
    again = stored(result)["IMG_0002.HEIC"]
    assert (again.read_bytes(), again.parts[-5]) == (edited.data, "changed 2")
    assert xxhash.xxh3_128_hexdigest(first.read_bytes()) == before
    assert result.status.proven
    assert run(studio, project, framework).bytes_read == 0
    assert all(str(one.verdict) == "intact" for one in verify_seal(Path(result.status.destinations[0].path)))


def test_names_of_a_device_lead_nowhere_and_overwrite_nothing(
    studio: Studio, project: Project, framework: ImageCapture
) -> None:
    device = Device(framework, name="../../evil\x1b[2J")
    for number, path in enumerate(["DCIM|..|../../A.MOV", "DCIM|a.mov", "DCIM|A.MOV", "DCIM|A.MOV", "|x|NUL.mov"]):
        device.add(path, bytes([number]) * 10)
    framework.plug_in(device)
    result = run(studio, project, framework, choice=FileChoice(everything=True))
    (folder,) = [Path(one.path) for one in result.status.destinations]
    assert folder.parent == studio.folder / project.folder / "originals"
    assert "\x1b" not in folder.name
    copies = [Path(file.copies[0]) for file in result.status.files]
    assert all(copy.resolve().is_relative_to(folder) for copy in copies)
    assert sorted(copy.read_bytes()[0] for copy in copies) == [0, 1, 2, 3, 4]
    assert len({str(copy).casefold() for copy in copies}) == 5
    assert result.status.proven
