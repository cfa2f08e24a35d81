"""Priorities of jobs, and the parts of a request that all kinds have."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engine.catalog import refuse_observation
from engine.errors import RequestError
from engine.speech import SpeechModel, locate_model

if TYPE_CHECKING:
    from engine.transfer import Subject

# Requested jobs run before jobs that prepare takes. A condition check runs after all other jobs.
ARRIVING, REQUESTED, SOON, LATER, IDLE = 30, 20, 10, 0, -10

DAYS = 24 * 3600
"""A day in seconds, for `ResourceNeeds.cpu_seconds`."""


def subject_parameters(subject: Subject, *, observations: bool = False) -> dict[str, Any]:
    """The fields of `SubjectParameters` for a subject. Raises RequestError for an observation, unless it is allowed."""
    if not observations:
        refuse_observation(subject.label, subject.footage.probe.observation)
    return {
        "take": subject.take.id if subject.take else None,
        "source": subject.take.path if subject.take else subject.footage.path.absolute(),
        "source_digest": subject.digest(),
        "label": subject.label,
    }


def project_of(subject: Subject) -> str | None:
    """The id of a subject's project; None for a plain file."""
    return subject.take.project_id if subject.take else None


def model_reference(model: SpeechModel) -> str:
    """The model's name, which is valid on other machines too; its absolute path if the name does not find it."""
    with suppress(RequestError):
        if locate_model(model.id).digest == model.digest:
            return model.id
    return str(model.path.absolute())
