"""The edits of clips in Cut: trim, roll, slip, slide, split, lift, move, gain, sound, transitions, markers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.screens.cut.clip_rows import clip_label
from cwtui.console.screens.cut.interface import CutEditor
from cwtui.console.shown_cut import CutMaterial

if TYPE_CHECKING:
    from engine.timeline import Cut, PlacedMarker, TransitionKind

_TRANSITIONS: dict[str, tuple[str, TransitionKind | None, float]] = {
    "cut": ("Plain cut", None, 0),
    "dissolve": ("Dissolve, half a second", "dissolve", 0.5),
    "long dissolve": ("Dissolve, one second", "dissolve", 1),
    "dip": ("Dip to black, half a second", "dip", 0.5),
    "long dip": ("Dip to black, one second", "dip", 1),
    "wipe": ("Wipe to the left, half a second", "wipe", 0.5),
    "push": ("Push to the left, half a second", "push", 0.5),
}
_NEED_EDIT_BEFORE = {"roll_earlier", "roll_later", "transition", "sound_earlier", "sound_later"}


class ClipEdits:
    """The actions that change the clip under the cursor. Each is an entry of the journal."""

    def __init__(self, screen: CutEditor) -> None:
        self._screen = screen

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled, or an action of another part."""
        clip = self._screen.clip
        if action in _NEED_EDIT_BEFORE and self._screen.index == 0:
            return "No edit is before the first clip."
        if action in ("move_clip_up", "slide_earlier", "slide_later") and self._screen.index == 0:
            return "This is the first clip."
        if action in ("move_clip_down", "slide_earlier", "slide_later") and self._is_last:
            return "This is the last clip."
        if action in ("slip_earlier", "slip_later", "lift") and clip and clip.take is None:
            return "The clip is a gap."
        if action == "alternate" and clip and not clip.alternates:
            return "The clip has no alternates."
        if action in ("rename_cut_marker", "remove_cut_marker") and self._marker is None:
            return "The clip has no marker."
        return ""

    def command_values(self) -> dict[str, str]:
        """Returns the placeholders of command lines."""
        clip, index, marker = self._screen.clip, self._screen.index, self._marker
        if clip is None or index is None:
            return {}
        return {
            "up": f"--before {max(index, 1)}",
            "down": "--to-end" if self._is_before_last else f"--before {index + 3}",
            "quieter": f"{clip.gain_db - 1:g}",
            "louder": f"{clip.gain_db + 1:g}",
            "marker": str(marker[0]) if marker else "1",
            "after": "" if self._is_last else f"--before {index + 2}",
            **{f"sound_{word}": self._sound_text(by) for word, by in (("earlier", -1), ("later", 1))},
        }

    def _sound_text(self, by: int) -> str:
        """The sound offset of the clip, moved by frames, in seconds as commands accept it."""
        clip, shown = self._screen.clip, self._screen.shown
        assert clip
        assert shown
        return f"{(clip.sound_offset + by * shown.cut.sample(1)) / 48_000:.3f}"

    @property
    def _is_last(self) -> bool:
        shown, index = self._screen.shown, self._screen.index
        return shown is None or index is None or index + 1 >= len(shown.cut.clips)

    @property
    def _is_before_last(self) -> bool:
        shown, index = self._screen.shown, self._screen.index
        return shown is None or index is None or index + 2 >= len(shown.cut.clips)

    @property
    def _here(self) -> tuple[str, str]:
        """The id of the clip, and its name in titles of edits."""
        clip, index = self._screen.clip, self._screen.index
        assert clip
        assert index is not None
        return clip.id, f"clip {index + 1}"

    @property
    def _marker(self) -> tuple[int, PlacedMarker] | None:
        """The clip's last marker up to the playhead, else its first one, with its number in the cut."""
        from engine.timeline import placed_markers

        shown, clip = self._screen.shown, self._screen.clip
        if shown is None or clip is None or not clip.markers:
            return None
        found = [one for one in enumerate(placed_markers(shown.cut), 1) if one[1].clip_id == clip.id]
        before = [one for one in found if one[1].tick <= self._screen.tick]
        return before[-1] if before else next(iter(found), None)

    def nudge(self, starts: int, ends: int) -> None:
        """Moves the in and the out point by frames; later clips move."""
        from engine.timeline import clip_of, trim

        clip_id, name = self._here

        def change(cut: Cut, material: CutMaterial) -> Cut:
            clip = clip_of(cut, clip_id)
            return trim(cut, clip_id, material.lengths, clip.start + starts, clip.end + ends)

        self._screen.edit(change, f"{name} trimmed", f"{'in' if starts else 'out'} {clip_id}")

    def action_roll_edit(self, by: int) -> None:
        """Moves the edit before the clip by frames."""
        from engine.timeline import roll

        clip_id, name = self._here
        self._screen.edit(
            lambda cut, material: roll(cut, clip_id, by, material.lengths), f"{name} rolled", f"roll {clip_id}"
        )

    def action_slip(self, by: int) -> None:
        """Shows a part of the take that is later by frames, in the same place."""
        from engine.timeline import slip

        clip_id, name = self._here
        self._screen.edit(
            lambda cut, material: slip(cut, clip_id, by, material.lengths), f"{name} slipped", f"slip {clip_id}"
        )

    def action_slide(self, by: int) -> None:
        """Moves the clip by frames between its neighbours."""
        from engine.timeline import slide

        clip_id, name = self._here
        self._screen.edit(
            lambda cut, material: slide(cut, clip_id, by, material.lengths), f"{name} slid", f"slide {clip_id}"
        )

    def action_move_sound(self, by: int) -> None:
        """Moves the start of the clip's sound by frames."""
        from engine.timeline import clip_of, set_sound_offset

        clip_id, name = self._here

        def change(cut: Cut, material: CutMaterial) -> Cut:
            offset = clip_of(cut, clip_id).sound_offset + by * cut.sample(1)
            return set_sound_offset(cut, clip_id, offset, material.lengths)

        self._screen.edit(change, f"sound of {name} moved", f"sound {clip_id}")

    def action_split(self) -> None:
        """Splits the clip at the playhead."""
        from engine.timeline import at_text, split

        tick, shown = self._screen.tick, self._screen.shown
        assert shown
        self._screen.edit(lambda cut, _: split(cut, tick), f"split at {at_text(shown.cut, tick)}")

    def action_join(self) -> None:
        """Joins the clip with the next one."""
        from engine.timeline import join

        clip_id, name = self._here
        self._screen.edit(lambda cut, _: join(cut, clip_id), f"{name} joined with the next")

    def action_remove_clip(self) -> None:
        """Removes the clip; later ones move up."""
        from engine.timeline import remove

        clip_id, name = self._here
        self._screen.edit(lambda cut, _: remove(cut, [clip_id]), f"{name} removed")

    def action_lift(self) -> None:
        """Puts a gap in place of the clip."""
        from engine.timeline import lift

        clip_id, name = self._here
        self._screen.edit(lambda cut, _: lift(cut, [clip_id]), f"{name} lifted")

    def action_restore(self) -> None:
        """Restores what was removed between the clip and the next one of its take."""
        from engine.timeline import restore

        clip_id, name = self._here
        self._screen.edit(lambda cut, _: restore(cut, clip_id), f"restored after {name}")

    def action_move_clip(self, direction: Literal[-1, 1]) -> None:
        """Moves the clip up or down by one."""
        from engine.timeline import move

        clip_id, name = self._here

        def change(cut: Cut, _: CutMaterial) -> Cut:
            ids = [clip.id for clip in cut.clips]
            index = ids.index(clip_id) if clip_id in ids else 0
            place = index - 1 if direction < 0 else index + 2
            return move(cut, [clip_id], ids[max(place, 0)] if place < len(ids) else None) if place >= 0 else cut

        self._screen.edit(change, f"{name} moved {'up' if direction < 0 else 'down'}")

    def action_duplicate(self) -> None:
        """Repeats the clip."""
        from engine.timeline import duplicate

        clip_id, name = self._here
        self._screen.edit(lambda cut, _: duplicate(cut, [clip_id]), f"{name} duplicated")

    def action_change_gain(self, decibels: int) -> None:
        """Changes the gain by decibels."""
        from engine.timeline import clip_of, set_gain

        clip_id, name = self._here
        clip = self._screen.clip
        assert clip

        def change(cut: Cut, _: CutMaterial) -> Cut:
            return set_gain(cut, [clip_id], clip_of(cut, clip_id).gain_db + decibels)

        self._screen.edit(change, f"gain of {name}: {clip.gain_db + decibels:+g} dB", f"gain {clip_id}")

    def action_transition(self) -> None:
        """Prompts for the transition into the clip."""
        from engine.timeline import Transition, set_transition

        clip_id, name = self._here

        def chosen(answer: str | None) -> None:
            if answer is None:
                return
            title, kind, seconds = _TRANSITIONS[answer]

            def change(cut: Cut, material: CutMaterial) -> Cut:
                frames = max(1, round(seconds * cut.rate))
                made = Transition(kind, frames // 2, frames - frames // 2) if kind else None
                return set_transition(cut, clip_id, made, material.lengths)

            self._screen.edit(change, f"{title.lower()} into {name}")

        clip = self._screen.clip
        now = clip.transition.kind if clip and clip.transition else "cut"
        choices = [(key, title, "") for key, (title, *_) in _TRANSITIONS.items()]
        self._screen.console_app.push_screen(ChoicePrompt(f"Transition into {name}", choices, now), chosen)

    def action_alternate(self) -> None:
        """Shows the alternate of the clip; prompts if there are several."""
        from engine.timeline import replace_with_alternate

        clip_id, name = self._here
        clip, shown, app = self._screen.clip, self._screen.shown, self._screen.console_app
        assert clip
        assert shown

        def chosen(answer: str | None) -> None:
            if answer:
                number = int(answer)
                self._screen.edit(
                    lambda cut, material: replace_with_alternate(cut, clip_id, number, material.lengths),
                    f"{name} replaced by alternate {number}",
                )

        if len(clip.alternates) == 1:
            chosen("1")
            return
        choices = []
        for number, one in enumerate(clip.alternates, 1):
            label = clip_label(replace(clip, take=one.take), app.snapshot.by_id.get(one.take))
            choices.append((str(number), label, f"{float(one.length / shown.cut.rate):.1f} s  {one.reason}"))
        app.push_screen(ChoicePrompt(f"Another reading for {name}", choices, details=clip.reason), chosen)

    # Markers

    def action_add_cut_marker(self, kind: Literal["marker", "chapter"]) -> None:
        """Adds a marker at the playhead, or prompts for the title of a chapter that starts there."""
        from engine.timeline import add_marker, at_text

        tick, shown = self._screen.tick, self._screen.shown
        assert shown
        where = at_text(shown.cut, tick)

        def named(label: str | None) -> None:
            if label is not None:
                title = f"{kind} “{label}” at {where}" if label else f"{kind} at {where}"
                self._screen.edit(lambda cut, _: add_marker(cut, tick, label, kind), title)

        if kind == "marker":
            named("")
        else:
            self._screen.console_app.push_screen(TextPrompt(f"Title of the chapter at {where}"), named)

    def action_rename_cut_marker(self) -> None:
        """Prompts for the name of the clip's marker."""
        from engine.timeline import change_marker

        found = self._marker
        assert found
        placed = found[1]

        def named(label: str | None) -> None:
            if label is not None:
                self._screen.edit(
                    lambda cut, _: change_marker(cut, _number(cut, placed), label),
                    f"{placed.marker.kind} named “{label}”",
                )

        self._screen.console_app.push_screen(
            TextPrompt(f"Name of the {placed.marker.kind}", placed.marker.label), named
        )

    def action_remove_cut_marker(self) -> None:
        """Removes the clip's marker."""
        from engine.timeline import remove_marker

        found = self._marker
        assert found
        placed = found[1]
        self._screen.edit(lambda cut, _: remove_marker(cut, _number(cut, placed)), f"{placed.marker.kind} removed")


def _number(cut: Cut, wanted: PlacedMarker) -> int:
    """The number of a marker in the cut as it is now; 0 if it is gone."""
    from engine.timeline import placed_markers

    same = ((one.clip_id, one.marker) == (wanted.clip_id, wanted.marker) for one in placed_markers(cut))
    return next((number for number, found in enumerate(same, 1) if found), 0)
