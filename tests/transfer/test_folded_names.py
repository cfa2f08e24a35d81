"""Names that differ only in case or in their Unicode form: each file arrives whole, also on a Mac's disk."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Project
from engine.errors import Cancelled
from engine.ingest.companions import name_key
from engine.picture import write_exr
from engine.studio import Studio
from engine.transfer import SealStatus, import_footage, verify_seal
from engine.transfer.offload.names import FolderNames
from tests.folding_disk import folding_disk

from .offload_card import offload

# The characters of names on a card: no separator and no NUL.
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30)
CHANGES = (str.upper, str.lower, str.swapcase, str.casefold)
FORMS = ("NFC", "NFD")


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Walk")


@given(NAMES, st.sampled_from(CHANGES), st.sampled_from(FORMS))
def test_names_of_one_file_have_one_key(name: str, change: object, form: str) -> None:
    assert callable(change)
    assert name_key(unicodedata.normalize("NFC", name)) == name_key(unicodedata.normalize("NFD", name))
    assert name_key(unicodedata.normalize(form, change(name))) == name_key(name)


@given(
    st.lists(
        NAMES | st.sampled_from(["a", "A", "a (2)", "é", "e\u0301", "É", "ß", "SS", "ſ", "nul", "_nul", "\t", "_"])
    )
)
def test_chosen_names_are_safe_and_distinct_for_every_file_system(names: list[str]) -> None:
    folder = FolderNames()
    chosen = [folder.choose(name)[0] for name in dict.fromkeys(names)]
    for keys in (
        chosen,
        [name_key(name) for name in chosen],
        [unicodedata.normalize("NFD", n).casefold() for n in chosen],
    ):
        assert len(set(keys)) == len(chosen)
    for name in chosen:
        assert len(os.fsencode(name)) <= 255
        assert not any(unicodedata.category(sign) == "Cc" for sign in name)


def write_folded_card(card: Path) -> dict[str, bytes]:
    """Write files whose names fall together; return their bytes by name."""
    names = [
        "DCIM/A.MOV", "DCIM/a.mov", "dcim/A.MOV", "dcim/b.txt", "\u00e9.txt", "e\u0301.txt", "\u00c9.TXT",
        "Stra\u00dfe.txt", "STRASSE.txt", "\u212a.txt", "k.txt",
    ]  # fmt: skip
    files = {name: f"{number} {name}".encode() * (number + 1) for number, name in enumerate(names)}
    for name, content in files.items():
        (card / name).parent.mkdir(parents=True, exist_ok=True)
        (card / name).write_bytes(content)
    return files


def test_a_disk_that_ignores_case_gets_every_file_of_a_card(studio: Studio, project: Project, tmp_path: Path) -> None:
    files = write_folded_card(tmp_path / "CARD")
    if len([path for path in (tmp_path / "CARD").rglob("*") if path.is_file()]) < len(files):
        pytest.skip("the disk of the card ignores case: it cannot have such names")
    with folding_disk(tmp_path / "disk") as disk:
        result = offload(studio, project, tmp_path / "CARD", disk)
        assert result.status.safe, result.status.reasons
        for file in result.status.files:
            assert len(file.copies) == 2
            assert {Path(copy).read_bytes() for copy in file.copies} == {files[file.path]}, file.path
        (copy,) = [path for path in disk.iterdir() if path.is_dir()]
        assert {one.verdict for one in verify_seal(copy)} == {SealStatus.INTACT}
        (tmp_path / "CARD" / "DCIM" / "A.mov").write_bytes(b"later")
        again = offload(studio, project, tmp_path / "CARD", disk)
        assert (again.status.safe, again.bytes_read) == (True, 5)
        assert {one.verdict for one in verify_seal(copy)} == {SealStatus.INTACT}


def test_an_ingest_stores_equal_names_of_two_cards_apart(studio: Studio, project: Project, tmp_path: Path) -> None:
    for number, folder in enumerate(("one/Shot", "two/shot", "two/SHOT/x")):
        for frame in (1, 2):
            picture = np.full((4, 4, 3), number + 0.1 * frame, np.float32)
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            write_exr(tmp_path / folder / f"shot.{frame:04d}.exr", picture)
    imported = import_footage(studio.catalog, studio.folder, project, [tmp_path / "one", tmp_path / "two"])
    assert (len(imported.takes), imported.failed) == (3, [])
    assert len({name_key(str(take.path)) for take in imported.takes}) == 3
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}


def test_a_sequence_of_the_same_name_does_not_replace_one_of_a_cancelled_ingest(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    def write_shot(card: str, first: int, value: float) -> Path:
        folder = tmp_path / card / "Shot"
        folder.mkdir(parents=True)
        for frame in (first, first + 1):
            write_exr(folder / f"shot.{frame:04d}.exr", np.full((4, 4, 3), value, np.float32))
            # The sequence comes before the clip.
            os.utime(folder / f"shot.{frame:04d}.exr", (first, first))
        return tmp_path / card

    def after_one_take() -> bool:
        return len(studio.catalog.takes(project)) == 1

    one, two, three = write_shot("one", 1, 0.1), write_shot("two", 1, 0.2), write_shot("three", 3, 0.3)
    os.link(small_take, one / "IMG_0009.MOV")
    with pytest.raises(Cancelled):
        import_footage(studio.catalog, studio.folder, project, [one], cancelled=after_one_take)
    assert studio.takes(project)[0].path.name == "Shot"
    import_footage(studio.catalog, studio.folder, project, [two, three])
    import_footage(studio.catalog, studio.folder, project, [one])
    assert len(studio.takes(project)) == 4
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}
