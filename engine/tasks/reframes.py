"""The user's changes of the moving crops of takes: keys, and the faces of speakers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from engine.atomic_files import write_atomic
from engine.catalog import FrozenModel, Take
from engine.perception import ReframeKey
from engine.tasks.paths import StudioPaths, find_take
from engine.validation import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence


class SpeakerChoice(FrozenModel):
    """The face of a speaker, by the number of the face in the take."""

    speaker: str = Field(min_length=1)
    face: int = Field(ge=1)


class TakeReframe(FrozenModel):
    """What the user changed of a take's moving crop."""

    keys: tuple[ReframeKey, ...] = ()
    speakers: tuple[SpeakerChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class ReframeList:
    """The changes of a take, by its id, as one list for the journal: keys and speakers' faces."""

    merges: ClassVar[bool] = True
    paths: StudioPaths

    def read(self, key: str) -> list[Any]:
        """The keys in the order of their times, then the speakers, as JSON."""
        return items_of(read_reframe(self.paths, find_take(self.paths.catalog, key)))

    def write(self, key: str, items: list[Any]) -> None:
        """Writes the changes; without any, the file is removed."""
        path = _path(self.paths, find_take(self.paths.catalog, key))
        if not items:
            path.unlink(missing_ok=True)
            return
        made = TakeReframe(
            keys=tuple(ReframeKey.model_validate(one) for one in items if "speaker" not in one),
            speakers=tuple(SpeakerChoice.model_validate(one) for one in items if "speaker" in one),
        )
        write_atomic(path, made.model_dump_json(indent=1).encode())


def read_reframe(paths: StudioPaths, take: Take) -> TakeReframe:
    """What the user changed of a take's moving crop. Raises EngineError if its file is invalid."""
    path = _path(paths, take)
    if not path.is_file():
        return TakeReframe()
    return read_json(TakeReframe, path.read_bytes(), str(path), "Fix it, restore it from a backup, or move it away.")


def items_of(reframe: TakeReframe) -> list[Any]:
    """The changes as the items of a `ReframeList`."""
    keys: Sequence[ReframeKey] = sorted(reframe.keys, key=lambda one: one.time)
    return [one.model_dump(mode="json") for one in (*keys, *reframe.speakers)]


def _path(paths: StudioPaths, take: Take) -> Path:
    return paths.project_folder(take.project_id) / "reframe" / f"{take.label}.json"
