"""The pane of a take's picture: its width and its frames."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from textual.geometry import Size

from cwtui.console.keymap import keymap_of, with_keys
from cwtui.console.messages import FrameRequest
from cwtui.console.terminal.capabilities import Protocol
from cwtui.console.widgets.frame_view import FrameView
from cwtui.observation_text import observation_shape, observation_summary
from engine.catalog import Take
from engine.time import timecode

if TYPE_CHECKING:
    from engine.perception import ProductOverlay

# The share of the width that the pane has at least, and at most from a width of the screen on.
_NARROWEST = 0.24
_WIDEST = ((160, 0.64), (100, 0.54), (0, 0.46))


def pane_width(
    take: Take | None, room: Size, screen_width: int, protocol: Protocol, cell: tuple[int, int]
) -> int | None:
    """Returns the columns of a picture that is as high as the room, within limits.

    `cell` is the size of a cell in pixels. None without a picture or room.
    """
    shape = _shape(take) if take else None
    if shape is None or not room:
        return None
    # Half blocks are square.
    width, height = (1, 2) if protocol in ("blocks", "text") else cell
    wanted = ceil(room.height * height * shape / width)
    widest = next(share for columns, share in _WIDEST if screen_width >= columns)
    return min(max(wanted, int(room.width * _NARROWEST)), int(room.width * widest))


def _shape(take: Take) -> Fraction | None:
    """Width by height of a take's picture; None without one."""
    if observed := take.probe.observation:
        return Fraction(observed.bands[0].width, observed.bands[0].height)
    picture = take.probe.picture
    return Fraction(picture.display_width, picture.display_height) if picture else None


def request_frame(slot: str, take: Take, at: Fraction, view: FrameView, overlay: ProductOverlay | None = None) -> None:
    """Requests the frame of a take at `at` seconds, with an overlay, or shows why there is none."""
    picture, observed = take.probe.picture, take.probe.observation
    if observed:
        if width := view.image_width(observation_shape(observed)):
            view.request(FrameRequest(slot, take, 0, width))
        else:
            view.set_image(None, observation_summary(observed))
        return
    if picture is None:
        return
    tick = int(at * picture.frame_rate)
    if take.needs_director:
        view.set_image(None, with_keys("Log: press {go_takes}, then {answer} to confirm colour", keymap_of(view)))
    elif width := view.image_width(picture.display_width / picture.display_height):
        view.request(FrameRequest(slot, take, tick, width, overlay=overlay))
    else:
        view.set_image(None, f"{timecode(tick, picture.frame_rate)} {picture.encoding_name}")
