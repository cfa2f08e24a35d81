"""Damage in the source of a deliverable. Damaged footage is delivered only if the user accepts it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import write_atomic
from engine.catalog import Condition, Damage, FrozenModel, damage_within, summarize_damage
from engine.deliver.request import DeliverableRequest
from engine.errors import GateChoice, GateError
from engine.ingest import check_condition, merge_damage
from engine.time import FrameGrid
from engine.track_choice import preference

if TYPE_CHECKING:
    from engine.picture import PictureSource

ACCEPT = "--damaged"
"""The option of `cwtui deliver` that accepts damage."""


# Stored beside the finished chunks, because a resumed attempt does not decode their frames again.
_FILE = "decoding.json"


class SourceFindings(FrozenModel):
    """Findings of decoding the picture for a delivery: errors (`suspect`), replaced frames, notes."""

    suspect: bool = False
    replaced: tuple[Damage, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything was found."""
        return self != SourceFindings()

    def joined(self, source: PictureSource, grid: FrameGrid) -> SourceFindings:
        """These findings merged with those of a source so far."""
        return SourceFindings(
            suspect=self.suspect or source.suspect,
            replaced=merge_damage([*self.replaced, *source.damage(grid)]),
            notes=tuple(dict.fromkeys([*self.notes, *source.notes])),
        )


def read_findings(work: Path) -> SourceFindings:
    """The findings of earlier attempts, empty if there are none."""
    try:
        return SourceFindings.model_validate_json((work / _FILE).read_bytes())
    except FileNotFoundError:
        return SourceFindings()


def write_findings(work: Path, findings: SourceFindings) -> None:
    """Stores findings for a resumed attempt."""
    write_atomic(work / _FILE, findings.model_dump_json().encode())


def merge_findings(work: Path, other: Path) -> None:
    """Adds the findings of another work folder, in which a part of the same picture was decoded, to those of `work`."""
    ours, theirs = read_findings(work), read_findings(other)
    if theirs.any:
        joined = SourceFindings(
            suspect=ours.suspect or theirs.suspect,
            replaced=merge_damage([*ours.replaced, *theirs.replaced]),
            notes=tuple(dict.fromkeys([*ours.notes, *theirs.notes])),
        )
        write_findings(work, joined)


def forget_findings(work: Path) -> None:
    """Deletes the stored findings."""
    (work / _FILE).unlink(missing_ok=True)


@dataclass(slots=True)
class SourceCondition:
    """The known condition of a request's source, completed while the source is decoded.

    `accepted`: the user accepts all damage of the stretch. `check` decodes the whole source and returns its condition;
    it is called once, when decoding for the delivery meets an error in an unchecked source. `command` is the command
    line that accepts the damage. `plays_sound` is false if the sound is left out, as in slow motion. `track` is the
    index of the delivered sound track; while it is unknown, the file's preferred track counts.
    """

    order: DeliverableRequest
    condition: Condition
    accepted: bool = False
    check: Callable[[], Condition] | None = None
    command: str = ""
    replaced: tuple[Damage, ...] = ()
    plays_sound: bool = True
    track: int | None = None

    @property
    def _takes_sound(self) -> bool:
        return self.plays_sound and _uses_sound(self.order)

    @property
    def damage(self) -> tuple[Damage, ...]:
        """The damage of the delivered picture and sound, in seconds on the take's clock."""
        order = self.order
        media = [name for name, used in (("picture", order.recipe.shows), ("sound", self._takes_sound)) if used]
        found = _within(order, self.condition.damage, media)
        tracks = _tracks(order, self.track)
        relevant = [one for one in found if one.media != "sound" or one.track is None or one.track in tracks]
        return merge_damage([*relevant, *self.replaced])

    def refuse(self) -> None:
        """Raises GateError if the stretch is damaged and the damage is not accepted."""
        if self.damage and not self.accepted:
            raise damaged_gate(self.order.label, self.damage, self.command)

    def check_sound(self, cancelled: Callable[[], bool] | None) -> None:
        """Decodes the sound tracks that the recipe uses, unless the source was checked. GateError as `refuse`."""
        from engine.sound import check_sound

        if self.condition.checked or not self._takes_sound:
            return
        probe = self.order.footage.probe
        wanted = [track for track in probe.sound if track.index in _tracks(self.order, self.track)]
        found = check_sound(self.order.footage.path, wanted, cancelled=cancelled)
        if found:
            self.merge(SourceFindings(suspect=True))
            self.condition = Condition(checked=True, damage=merge_damage([*self.condition.damage, *found]))
            self.refuse()

    def merge(self, findings: SourceFindings) -> None:
        """Merges the findings of decoding for the delivery. GateError as `refuse`."""
        if findings.suspect and not self.condition.checked:
            found = self.check() if self.check else Condition(checked=True, damage=check_condition(self.order.footage))
            self.condition = Condition(checked=True, damage=merge_damage([*self.condition.damage, *found.damage]))
        self.replaced = findings.replaced
        self.refuse()


def damaged_gate(label: str, damage: tuple[Damage, ...], command: str = "") -> GateError:
    """The error that asks for a decision about a damaged stretch; `command` delivers it."""
    yes = command or f"Deliver it again with {ACCEPT}"
    return GateError(
        f"{label} is {summarize_damage(damage, 3)}.",
        f"{yes} to deliver it as it is, or choose an undamaged stretch with --from and --to.",
        [GateChoice("damaged", True, "deliver it as it is", "marked incomplete in the receipt", command)],
    )


def accept_command(
    recipe: str, reference: str, start: Fraction | None, end: Fraction | None, project: str | None = None
) -> str:
    """The command that delivers a damaged take or file, or a stretch of it in seconds, and accepts the damage."""
    words = ["cwtui", "deliver", recipe, reference]
    for option, at in (("--from", start), ("--to", end)):
        words += [option, f"{float(at):g}"] if at is not None else []
    return shlex.join([*words, *(["-p", project] if project else []), ACCEPT])


def _within(order: DeliverableRequest, damage: Sequence[Damage], media: Sequence[str]) -> tuple[Damage, ...]:
    """The damage of the delivered stretch. If it ends where the footage ends, what is missing after it counts too.

    A file that was cut short has its missing part after its last frame, so that no stretch contains it.
    """
    end = order.begin + order.duration
    if order.end is not None and order.end < order.whole:
        return damage_within(damage, order.begin, end, media)
    found = damage_within(damage, order.begin, None, media)
    return tuple(one for one in found if one.kind == "missing" or one.start is None or one.start < end)


def _uses_sound(order: DeliverableRequest) -> bool:
    return order.recipe.sound is not None or order.recipe.captions is not None or order.recipe.needs_words


def _tracks(order: DeliverableRequest, delivered: int | None) -> set[int]:
    """The indices of the sound tracks that a recipe uses: all if they are carried, else `delivered`.

    If `delivered` is None: the preferred track that decodes, or the preferred one if none does, perhaps from damage.
    """
    sound = order.footage.probe.sound
    if order.recipe.sound is not None and order.recipe.sound.carry == "all":
        return {track.index for track in sound}
    if delivered is not None:
        return {delivered}
    decodable = [track for track in sound if track.decodable]
    return {track.index for track in preference(decodable or sound)[:1]}
