"""A delivery overwrites only its own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.deliver import DeliverableRequest, build_deliverable, load_recipe
from engine.deliver.ownership import FinishedFiles
from engine.errors import FileInTheWayError
from engine.ingest import inspect
from fixtures import clips
from tests.permissions import DELIVER


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.tone(tmp_path_factory.mktemp("own") / "I.wav", 1)


def podcast(source: Path, recipe: str = "podcast") -> DeliverableRequest:
    footage = inspect(source)
    loaded = load_recipe("podcast").model_copy(update={"name": recipe})
    return DeliverableRequest(footage, footage.name, loaded, None)


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_not_written_by_a_delivery_is_kept(source: Path, tmp_path: Path, replace: bool) -> None:
    other = tmp_path / "I.m4a"
    other.write_bytes(b"another clip of this name")
    with pytest.raises(FileInTheWayError, match=r"I\.m4a already exists and was not written by a delivery"):
        build_deliverable(DELIVER, podcast(source), tmp_path, replace=replace)
    assert other.read_bytes() == b"another clip of this name"
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == ["I.m4a"]


def test_a_repeated_delivery_replaces_its_files_unless_changed(source: Path, tmp_path: Path) -> None:
    result = build_deliverable(DELIVER, podcast(source), tmp_path, source_digest="1")
    assert build_deliverable(DELIVER, podcast(source), tmp_path, source_digest="1").files == result.files
    changed = tmp_path / result.files[0].path
    changed.write_bytes(changed.read_bytes() + b"edited")
    for replace in (False, True):
        with pytest.raises(FileInTheWayError, match="has changed since podcast wrote it"):
            build_deliverable(DELIVER, podcast(source), tmp_path, source_digest="1", replace=replace)
    assert changed.read_bytes().endswith(b"edited")


def test_files_of_another_delivery_are_replaced_only_on_request(source: Path, tmp_path: Path) -> None:
    build_deliverable(DELIVER, podcast(source), tmp_path, source_digest="1")
    with pytest.raises(FileInTheWayError, match=r"already contains I\.m4a, written by podcast from another source"):
        build_deliverable(DELIVER, podcast(source), tmp_path, source_digest="2")
    with pytest.raises(FileInTheWayError, match=r"already contains I\.m4a, written by podcast\."):
        build_deliverable(DELIVER, podcast(source, "radio"), tmp_path, source_digest="1")
    assert (
        build_deliverable(DELIVER, podcast(source, "radio"), tmp_path, source_digest="2", replace=True).recipe
        == "radio"
    )


def test_an_attempt_killed_before_its_receipt_finds_its_files(source: Path, tmp_path: Path) -> None:
    work, out = tmp_path / "room", tmp_path / "out"
    work.mkdir()
    result = build_deliverable(DELIVER, podcast(source), out, work=work)
    (out / "receipt.json").unlink()
    with pytest.raises(FileInTheWayError):
        build_deliverable(DELIVER, podcast(source), out, work=work)
    FinishedFiles(work).add(result.files[0].path, out / result.files[0].path)
    (out / result.files[1].path).unlink()
    assert build_deliverable(DELIVER, podcast(source), out, work=work).files == result.files
    assert FinishedFiles(work).digests == {}
