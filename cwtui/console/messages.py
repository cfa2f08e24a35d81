"""Messages that widgets post to their screen, and what a thread answers them with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.terminal.graphics import EncodedImage, RenderTarget
from engine.catalog import Take
from engine.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SeekRequested(Message):
    """A moment was clicked, in seconds of the take's clock."""

    def __init__(self, at: Fraction) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """A frame to decode: for which slot, of which take, at which tick, how many pixels wide.

    Requests with a lower `priority` are decoded first. With a `target` the frame is also encoded for the terminal.
    """

    slot: str
    take: Take
    tick: int
    width: int
    priority: int = 0
    target: RenderTarget | None = None


class FramesNeeded(Message):
    """A widget needs frames. Requests of slots that begin with `cancels` are withdrawn first."""

    def __init__(self, requests: Sequence[FrameRequest], cancels: str | None = None) -> None:
        super().__init__()
        self.requests = requests
        self.cancels = cancels


class FrameLoaded(Message):
    """A decoded frame, (height, width, 3) uint8, sRGB, upright, encoded where a target was given; or an error."""

    def __init__(
        self,
        request: FrameRequest,
        picture: NDArray[np.uint8] | None,
        drawn: EncodedImage | None,
        error: EngineError | None,
    ) -> None:
        super().__init__()
        self.request = request
        self.picture = picture
        self.encoded = drawn
        self.error = error
