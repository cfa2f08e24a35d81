"""The frame, the scope and the lines about them in Look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, get_args

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.messages import FrameLoaded, LookFrameRequest, LookSide
from cwtui.console.screens.look.wipe_frame import WipeFrame
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import palette_of
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.scope_view import ScopeView
from cwtui.console.widgets.text_layout import join_parts, truncate

if TYPE_CHECKING:
    from engine.picture import Scope

SLOT = "look"
_FRAME, _SCOPE = f"{SLOT} frame", f"{SLOT} scope"
_SIDES: tuple[LookSide, ...] = get_args(LookSide)
_SCOPES: tuple[Scope | None, ...] = (None, "waveform", "parade", "vectorscope", "histogram")
_SCOPE_NAMES: dict[Scope, str] = {
    "waveform": "waveform",
    "parade": "RGB parade",
    "vectorscope": "vectorscope",
    "histogram": "0.01–100 nits",
}
# A scope counts a frame of at least this width: a column of dots has several of its pixels.
_COUNTED_WIDTH = 480
_WIPE_STEP = Fraction(1, 20)


class LookPicture(Widget):
    """A frame before and after a look, with a wipe between both, and its scope."""

    def __init__(self, output: PictureOutput) -> None:
        super().__init__()
        self._output = output
        self.side: LookSide = "after"
        self.scope: Scope | None = None
        self._wipe = Fraction(1, 2)
        self._error = self._numbers = ""
        self._caption = self._help = ""
        # The confidence of the masks and other sources in the frame.
        self._sources = ""

    def compose(self) -> Iterable[Widget]:
        yield Static("", id="look-caption", markup=False)
        yield WipeFrame(self._output, id="look-frame")
        yield Static("", id="scope-caption", markup=False)
        yield ScopeView(self._output, id="scope")
        yield Static("", id="look-note", markup=False)

    # What is shown

    def show(self, request: LookFrameRequest | None, reason: str = "", error: str = "") -> None:
        """Requests the frame and its scope. Without a request, shows the reason; an error keeps what is shown.

        The request's slot, width and side are set here.
        """
        frame, scope = self.query_one(WipeFrame), self.query_one(ScopeView)
        self._error = error
        self.set_class(self.scope is not None, "-scope")
        if request is None:
            if not error:
                frame.set_image(None, reason)
                scope.clear()
                self._numbers = ""
            self.show_lines()
            return
        if error and frame.has_image:
            self.show_lines()
            return
        picture = request.take.probe.picture
        assert picture
        side = "before" if error else self.side
        width = frame.image_width(picture.display_width / picture.display_height)
        shown = replace(
            request, slot=_FRAME, width=width, side=side, wipe=self._wipe if side == "wipe" else Fraction(0)
        )
        if width:
            frame.request(shown)
        if self.scope:
            counted = replace(shown, slot=_SCOPE, scope=self.scope, frame_width=max(width, _COUNTED_WIDTH), priority=1)
            scope.request(replace(counted, side="after" if side == "wipe" else side, wipe=Fraction(0)))
        self.show_lines()

    def show_frame(self, event: FrameLoaded) -> None:
        """Shows a frame or a scope; an error is shown below the last frame."""
        if event.request.slot == _FRAME:
            self.query_one(WipeFrame).show_frame(event)
            self._sources = event.note
        elif event.request.slot == _SCOPE:
            self.query_one(ScopeView).show_frame(event)
            self._numbers = event.note
        else:
            return
        self._error = f"{event.error.message} {event.error.hint}".strip() if event.error else ""
        self.show_lines()

    def set_lines(self, caption: str, description: str) -> None:
        """Sets the line above the frame, and what the parameter under the cursor does."""
        self._caption, self._help = caption, description
        self.show_lines()

    def show_lines(self) -> None:
        """Shows the lines around the frame."""
        styles, width = palette_of(self).styles, max(8, self.size.width - 1)
        side = {"before": "before", "after": "after", "wipe": "wipe"}[self.side]
        sources = f"{self._sources}  " if self._sources else ""
        right = cell_len(sources) + cell_len(side)
        left = truncate(self._caption, max(0, width - right - 2))
        caption = Text(left, styles["text"]).append(" " * max(1, width - cell_len(left) - right))
        caption.append(sources, styles["quiet"])
        self.query_one("#look-caption", Static).update(caption.append(side, styles["accent"]))
        scope = [_SCOPE_NAMES[self.scope], *filter(None, self._numbers.split(" · "))] if self.scope else []
        self.query_one("#scope-caption", Static).update(Text(join_parts(scope, width), styles["quiet"]))
        note = Text(self._error, styles["red"]) if self._error else Text(self._help, styles["quiet"])
        self.query_one("#look-note", Static).update(note)

    def release(self) -> None:
        """Releases the images."""
        for view in self.query(FrameView):
            view.release()
        self.query_one(ScopeView).forget()

    # Wipe and scope

    def next_side(self) -> None:
        """Shows the next of after, before, and both with a wipe."""
        self.side = _SIDES[(_SIDES.index(self.side) + 1) % len(_SIDES)]

    def move_wipe(self, steps: int) -> None:
        """Moves the wipe by steps, and shows both sides."""
        self.set_wipe(self._wipe + steps * _WIPE_STEP)

    def set_wipe(self, share: Fraction) -> None:
        """Moves the wipe to a share of the width, and shows both sides."""
        self._wipe, self.side = min(max(share, Fraction(0)), Fraction(1)), "wipe"

    def next_scope(self) -> None:
        """Shows the next scope, or none after the last."""
        self.scope = _SCOPES[(_SCOPES.index(self.scope) + 1) % len(_SCOPES)]
        self._numbers = ""
