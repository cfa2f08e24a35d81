"""Copies are complete and verified, or absent; originals never change."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import xxhash

from engine.errors import Cancelled, EngineError
from engine.ingest import copy_verified, digest_file


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_0001.MOV"
    path.write_bytes(os.urandom(3 << 20))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_a_copy_has_the_bytes_and_date_of_the_original_and_is_read_only(footage: Path, tmp_path: Path) -> None:
    target = tmp_path / "studio" / "IMG_0001.MOV"
    digest = copy_verified(footage, target)
    assert target.read_bytes() == footage.read_bytes()
    assert digest == digest_file(footage) == xxhash.xxh3_128_hexdigest(footage.read_bytes())
    assert target.stat().st_mtime == 1_700_000_000
    assert target.stat().st_mode & 0o222 == 0


def test_a_cancelled_copy_leaves_no_file(footage: Path, tmp_path: Path) -> None:
    target = tmp_path / "studio" / "IMG_0001.MOV"
    with pytest.raises(Cancelled):
        copy_verified(footage, target, cancelled=lambda: True)
    assert list(target.parent.iterdir()) == []


def test_a_disk_that_fills_during_a_copy_is_an_error_and_leaves_no_file(footage: Path, tmp_path: Path) -> None:
    """A file-size limit stops the write half way, like a full disk, but with its own errno."""
    target = tmp_path / "studio" / "IMG_0001.MOV"
    before = footage.read_bytes()
    script = (
        "import resource, sys; from pathlib import Path; from engine.ingest import copy_verified\n"
        "from engine.errors import EngineError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))\n"
        "try: copy_verified(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except EngineError as error: print(error.message, '|', error.hint)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(footage), str(target)], capture_output=True, text=True, check=True
    )
    assert "The disk is full: IMG_0001.MOV needs 3.1 MB" in result.stdout
    assert "ingest again" in result.stdout
    assert list(target.parent.iterdir()) == []
    assert footage.read_bytes() == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_the_error_for_a_missing_source_names_it(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"IMG_0009\.MOV could not be copied"):
        copy_verified(tmp_path / "IMG_0009.MOV", tmp_path / "studio" / "IMG_0009.MOV")
    assert list((tmp_path / "studio").iterdir()) == []
