"""Inserts a take, a part of one, or a gap into the cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.screens.cut.interface import CutEditor
from cwtui.console.shown_cut import CutMaterial
from cwtui.console.time_ranges import format_range, parse_range
from cwtui.formatting import format_duration, plural
from engine.catalog import Take
from engine.errors import RequestError

if TYPE_CHECKING:
    from engine.timeline import Clip, Cut

_GAP = "gap"
Span = tuple[Fraction, Fraction | None]
"""A start and an end in seconds of a take; None is its end."""


class Insertions:
    """The actions that insert before the word under the cursor, or after the clip."""

    def __init__(self, screen: CutEditor) -> None:
        self._screen = screen

    def action_insert(self, after: bool) -> None:
        """Prompts for a take or a gap, then for its part or its length, and inserts it."""
        app, at = self._screen.console_app, self._tick(after)
        rows = [(_GAP, "a gap …", "black, with room tone")]
        rows += [(take.id, take.label, format_duration(float(take.probe.duration))) for take in app.snapshot.takes]

        def chosen(answer: str | None) -> None:
            if answer == _GAP:
                self._prompt_gap(at)
            elif answer and (take := app.snapshot.by_id.get(answer)):
                self._prompt_part(take, at)

        here = self._screen.clip
        known = here.take if here and here.take in app.snapshot.by_id else None
        app.push_screen(ChoicePrompt(f"Insert at {self._at_text(at)}", rows, known or _GAP), chosen)

    def _tick(self, after: bool) -> int:
        shown, index = self._screen.shown, self._screen.index
        assert shown
        assert index is not None
        return shown.cut.positions[index] + shown.cut.clips[index].length if after else self._screen.tick

    def _at_text(self, tick: int) -> str:
        from engine.timeline import at_text

        shown = self._screen.shown
        assert shown
        return at_text(shown.cut, tick)

    def _prompt_gap(self, at: int) -> None:
        def refuse(text: str) -> str:
            try:
                self._gap_frames(text)
            except RequestError as error:
                return f"{error.message} {error.hint}"
            return ""

        def written(text: str | None) -> None:
            if text:
                from engine.timeline import gap

                frames = self._gap_frames(text)
                self._insert(at, lambda _: [gap(frames)], "a gap")

        self._screen.console_app.push_screen(TextPrompt("Length of the gap in seconds", "1", refuse=refuse), written)

    def _gap_frames(self, text: str) -> int:
        from engine.studio import parse_seconds

        shown = self._screen.shown
        assert shown
        frames = round(parse_seconds(text) * shown.cut.rate)
        if frames < 1:
            raise RequestError("A gap has at least one frame.", "Choose a longer one.")
        return frames

    def _prompt_part(self, take: Take, at: int) -> None:
        app = self._screen.console_app
        review, duration = app.snapshot.review(take), take.probe.duration
        kept: Sequence[Span] = [(start or Fraction(0), end) for start, end in review.spans(duration)]
        rows = [("whole", "whole", format_duration(float(duration))), ("part", "from–to …", "between two times")]
        if review.ranges:
            rows.insert(0, ("kept", "as trimmed", plural(len(kept), "kept range")))

        def chosen(answer: str | None) -> None:
            if answer == "part":
                start, end = kept[0]
                written = format_range(start, end if end is not None else duration)
                app.push_screen(TextPrompt(f"Insert {take.label} from–to", written, refuse=refuse), typed)
            elif answer:
                self._insert_take(take, at, kept if answer == "kept" else [(Fraction(0), None)])

        def refuse(text: str) -> str:
            try:
                start, _ = parse_range(text)
            except RequestError as error:
                return f"{error.message} {error.hint}"
            return "" if start < duration else f"{take.label} is {float(duration):.2f} s long."

        def typed(text: str | None) -> None:
            if text:
                self._insert_take(take, at, [parse_range(text)])

        app.push_screen(ChoicePrompt(f"Insert which part of {take.label}?", rows), chosen)

    def _insert_take(self, take: Take, at: int, spans: Sequence[Span]) -> None:
        shown = self._screen.shown
        assert shown
        rate = shown.cut.rate

        def made(material: CutMaterial) -> list[Clip]:
            from engine.timeline import Clip

            ticks = material.lengths[take.id]
            clips = []
            for start, end in spans:
                first = min(round(start * rate), ticks - 1)
                last = ticks if end is None else max(first + 1, min(round(end * rate), ticks))
                clips.append(Clip("", take.id, first, last - first))
            return clips

        self._insert(at, made, take.label)

    def _insert(self, at: int, made: Callable[[CutMaterial], list[Clip]], what: str) -> None:
        from engine.timeline import insert

        def change(cut: Cut, material: CutMaterial) -> Cut:
            return insert(cut, at, made(material))

        self._screen.edit(change, f"{what} inserted at {self._at_text(at)}")
