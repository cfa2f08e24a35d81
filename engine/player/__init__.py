"""Footage in motion, in a window on the machine that has the screen."""

from engine.player.open import Opened, open_in_player
from engine.player.screen import demand_screen

__all__ = ["Opened", "demand_screen", "open_in_player"]
