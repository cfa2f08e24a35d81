"""kill -9 at any change of the disk in an offload: nothing is lost, half-named or called safe before it is proven."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Project
from engine.studio import Studio
from engine.transfer import SealStatus, find_offload, offload_status
from fixtures import clips

SCRIPT = Path(__file__).with_name("killed_offload.py")
# The number of changes that an offload of the card makes, and of random moments besides: between them it only reads,
# writes and flushes files that are open.
CHANGES, MOMENTS = 121, 80


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    card = tmp_path_factory.mktemp("cards") / "CARD"
    (card / "DCIM" / "100APPLE").mkdir(parents=True)
    (card / "MISC").mkdir()
    clips.plain_take(card / "DCIM" / "100APPLE" / "IMG_0001.MOV", 64, 36, Fraction(24), Fraction(1, 4))
    rng = random.Random(0)
    for number, size in enumerate((0, 1, 100, 4096, 70_000, 100, 5 << 20, 8_000)):
        (card / "MISC" / f"{number}.BIN").write_bytes(rng.randbytes(size))
    (card / "MISC" / "COPY.BIN").write_bytes((card / "MISC" / "4.BIN").read_bytes())
    return card


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file but those of seals, which may be unfinished."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name not in ("ascmhl", ".ascmhl.partial")
    }


def run(studio: Path, card: Path, also: Path, point: int, seconds: float | None = None) -> tuple[int, str]:
    """Run an offload, killed at a point or after some seconds. Return its exit code and errors."""
    process = subprocess.Popen(
        [sys.executable, SCRIPT, studio, card, also, str(point)],
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        _, errors = process.communicate()
    return process.returncode, errors


def assert_survives(card: Path, folder: Path, point: int, seconds: float | None = None) -> bool:
    """Kill an offload, look at what is there, continue, and look again. Return whether it was killed."""
    studio_folder, also = folder / "studio", folder / "also"
    also.mkdir(parents=True)
    with Studio(studio_folder) as studio:
        project = studio.new_project("Walk")
    before = digests(card)
    stamps = {path: path.stat().st_mtime_ns for path in card.rglob("*")}
    killed = run(studio_folder, card, also, point, seconds)[0] != 0
    assert_only_whole_copies(studio_folder, project, also, before)
    code, errors = run(studio_folder, card, also, 0)
    assert code == 0, errors
    assert digests(card) == before
    assert {path: path.stat().st_mtime_ns for path in card.rglob("*")} == stamps
    assert [path for path in folder.rglob("*") if ".partial" in path.name] == []
    with Studio(studio_folder) as studio:
        (own,) = (studio_folder / "walk" / "originals").iterdir()
        (other,) = also.iterdir()
        assert digests(own) == digests(other) == before
        status = offload_status(find_offload(studio_folder, project, None), studio_folder)
        assert status.safe, status.reasons
        assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}
        assert [take.name for take in studio.takes(project)] == ["IMG_0001"]
        assert len(studio.catalog.batches(project)) == 1
    return killed


def assert_only_whole_copies(studio: Path, project: Project, also: Path, card: dict[str, str]) -> None:
    """Every file with a final name is whole. Nothing is safe while a copy is missing."""
    copies = []
    for place in (studio / "walk" / "originals", also):
        folders = [folder for folder in place.iterdir() if not folder.name.startswith(".")]
        copies.append(digests(folders[0]) if folders else {})
        assert copies[-1].items() <= card.items()
    if list((studio / "walk" / "offloads").glob("*.jsonl")):
        status = offload_status(find_offload(studio, project, None), studio)
        for file in status.files:
            if file.state == "safe":
                assert all(file.path in there for there in copies)
        assert not status.safe or copies == [card, card]


def test_an_offload_killed_at_a_handful_of_points_is_continued(card: Path, tmp_path: Path) -> None:
    killed = [assert_survives(card, tmp_path / str(point), point) for point in (9, 40, 75)]
    assert all(killed)


@pytest.mark.slow
@pytest.mark.parametrize("point", range(1, CHANGES + 1))
def test_an_offload_killed_at_any_change_is_continued(card: Path, tmp_path: Path, point: int) -> None:
    assert assert_survives(card, tmp_path, point)


@pytest.fixture(scope="module")
def undisturbed(card: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """The seconds of a run that is not killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "also").mkdir()
    with Studio(folder / "studio") as studio:
        studio.new_project("Walk")
    began = time.monotonic()
    assert run(folder / "studio", card, folder / "also", 0) == (0, "")
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_an_offload_killed_at_any_moment_is_continued(
    card: Path, tmp_path: Path, undisturbed: float, moment: int
) -> None:
    assert_survives(card, tmp_path, 0, undisturbed * (moment + 1) / MOMENTS)
