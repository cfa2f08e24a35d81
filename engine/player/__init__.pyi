"""Opens and controls an external player for footage, on a machine with a display and a sound device."""

from .audio_check import has_audio_output, require_audio_output
from .display_check import require_display
from .mpv_ipc import MpvClient
from .open import PlayerWindow, listen_in_player, open_in_player, play_stretches
from .players import SIDE_KEYS, PlayedStretch, Side
from .side_player import SidePlayer

__all__ = [
    "SIDE_KEYS",
    "MpvClient",
    "PlayedStretch",
    "PlayerWindow",
    "Side",
    "SidePlayer",
    "has_audio_output",
    "listen_in_player",
    "open_in_player",
    "play_stretches",
    "require_audio_output",
    "require_display",
]
