"""The user's decisions (verdicts, stars, trims, markers, input transforms, retake cues), with undo and redo."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from engine.catalog.database import Connection, from_columns
from engine.catalog.journal import Change, Edit, Journal, utc_text
from engine.catalog.ranges import (
    KeptRange,
    ordered_ranges,
    range_at,
    ranges_from_json,
    ranges_to_json,
    span_text,
)
from engine.catalog.records import Take
from engine.catalog.review_records import Marker, RetakeCue, Review, Verdict
from engine.color_encoding import Encoding
from engine.errors import RequestError
from engine.time import format_time, rational

_DEFAULTS = {"verdict": None, "star": 0, "retake_of": None, "ranges": "[]"}
_LONGEST_LABEL = 200
# Line breaks, and control characters that a terminal would interpret.
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Reviews:
    """The reviews of a catalog. Each change and its journal entry are written in one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.journal = Journal(db)

    # Queries

    def of(self, take: Take) -> Review:
        """Return a take's review."""
        row = self.journal.row("review", take.id)
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

    def set_winner(self, winner: Take, other: Take) -> Edit | None:
        """Keep a take and mark another as its retake, in one edit. Returns None if nothing changes.

        Raises RequestError if both are the same take or belong to different projects.
        """
        _refuse_retake(other, "retake", winner)
        changes = (
            (winner, {"verdict": "keep", "retake_of": None}),
            (other, {"verdict": "retake", "retake_of": winner.id}),
        )
        with self._db.transaction():
            made = [change for _, change in self._change_reviews(changes)]
            return self._journal(winner, f"keep; {other.label}: retake of it", *made) if made else None

    def set_star(self, take: Take, on: bool) -> Edit | None:
        """Set or remove a take's star. Returns None if nothing changes."""
        return self.set_stars([take], on)

    def set_stars(self, takes: Sequence[Take], on: bool) -> Edit | None:
        """Set or remove the star of takes of one project, as one entry of the journal."""
        title, several = ("star", " starred") if on else ("star removed", ": star removed")
        return self._update(takes, title, several, star=int(on))

    def set_trim(
        self, take: Take, starts: Fraction | None, ends: Fraction | None, number: int | None = None
    ) -> Edit | None:
        """Set the in and out points of a take, in seconds, or of its range `number` (from 1). None if nothing changes.

        None is the take's own start or end. Raises RequestError unless 0 ≤ starts < ends ≤ duration, or if the take
        has several ranges and no number is given.
        """
        ranges = list(self.of(take).ranges)
        if number is None and len(ranges) > 1:
            raise RequestError(
                f"{take.label} has {len(ranges)} kept ranges.", "Choose one with --range, or clear them with --whole."
            )
        one = KeptRange(start=starts, end=ends)
        if number is not None:
            ranges[self._index(take, ranges, number)] = one
        name = f"range {number} " if number is not None and len(ranges) > 1 else ""
        whole = one == KeptRange() and not name
        title = "trim cleared" if whole else f"{name}from {span_text(one.span(take.probe.duration))}"
        return self.set_ranges(take, ranges if number is not None else [one], title)

    def add_range(self, take: Take, start: Fraction | None, end: Fraction | None) -> Edit | None:
        """Add a kept range, in seconds. Raises RequestError unless it is within the take and free of other ranges."""
        one = KeptRange(start=start, end=end)
        title = f"range added, {span_text(one.span(take.probe.duration))}"
        return self.set_ranges(take, [*self.of(take).ranges, one], title)

    def split_range(self, take: Take, at: Fraction) -> Edit | None:
        """Split the kept range at a time in seconds. Raises RequestError if no range is there, or it starts there."""
        ranges = list(self.of(take).ranges)
        index = range_at([one.span(take.probe.duration) for one in ranges], at)
        if index is None or ranges[index].span(take.probe.duration)[0] == at:
            raise RequestError(
                f"{take.label} cannot be split at {format_time(at, 2)}.", "Choose a time within a kept range."
            )
        one = ranges[index]
        ranges[index : index + 1] = [KeptRange(start=one.start, end=at), KeptRange(start=at, end=one.end)]
        return self.set_ranges(take, ranges, f"range {index + 1} split at {format_time(at, 2)}")

    def remove_range(self, take: Take, number: int) -> Edit | None:
        """Remove a kept range by its number, from 1. Without its last range, all of the take is kept.

        Raises RequestError if there is no such range.
        """
        ranges = list(self.of(take).ranges)
        gone = ranges.pop(self._index(take, ranges, number))
        return self.set_ranges(take, ranges, f"range {number} removed, {span_text(gone.span(take.probe.duration))}")

    def set_ranges(self, take: Take, ranges: Iterable[KeptRange], title: str) -> Edit | None:
        """Set all kept ranges of a take. Returns None if nothing changes.

        Raises RequestError if a range is outside the take, or two overlap.
        """
        return self._update([take], title, f": {title}", ranges=ranges_to_json(ordered_ranges(take, ranges)))

    @staticmethod
    def _index(take: Take, ranges: Sequence[KeptRange], number: int) -> int:
        if 1 <= number <= len(ranges):
            return number - 1
        known = f"It has {len(ranges)}" if ranges else "All of it is kept"
        hint = f"{known}; cwtui trim {take.number} lists the ranges."
        raise RequestError(f"{take.label} has no range {number}.", hint)

    def _update(self, takes: Sequence[Take], title: str, several: str, **columns: Any) -> Edit | None:
        """Change columns of the reviews of takes; `several` is their title after “9 takes”."""
        with self._db.transaction():
            return self._journal_takes(self._change_reviews((take, columns) for take in takes), title, several)

    def _change_reviews(self, changes: Iterable[tuple[Take, dict[str, Any]]]) -> list[tuple[Take, Change]]:
        """Change columns of takes' reviews. Returns the takes that change, with their journal entries."""
        made: list[tuple[Take, Change]] = []
        for take, columns in changes:
            before = self.journal.row("review", take.id)
            after: dict[str, Any] | None = {"take_id": take.id, **_DEFAULTS, **(before or {}), **columns}
            if after == {"take_id": take.id, **_DEFAULTS}:
                after = None
            if after != before:
                self.journal.put("review", take.id, after)
                made.append((take, ("review", take.id, before, after)))
        return made

    def set_input_transform(self, take: Take, transform: Encoding) -> Edit | None:
        """Set a take's input transform. Returns None if nothing changes."""
        return self.set_input_transforms([take], transform)

    def set_input_transforms(self, takes: Sequence[Take], transform: Encoding) -> Edit | None:
        """Set the input transform of takes of one project, as one entry of the journal."""
        with self._db.transaction():
            made: list[tuple[Take, Change]] = []
            for take in takes:
                before = self.journal.row("take", take.id)
                after = {"id": take.id, "input_transform": str(transform)}
                if after != before:
                    self.journal.put("take", take.id, after)
                    made.append((take, ("take", take.id, before, after)))
            title = f"input transform {transform}"
            return self._journal_takes(made, title, f": {title}")

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
            self.journal.put("marker", marker.id, after)
            return self._journal(take, _named("marker", _marker(after)), ("marker", marker.id, before, after))

    def remove_marker(self, marker: Marker) -> Edit:
        """Remove a marker. Raises RequestError if it does not exist."""
        with self._db.transaction():
            before, take = self._current(marker)
            self.journal.put("marker", marker.id, None)
            return self._journal(take, _named("removed marker", _marker(before)), ("marker", marker.id, before, None))

    def _current(self, marker: Marker) -> tuple[dict[str, Any], Take]:
        """Return a marker's current row, and its take. Raises RequestError if the marker does not exist."""
        row = self.journal.row("marker", marker.id)
        if row is None:
            raise RequestError(f"Marker {marker.id} no longer exists.", "It was removed. Undo restores it.")
        take = self._db.execute("SELECT * FROM take WHERE id = ?", (row["take_id"],)).fetchone()
        return row, Take.model_validate(from_columns(take))

    # The journal

    def undo(self, project_id: str) -> Edit | None:
        """Undo a project's newest change, made by any process. Returns None if there is nothing to undo."""
        return self.journal.undo(project_id)

    def redo(self, project_id: str) -> Edit | None:
        """Redo the change that was undone last. Returns None if there is none.

        A new change discards all undone changes.
        """
        return self.journal.redo(project_id)

    def edits(self, project_id: str, limit: int | None = 100) -> list[Edit]:
        """Return a project's changes, including undone ones, newest first."""
        return self.journal.edits(project_id, limit)

    def _journal(self, take: Take, title: str, *changes: Change) -> Edit:
        return self.journal.add(take.project_id, f"{take.label}: {title}", *changes)

    def _journal_takes(self, made: Sequence[tuple[Take, Change]], title: str, several: str) -> Edit | None:
        """Add the changes of takes as one entry: “001-IMG_0103: keep” or “9 takes kept”; None without changes."""
        changes = [change for _, change in made]
        if len(made) > 1:
            return self.journal.add(made[0][0].project_id, f"{len(made):,} takes{several}", *changes)
        return self._journal(made[0][0], title, *changes) if made else None

    # The teleprompter

    def add_retake_cue(self, project_id: str, at: datetime, line: str) -> RetakeCue:
        """Add a retake cue at a time with a time zone. Raises ValueError for a time without one."""
        if at.tzinfo is None:
            raise ValueError("a cue needs a time with a time zone")
        row: dict[str, Any] = {"project_id": project_id, "at": utc_text(at), "line": line}
        with self._db.transaction():
            row["id"] = self._db.insert("retake_cue", row)
            self.journal.add(project_id, f"retake cue “{line}”", ("retake_cue", row["id"], None, row))
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
    return Review.model_validate({**row, "ranges": ranges_from_json(row["ranges"])})


def _marker(row: dict[str, Any]) -> Marker:
    return Marker.model_validate({**row, "at": _pair(row["at"])})


def _in_time(rows: Sequence[sqlite3.Row] | sqlite3.Cursor) -> list[Marker]:
    # SQLite cannot sort the stored fractions.
    return sorted((_marker(dict(row)) for row in rows), key=lambda marker: (marker.at, marker.id))


def _pair(text: str | None) -> list[int] | None:
    return None if text is None else json.loads(text)


def _text(seconds: Fraction | None) -> str | None:
    return None if seconds is None else json.dumps(rational(seconds), separators=(",", ":"))


def _one_line(label: str) -> str:
    label = label.strip()
    if len(label) > _LONGEST_LABEL or any(unicodedata.category(letter) in _CONTROL_CATEGORIES for letter in label):
        raise RequestError(f"A label is one line of at most {_LONGEST_LABEL} characters.", "Shorten the label.")
    return label


def _named(what: str, marker: Marker) -> str:
    return f"{what} at {marker.clock}" + (f" “{marker.label}”" if marker.label else "")


def _long(take: Take) -> str:
    return f"the take is {float(take.probe.duration):.2f} s long"
