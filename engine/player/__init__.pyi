"""Footage in motion, in a window on the machine that has the screen; and its sound, where it can be heard."""

from .audio_check import demand_speaker
from .display_check import demand_screen
from .mpv_ipc import Follower
from .open import Opened, listen_in_player, open_in_player
from .players import SIDE_KEYS, Side

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
