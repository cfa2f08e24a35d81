"""The faces that burnt-in captions avoid, as a delivery requests them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.jobs import JobRequest
from engine.tasks.context import TaskContext
from engine.tasks.faces import faces_request
from engine.tasks.requests import REQUESTED

if TYPE_CHECKING:
    from engine.catalog import Encoding
    from engine.deliver import Recipe
    from engine.transfer import Subject


def caption_faces_request(
    context: TaskContext,
    subject: Subject,
    recipe: Recipe,
    input_transform: Encoding | None = None,
    priority: int = REQUESTED,
) -> JobRequest | None:
    """Requests the faces of a subject; None if its captions do not avoid any.

    Raises EngineError, with the command that adds the model, if it is missing.
    """
    if not recipe.avoids_faces or subject.footage.probe.picture is None or not subject.has_sound:
        return None
    return faces_request(context, subject, input_transform, priority)
