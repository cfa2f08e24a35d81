"""Messages that widgets post to their screen, and the replies of worker threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual.message import Message

from cwtui.console.terminal.graphics import EncodedImage, RenderTarget
from engine.catalog import Encoding, Project, Take
from engine.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.deliver import PictureZone
    from engine.perception import ProductOverlay
    from engine.picture import Scope
    from engine.studio import DeliveryRequest
    from engine.timeline import ParameterKeys

# Search stops at this number of hits.
MAX_HITS = 200


class SeekRequested(Message):
    """A moment was clicked, in seconds of the take's clock."""

    def __init__(self, at: Fraction) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """A frame to decode: for which slot, of which take, at which tick, how many pixels wide.

    Requests with a lower `priority` are decoded first. With a `target` the frame is also encoded for the terminal.
    `transform` is an input transform to try, in place of the take's own. `overlay` is a product to draw over the frame.
    """

    slot: str
    take: Take
    tick: int
    width: int
    priority: int = 0
    target: RenderTarget | None = None
    transform: Encoding | None = None
    overlay: ProductOverlay | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFrameRequest:
    """A frame of a delivery to render: of a take, or of the cut with the name `cut`, at a time of it in seconds.

    `zones` are outlined. Another `revision` is another frame: it stands for what is not in the request, as the edits
    of a cut. The other fields are those of FrameRequest; `width` is that of the whole picture in pixels.
    """

    slot: str
    delivery: DeliveryRequest
    project: Project
    take: Take | None
    cut: str | None
    at: Fraction
    width: int
    priority: int = 0
    target: RenderTarget | None = None
    zones: tuple[PictureZone, ...] = ()
    revision: int = 0


LookSide = Literal["after", "before", "wipe"]
"""The views of a look: the frame with it, without it, or without it to the left of a line and with it right."""


@dataclass(frozen=True, slots=True)
class ClipMoment:
    """The place of a frame in a cut: the clip's index, the tick of the cut, and the `time` of its take in seconds.

    `animation` are the keyframes of the clip's look.
    """

    clip: int
    tick: int
    time: Fraction
    animation: tuple[ParameterKeys, ...] = ()


@dataclass(frozen=True, slots=True)
class LookFrameRequest:
    """A frame of a take with a look, by name, and other values of its parameters; of a clip at a `moment` of a cut.

    `wipe` is the share of the width that shows the frame before the look. With a `scope`, it is the scope of the
    frame, (width, `height`) pixels, of which the frame is `frame_width` pixels wide. Another `revision` is another
    frame: it stands for the contents of the look's file. The other fields are those of FrameRequest.
    """

    slot: str
    take: Take
    tick: int
    width: int
    look: str
    changes: tuple[tuple[str, float], ...] = ()
    side: LookSide = "after"
    wipe: Fraction = Fraction(1, 2)
    moment: ClipMoment | None = None
    scope: Scope | None = None
    height: int = 0
    frame_width: int = 0
    priority: int = 0
    target: RenderTarget | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """The preview of a market package in an archive that Cleanwater wrote; the other fields are as in FrameRequest."""

    slot: str
    archive: Path
    width: int
    priority: int = 0
    target: RenderTarget | None = None


PictureRequest = FrameRequest | DeliveryFrameRequest | LookFrameRequest | PreviewRequest


class FramesNeeded(Message):
    """A widget needs frames. Requests of slots that begin with `cancels` are withdrawn first."""

    def __init__(self, requests: Sequence[PictureRequest], cancels: str | None = None) -> None:
        super().__init__()
        self.requests = requests
        self.cancels = cancels


class FrameLoaded(Message):
    """A decoded frame, (height, width, 3) uint8, sRGB, upright, encoded where a target was given; or an error.

    `note` is what was measured of it, for scopes, or the confidence of its overlay.
    """

    def __init__(
        self,
        request: PictureRequest,
        picture: NDArray[np.uint8] | None,
        drawn: EncodedImage | None,
        error: EngineError | None,
        note: str = "",
    ) -> None:
        super().__init__()
        self.note = note
        self.request = request
        self.picture = picture
        self.encoded = drawn
        self.error = error


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A moment of a take that matches a phrase: the text that matches, and its sentence before and after.

    `kind` is word, marker or take; `speaker` is empty for markers and takes.
    """

    take: str
    at: Fraction
    kind: str
    text: str
    before: str = ""
    after: str = ""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class TakeHits:
    """The hits in one take, with its label and file name."""

    take: str
    label: str
    file: str
    hits: tuple[SearchHit, ...]


class SearchCompleted(Message):
    """The hits for a phrase, by take in shooting order; without any, a phrase that would have some."""

    def __init__(self, phrase: str, takes: Sequence[TakeHits], suggestion: str | None = None) -> None:
        super().__init__()
        self.phrase = phrase
        self.takes = takes
        self.suggestion = suggestion


class SearchRequested(Message):
    """A phrase to search for. `reply` takes the SearchCompleted, unless `is_current` says that it is out of date."""

    def __init__(self, phrase: str, is_current: Callable[[], bool], reply: Callable[[Message], object]) -> None:
        super().__init__()
        self.phrase = phrase
        self.is_current = is_current
        self.reply = reply


class CopyRequested(Message):
    """A text for the clipboard of the terminal's machine."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
