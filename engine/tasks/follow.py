"""The inputs of a moving crop: faces, speakers and the user's keys, as a delivery requests and reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import FrozenModel
from engine.deliver import FollowedTake
from engine.errors import RequestError
from engine.jobs import JobRequest
from engine.perception import ReframeKey
from engine.speech import SpeakerTurn
from engine.tasks.context import TaskContext
from engine.tasks.diarize import diarize_request, read_diarization
from engine.tasks.faces import faces_request, read_faces
from engine.tasks.paths import perception_folder
from engine.tasks.reframes import SpeakerChoice, TakeReframe, read_reframe
from engine.tasks.requests import REQUESTED
from engine.tasks.speech_annotations import SpeechAnnotations
from engine.tasks.take_sources import stored_folders
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions

if TYPE_CHECKING:
    from engine.catalog import Encoding
    from engine.deliver import Recipe
    from engine.perception import TakeFaces
    from engine.transfer import Subject

_NO_MODEL = "who speaks is taken from the mouths: no diarization model is installed"
_NO_SOUND = "who speaks is taken from the mouths: the footage has no sound"


class FollowInputs(FrozenModel):
    """What the moving crop of a take depends on.

    `faces` and `voices` are the jobs of its faces and of its speakers; `turns` are the turns of the user. Without any,
    mouths show who speaks. `masks` are the folders with stored masks, by name, which show the tops of heads.
    """

    faces: str
    voices: str | None = None
    turns: tuple[SpeakerTurn, ...] = ()
    keys: tuple[ReframeKey, ...] = ()
    speakers: tuple[SpeakerChoice, ...] = ()
    masks: tuple[str, ...] = ()


def follow_inputs(
    context: TaskContext,
    subject: Subject,
    recipe: Recipe,
    input_transform: Encoding | None = None,
    options: TranscribeOptions = DEFAULT_OPTIONS,
    priority: int = REQUESTED,
) -> tuple[FollowInputs | None, tuple[JobRequest, ...]]:
    """The inputs of a subject's moving crop and the jobs that make them; None if the recipe or the take has none."""
    if not recipe.follows or subject.footage.probe.picture is None:
        return None, ()
    faces = faces_request(context, subject, input_transform, priority)
    turns = SpeechAnnotations(context.paths).turns(subject.take)
    voices: JobRequest | None = None
    if subject.has_sound and not turns:
        try:
            voices = diarize_request(context, subject, options, priority)
        except RequestError:
            # No model: the mouths have to do.
            voices = None
    reframe = read_reframe(context.paths, subject.take) if subject.take else TakeReframe()
    inputs = FollowInputs(
        faces=faces.id,
        voices=voices.id if voices else None,
        turns=turns,
        keys=reframe.keys,
        speakers=reframe.speakers,
        masks=tuple(folder.name for folder in mask_folders(context, subject, recipe)),
    )
    return inputs, (faces, *([voices] if voices else []))


def followed_take(
    context: TaskContext,
    inputs: FollowInputs,
    results: Mapping[str, Mapping[str, Any]],
    subject: Subject,
    recipe: Recipe,
    size: tuple[int, int],
) -> FollowedTake:
    """The planned crop of a subject for a picture of `size`. Raises EngineError if a result is missing."""
    faces = read_faces(context, results[inputs.faces])
    home = perception_folder(context.paths, subject.take.id if subject.take else None, subject.digest())
    faces = crowned(faces, [home / name for name in inputs.masks])
    turns: Sequence[SpeakerTurn] | None = inputs.turns or None
    if turns is None and inputs.voices:
        turns = read_diarization(context, results[inputs.voices]).turns
    return plan_take(faces, turns, inputs, subject, recipe, size)


def mask_folders(context: TaskContext, subject: Subject, recipe: Recipe) -> list[Path]:
    """The folders with masks for a crop that can cut the top of a head, which one of the picture's height cannot."""
    from engine.perception import read_index

    if recipe.picture is None or recipe.picture.follow.zoom <= 1:
        return []
    return [one for one in stored_folders(context.paths, subject) if read_index(one).product("person_mask")]


def crowned(faces: TakeFaces, folders: Sequence[Path]) -> TakeFaces:
    """The faces with the tops of heads, by the masks in the first folder that has a tick.

    Raises EngineError if a folder is missing or damaged.
    """
    from engine.perception import PerceptionReader, with_crowns

    if not folders or not faces.tracks:
        return faces
    with PerceptionReader(*folders) as masks:
        return with_crowns(faces, masks)


def plan_take(
    faces: TakeFaces,
    turns: Sequence[SpeakerTurn] | None,
    changes: FollowInputs | TakeReframe,
    subject: Subject,
    recipe: Recipe,
    size: tuple[int, int],
) -> FollowedTake:
    """The planned crop of a subject; without `turns`, mouths show who speaks."""
    from engine.perception import SpokenSpan, match_speakers, plan_follow, spans_by_mouths

    picture = subject.footage.probe.picture
    assert picture
    assert recipe.picture
    notes: tuple[str, ...] = ()
    if turns is None:
        spoken: Sequence[SpokenSpan] = spans_by_mouths(faces)
        chosen = {one.speaker: int(one.speaker) for one in spoken}
        if len(faces.tracks) > 1:
            notes = (_NO_MODEL if subject.has_sound else _NO_SOUND,)
    else:
        spoken = [SpokenSpan(one.start, one.end, one.speaker) for one in turns]
        chosen = {one.speaker: one.face for one in changes.speakers}
    speakers = match_speakers(faces, spoken, chosen)
    options = recipe.picture.follow.options()
    shape = (picture.display_width, picture.display_height)
    plan = plan_follow(faces, spoken, speakers, shape, size, options, changes.keys)
    return FollowedTake(faces, plan, speakers, keys=len(changes.keys), notes=notes)
