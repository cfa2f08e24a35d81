"""The moving crop of a take: what it follows, and what the user changed, with entries in the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.catalog import Edit, Take
from engine.errors import RequestError
from engine.perception import ReframeKey
from engine.tasks import (
    SpeakerChoice,
    TakeReframe,
    crowned,
    finished_faces,
    items_of,
    latest_diarization,
    mask_folders,
    plan_take,
    read_reframe,
)
from engine.time import format_time

if TYPE_CHECKING:
    from engine.deliver import FollowedTake, Recipe
    from engine.speech import SpeakerTurn
    from engine.studio.studio import Studio
    from engine.transfer import Subject


@dataclass(frozen=True, slots=True)
class ReframeChange:
    """A change of a take's crop: keys to add, times of keys to remove, and a speaker's face.

    `clear` removes all keys and faces first.
    """

    keys: tuple[ReframeKey, ...] = ()
    remove: tuple[Fraction, ...] = ()
    speaker: SpeakerChoice | None = None
    clear: bool = False


def change_reframe(studio: Studio, take: Take, change: ReframeChange) -> Edit | None:
    """Changes the crop of a take. Returns None if nothing changes.

    Raises RequestError if a key is outside of the take, or one to remove does not exist.
    """
    known = TakeReframe() if change.clear else read_reframe(studio.paths, take)
    keys = {one.time: one for one in known.keys}
    for time in change.remove:
        if time not in keys:
            times = ", ".join(format_time(one, 2) for one in sorted(keys)) or "none"
            raise RequestError(
                f"{take.label} has no key of the crop at {format_time(time, 2)}.", f"Keys are at: {times}."
            )
        del keys[time]
    for key in change.keys:
        if key.time > take.probe.duration:
            raise RequestError(
                f"{take.label} is {float(take.probe.duration):.2f} s long; {float(key.time):g} s is after its end.",
                "Choose a time within it.",
            )
        keys[key.time] = key
    speakers = {one.speaker: one for one in known.speakers}
    if change.speaker:
        speakers[change.speaker.speaker] = change.speaker
    made = TakeReframe(
        keys=tuple(keys[time] for time in sorted(keys)), speakers=tuple(speakers[name] for name in sorted(speakers))
    )
    title = f"{take.label}: {_title(change)}"
    journal = studio.catalog.reviews.journal
    return journal.change_lists(take.project_id, title, {("reframe", take.id): items_of(made)})


def follow_of(studio: Studio, subject: Subject, recipe: Recipe, size: tuple[int, int]) -> FollowedTake | None:
    """The moving crop of a take as it is known now, without any work; None before its faces were found."""
    if subject.take is None or not recipe.follows:
        return None
    faces = finished_faces(studio.tasks.context, subject.take)
    if faces is None:
        return None
    context = studio.tasks.context
    faces = crowned(faces, mask_folders(context, subject, recipe))
    turns: Sequence[SpeakerTurn] | None = studio.tasks.speech.turns(subject.take) or None
    if turns is None and (found := latest_diarization(studio.tasks.context, subject.take)):
        turns = found.turns
    return plan_take(faces, turns, read_reframe(studio.paths, subject.take), subject, recipe, size)


def _title(change: ReframeChange) -> str:
    if change.clear:
        return "crop: automatic"
    if change.speaker:
        return f"crop: {change.speaker.speaker} is face {change.speaker.face}"
    if change.remove:
        return f"crop: key at {format_time(change.remove[0], 2)} removed"
    key = change.keys[0]
    at = format_time(key.time, 2)
    if not key.is_manual:
        return f"crop: automatic from {at}"
    values = ((name, getattr(key, name)) for name in ("x", "y", "zoom"))
    return f"crop at {at}: " + ", ".join(f"{name} {value:g}" for name, value in values if value is not None)
