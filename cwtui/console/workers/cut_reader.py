"""The cuts of the project that the console shows. Files are read again only when their stamps have changed."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.console.shown_cut import CutMaterial, ShownCut
from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.error_report import to_engine_error
from engine.catalog import Edit, Project
from engine.errors import EngineError
from engine.file_stamp import read_stamp

if TYPE_CHECKING:
    from engine.studio import ProjectCuts, ProjectWords, Studio
    from engine.timeline import Cut

CutChange = Callable[["Cut", CutMaterial], "Cut"]
"""An edit: a function of the cut and its takes that returns another cut."""

_FOLDER, _SUFFIX = "timeline", ".otio"


class CutReader:
    """Reads the names of the cuts, and the shown cut once `show` has been called.

    The names need no studio, which takes a second to load.
    """

    def __init__(self, folder: Path, open_studio: Callable[[], Studio]) -> None:
        self._folder = folder
        self._open_studio = open_studio
        self._active = False
        self._wanted: str | None = None
        self._project: Project | None = None
        self._names: tuple[str, ...] = ()
        self._stamps: tuple[object, ...] = ()
        self._words: ProjectWords | None = None
        self._word_stamps: tuple[object, ...] = ()
        self._material = CutMaterial()
        self._material_for: tuple[object, ...] = ()
        self._shown: ShownCut | None = None
        # The last edit of a run of edits, and the run.
        self._last_edit: tuple[str, Edit] | None = None

    def show(self, name: str | None) -> None:
        """Reads a cut from now on; None or an unknown one is the first by name."""
        self._active, self._wanted, self._stamps = True, name, ()

    def has_changed(self, project: Project | None) -> bool:
        """Whether files have changed since the last `update`."""
        return project is not None and self._read_stamps(project) != self._stamps

    def update(self, snapshot: Snapshot, *, takes_changed: bool, changed: bool) -> Snapshot:
        """The snapshot with the names of the cuts and the shown cut as they are now.

        `changed`: something in the catalog has changed, so that takes may have other words.
        """
        project = snapshot.project
        if project is None:
            return snapshot
        if takes_changed or project != self._project:
            self._words = None
        if project != self._project:
            self._project, self._shown, self._stamps = project, None, ()
        stamps = self._read_stamps(project)
        if stamps != self._stamps:
            paths = (self._folder / project.folder / _FOLDER).glob(f"[!.]*{_SUFFIX}")
            self._names = tuple(sorted((path.stem for path in paths), key=lambda name: (name.casefold(), name)))
            # Other names may change the shown cut. The folder keeps the stamp from before its names were read.
            stamps = (*stamps[:2], *self._read_stamps(project)[2:])
        elif not changed:
            return snapshot
        self._stamps = stamps
        shown, error = None, ""
        if self._active and (name := self._name):
            try:
                shown = self._read(project, name)
            except Exception as failure:
                found = to_engine_error(failure)
                error = f"{found.message} {found.hint}".strip()
        self._shown = shown or self._shown
        return snapshot.replace(cuts=self._names, cut=shown, cut_error=error)

    def edit(
        self, project: Project, change: CutChange, title: str, run: str, preview: Callable[[ShownCut], None]
    ) -> Edit | None:
        """Changes the shown cut. `preview` gets the result before it is written. Raises the errors of the change.

        Edits of one `run` that follow each other are one entry of the journal. An empty text is no run.
        """
        cuts = self._cuts(project)
        name = self._name
        assert name

        def made(cut: Cut) -> Cut:
            before = self._build(cuts, cut)
            after = change(cut, before.material)
            if after != cut:
                preview(self._build(cuts, after))
            return after

        continued = self._last_edit[1] if run and self._last_edit and self._last_edit[0] == run else None
        try:
            edit = cuts.edit(name, made, title, continued)
            self._last_edit = (run, edit) if edit else self._last_edit
            return edit
        except Exception:
            # What was previewed is not what the file has.
            self._stamps = ()
            raise

    @property
    def _name(self) -> str | None:
        names = self._names
        return self._wanted if self._wanted in names else next(iter(names), None)

    def _read_stamps(self, project: Project) -> tuple[object, ...]:
        folder, name = self._folder / project.folder / _FOLDER, self._name
        shown = read_stamp(folder / f"{name}{_SUFFIX}") if self._active and name else None
        return project.id, read_stamp(folder), name, shown

    def _cuts(self, project: Project) -> ProjectCuts:
        from engine.studio import ProjectCuts

        return ProjectCuts(self._open_studio(), project)

    def _read(self, project: Project, name: str) -> ShownCut:
        cuts = self._cuts(project)
        cut = cuts.read(name)
        self._read_words(project, cut)
        return self._build(cuts, cut)

    def _read_words(self, project: Project, cut: Cut) -> None:
        """Reads the words of the cut's takes again if a transcript has changed."""
        from engine.studio import ProjectWords
        from engine.tasks import transcript_path

        studio = self._open_studio()
        words = self._words or ProjectWords(studio, project)
        takes = [words.takes[take] for take in cut.takes if take in words.takes]
        stamps = tuple(read_stamp(transcript_path(studio, one.id, one.label, one.digest)) for one in takes)
        if stamps != self._word_stamps and self._words is not None:
            words = ProjectWords(studio, project)
        self._words, self._word_stamps = words, stamps

    def _build(self, cuts: ProjectCuts, cut: Cut) -> ShownCut:
        from engine.timeline import words_of

        before = self._shown
        if (made_for := (self._words, cut.rate, frozenset(cut.takes))) != self._material_for:
            self._material, self._material_for = self._material_of(cuts, cut), made_for
            # The words of an hour are a hundred thousand objects that stay: collecting garbage among them takes longer
            # than an edit.
            gc.freeze()
        length = None
        if before and before.cut.name == cut.name:
            same = before.cut.length == cut.length
            length = before.length_before if same else before.cut.length
        # A cut that was written is read as another object; its words stay.
        if before is None or before.cut != cut or before.material is not self._material:
            words = words_of(cut, self._material.spoken)
            self._shown = before = ShownCut(cut, self._material, words, length)
        return before

    def _material_of(self, cuts: ProjectCuts, cut: Cut) -> CutMaterial:
        said = self._words
        takes = [said.takes[take] for take in cut.takes if take in said.takes] if said else []
        spoken = {take.id: words for take in takes if said and (words := said.words_of(take))}
        lengths = cuts.lengths(cut.rate)
        if said is None or not spoken:
            return CutMaterial(lengths)
        script = ""
        # Without a readable script, suggestions only know less.
        with suppress(EngineError):
            script = said.script
        return CutMaterial(lengths, spoken, said.levels, said.coarse_levels_of(spoken), script)
