"""Disks that fill and cards that disappear during an offload: named, the rest goes on, and a later run continues."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.transfer.offload.disk import read_block, system_disk
from tests.small_disk import has_private_mounts, run_on_small_disk

from .offload_card import write_card

FULL_DISK = Path(__file__).with_name("offload_full_disk.py")
GONE_CARD = Path(__file__).with_name("offload_gone_card.py")
private_mounts = pytest.mark.skipif(not has_private_mounts(), reason="needs Linux with private mounts (unshare -Urm)")


@pytest.fixture
def card(tmp_path: Path, small_take: Path) -> Path:
    card = write_card(tmp_path / "CARD", small_take)
    (card / "MISC" / "LARGE.BIN").write_bytes(os.urandom(9 << 20))
    return card


@private_mounts
def test_a_destination_that_fills_is_named_and_the_other_goes_on(card: Path, tmp_path: Path) -> None:
    report = run_on_small_disk(FULL_DISK, tmp_path / "disk", "16m", card, tmp_path)
    assert not report["safe"]
    assert any(reason.startswith("The disk is full") and "/disk/also" in reason for reason in report["reasons"])
    # The disk fills before this file is whole on it, and is not used again in this run.
    assert (report["proven"]["MISC/LARGE.BIN"], report["proven"]["DCIM/100APPLE/IMG_0001.MOV"]) == (1, 2)
    assert (report["partial"], report["files"], report["takes"]) == ([], 3, 1)
    assert report["refused"].startswith("The disk is full: the card needs ")
    assert report["again"]


@private_mounts
def test_a_card_that_is_pulled_out_is_continued_when_it_is_back(card: Path, tmp_path: Path) -> None:
    report = run_on_small_disk(GONE_CARD, tmp_path / "reader", "16m", card, tmp_path)
    assert report["error"].startswith("The card reader is gone: 3 of 5 files are proven.")
    assert not report["safe"]
    assert report["states"].count("safe") == 3
    assert report["partial"] == []
    assert report["again"]
    assert 0 < report["read_again"] < report["bytes"]


@pytest.mark.skipif(sys.platform != "linux", reason="RWF_NOWAIT tells only on Linux whether a page is cached")
def test_a_copy_is_read_back_from_the_disk(tmp_path: Path) -> None:
    path, disk = tmp_path / "copy", system_disk()
    path.write_bytes(bytes(1 << 20))
    disk.flush([path])
    descriptor = disk.open_uncached(path)
    try:
        buffer = memoryview(bytearray(4096))
        try:
            cached = os.preadv(descriptor, [buffer], 512 << 10, os.RWF_NOWAIT) > 0
        except BlockingIOError:
            cached = False
        except OSError:
            pytest.skip("the file system has no reads without waiting")
        if cached and os.statvfs(path).f_flag and _is_memory(path):
            pytest.skip("the file system is memory")
        assert not cached
        assert read_block(descriptor, buffer, 512 << 10) == 4096
    finally:
        os.close(descriptor)


def _is_memory(path: Path) -> bool:
    mounts = [line.split(" ") for line in Path("/proc/self/mounts").read_text().splitlines()]
    return max((line for line in mounts if path.is_relative_to(line[1])), key=lambda line: len(line[1]))[2] == "tmpfs"
