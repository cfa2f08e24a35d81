"""What the director decides, verdicts, stars, trims, markers, transforms, cues: written at once, and taken back."""

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

Verdict = Literal["keep", "retake"]

# What the journal may restore: the tables, each with its columns, the key first.
_COLUMNS = {
    "review": ("take_id", "verdict", "star", "retake_of", "starts", "ends"),
    "marker": ("id", "take_id", "at", "label"),
    "take": ("id", "input_transform"),
    "retake_cue": ("id", "project_id", "at", "line"),
}
_DEFAULTS = {"verdict": None, "star": 0, "retake_of": None, "starts": None, "ends": None}
_SELECT_EDIT = "SELECT id, project_id, at, title, undone FROM edit "
_LONGEST_LABEL = 200
# Line breaks, and what a terminal would obey instead of showing it.
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Review(FrozenModel):
    """What was decided about a take. `starts` and `ends` are its trim, in seconds; None is the take's own end."""

    take_id: str
    verdict: Verdict | None = None
    star: bool = False
    retake_of: str | None = None
    starts: Exact | None = None
    ends: Exact | None = None


class Marker(FrozenModel):
    """A named place in a take; `at` is in seconds of the take's clock."""

    id: int
    take_id: str
    at: Exact
    label: str = ""

    @property
    def clock(self) -> str:
        """Where it is, as people read it: HH:MM:SS and hundredths."""
        return _clock(self.at)


class Edit(FrozenModel):
    """One change in the journal, and whether it is taken back."""

    id: int
    project_id: str
    at: datetime
    title: str
    undone: bool = False


class RetakeCue(FrozenModel):
    """A retake called out at the teleprompter: the time of day (UTC), and the line that was to be said."""

    id: int
    project_id: str
    at: datetime
    line: str


