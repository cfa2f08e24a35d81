"""The kept ranges of a take at the playhead. The edits are written at once, and can be undone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cwtui.console.keymap import first_key
from cwtui.console.screens.review.playhead import PlayheadScreen
from cwtui.formatting import format_seconds
from engine.catalog import Edit, Span, Take, range_at, range_ending_after, range_starting_before
from engine.errors import RequestError

if TYPE_CHECKING:
    from engine.catalog import Review
    from engine.studio import Studio


class RangeActions:
    """The actions that add and remove ranges, and set the in and out points of one."""

    def __init__(self, screen: PlayheadScreen) -> None:
        self._screen = screen

    @property
    def _here(self) -> int | None:
        """The index of the range at the playhead."""
        take = self._screen.take
        if take is None:
            return None
        return range_at(_spans(self._screen.console_app.snapshot.review(take), take), self._screen.at)

    @property
    def _until(self) -> Fraction | None:
        """The end of a range that begins at the playhead: the next silence; None for the end of the take."""
        return self._screen.seek_targets.after("silence", self._screen.at + 1 / self._screen.rate)

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled, or an action of another part."""
        take = self._screen.take
        if action not in ("add_range", "remove_range", "trim_start", "trim_end") or take is None:
            return ""
        spans, at = _spans(self._screen.console_app.snapshot.review(take), take), self._screen.at
        keymap = self._screen.console_app.keymap
        add = first_key("add_range", keymap)
        if action == "remove_range" and self._here is None:
            return f"The playhead is in no range. {add} adds one." if not spans else "The playhead is in no range."
        if action == "add_range" and at in [start for start, _ in spans]:
            return "A range begins at the playhead."
        if action == "trim_start" and spans and range_ending_after(spans, at) is None:
            return f"No range ends after the playhead. {add} adds one."
        if action == "trim_end" and spans and range_starting_before(spans, self._frame_end) is None:
            return f"No range begins before the playhead. {add} adds one."
        return ""

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        take = self._screen.take
        if take is None:
            return {}
        spans = _spans(self._screen.console_app.snapshot.review(take), take)
        here = self._here
        values = {"until": format_seconds(self._until) if self._until else "", "range": str((here or 0) + 1)}
        for name, index in (
            ("in_range", range_ending_after(spans, self._screen.at)),
            ("out_range", range_starting_before(spans, self._frame_end)),
        ):
            values[name] = f"--range {(index or 0) + 1}" if len(spans) > 1 else ""
        return values

    @property
    def _frame_end(self) -> Fraction:
        """The end of the frame at the playhead."""
        take = self._screen.take
        end = self._screen.at + 1 / self._screen.rate
        return min(end, take.probe.duration) if take else end

    def action_add_range(self) -> None:
        """Adds a range from the playhead to the next silence, or splits the range that the playhead is in."""
        take, at, until = self._screen.take, self._screen.at, self._until
        assert take

        def add(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            spans = _spans(reviews.of(meant), meant)
            if range_at(spans, at) is not None:
                return reviews.split_range(meant, at)
            ends = [end for end in (until, *(start for start, _ in spans if start > at)) if end is not None]
            return reviews.add_range(meant, at, min(ends, default=None))

        self._screen.console_app.edit_take(take, add)

    def action_remove_range(self) -> None:
        """Removes the range at the playhead."""
        take, at = self._screen.take, self._screen.at
        assert take

        def remove(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            index = range_at(_spans(reviews.of(meant), meant), at)
            return None if index is None else reviews.remove_range(meant, index + 1)

        self._screen.console_app.edit_take(take, remove)

    def action_trim_start(self) -> None:
        """Sets the in point of the range at the playhead, or of the next one."""
        take, at = self._screen.take, self._screen.at
        assert take

        def begin(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            ranges = reviews.of(meant).ranges
            if not ranges:
                return reviews.set_trim(meant, at, None)
            index = range_ending_after(_spans(reviews.of(meant), meant), at)
            if index is None:
                raise RequestError("No range ends after the playhead.", "Add one there.")
            return reviews.set_trim(meant, at, ranges[index].end, index + 1)

        self._screen.console_app.edit_take(take, begin)

    def action_trim_end(self) -> None:
        """Sets the out point of the range at the playhead, or of the previous one, after this frame."""
        take, at = self._screen.take, self._frame_end
        assert take

        def end(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            ranges = reviews.of(meant).ranges
            if not ranges:
                return reviews.set_trim(meant, None, at)
            index = range_starting_before(_spans(reviews.of(meant), meant), at)
            if index is None:
                raise RequestError("No range begins before the playhead.", "Add one there.")
            return reviews.set_trim(meant, ranges[index].start, at, index + 1)

        self._screen.console_app.edit_take(take, end)


def _spans(review: Review, take: Take) -> list[Span]:
    """The ranges of a take; without any, all of it is kept, and the list is empty."""
    return [one.span(take.probe.duration) for one in review.ranges]
