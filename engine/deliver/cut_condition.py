"""Damage in the takes of a cut. A cut of damaged stretches is delivered only if the user accepts it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from engine.catalog import Condition, Damage, summarize_damage
from engine.deliver.condition import ACCEPT, SourceCondition, SourceFindings
from engine.deliver.cut_request import CutRequest, CutTake
from engine.deliver.request import DeliverableRequest
from engine.errors import GateChoice, GateError
from engine.ingest import check_condition, merge_damage


def accept_cut_command(recipe: str, cut: str, project: str | None = None) -> str:
    """The command that delivers a cut of damaged takes and accepts the damage."""
    words = ["cwtui", "deliver", recipe, "--cut", cut, *(["-p", project] if project else []), ACCEPT]
    return shlex.join(words)


class CutCondition:
    """The known condition of the takes of a cut, in the stretches that it uses, completed while they are decoded.

    `conditions` are the known ones by take id; a take without one has the damage that its probe found. `accepted`: the
    user accepts all damage. `check` decodes a whole take and returns its condition. `command` accepts the damage.
    """

    def __init__(
        self,
        order: CutRequest,
        conditions: Mapping[str, Condition] | None = None,
        *,
        accepted: bool = False,
        check: Callable[[CutTake], Condition] | None = None,
        command: str = "",
    ) -> None:
        self.accepted, self.command = accepted, command
        self._order, self._check = order, check
        known = conditions or {}
        self._parts = {
            take: [
                SourceCondition(
                    DeliverableRequest(source.footage, source.label, order.recipe, source.input_transform, start, end),
                    known.get(take) or Condition(damage=source.footage.probe.damage),
                    accepted=True,
                )
                for start, end in order.used(take)
                if start < source.footage.probe.duration
            ]
            for take in order.cut.takes
            for source in (order.takes[take],)
        }

    def of(self, take: str) -> tuple[Damage, ...]:
        """The damage of what the cut uses of a take, in seconds on the take's clock."""
        return merge_damage([one for part in self._parts[take] for one in part.damage])

    def is_whole(self, take: str) -> bool:
        """Whether the picture of a take is undamaged. Decodes a take that was not checked yet. GateError as `refuse`.

        Without that, a film with copied shots would depend on when the studio checks its takes.
        """
        self.merge(take, SourceFindings(suspect=True))
        return not any(one.media != "sound" for part in self._parts[take][:1] for one in part.condition.damage)

    @property
    def damage(self) -> tuple[Damage, ...]:
        """The damage of all takes; the take is named in the detail."""
        return tuple(
            one.model_copy(update={"detail": f"{self._order.takes[take].label}: {one.detail}"})
            for take in self._parts
            for one in self.of(take)
        )

    def refuse(self) -> None:
        """Raises GateError if a used stretch is damaged and that is not accepted."""
        damaged = {self._order.takes[take].label: found for take in self._parts if (found := self.of(take))}
        if not damaged or self.accepted:
            return
        named = "; ".join(f"{label} is {summarize_damage(found, 3)}" for label, found in damaged.items())
        yes = self.command or "Deliver it again with --damaged"
        raise GateError(
            f"“{self._order.label}” uses damaged takes: {named}.",
            f"{yes} to deliver it as it is, or replace these clips.",
            [GateChoice("damaged", True, "deliver it as it is", "marked incomplete in the receipt", self.command)],
        )

    def check_sound(self, take: str, track: int | None, cancelled: Callable[[], bool] | None) -> None:
        """Decodes the sound of a take, unless that was done before. GateError as `refuse`."""
        parts = self._parts[take]
        for part in parts:
            part.track = track
        if parts:
            parts[0].check_sound(cancelled)
            self._share(take)
        self.refuse()

    def merge(self, take: str, findings: SourceFindings) -> None:
        """Merges what decoding the picture of a take has found. GateError as `refuse`."""
        parts = self._parts[take]
        if findings.suspect and parts and not parts[0].condition.checked:
            source = self._order.takes[take]
            found = (
                self._check(source) if self._check else Condition(checked=True, damage=check_condition(source.footage))
            )
            merged = merge_damage([*parts[0].condition.damage, *found.damage])
            parts[0].condition = Condition(checked=True, damage=merged)
            self._share(take)
        for part in parts[:1]:
            part.replaced = findings.replaced
        self.refuse()

    def _share(self, take: str) -> None:
        for part in self._parts[take][1:]:
            part.condition = self._parts[take][0].condition