class Reviews:
    """The reviews of a catalog. A change is one transaction: what changes, and the journal that takes it back."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    # Looking

    def of(self, take: Take) -> Review:
        """What was decided about a take, so far."""
        row = self._row("review", take.id)
        return _review(row) if row else Review(take_id=take.id)

    def all(self, project_id: str) -> dict[str, Review]:
        """The reviews of a project by the takes' ids; only of takes that something was decided about."""
        query = "SELECT review.* FROM review JOIN take ON take.id = take_id WHERE project_id = ?"
        return {row["take_id"]: _review(dict(row)) for row in self._db.execute(query, (project_id,))}

    def markers(self, take: Take) -> list[Marker]:
        """A take's markers by time."""
        return _in_time(self._db.execute("SELECT * FROM marker WHERE take_id = ?", (take.id,)))

    def all_markers(self, project_id: str) -> dict[str, list[Marker]]:
        """The markers of a project, each take's by time; only of takes that have any."""
        query = "SELECT marker.* FROM marker JOIN take ON take.id = take_id WHERE project_id = ?"
        found: defaultdict[str, list[Marker]] = defaultdict(list)
        for marker in _in_time(self._db.execute(query, (project_id,))):
            found[marker.take_id].append(marker)
        return dict(found)

    # Deciding

    def set_verdict(self, take: Take, verdict: Verdict | None, retake_of: Take | None = None) -> Edit | None:
        """Settles a take's verdict, or clears it with None; None where that changes nothing.

        `retake_of` is the take that this one repeats. RequestError where the verdict is not
        “retake”, or the two are one take or belong to two projects.
        """
        if retake_of and verdict != "retake":
            raise RequestError(
                f"{take.label} repeats {retake_of.label} only as a retake.", "Judge it a retake, or name no other take."
            )
        if retake_of and retake_of.id == take.id:
            raise RequestError(f"{take.label} cannot be a retake of itself.", "Name the take that it repeats.")
        if retake_of and retake_of.project_id != take.project_id:
            raise RequestError(
                f"{retake_of.label} belongs to another project than {take.label}.", "Name a take of the same project."
            )
        of = f" of {retake_of.label}" if retake_of else ""
        title = f"{verdict}{of}" if verdict else "no verdict"
        return self._update(take, title, verdict=verdict, retake_of=retake_of.id if retake_of else None)

    def set_star(self, take: Take, on: bool) -> Edit | None:
        """Gives a take its star, or takes it away; None where that changes nothing."""
        return self._update(take, "star" if on else "no star", star=int(on))

    def set_trim(self, take: Take, starts: Fraction | None, ends: Fraction | None) -> Edit | None:
        """Settles the stretch that is used, in seconds; None where that changes nothing.

        None for a side is the take's own end. RequestError unless 0 ≤ starts < ends ≤ duration.
        """
        if starts is not None or ends is not None:
            first, last = starts or Fraction(0), take.probe.duration if ends is None else ends
            if not 0 <= first < last <= take.probe.duration:
                raise RequestError(
                    f"{take.label} has no stretch from {float(first):g} to {float(last):g} s: {_long(take)}.",
                    "Choose a start before an end, both within it.",
                )
            title = f"from {_clock(first)} to {_clock(last)}"
        else:
            title = "whole"
        return self._update(take, title, starts=_text(starts), ends=_text(ends))

    def _update(self, take: Take, title: str, **columns: Any) -> Edit | None:
        with self._db.transaction():
            before = self._row("review", take.id)
            after: dict[str, Any] | None = {"take_id": take.id, **_DEFAULTS, **(before or {}), **columns}
            if after == {"take_id": take.id, **_DEFAULTS}:
                after = None
            if after == before:
                return None
            self._put("review", take.id, after)
            return self._journal(take, title, ("review", take.id, before, after))

    def set_input_transform(self, take: Take, transform: Encoding) -> Edit | None:
        """Settles a take's input transform; None where that changes nothing."""
        with self._db.transaction():
            before = self._row("take", take.id)
            after = {"id": take.id, "input_transform": str(transform)}
            if after == before:
                return None
            self._put("take", take.id, after)
            return self._journal(take, f"input transform {transform}", ("take", take.id, before, after))

    # Markers

    def add_marker(self, take: Take, at: Fraction, label: str = "") -> Marker:
        """A new marker, at seconds of the take's clock.

        RequestError where that is outside the take, or the label is not one line of at most 200
        characters.
        """
        label = _one_line(label)
        if not 0 <= at <= take.probe.duration:
            raise RequestError(f"There is no place at {float(at):g} s: {_long(take)}.", "Choose a time within it.")
        row: dict[str, Any] = {"take_id": take.id, "at": _text(at), "label": label}
        with self._db.transaction():
            row["id"] = self._db.insert("marker", row)
            marker = _marker(row)
            self._journal(take, _named("marker", marker), ("marker", marker.id, None, row))
        return marker

    def rename_marker(self, marker: Marker, label: str) -> Edit | None:
        """Gives a marker another label; None where it has that one.

        RequestError where the marker is gone, or the label is not one line of at most 200 characters.
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
        """Takes a marker away. RequestError where it is gone."""
        with self._db.transaction():
            before, take = self._current(marker)
            self._put("marker", marker.id, None)
            return self._journal(take, _named("no marker", _marker(before)), ("marker", marker.id, before, None))

    def _current(self, marker: Marker) -> tuple[dict[str, Any], Take]:
        """A marker's row as it is now, and its take."""
        row = self._row("marker", marker.id)
        if row is None:
            raise RequestError(f"Marker {marker.id} is no longer there.", "It was removed; undo brings it back.")
        take = self._db.execute("SELECT * FROM take WHERE id = ?", (row["take_id"],)).fetchone()
        return row, Take.model_validate(from_columns(take))

    # The journal

    def undo(self, project_id: str) -> Edit | None:
        """Takes a project's newest change back, whoever made it: everything it touched is as it was before.

        None where there is nothing to take back.
        """
        return self._step_history("undone = 0 ORDER BY id DESC", project_id, "before", undone=True)

    def redo(self, project_id: str) -> Edit | None:
        """Makes the change that was taken back last again; None where there is none.

        There is none after a new change: it drops what was taken back.
        """
        return self._step_history("undone = 1 ORDER BY id", project_id, "after", undone=False)

    def edits(self, project_id: str, limit: int | None = 100) -> list[Edit]:
        """A project's changes, those taken back among them, newest first."""
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

    def _journal(self, take: Take, title: str, *changes: tuple[str, str | int, Any, Any]) -> Edit:
        return self._note(take.project_id, f"{take.label}: {title}", *changes)

    def _note(self, project_id: str, title: str, *changes: tuple[str, str | int, Any, Any]) -> Edit:
        """Notes changes that were just made: (table, key, the row before, the row after)."""
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
        """Makes a table's row be this one, or not be; of a take only what the journal has of it."""
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
        """Keeps that a retake was called out at a time of day (with a zone).

        ValueError where the time has no zone.
        """
        if at.tzinfo is None:
            raise ValueError("a cue needs a time with a zone")
        row: dict[str, Any] = {"project_id": project_id, "at": _iso(at), "line": line}
        with self._db.transaction():
            row["id"] = self._db.insert("retake_cue", row)
            self._note(project_id, f"retake called out “{line}”", ("retake_cue", row["id"], None, row))
        return RetakeCue.model_validate(row)

    def retake_cues(self, project_id: str) -> list[RetakeCue]:
        """A project's cues by time."""
        rows = self._db.execute("SELECT * FROM retake_cue WHERE project_id = ? ORDER BY at, id", (project_id,))
        return [RetakeCue.model_validate(dict(row)) for row in rows]


def _review(row: dict[str, Any]) -> Review:
    return Review.model_validate({**row, "starts": _pair(row["starts"]), "ends": _pair(row["ends"])})


def _marker(row: dict[str, Any]) -> Marker:
    return Marker.model_validate({**row, "at": _pair(row["at"])})


def _in_time(rows: Sequence[sqlite3.Row] | sqlite3.Cursor) -> list[Marker]:
    # Pairs have no order that SQLite knows.
    return sorted((_marker(dict(row)) for row in rows), key=lambda marker: (marker.at, marker.id))


def _pair(text: str | None) -> list[int] | None:
    return None if text is None else json.loads(text)


def _text(seconds: Fraction | None) -> str | None:
    return None if seconds is None else f"[{seconds.numerator},{seconds.denominator}]"


def _iso(at: datetime) -> str:
    # All of one width, so that their order as text is their order in time.
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _one_line(label: str) -> str:
    label = label.strip()
    if len(label) > _LONGEST_LABEL or any(unicodedata.category(letter) in _CONTROL_CATEGORIES for letter in label):
        raise RequestError(f"A label is one line of at most {_LONGEST_LABEL} characters.", "Write less.")
    return label


def _named(what: str, marker: Marker) -> str:
    return f"{what} at {marker.clock}" + (f" “{marker.label}”" if marker.label else "")


def _long(take: Take) -> str:
    return f"it is {float(take.probe.duration):.2f} s long"


def _clock(seconds: Fraction) -> str:
    whole, hundredths = divmod(int(seconds * 100), 100)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{hundredths:02d}"
