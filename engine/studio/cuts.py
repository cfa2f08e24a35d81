"""The cuts of a project: read, made, edited, renamed and deleted, each change with an entry in the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.catalog import Edit, Project, Take, refuse_observation, select_takes
from engine.errors import RequestError
from engine.studio.cut_lists import CutLists
from engine.timeline import Clip, Cut, CutStore, Media, common_format, cut_to_items, with_clips

if TYPE_CHECKING:
    from engine.studio.studio import Studio


class ProjectCuts:
    """The cuts of one project."""

    def __init__(self, studio: Studio, project: Project) -> None:
        self._studio, self._project = studio, project
        lists = studio.catalog.reviews.journal.lists["cut"]
        assert isinstance(lists, CutLists)
        self.store: CutStore = lists.store(project.id)

    def names(self) -> list[str]:
        """The names of the cuts, in alphabetical order."""
        return self.store.names()

    def name(self, name: str | None) -> str:
        """The name of an existing cut; for None, the only one. Raises RequestError if there is none or several."""
        if name is not None:
            return self.store.require(name)
        names = self.names()
        if len(names) == 1:
            return names[0]
        if not names:
            raise RequestError(f"“{self._project.name}” has no cut yet.", "Make one: cwtui cut new")
        raise RequestError(
            f"“{self._project.name}” has several cuts: {', '.join(f'“{one}”' for one in names)}.",
            "Choose one with --cut NAME.",
        )

    def read(self, name: str) -> Cut:
        """A cut as its file is now. Raises EngineError if the file is damaged, RequestError if there is none."""
        return self.store.read(self.store.require(name)).cut

    def losses(self, name: str) -> tuple[str, ...]:
        """What the cut's file has and a cut has not, if another program wrote it: a sentence each."""
        return self.store.read(self.store.require(name)).losses

    @property
    def media(self) -> dict[str, Media]:
        """The facts about the project's takes, by id."""
        return {take: file.media for take, file in self.store.files().items()}

    def lengths(self, rate: Fraction) -> dict[str, int]:
        """The lengths of the takes in ticks of a cut with this rate, by id: the limits of edits."""
        return {take: media.ticks(rate) for take, media in self.media.items()}

    def new(
        self,
        name: str,
        takes: list[Take] | None = None,
        rate: Fraction | None = None,
        canvas: tuple[int, int] | None = None,
    ) -> Cut:
        """A new cut, which is not stored yet: the kept ranges of takes, in the given order.

        Without takes: those that a delivery selects, in shooting order. Without a rate or a canvas: the commonest one.
        Raises RequestError if the name is invalid or taken, or there is no take.
        """
        name = self.store.refuse_taken(name)
        if takes is None:
            reviews = self._studio.catalog.reviews.all(self._project.id)
            takes = list(select_takes(self._studio.takes(self._project), reviews).takes)
        if not takes:
            raise RequestError("There is no take to cut.", "Ingest footage first, or choose takes with --take.")
        known = self.media
        common, width, height = common_format(known[take.id] for take in takes)
        rate, (width, height) = rate or common, canvas or (width, height)
        clips = [clip for take in takes for clip in self.clips_of(take, rate)]
        numbered = (replace(clip, id=str(number)) for number, clip in enumerate(clips, 1))
        return with_clips(Cut(name, rate, width, height), numbered)

    def clips_of(self, take: Take, rate: Fraction, start: int | None = None, end: int | None = None) -> list[Clip]:
        """Clips of a take without ids: from `start` to `end`, in ticks of its clock, or its kept ranges.

        Raises RequestError if the take is not that long, or an observation.
        """
        refuse_observation(take.label, take.probe.observation)
        ticks = self.media[take.id].ticks(rate)
        if start is not None or end is not None:
            first, last = start or 0, ticks if end is None else end
            if not 0 <= first < last <= ticks:
                raise RequestError(
                    f"{take.label} is {float(take.probe.duration):.2f} s long.", "Choose a start before the end in it."
                )
            return [Clip("", take.id, first, last - first)]
        review = self._studio.catalog.reviews.of(take)
        reason = "A kept range of the take." if review.ranges else "The whole take."
        clips = []
        for starts, ends in review.spans(take.probe.duration):
            first = min(round(starts * rate), ticks - 1)
            last = max(first + 1, min(round(ends * rate), ticks))
            clips.append(Clip("", take.id, first, last - first, reason=reason))
        return clips

    def add(self, cut: Cut, title: str = "made") -> Edit:
        """Stores a new cut. Raises RequestError if its name is invalid or taken."""
        with self._studio.catalog.transaction():
            edit = self._write({self.store.refuse_taken(cut.name): cut}, f"{cut.name}: {title}")
        assert edit is not None
        return edit

    def edit(
        self,
        name: str,
        change: Callable[[Cut], Cut],
        title: str | Callable[[Cut], str],
        continues: Edit | None = None,
    ) -> Edit | None:
        """Changes a cut by a function of it. Returns None if nothing changes.

        `title` is the entry of the journal, or a function of the cut before the change that returns it. If `continues`
        is the newest entry, it gets this change as well (`Journal.change_lists`). No other process changes a cut
        meanwhile. Raises the errors of `change`.
        """
        with self._studio.catalog.transaction():
            before = self.read(name)
            after = change(before)
            text = title if isinstance(title, str) else title(before)
            # The journal reads the file again: a change meanwhile would be lost as if it were a part of this one.
            self.store.refuse_changed(before.name)
            return self._write({before.name: after}, f"{before.name}: {text}", continues)

    def rename(self, name: str, new: str) -> Edit | None:
        """Renames a cut. Raises RequestError if the new name is invalid or taken."""
        with self._studio.catalog.transaction():
            cut = self.read(name)
            new = self.store.refuse_taken(new)
            return self._write({new: cut, cut.name: None}, f"{cut.name} renamed to {new}")

    def delete(self, name: str) -> Edit | None:
        """Deletes a cut; undo restores it."""
        with self._studio.catalog.transaction():
            cut = self.read(name)
            return self._write({cut.name: None}, f"{cut.name} deleted")

    def _write(self, cuts: dict[str, Cut | None], title: str, continues: Edit | None = None) -> Edit | None:
        changes = {
            ("cut", f"{self._project.id}/{name}"): cut_to_items(cut) if cut else [] for name, cut in cuts.items()
        }
        return self._studio.catalog.reviews.journal.change_lists(self._project.id, title, changes, continues)
