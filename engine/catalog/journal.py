"""The journal of a project's changes, with undo and redo: of rows of the catalog, and of lists in files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol

from engine.catalog.database import Connection
from engine.catalog.list_changes import Splice, replace_part
from engine.catalog.media import FrozenModel
from engine.catalog.ranges import current_review_row
from engine.errors import RequestError

# The tables that undo restores, each with its columns, the key first.
_COLUMNS = {
    "review": ("take_id", "verdict", "star", "retake_of", "ranges"),
    "marker": ("id", "take_id", "at", "label"),
    "take": ("id", "input_transform"),
    "retake_cue": ("id", "project_id", "at", "line"),
}
_SELECT_EDIT = "SELECT id, project_id, at, title, undone FROM edit "

Row = dict[str, Any]
Change = tuple[str, str | int, Any, Any]
"""A table or list, its key, and the row or the items before and after. None is no row."""


class Edit(FrozenModel):
    """One change in the journal, and whether it is undone."""

    id: int
    project_id: str
    at: datetime
    title: str
    undone: bool = False


class JournalledList(Protocol):
    """Lists of JSON values in files that people may edit as well, such as the corrections of a take.

    If a list `merges`, undo keeps items that somebody has added since the change. Otherwise the order of its items
    counts: an entry has only the part that changed, and undo changes nothing if that part is no longer there.
    """

    merges: ClassVar[bool]

    def read(self, key: str) -> list[Any]:
        """The items of the list with this key."""
        ...

    def write(self, key: str, items: list[Any]) -> None:
        """Writes the items. Raises EngineError if they are invalid."""
        ...


class Journal:
    """Writes changes together with their entries. `load_lists` returns the lists in files, by name."""

    def __init__(self, db: Connection) -> None:
        self.load_lists: Callable[[], Mapping[str, JournalledList]] = dict
        self._db = db

    @cached_property
    def lists(self) -> Mapping[str, JournalledList]:
        """The lists in files, by name."""
        return self.load_lists()

    def add(self, project_id: str, title: str, *changes: Change) -> Edit:
        """Adds an entry for changes that have been written. It discards undone changes."""
        before, after = self._sides(changes)
        self._db.execute("DELETE FROM edit WHERE project_id = ? AND undone = 1", (project_id,))
        row = {
            "project_id": project_id,
            "at": utc_text(datetime.now(UTC)),
            "title": title,
            "before": before,
            "after": after,
        }
        return self._edit(self._db.insert("edit", row))

    def change_lists(
        self,
        project_id: str,
        title: str,
        changes: Mapping[tuple[str, str], list[Any]],
        continues: Edit | None = None,
    ) -> Edit | None:
        """Writes lists, by name and key, with one entry. Returns None if nothing changes.

        If `continues` is the newest entry and changed the same lists, that entry gets the change as well, so that undo
        restores what was before both. If the lists are as before both, the entry is deleted and None is returned.
        """
        with self._db.transaction():
            made = [
                (name, key, before, after)
                for (name, key), after in changes.items()
                if (before := self.lists[name].read(key)) != after
            ]
            if not made:
                return None
            begun = self._begun(project_id, continues, made) if continues else None
            edit = self._extend(continues, title, begun) if continues and begun else self.add(project_id, title, *made)
            # Last: a file cannot be rolled back. A list that is emptied may be a file that another replaces.
            for name, key, _, after in sorted(made, key=lambda change: not change[3]):
                self.lists[name].write(key, after)
            return edit

    def _begun(self, project_id: str, continued: Edit, made: Sequence[Change]) -> list[Change] | None:
        """Changes of lists from what was before an entry; None if it is not the newest one or of other lists."""
        query = "SELECT id, undone, before, after FROM edit WHERE project_id = ? ORDER BY id DESC LIMIT 1"
        newest = self._db.execute(query, (project_id,)).fetchone()
        if newest is None or newest["undone"] or newest["id"] != continued.id:
            return None
        sides = [json.loads(newest[side]) for side in ("before", "after")]
        if [(entry["table"], entry["key"]) for entry in sides[0]] != [(name, key) for name, key, _, _ in made]:
            return None
        begun: list[Change] = []
        for was, became, (name, key, now, after) in zip(*sides, made, strict=True):
            if self.lists[name].merges:
                first = was["row"] if now == became["row"] else None
            else:
                first = replace_part(now, was["at"], was["rest"], became["row"], was["row"])
            if first is None:
                return None
            begun.append((name, key, first, after))
        return begun

    def _extend(self, edit: Edit, title: str, changes: Sequence[Change]) -> Edit | None:
        """Gives an entry other changes, or deletes it if they change nothing."""
        changes = [change for change in changes if change[2] != change[3]]
        if not changes:
            self._db.execute("DELETE FROM edit WHERE id = ?", (edit.id,))
            return None
        before, after = self._sides(changes)
        self._db.execute(
            "UPDATE edit SET at = ?, title = ?, before = ?, after = ? WHERE id = ?",
            (utc_text(datetime.now(UTC)), title, before, after, edit.id),
        )
        return self._edit(edit.id)

    def undo(self, project_id: str) -> Edit | None:
        """Undoes a project's newest change, made by any process. Returns None if there is nothing to undo.

        Raises RequestError if another program has changed the same part of a list; the change then counts as undone.
        """
        return self._step("undone = 0 ORDER BY id DESC", project_id, "before", undone=True)

    def redo(self, project_id: str) -> Edit | None:
        """Redoes the change that was undone last. Returns None if there is none. Raises RequestError as `undo`."""
        return self._step("undone = 1 ORDER BY id", project_id, "after", undone=False)

    def edits(self, project_id: str, limit: int | None = 100) -> list[Edit]:
        """A project's changes, including undone ones, newest first."""
        bound = (project_id, -1 if limit is None else limit)
        rows = self._db.execute(f"{_SELECT_EDIT} WHERE project_id = ? ORDER BY id DESC LIMIT ?", bound)
        return [Edit.model_validate(dict(row)) for row in rows]

    def list_changes(self, edit: Edit) -> list[Change]:
        """The changes of lists in files that an edit made last; if it is undone, those that undid it.

        Of a list that does not merge, they are only the part that changed.
        """
        row = self._db.execute("SELECT before, after FROM edit WHERE id = ?", (edit.id,)).fetchone()
        sides = [json.loads(text) for text in row] if row else [[], []]
        before, after = reversed(sides) if edit.undone else sides
        return [
            (now["table"], now["key"], was["row"], now["row"])
            for was, now in zip(before, after, strict=True)
            if now["table"] not in _COLUMNS
        ]

    def row(self, table: str, key: str | int) -> Row | None:
        """The journalled columns of a row."""
        columns = _COLUMNS[table]
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE {columns[0]} = ?"
        row = self._db.execute(query, (key,)).fetchone()
        return dict(row) if row else None

    def put(self, table: str, key: str | int, row: Row | None) -> None:
        """Inserts or updates a table's row, or deletes it with None. Only the journalled columns are written."""
        columns = _COLUMNS[table]
        if row is None:
            self._db.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", (key,))
            return
        current = current_review_row(row) if table == "review" else row
        kept = {name: current[name] for name in columns if name in current}
        settings = ", ".join(f"{name} = :{name}" for name in kept)
        if not self._db.execute(f"UPDATE {table} SET {settings} WHERE {columns[0]} = :{columns[0]}", kept).rowcount:
            self._db.insert(table, kept)

    def _sides(self, changes: Sequence[Change]) -> tuple[str, str]:
        """The columns `before` and `after` of an entry."""
        before, after = zip(*(self._entries(*change) for change in changes), strict=True) if changes else ([], [])
        return json.dumps(before, ensure_ascii=False), json.dumps(after, ensure_ascii=False)

    def _entries(self, table: str, key: str | int, was: Any, became: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The entries of a change before and after it."""
        about: dict[str, Any] = {"table": table, "key": key}
        if table not in _COLUMNS and not self.lists[table].merges:
            part = Splice.between(was, became)
            about |= {"at": part.at, "rest": part.rest}
            was, became = part.before, part.after
        return {**about, "row": was}, {**about, "row": became}

    def _step(self, which: str, project_id: str, side: Literal["before", "after"], *, undone: bool) -> Edit | None:
        with self._db.transaction():
            query = f"SELECT id, before, after FROM edit WHERE project_id = ? AND {which} LIMIT 1"
            found = self._db.execute(query, (project_id,)).fetchone()
            if found is None:
                return None
            wanted = json.loads(found[side])
            known = json.loads(found["after" if side == "before" else "before"])
            self._db.execute("UPDATE edit SET undone = ? WHERE id = ?", (int(undone), found["id"]))
            for entry in wanted:
                if entry["table"] in _COLUMNS:
                    self.put(entry["table"], entry["key"], entry["row"])
            pairs = [pair for pair in zip(wanted, known, strict=True) if pair[0]["table"] not in _COLUMNS]
            pairs.sort(key=lambda pair: not pair[0]["row"])
            restored = [self._restore(entry, before["row"]) for entry, before in pairs]
            edit = self._edit(found["id"])
        if not all(restored):
            again, verb = ("undo", "undone") if undone else ("redo", "redone")
            raise RequestError(
                f"“{edit.title}” cannot be {verb}: another program has changed the same part since.",
                f"It is left as it is. cwtui {again} continues with the change {'before' if undone else 'after'} it.",
            )
        return edit

    def _restore(self, entry: dict[str, Any], known: list[Any]) -> bool:
        """Writes a list as it was. Items that somebody has added to its file since the change stay.

        Returns False if a list that does not merge has changed in that part.
        """
        kept, key, wanted = self.lists[entry["table"]], entry["key"], entry["row"]
        now = kept.read(key)
        if not kept.merges:
            whole = replace_part(now, entry["at"], entry["rest"], known, wanted)
            if whole is not None:
                kept.write(key, whole)
            return whole is not None
        if now == known:
            kept.write(key, wanted)
        else:
            stay = [item for item in now if item in wanted or item not in known]
            kept.write(key, [*stay, *(item for item in wanted if item not in known and item not in now)])
        return True

    def _edit(self, edit_id: int) -> Edit:
        return Edit.model_validate(dict(self._db.execute(f"{_SELECT_EDIT} WHERE id = ?", (edit_id,)).fetchone()))


def utc_text(at: datetime) -> str:
    """A time as the catalog stores it: of fixed width, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
