"""What every question about footage says of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engine.errors import RequestError
from engine.speech import SpeechModel, locate_model

if TYPE_CHECKING:
    from engine.transfer import Subject

# What the director waits for comes before what may be wanted later.
# A check of what is there already yields to all of it.
ARRIVING, REQUESTED, SOON, LATER, IDLE = 30, 20, 10, 0, -10

DAYS = 24 * 3600


def subject_parameters(subject: Subject) -> dict[str, Any]:
    """What `SubjectParameters` hold."""
    return {
        "take": subject.take.id if subject.take else None,
        "source": subject.take.path if subject.take else subject.footage.path.absolute(),
        "source_digest": subject.digest(),
        "label": subject.label,
    }


def project_of(subject: Subject) -> str | None:
    """The project a subject belongs to."""
    return subject.take.project_id if subject.take else None


def model_reference(model: SpeechModel) -> str:
    """What finds a model again on any machine that has it: its name, or where it lies if it has none here."""
    with suppress(RequestError):
        if locate_model(model.id).digest == model.digest:
            return model.id
    return str(model.path.absolute())
