"""The user's decisions (verdicts, stars, trims, markers, input transforms, retake cues), with undo and redo."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal

from engine.catalog.database import Connection, from_columns
from engine.catalog.media import Exact, FrozenModel
from engine.catalog.records import Take
from engine.color_encoding import Encoding
from engine.errors import RequestError
from engine.time import format_time, rational

Verdict = Literal["keep", "retake"]

# The tables that undo restores, each with its columns, the key first.
_COLUMNS = {
    "review": ("take_id", "verdict", "star", "retake_of", "starts", "ends"),
    "marker": ("id", "take_id", "at", "label"),
    "take": ("id", "input_transform"),
    "retake_cue": ("id", "project_id", "at", "line"),
}
_DEFAULTS = {"verdict": None, "star": 0, "retake_of": None, "starts": None, "ends": None}
_Change = tuple[str, str | int, Any, Any]
_SELECT_EDIT = "SELECT id, project_id, at, title, undone FROM edit "
_LONGEST_LABEL = 200
# Line breaks, and control characters that a terminal would interpret.
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Review(FrozenModel):
    """The decisions about a take. `starts` and `ends` are its trim, in seconds; None is the take's own start or end."""

    take_id: str
    verdict: Verdict | None = None
    star: bool = False
    retake_of: str | None = None
    starts: Exact | None = None
    ends: Exact | None = None


class Marker(FrozenModel):
    """A marker in a take; `at` is in seconds on the take's clock."""

    id: int
    take_id: str
    at: Exact
    label: str = ""

    @property
    def clock(self) -> str:
        """The marker's time as HH:MM:SS.hh (hundredths)."""
        return format_time(self.at, 2)


class Edit(FrozenModel):
    """One change in the journal, and whether it is undone."""

    id: int
    project_id: str
    at: datetime
    title: str
    undone: bool = False


class RetakeCue(FrozenModel):
    """A retake cue from the teleprompter: the time (UTC) and the line of the script."""

    id: int
    project_id: str
    at: datetime
    line: str


