"""Bundles: whole and unchanged, or refused by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from engine.errors import EngineError, FileInTheWayError, RequestError
from engine.expert_review import ReviewBundle, open_bundle, write_bundle

from .verdicts import bundle_of


@pytest.fixture
def bundle(tmp_path: Path) -> ReviewBundle:
    """A bundle in the folder `bundle`, with one file."""
    (tmp_path / "proxy.mp4").write_bytes(b"picture")
    made = bundle_of()
    subject = made.subjects[0].model_copy(update={"shown": {"01 film.mp4": hashlib.sha256(b"picture").hexdigest()}})
    made = made.model_copy(update={"subjects": (subject,)})
    write_bundle(tmp_path / "bundle", made, {"01 film.mp4": tmp_path / "proxy.mp4"})
    return made


def test_a_bundle_is_read_as_it_was_written(bundle: ReviewBundle, tmp_path: Path) -> None:
    assert open_bundle(tmp_path / "bundle") == bundle
    assert sorted(path.name for path in (tmp_path / "bundle").iterdir()) == ["01 film.mp4", "notes.csv", "review.json"]
    with pytest.raises(FileInTheWayError):
        write_bundle(tmp_path / "bundle", bundle, {})


def test_a_changed_missing_or_linked_file_is_named(bundle: ReviewBundle, tmp_path: Path) -> None:
    file = tmp_path / "bundle" / "01 film.mp4"
    file.write_bytes(b"another picture")
    with pytest.raises(EngineError, match=r"01 film\.mp4 is not the file that was sent"):
        open_bundle(tmp_path / "bundle")
    file.unlink()
    file.symlink_to(tmp_path / "proxy.mp4")
    with pytest.raises(EngineError, match=r"01 film\.mp4 is missing"):
        open_bundle(tmp_path / "bundle")


@pytest.mark.parametrize("name", ["../outside.mp4", "/etc/passwd", ".hidden", "a\\\\b", "line\\nbreak"])
def test_a_bundle_names_nothing_outside_of_it(bundle: ReviewBundle, tmp_path: Path, name: str) -> None:
    manifest = tmp_path / "bundle" / "review.json"
    manifest.write_text(manifest.read_text().replace("01 film.mp4", name))
    with pytest.raises(EngineError, match=r"review\.json is not valid"):
        open_bundle(tmp_path / "bundle")


def test_another_folder_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="is not a bundle"):
        open_bundle(tmp_path)
