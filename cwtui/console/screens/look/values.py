"""Changes the parameters of the chosen look: by steps, by a typed value, and back to the look's own."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.screens.look.sliders import number_text, scale_of, unit_of

if TYPE_CHECKING:
    from cwtui.console.screens.look.interface import LookEditor
    from cwtui.console.screens.look.keys import LookKeys
    from engine.looks import Parameter


class LookValues:
    """The actions on parameters. An animated one gets a keyframe at the playhead instead of another value."""

    def __init__(self, screen: LookEditor, keys: LookKeys) -> None:
        self._screen, self._keys = screen, keys

    def action_change_value(self, direction: int, large: bool) -> None:
        """Changes the parameter under the cursor by a step."""
        parameter = self._screen.parameter
        assert parameter
        value = scale_of(parameter).moved(self._screen.value_of(parameter), direction, large)
        self._set(parameter, value)

    def action_type_value(self, first: str = "") -> None:
        """Prompts for a value."""
        parameter, screen = self._screen.parameter, self._screen
        assert parameter
        unit = unit_of(parameter)
        limits = f"{number_text(parameter.low)} to {number_text(parameter.high)} {unit}".strip()

        def refuse(text: str) -> str:
            value = _number(text)
            return "" if value is not None and parameter.low <= value <= parameter.high else f"A number, {limits}."

        def typed(text: str | None) -> None:
            if text is not None and (value := _number(text)) is not None:
                self._set(parameter, value)

        shown = first or number_text(screen.value_of(parameter)).replace("−", "-")
        screen.console_app.push_screen(TextPrompt(f"{parameter.path} ({limits})", shown, refuse=refuse), typed)

    def action_reset_parameter(self) -> None:
        """Resets the parameter under the cursor to the look's value."""
        parameter = self._screen.parameter
        assert parameter
        self._screen.set_value(parameter.path, None)

    def action_reset_look(self) -> None:
        """Resets all parameters of the look."""
        for path in list(self._screen.changes):
            self._screen.set_value(path, None)

    def _set(self, parameter: Parameter, value: float) -> None:
        if self._keys.animates(parameter):
            self._keys.set_key(parameter, value)
        else:
            self._screen.set_value(parameter.path, None if value == parameter.value else value)


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        return None
    return value if isfinite(value) else None
