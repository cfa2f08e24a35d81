"""The film of a cut waits for the faces of its takes, if its captions avoid them."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

from engine.deliver import CutRequest, Recipe
from engine.perception import TakeFaces
from engine.studio import Studio
from engine.tasks.cut_deliver import film_order
from engine.tasks.cut_graph import cut_delivery_request
from engine.tasks.cut_parameters import cut_request, cut_take
from engine.tasks.results import store
from engine.timeline import Clip, Cut
from engine.transfer import import_footage


def recipe(avoid: bool) -> Recipe:
    captions = {"avoid_faces": avoid}
    picture = {"view": "sdr", "codec": "h264", "canvas": "160x90", "burn_in": ["captions"], "captions": captions}
    return Recipe.model_validate({"name": "talk", "title": "Talk", "picture": picture})


def test_the_faces_of_each_take_are_found_before_and_read(studio: Studio, small_take: Path, tmp_path: Path) -> None:
    project, context = studio.new_project("p"), studio.tasks.context
    (take,) = import_footage(studio.catalog, studio.folder, project, [small_take]).takes
    subject = studio.subject_of(take)
    cut = Cut("film", Fraction(30), 160, 90, (Clip("1", take.id, 0, 10), Clip("2", take.id, 15, 10)))
    orders = [CutRequest(cut, {take.id: cut_take(subject)}, recipe(avoid)) for avoid in (True, False)]
    avoiding, plain = (
        cut_delivery_request(context, project.id, order, {take.id: subject}, tmp_path / "out") for order in orders
    )
    faces = studio.tasks.faces_request(subject)
    assert avoiding.parameters.caption_faces == {take.id: faces.id}
    assert faces.id in {one.id for one in avoiding.after}
    assert plain.parameters.caption_faces == {}
    assert "caption_faces" not in plain.parameters.model_dump()

    found = TakeFaces(rate=Fraction(30), step=1, ticks=30, width=160, height=90)
    result = store(context, context.paths.artifact_folder(take.id) / "faces.json", found.model_dump_json().encode())
    parameters = avoiding.parameters.model_copy(update={"captions": None})
    with ExitStack() as stack:
        recorded = cut_request(context, parameters, parameters.recipe)
        order = film_order(context, parameters, recorded, {faces.id: result}, stack)
    assert order.faces == {take.id: found}
