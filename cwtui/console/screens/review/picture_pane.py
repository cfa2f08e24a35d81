"""The pane of a take's picture: its width and its frames."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from textual.geometry import Size

from cwtui.console.keymap import keymap_of, with_keys
from cwtui.console.messages import FrameRequest
from cwtui.console.terminal.capabilities import Protocol
from cwtui.console.widgets.frame_view import FrameView
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
    picture = take.probe.picture if take else None
    if picture is None or not room:
        return None
    # Half blocks are square.
    width, height = (1, 2) if protocol in ("blocks", "text") else cell
    wanted = -(-room.height * height * picture.display_width // (width * picture.display_height))
    widest = next(share for columns, share in _WIDEST if screen_width >= columns)
    return min(max(wanted, int(room.width * _NARROWEST)), int(room.width * widest))


def request_frame(slot: str, take: Take, at: Fraction, view: FrameView, overlay: ProductOverlay | None = None) -> None:
    """Requests the frame of a take at `at` seconds, with an overlay, or shows why there is none."""
    picture = take.probe.picture
    if picture is None:
        return
    tick = int(at * picture.frame_rate)
    if take.needs_director:
        view.set_image(None, with_keys("Log: press {go_takes}, then {answer} to confirm colour", keymap_of(view)))
    elif width := view.image_width(picture.display_width / picture.display_height):
        view.request(FrameRequest(slot, take, tick, width, overlay=overlay))
    else:
        view.set_image(None, f"{timecode(tick, picture.frame_rate)} {picture.encoding_name}")
