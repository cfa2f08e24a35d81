"""The files outside the studio that jobs may read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.deliver import load_recipe
from engine.models import models_folder
from engine.studio import Studio
from engine.tasks.cut_parameters import CutParameters, cut_paths
from engine.tasks.deliver import DeliverParameters
from engine.tasks.ingest import IngestParameters
from engine.tasks.named_paths import paths_in
from engine.tasks.watch import WatchParameters

from ..cli.takes import studio_of


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    studio_of(tmp_path / "studio", takes=1)
    return Studio(tmp_path / "studio")


def readable(studio: Studio, kind: str, parameters: object) -> set[Path]:
    paths = set(studio.tasks.kinds()[kind].reads(parameters))
    assert models_folder() in paths
    return paths - {models_folder()}


def delivery(source: Path, **values: object) -> DeliverParameters:
    """A podcast of a file."""
    return DeliverParameters(
        take=None,
        source=source,
        source_digest="d",
        label=source.stem,
        recipe=load_recipe("podcast"),
        input_transform=None,
        start=0,
        end=None,
        masters={},
        captions=None,
        folder=Path("deliverables"),
        **values,
    )


def test_a_delivery_reads_the_original_and_the_files_of_its_look(studio: Studio, tmp_path: Path) -> None:
    for name in ("IMG_0001.MOV", "table.cube", "diary.txt"):
        (tmp_path / name).touch()
    parameters = delivery(tmp_path / "IMG_0001.MOV", looks={"": {"lut": {"file": str(tmp_path / "table.cube")}}})
    paths = readable(studio, "deliver", parameters)
    assert {path for path in paths if path.is_file()} == {tmp_path / "IMG_0001.MOV", tmp_path / "table.cube"}
    assert paths <= {tmp_path / "IMG_0001.MOV", tmp_path / "table.cube", tmp_path / "ascmhl"}


def test_a_delivery_reads_the_key_only_if_it_signs(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(tmp_path / "keys"))
    plain = delivery(studio.folder / "A.MOV")
    assert readable(studio, "deliver", plain) == set()
    signed = plain.model_copy(update={"credential": "c"})
    assert readable(studio, "deliver", signed) == {tmp_path / "keys" / "credentials.pem"}


def test_a_sequence_is_read_from_its_folder(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "shot").mkdir()
    ingest = IngestParameters(
        project="p",
        paths=(tmp_path / "shot" / "a.####.exr", tmp_path / "clip.MOV"),
        input_transform=None,
        in_place=True,
        prepare=False,
        asked_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    # The folder of a file has the files that belong to it.
    assert {path for path in readable(studio, "ingest", ingest) if path.is_dir()} == {tmp_path / "shot", tmp_path}


def test_a_watch_reads_the_folder_that_may_come_back_but_never_all_files(studio: Studio, tmp_path: Path) -> None:
    def watched(folder: Path) -> set[Path]:
        parameters = WatchParameters(
            project="p", folder=folder, only_new=False, in_place=False, prepare=False, settle=1.0
        )
        return {path for path in readable(studio, "watch", parameters) if path.is_dir()}

    assert watched(tmp_path / "drop") == {tmp_path}
    assert Path("/") not in watched(Path("/drop"))


def test_a_cut_reads_the_pictures_of_its_titles(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "logo.png").touch()
    project = studio.catalog.projects()[0]
    parameters = CutParameters(
        project=project.id, label="film", rendition="r", cut_takes=(), seconds=1, canvas=(16, 16)
    )
    assert list(cut_paths(studio.tasks.context, parameters)) == []
    stored = studio.tasks.context.paths.project_folder(project.id) / "work" / "cuts" / "r.json"
    stored.parent.mkdir(parents=True)
    stored.write_text(f'["film", {{"title": {{"logo": "{tmp_path}/logo.png", "text": "a / b"}}}}]')
    assert tmp_path / "logo.png" in set(cut_paths(studio.tasks.context, parameters))


def test_a_text_that_begins_like_a_path_opens_no_folder_of_all_files(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    context = studio.tasks.context
    texts = ["~/ thanks", "/", "/ part two", str(tmp_path), f"{tmp_path}/home"]
    assert [path for path in paths_in(context, texts) if path.exists()] == []
    # A folder that the user named is meant.
    assert tmp_path / "home" in set(paths_in(context, [tmp_path / "home"]))
