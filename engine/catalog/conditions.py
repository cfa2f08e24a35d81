"""The stored conditions of recordings (intact or damaged), and their description as text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction

from pydantic import TypeAdapter

from engine.catalog.database import Connection
from engine.catalog.media import Damage, FrozenModel
from engine.time import format_short_time

_DAMAGE = TypeAdapter(tuple[Damage, ...])


class Condition(FrozenModel):
    """The condition of a recording: `checked` is true once it was decoded; before that, `damage` is the probe's."""

    checked: bool = False
    damage: tuple[Damage, ...] = ()

    @property
    def state(self) -> str:
        """`damaged`, `whole`, or `unchecked` before it was decoded."""
        return "damaged" if self.damage else "whole" if self.checked else "unchecked"


WHOLE = Condition(checked=True)
UNCHECKED = Condition()


class Conditions:
    """The conditions in a catalog, by content digest."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, digest: str, found_at_ingest: tuple[Damage, ...] = ()) -> Condition:
        """Return a recording's condition; before it was decoded, an unchecked one with the damage from ingest."""
        row = self._db.execute("SELECT damage FROM condition WHERE digest = ?", (digest,)).fetchone()
        return _condition(row["damage"]) if row else Condition(damage=found_at_ingest)

    def all(self, project_id: str) -> dict[str, Condition]:
        """Return the conditions of a project's decoded takes, by take id."""
        query = "SELECT take.id, condition.damage FROM condition JOIN take USING (digest) WHERE take.project_id = ?"
        return {row["id"]: _condition(row["damage"]) for row in self._db.execute(query, (project_id,))}

    def record(self, digest: str, damage: Iterable[Damage]) -> Condition:
        """Store the damage that decoding a recording found."""
        condition = Condition(checked=True, damage=tuple(damage))
        self._db.execute(
            "INSERT INTO condition (digest, damage, checked_at) VALUES (?, ?, ?) "
            "ON CONFLICT (digest) DO UPDATE SET damage = excluded.damage, checked_at = excluded.checked_at",
            (digest, _DAMAGE.dump_json(condition.damage).decode(), datetime.now(UTC).isoformat()),
        )
        return condition


def damage_within(
    damage: Iterable[Damage], start: Fraction, end: Fraction | None, media: Iterable[str]
) -> tuple[Damage, ...]:
    """Return the damage from `start` to `end` (seconds on the take's clock; None is the end) in `media` and `file`.

    Damage without times is always included.
    """
    wanted = {*media, "file"}
    return tuple(
        one
        for one in damage
        if one.media in wanted
        and (one.start is None or end is None or one.start < end)
        and (one.end is None or one.end > start or (one.start is not None and one.start >= start))
    )


def describe_damage(one: Damage) -> str:
    """Format damage in one line, such as “00:04.0–00:07.0: 90 frames do not decode”."""
    # The line stands in lists and inside sentences.
    detail = one.detail.removesuffix(".")
    if one.start is None:
        return detail
    if one.end is None:
        return f"from {_time(one.start)}: {detail}"
    return f"{_time(one.start)}–{_time(one.end)}: {detail}"


def _time(at: Fraction) -> str:
    # Two digits for the minutes, so that the lines of a list align.
    return format_short_time(at, 1).zfill(len("00:00.0"))


def summarize_damage(damage: Iterable[Damage], most: int = 1) -> str:
    """Summarize damage, such as “damaged 00:04.0–00:07.0: 90 frames do not decode, and 2 more places”, or ''."""
    found = list(damage)
    if not found:
        return ""
    more = len(found) - most
    said = "; ".join(describe_damage(one) for one in found[:most])
    return f"damaged {said}" + (f", and {more} more place{'s' if more > 1 else ''}" if more > 0 else "")


def _condition(text: str) -> Condition:
    raw = json.loads(text)
    return Condition(checked=True, damage=_DAMAGE.validate_python(raw)) if raw else WHOLE
