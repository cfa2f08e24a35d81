"""The choice for recordings with one voice per channel. Commands that touch no media import it."""

from typing import Literal

VoiceChoice = Literal["auto", "mix"]
"""Two channels with one voice each: each voice by itself, or an even mix of the channels as of any other recording."""
