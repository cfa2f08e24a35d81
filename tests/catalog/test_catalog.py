"""The catalog: data is read back as written, changes are atomic, and older schemas are migrated."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from threading import Barrier

import pytest

from engine.catalog import Catalog, Encoding, Picture, Probe, Project, Take, migrations, project_folder
from engine.errors import EngineError, RequestError


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog.sqlite")


def a_take(project: Project, number: int = 1, digest: str = "ab" * 16) -> Take:
    picture = Picture(
        index=0, codec="hevc", pixel_format="yuv420p10le", width=1920, height=1080, display_width=1080,
        display_height=1920, rotation=-90, frame_rate=Fraction(30000, 1001), frames=77, encoding=Encoding.HLG,
        input_transform=Encoding.HLG, primaries=9, transfer=18, matrix=9,
    )  # fmt: skip
    now = datetime(2025, 6, 14, 6, 2, 11, tzinfo=UTC)
    return Take(
        id=f"{project.id}-{number}", project_id=project.id, batch_id=None, number=number, session=0,
        name=f"IMG_{number:04d}", path=Path("originals/x.MOV"), in_place=False, digest=digest, size=10,
        captured_at=now, input_transform=Encoding.HLG, arrived_at=now,
        probe=Probe(picture=picture, duration=Fraction(77 * 1001, 30000), original=True),
    )  # fmt: skip


def test_a_take_is_read_back_as_written(catalog: Catalog) -> None:
    project = catalog.add_project("Harbour walk", "harbour-walk")
    take = a_take(project)
    catalog.add_take(take)
    assert catalog.takes(project) == [take]
    assert catalog.take(take.id) == catalog.take_by_digest(project, take.digest) == take
    assert catalog.next_take_number(project) == 2


def test_a_closed_catalog_can_be_reopened(catalog: Catalog) -> None:
    project = catalog.add_project("Harbour walk", "harbour-walk")
    catalog.close()
    assert Catalog(catalog.path).projects() == [project]


def test_two_projects_may_not_share_a_name(catalog: Catalog) -> None:
    catalog.add_project("Harbour walk", "harbour-walk")
    with pytest.raises(RequestError, match="already exists"):
        catalog.add_project("Harbour walk", "harbour-walk-2")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Harbour walk, 2nd day", "harbour-walk-2nd-day"),
        ("Café Zürich", "cafe-zurich"),
        ("港の散歩", "港の散歩"),
        ("Прогулка 2", "прогулка-2"),
        ("नमस्ते दुनिया", "नमस्ते-दुनिया"),
        ("Ｗａｌｋ／１", "walk-1"),
        ("../夜", "夜"),
    ],
)
def test_the_folder_of_a_project_has_the_letters_of_its_name(name: str, folder: str, tmp_path: Path) -> None:
    assert project_folder(name, ()) == folder
    (tmp_path / folder).mkdir()
    assert [path.name for path in tmp_path.iterdir()] == [folder]


def test_a_name_without_letters_or_with_too_many_bytes_has_a_hash_as_its_folder() -> None:
    for name in ("?!", "港" * 90):
        assert re.fullmatch(r"project-[0-9a-f]{8}", project_folder(name, ()))


def test_a_failed_transaction_leaves_no_rows(catalog: Catalog) -> None:
    project = catalog.add_project("Harbour walk", "harbour-walk")

    def add_the_same_content_twice() -> None:
        with catalog.transaction():
            catalog.add_take(a_take(project, 1))
            catalog.add_take(a_take(project, 2))

    with pytest.raises(sqlite3.IntegrityError):
        add_the_same_content_twice()
    assert catalog.takes(project) == []


def test_the_file_is_a_valid_wal_database_with_the_newest_schema(catalog: Catalog) -> None:
    with sqlite3.connect(catalog.path) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert other.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)


def test_many_threads_can_create_a_catalog_at_the_same_time(tmp_path: Path) -> None:
    def open_catalog(folder: Path, barrier: Barrier) -> None:
        barrier.wait()
        Catalog.in_studio(folder).close()

    for n in range(30):
        folder = tmp_path / str(n)
        folder.mkdir()
        barrier = Barrier(6)
        with ThreadPoolExecutor(6) as threads:
            for opened in [threads.submit(open_catalog, folder, barrier) for _ in range(6)]:
                opened.result()


def test_a_catalog_from_a_newer_cleanwater_is_refused(catalog: Catalog) -> None:
    catalog.close()
    with sqlite3.connect(catalog.path) as other:
        other.execute("PRAGMA user_version = 999")
    with pytest.raises(EngineError, match="newer Cleanwater"):
        Catalog(catalog.path)


def test_a_full_catalog_is_an_error_and_stays_valid(catalog: Catalog) -> None:
    with sqlite3.connect(catalog.path) as other:
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    catalog._db.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for number in range(2000):
            catalog.add_project(f"Harbour walk {number} {'x' * 500}", f"p{number}")

    with pytest.raises(EngineError, match="The disk is full"):
        fill()
    count = len(catalog.projects())
    assert Catalog(catalog.path).projects() == catalog.projects()
    assert count < 2000


def test_a_file_that_is_not_a_catalog_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"holiday pictures " * 100)
    with pytest.raises(EngineError, match=r"catalog\.sqlite cannot be read"):
        Catalog(path)
    assert path.read_bytes() == b"holiday pictures " * 100
