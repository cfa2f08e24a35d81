"""The frame of a recipe at the playhead: as the delivery shows it, with the zones that a platform leaves free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.messages import DeliveryFrameRequest, FrameLoaded
from cwtui.console.screens.deliver.choices import request_of
from cwtui.console.session import DeliveryChoices
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import palette_of
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.text_layout import join_parts, truncate
from cwtui.formatting import frame_rate_of
from engine.catalog import Project, Take
from engine.deliver import PictureZone, Recipe, safe_zones
from engine.errors import EngineError
from engine.time import timecode

if TYPE_CHECKING:
    from engine.timeline import Cut

SLOT = "deliver"
_VIEWS = {"sdr": "", "hlg": "HDR, shown in SDR", "pq": "HDR10, shown in SDR"}
_BURN_INS = {"name": "name", "timecode": "timecode", "captions": "captions", "watermark": "watermark"}


@dataclass(frozen=True, slots=True)
class PreviewFrame:
    """A frame of a recipe to show: of a take, or of a cut, at a time of it in seconds.

    `size` is that of the deliverable, `source` that of the take or the canvas of the cut, (width, height) in pixels.
    """

    recipe: Recipe
    project: Project
    choices: DeliveryChoices
    at: Fraction
    size: tuple[int, int]
    source: tuple[int, int]
    take: Take | None = None
    cut: Cut | None = None

    @property
    def subject(self) -> str:
        """The take or the cut."""
        return self.take.label if self.take else f"“{self.cut.name}”" if self.cut else ""

    @property
    def position(self) -> str:
        """The timecode of the frame."""
        rate = self.cut.rate if self.cut else frame_rate_of(self.take)
        return timecode(int(self.at * rate), rate)

    @property
    def zones(self) -> tuple[PictureZone, ...]:
        """The safe zones of the recipe's platform."""
        return safe_zones(self.recipe, self.size)

    def request(self, width: int, revision: int) -> DeliveryFrameRequest | None:
        """The request of the frame, `width` pixels wide; None if the choices do not apply to the recipe."""
        try:
            delivery = request_of(self.recipe, self.choices, self.project.name)
        except EngineError:
            return None
        name = self.cut.name if self.cut else None
        request = DeliveryFrameRequest(SLOT, delivery, self.project, self.take, name, self.at, width)
        return replace(request, zones=self.zones, revision=revision)


class RecipePreview(Widget):
    """A frame of a recipe, or the reason for showing none, above its position and a line about its form."""

    def __init__(self, output: PictureOutput, *, id: str) -> None:
        super().__init__(id=id)
        self._output = output
        self._frame: PreviewFrame | None = None
        self._reason = ""

    def compose(self) -> Iterable[Widget]:
        with Vertical():
            yield FrameView(self._output, id="preview-frame")
            yield Static("", id="preview-position", markup=False)
            yield Static("", id="preview-form", markup=False)

    def show(self, frame: PreviewFrame | None, reason: str = "", revision: int = 0) -> None:
        """Requests a frame; without one, shows the reason."""
        view = self.query_one(FrameView)
        self._frame, self._reason = frame, reason
        self.show_captions()
        if frame is None:
            view.set_image(None, reason)
            return
        width = view.image_width(frame.size[0] / frame.size[1])
        if width and (request := frame.request(width, revision)):
            view.request(request)

    def show_captions(self) -> None:
        """Shows the position and the form of the frame, at the width of the widget."""
        frame, width, styles = self._frame, max(12, self.size.width - 1), palette_of(self).styles
        position, form = Text(), Text()
        if frame is None and self._output.protocol == "text":
            position.append(truncate(self._reason, width), styles["faint"])
        if frame:
            at = frame.position
            label = truncate(frame.subject, width - cell_len(at) - 2)
            position.append(label, styles["text"]).append(" " * (width - cell_len(label) - cell_len(at)))
            position.append(at, styles["accent"])
            form.append(join_parts(describe_form(frame), width), styles["faint"])
        self.query_one("#preview-position", Static).update(position)
        self.query_one("#preview-form", Static).update(form)

    def show_frame(self, event: FrameLoaded) -> None:
        """Shows a frame that has been rendered."""
        self.query_one(FrameView).show_frame(event)


def describe_form(frame: PreviewFrame) -> list[str]:
    """The form of a recipe's frame in phrases: size, crop, colours, what is burnt in, and the safe zones."""
    recipe, (width, height), source = frame.recipe.picture, frame.size, frame.source
    assert recipe
    parts = [f"{width}×{height}"]
    kept = min(Fraction(width, height) / Fraction(*source), Fraction(*source) / Fraction(width, height))
    if kept < Fraction(99, 100):
        parts.append(f"cropped to {round(float(kept) * 100)} %" if recipe.crops else "with bars")
    view = "sdr" if frame.choices.sdr else recipe.view
    if _VIEWS[view]:
        parts.append(_VIEWS[view])
    parts += [_BURN_INS[one] for one in recipe.burn_in]
    parts += list(dict.fromkeys(zone.title for zone in frame.zones))
    return parts
