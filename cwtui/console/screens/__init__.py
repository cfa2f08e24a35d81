"""The console's screens. Each module is imported on first use, so that the first screen is painted quickly."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cwtui.console.actions import MODE_NAMES
from cwtui.console.screens.base import ModeScreen


def _screen_factory(mode: str) -> Callable[[], ModeScreen]:
    def enter() -> ModeScreen:
        screen: type[ModeScreen] = getattr(
            import_module(f"cwtui.console.screens.{mode}.screen"), f"{mode.capitalize()}Screen"
        )
        return screen()

    return enter


SCREENS = {mode: _screen_factory(mode) for mode in MODE_NAMES}
