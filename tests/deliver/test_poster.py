"""The poster of a movie is the frame at a time, at a marker, or the sharpest; a contact sheet is beside it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.catalog import Encoding
from engine.deliver import Deliverable, DeliverableRequest, build_deliverable, load_recipe, targets, with_speed
from engine.deliver.recipe import PosterRecipe
from engine.deliver.recipe_files import find_problems
from engine.ingest import Footage, inspect
from engine.studio import Studio
from engine.transfer import import_footage
from fixtures import clips
from tests.permissions import DELIVER

TEXT = (
    'title = "t"\n[picture]\nview = "sdr"\ncodec = "h264"\nlong_edge = 128\nshort_edge = 128\nquality = 20\n'
    'effort = "quick"\n[poster]\n'
)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """Dark for half a second, then light."""
    path = tmp_path_factory.mktemp("take") / "a.mov"
    clips.flash_and_click(path, seconds=2, uneven=False, size=(128, 72))
    return inspect(path)


def deliver(footage: Footage, folder: Path, poster: str, **values: object) -> Deliverable:
    path = folder / "tiny.toml"
    path.write_text(TEXT + poster)
    picture = footage.probe.picture
    assert picture
    request = DeliverableRequest(footage, "x", load_recipe(str(path)), picture.input_transform, **values)  # type: ignore[arg-type]
    made = build_deliverable(DELIVER, request, folder / "out")
    assert [check.name for check in made.checks if not check.passed] == []
    assert {file.path for file in made.files} == set(targets(request))
    return made


def measured(made: Deliverable) -> str:
    (check,) = (check for check in made.checks if check.name == "poster")
    return str(check.measured)


def test_a_poster_is_at_a_time_or_at_a_marker_of_the_stretch(footage: Footage, tmp_path: Path) -> None:
    made = deliver(footage, tmp_path, "at = 0.5\n", end=Fraction(1))
    assert measured(made) == "128 × 72 at 00:00:00.50"
    assert Image.open(tmp_path / "out" / "x.poster.jpg").size == (128, 72)
    markers = ((Fraction(3, 2), "Poster"), (Fraction(1, 4), "poster"), (Fraction(3, 2), "poster"))
    made = deliver(footage, tmp_path, 'marker = "poster"\nformat = "png"\n', start=Fraction(1), markers=markers)
    assert measured(made) == "128 × 72 at 00:00:00.50"
    assert Image.open(tmp_path / "out" / "x.poster.png").format == "PNG"


def test_without_its_marker_the_sharpest_frame_is_the_poster(footage: Footage, tmp_path: Path) -> None:
    made = deliver(footage, tmp_path, 'marker = "poster"\nsheet = true\n', end=Fraction(1))
    assert "no marker “poster”: the poster is the sharpest frame" in made.notes
    roles = {file.role: file.path for file in made.files}
    assert (roles["poster"], roles["sheet"]) == ("x.poster.jpg", "x.sheet.jpg")
    sheet = np.asarray(Image.open(tmp_path / "out" / "x.sheet.jpg"))
    assert 4 * 128 < sheet.shape[1] < 1000
    assert sheet.max() > 100


def test_a_time_after_the_end_gives_a_warning(footage: Footage, tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(f"{TEXT}at = 60\n")
    request = DeliverableRequest(footage, "x", load_recipe(str(path)), Encoding.REC709, end=Fraction(1, 5))
    made = build_deliverable(DELIVER, request, tmp_path / "out")
    (check,) = (check for check in made.checks if not check.passed)
    assert (check.name, check.warning, made.passed) == ("poster", True, True)
    assert "at 00:01:00.00" in check.wanted


def test_a_job_has_the_markers_of_its_take_that_the_poster_names(studio: Studio, tmp_path: Path) -> None:
    project = studio.new_project("Walk")
    take = clips.plain_take(tmp_path / "A.MOV", 64, 36, sound=False)
    assert not import_footage(studio.catalog, studio.folder, project, [take]).failed
    (imported,) = studio.catalog.takes()
    for at, label in ((1, "poster"), (2, "other"), (3, "poster")):
        studio.catalog.reviews.add_marker(imported, Fraction(at, 5), label)
    recipe = load_recipe("review-proxy")
    marked = recipe.model_copy(update={"sound": None, "poster": PosterRecipe(marker="poster")})
    subject, folder = studio.subject_of(imported), tmp_path / "out"
    job = studio.tasks.delivery_request(subject, marked, folder)
    assert job.parameters.model_dump()["markers"] == (([1, 5], "poster"), ([3, 5], "poster"))
    # Other markers do not change a job.
    unmarked = marked.model_copy(update={"poster": PosterRecipe()})
    assert studio.tasks.delivery_request(subject, unmarked, folder).parameters.model_dump()["markers"] == ()


def test_markers_keep_their_place_in_slow_motion(tmp_path: Path) -> None:
    fast = inspect(clips.plain_take(tmp_path / "fast.mov", 64, 36, rate=120, seconds=1, sound=False))
    request = DeliverableRequest(fast, "x", load_recipe("review-proxy"), None, markers=((Fraction(1, 2), "poster"),))
    slow = with_speed(request, "slow")
    assert slow.marker_at("poster") == Fraction(1, 2) * (slow.duration / fast.probe.duration)
    assert request.marker_at("other") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'{TEXT}at = 1\nmarker = "x"\n', "remove one"),
        ('title = "t"\n[sound]\ncodec = "wav"\nlufs = -16\ntrue_peak_dbtp = -1\n[poster]\n', "no picture"),
    ],
)
def test_impossible_posters_are_found_in_the_recipe(text: str, message: str) -> None:
    assert any(message in str(problem) for problem in find_problems(text))
