"""Footage in motion, in a window on the machine that has the screen; and its sound, where it can be heard."""

from engine.player.follow import Follower
from engine.player.open import Opened, listen_in_player, open_in_player
from engine.player.players import SIDE_KEYS, Side
from engine.player.screen import demand_screen
from engine.player.speaker import demand_speaker

__all__ = [
    "SIDE_KEYS",
    "Follower",
    "Opened",
    "Side",
    "demand_screen",
    "demand_speaker",
    "listen_in_player",
    "open_in_player",
]
