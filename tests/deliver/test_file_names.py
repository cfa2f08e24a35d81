"""Names of files by a template, texts with fields, and what becomes of files if a check fails."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.deliver import (
    Check,
    Deliverable,
    DeliverableRequest,
    Recipe,
    SoundRecipe,
    build_deliverable,
    find_problems,
    load_recipe,
    read_receipt,
    stop_after,
    targets,
)
from engine.deliver.burn_in import BurnIn
from engine.deliver.failure import settle
from engine.deliver.files_recipe import FilesRecipe
from engine.deliver.receipt import DeliverableFile, now, write_receipt
from engine.deliver.text_fields import FIELDS, file_name
from engine.errors import EngineError
from engine.ingest import inspect
from engine.studio import DeliveryOutcome
from engine.text import TextStyle
from engine.time import Timecode
from fixtures import clips
from tests.permissions import DELIVER

VALUES = {
    **dict.fromkeys(FIELDS, ""),
    "project": "Harbour: walk",
    "recipe": "podcast",
    "take": "001-A",
    "date": "2026-11-30",
}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{project}-{recipe}-{take}", "Harbour- walk-podcast-001-A"),
        ("{date} {take}", "2026-11-30 001-A"),
        ("{take}-{platform}-{size}", "001-A"),
        ("{platform}", "untitled"),
        ("con", "con_"),
        ("{project}_{platform}_x", "Harbour- walk_x"),
    ],
)
def test_a_template_becomes_a_name(template: str, name: str) -> None:
    assert file_name(template, VALUES) == name


def test_a_name_has_no_characters_that_turn_its_direction() -> None:
    assert file_name("{take}", {**VALUES, "take": "a\u202egpj\u2028.x"}) == "a-gpj-.x"


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=300)))
def test_a_name_is_safe_on_every_file_system(values: dict[str, str]) -> None:
    name = file_name("{project}-{recipe} {take}_{date}", {**VALUES, **values})
    assert name
    assert len(name.encode()) <= 201
    assert not set(name) & set('/\\:*?"<>|\0\n\t')
    assert name[-1] not in ". "
    assert name[0] not in ".- "
    assert file_name(name.replace("{", "").replace("}", "") or "x", VALUES)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('name = "{project}/{take}"', "cannot contain /"),
        ('name = "{taek}"', "has no field {taek}; the fields are {project}"),
        ('name = "{take}\u202egpj"', "cannot contain /"),
        ('name = "{take"', "has a brace without its pair"),
        ('name = "- "', "must begin with a letter"),
        ('name = "{take}."', "not end with a dot"),
        ('on_fail = "retry"', "on_fail must be keep, aside, delete or stop"),
    ],
)
def test_lint_names_a_wrong_template(line: str, said: str) -> None:
    text = f'title = "t"\n[files]\n{line}\n[sound]\ncodec = "wav"\nlufs = -16\ntrue_peak_dbtp = -1\n'
    (problem,) = find_problems(text)
    assert said in str(problem)
    assert problem.line == 2


def recipe_of(**files: object) -> Recipe:
    sound = SoundRecipe(codec="wav", lufs=-16.0, true_peak_dbtp=-1.0)
    return Recipe(name="own", title="Own", sound=sound, files=FilesRecipe(**files))  # type: ignore[arg-type]


def test_files_have_the_name_of_the_template(tmp_path: Path) -> None:
    footage = inspect(clips.tone(tmp_path / "A.WAV", 1))
    order = DeliverableRequest(footage, "001-A", recipe_of(name="{project}-{recipe}-{take}"), None, project="Walk")
    assert targets(order) == ["Walk-own-001-A.wav"]
    made = build_deliverable(DELIVER, order, tmp_path / "out")
    assert made.take == "001-A"
    assert [file.path for file in made.files] == ["Walk-own-001-A.wav"]
    assert targets(replace(order, recipe=recipe_of())) == ["001-A.wav"]


def delivered(folder: Path, passed: bool = False) -> Deliverable:
    """A delivery of one file with a check."""
    folder.mkdir(exist_ok=True)
    (folder / "001-A.wav").write_bytes(b"sound")
    return Deliverable(
        take="001-A", source_digest="d", recipe="own", recipe_digest="e", input_transform=None, start=Fraction(0),
        duration=Fraction(1), made_at=now(),
        files=(DeliverableFile(path="001-A.wav", sha256="f", bytes=5, role="sound"),),
        checks=(Check(name="loudness", passed=passed, measured=-20, wanted=-16),),
    )  # fmt: skip


@pytest.mark.parametrize("on_fail", ["keep", "stop"])
def test_failing_files_are_kept_by_default(tmp_path: Path, on_fail: str) -> None:
    made = settle(recipe_of(on_fail=on_fail), tmp_path, delivered(tmp_path))
    assert (tmp_path / "001-A.wav").is_file()
    assert read_receipt(tmp_path).deliveries == (made,)


def test_failing_files_are_moved_aside_with_a_receipt_of_their_own(tmp_path: Path) -> None:
    write_receipt(tmp_path, delivered(tmp_path, passed=True))
    made = settle(recipe_of(on_fail="aside"), tmp_path, delivered(tmp_path))
    assert [file.path for file in made.files] == ["failed/001-A.wav"]
    assert not (tmp_path / "001-A.wav").exists()
    assert (tmp_path / "failed" / "001-A.wav").read_bytes() == b"sound"
    assert read_receipt(tmp_path).deliveries == ()
    assert [file.path for one in read_receipt(tmp_path / "failed").deliveries for file in one.files] == ["001-A.wav"]
    assert DeliveryOutcome([made], tmp_path).receipt == tmp_path / "failed" / "receipt.json"
    settle(recipe_of(on_fail="aside"), tmp_path, delivered(tmp_path))
    assert len(read_receipt(tmp_path / "failed").deliveries) == 1


def test_failing_files_are_deleted(tmp_path: Path) -> None:
    write_receipt(tmp_path, delivered(tmp_path, passed=True))
    made = settle(recipe_of(on_fail="delete"), tmp_path, delivered(tmp_path))
    assert made.files == ()
    assert DeliveryOutcome([made], tmp_path).receipt is None
    assert not made.passed
    assert not (tmp_path / "001-A.wav").exists()
    assert read_receipt(tmp_path).deliveries == ()
    good = settle(recipe_of(on_fail="delete"), tmp_path, delivered(tmp_path, passed=True))
    assert (tmp_path / "001-A.wav").is_file()
    assert read_receipt(tmp_path).deliveries == (good,)


def test_a_failed_check_stops_the_batch_only_if_the_recipe_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"“001-A” failed 1 of 1 checks: loudness"):
        stop_after(recipe_of(on_fail="stop"), delivered(tmp_path))
    stop_after(recipe_of(on_fail="stop"), delivered(tmp_path, passed=True))
    stop_after(recipe_of(), delivered(tmp_path))


def inked(layer: np.ndarray | None) -> tuple[float, float]:
    """The middle of what a layer shows, as shares of its height and width."""
    assert layer is not None
    rows, columns = np.nonzero(layer[..., 3])
    return (rows.min() + rows.max()) / 2 / layer.shape[0], (columns.min() + columns.max()) / 2 / layer.shape[1]


@pytest.mark.parametrize(
    ("corner", "place"),
    [
        ("top-left", (0, 0)), ("top", (0, 0.5)), ("top-right", (0, 1)),
        ("bottom-left", (1, 0)), ("bottom", (1, 0.5)), ("bottom-right", (1, 1)),
    ],
)  # fmt: skip
def test_a_text_stands_in_its_corner(corner: str, place: tuple[float, float]) -> None:
    burnt = BurnIn(320, 180, Fraction(25), look=TextStyle(), texts=[("Walk", corner, 0.06)])  # type: ignore[list-item]
    row, column = inked(burnt.at(0))
    assert abs(row - place[0]) < 0.12
    assert abs(column - place[1]) < 0.12
    assert np.array_equal(burnt.at(0), burnt.at(1))


def test_a_timecode_in_a_text_runs() -> None:
    code = Timecode.parse("01:00:00:00", Fraction(25))
    burnt = BurnIn(320, 180, Fraction(25), look=TextStyle(), texts=[("A {timecode}", "bottom-left", 0.06)], code=code)
    assert not np.array_equal(burnt.at(0), burnt.at(1))
    written = BurnIn(320, 180, Fraction(25), look=TextStyle(), texts=[("A 01:00:00:01", "bottom-left", 0.06)])
    assert np.array_equal(burnt.at(1), written.at(0))


def test_lint_names_an_unknown_field_of_a_text() -> None:
    text = (
        'title = "t"\n[picture]\nview = "sdr"\ncodec = "h264"\ncanvas = "64x64"\n'
        '[[picture.text]]\ntext = "{timecode} {date}"\n[[picture.text]]\ntext = "{day}"\n'
    )
    (problem,) = find_problems(text)
    assert "has no field {day}" in str(problem)
    assert load_recipe("podcast").files.name is None
