"""Messages of the threads that list folders and plan an ingest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from engine.errors import EngineError

if TYPE_CHECKING:
    from cwtui.path_text import PathCompletion
    from engine.ingest import FolderEntry, MediaCount, Place
    from engine.transfer import ImportPlan


class PlacesListed(Message):
    """The places where footage may be."""

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__()
        self.places = places


class FolderListed(Message):
    """The entries of a folder; none, and an error, if it cannot be read."""

    def __init__(self, folder: Path, entries: Sequence[FolderEntry], error: EngineError | None) -> None:
        super().__init__()
        self.folder = folder
        self.entries = entries
        self.error = error


class FolderCounted(Message):
    """The footage below a folder, and the layout of the card that it is the root of."""

    def __init__(self, folder: Path, count: MediaCount, card: str | None) -> None:
        super().__init__()
        self.folder = folder
        self.count = count
        self.card = card


class PathCompleted(Message):
    """The completion of a typed text."""

    def __init__(self, text: str, completion: PathCompletion) -> None:
        super().__init__()
        self.text = text
        self.completion = completion


class PathsResolved(Message):
    """The paths in a pasted or typed text: those that exist, and the others. `submitted`: with Enter."""

    def __init__(self, found: Sequence[FolderEntry], missing: Sequence[Path], submitted: bool) -> None:
        super().__init__()
        self.found = found
        self.missing = missing
        self.submitted = submitted


class PlanProgressed(Message):
    """Progress of a plan: `done` of `total` steps, and the current file's name."""

    def __init__(self, done: int, total: int, name: str) -> None:
        super().__init__()
        self.done = done
        self.total = total
        self.name = name

    def can_replace(self, message: Message) -> bool:
        """Textual drops pending messages of this type when a newer one is posted."""
        return isinstance(message, PlanProgressed)


class PlanCompleted(Message):
    """The plan of an ingest, or the error that prevented it."""

    def __init__(self, plan: ImportPlan | None, error: EngineError | None) -> None:
        super().__init__()
        self.plan = plan
        self.error = error