class Reviews:
    """The reviews of a catalog. Each change and its journal entry are written in one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    # Queries

    def of(self, take: Take) -> Review:
        """Return a take's review."""
        row = self._row("review", take.id)
        return _review(row) if row else Review(take_id=take.id)

    def all(self, project_id: str) -> dict[str, Review]:
        """Return the reviews of a project by take id, without takes that have none."""
        query = "SELECT review.* FROM review JOIN take ON take.id = take_id WHERE project_id = ?"
        return {row["take_id"]: _review(dict(row)) for row in self._db.execute(query, (project_id,))}

    def markers(self, take: Take) -> list[Marker]:
        """Return a take's markers, by time."""
        return _in_time(self._db.execute("SELECT * FROM marker WHERE take_id = ?", (take.id,)))

    def all_markers(self, project_id: str) -> dict[str, list[Marker]]:
        """Return the markers of a project by take id, each take's by time, without takes that have none."""
        query = "SELECT marker.* FROM marker JOIN take ON take.id = take_id WHERE project_id = ?"
        found: defaultdict[str, list[Marker]] = defaultdict(list)
        for marker in _in_time(self._db.execute(query, (project_id,))):
            found[marker.take_id].append(marker)
        return dict(found)

    # Decisions

    def set_verdict(self, take: Take, verdict: Verdict | None, retake_of: Take | None = None) -> Edit | None:
        """Set a take's verdict, or clear it with None. Returns None if nothing changes.

        `retake_of` is the take that this one is a retake of. Raises RequestError if the verdict is not “retake”, or if
        both are the same take or belong to different projects.
        """
        return self.set_verdicts([take], verdict, retake_of)

    def set_verdicts(
        self, takes: Sequence[Take], verdict: Verdict | None, retake_of: Take | None = None
    ) -> Edit | None:
        """Set the verdict of takes of one project, as one entry of the journal; the rest is as in `set_verdict`."""
        if retake_of:
            for take in takes:
                _refuse_retake(take, verdict, retake_of)
        of = f" of {retake_of.label}" if retake_of else ""
        title = f"{verdict}{of}" if verdict else "verdict cleared"
        several = {"keep": " kept", "retake": f" marked as retakes{of}", None: f": {title}"}[verdict]
        return self._update(takes, title, several, verdict=verdict, retake_of=retake_of.id if retake_of else None)

    def set_star(self, take: Take, on: bool) -> Edit | None:
        """Set or remove a take's star. Returns None if nothing changes."""
        return self.set_stars([take], on)

    def set_stars(self, takes: Sequence[Take], on: bool) -> Edit | None:
        """Set or remove the star of takes of one project, as one entry of the journal."""
        title, several = ("star", " starred") if on else ("star removed", ": star removed")
        return self._update(takes, title, several, star=int(on))

    def set_trim(self, take: Take, starts: Fraction | None, ends: Fraction | None) -> Edit | None:
        """Set a take's trim, in seconds. Returns None if nothing changes.

        None is the take's own start or end. Raises RequestError unless 0 ≤ starts < ends ≤ duration.
        """
        if starts is not None or ends is not None:
            first, last = starts or Fraction(0), take.probe.duration if ends is None else ends
            if not 0 <= first < last <= take.probe.duration:
                raise RequestError(
                    f"{take.label} cannot be trimmed from {float(first):g} to {float(last):g} s: {_long(take)}.",
                    "Choose a start before the end, both within the take.",
                )
            title = f"from {format_time(first, 2)} to {format_time(last, 2)}"
        else:
            title = "trim cleared"
        return self._update([take], title, f": {title}", starts=_text(starts), ends=_text(ends))

    def _update(self, takes: Sequence[Take], title: str, several: str, **columns: Any) -> Edit | None:
        """Change columns of the reviews of takes; `several` is their title after “9 takes”."""
        with self._db.transaction():
            changed: list[Take] = []
            changes: list[_Change] = []
            for take in takes:
                before = self._row("review", take.id)
                after: dict[str, Any] | None = {"take_id": take.id, **_DEFAULTS, **(before or {}), **columns}
                if after == {"take_id": take.id, **_DEFAULTS}:
                    after = None
                if after != before:
                    self._put("review", take.id, after)
                    changed.append(take)
                    changes.append(("review", take.id, before, after))
            return self._journal_takes(changed, title, several, changes)

    def set_input_transform(self, take: Take, transform: Encoding) -> Edit | None:
        """Set a take's input transform. Returns None if nothing changes."""
        return self.set_input_transforms([take], transform)

    def set_input_transforms(self, takes: Sequence[Take], transform: Encoding) -> Edit | None:
        """Set the input transform of takes of one project, as one entry of the journal."""
        with self._db.transaction():
            changed: list[Take] = []
            changes: list[_Change] = []
            for take in takes:
                before = self._row("take", take.id)
                after = {"id": take.id, "input_transform": str(transform)}
                if after != before:
                    self._put("take", take.id, after)
                    changed.append(take)
                    changes.append(("take", take.id, before, after))
            title = f"input transform {transform}"
            return self._journal_takes(changed, title, f": {title}", changes)

    # Markers

    def add_marker(self, take: Take, at: Fraction, label: str = "") -> Marker:
        """Add a marker at `at` seconds on the take's clock.

        Raises RequestError if `at` is outside the take, or the label is not one line of at most 200 characters.
        """
        label = _one_line(label)
        if not 0 <= at <= take.probe.duration:
            raise RequestError(f"{float(at):g} s is outside the take: {_long(take)}.", "Choose a time within it.")
        row: dict[str, Any] = {"take_id": take.id, "at": _text(at), "label": label}
        with self._db.transaction():
            row["id"] = self._db.insert("marker", row)
            marker = _marker(row)
            self._journal(take, _named("marker", marker), ("marker", marker.id, None, row))
        return marker

    def rename_marker(self, marker: Marker, label: str) -> Edit | None:
        """Rename a marker. Returns None if it already has this label.

        Raises RequestError if the marker does not exist, or the label is not one line of at most 200 characters.
        """
        label = _one_line(label)
        with self._db.transaction():
            before, take = self._current(marker)
            after = {**before, "label": label}
            if after == before:
                return None
            self._put("marker", marker.id, after)
            return self._journal(take, _named("marker", _marker(after)), ("marker", marker.id, before, after))

    def remove_marker(self, marker: Marker) -> Edit:
        """Remove a marker. Raises RequestError if it does not exist."""
        with self._db.transaction():
            before, take = self._current(marker)
            self._put("marker", marker.id, None)
            return self._journal(take, _named("removed marker", _marker(before)), ("marker", marker.id, before, None))

    def _current(self, marker: Marker) -> tuple[dict[str, Any], Take]:
        """Return a marker's current row, and its take. Raises RequestError if the marker does not exist."""
        row = self._row("marker", marker.id)
        if row is None:
            raise RequestError(f"Marker {marker.id} no longer exists.", "It was removed. Undo restores it.")
        take = self._db.execute("SELECT * FROM take WHERE id = ?", (row["take_id"],)).fetchone()
        return row, Take.model_validate(from_columns(take))

    # The journal

    def undo(self, project_id: str) -> Edit | None:
        """Undo a project's newest change, made by any process. Returns None if there is nothing to undo."""
        return self._step_history("undone = 0 ORDER BY id DESC", project_id, "before", undone=True)

    def redo(self, project_id: str) -> Edit | None:
        """Redo the change that was undone last. Returns None if there is none.

        A new change discards all undone changes.
        """
        return self._step_history("undone = 1 ORDER BY id", project_id, "after", undone=False)

    def edits(self, project_id: str, limit: int | None = 100) -> list[Edit]:
        """Return a project's changes, including undone ones, newest first."""
        bound = (project_id, -1 if limit is None else limit)
        rows = self._db.execute(f"{_SELECT_EDIT} WHERE project_id = ? ORDER BY id DESC LIMIT ?", bound)
        return [Edit.model_validate(dict(row)) for row in rows]

    def _step_history(
        self, which: str, project_id: str, side: Literal["before", "after"], *, undone: bool
    ) -> Edit | None:
        with self._db.transaction():
            query = f"SELECT id, {side} AS entries FROM edit WHERE project_id = ? AND {which} LIMIT 1"
            found = self._db.execute(query, (project_id,)).fetchone()
            if found is None:
                return None
            for entry in json.loads(found["entries"]):
                self._put(entry["table"], entry["key"], entry["row"])
            self._db.execute("UPDATE edit SET undone = ? WHERE id = ?", (int(undone), found["id"]))
            return self._edit(found["id"])

    def _journal(self, take: Take, title: str, *changes: _Change) -> Edit:
        return self._note(take.project_id, f"{take.label}: {title}", *changes)

    def _journal_takes(
        self, takes: Sequence[Take], title: str, several: str, changes: Sequence[_Change]
    ) -> Edit | None:
        """Add the changes of takes as one entry: “001-IMG_0103: keep” or “9 takes kept”; None without changes."""
        if len(takes) > 1:
            return self._note(takes[0].project_id, f"{len(takes):,} takes{several}", *changes)
        return self._journal(takes[0], title, *changes) if takes else None

    def _note(self, project_id: str, title: str, *changes: _Change) -> Edit:
        """Add changes to the journal: (table, key, row before, row after)."""
        before = [{"table": table, "key": key, "row": was} for table, key, was, _ in changes]
        after = [{"table": table, "key": key, "row": became} for table, key, _, became in changes]
        self._db.execute("DELETE FROM edit WHERE project_id = ? AND undone = 1", (project_id,))
        row = {
            "project_id": project_id,
            "at": _iso(datetime.now(UTC)),
            "title": title,
            "before": json.dumps(before, ensure_ascii=False),
            "after": json.dumps(after, ensure_ascii=False),
        }
        return self._edit(self._db.insert("edit", row))

    def _edit(self, edit_id: int) -> Edit:
        return Edit.model_validate(dict(self._db.execute(f"{_SELECT_EDIT} WHERE id = ?", (edit_id,)).fetchone()))

    def _row(self, table: str, key: str | int) -> dict[str, Any] | None:
        columns = _COLUMNS[table]
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE {columns[0]} = ?"
        row = self._db.execute(query, (key,)).fetchone()
        return dict(row) if row else None

    def _put(self, table: str, key: str | int, row: dict[str, Any] | None) -> None:
        """Insert or update a table's row, or delete it with None. Only a take's journalled columns are written."""
        columns = _COLUMNS[table]
        if row is None:
            self._db.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", (key,))
            return
        kept = {name: row[name] for name in columns if name in row}
        settings = ", ".join(f"{name} = :{name}" for name in kept)
        if not self._db.execute(f"UPDATE {table} SET {settings} WHERE {columns[0]} = :{columns[0]}", kept).rowcount:
            self._db.insert(table, kept)

    # The teleprompter

    def add_retake_cue(self, project_id: str, at: datetime, line: str) -> RetakeCue:
        """Add a retake cue at a time with a time zone. Raises ValueError for a time without one."""
        if at.tzinfo is None:
            raise ValueError("a cue needs a time with a time zone")
        row: dict[str, Any] = {"project_id": project_id, "at": _iso(at), "line": line}
        with self._db.transaction():
            row["id"] = self._db.insert("retake_cue", row)
            self._note(project_id, f"retake cue “{line}”", ("retake_cue", row["id"], None, row))
        return RetakeCue.model_validate(row)

    def retake_cues(self, project_id: str) -> list[RetakeCue]:
        """Return a project's retake cues, by time."""
        rows = self._db.execute("SELECT * FROM retake_cue WHERE project_id = ? ORDER BY at, id", (project_id,))
        return [RetakeCue.model_validate(dict(row)) for row in rows]


