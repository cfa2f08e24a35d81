"""The faces that burnt-in captions avoid, as a delivery requests them."""

from __future__ import annotations

from collections.abc import Mapping
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


def cut_faces_requests(
    context: TaskContext, subjects: Mapping[str, Subject], recipe: Recipe, priority: int = REQUESTED
) -> dict[str, JobRequest]:
    """Requests the faces of the takes of a cut, by id; none if its captions do not avoid any. Errors as for a take."""
    if not recipe.avoids_faces or not any(subject.has_sound for subject in subjects.values()):
        return {}
    shown = {take: one for take, one in subjects.items() if one.footage.probe.picture and one.footage.grid}
    return {take: faces_request(context, subject, priority=priority) for take, subject in shown.items()}
