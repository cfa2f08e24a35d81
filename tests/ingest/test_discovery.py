"""Footage is found among other files, whatever its name, and every skipped file is listed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from itertools import takewhile
from pathlib import Path

from engine.ingest import find_footage


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folders_are_searched_recursively_and_sidecars_are_attached(tmp_path: Path) -> None:
    card = tmp_path / "card"
    touch(card / "a" / "IMG_0002.MOV", card / "a" / "IMG_0002.AAE", card / "IMG_0001.mov", card / ".hidden.mov")
    touch(card / "readme.pdf", card / "ascmhl" / "0001.mhl")
    found = find_footage([card])
    assert [str(arrival.relative) for arrival in found.arrivals] == ["IMG_0001.mov", "a/IMG_0002.MOV"]
    assert [sidecar.name for sidecar in found.arrivals[1].sidecars] == ["IMG_0002.AAE"]
    assert [path.name for path in found.skipped] == ["readme.pdf"]


def test_a_folder_of_exr_frames_is_one_arrival(tmp_path: Path) -> None:
    touch(*(tmp_path / "A001_C001" / f"A001_C001.{n}.exr" for n in (1001, 1002)))
    assert [arrival.path.name for arrival in find_footage([tmp_path]).arrivals] == ["A001_C001"]


def test_a_frame_among_other_footage_does_not_hide_it(tmp_path: Path) -> None:
    touch(tmp_path / "mix" / "still_0001.exr", tmp_path / "mix" / "IMG_9.mov", tmp_path / "mix" / "sub" / "IMG_10.mov")
    found = find_footage([tmp_path])
    assert {arrival.path.name for arrival in found.arrivals} == {"still_0001.exr", "IMG_9.mov", "IMG_10.mov"}
    assert found.problems == []


def test_a_name_that_is_not_utf8_is_a_problem(tmp_path: Path) -> None:
    touch(tmp_path / "IMG_0001.MOV", Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mov")))
    found = find_footage([tmp_path])
    assert [arrival.path.name for arrival in found.arrivals] == ["IMG_0001.MOV"]
    assert "not valid UTF-8" in found.problems[0][1].message


def test_a_file_given_by_path_is_included_with_any_suffix(tmp_path: Path) -> None:
    touch(tmp_path / "odd.xyz")
    assert [arrival.path.name for arrival in find_footage([tmp_path / "odd.xyz"]).arrivals] == ["odd.xyz"]


def test_two_files_with_one_name_get_different_paths(tmp_path: Path) -> None:
    touch(tmp_path / "x" / "IMG_0001.MOV", tmp_path / "y" / "IMG_0001.MOV")
    found = find_footage([tmp_path / "x", tmp_path / "y", tmp_path / "x"])
    assert [str(arrival.relative) for arrival in found.arrivals] == ["IMG_0001.MOV", "2/IMG_0001.MOV"]


def test_circular_links_and_pipes_are_skipped(tmp_path: Path) -> None:
    touch(tmp_path / "card" / "IMG_0001.MOV")
    (tmp_path / "card" / "again").symlink_to(tmp_path / "card")
    os.mkfifo(tmp_path / "card" / "pipe.mov")
    found = find_footage([tmp_path / "card"])
    assert [arrival.path.name for arrival in found.arrivals] == ["IMG_0001.MOV"]
    assert {path.name for path in found.skipped} == {"again", "pipe.mov"}


def test_a_missing_path_is_a_problem_that_names_it(tmp_path: Path) -> None:
    found = find_footage([tmp_path / "gone"])
    assert [path.name for path, _ in found.problems] == ["gone"]
    assert "not found" in found.problems[0][1].message


def test_an_unreadable_folder_is_a_problem_and_the_rest_is_searched(tmp_path: Path) -> None:
    """Root can read everything, so the child switches to the user nobody; pytest's folders are made accessible."""
    unreadable = tmp_path / "card" / "shut"
    touch(tmp_path / "card" / "IMG_0001.MOV", unreadable / "IMG_0002.MOV")
    unreadable.chmod(0)
    for folder in takewhile(lambda parent: parent != Path(tempfile.gettempdir()), unreadable.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    script = (
        "import os, sys; from pathlib import Path; from engine.ingest import find_footage\n"
        "os.geteuid() or os.seteuid(65534)\n"
        "found = find_footage([Path(sys.argv[1])])\n"
        "names = [arrival.path.name for arrival in found.arrivals]\n"
        "print(names, *[f'{error.message} {error.hint}' for _, error in found.problems])\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "card")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    unreadable.chmod(0o755)
    shutil.rmtree(unreadable)
    assert (
        result.stdout
        == f"['IMG_0001.MOV'] Permission denied: {unreadable}. Allow reading it: chmod u+rx '{unreadable}'\n"
    )
