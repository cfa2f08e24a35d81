"""The private studio folders of a machine's jobs."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import Catalog, Project
from engine.farm import OrderedFile, WorkAnswer, WorkOrder
from engine.farm.scratch import ScratchStudios, inside


@pytest.fixture
def scratch(tmp_path: Path) -> ScratchStudios:
    studios = ScratchStudios(tmp_path / "studio")
    studios.prepare()
    return studios


def order(**given: Any) -> WorkOrder:
    fields = {"lease": "1", "job_id": "job", "attempt": 1, "kind": "make", "kind_version": 1, "title": "Make"}
    return WorkOrder.model_validate({**fields, "parameters": {"name": "one"}, **given})


def answer(content: bytes) -> WorkAnswer:
    file = OrderedFile(path="work/made", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    return WorkAnswer(lease="1", status="done", result={"path": "work/made"}, files=(file,))


def test_a_job_that_comes_again_finds_its_folder_and_its_answer(scratch: ScratchStudios) -> None:
    folder = scratch.open(order())
    (folder / "work").mkdir()
    (folder / "work" / "made").write_bytes(b"made")
    assert scratch.kept(folder) is None
    scratch.keep(folder, answer(b"made"))
    assert scratch.open(order(lease="2", attempt=2, title="Again")) == folder
    assert scratch.kept(folder) == answer(b"made")
    assert [kept for _, kept in scratch.all_kept()] == [answer(b"made")]
    # Another job, or the same one with other inputs, does not.
    assert scratch.open(order(parameters={"name": "two"})) != folder
    # Nor does an answer count whose file has changed.
    (folder / "work" / "made").write_bytes(b"else")
    assert scratch.kept(folder) is None
    scratch.remove(folder)
    assert not folder.exists()


def test_the_catalog_has_the_rows_of_the_order(scratch: ScratchStudios) -> None:
    project = Project(id="walk", name="Walk", folder="walk", created_at=datetime(2026, 11, 30, tzinfo=UTC))
    folder = scratch.open(order(rows={"project": [project.model_dump(mode="json")], "take": []}))
    with closing(Catalog.in_studio(folder)) as catalog:
        assert catalog.projects() == [project]
    assert (folder / "walk" / "proxies").is_dir()


def test_rows_that_lead_out_of_the_folder_are_refused(scratch: ScratchStudios) -> None:
    row = {"id": "walk", "name": "Walk", "folder": "../walk", "created_at": "2026-11-30T00:00:00Z"}
    with pytest.raises(ValueError, match="outside"):
        scratch.open(order(rows={"project": [row]}))
    with pytest.raises(ValueError, match="outside"):
        inside(Path("/studio"), Path("/etc/passwd"))


def test_inputs_are_removed_when_the_job_has_ended(scratch: ScratchStudios) -> None:
    asked = order(files=[OrderedFile(path="work/source", sha256="0" * 64, size=1)])
    folder = scratch.open(asked)
    (folder / "work").mkdir()
    (folder / "work" / "source").write_bytes(b"1")
    scratch.remove_inputs(folder, asked)
    assert not (folder / "work" / "source").exists()
