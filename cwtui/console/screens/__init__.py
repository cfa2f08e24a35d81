"""The console's rooms. Each is imported when it is entered first, so that the one that opens paints at once."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cwtui.console.actions import ROOMS
from cwtui.console.screens.base import RoomScreen


def _entrance(room: str) -> Callable[[], RoomScreen]:
    def enter() -> RoomScreen:
        screen: type[RoomScreen] = getattr(import_module(f"cwtui.console.screens.{room}.screen"), room.capitalize())
        return screen()

    return enter


SCREENS = {room: _entrance(room) for room in ROOMS}