def _refuse_retake(take: Take, verdict: Verdict | None, retake_of: Take) -> None:
    """Raise RequestError if a take cannot be a retake of another."""
    if verdict != "retake":
        raise RequestError(
            f"{take.label} needs the verdict “retake” to be linked with {retake_of.label}.",
            "Use the verdict “retake”, or leave out the other take.",
        )
    if retake_of.id == take.id:
        raise RequestError(f"{take.label} cannot be a retake of itself.", "Choose another take.")
    if retake_of.project_id != take.project_id:
        raise RequestError(
            f"{retake_of.label} and {take.label} are not in the same project.", "Choose a take of the same project."
        )


def _review(row: dict[str, Any]) -> Review:
    return Review.model_validate({**row, "starts": _pair(row["starts"]), "ends": _pair(row["ends"])})


def _marker(row: dict[str, Any]) -> Marker:
    return Marker.model_validate({**row, "at": _pair(row["at"])})


def _in_time(rows: Sequence[sqlite3.Row] | sqlite3.Cursor) -> list[Marker]:
    # SQLite cannot sort the stored fractions.
    return sorted((_marker(dict(row)) for row in rows), key=lambda marker: (marker.at, marker.id))


def _pair(text: str | None) -> list[int] | None:
    return None if text is None else json.loads(text)


def _text(seconds: Fraction | None) -> str | None:
    return None if seconds is None else json.dumps(rational(seconds), separators=(",", ":"))


def _iso(at: datetime) -> str:
    # Fixed width, so that text order is time order.
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _one_line(label: str) -> str:
    label = label.strip()
    if len(label) > _LONGEST_LABEL or any(unicodedata.category(letter) in _CONTROL_CATEGORIES for letter in label):
        raise RequestError(f"A label is one line of at most {_LONGEST_LABEL} characters.", "Shorten the label.")
    return label


def _named(what: str, marker: Marker) -> str:
    return f"{what} at {marker.clock}" + (f" “{marker.label}”" if marker.label else "")


def _long(take: Take) -> str:
    return f"the take is {float(take.probe.duration):.2f} s long"
