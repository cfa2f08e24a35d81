"""The console's screens. Each module is imported on first use, so that the first screen is painted quickly."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cwtui.console.actions import MODE_NAMES
from cwtui.console.mode_interface import ModeInterface


def _screen_factory(mode: str) -> Callable[[], ModeInterface]:
    def enter() -> ModeInterface:
        screen: type[ModeInterface] = getattr(
            import_module(f"cwtui.console.screens.{mode}.screen"), f"{mode.capitalize()}Screen"
        )
        return screen()

    return enter


SCREENS = {mode: _screen_factory(mode) for mode in MODE_NAMES}
