"""Keyframes of the clip's look, at the playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.console.shown_cut import CutMaterial

if TYPE_CHECKING:
    from cwtui.console.screens.look.interface import LookEditor
    from engine.looks import Parameter
    from engine.timeline import Cut

_NOT_APPLIED = "The clip does not have this look. Press {apply_look} to apply it first."


class LookKeys:
    """Sets and deletes keyframes. Each is an edit of the cut, which can be undone."""

    def __init__(self, screen: LookEditor) -> None:
        self._screen = screen

    def animates(self, parameter: Parameter) -> bool:
        """Whether keyframes of the clip animate a parameter."""
        look = self._screen.look
        return look is not None and parameter.path in self._screen.subject.curves(look.name)

    def disabled_reason(self, action: str) -> str:
        """Why an action is disabled; an empty text if it is enabled, or an action of another part."""
        if action not in ("set_key", "delete_key"):
            return ""
        clip, look, parameter = self._screen.subject.clip, self._screen.look, self._screen.parameter
        if clip is None or look is None or parameter is None or clip.look != look.name:
            return _NOT_APPLIED
        if action == "delete_key":
            curve = self._screen.subject.curves(look.name).get(parameter.path)
            if curve is None or all(one.time != self._screen.subject.time for one in curve.keys):
                return f"{parameter.path} has no keyframe at the playhead."
        return ""

    def action_set_key(self) -> None:
        """Sets a keyframe with the value that is shown."""
        parameter = self._screen.parameter
        assert parameter
        self.set_key(parameter, self._screen.value_of(parameter))

    def set_key(self, parameter: Parameter, value: float) -> None:
        """Sets a keyframe of a parameter at the playhead; further values at the same place are the same edit."""
        subject, path = self._screen.subject, parameter.path
        clip, index, time = subject.clip, subject.index, subject.time
        assert clip
        assert index is not None

        def change(cut: Cut, _: CutMaterial) -> Cut:
            from engine.keyframes import Keyframe
            from engine.timeline import set_key

            return set_key(cut, clip.id, path, Keyframe(time, value))

        title = f"clip {index + 1}: {path} {value:g}"
        self._screen.console_app.studio_worker.edit_cut(change, title, f"key {clip.id} {path} {time}")
        self._screen.set_value(path, None)

    def action_delete_key(self) -> None:
        """Deletes the keyframe at the playhead."""
        subject, parameter = self._screen.subject, self._screen.parameter
        clip, index, time = subject.clip, subject.index, subject.time
        assert clip
        assert index is not None
        assert parameter
        path = parameter.path

        def change(cut: Cut, _: CutMaterial) -> Cut:
            from engine.timeline import delete_key

            return delete_key(cut, clip.id, path, time)

        self._screen.console_app.studio_worker.edit_cut(change, f"clip {index + 1}: key of {path} deleted")
